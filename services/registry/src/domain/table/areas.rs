//! Rows of areas.

use super::cells::Cells;
use super::{Check, Verdict};
use crate::domain::area::AreaFacts;
use crate::domain::book::Book;
use crate::domain::code::AreaCode;
use crate::domain::day::Period;
use crate::domain::geojson;
use crate::domain::geometry::Container;
use crate::domain::import::Staged;
use crate::domain::limits;
use crate::domain::place::Outline;

pub(super) fn row(check: &Check<'_>, cells: &mut Cells<'_>) -> Option<Verdict> {
    let name = cells.name("name", limits::NAME);
    let from = cells.date("valid_from");
    let outline = outline(cells);
    let code = cells.area("code")?;
    let own = check.order.area.holds(code.as_str());
    // The chain above the caller's own area is needed to hang it up; nothing beside that chain is.
    if !own && !code.holds(check.order.area.as_str()) {
        return cells.none("code", "OUTSIDE_CALLER");
    }
    let parent = code.parent();
    let said = cells.text("parent_code");
    if said.is_some() && said != parent.as_ref().map(AreaCode::as_str) {
        cells.fault("parent_code", "PARENT_MISMATCH");
    }
    let level = cells.choice("level").unwrap_or(code.level());
    if level != code.level() {
        cells.fault("level", "PARENT_MISMATCH");
    }
    let before = check.scratch.area(&code).map(|area| &area.facts);
    if before.is_some_and(|before| !before.period.reaches(check.today)) {
        return cells.none("code", "RETIRED");
    }
    let since = from.unwrap_or(check.order.effective);
    if before.is_none() {
        check.begins(cells, since);
        if let Some(parent) = &parent {
            check.lies_in(cells, "code", parent, since);
        }
    }
    let known = before.and_then(|before| before.outline.as_ref());
    if let Some(outline) = outline.as_ref().filter(|outline| Some(*outline) != known) {
        within(check, cells, &code, outline);
    }
    let facts = AreaFacts {
        name: name?,
        period: before.map_or(Period::since(since), |before| before.period),
        superseded_by: before.map_or_else(Vec::new, |before| before.superseded_by.clone()),
        outline: outline.or_else(|| known.cloned()),
        sample: before.map_or(check.order.sample, |before| before.sample),
        code,
    };
    match before {
        None => Some(Verdict::Created(Staged::Areas(vec![facts]))),
        Some(before) if *before == facts => Some(Verdict::Unchanged),
        // What lies above the caller is not the caller's to change.
        Some(_) if !own => cells.none("code", "OUTSIDE_CALLER"),
        Some(before) if from.is_some_and(|from| from != before.period.from) => {
            cells.none("valid_from", "IMMUTABLE")
        }
        Some(_) => Some(Verdict::Changed(Staged::Areas(vec![facts]))),
    }
}

/// The outline of a row, if there is a good one.
pub(super) fn outline(cells: &mut Cells<'_>) -> Option<Outline> {
    let text = cells.text("outline")?;
    match geojson::parse(text) {
        Ok(outline) => Some(outline),
        Err(fault) => {
            cells.fault("outline", "BAD_OUTLINE");
            if let Some(last) = cells.faults.last_mut() {
                last.message = format!("outline {fault}");
                last.message_zh = format!("outline：{}", fault.zh());
            }
            None
        }
    }
}

fn within(check: &Check<'_>, cells: &mut Cells<'_>, code: &AreaCode, outline: &Outline) {
    let around = |above: AreaCode| check.scratch.area(&above)?.facts.outline.as_ref();
    let nearest = code.ancestors().find_map(around);
    if nearest.is_some_and(|around| !Container::new(around).holds(outline)) {
        cells.fault("outline", "OUTLINE_OUTSIDE");
    }
}
