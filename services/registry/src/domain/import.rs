//! Imports: tables on their way in. Rows are checked and kept aside in chunks; nothing of them holds before the import
//! is activated.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::area::AreaFacts;
use super::book::Id;
use super::code::{AreaCode, Slug};
use super::day::Mark;
use super::grid::GridFacts;
use super::team::TeamFacts;
use super::unit::UnitFacts;
use super::worker::{Assignment, Contact, WorkerFacts};

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Areas.
    Areas,
    /// Grids.
    Grids,
    /// Workers with their grids.
    Workers,
    /// Units.
    Units,
    /// Teams.
    Teams,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Rows can be staged.
    Staging,
    /// Everything staged holds.
    Activated,
    /// Given up.
    Cancelled,
}

/// How many rows were what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All of them.
    pub rows: u32,
    /// With faults.
    pub bad: u32,
    /// New.
    pub created: u32,
    /// Different from what is there.
    pub changed: u32,
    /// There already.
    pub unchanged: u32,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub fn plus(self, more: Counts) -> Self {
        Counts {
            rows: self.rows + more.rows,
            bad: self.bad + more.bad,
            created: self.created + more.created,
            changed: self.changed + more.changed,
            unchanged: self.unchanged + more.unchanged,
        }
    }
}

/// What was asked of an import when it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: Slug,
    /// What the table holds.
    pub kind: ImportKind,
    /// Leave bad rows out instead of stopping.
    pub skip_bad_rows: bool,
    /// Only check.
    pub dry_run: bool,
    /// Mark what is new as made up.
    pub sample: bool,
    /// Day from which on differences hold.
    pub effective: Date,
    /// Area of the caller that began it.
    pub area: AreaCode,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// What was asked.
    pub order: Order,
    /// How far it is.
    pub progress: Progress,
    /// Rows so far.
    pub counts: Counts,
    /// Chunks so far.
    pub chunks: u32,
    /// Chunk that has the row of a code or id.
    pub staged: BTreeMap<String, u32>,
    /// Its changes.
    pub mark: Mark,
}

/// Rows that are new or different, as they will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Staged {
    /// Areas.
    Areas(Vec<AreaFacts>),
    /// Grids.
    Grids(Vec<GridFacts>),
    /// Workers with their grids.
    Workers(Vec<(WorkerFacts, Vec<Assignment>)>),
    /// Units.
    Units(Vec<UnitFacts>),
    /// Teams.
    Teams(Vec<TeamFacts>),
}

impl Staged {
    /// No rows.
    pub fn none(kind: ImportKind) -> Self {
        match kind {
            ImportKind::Areas => Staged::Areas(Vec::new()),
            ImportKind::Grids => Staged::Grids(Vec::new()),
            ImportKind::Workers => Staged::Workers(Vec::new()),
            ImportKind::Units => Staged::Units(Vec::new()),
            ImportKind::Teams => Staged::Teams(Vec::new()),
        }
    }

    /// Codes or ids of the rows.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Staged::Areas(areas) => areas.iter().map(|area| area.code.as_str()).collect(),
            Staged::Grids(grids) => grids.iter().map(|grid| grid.code.as_str()).collect(),
            Staged::Workers(workers) => {
                workers.iter().map(|(facts, _)| facts.id.as_str()).collect()
            }
            Staged::Units(units) => units.iter().map(|unit| unit.id.as_str()).collect(),
            Staged::Teams(teams) => teams.iter().map(|team| team.id.as_str()).collect(),
        }
    }

    /// Areas that the rows belong to.
    pub fn areas(&self) -> Vec<&str> {
        match self {
            Staged::Areas(_) | Staged::Grids(_) => self.names(),
            Staged::Workers(workers) => {
                workers.iter().map(|(facts, _)| facts.area.as_str()).collect()
            }
            Staged::Units(units) => units.iter().map(|unit| unit.area.as_str()).collect(),
            Staged::Teams(teams) => teams.iter().map(|team| team.area.as_str()).collect(),
        }
    }

    /// The rows in portions of at most `most`.
    pub fn portions(self, most: usize) -> Vec<Staged> {
        fn cut<T: Clone>(rows: &[T], most: usize, of: fn(Vec<T>) -> Staged) -> Vec<Staged> {
            rows.chunks(most).map(|rows| of(rows.to_vec())).collect()
        }
        match self {
            Staged::Areas(rows) => cut(&rows, most, Staged::Areas),
            Staged::Grids(rows) => cut(&rows, most, Staged::Grids),
            Staged::Workers(rows) => cut(&rows, most, Staged::Workers),
            Staged::Units(rows) => cut(&rows, most, Staged::Units),
            Staged::Teams(rows) => cut(&rows, most, Staged::Teams),
        }
    }
}

/// What is wrong with a cell. Holds nothing that could name a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Line in the file.
    pub line: u32,
    /// Column; empty = the whole row.
    pub column: String,
    /// The cell when it looks like a code, else how long it is.
    pub value: String,
    /// Why, `UPPER_SNAKE`.
    pub reason: String,
    /// What is wrong.
    pub message: String,
    /// The same in Chinese.
    pub message_zh: String,
}

/// Rows that were staged together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Import that it belongs to.
    pub import: Slug,
    /// Counts the chunks of the import from 1.
    pub number: u32,
    /// Area of the import.
    pub area: AreaCode,
    /// The rows that are new or different.
    pub staged: Staged,
    /// Names and phones of staged workers; forgotten when the import ends.
    pub contacts: BTreeMap<Slug, Contact>,
    /// Revisions of what the rows were checked against; 0 = it was not there.
    pub bases: Vec<(Id, u64)>,
    /// What was wrong.
    pub faults: Vec<Fault>,
    /// How many rows were what.
    pub counts: Counts,
}
