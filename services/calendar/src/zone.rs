//! Asia/Shanghai as a fixed offset.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, offset};
use jiff::{SignedDuration, Timestamp};

/// Minutes of a full day; as a minute of the day it is 24:00.
pub(crate) const DAY_MINUTES: u16 = 24 * 60;

const SHANGHAI: Offset = offset(8);

/// Returns the Asia/Shanghai calendar day on which `at` falls.
#[must_use]
pub fn business_date(at: Timestamp) -> Date {
    local(at).date()
}

/// The Asia/Shanghai wall clock at `at`.
pub(crate) fn local(at: Timestamp) -> DateTime {
    SHANGHAI.to_datetime(at)
}

/// The instant `minute` minutes (0 to 1440) after 00:00 of `day` in Asia/Shanghai.
pub(crate) fn instant(day: Date, minute: u16) -> Result<Timestamp, jiff::Error> {
    SHANGHAI
        .to_timestamp(day.to_datetime(Time::midnight()))?
        .checked_add(SignedDuration::from_mins(i64::from(minute)))
}
