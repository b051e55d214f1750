//! Which states an action needs, and how they are taken out of what was loaded.

use std::collections::BTreeSet;

use ledger::{Key, States};

use crate::domain::case_code::Counter;
use crate::domain::codes::{GridCode, Id};
use crate::domain::command::{Act, Action};
use crate::domain::dispute::Dispute;
use crate::domain::places::{Coverage, Engagement, Grid, Team, Unit};
use crate::project::State;
use crate::store::{
    coverage_key, dispute_key, engagement_key, grid_key, sealed_key, team_key, unit_key,
};

/// Keys of an action: the dispute; then its grid and who serves it; then those teams and what keeps them busy.
pub(super) fn act(act: &Act, known: &States<State>) -> Vec<Key> {
    let key = dispute_key(act.dispute_id);
    let mut keys = named(&act.action);
    if known.knows(&key)
        && let Some(dispute) = dispute(known, &key)
    {
        keys.extend(dispute.stage.engaged_team().map(engagement_key));
        if act.action.needs_teams() {
            keys.push(grid_key(dispute.grid));
            keys.extend(dispute.grid.area().upwards().map(|area| coverage_key(&area)));
            for team in serving(known, dispute.grid) {
                keys.push(team_key(&team));
                keys.push(engagement_key(&team));
            }
        }
        if matches!(act.action, Action::EraseDetails(_)) {
            keys.extend(dispute.sealed.iter().map(|piece| sealed_key(dispute.id, piece.id)));
        }
    }
    keys.push(key);
    keys
}

/// Keys that the action names by itself.
fn named(action: &Action) -> Vec<Key> {
    match action {
        Action::CallTeam(Some(team)) => vec![team_key(team)],
        Action::DeclineOffer(team, _) => vec![engagement_key(team)],
        Action::StartMediation { organisation, .. } => vec![unit_key(organisation)],
        Action::Accept
        | Action::Reject(_)
        | Action::Triage(_)
        | Action::CallTeam(None)
        | Action::AcceptOffer(_)
        | Action::RecordArrival(..)
        | Action::RecordConsent(_)
        | Action::RecordOutcome(_)
        | Action::RecordFollowUp { .. }
        | Action::Close
        | Action::AddNote
        | Action::OpenDetails { .. }
        | Action::EraseDetails(_) => Vec::new(),
    }
}

/// Teams that serve a grid, by what is known so far.
pub(super) fn serving(known: &States<State>, grid: GridCode) -> BTreeSet<Id> {
    let areas = grid.area().upwards().map(|area| coverage_key(&area));
    areas
        .filter_map(|key| coverage(known, &key))
        .flat_map(|coverage| coverage.teams.iter().cloned())
        .collect()
}

pub(super) fn dispute<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Dispute> {
    if let Some(State::Dispute(dispute)) = states.get(key) { Some(dispute) } else { None }
}

pub(super) fn grid<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Grid> {
    if let Some(State::Grid(grid)) = states.get(key) { Some(grid) } else { None }
}

pub(super) fn counter<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Counter> {
    if let Some(State::Counter(counter)) = states.get(key) { Some(counter) } else { None }
}

pub(super) fn team<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Team> {
    if let Some(State::Team(team)) = states.get(key) { Some(team) } else { None }
}

pub(super) fn unit<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Unit> {
    if let Some(State::Unit(unit)) = states.get(key) { Some(unit) } else { None }
}

/// A team without a row was never busy.
pub(super) fn engagement(states: &States<State>, key: &Key) -> Engagement {
    if let Some(State::Engagement(engagement)) = states.get(key) {
        *engagement
    } else {
        Engagement::Free
    }
}

fn coverage<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Coverage> {
    if !states.knows(key) {
        return None;
    }
    if let Some(State::Coverage(coverage)) = states.get(key) { Some(coverage) } else { None }
}
