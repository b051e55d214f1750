//! Events of the domain as the messages of events.proto, and back.

use ledger::Published;
use prost::{Message, Name};
use yiwang_proto::registry::v1 as pb;

use super::facts::{self, all, texts};
use super::{enums, instant, time};
use crate::domain::code::{AreaCode, GridCode, Slug};
use crate::domain::event::Event;
use crate::domain::grid::Step;
use crate::domain::import::Staged;
use crate::domain::worker::{Assignment, WorkerFacts};

/// An event as it is stored, hashed and fed.
#[expect(clippy::too_many_lines, reason = "one arm per event, read as a table")]
pub(crate) fn publish(event: &Event) -> Published {
    match event {
        Event::AreaCreated(area) => message(
            &pb::AreaCreated { area: Some(facts::area(area)) },
            "area",
            &area.code,
            &area.code,
        ),
        Event::AreaChanged(area) => message(
            &pb::AreaChanged { area: Some(facts::area(area)) },
            "area",
            &area.code,
            &area.code,
        ),
        Event::AreaRetired(area) => message(
            &pb::AreaRetired { area: Some(facts::area(area)) },
            "area",
            &area.code,
            &area.code,
        ),
        Event::ZoneCreated(zone) => message(
            &pb::JurisdictionCreated { jurisdiction: Some(facts::zone(zone)) },
            "jurisdiction",
            &zone.id,
            &zone.area,
        ),
        Event::ZoneRetired(zone) => message(
            &pb::JurisdictionRetired { jurisdiction: Some(facts::zone(zone)) },
            "jurisdiction",
            &zone.id,
            &zone.area,
        ),
        Event::ZoneAreasSet { id, area, on, areas } => message(
            &pb::JurisdictionAreasSet {
                jurisdiction_id: id.to_string(),
                effective_date: on.to_string(),
                area_codes: texts(areas),
                area_code: area.to_string(),
            },
            "jurisdiction",
            id,
            area,
        ),
        Event::GridCreated(grid) => message(
            &pb::GridCreated { grid: Some(facts::grid(grid)) },
            "grid",
            &grid.code,
            &grid.code,
        ),
        Event::GridRenamed(grid) => message(
            &pb::GridRenamed { grid: Some(facts::grid(grid)) },
            "grid",
            &grid.code,
            &grid.code,
        ),
        Event::GridRedrawn(grid) => message(
            &pb::GridRedrawn { grid: Some(facts::grid(grid)) },
            "grid",
            &grid.code,
            &grid.code,
        ),
        Event::GridMoved { grid, step } => message(
            &pb::GridMoved { grid: Some(facts::grid(grid)), lineage: Some(facts::step(step)) },
            "grid",
            &step.from,
            &step.from,
        ),
        Event::GridMovedIn { grid, step } => message(
            &pb::GridMovedIn { grid: Some(facts::grid(grid)), lineage: Some(facts::step(step)) },
            "grid",
            &grid.code,
            &grid.code,
        ),
        Event::GridSplit { grids, steps } => {
            let old = steps.first().map(|step| step.from.to_string()).unwrap_or_default();
            let lineage = steps.iter().map(facts::step).collect();
            let split = pb::GridSplit { grids: grids.iter().map(facts::grid).collect(), lineage };
            message(&split, "grid", &old, &old)
        }
        Event::GridsMerged { grid, steps } => {
            let lineage = steps.iter().map(facts::step).collect();
            let merged = pb::GridsMerged { grid: Some(facts::grid(grid)), lineage };
            message(&merged, "grid", &grid.code, &grid.code)
        }
        Event::GridRetired { code, on } => message(
            &pb::GridRetired { grid_code: code.to_string(), valid_to_date: on.to_string() },
            "grid",
            code,
            code,
        ),
        Event::WorkerRegistered(worker) => message(
            &pb::WorkerRegistered { worker: Some(facts::worker(worker)) },
            "worker",
            &worker.id,
            &worker.area,
        ),
        Event::WorkerChanged(worker) => message(
            &pb::WorkerChanged { worker: Some(facts::worker(worker)) },
            "worker",
            &worker.id,
            &worker.area,
        ),
        Event::WorkerLeft(worker) => message(
            &pb::WorkerLeft { worker: Some(facts::worker(worker)) },
            "worker",
            &worker.id,
            &worker.area,
        ),
        Event::WorkerContactChanged { id, area } => message(
            &pb::WorkerContactChanged { worker_id: id.to_string(), area_code: area.to_string() },
            "worker",
            id,
            area,
        ),
        Event::WorkerAssigned { id, area, assignment } => message(
            &pb::WorkerAssigned {
                worker_id: id.to_string(),
                assignment: Some(facts::assignment(assignment)),
                area_code: area.to_string(),
            },
            "worker",
            id,
            area,
        ),
        Event::WorkerUnassigned { id, area, assignment } => message(
            &pb::WorkerUnassigned {
                worker_id: id.to_string(),
                assignment: Some(facts::assignment(assignment)),
                area_code: area.to_string(),
            },
            "worker",
            id,
            area,
        ),
        Event::UnitCreated(unit) => message(
            &pb::UnitCreated { unit: Some(facts::unit(unit)) },
            "unit",
            &unit.id,
            &unit.area,
        ),
        Event::UnitChanged(unit) => message(
            &pb::UnitChanged { unit: Some(facts::unit(unit)) },
            "unit",
            &unit.id,
            &unit.area,
        ),
        Event::UnitRetired(unit) => message(
            &pb::UnitRetired { unit: Some(facts::unit(unit)) },
            "unit",
            &unit.id,
            &unit.area,
        ),
        Event::TeamCreated(team) => message(
            &pb::TeamCreated { team: Some(facts::team(team)) },
            "team",
            &team.id,
            &team.area,
        ),
        Event::TeamChanged(team) => message(
            &pb::TeamChanged { team: Some(facts::team(team)) },
            "team",
            &team.id,
            &team.area,
        ),
        Event::TeamDisbanded(team) => message(
            &pb::TeamDisbanded { team: Some(facts::team(team)) },
            "team",
            &team.id,
            &team.area,
        ),
        Event::TeamDutySet { id, area, on_duty, since, until } => {
            let state = if *on_duty { pb::DutyState::OnDuty } else { pb::DutyState::OffDuty };
            let set = pb::TeamDutySet {
                team_id: id.to_string(),
                state: state.into(),
                since_time: Some(time(*since)),
                until_time: until.map(time),
                area_code: area.to_string(),
            };
            message(&set, "team", id, area)
        }
        Event::Staged { import, area, chunk, rows } => staged(import, area, *chunk, rows),
        Event::ImportActivated { import, area, kind, first, chunks, created, changed } => {
            let activated = pb::ImportActivated {
                import_id: import.to_string(),
                kind: enums::import_kind(*kind),
                chunks: *chunks,
                created_rows: *created,
                changed_rows: *changed,
                area_code: area.to_string(),
                first_chunk: *first,
            };
            message(&activated, "import", import, area)
        }
    }
}

fn staged(import: &Slug, area: &AreaCode, chunk: u32, rows: &Staged) -> Published {
    let (import_id, area_code) = (import.to_string(), area.to_string());
    match rows {
        Staged::Areas(rows) => {
            let areas = rows.iter().map(facts::area).collect();
            message(&pb::AreasStaged { import_id, chunk, areas, area_code }, "import", import, area)
        }
        Staged::Grids(rows) => {
            let grids = rows.iter().map(facts::grid).collect();
            message(&pb::GridsStaged { import_id, chunk, grids, area_code }, "import", import, area)
        }
        Staged::Workers(rows) => {
            let workers = rows.iter().map(|(worker, assignments)| pb::StagedWorker {
                worker: Some(facts::worker(worker)),
                assignments: assignments.iter().map(facts::assignment).collect(),
            });
            let workers = workers.collect();
            message(
                &pb::WorkersStaged { import_id, chunk, workers, area_code },
                "import",
                import,
                area,
            )
        }
        Staged::Units(rows) => {
            let units = rows.iter().map(facts::unit).collect();
            message(&pb::UnitsStaged { import_id, chunk, units, area_code }, "import", import, area)
        }
        Staged::Teams(rows) => {
            let teams = rows.iter().map(facts::team).collect();
            message(&pb::TeamsStaged { import_id, chunk, teams, area_code }, "import", import, area)
        }
    }
}

fn message<M: Message + Name>(
    message: &M,
    noun: &str,
    id: &dyn std::fmt::Display,
    area: &dyn std::fmt::Display,
) -> Published {
    Published {
        type_name: M::full_name(),
        payload: message.encode_to_vec(),
        subject: format!("{noun}/{id}"),
        area_code: area.to_string(),
        addressee: String::new(),
        schema_version: 1,
    }
}

/// An event read back; nothing when its type is not known or it does not decode.
#[expect(clippy::too_many_lines, reason = "one arm per event, read as a table")]
pub(crate) fn recognise(type_name: &str, payload: &[u8]) -> Option<Event> {
    let event = match type_name.strip_prefix("yiwang.registry.v1.")? {
        "AreaCreated" => {
            Event::AreaCreated(facts::to_area(read::<pb::AreaCreated>(payload)?.area?)?)
        }
        "AreaChanged" => {
            Event::AreaChanged(facts::to_area(read::<pb::AreaChanged>(payload)?.area?)?)
        }
        "AreaRetired" => {
            Event::AreaRetired(facts::to_area(read::<pb::AreaRetired>(payload)?.area?)?)
        }
        "JurisdictionCreated" => Event::ZoneCreated(facts::to_zone(
            read::<pb::JurisdictionCreated>(payload)?.jurisdiction?,
        )?),
        "JurisdictionRetired" => Event::ZoneRetired(facts::to_zone(
            read::<pb::JurisdictionRetired>(payload)?.jurisdiction?,
        )?),
        "JurisdictionAreasSet" => {
            let wire: pb::JurisdictionAreasSet = read(payload)?;
            Event::ZoneAreasSet {
                id: Slug::parse(&wire.jurisdiction_id).ok()?,
                area: AreaCode::parse(&wire.area_code).ok()?,
                on: wire.effective_date.parse().ok()?,
                areas: all(&wire.area_codes, AreaCode::parse)?,
            }
        }
        "GridCreated" => {
            Event::GridCreated(facts::to_grid(read::<pb::GridCreated>(payload)?.grid?)?)
        }
        "GridRenamed" => {
            Event::GridRenamed(facts::to_grid(read::<pb::GridRenamed>(payload)?.grid?)?)
        }
        "GridRedrawn" => {
            Event::GridRedrawn(facts::to_grid(read::<pb::GridRedrawn>(payload)?.grid?)?)
        }
        "GridMoved" => {
            let wire: pb::GridMoved = read(payload)?;
            let step = facts::to_step(&wire.lineage?)?;
            Event::GridMoved { grid: facts::to_grid(wire.grid?)?, step }
        }
        "GridMovedIn" => {
            let wire: pb::GridMovedIn = read(payload)?;
            let step = facts::to_step(&wire.lineage?)?;
            Event::GridMovedIn { grid: facts::to_grid(wire.grid?)?, step }
        }
        "GridSplit" => {
            let wire: pb::GridSplit = read(payload)?;
            let grids = wire.grids.into_iter().map(facts::to_grid).collect::<Option<_>>()?;
            Event::GridSplit { grids, steps: steps(&wire.lineage)? }
        }
        "GridsMerged" => {
            let wire: pb::GridsMerged = read(payload)?;
            let steps = steps(&wire.lineage)?;
            Event::GridsMerged { grid: facts::to_grid(wire.grid?)?, steps }
        }
        "GridRetired" => {
            let wire: pb::GridRetired = read(payload)?;
            let code = GridCode::parse(&wire.grid_code).ok()?;
            Event::GridRetired { code, on: wire.valid_to_date.parse().ok()? }
        }
        "WorkerRegistered" => Event::WorkerRegistered(facts::to_worker(
            &read::<pb::WorkerRegistered>(payload)?.worker?,
        )?),
        "WorkerChanged" => {
            Event::WorkerChanged(facts::to_worker(&read::<pb::WorkerChanged>(payload)?.worker?)?)
        }
        "WorkerLeft" => {
            Event::WorkerLeft(facts::to_worker(&read::<pb::WorkerLeft>(payload)?.worker?)?)
        }
        "WorkerContactChanged" => {
            let wire: pb::WorkerContactChanged = read(payload)?;
            let id = Slug::parse(&wire.worker_id).ok()?;
            Event::WorkerContactChanged { id, area: AreaCode::parse(&wire.area_code).ok()? }
        }
        "WorkerAssigned" => {
            let wire: pb::WorkerAssigned = read(payload)?;
            let id = Slug::parse(&wire.worker_id).ok()?;
            let area = AreaCode::parse(&wire.area_code).ok()?;
            Event::WorkerAssigned { id, area, assignment: facts::to_assignment(&wire.assignment?)? }
        }
        "WorkerUnassigned" => {
            let wire: pb::WorkerUnassigned = read(payload)?;
            let id = Slug::parse(&wire.worker_id).ok()?;
            let area = AreaCode::parse(&wire.area_code).ok()?;
            Event::WorkerUnassigned {
                id,
                area,
                assignment: facts::to_assignment(&wire.assignment?)?,
            }
        }
        "UnitCreated" => {
            Event::UnitCreated(facts::to_unit(read::<pb::UnitCreated>(payload)?.unit?)?)
        }
        "UnitChanged" => {
            Event::UnitChanged(facts::to_unit(read::<pb::UnitChanged>(payload)?.unit?)?)
        }
        "UnitRetired" => {
            Event::UnitRetired(facts::to_unit(read::<pb::UnitRetired>(payload)?.unit?)?)
        }
        "TeamCreated" => {
            Event::TeamCreated(facts::to_team(read::<pb::TeamCreated>(payload)?.team?)?)
        }
        "TeamChanged" => {
            Event::TeamChanged(facts::to_team(read::<pb::TeamChanged>(payload)?.team?)?)
        }
        "TeamDisbanded" => {
            Event::TeamDisbanded(facts::to_team(read::<pb::TeamDisbanded>(payload)?.team?)?)
        }
        "TeamDutySet" => {
            let wire: pb::TeamDutySet = read(payload)?;
            Event::TeamDutySet {
                id: Slug::parse(&wire.team_id).ok()?,
                area: AreaCode::parse(&wire.area_code).ok()?,
                on_duty: wire.state() == pb::DutyState::OnDuty,
                since: instant(&wire.since_time?)?,
                until: wire.until_time.as_ref().and_then(instant),
            }
        }
        "ImportActivated" => {
            let wire: pb::ImportActivated = read(payload)?;
            Event::ImportActivated {
                import: Slug::parse(&wire.import_id).ok()?,
                area: AreaCode::parse(&wire.area_code).ok()?,
                kind: enums::to_import_kind(wire.kind)?,
                first: wire.first_chunk,
                chunks: wire.chunks,
                created: wire.created_rows,
                changed: wire.changed_rows,
            }
        }
        "AreasStaged" => {
            let wire: pb::AreasStaged = read(payload)?;
            let rows = wire.areas.into_iter().map(facts::to_area).collect::<Option<_>>()?;
            rows_of(&wire.import_id, &wire.area_code, wire.chunk, Staged::Areas(rows))?
        }
        "GridsStaged" => {
            let wire: pb::GridsStaged = read(payload)?;
            let rows = wire.grids.into_iter().map(facts::to_grid).collect::<Option<_>>()?;
            rows_of(&wire.import_id, &wire.area_code, wire.chunk, Staged::Grids(rows))?
        }
        "WorkersStaged" => {
            let wire: pb::WorkersStaged = read(payload)?;
            let rows = wire.workers.into_iter().map(to_staged_worker).collect::<Option<_>>()?;
            rows_of(&wire.import_id, &wire.area_code, wire.chunk, Staged::Workers(rows))?
        }
        "UnitsStaged" => {
            let wire: pb::UnitsStaged = read(payload)?;
            let rows = wire.units.into_iter().map(facts::to_unit).collect::<Option<_>>()?;
            rows_of(&wire.import_id, &wire.area_code, wire.chunk, Staged::Units(rows))?
        }
        "TeamsStaged" => {
            let wire: pb::TeamsStaged = read(payload)?;
            let rows = wire.teams.into_iter().map(facts::to_team).collect::<Option<_>>()?;
            rows_of(&wire.import_id, &wire.area_code, wire.chunk, Staged::Teams(rows))?
        }
        _ => return None,
    };
    Some(event)
}

fn read<M: Message + Default>(payload: &[u8]) -> Option<M> {
    M::decode(payload).ok()
}

fn steps(wire: &[pb::LineageStep]) -> Option<Vec<Step>> {
    wire.iter().map(facts::to_step).collect()
}

fn rows_of(import: &str, area: &str, chunk: u32, rows: Staged) -> Option<Event> {
    let (import, area) = (Slug::parse(import).ok()?, AreaCode::parse(area).ok()?);
    Some(Event::Staged { import, area, chunk, rows })
}

fn to_staged_worker(wire: pb::StagedWorker) -> Option<(WorkerFacts, Vec<Assignment>)> {
    let assignments = wire.assignments.iter().map(facts::to_assignment).collect::<Option<_>>()?;
    Some((facts::to_worker(&wire.worker?)?, assignments))
}
