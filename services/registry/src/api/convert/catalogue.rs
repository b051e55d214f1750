//! The catalogue on the wire and in the domain.

use yiwang_proto::registry::v1 as pb;

use super::facts::{self, all, end, maybe, texts};
use super::{enums, time};
use crate::domain::catalogue::{
    Approval, ByLaw, Catalogue, DisputeType, Limit, LimitRule, Matter, Release, RuleKey, TypeCode,
};
use crate::domain::code::{AreaCode, NotACode, Slug};

pub(crate) fn facts(area: &AreaCode, version: u32, catalogue: &Catalogue) -> pb::CatalogueFacts {
    pb::CatalogueFacts {
        version,
        area_code: area.to_string(),
        matters: catalogue.matters.iter().map(matter).collect(),
        limit_rules: catalogue.limits.iter().map(limit_rule).collect(),
        types: catalogue.types.iter().map(dispute_type).collect(),
    }
}

pub(crate) fn release(release: &Release) -> pb::Catalogue {
    pb::Catalogue {
        facts: Some(facts(&release.area, release.version, &release.catalogue)),
        state: pb::catalogue::State::Released.into(),
        release_time: Some(time(release.released_at)),
        etag: String::new(),
    }
}

pub(crate) fn to_entries(
    matters: &[pb::MatterFacts],
    limits: &[pb::LimitRuleFacts],
    types: Vec<pb::DisputeTypeFacts>,
) -> Option<Catalogue> {
    Some(Catalogue {
        matters: matters.iter().map(to_matter).collect::<Option<_>>()?,
        limits: limits.iter().map(to_limit_rule).collect::<Option<_>>()?,
        types: types.into_iter().map(to_dispute_type).collect::<Option<_>>()?,
    })
}

pub(crate) fn matter(matter: &Matter) -> pb::MatterFacts {
    let approval = matter.approval.as_ref().map(|approval| pb::MatterApproval {
        approver_code: approval.approver.to_string(),
        document_code: approval.document.to_string(),
        approved_date: approval.on.to_string(),
    });
    pb::MatterFacts {
        matter_code: matter.code.to_string(),
        class_code: text(matter.class.as_ref()),
        name_zh: matter.name_zh.clone(),
        name_en: matter.name_en.clone(),
        type_codes: texts(&matter.types),
        handler_kinds: matter.handler_kinds.iter().map(|kind| enums::unit_kind(*kind)).collect(),
        handler_unit_ids: texts(&matter.handler_units),
        temporary: matter.temporary,
        valid_from_date: matter.period.from.to_string(),
        valid_to_date: end(matter.period),
        approval,
    }
}

fn to_matter(wire: &pb::MatterFacts) -> Option<Matter> {
    let kinds = wire.handler_kinds.iter().map(|kind| enums::to_unit_kind(*kind));
    Some(Matter {
        code: Slug::parse(&wire.matter_code).ok()?,
        class: maybe(&wire.class_code, Slug::parse)?,
        name_zh: wire.name_zh.clone(),
        name_en: wire.name_en.clone(),
        types: all(&wire.type_codes, TypeCode::parse)?,
        handler_kinds: kinds.collect::<Option<_>>()?,
        handler_units: all(&wire.handler_unit_ids, Slug::parse)?,
        temporary: wire.temporary,
        period: facts::period(&wire.valid_from_date, &wire.valid_to_date)?,
        approval: match &wire.approval {
            Some(approval) => Some(to_approval(approval)?),
            None => None,
        },
    })
}

fn to_approval(wire: &pb::MatterApproval) -> Option<Approval> {
    Some(Approval {
        approver: Slug::parse(&wire.approver_code).ok()?,
        document: Slug::parse(&wire.document_code).ok()?,
        on: wire.approved_date.parse().ok()?,
    })
}

pub(crate) fn limit_rule(rule: &LimitRule) -> pb::LimitRuleFacts {
    let law = rule.by_law;
    pb::LimitRuleFacts {
        rule_key: rule.key.to_string(),
        matter_code: rule.matter.to_string(),
        step: enums::step(rule.step),
        tier: rule.tier.map_or(0, enums::level),
        level: rule.level.map_or(0, enums::hardness),
        limit: rule.limit.to_string(),
        yellow_before: text(rule.yellow_before.as_ref()),
        red_after: text(rule.red_after.as_ref()),
        extension_max: text(rule.extension_max.as_ref()),
        authority: enums::authority(rule.authority),
        source: rule.source.clone(),
        valid_from_date: rule.period.from.to_string(),
        valid_to_date: end(rule.period),
        law_limit: text(law.map(|law| law.limit).as_ref()),
        law_extension_max: text(law.and_then(|law| law.extension_max).as_ref()),
    }
}

fn to_limit_rule(wire: &pb::LimitRuleFacts) -> Option<LimitRule> {
    let law_extension_max = maybe(&wire.law_extension_max, limit)?;
    let by_law = maybe(&wire.law_limit, limit)?;
    Some(LimitRule {
        key: RuleKey::parse(&wire.rule_key).ok()?,
        matter: Slug::parse(&wire.matter_code).ok()?,
        step: enums::to_step(wire.step)?,
        tier: some_of(wire.tier, enums::to_level)?,
        level: some_of(wire.level, enums::to_hardness)?,
        limit: limit(&wire.limit).ok()?,
        yellow_before: maybe(&wire.yellow_before, limit)?,
        red_after: maybe(&wire.red_after, limit)?,
        extension_max: maybe(&wire.extension_max, limit)?,
        authority: enums::to_authority(wire.authority)?,
        source: wire.source.clone(),
        period: facts::period(&wire.valid_from_date, &wire.valid_to_date)?,
        by_law: by_law.map(|limit| ByLaw { limit, extension_max: law_extension_max }),
    })
}

pub(crate) fn dispute_type(one: &DisputeType) -> pb::DisputeTypeFacts {
    pb::DisputeTypeFacts {
        scheme: enums::scheme(one.scheme),
        type_code: one.code.to_string(),
        parent_code: text(one.parent.as_ref()),
        name_zh: one.name_zh.clone(),
        name_en: one.name_en.clone(),
        r#use: enums::type_use(one.usage),
        mapped_code: one.mapped.to_string(),
        competent_body_zh: one.body_zh.clone(),
        competent_body_en: one.body_en.clone(),
    }
}

fn to_dispute_type(wire: pb::DisputeTypeFacts) -> Option<DisputeType> {
    Some(DisputeType {
        scheme: enums::to_scheme(wire.scheme)?,
        code: TypeCode::parse(&wire.type_code).ok()?,
        parent: maybe(&wire.parent_code, TypeCode::parse)?,
        name_zh: wire.name_zh,
        name_en: wire.name_en,
        usage: enums::to_type_use(wire.r#use)?,
        mapped: TypeCode::parse(&wire.mapped_code).ok()?,
        body_zh: wire.competent_body_zh,
        body_en: wire.competent_body_en,
    })
}

/// A limit as the wire writes it.
pub(crate) fn limit(text: &str) -> Result<Limit, NotACode> {
    text.parse().map_err(|_| NotACode)
}

fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

/// A value of an enum, or nothing when it is unspecified; the outer `None` = it is not known.
fn some_of<T>(value: i32, read: fn(i32) -> Option<T>) -> Option<Option<T>> {
    if value == 0 { Some(None) } else { read(value).map(Some) }
}
