//! Disputes: the words of the trade, and what may happen when.
//!
//! A *dispute* (矛盾纠纷) is reported from a *grid*, accepted, and triaged to a *level* with a time limit. A mediation
//! *team* is *called*: the nearest one on *duty* that has room is *offered* the case (an *assignment*), and accepts or
//! declines. One *clock* runs from
//! the call to the arrival. On the spot the parties *consent*, or there is no *mediation*. The case has an *outcome*,
//! is *followed up* and *closed*. Everything about people is *sealed*; the domain sees ids of it.
//!
//! > **Architecture Invariant:** nothing in here reads a clock, a file or a database, or knows a wire type.

pub mod assignment;
pub mod case_code;
pub mod catalogue;
pub mod codes;
pub mod command;
pub mod decide;
pub mod dispute;
pub mod dispute_types;
pub mod duty;
pub mod event;
pub mod evolve;
pub mod nearest;
pub mod notice;
pub mod old_types;
pub mod phone;
pub mod pin;
pub mod places;
pub mod rejection;
pub mod rules;
pub mod sealed;
pub mod statistics;
pub mod takeover;
