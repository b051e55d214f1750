//! Rows of grids: new ones begin on their own day or the import's, different ones change on the import's day.

use super::areas::outline;
use super::cells::Cells;
use super::{Check, Verdict};
use crate::domain::book::Book;
use crate::domain::code::GridCode;
use crate::domain::day::Period;
use crate::domain::decide::fits;
use crate::domain::grid::{GridFacts, GridKind};
use crate::domain::import::Staged;
use crate::domain::rejection::Rejection;

/// Most households of one grid.
const MOST_HOUSEHOLDS: u32 = 100_000;

pub(super) fn row(check: &Check<'_>, cells: &mut Cells<'_>) -> Option<Verdict> {
    let name = cells.name("name");
    let households = cells.number("households", MOST_HOUSEHOLDS);
    let from = cells.date("valid_from");
    let kind = cells.choice("kind").unwrap_or(GridKind::Comprehensive);
    let base = cells.point();
    let outline = outline(cells);
    let parent = match cells.text("parent_grid_code") {
        Some(_) => cells.grid("parent_grid_code"),
        None => None,
    };
    let code = cells.grid("grid_code")?;
    let community = code.community();
    if !check.order.area.holds(code.as_str()) {
        return cells.none("grid_code", "OUTSIDE_CALLER");
    }
    if cells.text("community_code").is_some_and(|said| said != community.as_str()) {
        cells.fault("community_code", "PARENT_MISMATCH");
    }
    check.exists(cells, "grid_code", &community)?;
    let facts = GridFacts {
        kind,
        parent,
        name: name?,
        households: households?,
        outline,
        base,
        period: Period::since(from.unwrap_or(check.order.effective)),
        sample: check.order.sample,
        code: code.clone(),
    };
    if !cells.faults.is_empty() {
        return None;
    }
    match check.scratch.grid(&code).and_then(|grid| grid.last()) {
        None => {
            placed(check, cells, &facts)?;
            Some(Verdict::Created(Staged::Grids(vec![facts])))
        }
        Some(before) => changed(check, cells, &code, before, facts),
    }
}

fn changed(
    check: &Check<'_>,
    cells: &mut Cells<'_>,
    code: &GridCode,
    before: &GridFacts,
    mut facts: GridFacts,
) -> Option<Verdict> {
    if before.period.to.is_some() {
        return cells.none("grid_code", "RETIRED");
    }
    if before.kind != facts.kind || before.parent != facts.parent {
        return cells.none("kind", "IMMUTABLE");
    }
    if before.same_content(&facts) {
        return Some(Verdict::Unchanged);
    }
    facts.period = Period::since(check.order.effective);
    facts.sample = before.sample && check.order.sample;
    if before.period.from > facts.period.from {
        return cells.none("grid_code", "LATER_CHANGE");
    }
    debug_assert_eq!(*code, facts.code);
    placed(check, cells, &facts)?;
    Some(Verdict::Changed(Staged::Grids(vec![facts])))
}

/// The same rules as for a single grid.
fn placed(check: &Check<'_>, cells: &mut Cells<'_>, facts: &GridFacts) -> Option<()> {
    match fits(&check.scratch, facts, &[]) {
        Ok(()) => Some(()),
        Err(Rejection::OutlineOutside { .. }) => cells.none("outline", "OUTLINE_OUTSIDE"),
        Err(Rejection::OutlineOverlap { .. }) => cells.none("outline", "OUTLINE_OVERLAP"),
        Err(_) => cells.none("parent_grid_code", "UNKNOWN_PARENT"),
    }
}
