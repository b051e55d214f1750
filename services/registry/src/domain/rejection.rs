//! Why registry refuses. Each variant is one reason of `RegistryErrorReason`.

use jiff::civil::Date;

use super::catalogue::Fault;
use super::code::{AreaCode, GridCode};
use super::geojson::BadOutline;
use super::import::Progress;

/// What kind of thing was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// An area.
    Area,
    /// A functional zone.
    Zone,
    /// A grid.
    Grid,
    /// A worker.
    Worker,
    /// A unit.
    Unit,
    /// A team.
    Team,
    /// An import.
    Import,
    /// A version of the catalogue.
    Catalogue,
    /// A matter.
    Matter,
    /// A time limit.
    Limit,
    /// A type of disputes.
    Type,
}

/// A refusal. Holds codes, ids and days only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Unknown, or outside what the caller sees.
    #[error("{what:?} {id} is not known")]
    NotFound { what: What, id: String, did_you_mean: Vec<GridCode> },
    /// The code or id is taken.
    #[error("{what:?} {id} exists already")]
    AlreadyExists { what: What, id: String },
    /// Changed since it was read.
    #[error("{id} has revision {revision}")]
    EtagStale { id: String, revision: u64 },
    /// Not there on that day, or about to end.
    #[error("area {code} does not exist on {on}, or ends after it")]
    AreaRetired { code: String, on: Date },
    /// Something below goes on.
    #[error("{inside} goes on within {code}")]
    AreaInUse { code: String, inside: String },
    /// Not there on that day, or about to end.
    #[error("grid {code} does not exist on {on}, or ends after it")]
    GridRetired { code: GridCode, on: Date },
    /// Micro grids go on.
    #[error("micro grid {micro} is a part of {code}")]
    HasMicroGrids { code: GridCode, micro: GridCode },
    /// Not with a micro grid.
    #[error("{code} is a micro grid")]
    MicroGrid { code: GridCode },
    /// Changes on or after that day already.
    #[error("{code} changes on {date} already")]
    LaterChange { code: String, date: Date },
    /// Of different communities.
    #[error("{code} lies in another community")]
    NotSameCommunity { code: GridCode },
    /// The parent of a micro grid is not what it has to be.
    #[error("a micro grid needs a parent grid of its community, another grid has none")]
    ParentGrid,
    /// All codes are used.
    #[error("all codes of {community} are used")]
    SequenceExhausted { community: String },
    /// The outline lies outside.
    #[error("the outline lies outside {code}")]
    OutlineOutside { code: String },
    /// The outline leaves something out that lies in it.
    #[error("the outline leaves {inside} outside")]
    OutlineTooSmall { inside: String },
    /// The outlines of what is merged make none together.
    #[error("the outlines joined are no outline: {wrong}")]
    OutlineJoined { wrong: BadOutline },
    /// A unit works on the level of its area.
    #[error("a unit of {area} works on the level of that area")]
    WrongTier { area: AreaCode },
    /// The import is full.
    #[error("an import takes at most {rows} rows")]
    ImportFull { rows: u32 },
    /// The outline overlaps.
    #[error("the outline overlaps {code}")]
    OutlineOverlap { code: GridCode },
    /// Too far back or ahead.
    #[error("{date} is not between {earliest} and {latest}")]
    DateOutOfRange { date: Date, earliest: Date, latest: Date },
    /// Does not fit with other days.
    #[error("{date} does not fit with {other}")]
    DateConflict { date: Date, other: Date },
    /// Ended already.
    #[error("{id} has ended")]
    AlreadyEnded { id: String },
    /// Does not serve the grid.
    #[error("{grid} is not served on that day")]
    NotAssigned { grid: GridCode },
    /// Serves the grid already.
    #[error("{grid} is served already")]
    AlreadyAssigned { grid: GridCode },
    /// The catalogue is the city's.
    #[error("the catalogue is the city's, and this is the node of {area}")]
    CatalogueNotOwned { area: AreaCode },
    /// The catalogue would not be sound.
    #[error("the catalogue would not be sound: {} entries are wrong", .faults.len())]
    CatalogueUnsound { faults: Vec<Fault> },
    /// The draft is as the version that holds.
    #[error("there is nothing to release: the draft is as version {version}, which holds")]
    NothingToRelease { version: u32 },
    /// The import takes no more.
    #[error("the import is {progress:?}")]
    ImportNotStaging { progress: Progress },
    /// Only a check.
    #[error("a dry run cannot be activated")]
    ImportDryRun,
    /// Rows are bad.
    #[error("{bad} rows are bad")]
    ImportHasBadRows { bad: u32 },
    /// What rows were checked against has changed.
    #[error("{code} has changed since the rows were checked")]
    ImportOutdated { code: String },
    /// Two streams of rows.
    #[error("other rows were staged at the same time")]
    ImportInterleaved,
}

impl Rejection {
    /// Nothing of that kind under that id.
    pub fn not_found(what: What, id: impl ToString) -> Self {
        Rejection::NotFound { what, id: id.to_string(), did_you_mean: Vec::new() }
    }
}
