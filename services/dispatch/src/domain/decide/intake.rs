//! Reporting and triage.

use jiff::SignedDuration;
use uuid::Uuid;

use super::{Answer, Context, Ruling};
use crate::domain::case_code::Counter;
use crate::domain::codes::GridCode;
use crate::domain::command::{Report, Triaging};
use crate::domain::dispute::{Clock, ClockKind, DUE_BY_PAPER, Dispute, Place};
use crate::domain::event::{Event, Fact, Recounted, Reported, Triaged};
use crate::domain::pin::Pin;
use crate::domain::places::Grid;
use crate::domain::rejection::Rejection;
use crate::domain::sealed::Sealing;

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
        return Ok(Ruling::new(Vec::new(), Ok(Answer::Existing { dispute_id })));
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
    if report.danger {
        return Ok(police_first(report));
    }
    give_code(context, known, report)
}

/// Mediation is not for danger to life: 人民调解法 art. 25. That it was reported is a fact; details are not kept.
fn police_first(report: &Report) -> Ruling {
    let fact = Fact::PoliceFirst { channel: report.channel };
    let event =
        Event { dispute_id: report.dispute_id, term: 0, grid: report.grid, fact, sealing: None };
    Ruling::new(vec![event], Err(Rejection::PoliceFirst))
}

/// Makes the case.
fn give_code(
    context: &Context<'_>,
    known: &Known<'_>,
    report: &Report,
) -> Result<Ruling, Rejection> {
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
    let clock = context.rules.start(&context.rules.limits.accept, context.now);
    let fact = Fact::Reported(Reported {
        code,
        kind: report.kind,
        scale: report.scale,
        people: report.people,
        parties: report.parties,
        channel: report.channel,
        source: report.source.clone(),
        at: report.reported_at.unwrap_or(context.now),
        home: context.node.to_owned(),
        receiver: Place::of(report.scope, report.unit.clone()),
        holder: first_holder(report),
        clock: clock.ok_or(Rejection::LimitOutOfRange)?,
        protective: report.protective,
        reporter_reachable: report.reporter_reachable,
    });
    let event = Event {
        dispute_id: report.dispute_id,
        term: 1,
        grid: report.grid,
        fact,
        sealing: report.sealing,
    };
    let answer = Ok(Answer::Reported { dispute_id: report.dispute_id });
    let pin = report.pin.as_ref().map(|hash| Pin::default().issued(hash.clone()));
    let issued = pin.as_ref().map(|pin| Event {
        fact: Fact::PinIssued { version: pin.version },
        sealing: None,
        ..event.clone()
    });
    let events = [event].into_iter().chain(issued).collect();
    Ok(Ruling { counter: Some(counter), pin, ..Ruling::new(events, answer) })
}

/// Who has a case first. Small matters stay in the village (小事不出村): what somebody above the towns receives, on the
/// telephone or by an app, begins in the community of its grid; who sits in the town or the village keeps it.
pub fn first_holder(report: &Report) -> Place {
    let receiver = Place::of(report.scope, report.unit.clone());
    if receiver.area.is_above_towns() { Place::of(report.grid.area(), None) } else { receiver }
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

/// Accepts a case. The clock to the outcome runs from here, by the limit of a general case until triage says otherwise:
/// a case that nobody triages is told of as any other.
pub(super) fn accept(context: &Context<'_>) -> Result<Fact, Rejection> {
    let limit = &context.rules.limits.levels.general;
    let clock = context.rules.start(limit, context.now).ok_or(Rejection::LimitOutOfRange)?;
    Ok(Fact::Accepted { clock })
}

/// Decides a dispute's level, and with it the clock to the outcome, which counts from acceptance however often the level
/// changes; what it stood still and was extended by stays.
pub(super) fn triage(
    context: &Context<'_>,
    dispute: &Dispute,
    triaging: &Triaging,
    sealing: Option<Sealing>,
) -> Result<Ruling, Rejection> {
    if triaging.danger {
        let event = Event::of(dispute, Fact::PoliceFirst { channel: dispute.channel }, None);
        return Ok(Ruling::new(vec![event], Err(Rejection::PoliceFirst)));
    }
    let before = dispute.clock(ClockKind::Handle);
    let start = before.map_or(dispute.accepted_at, |clock| Some(clock.limit.start));
    let Some(start) = start else { super::contradiction(dispute) };
    let limit = context.rules.limits.levels.of(triaging.level);
    let mut clock = context.rules.start(limit, start).ok_or(Rejection::LimitOutOfRange)?;
    let by_paper = |clock: &&Clock| clock.limit.rule_key.as_deref() == Some(DUE_BY_PAPER);
    if let Some(before) = before.filter(by_paper) {
        // The last day that a paper told stays, however hard the case is said to be.
        clock = before.clone();
    } else if let Some(before) = before {
        clock.limit.pauses.clone_from(&before.limit.pauses);
        clock.limit.extensions.clone_from(&before.limit.extensions);
        clock.settings.clone_from(&before.settings);
        (clock.shown, clock.raised) = (before.shown, before.raised);
        let calendar = context.rules.calendars.current();
        clock = clock.counted(calendar).ok_or(Rejection::LimitOutOfRange)?;
    }
    // The first limit of a case on paper counts from an acceptance that the paper tells.
    clock.taken_over = before.map_or(dispute.paper.is_some(), |before| before.taken_over);
    let fact = Fact::Triaged(Triaged {
        level: triaging.level,
        clock,
        kind: triaging.kind.filter(|kind| *kind != dispute.kind),
        protective: triaging.protective || dispute.protective,
    });
    Ok(Ruling::done(dispute, vec![Event::of(dispute, fact, sealing)]))
}

/// Decides which clocks of a dispute are counted again, because there is a newer calendar.
pub fn recount(context: &Context<'_>, dispute: &Dispute) -> Vec<Event> {
    if dispute.home != context.node {
        return Vec::new();
    }
    let counted = dispute.clocks.keys().filter_map(|kind| counted_again(context, dispute, *kind));
    counted.map(|fact| Event::of(dispute, fact, None)).collect()
}

/// A clock that runs counted by a newer calendar, if there is one.
pub(super) fn counted_again(
    context: &Context<'_>,
    dispute: &Dispute,
    kind: ClockKind,
) -> Option<Fact> {
    let before = dispute.clock(kind)?;
    Some(Fact::DeadlineRecounted(Recounted {
        kind,
        previous_due_at: before.due_at(),
        previous_calendar_version: before.limit.calendar_version.clone(),
        clock: context.rules.recount(before)?,
    }))
}
