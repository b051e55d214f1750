//! Sealed details as the domain sees them: ids, kinds and digests. What is inside, it never sees.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a sealed piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SealedKind {
    /// Party details.
    Details,
    /// A note.
    Note,
    /// The words to a rejection.
    Rejection,
    /// The words to a declined offer.
    Decline,
    /// The words to a consent.
    Consent,
    /// The words to an outcome.
    Outcome,
    /// The words to a follow-up.
    FollowUp,
    /// The words to a closing.
    Closing,
    /// The words to a triage.
    Triage,
    /// The words to a move.
    Move,
    /// The words to supervision, an extension, a pause or a deferral.
    Oversight,
    /// The words to a verification or a redo.
    Verification,
    /// The caption of a file.
    Caption,
    /// The words of a party to its rating, or to having the case done again.
    Party,
}

/// A sealed piece as an event names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealing {
    /// Id of the sealing.
    pub id: Uuid,
    /// What was sealed.
    pub kind: SealedKind,
    /// Salted SHA-256 of what was sealed.
    pub digest: [u8; 32],
}

/// A sealed piece as its dispute names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRef {
    /// Id of the sealing.
    pub id: Uuid,
    /// What was sealed.
    pub kind: SealedKind,
}

/// What details are opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To work on the case.
    HandleCase,
    /// To mediate.
    Mediate,
    /// To follow up.
    FollowUp,
    /// To supervise.
    Supervise,
    /// A party asks for its own data.
    PartyRequest,
    /// A duty under law.
    LegalDuty,
    /// To tell who has to be told.
    Notify,
}

/// Why details are not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OpenRefusal {
    /// The caller lacks the role.
    RoleMissing,
    /// The case lies outside the caller's area.
    AreaNotYours,
}

/// Why details are erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EraseReason {
    /// The time of keeping is over.
    RetentionOver,
    /// A party asked for it.
    PartyRequest,
    /// Recorded in error.
    RecordedInError,
    /// Ordered by the competent body.
    Ordered,
}
