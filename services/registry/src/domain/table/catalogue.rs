//! Tables of the catalogue: few rows, checked beside the whole draft at once.

use std::collections::{BTreeMap, BTreeSet};

use calendar::Limit;
use jiff::civil::Date;

use super::RawRow;
use super::cells::Cells;
use crate::domain::catalogue::{
    Begin, Catalogue, Edit, Fault as CatalogueFault, LimitRule, Matter, RuleKey, Scheme, TypeCode,
};
use crate::domain::code::{Level, Slug};
use crate::domain::day::Period;
use crate::domain::decide::wrong_with;
use crate::domain::import::Fault;
use crate::domain::limits;

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Matters.
    Matters,
    /// Time limits.
    LimitRules,
    /// What codes of types mean.
    Types,
}

/// Columns of matters; the last three are shown only.
pub const MATTER_COLUMNS: &[&str] = &[
    "matter_code",
    "class_code",
    "name_zh",
    "name_en",
    "type_codes",
    "handler_kinds",
    "handler_unit_ids",
    "temporary",
    "valid_from",
    "valid_to",
    "approver_code",
    "document_code",
    "approved_on",
];
/// Columns of time limits; the last one is shown only.
pub const LIMIT_COLUMNS: &[&str] = &[
    "rule_key",
    "matter_code",
    "step",
    "tier",
    "level",
    "limit",
    "yellow_before",
    "red_after",
    "extension_max",
    "authority",
    "source",
    "valid_from",
    "valid_to",
    "law_limit",
];
/// Columns of types; all but the first three are shown only.
pub const TYPE_COLUMNS: &[&str] = &[
    "scheme",
    "type_code",
    "mapped_code",
    "parent_code",
    "name_zh",
    "name_en",
    "use",
    "competent_body_zh",
    "competent_body_en",
];

/// Columns of a kind of table.
pub fn columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Matters => MATTER_COLUMNS,
        Kind::LimitRules => LIMIT_COLUMNS,
        Kind::Types => TYPE_COLUMNS,
    }
}

/// Rows as an edit, with everything that is wrong with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// The good rows.
    pub edit: Edit,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// Line of each entry, named as in faults of the catalogue.
    lines: BTreeMap<String, u32>,
}

/// Reads rows.
pub fn read(kind: Kind, rows: &[RawRow]) -> Read {
    let mut read = Read::default();
    let mut told = BTreeSet::new();
    for row in rows {
        let mut cells = Cells::new(row, columns(kind));
        let name = match kind {
            Kind::Matters => matter(&mut cells).map(|entry| {
                let name = format!("matter/{}", entry.0.code);
                read.edit.matters.push(entry);
                name
            }),
            Kind::LimitRules => limit(&mut cells).map(|entry| {
                let name = format!("limit_rule/{}", entry.0.key);
                read.edit.limits.push(entry);
                name
            }),
            Kind::Types => mapping(&mut cells).map(|entry| {
                let name = type_name(entry.0, &entry.1);
                read.edit.mappings.push(entry);
                name
            }),
        };
        if let Some(name) = name
            && read.lines.insert(name, row.line).is_some()
        {
            cells.fault(columns(kind)[usize::from(kind == Kind::Types)], "DUPLICATE");
        }
        cells.tell_unknown(columns(kind), &mut told);
        read.faults.append(&mut cells.faults);
    }
    read
}

fn type_name(scheme: Scheme, code: &TypeCode) -> String {
    format!("type/{}/{code}", crate::project::name(&scheme))
}

impl Read {
    /// Adds what is wrong with the rows beside what is in the draft.
    pub fn beside(
        &mut self,
        known: &Catalogue,
        holds: &Catalogue,
        today: Date,
        goes_on: impl Fn(&Slug) -> bool,
    ) {
        let (entries, unknown) = self.edit.entries(known, holds, today);
        let unknown = unknown.iter().map(|(scheme, code)| {
            CatalogueFault::of(type_name(*scheme, code), "TYPE_UNKNOWN", code)
        });
        let wrong = wrong_with(known, holds, &entries, goes_on);
        for fault in unknown.chain(wrong) {
            let (message, message_zh) = fault.words();
            self.faults.push(Fault {
                // What is wrong elsewhere because of a row names the entry instead of a line.
                line: self.lines.get(&fault.entry).copied().unwrap_or(0),
                column: String::new(),
                value: fault.entry,
                reason: fault.reason.to_owned(),
                message,
                message_zh,
            });
        }
        self.faults.sort_by_key(|fault| fault.line);
    }
}

fn code<T, E>(cells: &mut Cells<'_>, column: &str, parse: fn(&str) -> Result<T, E>) -> Option<T> {
    match parse(cells.required(column)?) {
        Ok(code) => Some(code),
        Err(_) => cells.none(column, "NOT_A_CODE"),
    }
}

/// A code, or nothing when the cell is empty; the outer `None` = it is wrong.
fn maybe(cells: &mut Cells<'_>, column: &str) -> Option<Option<Slug>> {
    match cells.text(column) {
        None => Some(None),
        Some(text) => match Slug::parse(text) {
            Ok(code) => Some(Some(code)),
            Err(_) => cells.none(column, "NOT_A_CODE"),
        },
    }
}

fn choice<T: serde::de::DeserializeOwned>(cells: &mut Cells<'_>, column: &str) -> Option<T> {
    cells.required(column)?;
    cells.choice(column)
}

fn period(cells: &mut Cells<'_>) -> (Period, Begin) {
    let (from, to) = (cells.date("valid_from"), cells.date("valid_to"));
    let begin = if from.is_some() { Begin::Said } else { Begin::Open };
    (Period { from: from.unwrap_or(Date::MIN), to }, begin)
}

fn matter(cells: &mut Cells<'_>) -> Option<(Matter, Begin)> {
    let name_zh = cells.name("name_zh", limits::NAME);
    let name_en = cells.text("name_en").unwrap_or_default().to_owned();
    if name_en.chars().count() > limits::NAME {
        cells.fault("name_en", "TOO_LONG");
    }
    let types = cells.list("type_codes", limits::MATTER_TYPES, TypeCode::parse);
    let kinds = cells.list("handler_kinds", limits::HANDLERS, |text| {
        serde_json::from_value(serde_json::Value::String(text.to_owned()))
    });
    let units = cells.list("handler_unit_ids", limits::HANDLERS, Slug::parse);
    let temporary = match cells.text("temporary") {
        None | Some("no") => Some(false),
        Some("yes") => Some(true),
        Some(_) => cells.none("temporary", "UNKNOWN_VALUE"),
    };
    let (period, begin) = period(cells);
    let class = maybe(cells, "class_code");
    let matter = Matter {
        code: code(cells, "matter_code", Slug::parse)?,
        class: class?,
        name_zh: name_zh?,
        name_en,
        types: types?,
        handler_kinds: kinds?,
        handler_units: units?,
        temporary: temporary?,
        period,
        approval: None,
    };
    Some((matter, begin))
}

/// A length of time, or nothing when the cell is empty.
fn length(cells: &mut Cells<'_>, column: &str) -> Option<Limit> {
    match cells.text(column)?.parse() {
        Ok(limit) => Some(limit),
        Err(_) => cells.none(column, "NOT_A_LIMIT"),
    }
}

fn limit(cells: &mut Cells<'_>) -> Option<(LimitRule, Begin)> {
    cells.required("limit");
    let most = length(cells, "limit");
    let [yellow_before, red_after, extension_max] =
        ["yellow_before", "red_after", "extension_max"].map(|column| length(cells, column));
    let source = cells.name("source", limits::SOURCE);
    let (step, authority) = (choice(cells, "step"), choice(cells, "authority"));
    let tier: Option<Level> = cells.choice("tier");
    if tier == Some(Level::Province) {
        cells.fault("tier", "UNKNOWN_VALUE");
    }
    let level = cells.choice("level");
    let (period, begin) = period(cells);
    let matter = code(cells, "matter_code", Slug::parse);
    let rule = LimitRule {
        key: code(cells, "rule_key", RuleKey::parse)?,
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

fn mapping(cells: &mut Cells<'_>) -> Option<(Scheme, TypeCode, TypeCode)> {
    let scheme = choice(cells, "scheme");
    let of = code(cells, "type_code", TypeCode::parse);
    let mapped = code(cells, "mapped_code", TypeCode::parse);
    Some((scheme?, of?, mapped?))
}
