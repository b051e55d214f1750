//! Taking over a ledger of paper: all of its rows in one decision.

use std::collections::BTreeMap;

use calendar::{Limit, business_date};
use jiff::civil::Date;

use super::{Answer, Context, Ruling};
use crate::domain::case_code::Counter;
use crate::domain::catalogue::Catalogue;
use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::dispute::{
    Clock, DUE_BY_PAPER, Dispute, Paper, Place, Source, Stopped, start_of,
};
use crate::domain::event::{Event, Fact, TakenOver};
use crate::domain::places::{Grid, Unit};
use crate::domain::rejection::Rejection;
use crate::domain::rules::{Rules, StepLimit};
use crate::domain::takeover::{FaultReason, PaperPlace, PaperRow, RowFault, TakeOver, TakenRow};

/// Source of a limit whose end the paper tells.
const BY_PAPER: &str = "纸质台账所载期限";

/// What dispatch knows that rows touch.
#[derive(Debug, Default)]
pub struct Shelf<'a> {
    /// Grids that rows name, or that lie in communities that they name.
    pub grids: BTreeMap<GridCode, &'a Grid>,
    /// Units that rows name.
    pub units: BTreeMap<Id, &'a Unit>,
    /// What numbers are recorded as.
    pub recorded: BTreeMap<Source, &'a Dispute>,
    /// The counter of case codes; none = no code was ever given.
    pub counter: Option<&'a Counter>,
    /// The city's limits.
    pub catalogue: Option<&'a Catalogue>,
}

/// What one row comes to.
enum Verdict {
    /// A case that is there.
    Existing(TakenRow),
    /// A new case of this grid, held there.
    New(GridCode, Place),
}

/// Decides what rows of a ledger lead to. Nobody is told, and no PIN is issued: nobody waits for a receipt.
pub fn take_over(
    context: &Context<'_>,
    shelf: &Shelf<'_>,
    ask: &TakeOver,
) -> Result<Ruling, Rejection> {
    context.check_registry(ask.min_registry)?;
    let (mut faults, mut taken, mut new) = (ask.faults.clone(), Vec::new(), Vec::new());
    for row in &ask.rows {
        match verdict(context, shelf, ask, row)? {
            Ok(Verdict::Existing(existing)) => taken.push(existing),
            Ok(Verdict::New(grid, holder)) => {
                taken.push(TakenRow { line: row.line, dispute: row.dispute_id, existing: false });
                new.push((row, grid, holder));
            }
            Err(mut wrong) => faults.append(&mut wrong),
        }
    }
    faults.sort_by_key(|fault| fault.line);
    let stopped = !faults.is_empty() && !ask.partial;
    let answer = Ok(Answer::TakenOver { rows: taken, faults, stopped });
    if stopped || new.is_empty() {
        return Ok(Ruling::new(Vec::new(), answer));
    }
    let (events, counter) = cases(context, shelf, new)?;
    Ok(Ruling { counter: Some(counter), ..Ruling::new(events, answer) })
}

/// Makes the cases, each with a code of its own.
fn cases(
    context: &Context<'_>,
    shelf: &Shelf<'_>,
    new: Vec<(&PaperRow, GridCode, Place)>,
) -> Result<(Vec<Event>, Counter), Rejection> {
    let secret = &context.rules.new_counter_secret;
    let mut counter =
        shelf.counter.cloned().unwrap_or_else(|| Counter::new(secret, context.incarnation));
    let mut rules = BTreeMap::<(AreaCode, &str), Rules>::new();
    let mut events = Vec::with_capacity(new.len());
    for (row, grid, holder) in new {
        let given = counter.give(context.rules.node_number, context.incarnation);
        let (code, after) = given.map_err(|_| Rejection::CaseCodesExhausted)?;
        counter = after;
        let kind = row.paper.kind.as_str();
        let rules = rules.entry((holder.area, kind)).or_insert_with(|| {
            let today = business_date(context.now);
            let of_the_city =
                |city: &Catalogue| city.rules_for(context.rules, kind, holder.area, today);
            shelf.catalogue.map_or_else(|| context.rules.clone(), of_the_city)
        });
        let clock = clock(rules, &row.paper, row.accepted_on).ok_or(Rejection::LimitOutOfRange)?;
        let fact = Fact::TakenOver(TakenOver {
            code,
            scale: row.scale,
            people: row.people,
            parties: row.parties,
            channel: row.channel,
            source: row.source.clone(),
            reported_at: start_of(row.reported_on),
            accepted_at: start_of(row.accepted_on),
            home: context.node.to_owned(),
            holder,
            clock,
            paper: row.paper.clone(),
        });
        let (dispute_id, sealing) = (row.dispute_id, row.sealing);
        events.push(Event { dispute_id, term: 1, grid, fact, sealing });
    }
    Ok((events, counter))
}

/// The clock to the outcome, from the acceptance on paper: to the day that the paper tells, else by the rule of the level
/// that holds today; the inner none = neither is told of a case that has ended. One that is over by now is told once, and further up from then on.
fn clock(rules: &Rules, paper: &Paper, accepted_on: Date) -> Option<Option<Clock>> {
    let limit = match (paper.due_on, paper.level) {
        (Some(due_on), _) => {
            let days = accepted_on.until(due_on).ok()?.get_days();
            let limit = Limit::calendar_days(u32::try_from(days).ok()?);
            StepLimit::new(limit, DUE_BY_PAPER, BY_PAPER)
        }
        (None, Some(level)) => rules.limits.levels.of(level).clone(),
        // As of any case that is accepted and has no level yet.
        (None, None) if paper.end.is_none() => rules.limits.levels.general.clone(),
        (None, None) => return Some(None),
    };
    let mut clock = rules.start(&limit, start_of(accepted_on))?;
    clock.taken_over = true;
    clock.stopped = paper.end.map(|end| Stopped { at: start_of(end.on), done: true });
    Some(Some(clock))
}

/// Looks at a row; the outer refusal is one of the whole command.
fn verdict(
    context: &Context<'_>,
    shelf: &Shelf<'_>,
    ask: &TakeOver,
    row: &PaperRow,
) -> Result<Result<Verdict, Vec<RowFault>>, Rejection> {
    let fault = |column: &str, reason| RowFault::new(row.line, column, reason);
    if let Some(recorded) = shelf.recorded.get(&row.source) {
        if !ask.scope.covers(&recorded.grid.area()) {
            return Ok(Err(vec![fault("number", FaultReason::OutsideCaller)]));
        }
        if let Some(column) = differs(recorded, row) {
            return Ok(Err(vec![fault("number", FaultReason::Differs).hinting(column)]));
        }
        let existing = TakenRow { line: row.line, dispute: recorded.id, existing: true };
        return Ok(Ok(Verdict::Existing(existing)));
    }
    let mut faults = Vec::new();
    let grid = match grid(context, shelf, ask, row)? {
        Ok(grid) => Some(grid),
        Err(wrong) => {
            faults.push(wrong);
            None
        }
    };
    let unit = match unit(context, shelf, ask, row, grid)? {
        Ok(unit) => unit,
        Err(reason) => {
            faults.push(fault("organisation_id", reason));
            None
        }
    };
    let Some(grid) = grid.filter(|_| faults.is_empty()) else { return Ok(Err(faults)) };
    // A unit that has ended since mediated the case, and has it no more.
    let today = business_date(context.now);
    let holds = unit.filter(|unit| unit.exists_on(today));
    let holder = holds.map_or_else(
        || Place::of(grid.area(), None),
        |unit| Place::of(unit.area, Some(unit.id.clone())),
    );
    Ok(Ok(Verdict::New(grid, holder)))
}

/// The grid of a row: today's, as of a report.
fn grid(
    context: &Context<'_>,
    shelf: &Shelf<'_>,
    ask: &TakeOver,
    row: &PaperRow,
) -> Result<Result<GridCode, RowFault>, Rejection> {
    let fault = |column: &str, reason| RowFault::new(row.line, column, reason);
    let today = business_date(context.now);
    let exists = |code: &&GridCode| {
        let known = shelf.grids.get(code);
        known.is_some_and(|grid| grid.from <= today && grid.until.is_none_or(|until| until > today))
    };
    let (column, area) = match row.place {
        PaperPlace::Grid(code) => ("grid_code", code.area()),
        PaperPlace::Community(code) => ("community_code", code),
    };
    if !ask.scope.covers(&area) {
        return Ok(Err(fault(column, FaultReason::OutsideCaller)));
    }
    let found: Vec<GridCode> = match &row.place {
        PaperPlace::Grid(code) => Some(code).filter(exists).into_iter().copied().collect(),
        PaperPlace::Community(code) => {
            ask.communities.get(code).into_iter().flatten().filter(exists).copied().collect()
        }
    };
    match found.as_slice() {
        [one] => Ok(Ok(*one)),
        [] if !context.registry_caught_up => Err(Rejection::RegistryNotCaughtUp),
        [] => Ok(Err(fault(column, FaultReason::UnknownReference))),
        several => {
            let codes: Vec<&str> = several.iter().map(GridCode::as_str).collect();
            Ok(Err(fault(column, FaultReason::CommunityAmbiguous).hinting(codes.join(","))))
        }
    }
}

/// The unit that a row names: it works for the place, and within the caller's area.
fn unit<'a>(
    context: &Context<'_>,
    shelf: &Shelf<'a>,
    ask: &TakeOver,
    row: &PaperRow,
    grid: Option<GridCode>,
) -> Result<Result<Option<&'a Unit>, FaultReason>, Rejection> {
    let Some(id) = &row.paper.organisation else { return Ok(Ok(None)) };
    let Some(unit) = shelf.units.get(id) else {
        if context.registry_caught_up {
            return Ok(Err(FaultReason::UnknownReference));
        }
        return Err(Rejection::RegistryNotCaughtUp);
    };
    if !ask.scope.covers(&unit.area) {
        return Ok(Err(FaultReason::OutsideCaller));
    }
    if grid.is_some_and(|grid| !unit.area.covers(&grid.area())) {
        return Ok(Err(FaultReason::UnitElsewhere));
    }
    Ok(Ok(Some(unit)))
}

/// The first column in which a row says something else than when its number was taken over.
fn differs(recorded: &Dispute, row: &PaperRow) -> Option<&'static str> {
    let Some(paper) = &recorded.paper else { return Some("number") };
    let elsewhere = match row.place {
        PaperPlace::Grid(code) => code != recorded.grid,
        PaperPlace::Community(code) => code.as_str() != recorded.grid.community(),
    };
    let compared = [
        (elsewhere, "grid_code"),
        (start_of(row.reported_on) != recorded.reported_at, "report_date"),
        (Some(start_of(row.accepted_on)) != recorded.accepted_at, "accept_date"),
        (row.scale != recorded.scale, "scale"),
        (row.people != recorded.people, "people"),
        (row.parties != recorded.parties, "party_count"),
        (row.channel != recorded.channel, "channel"),
        (row.paper.old_type != paper.old_type, "old_type_code"),
        (row.paper.kind != paper.kind, "type_code"),
        (row.paper.level != paper.level, "level"),
        (row.paper.due_on != paper.due_on, "due_date"),
        (row.paper.organisation != paper.organisation, "organisation_id"),
        (row.paper.end.is_some() != paper.end.is_some(), "state"),
        (row.paper.end != paper.end, "outcome"),
    ];
    compared.into_iter().find_map(|(other, column)| other.then_some(column))
}
