//! The proposal that the program ships (see `data/README.md`).

use std::sync::LazyLock;

use calendar::Rules;
use jiff::civil::{Date, date};
use serde::Deserialize;

use super::{
    Authority, ByLaw, Catalogue, DisputeType, Hardness, LimitRule, Matter, RuleKey, Scheme, Step,
    TypeCode, TypeUse,
};
use crate::domain::code::{Level, Slug};
use crate::domain::day::Period;
use crate::domain::unit::UnitKind;

/// From when on the proposal holds: before anything that a new node records.
const SINCE: Date = date(2026, 1, 1);

static SHIPPED: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = Catalogue::default();
    catalogue.take(&Catalogue {
        matters: rows(include_bytes!("../../../data/matters.csv"), matter),
        limits: rows(include_bytes!("../../../data/limit_rules.csv"), limit),
        types: rows(include_bytes!("../../../data/dispute_types.csv"), |row| {
            Some(dispute_type(row))
        }),
    });
    catalogue
});

pub(super) fn catalogue() -> &'static Catalogue {
    &SHIPPED
}

#[derive(Deserialize)]
struct MatterRow {
    matter_code: Slug,
    class_code: Option<Slug>,
    name_zh: String,
    name_en: String,
    type_codes: String,
    handler_kinds: String,
}

#[derive(Deserialize)]
struct LimitRow {
    rule_key: RuleKey,
    matter_code: Slug,
    step: Step,
    tier: Option<Level>,
    level: Option<Hardness>,
    limit: Option<calendar::Limit>,
    authority: Option<Authority>,
    source: String,
    yellow_before: Option<calendar::Limit>,
}

#[derive(Deserialize)]
struct TypeRow {
    scheme: Scheme,
    type_code: TypeCode,
    parent_code: Option<TypeCode>,
    name_zh: String,
    name_en: String,
    #[serde(rename = "use")]
    usage: TypeUse,
    mapped_code: TypeCode,
    competent_body_zh: String,
    competent_body_en: String,
}

/// Rows of a shipped table, which is valid: tested.
fn rows<R: for<'a> Deserialize<'a>, T>(bytes: &[u8], read: fn(R) -> Option<T>) -> Vec<T> {
    let mut reader = csv::Reader::from_reader(bytes);
    let rows: Result<Vec<R>, csv::Error> = reader.deserialize().collect();
    let read: Option<Vec<T>> =
        rows.expect("the shipped tables are valid: tested").into_iter().map(read).collect();
    read.expect("the shipped tables are valid: tested")
}

/// Parts of a cell.
fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').filter(|part| !part.is_empty())
}

fn kind(name: &str) -> Option<UnitKind> {
    serde_json::from_str(&format!("\"{name}\"")).ok()
}

fn matter(row: MatterRow) -> Option<Matter> {
    Some(Matter {
        code: row.matter_code,
        class: row.class_code,
        name_zh: row.name_zh,
        name_en: row.name_en,
        types: parts(&row.type_codes)
            .map(|code| TypeCode::parse(code).ok())
            .collect::<Option<_>>()?,
        handler_kinds: parts(&row.handler_kinds).map(kind).collect::<Option<_>>()?,
        handler_units: Vec::new(),
        temporary: false,
        period: Period::since(SINCE),
        approval: None,
    })
}

/// A rule of our own, or the one of its key in the calendar's table of limits.
fn limit(row: LimitRow) -> Option<LimitRule> {
    let rules = Rules::shipped();
    let known = rules.get(row.rule_key.as_str());
    let limit = row.limit.or(known.map(|known| known.limit))?;
    let authority = row.authority.or(known.map(|known| authority(known.authority)))?;
    let extension = known.and_then(|known| known.extension_rule.as_ref());
    let extension_max = extension.and_then(|key| rules.get(key)).map(|rule| rule.limit);
    let by_law = (authority == Authority::Law).then_some(ByLaw { limit, extension_max });
    Some(LimitRule {
        key: row.rule_key,
        matter: row.matter_code,
        step: row.step,
        tier: row.tier,
        level: row.level,
        limit,
        yellow_before: row.yellow_before.or(known.and_then(|known| rules.yellow_before(known))),
        red_after: known.and_then(|known| rules.red_after(known)),
        extension_max,
        authority,
        source: known.map_or(row.source, |known| known.source.clone()),
        period: Period::since(SINCE),
        by_law,
    })
}

fn authority(authority: calendar::Authority) -> Authority {
    match authority {
        calendar::Authority::Law => Authority::Law,
        calendar::Authority::Rule => Authority::Rule,
        calendar::Authority::Standard => Authority::Standard,
        calendar::Authority::LocalSd => Authority::LocalSd,
        calendar::Authority::LocalOther => Authority::LocalOther,
    }
}

fn dispute_type(row: TypeRow) -> DisputeType {
    DisputeType {
        scheme: row.scheme,
        code: row.type_code,
        parent: row.parent_code,
        name_zh: row.name_zh,
        name_en: row.name_en,
        usage: row.usage,
        mapped: row.mapped_code,
        body_zh: row.competent_body_zh,
        body_en: row.competent_body_en,
    }
}
