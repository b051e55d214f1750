//! Workers: registered, changed, put in charge of grids, dismissed. Names and phones go into the contact, which no event
//! carries.

use super::{Ask, Decided};
use crate::domain::book::{Id, Noun};
use crate::domain::code::{AreaCode, GridCode, Slug};
use crate::domain::command::WorkerChange;
use crate::domain::day::Period;
use crate::domain::event::Event;
use crate::domain::rejection::{Rejection, What};
use crate::domain::worker::{Assignment, Contact, Post, Worker, WorkerFacts};

pub(super) fn register(
    ask: &Ask<'_>,
    id: &Slug,
    post: Post,
    area: &AreaCode,
    unit: Option<&Slug>,
    contact: &Contact,
) -> Result<Decided, Rejection> {
    if ask.book.worker(id).is_some() {
        return Err(Rejection::AlreadyExists { what: What::Worker, id: id.to_string() });
    }
    ask.area_on(area, ask.on.max(ask.today))?;
    ask.unit_goes_on(unit)?;
    let facts = WorkerFacts {
        id: id.clone(),
        post,
        area: area.clone(),
        unit: unit.cloned(),
        period: Period::since(ask.on),
        sample: false,
    };
    Ok(Decided::one(Event::WorkerRegistered(facts), id)
        .keeping(Id::Contact(id.clone()), Noun::Contact(contact.clone())))
}

pub(super) fn update(
    ask: &Ask<'_>,
    id: &Slug,
    change: &WorkerChange,
) -> Result<Decided, Rejection> {
    let worker = in_post(ask, id)?;
    let mut facts = worker.facts.clone();
    facts.post = change.post.unwrap_or(facts.post);
    facts.unit = change.unit.clone().unwrap_or(facts.unit);
    ask.unit_goes_on(facts.unit.as_ref().filter(|_| facts.unit != worker.facts.unit))?;
    let before = ask.book.contact(id).cloned().unwrap_or_default();
    let contact = Contact {
        name: change.name.clone().unwrap_or_else(|| before.name.clone()),
        phone: change.phone.clone().unwrap_or_else(|| before.phone.clone()),
    };
    let mut decided = Decided::nothing(id);
    if facts != worker.facts {
        decided.events.push(Event::WorkerChanged(facts));
    }
    if contact != before {
        let area = worker.facts.area.clone();
        decided.events.push(Event::WorkerContactChanged { id: id.clone(), area });
        decided = decided.keeping(Id::Contact(id.clone()), Noun::Contact(contact));
    }
    Ok(decided)
}

pub(super) fn assign(ask: &Ask<'_>, id: &Slug, grid: &GridCode) -> Result<Decided, Rejection> {
    let worker = in_post(ask, id)?;
    if ask.on < worker.facts.period.from {
        let other = worker.facts.period.from;
        return Err(Rejection::DateConflict { date: ask.on, other });
    }
    let seen = ask.command.scope.sees(grid.as_str());
    let found = ask.book.grid(grid).filter(|_| seen);
    let found = found.ok_or_else(|| Rejection::not_found(What::Grid, grid))?;
    if !found.goes_on(ask.on) {
        return Err(Rejection::GridRetired { code: grid.clone(), on: ask.on });
    }
    let serves = |entry: &&Assignment| entry.grid == *grid && entry.period.reaches(ask.on);
    if worker.assignments.iter().any(|entry| serves(&entry)) {
        return Err(Rejection::AlreadyAssigned { grid: grid.clone() });
    }
    let assignment = Assignment { grid: grid.clone(), period: Period::since(ask.on) };
    let area = worker.facts.area.clone();
    Ok(Decided::one(Event::WorkerAssigned { id: id.clone(), area, assignment }, id))
}

pub(super) fn unassign(ask: &Ask<'_>, id: &Slug, grid: &GridCode) -> Result<Decided, Rejection> {
    let worker = in_post(ask, id)?;
    let serves = |entry: &&Assignment| entry.grid == *grid && entry.period.covers(ask.on);
    let entry = worker.assignments.iter().find(serves);
    let entry = entry.ok_or_else(|| Rejection::NotAssigned { grid: grid.clone() })?;
    let period = Period { from: entry.period.from, to: Some(ask.on) };
    let assignment = Assignment { grid: grid.clone(), period };
    let area = worker.facts.area.clone();
    Ok(Decided::one(Event::WorkerUnassigned { id: id.clone(), area, assignment }, id))
}

pub(super) fn dismiss(ask: &Ask<'_>, id: &Slug) -> Result<Decided, Rejection> {
    let worker = in_post(ask, id)?;
    ask.may_end(id.as_str(), worker.facts.period)?;
    // Name and phone are forgotten at once, so they must not be needed any more.
    if ask.on > ask.today {
        let earliest = worker.facts.period.from;
        return Err(Rejection::DateOutOfRange { date: ask.on, earliest, latest: ask.today });
    }
    let mut facts = worker.facts.clone();
    facts.period.to = Some(ask.on);
    Ok(Decided::one(Event::WorkerLeft(facts), id)
        .keeping(Id::Contact(id.clone()), Noun::Contact(Contact::default())))
}

/// A worker that the caller sees and that has not left.
fn in_post<'a>(ask: &Ask<'a>, id: &Slug) -> Result<&'a Worker, Rejection> {
    let seen = |worker: &&Worker| ask.command.scope.sees(worker.facts.area.as_str());
    let found = ask.book.worker(id).filter(seen);
    let worker = found.ok_or_else(|| Rejection::not_found(What::Worker, id))?;
    ask.unchanged(id.as_str(), worker.mark)?;
    if worker.facts.period.to.is_some() {
        return Err(Rejection::AlreadyEnded { id: id.to_string() });
    }
    Ok(worker)
}
