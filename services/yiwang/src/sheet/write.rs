//! From rows to a file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{Format, Workbook};

use super::formula::neutralised;

/// Most characters of a cell in XLSX.
const CELL: usize = 32_767;

/// Why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The name of the file says neither `.csv` nor `.xlsx`.
    #[error("the file name must end with .csv or .xlsx / 文件名须以 .csv 或 .xlsx 结尾")]
    Kind,
    /// There is a file already.
    #[error(
        "{path} is there already; --force writes over it / {path} 已存在；如需覆盖请加 --force",
        path = .0.display()
    )]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("the file cannot be written / 无法写入文件")]
    File(#[source] std::io::Error),
    /// A cell holds more than a spreadsheet can.
    #[error(
        "row {row}, column {column}: {characters} characters, and a cell of XLSX holds 32,767; export to .csv instead / \
         第 {row} 行 {column} 列有 {characters} 个字符，超过 XLSX 单元格上限 32,767；请改为导出 .csv"
    )]
    TooLong {
        /// The row's number in the sheet.
        row: u32,
        /// Name of the column.
        column: String,
        /// How long the text is.
        characters: usize,
    },
    /// The workbook cannot be made.
    #[error("the workbook cannot be written / 无法写入工作簿")]
    Workbook(#[source] rust_xlsxwriter::XlsxError),
}

/// A file that a table is to be written to; whether it may be is known before anything is asked of a node.
#[derive(Debug)]
pub struct Target<'a> {
    path: &'a Path,
    kind: Kind,
    force: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Csv,
    Xlsx,
}

impl<'a> Target<'a> {
    /// A new file or, with `force`, also one that is there; the ending says which kind.
    ///
    /// # Errors
    ///
    /// [`WriteError::Kind`], [`WriteError::Exists`].
    pub fn new(path: &'a Path, force: bool) -> Result<Target<'a>, WriteError> {
        let kind = match path.extension().and_then(|ending| ending.to_str()) {
            Some(ending) if ending.eq_ignore_ascii_case("csv") => Kind::Csv,
            Some(ending) if ending.eq_ignore_ascii_case("xlsx") => Kind::Xlsx,
            Some(_) | None => return Err(WriteError::Kind),
        };
        // A link that leads nowhere is there, too.
        if !force && path.symlink_metadata().is_ok() {
            return Err(WriteError::Exists(path.to_owned()));
        }
        Ok(Target { path, kind, force })
    }

    /// Writes a table, whole or not at all. Codes stay texts.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; what was there before is untouched then.
    pub fn write(&self, columns: &[&str], rows: &[Vec<String>]) -> Result<(), WriteError> {
        let bytes = match self.kind {
            Kind::Csv => delimited(columns, rows)?,
            Kind::Xlsx => {
                check_lengths(columns, rows)?;
                workbook(columns, rows).map_err(WriteError::Workbook)?
            }
        };
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(WriteError::File)?;
        file.write_all(&bytes)
            .and_then(|()| file.as_file().sync_all())
            .map_err(WriteError::File)?;
        let kept =
            if self.force { file.persist(self.path) } else { file.persist_noclobber(self.path) };
        // Somebody else may have written it meanwhile.
        kept.map(drop).map_err(|error| {
            if error.error.kind() == std::io::ErrorKind::AlreadyExists {
                WriteError::Exists(self.path.to_owned())
            } else {
                WriteError::File(error.error)
            }
        })
    }
}

/// CSV with the mark by which Excel knows UTF-8.
fn delimited(columns: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, WriteError> {
    let failed = |error: csv::Error| WriteError::File(std::io::Error::other(error));
    let mut writer = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
    writer.write_record(columns).map_err(failed)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| neutralised(cell))).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| WriteError::File(error.into_error()))
}

/// A spreadsheet counts UTF-16 units; Chinese names and GeoJSON have one for each character.
fn check_lengths(columns: &[&str], rows: &[Vec<String>]) -> Result<(), WriteError> {
    for (row, cells) in (2..).zip(rows) {
        for (column, cell) in columns.iter().zip(cells) {
            let characters = neutralised(cell).encode_utf16().count();
            if characters > CELL {
                let column = (*column).to_owned();
                return Err(WriteError::TooLong { row, column, characters });
            }
        }
    }
    Ok(())
}

fn workbook(columns: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let bold = Format::new().set_bold();
    // The format "text" keeps Excel from making numbers of codes when a cell is edited.
    let text = Format::new().set_num_format("@");
    for (column, name) in (0..).zip(columns) {
        sheet.write_string_with_format(0, column, *name, &bold)?;
    }
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string_with_format(row, column, neutralised(cell), &text)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}
