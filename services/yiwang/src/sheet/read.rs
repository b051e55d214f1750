//! From a file to rows.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use super::{Notice, Sheet, SheetError, SheetRow, delimited, workbook};
use crate::batch::shortened;
use crate::fault::Fault;

/// How much a file may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file; for XLSX also half a percent of what it unpacks to.
    pub bytes: u64,
    /// Rows below the header.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 64 << 20, rows: 200_000, columns: 64 }
    }
}

/// Reads a table from a file.
///
/// # Errors
///
/// [`SheetError`] when the file as a whole cannot be read; single bad rows are in [`Sheet::faults`].
pub fn read(path: &Path, limits: Limits) -> Result<Sheet, SheetError> {
    let name = path.display();
    let failed = |error: std::io::Error| {
        let text = format!("{name} cannot be read: {error}");
        SheetError::new("UNREADABLE", text, format!("无法读取 {name}"))
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(limits.bytes + 1).read_to_end(&mut bytes).map_err(failed)?;
    read_bytes(&bytes, limits)
}

/// Reads a table from the bytes of a file; what it is shows from its beginning, not from its name.
///
/// # Errors
///
/// As [`read`].
pub fn read_bytes(bytes: &[u8], limits: Limits) -> Result<Sheet, SheetError> {
    if bytes.len() as u64 > limits.bytes {
        let most = limits.bytes >> 20;
        return Err(SheetError::new(
            "TOO_LARGE",
            format!("the file is larger than {most} MiB; split it"),
            format!("文件超过 {most} MiB；请拆分后导入"),
        ));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return workbook::read(bytes, limits);
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(SheetError::new(
            "OLD_EXCEL",
            "this is an old Excel file (.xls) or one with a password; save it as .xlsx without a password",
            "这是旧版 Excel（.xls）或带密码的文件；请另存为不加密的 .xlsx",
        ));
    }
    delimited::read(bytes, limits)
}

/// Collects rows below a checked header.
pub(super) struct Builder {
    sheet: Sheet,
    limits: Limits,
}

impl Builder {
    pub(super) fn new<'a>(
        line: u32,
        header: impl Iterator<Item = &'a str>,
        notices: Vec<Notice>,
        limits: Limits,
    ) -> Result<Builder, SheetError> {
        let mut columns: Vec<String> =
            header.map(|name| name.trim().trim_start_matches('\u{feff}').to_lowercase()).collect();
        while columns.last().is_some_and(String::is_empty) {
            columns.pop();
        }
        if columns.is_empty() {
            return Err(delimited::empty());
        }
        if columns.len() > limits.columns {
            return Err(SheetError::new(
                "TOO_LARGE",
                format!("the file has {} columns, more than {}", columns.len(), limits.columns),
                format!("文件有 {} 列，超过 {} 列", columns.len(), limits.columns),
            ));
        }
        for (at, name) in columns.iter().enumerate() {
            let number = at + 1;
            if name.is_empty() {
                return Err(SheetError::new(
                    "HEADER",
                    format!("column {number} has no name in the header line"),
                    format!("标题行第 {number} 列没有列名"),
                ));
            }
            if columns[..at].contains(name) {
                return Err(SheetError::new(
                    "HEADER",
                    format!("two columns have the same name; the second is column {number}"),
                    format!("列名重复：第 {number} 列"),
                ));
            }
        }
        let sheet = Sheet { header: line, columns, rows: Vec::new(), faults: Vec::new(), notices };
        Ok(Builder { sheet, limits })
    }

    /// How many columns the header has.
    pub(super) fn width(&self) -> usize {
        self.sheet.columns.len()
    }

    /// The name of a column, empty beyond the header.
    pub(super) fn column(&self, at: usize) -> &str {
        self.sheet.columns.get(at).map_or("", String::as_str)
    }

    pub(super) fn fault(&mut self, fault: Fault) -> Result<(), SheetError> {
        self.room()?;
        let value = shortened(&fault.value);
        self.sheet.faults.push(Fault { value, ..fault });
        Ok(())
    }

    fn room(&self) -> Result<(), SheetError> {
        if self.sheet.rows.len() + self.sheet.faults.len() < self.limits.rows {
            return Ok(());
        }
        let most = self.limits.rows;
        Err(SheetError::new(
            "TOO_LARGE",
            format!("the file has more than {most} rows; split it"),
            format!("文件超过 {most} 行；请拆分后导入"),
        ))
    }

    /// Takes a row; one with too few or too many cells becomes a fault, an empty one nothing.
    pub(super) fn add(&mut self, line: u32, mut cells: Vec<String>) -> Result<(), SheetError> {
        if cells.iter().all(String::is_empty) {
            return Ok(());
        }
        self.room()?;
        let width = self.width();
        while cells.len() > width && cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        if cells.len() != width {
            let found = cells.len();
            return self.fault(Fault {
                line,
                column: String::new(),
                value: cells.join(","),
                reason: "RAGGED_ROW".to_owned(),
                en: format!("the row has {found} cells, the header {width}"),
                zh: format!("该行有 {found} 个单元格，标题行有 {width} 个"),
            });
        }
        let columns = self.sheet.columns.iter().cloned();
        let cells: BTreeMap<String, String> =
            columns.zip(cells).filter(|(_, cell)| !cell.is_empty()).collect();
        self.sheet.rows.push(SheetRow { line, cells });
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Sheet, SheetError> {
        if self.sheet.rows.is_empty() && self.sheet.faults.is_empty() {
            return Err(SheetError::new(
                "EMPTY",
                "the file has a header but no rows",
                "文件只有标题行，没有数据",
            ));
        }
        Ok(self.sheet)
    }
}
