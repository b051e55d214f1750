//! The ledger's own nouns: request ids with their answers, cursors, events set aside, erasures.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::submit::RequestId;
use crate::value::{Column, Key, StoredRow, Table, Value};

pub(crate) static REQUEST: Table =
    Table { name: "request", columns: &[Column::int("recorded_at")] };
pub(crate) static CURSOR: Table = Table { name: "cursor", columns: &[] };
pub(crate) static SET_ASIDE: Table =
    Table { name: "set_aside", columns: &[Column::text("subject"), Column::int("open")] };
pub(crate) static BLOCKED: Table = Table { name: "blocked", columns: &[] };
pub(crate) static ERASURE: Table = Table { name: "erasure", columns: &[Column::int("done")] };

/// The tables above.
pub(crate) static TABLES: [&Table; 5] = [&REQUEST, &CURSOR, &SET_ASIDE, &BLOCKED, &ERASURE];

/// One state of the ledger's own.
#[derive(Debug)]
pub(crate) enum Own<A> {
    Request(Replay<A>),
    Cursor(CursorState),
    SetAside(SetAside),
    Blocked(Blocked),
    Erasure(Erasure),
}

/// An answer kept for replays.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Replay<A> {
    /// What the parsed request is recognised by, keyed with the node's secret, hex.
    pub(crate) fingerprint: String,
    /// Last position that the command wrote, or the head when it wrote nothing.
    pub(crate) position: u64,
    /// Nothing when the command was refused and only the fact that it was asked is kept.
    pub(crate) answer: Option<A>,
    /// Record time, microseconds UTC.
    pub(crate) recorded_at: i64,
}

/// How far a followed log has been applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CursorState {
    pub(crate) node: String,
    pub(crate) service: String,
    pub(crate) incarnation: u64,
    pub(crate) position: u64,
    /// Hash of the record at `position`, hex.
    pub(crate) hash: String,
    /// Mark of the filter that the cursor belongs to, hex.
    #[serde(default)]
    pub(crate) filter: String,
    /// Whether the end of the log was reached once: before that, an unknown reference says nothing.
    #[serde(default)]
    pub(crate) caught_up: bool,
}

/// A followed event that could not be applied, or waits behind one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SetAside {
    pub(crate) service: String,
    pub(crate) subject: String,
    /// Area that the event belongs to; empty when its header cannot be read.
    #[serde(default)]
    pub(crate) area_code: String,
    pub(crate) position: u64,
    /// Why; `BEHIND_ANOTHER` when it only keeps the order.
    pub(crate) reason: String,
    /// Codes and ids only.
    pub(crate) detail: String,
    /// The record as it came, hex.
    pub(crate) header: String,
    pub(crate) payload: String,
    /// False once it was applied by a retry, or discarded.
    pub(crate) open: bool,
    /// Who discarded it, if somebody did.
    #[serde(default)]
    pub(crate) discarded_by: String,
    /// When, microseconds UTC; 0 = nobody did.
    #[serde(default)]
    pub(crate) discarded_at: i64,
}

/// A subject with events set aside.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Blocked {
    /// How many wait.
    pub(crate) waiting: u64,
}

/// Data keys that are to be destroyed: those of what was erased, and no other key of the subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Erasure {
    pub(crate) subject: String,
    /// Ids of what was erased.
    pub(crate) sealed: Vec<String>,
    /// Whether the keys are gone.
    pub(crate) done: bool,
}

/// Key of a request's answer. Begins with the id, so that time-ordered ids are written side by side.
pub(crate) fn request_key(request: &RequestId) -> Key {
    let scope = Sha256::new()
        .chain_update(request.caller_id.as_bytes())
        .chain_update([0])
        .chain_update(request.method.as_bytes())
        .finalize();
    Key::new(&REQUEST, format!("{}{}", request.id.simple(), hex::encode(&scope[..8])))
}

pub(crate) fn cursor_key(service: &str) -> Key {
    Key::new(&CURSOR, service)
}

pub(crate) fn blocked_key(service: &str, subject: &str) -> Key {
    Key::new(&BLOCKED, format!("{service}/{subject}"))
}

/// Key of an event set aside: twelve digits, so that the order of text is the order of positions.
pub(crate) fn set_aside_key(service: &str, position: u64) -> Key {
    Key::new(&SET_ASIDE, format!("{service}/{position:012}"))
}

/// Key of an erasure: one per event, so that it never meets an older row.
pub(crate) fn erasure_key(position: u64, subject: &str) -> Key {
    Key::new(&ERASURE, format!("{position:012}/{subject}"))
}

pub(crate) fn store<A: Serialize>(own: &Own<A>) -> Result<StoredRow, serde_json::Error> {
    let (body, values) = match own {
        Own::Request(replay) => {
            (serde_json::to_string(replay)?, vec![Value::Int(replay.recorded_at)])
        }
        Own::Cursor(cursor) => (serde_json::to_string(cursor)?, Vec::new()),
        Own::SetAside(aside) => {
            let subject = format!("{}/{}", aside.service, aside.subject);
            (serde_json::to_string(aside)?, vec![Value::Text(subject), aside.open.into()])
        }
        Own::Blocked(blocked) => (serde_json::to_string(blocked)?, Vec::new()),
        Own::Erasure(erasure) => (serde_json::to_string(erasure)?, vec![erasure.done.into()]),
    };
    Ok(StoredRow { body, values })
}

pub(crate) fn load<A: DeserializeOwned>(
    table: &str,
    body: &str,
) -> Result<Own<A>, serde_json::Error> {
    Ok(match table {
        "request" => Own::Request(serde_json::from_str(body)?),
        "cursor" => Own::Cursor(serde_json::from_str(body)?),
        "set_aside" => Own::SetAside(serde_json::from_str(body)?),
        "blocked" => Own::Blocked(serde_json::from_str(body)?),
        _ => Own::Erasure(serde_json::from_str(body)?),
    })
}
