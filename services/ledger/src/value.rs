//! What a cell of a table can hold, and how a service describes its tables.
//!
//! Both databases know exactly these: TEXT, BIGINT, DOUBLE PRECISION and bytes. Flags are BIGINT 0/1, times BIGINT
//! microseconds UTC, dates TEXT `YYYY-MM-DD`.

use std::fmt;

/// The kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// TEXT.
    Text,
    /// BIGINT.
    Int,
    /// DOUBLE PRECISION.
    Real,
    /// BYTEA (a BLOB on SQLite).
    Bytes,
}

/// One cell, as bound to or read from a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// TEXT.
    Text(String),
    /// BIGINT.
    Int(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Real(number)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Value::Bytes(bytes)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Int(i64::from(flag))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in SQL.
    pub name: &'static str,
    /// What it holds; every column but the key may be NULL.
    pub kind: Kind,
}

impl Column {
    /// A TEXT column.
    pub const fn text(name: &'static str) -> Self {
        Column { name, kind: Kind::Text }
    }

    /// A BIGINT column.
    pub const fn int(name: &'static str) -> Self {
        Column { name, kind: Kind::Int }
    }

    /// A DOUBLE PRECISION column.
    pub const fn real(name: &'static str) -> Self {
        Column { name, kind: Kind::Real }
    }

    /// A bytes column.
    pub const fn bytes(name: &'static str) -> Self {
        Column { name, kind: Kind::Bytes }
    }
}

/// A table that keeps the states of one noun, one row each.
///
/// In SQL it has `id TEXT PRIMARY KEY, version BIGINT NOT NULL, body TEXT NOT NULL` and then `columns`, which repeat
/// parts of the body for queries and indexes.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name in SQL.
    pub name: &'static str,
    /// Columns beside `id`, `version` and `body`.
    pub columns: &'static [Column],
}

/// Names the state of one noun: which table, which id.
#[derive(Clone)]
pub struct Key {
    /// Table that keeps the state.
    pub table: &'static Table,
    /// Value of its `id`.
    pub id: String,
}

impl Key {
    /// The key of `id` in `table`.
    pub fn new(table: &'static Table, id: impl Into<String>) -> Self {
        Key { table, id: id.into() }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.table.name == other.table.name && self.id == other.id
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.table.name, &self.id).cmp(&(other.table.name, &other.id))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.table.name, self.id)
    }
}

/// What is written for one state: its body (JSON text) and the values of the table's columns, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    /// The whole state, as JSON.
    pub body: String,
    /// One value per column of the table.
    pub values: Vec<Value>,
}
