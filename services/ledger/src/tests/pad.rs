//! A service for tests: sums with ids. Deciding can be refused, can panic, and can break the store.

use std::sync::Arc;
use std::time::Duration;

use kit::{Clock, IdSource, Lifecycle};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::{DatabaseUrl, Migration};
use crate::error::SubmitError;
use crate::seal::WrappedKey;
use crate::states::States;
use crate::value::{Column, Key, StoredRow, Table, Value};
use crate::{
    Actor, Authority, CannotApply, CommandMeta, Decision, Foreign, Ledger, Moment, Options,
    Outcome, Published, RequestId, RequestSecret, Stamp,
};

pub(super) static SUM: Table = Table { name: "sum", columns: &[Column::int("amount")] };

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "init",
    // The check is what a poisoned command breaks.
    sql: "CREATE TABLE sum (
              id       TEXT   PRIMARY KEY,
              version  BIGINT NOT NULL,
              body     TEXT   NOT NULL,
              amount   BIGINT NOT NULL CHECK (amount < 1000000)
          )",
}];

/// Named "registry" or "dispatch", so that one can follow the other.
#[derive(Debug, Clone)]
pub(super) struct Pad {
    pub(super) service: &'static str,
    /// Ids that cannot be applied when they are followed.
    pub(super) unwelcome: &'static [&'static str],
}

#[derive(Debug)]
pub(super) enum Command {
    Add {
        id: String,
        amount: i64,
    },
    Refuse,
    /// Refused, but that it was asked is an event.
    Ask {
        id: String,
    },
    Panic {
        id: String,
    },
    Keep {
        id: String,
        key: WrappedKey,
    },
    Erase {
        id: String,
        sealed: Vec<String>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Added {
    pub(super) id: String,
    pub(super) amount: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sum {
    pub(super) id: String,
    pub(super) amount: i64,
}

#[derive(Debug, thiserror::Error)]
#[error("no")]
pub(super) struct No;

impl From<No> for kit::Problem {
    fn from(_: No) -> Self {
        kit::Problem::internal("test.yiwang")
    }
}

fn key(id: &str) -> Key {
    Key::new(&SUM, id)
}

impl Authority for Pad {
    type Command = Command;
    type Event = Added;
    type State = Sum;
    type Answer = i64;
    type Rejection = No;

    fn service(&self) -> &'static str {
        self.service
    }

    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 1] = [&SUM];
        &TABLES
    }

    fn reads(&self, command: &Command, _known: &States<Sum>) -> Vec<Key> {
        match command {
            Command::Refuse => vec![],
            Command::Add { id, .. }
            | Command::Ask { id }
            | Command::Panic { id }
            | Command::Keep { id, .. }
            | Command::Erase { id, .. } => {
                assert_ne!(id, "reads", "asked to");
                vec![key(id)]
            }
        }
    }

    fn decide(
        &self,
        states: &States<Sum>,
        command: &Command,
        _moment: &Moment,
    ) -> Result<Decision<Self>, No> {
        match command {
            Command::Add { id, amount } => {
                let before = states.get(&key(id)).map_or(0, |sum| sum.amount);
                let event = Added { id: id.clone(), amount: *amount };
                Ok(Decision::done(vec![event], before + amount))
            }
            Command::Refuse => Err(No),
            Command::Ask { id } => {
                Ok(Decision::refused(vec![Added { id: id.clone(), amount: 0 }], No))
            }
            Command::Panic { .. } => panic!("asked to"),
            Command::Keep { id, key } => {
                let event = Added { id: id.clone(), amount: 0 };
                Ok(Decision::done(vec![event], 0).with_keys([key.clone()]))
            }
            Command::Erase { id, sealed } => {
                let event = Added { id: id.clone(), amount: 0 };
                Ok(Decision::done(vec![event], 0).destroying(id.clone(), sealed.clone()))
            }
        }
    }

    fn evolve(&self, states: &mut States<Sum>, event: &Added, _stamp: &Stamp) {
        let before = states.get(&key(&event.id)).map_or(0, |sum| sum.amount);
        let sum = Sum { id: event.id.clone(), amount: before + event.amount };
        states.put(key(&event.id), sum);
    }

    fn touches(&self, event: &Added) -> Vec<Key> {
        vec![key(&event.id)]
    }

    fn publish(&self, event: &Added) -> Published {
        let mut payload = event.amount.to_be_bytes().to_vec();
        if event.id.starts_with("large") {
            payload.resize(300_000, 0);
        }
        Published {
            type_name: "test.Added".to_owned(),
            payload,
            subject: format!("sum/{}", event.id),
            area_code: "3703".to_owned(),
            addressee: String::new(),
            schema_version: 1,
        }
    }

    fn recognise(&self, _type_name: &str, _payload: &[u8]) -> Option<Added> {
        None
    }

    fn store(&self, state: &Sum) -> StoredRow {
        let values = match state.id.as_str() {
            "columnless" => vec![],
            "kindless" => vec!["text".into()],
            "stores" => panic!("asked to"),
            _ => vec![Value::Int(state.amount)],
        };
        StoredRow { body: serde_json::to_string(state).unwrap(), values }
    }

    fn load(&self, _table: &'static Table, body: &str) -> Result<Sum, serde_json::Error> {
        assert_ne!(body, "panic", "asked to");
        serde_json::from_str(body)
    }

    fn follows(&self) -> &'static [&'static str] {
        if self.service == "dispatch" { &["registry"] } else { &[] }
    }

    fn follow_reads(&self, foreign: &Foreign, _known: &States<Sum>) -> Vec<Key> {
        vec![key(foreign.header.subject.trim_start_matches("sum/"))]
    }

    fn follow(
        &self,
        states: &mut States<Sum>,
        foreign: &Foreign,
        _moment: &Moment,
    ) -> Result<Vec<Added>, CannotApply> {
        let id = foreign.header.subject.trim_start_matches("sum/");
        if self.unwelcome.contains(&id) {
            return Err(CannotApply::unknown_type("test.Added"));
        }
        let amount = i64::from_be_bytes(foreign.payload.as_slice().try_into().unwrap());
        let before = states.get(&key(id)).map_or(0, |sum| sum.amount);
        states.put(key(id), Sum { id: id.to_owned(), amount: before + amount });
        Ok(vec![])
    }
}

/// A database of its own for one test.
pub(super) struct Place {
    pub(super) url: DatabaseUrl,
    _folder: Option<tempfile::TempDir>,
}

/// The databases that a test runs on.
pub(super) async fn places() -> Vec<Place> {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().to_owned());
    let mut places = vec![Place { url, _folder: Some(folder) }];
    places.extend(postgres().await);
    places
}

/// A fresh PostgreSQL database, when a server is given.
pub(super) async fn postgres() -> Option<Place> {
    let server = server()?;
    let name = format!("ledger_{}", IdSource::system(Clock::system()).uuid().simple());
    let mut session = sqlx::postgres::PgConnectOptions::clone(&server.parse().unwrap());
    session = session.application_name("test");
    let mut session = sqlx::ConnectOptions::connect(&session).await.unwrap();
    create_database(&mut session, &name).await;
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(Place { url: DatabaseUrl::Postgres(format!("{base}/{name}")), _folder: None })
}

#[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
fn server() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok()
}

async fn create_database(session: &mut sqlx::PgConnection, name: &str) {
    let create = format!("CREATE DATABASE {name}");
    sqlx::Executor::execute(session, sqlx::AssertSqlSafe(create)).await.unwrap();
}

/// Waits until `done` holds, five seconds at most.
pub(super) async fn until(what: &str, done: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within five seconds");
}

/// Opens again once the process before has let go of the files.
pub(super) async fn reopen(place: &Place, service: &'static str) -> Node {
    released(place, service).await;
    open(place, service).await
}

/// Waits until the process before has let go of the files.
pub(super) async fn released(place: &Place, service: &'static str) {
    until("the files are free", async || crate::Db::open(&place.url, service, &[]).await.is_ok())
        .await;
}

/// A ledger and what keeps it alive.
pub(super) struct Node {
    pub(super) ledger: Ledger<Pad>,
    pub(super) lifecycle: Lifecycle,
    pub(super) clock: Clock,
}

pub(super) async fn open(place: &Place, service: &'static str) -> Node {
    open_pad(place, Pad { service, unwelcome: &[] }).await
}

pub(super) async fn open_pad(place: &Place, pad: Pad) -> Node {
    let lifecycle = Lifecycle::new(Duration::from_secs(5));
    let clock = Clock::manual("2026-02-13T01:00:00Z".parse().unwrap());
    let options = Options {
        database: place.url.clone(),
        keys: None,
        node: "zibo".to_owned(),
        secret: RequestSecret::new(&[3; 32]),
        clock: clock.clone(),
        ids: IdSource::system(clock.clone()),
    };
    let ledger = Ledger::open(pad, MIGRATIONS, &options, &lifecycle).await.unwrap();
    Node { ledger, lifecycle, clock }
}

impl Node {
    pub(super) fn meta(&self, request_id: Uuid, body: u8) -> CommandMeta {
        CommandMeta {
            request: Some(RequestId {
                caller_id: "desk".to_owned(),
                method: "Add",
                id: request_id,
                fingerprint: [body; 32],
            }),
            actor: Actor { caller_id: "desk".to_owned(), unit_id: "unit".to_owned() },
            traceparent: String::new(),
            deadline: None,
        }
    }

    pub(super) async fn submit(&self, command: Command) -> Result<Outcome<Pad>, SubmitError<No>> {
        self.ledger.submit(command, self.meta(self.ledger.ids().uuid(), 0)).await
    }

    pub(super) async fn add(&self, id: &str, amount: i64) -> Outcome<Pad> {
        self.submit(Command::Add { id: id.to_owned(), amount }).await.unwrap()
    }

    /// Changes the database behind the ledger's back.
    pub(super) async fn execute(&self, sql: &'static str) {
        let mut session = self.ledger.db().session().await.unwrap();
        session.rows(sql, vec![]).await.unwrap();
    }

    pub(super) async fn amount(&self, id: &str) -> i64 {
        let state: Option<Arc<Sum>> = self.ledger.read(&key(id)).await.unwrap();
        state.map_or(0, |sum| sum.amount)
    }
}
