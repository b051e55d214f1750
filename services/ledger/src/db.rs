//! A service's database: opened, migrated, read.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::dialect::{self, Readers, Session};
use crate::error::DbError;
use crate::row::Row;
use crate::value::Value;

/// Where a node keeps its databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite://DIR`: a directory with one file per service.
    Sqlite(PathBuf),
    /// `postgres://user:password@host/database`: a database with one schema per service.
    Postgres(String),
}

impl std::str::FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(folder) = text.strip_prefix("sqlite://") {
            if folder.is_empty() {
                return Err("sqlite:// needs a directory, e.g. sqlite:///var/lib/yiwang".to_owned());
            }
            return Ok(DatabaseUrl::Sqlite(PathBuf::from(folder)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(DatabaseUrl::Postgres(text.to_owned()));
        }
        Err("a database is sqlite://DIRECTORY or postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
    }
}

/// One step of a schema's history. Steps are only ever added.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// 1, 2, 3 …
    pub version: i64,
    /// Short name.
    pub name: &'static str,
    /// Statements, the same text for both databases.
    pub sql: &'static str,
}

/// The ledger's own tables, present in every service's database.
pub const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "init", sql: include_str!("../migrations/0001_init.sql") }];

/// A service's database. Cheap to clone; closes when the last clone is gone.
#[derive(Debug, Clone)]
pub struct Db {
    place: Arc<Place>,
    readers: Readers,
}

#[derive(Debug)]
enum Place {
    Sqlite {
        file: PathBuf,
        /// Held for the life of the process that writes: one process per file.
        _lock: Option<File>,
    },
    Postgres {
        url: String,
        schema: String,
    },
}

/// Longest time to wait for a new session.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Sessions that read at the same time.
const READERS: u32 = 4;

impl Db {
    /// Opens the database `name` (a service, or its keys), bringing its schema up to date.
    ///
    /// `layers` are applied in order, each with its own history: the ledger's first, then the service's.
    pub async fn open(
        url: &DatabaseUrl,
        name: &'static str,
        layers: &[(&'static str, &[Migration])],
    ) -> Result<Self, DbError> {
        let place = match url {
            DatabaseUrl::Sqlite(folder) => sqlite_place(folder, name)?,
            DatabaseUrl::Postgres(url) => {
                Place::Postgres { url: url.clone(), schema: name.to_owned() }
            }
        };
        let place = Arc::new(place);
        migrate(&place, layers).await?;
        let opening = DbError::during("opening the database");
        let readers = match &*place {
            Place::Sqlite { file, .. } => dialect::open_sqlite_readers(file, READERS).await,
            Place::Postgres { url, schema } => dialect::open_postgres_readers(url, schema, READERS),
        }
        .map_err(opening)?;
        Ok(Db { place, readers })
    }

    /// Opens the database `name` for reading only; nothing when there is no such file ([`Db::has_table`] tells of a
    /// schema). Nothing is created or migrated, and the process that the database belongs to may go on writing.
    pub async fn open_read_only(
        url: &DatabaseUrl,
        name: &'static str,
    ) -> Result<Option<Self>, DbError> {
        let opening = DbError::during("opening the database");
        let (place, readers) = match url {
            DatabaseUrl::Sqlite(folder) => {
                let file = folder.join(format!("{name}.db"));
                if !file.exists() {
                    return Ok(None);
                }
                let readers = dialect::open_sqlite_readers(&file, 1).await.map_err(opening)?;
                (Place::Sqlite { file, _lock: None }, readers)
            }
            DatabaseUrl::Postgres(url) => {
                let readers = dialect::open_postgres_readers(url, name, 1).map_err(opening)?;
                (Place::Postgres { url: url.clone(), schema: name.to_owned() }, readers)
            }
        };
        Ok(Some(Db { place: Arc::new(place), readers }))
    }

    /// Whether there is a table of that name: a database that was never migrated has none.
    pub async fn has_table(&self, name: &'static str) -> Result<bool, DbError> {
        self.readers.has_table(name).await.map_err(DbError::during("looking for a table"))
    }

    /// Runs a read statement; `doing` names it in errors ("listing grids").
    pub async fn rows(
        &self,
        doing: &'static str,
        sql: &'static str,
        arguments: Vec<Value>,
    ) -> Result<Vec<Row>, DbError> {
        self.readers.rows(sql, arguments).await.map_err(DbError::during(doing))
    }

    /// Prepares statements without running them, to prove that this database understands them.
    pub async fn prepare(&self, statements: &[&'static str]) -> Result<(), (String, DbError)> {
        let mut session = self.session().await.map_err(|error| ("connecting".to_owned(), error))?;
        for sql in statements {
            session
                .prepare(sql)
                .await
                .map_err(|error| ((*sql).to_owned(), DbError::during("preparing")(error)))?;
        }
        Ok(())
    }

    /// Whether other processes may write here, too.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(*self.place, Place::Postgres { .. })
    }

    /// Ends the reading sessions.
    pub async fn close(&self) {
        self.readers.close().await;
    }

    pub(crate) fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Opens a session that writes.
    pub(crate) async fn session(&self) -> Result<Session, DbError> {
        session(&self.place).await
    }
}

/// Opens a session that writes; a host that swallows packets must not hold up whoever waits for it.
async fn session(place: &Place) -> Result<Session, DbError> {
    let doing = "connecting to the database";
    let session = async {
        match place {
            Place::Sqlite { file, .. } => Session::open_sqlite(file).await,
            Place::Postgres { url, schema } => Session::open_postgres(url, schema).await,
        }
    };
    // Whatever is in the way, no command's data are: a refused login, too, is trouble of the store.
    match tokio::time::timeout(CONNECT_TIMEOUT, session).await {
        Ok(session) => {
            session.map_err(|source| DbError::Unavailable { doing, source: Some(source) })
        }
        Err(_) => Err(DbError::Unavailable { doing, source: None }),
    }
}

fn sqlite_place(folder: &Path, name: &str) -> Result<Place, DbError> {
    let file = folder.join(format!("{name}.db"));
    let lock_file = folder.join(format!("{name}.lock"));
    let cannot = |what: &str, error: std::io::Error| {
        DbError::Open(format!("{what} {}: {error}", folder.display()))
    };
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(|error| cannot("cannot create", error))?;
    }
    let owned = |file: &Path| {
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)
    };
    let lock = owned(&lock_file).map_err(|error| cannot("cannot write in", error))?;
    match lock.try_lock() {
        Ok(()) => {
            // Made here and not by SQLite, so that it and the files beside it are readable by their owner only.
            owned(&file).map_err(|error| cannot("cannot write in", error))?;
            Ok(Place::Sqlite { file, _lock: Some(lock) })
        }
        Err(std::fs::TryLockError::WouldBlock) => Err(DbError::Open(format!(
            "{} is in use by another process; a SQLite database belongs to one process at a time",
            file.display()
        ))),
        Err(std::fs::TryLockError::Error(error)) => Err(cannot("cannot lock in", error)),
    }
}

// === migrations ===

const CREATE_HISTORY: &str = "CREATE TABLE IF NOT EXISTS migration (
    layer    TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    name     TEXT   NOT NULL,
    PRIMARY KEY (layer, version)
)";
const APPLIED: &str = "SELECT version, name FROM migration WHERE layer = $1 ORDER BY version";
const RECORD: &str = "INSERT INTO migration (layer, version, name) VALUES ($1, $2, $3)";

async fn migrate(place: &Place, layers: &[(&'static str, &[Migration])]) -> Result<(), DbError> {
    let doing = "bringing the schema up to date";
    let mut session = session(place).await?;
    if let Place::Postgres { schema, .. } = place {
        session.create_schema(schema).await.map_err(DbError::during("creating the schema"))?;
    }
    session.create_if_missing(CREATE_HISTORY).await.map_err(DbError::during(doing))?;
    session.begin().await.map_err(DbError::during(doing))?;
    session.lock_migrations().await.map_err(DbError::during(doing))?;
    for (layer, migrations) in layers {
        apply(&mut session, layer, migrations).await?;
    }
    session.commit().await.map_err(DbError::during(doing))
}

async fn apply(
    session: &mut Session,
    layer: &'static str,
    migrations: &[Migration],
) -> Result<(), DbError> {
    let doing = "bringing the schema up to date";
    let applied =
        session.rows(APPLIED, vec![layer.into()]).await.map_err(DbError::during(doing))?;
    let newest = migrations.last().map_or(0, |migration| migration.version);
    for row in &applied {
        if row.int(0)? > newest {
            return Err(DbError::Open(format!(
                "the schema of {layer} is at version {}, newer than this release knows ({newest}); \
                 run the newer release",
                row.int(0)?
            )));
        }
    }
    for migration in migrations.iter().skip(applied.len()) {
        session.script(migration.sql).await.map_err(DbError::during(doing))?;
        let record = vec![layer.into(), migration.version.into(), migration.name.into()];
        session.rows(RECORD, record).await.map_err(DbError::during(doing))?;
    }
    Ok(())
}
