//! A scenario as it is written: TOML, read as a whole, so that everything that is wrong is told at once.

mod check;
mod entry;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use kit::caller::Roles;

pub(super) use check::{Deed, Line};

/// A scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Name of the file or of the shipped scenario.
    pub name: String,
    /// What it is about, in English.
    pub title: String,
    /// The same in Chinese.
    pub title_zh: String,
    /// When it begins.
    pub start: Timestamp,
    /// Who acts, by name.
    pub(super) callers: BTreeMap<String, Post>,
    /// What happens, in order.
    pub(super) steps: Vec<Step>,
}

/// A desk that acts: an area, a unit there or its centre, and roles.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Post {
    /// The area.
    pub(super) area: String,
    /// The unit; empty = the area's own centre.
    pub(super) unit: String,
    /// What it may do.
    pub(super) roles: Roles,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// Line of the file.
    pub(super) line: usize,
    /// Words for who reads the timeline.
    pub(super) say: String,
    /// What is done.
    pub(super) doing: Doing,
    /// The case that is looked at afterwards; empty = none.
    pub(super) case: String,
    /// What has to hold then, by the names of [`super::facts`].
    pub(super) expect: BTreeMap<String, String>,
    /// Reason of the refusal that is expected.
    pub(super) refused: Option<String>,
    /// Events that have to be among those of this step.
    pub(super) happened: Vec<String>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Doing {
    /// Somebody sends a command.
    Act {
        /// Who, by name.
        by: String,
        /// The words of the command, as after `yiwang dispute`.
        words: Vec<String>,
        /// Name of the case that it reports.
        names: Option<String>,
    },
    /// Time passes until then.
    Until(Timestamp),
    /// Nothing: something is looked at.
    Look,
}

/// Something wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.what)
    }
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    ///
    /// All mistakes, in the order of their lines; of a text that is no TOML the first place only.
    pub fn parse(name: &str, text: &str) -> Result<Scenario, Vec<Mistake>> {
        check::scenario(name, text)
    }
}

#[cfg(test)]
mod tests;
