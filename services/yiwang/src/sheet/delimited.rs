//! CSV, and text with tabs as Excel's "Unicode text" has it.

use super::formula::original;
use super::read::{Builder, Limits};
use super::{Sheet, SheetError, encoding};

pub(super) fn read(bytes: &[u8], limits: Limits) -> Result<Sheet, SheetError> {
    let (text, notices) = encoding::decode(bytes)?;
    check_quotes(&text)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = loop {
        match records.next() {
            Some(Ok(record)) if record.iter().all(|cell| cell.trim().is_empty()) => {}
            Some(Ok(record)) => break record,
            Some(Err(error)) => return Err(unreadable(&error)),
            None => return Err(empty()),
        }
    };
    let mut lines = Lines { text: &text, byte: 0, line: 1 };
    let line = lines.at(header.position().map_or(0, csv::Position::byte));
    let mut builder = Builder::new(line, header.iter(), notices, limits)?;
    let mut last = (line, usize::MAX);
    for record in records {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        last = (line, record.len());
        builder.add(line, record.iter().map(|cell| original(cell.trim()).to_owned()).collect())?;
    }
    // The lines before it end; where the last one does not, a download or a copy may have been cut off inside a cell, and
    // nothing tells a name that lost its end from a name.
    if !text.ends_with(['\n', '\r']) {
        return Err(if last.1 < builder.width() { truncated(last.0) } else { endless(last.0) });
    }
    builder.finish()
}

/// Counts lines along the way, as the reader's own count lags behind with CR LF and empty lines.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line of the first character that is no line end, from a byte on.
    fn at(&mut self, byte: u64) -> u32 {
        let bytes = self.text.as_bytes();
        let mut end = usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
        while bytes.get(end).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            end += 1;
        }
        let ends = bytes[self.byte..end].iter().filter(|byte| **byte == b'\n').count();
        self.byte = end;
        self.line = self.line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
        self.line
    }
}

fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: char| first.matches(delimiter).count();
    match (count(','), count('\t'), count(';')) {
        (0, tabs, _) if tabs > 0 => b'\t',
        (0, 0, semicolons) if semicolons > 0 => b';',
        (_, _, _) => b',',
    }
}

/// Quotation marks of a whole table come in pairs; an odd one means that the end of a quoted cell is missing.
fn check_quotes(text: &str) -> Result<(), SheetError> {
    let mut open = None;
    let mut line = 1;
    for byte in text.bytes() {
        match byte {
            b'"' if open.is_some() => open = None,
            b'"' => open = Some(line),
            b'\n' => line += 1,
            _ => {}
        }
    }
    match open {
        None => Ok(()),
        Some(line) => Err(SheetError::new(
            "TRUNCATED",
            format!(
                "the quotation mark opened on line {line} is never closed: the file is cut off or damaged"
            ),
            format!("第 {line} 行的引号没有闭合：文件不完整或已损坏"),
        )),
    }
}

fn truncated(line: u32) -> SheetError {
    SheetError::new(
        "TRUNCATED",
        format!("the file ends in the middle of line {line}: it is cut off; nothing was imported"),
        format!("文件在第 {line} 行中间结束：文件不完整，未导入任何内容"),
    )
}

fn endless(line: u32) -> SheetError {
    SheetError::new(
        "TRUNCATED",
        format!(
            "line {line} is the last one and has no line end, so its last cell may be cut off; nothing was imported; \
             if it is complete, add a line end and try again"
        ),
        format!(
            "最后一行（第 {line} 行）没有换行符，最后一个单元格可能不完整；未导入任何内容；若内容完整，请在末尾加换行后重试"
        ),
    )
}

fn unreadable(error: &csv::Error) -> SheetError {
    let line = error.position().map_or(0, csv::Position::line);
    SheetError::new(
        "NOT_A_TABLE",
        format!("line {line} cannot be read as CSV"),
        format!("第 {line} 行不是有效的 CSV"),
    )
}

pub(super) fn empty() -> SheetError {
    SheetError::new(
        "EMPTY",
        "the file has no header line with column names",
        "文件没有列名（标题行）",
    )
}
