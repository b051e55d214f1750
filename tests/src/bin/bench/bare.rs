//! Bare commits: the rows of one report, in the node's own tables, through the same driver and by the same statements: the
//! head row locked, everything written in one round trip, one commit; with nothing around it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use ledger::{DatabaseUrl, Db, Migration, Row};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use tests::callers::EVERYTHING;
use tests::database::{Database, Store, random, session, sqlite_url};
use tests::load::report;
use tests::node::{Node, Plan};
use tests::world;
use tokio::time::Instant;
use uuid::Uuid;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;

use crate::figures::Figures;

const EVENT: &str =
    "SELECT header, salt, payload, hash, type, area_code FROM event ORDER BY position DESC LIMIT 1";
const REQUEST: &str = "SELECT id, body FROM request ORDER BY recorded_at DESC LIMIT 1";
const COUNTER: &str = "SELECT id, body FROM counter LIMIT 1";
const DISPUTE: &str = "SELECT body, grid_code, type_code FROM dispute LIMIT 1";
const SEALED: &str = "SELECT body, ciphertext FROM sealed LIMIT 1";
/// The node keeps data keys in a database of their own; here they share the one commit, which is the cheapest that is
/// durable.
const DATA_KEYS: &[Migration] = &[Migration {
    version: 1,
    name: "init",
    sql: "CREATE TABLE data_key (
        subject TEXT NOT NULL, id TEXT NOT NULL, wrapped BYTEA NOT NULL, PRIMARY KEY (subject, id)
    )",
}];
const HEAD: &str = "
    INSERT INTO head (id, node, service, incarnation, position, hash, recorded_at)
    VALUES (1, 'bare', 'dispatch', 1, 0, $1, 0)";

/// How the two databases begin with the head row locked, and write everything in one round trip.
const SQLITE_LOCK: &str = "SELECT position, hash, recorded_at FROM head WHERE id = 1";
const SQLITE_WRITE: &str = "
    INSERT INTO event (position, type, subject, area_code, recorded_at, header, salt, payload, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);
    INSERT INTO counter (id, version, body) VALUES (?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body
    WHERE counter.version = excluded.version - 1;
    INSERT INTO dispute (
        id, version, body, grid_code, case_code, type_code, state_bit, level_bit, reported_at,
            counted_by, wakes_at, holder, first_handler, due_at, returned
    )
    VALUES (?, 1, ?, ?, ?, ?, 1, 1, ?, 'cn-2026.1', 1770000000000000, '370306001002/', '', NULL, 0);
    INSERT INTO request (id, version, body, recorded_at) VALUES (?, 1, ?, ?);
    INSERT INTO sealed (id, version, body, ciphertext) VALUES (?, 1, ?, ?);
    INSERT INTO data_key (subject, id, wrapped) VALUES (?, ?, ?);
    UPDATE head SET position = ?, hash = ?, recorded_at = ? WHERE id = 1 AND position = ?";
const POSTGRES_LOCK: &str = "SELECT position, hash, recorded_at FROM head WHERE id = 1 FOR UPDATE";
const POSTGRES_WRITE: &str = "
    WITH w0 AS (
        INSERT INTO event (position, type, subject, area_code, recorded_at, header, salt, payload, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ), w1 AS (
        INSERT INTO counter (id, version, body) VALUES ($10, $11, $12)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body
        WHERE counter.version = excluded.version - 1
    ), w2 AS (
        INSERT INTO dispute (
            id, version, body, grid_code, case_code, type_code, state_bit, level_bit, reported_at,
            counted_by, wakes_at, holder, first_handler, due_at, returned
        )
        VALUES ($13, 1, $14, $15, $16, $17, 1, 1, $18, 'cn-2026.1', 1770000000000000, '370306001002/', '', NULL, 0)
    ), w3 AS (
        INSERT INTO request (id, version, body, recorded_at) VALUES ($19, 1, $20, $21)
    ), w4 AS (
        INSERT INTO sealed (id, version, body, ciphertext) VALUES ($22, 1, $23, $24)
    ), w5 AS (
        INSERT INTO data_key (subject, id, wrapped) VALUES ($25, $26, $27)
    )
    UPDATE head SET position = $28, hash = $29, recorded_at = $30 WHERE id = 1 AND position = $31";

/// The rows of one report, as a node wrote them.
pub(crate) struct Sample {
    event: Row,
    counter: Row,
    request: Row,
    dispute: Row,
    sealed: Row,
}

impl Sample {
    /// Lets a node carry out one report and reads what it wrote.
    pub(crate) async fn take() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut node = Node::start(&Plan::new(sqlite_url(folder.path()))?).await?;
        world::settle(&node).await?;
        let mut client = DisputeServiceClient::new(node.connect(&EVERYTHING)?);
        client.report_dispute(report(Uuid::from_u128(random()?), world::GRID)).await?;
        node.stop().await?;
        let db = open(&DatabaseUrl::Sqlite(folder.path().to_owned())).await?;
        let sample = Sample {
            event: first(&db, EVENT).await?,
            counter: first(&db, COUNTER).await?,
            request: first(&db, REQUEST).await?,
            dispute: first(&db, DISPUTE).await?,
            sealed: first(&db, SEALED).await?,
        };
        db.close().await;
        Ok(sample)
    }

    /// Commits the rows again and again, on both databases.
    pub(crate) async fn measure(&self, seconds: u64, figures: &mut Figures) -> Result<()> {
        for (name, store) in [("sqlite", Store::Sqlite), ("postgres", Store::Postgres)] {
            let database = Database::create(store).await?.context("no such database")?;
            let url: DatabaseUrl = database.url().parse().map_err(anyhow::Error::msg)?;
            open(&url).await?.close().await;
            let times = match &url {
                DatabaseUrl::Sqlite(folder) => {
                    let options = SqliteConnectOptions::new()
                        .filename(folder.join("dispatch.db"))
                        .journal_mode(SqliteJournalMode::Wal)
                        .synchronous(SqliteSynchronous::Full)
                        .pragma("secure_delete", "ON")
                        .pragma("wal_autocheckpoint", "8000")
                        .pragma("cache_size", "-16000");
                    self.sqlite(options.connect().await?, seconds).await?
                }
                DatabaseUrl::Postgres(url) => self.postgres(session(url).await?, seconds).await?,
            };
            note(name, &times, seconds, figures);
            database.drop().await?;
        }
        Ok(())
    }
}

fn note(name: &str, times: &Histogram<u64>, seconds: u64, figures: &mut Figures) {
    #[expect(clippy::cast_precision_loss, reason = "figures of a bench are far below 2^52")]
    let (count, p50, seconds) =
        (times.len() as f64, times.value_at_quantile(0.5) as f64, seconds as f64);
    figures.add(&format!("bare/{name}/1/rate"), "/s", count / seconds, None);
    figures.add(&format!("bare/{name}/1/p50"), "ms", p50 / 1e3, None);
}

async fn open(url: &DatabaseUrl) -> Result<Db> {
    // The node's own tables, stored as the node stores them.
    let layers = [
        ("ledger", ledger::db::MIGRATIONS),
        ("dispatch", dispatch::store::MIGRATIONS),
        ("bare", DATA_KEYS),
    ];
    Ok(Db::open(url, "dispatch", &layers).await?)
}

async fn first(db: &Db, sql: &'static str) -> Result<Row> {
    db.rows("taking a sample", sql, vec![]).await?.pop().context("no row")
}

/// The same loop for two drivers whose types have nothing in common.
macro_rules! commits {
    ($name:ident, $session:ty, $begin:literal, $lock:expr, $write:expr, $prepare:expr) => {
        async fn $name(&self, mut session: $session, seconds: u64) -> Result<Histogram<u64>> {
            for sql in $prepare {
                sqlx::raw_sql(*sql).execute(&mut session).await?;
            }
            sqlx::query(HEAD).bind(&[0_u8; 32][..]).execute(&mut session).await?;
            let mut times = Histogram::<u64>::new(3)?;
            let seed = random()?;
            let end = Instant::now() + Duration::from_secs(seconds);
            for number in 1_i64.. {
                let begun = Instant::now();
                if begun >= end {
                    break;
                }
                let id = Uuid::from_u128(seed.wrapping_add(u128::from(number.unsigned_abs())))
                    .to_string();
                let mut commit = session.begin_with($begin).await?;
                sqlx::query($lock).fetch_one(&mut *commit).await?;
                sqlx::query($write)
                    .bind(number)
                    .bind(self.event.text(4)?)
                    .bind(&id)
                    .bind(self.event.text(5)?)
                    .bind(number)
                    .bind(self.event.bytes(0)?)
                    .bind(self.event.bytes(1)?)
                    .bind(self.event.bytes(2)?)
                    .bind(self.event.bytes(3)?)
                    .bind(self.counter.text(0)?)
                    .bind(number)
                    .bind(self.counter.text(1)?)
                    .bind(&id)
                    .bind(self.dispute.text(0)?)
                    .bind(self.dispute.text(1)?)
                    .bind(&id)
                    .bind(self.dispute.text(2)?)
                    .bind(number)
                    .bind(&id)
                    .bind(self.request.text(1)?)
                    .bind(number)
                    .bind(&id)
                    .bind(self.sealed.text(0)?)
                    .bind(self.sealed.bytes(1)?)
                    .bind(&id)
                    .bind(&id)
                    .bind(&[7_u8; 60][..])
                    .bind(number)
                    .bind(self.event.bytes(3)?)
                    .bind(number)
                    .bind(number - 1)
                    .execute(&mut *commit)
                    .await?;
                commit.commit().await?;
                times.record(u64::try_from(begun.elapsed().as_micros())?)?;
            }
            Ok(times)
        }
    };
}

impl Sample {
    commits!(
        sqlite,
        sqlx::SqliteConnection,
        "BEGIN IMMEDIATE",
        SQLITE_LOCK,
        SQLITE_WRITE,
        &[""; 0]
    );
    commits!(
        postgres,
        sqlx::PgConnection,
        "BEGIN ISOLATION LEVEL READ COMMITTED",
        POSTGRES_LOCK,
        POSTGRES_WRITE,
        &["SET search_path TO dispatch"]
    );
}

#[cfg(test)]
mod test {
    use super::*;

    #[tokio::test]
    async fn the_bare_rows_are_those_of_the_schema() -> Result<()> {
        Sample::take().await?.measure(1, &mut Figures::default()).await
    }
}
