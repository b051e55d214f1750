//! What stands above the columns of a ledger, in English or Chinese, and what may not stand there.

use std::collections::BTreeMap;

use dispatch::ledger_columns::{COLUMNS, Column, is_not_kept, meant};
use yiwang_proto::dispatch::v1::LedgerFault;

use crate::sheet::Sheet;

/// Headings of an empty ledger.
#[must_use]
pub fn template_headings() -> Vec<&'static str> {
    COLUMNS.iter().map(|column| column.zh).collect()
}

/// One sample row under them.
#[must_use]
pub fn template_row() -> Vec<String> {
    COLUMNS.iter().map(|column| column.example.to_owned()).collect()
}

/// Gives the columns the names of the contract; leaves those out that are to be dropped; says what is wrong with the others.
pub(super) fn translate(sheet: &mut Sheet, dropped: &[String]) -> Vec<LedgerFault> {
    let dropped: Vec<String> =
        dropped.iter().map(|heading| heading.trim().to_lowercase()).collect();
    let mut names = BTreeMap::<String, &'static str>::new();
    let mut faults = Vec::new();
    for heading in &sheet.columns {
        if dropped.contains(heading) {
            continue;
        }
        match meant(heading) {
            Some(column) if names.values().any(|name| *name == column.name) => {
                faults.push(twice(sheet.header, heading, column));
            }
            Some(column) => {
                names.insert(heading.clone(), column.name);
            }
            None => faults.push(unknown(sheet.header, heading)),
        }
    }
    for row in &mut sheet.rows {
        let cells = std::mem::take(&mut row.cells).into_iter();
        let named =
            cells.filter_map(|(heading, cell)| Some(((*names.get(&heading)?).to_owned(), cell)));
        row.cells = named.collect();
    }
    for fault in &mut sheet.faults {
        if let Some(name) = names.get(&fault.column) {
            (*name).clone_into(&mut fault.column);
        }
    }
    sheet.columns = names.into_values().map(str::to_owned).collect();
    faults
}

fn fault(line: u32, heading: &str, reason: &str, en: String, zh: String) -> LedgerFault {
    LedgerFault {
        line,
        column: heading.to_owned(),
        value: heading.to_owned(),
        reason: reason.to_owned(),
        message: en,
        message_zh: zh,
    }
}

fn twice(line: u32, heading: &str, column: &Column) -> LedgerFault {
    let (name, zh) = (column.name, column.zh);
    fault(
        line,
        heading,
        "DUPLICATE",
        format!("{heading} means {name}, as another column does; leave one out with --drop-column"),
        format!("“{heading}”与另一列同为“{zh}”；请用 --drop-column 去掉其一"),
    )
}

fn unknown(line: u32, heading: &str) -> LedgerFault {
    if is_not_kept(heading) {
        return fault(
            line,
            heading,
            "COLUMN_NOT_KEPT",
            format!(
                "{heading} asks for what is never kept of anybody; leave it out with --drop-column {heading}"
            ),
            format!("“{heading}”属于不予留存的个人信息；请用 --drop-column {heading} 去掉"),
        );
    }
    let names = COLUMNS.iter().flat_map(|column| [column.name, column.zh]);
    let near = names.min_by_key(|known| strsim::damerau_levenshtein(known, heading));
    // One sign of two or three in Chinese may be another word.
    let most = if heading.is_ascii() { 3 } else { 1 };
    let near = near.filter(|known| strsim::damerau_levenshtein(known, heading) <= most);
    let hint = |text: &str| near.map_or(String::new(), |near| format!("{text}{near}"));
    fault(
        line,
        heading,
        "UNKNOWN_COLUMN",
        format!("{heading} is no column of a ledger{}", hint("; did you mean ")),
        format!("台账没有“{heading}”列{}", hint("；您是否要找 ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::SheetRow;

    fn sheet(columns: &[&str]) -> Sheet {
        let cells = columns.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        Sheet {
            header: 1,
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: vec![SheetRow { line: 2, cells }],
            faults: Vec::new(),
            notices: Vec::new(),
        }
    }

    #[test]
    fn headings_of_both_languages_are_translated() {
        let mut chinese = sheet(&["编号", "受理日期", "party_names"]);
        assert!(translate(&mut chinese, &[]).is_empty());
        assert!(chinese.rows[0].cells.keys().eq(["accept_date", "number", "party_names"]));
    }

    #[test]
    fn what_is_never_kept_is_refused_by_name_unless_it_is_dropped() {
        let columns = ["编号", "身份证号", "案号", "acept_date", "受理日期", "受理时间"];
        let mut ledger = sheet(&columns);
        let faults = translate(&mut ledger, &[]);
        let reasons: Vec<_> =
            faults.iter().map(|fault| (fault.column.as_str(), fault.reason.as_str())).collect();
        assert_eq!(
            reasons,
            [
                ("身份证号", "COLUMN_NOT_KEPT"),
                ("案号", "UNKNOWN_COLUMN"),
                ("acept_date", "UNKNOWN_COLUMN"),
                ("受理时间", "DUPLICATE"),
            ]
        );
        assert!(faults[2].message.ends_with("did you mean accept_date"), "{}", faults[2].message);
        assert!(ledger.rows[0].cells.keys().eq(["accept_date", "number"]));
        let dropped = ["身份证号", "案号", "ACEPT_DATE", "受理时间"].map(str::to_owned);
        assert!(translate(&mut sheet(&columns), &dropped).is_empty());
    }

    #[test]
    fn a_template_has_every_column_and_one_row() {
        assert_eq!(template_headings().len(), template_row().len());
        assert!(template_headings().contains(&"受理日期"));
    }
}
