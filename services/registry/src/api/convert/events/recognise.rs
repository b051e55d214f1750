//! Messages of events.proto read back as events of the domain, for replays. `None` = of a type, or with a value, that this
//! release does not know.

use prost::Message;
use yiwang_proto::registry::v1 as pb;

use super::super::facts::{self, all};
use super::super::{catalogue, enums, instant};
use crate::domain::code::{AreaCode, GridCode, Slug};
use crate::domain::event::Event;
use crate::domain::grid::Step;
use crate::domain::import::Staged;
use crate::domain::worker::{Assignment, WorkerFacts};

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
        "CatalogueEdited" => {
            let wire: pb::CatalogueEdited = read(payload)?;
            let area = AreaCode::parse(&wire.area_code).ok()?;
            let pb::CatalogueEdited { matters, limit_rules, types, .. } = wire;
            let entries = catalogue::to_entries(&matters, &limit_rules, types)?;
            Event::CatalogueEdited { area, entries }
        }
        "CatalogueReleased" => {
            let wire = read::<pb::CatalogueReleased>(payload)?.catalogue?;
            let area = AreaCode::parse(&wire.area_code).ok()?;
            let catalogue = catalogue::to_entries(&wire.matters, &wire.limit_rules, wire.types)?;
            Event::CatalogueReleased { area, version: wire.version, catalogue }
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
