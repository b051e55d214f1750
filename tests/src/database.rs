//! Databases for nodes under test: thrown away afterwards.

use std::path::Path;

use anyhow::{Context as _, Result};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::environment;

/// Which store a node keeps its facts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// Files in a directory.
    Sqlite,
    /// A database of a PostgreSQL server.
    Postgres,
}

impl Store {
    /// Both, in the order in which tests run on them.
    pub const BOTH: [Store; 2] = [Store::Sqlite, Store::Postgres];
}

impl std::str::FromStr for Store {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "sqlite" => Ok(Store::Sqlite),
            "postgres" => Ok(Store::Postgres),
            _ => Err("a store is sqlite or postgres".to_owned()),
        }
    }
}

/// A store of one test, empty at first.
#[derive(Debug)]
pub enum Database {
    /// A directory of its own.
    Sqlite(TempDir),
    /// A database of its own.
    Postgres(Postgres),
}

impl Database {
    /// Creates an empty store; `None` when there is no PostgreSQL and that is allowed.
    pub async fn create(store: Store) -> Result<Option<Self>> {
        match store {
            Store::Sqlite => Ok(Some(Database::Sqlite(tempfile::tempdir()?))),
            Store::Postgres => match environment::postgres()? {
                Some(server) => Ok(Some(Database::Postgres(Postgres::create(&server).await?))),
                None => Ok(None),
            },
        }
    }

    /// What `--database` takes.
    pub fn url(&self) -> String {
        match self {
            Database::Sqlite(folder) => sqlite_url(folder.path()),
            Database::Postgres(database) => database.url().to_owned(),
        }
    }

    /// Throws the store away.
    pub async fn drop(self) -> Result<()> {
        match self {
            Database::Sqlite(folder) => Ok(folder.close()?),
            Database::Postgres(database) => database.drop().await,
        }
    }
}

/// What `--database` takes for a directory.
pub fn sqlite_url(folder: &Path) -> String {
    format!("sqlite://{}", folder.display())
}

/// A database of its own on a PostgreSQL server.
#[derive(Debug)]
pub struct Postgres {
    server: String,
    name: String,
    url: String,
}

impl Postgres {
    /// Creates an empty database on the server at `server`.
    pub async fn create(server: &str) -> Result<Self> {
        let name = format!("test_{}", random_id()?.simple());
        execute(server, format!("CREATE DATABASE {name}")).await?;
        let (base, _) = server.rsplit_once('/').context("a URL without a database")?;
        Ok(Postgres { server: server.to_owned(), url: format!("{base}/{name}"), name })
    }

    /// URL of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Throws the database away, whoever is connected to it.
    pub async fn drop(self) -> Result<()> {
        execute(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
    }
}

/// Runs statements on a PostgreSQL server.
pub async fn execute(url: &str, sql: String) -> Result<()> {
    let mut session = session(url).await?;
    // Tests are short: leaking the text is cheaper than an exception from the rule that SQL is static.
    sqlx::raw_sql(&*sql.leak()).execute(&mut session).await?;
    Ok(session.close().await?)
}

/// Opens a session of a PostgreSQL server.
pub async fn session(url: &str) -> Result<PgConnection> {
    let options: sqlx::postgres::PgConnectOptions = url.parse()?;
    options.connect().await.context("connecting to PostgreSQL")
}

/// Randomness for names; not for secrets.
pub fn random() -> Result<u128> {
    use std::io::Read as _;
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(u128::from_le_bytes(bytes))
}

/// A random UUID (version 4): random bits alone might look like an old time-ordered one.
pub fn random_id() -> Result<Uuid> {
    Ok(uuid::Builder::from_random_bytes(random()?.to_le_bytes()).into_uuid())
}
