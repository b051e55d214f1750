//! Cells: text that people typed and spreadsheets mangled. A fault repeats a cell only when it looks like a code, and a
//! cell that names or reaches a person never.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;

use super::RawRow;
use crate::domain::code::{AreaCode, GridCode, Slug, has_a_long_number, looks_like_a_code};
use crate::domain::import::Fault;
use crate::domain::limits;
use crate::domain::place::Point;
use crate::domain::suggest;

/// Every reason of a fault, in English and Chinese; the names are those of `RowFaultReason`.
pub const REASONS: &[(&str, &str, &str)] = &[
    ("MISSING", "is required", "必填"),
    ("UNKNOWN_COLUMN", "is no column of this kind of table", "该类表格没有此列"),
    ("NOT_A_CODE", "is not a code of the right length", "不是位数正确的代码"),
    (
        "SCIENTIFIC_NUMBER",
        "was turned into a number by a spreadsheet; format the column as text",
        "代码被表格软件转成了科学计数；请将该列设为文本格式",
    ),
    (
        "LEADING_ZERO_LOST",
        "lost digits in a spreadsheet; format the column as text",
        "代码开头的零被表格软件去掉；请将该列设为文本格式",
    ),
    ("NOT_A_DATE", "is not a date such as 2026-02-13", "不是 2026-02-13 形式的日期"),
    (
        "DATE_SERIAL",
        "is a spreadsheet's day number; format the column as text",
        "日期被表格软件转成了序号；请将该列设为文本格式",
    ),
    ("NOT_A_NUMBER", "is not a number", "不是数字"),
    ("OUT_OF_RANGE", "is outside what is allowed", "超出允许范围"),
    ("FORMULA", "begins like a formula (= + - @ or a tab)", "以公式字符开头（= + - @ 或制表符）"),
    ("TOO_LONG", "is too long", "过长"),
    (
        "CONTROL_CHARACTER",
        "has characters that were read in a wrong encoding",
        "含有控制字符，或文件编码读取有误",
    ),
    ("UNKNOWN_VALUE", "is not one of the values of this column", "不是该列允许的取值"),
    ("UNKNOWN_PARENT", "is not below a known area or grid", "所属区划或网格不存在"),
    ("PARENT_MISMATCH", "does not fit with the beginning of the code", "与代码开头不一致"),
    ("OUTSIDE_CALLER", "lies outside your area", "不在您的辖区内"),
    ("DUPLICATE", "came before in this import", "在本次导入中重复"),
    ("RETIRED", "has ended; codes are never used again", "已停用；代码不再重复使用"),
    ("IMMUTABLE", "never changes, and differs from what is there", "不可更改，与现有内容不一致"),
    ("BAD_OUTLINE", "is no outline", "不是有效的边界"),
    ("OUTLINE_OUTSIDE", "lies outside the nearest area with an outline", "超出上级边界"),
    ("OUTLINE_OVERLAP", "overlaps a neighbouring grid", "与相邻网格重叠"),
    ("UNKNOWN_REFERENCE", "names something that is not known", "引用的单位、人员或网格不存在"),
    ("LATER_CHANGE", "is before a later change of the grid", "该网格在此日期之后已有变更"),
    (
        "DATE_CONFLICT",
        "does not fit with when the area or grid above exists",
        "与上级区划或网格的存续日期冲突",
    ),
    ("TOO_MANY", "has too many entries", "条目过多"),
    ("WRONG_TIER", "is not the level of the area", "与区划层级不一致"),
    (
        "NOT_A_LIMIT",
        "is not a length of time such as 5wd, 7d or 24h",
        "不是 5wd、7d、24h 形式的时限",
    ),
];

/// Most unknown columns that are told of.
const MOST_TOLD: usize = 100;
/// Columns whose cells name or reach a person.
const PERSONAL: &[&str] = &["name", "work_phone"];
/// Columns of codes, which are long numbers by nature.
const CODES: &[&str] = &[
    "code",
    "code12",
    "parent_code",
    "area_code",
    "community_code",
    "grid_code",
    "parent_grid_code",
    "grid_codes",
    "served_areas",
];

/// The cells of a row, with what is wrong with them so far.
pub(super) struct Cells<'a> {
    row: &'a RawRow,
    pub(super) faults: Vec<Fault>,
    /// Columns with something in them that this kind of table does not have.
    pub(super) unknown: Vec<&'a str>,
}

impl<'a> Cells<'a> {
    /// Looks for what no cell may have.
    pub(super) fn new(row: &'a RawRow, columns: &[&str]) -> Self {
        let mut cells = Cells { row, faults: Vec::new(), unknown: Vec::new() };
        for (column, text) in &row.cells {
            if !columns.contains(&column.as_str()) {
                if !text.is_empty() {
                    cells.unknown.push(column);
                }
            } else if text
                .chars()
                .any(|sign| sign.is_control() && sign != '\t' || sign == '\u{fffd}')
            {
                cells.fault(column, "CONTROL_CHARACTER");
            } else if begins_like_a_formula(column, text) {
                cells.fault(column, "FORMULA");
            }
        }
        cells
    }

    /// Tells of unknown columns that were not told of before, with the column that may be meant.
    pub(super) fn tell_unknown(&mut self, columns: &[&str], told: &mut BTreeSet<String>) {
        for column in std::mem::take(&mut self.unknown) {
            let shown = if repeatable("", column) { column } else { "?" };
            if told.len() >= MOST_TOLD || !told.insert(shown.to_owned()) {
                continue;
            }
            self.add(shown, "", "UNKNOWN_COLUMN");
            if let Some(meant) = suggest::nearest_text(column, columns)
                && let Some(fault) = self.faults.last_mut()
            {
                fault.message.push_str(&format!("; did you mean {meant}"));
                fault.message_zh.push_str(&format!("，是否指 {meant}"));
            }
        }
    }

    /// Says what is wrong with a cell.
    pub(super) fn fault(&mut self, column: &str, reason: &'static str) {
        let value = self.row.cells.get(column).map_or("", String::as_str).to_owned();
        self.add(column, &value, reason);
    }

    fn add(&mut self, column: &str, value: &str, reason: &'static str) {
        let found = REASONS.iter().find(|(name, ..)| *name == reason);
        let (_, en, zh) = found.copied().unwrap_or((reason, "is wrong", "有误"));
        let value = match value.trim() {
            "" => String::new(),
            code if repeatable(column, code) => code.to_owned(),
            other => format!("({} characters)", other.chars().count()),
        };
        self.faults.push(Fault {
            line: self.row.line,
            column: column.to_owned(),
            value,
            reason: reason.to_owned(),
            message: format!("{column} {en}"),
            message_zh: format!("{column}：{zh}"),
        });
    }

    /// The cell, unless it is empty.
    pub(super) fn text(&self, column: &str) -> Option<&'a str> {
        let text = self.row.cells.get(column)?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The cell, which must not be empty.
    pub(super) fn required(&mut self, column: &str) -> Option<&'a str> {
        let text = self.text(column);
        if text.is_none() {
            self.fault(column, "MISSING");
        }
        text
    }

    /// Whether the table has this column, be the cell empty or not.
    pub(super) fn has(&self, column: &str) -> bool {
        self.row.cells.contains_key(column)
    }

    /// A name of at most `most` characters.
    pub(super) fn name(&mut self, column: &str, most: usize) -> Option<String> {
        let text = self.required(column)?;
        if text.chars().count() > most {
            self.fault(column, "TOO_LONG");
            return None;
        }
        Some(text.to_owned())
    }

    /// The code of an area; required.
    pub(super) fn area(&mut self, column: &str) -> Option<AreaCode> {
        let text = self.required(column)?;
        let code = AreaCode::parse(text).ok();
        self.or_mangled(column, text, code, &[2, 4, 6, 9, 12])
    }

    /// The code of a grid; required.
    pub(super) fn grid(&mut self, column: &str) -> Option<GridCode> {
        let text = self.required(column)?;
        let code = GridCode::parse(text).ok();
        self.or_mangled(column, text, code, &[15])
    }

    fn or_mangled<T>(
        &mut self,
        column: &str,
        text: &str,
        code: Option<T>,
        lengths: &[usize],
    ) -> Option<T> {
        if code.is_none() {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse::<f64>().is_ok();
            let lost = |length: &usize| text.len() < *length && length - text.len() <= 2;
            self.fault(
                column,
                match () {
                    () if number && !digits => "SCIENTIFIC_NUMBER",
                    () if digits && lengths.iter().any(lost) => "LEADING_ZERO_LOST",
                    () => "NOT_A_CODE",
                },
            );
        }
        code
    }

    /// An id; required.
    pub(super) fn slug(&mut self, column: &str) -> Option<Slug> {
        let id = Slug::parse(self.required(column)?).ok();
        if id.is_none() {
            self.fault(column, "NOT_A_CODE");
        }
        id
    }

    /// Parts of a list separated by semicolons, each read by `parse`.
    pub(super) fn list<T: Ord, E>(
        &mut self,
        column: &str,
        most: usize,
        parse: fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let text = self.text(column).unwrap_or_default();
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        let Some(list) = parts.map(|part| parse(part).ok()).collect::<Option<Vec<T>>>() else {
            return self.none(column, "NOT_A_CODE");
        };
        if list.len() > most {
            return self.none(column, "TOO_MANY");
        }
        if list.iter().collect::<BTreeSet<&T>>().len() != list.len() {
            return self.none(column, "DUPLICATE");
        }
        Some(list)
    }

    /// A date, or nothing when the cell is empty.
    pub(super) fn date(&mut self, column: &str) -> Option<Date> {
        let text = self.text(column)?;
        let date = calendar::written_day(text);
        let serial =
            text.parse::<f64>().is_ok_and(|number| (10_000.0..100_000.0).contains(&number));
        match date {
            Some(date) if (1949..2200).contains(&date.year()) => Some(date),
            Some(_) => self.none(column, "OUT_OF_RANGE"),
            None if serial => self.none(column, "DATE_SERIAL"),
            None => self.none(column, "NOT_A_DATE"),
        }
    }

    /// A whole number from 0 to `most`; required.
    pub(super) fn number(&mut self, column: &str, most: u32) -> Option<u32> {
        let text = self.required(column)?;
        // Spreadsheets show whole numbers as 300.0.
        match text.strip_suffix(".0").unwrap_or(text).parse::<i64>() {
            Ok(number) => match u32::try_from(number) {
                Ok(number) if number <= most => Some(number),
                Ok(_) | Err(_) => self.none(column, "OUT_OF_RANGE"),
            },
            Err(_) => self.none(column, "NOT_A_NUMBER"),
        }
    }

    /// A place; nothing when both cells are empty.
    pub(super) fn point(&mut self) -> Option<Point> {
        let (longitude, latitude) = (self.text("longitude"), self.text("latitude"));
        if longitude.is_none() && latitude.is_none() {
            return None;
        }
        let degrees = |text: Option<&str>| text.and_then(|text| text.parse::<f64>().ok());
        match (degrees(longitude), degrees(latitude)) {
            (None, _) => self.none("longitude", "NOT_A_NUMBER"),
            (_, None) => self.none("latitude", "NOT_A_NUMBER"),
            (Some(east), Some(north)) => match Point::of(east, north) {
                Some(point) => Some(point),
                None => self.none("longitude", "OUT_OF_RANGE"),
            },
        }
    }

    /// One of the names of an enum; nothing when the cell is empty.
    pub(super) fn choice<T: DeserializeOwned>(&mut self, column: &str) -> Option<T> {
        let text = self.text(column)?;
        match T::deserialize(IntoDeserializer::<ValueError>::into_deserializer(text)) {
            Ok(choice) => Some(choice),
            Err(_) => self.none(column, "UNKNOWN_VALUE"),
        }
    }

    pub(super) fn none<T>(&mut self, column: &str, reason: &'static str) -> Option<T> {
        self.fault(column, reason);
        None
    }
}

/// A spreadsheet that opens the export would run such a cell. Numbers and phones may have a sign.
fn begins_like_a_formula(column: &str, text: &str) -> bool {
    let signed_number = matches!(column, "longitude" | "latitude" | "households")
        && text.trim().parse::<f64>().is_ok();
    let phone = column == "work_phone" && limits::is_phone(text.trim());
    limits::begins_like_a_formula(text) && !signed_number && !phone
}

/// Whether a fault may repeat what stands in a cell.
fn repeatable(column: &str, text: &str) -> bool {
    let number = CODES.contains(&column) || !has_a_long_number(text);
    number && !PERSONAL.contains(&column) && looks_like_a_code(text)
}
