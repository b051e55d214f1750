//! Reading calendar data.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Span;
use jiff::civil::Date;

use super::{DayKind, SpecialDay, is_weekend};
use crate::rows::{CalendarError, RowProblem, Table};

type SpecialDays = BTreeMap<Date, SpecialDay>;

/// One row of the file.
enum Row {
    Day(Date, SpecialDay),
    /// How many working days a year has.
    Declared(i16, u16),
}

/// What the file says of a year beside its days.
struct Year {
    first_line: u64,
    last_line: u64,
    /// The declared count of working days, and its line.
    declared: Option<(u64, u16)>,
}

/// Reads the special days and the years they make up.
pub(super) fn read(bytes: &[u8]) -> Result<(SpecialDays, RangeInclusive<i16>), CalendarError> {
    let mut table = Table::read(bytes, ["date", "kind", "name"]);
    let mut special = SpecialDays::new();
    let mut years = BTreeMap::<i16, Year>::new();
    for (line, row) in std::mem::take(&mut table.rows) {
        let row = match parse(row) {
            Ok(row) => row,
            Err(problem) => {
                table.wrong(line, problem);
                continue;
            }
        };
        let year = match &row {
            Row::Day(date, _) => date.year(),
            Row::Declared(year, _) => *year,
        };
        let year =
            years.entry(year).or_insert(Year { first_line: line, last_line: line, declared: None });
        year.last_line = line;
        let twice = match row {
            Row::Day(date, day) => special.insert(date, day).is_some().then(|| date.to_string()),
            Row::Declared(number, days) => {
                year.declared.replace((line, days)).is_some().then(|| number.to_string())
            }
        };
        if let Some(twice) = twice {
            table.wrong(line, RowProblem::Duplicate(twice));
        }
    }
    // Only a file whose rows are all right can be blamed for what it lacks.
    if table.errors.is_empty() {
        check_years(&mut table, &special, &years);
    }
    table.errors.sort_by_key(|error| error.line);
    match (years.first_key_value(), years.last_key_value()) {
        (Some((first, _)), Some((last, _))) if table.errors.is_empty() => {
            Ok((special, *first..=*last))
        }
        _ => Err(CalendarError { rows: table.errors }),
    }
}

fn parse([date, kind, name]: [String; 3]) -> Result<Row, RowProblem> {
    if kind == "working_days" {
        let year = date.parse().ok().filter(|year| (1..=9999).contains(year));
        let year = year.ok_or(RowProblem::Year(date))?;
        return Ok(Row::Declared(year, name.parse().map_err(|_| RowProblem::WorkingDays(name))?));
    }
    // jiff reads more than one spelling of a date; the file has one.
    let parsed = Date::strptime("%Y-%m-%d", &date).map_err(|_| RowProblem::Date(date.clone()))?;
    if parsed.to_string() != date {
        return Err(RowProblem::Date(date));
    }
    let kind = match kind.as_str() {
        "holiday" => DayKind::Holiday,
        "makeup_workday" => DayKind::MakeupWorkday,
        _ => return Err(RowProblem::Kind(kind)),
    };
    if kind == DayKind::MakeupWorkday && !is_weekend(parsed) {
        return Err(RowProblem::MakeupOnWeekday(parsed));
    }
    if name.is_empty() {
        return Err(RowProblem::Empty("name"));
    }
    Ok(Row::Day(parsed, SpecialDay { kind, name }))
}

fn check_years(table: &mut Table<3>, special: &SpecialDays, years: &BTreeMap<i16, Year>) {
    let mut previous = None;
    for (&year, said) in years {
        if previous.is_some_and(|previous: i16| previous + 1 != year) {
            table.wrong(said.first_line, RowProblem::MissingYear(year));
        }
        previous = Some(year);
        let Some((line, declared)) = said.declared else {
            table.wrong(said.last_line, RowProblem::UndeclaredYear(year));
            continue;
        };
        let counted = working_days(special, year);
        if counted != declared {
            table.wrong(line, RowProblem::IncompleteYear { year, declared, counted });
        }
    }
}

fn working_days(special: &SpecialDays, year: i16) -> u16 {
    let days = Date::constant(year, 1, 1).series(Span::new().days(1));
    let worked = days.take_while(|date| date.year() == year).filter(|date| {
        special.get(date).map_or_else(|| !is_weekend(*date), |day| day.kind.is_working())
    });
    u16::try_from(worked.count()).unwrap_or(u16::MAX)
}
