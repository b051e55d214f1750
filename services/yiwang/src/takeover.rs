//! A ledger of paper on its way into dispatch: headings in either language, and rows in as few commands as can be.

mod headings;

use yiwang_proto::dispatch::v1::{
    ImportLedgerRequest, ImportLedgerResponse, LedgerCase, LedgerFault, LedgerRow,
};

pub use self::headings::{template_headings, template_row};
use crate::batch::{self, shortened};
use crate::failure::Failure;
use crate::session::Session;
use crate::sheet::{Sheet, SheetFault};

/// Rows in one command at most, as the contract says.
pub const ROWS: usize = 2_000;
/// Bytes in one command at most; the server takes 4 MiB.
const BYTES: usize = 3 << 20;
/// Columns about people, which the server seals: what stands there is for no report of faults.
const SEALED: [&str; 5] = ["party_names", "party_phones", "place", "summary", "file_number"];

/// How a ledger is to be taken over.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Name of the ledger.
    pub book: String,
    /// Only checks.
    pub dry_run: bool,
    /// Leaves rows with faults out instead of taking nothing over.
    pub partial: bool,
    /// Headings of columns that are left out.
    pub dropped: Vec<String>,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Rows of the file.
    pub rows: usize,
    /// Rows that are cases now, or would be.
    pub cases: Vec<LedgerCase>,
    /// Everything wrong, in order of line.
    pub faults: Vec<LedgerFault>,
    /// Cases taken over.
    pub taken_over: u32,
    /// Rows that were taken over before.
    pub existing: u32,
    /// Last position that was written; 0 = nothing was.
    pub position: u64,
}

/// Takes a ledger over; `progress` is told how many rows are behind it.
///
/// # Errors
///
/// [`Failure::Wrong`] when the file is too long to be taken over as one; [`Failure::Refused`] when the server refuses.
/// Rows with faults are no error: they are in the report.
pub async fn take_over(
    session: &Session,
    wish: &Wish,
    mut sheet: Sheet,
    mut progress: impl FnMut(u64),
) -> Result<Report, Failure> {
    let total = sheet.rows.len() + sheet.faults.len();
    let mut report = Report { rows: total, ..Report::default() };
    report.faults.extend(headings::translate(&mut sheet, &wish.dropped));
    // Without its columns a ledger is another one: no row that could be left out.
    let misnamed = !report.faults.is_empty();
    report.faults.extend(std::mem::take(&mut sheet.faults).into_iter().map(from_sheet));
    let stopped = misnamed || (!report.faults.is_empty() && !wish.partial);
    let batches = batches(sheet.rows.into_iter().map(to_row).collect());
    if batches.len() > 1 && !wish.partial && !wish.dry_run {
        return Err(too_long(total));
    }
    let mut done = 0;
    for rows in batches {
        done += rows.len() as u64;
        let request = ImportLedgerRequest {
            request_id: session.request_id(),
            book: wish.book.clone(),
            rows,
            // The rows are looked at all the same, so that everything wrong is told at once.
            validate_only: wish.dry_run || stopped,
            partial: wish.partial,
            min_registry_position: 0,
        };
        let answer = session.ledger_imports().import_ledger(request.clone()).await?.into_inner();
        report.add(answer, &request.rows);
        progress(done);
    }
    report.faults.sort_by_key(|fault| fault.line);
    Ok(report)
}

impl Report {
    fn add(&mut self, answer: ImportLedgerResponse, rows: &[LedgerRow]) {
        self.cases.extend(answer.cases);
        self.faults.extend(answer.faults.into_iter().map(|fault| filled(fault, rows)));
        self.taken_over += answer.taken_over_count;
        self.existing += answer.existing_count;
        self.position = self.position.max(answer.feed_position);
    }
}

/// A ledger that is not taken over as one has to say so.
fn too_long(rows: usize) -> Failure {
    Failure::wrong(
        format!(
            "the ledger has {rows} rows, and at most {ROWS} (or 3 MiB) are taken over as one: split it, or take over \
             batch by batch with --partial"
        ),
        format!(
            "台账有 {rows} 行，一次整体导入不超过 {ROWS} 行（或 3 MiB）：请拆分，或用 --partial 分批导入"
        ),
    )
}

/// The fault with what stands in the cell, unless that is about people: the server tells of texts only how long they are,
/// and the file is at hand.
fn filled(mut fault: LedgerFault, rows: &[LedgerRow]) -> LedgerFault {
    let row = rows.iter().find(|row| row.line == fault.line);
    let told = !SEALED.contains(&fault.column.as_str()) && fault.reason != "PERSONAL_NUMBER";
    if let Some(cell) = row.and_then(|row| row.cells.get(&fault.column)).filter(|_| told) {
        fault.value = shortened(cell);
    }
    fault
}

fn to_row(row: crate::sheet::SheetRow) -> LedgerRow {
    LedgerRow { line: row.line, cells: row.cells.into_iter().collect() }
}

fn batches(rows: Vec<LedgerRow>) -> Vec<Vec<LedgerRow>> {
    batch::batches(rows, ROWS, BYTES)
}

fn from_sheet(fault: SheetFault) -> LedgerFault {
    LedgerFault {
        line: fault.line,
        column: fault.column,
        value: shortened(&fault.value),
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
        let row = |line: u32, size: usize| LedgerRow {
            line,
            cells: [("summary".to_owned(), "x".repeat(size))].into(),
        };
        let many = batches((1..=4_500).map(|line| row(line, 10)).collect());
        assert_eq!(many.iter().map(Vec::len).collect::<Vec<_>>(), [2000, 2000, 500]);
        let long = batches((1..=5).map(|line| row(line, 1_200_000)).collect());
        assert_eq!(long.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(long[2][0].line, 5);
        assert!(batches(Vec::new()).is_empty());
    }

    #[test]
    fn a_fault_shows_what_stands_in_the_file() {
        let long = "永".repeat(70);
        let cells = [("unit".to_owned(), long.clone()), ("summary".to_owned(), long)].into();
        let rows = [LedgerRow { line: 7, cells }];
        let fault = |line, column: &str, reason: &str| LedgerFault {
            line,
            column: column.to_owned(),
            value: "(70 characters)".to_owned(),
            reason: reason.to_owned(),
            ..LedgerFault::default()
        };
        let told = |line, column, reason| filled(fault(line, column, reason), &rows).value;
        assert_eq!(told(7, "unit", "TOO_LONG"), format!("{}…", "永".repeat(60)));
        assert_eq!(told(8, "unit", "TOO_LONG"), "(70 characters)");
        // What is about people is for no report of faults.
        assert_eq!(told(7, "summary", "TOO_LONG"), "(70 characters)");
        assert_eq!(told(7, "unit", "PERSONAL_NUMBER"), "(70 characters)");
    }
}
