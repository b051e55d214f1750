//! The rules of `services/ARCHITECTURE.md`, held by tests: each failure names the file and the rule.

mod anatomy;
mod arrows;
mod dependencies;
mod documents;
mod files;
mod mapping;
mod plans;
mod protocol;
mod purity;
mod sql;
mod statements;
