use jiff::SignedDuration;
use jiff::tz::offset;

use super::*;
use crate::card::{Card, card};
use crate::limit::Unit;
use crate::time_limit::{Extension, Pause};

fn at(text: &str) -> Timestamp {
    offset(8).to_timestamp(text.parse().unwrap()).unwrap()
}

fn stored(start: &str, limit: &str) -> TimeLimit {
    TimeLimit::new(at(start), limit.parse().unwrap(), Calendar::china())
}

fn computed(time_limit: &TimeLimit) -> Result<Due, DueError> {
    due(Calendar::china(), &Settings::default(), time_limit)
}

#[test]
fn cards_of_a_hotline_order() {
    let mut order = stored("2026-03-02 09:00", "4wd");
    order.yellow_before = Some(Limit::working_days(1));
    let due_friday = computed(&order).unwrap();
    assert_eq!(due_friday.at, at("2026-03-06 17:30"));
    // Overdue over the weekend is yellow; the first working day overdue is red.
    for (now, expected) in [
        ("2026-03-05 17:29", Card::Green),
        ("2026-03-05 17:30", Card::Yellow),
        ("2026-03-06 17:30", Card::Yellow),
        ("2026-03-06 17:31", Card::Yellow),
        ("2026-03-09 08:29", Card::Yellow),
        ("2026-03-09 08:30", Card::Red),
    ] {
        assert_eq!(card(&due_friday, at(now)), expected, "{now}");
    }
    let settings = Settings { red_card: RedCard::AtDue, ..Settings::default() };
    let strict = due(Calendar::china(), &settings, &order).unwrap();
    assert_eq!(card(&strict, at("2026-03-06 17:30")), Card::Yellow);
    assert_eq!(card(&strict, at("2026-03-06 17:31")), Card::Red);
    // Limits by the clock are red at once.
    let hours = computed(&stored("2026-03-06 09:00", "2h")).unwrap();
    assert_eq!(card(&hours, at("2026-03-06 11:00")), Card::Green);
    assert_eq!(card(&hours, at("2026-03-06 11:01")), Card::Red);
}

#[test]
fn an_open_pause_suspends_until_it_is_ended() {
    for limit in ["5wd", "15d", "1mo", "48h", "20oh"] {
        let mut order = stored("2026-03-02 09:00", limit);
        order.pauses.push(Pause { from: at("2026-03-03 09:00"), until: None });
        let since = at("2026-03-03 09:00");
        assert_eq!(computed(&order), Err(DueError::Suspended { since }), "{limit}");
        let resumed = computed(&order.resumed_at(at("2026-03-05 09:00"))).unwrap();
        order.pauses.push(Pause { from: at("2026-03-06 09:00"), until: None });
        assert_eq!(computed(&order.resumed_at(at("2026-03-05 09:00"))).as_ref(), Ok(&resumed));
        assert!(resumed.at > computed(&stored("2026-03-02 09:00", limit)).unwrap().at);
    }
}

#[test]
fn contradictory_inputs_are_refused() {
    let mut other_calendar = stored("2026-03-02 09:00", "5wd");
    other_calendar.calendar_version = "cn-2025.1".to_owned();
    let refused = computed(&other_calendar).unwrap_err();
    assert_eq!(refused.to_string(), "the limit is counted by calendar cn-2025.1, not by cn-2026.1");

    let mut backwards = stored("2026-03-02 09:00", "5wd");
    let (from, until) = (at("2026-03-04 09:00"), at("2026-03-03 09:00"));
    backwards.pauses.push(Pause { from, until: Some(until) });
    assert_eq!(computed(&backwards), Err(DueError::PauseBackwards { from, until }));

    let mut nothing = stored("2026-03-02 09:00", "5wd");
    nothing.limit.amount = 0;
    assert_eq!(computed(&nothing), Err(DueError::Limit(LimitError::Zero)));

    let mut endless = stored("2026-03-02 09:00", "1200mo");
    let century = Extension { limit: Limit::months(1_200), reason_code: "complex".to_owned() };
    endless.extensions.push(century);
    let too_long = LimitError::TooLong(Limit::months(2_400));
    assert_eq!(computed(&endless), Err(DueError::Limit(too_long)));
    assert_eq!(computed(&stored("9950-03-02 09:00", "1200mo")), Err(DueError::OutOfRange));
}

#[test]
fn steps_tell_what_mattered() {
    let mut order = stored("2026-09-28 10:00", "5wd");
    let (from, until) = (at("2026-10-09 08:30"), at("2026-10-10 08:30"));
    order.pauses.push(Pause { from, until: Some(until) });
    let steps = computed(&order).unwrap().steps;
    let day = business_date(order.start);
    let names = vec!["国庆节".to_owned()];
    let october = |day| Date::constant(2026, 10, day);
    assert_eq!(
        steps,
        [
            Step::Received { at: order.start, day, receipt: Receipt::OnTheDay },
            Step::Limited { limit: Limit::working_days(5) },
            Step::Skipped { from: october(1), to: october(7), names },
            Step::MakeupWorked { date: october(10), name: "国庆节".to_owned() },
            Step::Paused { from, until },
            Step::MadeUp {
                paused: SignedDuration::from_mins(450),
                a_day: SignedDuration::from_mins(450),
                by: Limit::working_days(1),
            },
        ]
    );
}

#[test]
fn pauses_that_do_not_matter_are_not_told() {
    let mut order = stored("2026-03-02 09:00", "2h");
    let pause = |from, until| Pause { from: at(from), until: Some(at(until)) };
    order.pauses = vec![
        pause("2026-03-01 09:00", "2026-03-02 09:00"),
        pause("2026-03-02 11:00", "2026-03-02 12:00"),
    ];
    let told = computed(&order).unwrap();
    assert_eq!((told.at, told.steps.len()), (at("2026-03-02 11:00"), 2));

    order.pauses = vec![pause("2026-03-02 10:00", "2026-03-02 10:00:00.5")];
    let one_second = Limit { amount: 1, unit: Unit::Second, office_hours: false };
    let told = computed(&order).unwrap();
    assert_eq!(told.steps.last(), Some(&Step::Moved { by: one_second }));
}

#[test]
fn what_needs_no_calendar_is_never_provisional() {
    let hours = computed(&stored("2026-12-31 20:00", "24h")).unwrap();
    assert!(!hours.provisional && !hours.red_provisional);
    let mut warned = stored("2026-12-31 20:00", "24h");
    warned.yellow_before = Some(Limit::office_hours(1));
    assert!(computed(&warned).unwrap().provisional);
}
