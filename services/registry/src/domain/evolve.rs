//! What events do to nouns. Total: an event that was accepted once is always applicable.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::area::{Area, AreaFacts};
use super::book::{Book, Id, Noun};
use super::catalogue::{Catalogue, Draft, Release};
use super::code::{GridCode, Slug};
use super::day::{Mark, business_date};
use super::event::Event;
use super::grid::{Grid, GridFacts, Layout, Step};
use super::import::{Import, Progress, Staged};
use super::team::{Duty, Team, TeamFacts};
use super::unit::{Unit, UnitFacts};
use super::worker::{Assignment, PostSince, Worker, WorkerFacts};
use super::zone::{Zone, ZoneAreas, ZoneFacts};

/// Applies a fact.
#[expect(clippy::too_many_lines, reason = "one arm per event, read as a table")]
pub fn evolve(book: &mut dyn Book, event: &Event, at: Timestamp) {
    match event {
        Event::AreaCreated(area) | Event::AreaChanged(area) | Event::AreaRetired(area) => {
            put_area(book, area, at);
        }
        Event::ZoneCreated(zone) | Event::ZoneRetired(zone) => put_zone(book, zone, at),
        Event::ZoneAreasSet { id, on, areas, .. } => {
            set_zone_areas(book, id, &ZoneAreas { from: *on, areas: areas.clone() }, at);
        }
        Event::GridCreated(grid) | Event::GridRenamed(grid) | Event::GridRedrawn(grid) => {
            put_version(book, grid, &[], at);
        }
        Event::GridRetired { code, on } => end_grid(book, code, *on, &[], at),
        Event::GridMoved { grid, step } => succeed(book, &[grid], &[step], at),
        Event::GridMovedIn { .. } => {}
        Event::GridsMerged { grid, steps } => {
            succeed(book, &[grid], &steps.iter().collect::<Vec<_>>(), at);
        }
        Event::GridSplit { grids, steps } => {
            let (grids, steps) =
                (grids.iter().collect::<Vec<_>>(), steps.iter().collect::<Vec<_>>());
            succeed(book, &grids, &steps, at);
        }
        Event::WorkerRegistered(worker) | Event::WorkerChanged(worker) => {
            put_worker(book, worker, None, at);
        }
        Event::WorkerLeft(worker) => {
            put_worker(book, worker, None, at);
            let Some(day) = worker.period.to else { return };
            change_worker(book, &worker.id, |found| end_assignments(&mut found.assignments, day));
        }
        Event::WorkerContactChanged { id, .. } => {
            change_worker(book, id, |worker| worker.mark = worker.mark.next(at));
        }
        Event::WorkerAssigned { id, assignment, .. } => {
            serve(book, id, std::slice::from_ref(assignment));
            change_worker(book, id, |worker| {
                worker.assignments.push(assignment.clone());
                worker.mark = worker.mark.next(at);
            });
        }
        Event::WorkerUnassigned { id, assignment, .. } => change_worker(book, id, |worker| {
            let same = |entry: &&mut Assignment| {
                entry.grid == assignment.grid && entry.period.from == assignment.period.from
            };
            if let Some(entry) = worker.assignments.iter_mut().find(same) {
                entry.period = assignment.period;
            }
            worker.mark = worker.mark.next(at);
        }),
        Event::UnitCreated(unit) | Event::UnitChanged(unit) | Event::UnitRetired(unit) => {
            put_unit(book, unit, at);
        }
        Event::TeamCreated(team) | Event::TeamChanged(team) => put_team(book, team, at),
        Event::TeamDisbanded(team) => {
            put_team(book, team, at);
            change_team(book, &team.id, |found| found.duty = Duty::Off { since: Some(at) });
        }
        Event::TeamDutySet { id, on_duty, since, until, .. } => change_team(book, id, |team| {
            let (since, until) = (*since, *until);
            team.duty =
                if *on_duty { Duty::On { since, until } } else { Duty::Off { since: Some(since) } };
            team.mark = team.mark.next(at);
        }),
        Event::CatalogueEdited { entries, .. } => edit_draft(book, entries, at),
        Event::CatalogueReleased { area, version, catalogue } => {
            let (area, catalogue) = (area.clone(), catalogue.clone());
            release(book, Release { version: *version, area, catalogue, released_at: at });
        }
        Event::Staged { rows, .. } => put_rows(book, rows, at),
        Event::ImportActivated { import, .. } => activate(book, import, at),
    }
}

fn put_rows(book: &mut dyn Book, rows: &Staged, at: Timestamp) {
    match rows {
        Staged::Areas(areas) => areas.iter().for_each(|area| put_area(book, area, at)),
        Staged::Grids(grids) => grids.iter().for_each(|grid| put_version(book, grid, &[], at)),
        Staged::Workers(workers) => {
            for (worker, assignments) in workers {
                put_worker(book, worker, Some(assignments), at);
            }
        }
        Staged::Units(units) => units.iter().for_each(|unit| put_unit(book, unit, at)),
        Staged::Teams(teams) => teams.iter().for_each(|team| put_team(book, team, at)),
    }
}

fn put_area(book: &mut dyn Book, facts: &AreaFacts, at: Timestamp) {
    let before = book.area(&facts.code);
    let mark = Mark::after(before.map(|area| area.mark), at);
    let children = before.map_or_else(BTreeSet::new, |area| area.children.clone());
    if before.is_none()
        && let Some(parent) = facts.code.parent()
        && let Some(above) = book.area(&parent)
    {
        let mut above = above.clone();
        above.children.insert(facts.code.clone());
        book.put(Id::Area(parent), Noun::Area(above));
    }
    let area = Area { facts: facts.clone(), children, mark };
    book.put(Id::Area(facts.code.clone()), Noun::Area(area));
}

fn put_zone(book: &mut dyn Book, facts: &ZoneFacts, at: Timestamp) {
    let before = book.zone(&facts.id);
    let mark = Mark::after(before.map(|zone| zone.mark), at);
    let areas = before.map_or_else(Vec::new, |zone| zone.areas.clone());
    book.put(Id::Zone(facts.id.clone()), Noun::Zone(Zone { facts: facts.clone(), areas, mark }));
}

fn set_zone_areas(book: &mut dyn Book, id: &Slug, areas: &ZoneAreas, at: Timestamp) {
    let Some(zone) = book.zone(id) else { return };
    let mut zone = zone.clone();
    zone.areas.retain(|earlier| earlier.from < areas.from);
    zone.areas.push(areas.clone());
    zone.mark = zone.mark.next(at);
    book.put(Id::Zone(id.clone()), Noun::Zone(zone));
}

/// Begins a grid, or a version of one: it ends the version before, or replaces one of the same day.
fn put_version(book: &mut dyn Book, facts: &GridFacts, steps: &[&Step], at: Timestamp) {
    change_layout(book, &facts.code, |layout| {
        let fresh = || Grid {
            versions: Vec::new(),
            successors: Vec::new(),
            predecessors: Vec::new(),
            workers: BTreeSet::new(),
            mark: Mark { revision: 0, created_at: at, updated_at: at },
        };
        let grid = layout.grids.entry(facts.code.clone()).or_insert_with(fresh);
        grid.versions.retain(|version| version.period.from < facts.period.from);
        if let Some(before) = grid.versions.last_mut() {
            before.period.to = Some(facts.period.from);
        }
        grid.versions.push(facts.clone());
        grid.predecessors.extend(steps.iter().copied().cloned());
        grid.mark = grid.mark.next(at);
    });
}

fn end_grid(book: &mut dyn Book, code: &GridCode, on: Date, steps: &[&Step], at: Timestamp) {
    change_layout(book, code, |layout| {
        let Some(grid) = layout.grids.get_mut(code) else { return };
        if let Some(last) = grid.versions.last_mut() {
            last.period.to = Some(on);
        }
        grid.successors.extend(steps.iter().copied().cloned());
        grid.mark = grid.mark.next(at);
    });
}

/// Grids end, and others take their place.
fn succeed(book: &mut dyn Book, grids: &[&GridFacts], steps: &[&Step], at: Timestamp) {
    let ended: BTreeSet<&GridCode> = steps.iter().map(|step| &step.from).collect();
    for code in ended {
        let from: Vec<&Step> = steps.iter().copied().filter(|step| step.from == *code).collect();
        let Some(first) = from.first() else { continue };
        end_grid(book, code, first.on, &from, at);
    }
    for grid in grids {
        let to: Vec<&Step> = steps.iter().copied().filter(|step| step.to == grid.code).collect();
        put_version(book, grid, &to, at);
    }
}

fn change_layout(book: &mut dyn Book, code: &GridCode, change: impl FnOnce(&mut Layout)) {
    let community = code.community();
    let known = book.layout(&community).cloned();
    let mut layout = known.unwrap_or_else(|| Layout::empty(community.clone()));
    change(&mut layout);
    layout.revision += 1;
    book.put(Id::Layout(community), Noun::Layout(layout));
}

fn put_worker(
    book: &mut dyn Book,
    facts: &WorkerFacts,
    assignments: Option<&Vec<Assignment>>,
    at: Timestamp,
) {
    serve(book, &facts.id, assignments.map_or(&[][..], Vec::as_slice));
    let before = book.worker(&facts.id);
    let mark = Mark::after(before.map(|worker| worker.mark), at);
    let known = || before.map_or_else(Vec::new, |worker| worker.assignments.clone());
    let assignments = assignments.cloned().unwrap_or_else(known);
    let mut posts = before.map_or_else(Vec::new, |worker| worker.posts.clone());
    if posts.last().map(|last| last.post) != Some(facts.post) {
        let from = if posts.is_empty() { facts.period.from } else { business_date(at) };
        posts.retain(|earlier| earlier.from < from);
        posts.push(PostSince { from, post: facts.post });
    }
    let worker = Worker { facts: facts.clone(), assignments, posts, mark };
    book.put(Id::Worker(facts.id.clone()), Noun::Worker(worker));
}

/// Notes with the grids who serves them, so that a change of a grid finds its workers.
fn serve(book: &mut dyn Book, id: &Slug, assignments: &[Assignment]) {
    for Assignment { grid: code, .. } in assignments {
        let community = code.community();
        let Some(layout) = book.layout(&community) else { continue };
        if layout.grids.get(code).is_none_or(|grid| grid.workers.contains(id)) {
            continue;
        }
        let mut layout = layout.clone();
        if let Some(grid) = layout.grids.get_mut(code) {
            grid.workers.insert(id.clone());
        }
        book.put(Id::Layout(community), Noun::Layout(layout));
    }
}

fn change_worker(book: &mut dyn Book, id: &Slug, change: impl FnOnce(&mut Worker)) {
    let Some(worker) = book.worker(id) else { return };
    let mut worker = worker.clone();
    change(&mut worker);
    book.put(Id::Worker(id.clone()), Noun::Worker(worker));
}

/// Ends what goes on beyond a day; what begins later never takes place.
fn end_assignments(assignments: &mut Vec<Assignment>, day: Date) {
    assignments.retain(|entry| entry.period.from < day);
    for entry in assignments {
        if entry.period.reaches(day) {
            entry.period.to = Some(day);
        }
    }
}

fn put_unit(book: &mut dyn Book, facts: &UnitFacts, at: Timestamp) {
    let mark = Mark::after(book.unit(&facts.id).map(|unit| unit.mark), at);
    book.put(Id::Unit(facts.id.clone()), Noun::Unit(Unit { facts: facts.clone(), mark }));
}

fn put_team(book: &mut dyn Book, facts: &TeamFacts, at: Timestamp) {
    let before = book.team(&facts.id);
    let mark = Mark::after(before.map(|team| team.mark), at);
    let duty = before.map_or(Duty::Off { since: None }, |team| team.duty);
    let team = Team { facts: facts.clone(), duty, mark };
    book.put(Id::Team(facts.id.clone()), Noun::Team(team));
}

fn change_team(book: &mut dyn Book, id: &Slug, change: impl FnOnce(&mut Team)) {
    let Some(team) = book.team(id) else { return };
    let mut team = team.clone();
    change(&mut team);
    book.put(Id::Team(id.clone()), Noun::Team(team));
}

fn activate(book: &mut dyn Book, id: &Slug, at: Timestamp) {
    // A replay meets the event without the import, which no event carries.
    // One event per area: the first one ends the import.
    let staging = |import: &&Import| import.progress == Progress::Staging;
    let Some(import) = book.import(id).filter(staging) else { return };
    let mut import = import.clone();
    import.progress = Progress::Activated;
    import.staged.clear();
    import.mark = import.mark.next(at);
    book.put(Id::Import(id.clone()), Noun::Import(import));
}

fn edit_draft(book: &mut dyn Book, entries: &Catalogue, at: Timestamp) {
    let before = book.draft();
    let mark = Mark::after(before.map(|draft| draft.mark), at);
    let released = before.map_or(0, |draft| draft.released);
    let mut catalogue = before.map_or_else(Catalogue::default, |draft| draft.catalogue.clone());
    catalogue.take(entries);
    book.put(Id::Draft, Noun::Draft(Box::new(Draft { catalogue, released, mark })));
}

/// The draft goes on from what was released.
fn release(book: &mut dyn Book, release: Release) {
    let mark = Mark::after(book.draft().map(|draft| draft.mark), release.released_at);
    let (catalogue, released) = (release.catalogue.clone(), release.version);
    book.put(Id::Draft, Noun::Draft(Box::new(Draft { catalogue, released, mark })));
    book.put(Id::Release(released), Noun::Release(Box::new(release)));
}
