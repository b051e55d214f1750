//! The older scheme of types, zz24, that ledgers of paper use, and how it is read as zz17 (see `data/README.md`).

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::dispute_types::{DisputeType, NotTaken, SHIPPED, TypeCode, find, intake};

const MAPPING: &[u8] = include_bytes!("../../data/zz24_to_zz17.csv");

static TYPES: LazyLock<Vec<OldType>> = LazyLock::new(|| read(MAPPING));

/// A type of scheme zz24.
#[derive(Debug, PartialEq, Eq)]
pub struct OldType {
    /// 2 digits.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// What it is read as.
    pub reading: Reading,
}

/// What a type of scheme zz24 is read as.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// One type of zz17.
    One(TypeCode),
    /// One of several, so that somebody has to say which.
    OneOf(Vec<TypeCode>),
    /// Never recorded here.
    RoutedOut(&'static DisputeType),
}

/// Code of a type of scheme zz24.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldCode(&'static str);

/// Every type, in the order of the codes.
pub fn all() -> &'static [OldType] {
    &TYPES
}

/// Looks a type up by its code or its Chinese name.
pub fn find_old(text: &str) -> Option<&'static OldType> {
    TYPES.iter().find(|known| known.code == text || known.name_zh == text)
}

impl OldType {
    /// Its code.
    pub fn code(&'static self) -> OldCode {
        OldCode(&self.code)
    }
}

impl OldCode {
    /// Parses a code.
    pub fn parse(text: &str) -> Option<OldCode> {
        TYPES.iter().find(|known| known.code == text).map(OldType::code)
    }

    /// The code.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl Serialize for OldCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for OldCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        OldCode::parse(&code).ok_or_else(|| serde::de::Error::custom("no such type in scheme zz24"))
    }
}

fn read(mapping: &[u8]) -> Vec<OldType> {
    let names = names();
    let mut reader = csv::Reader::from_reader(mapping);
    let rows = reader.records().map(|row| row.expect("the shipped mapping is valid: tested"));
    let mut types: Vec<_> = rows
        .map(|row| {
            let name = names.iter().find(|(code, _)| *code == row[0]);
            let (code, name_zh) = name.cloned().expect("the shipped mapping is valid: tested");
            OldType { code, name_zh, reading: reading(&row[1]) }
        })
        .collect();
    types.sort_by(|one, other| one.code.cmp(&other.code));
    types
}

/// Codes and names of the scheme.
fn names() -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_reader(SHIPPED);
    let rows = reader.records().map(|row| row.expect("the shipped types are valid: tested"));
    rows.filter(|row| &row[0] == "zz24").map(|row| (row[1].to_owned(), row[3].to_owned())).collect()
}

fn reading(codes: &str) -> Reading {
    let mut taken: Vec<TypeCode> = Vec::new();
    for code in codes.split('|') {
        match intake(code) {
            Ok(code) => taken.push(code),
            Err(NotTaken::RoutedOut(found)) => return Reading::RoutedOut(found),
            Err(NotTaken::Unknown) => {}
        }
    }
    match taken.as_slice() {
        [one] => Reading::One(*one),
        _ => Reading::OneOf(taken),
    }
}

/// Name of a type of zz17 in Chinese.
pub fn name_of(code: &str) -> &'static str {
    find(code).map_or("", |found| found.name_zh.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mapping_has_every_type_of_the_scheme_once_and_names_types_that_there_are() {
        let shipped = names();
        assert_eq!((shipped.len(), all().len()), (24, 24));
        for ((code, name), known) in shipped.iter().zip(all()) {
            assert_eq!((code, name), (&known.code, &known.name_zh));
        }
        let mut reader = csv::Reader::from_reader(MAPPING);
        for row in reader.records().map(Result::unwrap) {
            assert_eq!(row.len(), 4, "{row:?}");
            assert!(row.iter().all(|cell| !cell.is_empty()), "every line has its reason: {row:?}");
            for code in row[1].split('|') {
                assert!(find(code).is_some(), "zz17 has no {code}");
            }
        }
    }

    #[test]
    fn a_type_is_read_as_one_or_needs_a_choice_or_is_routed_out() {
        let reading = |code| &find_old(code).unwrap().reading;
        assert_eq!(reading("17"), &Reading::One(intake("02").unwrap()));
        let houses = ["0402", "0602", "0403"].map(|code| intake(code).unwrap()).to_vec();
        assert_eq!(reading("房产物业"), &Reading::OneOf(houses));
        for (code, class) in [("19", "16"), ("23", "14")] {
            assert_eq!(reading(code), &Reading::RoutedOut(find(class).unwrap()));
        }
        assert!(find_old("25").is_none() && find_old("").is_none() && find_old("1").is_none());
    }
}
