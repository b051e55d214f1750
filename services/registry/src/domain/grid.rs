//! Grids and their history. A grid's code is its identity: it is never changed and never used again. All grids of a
//! community are one layout, because they are numbered together and may not overlap.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::code::{AreaCode, GridCode, Slug};
use super::day::{Mark, Period};
use super::place::{Outline, Point};

/// What a grid is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GridKind {
    /// Residential.
    Comprehensive,
    /// An enterprise, market, campus or office building.
    Dedicated,
    /// A part of a grid; counts neither among the grids nor in households.
    Micro,
}

/// One version of a grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridFacts {
    /// The grid.
    pub code: GridCode,
    /// What it is made for.
    pub kind: GridKind,
    /// Grid that a micro grid is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<GridCode>,
    /// Its name.
    pub name: String,
    /// Households.
    pub households: u32,
    /// Its border, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<Outline>,
    /// Its base point, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Point>,
    /// When this version holds.
    pub period: Period,
    /// Made up.
    #[serde(default)]
    pub sample: bool,
}

impl GridFacts {
    /// Whether both are the same but for when they hold and where they come from.
    pub fn same_content(&self, other: &GridFacts) -> bool {
        let aligned = GridFacts { period: self.period, sample: self.sample, ..other.clone() };
        *self == aligned
    }
}

/// How one grid became another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Split into several.
    Split,
    /// Merged with others.
    Merge,
    /// Moved to another community.
    Move,
}

/// Which share of a grid's history belongs to another grid from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Grid that ended.
    pub from: GridCode,
    /// Grid that took over.
    pub to: GridCode,
    /// Share in billionths; the shares of one grid sum to one billion.
    pub billionths: u32,
    /// First day of the new grid.
    pub on: Date,
    /// How it came about.
    pub operation: Operation,
}

/// A grid with all its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Versions without gaps, the earliest first; never empty.
    pub versions: Vec<GridFacts>,
    /// What took its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub successors: Vec<Step>,
    /// Whose place it took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predecessors: Vec<Step>,
    /// Workers who were ever put in charge of it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub workers: BTreeSet<Slug>,
    /// Its changes.
    pub mark: Mark,
}

impl Grid {
    /// The version that holds on a day.
    pub fn on(&self, day: Date) -> Option<&GridFacts> {
        self.versions.iter().find(|version| version.period.covers(day))
    }

    /// The version that holds on a day, else the nearest one.
    pub fn nearest(&self, day: Date) -> Option<&GridFacts> {
        let before = self.versions.iter().rev().find(|version| version.period.from <= day);
        before.or_else(|| self.versions.first())
    }

    /// The last version.
    pub fn last(&self) -> Option<&GridFacts> {
        self.versions.last()
    }

    /// Whether it exists on a day and has no last one.
    pub fn goes_on(&self, day: Date) -> bool {
        self.on(day).is_some() && self.last().is_some_and(|last| last.period.to.is_none())
    }

    /// From its first to its last day.
    pub fn period(&self) -> Option<Period> {
        let (first, last) = (self.versions.first()?, self.versions.last()?);
        Some(Period { from: first.period.from, to: last.period.to })
    }
}

/// The grids of a community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The community.
    pub community: AreaCode,
    /// Counts the changes.
    pub revision: u64,
    /// Every grid there ever was.
    pub grids: BTreeMap<GridCode, Grid>,
}

impl Layout {
    /// Of a community without grids.
    pub fn empty(community: AreaCode) -> Self {
        Layout { community, revision: 0, grids: BTreeMap::new() }
    }

    /// The next code, after the highest ever used; nothing when all 999 are used.
    pub fn next_code(&self) -> Option<GridCode> {
        let used = self.grids.last_key_value().map_or(0, |(code, _)| code.sequence());
        GridCode::of(&self.community, used + 1)
    }

    /// Every version that holds on `day` or later.
    pub fn versions_from(&self, day: Date) -> impl Iterator<Item = &GridFacts> {
        let versions = self.grids.values().flat_map(|grid| &grid.versions);
        versions.filter(move |version| version.period.reaches(day))
    }
}
