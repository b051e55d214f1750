//! Units: entered, changed, ended.

use super::{Ask, Decided};
use crate::domain::code::{AreaCode, Level, Slug};
use crate::domain::day::Period;
use crate::domain::event::Event;
use crate::domain::rejection::{Rejection, What};
use crate::domain::unit::{Unit, UnitFacts, UnitKind};

pub(super) fn create(
    ask: &Ask<'_>,
    id: &Slug,
    kind: UnitKind,
    tier: Option<Level>,
    area: &AreaCode,
    name: &str,
) -> Result<Decided, Rejection> {
    if ask.book.unit(id).is_some() {
        return Err(Rejection::AlreadyExists { what: What::Unit, id: id.to_string() });
    }
    ask.area_on(area, ask.on.max(ask.today))?;
    of_its_area(tier, area)?;
    let facts = UnitFacts {
        id: id.clone(),
        kind,
        tier: tier.unwrap_or(area.level()),
        area: area.clone(),
        name: name.to_owned(),
        period: Period::since(ask.on),
        sample: false,
    };
    Ok(Decided::one(Event::UnitCreated(facts), id))
}

pub(super) fn update(
    ask: &Ask<'_>,
    id: &Slug,
    kind: Option<UnitKind>,
    tier: Option<Level>,
    name: &Option<String>,
) -> Result<Decided, Rejection> {
    let before = &going_on(ask, id)?.facts;
    of_its_area(tier, &before.area)?;
    let facts = UnitFacts {
        kind: kind.unwrap_or(before.kind),
        tier: tier.unwrap_or(before.tier),
        name: name.clone().unwrap_or_else(|| before.name.clone()),
        ..before.clone()
    };
    Ok(Decided::changed(before, facts, Event::UnitChanged, id))
}

fn of_its_area(tier: Option<Level>, area: &AreaCode) -> Result<(), Rejection> {
    if tier.is_some_and(|tier| tier != area.level()) {
        return Err(Rejection::WrongTier { area: area.clone() });
    }
    Ok(())
}

pub(super) fn retire(ask: &Ask<'_>, id: &Slug) -> Result<Decided, Rejection> {
    let mut facts = going_on(ask, id)?.facts.clone();
    ask.may_end(id.as_str(), facts.period)?;
    facts.period.to = Some(ask.on);
    Ok(Decided::one(Event::UnitRetired(facts), id))
}

fn going_on<'a>(ask: &Ask<'a>, id: &Slug) -> Result<&'a Unit, Rejection> {
    let seen = |unit: &&Unit| ask.command.scope.sees(unit.facts.area.as_str());
    let unit =
        ask.book.unit(id).filter(seen).ok_or_else(|| Rejection::not_found(What::Unit, id))?;
    ask.unchanged(id.as_str(), unit.mark)?;
    if unit.facts.period.to.is_some() {
        return Err(Rejection::AlreadyEnded { id: id.to_string() });
    }
    Ok(unit)
}
