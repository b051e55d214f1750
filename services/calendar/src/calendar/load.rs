//! Reading calendar data.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::{DayKind, SpecialDay, is_weekend};
use crate::rows::{CalendarError, RowProblem, Table};

type SpecialDays = BTreeMap<Date, SpecialDay>;

/// Reads the special days and the years they make up.
pub(super) fn read(bytes: &[u8]) -> Result<(SpecialDays, RangeInclusive<i16>), CalendarError> {
    let mut table = Table::read(bytes, ["date", "kind", "name"]);
    let mut special = SpecialDays::new();
    let mut first_lines = BTreeMap::<i16, u64>::new();
    for (line, row) in std::mem::take(&mut table.rows) {
        match parse(row) {
            Ok((date, day)) => {
                first_lines.entry(date.year()).or_insert(line);
                match special.entry(date) {
                    Entry::Vacant(place) => {
                        place.insert(day);
                    }
                    Entry::Occupied(_) => {
                        table.wrong(line, RowProblem::Duplicate(date.to_string()));
                    }
                }
            }
            Err(problem) => table.wrong(line, problem),
        }
    }
    // Only a file whose rows are all right can be blamed for the years that it lacks.
    if table.errors.is_empty() {
        check_years(&mut table, &special, &first_lines);
    }
    table.errors.sort_by_key(|error| error.line);
    match (first_lines.first_key_value(), first_lines.last_key_value()) {
        (Some((first, _)), Some((last, _))) if table.errors.is_empty() => {
            Ok((special, *first..=*last))
        }
        _ => Err(CalendarError { rows: table.errors }),
    }
}

fn parse([date, kind, name]: [String; 3]) -> Result<(Date, SpecialDay), RowProblem> {
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
    Ok((parsed, SpecialDay { kind, name }))
}

fn check_years(table: &mut Table<3>, special: &SpecialDays, first_lines: &BTreeMap<i16, u64>) {
    let mut previous = None;
    for (&year, &line) in first_lines {
        if previous.is_some_and(|previous: i16| previous + 1 != year) {
            table.wrong(line, RowProblem::MissingYear(year));
        }
        previous = Some(year);
        let national_day = special.get(&Date::constant(year, 10, 1));
        if national_day.is_none_or(|day| day.kind != DayKind::Holiday) {
            table.wrong(line, RowProblem::IncompleteYear(year));
        }
    }
}
