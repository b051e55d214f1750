//! Grids that end: moved, split, merged, retired. Where their history belongs is said by steps.

use super::grid::{begun, exhausted, fits, going_on};
use super::{Ask, Decided};
use crate::domain::book::Id;
use crate::domain::code::{AreaCode, GridCode};
use crate::domain::command::Part;
use crate::domain::day::Period;
use crate::domain::event::Event;
use crate::domain::grid::{GridFacts, GridKind, Layout, Operation, Step};
use crate::domain::lineage::shares;
use crate::domain::place::Outline;
use crate::domain::rejection::{Rejection, What};

pub(super) fn retire(ask: &Ask<'_>, code: &GridCode) -> Result<Decided, Rejection> {
    ending(ask, code)?;
    Ok(Decided::one(Event::GridRetired { code: code.clone(), on: ask.on }, code))
}

pub(super) fn relocate(
    ask: &Ask<'_>,
    code: &GridCode,
    to: &AreaCode,
) -> Result<Decided, Rejection> {
    let last = ending(ask, code)?;
    if last.kind == GridKind::Micro {
        return Err(Rejection::MicroGrid { code: code.clone() });
    }
    ask.area_on(to, ask.on)?;
    if *to == code.community() {
        return Err(Rejection::AlreadyExists { what: What::Grid, id: code.to_string() });
    }
    let [new] = &next_codes(ask, to, 1)?[..] else { return Err(exhausted(to)) };
    let grid = GridFacts { code: new.clone(), period: Period::since(ask.on), ..last.clone() };
    fits(ask.book, &grid, std::slice::from_ref(code))?;
    let step = whole(ask, code, new, Operation::Move);
    Ok(Decided::one(Event::GridMoved { grid, step }, new))
}

pub(super) fn split(ask: &Ask<'_>, code: &GridCode, parts: &[Part]) -> Result<Decided, Rejection> {
    let last = ending(ask, code)?;
    let codes = next_codes(ask, &code.community(), parts.len())?;
    let begin = |(part, new): (&Part, &GridCode)| {
        let kind = part.kind.unwrap_or(last.kind);
        let grid = begun(part, new.clone(), kind, Period::since(ask.on), last.parent.clone());
        GridFacts { sample: last.sample, ..grid }
    };
    let grids: Vec<GridFacts> = parts.iter().zip(&codes).map(begin).collect();
    for (index, grid) in grids.iter().enumerate() {
        fits(ask.book, grid, std::slice::from_ref(code))?;
        let earlier = &grids[..index];
        if let Some(other) = earlier.iter().find(|other| super::grid::collides(grid, other)) {
            return Err(Rejection::OutlineOverlap { code: other.code.clone() });
        }
    }
    let weights = shares(&parts.iter().map(|part| part.households).collect::<Vec<_>>());
    let steps = codes
        .iter()
        .zip(weights)
        .map(|(to, billionths)| Step { billionths, ..whole(ask, code, to, Operation::Split) });
    let ids = codes.iter().map(ToString::to_string).collect();
    let event = Event::GridSplit { grids, steps: steps.collect() };
    Ok(Decided { events: vec![event], keeps: Vec::new(), ids })
}

pub(super) fn merge(ask: &Ask<'_>, codes: &[GridCode], part: &Part) -> Result<Decided, Rejection> {
    let mut sources = Vec::new();
    for code in codes {
        sources.push(ending(ask, code)?);
    }
    let [first, others @ ..] = &sources[..] else {
        return Err(Rejection::not_found(What::Grid, ""));
    };
    let community = first.code.community();
    if let Some(other) = others.iter().find(|other| other.code.community() != community) {
        return Err(Rejection::NotSameCommunity { code: other.code.clone() });
    }
    if let Some(other) = others.iter().find(|other| other.parent != first.parent) {
        return Err(Rejection::MicroGrid { code: other.code.clone() });
    }
    let [new] = &next_codes(ask, &community, 1)?[..] else { return Err(exhausted(&community)) };
    let kind = part.kind.unwrap_or(first.kind);
    let mut grid = begun(part, new.clone(), kind, Period::since(ask.on), first.parent.clone());
    grid.sample = sources.iter().all(|source| source.sample);
    if grid.households == 0 {
        grid.households = sources.iter().map(|source| source.households).sum();
    }
    grid.outline = grid.outline.or_else(|| joined(&sources));
    fits(ask.book, &grid, codes)?;
    let steps = codes.iter().map(|code| whole(ask, code, new, Operation::Merge)).collect();
    Ok(Decided::one(Event::GridsMerged { grid, steps }, new))
}

/// The outlines of all, joined; nothing when one has none.
fn joined(sources: &[&GridFacts]) -> Option<Outline> {
    let outlines: Option<Vec<&Outline>> =
        sources.iter().map(|grid| grid.outline.as_ref()).collect();
    let mut outlines = outlines?.into_iter();
    let first = outlines.next()?.clone();
    Some(outlines.fold(first, |all, outline| all.joined(outline)))
}

/// The last version of a grid that may end on the day: it has begun by then, changes no more, and has no micro grids.
fn ending<'a>(ask: &Ask<'a>, code: &GridCode) -> Result<&'a GridFacts, Rejection> {
    let (_, last) = going_on(ask, code)?;
    if last.period.from >= ask.on {
        return Err(Rejection::LaterChange { code: code.to_string(), date: last.period.from });
    }
    let layout = ask.book.layout(&code.community());
    let mut versions = layout.into_iter().flat_map(|layout| layout.versions_from(ask.on));
    match versions.find(|version| version.parent.as_ref() == Some(code)) {
        Some(micro) => {
            Err(Rejection::HasMicroGrids { code: code.clone(), micro: micro.code.clone() })
        }
        None => Ok(last),
    }
}

fn next_codes(
    ask: &Ask<'_>,
    community: &AreaCode,
    count: usize,
) -> Result<Vec<GridCode>, Rejection> {
    debug_assert!(ask.book.knows(&Id::Layout(community.clone())), "declared by reads");
    let empty = Layout::empty(community.clone());
    let first = ask.book.layout(community).unwrap_or(&empty).next_code();
    let codes = std::iter::successors(first, |code| GridCode::of(community, code.sequence() + 1));
    let codes: Vec<GridCode> = codes.take(count).collect();
    if codes.len() == count { Ok(codes) } else { Err(exhausted(community)) }
}

fn whole(ask: &Ask<'_>, from: &GridCode, to: &GridCode, operation: Operation) -> Step {
    let (from, to) = (from.clone(), to.clone());
    Step { from, to, billionths: 1_000_000_000, on: ask.on, operation }
}
