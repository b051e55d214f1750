//! The stored inputs of a deadline.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::limit::Limit;

/// The stored inputs of one deadline; with the calendar of this version and the settings of the
/// place they give the deadline again at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeLimit {
    /// When the matter was received, or the clock otherwise began.
    pub start: Timestamp,
    /// How long it may take.
    pub limit: Limit,
    /// [`Calendar::version`] by which the deadline is counted.
    pub calendar_version: String,
    /// When the clock stood still, in any order; overlaps count once.
    #[serde(default)]
    pub pauses: Vec<Pause>,
    /// By how much the limit was extended, in the order of the decisions.
    #[serde(default)]
    pub extensions: Vec<Extension>,
    /// How long before the end the yellow card is shown; never if none.
    #[serde(default)]
    pub yellow_before: Option<Limit>,
    /// On which working day after the last one the red card is shown (`1wd`: the first overdue
    /// working day); none = as [`crate::Settings`] say.
    #[serde(default)]
    pub red_after: Option<Limit>,
    /// Key of the rule the limit comes from, as in [`crate::Rules`].
    #[serde(default)]
    pub rule_key: Option<String>,
}

/// A time in which the clock stands still (hearing, three-way talk, waiting for a party).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When the clock stopped.
    pub from: Timestamp,
    /// When it went on; none while it stands still, and then the deadline is not known.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// A decision to give more time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// How much more.
    pub limit: Limit,
    /// Code of the reason, as the place lists them; shown in explanations unless empty.
    pub reason_code: String,
}

impl TimeLimit {
    /// Makes a limit without pauses, extensions, cards of its own and rule, counted by `calendar`.
    #[must_use]
    pub fn new(start: Timestamp, limit: Limit, calendar: &Calendar) -> TimeLimit {
        TimeLimit {
            start,
            limit,
            calendar_version: calendar.version().to_owned(),
            pauses: Vec::new(),
            extensions: Vec::new(),
            yellow_before: None,
            red_after: None,
            rule_key: None,
        }
    }

    /// Returns the same limit counted by another calendar; see [`crate::needs_recompute`].
    #[must_use]
    pub fn counted_by(&self, calendar: &Calendar) -> TimeLimit {
        TimeLimit { calendar_version: calendar.version().to_owned(), ..self.clone() }
    }

    /// Returns the same limit with its open pauses ended at `at`: what the deadline will be if
    /// the clock goes on then. A pause that begins later than `at` is left out.
    #[must_use]
    pub fn resumed_at(&self, at: Timestamp) -> TimeLimit {
        let ended = |pause: &Pause| match pause.until {
            Some(_) => Some(*pause),
            None if pause.from <= at => Some(Pause { from: pause.from, until: Some(at) }),
            None => None,
        };
        TimeLimit { pauses: self.pauses.iter().filter_map(ended).collect(), ..self.clone() }
    }
}
