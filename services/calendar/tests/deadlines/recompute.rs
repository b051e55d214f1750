//! New data arrives: provisional deadlines are computed again and become final.

use calendar::{Calendar, Limit, Settings, due, needs_recompute};

use crate::inputs::{at, limit};

/// A year 2027 made up for this test; the true one was not published when it was written.
const YEAR_2027: &str = "\
2027-01-01,holiday,元旦
2027-01-02,holiday,元旦
2027-01-03,holiday,元旦
2027-02-05,holiday,春节
2027-02-06,holiday,春节
2027-02-07,holiday,春节
2027-02-08,holiday,春节
2027-02-09,holiday,春节
2027-02-10,holiday,春节
2027-02-11,holiday,春节
2027-02-14,makeup_workday,春节
2027-10-01,holiday,国庆节
";

fn with_2027() -> Calendar {
    let shipped = include_str!("../../data/cn_workdays.csv");
    Calendar::from_csv("cn-2027.test", format!("{shipped}{YEAR_2027}").as_bytes()).unwrap()
}

#[test]
fn a_provisional_deadline_becomes_final_when_the_year_is_loaded() {
    let (old, new, settings) = (Calendar::china(), with_2027(), Settings::default());
    assert_eq!((*old.years().end(), *new.years().end()), (2026, 2027));
    let stored = limit(at("2027-02-03 09:00"), Limit::working_days(5), &[]);

    let provisional = due(old, &settings, &stored).unwrap();
    assert!(provisional.provisional && provisional.red_provisional);
    assert_eq!(provisional.at, at("2027-02-10 17:30"));
    assert!(!needs_recompute(&provisional, old));
    assert!(needs_recompute(&provisional, &new));

    // Thu 4 Feb (1); 5-11 off; Fri 12 (2); Sun 14 worked (3); Mon 15 (4); Tue 16 (5).
    let last = due(&new, &settings, &stored.counted_by(&new)).unwrap();
    assert!(!last.provisional && !last.red_provisional);
    assert_eq!(last.at, at("2027-02-16 17:30"));
    assert!(!needs_recompute(&last, &new));
}

#[test]
fn a_final_deadline_stays_when_a_year_is_added() {
    let (old, new, settings) = (Calendar::china(), with_2027(), Settings::default());
    let stored = limit(at("2026-12-28 09:00"), Limit::working_days(3), &[]);
    let before = due(old, &settings, &stored).unwrap();
    // The deadline is Thu 31 Dec and known; only the red card looks into 2027.
    assert_eq!(before.at, at("2026-12-31 17:30"));
    assert!(!before.provisional && before.red_provisional);
    let after = due(&new, &settings, &stored.counted_by(&new)).unwrap();
    assert_eq!((after.at, after.red_at), (before.at, at("2027-01-04 08:30")));
    assert!(!after.red_provisional);
}
