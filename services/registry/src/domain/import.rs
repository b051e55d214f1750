//! Imports: tables on their way in. Rows are checked and kept aside in chunks; nothing of them holds before the import
//! is activated.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Bytes of the rows so far.
    pub bytes: u64,
    /// Unknown columns that were told of.
    pub told: BTreeSet<String>,
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

    /// The rows by the area that they belong to, each portion at most `most` rows and of one area only, so that whoever
    /// follows a part of the tree gets its rows and no others. Rows above the import's own area go with that.
    pub fn portions(self, own: &AreaCode, most: usize) -> Vec<(AreaCode, Staged)> {
        let community = |grid: &GridFacts| grid.code.community();
        match self {
            Staged::Areas(rows) => cut(rows, own, most, |row| row.code.clone(), Staged::Areas),
            Staged::Grids(rows) => cut(rows, own, most, community, Staged::Grids),
            Staged::Workers(rows) => {
                cut(rows, own, most, |(facts, _)| facts.area.clone(), Staged::Workers)
            }
            Staged::Units(rows) => cut(rows, own, most, |row| row.area.clone(), Staged::Units),
            Staged::Teams(rows) => cut(rows, own, most, |row| row.area.clone(), Staged::Teams),
        }
    }

    /// Takes more rows of the same kind.
    pub fn add(&mut self, more: Staged) {
        match (self, more) {
            (Staged::Areas(all), Staged::Areas(more)) => all.extend(more),
            (Staged::Grids(all), Staged::Grids(more)) => all.extend(more),
            (Staged::Workers(all), Staged::Workers(more)) => all.extend(more),
            (Staged::Units(all), Staged::Units(more)) => all.extend(more),
            (Staged::Teams(all), Staged::Teams(more)) => all.extend(more),
            // Rows are of the import's kind.
            (
                Staged::Areas(_)
                | Staged::Grids(_)
                | Staged::Workers(_)
                | Staged::Units(_)
                | Staged::Teams(_),
                _,
            ) => {}
        }
    }
}

fn cut<T>(
    rows: Vec<T>,
    own: &AreaCode,
    most: usize,
    area: impl Fn(&T) -> AreaCode,
    of: fn(Vec<T>) -> Staged,
) -> Vec<(AreaCode, Staged)> {
    let mut by_area: BTreeMap<AreaCode, Vec<T>> = BTreeMap::new();
    for row in rows {
        let area = Some(area(&row)).filter(|area| own.holds(area.as_str()));
        by_area.entry(area.unwrap_or_else(|| own.clone())).or_default().push(row);
    }
    let mut portions = Vec::new();
    for (area, rows) in by_area {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            portions.push((area.clone(), of(rows.by_ref().take(most).collect())));
        }
    }
    portions
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
    /// Bytes of the cells.
    pub bytes: u64,
    /// Unknown columns that are told of here.
    pub told: BTreeSet<String>,
    /// What was wrong.
    pub faults: Vec<Fault>,
    /// How many rows were what.
    pub counts: Counts,
}
