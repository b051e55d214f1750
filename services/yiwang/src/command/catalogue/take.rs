//! A table on its way into the draft.

use yiwang_proto::registry::v1::{ImportCatalogueRequest, ImportCatalogueResponse, RowFault};

use super::tables::Table;
use crate::failure::{EXIT_REFUSED, Failure};
use crate::fault::{self, Fault};
use crate::import::{known_columns_only, to_rows};
use crate::screen::Screen;
use crate::session::Session;
use crate::sheet::{Limits, read};

pub(super) async fn import(
    session: &Session,
    screen: Screen,
    table: Table,
    file: &std::path::Path,
    dry_run: bool,
) -> Result<(), Failure> {
    let mut sheet = read(file, Limits::default())?;
    for notice in &sheet.notices {
        screen.note(format!("{}\n{}", notice.en, notice.zh));
    }
    let mut faults = known_columns_only(table.columns(), &mut sheet);
    let rows = to_rows(std::mem::take(&mut sheet.rows));
    faults.extend(sheet.faults);
    // A file that is not whole, or of another kind, is only checked.
    let validate_only = dry_run || !faults.is_empty();
    let request = ImportCatalogueRequest {
        request_id: session.request_id(),
        table: table.wire().into(),
        rows: rows.clone(),
        validate_only,
        etag: String::new(),
    };
    let mut answer = session.catalogue().import_catalogue(request).await?.into_inner();
    let told = std::mem::take(&mut answer.faults);
    faults.extend(told.into_iter().map(|fault| Fault::from(fault).filled(&rows)));
    faults.sort_by_key(|fault| fault.line);
    let good = faults.is_empty();
    tell(screen, answer, faults, dry_run)?;
    if good { Ok(()) } else { Err(Failure::Quiet(EXIT_REFUSED)) }
}

fn tell(
    screen: Screen,
    answer: ImportCatalogueResponse,
    faults: Vec<Fault>,
    dry_run: bool,
) -> Result<(), Failure> {
    if screen.json {
        let faults = faults.into_iter().map(RowFault::from).collect();
        return screen.message(&ImportCatalogueResponse { faults, ..answer });
    }
    fault::show(screen, &faults)?;
    if !faults.is_empty() {
        return screen.line("nothing was imported: mend the rows / 未导入：请修正");
    }
    if dry_run {
        return screen.line("dry run: nothing was changed / 试运行，未作任何更改");
    }
    let (new, changed, same) = (answer.created_rows, answer.changed_rows, answer.unchanged_rows);
    screen.line(format!(
        "{new} new, {changed} changed, {same} unchanged; in the draft at position {}\n\
         新增 {new}，变更 {changed}，不变 {same}；已记入草稿",
        answer.feed_position
    ))
}
