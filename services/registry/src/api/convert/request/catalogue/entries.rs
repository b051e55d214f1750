//! Entries of the catalogue, field by field.

use jiff::civil::Date;
use yiwang_proto::registry::v1 as pb;

use crate::api::convert::catalogue::limit;
use crate::api::convert::enums;
use crate::api::convert::form::Form;
use crate::domain::catalogue::{Begin, LimitRule, Matter, RuleKey, TypeCode};
use crate::domain::code::{Level, Slug};
use crate::domain::day::Period;
use crate::domain::limits::{HANDLERS, MATTER_TYPES, NAME, SOURCE};
use crate::domain::unit::UnitKind;

pub(super) fn matter(form: &mut Form, wire: &pb::MatterFacts) -> Option<(Matter, Begin)> {
    let code = form.code("matter.matter_code", &wire.matter_code, Slug::parse);
    let class = form.optional("matter.class_code", &wire.class_code, Slug::parse);
    let name_zh = form.name("matter.name_zh", &wire.name_zh, NAME);
    let name_en = match wire.name_en.as_str() {
        "" => Some(String::new()),
        name => form.name("matter.name_en", name, NAME),
    };
    let types = form.codes("matter.type_codes", &wire.type_codes, MATTER_TYPES, TypeCode::parse);
    let handler_kinds = kinds(form, &wire.handler_kinds);
    let handler_units =
        form.codes("matter.handler_unit_ids", &wire.handler_unit_ids, HANDLERS, Slug::parse);
    let (period, begin) = period(form, "matter", &wire.valid_from_date, &wire.valid_to_date);
    let matter = Matter {
        code: code?,
        class,
        name_zh: name_zh?,
        name_en: name_en?,
        types,
        handler_kinds,
        handler_units,
        temporary: wire.temporary,
        period,
        approval: None,
    };
    Some((matter, begin))
}

fn kinds(form: &mut Form, wire: &[i32]) -> Vec<UnitKind> {
    if wire.len() > HANDLERS {
        form.wrong("matter.handler_kinds", "TOO_MANY", "has too many entries", "条目过多");
    }
    let one = |(index, kind): (usize, &i32)| {
        form.chosen(&format!("matter.handler_kinds[{index}]"), *kind, enums::to_unit_kind)
    };
    wire.iter().take(HANDLERS).enumerate().filter_map(one).collect()
}

fn period(form: &mut Form, entry: &str, from: &str, to: &str) -> (Period, Begin) {
    let from = form.day(&format!("{entry}.valid_from_date"), from);
    let to = form.day(&format!("{entry}.valid_to_date"), to);
    let begin = if from.is_some() { Begin::Said } else { Begin::Open };
    (Period { from: from.unwrap_or(Date::MIN), to }, begin)
}

pub(super) fn limit_rule(form: &mut Form, wire: &pb::LimitRuleFacts) -> Option<(LimitRule, Begin)> {
    let key = form.code("rule.rule_key", &wire.rule_key, RuleKey::parse);
    let matter = form.code("rule.matter_code", &wire.matter_code, Slug::parse);
    let step = form.chosen("rule.step", wire.step, enums::to_step);
    let tier = tier(form, "rule.tier", wire.tier);
    let level = form.choice("rule.level", wire.level, enums::to_hardness);
    let most = length(form, "rule.limit", &wire.limit);
    if wire.limit.is_empty() {
        form.wrong("rule.limit", "REQUIRED", "is required", "必填");
    }
    let yellow_before = length(form, "rule.yellow_before", &wire.yellow_before);
    let red_after = length(form, "rule.red_after", &wire.red_after);
    let extension_max = length(form, "rule.extension_max", &wire.extension_max);
    let authority = form.chosen("rule.authority", wire.authority, enums::to_authority);
    let source = form.name("rule.source", &wire.source, SOURCE);
    let (period, begin) = period(form, "rule", &wire.valid_from_date, &wire.valid_to_date);
    let rule = LimitRule {
        key: key?,
        matter: matter?,
        step: step?,
        tier,
        level,
        limit: most?,
        yellow_before,
        red_after,
        extension_max,
        authority: authority?,
        source: source?,
        period,
        by_law: None,
    };
    Some((rule, begin))
}

/// A tier that handles matters: a province has none.
pub(super) fn tier(form: &mut Form, field: &str, value: i32) -> Option<Level> {
    let handles = |value| enums::to_level(value).filter(|level| *level != Level::Province);
    form.choice(field, value, handles)
}

/// A length of time; nothing when the field is empty.
fn length(form: &mut Form, field: &str, text: &str) -> Option<calendar::Limit> {
    if text.is_empty() {
        return None;
    }
    let read = limit(text).ok();
    if read.is_none() {
        let en = "must be a length of time such as 5wd, 7d, 24h or 10min";
        form.wrong(field, "MALFORMED", en, "须为 5wd、7d、24h、10min 形式的时限");
    }
    read
}
