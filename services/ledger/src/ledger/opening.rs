//! Opening a ledger: its databases, its head, the tasks that belong to it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use kit::Lifecycle;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use yiwang_proto::feed::v1::LogId;

use super::{Inner, Ledger, Options};
use crate::authority::Authority;
use crate::chain::genesis;
use crate::committer::{Committer, Head, Sweep, chain_of, empty_head, move_on};
use crate::db::{Db, Migration};
use crate::erasures::Eraser;
use crate::error::DbError;
use crate::following::Following;
use crate::keystore::{self, KeyStore};
use crate::records;
use crate::submit::Job;
use crate::value::Value;

/// Commands that may wait; the next one is refused with `RESOURCE_EXHAUSTED`.
pub(crate) const QUEUE: usize = 4096;
/// Followed pages and operator orders that may wait; their senders wait, too.
const INTERNAL_QUEUE: usize = 16;
/// How often the head is read where other processes may write to the log, too.
const LOOK: Duration = Duration::from_millis(250);

const CREATE_HEAD: &str = "
    INSERT INTO head (id, node, service, incarnation, position, hash, recorded_at)
    VALUES (1, $1, $2, 1, 0, $3, 0)
    ON CONFLICT (id) DO NOTHING
    RETURNING id";
const READ_LOG: &str = "
    SELECT node, service, incarnation
    FROM head
    WHERE id = 1";

/// Every statement of this file, for the test that prepares them.
pub(crate) const STATEMENTS: &[&str] = &[CREATE_HEAD, READ_LOG];

impl<A: Authority> Ledger<A> {
    /// Opens the database of `authority`, brings its schema up to date and starts its committer.
    ///
    /// `migrations` are the service's own; the ledger's are applied before them.
    pub async fn open(
        authority: A,
        migrations: &'static [Migration],
        options: &Options,
        lifecycle: &Lifecycle,
    ) -> Result<Self, DbError> {
        let service = authority.service();
        let layers = [("ledger", crate::db::MIGRATIONS), (service, migrations)];
        let db = Db::open(&options.database, service, &layers).await?;
        let keys_url = keystore::url(&options.database, options.keys.as_ref());
        let keys = Arc::new(KeyStore::open(&keys_url, keystore::name(service)).await?);
        let log = claim_head(&db, service, &options.node).await?;
        let head = records::head(&db).await?.unwrap_or_else(|| empty_head(&log));

        let (commands, waiting_commands) = mpsc::channel(QUEUE);
        let (internal, waiting_internal) = mpsc::channel(INTERNAL_QUEUE);
        let (head_sender, head) = watch::channel(head);
        let authority = Arc::new(authority);
        let follows = Following::new(authority.follows());
        let erasures = Arc::new(Notify::new());
        let clock_doubted = Arc::new(AtomicBool::new(false));
        let committer = Committer {
            authority: Arc::clone(&authority),
            db: db.clone(),
            keys: Arc::clone(&keys),
            log: log.clone(),
            clock: options.clock.clone(),
            clock_doubted: Arc::clone(&clock_doubted),
            ids: options.ids.clone(),
            head: head_sender.clone(),
            session: None,
            erasures: Arc::clone(&erasures),
            follows: follows.clone(),
            sweep: Sweep::default(),
        };
        let served = lifecycle.served().clone();
        lifecycle.spawn("committer", committer.run(waiting_commands, waiting_internal, served));
        start_helpers(&db, &keys, (&internal, erasures), head_sender, lifecycle);
        let inner = Inner {
            authority,
            db,
            keys,
            log,
            clock: options.clock.clone(),
            clock_doubted,
            ids: options.ids.clone(),
            commands,
            internal,
            head,
            follows,
            secret: options.secret.clone(),
            ceiling: None,
        };
        Ok(Ledger { inner: Arc::new(inner) })
    }
}

/// Starts what runs beside the committer.
fn start_helpers<A: Authority>(
    db: &Db,
    keys: &Arc<KeyStore>,
    (committer, due): (&mpsc::Sender<Job<A>>, Arc<Notify>),
    head: watch::Sender<Head>,
    lifecycle: &Lifecycle,
) {
    let served = lifecycle.served();
    let eraser =
        Eraser { db: db.clone(), keys: Arc::clone(keys), committer: committer.clone(), due };
    lifecycle.spawn("eraser", eraser.run(served.clone()));
    if db.is_shared() {
        let looking = look(db.clone(), head, committer.clone(), served.clone());
        lifecycle.spawn("head", looking);
    }
}

/// Wakes readers when another process has written: one look for all of them.
async fn look<A: Authority>(
    db: Db,
    head: watch::Sender<Head>,
    committer: mpsc::Sender<Job<A>>,
    served: CancellationToken,
) {
    loop {
        tokio::select! {
            () = served.cancelled() => return,
            () = committer.closed() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        match records::head(&db).await {
            Ok(Some(found)) => move_on(&head, found),
            Ok(None) => {}
            Err(error) => tracing::debug!(error = %chain_of(&error), "the head cannot be read"),
        }
    }
}

/// Creates the head row of a new database, or checks that the database is this node's.
async fn claim_head(db: &Db, service: &'static str, node: &str) -> Result<LogId, DbError> {
    let doing = "reading the head of the log";
    let log = LogId { node: node.to_owned(), service: service.to_owned(), incarnation: 1 };
    let mut session = db.session().await?;
    let values = vec![node.into(), service.into(), Value::Bytes(genesis(&log).to_vec())];
    session.rows(CREATE_HEAD, values).await.map_err(DbError::during(doing))?;
    let rows = session.rows(READ_LOG, vec![]).await.map_err(DbError::during(doing))?;
    let row = rows.first().ok_or_else(|| DbError::Open("the head row is missing".to_owned()))?;
    let found = LogId {
        node: row.text(0)?.to_owned(),
        service: row.text(1)?.to_owned(),
        incarnation: row.count(2)?,
    };
    if found.node != node {
        return Err(DbError::Open(format!(
            "this database belongs to node {:?}, but the configured node is {node:?}",
            found.node
        )));
    }
    Ok(found)
}
