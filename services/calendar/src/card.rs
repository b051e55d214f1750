//! Cards: how urgent a deadline is at a given instant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::due::Due;

/// How urgent a deadline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Card {
    /// There is time.
    Green,
    /// The deadline is near, or over but not yet red (黄牌).
    Yellow,
    /// The deadline is over (红牌).
    Red,
}

/// Returns the card that a deadline shows at `now`.
///
/// At the instant of the deadline itself it is not over. Between the deadline and
/// [`Due::red_at`] the card is yellow, even without a yellow card of its own.
#[must_use]
pub fn card(due: &Due, now: Timestamp) -> Card {
    let over = now > due.at;
    if over && now >= due.red_at {
        Card::Red
    } else if over || due.yellow_at.is_some_and(|yellow_at| now >= yellow_at) {
        Card::Yellow
    } else {
        Card::Green
    }
}
