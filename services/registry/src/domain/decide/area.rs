//! Areas: entered below an existing one, corrected, ended.

use super::{Ask, Decided, holds};
use crate::domain::area::{Area, AreaFacts};
use crate::domain::code::AreaCode;
use crate::domain::day::Period;
use crate::domain::event::Event;
use crate::domain::geometry::Container;
use crate::domain::place::Outline;
use crate::domain::rejection::{Rejection, What};

pub(super) fn update(
    ask: &Ask<'_>,
    code: &AreaCode,
    name: &Option<String>,
    outline: &Option<Option<Outline>>,
) -> Result<Decided, Rejection> {
    let before = &visible(ask, code)?.facts;
    let mut facts = before.clone();
    facts.name = name.clone().unwrap_or(facts.name);
    facts.outline = outline.clone().unwrap_or(facts.outline);
    if facts.outline != before.outline
        && let Some(outline) = &facts.outline
    {
        within(ask, code, outline)?;
        around(ask, code, outline)?;
    }
    Ok(Decided::changed(before, facts, Event::AreaChanged, code))
}

/// The outline lies in the nearest area above that has one.
fn within(ask: &Ask<'_>, code: &AreaCode, outline: &Outline) -> Result<(), Rejection> {
    let mut above = code.ancestors().filter_map(|above| ask.book.area(&above));
    let holder = above.find_map(|area| Some((area, area.facts.outline.as_ref()?)));
    match holder.filter(|(_, around)| !Container::new(around).holds(outline)) {
        Some((area, _)) => Err(Rejection::OutlineOutside { code: area.facts.code.to_string() }),
        None => Ok(()),
    }
}

/// What lies directly in the area, and goes on, is not left outside.
fn around(ask: &Ask<'_>, code: &AreaCode, outline: &Outline) -> Result<(), Rejection> {
    let container = Container::new(outline);
    let children = ask.book.area(code).into_iter().flat_map(|area| &area.children);
    let areas = children.filter_map(|child| ask.book.area(child)).map(|child| &child.facts);
    let areas = areas.filter(|child| child.period.reaches(ask.today));
    let areas = areas.map(|child| (child.code.as_str(), child.outline.as_ref()));
    let grids = ask.book.layout(code).into_iter();
    let grids = grids.flat_map(|layout| layout.versions_from(ask.today));
    let grids = grids.map(|grid| (grid.code.as_str(), grid.outline.as_ref()));
    let mut left_out =
        areas.chain(grids).filter(|(_, inner)| inner.is_some_and(|inner| !container.holds(inner)));
    match left_out.next() {
        Some((inside, _)) => Err(Rejection::OutlineTooSmall { inside: inside.to_owned() }),
        None => Ok(()),
    }
}

pub(super) fn create(
    ask: &Ask<'_>,
    code: &AreaCode,
    name: &str,
    outline: Option<&Outline>,
) -> Result<Decided, Rejection> {
    if !ask.command.scope.sees(code.as_str()) {
        return Err(Rejection::not_found(What::Area, code));
    }
    if ask.book.area(code).is_some() {
        return Err(Rejection::AlreadyExists { what: What::Area, id: code.to_string() });
    }
    if let Some(parent) = code.parent() {
        let above = ask.book.area(&parent);
        let above = above.ok_or_else(|| Rejection::not_found(What::Area, &parent))?;
        holds(above, ask.on)?;
    }
    if let Some(outline) = outline {
        within(ask, code, outline)?;
    }
    let facts = AreaFacts {
        code: code.clone(),
        name: name.to_owned(),
        period: Period::since(ask.on),
        superseded_by: Vec::new(),
        outline: outline.cloned(),
        sample: false,
    };
    Ok(Decided::one(Event::AreaCreated(facts), code))
}

pub(super) fn retire(
    ask: &Ask<'_>,
    code: &AreaCode,
    superseded_by: &[AreaCode],
) -> Result<Decided, Rejection> {
    let area = visible(ask, code)?;
    ask.may_end(code.as_str(), area.facts.period)?;
    let goes_on = |child: &&AreaCode| {
        ask.book.area(child).is_some_and(|child| child.facts.period.reaches(ask.on))
    };
    if let Some(child) = area.children.iter().find(goes_on) {
        return Err(Rejection::AreaInUse { code: code.to_string(), inside: child.to_string() });
    }
    let mut versions =
        ask.book.layout(code).into_iter().flat_map(|layout| layout.versions_from(ask.on));
    if let Some(version) = versions.next() {
        let inside = version.code.to_string();
        return Err(Rejection::AreaInUse { code: code.to_string(), inside });
    }
    if superseded_by.contains(code) {
        return Err(Rejection::not_found(What::Area, code));
    }
    superseded_by.iter().try_for_each(|successor| ask.area_on(successor, ask.on))?;
    let mut facts = area.facts.clone();
    facts.period.to = Some(ask.on);
    facts.superseded_by = superseded_by.to_vec();
    Ok(Decided::one(Event::AreaRetired(facts), code))
}

fn visible<'a>(ask: &Ask<'a>, code: &AreaCode) -> Result<&'a Area, Rejection> {
    let found = ask.book.area(code).filter(|_| ask.command.scope.sees(code.as_str()));
    let area = found.ok_or_else(|| Rejection::not_found(What::Area, code))?;
    ask.unchanged(code.as_str(), area.mark)?;
    Ok(area)
}
