//! Days: from when until when something holds. A day is a date in Asia/Shanghai, which has been UTC+8 since 1991.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use calendar::business_date;

/// From one day until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// First day no longer; nothing = until further notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

impl Period {
    /// From a day on, until further notice.
    pub fn since(from: Date) -> Self {
        Period { from, to: None }
    }

    /// Whether `day` lies within.
    pub fn covers(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }

    /// Whether anything of it lies on `day` or later.
    pub fn reaches(&self, day: Date) -> bool {
        self.to.is_none_or(|to| day < to)
    }

    /// From the earlier beginning to the later end.
    #[must_use]
    pub fn with(&self, other: &Period) -> Period {
        let to = self.to.zip(other.to).map(|(left, right)| left.max(right));
        Period { from: self.from.min(other.from), to }
    }

    /// The days of both.
    pub fn common(&self, other: &Period) -> Option<Period> {
        let from = self.from.max(other.from);
        let to = match (self.to, other.to) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (one, None) | (None, one) => one,
        };
        to.is_none_or(|to| from < to).then_some(Period { from, to })
    }

    /// Whether both have a day in common.
    pub fn meets(&self, other: &Period) -> bool {
        self.reaches(other.from) && other.reaches(self.from)
    }
}

/// How often a noun has changed, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Counts the changes from 1; the etag.
    pub revision: u64,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Mark {
    /// Of something new.
    pub fn new(at: Timestamp) -> Self {
        Mark { revision: 1, created_at: at, updated_at: at }
    }

    /// After one more change.
    #[must_use]
    pub fn next(self, at: Timestamp) -> Self {
        Mark { revision: self.revision + 1, updated_at: at, ..self }
    }

    /// Of something that is new or changed.
    pub fn after(before: Option<Mark>, at: Timestamp) -> Self {
        before.map_or_else(|| Mark::new(at), |mark| mark.next(at))
    }
}

/// How far from today a change may take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Days back.
    pub past_days: i64,
    /// Days ahead.
    pub future_days: i64,
}

impl Default for Reach {
    /// Three years back, one ahead.
    fn default() -> Self {
        Reach { past_days: 1_096, future_days: 366 }
    }
}

impl Reach {
    /// First and last day allowed.
    pub fn around(&self, today: Date) -> (Date, Date) {
        let shifted = |days: i64, limit: Date| {
            today.checked_add(jiff::Span::new().days(days)).unwrap_or(limit)
        };
        (shifted(-self.past_days, Date::MIN), shifted(self.future_days, Date::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn periods_end_before_their_last_day() {
        let spring = Period { from: date(2026, 3, 1), to: Some(date(2026, 6, 1)) };
        let summer = Period::since(date(2026, 6, 1));
        assert!(!spring.meets(&summer) && !summer.meets(&spring));
        assert!(!spring.covers(date(2026, 6, 1)) && spring.covers(date(2026, 5, 31)));
    }
}
