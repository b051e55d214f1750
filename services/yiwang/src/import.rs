//! A table on its way into the registry: staged in batches, then activated as one, or given up.

use std::time::Duration;

use registry::domain::table;
use yiwang_proto::registry::v1::{
    ActivateImportRequest, CancelImportRequest, CreateImportRequest, Import, ImportKind, Row,
    StageRowsRequest,
};

use crate::batch;
use crate::failure::{EXIT_INTERRUPTED, Failure};
use crate::fault::Fault;
use crate::session::Session;
use crate::sheet::{Sheet, SheetRow};

/// Rows in one call at most, as the contract says.
const ROWS: usize = 1000;
/// Bytes in one call at most; outlines are long, and the server takes 4 MiB.
const BYTES: usize = 1 << 20;
/// How long the server may take to forget an import that was broken off.
const LAST_CALL: Duration = Duration::from_secs(5);

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
    pub faults: Vec<Fault>,
    /// Whether it holds now.
    pub activated: bool,
    /// Position of the registry's log at which it holds; 0 = it changed nothing.
    pub position: u64,
}

/// Imports a table; `progress` is told how many rows are behind it, `stop` ends it early.
///
/// # Errors
///
/// [`Failure::Refused`] when the server refuses before anything was staged, afterwards [`Failure::Import`]: then the
/// server was asked to forget the rows. Bad rows are no error: they are in the report.
pub async fn import(
    session: &Session,
    wish: &Wish,
    mut sheet: Sheet,
    progress: impl FnMut(u64),
    stop: impl Future<Output = ()>,
) -> Result<Report, Failure> {
    let request = CreateImportRequest {
        request_id: session.request_id(),
        kind: wish.kind.into(),
        skip_bad_rows: wish.skip_bad_rows,
        dry_run: wish.dry_run,
        sample: wish.sample,
        effective_date: wish.effective_date.clone(),
    };
    let unknown = known_columns_only(columns(wish.kind), &mut sheet);
    let answer = session.imports().create_import(request).await?.into_inner();
    let import = answer.import.unwrap_or_default();
    let import_id = import.import_id.clone();
    let result = tokio::select! {
        result = carry_out(session, wish, sheet, import, unknown, progress) => result,
        () = stop => Err(Failure::Quiet(EXIT_INTERRUPTED)),
    };
    let Err(cause) = result else { return result };
    let request =
        CancelImportRequest { request_id: session.request_id(), import_id: import_id.clone() };
    // The names in its rows are not to stay behind; when the server is gone, the user is told the id.
    let mut imports = session.imports();
    let cancelled = tokio::time::timeout(LAST_CALL, imports.cancel_import(request)).await;
    let cancelled = cancelled.is_ok_and(|answer| answer.is_ok());
    Err(Failure::Import { import_id, cancelled, cause: Box::new(cause) })
}

async fn carry_out(
    session: &Session,
    wish: &Wish,
    sheet: Sheet,
    mut import: Import,
    unknown: Vec<Fault>,
    mut progress: impl FnMut(u64),
) -> Result<Report, Failure> {
    let mut imports = session.imports();
    let import_id = import.import_id.clone();
    // Without its columns a table is another one: no bad row that could be left out.
    let misnamed = !unknown.is_empty();
    let mut faults = sheet.faults;
    faults.extend(unknown);
    let mut done = 0;
    for rows in batches(sheet.rows) {
        done += rows.len() as u64;
        let request = StageRowsRequest {
            request_id: session.request_id(),
            import_id: import_id.clone(),
            rows: rows.clone(),
        };
        let answer = imports.stage_rows(request).await?.into_inner();
        import = answer.import.unwrap_or_default();
        faults.extend(answer.faults.into_iter().map(|fault| Fault::from(fault).filled(&rows)));
        progress(done);
    }
    faults.sort_by_key(|fault| fault.line);
    let refused = misnamed || !wish.skip_bad_rows && !faults.is_empty();
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

/// Takes the columns out that this kind of table does not have, and says so once instead of in every row.
pub(crate) fn known_columns_only(known: &[&str], sheet: &mut Sheet) -> Vec<Fault> {
    let unknown: Vec<String> =
        sheet.columns.iter().filter(|name| !known.contains(&name.as_str())).cloned().collect();
    for row in &mut sheet.rows {
        row.cells.retain(|name, _| !unknown.contains(name));
    }
    let fault = |name: String| {
        let near = known.iter().min_by_key(|known| strsim::damerau_levenshtein(known, &name));
        let near = near.filter(|known| strsim::damerau_levenshtein(known, &name) <= 3);
        let hint = |text: &str| near.map_or(String::new(), |near| format!("{text}{near}"));
        Fault {
            line: sheet.header,
            reason: "UNKNOWN_COLUMN".to_owned(),
            en: format!("{name} is no column of this kind of table{}", hint("; did you mean ")),
            zh: format!("该类表格没有“{name}”列{}", hint("；您是否要找 ")),
            value: name.clone(),
            column: name,
        }
    };
    unknown.into_iter().map(fault).collect()
}

fn columns(kind: ImportKind) -> &'static [&'static str] {
    match kind {
        ImportKind::Areas => table::AREA_COLUMNS,
        ImportKind::Grids => table::GRID_COLUMNS,
        ImportKind::Workers => table::WORKER_COLUMNS,
        ImportKind::Units => table::UNIT_COLUMNS,
        ImportKind::Teams => table::TEAM_COLUMNS,
        ImportKind::Unspecified => &[],
    }
}

/// Rows as the contract has them.
pub(crate) fn to_rows(rows: Vec<SheetRow>) -> Vec<Row> {
    let wire = |row: SheetRow| Row { line: row.line, cells: row.cells.into_iter().collect() };
    rows.into_iter().map(wire).collect()
}

fn batches(rows: Vec<SheetRow>) -> Vec<Vec<Row>> {
    batch::batches(to_rows(rows), ROWS, BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_another_name_is_told_once_with_what_was_meant() {
        let row = |line| SheetRow {
            line,
            cells: [("naem".to_owned(), "x".to_owned()), ("code".to_owned(), "37".to_owned())]
                .into(),
        };
        let mut sheet = Sheet {
            header: 1,
            columns: vec!["code".to_owned(), "naem".to_owned()],
            rows: vec![row(2), row(3)],
            faults: Vec::new(),
            notices: Vec::new(),
        };
        let faults = known_columns_only(table::AREA_COLUMNS, &mut sheet);
        assert_eq!((faults.len(), faults[0].line, faults[0].value.as_str()), (1, 1, "naem"));
        assert!(faults[0].en.ends_with("did you mean name"), "{}", faults[0].en);
        assert!(sheet.rows.iter().all(|row| row.cells.keys().eq(["code"])));
    }

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
