//! Which states an action needs, and how they are taken out of what was loaded.

use std::collections::BTreeSet;

use ledger::{Key, States};
use uuid::Uuid;

use super::teams::engaged;
use crate::domain::case_code::Counter;
use crate::domain::codes::{GridCode, Id};
use crate::domain::command::{Act, Action, NoticeAct, TriedOn};
use crate::domain::decide::Told;
use crate::domain::dispute::{Dispute, Place, State as Progress};
use crate::domain::notice::{Undelivered, case_of};
use crate::domain::pin::Pin;
use crate::domain::places::{Coverage, Engagement, FileCounter, Grid, Team, Unit};
use crate::project::{ClockHold, State};
use crate::store::{
    catalogue_key, clock_hold_key, coverage_key, dispute_key, engagement_key, files_key, grid_key,
    notice_key, pin_key, sealed_key, team_key, unit_key,
};

/// Keys of an action: the dispute; then its grid and who serves it; then those teams and what keeps them busy.
pub(super) fn act(act: &Act, known: &States<State>) -> Vec<Key> {
    let key = dispute_key(act.dispute_id);
    let mut keys = named(&act.action);
    keys.push(catalogue_key());
    if known.knows(&key)
        && let Some(dispute) = dispute(known, &key)
    {
        keys.extend(held(dispute, known));
        if act.action.needs_teams() {
            keys.extend(teams(dispute.grid, known));
        }
        if matches!(act.action, Action::RecordOutcome(_)) {
            keys.extend(dispute.stage.mediation().map(|by| unit_key(&by.organisation)));
        }
        if matches!(act.action, Action::EraseDetails(_) | Action::ReissuePin(_)) {
            keys.push(pin_key(TriedOn::Case(dispute.id)));
        }
        if matches!(act.action, Action::EraseDetails(_)) {
            keys.extend(dispute.sealed.iter().map(|piece| sealed_key(dispute.id, piece.id)));
        }
        if let Action::Detach(file, _) = act.action {
            let caption = dispute.file(file).and_then(|file| file.caption);
            keys.extend(caption.map(|caption| sealed_key(dispute.id, caption)));
        }
    }
    keys.push(key);
    keys
}

/// Keys of what is due by time alone: the dispute; and who serves its grid, when a team may have to be passed over.
pub(super) fn ring(dispute_id: Uuid, known: &States<State>) -> Vec<Key> {
    let key = dispute_key(dispute_id);
    let mut keys = vec![catalogue_key()];
    if known.knows(&key)
        && let Some(dispute) = dispute(known, &key)
        && waits_for_a_team(dispute)
    {
        keys.extend(held(dispute, known));
        keys.extend(teams(dispute.grid, known));
    }
    keys.push(key);
    keys
}

/// Keys of what a party asks: what is known of the PIN, and the dispute.
pub(super) fn party(of: TriedOn) -> Vec<Key> {
    let case = match of {
        TriedOn::Case(dispute) => Some(dispute_key(dispute)),
        TriedOn::Nobody(_) => None,
    };
    [pin_key(of), catalogue_key()].into_iter().chain(case).collect()
}

/// Keys of a notice: its row, its dispute, and the duplicate whose reporter it may be for.
pub(super) fn notice(act: &NoticeAct) -> Vec<Key> {
    let of = case_of(act.dispute_id, &act.due.notice);
    let mut keys = vec![notice_key(act.due.position), dispute_key(act.dispute_id)];
    keys.extend((of != act.dispute_id).then(|| dispute_key(of)));
    keys
}

/// What is known around a notice.
pub(super) fn told<'a>(states: &'a States<State>, act: &NoticeAct) -> Told<'a> {
    let of = case_of(act.dispute_id, &act.due.notice);
    Told {
        dispute: dispute(states, &dispute_key(act.dispute_id)),
        of: dispute(states, &dispute_key(of)),
        row: undelivered(states, &notice_key(act.due.position)),
    }
}

pub(super) fn undelivered<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Undelivered> {
    if let Some(State::Notice(notice)) = states.get(key) { Some(notice) } else { None }
}

/// The dispute that a PIN was tried on.
pub(super) fn tried(states: &States<State>, of: TriedOn) -> Option<&Dispute> {
    match of {
        TriedOn::Case(id) => dispute(states, &dispute_key(id)),
        TriedOn::Nobody(_) => None,
    }
}

/// Whether a team is asked or under way.
pub(crate) fn waits_for_a_team(dispute: &Dispute) -> bool {
    matches!(dispute.state(), Progress::Offered | Progress::UnderWay)
}

/// Keys of the team that is asked, under way or there, and of its offer.
fn held(dispute: &Dispute, known: &States<State>) -> Vec<Key> {
    let team = dispute.stage.engaged_team();
    team.map(|team| engaged(dispute.id, team, known)).unwrap_or_default()
}

/// Keys of a grid and of who serves it, each with what keeps it busy.
pub(super) fn teams(grid: GridCode, known: &States<State>) -> Vec<Key> {
    let mut keys = vec![grid_key(grid)];
    keys.extend(grid.area().upwards().map(|area| coverage_key(&area)));
    for team in serving(known, grid) {
        keys.push(team_key(&team));
        keys.push(engagement_key(&team));
    }
    keys
}

/// Keys that the action names by itself.
fn named(action: &Action) -> Vec<Key> {
    match action {
        Action::CallTeam(Some(team)) => vec![team_key(team)],
        Action::DeclineOffer(team, _) => vec![engagement_key(team)],
        Action::StartMediation { organisation, .. } => {
            vec![unit_key(organisation), files_key(organisation)]
        }
        Action::Escalate(_, Some(unit), _)
        | Action::Delegate { to: Place { unit: Some(unit), .. }, .. } => vec![unit_key(unit)],
        Action::Merge(into) => vec![dispute_key(*into)],
        Action::Escalate(_, None, _)
        | Action::Delegate { .. }
        | Action::Return(..)
        | Action::Accept
        | Action::Reject(_)
        | Action::Triage(_)
        | Action::CallTeam(None)
        | Action::AcceptOffer(_)
        | Action::RecordArrival(..)
        | Action::RecordConsent(_)
        | Action::RecordOutcome(_)
        | Action::RecordConfirmation(_)
        | Action::RecordReferralResult(_)
        | Action::Verify
        | Action::Redo(_)
        | Action::Remind
        | Action::Supervise(_)
        | Action::LiftSupervision
        | Action::RequestExtension(..)
        | Action::DecideExtension(_)
        | Action::Pause(_)
        | Action::Resume
        | Action::Defer(..)
        | Action::EndDeferral
        | Action::RecordFollowUp { .. }
        | Action::Close
        | Action::AddNote
        | Action::OpenDetails { .. }
        | Action::EraseDetails(_)
        | Action::Attach(_)
        | Action::ReadFile { .. }
        | Action::Detach(..)
        | Action::ReissuePin(_) => Vec::new(),
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

pub(super) fn clock_hold(states: &States<State>) -> ClockHold {
    if let Some(State::ClockHold(hold)) = states.get(&clock_hold_key()) {
        *hold
    } else {
        ClockHold::default()
    }
}

pub(super) fn unit<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Unit> {
    if let Some(State::Unit(unit)) = states.get(key) { Some(unit) } else { None }
}

pub(super) fn pin(states: &States<State>, of: TriedOn) -> Option<&Pin> {
    if let Some(State::Pin(pin)) = states.get(&pin_key(of)) { Some(pin) } else { None }
}

pub(super) fn files<'a>(states: &'a States<State>, key: &Key) -> Option<&'a FileCounter> {
    if let Some(State::Files(files)) = states.get(key) { Some(files) } else { None }
}

/// A team without a row was never busy.
pub(super) fn engagement(states: &States<State>, key: &Key) -> Engagement {
    if let Some(State::Engagement(engagement)) = states.get(key) {
        engagement.clone()
    } else {
        Engagement::default()
    }
}

fn coverage<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Coverage> {
    if !states.knows(key) {
        return None;
    }
    if let Some(State::Coverage(coverage)) = states.get(key) { Some(coverage) } else { None }
}
