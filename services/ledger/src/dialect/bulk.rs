//! The bulk write: a whole batch in one statement (PostgreSQL) or one round trip (SQLite).

use std::fmt::Write as _;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Executor, PgConnection, SqliteConnection};

use crate::error::DbError;
use crate::value::{Kind, Value};

/// Rows for one table, column by column.
pub(crate) struct Bulk {
    pub(crate) table: &'static str,
    pub(crate) columns: Vec<(&'static str, Cells)>,
    /// Rows carry `id` and `version` and replace the row of the version before; otherwise they must be new.
    pub(crate) upsert: bool,
}

/// One column of many rows.
pub(crate) enum Cells {
    Text(Vec<Option<String>>),
    Int(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// The head row's new values; `before` is the position that it must have had.
pub(crate) struct HeadUpdate {
    pub(crate) before: i64,
    pub(crate) position: i64,
    pub(crate) hash: Vec<u8>,
    pub(crate) recorded_at: i64,
}

impl Cells {
    pub(crate) fn new(kind: Kind, capacity: usize) -> Self {
        match kind {
            Kind::Text => Cells::Text(Vec::with_capacity(capacity)),
            Kind::Int => Cells::Int(Vec::with_capacity(capacity)),
            Kind::Real => Cells::Real(Vec::with_capacity(capacity)),
            Kind::Bytes => Cells::Bytes(Vec::with_capacity(capacity)),
        }
    }

    /// Adds a cell; a value of another kind than the column's is a mistake of the service and becomes an error.
    pub(crate) fn push(&mut self, value: Value) -> Result<(), DbError> {
        match (self, value) {
            (Cells::Text(cells), Value::Text(text)) => cells.push(Some(text)),
            (Cells::Text(cells), Value::Null) => cells.push(None),
            (Cells::Int(cells), Value::Int(number)) => cells.push(Some(number)),
            (Cells::Int(cells), Value::Null) => cells.push(None),
            (Cells::Real(cells), Value::Real(number)) => cells.push(Some(number)),
            (Cells::Real(cells), Value::Null) => cells.push(None),
            (Cells::Bytes(cells), Value::Bytes(bytes)) => cells.push(Some(bytes)),
            (Cells::Bytes(cells), Value::Null) => cells.push(None),
            (_, value) => {
                return Err(DbError::Inconsistent {
                    place: "a bulk write".to_owned(),
                    detail: format!(
                        "a cell of the wrong kind ({:?})",
                        std::mem::discriminant(&value)
                    ),
                });
            }
        }
        Ok(())
    }

    fn len(&self) -> usize {
        match self {
            Cells::Text(cells) => cells.len(),
            Cells::Int(cells) => cells.len(),
            Cells::Real(cells) => cells.len(),
            Cells::Bytes(cells) => cells.len(),
        }
    }

    fn array_type(&self) -> &'static str {
        match self {
            Cells::Text(_) => "text[]",
            Cells::Int(_) => "bigint[]",
            Cells::Real(_) => "float8[]",
            Cells::Bytes(_) => "bytea[]",
        }
    }
}

impl Bulk {
    fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, cells)| cells.len())
    }

    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// `ON CONFLICT …`: replaces the row of the version before and nothing else.
    fn conflict(&self) -> String {
        if !self.upsert {
            return String::new();
        }
        let set: Vec<String> = self
            .columns
            .iter()
            .filter(|(name, _)| *name != "id")
            .map(|(name, _)| format!("{name} = excluded.{name}"))
            .collect();
        format!(
            " ON CONFLICT (id) DO UPDATE SET {} WHERE {}.version = excluded.version - 1",
            set.join(", "),
            self.table
        )
    }
}

/// Most rows in one VALUES list: beyond it the statement costs more to prepare than the hops it saves.
const CHUNK: usize = 64;

pub(super) async fn write_sqlite(
    session: &mut SqliteConnection,
    bulks: Vec<Bulk>,
    head: Option<HeadUpdate>,
) -> Result<u64, sqlx::Error> {
    let mut sql = String::with_capacity(1024);
    let mut arguments = SqliteArguments::default();
    for bulk in bulks {
        let (rows, names, conflict) = (bulk.rows(), bulk.names(), bulk.conflict());
        let tuple = format!("({})", vec!["?"; bulk.columns.len()].join(","));
        let mut columns: Vec<CellIter> =
            bulk.columns.into_iter().map(|(_, cells)| CellIter::from(cells)).collect();
        let mut left = rows;
        while left > 0 {
            // Powers of two, so that few different statements are ever prepared.
            let chunk = (1 << left.ilog2()).min(CHUNK);
            let _ = write!(sql, "INSERT INTO {} ({names}) VALUES ", bulk.table);
            for row in 0..chunk {
                sql.push_str(if row == 0 { "" } else { "," });
                sql.push_str(&tuple);
                for column in &mut columns {
                    column.bind_next(&mut arguments).map_err(sqlx::Error::Encode)?;
                }
            }
            sql.push_str(&conflict);
            sql.push(';');
            left -= chunk;
        }
    }
    if let Some(head) = head {
        sql.push_str(
            "UPDATE head SET position = ?, hash = ?, recorded_at = ? WHERE id = 1 AND position = ?",
        );
        for result in [
            arguments.add(head.position),
            arguments.add(head.hash),
            arguments.add(head.recorded_at),
            arguments.add(head.before),
        ] {
            result.map_err(sqlx::Error::Encode)?;
        }
    }
    if sql.is_empty() {
        return Ok(0);
    }
    // A statement of many rows seldom comes again in the same shape: only short ones are kept prepared.
    let keep = sql.len() < 4096;
    let query = sqlx::query_with(sqlx::AssertSqlSafe(sql), arguments).persistent(keep);
    Ok(session.execute(query).await?.rows_affected())
}

/// Moves the cells of one column out, one by one.
enum CellIter {
    Text(std::vec::IntoIter<Option<String>>),
    Int(std::vec::IntoIter<Option<i64>>),
    Real(std::vec::IntoIter<Option<f64>>),
    Bytes(std::vec::IntoIter<Option<Vec<u8>>>),
}

impl From<Cells> for CellIter {
    fn from(cells: Cells) -> Self {
        match cells {
            Cells::Text(cells) => CellIter::Text(cells.into_iter()),
            Cells::Int(cells) => CellIter::Int(cells.into_iter()),
            Cells::Real(cells) => CellIter::Real(cells.into_iter()),
            Cells::Bytes(cells) => CellIter::Bytes(cells.into_iter()),
        }
    }
}

impl CellIter {
    fn bind_next(
        &mut self,
        arguments: &mut SqliteArguments,
    ) -> Result<(), sqlx::error::BoxDynError> {
        match self {
            CellIter::Text(cells) => arguments.add(cells.next().flatten()),
            CellIter::Int(cells) => arguments.add(cells.next().flatten()),
            CellIter::Real(cells) => arguments.add(cells.next().flatten()),
            CellIter::Bytes(cells) => arguments.add(cells.next().flatten()),
        }
    }
}

/// One statement: every table in a CTE of its own, fed by UNNEST; its answer is the number of rows written.
pub(super) async fn write_postgres(
    session: &mut PgConnection,
    bulks: Vec<Bulk>,
    head: Option<HeadUpdate>,
) -> Result<u64, sqlx::Error> {
    let mut sql = String::with_capacity(1024);
    let mut arguments = PgArguments::default();
    let (mut parts, mut number) = (0, 0);
    for bulk in bulks {
        let (names, conflict) = (bulk.names(), bulk.conflict());
        let mut arrays = Vec::with_capacity(bulk.columns.len());
        for (_, cells) in bulk.columns {
            number += 1;
            arrays.push(format!("${number}::{}", cells.array_type()));
            match cells {
                Cells::Text(cells) => arguments.add(cells),
                Cells::Int(cells) => arguments.add(cells),
                Cells::Real(cells) => arguments.add(cells),
                Cells::Bytes(cells) => arguments.add(cells),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        let _ = write!(
            sql,
            "{} w{parts} AS (INSERT INTO {} ({names}) SELECT * FROM UNNEST({}){conflict} RETURNING 1)",
            if parts == 0 { "WITH" } else { "," },
            bulk.table,
            arrays.join(",")
        );
        parts += 1;
    }
    if let Some(head) = head {
        let _ = write!(
            sql,
            "{} w{parts} AS (UPDATE head SET position = ${}, hash = ${}, recorded_at = ${} WHERE id = 1 AND position = ${} RETURNING 1)",
            if parts == 0 { "WITH" } else { "," },
            number + 1,
            number + 2,
            number + 3,
            number + 4
        );
        parts += 1;
        for result in [
            arguments.add(head.position),
            arguments.add(head.hash),
            arguments.add(head.recorded_at),
            arguments.add(head.before),
        ] {
            result.map_err(sqlx::Error::Encode)?;
        }
    }
    if parts == 0 {
        return Ok(0);
    }
    let counts: Vec<String> =
        (0..parts).map(|part| format!("(SELECT count(*) FROM w{part})")).collect();
    let _ = write!(sql, " SELECT {}", counts.join(" + "));
    let written: i64 =
        sqlx::query_scalar_with(sqlx::AssertSqlSafe(sql), arguments).fetch_one(session).await?;
    Ok(u64::try_from(written).unwrap_or(0))
}
