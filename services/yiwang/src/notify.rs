//! Tells people what they have to be told: follows dispatch's feed for `NoticeDue`, opens who is meant, sends, and reports
//! what became of it.
//!
//! Map, in reading order:
//!
//! * [`state`]: how far the feed was read and what has to be tried again, in one file that holds no contact.
//! * [`words`]: what people are told, in both languages. * [`message`]: a notice as it leaves.
//! * [`carrier`]: where it goes: [`files`], or a [`gateway`] by HTTP.
//! * [`attempt`]: one try of one notice. * [`rounds`]: the loop around it. * [`rehearsal`]: the same without doing anything.
//!
//! A notice is worked on from the moment at which the state file has it until the moment at which dispatch has recorded
//! what became of it. A crash in between repeats the last step only: gateways recognise the id of the event, and dispatch
//! an id of the request that is derived from it.
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
mod words;

/// Full name of the event that says who has to be told.
const DUE: &str = "yiwang.dispatch.v1.NoticeDue";
/// The service whose feed is followed.
const SERVICE: &str = "dispatch";
