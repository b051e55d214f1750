//! Registry's wire form of its events, read into what dispatch keeps. Registry's types stop here.

use jiff::Timestamp;
use jiff::civil::Date;
use ledger::{CannotApply, Foreign};
use prost::{Message, Name};
use yiwang_proto::registry::v1 as pb;

use super::{Meaning, limits};
use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::places::{Area, Change, Duty, Grid, Point, Team, Unit, UnitKind};

/// Events that dispatch keeps nothing of.
const NOT_KEPT: [&str; 11] = [
    pb::CatalogueEdited::NAME,
    pb::JurisdictionCreated::NAME,
    pb::JurisdictionAreasSet::NAME,
    pb::JurisdictionRetired::NAME,
    pb::WorkerRegistered::NAME,
    pb::WorkerChanged::NAME,
    pb::WorkerContactChanged::NAME,
    pb::WorkerAssigned::NAME,
    pb::WorkerUnassigned::NAME,
    pb::WorkerLeft::NAME,
    pb::WorkersStaged::NAME,
];

/// What an event means here.
pub(super) fn meaning(foreign: &Foreign) -> Result<Meaning, CannotApply> {
    let type_name = foreign.header.r#type.as_str();
    let Some(name) = type_name.strip_prefix("yiwang.registry.v1.") else {
        return Err(CannotApply::unknown_type(type_name));
    };
    if NOT_KEPT.contains(&name) {
        return Ok(Meaning::Nothing);
    }
    if name == pb::ImportActivated::NAME {
        return activated(decode(foreign)?);
    }
    match staged(name, foreign)? {
        Some(staged) => Ok(staged),
        None => change(name, foreign).map(Meaning::Changes),
    }
}

fn activated(event: pb::ImportActivated) -> Result<Meaning, CannotApply> {
    // Workers are not kept, and so no row of theirs was staged here.
    if event.kind() == pb::ImportKind::Workers {
        return Ok(Meaning::Nothing);
    }
    let end = event.first_chunk.checked_add(event.chunks);
    let chunks = event.first_chunk..end.ok_or_else(|| wrong("more chunks than can be counted"))?;
    Ok(Meaning::Activated { import: id(&event.import_id)?, chunks })
}

fn staged(name: &str, foreign: &Foreign) -> Result<Option<Meaning>, CannotApply> {
    let (import_id, chunk, changes) = if name == pb::AreasStaged::NAME {
        let event: pb::AreasStaged = decode(foreign)?;
        (event.import_id, event.chunk, event.areas.into_iter().map(area).collect::<Result<_, _>>()?)
    } else if name == pb::GridsStaged::NAME {
        let event: pb::GridsStaged = decode(foreign)?;
        (event.import_id, event.chunk, event.grids.into_iter().map(grid).collect::<Result<_, _>>()?)
    } else if name == pb::UnitsStaged::NAME {
        let event: pb::UnitsStaged = decode(foreign)?;
        (event.import_id, event.chunk, event.units.into_iter().map(unit).collect::<Result<_, _>>()?)
    } else if name == pb::TeamsStaged::NAME {
        let event: pb::TeamsStaged = decode(foreign)?;
        (event.import_id, event.chunk, event.teams.into_iter().map(team).collect::<Result<_, _>>()?)
    } else {
        return Ok(None);
    };
    Ok(Some(Meaning::Staged { import: id(&import_id)?, chunk, changes }))
}

fn change(name: &str, foreign: &Foreign) -> Result<Vec<Change>, CannotApply> {
    match name {
        "AreaCreated" => one(decode::<pb::AreaCreated>(foreign)?.area, area),
        "AreaChanged" => one(decode::<pb::AreaChanged>(foreign)?.area, area),
        "AreaRetired" => one(decode::<pb::AreaRetired>(foreign)?.area, area),
        "GridCreated" => one(decode::<pb::GridCreated>(foreign)?.grid, grid),
        "GridRenamed" => one(decode::<pb::GridRenamed>(foreign)?.grid, grid),
        "GridRedrawn" => one(decode::<pb::GridRedrawn>(foreign)?.grid, grid),
        "GridMoved" => {
            let event: pb::GridMoved = decode(foreign)?;
            lineage(event.grid.into_iter().collect(), event.lineage.into_iter().collect())
        }
        // Who saw GridMoved knows it already; who does not see the other community learns of the grid here.
        "GridMovedIn" => one(decode::<pb::GridMovedIn>(foreign)?.grid, grid),
        "GridSplit" => {
            let event: pb::GridSplit = decode(foreign)?;
            lineage(event.grids, event.lineage)
        }
        "GridsMerged" => {
            let event: pb::GridsMerged = decode(foreign)?;
            lineage(event.grid.into_iter().collect(), event.lineage)
        }
        "GridRetired" => {
            let event: pb::GridRetired = decode(foreign)?;
            let grid = grid_code(&event.grid_code)?;
            Ok(vec![Change::GridEnds { grid, until: date(&event.valid_to_date)?, successor: None }])
        }
        "CatalogueReleased" => {
            let catalogue = decode::<pb::CatalogueReleased>(foreign)?.catalogue;
            one(catalogue, |facts| limits::read(facts).map(Change::Catalogue))
        }
        "UnitCreated" => one(decode::<pb::UnitCreated>(foreign)?.unit, unit),
        "UnitChanged" => one(decode::<pb::UnitChanged>(foreign)?.unit, unit),
        "UnitRetired" => one(decode::<pb::UnitRetired>(foreign)?.unit, unit),
        "TeamCreated" => one(decode::<pb::TeamCreated>(foreign)?.team, team),
        "TeamChanged" => one(decode::<pb::TeamChanged>(foreign)?.team, team),
        "TeamDisbanded" => disbanded(decode(foreign)?, recorded(foreign)?),
        "TeamDutySet" => duty(&decode(foreign)?, recorded(foreign)?),
        _ => Err(CannotApply::unknown_type(&foreign.header.r#type)),
    }
}

fn decode<M: Message + Default + Name>(foreign: &Foreign) -> Result<M, CannotApply> {
    M::decode(foreign.payload.as_slice()).map_err(|_| CannotApply::undecodable(&M::full_name()))
}

fn one<T>(
    facts: Option<T>,
    read: impl Fn(T) -> Result<Change, CannotApply>,
) -> Result<Vec<Change>, CannotApply> {
    let facts = facts.ok_or_else(|| wrong("the facts are missing"))?;
    Ok(vec![read(facts)?])
}

/// New grids, and the ends of those that they came from.
fn lineage(
    grids: Vec<pb::GridFacts>,
    steps: Vec<pb::LineageStep>,
) -> Result<Vec<Change>, CannotApply> {
    let mut changes = grids.into_iter().map(grid).collect::<Result<Vec<_>, _>>()?;
    for step in steps {
        changes.push(Change::GridEnds {
            grid: grid_code(&step.from_grid_code)?,
            until: date(&step.effective_date)?,
            successor: Some(grid_code(&step.to_grid_code)?),
        });
    }
    Ok(changes)
}

fn area(facts: pb::AreaFacts) -> Result<Change, CannotApply> {
    Ok(Change::Area(Area {
        code: area_code(&facts.area_code)?,
        name: facts.display_name,
        until: end(&facts.valid_to_date)?,
    }))
}

fn grid(facts: pb::GridFacts) -> Result<Change, CannotApply> {
    Ok(Change::Grid(Grid {
        code: grid_code(&facts.grid_code)?,
        point: facts.base_point.map(point),
        from: date(&facts.valid_from_date)?,
        until: end(&facts.valid_to_date)?,
        successors: Vec::new(),
    }))
}

fn unit(facts: pb::UnitFacts) -> Result<Change, CannotApply> {
    Ok(Change::Unit(Unit {
        id: id(&facts.unit_id)?,
        kind: unit_kind(facts.kind())?,
        name: facts.display_name,
        area: area_code(&facts.area_code)?,
        until: end(&facts.valid_to_date)?,
    }))
}

fn unit_kind(kind: pb::UnitKind) -> Result<UnitKind, CannotApply> {
    Ok(match kind {
        pb::UnitKind::Unspecified => return Err(wrong("a unit without a kind")),
        pb::UnitKind::Department => UnitKind::Department,
        pb::UnitKind::Office => UnitKind::Office,
        pb::UnitKind::Station => UnitKind::Station,
        pb::UnitKind::Centre => UnitKind::Centre,
        pb::UnitKind::PeoplesMediation => UnitKind::PeoplesMediation,
        pb::UnitKind::TradeMediation => UnitKind::TradeMediation,
        pb::UnitKind::AdministrativeMediation => UnitKind::AdministrativeMediation,
        pb::UnitKind::JudicialMediation => UnitKind::JudicialMediation,
    })
}

fn team(facts: pb::TeamFacts) -> Result<Change, CannotApply> {
    Ok(Change::Team(Team {
        id: id(&facts.team_id)?,
        name: facts.display_name,
        point: facts.base_point.map(point),
        serves: facts
            .served_area_codes
            .iter()
            .map(|code| area_code(code))
            .collect::<Result<_, _>>()?,
        until: end(&facts.valid_to_date)?,
        area: area_code(&facts.area_code)?,
        duty: Duty::Off,
        since: None,
        capacity: 1,
    }))
}

/// A disbanded team is off duty at once, whenever its last day is.
fn disbanded(event: pb::TeamDisbanded, at: Timestamp) -> Result<Vec<Change>, CannotApply> {
    let mut changes = one(event.team, team)?;
    if let Some(Change::Team(gone)) = changes.first() {
        let off = Change::Duty { team: gone.id.clone(), duty: Duty::Off, at };
        changes.push(off);
    }
    Ok(changes)
}

fn duty(event: &pb::TeamDutySet, at: Timestamp) -> Result<Vec<Change>, CannotApply> {
    let duty = match event.state() {
        pb::DutyState::OnDuty => match &event.until_time {
            Some(end) => Duty::OnUntil(time(end)?),
            None => Duty::On,
        },
        pb::DutyState::OffDuty => Duty::Off,
        pb::DutyState::Unspecified => return Err(wrong("neither on nor off duty")),
    };
    Ok(vec![Change::Duty { team: id(&event.team_id)?, duty, at }])
}

/// When it was recorded there.
fn recorded(foreign: &Foreign) -> Result<Timestamp, CannotApply> {
    foreign.header.record_time.as_ref().map_or(Ok(Timestamp::UNIX_EPOCH), time)
}

fn point(point: pb::GeoPoint) -> Point {
    Point { longitude: point.longitude, latitude: point.latitude }
}

fn id(text: &str) -> Result<Id, CannotApply> {
    Id::parse(text).map_err(|_| wrong("an id is malformed"))
}

fn area_code(text: &str) -> Result<AreaCode, CannotApply> {
    AreaCode::parse(text).map_err(|_| wrong("an area code is malformed"))
}

fn grid_code(text: &str) -> Result<GridCode, CannotApply> {
    GridCode::parse(text).map_err(|_| wrong("a grid code is malformed"))
}

pub(super) fn date(text: &str) -> Result<Date, CannotApply> {
    text.parse().map_err(|_| wrong("a date is malformed"))
}

pub(super) fn end(text: &str) -> Result<Option<Date>, CannotApply> {
    if text.is_empty() { Ok(None) } else { date(text).map(Some) }
}

fn time(time: &prost_types::Timestamp) -> Result<Timestamp, CannotApply> {
    Timestamp::new(time.seconds, time.nanos).map_err(|_| wrong("a time is out of range"))
}

pub(super) fn wrong(what: &str) -> CannotApply {
    CannotApply { reason: "MALFORMED", detail: what.to_owned() }
}
