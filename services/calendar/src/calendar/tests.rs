use jiff::civil::date;

use super::*;
use crate::rows::{RowError, RowProblem};

#[test]
fn the_shipped_years_have_the_working_days_of_the_notices() {
    let calendar = Calendar::china();
    assert_eq!(calendar.version(), "cn-2026.1");
    assert_eq!(calendar.years(), 2004..=2026);
    assert_eq!(calendar.special.len(), 771);
    for (year, days) in [(2023, 249), (2024, 251), (2025, 248), (2026, 248)] {
        let counted = calendar.working_days_in_year(year);
        assert_eq!(counted, WorkingDays { days, provisional: false }, "{year}");
    }
    // 261 Mondays to Fridays; of the holidays of fixed date only 1 January and 1 October 2027
    // (both Fridays) are among them.
    let next = calendar.working_days_in_year(2027);
    assert_eq!(next, WorkingDays { days: 259, provisional: true });
}

#[test]
fn a_day_says_what_it_is() {
    let table = [
        (date(2026, 2, 13), DayKind::Workday, None, false),
        (date(2026, 2, 14), DayKind::MakeupWorkday, Some("春节"), false),
        (date(2026, 2, 16), DayKind::Holiday, Some("春节"), false),
        (date(2026, 3, 7), DayKind::Weekend, None, false),
        (date(2027, 1, 1), DayKind::Holiday, Some("元旦"), true),
        (date(2027, 2, 8), DayKind::Workday, None, true),
        (date(2027, 10, 2), DayKind::Holiday, Some("国庆节"), true),
        (date(2003, 10, 4), DayKind::Weekend, None, true),
    ];
    for (date, kind, name, provisional) in table {
        let day = Calendar::china().day(date);
        assert_eq!(day, Day { date, kind, name, provisional });
        assert_eq!(Calendar::china().is_working_day(date), kind.is_working());
    }
}

#[test]
fn all_wrong_rows_are_told_at_once() {
    let text = "\u{feff}date,kind,name\n\
                2026-10-01,holiday,国庆节\n\
                2026-13-01,holiday,国庆节\n\
                2026-1-1,holiday,元旦\n\
                2026-02-14,makeup,春节\n\
                2026-10-01,holiday,国庆节\n\
                2026-10-09,makeup_workday,国庆节\n\
                2026-10-02,holiday,\n\
                2026-10-03,holiday\n";
    let rows = Calendar::from_csv("test", text.as_bytes()).unwrap_err().rows;
    let (last, rest) = rows.split_last().unwrap();
    let expected = [
        (3, RowProblem::Date("2026-13-01".to_owned())),
        (4, RowProblem::Date("2026-1-1".to_owned())),
        (5, RowProblem::Kind("makeup".to_owned())),
        (6, RowProblem::Duplicate("2026-10-01".to_owned())),
        (7, RowProblem::MakeupOnWeekday(date(2026, 10, 9))),
        (8, RowProblem::Empty("name")),
    ];
    assert_eq!(rest, expected.map(|(line, problem)| RowError { line, problem }));
    assert!(matches!(last, RowError { line: 9, problem: RowProblem::Unreadable(_) }));
}

#[test]
fn a_year_that_is_not_whole_is_refused() {
    let text = "date,kind,name\n2026-10-01,holiday,国庆节\n2027-01-01,holiday,元旦\n\
                2029-10-01,holiday,国庆节\n";
    let error = Calendar::from_csv("test", text.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "calendar data has 2 wrong rows: line 3: the year 2027 lacks 1 October as a holiday and \
         so is not complete; line 4: the year before 2029 has no rows"
    );
    for (text, problem) in [
        ("", RowProblem::MissingColumn("date")),
        ("date,kind,name\n", RowProblem::NoRows),
        ("date,name\n", RowProblem::MissingColumn("kind")),
    ] {
        let error = Calendar::from_csv("test", text.as_bytes()).unwrap_err();
        assert_eq!(error.rows[0], RowError { line: 1, problem }, "{text:?}");
    }
}
