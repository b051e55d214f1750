//! What a command needs to know: ids of nouns, some of which follow from nouns that are known already.

use super::book::{Book, Id};
use super::catalogue::{Revision, Wish};
use super::code::{AreaCode, GridCode, Slug};
use super::command::{Act, Command};
use super::event::Event;
use super::import::{Chunk, Staged};

/// Every noun that deciding a command needs, as far as it can be told from what is known.
#[expect(clippy::too_many_lines, reason = "one arm per command, read as a table")]
pub fn reads(command: &Command, book: &dyn Book) -> Vec<Id> {
    let mut ids = Vec::new();
    match &command.act {
        Act::CreateArea { code, .. } => area_chain(&mut ids, code),
        Act::UpdateArea { code, outline, .. } => {
            area_chain(&mut ids, code);
            if let Some(Some(_)) = outline {
                inside(&mut ids, book, code);
            }
        }
        Act::RetireArea { code, superseded_by } => {
            ids.push(Id::Area(code.clone()));
            ids.extend(superseded_by.iter().cloned().map(Id::Area));
            inside(&mut ids, book, code);
        }
        Act::CreateZone { id, area, areas, .. } => {
            ids.push(Id::Zone(id.clone()));
            ids.push(Id::Area(area.clone()));
            ids.extend(areas.iter().cloned().map(Id::Area));
        }
        Act::SetZoneAreas { id, areas } => {
            ids.push(Id::Zone(id.clone()));
            ids.extend(areas.iter().cloned().map(Id::Area));
        }
        Act::RetireZone { id } => ids.push(Id::Zone(id.clone())),
        Act::CreateGrid { community, .. } => community_of(&mut ids, community),
        Act::RenameGrid { code, .. } | Act::RedrawGrid { code, .. } => {
            community_of(&mut ids, &code.community());
        }
        Act::SplitGrid { code, .. } | Act::RetireGrid { code } => ending(&mut ids, book, code),
        Act::MoveGrid { code, to } => {
            ending(&mut ids, book, code);
            community_of(&mut ids, to);
        }
        Act::MergeGrids { codes, .. } => {
            codes.iter().for_each(|code| ending(&mut ids, book, code));
        }
        Act::RegisterWorker { id, area, unit, .. } => {
            ids.extend([Id::Worker(id.clone()), Id::Contact(id.clone()), Id::Area(area.clone())]);
            ids.extend(unit.iter().cloned().map(Id::Unit));
        }
        Act::UpdateWorker { id, change } => {
            ids.extend([Id::Worker(id.clone()), Id::Contact(id.clone())]);
            ids.extend(change.unit.iter().flatten().cloned().map(Id::Unit));
        }
        Act::AssignWorker { id, grid } | Act::UnassignWorker { id, grid } => {
            ids.extend([Id::Worker(id.clone()), Id::Layout(grid.community())]);
        }
        Act::DismissWorker { id } => {
            ids.extend([Id::Worker(id.clone()), Id::Contact(id.clone())]);
        }
        Act::CreateUnit { id, area, .. } => {
            ids.extend([Id::Unit(id.clone()), Id::Area(area.clone())]);
        }
        Act::UpdateUnit { id, .. } | Act::RetireUnit { id } => ids.push(Id::Unit(id.clone())),
        Act::CreateTeam { id, area, unit, crew, .. } => {
            ids.extend([Id::Team(id.clone()), Id::Area(area.clone())]);
            ids.extend(unit.iter().cloned().map(Id::Unit));
            ids.extend(crew.members.iter().cloned().map(Id::Worker));
            ids.extend(crew.serves.iter().cloned().map(Id::Area));
        }
        Act::UpdateTeam { id, change } => {
            ids.push(Id::Team(id.clone()));
            ids.extend(change.members.iter().flatten().cloned().map(Id::Worker));
            ids.extend(change.serves.iter().flatten().cloned().map(Id::Area));
        }
        Act::SetTeamDuty { id, .. } | Act::DisbandTeam { id } => ids.push(Id::Team(id.clone())),
        Act::ReviseCatalogue(revision) => catalogue(&mut ids, book, revision),
        Act::CreateImport(order) => {
            ids.extend([Id::Import(order.id.clone()), Id::Area(order.area.clone())]);
        }
        Act::StageRows(chunk) => {
            ids.push(Id::Import(chunk.import.clone()));
            ids.push(Id::Chunk(chunk.import.clone(), chunk.number));
        }
        Act::ActivateImport { id } => whole_import(&mut ids, book, id, staged_ids),
        Act::CancelImport { id } | Act::ExpireImport { id } => {
            whole_import(&mut ids, book, id, |_| Vec::new())
        }
    }
    ids
}

/// Every noun that an event changes, as far as the event itself tells.
pub fn touches(event: &Event) -> Vec<Id> {
    let layouts = |codes: &[&GridCode]| -> Vec<Id> {
        codes.iter().map(|code| Id::Layout(code.community())).collect()
    };
    match event {
        Event::AreaCreated(area) => {
            let parent = area.code.parent().map(Id::Area);
            parent.into_iter().chain([Id::Area(area.code.clone())]).collect()
        }
        Event::AreaChanged(area) | Event::AreaRetired(area) => vec![Id::Area(area.code.clone())],
        Event::ZoneCreated(zone) | Event::ZoneRetired(zone) => vec![Id::Zone(zone.id.clone())],
        Event::ZoneAreasSet { id, .. } => vec![Id::Zone(id.clone())],
        Event::GridCreated(grid) | Event::GridRenamed(grid) | Event::GridRedrawn(grid) => {
            layouts(&[&grid.code])
        }
        Event::GridRetired { code, .. } => layouts(&[code]),
        Event::GridMoved { grid, step } => layouts(&[&grid.code, &step.from]),
        Event::GridMovedIn { .. } => Vec::new(),
        Event::GridsMerged { grid, .. } => layouts(&[&grid.code]),
        Event::GridSplit { grids, .. } => {
            layouts(&grids.iter().map(|grid| &grid.code).collect::<Vec<_>>())
        }
        Event::WorkerRegistered(worker)
        | Event::WorkerChanged(worker)
        | Event::WorkerLeft(worker) => vec![Id::Worker(worker.id.clone())],
        Event::WorkerContactChanged { id, .. } | Event::WorkerUnassigned { id, .. } => {
            vec![Id::Worker(id.clone())]
        }
        Event::WorkerAssigned { id, assignment, .. } => {
            vec![Id::Worker(id.clone()), Id::Layout(assignment.grid.community())]
        }
        Event::UnitCreated(unit) | Event::UnitChanged(unit) | Event::UnitRetired(unit) => {
            vec![Id::Unit(unit.id.clone())]
        }
        Event::TeamCreated(team) | Event::TeamChanged(team) | Event::TeamDisbanded(team) => {
            vec![Id::Team(team.id.clone())]
        }
        Event::TeamDutySet { id, .. } => vec![Id::Team(id.clone())],
        Event::CatalogueEdited { .. } => vec![Id::Draft],
        Event::CatalogueReleased { version, .. } => vec![Id::Draft, Id::Release(*version)],
        Event::Staged { rows, .. } => row_ids(rows),
        Event::ImportActivated { import, .. } => vec![Id::Import(import.clone())],
    }
}

/// Nouns that applying rows changes.
pub fn row_ids(rows: &Staged) -> Vec<Id> {
    match rows {
        Staged::Areas(areas) => {
            let codes = areas.iter().map(|area| &area.code);
            codes
                .flat_map(|code| code.parent().into_iter().chain([code.clone()]))
                .map(Id::Area)
                .collect()
        }
        Staged::Grids(grids) => {
            grids.iter().map(|grid| Id::Layout(grid.code.community())).collect()
        }
        Staged::Workers(workers) => {
            let served = workers.iter().flat_map(|(_, assignments)| assignments);
            let layouts = served.map(|assignment| Id::Layout(assignment.grid.community()));
            let ids = workers.iter().map(|(facts, _)| Id::Worker(facts.id.clone()));
            ids.chain(layouts).collect()
        }
        Staged::Units(units) => units.iter().map(|unit| Id::Unit(unit.id.clone())).collect(),
        Staged::Teams(teams) => teams.iter().map(|team| Id::Team(team.id.clone())).collect(),
    }
}

fn staged_ids(chunk: &Chunk) -> Vec<Id> {
    let bases = chunk.bases.iter().map(|(id, _)| id.clone());
    let contacts = chunk.contacts.keys().cloned().map(Id::Contact);
    row_ids(&chunk.staged).into_iter().chain(bases).chain(contacts).collect()
}

fn whole_import(ids: &mut Vec<Id>, book: &dyn Book, id: &Slug, rows: fn(&Chunk) -> Vec<Id>) {
    ids.push(Id::Import(id.clone()));
    let Some(import) = known(book, &Id::Import(id.clone()), |book| book.import(id)) else { return };
    for number in 1..=import.chunks {
        let chunk_id = Id::Chunk(id.clone(), number);
        if let Some(chunk) = known(book, &chunk_id, |book| book.chunk(id, number)) {
            ids.extend(rows(chunk));
        }
        ids.push(chunk_id);
    }
}

/// The draft, the version that holds, the units that an edit names, and for a release the version to come.
fn catalogue(ids: &mut Vec<Id>, book: &dyn Book, revision: &Revision) {
    ids.push(Id::Draft);
    let draft = known(book, &Id::Draft, |book| book.draft());
    ids.extend(draft.map(|draft| Id::Release(draft.released)));
    match &revision.wish {
        Wish::Put(edit) => {
            let units = edit.matters.iter().flat_map(|(matter, _)| &matter.handler_units);
            ids.extend(units.cloned().map(Id::Unit));
        }
        Wish::Release => ids.push(Id::Release(draft.map_or(0, |draft| draft.released) + 1)),
        Wish::Approve { .. } | Wish::Retire { .. } => {}
    }
}

fn area_chain(ids: &mut Vec<Id>, code: &AreaCode) {
    ids.push(Id::Area(code.clone()));
    ids.extend(code.ancestors().map(Id::Area));
}

fn community_of(ids: &mut Vec<Id>, community: &AreaCode) {
    area_chain(ids, community);
    ids.push(Id::Layout(community.clone()));
}

/// The community of a grid that ends, and who serves the grid.
fn ending(ids: &mut Vec<Id>, book: &dyn Book, code: &GridCode) {
    let community = code.community();
    let layout = known(book, &Id::Layout(community.clone()), |book| book.layout(&community));
    let grid = layout.and_then(|layout| layout.grids.get(code));
    ids.extend(grid.iter().flat_map(|grid| grid.workers.iter().cloned()).map(Id::Worker));
    community_of(ids, &community);
}

/// What lies directly in an area.
fn inside(ids: &mut Vec<Id>, book: &dyn Book, code: &AreaCode) {
    ids.push(Id::Layout(code.clone()));
    let area = known(book, &Id::Area(code.clone()), |book| book.area(code));
    ids.extend(area.iter().flat_map(|area| area.children.iter().cloned()).map(Id::Area));
}

fn known<'a, T>(
    book: &'a dyn Book,
    id: &Id,
    find: impl FnOnce(&'a dyn Book) -> Option<&'a T>,
) -> Option<&'a T> {
    if book.knows(id) { find(book) } else { None }
}
