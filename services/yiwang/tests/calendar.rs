//! `yiwang calendar` as people call it: what is printed, word for word.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::process::{Command, Output};

fn yiwang(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yiwang")).args(arguments).output().unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = yiwang(arguments);
    assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = yiwang(arguments);
    assert!(!status.success(), "{arguments:?}");
    String::from_utf8(stderr).unwrap()
}

#[test]
fn a_year_counts_its_working_days_and_lists_its_holidays() {
    let text = printed(&["calendar", "year", "2026"]);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("2026: 248 working days / 248 个工作日"));
    let known = lines.next().unwrap();
    assert!(known.starts_with("known through 2026-12-24: "), "{known}");
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split_whitespace().collect()).collect();
    for row in [
        ["2026-02-14", "2026-02-14", "worked", "调休上班", "春节"],
        ["2026-02-15", "2026-02-23", "off", "放假", "春节"],
        ["2026-10-01", "2026-10-07", "off", "放假", "国庆节"],
    ] {
        assert!(rows.iter().any(|found| *found == row), "{row:?} is not in {text}");
    }
    for (year, days) in [("2023", 249), ("2024", 251), ("2025", 248), ("2026", 248)] {
        let text = printed(&["--json", "calendar", "year", year]);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["working_days"], days, "{year}");
        assert_eq!(value["provisional"], year == "2026", "{year}");
    }
}

#[test]
fn three_deadlines_across_spring_festival_2026_are_explained() {
    let pause = "2026-02-24T09:00/2026-02-25T17:30";
    let table: [(&[&str], &str, &str, &str); 3] = [
        (
            &["--from", "2026-02-13T09:00", "--limit", "5wd"],
            "due / 截止: 2026-02-27 17:30:00",
            "Due Friday 27 February 2026 at 17:30. ",
            "2026年2月15日至23日放假（春节），不计入。",
        ),
        (
            &["--from", "2026-02-12T20:00", "--limit", "7d"],
            "due / 截止: 2026-02-24 17:30:00",
            "Thursday 19 February 2026, is a rest day: rolled forward to Tuesday 24 February 2026.",
            "期限最后一日2026年2月19日（星期四）为休息日，顺延至2026年2月24日（星期二）。",
        ),
        (
            &["--from", "2026-02-13T09:00", "--limit", "5wd", "--pause", pause],
            "due / 截止: 2026-03-02 17:30:00",
            "14 hours 30 minutes were paused: 2 working days are added, rounded up.",
            "中止计时共14小时30分钟，不足一日按一日计，期限顺延2个工作日。",
        ),
    ];
    for (arguments, due, en, zh) in table {
        let text = printed(&[&["calendar", "due"], arguments].concat());
        let lines: Vec<_> = text.lines().collect();
        let [first, english, chinese] = lines[..] else { panic!("{text}") };
        assert_eq!(first, due);
        assert!(english.contains(en), "{english}");
        assert!(chinese.contains(zh), "{chinese}");
    }
}

#[test]
fn a_rule_brings_its_cards_and_its_longest_extension() {
    let order = ["calendar", "due", "--from", "2026-09-28T10:00", "--rule", "hotline.handle"];
    let text = printed(&order);
    assert!(text.starts_with("due / 截止: 2026-10-10 17:30:00\n"), "{text}");
    assert!(text.contains("Yellow card from Friday 9 October 2026 at 17:30."), "{text}");
    assert!(text.contains("Red card from Monday 12 October 2026 at 08:30."), "{text}");
    assert!(text.contains("自2026年10月9日（星期五）17:30起亮黄牌。"), "{text}");

    let extended = printed(&[&order[..], &["--extend", "10wd"]].concat());
    assert!(extended.contains("Extended by 10 working days. "), "{extended}");
    let reasoned = printed(&[&order[..], &["--extend", "10wd=complex"]].concat());
    assert!(reasoned.contains("Extended by 10 working days (reason: complex)."), "{reasoned}");
    let too_long = refused(&[&order[..], &["--extend", "12wd"]].concat());
    assert!(too_long.contains("hotline.extension_max allows 10wd"), "{too_long}");
}

#[test]
fn a_place_counts_by_its_own_settings() {
    let base = ["--json", "calendar", "due", "--from", "2026-03-02T17:10", "--limit", "1wd"];
    let due = |more: &[&str]| {
        let value: serde_json::Value =
            serde_json::from_str(&printed(&[&base[..], more].concat())).unwrap();
        assert_eq!(value["input"]["limit"], "1wd");
        assert!(value["explanation"]["zh"].as_str().unwrap().starts_with("截止时间："));
        value["due"]["at"].as_str().unwrap().to_owned()
    };
    assert_eq!(due(&[]), "2026-03-03T09:30:00Z");
    assert_eq!(due(&["--office-hours", "09:00-17:00"]), "2026-03-04T09:00:00Z");
    assert_eq!(due(&["--working-day-ends", "midnight"]), "2026-03-03T16:00:00Z");
    let same_day = ["--office-hours", "09:00-17:00", "--late-receipt", "same_day"];
    assert_eq!(due(&same_day), "2026-03-03T09:00:00Z");
    let wrong = refused(&[&base[..], &["--working-day-ends", "noon"]].concat());
    assert!(wrong.contains("midnight"), "{wrong}");
}

#[test]
fn an_unknown_rule_is_answered_with_the_nearest() {
    let said =
        refused(&["calendar", "due", "--from", "2026-03-02T09:00", "--rule", "hotline.handel"]);
    assert!(said.contains("no such rule; did you mean hotline.handle?"), "{said}");
    assert!(said.contains("没有这条规则；您是否要找 hotline.handle？"), "{said}");
}

#[test]
fn a_new_year_is_taken_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("days.csv");
    let days = concat!(
        include_str!("../../calendar/data/cn_workdays.csv"),
        include_str!("../../calendar/tests/deadlines/year_2027.csv")
    );
    std::fs::write(&file, days).unwrap();
    let file = file.display().to_string();
    let text = printed(&["calendar", "year", "2027", "--days", &file]);
    assert!(text.starts_with("2027: 248 working days"), "{text}");
    let due = ["calendar", "due", "--from", "2027-02-03T09:00", "--limit", "5wd"];
    let provisional = printed(&due);
    assert!(provisional.contains("Provisional: this date rests on days outside"), "{provisional}");
    let known = printed(&[&due[..], &["--days", &file, "--days-version", "cn-2027.1"]].concat());
    assert!(known.starts_with("due / 截止: 2027-02-16 17:30:00\n"), "{known}");
    assert!(!known.contains("rovisional"), "{known}");

    std::fs::write(folder.path().join("cut.csv"), &days[..days.len() - 300]).unwrap();
    let cut = folder.path().join("cut.csv").display().to_string();
    let said = refused(&["calendar", "year", "2027", "--days", &cut]);
    assert!(said.contains("cut.csv: line "), "{said}");
}
