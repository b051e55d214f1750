//! What is known for a while and never kept: a row per key, overwritten by what is newer, gone when its time is over.
//!
//! It lies in a database of its own (`DIR/passing`, or an unlogged table in a schema `…_passing`), so that neither the
//! log nor a feed nor an ordinary backup has it; whoever loses it loses nothing that was promised. SQLite overwrites what
//! is deleted; what its write-ahead log still has goes with that log's next turn.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::committer::ROUND_TRIP;
use crate::db::{DatabaseUrl, Db, Migration};
use crate::dialect::Session;
use crate::error::DbError;
use crate::value::Value;

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "init",
    sql: include_str!("../migrations/passing/0001_init.sql"),
}];

const PUT: &str = "
    INSERT INTO passing (id, version, body, expires_at)
    VALUES ($1, $4, $2, $3)
    ON CONFLICT (id) DO UPDATE
    SET version = excluded.version, body = excluded.body, expires_at = excluded.expires_at
    WHERE passing.version <= excluded.version OR passing.version > $5
    RETURNING id";
const DELETE: &str = "
    DELETE FROM passing
    WHERE id = $1
    RETURNING id";
const EXPIRE: &str = "
    DELETE FROM passing
    WHERE expires_at <= $1
    RETURNING id";
const KEYS: &str = "
    SELECT id
    FROM passing
    WHERE id > $1
    ORDER BY id
    LIMIT $2";

/// Every statement, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[PUT, DELETE, EXPIRE, KEYS];

/// What one service knows for a while. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PassingStore {
    db: Db,
    writer: Arc<Mutex<Option<Session>>>,
}

/// A row's body: with its end, so that reading needs no more than that.
#[derive(Debug, Serialize, Deserialize)]
struct Kept<T> {
    /// Microseconds UTC.
    until: i64,
    value: T,
}

impl PassingStore {
    /// Opens the store of `service` beside `database`.
    pub async fn open(database: &DatabaseUrl, service: &'static str) -> Result<Self, DbError> {
        let url = match database {
            DatabaseUrl::Sqlite(folder) => DatabaseUrl::Sqlite(folder.join("passing")),
            DatabaseUrl::Postgres(_) => database.clone(),
        };
        let db = Db::open(&url, name(service), &[("passing", MIGRATIONS)]).await?;
        let mut session = db.session().await?;
        session.unlog("passing").await.map_err(DbError::during("opening what is never kept"))?;
        Ok(PassingStore { db, writer: Arc::new(Mutex::new(Some(session))) })
    }

    /// The database behind it.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Puts `value`, which is from `made`, in the place of what was there, until then; returns whether it did: what is
    /// newer stays, whichever of the two comes first. What is from after `latest`, which no right clock can have said, was
    /// kept by one that was ahead and went back; it keeps nobody out.
    pub async fn put<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        made: Timestamp,
        until: Timestamp,
        latest: Timestamp,
    ) -> Result<bool, DbError> {
        let kept = Kept { until: until.as_microsecond(), value };
        let body = serde_json::to_string(&kept).map_err(|error| DbError::Inconsistent {
            place: "passing.body".to_owned(),
            detail: error.to_string(),
        })?;
        let values = vec![
            key.into(),
            body.into(),
            kept.until.into(),
            made.as_microsecond().into(),
            latest.as_microsecond().into(),
        ];
        let written = self.write("keeping something for a while", PUT, values).await?;
        Ok(written > 0)
    }

    /// What is under these keys and not over at `now`. A body of another form than is asked for is none.
    pub async fn get<T: DeserializeOwned>(
        &self,
        keys: Vec<String>,
        now: Timestamp,
    ) -> Result<Vec<(String, T)>, DbError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let doing = "reading what is never kept";
        let rows = self.db.readers().load(vec![("passing", keys)]).await;
        let mut found = Vec::new();
        for row in rows.map_err(DbError::during(doing))? {
            let Ok(kept) = serde_json::from_str::<Kept<T>>(row.text(3)?) else { continue };
            if kept.until > now.as_microsecond() {
                found.push((row.text(1)?.to_owned(), kept.value));
            }
        }
        Ok(found)
    }

    /// Keys after `after`, in order, at most `limit`.
    pub async fn keys(&self, after: &str, limit: u32) -> Result<Vec<String>, DbError> {
        let values = vec![after.into(), i64::from(limit).into()];
        let rows = self.db.rows("reading what is never kept", KEYS, values).await?;
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
    }

    /// Deletes what is under a key. Doing it again is harmless.
    pub async fn delete(&self, key: &str) -> Result<(), DbError> {
        self.write("deleting what is never kept", DELETE, vec![key.into()]).await.map(drop)
    }

    /// Deletes what is over at `now`; returns how many there were.
    pub async fn expire(&self, now: Timestamp) -> Result<usize, DbError> {
        let values = vec![now.as_microsecond().into()];
        self.write("deleting what is over", EXPIRE, values).await
    }

    /// Writes in a session that is opened anew once it has failed; returns how many rows came back.
    async fn write(
        &self,
        doing: &'static str,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<usize, DbError> {
        let writing = async {
            let mut writer = self.writer.lock().await;
            // Taken out, so that a session that failed half-way is never used again.
            if let Some(mut session) = writer.take()
                && let Ok(rows) = session.rows(sql, values.clone()).await
            {
                session.wipe("passing", sql != PUT).await.map_err(DbError::during(doing))?;
                *writer = Some(session);
                return Ok(rows.len());
            }
            let mut session = self.db.session().await?;
            let rows = session.rows(sql, values).await.map_err(DbError::during(doing))?;
            session.wipe("passing", sql != PUT).await.map_err(DbError::during(doing))?;
            *writer = Some(session);
            Ok(rows.len())
        };
        let longest = ROUND_TRIP + Duration::from_secs(1);
        timeout(longest, writing).await.unwrap_or(Err(DbError::Unavailable { doing, source: None }))
    }
}

/// Name of a service's store: the file or schema that backups leave out.
fn name(service: &'static str) -> &'static str {
    match service {
        "registry" => "registry_passing",
        "dispatch" => "dispatch_passing",
        _ => "passing",
    }
}
