//! Registry as the only authority for its facts: what the committer needs to know of it.

use ledger::{Authority, Decision, Key, Moment, Published, Stamp, States, StoredRow, Table};
use serde::{Deserialize, Serialize};

use crate::api::convert::events as wire;
use crate::domain::book::{Book, Id, Noun};
use crate::domain::command::Command;
use crate::domain::day::Reach;
use crate::domain::event::Event;
use crate::domain::rejection::Rejection;
use crate::domain::{decide, evolve, reads};
use crate::project::{self, Served, State};
use crate::store;

/// The authority for areas, grids, workers, units, teams and the catalogue.
#[derive(Debug, Clone, Copy, Default)]
pub struct Registry {
    /// How far from today a change may take effect.
    pub reach: Reach,
}

/// What a command returns: codes or ids of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// In the order of the request.
    pub ids: Vec<String>,
}

impl Authority for Registry {
    type Command = Command;
    type Event = Event;
    type State = State;
    type Answer = Answer;
    type Rejection = Rejection;

    fn service(&self) -> &'static str {
        "registry"
    }

    fn follows(&self) -> &'static [&'static str] {
        crate::follow::FOLLOWS
    }

    fn tables(&self) -> &'static [&'static Table] {
        store::TABLES
    }

    fn reads(&self, command: &Command, known: &States<State>) -> Vec<Key> {
        let shelf = Loaded(known);
        let ids = reads::reads(command, &shelf);
        let repeated = ids.iter().filter_map(|id| shelf.get(id)).flat_map(project::repeated);
        repeated.map(|(key, _)| key).chain(ids.iter().map(project::key_of)).collect()
    }

    fn decide(
        &self,
        states: &States<State>,
        command: &Command,
        moment: &Moment,
    ) -> Result<Decision<Self>, Rejection> {
        let decided = decide::decide(&Loaded(states), command, moment.now, self.reach)?;
        let decision = Decision::done(decided.events, Answer { ids: decided.ids });
        let keep = |decision: Decision<Self>, (id, noun): (Id, Noun)| {
            decision.keeping(project::key_of(&id), State::Noun(noun))
        };
        Ok(decided.keeps.into_iter().fold(decision, keep))
    }

    fn evolve(&self, states: &mut States<State>, event: &Event, stamp: &Stamp) {
        evolve::evolve(&mut Shelf(states), event, stamp.at);
    }

    fn touches(&self, event: &Event) -> Vec<Key> {
        reads::touches(event).iter().map(project::key_of).collect()
    }

    fn publish(&self, event: &Event) -> Published {
        wire::publish(event)
    }

    fn recognise(&self, type_name: &str, payload: &[u8]) -> Option<Event> {
        wire::recognise(type_name, payload)
    }

    fn store(&self, state: &State) -> StoredRow {
        project::row(state)
    }

    fn load(&self, table: &'static Table, body: &str) -> Result<State, serde_json::Error> {
        project::load(table, body)
    }
}

/// The loaded states as a book to read.
struct Loaded<'a>(&'a States<State>);

/// The states as a book to write: rows that repeat parts of a noun follow it.
struct Shelf<'a>(&'a mut States<State>);

fn find<'a>(states: &'a States<State>, id: &Id) -> Option<&'a Noun> {
    let key = project::key_of(id);
    match states.knows(&key).then(|| states.get(&key)).flatten() {
        Some(State::Noun(noun)) => Some(noun),
        Some(State::GridSpan(_) | State::Assignment(_)) | None => None,
    }
}

impl Book for Loaded<'_> {
    fn get(&self, id: &Id) -> Option<&Noun> {
        find(self.0, id)
    }

    fn put(&mut self, _: Id, _: Noun) {}

    fn knows(&self, id: &Id) -> bool {
        self.0.knows(&project::key_of(id))
    }
}

impl Book for Shelf<'_> {
    fn get(&self, id: &Id) -> Option<&Noun> {
        find(self.0, id)
    }

    fn put(&mut self, id: Id, noun: Noun) {
        let rows = project::repeated(&noun);
        // Assignments that never took place leave the worker, not the table.
        if let Id::Worker(worker) = &id {
            let before = self.get(&id).map_or(0, |before| project::repeated(before).len());
            for number in rows.len()..before {
                let never = Served { worker: worker.clone(), grid_worker: false, assignment: None };
                self.0.put(project::assignment_key(worker, number), State::Assignment(never));
            }
        }
        for (key, state) in rows {
            if !self.0.knows(&key) || self.0.get(&key) != Some(&state) {
                self.0.put(key, state);
            }
        }
        self.0.put(project::key_of(&id), State::Noun(noun));
    }

    fn knows(&self, id: &Id) -> bool {
        self.0.knows(&project::key_of(id))
    }
}
