//! Deadlines against what was computed by hand, and against laws that hold for all of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod fixture;
mod inputs;
mod properties;
mod recompute;
