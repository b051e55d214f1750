//! Offers of cases to teams, one by one, with what became of each: the team's own times beside the clock of the case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::codes::{GridCode, Id};
use crate::domain::dispute::{Dispute, Estimate};
use crate::domain::event::{Concluded, Fact, TeamOffered};

/// An offer of a case to a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// The case.
    pub dispute: Uuid,
    /// Counts the offers of the case from 1, through redoing, too.
    pub number: u32,
    /// Grid of the case.
    pub grid: GridCode,
    /// The team.
    pub team: Id,
    /// When a team was called for.
    pub called_at: Timestamp,
    /// When this team was asked.
    pub offered_at: Timestamp,
    /// Until when it may answer.
    pub answer_until: Timestamp,
    /// How long the way was thought to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// When it accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// Since when it was there, as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Timestamp>,
    /// How and when it was free of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<(End, Timestamp)>,
}

/// How a team got free of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It was there, and is no longer needed.
    Done,
    /// It declined, at once or on the way.
    Declined,
    /// It did not answer, or never came.
    Lapsed,
    /// The offer was taken back.
    Withdrawn,
    /// The case ended before it was there.
    Cancelled,
}

/// What a fact is to the team that it names.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// It is asked.
    Offered(TeamOffered),
    /// It comes.
    Accepted,
    /// It is there since then.
    Arrived(Timestamp),
    /// The offer is no longer its own.
    Gone(End),
    /// The case does not need it any more.
    Freed,
}

/// The team that a fact is about, and what it is to it.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other facts are about no team")]
pub fn turn(fact: &Fact) -> Option<(&Id, Turn)> {
    match fact {
        Fact::TeamOffered(offered) => Some((&offered.team, Turn::Offered(offered.clone()))),
        Fact::OfferAccepted { team, .. } => Some((team, Turn::Accepted)),
        Fact::TeamArrived { team, at, .. } => Some((team, Turn::Arrived(*at))),
        Fact::OfferDeclined { team, .. } => Some((team, Turn::Gone(End::Declined))),
        Fact::OfferLapsed { team, .. } => Some((team, Turn::Gone(End::Lapsed))),
        Fact::OfferWithdrawn { team } => Some((team, Turn::Gone(End::Withdrawn))),
        Fact::MediationStarted { team, .. }
        | Fact::OutcomeRecorded(Concluded { team: Some(team), .. })
        | Fact::Merged { team: Some(team), .. } => Some((team, Turn::Freed)),
        _ => None,
    }
}

impl Assignment {
    /// A new offer of a case, as the case stands after it.
    pub fn new(dispute: &Dispute, offered: &TeamOffered, at: Timestamp) -> Self {
        Assignment {
            dispute: dispute.id,
            number: dispute.offers,
            grid: dispute.grid,
            team: offered.team.clone(),
            called_at: dispute.called_at.unwrap_or(at),
            offered_at: at,
            answer_until: offered.answer_until,
            estimate: offered.estimate,
            accepted_at: None,
            arrived_at: None,
            ended: None,
        }
    }

    /// The offer after something that was recorded at `at`.
    #[must_use]
    pub fn after(mut self, turn: &Turn, at: Timestamp) -> Self {
        match turn {
            Turn::Offered(_) => {}
            Turn::Accepted => self.accepted_at = Some(at),
            Turn::Arrived(there) => self.arrived_at = Some(*there),
            Turn::Gone(end) => self.ended = Some((*end, at)),
            Turn::Freed if self.arrived_at.is_some() => self.ended = Some((End::Done, at)),
            Turn::Freed => self.ended = Some((End::Cancelled, at)),
        }
        self
    }

    /// Whether the team is asked, under way, or there.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }
}
