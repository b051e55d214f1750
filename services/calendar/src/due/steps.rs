//! What an explanation tells about a deadline.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Desk;
use super::clock::ClockRun;
use super::days::DayRun;
use crate::calendar::DayKind;
use crate::limit::{Limit, Unit};
use crate::zone::business_date;

/// One thing that made a deadline what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The matter was received, and counts as received on `day`.
    Received {
        /// When it was received.
        at: Timestamp,
        /// The day it counts as received on.
        day: Date,
        /// Why that day.
        receipt: Receipt,
    },
    /// The limit as the rule states it.
    Limited {
        /// The limit.
        limit: Limit,
    },
    /// The limit was extended.
    Extended {
        /// By how much.
        limit: Limit,
        /// Code of the reason.
        reason_code: String,
    },
    /// Holidays were not counted; weekends are not told one by one.
    Skipped {
        /// First day off.
        from: Date,
        /// Last day off.
        to: Date,
        /// The holidays, in Chinese as published, in their order.
        names: Vec<String>,
    },
    /// A Saturday or Sunday was counted because it is worked.
    MakeupWorked {
        /// The day.
        date: Date,
        /// The holiday it is worked for, in Chinese as published.
        name: String,
    },
    /// The last day was a rest day and rolled forward.
    RolledForward {
        /// The rest day.
        from: Date,
        /// The working day after it.
        to: Date,
    },
    /// The clock stood still.
    Paused {
        /// When it stopped.
        from: Timestamp,
        /// When it went on.
        until: Timestamp,
    },
    /// The pauses had no effect: they touched nothing that is counted.
    Unmoved,
    /// All pauses of one stretch by the clock together moved the deadline by so much, rounded up
    /// to seconds.
    Moved {
        /// By how much.
        by: Limit,
    },
    /// The time paused in the days counted, rounded up to whole days, moved the deadline.
    MadeUp {
        /// How long the clock stood still in the days counted.
        paused: SignedDuration,
        /// How long a day counts.
        a_day: SignedDuration,
        /// The whole days.
        by: Limit,
    },
    /// The deadline would have fallen into a pause, and moved out of it.
    MovedOutOfPause {
        /// By how much.
        by: Limit,
    },
}

/// Why a receipt counts on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// It counts on its own day.
    OnTheDay,
    /// It came at closing time or later, and counts on the next working day.
    AfterClosing,
    /// It came on a rest day, and counts on the next working day.
    OnRestDay,
}

/// The steps before counting: receipt, limit, extensions, holidays until it counts as received.
pub(super) fn opening(desk: &Desk<'_>) -> Vec<Step> {
    let limit = desk.time_limit;
    let came = business_date(limit.start);
    let (day, receipt) =
        desk.receipt(limit.start, limit.limit.unit).unwrap_or((came, Receipt::OnTheDay));
    let received = Step::Received { at: limit.start, day, receipt };
    let extended = limit.extensions.iter().map(|extension| Step::Extended {
        limit: extension.limit,
        reason_code: extension.reason_code.clone(),
    });
    let mut steps: Vec<_> =
        [received, Step::Limited { limit: limit.limit }].into_iter().chain(extended).collect();
    // Neither a day that came to its close nor the day on which it counts as received is told.
    let waits_from = match receipt {
        Receipt::OnTheDay => day,
        Receipt::AfterClosing => came.tomorrow().unwrap_or(day),
        Receipt::OnRestDay => came,
    };
    if let Ok(before) = day.yesterday() {
        add_calendar(&mut steps, desk, waits_from, before);
    }
    steps
}

/// What counting in working days from the day after `after` met.
pub(super) fn add_working_days(steps: &mut Vec<Step>, desk: &Desk<'_>, after: Date, days: &DayRun) {
    add_calendar(steps, desk, after.tomorrow().unwrap_or(days.last), days.last);
    add_made_up(steps, days, Unit::WorkingDay);
}

/// What counting in calendar days met: pauses move the last day before it rolls, and of the
/// holidays only those that it rolled over mattered.
pub(super) fn add_calendar_days(steps: &mut Vec<Step>, desk: &Desk<'_>, days: &DayRun) {
    add_made_up(steps, days, Unit::CalendarDay);
    if let Some(from) = days.rolled_from {
        add_calendar(steps, desk, from, days.last);
        steps.push(Step::RolledForward { from, to: days.last });
    }
}

/// The days that the pauses gave: for the time paused, and beyond it to leave a pause.
fn add_made_up(steps: &mut Vec<Step>, days: &DayRun, unit: Unit) {
    let day = days.a_day.as_nanos();
    let whole = (days.paused.as_nanos() + day - 1) / day;
    let made_up = u32::try_from(whole).unwrap_or(u32::MAX).min(days.paused_days);
    let limit = |amount| Limit { amount, unit, office_hours: false };
    if made_up > 0 {
        let (paused, a_day) = (days.paused, days.a_day);
        steps.push(Step::MadeUp { paused, a_day, by: limit(made_up) });
    }
    if days.paused_days > made_up {
        steps.push(Step::MovedOutOfPause { by: limit(days.paused_days - made_up) });
    }
}

/// What running by the clock from `start` met.
pub(super) fn add_clock(
    steps: &mut Vec<Step>,
    desk: &Desk<'_>,
    start: Timestamp,
    office_hours: bool,
    ran: &ClockRun,
) {
    if office_hours {
        add_calendar(steps, desk, business_date(start), business_date(ran.ends_at));
    }
    if ran.paused > SignedDuration::ZERO {
        steps.push(Step::Moved { by: clock_limit(ran.paused, office_hours) });
    }
}

/// Completes the steps with the pauses before the deadline, told before what they moved.
pub(super) fn closing(desk: &Desk<'_>, mut steps: Vec<Step>, due: Timestamp) -> Vec<Step> {
    let told = desk.pauses.iter().filter(|pause| pause.from < due);
    let mut paused: Vec<_> = told
        .filter_map(|pause| {
            let until = pause.until?;
            (desk.time_limit.start < until).then_some(Step::Paused { from: pause.from, until })
        })
        .collect();
    let moved = steps.iter().position(|step| {
        matches!(step, Step::Moved { .. } | Step::MadeUp { .. } | Step::MovedOutOfPause { .. })
    });
    if moved.is_none() && !paused.is_empty() {
        paused.push(Step::Unmoved);
    }
    let place = moved.unwrap_or(steps.len());
    steps.splice(place..place, paused);
    steps
}

/// The holidays and make-up working days from `first` to `last`.
fn add_calendar(steps: &mut Vec<Step>, desk: &Desk<'_>, first: Date, last: Date) {
    let mut skipped: Option<(Date, Date, Vec<String>)> = None;
    let mut date = first;
    while date <= last {
        let day = desk.calendar.day(date);
        let name = day.name.unwrap_or_default();
        if day.kind == DayKind::Holiday {
            let (_, to, names) = skipped.get_or_insert_with(|| (date, date, Vec::new()));
            *to = date;
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        } else if let Some((from, to, names)) = skipped.take() {
            steps.push(Step::Skipped { from, to, names });
        }
        if day.kind == DayKind::MakeupWorkday {
            steps.push(Step::MakeupWorked { date, name: name.to_owned() });
        }
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    if let Some((from, to, names)) = skipped {
        steps.push(Step::Skipped { from, to, names });
    }
}

/// Clock time in the largest unit that holds it exactly, rounded up to seconds.
fn clock_limit(time: SignedDuration, office_hours: bool) -> Limit {
    let seconds = time.as_secs() + i64::from(time.subsec_nanos() > 0);
    let (amount, unit) = match seconds {
        _ if seconds % 3_600 == 0 => (seconds / 3_600, Unit::Hour),
        _ if seconds % 60 == 0 => (seconds / 60, Unit::Minute),
        _ => (seconds, Unit::Second),
    };
    Limit { amount: u32::try_from(amount).unwrap_or(u32::MAX), unit, office_hours }
}
