//! The state file: how far the feed was read, which notices are not settled yet, and of which dispatch took no report.
//!
//! It holds positions, counts, times and ids of events. It is written beside the old one, made durable and renamed over it,
//! so that there is always a whole one.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use yiwang_proto::feed::v1::{Cursor, LogId};

use super::SERVICE;
use crate::failure::Failure;

/// Form of the file that this release writes.
const VERSION: u32 = 2;
/// Notices without a report that are kept, the newest of them.
const MOST_UNREPORTED: usize = 1_000;

/// What has to survive a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    version: u32,
    /// How far the feed was read; none = nothing of it yet.
    cursor: Option<Place>,
    /// Notices that are not settled, by position.
    pub(crate) pending: BTreeMap<u64, Pending>,
    /// Notices of which dispatch took no report, by position: nobody else has a list of them.
    pub(crate) unreported: BTreeMap<u64, Unreported>,
}

/// A cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    node: String,
    incarnation: u64,
    position: u64,
    hash: String,
    filter: String,
}

/// A notice that is not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    /// Id of its event: after a restore another one may stand at its position. Ids of requests are derived from it.
    pub(crate) event_id: String,
    /// Whether it goes before others: a team is asked, and has minutes to answer.
    pub(crate) urgent: bool,
    /// How often it was tried to send it.
    pub(crate) attempts: u32,
    /// How often it was tried in vain to open it.
    pub(crate) openings: u32,
    /// Since when it is known here.
    pub(crate) since: Timestamp,
    /// When it is tried next.
    pub(crate) next: Timestamp,
    /// What became of it, as long as dispatch does not know.
    pub(crate) settled: Option<Settled>,
}

/// What became of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settled {
    /// Why it was not delivered, by the contract's number; 0 = it was.
    pub(crate) reason: i32,
    /// How many of those who are meant have no telephone.
    pub(crate) unreached: u32,
}

/// A notice of which dispatch took no report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unreported {
    /// Id of its event.
    pub(crate) event_id: String,
    /// Whether it was sent.
    pub(crate) delivered: bool,
    /// Why dispatch took no report, by the contract's name.
    pub(crate) refusal: String,
    /// Since when nobody tries any more.
    pub(crate) at: Timestamp,
}

impl Pending {
    /// A notice that nothing was done about yet.
    pub(crate) fn new(event_id: String, urgent: bool, now: Timestamp) -> Pending {
        let (since, next) = (now, now);
        Pending { event_id, urgent, attempts: 0, openings: 0, since, next, settled: None }
    }

    /// How often something was tried.
    pub(crate) fn tries(&self) -> u32 {
        self.attempts.saturating_add(self.openings)
    }
}

impl State {
    /// Nothing read yet, or up to a cursor.
    pub(crate) fn beginning(cursor: Option<&Cursor>) -> State {
        let mut state = State { version: VERSION, ..State::default() };
        if let Some(cursor) = cursor {
            state.go_on(cursor);
        }
        state
    }

    /// Reads the file; nothing when there is none.
    pub(crate) fn load(path: &Path) -> Result<Option<State>, Failure> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(trouble(path, &error)),
        };
        let state: State = serde_json::from_str(&text).map_err(|error| trouble(path, &error))?;
        if state.version != VERSION {
            return Err(trouble(path, &format!("version {} is not known here", state.version)));
        }
        Ok(Some(state))
    }

    /// Replaces the file by this state, durably.
    pub(crate) fn save(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| trouble(path, &error))?;
        replace(path, text.as_bytes()).map_err(|error| trouble(path, &error))
    }

    /// The cursor to go on with.
    pub(crate) fn cursor(&self) -> Option<Cursor> {
        let place = self.cursor.as_ref()?;
        let (node, incarnation) = (place.node.clone(), place.incarnation);
        Some(Cursor {
            log: Some(LogId { node, service: SERVICE.to_owned(), incarnation }),
            position: place.position,
            hash: hex::decode(&place.hash).unwrap_or_default(),
            filter: hex::decode(&place.filter).unwrap_or_default(),
        })
    }

    /// Remembers how far the feed was read.
    pub(crate) fn go_on(&mut self, cursor: &Cursor) {
        let log = cursor.log.clone().unwrap_or_default();
        self.cursor = Some(Place {
            node: log.node,
            incarnation: log.incarnation,
            position: cursor.position,
            hash: hex::encode(&cursor.hash),
            filter: hex::encode(&cursor.filter),
        });
    }

    /// Ends the work on a notice of which dispatch took no report.
    pub(crate) fn give_up(&mut self, position: u64, unreported: Unreported) {
        self.pending.remove(&position);
        self.unreported.insert(position, unreported);
        while self.unreported.len() > MOST_UNREPORTED {
            self.unreported.pop_first();
        }
    }

    /// Notices whose turn it is, at most `most`: those that are urgent first, of both the oldest first.
    pub(crate) fn due(&self, now: Timestamp, most: usize) -> Vec<u64> {
        let due = self.pending.iter().filter(|(_, pending)| pending.next <= now);
        let mut due: Vec<_> = due.map(|(position, pending)| (!pending.urgent, *position)).collect();
        due.sort_unstable();
        due.into_iter().map(|(_, position)| position).take(most).collect()
    }

    /// How long nobody's turn comes.
    pub(crate) fn quiet(&self, now: Timestamp) -> Option<SignedDuration> {
        let next = self.pending.values().map(|pending| pending.next).min()?;
        Some(next.duration_since(now).max(SignedDuration::ZERO))
    }
}

/// Writes a file beside the old one, makes it durable, and renames it over that. Nobody else may read it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = folder(path);
    let mut file = tempfile::NamedTempFile::new_in(&folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

fn folder(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

/// Keeps every other process from working with the same state; held as long as the file is open.
pub(crate) fn lock(path: &Path) -> Result<File, Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(PathBuf::from(name));
    let file = file.map_err(|error| trouble(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let en = format!("another process works with {}", path.display());
            Err(Failure::wrong(en, "另一个进程正在使用该状态文件"))
        }
        Err(TryLockError::Error(error)) => Err(trouble(path, &error)),
    }
}

fn trouble(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let en = format!("the state file {} cannot be used: {error}", path.display());
    Failure::wrong(en, format!("状态文件 {} 无法使用", path.display()))
}

#[cfg(test)]
mod tests;
