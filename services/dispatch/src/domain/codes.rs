//! Codes that come from outside: areas, grids, ids of teams and units, numbers of other systems.
//!
//! Each is parsed once, at the edge: charset and length. What callers type is asked for more: whether it
//! [looks like the number of a person](looks_personal), because it would travel into events, where nothing about a
//! person may be. Ids that another service gave are taken as they are.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Code of an area (2, 4, 6, 9 or 12 digits) or grid (15 digits), unpadded; a subtree is a prefix.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AreaCode {
    digits: [u8; 15],
    length: u8,
}

/// Code of a grid: 12 digits of its community and a sequence of 3.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GridCode(AreaCode);

/// Id of a team, unit or system: at most 40 letters, digits, ".", "_" and "-".
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(String);

/// Number of a record in another system: at most 64 letters, digits and "._-/:".
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceNumber(String);

/// What was given is no such code. Says nothing about what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a code of that form")]
pub struct NoCode;

/// Lengths of area codes by level, grids last.
const LENGTHS: [usize; 6] = [2, 4, 6, 9, 12, 15];

impl AreaCode {
    /// Parses a code of any level.
    pub fn parse(text: &str) -> Result<Self, NoCode> {
        if !LENGTHS.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoCode);
        }
        let mut digits = [0; 15];
        digits[..text.len()].copy_from_slice(text.as_bytes());
        let length = u8::try_from(text.len()).map_err(|_| NoCode)?;
        Ok(AreaCode { digits, length })
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[..usize::from(self.length)]).unwrap_or_default()
    }

    /// Whether `inner` is this area or lies below it.
    pub fn covers(&self, inner: &AreaCode) -> bool {
        inner.as_str().starts_with(self.as_str())
    }

    /// Whether it is a grid.
    pub fn is_grid(&self) -> bool {
        usize::from(self.length) == 15
    }

    /// Whether it is a city: above it is no node.
    pub fn is_city(&self) -> bool {
        usize::from(self.length) == 4
    }

    /// Whether it is a district, a city or a province.
    pub fn is_above_towns(&self) -> bool {
        usize::from(self.length) < 9
    }

    /// The area right above; none above a province.
    pub fn parent(self) -> Option<AreaCode> {
        self.upwards().nth(1)
    }

    /// The codes of this area and of everything above it, the nearest first.
    pub fn upwards(self) -> impl Iterator<Item = AreaCode> {
        let length = usize::from(self.length);
        let code = self;
        LENGTHS
            .into_iter()
            .rev()
            .filter(move |at| *at <= length)
            .filter_map(move |at| AreaCode::parse(code.as_str().get(..at)?).ok())
    }

    /// The least text beyond this subtree: a code lies in it iff `self <= code < successor`, in any collation.
    pub fn successor(&self) -> String {
        let kept = self.as_str().trim_end_matches('9');
        match kept.as_bytes().split_last() {
            Some((last, rest)) => {
                let mut text = String::from_utf8_lossy(rest).into_owned();
                text.push(char::from(last + 1));
                text
            }
            None => "a".to_owned(),
        }
    }
}

impl GridCode {
    /// Parses a code of 15 digits.
    pub fn parse(text: &str) -> Result<Self, NoCode> {
        let code = AreaCode::parse(text)?;
        if usize::from(code.length) == 15 { Ok(GridCode(code)) } else { Err(NoCode) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The grid as an area.
    pub fn area(&self) -> AreaCode {
        self.0
    }

    /// Code of the community that the grid lies in.
    pub fn community(&self) -> &str {
        &self.as_str()[..12]
    }
}

impl Id {
    /// Parses an id, whoever gave it.
    pub fn parse(text: &str) -> Result<Self, NoCode> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        code_like(text, 40, fits).map(Id)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SourceNumber {
    /// Parses a number.
    pub fn parse(text: &str) -> Result<Self, NoCode> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:".contains(&byte);
        code_like(text, 64, fits).map(SourceNumber)
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn code_like(text: &str, longest: usize, fits: impl Fn(u8) -> bool) -> Result<String, NoCode> {
    let sized = (1..=longest).contains(&text.len());
    if sized && text.bytes().all(fits) { Ok(text.to_owned()) } else { Err(NoCode) }
}

/// Whether a run of digits in `text` looks like a Chinese mobile number, bare or with country code, or like an
/// identity-card number (18 characters with a birth date within and the right check character).
///
/// One UUID in a thousand has such a run: a UUID is none.
pub fn looks_personal(text: &str) -> bool {
    if Uuid::try_parse(text).is_ok() {
        return false;
    }
    // Separators that people put into telephone numbers do not hide one.
    let joined: String = text.chars().filter(|letter| !matches!(letter, '-' | '.' | '/')).collect();
    [text, joined.as_str()].iter().any(|text| {
        text.split(|letter: char| !letter.is_ascii_digit() && !matches!(letter, 'x' | 'X'))
            .any(|run| is_mobile(run) || is_identity_card(run))
    })
}

/// Whether a number of an identity card stands somewhere in a text.
pub fn holds_identity_card(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_digit() && !matches!(letter, 'x' | 'X'))
        .any(is_identity_card)
}

fn is_mobile(run: &str) -> bool {
    let run = run.strip_prefix("0086").or_else(|| run.strip_prefix("86")).unwrap_or(run);
    let bytes = run.as_bytes();
    bytes.len() == 11
        && bytes.iter().all(u8::is_ascii_digit)
        && bytes[0] == b'1'
        && (b'3'..=b'9').contains(&bytes[1])
}

fn is_identity_card(run: &str) -> bool {
    let bytes = run.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let part = |from: usize, to: usize| run[from..to].parse::<u32>().unwrap_or(0);
    (1900..2100).contains(&part(6, 10))
        && (1..=12).contains(&part(10, 12))
        && (1..=31).contains(&part(12, 14))
        && check_character(&bytes[..17]) == bytes[17].to_ascii_uppercase()
}

/// Check character of GB 11643 (ISO 7064 mod 11-2). Work-order numbers that begin with an area and a date are of the
/// same form as an identity card: without it, all of them would be refused.
fn check_character(digits: &[u8]) -> u8 {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHARACTERS: &[u8; 11] = b"10X98765432";
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, by)| u32::from(digit - b'0') * by).sum();
    CHARACTERS[(sum % 11) as usize]
}

impl TryFrom<String> for AreaCode {
    type Error = NoCode;

    fn try_from(text: String) -> Result<Self, NoCode> {
        AreaCode::parse(&text)
    }
}

impl TryFrom<String> for GridCode {
    type Error = NoCode;

    fn try_from(text: String) -> Result<Self, NoCode> {
        GridCode::parse(&text)
    }
}

impl From<AreaCode> for String {
    fn from(code: AreaCode) -> String {
        code.as_str().to_owned()
    }
}

impl From<GridCode> for String {
    fn from(code: GridCode) -> String {
        code.as_str().to_owned()
    }
}

impl fmt::Debug for AreaCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for GridCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for GridCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_knows_its_subtree() {
        let district = AreaCode::parse("370306").unwrap();
        let grid = GridCode::parse("370306001002003").unwrap();
        assert!(district.covers(&grid.area()));
        assert!(!AreaCode::parse("370307").unwrap().covers(&grid.area()));
        assert!(!grid.area().covers(&district));
        let up: Vec<_> = grid.area().upwards().map(|code| code.as_str().to_owned()).collect();
        assert_eq!(up, ["370306001002003", "370306001002", "370306001", "370306", "3703", "37"]);
    }

    #[test]
    fn the_successor_ends_the_subtree() {
        for (code, successor) in
            [("370306", "370307"), ("3709", "371"), ("3799", "38"), ("99", "a")]
        {
            assert_eq!(AreaCode::parse(code).unwrap().successor(), successor);
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", "3", "370", "37030", "3703O6", "３７", "3703060010020031", "-1"] {
            assert!(AreaCode::parse(text).is_err(), "{text}");
        }
        assert!(GridCode::parse("370306001002").is_err(), "a community is no grid");
        for text in ["", "team 1", "王某", "a/b", &"x".repeat(41)] {
            assert!(Id::parse(text).is_err(), "{text}");
        }
        assert!(Id::parse("team-370306-01").is_ok());
    }

    #[test]
    fn numbers_of_persons_are_told_from_numbers_of_records() {
        for text in [
            "13812345678",
            "86-138-1234-5678",
            "tel:138-1234-5678",
            "008613812345678",
            "370306199002030019",
            "11010519491231002X",
            "id-11010519491231002x",
        ] {
            assert!(looks_personal(text), "{text}");
        }
        for text in [
            "20260213000123",
            "ZB-2026-02-13/000123",
            "DD:1",
            "10000000000",
            "202602130900123456",
            "370306202602130001",
            "GD370306202602130001",
            "370306199002030012",
            "01a24abd-ce74-7c93-a08f-d19176155902",
        ] {
            assert!(!looks_personal(text), "{text}");
        }
    }

    #[test]
    fn an_id_that_registry_gave_is_taken_as_it_is() {
        let id = "01a24abd-ce74-7c93-a08f-d19176155902";
        assert_eq!(Id::parse(id).unwrap().as_str(), id);
        assert!(Id::parse("a-13812345678").is_ok(), "what it looks like is asked of callers only");
    }
}
