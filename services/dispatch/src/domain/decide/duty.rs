//! Teams go on and off duty; who goes off is asked no more.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{Answer, Around, Context, notices, team};
use crate::domain::codes::Id;
use crate::domain::dispute::Dispute;
use crate::domain::duty::{DutyAct, DutyWish, MOST_DAYS, Shift, TeamEvent, TeamFact};
use crate::domain::event::{Event, Happening};
use crate::domain::places::{Duty, Team};
use crate::domain::rejection::Rejection;
use crate::domain::rules::Rules;

/// A case whose open offer is with a team that goes off duty, and what is known around it.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The case.
    pub dispute: &'a Dispute,
    /// Its grid and the teams that serve it.
    pub around: Around<'a>,
    /// Its own rules, where the city has released some; else those of the node.
    pub rules: Option<Rules>,
}

/// Decides who is on duty. `known` are the teams that the act names, as far as there are such; `asked` the cases with an
/// open offer to the one that goes off.
pub fn duty(
    context: &Context<'_>,
    known: &BTreeMap<Id, &Team>,
    asked: Vec<Asked<'_>>,
    act: &DutyAct,
) -> Result<(Vec<Happening>, Answer), Rejection> {
    context.check_registry(act.min_registry)?;
    let teams = act.wish.teams();
    let answer = Answer::OnDuty { teams: teams.iter().copied().cloned().collect() };
    for team in teams {
        visible(context, known.get(team).copied(), team, act)?;
    }
    let team = |id: &Id| known.get(id).map_or_else(|| unreachable!("looked at before"), |t| *t);
    let events = match &act.wish {
        DutyWish::Start(id, wish) => {
            let shift = wish.after(team(id).shift(context.now));
            check(context, shift)?;
            start(context, team(id), shift, None).into_iter().collect()
        }
        DutyWish::End(id) => {
            if team(id).duty == Duty::Off {
                return Ok((Vec::new(), answer));
            }
            let ended = happened(team(id), TeamFact::DutyEnded { to: None });
            let off = team(id).clone().on(Duty::Off, team(id).capacity, context.now);
            let moved = move_on(context, asked, &[off], None);
            std::iter::once(ended).chain(moved).collect()
        }
        DutyWish::HandOver { from, to, shift } => {
            let Some(before) = team(from).shift(context.now) else {
                return Err(Rejection::TeamOffDuty { team: from.clone() });
            };
            // Who is on duty already has promised that much itself.
            let own = team(to).shift(context.now);
            let shift = shift.after(Some(own.map_or(before, |own| own.joined(before))));
            check(context, shift)?;
            let off = team(from).clone().on(Duty::Off, team(from).capacity, context.now);
            let on = Duty::until(shift.until);
            let on = team(to).clone().on(on, shift.capacity, context.now);
            let begun = start(context, team(to), shift, Some(from.clone()));
            let ended = happened(team(from), TeamFact::DutyEnded { to: Some(to.clone()) });
            let moved = move_on(context, asked, &[off, on], Some(to));
            begun.into_iter().chain([ended]).chain(moved).collect()
        }
    };
    Ok((events, answer))
}

/// Whether there is such a team within the caller's area.
fn visible(
    context: &Context<'_>,
    team: Option<&Team>,
    id: &Id,
    act: &DutyAct,
) -> Result<(), Rejection> {
    let today = calendar::business_date(context.now);
    match team {
        Some(team) if act.scope.covers(&team.area) && team.exists_on(today) => Ok(()),
        // A team that was entered a moment ago may not be known yet.
        None if !context.registry_caught_up => Err(Rejection::RegistryNotCaughtUp),
        Some(_) | None => Err(Rejection::TeamNotFound { team: id.clone() }),
    }
}

fn check(context: &Context<'_>, shift: Shift) -> Result<(), Rejection> {
    let most = SignedDuration::from_hours(24 * MOST_DAYS);
    let possible =
        |until: jiff::Timestamp| until > context.now && until.duration_since(context.now) <= most;
    if shift.until.is_none_or(possible) { Ok(()) } else { Err(Rejection::DutyEndImpossible) }
}

/// Nothing happens where a team is on duty like that already.
fn start(context: &Context<'_>, team: &Team, shift: Shift, from: Option<Id>) -> Option<Happening> {
    let duty = Duty::until(shift.until);
    let same = team.duty == duty && team.capacity == shift.capacity && duty.is_on(context.now);
    let fact = TeamFact::DutyStarted { shift, from };
    (!same).then(|| happened(team, fact))
}

fn happened(team: &Team, fact: TeamFact) -> Happening {
    Happening::Team(TeamEvent { team: team.id.clone(), area: team.area, fact })
}

/// Asks others for what the team that goes off had not answered. Cases of another node are left to it.
fn move_on(
    context: &Context<'_>,
    asked: Vec<Asked<'_>>,
    changed: &[Team],
    to: Option<&Id>,
) -> Vec<Happening> {
    let (mut events, mut taken) = (Vec::new(), Vec::<(Id, uuid::Uuid)>::new());
    for Asked { dispute, around, rules } in asked {
        if dispute.home != context.node {
            continue;
        }
        let teams = around.teams.into_iter().map(|(team, mut engagement)| {
            let mine = taken.iter().filter(|(id, _)| *id == team.id);
            engagement.cases.extend(mine.map(|(_, case)| (*case, 0)));
            (changed.iter().find(|other| other.id == team.id).unwrap_or(team), engagement)
        });
        let around = Around { teams: teams.collect(), ..around };
        let context = Context { rules: rules.as_ref().unwrap_or(context.rules), ..*context };
        let moved = team::withdraw(&context, dispute, &around, to);
        taken.extend(moved.iter().filter_map(offered));
        events.extend(notices::told(dispute, moved).into_iter().map(Happening::Dispute));
    }
    events
}

fn offered(event: &Event) -> Option<(Id, uuid::Uuid)> {
    match event.engages() {
        Some((team, true)) => Some((team.clone(), event.dispute_id)),
        Some(_) | None => None,
    }
}
