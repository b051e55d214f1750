//! A dispute and how far it has come.
//!
//! The stage is an enum whose variants carry what is true only there. Nothing here is about a person: details are
//! sealed, and only the ids of the sealings are kept.

mod allowed;
mod stage;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::case_code::CaseCode;
use crate::domain::codes::{GridCode, Id, SourceNumber};
use crate::domain::dispute_types::TypeCode;
use crate::domain::sealed::SealedRef;

pub use self::stage::{
    Arrival, Call, Clock, Conclusion, Estimate, FollowUp, Mediation, Offer, Offering, Path, Scene,
    Stage, Trip,
};

/// Subject of a dispute's events: "dispute/{id}".
pub fn subject(dispute_id: Uuid) -> String {
    format!("dispute/{dispute_id}")
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dispute {
    /// Its id.
    pub id: Uuid,
    /// Its code.
    pub code: CaseCode,
    /// Counts the changes of the dispute, from 1.
    pub revision: u32,
    /// Grid that it belongs to.
    pub grid: GridCode,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: TypeCode,
    /// How many people it moves.
    pub scale: Scale,
    /// Persons involved as told; 0 = not told.
    pub people: u32,
    /// Parties, at least 2.
    pub parties: u32,
    /// Way by which it was reported.
    pub channel: Channel,
    /// Record of it in another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// When it was reported, as the reporter says.
    pub reported_at: Timestamp,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Node that is its one home.
    pub home: String,
    /// Rises with each change of home, from 1.
    pub term: u64,
    /// How far it has come.
    pub stage: Stage,
    /// Sealed pieces that can be opened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<SealedRef>,
    /// When its details were last erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
}

/// How many people a dispute moves (GB/T 31000 scale codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// 01 individual.
    Individual,
    /// 02 a group.
    Group,
    /// 03 a large group.
    LargeGroup,
}

/// Way by which a dispute was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// A grid worker on the round.
    GridWorker,
    /// A resident.
    Resident,
    /// The citizen hotline.
    Hotline12345,
    /// The police line.
    Police110,
    /// A petition.
    Petition,
    /// A court or another department.
    Department,
    /// An upper tier.
    UpperTier,
}

/// Record of a dispute in the system that it came from. The same pair is the same case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// The system.
    pub system: Id,
    /// The number there.
    pub number: SourceNumber,
}

/// How hard a dispute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// Simple.
    Simple,
    /// General.
    General,
    /// Complex.
    Complex,
}

/// A level with its time limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// The level.
    pub level: Level,
    /// Its limit.
    pub limit: calendar::Limit,
    /// Key of the rule that the limit is from.
    pub rule_key: String,
    /// Source of that rule.
    pub rule_source: String,
    /// When the dispute was accepted: from then the limit counts.
    pub accepted_at: Timestamp,
    /// When the limit ends.
    pub due_at: Timestamp,
    /// Whether that rests on days whose holidays are not published yet.
    pub due_provisional: bool,
    /// Version of the calendar that it was counted by.
    pub calendar_version: String,
    /// How the place counted then.
    #[serde(default)]
    pub settings: calendar::Settings,
    /// When the limit stood still.
    #[serde(default)]
    pub pauses: Vec<calendar::Pause>,
    /// By how much the limit was extended.
    #[serde(default)]
    pub extensions: Vec<calendar::Extension>,
    /// When it was triaged.
    pub at: Timestamp,
}

impl Triage {
    /// The stored inputs from which the end is counted.
    pub fn time_limit(&self) -> calendar::TimeLimit {
        calendar::TimeLimit {
            start: self.accepted_at,
            limit: self.limit,
            calendar_version: self.calendar_version.clone(),
            pauses: self.pauses.clone(),
            extensions: self.extensions.clone(),
            yellow_before: None,
            red_after: None,
            rule_key: Some(self.rule_key.clone()),
        }
    }
}

/// Why a dispute is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RejectReason {
    /// Not a dispute between parties.
    NotADispute,
    /// Another body is competent.
    OtherBodyCompetent,
    /// Reported before.
    Duplicate,
    /// Before a court or in arbitration.
    InLegalProcedure,
    /// Taken back by the one who reported it.
    TakenBack,
    /// Too little is known.
    NotEnoughKnown,
    /// May not be mediated.
    NotMediable,
}

/// Why a team does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeclineReason {
    /// Busy elsewhere.
    Busy,
    /// Too far.
    TooFar,
    /// Too few members there.
    ShortOfMembers,
    /// Close to one of the parties.
    ConflictOfInterest,
    /// Held up on the way.
    HeldUp,
}

/// Kind of mediation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediationKind {
    /// People's mediation.
    Peoples,
    /// Administrative mediation.
    Administrative,
    /// Judicial mediation.
    Judicial,
    /// Several of them together.
    Joint,
}

/// What a party says to being mediated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consent {
    /// Agrees to mediation.
    Given,
    /// Refuses, or demands to stop.
    Refused,
}

/// What one party says to being mediated; parties count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyConsent {
    /// Number of the party.
    pub party: u32,
    /// What it says.
    pub consent: Consent,
}

/// How a dispute ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Agreed in writing.
    AgreedWritten {
        /// Whether only a part was agreed.
        partial: bool,
    },
    /// Agreed orally.
    AgreedOrally {
        /// Whether only a part was agreed.
        partial: bool,
    },
    /// Mediation failed.
    Failed,
    /// A party refused mediation, or made it stop.
    Refused,
    /// Referred to another procedure.
    Referred(Referral),
    /// Taken back by the parties.
    Withdrawn,
}

/// Procedure that a dispute is referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Referral {
    /// Arbitration.
    Arbitration,
    /// Administrative ruling.
    AdministrativeRuling,
    /// Administrative review.
    AdministrativeReview,
    /// A court.
    Court,
    /// The police.
    Police,
    /// Another competent body.
    OtherBody,
}

/// Whether an agreement is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Performance {
    /// Performed.
    Performed,
    /// Performed in part.
    Partly,
    /// Not performed although due.
    InDefault,
    /// Not due yet.
    NotDue,
    /// Nothing to perform.
    NotApplicable,
}

impl Outcome {
    /// Name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::AgreedWritten { .. } => "AGREED_WRITTEN",
            Outcome::AgreedOrally { .. } => "AGREED_ORAL",
            Outcome::Failed => "FAILED",
            Outcome::Refused => "REFUSED",
            Outcome::Referred(_) => "REFERRED",
            Outcome::Withdrawn => "WITHDRAWN",
        }
    }

    /// Whether the parties agreed, at least in part.
    pub fn is_agreement(self) -> bool {
        match self {
            Outcome::AgreedWritten { .. } | Outcome::AgreedOrally { .. } => true,
            Outcome::Failed | Outcome::Refused | Outcome::Referred(_) | Outcome::Withdrawn => false,
        }
    }
}

impl Clock {
    /// Starts the clock to arrival.
    pub fn starting(called_at: Timestamp, limit: SignedDuration) -> Self {
        Clock { called_at, due_at: called_at.saturating_add(limit).unwrap_or(Timestamp::MAX) }
    }
}

/// Records what parties say; a later word of a party replaces its earlier one. Kept in the order of the parties.
pub fn merge_consents(known: &[PartyConsent], said: &[PartyConsent]) -> Vec<PartyConsent> {
    let mut merged = known.to_vec();
    for word in said {
        match merged.binary_search_by_key(&word.party, |known| known.party) {
            Ok(place) => merged[place] = *word,
            Err(place) => merged.insert(place, *word),
        }
    }
    merged
}
