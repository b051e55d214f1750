//! Counting in working days, calendar days and months.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Desk, DueError};
use crate::office::OfficeSpan;
use crate::settings::DayEnd;
use crate::zone::{DAY_MINUTES, instant};

/// How counting in days ended.
pub(super) struct DayRun {
    /// The last day of the limit.
    pub(super) last: Date,
    /// The rest day from which the last day rolled forward to `last`.
    pub(super) rolled_from: Option<Date>,
    /// How many more days the pauses gave, in working days or calendar days as counted.
    pub(super) paused_days: u32,
    /// How long the clock stood still in the days counted.
    pub(super) paused: SignedDuration,
    /// How long a day counts.
    pub(super) a_day: SignedDuration,
    /// When the last day ends.
    pub(super) ends_at: Timestamp,
}

/// Counts `amount` working days from the day after `after`.
///
/// The last day is the first one at whose end the clock runs, and the days counted beyond the
/// limit make up for the time paused in all days counted.
pub(super) fn run_working_days(
    desk: &Desk<'_>,
    after: Date,
    amount: u32,
) -> Result<DayRun, DueError> {
    let whole_day = [OfficeSpan { opens: 0, closes: DAY_MINUTES }];
    let ends = desk.settings.working_day_ends;
    let spans = match ends {
        DayEnd::ClosingTime => desk.settings.office_hours.spans(),
        DayEnd::Midnight => &whole_day,
    };
    let minutes_a_day = spans.iter().map(|span| i64::from(span.closes - span.opens)).sum();
    let a_day = SignedDuration::from_mins(minutes_a_day);
    let (mut last, mut counted, mut paused) = (after, 0_u32, SignedDuration::ZERO);
    loop {
        last = desk.next_working_day(last)?;
        counted += 1;
        for span in spans {
            let (opens, closes) = span.on(last)?;
            paused += desk.pauses.time_between(opens, closes);
        }
        let Some(paused_days) = counted.checked_sub(amount) else { continue };
        let ends_at = desk.end_of(last, ends)?;
        if desk.runs_at(ends_at)? && paused <= times(a_day, i64::from(paused_days))? {
            return Ok(DayRun { last, rolled_from: None, paused_days, paused, a_day, ends_at });
        }
    }
}

/// Counts from the day after `after` to `unpaused`, which is the last day but for pauses.
///
/// As for working days, but every day counts, with all its 24 hours, the last one until it ends;
/// the last day then rolls forward to a working day.
pub(super) fn run_calendar_days(
    desk: &Desk<'_>,
    after: Date,
    unpaused: Date,
) -> Result<DayRun, DueError> {
    let ends = desk.settings.calendar_day_ends;
    let a_day = SignedDuration::from_hours(24);
    let counting_from = instant(after, DAY_MINUTES)?;
    let (mut nominal, mut paused_days) = (unpaused, 0_u32);
    loop {
        let is_rest_day = !desk.calendar.is_working_day(nominal);
        let last = if is_rest_day { desk.next_working_day(nominal)? } else { nominal };
        let ends_at = desk.end_of(last, ends)?;
        let nominal_end = desk.end_of(nominal, ends)?;
        let paused = desk.pauses.time_between(counting_from, nominal_end);
        if desk.runs_at(ends_at)? && paused <= times(a_day, i64::from(paused_days))? {
            let rolled_from = is_rest_day.then_some(nominal);
            return Ok(DayRun { last, rolled_from, paused_days, paused, a_day, ends_at });
        }
        nominal = nominal.tomorrow()?;
        paused_days += 1;
    }
}

impl Desk<'_> {
    /// Whether a deadline at `at` would not fall into a pause.
    fn runs_at(&self, at: Timestamp) -> Result<bool, DueError> {
        match self.pauses.holding(at) {
            Some(pause) if pause.until.is_none() => Err(DueError::Suspended { since: pause.from }),
            Some(_) => Ok(false),
            None => Ok(true),
        }
    }
}

fn times(a_day: SignedDuration, days: i64) -> Result<SignedDuration, DueError> {
    let seconds = a_day.as_secs().checked_mul(days).ok_or(DueError::OutOfRange)?;
    Ok(SignedDuration::from_secs(seconds))
}
