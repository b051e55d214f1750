//! Tables in files: CSV and XLSX in, CSV and XLSX out.
//!
//! Reading turns a file into rows of text cells by column name and tells what is wrong with the file itself; whether a
//! cell is a code, a date or a number is the registry's business, so what a spreadsheet made of a cell is handed on as
//! it stands. Writing never produces a cell that a spreadsheet would run as a formula.

mod delimited;
mod encoding;
mod formula;
mod read;
mod workbook;
mod write;

use std::collections::BTreeMap;

use crate::fault::Fault;

pub use read::{Limits, read, read_bytes};
pub use write::{Target, WriteError};

/// A table as read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Line of the column names.
    pub header: u32,
    /// Column names in the order of the file, in lower case.
    pub columns: Vec<String>,
    /// Rows that could be read; empty lines are left out.
    pub rows: Vec<SheetRow>,
    /// Rows that could not, with the reason.
    pub faults: Vec<Fault>,
    /// What was done to read the file, worth telling its owner.
    pub notices: Vec<Notice>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// Line in the file, the first one 1. In a spreadsheet: the row's number.
    pub line: u32,
    /// Text by column name; empty cells are left out.
    pub cells: BTreeMap<String, String>,
}

/// Something that was done to read a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// Why a file as a whole cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{en}")]
pub struct SheetError {
    /// Why, in upper snake case.
    pub reason: &'static str,
    /// Why and what helps, in English.
    pub en: String,
    /// The same in Chinese.
    pub zh: String,
}

impl SheetError {
    fn new(reason: &'static str, en: impl Into<String>, zh: impl Into<String>) -> SheetError {
        SheetError { reason, en: en.into(), zh: zh.into() }
    }
}

/// Writes the letter of a spreadsheet column: 0 is A, 26 is AA.
fn column_letters(index: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests;
