//! What may be asked of dispatch, already found valid in form.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::dispute::{
    Channel, DeclineReason, Level, MediationKind, Outcome, PartyConsent, Performance, RejectReason,
    Scale, Source,
};
use crate::domain::dispute_types::TypeCode;
use crate::domain::sealed::{EraseReason, Purpose, Sealing};

/// Something that may be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// To record a dispute.
    Report(Report),
    /// To do something with a dispute.
    Act(Act),
    /// To count again the ends of the limits of these disputes that rest on older data.
    Recount(Vec<Uuid>),
}

/// To record a dispute.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Id that it gets, unless its source is recorded.
    pub dispute_id: Uuid,
    /// Area of the caller.
    pub scope: AreaCode,
    /// Grid.
    pub grid: GridCode,
    /// Type.
    pub kind: TypeCode,
    /// Scale.
    pub scale: Scale,
    /// Persons involved; 0 = not told.
    pub people: u32,
    /// Parties, at least 2.
    pub parties: u32,
    /// Channel.
    pub channel: Channel,
    /// Record in another system.
    pub source: Option<Source>,
    /// When it was reported; none = now.
    pub reported_at: Option<Timestamp>,
    /// Position of registry's log that the decision has to know of.
    pub min_registry: u64,
    /// Party details.
    pub sealing: Option<Sealing>,
}

/// To do something with a dispute.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// The dispute.
    pub dispute_id: Uuid,
    /// Area of the caller.
    pub scope: AreaCode,
    /// Revision that the caller has seen.
    pub revision: Option<u32>,
    /// Position of registry's log that the decision has to know of.
    pub min_registry: u64,
    /// What to do.
    pub action: Action,
    /// Words to it.
    pub sealing: Option<Sealing>,
}

/// What can be done with a dispute.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// To accept it.
    Accept,
    /// To reject it.
    Reject(RejectReason),
    /// To give it a level.
    Triage(Level),
    /// To call a team: this one, or the nearest.
    CallTeam(Option<Id>),
    /// To accept the open offer.
    AcceptOffer(Id),
    /// To decline the open offer, or to give the case back on the way.
    DeclineOffer(Id, DeclineReason),
    /// To record that the team is there; no time = now.
    RecordArrival(Id, Option<Timestamp>),
    /// To record what a party says.
    RecordConsent(PartyConsent),
    /// To begin mediation.
    StartMediation {
        /// Kind.
        kind: MediationKind,
        /// Organisation that mediates.
        organisation: Id,
        /// What parties say.
        consents: Vec<PartyConsent>,
    },
    /// To record how it ended.
    RecordOutcome(Outcome),
    /// To record a follow-up.
    RecordFollowUp {
        /// Whether the agreement is kept.
        performance: Performance,
        /// Whether the dispute has broken out again.
        relapsed: bool,
    },
    /// To close it.
    Close,
    /// To add a note.
    AddNote,
    /// To open its details.
    OpenDetails {
        /// What for.
        purpose: Purpose,
        /// Whether the caller has the role.
        may_see: bool,
    },
    /// To erase its details.
    EraseDetails(EraseReason),
}

/// Names an action: what a state allows, and what a refusal names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// `AcceptDispute`.
    Accept,
    /// `RejectDispute`.
    Reject,
    /// `TriageDispute`.
    Triage,
    /// `CallTeam`.
    CallTeam,
    /// `AcceptOffer`.
    AcceptOffer,
    /// `DeclineOffer`.
    DeclineOffer,
    /// `RecordArrival`.
    RecordArrival,
    /// `RecordConsent`.
    RecordConsent,
    /// `StartMediation`.
    StartMediation,
    /// `RecordOutcome`.
    RecordOutcome,
    /// `RecordFollowUp`.
    RecordFollowUp,
    /// `CloseDispute`.
    Close,
    /// `AddNote`.
    AddNote,
    /// `OpenDetails`.
    OpenDetails,
    /// `EraseDetails`.
    EraseDetails,
}

impl Action {
    /// Name of the action.
    pub fn verb(&self) -> Verb {
        match self {
            Action::Accept => Verb::Accept,
            Action::Reject(_) => Verb::Reject,
            Action::Triage(_) => Verb::Triage,
            Action::CallTeam(_) => Verb::CallTeam,
            Action::AcceptOffer(_) => Verb::AcceptOffer,
            Action::DeclineOffer(..) => Verb::DeclineOffer,
            Action::RecordArrival(..) => Verb::RecordArrival,
            Action::RecordConsent(_) => Verb::RecordConsent,
            Action::StartMediation { .. } => Verb::StartMediation,
            Action::RecordOutcome(_) => Verb::RecordOutcome,
            Action::RecordFollowUp { .. } => Verb::RecordFollowUp,
            Action::Close => Verb::Close,
            Action::AddNote => Verb::AddNote,
            Action::OpenDetails { .. } => Verb::OpenDetails,
            Action::EraseDetails(_) => Verb::EraseDetails,
        }
    }

    /// Whether deciding it needs the teams that serve the grid.
    pub fn needs_teams(&self) -> bool {
        matches!(self, Action::CallTeam(_) | Action::DeclineOffer(..))
    }
}

impl Verb {
    /// Name of the rpc.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Accept => "AcceptDispute",
            Verb::Reject => "RejectDispute",
            Verb::Triage => "TriageDispute",
            Verb::CallTeam => "CallTeam",
            Verb::AcceptOffer => "AcceptOffer",
            Verb::DeclineOffer => "DeclineOffer",
            Verb::RecordArrival => "RecordArrival",
            Verb::RecordConsent => "RecordConsent",
            Verb::StartMediation => "StartMediation",
            Verb::RecordOutcome => "RecordOutcome",
            Verb::RecordFollowUp => "RecordFollowUp",
            Verb::Close => "CloseDispute",
            Verb::AddNote => "AddNote",
            Verb::OpenDetails => "OpenDetails",
            Verb::EraseDetails => "EraseDetails",
        }
    }
}
