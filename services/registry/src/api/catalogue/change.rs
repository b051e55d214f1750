//! What a change of the draft answers, and tables on their way into it.

use kit::{Call, Problem};
use yiwang_proto::registry::v1 as pb;

use crate::api::convert::request::Table;
use crate::api::convert::{catalogue as wire, resource};
use crate::api::submit::Wish;
use crate::api::{Api, written};
use crate::domain::book::{Book, Id, Pages};
use crate::domain::catalogue::{Catalogue, Draft, Revision, RuleKey, TypeCode, Wish as Wanted};
use crate::domain::code::Slug;
use crate::domain::command::Act;
use crate::domain::table::catalogue::read;
use crate::error::DOMAIN;

const IMPORT: &str = "yiwang.registry.v1.CatalogueService/ImportCatalogue";

/// The draft after a change; nothing was stored when the very first change was none.
pub(super) struct Written(Option<Draft>);

impl Written {
    fn catalogue(&self) -> &Catalogue {
        Catalogue::drafted(self.0.as_ref())
    }

    fn etag(&self) -> String {
        resource::etag(self.0.as_ref().map_or(0, |draft| draft.mark.revision))
    }

    fn matter(&self, code: &str) -> Result<pb::MatterFacts, Problem> {
        let code = written(Slug::parse(code).ok())?;
        Ok(wire::matter(written(self.catalogue().matter(&code))?))
    }
}

pub(super) fn matter_put(
    body: &pb::PutMatterRequest,
    draft: &Written,
    feed_position: u64,
) -> Result<pb::PutMatterResponse, Problem> {
    let code = body.matter.as_ref().map_or("", |matter| &matter.matter_code);
    let matter = Some(draft.matter(code)?);
    Ok(pb::PutMatterResponse { matter, etag: draft.etag(), feed_position })
}

pub(super) fn limit_put(
    body: &pb::PutLimitRuleRequest,
    draft: &Written,
    feed_position: u64,
) -> Result<pb::PutLimitRuleResponse, Problem> {
    let key = body.rule.as_ref().and_then(|rule| RuleKey::parse(&rule.rule_key).ok());
    let rule = written(draft.catalogue().limit(&written(key)?))?;
    let rule = Some(wire::limit_rule(rule));
    Ok(pb::PutLimitRuleResponse { rule, etag: draft.etag(), feed_position })
}

pub(super) fn type_put(
    body: &pb::PutTypeMappingRequest,
    draft: &Written,
    feed_position: u64,
) -> Result<pb::PutTypeMappingResponse, Problem> {
    let scheme = written(crate::api::convert::enums::to_scheme(body.scheme))?;
    let code = written(TypeCode::parse(&body.type_code).ok())?;
    let one = written(draft.catalogue().dispute_type(scheme, &code))?;
    let r#type = Some(wire::dispute_type(one));
    Ok(pb::PutTypeMappingResponse { r#type, etag: draft.etag(), feed_position })
}

pub(super) fn approved(
    body: &pb::ApproveMattersRequest,
    draft: &Written,
    feed_position: u64,
) -> Result<pb::ApproveMattersResponse, Problem> {
    let mut codes: Vec<&String> = body.matter_codes.iter().collect();
    codes.sort();
    let matters = codes.into_iter().map(|code| draft.matter(code)).collect::<Result<_, _>>()?;
    Ok(pb::ApproveMattersResponse { matters, etag: draft.etag(), feed_position })
}

pub(super) fn retired(
    body: &pb::RetireMatterRequest,
    draft: &Written,
    feed_position: u64,
) -> Result<pb::RetireMatterResponse, Problem> {
    let matter = Some(draft.matter(&body.matter_code)?);
    Ok(pb::RetireMatterResponse { matter, etag: draft.etag(), feed_position })
}

impl Api {
    pub(super) async fn draft_written(&self) -> Result<Written, Problem> {
        Ok(Written(self.draft().await?))
    }

    /// Puts the rows of a table into the draft, or says everything that is wrong with them.
    pub(super) async fn take_table(
        &self,
        call: &Call,
        table: Table,
        only_check: bool,
    ) -> Result<pb::ImportCatalogueResponse, Problem> {
        let Table { kind, rows, wish } = table;
        let mut read = read(kind, &rows);
        let draft = self.draft().await?;
        let book = self.beside(draft.as_ref(), &read.edit).await?;
        let revision = draft.as_ref().map_or(0, |draft| draft.mark.revision);
        let known = Catalogue::drafted(draft.as_ref());
        let last = draft.as_ref().and_then(|draft| book.release(draft.released));
        let holds = Catalogue::released(last);
        let goes_on =
            |unit: &Slug| book.unit(unit).is_some_and(|unit| unit.facts.period.to.is_none());
        let readable = read.faults.is_empty();
        read.beside(known, holds, self.today(), goes_on);
        let faults: Vec<_> = read.faults.iter().map(resource::fault).collect();
        let refused = pb::ImportCatalogueResponse { faults, ..Default::default() };
        if !readable || (only_check && !refused.faults.is_empty()) {
            return Ok(refused);
        }
        let revised = Revision { area: self.area.clone(), wish: Wanted::Put(read.edit) };
        // What the rows were checked beside is still there when they are taken in.
        let etag = wish.etag.or(Some(revision));
        let wish = Wish { etag, act: Act::ReviseCatalogue(Box::new(revised)), ..wish };
        if only_check {
            self.check(call, IMPORT, wish).await?;
            return Ok(pb::ImportCatalogueResponse::default());
        }
        // Asked even where it is refused: the same request may have been granted before.
        let granted = match self.submit(call, IMPORT, wish).await {
            Err(_) if !refused.faults.is_empty() => return Ok(refused),
            outcome => outcome?,
        };
        let counts: Result<Vec<u32>, _> = granted.answer.ids.iter().map(|id| id.parse()).collect();
        let [created_rows, changed_rows, unchanged_rows] = counts.unwrap_or_default()[..] else {
            return Err(Problem::internal(DOMAIN));
        };
        Ok(pb::ImportCatalogueResponse {
            faults: Vec::new(),
            created_rows,
            changed_rows,
            unchanged_rows,
            feed_position: granted.position,
        })
    }

    /// The version that holds, and the units that an edit names.
    async fn beside(
        &self,
        draft: Option<&Draft>,
        edit: &crate::domain::catalogue::Edit,
    ) -> Result<Pages, Problem> {
        let units = edit.matters.iter().flat_map(|(matter, _)| &matter.handler_units);
        let mut ids: Vec<Id> = units.cloned().map(Id::Unit).collect();
        ids.extend(draft.map(|draft| Id::Release(draft.released)));
        self.nouns(ids).await
    }
}
