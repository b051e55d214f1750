//! What may be asked of registry.

use jiff::Timestamp;
use jiff::civil::Date;

use super::catalogue::Revision;
use super::code::{AreaCode, GridCode, Level, Scope, Slug};
use super::grid::GridKind;
use super::import::{Chunk, Order};
use super::place::{Outline, Point};
use super::unit::UnitKind;
use super::worker::{Contact, Post};

/// A question to `decide`: who may see what, what is known of the resource, what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What the caller may see.
    pub scope: Scope,
    /// Revision of the resource as the caller read it; nothing = do not check.
    pub etag: Option<u64>,
    /// Day from which on it is so; nothing = today.
    pub on: Option<Date>,
    /// What is wanted.
    pub act: Act,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Enter an area.
    CreateArea { code: AreaCode, name: String, outline: Option<Outline> },
    /// Correct an area.
    UpdateArea { code: AreaCode, name: Option<String>, outline: Option<Option<Outline>> },
    /// End an area.
    RetireArea { code: AreaCode, superseded_by: Vec<AreaCode> },
    /// Enter a functional zone.
    CreateZone { id: Slug, area: AreaCode, name: String, areas: Vec<AreaCode> },
    /// Say what a zone manages.
    SetZoneAreas { id: Slug, areas: Vec<AreaCode> },
    /// End a zone.
    RetireZone { id: Slug },
    /// Begin a grid.
    CreateGrid { community: AreaCode, parent: Option<GridCode>, part: Part },
    /// Name a grid anew.
    RenameGrid { code: GridCode, name: String },
    /// Draw or count a grid anew.
    RedrawGrid { code: GridCode, drawing: Drawing },
    /// Put a grid into another community.
    MoveGrid { code: GridCode, to: AreaCode },
    /// Split a grid.
    SplitGrid { code: GridCode, parts: Vec<Part> },
    /// Merge grids.
    MergeGrids { codes: Vec<GridCode>, part: Part },
    /// End a grid.
    RetireGrid { code: GridCode },
    /// Enter a worker.
    RegisterWorker { id: Slug, post: Post, area: AreaCode, unit: Option<Slug>, contact: Contact },
    /// Change a worker.
    UpdateWorker { id: Slug, change: WorkerChange },
    /// Put a worker in charge of a grid.
    AssignWorker { id: Slug, grid: GridCode },
    /// End the charge for a grid.
    UnassignWorker { id: Slug, grid: GridCode },
    /// End a post.
    DismissWorker { id: Slug },
    /// Enter a unit.
    CreateUnit { id: Slug, kind: UnitKind, tier: Option<Level>, area: AreaCode, name: String },
    /// Change a unit.
    UpdateUnit { id: Slug, kind: Option<UnitKind>, tier: Option<Level>, name: Option<String> },
    /// End a unit.
    RetireUnit { id: Slug },
    /// Enter a team.
    CreateTeam { id: Slug, area: AreaCode, unit: Option<Slug>, name: String, crew: Crew },
    /// Change a team.
    UpdateTeam { id: Slug, change: TeamChange },
    /// Put a team on (`true`) or off duty.
    SetTeamDuty { id: Slug, on_duty: bool, until: Option<Timestamp> },
    /// End a team.
    DisbandTeam { id: Slug },
    /// Change the catalogue.
    ReviseCatalogue(Box<Revision>),
    /// Begin an import.
    CreateImport(Order),
    /// Keep checked rows aside.
    StageRows(Box<Chunk>),
    /// Make what was staged hold.
    ActivateImport { id: Slug },
    /// Give an import up.
    CancelImport { id: Slug },
    /// Give an import up that waited for more than a day; registry's own.
    ExpireImport { id: Slug },
}

/// A grid that is about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its kind; nothing = that of the grid it comes from, else comprehensive.
    pub kind: Option<GridKind>,
    /// Households.
    pub households: u32,
    /// Its border.
    pub outline: Option<Outline>,
    /// Its base point.
    pub base: Option<Point>,
}

/// What is drawn or counted anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// New border; `Some(None)` = not known any more.
    pub outline: Option<Option<Outline>>,
    /// New base point.
    pub base: Option<Point>,
    /// New number of households.
    pub households: Option<u32>,
}

/// What changes about a worker. Debug output shows nothing of name and phone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WorkerChange {
    /// New post.
    pub post: Option<Post>,
    /// New unit; `Some(None)` = none.
    pub unit: Option<Option<Slug>>,
    /// New display name. Never logged.
    pub name: Option<String>,
    /// New work phone. Never logged.
    pub phone: Option<String>,
}

impl std::fmt::Debug for WorkerChange {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("WorkerChange");
        shown.field("post", &self.post).field("unit", &self.unit).finish_non_exhaustive()
    }
}

/// Who is in a team, where it starts and what it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crew {
    /// Workers.
    pub members: Vec<Slug>,
    /// Where it starts.
    pub base: Point,
    /// Areas served; empty = its own.
    pub serves: Vec<AreaCode>,
}

/// What changes about a team.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamChange {
    /// New name.
    pub name: Option<String>,
    /// New members.
    pub members: Option<Vec<Slug>>,
    /// New starting point.
    pub base: Option<Point>,
    /// New areas served.
    pub serves: Option<Vec<AreaCode>>,
}
