//! Codes and ids: what a text must look like to name something.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a code of the right form")]
pub struct NotACode;

/// Code of an administrative area: 2, 4, 6, 9 or 12 digits, without padding (GB/T 2260, GB/T 10114, NBS).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AreaCode(String);

/// Level of an area; it follows from the length of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 2 digits.
    Province,
    /// 4 digits.
    City,
    /// 6 digits.
    District,
    /// 9 digits.
    Town,
    /// 12 digits.
    Community,
}

impl Level {
    /// Every level, the highest first.
    pub const ALL: [Level; 5] =
        [Level::Province, Level::City, Level::District, Level::Town, Level::Community];

    /// Digits of a code of this level.
    pub const fn digits(self) -> usize {
        match self {
            Level::Province => 2,
            Level::City => 4,
            Level::District => 6,
            Level::Town => 9,
            Level::Community => 12,
        }
    }
}

impl AreaCode {
    /// Reads a code.
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        let known = Level::ALL.iter().any(|level| level.digits() == text.len());
        if known && is_digits(text) { Ok(AreaCode(text.to_owned())) } else { Err(NotACode) }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Level of the area.
    pub fn level(&self) -> Level {
        let found = Level::ALL.into_iter().find(|level| level.digits() == self.0.len());
        found.unwrap_or(Level::Community)
    }

    /// Code of the area one level up; a province has none.
    pub fn parent(&self) -> Option<AreaCode> {
        let above = Level::ALL.into_iter().rev().find(|level| level.digits() < self.0.len())?;
        Some(AreaCode(self.0[..above.digits()].to_owned()))
    }

    /// Codes above this one, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = AreaCode> {
        std::iter::successors(self.parent(), AreaCode::parent)
    }

    /// Whether `other` is this area or lies below it; `other` may be a grid.
    pub fn holds(&self, other: &str) -> bool {
        other.starts_with(&self.0)
    }
}

/// Code of a grid: 12 digits of its community, and a sequence from 001 to 999.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GridCode(String);

impl GridCode {
    /// Highest sequence in a community.
    pub const LAST: u16 = 999;

    /// Reads a code.
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        if text.len() == 15 && is_digits(text) && !text.ends_with("000") {
            Ok(GridCode(text.to_owned()))
        } else {
            Err(NotACode)
        }
    }

    /// The grid with this sequence in a community; nothing when either is out of range.
    pub fn of(community: &AreaCode, sequence: u16) -> Option<Self> {
        let fits = community.level() == Level::Community && (1..=Self::LAST).contains(&sequence);
        fits.then(|| GridCode(format!("{community}{sequence:03}")))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Community that the grid lies in.
    pub fn community(&self) -> AreaCode {
        AreaCode(self.0[..12].to_owned())
    }

    /// Number of the grid in its community.
    pub fn sequence(&self) -> u16 {
        self.0[12..].parse().unwrap_or(0)
    }
}

/// An id that people or systems chose: letters, digits and hyphens, at most 40; no telephone or identity number, which
/// would name a person wherever the id goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// Reads an id.
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        let fits = (1..=40).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !is_phone_like(text)
            // A UUID is random: any run of digits in it is one by chance.
            && (is_uuid_like(text) || !holds_a_phone(text));
        if fits { Ok(Slug(text.to_owned())) } else { Err(NotACode) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a caller may see: an area with everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(pub AreaCode);

impl Scope {
    /// Whether an area or grid lies within.
    pub fn sees(&self, code: &str) -> bool {
        self.0.holds(code)
    }
}

/// Whether a text may be repeated in a message: it looks like a code, so that it names nobody.
pub fn looks_like_a_code(text: &str) -> bool {
    let fits = !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:+".contains(&byte));
    fits && !is_phone_like(text)
}

/// Whether a text has a run of digits that is long enough for a telephone or identity number.
pub fn has_a_long_number(text: &str) -> bool {
    runs_of_digits(text).any(|run| run.len() >= 11)
}

/// Whether a mobile number or an identity number stands somewhere in a text.
fn holds_a_phone(text: &str) -> bool {
    runs_of_digits(text).any(|run| {
        let bare = run.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(run);
        let mobile = bare.len() == 11 && bare.starts_with('1') && bare.as_bytes()[1] >= b'3';
        mobile || (17..=18).contains(&run.len())
    })
}

fn runs_of_digits(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_ascii_digit()).filter(|run| !run.is_empty())
}

fn is_uuid_like(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// A mobile number (11 digits that begin with 1, also behind 86) or an identity number (17 digits and a digit or X).
fn is_phone_like(text: &str) -> bool {
    let bare: String = text.chars().filter(|sign| !"+- .".contains(*sign)).collect();
    let bare = bare.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(&bare);
    let mobile = bare.len() == 11 && bare.starts_with('1') && is_digits(bare);
    let identity = bare.len() == 18
        && is_digits(&bare[..17])
        && (is_digits(&bare[17..]) || bare.ends_with(['x', 'X']));
    mobile || identity
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

macro_rules! text_of {
    ($($kind:ty),*) => {$(
        impl fmt::Display for $kind {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
        impl From<$kind> for String {
            fn from(code: $kind) -> String {
                code.0
            }
        }
        impl TryFrom<String> for $kind {
            type Error = NotACode;
            fn try_from(text: String) -> Result<Self, NotACode> {
                Self::parse(&text)
            }
        }
    )*};
}
text_of!(AreaCode, GridCode, Slug);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_knows_its_level_and_its_ancestors() {
        let code = AreaCode::parse("370306004001").unwrap();
        assert_eq!(code.level(), Level::Community);
        let above: Vec<String> = code.ancestors().map(String::from).collect();
        assert_eq!(above, ["370306004", "370306", "3703", "37"]);
        for wrong in ["", "3", "370", "37030", "3703o6", "370306004001001", "３７"] {
            assert!(AreaCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_grid_lies_in_its_community() {
        let grid = GridCode::parse("370306004001009").unwrap();
        assert_eq!((grid.community().as_str(), grid.sequence()), ("370306004001", 9));
        assert_eq!(GridCode::of(&grid.community(), 9), Some(grid));
        assert!(GridCode::parse("370306004001000").is_err());
        assert!(GridCode::of(&AreaCode::parse("3703").unwrap(), 1).is_none());
    }

    #[test]
    fn only_codes_are_repeated() {
        assert!(looks_like_a_code("370306004001009") && looks_like_a_code("3.70306E+11"));
        for hidden in
            ["王秀英", "Wang Xiuying", "13853312345", "138-5331-2345", "370306198001011234"]
        {
            assert!(!looks_like_a_code(hidden), "{hidden}");
        }
    }

    #[test]
    fn no_id_holds_a_number_that_names_a_person() {
        for wrong in [
            "13853312345",
            "w13853312345",
            "8613853312345",
            "id-370306198001011234",
            "x17370306198001011",
        ] {
            assert!(Slug::parse(wrong).is_err(), "{wrong}");
        }
        let fine = ["tw-370306004001", "370306004001009", "0194f3a2-1111-7222-8333-13853312345a"];
        for fine in fine {
            assert!(Slug::parse(fine).is_ok(), "{fine}");
        }
    }
}
