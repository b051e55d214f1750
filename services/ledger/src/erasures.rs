//! Destroys the data keys of what was erased, beside the committer: commands do not wait for it.
//!
//! An erasure is open from its commit until its keys are gone from the key store and from the store's files. Whatever
//! fails is tried again, here, by another replica, or by the next process.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::authority::Authority;
use crate::committer::chain_of;
use crate::db::Db;
use crate::error::DbError;
use crate::keystore::KeyStore;
use crate::own::Erasure;
use crate::submit::{Job, Work};

/// First pause after a failure; doubles up to [`TICK`].
const PAUSE: Duration = Duration::from_secs(1);
/// How often open erasures are looked for.
const TICK: Duration = Duration::from_secs(30);

const OPEN: &str = "
    SELECT id, body
    FROM erasure
    WHERE done = 0
    ORDER BY id";

/// Every statement of this file, for the test that prepares them.
pub(crate) const STATEMENTS: &[&str] = &[OPEN];

/// Carries erasures out; owned by one task.
pub(crate) struct Eraser<A: Authority> {
    pub(crate) db: Db,
    pub(crate) keys: Arc<KeyStore>,
    /// The committer, which marks what is done.
    pub(crate) committer: mpsc::Sender<Job<A>>,
    pub(crate) due: Arc<Notify>,
}

impl<A: Authority> Eraser<A> {
    /// Carries out what is open now, whenever there is something new, and from time to time.
    pub(crate) async fn run(self, served: CancellationToken) {
        let mut pause = PAUSE;
        loop {
            let wait = match self.carry_out().await {
                Ok(()) => {
                    pause = PAUSE;
                    TICK
                }
                Err(error) => {
                    tracing::error!(error = %chain_of(&error), "data keys could not be destroyed yet");
                    let longer = (pause * 2).min(TICK);
                    std::mem::replace(&mut pause, longer)
                }
            };
            tokio::select! {
                () = served.cancelled() => return,
                () = self.committer.closed() => return,
                () = self.due.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Destroys the keys of every open erasure together.
    async fn carry_out(&self) -> Result<(), DbError> {
        let doing = "carrying out erasures";
        let (mut ids, mut erasures) = (Vec::new(), Vec::new());
        for row in self.db.rows(doing, OPEN, vec![]).await? {
            let id = row.text(0)?;
            match serde_json::from_str::<Erasure>(row.text(1)?) {
                Ok(erasure) => {
                    ids.push(id.to_owned());
                    erasures.push(erasure);
                }
                Err(_) => tracing::error!(erasure.id = id, "an erasure cannot be read"),
            }
        }
        if ids.is_empty() {
            return Ok(());
        }
        let destroyed = self.keys.destroy(&erasures).await?;
        let (reply, answer) = oneshot::channel();
        let job = Job { work: Work::Erased { ids, reply }, deadline: None };
        let unmarked = || DbError::Unavailable { doing: "marking erasures as done", source: None };
        self.committer.send(job).await.map_err(|_| unmarked())?;
        answer.await.map_err(|_| unmarked())?.map_err(|_| unmarked())?;
        tracing::info!(erasures = erasures.len(), keys = destroyed, "data keys were destroyed");
        Ok(())
    }
}
