//! What a change of the draft answers.

use kit::Problem;
use yiwang_proto::registry::v1 as pb;

use crate::api::convert::{catalogue as wire, resource};
use crate::api::{Api, written};
use crate::domain::catalogue::{Catalogue, Draft, RuleKey, TypeCode};
use crate::domain::code::Slug;

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
}
