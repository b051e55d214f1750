//! Wire and domain, both ways. Every wrong field of a request is told at once, and never with what stood in it.

pub(crate) mod catalogue;
pub(crate) mod enums;
pub(crate) mod events;
pub(crate) mod facts;
pub(crate) mod form;
pub(crate) mod request;
pub(crate) mod resource;

use jiff::Timestamp;

/// A point in time as the wire writes it, to the microsecond.
pub(crate) fn time(at: Timestamp) -> prost_types::Timestamp {
    let micros = at.as_microsecond();
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
    }
}

/// A point in time as the wire writes it, read to the microsecond.
pub(crate) fn instant(at: &prost_types::Timestamp) -> Option<Timestamp> {
    let micros = i64::from(at.nanos / 1_000);
    Timestamp::from_microsecond(at.seconds.checked_mul(1_000_000)?.checked_add(micros)?).ok()
}
