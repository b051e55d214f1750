//! The ledger under a small service of its own, on SQLite and, when `TEST_POSTGRES_URL` is set, on PostgreSQL.

mod asides;
mod audits;
mod commits;
mod faults;
mod feeds;
mod files;
mod pad;
mod passing;
mod replicas;
mod sealing;
