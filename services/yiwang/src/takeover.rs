//! A ledger of paper on its way into dispatch: headings in either language, and rows in as few commands as can be.

mod headings;

use std::collections::BTreeSet;

use dispatch::ledger_columns::SEALED;
use yiwang_proto::dispatch::v1::{
    ImportLedgerRequest, ImportLedgerResponse, LedgerCase, LedgerFault, LedgerRow,
};

use self::headings::Headings;
pub use self::headings::{template_headings, template_row};
use crate::batch::{self, shortened};
use crate::failure::Failure;
use crate::fault::Fault;
use crate::session::Session;
use crate::sheet::Sheet;

/// Rows in one command at most, as the contract says.
pub const ROWS: usize = 2_000;
/// Bytes in one command at most; the server takes 4 MiB.
const BYTES: usize = 3 << 20;
/// The column that says which case a row is.
const NUMBER: &str = "number";

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
    /// Rows that could be read and were not answered for; 0 = it came to its end.
    pub unanswered: usize,
    /// Batches that are behind.
    pub batches: usize,
    /// Whether columns are wrong: then nothing is taken over, in part neither.
    pub misnamed: bool,
    /// Rows that are cases now, or would be.
    pub cases: Vec<LedgerCase>,
    /// Everything wrong, in order of line; columns as the file has them.
    pub faults: Vec<Fault>,
    /// Cases taken over.
    pub taken_over: u32,
    /// Rows that were taken over before.
    pub existing: u32,
    /// Last position that was written; 0 = nothing was.
    pub position: u64,
}

/// Takes a ledger over into an empty report; `progress` is told how many rows are behind it.
///
/// # Errors
///
/// [`Failure::Wrong`] when the file is too long to be taken over as one; [`Failure::Refused`] when the server refuses: the
/// report tells of the batches before then. Rows with faults are no error: they are in the report.
pub async fn take_over(
    session: &Session,
    wish: &Wish,
    mut sheet: Sheet,
    report: &mut Report,
    progress: impl FnMut(u64),
) -> Result<(), Failure> {
    report.rows = sheet.rows.len() + sheet.faults.len();
    let (headings, misnamed) = Headings::read(&mut sheet, &wish.dropped);
    // Without its columns a ledger is another one: no row that could be left out.
    report.misnamed = !misnamed.is_empty();
    report.faults = misnamed;
    report.faults.extend(sheet.faults.into_iter().map(|fault| discreet(fault, &headings)));
    let rows: Vec<LedgerRow> = sheet.rows.into_iter().map(to_row).collect();
    report.unanswered = rows.len();
    let batches = batches(rows);
    if batches.len() > 1 && !wish.partial && !wish.dry_run {
        return Err(too_long(report.rows));
    }
    let ended = ask(session, wish, batches, &headings, report, progress).await;
    report.faults.sort_by_key(|fault| fault.line);
    ended
}

async fn ask(
    session: &Session,
    wish: &Wish,
    batches: Vec<Vec<LedgerRow>>,
    headings: &Headings,
    report: &mut Report,
    mut progress: impl FnMut(u64),
) -> Result<(), Failure> {
    let stopped = report.misnamed || (!report.faults.is_empty() && !wish.partial);
    let (mut seen, mut done) = (BTreeSet::new(), 0);
    for batch in batches {
        let size = batch.len();
        let (rows, repeated) = not_seen(batch, &mut seen);
        report.faults.extend(repeated.iter().map(|row| twice(row, headings)));
        if !rows.is_empty() {
            let request = ImportLedgerRequest {
                request_id: session.request_id(),
                book: wish.book.clone(),
                rows,
                // The rows are looked at all the same, so that everything wrong is told at once.
                validate_only: wish.dry_run || stopped,
                partial: wish.partial,
                min_registry_position: 0,
            };
            let answer = session.ledger_imports().import_ledger(request.clone()).await?;
            report.add(answer.into_inner(), &request.rows, headings);
        }
        report.batches += 1;
        report.unanswered -= size;
        done += size as u64;
        progress(done);
    }
    Ok(())
}

impl Report {
    fn add(&mut self, answer: ImportLedgerResponse, rows: &[LedgerRow], headings: &Headings) {
        self.cases.extend(answer.cases);
        let faults = answer.faults.into_iter();
        self.faults.extend(faults.map(|fault| headings.in_words_of_the_file(filled(fault, rows))));
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

/// Rows whose number stands in no batch before, and those whose number does: the server sees one batch, and takes the
/// second for the same case again.
fn not_seen(
    batch: Vec<LedgerRow>,
    seen: &mut BTreeSet<String>,
) -> (Vec<LedgerRow>, Vec<LedgerRow>) {
    let (repeated, rows): (Vec<_>, Vec<_>) =
        batch.into_iter().partition(|row| number(row).is_some_and(|number| seen.contains(number)));
    seen.extend(rows.iter().filter_map(|row| number(row).map(str::to_owned)));
    (rows, repeated)
}

fn number(row: &LedgerRow) -> Option<&str> {
    row.cells.get(NUMBER).map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// In the words that the server has for it.
fn twice(row: &LedgerRow, headings: &Headings) -> Fault {
    headings.in_words_of_the_file(Fault {
        line: row.line,
        column: NUMBER.to_owned(),
        value: shortened(number(row).unwrap_or_default()),
        reason: "DUPLICATE".to_owned(),
        en: format!("{NUMBER} came before in this file"),
        zh: format!("{NUMBER}：在本文件中重复"),
    })
}

/// The fault with what stands in the cell, unless that is about people.
fn filled(fault: LedgerFault, rows: &[LedgerRow]) -> Fault {
    let told = !SEALED.contains(&fault.column.as_str()) && fault.reason != "PERSONAL_NUMBER";
    let fault = Fault::from(fault);
    if told { fault.filled(rows) } else { fault }
}

/// A fault of the file itself; what stands in a whole row, or in a cell about people, is for no report of faults.
fn discreet(fault: Fault, headings: &Headings) -> Fault {
    let named = headings.meant(&fault.column);
    if named.is_none_or(|name| SEALED.contains(&name)) {
        return Fault { value: String::new(), ..fault };
    }
    fault
}

fn to_row(row: crate::sheet::SheetRow) -> LedgerRow {
    LedgerRow { line: row.line, cells: row.cells.into_iter().collect() }
}

fn batches(rows: Vec<LedgerRow>) -> Vec<Vec<LedgerRow>> {
    batch::batches(rows, ROWS, BYTES)
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
    fn a_number_of_a_batch_before_is_told_and_not_sent() {
        let row = |line, text: &str| LedgerRow {
            line,
            cells: [(NUMBER.to_owned(), text.to_owned())].into(),
        };
        let mut seen = BTreeSet::new();
        let lines = |rows: &[LedgerRow]| rows.iter().map(|row| row.line).collect::<Vec<_>>();
        let (rows, repeated) = not_seen(vec![row(2, "1"), row(3, "1"), row(4, "")], &mut seen);
        // Within a batch the server tells, and everything else that is wrong with the row.
        assert_eq!((lines(&rows), lines(&repeated)), (vec![2, 3, 4], vec![]));
        let (rows, repeated) = not_seen(vec![row(5, "2"), row(6, " 1 "), row(7, "")], &mut seen);
        assert_eq!((lines(&rows), lines(&repeated)), (vec![5, 7], vec![6]));
        let fault = twice(&repeated[0], &Headings::default());
        assert_eq!((fault.line, fault.value.as_str()), (6, "1"));
        assert_eq!(fault.reason, "DUPLICATE");
    }

    #[test]
    fn a_fault_shows_what_stands_in_the_file_unless_it_is_about_people() {
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
        let told = |column, reason| filled(fault(7, column, reason), &rows).value;
        assert_eq!(told("unit", "TOO_LONG"), format!("{}…", "永".repeat(60)));
        assert_eq!(told("summary", "TOO_LONG"), "(70 characters)");
        assert_eq!(told("unit", "PERSONAL_NUMBER"), "(70 characters)");
    }

    #[test]
    fn a_fault_of_the_file_shows_nothing_about_people() {
        let columns = ["编号", "当事人"].map(str::to_owned).to_vec();
        let mut sheet =
            Sheet { header: 1, columns, rows: Vec::new(), faults: Vec::new(), notices: Vec::new() };
        let (headings, _) = Headings::read(&mut sheet, &[]);
        let shown = |column: &str| {
            let (column, value) = (column.to_owned(), "王建国".to_owned());
            discreet(Fault { column, value, ..Fault::default() }, &headings).value
        };
        assert_eq!(shown("编号"), "王建国");
        assert_eq!((shown("当事人"), shown("")), (String::new(), String::new()));
    }
}
