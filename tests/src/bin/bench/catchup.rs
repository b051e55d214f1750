//! Catch-up: a follower takes in a long log and stores every event durably, beside a bare insert of the same rows.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kit::config::ServerConfig;
use kit::{Callers, Clock, IdSource, Lifecycle, Server};
use ledger::{DatabaseUrl, Db, FeedServer, FollowSettings, Ledger, Options, follow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use tests::database::{Database, Store, session};
use tokio::time::{Instant, sleep};
use tonic::service::Routes;
use tonic::transport::Endpoint;
use yiwang_proto::feed::v1::feed_service_server::FeedServiceServer;

use crate::figures::Figures;
use crate::notes::{BODY, Command, MIGRATIONS, Notes, meta};

/// Events per command while the log is filled.
const CHUNK: u64 = 1000;
/// Rows per bare insert, as many as a followed page has.
const ROWS: u64 = 1000;

/// A log with many events, filled once per run.
pub(crate) struct Source {
    life: Lifecycle,
    events: u64,
    address: String,
    _database: Database,
}

impl Source {
    /// Fills a log with `events` events and serves its feed.
    pub(crate) async fn fill(events: u64) -> Result<Self> {
        let database = Database::create(Store::Sqlite).await?.context("no database")?;
        let life = Lifecycle::new(Duration::from_secs(5));
        let ledger = open("registry", &database, &life).await?;
        let mut at = 0;
        while at < events {
            let count = CHUNK.min(events - at);
            ledger
                .submit(Command { from: at, count }, meta())
                .await
                .map_err(|error| anyhow::anyhow!("{error:?}"))?;
            at += count;
        }
        let feeds = FeedServer::new(life.stopping().clone()).with(ledger.source());
        let config = ServerConfig { listen: ([127, 0, 0, 1], 0).into(), ..ServerConfig::default() };
        let server =
            Server::new(config, Callers::demo("bench", "37"), &[yiwang_proto::DESCRIPTORS])?;
        let feed = Routes::new(FeedServiceServer::new(feeds));
        let bound = server.add_routes("yiwang.feed.v1", feed).bind().await?;
        let address = format!("http://{}", bound.address());
        bound.serve(&life)?;
        Ok(Source { life, events, address, _database: database })
    }

    /// Lets a new follower catch up on both databases, and inserts the same rows bare.
    pub(crate) async fn measure(&self, figures: &mut Figures) -> Result<()> {
        for (name, store) in [("sqlite", Store::Sqlite), ("postgres", Store::Postgres)] {
            let bare = self.bare(store).await?;
            figures.add(&format!("catch-up/{name}/bare"), "/s", bare, None);
            let rate = self.follow(store).await?;
            let to = format!("catch-up/{name}/bare");
            figures.add(&format!("catch-up/{name}/rate"), "/s", rate, Some(&to));
        }
        Ok(())
    }

    /// Ends the log's server.
    pub(crate) fn stop(&self) {
        self.life.stop();
    }

    async fn follow(&self, store: Store) -> Result<f64> {
        let database = Database::create(store).await?.context("no such database")?;
        let life = Lifecycle::new(Duration::from_secs(5));
        let ledger = open("dispatch", &database, &life).await?;
        let channel = Endpoint::from_shared(self.address.clone())?
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(4 << 20)
            .connect_lazy();
        let settings = FollowSettings {
            service: "registry",
            token: "bench".to_owned(),
            pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(1),
        };
        let begun = Instant::now();
        life.spawn("follower", follow(ledger.clone(), channel, settings, life.stopping().clone()));
        let limit = begun + Duration::from_secs(600);
        loop {
            let position =
                ledger.references().await?.first().map_or(0, |reference| reference.position);
            if position >= self.events {
                break;
            }
            ensure!(Instant::now() < limit, "the follower is at {position} of {}", self.events);
            sleep(Duration::from_millis(5)).await;
        }
        let rate = per_second(self.events, begun);
        // Neither a follower nor its database runs on into the next measurement.
        life.stop();
        life.run_until(futures::stream::pending()).await;
        drop(ledger);
        database.drop().await?;
        Ok(rate)
    }

    async fn bare(&self, store: Store) -> Result<f64> {
        let database = Database::create(store).await?.context("no such database")?;
        let url: DatabaseUrl = database.url().parse().map_err(anyhow::Error::msg)?;
        // The table that the follower has, stored as the node stores it.
        Db::open(&url, "bare", &[("bench", MIGRATIONS)]).await?.close().await;
        let begun = match &url {
            DatabaseUrl::Sqlite(folder) => self.bare_sqlite(&folder.join("bare.db")).await?,
            DatabaseUrl::Postgres(url) => self.bare_postgres(url).await?,
        };
        let rate = per_second(self.events, begun);
        database.drop().await?;
        Ok(rate)
    }

    async fn bare_sqlite(&self, file: &std::path::Path) -> Result<Instant> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "ON")
            .pragma("wal_autocheckpoint", "4000")
            .pragma("cache_size", "-16000");
        let mut session = options.connect().await?;
        // One text for all: it is made once and lives as long as the bench.
        let values = vec!["(?, 1, ?)"; usize::try_from(ROWS)?].join(", ");
        let sql: &'static str =
            format!("INSERT INTO note (id, version, body) VALUES {values}").leak();
        let begun = Instant::now();
        for from in (0..self.events).step_by(usize::try_from(ROWS)?) {
            let mut commit = session.begin_with("BEGIN IMMEDIATE").await?;
            let mut insert = sqlx::query(sql);
            for number in from..from + ROWS {
                insert = insert.bind(format!("{number:012}")).bind(BODY);
            }
            insert.execute(&mut *commit).await?;
            commit.commit().await?;
        }
        Ok(begun)
    }

    async fn bare_postgres(&self, url: &str) -> Result<Instant> {
        let mut session = session(url).await?;
        sqlx::raw_sql("SET search_path TO bare").execute(&mut session).await?;
        let sql = "INSERT INTO note (id, version, body) SELECT given.id, 1, given.body FROM UNNEST($1::text[], $2::text[]) AS given (id, body)";
        let begun = Instant::now();
        for from in (0..self.events).step_by(usize::try_from(ROWS)?) {
            let mut commit = session.begin().await?;
            let ids: Vec<String> =
                (from..from + ROWS).map(|number| format!("{number:012}")).collect();
            let bodies = vec![BODY; ids.len()];
            sqlx::query(sql).bind(ids).bind(bodies).execute(&mut *commit).await?;
            commit.commit().await?;
        }
        Ok(begun)
    }
}

async fn open(
    service: &'static str,
    database: &Database,
    life: &Lifecycle,
) -> Result<Ledger<Notes>> {
    let clock = Clock::system();
    let options = Options {
        database: database.url().parse().map_err(anyhow::Error::msg)?,
        keys: None,
        node: "bench".to_owned(),
        secret: ledger::RequestSecret::new(&[0; 32]),
        ids: IdSource::system(clock.clone()),
        clock,
    };
    Ok(Ledger::open(Notes { service }, MIGRATIONS, &options, life).await?)
}

fn per_second(events: u64, begun: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "figures of a bench are far below 2^52")]
    let events = events as f64;
    events / begun.elapsed().as_secs_f64()
}
