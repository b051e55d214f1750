//! Laws that hold for every deadline in the shipped years, some against plain brute force.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use calendar::{
    Calendar, Card, DayEnd, Due, LateReceipt, Limit, Pause, RedCard, Settings, Step, TimeLimit,
    Unit, business_date, card, due, explain,
};
use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};
use proptest::prelude::*;

use crate::inputs::{at, limit};

const SHIPPED: &str = include_str!("../../data/cn_workdays.csv");

/// The lines of the file, as "date,kind".
static LINES: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| SHIPPED.lines().filter_map(|line| Some(line.rsplit_once(',')?.0)).collect());

/// The holidays of fixed date, which are all that is assumed off beyond the file.
const ASSUMED: [&str; 6] = ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"];

/// Whether `date` is worked, read from the lines of the file itself.
fn is_worked(date: Date) -> bool {
    if date.year() > 2026 && ASSUMED.contains(&&date.to_string()[5..]) {
        return false;
    }
    if LINES.contains(format!("{date},holiday").as_str()) {
        return false;
    }
    let weekday = date.weekday().to_monday_one_offset();
    weekday <= 5 || LINES.contains(format!("{date},makeup_workday").as_str())
}

fn days_after(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(Span::new().days(1)).skip(1).take_while(move |date| *date <= last)
}

/// An instant of the shipped years, to the minute.
fn instants() -> impl Strategy<Value = Timestamp> {
    let (first, last) = (at("2004-01-01 00:00").as_second(), at("2026-12-31 23:59").as_second());
    (first / 60..=last / 60).prop_map(|minute| Timestamp::from_second(minute * 60).unwrap())
}

fn units() -> impl Strategy<Value = (Unit, bool)> {
    prop_oneof![
        Just((Unit::WorkingDay, false)),
        Just((Unit::CalendarDay, false)),
        Just((Unit::Hour, false)),
        Just((Unit::Hour, true)),
        Just((Unit::Minute, false)),
        Just((Unit::Minute, true)),
        Just((Unit::Second, false)),
        Just((Unit::Second, true)),
    ]
}

/// Limits in all units, months included.
fn limits() -> impl Strategy<Value = Limit> {
    let units = prop_oneof![8 => units(), 1 => Just((Unit::Month, false))];
    of_units(units)
}

/// Limits in all units but months: of two starts in the last days of January an earlier one may
/// keep more of a pause.
fn limits_but_months() -> impl Strategy<Value = Limit> {
    of_units(units())
}

fn of_units(units: impl Strategy<Value = (Unit, bool)>) -> impl Strategy<Value = Limit> {
    (1..40_u32, units).prop_map(|(amount, (unit, office_hours))| Limit {
        amount,
        unit,
        office_hours,
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let ends = prop_oneof![Just(DayEnd::ClosingTime), Just(DayEnd::Midnight)];
    let late = prop_oneof![Just(LateReceipt::NextOpening), Just(LateReceipt::SameDay)];
    let hours = prop_oneof![Just("08:30-12:00,13:30-17:30"), Just("09:00-17:00")];
    let red = prop_oneof![Just(RedCard::FirstOverdueWorkingDay), Just(RedCard::AtDue)];
    (ends.clone(), ends, late.clone(), late, hours, red).prop_map(
        |(working, calendar, late, calendar_late, hours, red_card)| Settings {
            office_hours: hours.parse().unwrap(),
            working_day_ends: working,
            calendar_day_ends: calendar,
            late_receipt: late,
            calendar_day_late_receipt: calendar_late,
            red_card,
        },
    )
}

/// A start and pauses that begin up to forty days after it and last up to six days.
fn start_and_pauses() -> impl Strategy<Value = (Timestamp, Vec<Pause>)> {
    let spans = prop::collection::vec((-600..57_600_i64, 0..8_640_i64), 0..6);
    (instants(), spans).prop_map(|(start, spans)| {
        let later = |minutes| start + SignedDuration::from_mins(minutes);
        let pause = |(from, length)| Pause { from: later(from), until: Some(later(from + length)) };
        (start, spans.into_iter().map(pause).collect())
    })
}

fn shipped_due(settings: &Settings, time_limit: &TimeLimit) -> Due {
    due(Calendar::china(), settings, time_limit).unwrap()
}

fn paused(pauses: &[Pause], minute: Timestamp) -> bool {
    pauses.iter().any(|pause| pause.from <= minute && minute < pause.until.unwrap())
}

/// Minutes that run from `start` to `end`: worked by the default office hours if asked, unpaused.
fn minutes_run(start: Timestamp, end: Timestamp, office: bool, pauses: &[Pause]) -> i64 {
    let count = end.duration_since(start).as_mins();
    let minute = |index| start + SignedDuration::from_mins(index);
    let works = |minute: Timestamp| {
        let local = jiff::tz::offset(8).to_datetime(minute);
        let of_day = i32::from(local.hour()) * 60 + i32::from(local.minute());
        ((510..720).contains(&of_day) || (810..1_050).contains(&of_day)) && is_worked(local.date())
    };
    let runs = |minute| !paused(pauses, minute) && (!office || works(minute));
    i64::try_from((0..count).filter(|index| runs(minute(*index))).count()).unwrap()
}

#[test]
fn every_shipped_day_is_worked_as_the_file_says() {
    let mut count = 0;
    for date in days_after(Date::constant(2003, 12, 31), Date::constant(2026, 12, 31)) {
        assert_eq!(Calendar::china().is_working_day(date), is_worked(date), "{date}");
        count += 1;
    }
    assert_eq!(count, 8_401); // 23 years with 6 leap days
}

proptest! {
    #[test]
    fn n_working_days_are_n_worked_days_after_receipt(start in instants(), n in 1..40_u32) {
        let settings = Settings { late_receipt: LateReceipt::SameDay, ..Settings::default() };
        let due = shipped_due(&settings, &limit(start, Limit::working_days(n), &[]));
        let worked = days_after(business_date(start), due.day).filter(|day| is_worked(*day));
        prop_assert_eq!(worked.count(), usize::try_from(n).unwrap());
        prop_assert!(is_worked(due.day));
        prop_assert_eq!(due.provisional, due.day > Date::constant(2026, 12, 24));
    }

    #[test]
    fn calendar_days_roll_over_rest_days_only(start in instants(), n in 1..400_u32) {
        let due = shipped_due(&Settings::default(), &limit(start, Limit::calendar_days(n), &[]));
        let nominal = business_date(start) + Span::new().days(n);
        let before = nominal.yesterday().unwrap();
        prop_assert!(nominal <= due.day);
        prop_assert!(is_worked(due.day));
        let passed_over = days_after(before, due.day).filter(|day| *day != due.day);
        prop_assert_eq!(passed_over.filter(|day| is_worked(*day)).count(), 0);
    }

    #[test]
    fn months_keep_the_day_number_or_end_the_month(start in instants(), n in 1..6_u32) {
        let due = shipped_due(&Settings::default(), &limit(start, Limit::months(n), &[]));
        let received = business_date(start);
        let first = received.first_of_month() + Span::new().months(n);
        let nominal = first.with().day(received.day().min(first.days_in_month())).build().unwrap();
        prop_assert!(nominal <= due.day);
        prop_assert_eq!(nominal == due.day, Calendar::china().is_working_day(nominal));
    }

    #[test]
    fn a_longer_limit_is_never_due_earlier(
        (start, pauses) in start_and_pauses(), length in limits(), more in 1..9_u32, settings in settings(),
    ) {
        let longer = Limit { amount: length.amount + more, ..length };
        let short = shipped_due(&settings, &limit(start, length, &pauses));
        prop_assert!(short.at <= shipped_due(&settings, &limit(start, longer, &pauses)).at);
    }

    #[test]
    fn an_extension_of_any_unit_never_brings_a_deadline_forward(
        (start, pauses) in start_and_pauses(), length in limits(), more in limits(), settings in settings(),
    ) {
        let plain = limit(start, length, &pauses);
        let mut extended = plain.clone();
        let reason_code = "complex".to_owned();
        extended.extensions.push(calendar::Extension { limit: more, reason_code });
        prop_assert!(shipped_due(&settings, &plain).at <= shipped_due(&settings, &extended).at);
    }

    #[test]
    fn a_later_start_is_never_due_earlier(
        (start, pauses) in start_and_pauses(), length in limits_but_months(), later in 1..9_000_i64, settings in settings(),
    ) {
        let first = shipped_due(&settings, &limit(start, length, &pauses));
        let later = start + SignedDuration::from_mins(later);
        prop_assert!(first.at <= shipped_due(&settings, &limit(later, length, &pauses)).at);
    }

    #[test]
    fn a_later_start_is_never_due_earlier_in_months(
        start in instants(), n in 1..6_u32, later in 1..90_000_i64,
    ) {
        let settings = Settings::default();
        let first = shipped_due(&settings, &limit(start, Limit::months(n), &[]));
        let later = start + SignedDuration::from_mins(later);
        prop_assert!(first.at <= shipped_due(&settings, &limit(later, Limit::months(n), &[])).at);
    }

    #[test]
    fn a_further_pause_never_brings_a_deadline_forward(
        (start, mut pauses) in start_and_pauses(), length in limits(), settings in settings(),
    ) {
        let all = shipped_due(&settings, &limit(start, length, &pauses));
        pauses.pop();
        prop_assert!(shipped_due(&settings, &limit(start, length, &pauses)).at <= all.at);
    }

    #[test]
    fn a_pause_on_rest_days_moves_no_working_day_limit(
        start in instants(), n in 1..30_u32, settings in settings(),
    ) {
        let plain = shipped_due(&settings, &limit(start, Limit::working_days(n), &[]));
        let rest_days = days_after(business_date(start), due_week(&plain)).filter(|d| !is_worked(*d));
        let pauses: Vec<_> = rest_days
            .map(|day| at(&format!("{day} 00:00")))
            .map(|from| Pause { from, until: Some(from + SignedDuration::from_hours(24)) })
            .collect();
        let rested = shipped_due(&settings, &limit(start, Limit::working_days(n), &pauses));
        prop_assert_eq!(rested.at, plain.at);
    }

    #[test]
    fn a_deadline_never_falls_into_a_pause(
        (start, pauses) in start_and_pauses(), length in limits(), settings in settings(),
    ) {
        let due = shipped_due(&settings, &limit(start, length, &pauses));
        // The second before the deadline runs, so the clock is not standing still in it.
        prop_assert!(!paused(&pauses, due.at - SignedDuration::from_secs(1)));
    }

    #[test]
    fn a_clock_runs_exactly_its_length(
        (start, pauses) in start_and_pauses(), amount in 1..1_500_i64, office in any::<bool>(),
    ) {
        let length = Limit { amount: u32::try_from(amount).unwrap(), unit: Unit::Minute, office_hours: office };
        let due = shipped_due(&Settings::default(), &limit(start, length, &pauses));
        prop_assert_eq!(minutes_run(start, due.at, office, &pauses), amount);
        let minute_before = due.at - SignedDuration::from_mins(1);
        prop_assert_eq!(minutes_run(start, minute_before, office, &pauses), amount - 1);
    }

    #[test]
    fn sixty_of_a_clock_unit_are_one_of_the_next(
        (start, pauses) in start_and_pauses(), amount in 1..40_u32, office_hours in any::<bool>(),
    ) {
        let of = |amount, unit| {
            let length = Limit { amount, unit, office_hours };
            shipped_due(&Settings::default(), &limit(start, length, &pauses)).at
        };
        prop_assert_eq!(of(amount, Unit::Hour), of(amount * 60, Unit::Minute));
        prop_assert_eq!(of(amount, Unit::Minute), of(amount * 60, Unit::Second));
    }

    /// The words of the days added agree with the deadline.
    #[test]
    fn the_days_told_are_the_days_added(
        (start, pauses) in start_and_pauses(), n in 1..40_u32, working in any::<bool>(),
    ) {
        let length = if working { Limit::working_days(n) } else { Limit::calendar_days(n) };
        let settings = Settings { late_receipt: LateReceipt::SameDay, ..Settings::default() };
        let due = shipped_due(&settings, &limit(start, length, &pauses));
        let (mut added, mut last) = (0, due.day);
        for step in &due.steps {
            if let Step::MadeUp { paused, a_day, by } = step {
                prop_assert!(*paused <= *a_day * by.amount.cast_signed());
                prop_assert!(*paused > *a_day * (by.amount.cast_signed() - 1));
                added += by.amount;
            } else if let Step::MovedOutOfPause { by } = step {
                added += by.amount;
            } else if let Step::RolledForward { from, .. } = step {
                last = *from;
            }
        }
        let counted = days_after(business_date(start), last).filter(|day| !working || is_worked(*day));
        prop_assert_eq!(counted.count(), usize::try_from(n + added).unwrap());
    }

    #[test]
    fn working_days_leave_their_full_office_time(
        (start, pauses) in start_and_pauses(), n in 1..12_u32,
    ) {
        let settings = Settings { late_receipt: LateReceipt::SameDay, ..Settings::default() };
        let due = shipped_due(&settings, &limit(start, Limit::working_days(n), &pauses));
        let mut run = 0;
        let first = days_after(business_date(start), due.day).find(|day| {
            let closing = at(&format!("{day} 17:30"));
            run += minutes_run(at(&format!("{day} 08:30")), closing, true, &pauses);
            let closes_paused = paused(&pauses, closing - SignedDuration::from_mins(1));
            is_worked(*day) && run >= i64::from(n) * 450 && !closes_paused
        });
        prop_assert_eq!(first, Some(due.day));
    }

    #[test]
    fn cards_only_become_more_urgent(
        (start, pauses) in start_and_pauses(), length in limits(), before in limits(), settings in settings(),
        red_after in prop::option::of(1..4_u32),
    ) {
        let mut time_limit = limit(start, length, &pauses);
        time_limit.yellow_before = Some(before);
        time_limit.red_after = red_after.map(Limit::working_days);
        let due = shipped_due(&settings, &time_limit);
        let yellow_at = due.yellow_at.unwrap();
        prop_assert!(start <= yellow_at && yellow_at <= due.at && due.at <= due.red_at);
        let moments = [start, yellow_at, due.at, due.red_at, due.red_at + SignedDuration::from_secs(1)];
        let cards = moments.map(|now| card(&due, now));
        prop_assert!(cards.is_sorted());
        prop_assert_eq!((cards[1], cards[2], cards[4]), (Card::Yellow, Card::Yellow, Card::Red));
    }

    #[test]
    fn what_is_stored_gives_the_same_deadline_and_words(
        (start, pauses) in start_and_pauses(), length in limits(), settings in settings(),
    ) {
        let stored = limit(start, length, &pauses);
        let json = serde_json::to_string(&stored).unwrap();
        let read: TimeLimit = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &stored);
        let computed = shipped_due(&settings, &read);
        let json = serde_json::to_string(&computed).unwrap();
        prop_assert_eq!(serde_json::from_str::<Due>(&json).unwrap(), shipped_due(&settings, &stored));
        let words = explain(Calendar::china(), &settings, &stored, None).unwrap();
        prop_assert!(words.en.starts_with("Due ") && words.zh.starts_with("截止时间"));
    }
}

/// A week after the deadline, so that rest days just behind it are paused too.
fn due_week(due: &Due) -> Date {
    due.day + Span::new().days(7)
}
