//! The catalogue as tables: on the screen, and in files that can be imported again.

use clap::ValueEnum;
use registry::domain::table::catalogue::{LIMIT_COLUMNS, MATTER_COLUMNS, TYPE_COLUMNS};
use yiwang_proto::registry::v1::{
    AreaLevel, CatalogueFacts, CatalogueTable, DisputeTypeFacts, LimitRuleFacts, MatterFacts,
    UnitKind,
};

use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;

/// A table of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Table {
    /// What may be asked of grid workers.
    Matters,
    /// How long each step may take.
    #[value(name = "limits")]
    LimitRules,
    /// Types of disputes, and what they mean in other schemes.
    Types,
}

impl Table {
    /// As the contract names it.
    pub(super) fn wire(self) -> CatalogueTable {
        match self {
            Table::Matters => CatalogueTable::Matters,
            Table::LimitRules => CatalogueTable::LimitRules,
            Table::Types => CatalogueTable::Types,
        }
    }

    /// Columns of a file.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Table::Matters => MATTER_COLUMNS,
            Table::LimitRules => LIMIT_COLUMNS,
            Table::Types => TYPE_COLUMNS,
        }
    }

    /// Rows of a file.
    pub(super) fn rows(self, facts: &CatalogueFacts) -> Vec<Vec<String>> {
        match self {
            Table::Matters => facts.matters.iter().map(matter_row).collect(),
            Table::LimitRules => facts.limit_rules.iter().map(limit_row).collect(),
            Table::Types => facts.types.iter().map(type_row).collect(),
        }
    }

    /// Shows the table to people.
    pub(super) fn show(self, screen: Screen, facts: &CatalogueFacts) -> Result<(), Failure> {
        match self {
            Table::Matters => show_matters(screen, &facts.matters),
            Table::LimitRules => show_limits(screen, &facts.limit_rules),
            Table::Types => show_types(screen, &facts.types),
        }
    }
}

/// A value of an enumeration as tables write it; empty when nothing was said.
fn name(wire: &str, prefix: &str) -> String {
    let name = wire.strip_prefix(prefix).unwrap_or(wire).to_lowercase();
    if name == "unspecified" { String::new() } else { name }
}

fn matter_row(matter: &MatterFacts) -> Vec<String> {
    let kinds = matter.handler_kinds.iter().map(|kind| {
        let kind = UnitKind::try_from(*kind).unwrap_or_default();
        name(kind.as_str_name(), "UNIT_KIND_")
    });
    let approval = matter.approval.clone().unwrap_or_default();
    vec![
        matter.matter_code.clone(),
        matter.class_code.clone(),
        matter.name_zh.clone(),
        matter.name_en.clone(),
        matter.type_codes.join(";"),
        Vec::from_iter(kinds).join(";"),
        matter.handler_unit_ids.join(";"),
        if matter.temporary { "yes" } else { "no" }.to_owned(),
        matter.valid_from_date.clone(),
        matter.valid_to_date.clone(),
        approval.approver_code,
        approval.document_code,
        approval.approved_date,
    ]
}

fn limit_row(rule: &LimitRuleFacts) -> Vec<String> {
    let tier = AreaLevel::try_from(rule.tier).unwrap_or_default();
    vec![
        rule.rule_key.clone(),
        rule.matter_code.clone(),
        name(rule.step().as_str_name(), "LIMIT_STEP_"),
        name(tier.as_str_name(), "AREA_LEVEL_"),
        name(rule.level().as_str_name(), "MATTER_LEVEL_"),
        rule.limit.clone(),
        rule.yellow_before.clone(),
        rule.red_after.clone(),
        rule.extension_max.clone(),
        name(rule.authority().as_str_name(), "LIMIT_AUTHORITY_"),
        rule.source.clone(),
        rule.valid_from_date.clone(),
        rule.valid_to_date.clone(),
        rule.law_limit.clone(),
    ]
}

fn type_row(one: &DisputeTypeFacts) -> Vec<String> {
    vec![
        name(one.scheme().as_str_name(), "TYPE_SCHEME_"),
        one.type_code.clone(),
        one.mapped_code.clone(),
        one.parent_code.clone(),
        one.name_zh.clone(),
        one.name_en.clone(),
        name(one.r#use().as_str_name(), "TYPE_USE_"),
        one.competent_body_zh.clone(),
        one.competent_body_en.clone(),
    ]
}

pub(super) fn show_matters(screen: Screen, matters: &[MatterFacts]) -> Result<(), Failure> {
    let rows = matters.iter().map(|matter| {
        let approval = matter.approval.clone().unwrap_or_default();
        vec![
            matter.matter_code.clone(),
            matter.class_code.clone(),
            matter.name_zh.clone(),
            if matter.temporary { "yes 是" } else { "" }.to_owned(),
            matter.valid_from_date.clone(),
            matter.valid_to_date.clone(),
            approval.document_code,
        ]
    });
    let header = [
        "Matter 事项",
        "Class 类别",
        "Name 名称",
        "Temporary 临时",
        "From 起",
        "Until 止",
        "Approved by 批准文号",
    ];
    screen.table(&header, rows.collect())
}

fn show_limits(screen: Screen, rules: &[LimitRuleFacts]) -> Result<(), Failure> {
    let rows = rules.iter().map(|rule| {
        vec![
            rule.rule_key.clone(),
            rule.matter_code.clone(),
            labels::limit_step::label(rule.step),
            labels::area_level::label(rule.tier),
            labels::matter_level::label(rule.level),
            rule.limit.clone(),
            labels::limit_authority::label(rule.authority),
            rule.source.clone(),
            rule.valid_to_date.clone(),
        ]
    });
    let header = [
        "Rule 规则",
        "Matter 事项",
        "Step 环节",
        "Tier 层级",
        "Level 难易",
        "Limit 时限",
        "Authority 效力",
        "Source 依据",
        "Until 止",
    ];
    screen.table(&header, rows.collect())
}

fn show_types(screen: Screen, types: &[DisputeTypeFacts]) -> Result<(), Failure> {
    let rows = types.iter().map(|one| {
        vec![
            labels::type_scheme::label(one.scheme),
            one.type_code.clone(),
            one.name_zh.clone(),
            labels::catalogue_use::label(one.r#use),
            one.mapped_code.clone(),
        ]
    });
    let header = ["Scheme 方案", "Type 类型", "Name 名称", "Use 用途", "Mapped 对应"];
    screen.table(&header, rows.collect())
}
