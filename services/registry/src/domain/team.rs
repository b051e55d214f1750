//! Mediation teams and their duty.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::{AreaCode, Slug};
use super::day::{Mark, Period};
use super::place::Point;

/// What is known of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamFacts {
    /// Its id.
    pub id: Slug,
    /// Unit that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Slug>,
    /// Area that it belongs to.
    pub area: AreaCode,
    /// Its name.
    pub name: String,
    /// Workers in it.
    pub members: Vec<Slug>,
    /// Where it starts from.
    pub base: Point,
    /// Areas that it serves, each with everything below it.
    pub serves: Vec<AreaCode>,
    /// When it exists.
    pub period: Period,
    /// Made up.
    #[serde(default)]
    pub sample: bool,
}

/// Whether a team can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Duty {
    /// It cannot.
    Off {
        /// Since when; nothing = from the beginning.
        since: Option<Timestamp>,
    },
    /// It can.
    On {
        /// Since when.
        since: Timestamp,
        /// When the shift ends; nothing = until it is set off duty.
        until: Option<Timestamp>,
    },
}

impl Duty {
    /// What it is at an instant: a shift that has ended is off duty.
    pub fn at(self, now: Timestamp) -> Duty {
        match self {
            Duty::On { until: Some(until), .. } if until <= now => Duty::Off { since: Some(until) },
            Duty::On { .. } | Duty::Off { .. } => self,
        }
    }
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// What is known of it.
    pub facts: TeamFacts,
    /// Whether it can be called.
    pub duty: Duty,
    /// Its changes.
    pub mark: Mark,
}
