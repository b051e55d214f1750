//! Faults, cell by cell.

use jiff::civil::date;

use super::words::name;
use super::*;
use crate::domain::dispute::{Level, Outcome, PaperEnd, Referral};
use crate::domain::old_types::OldCode;

const TODAY: Date = date(2026, 7, 1);

/// A closed case without faults.
const GOOD: &[(&str, &str)] = &[
    ("number", "2025-0017"),
    ("grid_code", "370306001002003"),
    ("report_date", "2025-11-03"),
    ("accept_date", "2025-11-04"),
    ("old_type_code", "17"),
    ("channel", "群众"),
    ("party_names", "王建国；李秀英"),
    ("party_phones", "13812345678"),
    ("summary", "共用水阀漏水"),
    ("state", "已结"),
    ("outcome", "调解成功"),
    ("agreement_kind", "书面"),
    ("outcome_date", "2025-11-10"),
    ("closed_date", "2025-11-12"),
];

fn row(line: u32, changes: &[(&str, &str)]) -> pb::LedgerRow {
    let cells = GOOD.iter().chain(changes);
    let cells = cells.map(|(column, text)| ((*column).to_owned(), (*text).to_owned()));
    pb::LedgerRow { line, cells: cells.collect() }
}

fn request(rows: Vec<pb::LedgerRow>) -> pb::ImportLedgerRequest {
    pb::ImportLedgerRequest {
        request_id: Uuid::from_u128(1).to_string(),
        book: "yongan-2025".to_owned(),
        rows,
        ..pb::ImportLedgerRequest::default()
    }
}

/// What is wrong with a row that differs from a good one by these cells: column and reason, in order of column.
fn faults(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let asked = read(&request(vec![row(2, changes)]), TODAY).unwrap();
    let mut faults: Vec<_> =
        asked.faults.iter().map(|fault| (fault.column.clone(), name(fault.reason))).collect();
    faults.sort();
    assert_eq!(asked.rows.is_empty(), !faults.is_empty());
    faults
}

const OPEN: &[(&str, &str)] = &[
    ("state", "open"),
    ("outcome", ""),
    ("agreement_kind", ""),
    ("outcome_date", ""),
    ("closed_date", ""),
];

#[test]
fn every_fault_is_told_with_column_and_reason() {
    // (cell, what stands there, reason)
    let table = [
        ("number", "", "MISSING"),
        ("number", "永调字17号", "NOT_A_CODE"),
        ("number", "13812345678", "PERSONAL_NUMBER"),
        ("grid_code", "", "MISSING"),
        ("grid_code", "3.70306E+14", "SCIENTIFIC_NUMBER"),
        ("grid_code", "37030600100200", "LEADING_ZERO_LOST"),
        ("grid_code", "grid-one", "NOT_A_CODE"),
        ("community_code", "370306001003", "NOT_APPLICABLE"),
        ("report_date", "", "MISSING"),
        ("report_date", "2025.11.3", "NOT_A_DATE"),
        ("report_date", "2025-02-30", "NOT_A_DATE"),
        ("report_date", "45964", "DATE_SERIAL"),
        ("report_date", "1998-11-03", "OUT_OF_RANGE"),
        ("closed_date", "2026-07-02", "DATE_IN_FUTURE"),
        ("accept_date", "2025-11-02", "DATES_CONTRADICT"),
        ("outcome_date", "2025-11-03", "DATES_CONTRADICT"),
        ("closed_date", "2025-11-09", "DATES_CONTRADICT"),
        ("old_type_code", "25", "UNKNOWN_VALUE"),
        ("old_type_code", "7", "LEADING_ZERO_LOST"),
        ("old_type_code", "19", "TYPE_ROUTED_OUT"),
        ("old_type_code", "涉法涉诉", "TYPE_ROUTED_OUT"),
        ("old_type_code", "12", "TYPE_NEEDS_CHOICE"),
        ("old_type_code", "", "MISSING"),
        ("type_code", "0298", "UNKNOWN_VALUE"),
        ("type_code", "201", "LEADING_ZERO_LOST"),
        ("type_code", "1601", "TYPE_ROUTED_OUT"),
        ("channel", "", "MISSING"),
        ("channel", "听说", "UNKNOWN_VALUE"),
        ("scale", "huge", "UNKNOWN_VALUE"),
        ("level", "hard", "UNKNOWN_VALUE"),
        ("people", "四", "NOT_A_NUMBER"),
        ("people", "-4", "OUT_OF_RANGE"),
        ("party_names", "王建国", "TOO_FEW_PARTIES"),
        ("party_count", "1", "OUT_OF_RANGE"),
        ("party_count", "21", "TOO_MANY"),
        ("party_phones", "1;2;3", "TOO_MANY"),
        ("party_names", "王建国11010519491231002X;李秀英", "PERSONAL_NUMBER"),
        ("summary", "\u{fffd}\u{fffd}", "CONTROL_CHARACTER"),
        ("state", "", "MISSING"),
        ("state", "maybe", "UNKNOWN_VALUE"),
        ("outcome", "", "MISSING"),
        ("outcome", "好", "UNKNOWN_VALUE"),
        ("agreement_kind", "", "MISSING"),
        ("outcome_date", "", "MISSING"),
        ("closed_date", "", "MISSING"),
        ("referral", "court", "NOT_APPLICABLE"),
        ("due_date", "2025-11-20", "NOT_APPLICABLE"),
        ("organisation_id", "永安街道人民调解委员会", "NOT_A_CODE"),
    ];
    for (column, text, reason) in table {
        let mut found = faults(&[(column, text)]);
        // Without an old type the new one is asked for; without names, who counts.
        found.iter_mut().for_each(|(found, _)| {
            if (column, found.as_str()) == ("old_type_code", "type_code") {
                column.clone_into(found);
            }
        });
        assert_eq!(found, [(column.to_owned(), reason.to_owned())], "{column}: {text}");
    }
}

#[test]
fn what_is_too_long_is_told_before_anything_is_sealed() {
    for (column, longest) in [("place", 300), ("summary", 3_880), ("file_number", 100)] {
        assert!(faults(&[(column, &"x".repeat(longest))]).is_empty(), "{column}");
        let wrong = faults(&[(column, &"x".repeat(longest + 30))]);
        assert_eq!(wrong, [(column.to_owned(), "TOO_LONG".to_owned())]);
    }
    assert_eq!(faults(&[("party_names", &"甲".repeat(50))])[0].1, "TOO_LONG");
}

#[test]
fn an_open_case_has_no_end_and_a_closed_one_no_limit() {
    assert!(faults(OPEN).is_empty());
    for (column, text) in [
        ("outcome", "agreed"),
        ("agreement_kind", "oral"),
        ("outcome_date", "2025-11-10"),
        ("closed_date", "2025-11-12"),
    ] {
        let changes = [OPEN, &[(column, text)]].concat();
        let wrong = [(column.to_owned(), "NOT_APPLICABLE".to_owned())];
        assert_eq!(faults(&changes), wrong);
    }
    let due = |day| faults(&[OPEN, &[("due_date", day)]].concat());
    assert!(due("2025-11-05").is_empty() && due("2026-12-31").is_empty());
    assert_eq!(due("2025-11-04")[0].1, "DATES_CONTRADICT");
}

#[test]
fn everything_wrong_is_told_at_once_and_a_number_only_once() {
    let wrong =
        row(3, &[("report_date", ""), ("channel", "x"), ("type_code", "9"), ("people", "y")]);
    let asked = read(&request(vec![row(2, &[]), wrong, row(4, &[])]), TODAY).unwrap();
    assert_eq!(asked.rows.len(), 1);
    let lines: Vec<u32> = asked.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [3, 3, 3, 3, 3, 4], "{:?}", asked.faults);
    assert_eq!(asked.faults[5].reason, FaultReason::Duplicate);
}

#[test]
fn columns_are_told_once_and_what_is_never_kept_by_its_own_reason() {
    let odd = |line, number| {
        row(line, &[("number", number), ("民族", "x"), ("身份证号码王", "y"), ("note", "z")])
    };
    let asked = read(&request(vec![odd(2, "1"), odd(3, "2")]), TODAY).unwrap();
    let mut told: Vec<_> =
        asked.faults.iter().map(|fault| (fault.column.as_str(), name(fault.reason))).collect();
    told.sort();
    let not_kept = "COLUMN_NOT_KEPT".to_owned();
    let unknown = "UNKNOWN_COLUMN".to_owned();
    assert_eq!(told, [("?", not_kept.clone()), ("note", unknown), ("民族", not_kept)]);
    assert!(asked.rows.is_empty(), "a row with more than is known is no good row");

    // What is left out is told row by row.
    let rows = vec![odd(2, "1"), odd(3, "2"), row(4, &[("number", "3"), ("note", " ")])];
    let partly = pb::ImportLedgerRequest { partial: true, ..request(rows) };
    let asked = read(&partly, TODAY).unwrap();
    let lines: Vec<u32> = asked.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [2, 2, 2, 3], "{:?}", asked.faults);
    assert_eq!(asked.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [4]);
}

#[test]
fn days_are_read_as_people_write_them() {
    for text in ["2025-11-03", "2025/11/3", "2025年11月3日", "2025-11-3", " 2025/11/03 "] {
        let asked = read(&request(vec![row(2, &[("report_date", text)])]), TODAY).unwrap();
        assert_eq!(asked.rows[0].reported_on, date(2025, 11, 3), "{text}");
    }
}

#[test]
fn a_good_row_is_read_whole() {
    let read_one = |changes: &[(&str, &str)]| {
        let mut asked = read(&request(vec![row(2, changes)]), TODAY).unwrap();
        assert!(asked.faults.is_empty(), "{:?}", asked.faults);
        asked.rows.remove(0)
    };
    let good = read_one(&[]);
    assert_eq!((good.parties, good.people, good.scale), (2, 0, Scale::Individual));
    let paper = &good.paper;
    assert_eq!((paper.old_type, paper.kind.as_str()), (OldCode::parse("17"), "02"));
    let end = PaperEnd {
        outcome: Outcome::AgreedWritten { partial: false },
        on: date(2025, 11, 10),
        closed_on: date(2025, 11, 12),
    };
    assert_eq!((paper.end, paper.due_on, paper.level), (Some(end), None, None));
    let referred = read_one(&[("outcome", "移送"), ("agreement_kind", ""), ("referral", "诉讼")]);
    assert_eq!(referred.paper.end.unwrap().outcome, Outcome::Referred(Referral::Court));
    // What the row names is taken where the old type can be several, and where it cannot.
    for (old, new) in [("12", "0602"), ("房产物业", "0402"), ("17", "0201")] {
        let chosen = read_one(&[("old_type_code", old), ("type_code", new)]);
        assert_eq!(chosen.paper.kind.as_str(), new);
    }
    let open = read_one(&[OPEN, &[("level", "一般"), ("party_count", "3")]].concat());
    assert_eq!((open.paper.level, open.parties), (Some(Level::General), 3));
    let community = read_one(&[("grid_code", ""), ("community_code", "370306001002")]);
    assert!(matches!(community.place, PaperPlace::Community(_)));
}

#[test]
fn a_fault_repeats_codes_and_never_words() {
    let body = request(vec![row(
        2,
        &[
            ("party_names", "王建国"),
            ("party_phones", "13812345678;13812345679"),
            ("grid_code", "37030600100200"),
            ("channel", "王建国说的"),
            ("old_type_code", "13812345678"),
        ],
    )]);
    let asked = read(&body, TODAY).unwrap();
    let shown: Vec<_> = asked.faults.iter().map(|fault| words::fault(fault, &body)).collect();
    let text = format!("{shown:?}");
    assert!(!text.contains("王建国") && !text.contains("1381234567"), "{text}");
    let value = |column: &str| {
        shown.iter().find(|fault| fault.column == column).map(|fault| fault.value.as_str())
    };
    assert_eq!(value("grid_code"), Some("37030600100200"));
    assert_eq!(value("party_names"), Some("(3 characters)"));
    assert_eq!(value("channel"), Some("(5 characters)"));
}

#[test]
fn messages_name_the_competent_body_and_what_can_be_chosen() {
    let message = |changes: &[(&str, &str)]| {
        let body = request(vec![row(2, changes)]);
        let asked = read(&body, TODAY).unwrap();
        let fault = words::fault(&asked.faults[0], &body);
        (fault.message, fault.message_zh)
    };
    let (en, zh) = message(&[("old_type_code", "19")]);
    assert!(en.contains("the authority for ethnic and religious affairs"), "{en}");
    assert!(zh.contains("请移交民族宗教事务部门"), "{zh}");
    let (en, zh) = message(&[("old_type_code", "12")]);
    assert!(en.ends_with("0402, 0602, 0403"), "{en}");
    assert!(zh.contains("0402 物业及其管理、0602 房产买卖租赁"), "{zh}");
}

#[test]
fn the_request_is_bounded_and_recognised_whatever_the_order_of_its_cells() {
    let problem = read(&pb::ImportLedgerRequest::default(), TODAY).unwrap_err();
    let fields: Vec<_> = problem.violations.iter().map(|wrong| wrong.field.as_str()).collect();
    assert_eq!(fields, ["request_id", "book", "rows"]);
    let many = request((0..2_001).map(|line| row(line, &[])).collect());
    assert_eq!(read(&many, TODAY).unwrap_err().violations[0].reason, "TOO_MANY");

    let body = request(vec![row(2, &[]), row(3, &[])]);
    for _ in 0..20 {
        let again = request(vec![row(2, &[]), row(3, &[])]);
        assert_eq!(fingerprint(&body), fingerprint(&again));
    }
    for other in [
        request(vec![row(2, &[]), row(3, &[("people", "5")])]),
        request(vec![row(3, &[]), row(2, &[])]),
        pb::ImportLedgerRequest { partial: true, ..body.clone() },
    ] {
        assert_ne!(fingerprint(&body), fingerprint(&other));
    }
}
