//! Rows of grids: new ones begin on their own day or the import's, different ones change on the import's day.

use super::areas::outline;
use super::cells::Cells;
use super::{Check, Verdict};
use crate::domain::book::Book;
use crate::domain::code::GridCode;
use crate::domain::day::Period;
use crate::domain::decide::fits;
use crate::domain::grid::{Grid, GridFacts, GridKind};
use crate::domain::import::Staged;
use crate::domain::limits;
use crate::domain::place::{Outline, Point};
use crate::domain::rejection::Rejection;

/// What a row says; nothing where it leaves what is there as it is.
struct Said {
    name: Option<String>,
    households: Option<u32>,
    kind: Option<GridKind>,
    parent: Option<GridCode>,
    outline: Option<Outline>,
    base: Option<Point>,
}

pub(super) fn row(check: &Check<'_>, cells: &mut Cells<'_>) -> Option<Verdict> {
    let said = Said {
        name: cells.name("name", limits::NAME),
        households: cells.number("households", limits::HOUSEHOLDS),
        kind: cells.choice("kind"),
        base: cells.point(),
        outline: outline(cells),
        parent: match cells.text("parent_grid_code") {
            Some(_) => cells.grid("parent_grid_code"),
            None => None,
        },
    };
    let from = cells.date("valid_from");
    let code = cells.grid("grid_code")?;
    let community = code.community();
    if !check.order.area.holds(code.as_str()) {
        return cells.none("grid_code", "OUTSIDE_CALLER");
    }
    if cells.text("community_code").is_some_and(|said| said != community.as_str()) {
        cells.fault("community_code", "PARENT_MISMATCH");
    }
    match check.scratch.grid(&code) {
        Some(grid) => changed(check, cells, grid, said),
        None => {
            let since = from.unwrap_or(check.order.effective);
            check.begins(cells, since);
            check.lies_in(cells, "grid_code", &community, since)?;
            created(check, cells, said, code, Period::since(since))
        }
    }
}

fn created(
    check: &Check<'_>,
    cells: &mut Cells<'_>,
    said: Said,
    code: GridCode,
    period: Period,
) -> Option<Verdict> {
    let facts = GridFacts {
        code,
        kind: said.kind.unwrap_or(GridKind::Comprehensive),
        parent: said.parent,
        name: said.name?,
        households: said.households?,
        outline: said.outline,
        base: said.base,
        period,
        sample: check.order.sample,
    };
    placed(check, cells, &facts)?;
    Some(Verdict::Created(Staged::Grids(vec![facts])))
}

/// Compares with what holds on the import's day, so that changes that are planned for later do not count.
fn changed(check: &Check<'_>, cells: &mut Cells<'_>, grid: &Grid, said: Said) -> Option<Verdict> {
    let day = check.order.effective;
    let (before, whole) = (grid.nearest(day)?, grid.period()?);
    if !whole.reaches(check.today) {
        return cells.none("grid_code", "RETIRED");
    }
    if said.kind.is_some_and(|kind| kind != before.kind) {
        return cells.none("kind", "IMMUTABLE");
    }
    if said.parent.is_some() && said.parent != before.parent {
        return cells.none("parent_grid_code", "IMMUTABLE");
    }
    let mut facts = GridFacts {
        name: said.name?,
        households: said.households?,
        outline: said.outline.or_else(|| before.outline.clone()),
        base: said.base.or(before.base),
        ..before.clone()
    };
    if before.same_content(&facts) {
        return Some(Verdict::Unchanged);
    }
    if whole.to.is_some() {
        return cells.none("grid_code", "RETIRED");
    }
    if grid.last()?.period.from > day {
        return cells.none("grid_code", "LATER_CHANGE");
    }
    facts.period = Period::since(day);
    facts.sample = before.sample && check.order.sample;
    placed(check, cells, &facts)?;
    Some(Verdict::Changed(Staged::Grids(vec![facts])))
}

/// The same rules as for a single grid.
fn placed(check: &Check<'_>, cells: &mut Cells<'_>, facts: &GridFacts) -> Option<()> {
    if !cells.faults.is_empty() {
        return None;
    }
    match fits(&check.scratch, facts, &[]) {
        Ok(()) => Some(()),
        Err(Rejection::OutlineOutside { .. } | Rejection::OutlineTooSmall { .. }) => {
            cells.none("outline", "OUTLINE_OUTSIDE")
        }
        Err(Rejection::OutlineOverlap { .. }) => cells.none("outline", "OUTLINE_OVERLAP"),
        Err(_) => cells.none("parent_grid_code", "UNKNOWN_PARENT"),
    }
}
