//! The contract: it grows by addition only, its documents are fresh, and every event ever released can be read.

mod baseline;
mod breaking;
mod golden;
mod reasons;
mod reference;
