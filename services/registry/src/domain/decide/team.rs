//! Teams: entered, changed, put on and off duty, disbanded.

use jiff::Timestamp;

use super::{Ask, Decided};
use crate::domain::code::{AreaCode, Slug};
use crate::domain::command::{Crew, TeamChange};
use crate::domain::day::{Period, business_date};
use crate::domain::event::Event;
use crate::domain::rejection::{Rejection, What};
use crate::domain::team::{Duty, Team, TeamFacts};

/// Longest shift ahead, in days.
const LONGEST_SHIFT: i64 = 7;

pub(super) fn create(
    ask: &Ask<'_>,
    id: &Slug,
    area: &AreaCode,
    unit: Option<&Slug>,
    name: &str,
    crew: &Crew,
) -> Result<Decided, Rejection> {
    if ask.book.team(id).is_some() {
        return Err(Rejection::AlreadyExists { what: What::Team, id: id.to_string() });
    }
    ask.area_on(area, ask.on.max(ask.today))?;
    ask.unit_goes_on(unit)?;
    known(ask, crew.members.iter(), crew.serves.iter())?;
    let own = || vec![area.clone()];
    let facts = TeamFacts {
        id: id.clone(),
        unit: unit.cloned(),
        area: area.clone(),
        name: name.to_owned(),
        members: crew.members.clone(),
        base: crew.base,
        serves: if crew.serves.is_empty() { own() } else { crew.serves.clone() },
        period: Period::since(ask.on),
        sample: false,
    };
    Ok(Decided::one(Event::TeamCreated(facts), id))
}

pub(super) fn update(ask: &Ask<'_>, id: &Slug, change: &TeamChange) -> Result<Decided, Rejection> {
    let before = &going_on(ask, id)?.facts;
    let mut facts = before.clone();
    let members = change.members.as_deref().unwrap_or_default();
    let joining = members.iter().filter(|member| !before.members.contains(member));
    let serves = change.serves.as_deref().unwrap_or_default();
    let anew = serves.iter().filter(|area| !before.serves.contains(area));
    known(ask, joining, anew)?;
    facts.name = change.name.clone().unwrap_or(facts.name);
    facts.members = change.members.clone().unwrap_or(facts.members);
    facts.base = change.base.unwrap_or(facts.base);
    facts.serves = change.serves.clone().unwrap_or(facts.serves);
    Ok(Decided::changed(before, facts, Event::TeamChanged, id))
}

pub(super) fn set_duty(
    ask: &Ask<'_>,
    id: &Slug,
    on_duty: bool,
    until: Option<Timestamp>,
) -> Result<Decided, Rejection> {
    let team = going_on(ask, id)?;
    if !team.facts.period.covers(ask.today) {
        return Err(Rejection::DateConflict { date: ask.today, other: team.facts.period.from });
    }
    if let Some(until) = until {
        let (earliest, latest) =
            (ask.today, ask.today.saturating_add(jiff::Span::new().days(LONGEST_SHIFT)));
        let date = business_date(until);
        if until <= ask.now || date > latest {
            return Err(Rejection::DateOutOfRange { date, earliest, latest });
        }
    }
    let same = match team.duty.at(ask.now) {
        Duty::On { until: before, .. } => on_duty && before == until,
        Duty::Off { .. } => !on_duty,
    };
    if same {
        return Ok(Decided::nothing(id));
    }
    let until = until.filter(|_| on_duty);
    let (id, area, since) = (id.clone(), team.facts.area.clone(), ask.now);
    Ok(Decided::one(Event::TeamDutySet { id: id.clone(), area, on_duty, since, until }, id))
}

pub(super) fn disband(ask: &Ask<'_>, id: &Slug) -> Result<Decided, Rejection> {
    let mut facts = going_on(ask, id)?.facts.clone();
    ask.may_end(id.as_str(), facts.period)?;
    facts.period.to = Some(ask.on);
    Ok(Decided::one(Event::TeamDisbanded(facts), id))
}

/// Members and areas are there, go on, and are the caller's.
fn known<'a>(
    ask: &Ask<'_>,
    mut members: impl Iterator<Item = &'a Slug>,
    mut serves: impl Iterator<Item = &'a AreaCode>,
) -> Result<(), Rejection> {
    let in_post = |id: &Slug| {
        let worker = ask.book.worker(id).map(|worker| &worker.facts);
        worker.is_some_and(|facts| {
            ask.command.scope.sees(facts.area.as_str()) && facts.period.to.is_none()
        })
    };
    if let Some(member) = members.find(|member| !in_post(member)) {
        return Err(Rejection::not_found(What::Worker, member));
    }
    serves.try_for_each(|area| ask.area_on(area, ask.on.max(ask.today)))
}

fn going_on<'a>(ask: &Ask<'a>, id: &Slug) -> Result<&'a Team, Rejection> {
    let seen = |team: &&Team| ask.command.scope.sees(team.facts.area.as_str());
    let team =
        ask.book.team(id).filter(seen).ok_or_else(|| Rejection::not_found(What::Team, id))?;
    ask.unchanged(id.as_str(), team.mark)?;
    if team.facts.period.to.is_some() {
        return Err(Rejection::AlreadyEnded { id: id.to_string() });
    }
    Ok(team)
}
