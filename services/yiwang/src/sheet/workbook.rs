//! XLSX.

use std::io::Cursor;

use calamine::{Data, Dimensions, Range, Reader as _, Xlsx};

use super::formula::original;
use super::read::{Builder, Limits};
use super::{Notice, Sheet, SheetError, SheetFault, column_letters, delimited};

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
    let cells = book.worksheet_range(name).map_err(|_| unreadable())?;
    let formulas = book.worksheet_formula(name).map_err(|_| unreadable())?;
    let mut notices = Vec::new();
    if names.len() > 1 {
        notices.push(Notice {
            en: format!("the workbook has {} sheets; only the first one is read", names.len()),
            zh: format!("工作簿有 {} 个工作表；只读取第一个", names.len()),
        });
    }
    rows(&cells, &formulas, notices, limits)
}

fn rows(
    cells: &Range<Data>,
    formulas: &Range<String>,
    notices: Vec<Notice>,
    limits: Limits,
) -> Result<Sheet, SheetError> {
    let Some(((first_row, first_column), (last_row, _))) = cells.start().zip(cells.end()) else {
        return Err(delimited::empty());
    };
    let mut lines = (first_row..=last_row).zip(cells.rows());
    let header = lines.find(|(_, row)| row.iter().any(|cell| !matches!(cell, Data::Empty)));
    let Some((_, header)) = header else { return Err(delimited::empty()) };
    let header: Vec<String> = header.iter().map(text).collect();
    let mut builder = Builder::new(header.iter().map(String::as_str), notices, limits)?;
    for (row, data) in lines {
        let line = row + 1;
        let mut sound = true;
        for (at, cell) in (0..).zip(data) {
            let column = first_column + at;
            let formula = formulas.get_value((row, column)).is_some_and(|text| !text.is_empty());
            if let Some((reason, en, zh)) = refused(cell, formula) {
                let place = format!("{}{line}", column_letters(column));
                let index = usize::try_from(at).unwrap_or(usize::MAX);
                let name = builder.column(index).to_owned();
                builder.fault(SheetFault {
                    line,
                    column: name,
                    reason,
                    en: format!("{place}: {en}"),
                    zh: format!("{place}：{zh}"),
                });
                sound = false;
            }
        }
        if sound {
            builder.add(line, data.iter().map(text).collect())?;
        }
    }
    builder.finish()
}

/// What a table must not have in a cell.
fn refused(cell: &Data, formula: bool) -> Option<(&'static str, &'static str, &'static str)> {
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
