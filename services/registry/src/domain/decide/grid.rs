//! Grids: begun, named and drawn anew; and the rules that every new version keeps.

use super::{Ask, Decided, holds};
use crate::domain::book::Book;
use crate::domain::code::{AreaCode, GridCode};
use crate::domain::command::{Drawing, Part};
use crate::domain::day::Period;
use crate::domain::event::Event;
use crate::domain::geometry::{Container, overlap};
use crate::domain::grid::{Grid, GridFacts, GridKind, Layout};
use crate::domain::place::Outline;
use crate::domain::rejection::{Rejection, What};
use crate::domain::suggest;

pub(super) fn rename(ask: &Ask<'_>, code: &GridCode, name: &str) -> Result<Decided, Rejection> {
    let before = next_version(ask, code)?;
    let facts = GridFacts { name: name.to_owned(), ..before.clone() };
    Ok(Decided::changed(&before, facts, Event::GridRenamed, code))
}

pub(super) fn create(
    ask: &Ask<'_>,
    community: &AreaCode,
    parent: Option<&GridCode>,
    part: &Part,
) -> Result<Decided, Rejection> {
    ask.area_on(community, ask.on)?;
    let empty = Layout::empty(community.clone());
    let layout = ask.book.layout(community).unwrap_or(&empty);
    let code = layout.next_code().ok_or_else(|| exhausted(community))?;
    let kind = part.kind.unwrap_or(GridKind::Comprehensive);
    let facts = begun(part, code.clone(), kind, Period::since(ask.on), parent.cloned());
    fits(ask.book, &facts, &[])?;
    Ok(Decided::one(Event::GridCreated(facts), code))
}

pub(super) fn redraw(
    ask: &Ask<'_>,
    code: &GridCode,
    drawing: &Drawing,
) -> Result<Decided, Rejection> {
    let before = next_version(ask, code)?;
    let mut facts = before.clone();
    facts.outline = drawing.outline.clone().unwrap_or(facts.outline);
    facts.base = drawing.base.or(facts.base);
    facts.households = drawing.households.unwrap_or(facts.households);
    if facts.outline != before.outline {
        fits(ask.book, &facts, &[])?;
    }
    Ok(Decided::changed(&before, facts, Event::GridRedrawn, code))
}

/// The first version of a grid.
pub(super) fn begun(
    part: &Part,
    code: GridCode,
    kind: GridKind,
    period: Period,
    parent: Option<GridCode>,
) -> GridFacts {
    GridFacts {
        code,
        kind,
        parent,
        name: part.name.clone(),
        households: part.households,
        outline: part.outline.clone(),
        base: part.base,
        period,
        sample: false,
    }
}

pub(super) fn exhausted(community: &AreaCode) -> Rejection {
    Rejection::SequenceExhausted { community: community.to_string() }
}

/// The last version of a grid that goes on, as it would begin anew on the day.
fn next_version(ask: &Ask<'_>, code: &GridCode) -> Result<GridFacts, Rejection> {
    let (_, last) = going_on(ask, code)?;
    if last.period.from > ask.on {
        return Err(Rejection::LaterChange { code: code.to_string(), date: last.period.from });
    }
    Ok(GridFacts { period: Period::since(ask.on), ..last.clone() })
}

/// A grid that the caller sees and that has no last day, with its last version.
pub(super) fn going_on<'a>(
    ask: &Ask<'a>,
    code: &GridCode,
) -> Result<(&'a Grid, &'a GridFacts), Rejection> {
    let grid = visible(ask, code)?;
    ask.unchanged(code.as_str(), grid.mark)?;
    let last = grid.last().filter(|last| last.period.to.is_none());
    Ok((grid, last.ok_or_else(|| Rejection::GridRetired { code: code.clone(), on: ask.on })?))
}

fn visible<'a>(ask: &Ask<'a>, code: &GridCode) -> Result<&'a Grid, Rejection> {
    let seen = ask.command.scope.sees(code.as_str());
    ask.book.grid(code).filter(|_| seen).ok_or_else(|| {
        let siblings = ask.book.layout(&code.community()).filter(|_| seen);
        let known = siblings.into_iter().flat_map(|layout| layout.grids.keys());
        let did_you_mean = suggest::nearest(code.as_str(), known);
        Rejection::NotFound { what: What::Grid, id: code.to_string(), did_you_mean }
    })
}

/// A version fits: what it lies in goes on, its outline lies where it may. Grids in `leaving` end when it begins.
pub fn fits(book: &dyn Book, facts: &GridFacts, leaving: &[GridCode]) -> Result<(), Rejection> {
    Ground::of(book, facts)?.takes(facts, leaving)
}

/// Where grids of one community and one parent begin.
pub(super) struct Ground<'a> {
    layout: Option<&'a Layout>,
    /// What an outline has to lie in.
    container: Option<(String, Container)>,
}

impl<'a> Ground<'a> {
    /// Where a version begins: in a community that goes on, and a micro grid in a grid that does.
    pub(super) fn of(book: &'a dyn Book, facts: &GridFacts) -> Result<Self, Rejection> {
        let (community, on) = (facts.code.community(), facts.period.from);
        if let Some(area) = book.area(&community) {
            holds(area, on)?;
        }
        let layout = book.layout(&community);
        let parent = match &facts.parent {
            None => None,
            Some(code) => {
                let grid = layout.and_then(|layout| layout.grids.get(code));
                let version = grid.filter(|grid| grid.goes_on(on)).and_then(|grid| grid.on(on));
                let full = version.filter(|version| version.kind != GridKind::Micro);
                Some(full.ok_or(Rejection::ParentGrid)?)
            }
        };
        let around = facts.outline.as_ref().and_then(|_| container(book, facts, parent));
        let container = around.map(|(code, outline)| (code, Container::new(outline)));
        Ok(Ground { layout, container })
    }

    /// Whether a version lies on this ground as it should, beside what is there and around its own micro grids.
    pub(super) fn takes(&self, facts: &GridFacts, leaving: &[GridCode]) -> Result<(), Rejection> {
        if (facts.kind == GridKind::Micro) != facts.parent.is_some() {
            return Err(Rejection::ParentGrid);
        }
        let Some(outline) = &facts.outline else { return Ok(()) };
        if let Some((code, container)) = &self.container
            && !container.holds(outline)
        {
            return Err(Rejection::OutlineOutside { code: code.clone() });
        }
        let others = || {
            let versions = self.layout.into_iter();
            versions.flat_map(|layout| layout.versions_from(facts.period.from))
        };
        let mut beside = others().filter(|other| !leaving.contains(&other.code));
        if let Some(other) = beside.find(|other| collides(facts, other)) {
            return Err(Rejection::OutlineOverlap { code: other.code.clone() });
        }
        let micro = || others().filter(|other| other.parent.as_ref() == Some(&facts.code));
        if micro().next().is_none() {
            return Ok(());
        }
        let own = Container::new(outline);
        let outside =
            |other: &&GridFacts| other.outline.as_ref().is_some_and(|outline| !own.holds(outline));
        match micro().find(outside) {
            Some(other) => Err(Rejection::OutlineTooSmall { inside: other.code.to_string() }),
            None => Ok(()),
        }
    }
}

/// What an outline has to lie in: the parent grid, else the nearest area with an outline.
fn container<'a>(
    book: &'a dyn Book,
    facts: &GridFacts,
    parent: Option<&'a GridFacts>,
) -> Option<(String, &'a Outline)> {
    if let Some(parent) = parent
        && let Some(outline) = &parent.outline
    {
        return Some((parent.code.to_string(), outline));
    }
    let community = facts.code.community();
    let mut areas = std::iter::once(community.clone()).chain(community.ancestors());
    areas.find_map(|code| Some((code.to_string(), book.area(&code)?.facts.outline.as_ref()?)))
}

/// Whether two versions take the same ground at the same time: grids of full rank among themselves, micro grids of one
/// parent among themselves.
pub fn collides(facts: &GridFacts, other: &GridFacts) -> bool {
    let same_rank = facts.code != other.code
        && facts.parent == other.parent
        && (facts.kind == GridKind::Micro) == (other.kind == GridKind::Micro);
    if !same_rank || !facts.period.meets(&other.period) {
        return false;
    }
    match (&facts.outline, &other.outline) {
        (Some(left), Some(right)) => overlap(left, right),
        (None, _) | (_, None) => false,
    }
}
