//! Who has a case, where it has been, and who watches over it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::codes::{AreaCode, Id};

/// Most steps of a case.
pub const MOST_STEPS: usize = 50;

/// Who may hold a case: an area, and a unit there or its centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The area, down to communities.
    pub area: AreaCode,
    /// The unit; none = the area's own centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Id>,
}

/// One stay of a case with somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Counts from 1.
    pub number: u32,
    /// Who has or had it.
    pub place: Place,
    /// How it came there.
    pub how: Move,
    /// Why; none for the first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<MoveReason>,
    /// Since when.
    pub at: Timestamp,
}

/// How a case came to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Move {
    /// Reported there.
    Received,
    /// Sent up.
    Escalated,
    /// Sent down or assigned.
    Delegated,
    /// Designated: may not be returned.
    Designated,
    /// Returned to an earlier step.
    Returned,
}

/// Why a case is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoveReason {
    /// Not within the powers of who has it.
    NotCompetent,
    /// Too hard for this tier.
    BeyondThisTier,
    /// Several departments are needed.
    NeedsDepartments,
    /// Close to one of the parties.
    ConflictOfInterest,
    /// Better dealt with near the parties.
    NearerToParties,
    /// Too little is known.
    Incomplete,
    /// Who is competent has been decided.
    CompetenceDecided,
}

/// Why a limit stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PauseKind {
    /// A hearing.
    Hearing,
    /// A party has to do something first.
    AwaitingParty,
    /// Three-way talks.
    ThreeWay,
}

/// A limit that stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// Why.
    pub kind: PauseKind,
    /// Since when.
    pub at: Timestamp,
    /// When it goes on by itself.
    pub until: Timestamp,
}

/// How an upper tier watches over a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SupervisionKind {
    /// Yellow card.
    Yellow,
    /// Red card.
    Red,
    /// Listed.
    Listed,
}

/// The watch of an upper tier over a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    /// How.
    pub kind: SupervisionKind,
    /// Who.
    pub by: Place,
    /// Since when.
    pub at: Timestamp,
}

/// Why more time is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExtensionReason {
    /// The matter is complex.
    Complex,
    /// An expert opinion is awaited.
    ExpertOpinion,
    /// Both parties ask for it.
    PartiesAsk,
    /// Several departments are needed.
    NeedsDepartments,
    /// Force majeure.
    ForceMajeure,
}

/// A request for more time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionRequest {
    /// How much.
    pub working_days: u32,
    /// Why.
    pub reason: ExtensionReason,
    /// Who asks.
    pub by: Place,
    /// When.
    pub at: Timestamp,
}

/// Why a case cannot be settled for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeferralReason {
    /// No rule covers it yet.
    NoPolicy,
    /// Money or land is not there yet.
    NoMeans,
    /// It hangs on another procedure.
    OtherProcedure,
    /// It goes back a long time.
    LongStanding,
}

/// An entry in the ledger of deferred cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferral {
    /// Why.
    pub reason: DeferralReason,
    /// Day on which it has to be looked at again.
    pub review_on: Date,
    /// Since when.
    pub at: Timestamp,
    /// Whether that day has come.
    pub review_due: bool,
}

impl Place {
    /// The place of a caller: a grid has no centre, its community has.
    pub fn of(area: AreaCode, unit: Option<Id>) -> Place {
        let area = if area.is_grid() { area.parent().unwrap_or(area) } else { area };
        Place { area, unit }
    }

    /// Whether who stands here stands above `other`: in an area that contains its area, or in the centre of its area.
    pub fn is_above(&self, other: &Place) -> bool {
        let wider = self.area != other.area && self.area.covers(&other.area);
        wider || (self.area == other.area && self.unit.is_none() && other.unit.is_some())
    }
}

impl Place {
    /// Whether who stands here may act for `holder`: the holder itself, who stands above it, and any desk of an area whose
    /// centre has the case.
    pub fn acts_for(&self, holder: &Place) -> bool {
        let of_the_area = self.area == holder.area && holder.unit.is_none();
        self == holder || of_the_area || self.is_above(holder)
    }

    /// Whether who stands here decides over `holder`: who stands above it, and the city's centre, above which is nobody,
    /// over itself.
    pub fn decides_over(&self, holder: &Place) -> bool {
        let top = self == holder && self.unit.is_none() && self.area.is_city();
        top || self.is_above(holder)
    }
}

impl ExtensionReason {
    /// Code in a limit's explanation.
    pub fn code(self) -> &'static str {
        match self {
            ExtensionReason::Complex => "COMPLEX",
            ExtensionReason::ExpertOpinion => "EXPERT_OPINION",
            ExtensionReason::PartiesAsk => "PARTIES_ASK",
            ExtensionReason::NeedsDepartments => "NEEDS_DEPARTMENTS",
            ExtensionReason::ForceMajeure => "FORCE_MAJEURE",
        }
    }
}

impl PauseKind {
    /// Name in metadata.
    pub fn name(self) -> &'static str {
        match self {
            PauseKind::Hearing => "HEARING",
            PauseKind::AwaitingParty => "AWAITING_PARTY",
            PauseKind::ThreeWay => "THREE_WAY",
        }
    }
}
