//! Everything that differs between SQLite and PostgreSQL: how a session is opened, how the head is locked, how many
//! states are loaded and written at once, and what an error means.
//!
//! > **Architecture Invariant:** no other file knows which database it talks to, but for `db`, `keystore` and
//! > `passing`, which know where each lies.

mod bulk;
mod read;
mod storage;

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Executor, PgConnection, SqliteConnection};

use crate::error::DbError;
use crate::row::Row;
use crate::value::Value;

pub(crate) use bulk::{Bulk, Cells, HeadUpdate, OnConflict};
use bulk::{write_postgres, write_sqlite};
use read::{load_postgres, load_sqlite, postgres_row, postgres_rows, sqlite_row, sqlite_rows};
use storage::sqlite_storage;

/// A pool of sessions that only read.
#[derive(Debug, Clone)]
pub(crate) enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The session of a writer.
pub(crate) enum Session {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
}

// === opening ===

/// Options of a SQLite file: WAL, every commit on disk before it is acknowledged.
fn sqlite_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("secure_delete", "ON")
        .pragma("wal_autocheckpoint", "8000")
        // A statement of many rows keeps the pages that it changes aside; in memory rather than in a file.
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-16000")
        .disable_statement_logging()
}

/// Options of a PostgreSQL session: the service's schema, times that keep a half-dead session from holding the head.
fn postgres_options(url: &str, schema: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    Ok(options
        .application_name("yiwang")
        .options([
            ("search_path", schema),
            ("synchronous_commit", "on"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "30s"),
            ("statement_timeout", "60s"),
            ("tcp_user_timeout", "10s"),
            ("client_min_messages", "warning"),
        ])
        .disable_statement_logging())
}

pub(crate) async fn open_sqlite_readers(file: &Path, size: u32) -> Result<Readers, sqlx::Error> {
    // Several sessions with a small cache each: the pages that matter are in the system's cache anyway.
    let options = sqlite_options(file)
        .read_only(true)
        .create_if_missing(false)
        .pragma("cache_size", "-2000")
        .row_buffer_size(512);
    let pool = SqlitePoolOptions::new().max_connections(size).min_connections(1);
    Ok(Readers::Sqlite(pool.connect_with(options).await?))
}

pub(crate) fn open_postgres_readers(
    url: &str,
    schema: &str,
    size: u32,
) -> Result<Readers, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(5))
        .connect_lazy_with(postgres_options(url, schema)?);
    Ok(Readers::Postgres(pool))
}

impl Session {
    pub(crate) async fn open_sqlite(file: &Path) -> Result<Self, sqlx::Error> {
        let session = sqlite_options(file).statement_cache_capacity(100).connect().await?;
        Ok(Session::Sqlite(Box::new(session)))
    }

    pub(crate) async fn open_postgres(url: &str, schema: &str) -> Result<Self, sqlx::Error> {
        let options = postgres_options(url, schema)?.statement_cache_capacity(256);
        Ok(Session::Postgres(Box::new(options.connect().await?)))
    }

    /// Creates the schema that this session works in; SQLite has one per file.
    pub(crate) async fn create_schema(&mut self, schema: &str) -> Result<(), sqlx::Error> {
        if let Session::Postgres(session) = self {
            let exists: Option<(String,)> =
                sqlx::query_as("SELECT nspname::text FROM pg_namespace WHERE nspname = $1")
                    .bind(schema)
                    .fetch_optional(&mut **session)
                    .await?;
            if exists.is_none() {
                let create = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
                if let Err(error) = session.execute(sqlx::AssertSqlSafe(create.clone())).await {
                    made_by_another(error)?;
                    session.execute(sqlx::AssertSqlSafe(create)).await?;
                }
            }
        }
        Ok(())
    }

    /// Runs a `CREATE … IF NOT EXISTS` that another process may run at the same time.
    pub(crate) async fn create_if_missing(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self.script(sql).await {
            Ok(()) => Ok(()),
            Err(error) => {
                made_by_another(error)?;
                self.script(sql).await
            }
        }
    }

    /// Keeps other processes from migrating at the same time, until the transaction ends. The limits of commands do not
    /// hold for a migration, nor for who waits for one.
    pub(crate) async fn lock_migrations(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Session::Sqlite(_) => Ok(()), // BEGIN IMMEDIATE holds the only write lock.
            Session::Postgres(session) => {
                let lock = "SET LOCAL lock_timeout = 0;
                            SET LOCAL statement_timeout = 0;
                            LOCK TABLE migration IN EXCLUSIVE MODE";
                session.execute(sqlx::raw_sql(lock)).await.map(drop)
            }
        }
    }

    // === transactions ===

    pub(crate) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Session::Sqlite(session) => session.execute("BEGIN IMMEDIATE").await.map(drop),
            Session::Postgres(session) => {
                session.execute("BEGIN ISOLATION LEVEL READ COMMITTED").await.map(drop)
            }
        }
    }

    /// Begins and locks the log's head row in one round trip; nothing that was read before counts.
    ///
    /// Columns: `position, hash, recorded_at, incarnation`.
    pub(crate) async fn begin_with_head(&mut self) -> Result<Option<Row>, sqlx::Error> {
        match self {
            Session::Sqlite(session) => {
                session.execute("BEGIN IMMEDIATE").await?;
                let row = sqlx::query(
                    "SELECT position, hash, recorded_at, incarnation FROM head WHERE id = 1",
                )
                .fetch_optional(&mut **session)
                .await?;
                row.as_ref().map(sqlite_row).transpose()
            }
            Session::Postgres(session) => {
                let row = session
                    .fetch_optional(sqlx::raw_sql(
                        "BEGIN ISOLATION LEVEL READ COMMITTED;
                         SELECT position, hash, recorded_at, incarnation
                         FROM head WHERE id = 1 FOR UPDATE",
                    ))
                    .await?;
                row.as_ref().map(postgres_row).transpose()
            }
        }
    }

    pub(crate) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Session::Sqlite(session) => session.execute("COMMIT").await.map(drop),
            Session::Postgres(session) => session.execute("COMMIT").await.map(drop),
        }
    }

    pub(crate) async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Session::Sqlite(session) => session.execute("ROLLBACK").await.map(drop),
            Session::Postgres(session) => session.execute("ROLLBACK").await.map(drop),
        }
    }

    /// Runs a script of several statements without arguments (a migration).
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Session::Sqlite(session) => {
                let sql = sqlx::AssertSqlSafe(sqlite_storage(sql));
                session.execute(sqlx::raw_sql(sql)).await.map(drop)
            }
            Session::Postgres(session) => session.execute(sqlx::raw_sql(sql)).await.map(drop),
        }
    }

    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        arguments: Vec<Value>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Session::Sqlite(session) => sqlite_rows(&mut **session, sql, arguments).await,
            Session::Postgres(session) => postgres_rows(&mut **session, sql, arguments).await,
        }
    }

    /// Removes what deleted rows leave behind in the database's files; false when a reader was in the way.
    pub(crate) async fn purge(&mut self, table: &'static str) -> Result<bool, sqlx::Error> {
        match self {
            // secure_delete has overwritten the page; the old one is still in the write-ahead log.
            Session::Sqlite(session) => {
                let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)")
                    .fetch_one(&mut **session)
                    .await?;
                Ok(busy == 0)
            }
            Session::Postgres(session) => {
                session.execute(sqlx::AssertSqlSafe(format!("VACUUM {table}"))).await?;
                Ok(true)
            }
        }
    }

    /// Removes what an overwritten row leaves behind, and with `deleted` what a deleted one does: on SQLite both are in the
    /// write-ahead log; on PostgreSQL an overwritten row of an unlogged table waits for the next deletion.
    pub(crate) async fn wipe(
        &mut self,
        table: &'static str,
        deleted: bool,
    ) -> Result<(), sqlx::Error> {
        if deleted || matches!(self, Session::Sqlite(_)) {
            // A reader in the way is done in a moment; the next write wipes what this one could not.
            self.purge(table).await?;
        }
        Ok(())
    }

    /// Keeps a table out of the write-ahead log, from which standbys and archives are fed; after a crash it is empty.
    /// SQLite has one log per file.
    pub(crate) async fn unlog(&mut self, table: &'static str) -> Result<(), sqlx::Error> {
        let Session::Postgres(session) = self else { return Ok(()) };
        let logged: Option<(bool,)> =
            sqlx::query_as("SELECT relpersistence = 'p' FROM pg_class WHERE oid = to_regclass($1)")
                .bind(table)
                .fetch_optional(&mut **session)
                .await?;
        if logged == Some((true,)) {
            let alter = format!("ALTER TABLE {table} SET UNLOGGED");
            session.execute(sqlx::AssertSqlSafe(alter)).await?;
        }
        Ok(())
    }

    /// Prepares a statement without running it.
    pub(crate) async fn prepare(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        use sqlx::SqlSafeStr as _;
        match self {
            Session::Sqlite(session) => session.prepare(sql.into_sql_str()).await.map(drop),
            Session::Postgres(session) => session.prepare(sql.into_sql_str()).await.map(drop),
        }
    }

    /// Loads states of several tables in one statement. Columns: index of the table in `wanted`, id, version, body.
    pub(crate) async fn load(
        &mut self,
        wanted: Vec<(&'static str, Vec<String>)>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Session::Sqlite(session) => load_sqlite(&mut **session, wanted).await,
            Session::Postgres(session) => load_postgres(&mut **session, wanted).await,
        }
    }

    /// Writes everything in one statement (PostgreSQL) or one round trip (SQLite) and returns the rows written,
    /// the head row included.
    pub(crate) async fn write(
        &mut self,
        bulks: Vec<Bulk>,
        head: Option<HeadUpdate>,
    ) -> Result<u64, sqlx::Error> {
        match self {
            Session::Sqlite(session) => write_sqlite(session, bulks, head).await,
            Session::Postgres(session) => write_postgres(session, bulks, head).await,
        }
    }

    /// Writes rows in a transaction of their own: as one statement where that is atomic and durable by itself.
    pub(crate) async fn write_alone(&mut self, bulk: Bulk) -> Result<u64, sqlx::Error> {
        match self {
            Session::Sqlite(_) => {
                self.begin().await?;
                let written = self.write(vec![bulk], None).await?;
                self.commit().await?;
                Ok(written)
            }
            Session::Postgres(session) => write_postgres(session, vec![bulk], None).await,
        }
    }
}

impl Readers {
    pub(crate) async fn rows(
        &self,
        sql: &'static str,
        arguments: Vec<Value>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Readers::Sqlite(pool) => sqlite_rows(pool, sql, arguments).await,
            Readers::Postgres(pool) => postgres_rows(pool, sql, arguments).await,
        }
    }

    /// Same as [`Session::load`], outside of a transaction.
    pub(crate) async fn load(
        &self,
        wanted: Vec<(&'static str, Vec<String>)>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Readers::Sqlite(pool) => load_sqlite(pool, wanted).await,
            Readers::Postgres(pool) => load_postgres(pool, wanted).await,
        }
    }

    /// Whether there is a table of that name.
    pub(crate) async fn has_table(&self, name: &'static str) -> Result<bool, sqlx::Error> {
        let sql = match self {
            Readers::Sqlite(_) => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
            Readers::Postgres(_) => {
                "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
            }
        };
        Ok(!self.rows(sql, vec![name.into()]).await?.is_empty())
    }

    pub(crate) async fn close(&self) {
        match self {
            Readers::Sqlite(pool) => pool.close().await,
            Readers::Postgres(pool) => pool.close().await,
        }
    }
}

/// `IF NOT EXISTS` on PostgreSQL looks before it creates: of two processes at the same moment, the second finds a
/// unique index of the catalogue taken (23505), or the name of the schema (42P06), of the table (42P07) or of the table's
/// row type (42710), and then what it wanted is there.
fn made_by_another(error: sqlx::Error) -> Result<(), sqlx::Error> {
    let code = error.as_database_error().and_then(|error| error.code().map(String::from));
    match code.as_deref() {
        Some("23505" | "42P06" | "42P07" | "42710") => Ok(()),
        _ => Err(error),
    }
}

// === what an error means ===

/// Whether an error says something about the data or about the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A value or a constraint: doing it again fails again.
    Data,
    /// Disk, memory, locks, connection: doing it again later may work.
    Store,
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the driver's errors are open-ended")]
pub(crate) fn classify(error: &sqlx::Error) -> Class {
    match error {
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            if database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
                // SQLSTATE classes: 08 connection, 25 transaction state, 40 rollback, 53 resources, 55 lock,
                // 57 operator, 58 system, XX internal.
                let store = ["08", "25", "40", "53", "55", "57", "58", "XX"];
                return if store.iter().any(|class| code.starts_with(class)) {
                    Class::Store
                } else {
                    Class::Data
                };
            }
            // SQLite primary codes: 5 busy, 6 locked, 7 memory, 8 read-only, 9 interrupt, 10 I/O, 11 corrupt, 13 full,
            // 14 cannot open, 26 not a database.
            let primary = code.parse::<i64>().unwrap_or(0) & 0xff;
            if [5, 6, 7, 8, 9, 10, 11, 13, 14, 26].contains(&primary) {
                Class::Store
            } else {
                Class::Data
            }
        }
        sqlx::Error::Encode(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::InvalidArgument(_)
        | sqlx::Error::RowNotFound => Class::Data,
        // Connections, pools, protocols, and whatever a later driver adds.
        _ => Class::Store,
    }
}

impl DbError {
    /// Wraps a driver's error by its class.
    pub(crate) fn during(doing: &'static str) -> impl FnOnce(sqlx::Error) -> DbError {
        move |source| match classify(&source) {
            Class::Data => DbError::Data { doing, source },
            Class::Store => DbError::Unavailable { doing, source: Some(source) },
        }
    }
}
