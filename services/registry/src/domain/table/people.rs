//! Rows of workers, units and teams.

use super::cells::Cells;
use super::{Check, Verdict};
use crate::domain::book::Book;
use crate::domain::code::{AreaCode, GridCode, Slug};
use crate::domain::day::Period;
use crate::domain::import::Staged;
use crate::domain::team::TeamFacts;
use crate::domain::unit::UnitFacts;
use crate::domain::worker::{Assignment, Contact, Worker, WorkerFacts};

pub(super) fn worker(check: &mut Check<'_>, cells: &mut Cells<'_>) -> Option<Verdict> {
    let name = cells.name("name");
    let phone = phone(cells);
    let post = match cells.required("post") {
        Some(_) => cells.choice("post"),
        None => None,
    };
    let from = cells.date("valid_from");
    let area = check.area(cells, "area_code");
    let unit = known_unit(check, cells);
    let grids = cells.list("grid_codes", GridCode::parse);
    let id = cells.slug("worker_id")?;
    let before = check.scratch.worker(&id);
    if before.is_some_and(|worker| worker.facts.period.to.is_some()) {
        return cells.none("worker_id", "RETIRED");
    }
    let since = from.unwrap_or(check.order.effective);
    let facts = WorkerFacts {
        id: id.clone(),
        post: post?,
        area: area?,
        unit,
        period: before.map_or(Period::since(since), |worker| worker.facts.period),
        sample: before.map_or(check.order.sample, |worker| worker.facts.sample),
    };
    let assignments = assignments(check, cells, before, &grids?)?;
    if before.is_some_and(|worker| worker.facts.area != facts.area) {
        return cells.none("area_code", "IMMUTABLE");
    }
    let contact = Contact { name: name?, phone };
    let same_contact = check.scratch.contact(&id) == Some(&contact);
    let same = before.is_some_and(|worker| {
        worker.facts == facts && worker.assignments == assignments && same_contact
    });
    let fresh = before.is_none();
    if same {
        return Some(Verdict::Unchanged);
    }
    check.contacts.insert(id, contact);
    let rows = Staged::Workers(vec![(facts, assignments)]);
    Some(if fresh { Verdict::Created(rows) } else { Verdict::Changed(rows) })
}

/// What the worker serves after the import: ends what the row no longer names, begins what it names anew.
fn assignments(
    check: &Check<'_>,
    cells: &mut Cells<'_>,
    before: Option<&Worker>,
    grids: &[GridCode],
) -> Option<Vec<Assignment>> {
    let day = check.order.effective;
    let mut all = before.map_or_else(Vec::new, |worker| worker.assignments.clone());
    for entry in &mut all {
        if entry.period.covers(day) && !grids.contains(&entry.grid) {
            entry.period.to = Some(day);
        }
    }
    for grid in grids {
        let known = check.scratch.grid(grid).is_some_and(|grid| grid.on(day).is_some());
        if !known || !check.order.area.holds(grid.as_str()) {
            return cells.none("grid_codes", "UNKNOWN_REFERENCE");
        }
        if !all.iter().any(|entry| entry.grid == *grid && entry.period.covers(day)) {
            all.push(Assignment { grid: grid.clone(), period: Period::since(day) });
        }
    }
    Some(all)
}

/// Work phone: digits, spaces, + and -, at most 20; empty = none.
fn phone(cells: &mut Cells<'_>) -> String {
    let text = cells.text("work_phone").unwrap_or_default();
    if text.len() > 20 || !text.chars().all(|sign| sign.is_ascii_digit() || "+- ".contains(sign)) {
        cells.fault("work_phone", "NOT_A_NUMBER");
    }
    text.to_owned()
}

fn known_unit(check: &Check<'_>, cells: &mut Cells<'_>) -> Option<Slug> {
    cells.text("unit_id")?;
    let unit = cells.slug("unit_id")?;
    if check.scratch.unit(&unit).is_none() {
        return cells.none("unit_id", "UNKNOWN_REFERENCE");
    }
    Some(unit)
}

pub(super) fn unit(check: &Check<'_>, cells: &mut Cells<'_>) -> Option<Verdict> {
    let name = cells.name("name");
    let kind = match cells.required("kind") {
        Some(_) => cells.choice("kind"),
        None => None,
    };
    let tier = cells.choice("tier");
    let from = cells.date("valid_from");
    let area = check.area(cells, "area_code");
    let id = cells.slug("unit_id")?;
    let before = check.scratch.unit(&id).map(|unit| &unit.facts);
    if before.is_some_and(|unit| unit.period.to.is_some()) {
        return cells.none("unit_id", "RETIRED");
    }
    let area = area?;
    if before.is_some_and(|unit| unit.area != area) {
        return cells.none("area_code", "IMMUTABLE");
    }
    let since = Period::since(from.unwrap_or(check.order.effective));
    let facts = UnitFacts {
        id,
        kind: kind?,
        tier: tier.unwrap_or(area.level()),
        area,
        name: name?,
        period: before.map_or(since, |unit| unit.period),
        sample: before.map_or(check.order.sample, |unit| unit.sample),
    };
    match before {
        None => Some(Verdict::Created(Staged::Units(vec![facts]))),
        Some(before) if *before == facts => Some(Verdict::Unchanged),
        Some(_) => Some(Verdict::Changed(Staged::Units(vec![facts]))),
    }
}

pub(super) fn team(check: &Check<'_>, cells: &mut Cells<'_>) -> Option<Verdict> {
    let name = cells.name("name");
    let from = cells.date("valid_from");
    cells.required("longitude");
    let base = cells.point();
    let area = check.area(cells, "area_code");
    let unit = known_unit(check, cells);
    let members = cells.list("member_ids", Slug::parse)?;
    let serves = cells.list("served_areas", AreaCode::parse)?;
    let id = cells.slug("team_id")?;
    if members.iter().any(|member| check.scratch.worker(member).is_none()) {
        cells.fault("member_ids", "UNKNOWN_REFERENCE");
    }
    let served = |code: &AreaCode| {
        check.order.area.holds(code.as_str()) && check.scratch.area(code).is_some()
    };
    if !serves.iter().all(served) {
        cells.fault("served_areas", "UNKNOWN_REFERENCE");
    }
    let before = check.scratch.team(&id).map(|team| &team.facts);
    if before.is_some_and(|team| team.period.to.is_some()) {
        return cells.none("team_id", "RETIRED");
    }
    let area = area?;
    if before.is_some_and(|team| team.area != area) {
        return cells.none("area_code", "IMMUTABLE");
    }
    let since = Period::since(from.unwrap_or(check.order.effective));
    let facts = TeamFacts {
        id,
        unit,
        name: name?,
        members,
        base: base?,
        serves: if serves.is_empty() { vec![area.clone()] } else { serves },
        area,
        period: before.map_or(since, |team| team.period),
        sample: before.map_or(check.order.sample, |team| team.sample),
    };
    match before {
        None => Some(Verdict::Created(Staged::Teams(vec![facts]))),
        Some(before) if *before == facts => Some(Verdict::Unchanged),
        Some(_) => Some(Verdict::Changed(Staged::Teams(vec![facts]))),
    }
}
