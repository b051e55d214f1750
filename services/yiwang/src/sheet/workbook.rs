//! XLSX.

use std::io::Cursor;

use calamine::{Data, Dimensions, Reader as _, Xlsx};

use super::formula::original;
use super::read::{Builder, Limits};
use super::{Notice, Sheet, SheetError, column_letters, delimited};
use crate::fault::Fault;

/// A workbook may unpack to so many times the size limit; more is a trap, not a table.
const UNPACKED: u64 = 8;

pub(super) fn read(bytes: &[u8], limits: Limits) -> Result<Sheet, SheetError> {
    check_unpacked(bytes, limits)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let names = book.sheet_names();
    let Some(name) = names.first() else { return Err(delimited::empty()) };
    let merged = book.merge_cells_by_sheet_name(name).map_err(|_| unreadable())?;
    if let Some(place) = merged.first() {
        return Err(merged_cells(place, merged.len()));
    }
    let mut notices = Vec::new();
    if names.len() > 1 {
        notices.push(Notice {
            en: format!("the workbook has {} sheets; only the first one is read", names.len()),
            zh: format!("工作簿有 {} 个工作表；只读取第一个", names.len()),
        });
    }
    let mut cells = book.worksheet_cells_reader(name).map_err(|_| unreadable())?;
    let mut rows = Rows { table: None, notices, limits, line: 0, row: Row::default() };
    // One cell after the other: a sheet as a whole would be as large as its farthest cell says.
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|_| unreadable())? {
        rows.take(cell.pos, &Data::from(cell.value), cell.formula.is_some())?;
    }
    rows.finish()
}

/// What was said of a row so far.
#[derive(Default)]
struct Row {
    cells: Vec<(u32, String)>,
    refused: Vec<(u32, String, Refusal)>,
}

/// Why a cell is refused: reason, in English, in Chinese.
type Refusal = (&'static str, &'static str, &'static str);

/// Puts rows together from cells, which come row by row.
struct Rows {
    /// The rows below the header, and the column of the first name; nothing before the header.
    table: Option<(Builder, u32)>,
    notices: Vec<Notice>,
    limits: Limits,
    /// The row that is being put together, from 1.
    line: u32,
    row: Row,
}

impl Rows {
    fn take(
        &mut self,
        (row, column): (u32, u32),
        cell: &Data,
        formula: bool,
    ) -> Result<(), SheetError> {
        let line = row.saturating_add(1);
        if line < self.line {
            return Err(unreadable());
        }
        if line > self.line {
            self.end_row()?;
            self.line = line;
        }
        let refusal = refused(cell, formula);
        if matches!(cell, Data::Empty) && refusal.is_none() {
            return Ok(());
        }
        let first = self.table.as_ref().map_or(0, |(_, first)| *first);
        let widest = u32::try_from(self.limits.columns).unwrap_or(u32::MAX);
        if column < first || column - first >= widest && self.table.is_some() {
            return Err(stray(column, line));
        }
        match refusal {
            Some(refusal) => self.row.refused.push((column, shown(cell), refusal)),
            None => self.row.cells.push((column, text(cell))),
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), SheetError> {
        let row = std::mem::take(&mut self.row);
        let Some((builder, first)) = &mut self.table else { return self.header(&row) };
        let sound = row.refused.is_empty();
        for (column, value, (reason, en, zh)) in row.refused {
            let place = format!("{}{}", column_letters(column), self.line);
            let at = usize::try_from(column - *first).unwrap_or(usize::MAX);
            let fault = Fault {
                line: self.line,
                column: builder.column(at).to_owned(),
                value,
                reason: reason.to_owned(),
                en: format!("{place}: {en}"),
                zh: format!("{place}：{zh}"),
            };
            builder.fault(fault)?;
        }
        if !sound {
            return Ok(());
        }
        let cells = spread(row.cells, *first, builder.width());
        builder.add(self.line, cells)
    }

    /// The first row that has anything is the header.
    fn header(&mut self, row: &Row) -> Result<(), SheetError> {
        if let Some((column, ..)) = row.refused.first() {
            return Err(stray(*column, self.line));
        }
        let columns = || row.cells.iter().map(|(column, _)| *column);
        let Some((first, last)) = columns().min().zip(columns().max()) else { return Ok(()) };
        if usize::try_from(last - first).unwrap_or(usize::MAX) >= self.limits.columns {
            return Err(stray(last, self.line));
        }
        let names = spread(row.cells.clone(), first, 0);
        let notices = std::mem::take(&mut self.notices);
        let names = names.iter().map(String::as_str);
        let builder = Builder::new(self.line, names, notices, self.limits)?;
        self.table = Some((builder, first));
        Ok(())
    }

    fn finish(mut self) -> Result<Sheet, SheetError> {
        self.end_row()?;
        let Some((builder, _)) = self.table else { return Err(delimited::empty()) };
        builder.finish()
    }
}

/// A row as the reader of CSV would have it: every cell in its place, at least `width` of them.
fn spread(cells: Vec<(u32, String)>, first: u32, width: usize) -> Vec<String> {
    let mut row = vec![String::new(); width];
    for (column, text) in cells {
        let at = usize::try_from(column - first).unwrap_or(usize::MAX);
        if at >= row.len() {
            row.resize(at + 1, String::new());
        }
        row[at] = text;
    }
    row
}

fn stray(column: u32, line: u32) -> SheetError {
    let place = format!("{}{line}", column_letters(column));
    SheetError::new(
        "STRAY_CELL",
        format!("cell {place} lies outside the table: there is no column name for it; clear it"),
        format!("单元格 {place} 在表格之外，没有对应的列名；请清除"),
    )
}

/// What a table must not have in a cell.
fn refused(cell: &Data, formula: bool) -> Option<Refusal> {
    if formula {
        return Some((
            "FORMULA",
            "the cell is a formula; paste its value",
            "单元格是公式；请粘贴为数值",
        ));
    }
    match cell {
        Data::Error(_) => {
            Some(("CELL_ERROR", "the cell shows an error (#…)", "单元格显示错误（#…）"))
        }
        Data::Int(_)
        | Data::Float(_)
        | Data::String(_)
        | Data::Bool(_)
        | Data::DateTime(_)
        | Data::DateTimeIso(_)
        | Data::DurationIso(_)
        | Data::Empty => None,
    }
}

/// A refused cell as the spreadsheet shows it.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Error(error) => error.to_string(),
        Data::Int(_)
        | Data::Float(_)
        | Data::String(_)
        | Data::Bool(_)
        | Data::DateTime(_)
        | Data::DateTimeIso(_)
        | Data::DurationIso(_)
        | Data::Empty => text(cell),
    }
}

/// A cell as text: numbers as they are stored, so that a serial date stays a serial number.
fn text(cell: &Data) -> String {
    match cell {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::String(text) => original(text.trim()).to_owned(),
        Data::Bool(true) => "TRUE".to_owned(),
        Data::Bool(false) => "FALSE".to_owned(),
        Data::DateTime(date) if date.is_datetime() => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTime(duration) => duration.as_f64().to_string(),
        Data::DateTimeIso(text) | Data::DurationIso(text) => {
            text.split('T').next().unwrap_or_default().to_owned()
        }
        Data::Error(_) | Data::Empty => String::new(),
    }
}

fn merged_cells(place: &Dimensions, count: usize) -> SheetError {
    let cell = |(row, column): (u32, u32)| format!("{}{}", column_letters(column), row + 1);
    let range = format!("{}:{}", cell(place.start), cell(place.end));
    SheetError::new(
        "MERGED_CELLS",
        format!("{count} merged range(s), the first at {range}: unmerge and fill every cell"),
        format!("有 {count} 处合并单元格，第一处在 {range}：请取消合并并填满每个单元格"),
    )
}

fn unreadable() -> SheetError {
    SheetError::new(
        "NOT_A_WORKBOOK",
        "the file begins like XLSX but cannot be read: it is cut off, damaged or another kind of ZIP file",
        "文件开头像 XLSX，但无法读取：文件不完整、已损坏或是其他 ZIP 文件",
    )
}

/// Adds up what the directory of the ZIP file says its entries unpack to.
fn check_unpacked(bytes: &[u8], limits: Limits) -> Result<(), SheetError> {
    const ENTRY: &[u8] = b"PK\x01\x02";
    let size = |entry: &[u8]| {
        let field = entry.get(24..28).and_then(|field| field.try_into().ok());
        field.map_or(0, |field| u64::from(u32::from_le_bytes(field)))
    };
    let entries = bytes.windows(4).enumerate().filter(|(_, start)| *start == ENTRY);
    let unpacked: u64 = entries.map(|(at, _)| size(&bytes[at..])).sum();
    if unpacked > limits.bytes.saturating_mul(UNPACKED) {
        return Err(SheetError::new(
            "TOO_LARGE",
            format!("the workbook unpacks to {} MiB; split it", unpacked >> 20),
            format!("工作簿解压后有 {} MiB；请拆分后导入", unpacked >> 20),
        ));
    }
    Ok(())
}
