//! New data arrives: provisional deadlines are computed again and become final.

use calendar::{Calendar, Limit, Settings, due, needs_recompute};

use crate::inputs::{at, limit};

const SHIPPED: &str = include_str!("../../data/cn_workdays.csv");

/// A year 2027 made up for this test, whole; the true one was not published when it was written.
const YEAR_2027: &str = include_str!("year_2027.csv");

fn with_2027() -> Calendar {
    Calendar::from_csv("cn-2027.test", format!("{SHIPPED}{YEAR_2027}").as_bytes()).unwrap()
}

/// The calendar as it was when `year` was the last one published: without what the notice for
/// the next year says of December.
fn as_known_in(year: i16, working_days: u16) -> Calendar {
    let own = |line: &&str| {
        line[..4].parse().is_ok_and(|of: i16| of < year)
            || (line.starts_with(&year.to_string())
                && !line.starts_with(&format!("{year}-12-"))
                && !line.contains("working_days"))
    };
    let lines: Vec<_> = SHIPPED.lines().skip(1).filter(own).collect();
    let text =
        format!("date,kind,name\n{}\n{year},working_days,{working_days}\n", lines.join("\n"));
    Calendar::from_csv(&format!("cn-{year}.test"), text.as_bytes()).unwrap()
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
fn the_last_week_of_a_year_is_final_only_with_the_next_notice() {
    let (old, new, settings) = (Calendar::china(), with_2027(), Settings::default());
    let stored = limit(at("2026-12-28 09:00"), Limit::working_days(3), &[]);
    let before = due(old, &settings, &stored).unwrap();
    assert_eq!(before.at, at("2026-12-31 17:30"));
    assert!(before.provisional && before.red_provisional);
    let after = due(&new, &settings, &stored.counted_by(&new)).unwrap();
    assert_eq!((after.at, after.red_at), (before.at, at("2027-01-04 08:30")));
    assert!(!after.provisional && !after.red_provisional);

    let early = limit(at("2026-12-23 09:00"), Limit::working_days(1), &[]);
    let known = due(old, &settings, &early).unwrap();
    // Thu 24 Dec is known; only the red card looks further.
    assert!(!known.provisional && known.red_provisional);
    assert_eq!(due(&new, &settings, &early.counted_by(&new)).unwrap().at, known.at);
}

/// The notice for 2019 made Saturday 29 December 2018 a working day and Monday 31 a day off.
#[test]
fn december_moves_with_the_next_notice() {
    let (old, new) = (as_known_in(2018, 250), Calendar::china());
    let settings = Settings::default();
    let stored = limit(at("2018-12-24 09:00"), Limit::working_days(5), &[]).counted_by(&old);
    // Tue 25 (1) to Fri 28 (4), Mon 31 (5).
    let before = due(&old, &settings, &stored).unwrap();
    assert_eq!((before.at, before.provisional), (at("2018-12-31 17:30"), true));
    // Sat 29 is worked (5).
    let after = due(new, &settings, &stored.counted_by(new)).unwrap();
    assert_eq!((after.at, after.provisional), (at("2018-12-29 17:30"), false));
}

/// What a year's data said up to 24 December was never changed by the notice of the next one.
#[test]
fn no_notice_reached_back_before_25_december() {
    let before_christmas = |line: &&str| line[5..].starts_with("12-") && &line[8..10] < "25";
    let reached: Vec<_> = SHIPPED.lines().skip(1).filter(before_christmas).collect();
    assert!(reached.is_empty(), "{reached:?}");
}
