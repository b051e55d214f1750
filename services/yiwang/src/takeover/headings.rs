//! What stands above the columns of a ledger, in English or Chinese, and what may not stand there.

use std::collections::BTreeMap;

use dispatch::ledger_columns::{COLUMNS, Column, is_not_kept, meant};

use crate::fault::Fault;
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

/// What stands above the columns of a file, and which column of the contract each one is.
#[derive(Debug, Default)]
pub(super) struct Headings {
    names: BTreeMap<String, &'static str>,
}

impl Headings {
    /// Gives the cells of rows the names of the contract; leaves those out that are to be dropped; says what is wrong with the
    /// other columns.
    pub(super) fn read(sheet: &mut Sheet, dropped: &[String]) -> (Headings, Vec<Fault>) {
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
            let named = cells
                .filter_map(|(heading, cell)| Some(((*names.get(&heading)?).to_owned(), cell)));
            row.cells = named.collect();
        }
        (Headings { names }, faults)
    }

    /// The name of the contract for a heading; none for columns that were dropped.
    pub(super) fn meant(&self, heading: &str) -> Option<&'static str> {
        self.names.get(heading).copied()
    }

    /// A fault of the server, which names columns as the contract does, with the headings of the file instead.
    pub(super) fn in_words_of_the_file(&self, fault: Fault) -> Fault {
        let en = self.with_headings(&fault.en, |column| column.name);
        let zh = self.with_headings(&fault.zh, |column| column.zh);
        let heading = self.heading(&fault.column).map(str::to_owned);
        Fault { column: heading.unwrap_or(fault.column), en, zh, ..fault }
    }

    fn heading(&self, name: &str) -> Option<&str> {
        self.names.iter().find(|(_, known)| **known == name).map(|(heading, _)| heading.as_str())
    }

    /// A message with headings for names of columns; `otherwise` names those that the file does not have.
    fn with_headings(&self, text: &str, otherwise: fn(&Column) -> &'static str) -> String {
        let (mut said, mut rest) = (String::with_capacity(text.len()), text);
        while !rest.is_empty() {
            let in_word = |sign: char| sign.is_ascii_lowercase() || sign == '_';
            let end = rest.find(|sign: char| !in_word(sign)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let column = COLUMNS.iter().find(|column| column.name == word);
            // Some names are words of everyday; a message begins with its column, and ends with another one in brackets.
            let named = said.is_empty() || word.contains('_') || after.starts_with([')', '）']);
            match column.filter(|_| named) {
                Some(column) => {
                    said.push_str(self.heading(column.name).unwrap_or(otherwise(column)));
                }
                None => said.push_str(word),
            }
            let next = after.find(in_word).unwrap_or(after.len());
            said.push_str(&after[..next]);
            rest = &after[next..];
        }
        said
    }
}

fn fault(line: u32, heading: &str, reason: &str, en: String, zh: String) -> Fault {
    let (column, value) = (heading.to_owned(), heading.to_owned());
    Fault { line, column, value, reason: reason.to_owned(), en, zh }
}

fn twice(line: u32, heading: &str, column: &Column) -> Fault {
    let (name, zh) = (column.name, column.zh);
    fault(
        line,
        heading,
        "DUPLICATE",
        format!("{heading} means {name}, as another column does; leave one out with --drop-column"),
        format!("“{heading}”与另一列同为“{zh}”；请用 --drop-column 去掉其一"),
    )
}

fn unknown(line: u32, heading: &str) -> Fault {
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
        assert!(Headings::read(&mut chinese, &[]).1.is_empty());
        assert!(chinese.rows[0].cells.keys().eq(["accept_date", "number", "party_names"]));
    }

    #[test]
    fn what_is_never_kept_is_refused_by_name_unless_it_is_dropped() {
        let columns = ["编号", "身份证号", "案号", "acept_date", "受理日期", "受理时间"];
        let mut ledger = sheet(&columns);
        let (_, faults) = Headings::read(&mut ledger, &[]);
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
        assert!(faults[2].en.ends_with("did you mean accept_date"), "{}", faults[2].en);
        assert!(ledger.rows[0].cells.keys().eq(["accept_date", "number"]));
        let dropped = ["身份证号", "案号", "ACEPT_DATE", "受理时间"].map(str::to_owned);
        assert!(Headings::read(&mut sheet(&columns), &dropped).1.is_empty());
    }

    #[test]
    fn a_fault_names_columns_as_the_file_does() {
        let (headings, _) = Headings::read(&mut sheet(&["编号", "受理时间", "people"]), &[]);
        let told = |column: &str, en: &str, zh: &str| {
            let (en, zh) = (format!("{column} {en}"), format!("{column}：{zh}"));
            let fault = Fault { column: column.to_owned(), en, zh, ..Fault::default() };
            let told = headings.in_words_of_the_file(fault);
            (told.column, told.en, told.zh)
        };
        let said = |column: &str, en: &str, zh: &str| {
            (column.to_owned(), format!("{column} {en}"), format!("{column}：{zh}"))
        };
        // Words that are no columns stay what they are, and so do columns of the same name.
        assert_eq!(
            told("number", "is not a number", "不是数字"),
            said("编号", "is not a number", "不是数字")
        );
        assert_eq!(
            told("people", "is not a number", "不是数字"),
            said("people", "is not a number", "不是数字")
        );
        assert_eq!(
            told("accept_date", "does not fit (number)", "矛盾（number）"),
            said("受理时间", "does not fit (编号)", "矛盾（编号）")
        );
        // A column that the file does not have yet is named as it would be in a template.
        let (_, en, zh) =
            told("old_type_code", "can be several; name one in type_code", "请在 type_code 中填写");
        assert_eq!(en, "old_type_code can be several; name one in type_code");
        assert_eq!(zh, "原类别：请在 类型代码 中填写");
    }

    #[test]
    fn a_template_has_every_column_and_one_row() {
        assert_eq!(template_headings().len(), template_row().len());
        assert!(template_headings().contains(&"受理日期"));
    }
}
