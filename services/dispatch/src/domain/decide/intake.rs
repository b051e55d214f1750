//! Reporting and triage.

use jiff::SignedDuration;
use uuid::Uuid;

use super::{Answer, Context, Ruling};
use crate::domain::case_code::Counter;
use crate::domain::codes::GridCode;
use crate::domain::command::Report;
use crate::domain::dispute::{Dispute, Level, Stage};
use crate::domain::event::{Event, Fact, Reported, Triaged};
use crate::domain::places::Grid;
use crate::domain::rejection::Rejection;

/// How old a report may be when it is recorded: ten years; what is older is a slip of the pen.
const OLDEST: SignedDuration = SignedDuration::from_hours(24 * 3_653);

/// What dispatch knows that a report touches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The grid.
    pub grid: Option<&'a Grid>,
    /// Dispute that the same source was recorded as, with its grid.
    pub recorded: Option<(Uuid, GridCode)>,
    /// The counter of case codes; none = no code was ever given.
    pub counter: Option<&'a Counter>,
}

/// Decides what a report leads to.
pub fn report(
    context: &Context<'_>,
    known: &Known<'_>,
    report: &Report,
) -> Result<Ruling, Rejection> {
    if let Some((dispute_id, grid)) = known.recorded {
        if !report.scope.covers(&grid.area()) {
            return Err(Rejection::SourceRecordedElsewhere);
        }
        return Ok(Ruling {
            events: Vec::new(),
            counter: None,
            answer: Ok(Answer::Existing { dispute_id }),
        });
    }
    if !report.scope.covers(&report.grid.area()) {
        return Err(Rejection::AreaNotYours { area: report.grid.area() });
    }
    let at = report.reported_at.unwrap_or(context.now);
    if at.duration_since(context.now) > context.rules.clock_tolerance {
        return Err(Rejection::ReportTimeInFuture);
    }
    if context.now.duration_since(at) > OLDEST {
        return Err(Rejection::ReportTimeTooOld);
    }
    context.check_registry(report.min_registry)?;
    check_grid(context, known.grid, report.grid)?;

    let fresh;
    let counter = match known.counter {
        Some(counter) => counter,
        None => {
            fresh = Counter::new(&context.rules.new_counter_secret, context.incarnation);
            &fresh
        }
    };
    let (code, counter) = counter
        .give(context.rules.node_number, context.incarnation)
        .map_err(|_| Rejection::CaseCodesExhausted)?;
    let fact = Fact::Reported(Reported {
        code,
        kind: report.kind,
        scale: report.scale,
        people: report.people,
        parties: report.parties,
        channel: report.channel,
        source: report.source.clone(),
        at,
        home: context.node.to_owned(),
    });
    let event = Event {
        dispute_id: report.dispute_id,
        term: 1,
        grid: report.grid,
        fact,
        sealing: report.sealing,
    };
    let answer = Ok(Answer::Reported { dispute_id: report.dispute_id });
    Ok(Ruling { events: vec![event], counter: Some(counter), answer })
}

/// A grid must exist today; that a report is late does not bring a retired grid back.
fn check_grid(
    context: &Context<'_>,
    known: Option<&Grid>,
    asked: GridCode,
) -> Result<(), Rejection> {
    let Some(grid) = known else {
        return Err(if context.registry_caught_up {
            Rejection::GridNotFound { grid: asked, suggestions: Vec::new() }
        } else {
            Rejection::RegistryNotCaughtUp
        });
    };
    let today = calendar::business_date(context.now);
    if grid.from > today || grid.until.is_some_and(|until| until <= today) {
        return Err(Rejection::GridRetired {
            grid: grid.code,
            successors: grid.successors.clone(),
        });
    }
    Ok(())
}

/// Decides a dispute's level and limit; the limit counts from acceptance, however often the level changes.
pub(super) fn triage(
    context: &Context<'_>,
    dispute: &Dispute,
    level: Level,
) -> Result<Fact, Rejection> {
    let accepted_at = match &dispute.stage {
        Stage::Accepted { at } => *at,
        Stage::Triaged(triage) => triage.accepted_at,
        Stage::Reported
        | Stage::Rejected { .. }
        | Stage::Called(_)
        | Stage::UnderWay(_)
        | Stage::Arrived { .. }
        | Stage::Mediating { .. }
        | Stage::Concluded(_)
        | Stage::Closed { .. } => super::contradiction(&dispute.stage),
    };
    let triage =
        context.rules.triage(level, accepted_at, context.now).ok_or(Rejection::LimitOutOfRange)?;
    Ok(Fact::Triaged(Triaged {
        level,
        limit: triage.limit,
        rule_key: triage.rule_key,
        rule_source: triage.rule_source,
        accepted_at,
        due_at: triage.due_at,
        due_provisional: triage.due_provisional,
        calendar_version: triage.calendar_version,
        settings: triage.settings,
        pauses: triage.pauses,
        extensions: triage.extensions,
    }))
}

/// Decides whether the end of a dispute's limit is counted again, because there is newer data.
pub fn recount(context: &Context<'_>, dispute: &Dispute) -> Option<Event> {
    if dispute.home != context.node {
        return None;
    }
    let recounted = context.rules.recount(dispute.stage.open_triage()?)?;
    Some(Event::of(dispute, Fact::DeadlineRecounted(recounted), None))
}
