//! What can happen in registry: the domain's own form of the messages in events.proto.

use jiff::Timestamp;
use jiff::civil::Date;

use super::area::AreaFacts;
use super::catalogue::Catalogue;
use super::code::{AreaCode, GridCode, Slug};
use super::grid::{GridFacts, Step};
use super::import::{ImportKind, Staged};
use super::team::TeamFacts;
use super::unit::UnitFacts;
use super::worker::{Assignment, WorkerFacts};
use super::zone::ZoneFacts;

/// What happened. The facts are those that hold afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An area was entered.
    AreaCreated(AreaFacts),
    /// An area was corrected.
    AreaChanged(AreaFacts),
    /// An area ends.
    AreaRetired(AreaFacts),
    /// A zone was entered.
    ZoneCreated(ZoneFacts),
    /// What a zone manages.
    ZoneAreasSet { id: Slug, area: AreaCode, on: Date, areas: Vec<AreaCode> },
    /// A zone ends.
    ZoneRetired(ZoneFacts),
    /// A grid begins.
    GridCreated(GridFacts),
    /// A grid is named anew.
    GridRenamed(GridFacts),
    /// A grid is drawn or counted anew.
    GridRedrawn(GridFacts),
    /// A grid lies in another community.
    GridMoved { grid: GridFacts, step: Step },
    /// The same, told to those who follow the other community only; `GridMoved` of the same commit says it all here.
    GridMovedIn { grid: GridFacts, step: Step },
    /// A grid is several.
    GridSplit { grids: Vec<GridFacts>, steps: Vec<Step> },
    /// Several grids are one.
    GridsMerged { grid: GridFacts, steps: Vec<Step> },
    /// A grid ends.
    GridRetired { code: GridCode, on: Date },
    /// A worker has a post.
    WorkerRegistered(WorkerFacts),
    /// A worker's post or unit changed.
    WorkerChanged(WorkerFacts),
    /// A worker's contact changed; what it is stays here.
    WorkerContactChanged { id: Slug, area: AreaCode },
    /// A worker serves a grid.
    WorkerAssigned { id: Slug, area: AreaCode, assignment: Assignment },
    /// A worker no longer serves a grid.
    WorkerUnassigned { id: Slug, area: AreaCode, assignment: Assignment },
    /// A worker's post ends.
    WorkerLeft(WorkerFacts),
    /// A unit was entered.
    UnitCreated(UnitFacts),
    /// A unit changed.
    UnitChanged(UnitFacts),
    /// A unit ends.
    UnitRetired(UnitFacts),
    /// A team was entered.
    TeamCreated(TeamFacts),
    /// A team changed.
    TeamChanged(TeamFacts),
    /// A team goes on or off duty.
    TeamDutySet {
        /// The team.
        id: Slug,
        /// Area that it belongs to.
        area: AreaCode,
        /// On or off.
        on_duty: bool,
        /// Since when.
        since: Timestamp,
        /// When the shift ends.
        until: Option<Timestamp>,
    },
    /// A team ends.
    TeamDisbanded(TeamFacts),
    /// Entries of the draft are new or different.
    CatalogueEdited { area: AreaCode, entries: Catalogue },
    /// The draft is closed into a version.
    CatalogueReleased { area: AreaCode, version: u32, catalogue: Catalogue },
    /// Rows of an import, all of one area. In registry itself they hold at once, because they share one commit with the
    /// activation.
    Staged { import: Slug, area: AreaCode, chunk: u32, rows: Staged },
    /// Everything of one area that was staged under an import holds.
    ImportActivated {
        /// The import.
        import: Slug,
        /// Area that the rows belong to.
        area: AreaCode,
        /// What the table held.
        kind: ImportKind,
        /// First of the events with rows.
        first: u32,
        /// Events with rows.
        chunks: u32,
        /// Rows that were new.
        created: u32,
        /// Rows that were different.
        changed: u32,
    },
}
