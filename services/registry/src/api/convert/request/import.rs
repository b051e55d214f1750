//! Requests about imports.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kit::Problem;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use yiwang_proto::registry::v1 as pb;

use crate::api::convert::enums;
use crate::api::convert::form::Form;
use crate::api::submit::Wish;
use crate::domain::code::{AreaCode, Slug};
use crate::domain::command::Act;
use crate::domain::import::Order;
use crate::domain::table::RawRow;

/// Most rows of one request.
const ROWS: usize = 1_000;

pub(crate) fn create_import(
    body: &pb::CreateImportRequest,
    fresh: Uuid,
    area: AreaCode,
    today: Date,
) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.id_or("import_id", "", fresh);
    let kind = form.chosen("kind", body.kind, enums::to_import_kind);
    let effective = form.day("effective_date", &body.effective_date).unwrap_or(today);
    let read = (|| {
        let order = Order {
            id: id?,
            kind: kind?,
            skip_bad_rows: body.skip_bad_rows,
            dry_run: body.dry_run,
            sample: body.sample,
            effective,
            area,
        };
        let wish = Wish::new(request?, body, Act::CreateImport(order));
        // The day is checked to be near like that of any other change.
        Some(Wish { on: Some(effective), ..wish })
    })();
    form.done(read)
}

/// Rows to check, with what names the request.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) request: Uuid,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) import: Slug,
    pub(crate) rows: Vec<RawRow>,
}

pub(crate) fn stage_rows(body: pb::StageRowsRequest) -> Result<Rows, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let import = form.code("import_id", &body.import_id, Slug::parse);
    if !(1..=ROWS).contains(&body.rows.len()) {
        form.wrong("rows", "OUT_OF_RANGE", "must be 1 to 1000 rows", "须为 1 至 1000 行");
    }
    let rows = raw(body.rows);
    let fingerprint = fingerprint(&body.import_id, &rows);
    let read = (|| Some(Rows { request: request?, fingerprint, import: import?, rows }))();
    form.done(read)
}

/// Rows with their cells in order.
pub(super) fn raw(rows: Vec<pb::Row>) -> Vec<RawRow> {
    let sorted = |row: pb::Row| RawRow { line: row.line, cells: BTreeMap::from_iter(row.cells) };
    rows.into_iter().map(sorted).collect()
}

/// Cells have no order on the wire, so the request is told by its sorted cells.
pub(super) fn fingerprint(import: &str, rows: &[RawRow]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    add(import);
    for row in rows {
        add(&row.line.to_string());
        for (column, text) in &row.cells {
            add(column);
            add(text);
        }
    }
    hash.finalize().into()
}

pub(crate) fn activate_import(body: &pb::ActivateImportRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("import_id", &body.import_id, Slug::parse);
    let read = (|| Some(Wish::new(request?, body, Act::ActivateImport { id: id? })))();
    form.done(read)
}

pub(crate) fn cancel_import(body: &pb::CancelImportRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("import_id", &body.import_id, Slug::parse);
    let read = (|| Some(Wish::new(request?, body, Act::CancelImport { id: id? })))();
    form.done(read)
}
