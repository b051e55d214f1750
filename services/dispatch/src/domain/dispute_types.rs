//! Types of disputes: scheme zz17 as shipped (see `data/README.md`).
//!
//! Types that are routed out (matters of police and courts, of discipline, of ethnic and religious affairs) are never
//! recorded here; the one who reports learns which body is competent.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Every scheme as shipped.
pub(super) const SHIPPED: &[u8] = include_bytes!("../../data/dispute_types.csv");

static TYPES: LazyLock<Vec<DisputeType>> = LazyLock::new(|| read(SHIPPED));

/// A type of disputes.
#[derive(Debug, PartialEq, Eq)]
pub struct DisputeType {
    /// 2 digits for a class, 4 for a kind within it.
    pub code: String,
    /// Class that a kind belongs to; empty for a class.
    pub parent: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English, where there is one.
    pub name_en: String,
    /// What may be done with it.
    pub usage: Usage,
}

/// What may be done with a type.
#[derive(Debug, PartialEq, Eq)]
pub enum Usage {
    /// Accepted at intake.
    Accept,
    /// Never recorded here.
    RouteOut {
        /// The competent body, in Chinese.
        body_zh: String,
        /// The same in English.
        body_en: String,
    },
}

/// Code of a type that intake accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeCode(&'static str);

/// Why a type is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Scheme zz17 has no such code.
    #[error("no such type in scheme zz17")]
    Unknown,
    /// The matter belongs to another body.
    #[error("matters of type {} are not recorded here", .0.code)]
    RoutedOut(&'static DisputeType),
}

/// Every type, in the order of the codes.
pub fn all() -> &'static [DisputeType] {
    &TYPES
}

/// Looks a type up by its code.
pub fn find(code: &str) -> Option<&'static DisputeType> {
    let place = TYPES.binary_search_by(|known| known.code.as_str().cmp(code)).ok()?;
    TYPES.get(place)
}

/// Takes a type at intake.
pub fn intake(code: &str) -> Result<TypeCode, NotTaken> {
    let found = find(code).ok_or(NotTaken::Unknown)?;
    match found.usage {
        Usage::Accept => Ok(TypeCode(&found.code)),
        Usage::RouteOut { .. } => Err(NotTaken::RoutedOut(found)),
    }
}

impl TypeCode {
    /// The code.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl Serialize for TypeCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for TypeCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        intake(&code).map_err(serde::de::Error::custom)
    }
}

fn read(bytes: &[u8]) -> Vec<DisputeType> {
    let mut reader = csv::Reader::from_reader(bytes);
    let mut types: Vec<_> = reader
        .records()
        .map(|row| row.expect("the shipped types are valid: tested"))
        .filter(|row| &row[0] == "zz17")
        .map(|row| DisputeType {
            code: row[1].to_owned(),
            parent: row[2].to_owned(),
            name_zh: row[3].to_owned(),
            name_en: row[4].to_owned(),
            usage: match &row[5] {
                "accept" => Usage::Accept,
                _ => Usage::RouteOut { body_zh: row[6].to_owned(), body_en: row[7].to_owned() },
            },
        })
        .collect();
    types.sort_by(|one, other| one.code.cmp(&other.code));
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_whole() {
        assert_eq!(all().len(), 17 + all().iter().filter(|kind| kind.code.len() == 4).count());
        for kind in all().iter().filter(|kind| kind.code.len() == 4) {
            let class = find(&kind.parent).unwrap();
            assert!(kind.code.starts_with(&class.code), "{}", kind.code);
            let taken = |known: &DisputeType| matches!(known.usage, Usage::Accept);
            assert_eq!(taken(kind), taken(class), "{}", kind.code);
        }
    }

    #[test]
    fn routed_out_types_name_the_competent_body() {
        for code in [
            "14", "1401", "1402", "1403", "1404", "15", "1501", "1502", "1599", "16", "1601",
            "1602",
        ] {
            let Err(NotTaken::RoutedOut(found)) = intake(code) else { panic!("{code} was taken") };
            let Usage::RouteOut { body_zh, body_en } = &found.usage else { panic!("{code}") };
            assert!(!body_zh.is_empty() && !body_en.is_empty(), "{code}");
        }
        assert_eq!(intake("1401"), intake("1401"));
    }

    #[test]
    fn classes_and_kinds_are_taken_and_others_are_unknown() {
        assert_eq!(intake("0201").map(TypeCode::as_str), Ok("0201"));
        assert_eq!(intake("02").map(TypeCode::as_str), Ok("02"));
        for code in ["", "2", "0298", "M01", "zz", "02011"] {
            assert_eq!(intake(code), Err(NotTaken::Unknown), "{code}");
        }
    }
}
