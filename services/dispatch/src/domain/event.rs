//! What can happen to a dispute. Each fact is published as the message of the same name.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::case_code::CaseCode;
use crate::domain::codes::{GridCode, Id};
use crate::domain::dispute::{
    Channel, DeclineReason, Dispute, Estimate, Level, MediationKind, Outcome, PartyConsent,
    Performance, RejectReason, Scale, Source,
};
use crate::domain::dispute_types::TypeCode;
use crate::domain::sealed::{EraseReason, OpenRefusal, Purpose, Sealing};

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
    /// It was accepted.
    Accepted,
    /// It was rejected.
    Rejected(RejectReason),
    /// It got a level and a limit.
    Triaged(Triaged),
    /// The end of its limit was counted again by newer data.
    DeadlineRecounted(Recounted),
    /// A team was called for; the clock runs.
    TeamCalled {
        /// Until when a team has to be there.
        due_at: Timestamp,
    },
    /// A team was asked.
    TeamOffered(TeamOffered),
    /// Nobody was left to ask.
    NoTeamFound(Search),
    /// The team comes.
    OfferAccepted {
        /// The team.
        team: Id,
    },
    /// The team does not come.
    OfferDeclined {
        /// The team.
        team: Id,
        /// Why.
        reason: DeclineReason,
    },
    /// The team did not answer.
    OfferLapsed {
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
        /// What each party says.
        consents: Vec<PartyConsent>,
        /// Team that is free again: from here the organisation mediates.
        team: Id,
    },
    /// It ended.
    OutcomeRecorded {
        /// How.
        outcome: Outcome,
        /// Team that is free again.
        team: Option<Id>,
    },
    /// Somebody looked at it since.
    FollowUpRecorded {
        /// Whether the agreement is kept.
        performance: Performance,
        /// Whether the dispute has broken out again.
        relapsed: bool,
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
    },
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
}

/// A level and a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triaged {
    /// The level.
    pub level: Level,
    /// The limit.
    pub limit: calendar::Limit,
    /// Key of the rule.
    pub rule_key: String,
    /// Source of the rule.
    pub rule_source: String,
    /// From when it counts: acceptance.
    pub accepted_at: Timestamp,
    /// When it ends.
    pub due_at: Timestamp,
    /// Whether that rests on unpublished holidays.
    pub due_provisional: bool,
    /// Version of the calendar.
    pub calendar_version: String,
    /// How the place counts.
    pub settings: calendar::Settings,
    /// When the limit stood still.
    pub pauses: Vec<calendar::Pause>,
    /// By how much it was extended.
    pub extensions: Vec<calendar::Extension>,
}

/// The end of a limit counted again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recounted {
    /// When it ends now.
    pub due_at: Timestamp,
    /// Whether that rests on unpublished holidays.
    pub due_provisional: bool,
    /// Version of the calendar.
    pub calendar_version: String,
    /// When it ended before.
    pub previous_due_at: Timestamp,
    /// Version of the calendar before.
    pub previous_calendar_version: String,
}

/// A team was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct TeamOffered {
    /// The team.
    pub team: Id,
    /// Counts the offers of the case from 1.
    pub round: u32,
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
            Fact::OfferDeclined { team, .. } | Fact::OfferLapsed { team } => Some((team, false)),
            Fact::MediationStarted { team, .. } => Some((team, false)),
            Fact::OutcomeRecorded { team, .. } => team.as_ref().map(|team| (team, false)),
            Fact::Reported(_)
            | Fact::Accepted
            | Fact::Rejected(_)
            | Fact::Triaged(_)
            | Fact::DeadlineRecounted(_)
            | Fact::TeamCalled { .. }
            | Fact::NoTeamFound(_)
            | Fact::OfferAccepted { .. }
            | Fact::TeamArrived { .. }
            | Fact::ConsentRecorded(_)
            | Fact::FollowUpRecorded { .. }
            | Fact::Closed
            | Fact::NoteAdded
            | Fact::DetailsOpened { .. }
            | Fact::DetailsRefused { .. }
            | Fact::DetailsErased { .. } => None,
        }
    }
}
