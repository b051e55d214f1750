//! Events of the domain as the messages of events.proto.

mod recognise;

use ledger::Published;
use prost::{Message, Name};
use yiwang_proto::registry::v1 as pb;

use super::facts::{self, texts};
use super::{catalogue, enums, time};
use crate::domain::code::{AreaCode, Slug};
use crate::domain::event::Event;
use crate::domain::import::Staged;

pub(crate) use self::recognise::recognise;

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
        Event::CatalogueEdited { area, entries } => {
            let pb::CatalogueFacts { area_code, matters, limit_rules, types, .. } =
                catalogue::facts(area, 0, entries);
            let edited = pb::CatalogueEdited { area_code, matters, limit_rules, types };
            message(&edited, "catalogue", area, area)
        }
        Event::CatalogueReleased { area, version, catalogue } => {
            let whole = Some(catalogue::facts(area, *version, catalogue));
            message(&pb::CatalogueReleased { catalogue: whole }, "catalogue", area, area)
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
