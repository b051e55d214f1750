//! What may be asked of dispatch, already found valid in form.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::dispute::{
    Channel, Confirmation, DeclineReason, DeferralReason, ExtensionReason, FileKind, FileType,
    Level, MediationKind, MoveReason, Outcome, PartyConsent, PauseKind, Performance, Place,
    RedoReason, ReferralResult, RejectReason, Satisfaction, Scale, Source, SupervisionKind,
};
use crate::domain::dispute_types::TypeCode;
use crate::domain::duty::DutyAct;
use crate::domain::notice::{Delivery, Due};
use crate::domain::pin::{PinHash, Tried};
use crate::domain::sealed::{EraseReason, Purpose, Sealing};
use crate::domain::takeover::TakeOver;

/// Something that may be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// To record a dispute.
    Report(Report),
    /// To take over rows of a ledger of paper.
    TakeOver(TakeOver),
    /// To do something with a dispute.
    Act(Act),
    /// To count again the clocks of these disputes by the calendar as it is now.
    Recount(Vec<Uuid>),
    /// To do what is due next by time alone in this dispute.
    Ring(Uuid),
    /// What a party asks with its case code and a PIN.
    Party(PartyAct),
    /// What is asked about a notice.
    Notice(NoticeAct),
    /// To put teams on or off duty.
    Duty(DutyAct),
    /// To keep whether the machine's clock is believed.
    Clock(ClockWord),
}

/// What is said of the machine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockWord {
    /// It has jumped: nothing happens by time alone until somebody has looked at it.
    Doubted,
    /// It is right, or right again.
    Confirmed,
}

/// What is asked about a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeAct {
    /// The dispute.
    pub dispute_id: Uuid,
    /// Area of the caller.
    pub scope: AreaCode,
    /// The notice, as it stands in the log.
    pub due: Due,
    /// What is asked.
    pub wish: NoticeWish,
}

/// What can be asked about a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeWish {
    /// To see who is meant.
    Open {
        /// Whether the caller has the role.
        may_open: bool,
    },
    /// To record what became of it.
    Report {
        /// That.
        delivery: Delivery,
        /// How often it was tried.
        attempts: u32,
    },
    /// To have it tried again.
    Retry,
}

/// What a party asks with its case code and a PIN. The party acts, so that neither area nor holder of the caller count.
#[derive(Debug, Clone, PartialEq)]
pub struct PartyAct {
    /// What the PIN was tried on.
    pub of: TriedOn,
    /// The try.
    pub tried: Tried,
    /// What is asked.
    pub wish: Wish,
    /// Words to it.
    pub sealing: Option<Sealing>,
}

/// What a PIN was tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriedOn {
    /// A case.
    Case(Uuid),
    /// A code of no case: one of many places where such tries are counted, so that they look as those on a case do.
    Nobody(u16),
}

/// What a party can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To see its case.
    See,
    /// To say how satisfied it is.
    Rate(Satisfaction),
    /// To have the case done again.
    Reopen,
}

/// To record a dispute.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Id that it gets, unless its source is recorded.
    pub dispute_id: Uuid,
    /// Area of the caller.
    pub scope: AreaCode,
    /// Unit of the caller.
    pub unit: Option<Id>,
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
    /// Whether somebody's life is in danger.
    pub danger: bool,
    /// Whether the case needs protection.
    pub protective: bool,
    /// Whether the details have a telephone of who reports.
    pub reporter_reachable: bool,
    /// Position of registry's log that the decision has to know of.
    pub min_registry: u64,
    /// Party details.
    pub sealing: Option<Sealing>,
    /// Hash of the PIN that goes with the receipt; none = it gets none.
    pub pin: Option<PinHash>,
}

/// To do something with a dispute.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// The dispute.
    pub dispute_id: Uuid,
    /// Area of the caller.
    pub scope: AreaCode,
    /// Unit of the caller.
    pub unit: Option<Id>,
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
    Triage(Triaging),
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
    RecordOutcome(Concluding),
    /// To record what became of the judicial confirmation.
    RecordConfirmation(Confirmation),
    /// To record what another procedure led to.
    RecordReferralResult(ReferralResult),
    /// To record a follow-up.
    RecordFollowUp {
        /// Whether the agreement is kept.
        performance: Performance,
        /// Whether the dispute has broken out again.
        relapsed: bool,
    },
    /// To record that the outcome was checked.
    Verify,
    /// To close it.
    Close,
    /// To do it again.
    Redo(RedoReason),
    /// To merge it into another one.
    Merge(Uuid),
    /// To send it up: there, or to the tier above.
    Escalate(Option<AreaCode>, Option<Id>, MoveReason),
    /// To send it down, or to another unit.
    Delegate {
        /// To whom.
        to: Place,
        /// Why.
        reason: MoveReason,
        /// Whether that decides who is competent.
        designate: bool,
    },
    /// To return it to the step of that number; none = the one before.
    Return(Option<u32>, MoveReason),
    /// To remind its holder.
    Remind,
    /// To supervise it.
    Supervise(SupervisionKind),
    /// To end its supervision.
    LiftSupervision,
    /// To ask for more time, in working days.
    RequestExtension(u32, ExtensionReason),
    /// To grant or refuse that.
    DecideExtension(bool),
    /// To let its limit stand still.
    Pause(PauseKind),
    /// To let its limit go on.
    Resume,
    /// To enter it into the ledger of deferred cases.
    Defer(DeferralReason, Date),
    /// To take it out.
    EndDeferral,
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
    /// To attach a file.
    Attach(Attaching),
    /// To read a file.
    ReadFile {
        /// Which.
        file: Uuid,
        /// What for.
        purpose: Purpose,
        /// Whether the caller has the role.
        may_see: bool,
    },
    /// To erase a file.
    Detach(Uuid, EraseReason),
    /// To give it a new PIN.
    ReissuePin(PinHash),
}

/// A file that is to be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attaching {
    /// Its id.
    pub file: Uuid,
    /// What it is to the case.
    pub kind: FileKind,
    /// What it is.
    pub file_type: FileType,
    /// How many bytes it has.
    pub size: u64,
    /// Salted SHA-256 of what was uploaded; none when it is not there, or is not what it was declared to be.
    pub digest: Option<[u8; 32]>,
}

/// What a triage says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triaging {
    /// The level.
    pub level: Level,
    /// The type, when the one reported was not right.
    pub kind: Option<TypeCode>,
    /// Whether the case needs protection.
    pub protective: bool,
    /// Whether somebody's life is in danger.
    pub danger: bool,
}

/// What is said of an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concluding {
    /// How it ended.
    pub outcome: Outcome,
    /// Days on which something has to be performed.
    pub performance_on: Vec<Date>,
    /// Day on which an agreement took effect; none = today.
    pub agreed_on: Option<Date>,
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
    /// `RecordConfirmation`.
    RecordConfirmation,
    /// `RecordReferralResult`.
    RecordReferralResult,
    /// `VerifyDispute`.
    Verify,
    /// `RedoDispute`.
    Redo,
    /// `MergeDispute`.
    Merge,
    /// `EscalateDispute`.
    Escalate,
    /// `DelegateDispute`.
    Delegate,
    /// `ReturnDispute`.
    Return,
    /// `RemindDispute`.
    Remind,
    /// `SuperviseDispute`.
    Supervise,
    /// `LiftSupervision`.
    LiftSupervision,
    /// `RequestExtension`.
    RequestExtension,
    /// `DecideExtension`.
    DecideExtension,
    /// `PauseDispute`.
    Pause,
    /// `ResumeDispute`.
    Resume,
    /// `DeferDispute`.
    Defer,
    /// `EndDeferral`.
    EndDeferral,
    /// What happens by time alone; no rpc.
    Ring,
    /// `AddNote`.
    AddNote,
    /// `OpenDetails`.
    OpenDetails,
    /// `EraseDetails`.
    EraseDetails,
    /// `AttachFile`.
    Attach,
    /// `ReadFile`.
    ReadFile,
    /// `DetachFile`.
    Detach,
    /// `ReissuePin`.
    ReissuePin,
}

impl Action {
    /// The type that the case has from now on, when the action changes it.
    pub fn kind(&self) -> Option<TypeCode> {
        if let Action::Triage(triaging) = self { triaging.kind } else { None }
    }

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
            Action::RecordConfirmation(_) => Verb::RecordConfirmation,
            Action::RecordReferralResult(_) => Verb::RecordReferralResult,
            Action::Verify => Verb::Verify,
            Action::Redo(_) => Verb::Redo,
            Action::Merge(_) => Verb::Merge,
            Action::Escalate(..) => Verb::Escalate,
            Action::Delegate { .. } => Verb::Delegate,
            Action::Return(..) => Verb::Return,
            Action::Remind => Verb::Remind,
            Action::Supervise(_) => Verb::Supervise,
            Action::LiftSupervision => Verb::LiftSupervision,
            Action::RequestExtension(..) => Verb::RequestExtension,
            Action::DecideExtension(_) => Verb::DecideExtension,
            Action::Pause(_) => Verb::Pause,
            Action::Resume => Verb::Resume,
            Action::Defer(..) => Verb::Defer,
            Action::EndDeferral => Verb::EndDeferral,
            Action::AddNote => Verb::AddNote,
            Action::OpenDetails { .. } => Verb::OpenDetails,
            Action::EraseDetails(_) => Verb::EraseDetails,
            Action::Attach(_) => Verb::Attach,
            Action::ReadFile { .. } => Verb::ReadFile,
            Action::Detach(..) => Verb::Detach,
            Action::ReissuePin(_) => Verb::ReissuePin,
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
            Verb::RecordConfirmation => "RecordConfirmation",
            Verb::RecordReferralResult => "RecordReferralResult",
            Verb::Verify => "VerifyDispute",
            Verb::Redo => "RedoDispute",
            Verb::Merge => "MergeDispute",
            Verb::Escalate => "EscalateDispute",
            Verb::Delegate => "DelegateDispute",
            Verb::Return => "ReturnDispute",
            Verb::Remind => "RemindDispute",
            Verb::Supervise => "SuperviseDispute",
            Verb::LiftSupervision => "LiftSupervision",
            Verb::RequestExtension => "RequestExtension",
            Verb::DecideExtension => "DecideExtension",
            Verb::Pause => "PauseDispute",
            Verb::Resume => "ResumeDispute",
            Verb::Defer => "DeferDispute",
            Verb::EndDeferral => "EndDeferral",
            Verb::Ring => "(by time)",
            Verb::AddNote => "AddNote",
            Verb::OpenDetails => "OpenDetails",
            Verb::EraseDetails => "EraseDetails",
            Verb::Attach => "AttachFile",
            Verb::ReadFile => "ReadFile",
            Verb::Detach => "DetachFile",
            Verb::ReissuePin => "ReissuePin",
        }
    }
}

impl Verb {
    /// Whether it is possible while the limit stands still: what does not move the case on is.
    pub fn works_while_paused(self) -> bool {
        matches!(
            self,
            Verb::Resume
                | Verb::Remind
                | Verb::Supervise
                | Verb::LiftSupervision
                | Verb::AddNote
                | Verb::OpenDetails
                | Verb::EraseDetails
                | Verb::Attach
                | Verb::ReadFile
                | Verb::Detach
                | Verb::ReissuePin
        )
    }

    /// Whether only who has the case, or stands above, may do it. A team on its way, and what is about details or
    /// supervision, follow rules of their own.
    pub fn is_for_the_holder(self) -> bool {
        !matches!(
            self,
            Verb::AcceptOffer
                | Verb::DeclineOffer
                | Verb::RecordArrival
                | Verb::RecordConsent
                | Verb::Remind
                | Verb::LiftSupervision
                | Verb::Ring
                | Verb::AddNote
                | Verb::OpenDetails
                | Verb::EraseDetails
                | Verb::Attach
                | Verb::ReadFile
                | Verb::Detach
                | Verb::ReissuePin
        )
    }

    /// Whether only who decides over the holder may do it. Who lifts supervision is a matter of who set it.
    pub fn is_for_above(self) -> bool {
        matches!(self, Verb::Supervise | Verb::DecideExtension | Verb::Defer)
    }
}
