//! The stages of a dispute, each with what is true only there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Level, MediationKind, Outcome, PartyConsent, Performance, RejectReason, Triage};
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
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// Has a level and a limit.
    Triaged(Triage),
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
    /// Closed. Final.
    Closed {
        /// How it ended.
        conclusion: Conclusion,
        /// When it was closed.
        at: Timestamp,
    },
}

/// The one clock from the first call for a team to arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// When the first call went out.
    pub called_at: Timestamp,
    /// Until when a team has to be there.
    pub due_at: Timestamp,
}

/// A team was called and none has accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Level and limit.
    pub triage: Triage,
    /// The clock.
    pub clock: Clock,
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
    /// Level and limit.
    pub triage: Triage,
    /// The clock.
    pub clock: Clock,
    /// The team.
    pub team: Id,
    /// When it accepted.
    pub accepted_at: Timestamp,
    /// Offers made so far.
    pub rounds: u32,
    /// Teams of this round that did not come.
    pub declined: Vec<Id>,
}

/// A team is, or was, on the spot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Level and limit.
    pub triage: Triage,
    /// The clock.
    pub clock: Clock,
    /// The team.
    pub team: Id,
    /// When it was there.
    pub arrival: Arrival,
    /// Teams of the last round that did not come.
    pub declined: Vec<Id>,
}

/// When a team arrived, and whether that was in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arrival {
    /// In time.
    InTime(Timestamp),
    /// Too late.
    Late(Timestamp),
}

/// A mediation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mediation {
    /// Kind.
    pub kind: MediationKind,
    /// Organisation that mediates.
    pub organisation: Id,
    /// When it began.
    pub at: Timestamp,
    /// What each party says.
    pub consents: Vec<PartyConsent>,
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
    /// Follow-ups in order.
    pub follow_ups: Vec<FollowUp>,
}

/// How far a dispute had come when it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Path {
    /// Accepted.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// Triaged.
    Triaged(Triage),
    /// A team was called, and nobody came.
    Called {
        /// Level and limit.
        triage: Triage,
        /// The clock.
        clock: Clock,
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

impl Arrival {
    /// When the team was there.
    pub fn at(self) -> Timestamp {
        match self {
            Arrival::InTime(at) | Arrival::Late(at) => at,
        }
    }
}

impl Stage {
    /// Name of the state in messages, metadata and columns.
    pub fn name(&self) -> &'static str {
        match self {
            Stage::Reported => "REPORTED",
            Stage::Rejected { .. } => "REJECTED",
            Stage::Accepted { .. } => "ACCEPTED",
            Stage::Triaged(_) => "TRIAGED",
            Stage::Called(_) => "CALLED",
            Stage::UnderWay(_) => "UNDER_WAY",
            Stage::Arrived { .. } => "ARRIVED",
            Stage::Mediating { .. } => "MEDIATING",
            Stage::Concluded(_) => "CONCLUDED",
            Stage::Closed { .. } => "CLOSED",
        }
    }

    /// Level and limit, from triage on.
    pub fn triage(&self) -> Option<&Triage> {
        match self {
            Stage::Reported | Stage::Rejected { .. } | Stage::Accepted { .. } => None,
            Stage::Triaged(triage) => Some(triage),
            Stage::Called(call) => Some(&call.triage),
            Stage::UnderWay(trip) => Some(&trip.triage),
            Stage::Arrived { scene, .. } | Stage::Mediating { scene, .. } => Some(&scene.triage),
            Stage::Concluded(conclusion) | Stage::Closed { conclusion, .. } => match &conclusion
                .path
            {
                Path::Accepted { .. } => None,
                Path::Triaged(triage) | Path::Called { triage, .. } => Some(triage),
                Path::Visited { scene, .. } | Path::Mediated { scene, .. } => Some(&scene.triage),
            },
        }
    }

    /// Level and limit of a dispute that is open: once there is an outcome, its end is history.
    pub fn open_triage(&self) -> Option<&Triage> {
        let is_over = matches!(self, Stage::Concluded(_) | Stage::Closed { .. });
        if is_over { None } else { self.triage() }
    }

    /// Level, from triage on.
    pub fn level(&self) -> Option<Level> {
        self.triage().map(|triage| triage.level)
    }

    /// When the dispute was accepted.
    pub fn accepted_at(&self) -> Option<Timestamp> {
        match self {
            Stage::Reported | Stage::Rejected { .. } => None,
            Stage::Accepted { at } => Some(*at),
            Stage::Concluded(Conclusion { path: Path::Accepted { at }, .. })
            | Stage::Closed {
                conclusion: Conclusion { path: Path::Accepted { at }, .. }, ..
            } => Some(*at),
            Stage::Triaged(_)
            | Stage::Called(_)
            | Stage::UnderWay(_)
            | Stage::Arrived { .. }
            | Stage::Mediating { .. }
            | Stage::Concluded(_)
            | Stage::Closed { .. } => self.triage().map(|triage| triage.accepted_at),
        }
    }

    /// The clock to arrival with the arrival, once a team was called.
    pub fn clock(&self) -> Option<(&Clock, Option<Arrival>)> {
        match self {
            Stage::Reported
            | Stage::Rejected { .. }
            | Stage::Accepted { .. }
            | Stage::Triaged(_) => None,
            Stage::Called(call) => Some((&call.clock, None)),
            Stage::UnderWay(trip) => Some((&trip.clock, None)),
            Stage::Arrived { scene, .. } | Stage::Mediating { scene, .. } => {
                Some((&scene.clock, Some(scene.arrival)))
            }
            Stage::Concluded(conclusion) | Stage::Closed { conclusion, .. } => {
                match &conclusion.path {
                    Path::Accepted { .. } | Path::Triaged(_) => None,
                    Path::Called { clock, .. } => Some((clock, None)),
                    Path::Visited { scene, .. } | Path::Mediated { scene, .. } => {
                        Some((&scene.clock, Some(scene.arrival)))
                    }
                }
            }
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
        if let Stage::Mediating { mediation, .. }
        | Stage::Concluded(Conclusion { path: Path::Mediated { mediation, .. }, .. })
        | Stage::Closed {
            conclusion: Conclusion { path: Path::Mediated { mediation, .. }, .. },
            ..
        } = self
        {
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
            | Stage::Accepted { .. }
            | Stage::Triaged(_)
            | Stage::Called(_)
            | Stage::Mediating { .. }
            | Stage::Concluded(_)
            | Stage::Closed { .. } => None,
        }
    }
}
