//! Where wrapped data keys live: a database of its own, left out of ordinary backups, so that erasing a key erases
//! what it opened for good.

use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::committer::ROUND_TRIP;
use crate::db::{DatabaseUrl, Db, Migration};
use crate::dialect::{Bulk, Cells, Class, OnConflict, Session, classify};
use crate::error::DbError;
use crate::own::Erasure;
use crate::row::Row;
use crate::seal::WrappedKey;

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "init",
    sql: include_str!("../migrations/keys/0001_init.sql"),
}];

const ANY: &str = "
    SELECT id
    FROM data_key
    LIMIT 1";
const BY_SUBJECT: &str = "
    SELECT id, subject, wrapped
    FROM data_key
    WHERE subject = $1
    ORDER BY id";
const BY_ID: &str = "
    SELECT id, subject, wrapped
    FROM data_key
    WHERE subject = $1 AND id = $2";
const DESTROY: &str = "
    DELETE FROM data_key
    WHERE subject = $1 AND id = $2
    RETURNING id";

/// Every read statement, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[ANY, BY_SUBJECT, BY_ID, DESTROY];

/// The data keys of one service.
#[derive(Debug)]
pub struct KeyStore {
    db: Db,
    writer: Mutex<Option<Session>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Session")
    }
}

impl KeyStore {
    /// Opens the key store `name` (`dispatch_keys`).
    pub async fn open(url: &DatabaseUrl, name: &'static str) -> Result<Self, DbError> {
        let db = Db::open(url, name, &[("keys", MIGRATIONS)]).await?;
        Ok(KeyStore { db, writer: Mutex::new(None) })
    }

    /// The database behind it.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The key that opens `sealed_id` of `subject`; nothing when it was destroyed.
    pub async fn get(&self, subject: &str, sealed_id: &str) -> Result<Option<WrappedKey>, DbError> {
        let arguments = vec![subject.into(), sealed_id.into()];
        let rows = self.db.rows("reading a data key", BY_ID, arguments).await?;
        rows.into_iter().next().map(key).transpose()
    }

    /// All keys of a subject.
    pub async fn of_subject(&self, subject: &str) -> Result<Vec<WrappedKey>, DbError> {
        let rows = self.db.rows("reading data keys", BY_SUBJECT, vec![subject.into()]).await?;
        rows.into_iter().map(key).collect()
    }

    /// Makes keys durable. A key whose commit then fails opens nothing and harms nobody.
    pub(crate) async fn insert(&self, keys: Vec<WrappedKey>) -> Result<(), DbError> {
        if keys.is_empty() {
            return Ok(());
        }
        let doing = "storing data keys";
        let mut writer = self.writer.lock().await;
        // Taken out, so that a session that failed half-way is never used again.
        if let Some(mut session) = writer.take() {
            match session.write_alone(bulk(keys.clone())).await {
                Ok(_) => {
                    *writer = Some(session);
                    return Ok(());
                }
                // The database may have restarted since the last keys: one new session.
                Err(error) if classify(&error) == Class::Store => {}
                Err(error) => return Err(DbError::during(doing)(error)),
            }
        }
        let mut session = self.db.session().await?;
        session.write_alone(bulk(keys)).await.map_err(DbError::during(doing))?;
        *writer = Some(session);
        Ok(())
    }

    /// Destroys the keys of what was erased; returns how many there were. Doing it again is harmless.
    pub(crate) async fn destroy(&self, erasures: &[Erasure]) -> Result<usize, DbError> {
        let doing = "destroying data keys";
        // Who seals waits for this lock: a host that vanished must not hold it.
        let gone = match timeout(ROUND_TRIP, self.delete(erasures)).await {
            Ok(gone) => gone?,
            Err(_) => return Err(DbError::Unavailable { doing, source: None }),
        };
        // In a session of its own: nobody who seals waits for it.
        let mut session = self.db.session().await?;
        if session.purge("data_key").await.map_err(DbError::during(doing))? {
            Ok(gone)
        } else {
            let doing = "purging the files of the key store, which are being read";
            Err(DbError::Unavailable { doing, source: None })
        }
    }

    /// Deletes the keys in a transaction of their own; returns how many there were.
    async fn delete(&self, erasures: &[Erasure]) -> Result<usize, DbError> {
        let doing = "destroying data keys";
        let mut writer = self.writer.lock().await;
        let mut session = match writer.take() {
            Some(session) => session,
            None => self.db.session().await?,
        };
        let mut gone = 0;
        session.begin().await.map_err(DbError::during(doing))?;
        for erasure in erasures {
            for id in &erasure.sealed {
                let names = vec![erasure.subject.as_str().into(), id.as_str().into()];
                let rows = session.rows(DESTROY, names).await;
                gone += rows.map_err(DbError::during(doing))?.len();
            }
        }
        session.commit().await.map_err(DbError::during(doing))?;
        *writer = Some(session);
        Ok(gone)
    }
}

/// Rows for keys. A batch that is done again, whole or in halves, brings the same keys again.
fn bulk(keys: Vec<WrappedKey>) -> Bulk {
    let mut ids = Vec::with_capacity(keys.len());
    let mut subjects = Vec::with_capacity(keys.len());
    let mut wrapped = Vec::with_capacity(keys.len());
    for key in keys {
        ids.push(Some(key.sealed_id));
        subjects.push(Some(key.subject));
        wrapped.push(Some(key.wrapped));
    }
    Bulk {
        table: "data_key",
        columns: vec![
            ("id", Cells::Text(ids)),
            ("subject", Cells::Text(subjects)),
            ("wrapped", Cells::Bytes(wrapped)),
        ],
        on_conflict: OnConflict::Keep,
    }
}

/// Whether the key store of `service` holds any key. Reads only, and creates nothing.
pub async fn holds_keys(
    database: &DatabaseUrl,
    keys: Option<&DatabaseUrl>,
    service: &'static str,
) -> Result<bool, DbError> {
    let url = url(database, keys);
    let Some(db) = Db::open_read_only(&url, name(service)).await? else { return Ok(false) };
    let found = db.has_table("data_key").await?
        && !db.rows("looking for data keys", ANY, vec![]).await?.is_empty();
    db.close().await;
    Ok(found)
}

/// Where the keys are kept: where the configuration says, else beside the database.
pub(crate) fn url(database: &DatabaseUrl, keys: Option<&DatabaseUrl>) -> DatabaseUrl {
    match (keys, database) {
        (Some(keys), _) => keys.clone(),
        (None, DatabaseUrl::Sqlite(folder)) => DatabaseUrl::Sqlite(folder.join("keys")),
        (None, database @ DatabaseUrl::Postgres(_)) => database.clone(),
    }
}

/// Name of a service's key store: the file or schema that ordinary backups leave out.
pub(crate) fn name(service: &'static str) -> &'static str {
    match service {
        "registry" => "registry_keys",
        "dispatch" => "dispatch_keys",
        "liaison" => "liaison_keys",
        "reporting" => "reporting_keys",
        _ => "keys",
    }
}

fn key(mut row: Row) -> Result<WrappedKey, DbError> {
    Ok(WrappedKey {
        sealed_id: row.take_text(0)?,
        subject: row.take_text(1)?,
        wrapped: row.take_bytes(2)?,
    })
}
