//! A table on its way into the registry: staged in batches, then activated as one, or given up.

use prost::Message as _;
use yiwang_proto::registry::v1::{
    ActivateImportRequest, CancelImportRequest, CreateImportRequest, Import, ImportKind, Row,
    RowFault, StageRowsRequest,
};

use crate::failure::Failure;
use crate::session::Session;
use crate::sheet::{Sheet, SheetFault, SheetRow};

/// Rows in one call at most, as the contract says.
const ROWS: usize = 1000;
/// Bytes in one call at most; outlines are long, and the server takes 4 MiB.
const BYTES: usize = 1 << 20;

/// How a table is to be imported.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What it holds.
    pub kind: ImportKind,
    /// Only checks.
    pub dry_run: bool,
    /// Leaves bad rows out instead of importing nothing.
    pub skip_bad_rows: bool,
    /// Marks what is new as made up.
    pub sample: bool,
    /// Day from which on it holds; empty = today.
    pub effective_date: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The import with its counts.
    pub import: Import,
    /// Everything wrong with its rows, in the order of the lines.
    pub faults: Vec<RowFault>,
    /// Whether it holds now.
    pub activated: bool,
    /// Position of the registry's log at which it holds; 0 = it changed nothing.
    pub position: u64,
}

/// Imports a table; `progress` is told how many rows are behind it.
///
/// # Errors
///
/// [`Failure::Refused`] when the server refuses or is lost. Bad rows are no error: they are in the report.
pub async fn import(
    session: &Session,
    wish: &Wish,
    sheet: Sheet,
    mut progress: impl FnMut(u64),
) -> Result<Report, Failure> {
    let mut imports = session.imports();
    let request = CreateImportRequest {
        request_id: session.request_id(),
        kind: wish.kind.into(),
        skip_bad_rows: wish.skip_bad_rows,
        dry_run: wish.dry_run,
        sample: wish.sample,
        effective_date: wish.effective_date.clone(),
    };
    let mut import = imports.create_import(request).await?.into_inner().import.unwrap_or_default();
    let import_id = import.import_id.clone();
    let mut faults: Vec<RowFault> = sheet.faults.into_iter().map(from_sheet).collect();
    let unreadable = !faults.is_empty();
    let mut done = 0;
    for rows in batches(sheet.rows) {
        done += rows.len() as u64;
        let request = StageRowsRequest {
            request_id: session.request_id(),
            import_id: import_id.clone(),
            rows,
        };
        let answer = imports.stage_rows(request).await?.into_inner();
        import = answer.import.unwrap_or_default();
        faults.extend(answer.faults);
        progress(done);
    }
    faults.sort_by_key(|fault| fault.line);
    let refused = !wish.skip_bad_rows && (unreadable || !faults.is_empty());
    let request_id = session.request_id();
    if wish.dry_run || refused {
        // The report keeps the counts; the server forgets the rows.
        imports.cancel_import(CancelImportRequest { request_id, import_id }).await?;
        return Ok(Report { import, faults, activated: false, position: 0 });
    }
    let request = ActivateImportRequest { request_id, import_id };
    let answer = imports.activate_import(request).await?.into_inner();
    let import = answer.import.unwrap_or(import);
    Ok(Report { import, faults, activated: true, position: answer.feed_position })
}

fn batches(rows: Vec<SheetRow>) -> Vec<Vec<Row>> {
    let (mut batches, mut batch, mut bytes) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        let row = Row { line: row.line, cells: row.cells.into_iter().collect() };
        let size = row.encoded_len();
        if batch.len() == ROWS || (bytes + size > BYTES && !batch.is_empty()) {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += size;
        batch.push(row);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

fn from_sheet(fault: SheetFault) -> RowFault {
    RowFault {
        line: fault.line,
        column: fault.column,
        value: String::new(),
        reason: fault.reason.to_owned(),
        message: fault.en,
        message_zh: fault.zh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_their_limits_and_the_order() {
        let row = |line: u32, size: usize| SheetRow {
            line,
            cells: [("outline".to_owned(), "x".repeat(size))].into(),
        };
        let many = batches((1..=2_500).map(|line| row(line, 10)).collect());
        assert_eq!(many.iter().map(Vec::len).collect::<Vec<_>>(), [1000, 1000, 500]);
        let long = batches((1..=5).map(|line| row(line, 400_000)).collect());
        assert_eq!(long.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(long[2][0].line, 5);
        assert_eq!(batches(vec![row(1, 2 << 20)]).len(), 1);
        assert!(batches(Vec::new()).is_empty());
    }
}
