//! A clock of the plain model, and its days and tiers.

use calendar::{Calendar, Card, Limit, Settings, TimeLimit};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

pub(super) struct Watch {
    pub(super) limit: TimeLimit,
    pub(super) stopped: Option<Timestamp>,
    pub(super) shown: Card,
    pub(super) raised: Option<Told>,
}

/// Who was told last, and when the next tier is.
pub(super) type Told = (String, Option<Timestamp>);

fn limit(text: &str) -> Limit {
    text.parse().unwrap()
}

/// The day in Shanghai.
pub(super) fn day(at: Timestamp) -> Date {
    jiff::tz::offset(8).to_datetime(at).date()
}

pub(super) fn midnight(day: Date) -> Timestamp {
    jiff::tz::offset(8).to_timestamp(day.at(0, 0, 0, 0)).unwrap()
}

fn microsecond_after(at: Timestamp) -> Timestamp {
    at + SignedDuration::from_micros(1)
}

/// The tier above; none above the city.
pub(super) fn above(area: &str) -> Option<String> {
    let length = match area.len() {
        12 => 9,
        9 => 6,
        6 => 4,
        _ => return None,
    };
    Some(area[..length].to_owned())
}

impl Watch {
    pub(super) fn new(start: Timestamp, length: &str, yellow: Option<&str>) -> Self {
        let mut counted = TimeLimit::new(start, limit(length), Calendar::china());
        counted.yellow_before = yellow.map(limit);
        Watch { limit: counted, stopped: None, shown: Card::Green, raised: None }
    }

    pub(super) fn due(&self) -> Option<calendar::Due> {
        calendar::due(Calendar::china(), &Settings::default(), &self.limit).ok()
    }

    /// When it turns red: at its end there is still time.
    pub(super) fn red_at(due: &calendar::Due) -> Timestamp {
        if due.red_at > due.at { due.red_at } else { microsecond_after(due.at) }
    }
}

/// When what turned red at `at` is told to the next tier: on the first morning after three working days.
pub(super) fn next_raise(at: Timestamp) -> Timestamp {
    let due = Watch::new(at, "3wd", None).due().unwrap();
    Watch::red_at(&due)
}
