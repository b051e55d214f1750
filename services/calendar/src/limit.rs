//! A length of time as rules state it.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// A length of time as rules state it: an amount of one unit.
///
/// Written, also on the wire and in configuration, as `5wd` working days, `30d` calendar days,
/// `1mo` months, `24h`, `10min`, `15s`, and for time that runs in office hours only `8oh`,
/// `30omin`, `90os`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Limit {
    /// How many units; at least one, and no more than about a hundred years.
    pub amount: u32,
    /// Of which unit.
    pub unit: Unit,
    /// Whether time runs in office hours only; possible for hours, minutes and seconds.
    pub office_hours: bool,
}

/// A unit of time limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A working day (工作日).
    WorkingDay,
    /// A calendar day (日).
    CalendarDay,
    /// A month of the calendar (月).
    Month,
}

/// A limit as what has to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Clock(SignedDuration),
    WorkingDays(u32),
    CalendarDays(u32),
    Months(u32),
}

/// A limit that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// The text is not an amount with a unit.
    #[error("limit {0:?} is not an amount with one of s, min, h, os, omin, oh, wd, d, mo")]
    Malformed(String),
    /// The amount is zero.
    #[error("a limit of zero ends before it begins")]
    Zero,
    /// The amount is more than about a hundred years.
    #[error("a limit of {0} is longer than a hundred years")]
    TooLong(Limit),
    /// Days and months were said to run in office hours only.
    #[error("a limit in days or months cannot run in office hours only")]
    OfficeDays,
}

impl Limit {
    /// Makes a limit of working days.
    #[must_use]
    pub const fn working_days(amount: u32) -> Limit {
        Limit { amount, unit: Unit::WorkingDay, office_hours: false }
    }

    /// Makes a limit of calendar days.
    #[must_use]
    pub const fn calendar_days(amount: u32) -> Limit {
        Limit { amount, unit: Unit::CalendarDay, office_hours: false }
    }

    /// Makes a limit of months.
    #[must_use]
    pub const fn months(amount: u32) -> Limit {
        Limit { amount, unit: Unit::Month, office_hours: false }
    }

    /// Makes a limit of hours by the wall clock.
    #[must_use]
    pub const fn hours(amount: u32) -> Limit {
        Limit { amount, unit: Unit::Hour, office_hours: false }
    }

    /// Makes a limit of hours that run in office hours only.
    #[must_use]
    pub const fn office_hours(amount: u32) -> Limit {
        Limit { amount, unit: Unit::Hour, office_hours: true }
    }

    /// Checks that the limit has an amount that can be counted.
    ///
    /// # Errors
    ///
    /// [`LimitError`] other than [`LimitError::Malformed`].
    pub fn check(self) -> Result<(), LimitError> {
        if self.amount == 0 {
            return Err(LimitError::Zero);
        }
        if self.amount > self.unit.most() {
            return Err(LimitError::TooLong(self));
        }
        if self.office_hours && !self.unit.is_of_clock() {
            return Err(LimitError::OfficeDays);
        }
        Ok(())
    }

    /// The limit as what has to be counted.
    pub(crate) fn measure(self) -> Measure {
        let clock =
            |seconds| Measure::Clock(SignedDuration::from_secs(i64::from(self.amount) * seconds));
        match self.unit {
            Unit::Second => clock(1),
            Unit::Minute => clock(60),
            Unit::Hour => clock(3_600),
            Unit::WorkingDay => Measure::WorkingDays(self.amount),
            Unit::CalendarDay => Measure::CalendarDays(self.amount),
            Unit::Month => Measure::Months(self.amount),
        }
    }

    /// Whether the end of such a limit depends on which days are worked.
    pub(crate) fn needs_calendar(self) -> bool {
        self.office_hours || !self.unit.is_of_clock()
    }
}

impl Unit {
    /// Whether the clock measures the unit, and not the calendar.
    fn is_of_clock(self) -> bool {
        match self {
            Unit::Second | Unit::Minute | Unit::Hour => true,
            Unit::WorkingDay | Unit::CalendarDay | Unit::Month => false,
        }
    }

    /// The most of the unit that a limit may have, about a hundred years.
    fn most(self) -> u32 {
        match self {
            Unit::Second => 3_153_600_000,
            Unit::Minute => 52_560_000,
            Unit::Hour => 876_000,
            Unit::WorkingDay => 25_000,
            Unit::CalendarDay => 36_500,
            Unit::Month => 1_200,
        }
    }

    fn suffix(self, office_hours: bool) -> &'static str {
        match (self, office_hours) {
            (Unit::Second, false) => "s",
            (Unit::Second, true) => "os",
            (Unit::Minute, false) => "min",
            (Unit::Minute, true) => "omin",
            (Unit::Hour, false) => "h",
            (Unit::Hour, true) => "oh",
            (Unit::WorkingDay, _) => "wd",
            (Unit::CalendarDay, _) => "d",
            (Unit::Month, _) => "mo",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.amount, self.unit.suffix(self.office_hours))
    }
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Limit, LimitError> {
        let malformed = || LimitError::Malformed(text.to_owned());
        let letters = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(malformed)?;
        let (amount, suffix) = text.split_at(letters);
        let amount = amount.parse().map_err(|_| malformed())?;
        let (unit, office_hours) = match suffix {
            "s" => (Unit::Second, false),
            "os" => (Unit::Second, true),
            "min" => (Unit::Minute, false),
            "omin" => (Unit::Minute, true),
            "h" => (Unit::Hour, false),
            "oh" => (Unit::Hour, true),
            "wd" => (Unit::WorkingDay, false),
            "d" => (Unit::CalendarDay, false),
            "mo" => (Unit::Month, false),
            _ => return Err(malformed()),
        };
        let limit = Limit { amount, unit, office_hours };
        limit.check()?;
        Ok(limit)
    }
}

impl TryFrom<String> for Limit {
    type Error = LimitError;

    fn try_from(text: String) -> Result<Limit, LimitError> {
        text.parse()
    }
}

impl From<Limit> for String {
    fn from(limit: Limit) -> String {
        limit.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_reads_and_writes_the_same_text() {
        for text in ["5wd", "30d", "1mo", "24h", "10min", "15s", "8oh", "30omin", "90os"] {
            let limit: Limit = text.parse().unwrap();
            assert_eq!(limit.to_string(), text);
            let json = serde_json::to_string(&limit).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Limit>(&json).unwrap(), limit);
        }
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in ["", "5", "wd", "5 wd", "-5wd", "5owd", "5WD", "99999999999d", "٣d"] {
            assert_eq!(
                text.parse::<Limit>(),
                Err(LimitError::Malformed(text.to_owned())),
                "{text}"
            );
        }
        assert_eq!("0wd".parse::<Limit>(), Err(LimitError::Zero));
        let too_long = Limit::months(1_201);
        assert_eq!("1201mo".parse::<Limit>(), Err(LimitError::TooLong(too_long)));
        let office_days = Limit { office_hours: true, ..Limit::working_days(1) };
        assert_eq!(office_days.check(), Err(LimitError::OfficeDays));
    }
}
