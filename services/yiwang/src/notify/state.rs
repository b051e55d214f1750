//! The state file: how far the feed was read, and which notices are not settled yet.
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
const VERSION: u32 = 1;

/// What has to survive a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    version: u32,
    /// How far the feed was read; none = nothing of it yet.
    cursor: Option<Place>,
    /// Notices that are not settled, by position.
    pub(crate) pending: BTreeMap<u64, Pending>,
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
    /// How often it was tried to send it.
    pub(crate) attempts: u32,
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
    /// Id of the event, which ids of requests are derived from.
    pub(crate) event_id: String,
    /// Why it was not delivered, by the contract's number; 0 = it was.
    pub(crate) reason: i32,
    /// How many of those who are meant have no telephone.
    pub(crate) unreached: u32,
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

    /// Takes a notice on.
    pub(crate) fn take_on(&mut self, position: u64, now: Timestamp) {
        let pending = Pending { attempts: 0, since: now, next: now, settled: None };
        self.pending.insert(position, pending);
    }

    /// Notices whose turn it is, the oldest first, at most `most`.
    pub(crate) fn due(&self, now: Timestamp, most: usize) -> Vec<u64> {
        let due = self.pending.iter().filter(|(_, pending)| pending.next <= now);
        due.map(|(position, _)| *position).take(most).collect()
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
