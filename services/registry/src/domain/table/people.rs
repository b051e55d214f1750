//! Rows of workers, units and teams.

use super::cells::Cells;
use super::{Check, Verdict};
use crate::domain::book::Book;
use crate::domain::code::{AreaCode, GridCode, Level, Slug};
use crate::domain::day::Period;
use crate::domain::import::Staged;
use crate::domain::limits;
use crate::domain::team::TeamFacts;
use crate::domain::unit::UnitFacts;
use crate::domain::worker::{Assignment, Contact, Worker, WorkerFacts};

pub(super) fn worker(check: &mut Check<'_>, cells: &mut Cells<'_>) -> Option<Verdict> {
    let name = cells.name("name", limits::PERSON);
    let phone = phone(cells);
    let post = match cells.required("post") {
        Some(_) => cells.choice("post"),
        None => None,
    };
    let from = cells.date("valid_from");
    let code = cells.area("area_code");
    let grids = cells.list("grid_codes", limits::GRIDS, GridCode::parse);
    let id = cells.slug("worker_id")?;
    let before = check.scratch.worker(&id).cloned();
    let known = before.as_ref();
    let period = check.period(cells, "worker_id", known.map(|worker| worker.facts.period), from)?;
    let area = check.area(cells, code, known.map(|worker| &worker.facts.area), period.from);
    let unit = unit_of(check, cells, known.and_then(|worker| worker.facts.unit.as_ref()));
    let facts = WorkerFacts {
        id: id.clone(),
        post: post?,
        area: area?,
        unit,
        period,
        sample: known.map_or(check.order.sample, |worker| worker.facts.sample),
    };
    let grids = Some(grids?).filter(|_| cells.has("grid_codes"));
    let assignments = assignments(check, cells, known, &facts, grids.as_deref())?;
    let was = check.scratch.contact(&id);
    let phone = phone.unwrap_or_else(|| was.map_or_else(String::new, |was| was.phone.clone()));
    let contact = Contact { name: name?, phone };
    let same = known.is_some_and(|worker| {
        worker.facts == facts && worker.assignments == assignments && was == Some(&contact)
    });
    if same {
        return Some(Verdict::Unchanged);
    }
    check.open_ended(cells, "worker_id", period)?;
    check.contacts.insert(id, contact);
    let rows = Staged::Workers(vec![(facts, assignments)]);
    Some(if known.is_none() { Verdict::Created(rows) } else { Verdict::Changed(rows) })
}

/// What the worker serves after the import: ends what the row no longer names, begins what it names anew. What is
/// planned already, an end or a beginning, stays planned.
fn assignments(
    check: &Check<'_>,
    cells: &mut Cells<'_>,
    before: Option<&Worker>,
    facts: &WorkerFacts,
    grids: Option<&[GridCode]>,
) -> Option<Vec<Assignment>> {
    let day = check.order.effective.max(facts.period.from);
    let mut all = before.map_or_else(Vec::new, |worker| worker.assignments.clone());
    let Some(grids) = grids else { return Some(all) };
    for entry in &mut all {
        let goes_on = entry.period.covers(day) && entry.period.to.is_none();
        if goes_on && !grids.contains(&entry.grid) {
            entry.period.to = Some(day);
        }
    }
    for grid in grids {
        if all.iter().any(|entry| entry.grid == *grid && entry.period.reaches(day)) {
            continue;
        }
        let seen = check.order.area.holds(grid.as_str());
        let known = check.scratch.grid(grid).filter(|_| seen);
        if !known.is_some_and(|grid| grid.goes_on(day)) {
            return cells.none("grid_codes", "UNKNOWN_REFERENCE");
        }
        all.push(Assignment { grid: grid.clone(), period: Period::since(day) });
    }
    Some(all)
}

/// The work phone; nothing when the table has no such column.
fn phone(cells: &mut Cells<'_>) -> Option<String> {
    let text = cells.text("work_phone").unwrap_or_default();
    if !limits::is_phone(text) {
        cells.fault("work_phone", "NOT_A_NUMBER");
    }
    cells.has("work_phone").then(|| text.to_owned())
}

/// The unit that a row names; without the column it stays what it is.
fn unit_of(check: &Check<'_>, cells: &mut Cells<'_>, before: Option<&Slug>) -> Option<Slug> {
    if !cells.has("unit_id") {
        return before.cloned();
    }
    cells.text("unit_id")?;
    let unit = cells.slug("unit_id")?;
    let serves = |unit: &crate::domain::unit::Unit| {
        check.order.area.holds(unit.facts.area.as_str()) && unit.facts.period.to.is_none()
    };
    if before != Some(&unit) && !check.scratch.unit(&unit).is_some_and(serves) {
        return cells.none("unit_id", "UNKNOWN_REFERENCE");
    }
    Some(unit)
}

pub(super) fn unit(check: &Check<'_>, cells: &mut Cells<'_>) -> Option<Verdict> {
    let name = cells.name("name", limits::NAME);
    let kind = match cells.required("kind") {
        Some(_) => cells.choice("kind"),
        None => None,
    };
    let tier: Option<Level> = cells.choice("tier");
    let from = cells.date("valid_from");
    let code = cells.area("area_code");
    let id = cells.slug("unit_id")?;
    let before = check.scratch.unit(&id).map(|unit| &unit.facts);
    let period = check.period(cells, "unit_id", before.map(|unit| unit.period), from)?;
    let area = check.area(cells, code, before.map(|unit| &unit.area), period.from)?;
    if tier.is_some_and(|tier| tier != area.level()) {
        cells.fault("tier", "WRONG_TIER");
    }
    let facts = UnitFacts {
        id,
        kind: kind?,
        tier: area.level(),
        area,
        name: name?,
        period,
        sample: before.map_or(check.order.sample, |unit| unit.sample),
    };
    match before {
        Some(before) if *before == facts => return Some(Verdict::Unchanged),
        Some(_) | None => check.open_ended(cells, "unit_id", period)?,
    }
    let fresh = before.is_none();
    let rows = Staged::Units(vec![facts]);
    Some(if fresh { Verdict::Created(rows) } else { Verdict::Changed(rows) })
}

pub(super) fn team(check: &Check<'_>, cells: &mut Cells<'_>) -> Option<Verdict> {
    let name = cells.name("name", limits::NAME);
    let from = cells.date("valid_from");
    cells.required("longitude");
    let base = cells.point();
    let code = cells.area("area_code");
    let members = cells.list("member_ids", limits::MEMBERS, Slug::parse)?;
    let serves = cells.list("served_areas", limits::SERVED, AreaCode::parse)?;
    let id = cells.slug("team_id")?;
    let before = check.scratch.team(&id).map(|team| &team.facts);
    let period = check.period(cells, "team_id", before.map(|team| team.period), from)?;
    let area = check.area(cells, code, before.map(|team| &team.area), period.from);
    let unit = unit_of(check, cells, before.and_then(|team| team.unit.as_ref()));
    let kept = |column: &str| before.filter(|_| !cells.has(column));
    let members = kept("member_ids").map_or(members, |team| team.members.clone());
    let serves = kept("served_areas").map_or(serves, |team| team.serves.clone());
    known(check, cells, before, &members, &serves);
    let area = area?;
    let facts = TeamFacts {
        id,
        unit,
        name: name?,
        members,
        base: base?,
        serves: if serves.is_empty() { vec![area.clone()] } else { serves },
        area,
        period,
        sample: before.map_or(check.order.sample, |team| team.sample),
    };
    match before {
        Some(before) if *before == facts => return Some(Verdict::Unchanged),
        Some(_) | None => check.open_ended(cells, "team_id", period)?,
    }
    let fresh = before.is_none();
    let rows = Staged::Teams(vec![facts]);
    Some(if fresh { Verdict::Created(rows) } else { Verdict::Changed(rows) })
}

/// Members and areas that a team does not have yet are there, go on, and are the caller's.
fn known(
    check: &Check<'_>,
    cells: &mut Cells<'_>,
    before: Option<&TeamFacts>,
    members: &[Slug],
    serves: &[AreaCode],
) {
    let own = |code: &AreaCode| check.order.area.holds(code.as_str());
    let may_join = |id: &Slug| {
        let worker = check.scratch.worker(id).map(|worker| &worker.facts);
        before.is_some_and(|team| team.members.contains(id))
            || worker.is_some_and(|facts| own(&facts.area) && facts.period.to.is_none())
    };
    if !members.iter().all(may_join) {
        cells.fault("member_ids", "UNKNOWN_REFERENCE");
    }
    let may_serve = |code: &AreaCode| {
        let area = check.scratch.area(code).filter(|_| own(code)).map(|area| &area.facts);
        before.is_some_and(|team| team.serves.contains(code))
            || area.is_some_and(|facts| facts.period.to.is_none())
    };
    if !serves.iter().all(may_serve) {
        cells.fault("served_areas", "UNKNOWN_REFERENCE");
    }
}
