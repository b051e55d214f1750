//! What can be wrong with a table of data: every row error at once, each with its line.

use std::fmt;

use jiff::civil::Date;

/// One wrong row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Line of the file, the header being line 1.
    pub line: u64,
    /// What is wrong there.
    pub problem: RowProblem,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    /// The file is not readable as comma separated UTF-8 text at this place.
    #[error("not readable as CSV: {0}")]
    Unreadable(String),
    /// The header does not name a column that is needed.
    #[error("the header has no column {0:?}")]
    MissingColumn(&'static str),
    /// The table has a header and nothing else, or is empty.
    #[error("the table has no rows")]
    NoRows,
    /// A needed field is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// The date is not a `YYYY-MM-DD` day.
    #[error("date {0:?} is not a day as YYYY-MM-DD")]
    Date(String),
    /// The kind of row is none of `holiday`, `makeup_workday` and `working_days`.
    #[error("kind {0:?} is none of holiday, makeup_workday, working_days")]
    Kind(String),
    /// The same day or key stands in the table twice.
    #[error("{0} was already given on an earlier line")]
    Duplicate(String),
    /// A make-up working day that is worked anyway.
    #[error("{0} is a Monday to Friday and cannot be a make-up working day")]
    MakeupOnWeekday(Date),
    /// A row of `working_days` names no year.
    #[error("{0:?} is not a year")]
    Year(String),
    /// A row of `working_days` tells no number.
    #[error("{0:?} is not a number of working days")]
    WorkingDays(String),
    /// The year has no row that says how many working days it has: it may have been cut, and
    /// counting it as loaded would make deadlines silently wrong.
    #[error("the year {0} ends here without a row {0},working_days,N and may be incomplete")]
    UndeclaredYear(i16),
    /// The rows of a year do not give the number of working days that it is said to have.
    #[error("the year {year} is said to have {declared} working days, its rows give {counted}")]
    IncompleteYear {
        /// The year.
        year: i16,
        /// As the file says.
        declared: u16,
        /// As its rows give.
        counted: u16,
    },
    /// A year between the first and the last one has no rows.
    #[error("the year before {0} has no rows")]
    MissingYear(i16),
    /// The amount of a limit is not a positive whole number within bounds.
    #[error("limit {0:?} is not a whole number above zero and below a hundred years")]
    Amount(String),
    /// The unit of a limit is unknown.
    #[error("unit {0:?} is unknown")]
    Unit(String),
    /// A rule names a rule for its yellow card or its extension that is not in the table.
    #[error("there is no rule {0:?} in the table")]
    UnknownRule(String),
    /// A rule names a rule for its red card that is not in the table, or not in working days.
    #[error("there is no rule {0:?} in working days in the table")]
    RedRule(String),
    /// The authority of a rule is unknown.
    #[error("authority {0:?} is none of law, rule, standard, local_sd, local_other")]
    Authority(String),
}

/// The calendar data cannot be used; nothing of it is loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendar data has {} wrong rows: {}", rows.len(), joined(rows))]
pub struct CalendarError {
    /// All wrong rows, in the order of their lines.
    pub rows: Vec<RowError>,
}

/// The table of limits cannot be used; nothing of it is loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table of limits has {} wrong rows: {}", rows.len(), joined(rows))]
pub struct RulesError {
    /// All wrong rows, in the order of their lines.
    pub rows: Vec<RowError>,
}

fn joined(rows: &[RowError]) -> String {
    rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A table read as text: its rows with their lines, columns in the order asked for.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    pub(crate) rows: Vec<(u64, [String; N])>,
    pub(crate) errors: Vec<RowError>,
}

impl<const N: usize> Table<N> {
    /// Reads the named columns of `bytes`; columns not asked for are left alone.
    pub(crate) fn read(bytes: &[u8], columns: [&'static str; N]) -> Table<N> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let mut table = Table { rows: Vec::new(), errors: Vec::new() };
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => {
                table.wrong(1, RowProblem::Unreadable(error.to_string()));
                return table;
            }
        };
        let places = columns.map(|column| header.iter().position(|name| name == column));
        for (place, column) in places.iter().zip(columns) {
            if place.is_none() {
                table.wrong(1, RowProblem::MissingColumn(column));
            }
        }
        if !table.errors.is_empty() {
            return table;
        }
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    let field = |place: Option<usize>| place.and_then(|at| record.get(at));
                    table.rows.push((line, places.map(|at| field(at).unwrap_or("").to_owned())));
                }
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    table.wrong(line, RowProblem::Unreadable(error.to_string()));
                }
            }
        }
        if table.rows.is_empty() && table.errors.is_empty() {
            table.wrong(1, RowProblem::NoRows);
        }
        table
    }

    pub(crate) fn wrong(&mut self, line: u64, problem: RowProblem) {
        self.errors.push(RowError { line, problem });
    }
}
