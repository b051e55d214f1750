//! The rpcs: open, parse, submit or read, render.

pub(crate) mod attachments;
pub(crate) mod convert;
mod deadlines;
mod details;
mod disputes;
mod documents;
mod duty;
mod notices;
mod party;
mod pins;
mod queries;
mod submit;
mod takeover;
mod tries;
mod whereabouts;

#[cfg(test)]
pub(crate) use self::convert::happenings;
use ledger::{Ledger, Sealer};

pub(crate) use self::attachments::Attachments;
pub(crate) use self::attachments::tidying::Tidying;
pub(crate) use self::duty::Duties;
use crate::app::Dispatch;
use crate::timers::Timers;

pub(crate) use self::notices::Notices;
pub(crate) use self::party::Parties;
pub(crate) use self::pins::Pins;
pub(crate) use self::submit::dispute;
pub(crate) use self::whereabouts::Whereabouts;

/// Serves `yiwang.dispatch.v1.DisputeService`, `DocumentService` and `LedgerImportService`.
#[derive(Debug, Clone)]
pub(crate) struct Disputes {
    /// Where commands go and states are read.
    pub(crate) ledger: Ledger<Dispatch>,
    /// Seals and opens details.
    pub(crate) sealer: Sealer,
    /// Do what is due by time alone.
    pub(crate) timers: Timers,
    /// Removes the files of what is erased.
    pub(crate) tidying: Tidying,
    /// Make and compare PINs.
    pub(crate) pins: Pins,
    /// Where teams are.
    pub(crate) whereabouts: Whereabouts,
}
