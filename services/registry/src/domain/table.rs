//! Tables of rows, checked cell by cell and against what is there.
//!
//! A row that is good is applied to a scratch copy of the book at once, so that later rows of the same import rest on
//! earlier ones: a town on its district, a grid beside its neighbours.

mod areas;
pub mod catalogue;
mod cells;
mod grids;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::book::{Book, Id, Pages};
use super::code::{AreaCode, GridCode, Slug};
use super::day::{Period, Reach, business_date};
use super::event::Event;
use super::evolve::evolve;
use super::import::{Chunk, Counts, Import, ImportKind, Order, Staged};
use super::worker::Contact;
use cells::Cells;

pub use cells::REASONS;

/// Columns of areas.
pub const AREA_COLUMNS: &[&str] = &[
    "code",
    "name",
    "parent_code",
    "level",
    "valid_from",
    "outline",
    "urban_rural_class",
    "code12",
];
/// Columns of grids.
pub const GRID_COLUMNS: &[&str] = &[
    "grid_code",
    "community_code",
    "name",
    "kind",
    "parent_grid_code",
    "households",
    "longitude",
    "latitude",
    "outline",
    "valid_from",
];
/// Columns of workers.
pub const WORKER_COLUMNS: &[&str] = &[
    "worker_id",
    "name",
    "work_phone",
    "post",
    "area_code",
    "unit_id",
    "grid_codes",
    "valid_from",
];
/// Columns of units.
pub const UNIT_COLUMNS: &[&str] = &["unit_id", "name", "kind", "tier", "area_code", "valid_from"];
/// Columns of teams.
pub const TEAM_COLUMNS: &[&str] = &[
    "team_id",
    "name",
    "unit_id",
    "area_code",
    "member_ids",
    "longitude",
    "latitude",
    "served_areas",
    "valid_from",
];

/// Columns of a kind of table.
pub fn columns(kind: ImportKind) -> &'static [&'static str] {
    match kind {
        ImportKind::Areas => AREA_COLUMNS,
        ImportKind::Grids => GRID_COLUMNS,
        ImportKind::Workers => WORKER_COLUMNS,
        ImportKind::Units => UNIT_COLUMNS,
        ImportKind::Teams => TEAM_COLUMNS,
    }
}

/// A line of a table: cells as text, by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// Line in the file.
    pub line: u32,
    /// Cells.
    pub cells: BTreeMap<String, String>,
}

/// What a row comes to.
enum Verdict {
    /// New.
    Created(Staged),
    /// Different from what is there.
    Changed(Staged),
    /// There already.
    Unchanged,
}

/// What the rows of a table are checked with.
struct Check<'a> {
    order: &'a Order,
    /// What is there, with the good rows so far.
    scratch: Pages,
    today: Date,
    /// Last day on which anything may begin.
    latest: Date,
    /// Names and phones of good rows.
    contacts: BTreeMap<Slug, Contact>,
}

/// How a cell names a noun.
type Naming = fn(Slug) -> Id;

/// Nouns that checking rows needs.
pub fn needs(import: &Import, rows: &[RawRow]) -> BTreeSet<Id> {
    let mut ids = BTreeSet::from([Id::Import(import.order.id.clone())]);
    let mut codes = BTreeSet::new();
    for row in rows {
        let cell = |column: &str| row.cells.get(column).map_or("", |text| text.trim());
        let list =
            |column: &str| cell(column).split(';').map(str::trim).map(str::to_owned).collect();
        let named: [(&str, Naming); 3] =
            [("worker_id", Id::Worker), ("unit_id", Id::Unit), ("team_id", Id::Team)];
        for (column, of) in named {
            ids.extend(Slug::parse(cell(column)).ok().map(of));
        }
        ids.extend(Slug::parse(cell("worker_id")).ok().map(Id::Contact));
        let members: Vec<String> = list("member_ids");
        ids.extend(members.iter().filter_map(|id| Slug::parse(id).ok()).map(Id::Worker));
        let mut texts: Vec<String> = list("served_areas");
        texts.extend(["code", "area_code", "community_code"].map(|column| cell(column).to_owned()));
        codes.extend(texts.iter().filter_map(|text| AreaCode::parse(text).ok()));
        let mut grids: Vec<String> = list("grid_codes");
        grids.push(cell("grid_code").to_owned());
        for grid in grids.iter().filter_map(|text| GridCode::parse(text).ok()) {
            ids.insert(Id::Layout(grid.community()));
            codes.insert(grid.community());
        }
    }
    for code in codes {
        ids.extend(code.ancestors().map(Id::Area));
        ids.insert(Id::Area(code));
    }
    ids.extend(earlier_chunks(import, &ids));
    ids
}

/// Chunks of the import that hold something of the same places.
fn earlier_chunks(import: &Import, ids: &BTreeSet<Id>) -> BTreeSet<Id> {
    let chunk_of = |prefix: &str| -> Vec<u32> {
        let range = import.staged.range(prefix.to_owned()..);
        let related = range.take_while(|(name, _)| name.starts_with(prefix));
        match import.order.kind {
            ImportKind::Grids => related.map(|(_, chunk)| *chunk).collect(),
            ImportKind::Areas | ImportKind::Workers | ImportKind::Units | ImportKind::Teams => {
                import.staged.get(prefix).copied().into_iter().collect()
            }
        }
    };
    let numbers = ids.iter().flat_map(|id| match (id, import.order.kind) {
        (Id::Area(code), ImportKind::Areas) => chunk_of(code.as_str()),
        (Id::Layout(code), ImportKind::Grids) => chunk_of(code.as_str()),
        (_, _) => Vec::new(),
    });
    numbers.map(|number| Id::Chunk(import.order.id.clone(), number)).collect()
}

/// Checks rows against `book`, which holds what [`needs`] names.
pub fn check(
    import: &Import,
    rows: &[RawRow],
    book: &Pages,
    now: Timestamp,
    reach: Reach,
) -> Chunk {
    let order = &import.order;
    let mut check = Check {
        order,
        scratch: with_earlier(import, book, now),
        today: business_date(now),
        latest: reach.around(business_date(now)).1,
        contacts: BTreeMap::new(),
    };
    let mut chunk = Chunk {
        import: order.id.clone(),
        number: import.chunks + 1,
        area: order.area.clone(),
        staged: Staged::none(order.kind),
        contacts: BTreeMap::new(),
        bases: Vec::new(),
        bytes: 0,
        told: BTreeSet::new(),
        faults: Vec::new(),
        counts: Counts::default(),
    };
    let mut seen = BTreeSet::new();
    let mut told = import.told.clone();
    for row in rows {
        let mut cells = Cells::new(row, columns(order.kind));
        let verdict = check.row(import, &mut cells, &mut seen);
        chunk.counts.rows += 1;
        chunk.bytes += row.cells.values().map(|cell| cell.len() as u64).sum::<u64>();
        let good = cells.faults.is_empty() && cells.unknown.is_empty();
        cells.tell_unknown(columns(order.kind), &mut told);
        match verdict.filter(|_| good) {
            None => chunk.counts.bad += 1,
            Some(Verdict::Unchanged) => chunk.counts.unchanged += 1,
            Some(Verdict::Created(rows)) => {
                chunk.counts.created += 1;
                check.accept(&mut chunk, rows, now);
            }
            Some(Verdict::Changed(rows)) => {
                chunk.counts.changed += 1;
                check.accept(&mut chunk, rows, now);
            }
        }
        chunk.faults.append(&mut cells.faults);
    }
    chunk.told = told;
    if !chunk.staged.names().is_empty() {
        let bases = needs(import, rows).into_iter().filter(has_revision);
        chunk.bases = bases.map(|id| (id.clone(), book.revision(&id))).collect();
    }
    let staged: BTreeSet<&str> = chunk.staged.names().into_iter().collect();
    check.contacts.retain(|id, _| staged.contains(id.as_str()));
    chunk.contacts = check.contacts;
    chunk
}

/// Whether a change of the noun can be told by its revision.
fn has_revision(id: &Id) -> bool {
    match id {
        Id::Area(_) | Id::Zone(_) | Id::Layout(_) | Id::Worker(_) | Id::Unit(_) | Id::Team(_) => {
            true
        }
        Id::Contact(_) | Id::Draft | Id::Release(_) | Id::Import(_) | Id::Chunk(..) => false,
    }
}

/// The book with the rows of earlier chunks applied.
fn with_earlier(import: &Import, book: &Pages, now: Timestamp) -> Pages {
    let mut scratch = book.clone();
    for number in 1..=import.chunks {
        if let Some(chunk) = book.chunk(&import.order.id, number) {
            let (import, rows) = (chunk.import.clone(), chunk.staged.clone());
            let area = chunk.area.clone();
            evolve(&mut scratch, &Event::Staged { import, area, chunk: number, rows }, now);
        }
    }
    scratch
}

impl Check<'_> {
    fn row(
        &mut self,
        import: &Import,
        cells: &mut Cells<'_>,
        seen: &mut BTreeSet<String>,
    ) -> Option<Verdict> {
        let key = columns(self.order.kind).first().copied().unwrap_or_default();
        if let Some(name) = cells.text(key)
            && (!seen.insert(name.to_owned()) || import.staged.contains_key(name))
        {
            cells.fault(key, "DUPLICATE");
            return None;
        }
        match self.order.kind {
            ImportKind::Areas => areas::row(self, cells),
            ImportKind::Grids => grids::row(self, cells),
            ImportKind::Workers => people::worker(self, cells),
            ImportKind::Units => people::unit(self, cells),
            ImportKind::Teams => people::team(self, cells),
        }
    }

    fn accept(&mut self, chunk: &mut Chunk, rows: Staged, now: Timestamp) {
        let event = Event::Staged {
            import: chunk.import.clone(),
            area: chunk.area.clone(),
            chunk: 0,
            rows: rows.clone(),
        };
        evolve(&mut self.scratch, &event, now);
        chunk.staged.add(rows);
    }

    /// The area that the cell `area_code` named: the caller's and known. What has one keeps it; what begins does so
    /// while the area exists, and the area goes on.
    fn area(
        &self,
        cells: &mut Cells<'_>,
        code: Option<AreaCode>,
        before: Option<&AreaCode>,
        from: Date,
    ) -> Option<AreaCode> {
        let code = code?;
        if !self.order.area.holds(code.as_str()) {
            return cells.none("area_code", "OUTSIDE_CALLER");
        }
        match before {
            None => self.lies_in(cells, "area_code", &code, from.max(self.today))?,
            Some(before) if *before != code => return cells.none("area_code", "IMMUTABLE"),
            Some(_) => {}
        }
        Some(code)
    }

    /// Something begins in an area that exists then and has no end.
    fn lies_in(
        &self,
        cells: &mut Cells<'_>,
        column: &str,
        code: &AreaCode,
        from: Date,
    ) -> Option<()> {
        let Some(area) = self.scratch.area(code) else {
            return cells.none(column, "UNKNOWN_PARENT");
        };
        if area.facts.period.to.is_some() {
            return cells.none(column, "RETIRED");
        }
        if from < area.facts.period.from {
            return cells.none("valid_from", "DATE_CONFLICT");
        }
        Some(())
    }

    /// What begins may have done so long ago, but not begin in a far future.
    fn begins(&self, cells: &mut Cells<'_>, from: Date) {
        if from > self.latest {
            cells.fault("valid_from", "OUT_OF_RANGE");
        }
    }

    /// When something exists: as it is, or from the row's day on; nothing when it has ended.
    fn period(
        &self,
        cells: &mut Cells<'_>,
        column: &str,
        before: Option<Period>,
        from: Option<Date>,
    ) -> Option<Period> {
        match before {
            Some(period) if !period.reaches(self.today) => cells.none(column, "RETIRED"),
            Some(period) => Some(period),
            None => {
                let since = from.unwrap_or(self.order.effective);
                self.begins(cells, since);
                Some(Period::since(since))
            }
        }
    }

    /// What has a last day changes no more.
    fn open_ended(&self, cells: &mut Cells<'_>, column: &str, period: Period) -> Option<()> {
        if period.to.is_some() { cells.none(column, "RETIRED") } else { Some(()) }
    }
}
