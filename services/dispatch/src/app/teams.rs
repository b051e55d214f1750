//! Teams as the committer needs them: who is on duty, what keeps each busy, and what each is asked for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ledger::{Key, States};
use uuid::Uuid;

use super::{reads, teams_around};
use crate::domain::assignment::{self, Assignment, Turn};
use crate::domain::codes::Id;
use crate::domain::decide::{Around, Asked};
use crate::domain::dispute::Dispute;
use crate::domain::duty::{DutyWish, TeamEvent, TeamFact};
use crate::domain::event::Event;
use crate::domain::places::{Duty, Engagement, Positions, Team};
use crate::domain::rules::Rules;
use crate::project::State;
use crate::store::{assignment_key, catalogue_key, dispute_key, engagement_key, team_key};

/// Keys of what keeps a team busy with a case: its engagement, and then the offer.
pub(super) fn engaged(dispute: Uuid, team: &Id, known: &States<State>) -> Vec<Key> {
    let key = engagement_key(team);
    let number =
        known.knows(&key).then(|| reads::engagement(known, &key).cases.get(&dispute).copied());
    let offer = number.flatten().map(|number| assignment_key(dispute, number));
    [key].into_iter().chain(offer).collect()
}

/// Keys of what is asked of teams: the teams; what the one that goes off is asked for, with the city's limits; and who
/// else could be asked.
pub(super) fn duty(wish: &DutyWish, known: &States<State>) -> Vec<Key> {
    let mut keys: Vec<Key> = wish.teams().into_iter().map(team_key).collect();
    let Some(leaving) = wish.leaving() else { return keys };
    keys.push(catalogue_key());
    let engagement = engagement_key(leaving);
    if known.knows(&engagement) {
        for (case, number) in &reads::engagement(known, &engagement).cases {
            let key = dispute_key(*case);
            let is_asked = |dispute: &&Dispute| is_asked(dispute, leaving);
            if known.knows(&key)
                && let Some(dispute) = reads::dispute(known, &key).filter(is_asked)
            {
                keys.push(assignment_key(*case, *number));
                keys.extend(reads::teams(dispute.grid, known));
            }
            keys.push(key);
        }
    }
    keys.push(engagement);
    keys
}

/// The teams that are named, as far as there are such.
pub(super) fn named<'a>(states: &'a States<State>, wish: &DutyWish) -> BTreeMap<Id, &'a Team> {
    let known = |id: &Id| Some((id.clone(), reads::team(states, &team_key(id))?));
    wish.teams().into_iter().filter_map(known).collect()
}

/// Cases with an open offer to the team that goes off, each with its rules and what is known around it.
pub(super) fn asked<'a>(
    states: &'a States<State>,
    wish: &DutyWish,
    positions: &'a Positions,
    rules: &dyn Fn(&Dispute) -> Option<Rules>,
) -> Vec<Asked<'a>> {
    let Some(leaving) = wish.leaving() else { return Vec::new() };
    let cases = reads::engagement(states, &engagement_key(leaving)).cases;
    let found = cases.keys().filter_map(|case| {
        let key = dispute_key(*case);
        // A case that came to the team within this very batch waits for its answer as any other does.
        let dispute = states.knows(&key).then(|| reads::dispute(states, &key))??;
        let mut around = Around { positions: Some(positions), ..Around::default() };
        is_asked(dispute, leaving).then(|| {
            teams_around(states, dispute, &mut around);
            Asked { dispute, around, rules: rules(dispute) }
        })
    });
    found.collect()
}

fn is_asked(dispute: &Dispute, team: &Id) -> bool {
    dispute.stage.offer().is_some_and(|offer| offer.team == *team)
}

/// A team after a fact.
pub(super) fn evolve(states: &mut States<State>, event: &TeamEvent, at: Timestamp) {
    let key = team_key(&event.team);
    let Some(team) = states.knows(&key).then(|| reads::team(states, &key).cloned()).flatten()
    else {
        return;
    };
    let after = match &event.fact {
        TeamFact::DutyStarted { shift, .. } => {
            team.on(Duty::until(shift.until), shift.capacity, at)
        }
        TeamFact::DutyEnded { .. } => {
            let capacity = team.capacity;
            team.on(Duty::Off, capacity, at)
        }
    };
    states.put(key, State::Team(after));
}

/// What a fact of a case is to the team that it names: the offer, and what keeps the team busy.
pub(super) fn engage(states: &mut States<State>, event: &Event, at: Timestamp) {
    let Some((team, turn)) = assignment::turn(&event.fact) else { return };
    let key = engagement_key(team);
    let case = event.dispute_id;
    let mut engagement =
        if states.knows(&key) { reads::engagement(states, &key) } else { Engagement::default() };
    if let Turn::Offered(offered) = &turn {
        let dispute = dispute_key(case);
        let Some(dispute) = reads::dispute(states, &dispute) else { return };
        let offer = Assignment::new(dispute, offered, at);
        engagement.cases.insert(case, offer.number);
        states.put(assignment_key(case, offer.number), State::Assignment(offer));
    } else if let Some(number) = engagement.cases.get(&case).copied() {
        let offer = assignment_key(case, number);
        if states.knows(&offer)
            && let Some(State::Assignment(known)) = states.get(&offer)
        {
            let after = known.clone().after(&turn, at);
            states.put(offer, State::Assignment(after));
        }
        if matches!(turn, Turn::Gone(_) | Turn::Freed) {
            engagement.cases.remove(&case);
        }
    }
    states.put(key, State::Engagement(engagement));
}
