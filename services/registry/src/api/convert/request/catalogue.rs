//! Requests about the catalogue.

mod entries;

use jiff::civil::Date;
use kit::Problem;
use yiwang_proto::registry::v1 as pb;

use crate::api::convert::enums;
use crate::api::convert::form::Form;
use crate::api::submit::Wish;
use crate::domain::catalogue::{
    Approval, Edit, Question, Revision, Scheme, Subject, TypeCode, Wish as Wanted,
};
use crate::domain::code::{AreaCode, Slug};
use crate::domain::command::Act;
use crate::domain::table::RawRow;
use crate::domain::table::catalogue::Kind;

use entries::{limit_rule, matter, tier};

/// Most matters that are approved at once, and most rows of a table.
const AT_ONCE: usize = 1_000;

/// What a change of the catalogue by the node of an area asks for.
fn revise(area: &AreaCode, wish: Wanted) -> Act {
    Act::ReviseCatalogue(Box::new(Revision { area: area.clone(), wish }))
}

pub(crate) fn put_matter(body: &pb::PutMatterRequest, area: &AreaCode) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let etag = form.etag(&body.etag);
    let matter = matter(&mut form, &body.matter.clone().unwrap_or_default());
    let read = (|| {
        let edit = Edit { matters: vec![matter?], ..Edit::default() };
        Some(Wish { etag, ..Wish::new(request?, body, revise(area, Wanted::Put(edit))) })
    })();
    form.done(read)
}

pub(crate) fn put_limit_rule(
    body: &pb::PutLimitRuleRequest,
    area: &AreaCode,
) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let etag = form.etag(&body.etag);
    let rule = limit_rule(&mut form, &body.rule.clone().unwrap_or_default());
    let read = (|| {
        let edit = Edit { limits: vec![rule?], ..Edit::default() };
        Some(Wish { etag, ..Wish::new(request?, body, revise(area, Wanted::Put(edit))) })
    })();
    form.done(read)
}

pub(crate) fn put_type_mapping(
    body: &pb::PutTypeMappingRequest,
    area: &AreaCode,
) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let etag = form.etag(&body.etag);
    let edited = |value| enums::to_scheme(value).filter(|scheme| *scheme != Scheme::Mj15);
    let scheme = form.chosen("scheme", body.scheme, edited);
    let code = form.code("type_code", &body.type_code, TypeCode::parse);
    let mapped = form.code("mapped_code", &body.mapped_code, TypeCode::parse);
    let read = (|| {
        let edit = Edit { mappings: vec![(scheme?, code?, mapped?)], ..Edit::default() };
        Some(Wish { etag, ..Wish::new(request?, body, revise(area, Wanted::Put(edit))) })
    })();
    form.done(read)
}

pub(crate) fn approve_matters(
    body: &pb::ApproveMattersRequest,
    area: &AreaCode,
    today: Date,
) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let etag = form.etag(&body.etag);
    let codes = form.codes("matter_codes", &body.matter_codes, AT_ONCE, Slug::parse);
    if body.matter_codes.is_empty() {
        form.wrong("matter_codes", "REQUIRED", "is required", "必填");
    }
    let said = body.approval.clone().unwrap_or_default();
    let approver = form.code("approval.approver_code", &said.approver_code, Slug::parse);
    let document = form.code("approval.document_code", &said.document_code, Slug::parse);
    let on = form.day("approval.approved_date", &said.approved_date).unwrap_or(today);
    if on > today {
        form.wrong("approval.approved_date", "IN_FUTURE", "lies in the future", "日期晚于今天");
    }
    let read = (|| {
        let approval = Approval { approver: approver?, document: document?, on };
        let act = revise(area, Wanted::Approve { codes, approval });
        Some(Wish { etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn retire_matter(
    body: &pb::RetireMatterRequest,
    area: &AreaCode,
) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let etag = form.etag(&body.etag);
    let code = form.code("matter_code", &body.matter_code, Slug::parse);
    let on = form.day("valid_to_date", &body.valid_to_date);
    let read = (|| {
        let act = revise(area, Wanted::Retire { code: code? });
        Some(Wish { on, etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn release_catalogue(
    body: &pb::ReleaseCatalogueRequest,
    area: &AreaCode,
) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let etag = form.etag(&body.etag);
    let read =
        (|| Some(Wish { etag, ..Wish::new(request?, body, revise(area, Wanted::Release)) }))();
    form.done(read)
}

/// A table to take in, with what the edit that it makes is asked with.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) kind: Kind,
    pub(crate) rows: Vec<RawRow>,
    /// Still without entries.
    pub(crate) wish: Wish,
}

pub(crate) fn import_catalogue(
    body: pb::ImportCatalogueRequest,
    area: &AreaCode,
) -> Result<Table, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let etag = form.etag(&body.etag);
    let kind = form.chosen("table", body.table, enums::to_catalogue_kind);
    if !(1..=AT_ONCE).contains(&body.rows.len()) {
        form.wrong("rows", "OUT_OF_RANGE", "must be 1 to 1000 rows", "须为 1 至 1000 行");
    }
    let rows = super::import::raw(body.rows);
    let fingerprint = super::import::fingerprint(&format!("{} {}", body.table, body.etag), &rows);
    let read = (|| {
        let act = revise(area, Wanted::Put(Edit::default()));
        let wish = Wish { request: request?, fingerprint, etag, on: None, act };
        Some(Table { kind: kind?, rows, wish })
    })();
    form.done(read)
}

/// A question about a limit.
pub(crate) fn find_limit(body: &pb::FindLimitRequest, today: Date) -> Result<Question, Problem> {
    let mut form = Form::default();
    let subject = match (body.matter_code.as_str(), body.type_code.as_str()) {
        ("", "") => {
            form.wrong(
                "matter_code",
                "REQUIRED",
                "is required, or type_code",
                "须给出事项或类型代码",
            );
            None
        }
        (code, "") => form.code("matter_code", code, Slug::parse).map(Subject::Matter),
        ("", code) => form.code("type_code", code, TypeCode::parse).map(Subject::Type),
        _ => {
            let en = "goes without matter_code only";
            form.wrong("type_code", "NOT_APPLICABLE", en, "不能与事项代码同时给出");
            None
        }
    };
    let step = form.chosen("step", body.step, enums::to_step);
    let tier = tier(&mut form, "tier", body.tier);
    let level = form.choice("level", body.level, enums::to_hardness);
    let on = form.day("as_of_date", &body.as_of_date).unwrap_or(today);
    let read = (|| Some(Question { subject: subject?, step: step?, tier, level, on }))();
    form.done(read)
}
