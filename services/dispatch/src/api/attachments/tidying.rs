//! What is done beside the calls: files without a key are removed, uploads that nobody finished are destroyed, and so
//! are files that were finished and never attached.
//!
//! What a process erased it removes as soon as the keys are gone. What another one left, because it ended in between,
//! is found by going through the folder, at the start and once a day. Every step may be done again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ledger::Ledger;
use ledger::files::{FileError, FileName, FileStore};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::api::submit::dispute;
use crate::app::Dispatch;
use crate::domain::decide::Answer;
use crate::domain::dispute::subject;
use crate::store::dispute_key;

/// How often uploads are looked at.
const HOUR: Duration = Duration::from_secs(3600);
/// After how many hours the whole folder is gone through.
const DAY: u32 = 24;
/// How long to wait for keys that are about to be destroyed; doubles up to a minute.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How many disputes are looked up at once.
const AT_ONCE: usize = 200;

/// What this process erased and has not removed yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tidying {
    erased: Arc<Mutex<Vec<FileName>>>,
    due: Arc<Notify>,
}

impl Tidying {
    /// Remembers which files an answer says are erased.
    pub(crate) fn erased(&self, answer: &Answer) {
        let Answer::Erased { dispute_id, files, .. } = answer else { return };
        let names =
            files.iter().filter_map(|file| FileName::try_new(subject(*dispute_id), *file).ok());
        self.add(names.collect());
    }

    fn add(&self, names: Vec<FileName>) {
        if !names.is_empty() {
            self.erased.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
            self.due.notify_one();
        }
    }

    fn waiting(&self) -> Vec<FileName> {
        self.erased.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn gone(&self, removed: &[FileName]) {
        let mut erased = self.erased.lock().unwrap_or_else(PoisonError::into_inner);
        erased.retain(|name| !removed.contains(name));
    }

    /// Works until the process stops.
    pub(crate) async fn run(
        self,
        store: FileStore,
        ledger: Ledger<Dispatch>,
        stopping: CancellationToken,
    ) {
        stopping.run_until_cancelled(self.tidy(&store, &ledger)).await;
    }

    async fn tidy(&self, store: &FileStore, ledger: &Ledger<Dispatch>) {
        let mut hours = 0;
        loop {
            tell(uploads(store).await);
            if hours % DAY == 0 {
                tell(strangers(store, ledger).await);
            }
            hours += 1;
            let next = Instant::now() + HOUR;
            // One key that cannot be destroyed does not keep the folder from being gone through.
            tokio::select! {
                () = sleep_until(next) => {}
                () = self.removing(store) => {}
            }
        }
    }

    /// Removes what is erased as soon as its keys are gone; what is interrupted goes on with the next call.
    async fn removing(&self, store: &FileStore) {
        let mut pause = PAUSE;
        loop {
            let waiting = self.waiting();
            if waiting.is_empty() {
                self.due.notified().await;
                pause = PAUSE;
                continue;
            }
            match store.sweep(&waiting).await {
                Ok(0) => self.gone(&waiting),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "erased files could not be removed yet"),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn tell(done: Result<(), FileError>) {
    if let Err(error) = done {
        tracing::warn!(%error, "the folder of files could not be tidied; tried again later");
    }
}

async fn uploads(store: &FileStore) -> Result<(), FileError> {
    let count = store.sweep_uploads().await?;
    if count > 0 {
        tracing::info!(
            uploads = count,
            "uploads that were not finished within a day were destroyed"
        );
    }
    Ok(())
}

/// Removes what no dispute has: erased files, and, after two days, files that were never attached.
async fn strangers(store: &FileStore, ledger: &Ledger<Dispatch>) -> Result<(), FileError> {
    let mut by_dispute = BTreeMap::<Uuid, Vec<FileName>>::new();
    for name in store.finished().await? {
        if let Some(id) = dispute_of(&name) {
            by_dispute.entry(id).or_default().push(name);
        }
    }
    let all: Vec<_> = by_dispute.into_iter().collect();
    for some in all.chunks(AT_ONCE) {
        let keys = some.iter().map(|(id, _)| dispute_key(*id)).collect();
        let states = ledger.read_many(keys).await?;
        let has = |id: &Uuid, name: &FileName| {
            let found = states.get(&dispute_key(*id)).and_then(|state| dispute(state));
            found.is_some_and(|dispute| dispute.file(name.file_id()).is_some())
        };
        let unknown = some.iter().flat_map(|(id, names)| names.iter().map(move |name| (id, name)));
        let unknown = unknown.filter(|(id, name)| !has(id, name));
        let unknown: Vec<_> = unknown.map(|(_, name)| name.clone()).collect();
        store.sweep(&unknown).await?;
        let count = store.discard(&unknown).await?;
        if count > 0 {
            tracing::info!(files = count, "files that were never attached were destroyed");
        }
    }
    Ok(())
}

fn dispute_of(name: &FileName) -> Option<Uuid> {
    name.subject().strip_prefix("dispute/")?.parse().ok()
}
