//! How the tests write down times.

use calendar::{Calendar, Limit, Pause, TimeLimit};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::offset;

/// An instant written as Asia/Shanghai wall clock, "2026-03-02 09:00".
pub(crate) fn at(text: &str) -> Timestamp {
    let local: DateTime = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    offset(8).to_timestamp(local).unwrap()
}

/// A limit by the shipped calendar.
pub(crate) fn limit(start: Timestamp, limit: Limit, pauses: &[Pause]) -> TimeLimit {
    TimeLimit { pauses: pauses.to_vec(), ..TimeLimit::new(start, limit, Calendar::china()) }
}
