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
    pub(crate) on_conflict: OnConflict,
}

/// What happens to a row whose key is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnConflict {
    /// It is an error: rows must be new. Cheapest, since nothing is looked up first.
    Refuse,
    /// Rows carry `id` and `version` and replace the row of the version before, no other.
    Replace,
    /// The row that is there stays: doing it again is harmless.
    Keep,
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

    /// `ON CONFLICT …` as [`OnConflict`] says.
    fn conflict(&self) -> String {
        match self.on_conflict {
            OnConflict::Refuse => String::new(),
            OnConflict::Keep => " ON CONFLICT DO NOTHING".to_owned(),
            OnConflict::Replace => {
                let named = self.columns.iter().filter(|(name, _)| *name != "id");
                let set: Vec<String> =
                    named.map(|(name, _)| format!("{name} = excluded.{name}")).collect();
                format!(
                    " ON CONFLICT (id) DO UPDATE SET {} WHERE {}.version = excluded.version - 1",
                    set.join(", "),
                    self.table
                )
            }
        }
    }
}

/// Rows that each table gives to one statement text. The same text comes again with every batch and stays prepared;
/// what is left below the last size goes together with the head, in a text that is short.
const CHUNKS: [usize; 2] = [64, 16];
/// Longest text of a rest that is worth keeping prepared.
const SHORT: usize = 8192;

pub(super) async fn write_sqlite(
    session: &mut SqliteConnection,
    bulks: Vec<Bulk>,
    head: Option<HeadUpdate>,
) -> Result<u64, sqlx::Error> {
    let mut lists: Vec<List> = bulks.into_iter().map(List::from).collect();
    let mut written = 0;
    for chunk in CHUNKS {
        while lists.iter().any(|list| list.left >= chunk) {
            let mut text = Text::default();
            for list in lists.iter_mut().filter(|list| list.left >= chunk) {
                list.insert(chunk, &mut text)?;
            }
            written += text.run(session, true).await?;
        }
    }
    let mut text = Text::default();
    for list in &mut lists {
        if list.left > 0 {
            list.insert(list.left, &mut text)?;
        }
    }
    if let Some(head) = head {
        text.sql.push_str(
            "UPDATE head SET position = ?, hash = ?, recorded_at = ? WHERE id = 1 AND position = ?",
        );
        for result in [
            text.arguments.add(head.position),
            text.arguments.add(head.hash),
            text.arguments.add(head.recorded_at),
            text.arguments.add(head.before),
        ] {
            result.map_err(sqlx::Error::Encode)?;
        }
    }
    let keep = text.sql.len() < SHORT;
    Ok(written + text.run(session, keep).await?)
}

/// One or more statements with their arguments, for one round trip.
#[derive(Default)]
struct Text {
    sql: String,
    arguments: SqliteArguments,
}

impl Text {
    /// Runs it; `keep` = it will come again and stays prepared.
    async fn run(self, session: &mut SqliteConnection, keep: bool) -> Result<u64, sqlx::Error> {
        if self.sql.is_empty() {
            return Ok(0);
        }
        let sql = sqlx::AssertSqlSafe(self.sql);
        let query = sqlx::query_with(sql, self.arguments).persistent(keep);
        Ok(session.execute(query).await?.rows_affected())
    }
}

/// Rows for one table on their way into texts.
struct List {
    /// `INSERT INTO table (names) VALUES `.
    insert: String,
    /// `(?,?,?)`.
    tuple: String,
    conflict: String,
    columns: Vec<CellIter>,
    left: usize,
}

impl From<Bulk> for List {
    fn from(bulk: Bulk) -> Self {
        // A statement that fails ends the whole transaction here, so that SQLite need not be able to take back one
        // statement alone: OR FAIL spares it a copy of every page that the statement touches.
        let verb = match bulk.on_conflict {
            OnConflict::Refuse => "INSERT OR FAIL",
            OnConflict::Replace | OnConflict::Keep => "INSERT",
        };
        List {
            insert: format!("{verb} INTO {} ({}) VALUES ", bulk.table, bulk.names()),
            tuple: format!("({})", vec!["?"; bulk.columns.len()].join(",")),
            conflict: bulk.conflict(),
            left: bulk.rows(),
            columns: bulk.columns.into_iter().map(|(_, cells)| CellIter::from(cells)).collect(),
        }
    }
}

impl List {
    /// Moves the next `rows` rows into a statement of their own at the end of `text`.
    fn insert(&mut self, rows: usize, text: &mut Text) -> Result<(), sqlx::Error> {
        text.sql.push_str(&self.insert);
        for row in 0..rows {
            text.sql.push_str(if row == 0 { "" } else { "," });
            text.sql.push_str(&self.tuple);
            for column in &mut self.columns {
                column.bind_next(&mut text.arguments).map_err(sqlx::Error::Encode)?;
            }
        }
        text.sql.push_str(&self.conflict);
        text.sql.push(';');
        self.left -= rows;
        Ok(())
    }
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
