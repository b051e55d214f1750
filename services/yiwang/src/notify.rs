//! Tells people what they have to be told: follows dispatch's feed for `NoticeDue`, opens who is meant, sends, and reports
//! what became of it.
//!
//! Map, in reading order:
//!
//! * [`state`]: how far the feed was read and what has to be tried again, in one file that holds no contact.
//! * [`words`]: what people are told, in both languages. * [`message`]: a notice as it leaves.
//! * [`carrier`]: where it goes: [`files`], or a [`gateway`] by HTTP.
//! * [`attempt`]: the two steps of a notice. * [`rounds`]: the loop around them. * [`rehearsal`]: the same without doing
//!   anything.
//!
//! A notice is worked on from the moment at which the state file has it until the moment at which dispatch has recorded
//! what became of it, or has refused to: then the file says so. Its two steps are to open and send it, and to report. The
//! file has what came of the first before the second begins, so a crash repeats one step at most: what was sent and not
//! written down is opened and sent again, and gateways recognise the id of the event; a report has an id of the request
//! that is derived from that, and dispatch recognises it.
//!
//! > **Architecture Invariant:** no name, no telephone and no text of a notice is in the state file, in a log or in an error.

pub(crate) mod attempt;
pub(crate) mod carrier;
mod files;
mod gateway;
mod message;
mod refusal;
pub(crate) mod rehearsal;
pub(crate) mod rounds;
pub(crate) mod state;
#[cfg(test)]
mod tests;
mod words;

/// Full name of the event that says who has to be told.
const DUE: &str = "yiwang.dispatch.v1.NoticeDue";
/// The service whose feed is followed.
const SERVICE: &str = "dispatch";
