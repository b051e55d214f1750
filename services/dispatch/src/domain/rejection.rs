//! Business refusals. They carry codes, ids and names of states only.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::command::Verb;
use crate::domain::dispute::{PauseKind, Place};
use crate::domain::dispute_types::DisputeType;
use crate::domain::places::UnitKind;
use crate::domain::sealed::OpenRefusal;

/// Why something is not done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Rejection {
    /// No such dispute, or outside the caller's area.
    #[error("no such dispute")]
    DisputeNotFound,
    /// The state does not allow the command.
    #[error("the state does not allow the command")]
    IllegalTransition {
        /// The dispute.
        dispute_id: Uuid,
        /// Its state.
        state: &'static str,
        /// What was asked.
        verb: Verb,
        /// What is allowed.
        allowed: &'static [Verb],
    },
    /// Another node is the dispute's home.
    #[error("another node is the home of the dispute")]
    NotHome {
        /// That node.
        home: String,
    },
    /// The dispute has changed since.
    #[error("the dispute has changed since the etag was read")]
    EtagStale {
        /// Its revision now.
        revision: u32,
    },
    /// Matters of that type are not recorded here.
    #[error("matters of that type are not recorded here")]
    TypeRoutedOut(&'static DisputeType),
    /// No such grid.
    #[error("no such grid")]
    GridNotFound {
        /// The grid that was asked for.
        grid: GridCode,
        /// Grids with similar codes; filled in outside the decision.
        suggestions: Vec<GridCode>,
    },
    /// The grid does not exist any more, or not yet.
    #[error("the grid does not exist on that day")]
    GridRetired {
        /// The grid.
        grid: GridCode,
        /// Grids that took its place.
        successors: Vec<GridCode>,
    },
    /// Registry's feed has not been read to its end.
    #[error("not everything of registry's feed has been read")]
    RegistryNotCaughtUp,
    /// Registry's feed has not been read as far as the caller demands.
    #[error("registry's feed has been read up to position {at}, not yet as far as was asked")]
    RegistryBehind {
        /// How far it has been read.
        at: u64,
    },
    /// Outside the caller's area.
    #[error("the area is outside the caller's own")]
    AreaNotYours {
        /// The area.
        area: AreaCode,
    },
    /// The source is recorded as a dispute that the caller does not see.
    #[error("the same source is recorded outside the caller's area")]
    SourceRecordedElsewhere,
    /// The report time lies ahead.
    #[error("the report time lies in the future")]
    ReportTimeInFuture,
    /// The report time lies more than ten years back.
    #[error("the report time lies too far back")]
    ReportTimeTooOld,
    /// No numbers left.
    #[error("the node has no case codes left")]
    CaseCodesExhausted,
    /// No such team for the grid.
    #[error("no such team")]
    TeamNotFound {
        /// The team.
        team: Id,
    },
    /// The team cannot be asked.
    #[error("the team cannot be asked: {why}")]
    TeamNotFree {
        /// The team.
        team: Id,
        /// `OFF_DUTY`, `ENGAGED` or `NOT_SERVING`.
        why: &'static str,
    },
    /// The team is off duty.
    #[error("the team is off duty")]
    TeamOffDuty {
        /// The team.
        team: Id,
    },
    /// A shift cannot end then.
    #[error("a shift ends after now and at most 7 days ahead")]
    DutyEndImpossible,
    /// It is another team's turn.
    #[error("it is another team's turn")]
    NotThisTeam {
        /// The team whose turn it is.
        team: Id,
    },
    /// The arrival is in the future by more than clocks may differ, or before the team accepted.
    #[error("the team cannot have arrived then")]
    ArrivalTimeImpossible,
    /// The case has no party of that number.
    #[error("the case has no party {party}; it has {parties}")]
    NoSuchParty {
        /// The number.
        party: u32,
        /// How many there are.
        parties: u32,
        /// Where it stands in the request.
        field: &'static str,
    },
    /// A party refuses.
    #[error("a party refuses to be mediated")]
    PartyRefused {
        /// Number of the party.
        party: u32,
    },
    /// Not every party has consented.
    #[error("not every party has consented")]
    ConsentMissing {
        /// Numbers of the parties.
        missing: Vec<u32>,
    },
    /// No such organisation.
    #[error("no such organisation")]
    OrganisationNotFound {
        /// Its id.
        organisation: Id,
    },
    /// Mediation of that kind is not for the organisation.
    #[error("mediation of that kind is not for the organisation")]
    NotThisMediation {
        /// Its id.
        organisation: Id,
        /// What it is.
        unit: UnitKind,
    },
    /// That outcome is not possible now.
    #[error("that outcome is not possible now")]
    OutcomeNotPossible {
        /// The state.
        state: &'static str,
        /// What is possible.
        possible: &'static [&'static str],
    },
    /// Somebody's life is in danger; recorded.
    #[error("somebody's life is in danger: the police come first, call 110")]
    PoliceFirst,
    /// The limit stands still.
    #[error("the limit stands still, so that nothing can go on")]
    Paused(PauseKind),
    /// The limit does not stand still.
    #[error("the limit does not stand still")]
    NotPaused,
    /// The case is held above the caller.
    #[error("the case is held above the caller")]
    NotHolder(Place),
    /// Only who stands above the holder may do that.
    #[error("only who stands above the holder may do that")]
    NotAboveHolder(Place),
    /// A case cannot be moved there.
    #[error("a case cannot be moved there: {why}")]
    MoveNotPossible {
        /// Where.
        to: AreaCode,
        /// `NOT_ABOVE`, `NOT_BELOW`, `NOT_OF_THE_GRID`, `THE_SAME`, `NO_TIER_ABOVE` or `UNIT_NOT_THERE`.
        why: &'static str,
    },
    /// Who was designated may not return it.
    #[error("who was designated may not return the case")]
    Designated {
        /// The step that designated.
        step: u32,
    },
    /// There is no earlier step of that number.
    #[error("there is no earlier step {step} to return to")]
    NoSuchStep {
        /// The number.
        step: u32,
    },
    /// An extension waits already, or none does.
    #[error("{}", if *.pending { "an extension waits for its decision already" } else { "no extension waits for a decision" })]
    ExtensionPending {
        /// Whether one waits.
        pending: bool,
    },
    /// More time than the rule allows.
    #[error("{asked} in all are asked for, and {rule_key} allows {most}")]
    ExtensionTooLong {
        /// All extensions together.
        asked: calendar::Limit,
        /// What is allowed.
        most: calendar::Limit,
        /// By which rule.
        rule_key: String,
    },
    /// The case is not under supervision.
    #[error("the case is not under supervision")]
    NotSupervised,
    /// A higher tier supervises the case.
    #[error("the case is supervised by others, who are above the caller")]
    SupervisedByOthers(Place),
    /// The limit is over, so it cannot stand still.
    #[error("the limit is over; it cannot stand still any more")]
    LimitOver {
        /// When it was over.
        due_at: Option<jiff::Timestamp>,
    },
    /// Only a case whose limit is over can be deferred.
    #[error("only a case whose limit is over can be deferred")]
    NotOverdue {
        /// When it is over.
        due_at: Option<jiff::Timestamp>,
    },
    /// The case is deferred already, or it is not.
    #[error("{}", if *.deferred { "the case is deferred already" } else { "the case is not deferred" })]
    Deferral {
        /// Whether it is.
        deferred: bool,
    },
    /// Dates contradict each other.
    #[error("the dates contradict each other: {en}")]
    DatesContradict {
        /// Where.
        field: &'static str,
        /// How.
        en: &'static str,
        /// The same in Chinese.
        zh: &'static str,
    },
    /// A case is no duplicate of that one.
    #[error("the cases cannot be merged: {why}")]
    MergeNotPossible {
        /// The other one.
        into: Uuid,
        /// `ITSELF`, `NOT_FOUND`, `ALREADY_MERGED`, `OVER` or `ANOTHER_HOME`.
        why: &'static str,
    },
    /// The outcome has nothing of that kind.
    #[error("the outcome {outcome} has nothing of that kind")]
    NotOfThisOutcome {
        /// The outcome.
        outcome: &'static str,
    },
    /// The case has not come far enough for a paper.
    #[error("it is too early for this paper: {en}; next is {}", .missing.name())]
    PaperTooEarly {
        /// What has to be done first.
        missing: Verb,
        /// What is not there yet.
        en: &'static str,
        /// The same in Chinese.
        zh: &'static str,
    },
    /// That cannot become of the judicial confirmation.
    #[error(
        "this cannot become of the judicial confirmation: {why}; it could be applied for until {until}"
    )]
    ConfirmationNotPossible {
        /// The last day to apply for it.
        until: Date,
        /// `TOO_LATE`, `NOT_APPLIED_FOR` or `KNOWN_ALREADY`.
        why: &'static str,
    },
    /// What was agreed has not come due.
    #[error("what was agreed has not come due yet")]
    PerformanceAhead {
        /// The last day of performance; none = the last follow-up says so.
        day: Option<Date>,
    },
    /// The case has no such clock.
    #[error("the case has no clock of that kind")]
    NoSuchClock,
    /// An agreement has to be followed up first.
    #[error("an agreement has to be followed up first")]
    FollowUpMissing,
    /// The last follow-up says that the outcome does not hold.
    #[error("the last follow-up found that the outcome does not hold")]
    FollowUpNegative,
    /// As many as a case can have.
    #[error("the case has as many {what} as it can have")]
    TooMany {
        /// Of what.
        what: &'static str,
    },
    /// Details are not opened; recorded.
    #[error("the details are not opened")]
    DetailsNotYours(OpenRefusal),
    /// The case has no such file.
    #[error("the case has no such file")]
    FileNotFound {
        /// The file.
        file: Uuid,
    },
    /// The id is that of another file of the case, or of one that was erased.
    #[error("the id is that of another file of the case, or of one that was erased")]
    FileIdTaken {
        /// The id.
        file: Uuid,
    },
    /// Nothing whole was uploaded under the id.
    #[error("nothing whole was uploaded under this id")]
    FileNotUploaded,
    /// A limit cannot be counted.
    #[error("the time limit cannot be counted")]
    LimitOutOfRange,
    /// Case code and PIN do not belong together, or there is no such code: nobody is told which.
    #[error("case code and PIN do not belong together; {left} more may be tried")]
    PinWrong {
        /// How many tries are left before the lock.
        left: u32,
    },
    /// There were too many wrong PINs.
    #[error("there were too many wrong PINs; none is taken until {until}")]
    PinLocked {
        /// Until when.
        until: Timestamp,
        /// How long that is from now.
        wait: SignedDuration,
    },
    /// The PIN was reissued between the comparison and the decision; compared again outside, so that nobody is told.
    #[error("the PIN has changed meanwhile")]
    PinOutdated,
    /// There is no outcome that a party could have a word on.
    #[error("the case has no outcome of its own")]
    NoOutcome,
    /// The party has rated this outcome.
    #[error("this outcome is rated already")]
    AlreadyRated,
    /// No notice stands there, or it is outside the caller's area.
    #[error("no notice stands at that position")]
    NoticeNotFound,
    /// The notice was not undeliverable, or was retried since.
    #[error("the notice is not among those that could not be delivered")]
    NoticeNotListed {
        /// Its position.
        position: u64,
    },
    /// Another event stands there than the one that was meant: the log was restored from a backup.
    #[error("another event stands at that position: the log was restored from a backup")]
    NoticeDiverged {
        /// The position.
        position: u64,
    },
    /// Who is meant by a notice is not opened; recorded.
    #[error("who is meant by the notice is not opened")]
    ContactNotYours,
    /// A party can no longer have the case done again.
    #[error("a party could have the case done again until {until}")]
    ReopenTooLate {
        /// The last day of it.
        until: Date,
    },
}
