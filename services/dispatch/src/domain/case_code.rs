//! Case codes (一案一码): one short number per case that a person can say on the telephone.
//!
//! Thirteen digits, written `NNNN-PPPP-PPPPC`: the number of the node, given by the city; eight digits of a permuted
//! counter; a check digit. Digits only, because they are said the same in every dialect and typed on every keypad.
//! The permutation is keyed, so that a code does not tell the next one; the check digit (Damm) finds every wrong
//! digit and every exchange of two neighbours.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many numbers a node number has, for all incarnations of its log together.
pub const NUMBERS: u32 = 100_000_000;
/// How many of them one incarnation may use: a restored node never gives a number that the lost branch gave.
pub const BLOCK: u32 = 10_000_000;
/// Half of the digits of a number.
const HALF: u32 = 10_000;
/// Rounds of the permutation; four suffice against guessing with known codes, six leave room.
const ROUNDS: u8 = 6;

/// The quasigroup of Damm's check digit (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004).
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// Number of a node within its city, 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct NodeNumber(u16);

/// A case code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseCode([u8; 13]);

/// Where a node stands in giving numbers. A state row: no event carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Incarnation that the next number is given in.
    pub incarnation: u64,
    /// The next number, before the permutation.
    pub next: u32,
    /// Secret of the permutation, hexadecimal. Never changes: another one would give numbers twice.
    pub secret: String,
}

/// What was given is no case code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCaseCode {
    /// It does not have thirteen digits.
    #[error("a case code has thirteen digits")]
    Form,
    /// The check digit is wrong: a digit was misheard, or two were exchanged.
    #[error("the check digit is wrong")]
    CheckDigit,
}

/// An incarnation has used up its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the node has no case codes left")]
pub struct Exhausted;

impl NodeNumber {
    /// The first number: a city with one node needs no other.
    pub const FIRST: NodeNumber = NodeNumber(1);

    /// Takes a number from 1 to 9999.
    pub fn try_new(number: u16) -> Option<Self> {
        (1..=9999).contains(&number).then_some(NodeNumber(number))
    }

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl Counter {
    /// The counter of a node that has given no code.
    pub fn new(secret: &[u8; 16], incarnation: u64) -> Self {
        let secret = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        Counter { incarnation, next: first_of(incarnation), secret }
    }

    /// Gives the next code, and the counter after it.
    pub fn give(
        &self,
        node: NodeNumber,
        incarnation: u64,
    ) -> Result<(CaseCode, Counter), Exhausted> {
        let first = first_of(incarnation);
        let next = if self.incarnation == incarnation { self.next } else { first };
        if incarnation == 0 || incarnation > u64::from(NUMBERS / BLOCK) || next - first >= BLOCK {
            return Err(Exhausted);
        }
        let code = CaseCode::new(node, permute(self.secret.as_bytes(), next));
        Ok((code, Counter { incarnation, next: next + 1, secret: self.secret.clone() }))
    }
}

/// First number of an incarnation's block; incarnations count from 1.
fn first_of(incarnation: u64) -> u32 {
    let block = u32::try_from(incarnation.saturating_sub(1)).unwrap_or(u32::MAX);
    block.saturating_mul(BLOCK).min(NUMBERS)
}

/// Maps the numbers below [`NUMBERS`] one to one onto themselves: a Feistel network over two halves of four digits.
fn permute(secret: &[u8], number: u32) -> u32 {
    let (mut left, mut right) = (number / HALF % HALF, number % HALF);
    for round in 0..ROUNDS {
        let mixed = (left + round_value(secret, round, right)) % HALF;
        (left, right) = (right, mixed);
    }
    left * HALF + right
}

fn round_value(secret: &[u8], round: u8, half: u32) -> u32 {
    let mut hash = Sha256::new();
    hash.update(secret);
    hash.update([round]);
    hash.update(half.to_be_bytes());
    let digest = hash.finalize();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % HALF
}

/// Damm's check digit of decimal digits; 0 for digits that end with their right check digit.
fn damm(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |row, digit| DAMM[usize::from(row)][usize::from(digit - b'0')])
}

impl CaseCode {
    /// The code of a permuted number.
    fn new(node: NodeNumber, permuted: u32) -> Self {
        let mut digits = [b'0'; 13];
        write_decimal(&mut digits[..4], u32::from(node.0));
        write_decimal(&mut digits[4..12], permuted);
        digits[12] = b'0' + damm(&digits[..12]);
        CaseCode(digits)
    }

    /// Parses a code; separators (spaces, hyphens) and full-width digits do not matter.
    pub fn parse(text: &str) -> Result<Self, NoCaseCode> {
        let mut digits = [0; 13];
        let mut length = 0;
        for letter in text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '－' | '\u{3000}'))
        {
            let digit = match letter {
                '0'..='9' => u32::from(letter) - u32::from('0'),
                '０'..='９' => u32::from(letter) - u32::from('０'),
                _ => return Err(NoCaseCode::Form),
            };
            let place = digits.get_mut(length).ok_or(NoCaseCode::Form)?;
            *place = b'0' + u8::try_from(digit).map_err(|_| NoCaseCode::Form)?;
            length += 1;
        }
        if length != 13 {
            return Err(NoCaseCode::Form);
        }
        if damm(&digits) != 0 {
            return Err(NoCaseCode::CheckDigit);
        }
        Ok(CaseCode(digits))
    }

    /// The thirteen digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Number of the node that gave the code.
    pub fn node(&self) -> u16 {
        self.as_str()[..4].parse().unwrap_or_default()
    }
}

fn write_decimal(places: &mut [u8], mut number: u32) {
    for place in places.iter_mut().rev() {
        *place = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

impl fmt::Display for CaseCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.as_str();
        write!(formatter, "{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..])
    }
}

impl fmt::Debug for CaseCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl TryFrom<String> for CaseCode {
    type Error = NoCaseCode;

    fn try_from(text: String) -> Result<Self, NoCaseCode> {
        CaseCode::parse(&text)
    }
}

impl From<CaseCode> for String {
    fn from(code: CaseCode) -> String {
        code.as_str().to_owned()
    }
}

impl TryFrom<u16> for NodeNumber {
    type Error = &'static str;

    fn try_from(number: u16) -> Result<Self, &'static str> {
        NodeNumber::try_new(number).ok_or("a node number is 1 to 9999")
    }
}

impl From<NodeNumber> for u16 {
    fn from(number: NodeNumber) -> u16 {
        number.0
    }
}

#[cfg(test)]
mod tests;
