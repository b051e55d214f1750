//! Deadlines computed by hand from the holiday notices, with the reasoning of each.

use calendar::{
    Calendar, DayEnd, Due, DueError, Extension, LateReceipt, Pause, RedCard, Settings, TimeLimit,
    due,
};

use crate::inputs::at;

const FIXTURE: &str = include_str!("fixture.csv");

#[test]
fn deadlines_are_what_was_computed_by_hand() {
    let mut reader = csv::Reader::from_reader(FIXTURE.as_bytes());
    let mut count = 0;
    let mut wrong = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        let [case, start, limit, settings, pauses, extensions, yellow_before, expected @ ..] =
            &record.iter().collect::<Vec<_>>()[..]
        else {
            panic!("{record:?} has too few columns")
        };
        let time_limit = TimeLimit {
            start: at(start),
            limit: limit.parse().unwrap(),
            calendar_version: Calendar::china().version().to_owned(),
            pauses: listed(pauses, read_pause),
            extensions: listed(extensions, read_extension),
            yellow_before: (!yellow_before.is_empty()).then(|| yellow_before.parse().unwrap()),
            red_after: None,
            rule_key: None,
        };
        let answer = due(Calendar::china(), &read_settings(settings), &time_limit);
        if !is_as_expected(answer.as_ref(), expected) {
            wrong.push(format!("{case}: expected {expected:?}, computed {answer:#?}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 40, "only {count} cases");
}

fn is_as_expected(answer: Result<&Due, &DueError>, expected: &[&str]) -> bool {
    let [due_at, yellow_at, red_at, provisional, _reasoning] = expected[..] else {
        panic!("{expected:?} is not due, yellow, red, provisional, reasoning")
    };
    match answer {
        Ok(due) => {
            due_at != "suspended"
                && due.at == at(due_at)
                && due.yellow_at == (!yellow_at.is_empty()).then(|| at(yellow_at))
                && (red_at.is_empty() || due.red_at == at(red_at))
                && due.provisional == (provisional == "yes")
        }
        Err(DueError::Suspended { .. }) => due_at == "suspended",
        Err(_) => false,
    }
}

fn listed<T>(text: &str, read: fn(&str) -> T) -> Vec<T> {
    text.split(';').filter(|part| !part.is_empty()).map(read).collect()
}

fn read_pause(text: &str) -> Pause {
    let (from, until) = text.split_once('/').unwrap();
    Pause { from: at(from), until: (!until.is_empty()).then(|| at(until)) }
}

fn read_extension(text: &str) -> Extension {
    let (limit, reason_code) = text.split_once(' ').unwrap();
    Extension { limit: limit.parse().unwrap(), reason_code: reason_code.to_owned() }
}

fn read_settings(text: &str) -> Settings {
    let settings = Settings::default();
    match text {
        "" => settings,
        "midnight" => Settings { working_day_ends: DayEnd::Midnight, ..settings },
        "calendar_midnight" => Settings { calendar_day_ends: DayEnd::Midnight, ..settings },
        "calendar_next_opening" => {
            Settings { calendar_day_late_receipt: LateReceipt::NextOpening, ..settings }
        }
        "red_at_due" => Settings { red_card: RedCard::AtDue, ..settings },
        "same_day" => Settings { late_receipt: LateReceipt::SameDay, ..settings },
        _ => {
            let hours = text.strip_prefix("hours=").unwrap().parse().unwrap();
            Settings { office_hours: hours, ..settings }
        }
    }
}
