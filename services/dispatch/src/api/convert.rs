//! Wire and domain, both ways. Every wrong field of a request is told at once, and never with what stood in it.

pub(crate) mod attachments;
pub(crate) mod clock;
pub(crate) mod counting;
pub(crate) mod details;
pub(crate) mod duty;
pub(crate) mod enums;
pub(crate) mod events;
pub(crate) mod form;
pub(crate) mod happenings;
pub(crate) mod notices;
pub(crate) mod party;
pub(crate) mod queries;
pub(crate) mod requests;
pub(crate) mod resource;
pub(crate) mod takeover;

use jiff::Timestamp;

/// A point in time as the wire writes it, to the microsecond.
pub(crate) fn time(at: Timestamp) -> prost_types::Timestamp {
    let micros = at.as_microsecond();
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
    }
}
