//! One row of an answer, whichever database gave it.

use crate::error::DbError;
use crate::value::Value;

/// A row of cells in the order of the statement's columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// The TEXT in column `index`.
    pub fn text(&self, index: usize) -> Result<&str, DbError> {
        match self.0.get(index) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(unexpected(index, "text", other)),
        }
    }

    /// The BIGINT in column `index`.
    pub fn int(&self, index: usize) -> Result<i64, DbError> {
        match self.0.get(index) {
            Some(Value::Int(number)) => Ok(*number),
            other => Err(unexpected(index, "a number", other)),
        }
    }

    /// The non-negative BIGINT in column `index`: a count or a position.
    pub fn count(&self, index: usize) -> Result<u64, DbError> {
        let number = self.int(index)?;
        u64::try_from(number).map_err(|_| unexpected(index, "a count", self.0.get(index)))
    }

    /// The DOUBLE in column `index`.
    pub fn real(&self, index: usize) -> Result<f64, DbError> {
        match self.0.get(index) {
            Some(Value::Real(number)) => Ok(*number),
            other => Err(unexpected(index, "a real number", other)),
        }
    }

    /// The bytes in column `index`.
    pub fn bytes(&self, index: usize) -> Result<&[u8], DbError> {
        match self.0.get(index) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            other => Err(unexpected(index, "bytes", other)),
        }
    }

    /// The TEXT in column `index`, or nothing when it is NULL.
    pub fn opt_text(&self, index: usize) -> Result<Option<&str>, DbError> {
        self.unless_null(index, Self::text)
    }

    /// The BIGINT in column `index`, or nothing when it is NULL.
    pub fn opt_int(&self, index: usize) -> Result<Option<i64>, DbError> {
        self.unless_null(index, Self::int)
    }

    /// The DOUBLE in column `index`, or nothing when it is NULL.
    pub fn opt_real(&self, index: usize) -> Result<Option<f64>, DbError> {
        self.unless_null(index, Self::real)
    }

    /// The bytes in column `index`, or nothing when it is NULL.
    pub fn opt_bytes(&self, index: usize) -> Result<Option<&[u8]>, DbError> {
        self.unless_null(index, Self::bytes)
    }

    /// Moves the bytes out of column `index`.
    pub(crate) fn take_bytes(&mut self, index: usize) -> Result<Vec<u8>, DbError> {
        match self.0.get_mut(index).map(|cell| std::mem::replace(cell, Value::Null)) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            other => Err(unexpected(index, "bytes", other.as_ref())),
        }
    }

    /// Moves the TEXT out of column `index`.
    pub(crate) fn take_text(&mut self, index: usize) -> Result<String, DbError> {
        match self.0.get_mut(index).map(|cell| std::mem::replace(cell, Value::Null)) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(unexpected(index, "text", other.as_ref())),
        }
    }

    fn unless_null<'a, T>(
        &'a self,
        index: usize,
        read: impl Fn(&'a Self, usize) -> Result<T, DbError>,
    ) -> Result<Option<T>, DbError> {
        match self.0.get(index) {
            Some(Value::Null) => Ok(None),
            _ => read(self, index).map(Some),
        }
    }
}

fn unexpected(index: usize, wanted: &str, found: Option<&Value>) -> DbError {
    let kind = match found {
        None => "no such column",
        Some(Value::Null) => "NULL",
        Some(Value::Text(_)) => "text",
        Some(Value::Int(_)) => "a number",
        Some(Value::Real(_)) => "a real number",
        Some(Value::Bytes(_)) => "bytes",
    };
    DbError::Inconsistent {
        place: format!("column {index}"),
        detail: format!("wanted {wanted}, found {kind}"),
    }
}
