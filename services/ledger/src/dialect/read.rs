//! Reading rows and loading states on either database.

use std::fmt::Write as _;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Executor, Row as _, TypeInfo, ValueRef};

use crate::row::Row;
use crate::value::Value;

pub(super) async fn sqlite_rows<'e>(
    executor: impl Executor<'e, Database = sqlx::Sqlite>,
    sql: &'static str,
    arguments: Vec<Value>,
) -> Result<Vec<Row>, sqlx::Error> {
    let mut query = sqlx::query(sql);
    for argument in arguments {
        query = match argument {
            Value::Null => query.bind(None::<String>),
            Value::Text(text) => query.bind(text),
            Value::Int(number) => query.bind(number),
            Value::Real(number) => query.bind(number),
            Value::Bytes(bytes) => query.bind(bytes),
        };
    }
    query.fetch_all(executor).await?.iter().map(sqlite_row).collect()
}

pub(super) async fn postgres_rows<'e>(
    executor: impl Executor<'e, Database = sqlx::Postgres>,
    sql: &'static str,
    arguments: Vec<Value>,
) -> Result<Vec<Row>, sqlx::Error> {
    let mut query = sqlx::query(sql);
    for argument in arguments {
        query = match argument {
            Value::Null => query.bind(None::<String>),
            Value::Text(text) => query.bind(text),
            Value::Int(number) => query.bind(number),
            Value::Real(number) => query.bind(number),
            Value::Bytes(bytes) => query.bind(bytes),
        };
    }
    query.fetch_all(executor).await?.iter().map(postgres_row).collect()
}

pub(super) fn sqlite_row(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let mut cells = Vec::with_capacity(row.columns().len());
    for column in row.columns() {
        let index = column.ordinal();
        let raw = row.try_get_raw(index)?;
        cells.push(match raw.type_info().name() {
            // Asked first: the type of a NULL is the column's declared one.
            _ if raw.is_null() => Value::Null,
            "INTEGER" => Value::Int(row.try_get(index)?),
            "REAL" => Value::Real(row.try_get(index)?),
            "BLOB" => Value::Bytes(row.try_get_unchecked(index)?),
            _ => Value::Text(row.try_get_unchecked(index)?),
        });
    }
    Ok(Row(cells))
}

pub(super) fn postgres_row(row: &PgRow) -> Result<Row, sqlx::Error> {
    let mut cells = Vec::with_capacity(row.columns().len());
    for column in row.columns() {
        let index = column.ordinal();
        let raw = row.try_get_raw(index)?;
        cells.push(match raw.type_info().name() {
            _ if raw.is_null() => Value::Null,
            "INT8" => Value::Int(row.try_get(index)?),
            "INT4" => Value::Int(i64::from(row.try_get::<i32, _>(index)?)),
            "FLOAT8" => Value::Real(row.try_get(index)?),
            "BYTEA" => Value::Bytes(row.try_get(index)?),
            _ => Value::Text(row.try_get(index)?),
        });
    }
    Ok(Row(cells))
}

/// `SELECT 0, id, version, body FROM a WHERE … UNION ALL SELECT 1, …`.
fn load_sql(wanted: &[(&'static str, Vec<String>)], member: fn(usize) -> String) -> String {
    let mut sql = String::with_capacity(96 * wanted.len());
    for (index, (table, _)) in wanted.iter().enumerate() {
        if index > 0 {
            sql.push_str(" UNION ALL ");
        }
        let _ = write!(
            sql,
            "SELECT CAST({index} AS BIGINT), id, version, body FROM {table} WHERE id {}",
            member(index + 1)
        );
    }
    sql
}

pub(super) async fn load_sqlite<'e>(
    executor: impl Executor<'e, Database = sqlx::Sqlite>,
    wanted: Vec<(&'static str, Vec<String>)>,
) -> Result<Vec<Row>, sqlx::Error> {
    let sql = load_sql(&wanted, |_| "IN (SELECT value FROM json_each(?))".to_owned());
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
    for (_, ids) in wanted {
        query = query.bind(serde_json::Value::from(ids).to_string());
    }
    query.fetch_all(executor).await?.iter().map(sqlite_row).collect()
}

pub(super) async fn load_postgres<'e>(
    executor: impl Executor<'e, Database = sqlx::Postgres>,
    wanted: Vec<(&'static str, Vec<String>)>,
) -> Result<Vec<Row>, sqlx::Error> {
    let sql = load_sql(&wanted, |number| format!("= ANY(${number})"));
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
    for (_, ids) in wanted {
        query = query.bind(ids);
    }
    query.fetch_all(executor).await?.iter().map(postgres_row).collect()
}
