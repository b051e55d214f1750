//! The one program of Yiwang: a node, its command line and its demo.
//!
//! Map, in reading order:
//!
//! * [`command`]: what can be asked for; one file per family of commands.
//! * [`settings`], [`node`]: a node's configuration, and how its services are put together in a process.
//! * [`calendars`]: working days as files.
//! * [`demo`]: a node with sample data, and a dispute from report to closed on it.
//! * [`scenario`]: courses of events from a file, on a node of their own.
//! * [`session`]: a connection to a node; [`import`]: a table on its way in; [`takeover`]: a ledger of paper.
//! * `batch`, [`fault`]: what both of these cut rows and cells by, and what is wrong with a row.
//! * `notify`: tells people what they have to be told.
//! * [`sheet`]: CSV and XLSX; [`sample`]: the sample city.
//! * [`screen`], [`failure`], [`labels`]: what is written, and what when something went wrong.

mod batch;
pub mod calendars;
pub mod command;
pub mod demo;
pub mod failure;
pub mod fault;
pub mod import;
pub mod labels;
pub mod node;
mod notify;
pub mod sample;
pub mod scenario;
pub mod screen;
pub mod session;
pub mod settings;
pub mod sheet;
pub mod takeover;

/// Runs the program: reads the command line, does what it asks for, and returns the exit code.
#[must_use]
pub fn main() -> std::process::ExitCode {
    command::main()
}
