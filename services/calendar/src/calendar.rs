//! The working days of China.

mod load;
mod versions;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::versions::{Calendars, VersionError};
use crate::rows::CalendarError;

/// Version of the shipped data: raise the last number with every change of the file.
const CHINA_VERSION: &str = "cn-2026.1";
const CHINA_DAYS: &[u8] = include_bytes!("../data/cn_workdays.csv");

static CHINA: LazyLock<Calendar> = LazyLock::new(|| {
    Calendar::from_csv(CHINA_VERSION, CHINA_DAYS).expect("the shipped calendar is valid: tested")
});

/// Days that are holidays in every year by 全国年节及纪念日放假办法 (State Council decree 795,
/// in force 2025-01-01), as (month, day, name). The lunar festivals and the exchanged weekends
/// are known only from the yearly notice.
const FIXED_HOLIDAYS: [(i8, i8, &str); 6] = [
    (1, 1, "元旦"),
    (5, 1, "劳动节"),
    (5, 2, "劳动节"),
    (10, 1, "国庆节"),
    (10, 2, "国庆节"),
    (10, 3, "国庆节"),
];

/// The working days of China as one version of published data.
///
/// A year is known for good only up to 24 December until the next year is loaded: the notice for
/// New Year has reached back as far as 29 December more than once (30 December 2006, 29 December
/// 2007, 31 December 2011 and 29 December 2018 were worked, 31 December 2018 was off).
///
/// A working day is a make-up working day (调休上班), or a Monday to Friday that is no holiday;
/// source: the yearly holiday notices of the State Council's General Office. A calendar is a
/// value of one version and never changes; new data is a new calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    version: String,
    special: BTreeMap<Date, SpecialDay>,
    years: RangeInclusive<i16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SpecialDay {
    kind: DayKind,
    name: String,
}

/// What kind of day it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A Monday to Friday that is no holiday.
    Workday,
    /// A Saturday or Sunday that is worked in exchange for a holiday (调休上班).
    MakeupWorkday,
    /// A Saturday or Sunday that is neither worked nor part of a holiday.
    Weekend,
    /// A day off by the holiday notice, whatever its weekday.
    Holiday,
}

impl DayKind {
    /// Returns whether offices work on such a day.
    #[must_use]
    pub fn is_working(self) -> bool {
        match self {
            DayKind::Workday | DayKind::MakeupWorkday => true,
            DayKind::Weekend | DayKind::Holiday => false,
        }
    }
}

/// One day as the calendar knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day<'a> {
    /// The day itself.
    pub date: Date,
    /// What kind of day it is.
    pub kind: DayKind,
    /// The holiday, in Chinese as published ("国庆节"): the one it is part of, or the one a
    /// make-up working day is worked for.
    pub name: Option<&'a str>,
    /// Whether the day lies outside [`Calendar::known`], so that the kind is only an assumption.
    pub provisional: bool,
}

/// How many working days a year has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkingDays {
    /// The count.
    pub days: u16,
    /// Whether a day of the year lies outside [`Calendar::known`], so that the count is only an
    /// assumption; so it is for the last loaded year because of its last week.
    pub provisional: bool,
}

impl Calendar {
    /// Returns the shipped calendar of China, 2004 to 2026, read once.
    #[must_use]
    pub fn china() -> &'static Calendar {
        &CHINA
    }

    /// Reads a calendar from comma separated text with the columns `date` (`YYYY-MM-DD`),
    /// `kind` (`holiday` or `makeup_workday`) and `name`, one row a day, in any order, and for
    /// each year a row with the year as `date`, `working_days` as `kind` and as `name` how many
    /// working days the year has: `2026,working_days,248`.
    ///
    /// The file holds whole years without a gap. A year counts as loaded as a whole; therefore it
    /// must say how many working days it has, and its rows must give that number: a file that was
    /// cut, or lacks a row, is refused.
    ///
    /// # Errors
    ///
    /// [`CalendarError`] with every wrong row and its line; nothing is loaded then.
    pub fn from_csv(version: &str, bytes: &[u8]) -> Result<Calendar, CalendarError> {
        let (special, years) = load::read(bytes)?;
        Ok(Calendar { version: version.to_owned(), special, years })
    }

    /// Returns the version of the data, such as "cn-2026.1"; stored with every deadline.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the loaded years.
    #[must_use]
    pub fn years(&self) -> RangeInclusive<i16> {
        self.years.clone()
    }

    /// Returns the last day that no later notice is expected to change: 24 December of the last
    /// loaded year.
    #[must_use]
    pub fn known_through(&self) -> Date {
        Date::constant(*self.years.end(), 12, 24)
    }

    /// Returns the days that are known; every answer about other days is provisional.
    #[must_use]
    pub fn known(&self) -> RangeInclusive<Date> {
        Date::constant(*self.years.start(), 1, 1)..=self.known_through()
    }

    /// Returns what is known of `date`.
    ///
    /// Outside the known days the answer is provisional: unless the data says otherwise,
    /// Saturdays, Sundays and the holidays of fixed date (1 January, 1–2 May, 1–3 October) are
    /// off, all other days are worked.
    #[must_use]
    pub fn day(&self, date: Date) -> Day<'_> {
        let provisional = !self.known().contains(&date);
        let published = self.special.get(&date).map(|day| (day.kind, day.name.as_str()));
        let assumed = || provisional.then(|| fixed_holiday(date)).flatten();
        match published.or_else(assumed) {
            Some((kind, name)) => Day { date, kind, name: Some(name), provisional },
            None if is_weekend(date) => {
                Day { date, kind: DayKind::Weekend, name: None, provisional }
            }
            None => Day { date, kind: DayKind::Workday, name: None, provisional },
        }
    }

    /// Returns whether offices work on `date`; [`Calendar::day`] says how certain that is.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        self.day(date).kind.is_working()
    }

    /// Returns how many working days `year` has; 0 for a year that dates cannot express.
    #[must_use]
    pub fn working_days_in_year(&self, year: i16) -> WorkingDays {
        let days = Date::new(year, 1, 1).map_or(0, |first| {
            let worked = first
                .series(jiff::Span::new().days(1))
                .take_while(|date| date.year() == year)
                .filter(|date| self.is_working_day(*date));
            u16::try_from(worked.count()).unwrap_or(u16::MAX)
        });
        let last_day = Date::new(year, 12, 31).unwrap_or(Date::MAX);
        let first_day = Date::new(year, 1, 1).unwrap_or(Date::MIN);
        WorkingDays { days, provisional: !self.covers(first_day, last_day) }
    }

    /// Returns whether every day from `first` to `last` is known.
    #[must_use]
    pub fn covers(&self, first: Date, last: Date) -> bool {
        self.known().contains(&first) && self.known().contains(&last)
    }
}

fn fixed_holiday(date: Date) -> Option<(DayKind, &'static str)> {
    FIXED_HOLIDAYS
        .iter()
        .find(|(month, day, _)| (*month, *day) == (date.month(), date.day()))
        .map(|(_, _, name)| (DayKind::Holiday, *name))
}

fn is_weekend(date: Date) -> bool {
    date.weekday().to_monday_one_offset() >= 6
}

#[cfg(test)]
mod tests;
