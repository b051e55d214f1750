//! Calling a team: one clock, one open offer at a time, the nearest first.

use jiff::Timestamp;

use super::{Around, Context, Ruling};
use crate::domain::codes::Id;
use crate::domain::dispute::{
    Call, Clock, ClockKind, DeclineReason, Dispute, Offering, Stage, Trip,
};
use crate::domain::event::{Event, Fact, Search, TeamOffered};
use crate::domain::nearest::{estimate, nearest};
use crate::domain::places::{Engagement, Point, Team};
use crate::domain::rejection::Rejection;
use crate::domain::sealed::Sealing;

/// Calls a team. The first call starts the clock; a later one passes over a team that does not answer, and when nobody
/// was left asks all of them anew.
#[expect(clippy::wildcard_enum_match_arm, reason = "the table lets no other stage through")]
pub(super) fn call(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
    wanted: Option<&Id>,
) -> Result<Ruling, Rejection> {
    if !context.registry_read_once {
        // The nearest of those known so far need not be the nearest, and that nobody is left could be wrong.
        return Err(Rejection::RegistryNotCaughtUp);
    }
    let mut events = Vec::new();
    let (rounds, asked) = match &dispute.stage {
        Stage::Triaged => {
            events.push(Event::of(dispute, called(context, dispute)?, None));
            (0, Vec::new())
        }
        Stage::Called(Call { offering: Offering::Open(offer), rounds, declined, .. }) => {
            events.push(Event::of(dispute, lapsed(&offer.team), None));
            (*rounds, asked_by_now(declined, &offer.team))
        }
        Stage::Called(Call { offering: Offering::Nobody, rounds, .. }) => (*rounds, Vec::new()),
        _ => super::contradiction(dispute),
    };
    let fact = match wanted {
        Some(wanted) => offer_to(context, dispute, around, wanted, rounds)?,
        None => offer_next(context, dispute, around, &asked, rounds),
    };
    events.push(Event::of(dispute, fact, None));
    Ok(Ruling::done(dispute, events))
}

/// A call, with the clock to arrival unless the case has one: one per case, however often a team is called.
fn called(context: &Context<'_>, dispute: &Dispute) -> Result<Fact, Rejection> {
    let clock = match dispute.clock(ClockKind::Arrive) {
        Some(_) => None,
        None => Some(
            context
                .rules
                .start(&context.rules.limits.arrive, context.now)
                .ok_or(Rejection::LimitOutOfRange)?,
        ),
    };
    let running = clock.as_ref().or(dispute.clock(ClockKind::Arrive));
    let due_at = running.and_then(Clock::due_at).unwrap_or(context.now);
    Ok(Fact::TeamCalled { due_at, clock })
}

fn lapsed(team: &Id) -> Fact {
    Fact::OfferLapsed { team: team.clone(), after_acceptance: false }
}

/// Passes over a team that has not answered, or accepted and never came, and asks the next one.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other stage has a team to pass over")]
pub(super) fn pass_over(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
) -> Vec<Event> {
    let (lapsed, rounds, asked) = match &dispute.stage {
        Stage::Called(Call { offering: Offering::Open(offer), rounds, declined, .. }) => {
            (lapsed(&offer.team), *rounds, asked_by_now(declined, &offer.team))
        }
        Stage::UnderWay(Trip { team, rounds, declined, .. }) => {
            let lapsed = Fact::OfferLapsed { team: team.clone(), after_acceptance: true };
            (lapsed, *rounds, asked_by_now(declined, team))
        }
        _ => return Vec::new(),
    };
    let next = offer_next(context, dispute, around, &asked, rounds);
    vec![Event::of(dispute, lapsed, None), Event::of(dispute, next, None)]
}

/// Takes the open offer back from a team whose duty ends, and asks the one that takes over if it can be asked, else the
/// next.
pub(super) fn withdraw(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
    to: Option<&Id>,
) -> Vec<Event> {
    let Stage::Called(Call { offering: Offering::Open(offer), rounds, declined, .. }) =
        &dispute.stage
    else {
        return Vec::new();
    };
    let withdrawn = Fact::OfferWithdrawn { team: offer.team.clone() };
    let next = to
        .filter(|to| !declined.contains(to))
        .and_then(|to| offer_to(context, dispute, around, to, *rounds).ok())
        .unwrap_or_else(|| offer_next(context, dispute, around, declined, *rounds));
    vec![Event::of(dispute, withdrawn, None), Event::of(dispute, next, None)]
}

/// Accepts the open offer.
pub(super) fn accept(
    context: &Context<'_>,
    dispute: &Dispute,
    team: &Id,
) -> Result<Fact, Rejection> {
    let Stage::Called(Call { offering: Offering::Open(offer), .. }) = &dispute.stage else {
        super::contradiction(dispute)
    };
    turn_of(&offer.team, team)?;
    // It has as long as the case gives it, and then some: one that comes late is better than none.
    let due_at = dispute.clock(ClockKind::Arrive).and_then(Clock::due_at);
    let from = due_at.unwrap_or(context.now).max(context.now);
    let given_up_at = from.saturating_add(context.rules.give_up).unwrap_or(Timestamp::MAX);
    Ok(Fact::OfferAccepted { team: team.clone(), given_up_at })
}

/// Declines the open offer, or gives the case back on the way; asks the next team.
#[expect(clippy::wildcard_enum_match_arm, reason = "the table lets no other stage through")]
pub(super) fn decline(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
    team: &Id,
    reason: DeclineReason,
    sealing: Option<Sealing>,
) -> Result<Ruling, Rejection> {
    let (turn, rounds, asked) = match &dispute.stage {
        Stage::Called(Call { offering: Offering::Open(offer), rounds, declined, .. }) => {
            (&offer.team, *rounds, asked_by_now(declined, &offer.team))
        }
        Stage::UnderWay(Trip { team, rounds, declined, .. }) => {
            (team, *rounds, asked_by_now(declined, team))
        }
        _ => super::contradiction(dispute),
    };
    turn_of(turn, team)?;
    let declined = Fact::OfferDeclined { team: team.clone(), reason };
    let next = offer_next(context, dispute, around, &asked, rounds);
    let events = vec![Event::of(dispute, declined, sealing), Event::of(dispute, next, None)];
    Ok(Ruling::done(dispute, events))
}

/// Records that the team is there.
pub(super) fn arrive(
    context: &Context<'_>,
    dispute: &Dispute,
    team: &Id,
    at: Option<Timestamp>,
) -> Result<Fact, Rejection> {
    let Stage::UnderWay(trip) = &dispute.stage else { super::contradiction(dispute) };
    turn_of(&trip.team, team)?;
    let at = at.unwrap_or(context.now);
    let ahead = at.duration_since(context.now) > context.rules.clock_tolerance;
    if ahead || at < trip.accepted_at {
        return Err(Rejection::ArrivalTimeImpossible);
    }
    let Some(clock) = dispute.clock(ClockKind::Arrive) else { super::contradiction(dispute) };
    // A case that is done again was arrived at before, unless it ended before anybody came.
    let before = clock.stopped.filter(|stopped| stopped.done);
    let stopped_at = before.map_or(at, |stopped| stopped.at);
    let in_time = clock.due_at().is_some_and(|due_at| stopped_at <= due_at);
    Ok(Fact::TeamArrived { team: team.clone(), at, in_time })
}

/// Teams that are not asked again in this round: those that did not come, and `last`.
fn asked_by_now(declined: &[Id], last: &Id) -> Vec<Id> {
    declined.iter().chain([last]).cloned().collect()
}

fn turn_of(turn: &Id, team: &Id) -> Result<(), Rejection> {
    if turn == team { Ok(()) } else { Err(Rejection::NotThisTeam { team: turn.clone() }) }
}

/// Asks the nearest team that is on duty, has room and was not asked before.
fn offer_next(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
    asked: &[Id],
    rounds: u32,
) -> Fact {
    let today = calendar::business_date(context.now);
    let mut search = Search::default();
    let mut free = Vec::new();
    for (team, engagement) in &around.teams {
        if !team.exists_on(today) {
            continue;
        }
        search.serving += 1;
        if asked.contains(&team.id) {
            search.asked += 1;
        } else if !team.duty.is_on(context.now) {
            search.off_duty += 1;
        } else if !engagement.has_room(dispute.id, team.capacity) {
            search.engaged += 1;
        } else {
            free.push((*team, starts_from(context, around, team)));
        }
    }
    let place = around.grid.and_then(|grid| grid.point);
    match nearest(place, free, context.rules.way).first() {
        Some((team, _)) => Fact::TeamOffered(offered(context, around, team, rounds)),
        None => Fact::NoTeamFound(search),
    }
}

/// Asks the team that the caller names.
fn offer_to(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
    wanted: &Id,
    rounds: u32,
) -> Result<Fact, Rejection> {
    let (team, engagement) = serving(context, around, wanted)?;
    let refuse = |why| Err(Rejection::TeamNotFree { team: wanted.clone(), why });
    if !team.duty.is_on(context.now) {
        return refuse("OFF_DUTY");
    }
    if !engagement.has_room(dispute.id, team.capacity) {
        return refuse("ENGAGED");
    }
    Ok(Fact::TeamOffered(offered(context, around, team, rounds)))
}

/// An offer. Its estimate is from the team's base point, also where another point decided who is nearest: what is recorded
/// stays, and distances from where a team is, one after the other, would tell its way.
fn offered(context: &Context<'_>, around: &Around<'_>, team: &Team, rounds: u32) -> TeamOffered {
    let place = around.grid.and_then(|grid| grid.point);
    TeamOffered {
        team: team.id.clone(),
        round: rounds + 1,
        answer_until: answer_until(context),
        estimate: estimate(team.point, place, context.rules.way),
    }
}

/// Where a team is, if it said so a short time ago and within its shift; else its base point.
fn starts_from(context: &Context<'_>, around: &Around<'_>, team: &Team) -> Option<Point> {
    let said = around.positions.and_then(|positions| positions.get(&team.id));
    let fresh = said.filter(|said| {
        context.now.duration_since(said.at) <= context.rules.position_fresh
            && team.is_known_at(said, context.now)
    });
    fresh.map(|said| said.point).or(team.point)
}

fn answer_until(context: &Context<'_>) -> Timestamp {
    context.now.saturating_add(context.rules.answer).unwrap_or(Timestamp::MAX)
}

fn serving<'a>(
    context: &Context<'_>,
    around: &'a Around<'_>,
    wanted: &Id,
) -> Result<(&'a Team, &'a Engagement), Rejection> {
    let today = calendar::business_date(context.now);
    let exists = |team: &Team| team.exists_on(today);
    match around.teams.iter().find(|(team, _)| team.id == *wanted && exists(team)) {
        Some((team, engagement)) => Ok((team, engagement)),
        None if around.named_team.is_some_and(exists) => {
            Err(Rejection::TeamNotFree { team: wanted.clone(), why: "NOT_SERVING" })
        }
        None => Err(Rejection::TeamNotFound { team: wanted.clone() }),
    }
}
