//! Business refusals. They carry codes, ids and names of states only.

use uuid::Uuid;

use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::command::Verb;
use crate::domain::dispute_types::DisputeType;
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
    /// That outcome is not possible now.
    #[error("that outcome is not possible now")]
    OutcomeNotPossible {
        /// The state.
        state: &'static str,
        /// What is possible.
        possible: &'static [&'static str],
    },
    /// An agreement has to be followed up first.
    #[error("an agreement has to be followed up first")]
    FollowUpMissing,
    /// As many as a case can have.
    #[error("the case has as many {what} as it can have")]
    TooMany {
        /// Of what.
        what: &'static str,
    },
    /// Details are not opened; recorded.
    #[error("the details are not opened")]
    DetailsNotYours(OpenRefusal),
    /// A limit cannot be counted.
    #[error("the time limit cannot be counted")]
    LimitOutOfRange,
}
