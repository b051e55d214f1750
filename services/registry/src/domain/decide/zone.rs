//! Functional zones: entered, given areas from a day on, ended.

use super::{Ask, Decided};
use crate::domain::code::{AreaCode, Slug};
use crate::domain::day::Period;
use crate::domain::event::Event;
use crate::domain::rejection::{Rejection, What};
use crate::domain::zone::{Zone, ZoneFacts};

pub(super) fn create(
    ask: &Ask<'_>,
    id: &Slug,
    area: &AreaCode,
    name: &str,
    areas: &[AreaCode],
) -> Result<Decided, Rejection> {
    if ask.book.zone(id).is_some() {
        return Err(Rejection::AlreadyExists { what: What::Zone, id: id.to_string() });
    }
    ask.area_on(area, ask.on)?;
    all_exist(ask, areas)?;
    let facts = ZoneFacts {
        id: id.clone(),
        area: area.clone(),
        name: name.to_owned(),
        period: Period::since(ask.on),
    };
    let mut decided = Decided::one(Event::ZoneCreated(facts), id);
    decided.events.push(areas_set(ask, id, area, areas));
    Ok(decided)
}

pub(super) fn set_areas(
    ask: &Ask<'_>,
    id: &Slug,
    areas: &[AreaCode],
) -> Result<Decided, Rejection> {
    let zone = visible(ask, id)?;
    all_exist(ask, areas)?;
    if !zone.facts.period.covers(ask.on) {
        return Err(Rejection::DateConflict { date: ask.on, other: zone.facts.period.from });
    }
    if let Some(last) = zone.areas.last().filter(|last| last.from > ask.on) {
        return Err(Rejection::LaterChange { code: id.to_string(), date: last.from });
    }
    if zone.areas_on(ask.on).is_some_and(|managed| managed.areas == areas) {
        return Ok(Decided::nothing(id));
    }
    Ok(Decided::one(areas_set(ask, id, &zone.facts.area, areas), id))
}

pub(super) fn retire(ask: &Ask<'_>, id: &Slug) -> Result<Decided, Rejection> {
    let zone = visible(ask, id)?;
    ask.may_end(id.as_str(), zone.facts.period)?;
    let mut facts = zone.facts.clone();
    facts.period.to = Some(ask.on);
    Ok(Decided::one(Event::ZoneRetired(facts), id))
}

fn areas_set(ask: &Ask<'_>, id: &Slug, area: &AreaCode, areas: &[AreaCode]) -> Event {
    Event::ZoneAreasSet { id: id.clone(), area: area.clone(), on: ask.on, areas: areas.to_vec() }
}

fn all_exist(ask: &Ask<'_>, areas: &[AreaCode]) -> Result<(), Rejection> {
    areas.iter().try_for_each(|area| ask.area_on(area, ask.on))
}

fn visible<'a>(ask: &Ask<'a>, id: &Slug) -> Result<&'a Zone, Rejection> {
    let seen = |zone: &&Zone| ask.command.scope.sees(zone.facts.area.as_str());
    let zone =
        ask.book.zone(id).filter(seen).ok_or_else(|| Rejection::not_found(What::Zone, id))?;
    ask.unchanged(id.as_str(), zone.mark)?;
    Ok(zone)
}
