//! The stages of a dispute, each with what is true only there.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::table::State;
use super::{
    Confirmation, MediationKind, Outcome, PartyConsent, Performance, ReferralResult, RejectReason,
};
use crate::domain::codes::Id;

/// How far a dispute has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// Reported; neither accepted nor rejected.
    Reported,
    /// Not accepted. Final.
    Rejected {
        /// Why.
        reason: RejectReason,
        /// When.
        at: Timestamp,
    },
    /// Accepted; without a level.
    Accepted,
    /// Has a level and a limit.
    Triaged,
    /// A team has been called.
    Called(Call),
    /// A team is under way.
    UnderWay(Trip),
    /// A team is on the spot.
    Arrived {
        /// Who is there since when.
        scene: Scene,
        /// What parties said so far.
        consents: Vec<PartyConsent>,
    },
    /// Mediation is going on.
    Mediating {
        /// Who is there since when.
        scene: Scene,
        /// The mediation.
        mediation: Mediation,
    },
    /// There is an outcome.
    Concluded(Conclusion),
    /// The outcome was checked.
    Verified {
        /// How it ended.
        conclusion: Conclusion,
        /// When it was checked.
        at: Timestamp,
    },
    /// Closed.
    Closed {
        /// How it ended.
        conclusion: Conclusion,
        /// When it was checked; a case that was merged never is.
        verified_at: Option<Timestamp>,
        /// When it was closed.
        at: Timestamp,
    },
}

/// A team was called and none has accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Who is asked now.
    pub offering: Offering,
    /// Offers made so far.
    pub rounds: u32,
    /// Teams of this round that declined, gave the case back or did not answer, each once, in order.
    pub declined: Vec<Id>,
    /// Whether nobody was left: the next offer begins a new round, in which all may be asked again.
    pub round_over: bool,
}

/// Who is asked whether it comes: at most one team at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Offering {
    /// A team is asked.
    Open(Offer),
    /// Nobody was left to ask.
    Nobody,
}

/// The question to a team whether it comes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// The team.
    pub team: Id,
    /// When it was asked.
    pub at: Timestamp,
    /// Until when it may answer.
    pub answer_until: Timestamp,
    /// How long the way is thought to be.
    pub estimate: Option<Estimate>,
}

/// A guess at a way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Straight line in metres.
    pub metres: u32,
    /// Factor from the straight line to the way.
    pub factor: f64,
    /// Speed in km/h.
    pub speed_kmh: f64,
    /// Seconds.
    pub seconds: u32,
}

/// A team is under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trip {
    /// The team.
    pub team: Id,
    /// When it accepted.
    pub accepted_at: Timestamp,
    /// When it is given up, unless it arrives before.
    pub given_up_at: Timestamp,
    /// Offers made so far.
    pub rounds: u32,
    /// Teams of this round that did not come.
    pub declined: Vec<Id>,
}

/// A team is, or was, on the spot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// The team.
    pub team: Id,
    /// When it was there.
    pub arrived_at: Timestamp,
    /// Teams of the last round that did not come.
    pub declined: Vec<Id>,
}

/// A mediation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mediation {
    /// Kind.
    pub kind: MediationKind,
    /// Organisation that mediates.
    pub organisation: Id,
    /// Number of its file.
    pub file: FileNumber,
    /// When it began.
    pub at: Timestamp,
    /// What each party says.
    pub consents: Vec<PartyConsent>,
}

/// Number of a file: the organisation counts its files of a kind from 1 every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileNumber {
    /// The year.
    pub year: i16,
    /// The number within it.
    pub number: u32,
}

/// How a dispute ended, how far it had come by then, and what was seen of it since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conclusion {
    /// How far it had come.
    pub path: Path,
    /// How it ended.
    pub outcome: Outcome,
    /// When that was recorded.
    pub at: Timestamp,
    /// The sealed words to it: of an agreement its terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Uuid>,
    /// Day on which the agreement took effect; none without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_on: Option<Date>,
    /// Days on which something has to be performed, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub performance_on: Vec<Date>,
    /// Last day for the judicial confirmation, if there is something to confirm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation_until: Option<Date>,
    /// What became of the confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// What another procedure led to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral_result: Option<ReferralResult>,
    /// Follow-ups in order.
    pub follow_ups: Vec<FollowUp>,
    /// What a party thinks of it; a case that is done again can be rated again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
}

/// What a party thinks of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// How satisfied it is.
    pub satisfaction: Satisfaction,
    /// When it said so.
    pub at: Timestamp,
}

/// How satisfied a party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Satisfaction {
    /// Satisfied.
    Satisfied,
    /// Basically satisfied.
    Basically,
    /// Dissatisfied.
    Dissatisfied,
}

/// How far a dispute had come when it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Path {
    /// No team had been called.
    Uncalled,
    /// A team was called, and nobody came.
    Called {
        /// Teams of the last round that did not come.
        declined: Vec<Id>,
    },
    /// A team was on the spot; there was no mediation.
    Visited {
        /// Who was there.
        scene: Scene,
        /// What parties said.
        consents: Vec<PartyConsent>,
    },
    /// It was mediated.
    Mediated {
        /// Who was there.
        scene: Scene,
        /// The mediation.
        mediation: Mediation,
    },
}

/// A look at a case after its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Whether the agreement is kept.
    pub performance: Performance,
    /// Whether the dispute has broken out again.
    pub relapsed: bool,
    /// When.
    pub at: Timestamp,
}

impl FollowUp {
    /// Whether it found that the outcome did not hold.
    pub fn is_negative(&self) -> bool {
        self.relapsed || self.performance == Performance::InDefault
    }
}

impl Stage {
    /// The state.
    pub fn state(&self) -> State {
        match self {
            Stage::Reported => State::Reported,
            Stage::Rejected { .. } => State::Rejected,
            Stage::Accepted => State::Accepted,
            Stage::Triaged => State::Triaged,
            Stage::Called(Call { offering: Offering::Open(_), .. }) => State::Offered,
            Stage::Called(Call { offering: Offering::Nobody, .. }) => State::Called,
            Stage::UnderWay(_) => State::UnderWay,
            Stage::Arrived { .. } => State::Arrived,
            Stage::Mediating { .. } => State::Mediating,
            Stage::Concluded(_) => State::Concluded,
            Stage::Verified { .. } => State::Verified,
            Stage::Closed { .. } => State::Closed,
        }
    }

    /// How the dispute ended, once it has.
    pub fn conclusion(&self) -> Option<&Conclusion> {
        if let Stage::Concluded(conclusion)
        | Stage::Verified { conclusion, .. }
        | Stage::Closed { conclusion, .. } = self
        {
            Some(conclusion)
        } else {
            None
        }
    }

    /// The same, to be changed.
    pub fn conclusion_mut(&mut self) -> Option<&mut Conclusion> {
        if let Stage::Concluded(conclusion)
        | Stage::Verified { conclusion, .. }
        | Stage::Closed { conclusion, .. } = self
        {
            Some(conclusion)
        } else {
            None
        }
    }

    /// The open offer.
    pub fn offer(&self) -> Option<&Offer> {
        if let Stage::Called(Call { offering: Offering::Open(offer), .. }) = self {
            Some(offer)
        } else {
            None
        }
    }

    /// The mediation, once begun.
    pub fn mediation(&self) -> Option<&Mediation> {
        if let Stage::Mediating { mediation, .. } = self {
            return Some(mediation);
        }
        if let Path::Mediated { mediation, .. } = &self.conclusion()?.path {
            Some(mediation)
        } else {
            None
        }
    }

    /// Team that is asked, under way or on the spot: it can take no other case. Once there is mediation, the
    /// organisation mediates, and the team is free.
    pub fn engaged_team(&self) -> Option<&Id> {
        match self {
            Stage::Called(Call { offering: Offering::Open(offer), .. }) => Some(&offer.team),
            Stage::UnderWay(trip) => Some(&trip.team),
            Stage::Arrived { scene, .. } => Some(&scene.team),
            Stage::Reported
            | Stage::Rejected { .. }
            | Stage::Accepted
            | Stage::Triaged
            | Stage::Called(_)
            | Stage::Mediating { .. }
            | Stage::Concluded(_)
            | Stage::Verified { .. }
            | Stage::Closed { .. } => None,
        }
    }
}
