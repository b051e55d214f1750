//! A dispute and how far it has come.
//!
//! The stage is an enum whose variants carry what is true only there; clocks and holders live through the stages and
//! stand beside it. Nothing here is about a person: details are sealed, and only the ids of the sealings are kept.

mod attachment;
mod clock;
mod holding;
mod paper;
mod stage;
pub mod table;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::case_code::CaseCode;
use crate::domain::codes::{GridCode, Id, SourceNumber};
use crate::domain::dispute_types::TypeCode;
use crate::domain::sealed::SealedRef;

pub use self::attachment::{Attachment, FileKind, FileType};
pub use self::clock::{Clock, ClockKind, Ends, Raised, Stopped, Turn};
pub use self::holding::{
    Deferral, DeferralReason, ExtensionReason, ExtensionRequest, MOST_STEPS, Move, MoveReason,
    PauseKind, Paused, Place, Step, Supervision, SupervisionKind,
};
pub use self::paper::{DUE_BY_PAPER, Paper, PaperEnd};
pub use self::stage::{
    Call, Conclusion, Estimate, FileNumber, FollowUp, Mediation, Offer, Offering, Path, Rating,
    Satisfaction, Scene, Stage, Trip,
};
pub use self::table::State;

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
    /// When it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// Its level, once triaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Triage>,
    /// Its clocks; of one that started anew, the newest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clocks: BTreeMap<ClockKind, Clock>,
    /// Who has it and who had it; never empty, the last is the holder.
    pub steps: Vec<Step>,
    /// Who first received it.
    pub first_receiver: Place,
    /// Who first accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_handler: Option<Place>,
    /// Whether it needs protection: a mark of the case, of no person.
    #[serde(default, skip_serializing_if = "is_false")]
    pub protective: bool,
    /// Whether the details have a telephone of who reported it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reporter_reachable: bool,
    /// Whether the limit of the level stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// Who watches over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervision: Option<Supervision>,
    /// How often the holder was reminded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reminders: u32,
    /// An extension that waits for its decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<ExtensionRequest>,
    /// Entry in the ledger of deferred cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferral: Option<Deferral>,
    /// Case that it was merged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Uuid>,
    /// Duplicates that were merged into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<Uuid>,
    /// How often it was done again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redone: u32,
    /// When a team was called for last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<Timestamp>,
    /// Offers made to teams, in all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub offers: u32,
    /// Sealed pieces that can be opened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<SealedRef>,
    /// Files, in the order in which they were attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
    /// Ids of files that were erased.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased_files: Vec<Uuid>,
    /// When its details were last erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    /// What the ledger of paper said that it was taken over from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Paper>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(value: &u32) -> bool {
    *value == 0
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
    /// The telephone of the village secretary.
    SecretaryPhone,
    /// Entrusted by a court.
    Court,
    /// On the committee's own motion.
    OwnMotion,
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

/// A level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// The level.
    pub level: Level,
    /// When it was given.
    pub at: Timestamp,
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
    /// Mediation by the police.
    PublicSecurity,
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
    /// May not be mediated.
    NotMediable,
    /// The same matter as another case.
    Merged,
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

/// How far the judicial confirmation of an agreement has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// Both parties have asked for it.
    Applied,
    /// The court confirmed the agreement.
    Confirmed,
    /// The court rejected the application.
    Rejected,
}

/// What another procedure led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferralResult {
    /// Taken on there.
    Accepted,
    /// Not taken on there.
    NotAccepted,
    /// Settled there by agreement.
    Settled,
    /// Decided there.
    Decided,
}

/// Why a dispute is done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RedoReason {
    /// A follow-up found that the outcome did not hold.
    NegativeFollowUp,
    /// The check found it otherwise.
    VerificationDisagrees,
    /// A party asks for it.
    PartyAsks,
    /// Mediation failed, and is tried again.
    TriedAgain,
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
            Outcome::NotMediable => "NOT_MEDIABLE",
            Outcome::Merged => "MERGED_DUPLICATE",
        }
    }

    /// Whether the parties agreed, at least in part.
    pub fn is_agreement(self) -> bool {
        match self {
            Outcome::AgreedWritten { .. } | Outcome::AgreedOrally { .. } => true,
            Outcome::Failed
            | Outcome::Refused
            | Outcome::Referred(_)
            | Outcome::Withdrawn
            | Outcome::NotMediable
            | Outcome::Merged => false,
        }
    }
}

impl MediationKind {
    /// What the number of its file is called: 人民调解 files are numbered "(年)…人调字第…号" by the forms of 2010, the
    /// others alike.
    pub fn file_word(self) -> &'static str {
        match self {
            MediationKind::Peoples => "人调字",
            MediationKind::Administrative => "行调字",
            MediationKind::Judicial => "司调字",
            MediationKind::Joint => "联调字",
            MediationKind::PublicSecurity => "治调字",
        }
    }

    /// Whether an agreement of this kind can be confirmed by a court: that of a lawfully established mediation
    /// organisation (民事诉讼法 2023 art. 205). A court's own document needs none; what authorities and the police mediate
    /// is no such organisation's, and a joint mediation is one only when a committee leads it.
    pub fn can_be_confirmed(self, led_by_committee: bool) -> bool {
        match self {
            MediationKind::Peoples => true,
            MediationKind::Joint => led_by_committee,
            MediationKind::Administrative
            | MediationKind::Judicial
            | MediationKind::PublicSecurity => false,
        }
    }
}

impl Dispute {
    /// How far it has come.
    pub fn state(&self) -> State {
        self.stage.state()
    }

    /// Who has it.
    pub fn holder(&self) -> &Step {
        self.steps.last().expect("a dispute is born with its first step")
    }

    /// A clock.
    pub fn clock(&self, kind: ClockKind) -> Option<&Clock> {
        self.clocks.get(&kind)
    }

    /// The follow-up that a visit at `at` answers: the earlier one that waits, once what it looks at is due.
    pub fn visit_due(&self, at: Timestamp) -> Option<ClockKind> {
        [ClockKind::FirstFollowUp, ClockKind::SecondFollowUp].into_iter().find(|kind| {
            self.clock(*kind).is_some_and(|clock| clock.is_running() && clock.limit.start <= at)
        })
    }

    /// When it next has something to do by time alone; see [`Dispute::alarm`].
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.alarm().map(|(at, _)| at)
    }

    /// What it does next by time alone, and when: a function of what is stored, so that restarts, replicas and repeats
    /// come to the same.
    pub fn alarm(&self) -> Option<(Timestamp, Alarm)> {
        self.alarms().min_by_key(|(at, _)| *at)
    }

    /// Everything that it has to do by time alone, each once and in no order; of a clock, what it says next.
    pub fn alarms(&self) -> impl Iterator<Item = (Timestamp, Alarm)> + '_ {
        // A deferred case is known to be late: until its day of review nothing is told of that.
        let deferred = self.deferral.is_some_and(|deferral| !deferral.review_due);
        let clocks = self.clocks.iter().filter(move |(kind, _)| {
            !kind.is_of_the_parties() && (**kind != ClockKind::Handle || !deferred)
        });
        let turns = clocks.filter_map(|(kind, clock)| {
            let (at, turn) = clock.next()?;
            Some((at, Alarm::Clock(*kind, turn)))
        });
        let team = if let Stage::UnderWay(trip) = &self.stage {
            Some((trip.given_up_at, Alarm::TeamVanished))
        } else {
            self.stage.offer().map(|offer| (offer.answer_until, Alarm::NoAnswer))
        };
        let review = self
            .deferral
            .filter(|deferral| !deferral.review_due)
            .map(|deferral| (start_of(deferral.review_on), Alarm::Review));
        let pause = self.paused.map(|paused| (paused.until, Alarm::PauseOver));
        turns.chain(team).chain(review).chain(pause)
    }
}

/// What a dispute does by time alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// A clock has something to say.
    Clock(ClockKind, Turn),
    /// A team has not answered.
    NoAnswer,
    /// A team accepted and has not come.
    TeamVanished,
    /// A deferred case has to be looked at again.
    Review,
    /// A limit has stood still for as long as it may.
    PauseOver,
}

/// The first instant of a day in Shanghai.
pub fn start_of(day: jiff::civil::Date) -> Timestamp {
    jiff::tz::offset(8).to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
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
