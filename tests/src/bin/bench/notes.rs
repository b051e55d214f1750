//! The smallest service that has a log: notes, one row each. As "registry" it writes them, as "dispatch" it follows.

use kit::Problem;
use ledger::{
    Actor, Authority, CannotApply, CommandMeta, Decision, Foreign, Key, Migration, Moment,
    Published, Stamp, States, StoredRow, Table,
};
use serde::{Deserialize, Serialize};

/// What a note says: as much as an event of a case does.
pub(crate) const BODY: &str = "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
    0123456789abcdef0123456789abcdef\"";

pub(crate) static NOTE: Table = Table { name: "note", columns: &[] };
static TABLES: [&Table; 1] = [&NOTE];

pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "init",
    sql: "CREATE TABLE note (id TEXT PRIMARY KEY, version BIGINT NOT NULL, body TEXT NOT NULL)",
}];

#[derive(Debug)]
pub(crate) struct Notes {
    pub(crate) service: &'static str,
}

/// Write so many notes.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) from: u64,
    pub(crate) count: u64,
}

#[derive(Debug)]
pub(crate) struct Noted {
    number: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Note(String);

#[derive(Debug, thiserror::Error)]
#[error("never")]
pub(crate) struct Never;

impl From<Never> for Problem {
    fn from(_: Never) -> Self {
        Problem::internal("bench.yiwang")
    }
}

impl Authority for Notes {
    type Command = Command;
    type Event = Noted;
    type State = Note;
    type Answer = u64;
    type Rejection = Never;

    fn service(&self) -> &'static str {
        self.service
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn reads(&self, _command: &Command, _known: &States<Note>) -> Vec<Key> {
        Vec::new()
    }

    fn decide(
        &self,
        _states: &States<Note>,
        command: &Command,
        _moment: &Moment,
    ) -> Result<Decision<Self>, Never> {
        let end = command.from + command.count;
        Ok(Decision::done((command.from..end).map(|number| Noted { number }).collect(), end))
    }

    fn evolve(&self, _states: &mut States<Note>, _event: &Noted, _stamp: &Stamp) {}

    fn touches(&self, _event: &Noted) -> Vec<Key> {
        Vec::new()
    }

    fn publish(&self, event: &Noted) -> Published {
        Published {
            type_name: "bench.Noted".to_owned(),
            payload: BODY.as_bytes().to_vec(),
            subject: format!("note/{:012}", event.number),
            area_code: "370306004001001".to_owned(),
            addressee: String::new(),
            schema_version: 1,
        }
    }

    fn recognise(&self, _type_name: &str, _payload: &[u8]) -> Option<Noted> {
        None
    }

    fn store(&self, state: &Note) -> StoredRow {
        StoredRow { body: serde_json::to_string(state).unwrap_or_default(), values: Vec::new() }
    }

    fn load(&self, _table: &'static Table, body: &str) -> Result<Note, serde_json::Error> {
        serde_json::from_str(body)
    }

    fn follows(&self) -> &'static [&'static str] {
        if self.service == "dispatch" { &["registry"] } else { &[] }
    }

    fn follow_reads(&self, foreign: &Foreign, _known: &States<Note>) -> Vec<Key> {
        vec![Key::new(&NOTE, foreign.header.subject.as_str())]
    }

    fn follow(
        &self,
        states: &mut States<Note>,
        foreign: &Foreign,
        _moment: &Moment,
    ) -> Result<Vec<Noted>, CannotApply> {
        let text = String::from_utf8_lossy(&foreign.payload).into_owned();
        states.put(Key::new(&NOTE, foreign.header.subject.as_str()), Note(text));
        Ok(Vec::new())
    }
}

/// A command of nobody in particular.
pub(crate) fn meta() -> CommandMeta {
    CommandMeta {
        request: None,
        actor: Actor::default(),
        traceparent: String::new(),
        deadline: None,
    }
}
