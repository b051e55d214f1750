use jiff::civil::date;
use sha2::{Digest, Sha256};

use super::*;
use crate::rows::{RowError, RowProblem};

#[test]
fn the_shipped_years_have_the_working_days_of_the_notices() {
    let calendar = Calendar::china();
    assert_eq!(calendar.version(), "cn-2026.1");
    assert_eq!(calendar.years(), 2004..=2026);
    assert_eq!(calendar.special.len(), 771);
    let counts = [
        252, 250, 251, 249, 251, 250, 250, 250, 249, 250, 250, 249, 250, 249, 250, 250, 249, 250,
        249, 249, 251, 248, 248,
    ];
    assert_eq!(calendar.years().count(), counts.len());
    for (year, days) in calendar.years().zip(counts) {
        // The last week of the last loaded year waits for the notice of the next one.
        let provisional = year == 2026;
        let counted = calendar.working_days_in_year(year);
        assert_eq!(counted, WorkingDays { days, provisional }, "{year}");
    }
    // Of 261 Mondays to Fridays only 1 January and 1 October 2027 are holidays of fixed date.
    let next = calendar.working_days_in_year(2027);
    assert_eq!(next, WorkingDays { days: 259, provisional: true });
}

/// A version stands for this content and no other: a deadline names its version only.
#[test]
fn the_shipped_version_has_this_content() {
    let digest: String = Sha256::digest(CHINA_DAYS).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(
        (CHINA_VERSION, digest.as_str()),
        ("cn-2026.1", "26682583746d36f5543787a748bcb3ad77e0044945dc83188e3c7c62cecc8301")
    );
}

#[test]
fn the_last_week_of_the_last_year_waits_for_the_next_notice() {
    let calendar = Calendar::china();
    assert_eq!(calendar.known_through(), date(2026, 12, 24));
    for (day, provisional) in [
        (date(2003, 12, 31), true),
        (date(2004, 1, 1), false),
        (date(2025, 12, 31), false),
        (date(2026, 12, 24), false),
        (date(2026, 12, 25), true),
    ] {
        assert_eq!(calendar.day(day).provisional, provisional, "{day}");
        assert_eq!(calendar.covers(date(2026, 1, 1).min(day), day), !provisional, "{day}");
    }
}

#[test]
fn a_day_says_what_it_is() {
    let table = [
        (date(2026, 2, 13), DayKind::Workday, None, false),
        (date(2026, 2, 14), DayKind::MakeupWorkday, Some("春节"), false),
        (date(2026, 2, 16), DayKind::Holiday, Some("春节"), false),
        (date(2026, 3, 7), DayKind::Weekend, None, false),
        (date(2026, 12, 31), DayKind::Workday, None, true),
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
                MMXXVI,working_days,248\n\
                2026,working_days,many\n\
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
        (9, RowProblem::Year("MMXXVI".to_owned())),
        (10, RowProblem::WorkingDays("many".to_owned())),
    ];
    assert_eq!(rest, expected.map(|(line, problem)| RowError { line, problem }));
    assert!(matches!(last, RowError { line: 11, problem: RowProblem::Unreadable(_) }));
}

#[test]
fn a_year_that_is_not_whole_is_refused() {
    let text = "date,kind,name\n2026-10-01,holiday,国庆节\n2027-01-01,holiday,元旦\n\
                2029-10-01,holiday,国庆节\n2029,working_days,261\n";
    let error = Calendar::from_csv("test", text.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "calendar data has 4 wrong rows: line 2: the year 2026 ends here without a row \
         2026,working_days,N and may be incomplete; line 3: the year 2027 ends here without a row \
         2027,working_days,N and may be incomplete; line 4: the year before 2029 has no rows; \
         line 5: the year 2029 is said to have 261 working days, its rows give 260"
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

/// A file cut after any line, or without any one line, is refused and tells where.
#[test]
fn a_cut_file_is_refused() {
    let text = std::str::from_utf8(CHINA_DAYS).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let last_year = lines.iter().position(|line| line.starts_with("2026-")).unwrap();
    for end in last_year + 1..lines.len() {
        let cut = lines[..end].join("\n");
        let rows = Calendar::from_csv("test", cut.as_bytes()).unwrap_err().rows;
        let line = u64::try_from(end).unwrap();
        assert_eq!(rows, [RowError { line, problem: RowProblem::UndeclaredYear(2026) }]);
    }
    // Holidays on a Saturday or Sunday are off anyway and change no count.
    for gone in last_year..lines.len() {
        let day = Calendar::china().day(lines[gone][..10].parse().unwrap_or(date(2026, 12, 1)));
        let matters = day.kind != DayKind::Holiday || !is_weekend(day.date);
        let rest = [&lines[..gone], &lines[gone + 1..]].concat().join("\n");
        assert_eq!(
            Calendar::from_csv("test", rest.as_bytes()).is_err(),
            matters,
            "{}",
            lines[gone]
        );
    }
}
