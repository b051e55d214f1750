//! What can happen to a dispute, or to a team. Each fact is published as the message of the same name.

use calendar::Card;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::case_code::CaseCode;
use crate::domain::codes::{GridCode, Id};
use crate::domain::dispute::{
    Channel, Clock, ClockKind, Confirmation, DeclineReason, Deferral, Dispute, Estimate,
    ExtensionRequest, FileKind, FileNumber, FileType, Level, MediationKind, Outcome, Paper,
    PartyConsent, PauseKind, Performance, Place, Raised, RedoReason, ReferralResult, RejectReason,
    Satisfaction, Scale, Source, Step, Supervision,
};
use crate::domain::dispute_types::TypeCode;
use crate::domain::duty::TeamEvent;
use crate::domain::notice::{Due, Undeliverable};
use crate::domain::sealed::{EraseReason, OpenRefusal, Purpose, Sealing};

/// Something that happened, to whomever.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "almost all of them are of disputes")]
pub enum Happening {
    /// To a dispute.
    Dispute(Event),
    /// To a team.
    Team(TeamEvent),
}

/// Something that happened to a dispute.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The dispute.
    pub dispute_id: Uuid,
    /// Term of its home.
    pub term: u64,
    /// Its grid.
    pub grid: GridCode,
    /// What happened.
    pub fact: Fact,
    /// Words to it.
    pub sealing: Option<Sealing>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// It was reported.
    Reported(Reported),
    /// It was taken over from a ledger of paper.
    TakenOver(TakenOver),
    /// It was accepted.
    Accepted {
        /// The clock to the outcome: until triage says otherwise, that of a general case.
        clock: Clock,
    },
    /// It was rejected.
    Rejected(RejectReason),
    /// It got a level and a limit.
    Triaged(Triaged),
    /// The end of a clock was counted again by a newer calendar.
    DeadlineRecounted(Recounted),
    /// A team was called for; the clock to arrival runs.
    TeamCalled {
        /// Until when a team has to be there.
        due_at: Timestamp,
        /// The clock, when there was none before: a case has one.
        clock: Option<Clock>,
    },
    /// A team was asked.
    TeamOffered(TeamOffered),
    /// Nobody was left to ask.
    NoTeamFound(Search),
    /// The team comes.
    OfferAccepted {
        /// The team.
        team: Id,
        /// When it is given up, unless it arrives before.
        given_up_at: Timestamp,
    },
    /// The team does not come.
    OfferDeclined {
        /// The team.
        team: Id,
        /// Why.
        reason: DeclineReason,
    },
    /// The team did not answer, or accepted and never came.
    OfferLapsed {
        /// The team.
        team: Id,
        /// Whether it had accepted.
        after_acceptance: bool,
    },
    /// The offer was taken back before the team had answered.
    OfferWithdrawn {
        /// The team.
        team: Id,
    },
    /// The team is there.
    TeamArrived {
        /// The team.
        team: Id,
        /// Since when.
        at: Timestamp,
        /// Whether that was in time.
        in_time: bool,
    },
    /// A party spoke.
    ConsentRecorded(PartyConsent),
    /// Mediation began.
    MediationStarted {
        /// Kind.
        kind: MediationKind,
        /// Organisation that mediates.
        organisation: Id,
        /// Number of its file.
        file: FileNumber,
        /// What each party says.
        consents: Vec<PartyConsent>,
        /// Team that is free again: from here the organisation mediates.
        team: Id,
    },
    /// It ended.
    OutcomeRecorded(Concluded),
    /// Something became known of the judicial confirmation.
    ConfirmationRecorded(Confirmation),
    /// It became known what another procedure led to.
    ReferralResultRecorded(ReferralResult),
    /// Somebody looked at it since.
    FollowUpRecorded {
        /// Whether the agreement is kept.
        performance: Performance,
        /// Whether the dispute has broken out again.
        relapsed: bool,
        /// The clock to verification, when nothing else remains to be done.
        clock: Option<Clock>,
    },
    /// The outcome was checked.
    Verified,
    /// It is done again.
    Redone {
        /// Why.
        reason: RedoReason,
        /// The new clock to the outcome.
        clock: Clock,
    },
    /// It is the same matter as another one.
    Merged {
        /// The other one.
        into: Uuid,
        /// Team that is free again.
        team: Option<Id>,
    },
    /// A duplicate was merged into it.
    DuplicateJoined {
        /// The duplicate.
        duplicate: Uuid,
        /// Way by which it had been reported.
        channel: Channel,
        /// Whether it needed protection: so does the case from now on.
        protective: bool,
    },
    /// It has another holder.
    Moved(Step),
    /// The holder was reminded.
    Reminded {
        /// By whom.
        by: Place,
    },
    /// It is supervised so from now on.
    SupervisionSet(Supervision),
    /// It is no longer supervised.
    SupervisionLifted,
    /// More time was asked for.
    ExtensionRequested(ExtensionRequest),
    /// An extension was granted, with the clock as it is then, or refused.
    ExtensionDecided(Option<Clock>),
    /// The clock to the outcome stands still.
    LimitPaused {
        /// Why.
        kind: PauseKind,
        /// When it goes on by itself.
        until: Timestamp,
        /// The clock as it is now.
        clock: Clock,
    },
    /// The clock to the outcome goes on.
    LimitResumed {
        /// The clock as it is now.
        clock: Clock,
    },
    /// It was entered into the ledger of deferred cases.
    Deferred(Deferral),
    /// It was taken out of it.
    DeferralEnded {
        /// When the next tier is told of a limit that is over all the same; none = nobody is left, or nobody was told yet.
        next_raise_at: Option<Timestamp>,
    },
    /// The day of its review has come.
    ReviewDue {
        /// That day.
        day: Date,
        /// When the next tier is told of its limit, unless something is done; none = nobody is left, or nobody was told yet.
        next_raise_at: Option<Timestamp>,
    },
    /// A clock turned yellow or red, or was raised further.
    CardShown {
        /// Which clock.
        clock: ClockKind,
        /// What it shows from now on.
        card: Card,
        /// When it ends or ended.
        due_at: Timestamp,
        /// Whom it was raised to.
        raised: Option<Raised>,
    },
    /// Somebody has to be told.
    NoticeDue(Notice),
    /// Somebody's life is in danger.
    PoliceFirst {
        /// Way by which it was reported.
        channel: Channel,
    },
    /// It was closed.
    Closed,
    /// A note was added.
    NoteAdded,
    /// Details were opened.
    DetailsOpened {
        /// What for.
        purpose: Purpose,
        /// Which.
        sealed: Vec<Uuid>,
    },
    /// Details were asked for and not opened.
    DetailsRefused {
        /// What for.
        purpose: Purpose,
        /// Why not.
        reason: OpenRefusal,
    },
    /// Details were erased.
    DetailsErased {
        /// Why.
        reason: EraseReason,
        /// Which.
        sealed: Vec<Uuid>,
        /// Which files.
        files: Vec<Uuid>,
    },
    /// A file was attached.
    FileAttached(Attached),
    /// A file was erased.
    FileDetached {
        /// Which.
        file: Uuid,
        /// Why.
        reason: EraseReason,
    },
    /// A file was opened.
    FileOpened {
        /// Which.
        file: Uuid,
        /// What for.
        purpose: Purpose,
    },
    /// A file was asked for and not opened.
    FileRefused {
        /// Which was asked for.
        file: Uuid,
        /// What for.
        purpose: Purpose,
        /// Why not.
        reason: OpenRefusal,
    },
    /// It has a PIN, by which a party sees it.
    PinIssued {
        /// Counts its PINs from 1.
        version: u32,
    },
    /// A wrong PIN was tried.
    PinRefused {
        /// Counts the wrong tries in a row.
        wrong: u32,
        /// Until when no PIN is taken.
        locked_until: Option<Timestamp>,
    },
    /// A party looked at it.
    SeenByParty,
    /// A party said how satisfied it is with the outcome.
    Rated(Satisfaction),
    /// A notice was handed on.
    NoticeDelivered {
        /// The notice; which one it repeats is not told again.
        due: Due,
        /// How often it was tried.
        attempts: u32,
        /// How many of those who are meant were not told.
        unreached: u32,
    },
    /// A notice could not be delivered.
    NoticeUndeliverable {
        /// The notice; which one it repeats is not told again.
        due: Due,
        /// Why.
        reason: Undeliverable,
        /// How often it was tried.
        attempts: u32,
    },
}

/// A file that was attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attached {
    /// Its id.
    pub file: Uuid,
    /// What it is to the case.
    pub kind: FileKind,
    /// What it is.
    pub file_type: FileType,
    /// How many bytes it has.
    pub size: u64,
    /// Salted SHA-256 of its bytes.
    pub digest: [u8; 32],
}

/// A dispute as it was reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// Its code.
    pub code: CaseCode,
    /// Its type.
    pub kind: TypeCode,
    /// Its scale.
    pub scale: Scale,
    /// Persons involved; 0 = not told.
    pub people: u32,
    /// Parties.
    pub parties: u32,
    /// Channel.
    pub channel: Channel,
    /// Record in another system.
    pub source: Option<Source>,
    /// When it was reported.
    pub at: Timestamp,
    /// Its home.
    pub home: String,
    /// Who received it.
    pub receiver: Place,
    /// Who has it first.
    pub holder: Place,
    /// The clock to acceptance.
    pub clock: Clock,
    /// Whether it needs protection.
    pub protective: bool,
    /// Whether the details have a telephone of who reported it.
    pub reporter_reachable: bool,
}

/// A case as a ledger of paper had it. Days of the paper are their first instants.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenOver {
    /// Its code.
    pub code: CaseCode,
    /// Its scale.
    pub scale: Scale,
    /// Persons involved; 0 = not told.
    pub people: u32,
    /// Parties.
    pub parties: u32,
    /// Channel.
    pub channel: Channel,
    /// The ledger and the number there.
    pub source: Source,
    /// When it was reported.
    pub reported_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Its home.
    pub home: String,
    /// Who has it.
    pub holder: Place,
    /// The clock to the outcome, if there is a limit.
    pub clock: Option<Clock>,
    /// What the paper said.
    pub paper: Paper,
}

/// A level and the clock to the outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triaged {
    /// The level.
    pub level: Level,
    /// The clock to the outcome; it starts with acceptance.
    pub clock: Clock,
    /// The type, when the one reported was not right.
    pub kind: Option<TypeCode>,
    /// Whether the case needs protection from now on.
    pub protective: bool,
}

/// The end of a clock counted again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recounted {
    /// Which clock.
    pub kind: ClockKind,
    /// The clock as it is now.
    pub clock: Clock,
    /// When it ended before; none while it stands still.
    pub previous_due_at: Option<Timestamp>,
    /// Version of the calendar before.
    pub previous_calendar_version: String,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concluded {
    /// How.
    pub outcome: Outcome,
    /// Team that is free again.
    pub team: Option<Id>,
    /// Day on which the agreement took effect; none without one.
    pub agreed_on: Option<Date>,
    /// Days on which something has to be performed, in order.
    pub performance_on: Vec<Date>,
    /// Last day for the judicial confirmation.
    pub confirmation_until: Option<Date>,
    /// Clocks that start with it.
    pub clocks: Vec<(ClockKind, Clock)>,
}

/// Somebody has to be told something. Carries no contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Who.
    pub recipient: Recipient,
    /// What.
    pub template: Template,
    /// Area, team or duplicate that is meant, where the case does not say.
    pub target: String,
    /// Position of the notice that could not be delivered and is tried again by this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<u64>,
}

/// Who has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    /// Who reported it.
    Reporter,
    /// The parties.
    Parties,
    /// Who has the case.
    Holder,
    /// The tier above.
    UpperTier,
    /// The team that is asked.
    Team,
}

/// What somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Template {
    /// The case was accepted.
    Accepted,
    /// The case was not accepted.
    Rejected,
    /// A team is asked whether it comes.
    Offer,
    /// Nobody is left to come.
    NoTeam,
    /// The case came to you.
    HandedOver,
    /// You are reminded.
    Reminder,
    /// The case is supervised.
    Supervised,
    /// More time was asked for.
    ExtensionRequested,
    /// An extension was decided.
    ExtensionDecided,
    /// A deadline is near.
    Yellow,
    /// A deadline is over.
    Red,
    /// A deferred case has to be looked at again.
    Review,
    /// The case has an outcome.
    Outcome,
    /// The case was merged into another one.
    Merged,
    /// The case is done again.
    Redone,
    /// The case was closed.
    Closed,
    /// A party is not satisfied with the outcome.
    Dissatisfied,
}

/// A team was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct TeamOffered {
    /// The team.
    pub team: Id,
    /// Counts the offers of the case from 1.
    pub round: u32,
    /// Until when it may answer.
    pub answer_until: Timestamp,
    /// How long the way is thought to be.
    pub estimate: Option<Estimate>,
}

/// What a search for a team found: how many serve the grid, and why none of them can be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Search {
    /// Teams that serve the grid.
    pub serving: u32,
    /// Of them off duty.
    pub off_duty: u32,
    /// Of them with another case.
    pub engaged: u32,
    /// Of them asked before.
    pub asked: u32,
}

impl Event {
    /// Something that happened to `dispute`.
    pub fn of(dispute: &Dispute, fact: Fact, sealing: Option<Sealing>) -> Self {
        Event { dispute_id: dispute.id, term: dispute.term, grid: dispute.grid, fact, sealing }
    }

    /// Team whose engagement this changes.
    pub fn engages(&self) -> Option<(&Id, bool)> {
        match &self.fact {
            Fact::TeamOffered(offered) => Some((&offered.team, true)),
            Fact::OfferDeclined { team, .. }
            | Fact::OfferLapsed { team, .. }
            | Fact::OfferWithdrawn { team }
            | Fact::MediationStarted { team, .. } => Some((team, false)),
            Fact::OutcomeRecorded(Concluded { team, .. }) | Fact::Merged { team, .. } => {
                team.as_ref().map(|team| (team, false))
            }
            Fact::Reported(_)
            | Fact::TakenOver(_)
            | Fact::Accepted { .. }
            | Fact::Rejected(_)
            | Fact::Triaged(_)
            | Fact::DeadlineRecounted(_)
            | Fact::TeamCalled { .. }
            | Fact::NoTeamFound(_)
            | Fact::OfferAccepted { .. }
            | Fact::TeamArrived { .. }
            | Fact::ConsentRecorded(_)
            | Fact::ConfirmationRecorded(_)
            | Fact::ReferralResultRecorded(_)
            | Fact::FollowUpRecorded { .. }
            | Fact::Verified
            | Fact::Redone { .. }
            | Fact::DuplicateJoined { .. }
            | Fact::Moved(_)
            | Fact::Reminded { .. }
            | Fact::SupervisionSet(_)
            | Fact::SupervisionLifted
            | Fact::ExtensionRequested(_)
            | Fact::ExtensionDecided(_)
            | Fact::LimitPaused { .. }
            | Fact::LimitResumed { .. }
            | Fact::Deferred(_)
            | Fact::DeferralEnded { .. }
            | Fact::ReviewDue { .. }
            | Fact::CardShown { .. }
            | Fact::NoticeDue(_)
            | Fact::PoliceFirst { .. }
            | Fact::Closed
            | Fact::NoteAdded
            | Fact::DetailsOpened { .. }
            | Fact::DetailsRefused { .. }
            | Fact::DetailsErased { .. }
            | Fact::FileAttached(_)
            | Fact::FileDetached { .. }
            | Fact::FileOpened { .. }
            | Fact::FileRefused { .. }
            | Fact::PinIssued { .. }
            | Fact::PinRefused { .. }
            | Fact::SeenByParty
            | Fact::Rated(_)
            | Fact::NoticeDelivered { .. }
            | Fact::NoticeUndeliverable { .. } => None,
        }
    }
}
