//! Grids that end: moved, split, merged, retired. Where their history belongs is said by steps.

use super::grid::{Ground, begun, exhausted, fits, going_on};
use std::collections::{BTreeMap, BTreeSet};

use super::{Ask, Decided};
use crate::domain::book::Id;
use crate::domain::code::{AreaCode, GridCode};
use crate::domain::command::Part;
use crate::domain::day::Period;
use crate::domain::event::Event;
use crate::domain::geojson;
use crate::domain::grid::{GridFacts, GridKind, Layout, Operation, Step};
use crate::domain::lineage::shares;
use crate::domain::place::Outline;
use crate::domain::rejection::{Rejection, What};
use crate::domain::worker::Assignment;

pub(super) fn retire(ask: &Ask<'_>, code: &GridCode) -> Result<Decided, Rejection> {
    ending(ask, code)?;
    let decided = Decided::one(Event::GridRetired { code: code.clone(), on: ask.on }, code);
    Ok(handed_on(ask, decided, std::slice::from_ref(code), &[]))
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
    let mut decided =
        Decided::one(Event::GridMoved { grid: grid.clone(), step: step.clone() }, new);
    decided.events.push(Event::GridMovedIn { grid, step });
    Ok(handed_on(ask, decided, std::slice::from_ref(code), std::slice::from_ref(new)))
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
    let drawn = grids.iter().find(|grid| grid.outline.is_some()).or(grids.first());
    let ground = drawn.map(|grid| Ground::of(ask.book, grid)).transpose()?;
    for (index, grid) in grids.iter().enumerate() {
        ground.iter().try_for_each(|ground| ground.takes(grid, std::slice::from_ref(code)))?;
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
    let decided = Decided { events: vec![event], keeps: Vec::new(), ids };
    Ok(handed_on(ask, decided, std::slice::from_ref(code), &codes))
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
    grid.outline = match grid.outline {
        Some(outline) => Some(outline),
        None => joined(&sources)?,
    };
    fits(ask.book, &grid, codes)?;
    let steps = codes.iter().map(|code| whole(ask, code, new, Operation::Merge)).collect();
    let decided = Decided::one(Event::GridsMerged { grid, steps }, new);
    Ok(handed_on(ask, decided, codes, std::slice::from_ref(new)))
}

/// The outlines of all, joined, by the same rules as a drawn one; nothing when one has none.
fn joined(sources: &[&GridFacts]) -> Result<Option<Outline>, Rejection> {
    let outlines: Option<Vec<&Outline>> =
        sources.iter().map(|grid| grid.outline.as_ref()).collect();
    let Some(outlines) = outlines else { return Ok(None) };
    let mut outlines = outlines.into_iter();
    let Some(first) = outlines.next().cloned() else { return Ok(None) };
    let joined = outlines.fold(first, |all, outline| all.joined(outline));
    geojson::checked(joined).map(Some).map_err(|wrong| Rejection::OutlineJoined { wrong })
}

/// Who served what ends serves what takes its place; without successors the charge just ends.
fn handed_on(
    ask: &Ask<'_>,
    mut decided: Decided,
    ended: &[GridCode],
    successors: &[GridCode],
) -> Decided {
    let ids = ended.iter().filter_map(|code| ask.book.grid(code)).flat_map(|grid| &grid.workers);
    for id in ids.collect::<BTreeSet<_>>() {
        let Some(worker) = ask.book.worker(id) else { continue };
        let affected = |entry: &&Assignment| {
            let takes_place = entry.period.to.is_none_or(|to| entry.period.from < to);
            ended.contains(&entry.grid) && entry.period.reaches(ask.on) && takes_place
        };
        let mut anew: BTreeMap<&GridCode, Period> = BTreeMap::new();
        for entry in worker.assignments.iter().filter(affected) {
            let from = entry.period.from.max(ask.on);
            // What was to begin later does not begin at all.
            let to = Some(ask.on.max(entry.period.from));
            let period = Period { to, ..entry.period };
            let assignment = Assignment { grid: entry.grid.clone(), period };
            let (id, area) = (id.clone(), worker.facts.area.clone());
            decided.events.push(Event::WorkerUnassigned { id, area, assignment });
            for code in successors {
                let rest = Period { from, to: entry.period.to };
                anew.entry(code).and_modify(|known| *known = known.with(&rest)).or_insert(rest);
            }
        }
        for (code, period) in anew {
            let (id, area) = (id.clone(), worker.facts.area.clone());
            let assignment = Assignment { grid: code.clone(), period };
            decided.events.push(Event::WorkerAssigned { id, area, assignment });
        }
    }
    decided
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
