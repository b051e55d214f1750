//! What is known of nouns, on the wire and in the domain.

use jiff::civil::Date;
use yiwang_proto::registry::v1 as pb;

use super::enums;
use crate::domain::area::AreaFacts;
use crate::domain::code::{AreaCode, GridCode, NotACode, Slug};
use crate::domain::day::Period;
use crate::domain::geojson;
use crate::domain::grid::{GridFacts, Step};
use crate::domain::place::{Outline, Point};
use crate::domain::team::TeamFacts;
use crate::domain::unit::UnitFacts;
use crate::domain::worker::{Assignment, WorkerFacts};
use crate::domain::zone::ZoneFacts;

pub(crate) fn area(facts: &AreaFacts) -> pb::AreaFacts {
    pb::AreaFacts {
        area_code: facts.code.to_string(),
        level: enums::level(facts.code.level()),
        display_name: facts.name.clone(),
        valid_from_date: facts.period.from.to_string(),
        valid_to_date: end(facts.period),
        superseded_by: texts(&facts.superseded_by),
        outline_geojson: outline(facts.outline.as_ref()),
        sample: facts.sample,
    }
}

pub(crate) fn to_area(wire: pb::AreaFacts) -> Option<AreaFacts> {
    Some(AreaFacts {
        code: AreaCode::parse(&wire.area_code).ok()?,
        name: wire.display_name,
        period: period(&wire.valid_from_date, &wire.valid_to_date)?,
        superseded_by: all(&wire.superseded_by, AreaCode::parse)?,
        outline: to_outline(&wire.outline_geojson)?,
        sample: wire.sample,
    })
}

pub(crate) fn zone(facts: &ZoneFacts) -> pb::JurisdictionFacts {
    pb::JurisdictionFacts {
        jurisdiction_id: facts.id.to_string(),
        area_code: facts.area.to_string(),
        display_name: facts.name.clone(),
        valid_from_date: facts.period.from.to_string(),
        valid_to_date: end(facts.period),
    }
}

pub(crate) fn to_zone(wire: pb::JurisdictionFacts) -> Option<ZoneFacts> {
    Some(ZoneFacts {
        id: Slug::parse(&wire.jurisdiction_id).ok()?,
        area: AreaCode::parse(&wire.area_code).ok()?,
        name: wire.display_name,
        period: period(&wire.valid_from_date, &wire.valid_to_date)?,
    })
}

pub(crate) fn grid(facts: &GridFacts) -> pb::GridFacts {
    pb::GridFacts {
        grid_code: facts.code.to_string(),
        kind: enums::grid_kind(facts.kind),
        parent_grid_code: facts.parent.as_ref().map(ToString::to_string).unwrap_or_default(),
        display_name: facts.name.clone(),
        households: facts.households,
        outline_geojson: outline(facts.outline.as_ref()),
        base_point: facts.base.as_ref().map(point),
        valid_from_date: facts.period.from.to_string(),
        valid_to_date: end(facts.period),
        sample: facts.sample,
    }
}

pub(crate) fn to_grid(wire: pb::GridFacts) -> Option<GridFacts> {
    Some(GridFacts {
        code: GridCode::parse(&wire.grid_code).ok()?,
        kind: enums::to_grid_kind(wire.kind)?,
        parent: maybe(&wire.parent_grid_code, GridCode::parse)?,
        name: wire.display_name,
        households: wire.households,
        outline: to_outline(&wire.outline_geojson)?,
        base: to_point(wire.base_point)?,
        period: period(&wire.valid_from_date, &wire.valid_to_date)?,
        sample: wire.sample,
    })
}

pub(crate) fn step(step: &Step) -> pb::LineageStep {
    pb::LineageStep {
        from_grid_code: step.from.to_string(),
        to_grid_code: step.to.to_string(),
        weight: f64::from(step.billionths) / 1e9,
        effective_date: step.on.to_string(),
        operation: enums::operation(step.operation),
    }
}

pub(crate) fn to_step(wire: &pb::LineageStep) -> Option<Step> {
    #[expect(clippy::cast_possible_truncation, reason = "a share is at most one billion")]
    #[expect(clippy::cast_sign_loss, reason = "clamped to 0 and 1")]
    let billionths = (wire.weight.clamp(0.0, 1.0) * 1e9).round() as u32;
    Some(Step {
        from: GridCode::parse(&wire.from_grid_code).ok()?,
        to: GridCode::parse(&wire.to_grid_code).ok()?,
        billionths,
        on: wire.effective_date.parse().ok()?,
        operation: enums::to_operation(wire.operation)?,
    })
}

pub(crate) fn worker(facts: &WorkerFacts) -> pb::WorkerFacts {
    pb::WorkerFacts {
        worker_id: facts.id.to_string(),
        post: enums::post(facts.post),
        area_code: facts.area.to_string(),
        unit_id: facts.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
        valid_from_date: facts.period.from.to_string(),
        valid_to_date: end(facts.period),
        sample: facts.sample,
    }
}

pub(crate) fn to_worker(wire: &pb::WorkerFacts) -> Option<WorkerFacts> {
    Some(WorkerFacts {
        id: Slug::parse(&wire.worker_id).ok()?,
        post: enums::to_post(wire.post)?,
        area: AreaCode::parse(&wire.area_code).ok()?,
        unit: maybe(&wire.unit_id, Slug::parse)?,
        period: period(&wire.valid_from_date, &wire.valid_to_date)?,
        sample: wire.sample,
    })
}

pub(crate) fn assignment(assignment: &Assignment) -> pb::Assignment {
    pb::Assignment {
        grid_code: assignment.grid.to_string(),
        valid_from_date: assignment.period.from.to_string(),
        valid_to_date: end(assignment.period),
    }
}

pub(crate) fn to_assignment(wire: &pb::Assignment) -> Option<Assignment> {
    Some(Assignment {
        grid: GridCode::parse(&wire.grid_code).ok()?,
        period: period(&wire.valid_from_date, &wire.valid_to_date)?,
    })
}

pub(crate) fn unit(facts: &UnitFacts) -> pb::UnitFacts {
    pb::UnitFacts {
        unit_id: facts.id.to_string(),
        kind: enums::unit_kind(facts.kind),
        tier: enums::level(facts.tier),
        area_code: facts.area.to_string(),
        display_name: facts.name.clone(),
        valid_from_date: facts.period.from.to_string(),
        valid_to_date: end(facts.period),
        sample: facts.sample,
    }
}

pub(crate) fn to_unit(wire: pb::UnitFacts) -> Option<UnitFacts> {
    Some(UnitFacts {
        id: Slug::parse(&wire.unit_id).ok()?,
        kind: enums::to_unit_kind(wire.kind)?,
        tier: enums::to_level(wire.tier)?,
        area: AreaCode::parse(&wire.area_code).ok()?,
        name: wire.display_name,
        period: period(&wire.valid_from_date, &wire.valid_to_date)?,
        sample: wire.sample,
    })
}

pub(crate) fn team(facts: &TeamFacts) -> pb::TeamFacts {
    pb::TeamFacts {
        team_id: facts.id.to_string(),
        unit_id: facts.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
        area_code: facts.area.to_string(),
        display_name: facts.name.clone(),
        member_worker_ids: texts(&facts.members),
        base_point: Some(point(&facts.base)),
        served_area_codes: texts(&facts.serves),
        valid_from_date: facts.period.from.to_string(),
        valid_to_date: end(facts.period),
        sample: facts.sample,
    }
}

pub(crate) fn to_team(wire: pb::TeamFacts) -> Option<TeamFacts> {
    Some(TeamFacts {
        id: Slug::parse(&wire.team_id).ok()?,
        unit: maybe(&wire.unit_id, Slug::parse)?,
        area: AreaCode::parse(&wire.area_code).ok()?,
        name: wire.display_name,
        members: all(&wire.member_worker_ids, Slug::parse)?,
        base: to_point(wire.base_point)??,
        serves: all(&wire.served_area_codes, AreaCode::parse)?,
        period: period(&wire.valid_from_date, &wire.valid_to_date)?,
        sample: wire.sample,
    })
}

pub(crate) fn point(point: &Point) -> pb::GeoPoint {
    pb::GeoPoint { longitude: point.longitude(), latitude: point.latitude() }
}

/// The first day after a period, as the wire writes it; empty = none.
pub(crate) fn end(period: Period) -> String {
    period.to.as_ref().map(ToString::to_string).unwrap_or_default()
}

pub(crate) fn texts<T: ToString>(codes: &[T]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}

fn outline(outline: Option<&Outline>) -> String {
    outline.map(geojson::format).unwrap_or_default()
}

fn to_outline(text: &str) -> Option<Option<Outline>> {
    if text.is_empty() { Some(None) } else { geojson::read(text).ok().map(Some) }
}

fn to_point(wire: Option<pb::GeoPoint>) -> Option<Option<Point>> {
    match wire {
        None => Some(None),
        Some(point) => Point::of(point.longitude, point.latitude).map(Some),
    }
}

pub(crate) fn period(from: &str, to: &str) -> Option<Period> {
    let to: Option<Date> = if to.is_empty() { None } else { Some(to.parse().ok()?) };
    Some(Period { from: from.parse().ok()?, to })
}

pub(crate) fn maybe<T>(text: &str, parse: fn(&str) -> Result<T, NotACode>) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { parse(text).ok().map(Some) }
}

pub(crate) fn all<T>(texts: &[String], parse: fn(&str) -> Result<T, NotACode>) -> Option<Vec<T>> {
    texts.iter().map(|text| parse(text).ok()).collect()
}
