//! Cells: text that people typed and spreadsheets mangled. Collects everything that is wrong with a row.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::columns::SEALED;
use crate::domain::codes::{Id, SourceNumber, holds_identity_card, looks_personal};
use crate::domain::takeover::{FaultReason, RowFault};

/// Years back from today within which days have to lie.
const OLDEST: i16 = 10;

/// The cells of a row, with what is wrong with them so far.
pub(super) struct Cells<'a> {
    line: u32,
    cells: BTreeMap<&'a str, &'a str>,
    today: Date,
    pub(super) faults: Vec<RowFault>,
}

impl<'a> Cells<'a> {
    /// Looks for what no cell may have.
    pub(super) fn new(line: u32, cells: BTreeMap<&'a str, &'a str>, today: Date) -> Self {
        let mut read = Cells { line, cells: BTreeMap::new(), today, faults: Vec::new() };
        for (column, text) in cells {
            let control = |sign: char| sign.is_control() && !matches!(sign, '\t' | '\n' | '\r');
            if text.chars().any(|sign| control(sign) || sign == '\u{fffd}') {
                read.fault(column, FaultReason::ControlCharacter);
            } else if SEALED.contains(&column) && holds_identity_card(text) {
                read.fault(column, FaultReason::PersonalNumber);
            }
            read.cells.insert(column, text);
        }
        read
    }

    /// Says what is wrong with a cell; a cell is wrong for one reason.
    pub(super) fn fault(&mut self, column: &str, reason: FaultReason) {
        self.hint(column, reason, "");
    }

    /// The same with codes that help.
    pub(super) fn hint(&mut self, column: &str, reason: FaultReason, hint: &str) {
        if self.faults.iter().all(|fault| fault.column != column) {
            self.faults.push(RowFault::new(self.line, column, reason).hinting(hint));
        }
    }

    pub(super) fn none<T>(&mut self, column: &str, reason: FaultReason) -> Option<T> {
        self.fault(column, reason);
        None
    }

    /// The cell, unless it is empty.
    pub(super) fn text(&self, column: &str) -> Option<&'a str> {
        self.cells.get(column).copied().filter(|text| !text.is_empty())
    }

    /// The cell, which must not be empty.
    pub(super) fn required(&mut self, column: &str) -> Option<&'a str> {
        let text = self.text(column);
        if text.is_none() {
            self.fault(column, FaultReason::Missing);
        }
        text
    }

    /// Says that cells do not fit with the state of the case.
    pub(super) fn empty(&mut self, columns: &[&str], hint: &str) {
        for column in columns {
            if self.text(column).is_some() {
                self.hint(column, FaultReason::NotApplicable, hint);
            }
        }
    }

    /// A free text of at most so many bytes, as they are sealed.
    pub(super) fn words(&mut self, column: &str, longest: usize) -> &'a str {
        let text = self.text(column).unwrap_or_default();
        if text.len() > longest {
            self.fault(column, FaultReason::TooLong);
        }
        text
    }

    /// Number in the ledger.
    pub(super) fn number_of_ledger(&mut self) -> Option<SourceNumber> {
        let text = self.required("number")?;
        if looks_personal(text) {
            return self.none("number", FaultReason::PersonalNumber);
        }
        match SourceNumber::parse(text) {
            Ok(number) => Some(number),
            Err(_) => self.none("number", FaultReason::NotACode),
        }
    }

    /// An id, or nothing when the cell is empty.
    pub(super) fn id(&mut self, column: &str) -> Option<Id> {
        let text = self.text(column)?;
        if looks_personal(text) {
            return self.none(column, FaultReason::PersonalNumber);
        }
        match Id::parse(text) {
            Ok(id) => Some(id),
            Err(_) => self.none(column, FaultReason::NotACode),
        }
    }

    /// Digits of a code that has so many of them.
    pub(super) fn code<T, E>(
        &mut self,
        column: &str,
        digits: usize,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(column)?;
        let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if let Ok(code) = parse(text)
            && text.len() == digits
        {
            return Some(code);
        }
        let lost = text.len() < digits && digits - text.len() <= 2;
        self.none(
            column,
            match () {
                () if !all_digits && text.parse::<f64>().is_ok() => FaultReason::ScientificNumber,
                () if all_digits && lost => FaultReason::LeadingZeroLost,
                () => FaultReason::NotACode,
            },
        )
    }

    /// A day up to today and not too long ago, or nothing when the cell is empty.
    pub(super) fn past_day(&mut self, column: &str) -> Option<Date> {
        let day = self.day(column)?;
        if day > self.today {
            return self.none(column, FaultReason::DateInFuture);
        }
        Some(day)
    }

    /// A day, or nothing when the cell is empty.
    pub(super) fn day(&mut self, column: &str) -> Option<Date> {
        let text = self.text(column)?;
        let day = calendar::written_day(text);
        let serial = text.parse::<f64>().is_ok_and(|day| (10_000.0..100_000.0).contains(&day));
        match day {
            Some(day) if (day.year() - self.today.year()).abs() <= OLDEST => Some(day),
            Some(_) => self.none(column, FaultReason::OutOfRange),
            None if serial => self.none(column, FaultReason::DateSerial),
            None => self.none(column, FaultReason::NotADate),
        }
    }

    /// Says that days stand in a wrong order.
    pub(super) fn not_before(
        &mut self,
        later: (&str, Option<Date>),
        earlier: (&str, Option<Date>),
    ) {
        if let (Some(day), Some(before)) = (later.1, earlier.1)
            && day < before
        {
            self.hint(later.0, FaultReason::DatesContradict, earlier.0);
        }
    }

    /// A whole number up to `most`; nothing = 0.
    pub(super) fn count(&mut self, column: &str, most: u32) -> Option<u32> {
        let Some(text) = self.text(column) else { return Some(0) };
        // Spreadsheets show whole numbers as 300.0.
        match text.strip_suffix(".0").unwrap_or(text).parse::<i64>() {
            Ok(number) => match u32::try_from(number) {
                Ok(number) if number <= most => Some(number),
                Ok(_) | Err(_) => self.none(column, FaultReason::OutOfRange),
            },
            Err(_) => self.none(column, FaultReason::NotANumber),
        }
    }

    /// One of the values of a column, or nothing when the cell is empty.
    pub(super) fn choice<T: Copy>(
        &mut self,
        column: &str,
        values: &'static [(&'static [&'static str], T)],
    ) -> Option<T> {
        let text = self.text(column)?;
        let value = super::values::value(values, text);
        if value.is_none() {
            self.hint(column, FaultReason::UnknownValue, &super::values::names(values));
        }
        value
    }
}
