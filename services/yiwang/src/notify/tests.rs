//! What the tests of several files here have in common.

pub(super) mod scripted;
