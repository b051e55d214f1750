//! Bare commits: the rows of one report, through the same driver, one transaction each, with nothing around them.

use std::time::Duration;

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use ledger::{DatabaseUrl, Db, Row};
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
const DISPUTE: &str = "SELECT body, grid_code, type_code FROM dispute LIMIT 1";
const SEALED: &str = "SELECT body, ciphertext FROM sealed LIMIT 1";
const DATA_KEYS: &str = "
    CREATE TABLE data_key (
        subject TEXT NOT NULL, id TEXT NOT NULL, wrapped BYTEA NOT NULL, PRIMARY KEY (subject, id)
    )";

/// The rows of one report, as a node wrote them.
pub(crate) struct Sample {
    event: Row,
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
                        .synchronous(SqliteSynchronous::Full);
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
    let layers = [("ledger", ledger::db::MIGRATIONS), ("dispatch", dispatch::store::MIGRATIONS)];
    Ok(Db::open(url, "dispatch", &layers).await?)
}

async fn first(db: &Db, sql: &'static str) -> Result<Row> {
    db.rows("taking a sample", sql, vec![]).await?.pop().context("no row")
}

/// The same loop for two drivers whose types have nothing in common.
macro_rules! commits {
    ($name:ident, $session:ty, $begin:literal, $prepare:expr) => {
        async fn $name(&self, mut session: $session, seconds: u64) -> Result<Histogram<u64>> {
            for sql in $prepare {
                sqlx::raw_sql(*sql).execute(&mut session).await?;
            }
            let mut times = Histogram::<u64>::new(3)?;
            let seed = random()?;
            let end = Instant::now() + Duration::from_secs(seconds);
            for number in 1_i64.. {
                let begun = Instant::now();
                if begun >= end {
                    break;
                }
                let id = Uuid::from_u128(seed.wrapping_add(u128::from(number.unsigned_abs()))).to_string();
                let mut commit = session.begin_with($begin).await?;
                sqlx::query("UPDATE head SET position = $1 WHERE id = 1")
                    .bind(number).execute(&mut *commit).await?;
                sqlx::query("INSERT INTO event (position, type, subject, area_code, recorded_at, header, salt, payload, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
                    .bind(number).bind(self.event.text(4)?).bind(&id).bind(self.event.text(5)?).bind(number)
                    .bind(self.event.bytes(0)?).bind(self.event.bytes(1)?).bind(self.event.bytes(2)?).bind(self.event.bytes(3)?)
                    .execute(&mut *commit).await?;
                sqlx::query("INSERT INTO request (id, version, body, recorded_at) VALUES ($1, 1, $2, $3)")
                    .bind(&id).bind(self.request.text(1)?).bind(number).execute(&mut *commit).await?;
                sqlx::query("INSERT INTO dispute (id, version, body, grid_code, case_code, type_code, state_bit, level_bit, reported_at) VALUES ($1, 1, $2, $3, $4, $5, 1, 1, $6)")
                    .bind(&id).bind(self.dispute.text(0)?).bind(self.dispute.text(1)?).bind(&id)
                    .bind(self.dispute.text(2)?).bind(number).execute(&mut *commit).await?;
                sqlx::query("INSERT INTO sealed (id, version, body, ciphertext) VALUES ($1, 1, $2, $3)")
                    .bind(&id).bind(self.sealed.text(0)?).bind(self.sealed.bytes(1)?).execute(&mut *commit).await?;
                sqlx::query("INSERT INTO data_key (subject, id, wrapped) VALUES ($1, $2, $3)")
                    .bind(&id).bind(&id).bind(&[7_u8; 60][..]).execute(&mut *commit).await?;
                commit.commit().await?;
                times.record(u64::try_from(begun.elapsed().as_micros())?)?;
            }
            Ok(times)
        }
    };
}

impl Sample {
    commits!(sqlite, sqlx::SqliteConnection, "BEGIN IMMEDIATE", &[DATA_KEYS]);
    commits!(postgres, sqlx::PgConnection, "BEGIN", &["SET search_path TO dispatch", DATA_KEYS]);
}
