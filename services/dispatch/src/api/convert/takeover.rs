//! Rows of a ledger of paper: read cell by cell, and what is wrong with them said in both languages.

mod cells;
pub mod columns;
mod row;
mod types;
mod values;
pub(crate) mod words;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kit::Problem;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use self::cells::Cells;
use self::columns::{COLUMNS, is_not_kept};
use super::details::Plaintext;
use super::form::Form;
use crate::domain::codes::{SourceNumber, looks_personal};
use crate::domain::dispute::{Channel, Paper, Scale, Source};
use crate::domain::takeover::{FaultReason, MOST_ROWS, PaperPlace, RowFault};

/// Most unknown columns that are told of.
const MOST_TOLD: usize = 100;

/// A request to take over rows.
#[derive(Debug)]
pub(crate) struct LedgerAsked {
    /// Names the request.
    pub(crate) request_id: Uuid,
    /// Rows without faults so far, in order of line.
    pub(crate) rows: Vec<ReadRow>,
    /// What is wrong with the others.
    pub(crate) faults: Vec<RowFault>,
}

/// A row that could be read.
#[derive(Debug)]
pub(crate) struct ReadRow {
    pub(crate) line: u32,
    pub(crate) source: Source,
    pub(crate) place: PaperPlace,
    pub(crate) reported_on: Date,
    pub(crate) accepted_on: Date,
    pub(crate) scale: Scale,
    pub(crate) people: u32,
    pub(crate) parties: u32,
    pub(crate) channel: Channel,
    pub(crate) paper: Paper,
    /// What is to be sealed.
    pub(crate) words: Option<Plaintext>,
}

/// Reads the rows of a ledger on a day.
pub(crate) fn read(body: &pb::ImportLedgerRequest, today: Date) -> Result<LedgerAsked, Problem> {
    let mut form = Form::default();
    let request_id = form.uuid("request_id", &body.request_id);
    let book = form.id("book", &body.book);
    if body.rows.is_empty() {
        form.wrong("rows", "REQUIRED", "a value is required", "必填");
    } else if body.rows.len() > MOST_ROWS {
        let (en, zh) = ("at most 2000 rows are wanted; split the file", "不得超过2000行，请拆分");
        form.wrong("rows", "TOO_MANY", en, zh);
    }
    let (request_id, book) = form.finish(request_id.zip(book))?;
    let (mut rows, mut faults) = (Vec::with_capacity(body.rows.len()), Vec::new());
    let (mut told, mut seen) = (BTreeSet::new(), BTreeSet::<SourceNumber>::new());
    for row in &body.rows {
        let (cells, whole) = known(row, body.partial, &mut told, &mut faults);
        let mut cells = Cells::new(row.line, cells, today);
        if let Some(number) = cells.text("number").and_then(|text| SourceNumber::parse(text).ok())
            && !seen.insert(number)
        {
            cells.fault("number", FaultReason::Duplicate);
        }
        rows.extend(row::read(row.line, &mut cells, &book).filter(|_| whole));
        faults.append(&mut cells.faults);
    }
    rows.sort_by_key(|row| row.line);
    Ok(LedgerAsked { request_id, rows, faults })
}

/// The cells of columns that there are, and whether that is all of them. Other columns are told once, and are a fault of the
/// line where they have something first; where such rows are left out `partial`ly, one is told of each of them.
fn known<'a>(
    row: &'a pb::LedgerRow,
    partial: bool,
    told: &mut BTreeSet<&'a str>,
    faults: &mut Vec<RowFault>,
) -> (BTreeMap<&'a str, &'a str>, bool) {
    let (mut cells, mut others) = (BTreeMap::new(), BTreeSet::new());
    for (column, text) in &row.cells {
        let (column, text) = (column.as_str(), text.trim());
        if COLUMNS.iter().any(|known| known.name == column) {
            cells.insert(column, text);
        } else if !text.is_empty() {
            others.insert(column);
        }
    }
    let first = others.first().copied();
    let mut new: Vec<&str> = Vec::new();
    for column in others {
        if told.len() < MOST_TOLD && told.insert(column) {
            new.push(column);
        }
    }
    if partial && new.is_empty() {
        new.extend(first);
    }
    faults.extend(new.into_iter().map(|column| no_column(row.line, column)));
    (cells, first.is_none())
}

fn no_column(line: u32, column: &str) -> RowFault {
    let reason =
        if is_not_kept(column) { FaultReason::ColumnNotKept } else { FaultReason::UnknownColumn };
    RowFault::new(line, shown(column), reason)
}

/// The name of an unknown column, if it looks like one.
fn shown(column: &str) -> &str {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let named = column.len() <= 40 && column.bytes().all(fits) && !looks_personal(column);
    let not_kept = columns::NOT_KEPT.iter().find(|word| column == **word);
    not_kept.copied().unwrap_or(if named { column } else { "?" })
}

/// What a request is compared by: cells are a map, whose order on the wire is not fixed.
pub(crate) fn fingerprint(body: &pb::ImportLedgerRequest) -> [u8; 32] {
    let head = pb::ImportLedgerRequest { rows: Vec::new(), ..body.clone() };
    let mut hash = Sha256::new();
    hash.update(kit::rpc::fingerprint(&head));
    for row in &body.rows {
        #[expect(clippy::disallowed_methods, reason = "put in order at once")]
        let cells: BTreeMap<_, _> = row.cells.iter().collect();
        hash.update(row.line.to_be_bytes());
        hash.update(cells.len().to_be_bytes());
        for text in cells.into_iter().flat_map(|(column, text)| [column, text]) {
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
