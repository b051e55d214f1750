//! The deadline as a function of its stored inputs.

mod clock;
mod days;
mod steps;
mod yellow;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::steps::{Receipt, Step};
use crate::calendar::Calendar;
use crate::limit::{Limit, LimitError, Measure, Unit};
use crate::pauses::Pauses;
use crate::settings::{DayEnd, LateReceipt, RedCard, Settings};
use crate::time_limit::TimeLimit;
use crate::zone::{DAY_MINUTES, business_date, instant, local};

/// A computed deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The deadline: what is done at this instant is still in time.
    pub at: Timestamp,
    /// The Asia/Shanghai day of the deadline. If it ends at 24:00, `at` is 00:00 of the next day.
    pub day: Date,
    /// When the yellow card appears; never if none.
    pub yellow_at: Option<Timestamp>,
    /// When the red card appears; not before `at`.
    pub red_at: Timestamp,
    /// Whether `at` or `yellow_at` rests on days outside [`Calendar::known`], and is to be
    /// computed again when the notice for them is loaded.
    pub provisional: bool,
    /// Whether `red_at` rests on such days.
    pub red_provisional: bool,
    /// Version of the calendar that was used.
    pub calendar_version: String,
    /// How the deadline came about, in the order of an explanation.
    pub steps: Vec<Step>,
}

/// Why there is no deadline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DueError {
    /// The clock stands still in an open pause: the deadline is not known until it goes on.
    /// This is an answer, not a fault; [`TimeLimit::resumed_at`] tells what it would be.
    #[error("the clock stands still since {since}")]
    Suspended {
        /// When the clock stopped.
        since: Timestamp,
    },
    /// The limit is counted by another version of the calendar than the one given.
    #[error("the limit is counted by calendar {wanted}, not by {given}")]
    CalendarVersion {
        /// The version stored with the limit.
        wanted: String,
        /// The version of the calendar given.
        given: String,
    },
    /// The limit, an extension or the yellow card's lead cannot be counted.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The red card's lag is not in working days.
    #[error("the red card is shown a number of working days after the end, not {0}")]
    RedCard(Limit),
    /// A pause ends before it begins.
    #[error("a pause from {from} ends before it begins, at {until}")]
    PauseBackwards {
        /// When the pause begins.
        from: Timestamp,
        /// When it ends.
        until: Timestamp,
    },
    /// The deadline lies outside the years that dates can express.
    #[error("the deadline lies outside the years that can be counted")]
    OutOfRange,
}

impl From<jiff::Error> for DueError {
    /// Arithmetic on checked limits fails for no other reason than the range of dates.
    fn from(_: jiff::Error) -> DueError {
        DueError::OutOfRange
    }
}

/// Computes the deadline of a limit.
///
/// **Counting.** The day of receipt is not counted (Civil Code art. 201); a receipt after closing
/// or on a rest day counts on the day that [`Settings`] say. Working days are
/// counted by the calendar; calendar days one by one; a month ends on the same day number, else
/// on the last day of the month (art. 202). A last day that is no working day rolls forward to
/// the next one (art. 203). The last day ends at closing time, or at 24:00 by [`Settings`].
/// Hours, minutes and seconds run from the instant of receipt, by the wall clock or, if the
/// limit says so, in office hours only.
///
/// **Extensions** add to the limit. Those of the same unit are counted as one limit from the
/// start (60 days and 30 days are 90 days); another unit begins where the time before it ended,
/// that day not counted.
///
/// **Pauses** (a decision of this crate; the rules only say that paused time is not counted,
/// e.g. 信访工作条例 art. 36 on hearings). By the clock, the deadline moves by exactly the time
/// paused while the clock would have run. In days, the paused time of all counted days is summed
/// and rounded up to whole days, once: three short pauses do not give three days. Time paused
/// counts in office hours for working days (in all 24 hours if those end at 24:00), and from the
/// day after receipt; a pause within rest days therefore moves no limit in working days. A
/// deadline never falls into a pause: it moves to the first day at whose end the clock runs.
/// A pause that begins at the deadline or later has no effect.
///
/// It follows that a further pause, a longer limit or a later start never make a deadline
/// earlier. There is one exception: 30 and 31 January plus a month are the same day, so that of
/// two starts in such days the earlier one may keep more of a pause.
///
/// **Cards.** The yellow card appears `yellow_before` ahead of the deadline, counted backwards
/// in its own unit at the same time of day, but not before the start and not within a pause (then
/// at its end). The red card appears at the opening of the working day that `red_after` names, else
/// as [`RedCard`] says.
///
/// # Errors
///
/// [`DueError::Suspended`] while a pause is open, else if the inputs contradict themselves, the
/// calendar is of another version, or the deadline lies out of range.
pub fn due(
    calendar: &Calendar,
    settings: &Settings,
    time_limit: &TimeLimit,
) -> Result<Due, DueError> {
    let desk = Desk::try_new(calendar, settings, time_limit)?;
    let stages = stages(time_limit)?;
    let mut run = Run { end: End::Start(time_limit.start), steps: steps::opening(&desk) };
    for stage in &stages {
        run = desk.run_stage(run, *stage)?;
    }
    let day = run.end.day();
    let (at, counted_in_days) = match run.end {
        End::Day { at, .. } => (at, true),
        End::Start(at) | End::Instant(at) => (at, false),
    };
    let yellow_at =
        time_limit.yellow_before.map(|before| yellow::at(&desk, at, day, before)).transpose()?;
    let red_after = match (time_limit.red_after, settings.red_card) {
        (Some(after), _) => Some(after.amount),
        (None, RedCard::FirstOverdueWorkingDay) => counted_in_days.then_some(1),
        (None, RedCard::AtDue) => None,
    };
    let (red_day, red_at) = desk.red(day, at, red_after)?;
    let needs_calendar = stages.iter().chain(&time_limit.yellow_before).any(|l| l.needs_calendar());
    let first = business_date(time_limit.start);
    let provisional = needs_calendar && !calendar.covers(first, day);
    Ok(Due {
        at,
        day,
        yellow_at,
        red_at,
        provisional,
        red_provisional: provisional || (red_at != at && !calendar.covers(first, red_day)),
        calendar_version: calendar.version().to_owned(),
        steps: steps::closing(&desk, run.steps, at),
    })
}

/// Returns whether a stored deadline is to be computed again because `calendar` is of another
/// version than the one it was counted by.
///
/// Any new version asks for it, not only one with more years: holidays have been changed within
/// the year (Spring Festival 2020), and computing an unaffected deadline gives the same
/// one. Compute with [`TimeLimit::counted_by`].
#[must_use]
pub fn needs_recompute(due: &Due, calendar: &Calendar) -> bool {
    due.calendar_version != calendar.version()
}

/// What all steps of one computation share.
struct Desk<'a> {
    calendar: &'a Calendar,
    settings: &'a Settings,
    time_limit: &'a TimeLimit,
    pauses: Pauses,
}

/// A computation on its way.
struct Run {
    end: End,
    steps: Vec<Step>,
}

/// Where the time counted so far ends.
#[derive(Clone, Copy)]
enum End {
    /// Nothing is counted yet.
    Start(Timestamp),
    /// At the end of a day.
    Day { last: Date, at: Timestamp },
    /// At an instant by the clock.
    Instant(Timestamp),
}

impl<'a> Desk<'a> {
    fn try_new(
        calendar: &'a Calendar,
        settings: &'a Settings,
        time_limit: &'a TimeLimit,
    ) -> Result<Desk<'a>, DueError> {
        if time_limit.calendar_version != calendar.version() {
            return Err(DueError::CalendarVersion {
                wanted: time_limit.calendar_version.clone(),
                given: calendar.version().to_owned(),
            });
        }
        if let Some(before) = time_limit.yellow_before {
            before.check()?;
        }
        if let Some(after) = time_limit.red_after {
            after.check()?;
            if after.unit != Unit::WorkingDay {
                return Err(DueError::RedCard(after));
            }
        }
        let pauses = Pauses::try_new(&time_limit.pauses)
            .map_err(|(from, until)| DueError::PauseBackwards { from, until })?;
        Ok(Desk { calendar, settings, time_limit, pauses })
    }

    fn run_stage(&self, run: Run, stage: Limit) -> Result<Run, DueError> {
        let Run { end, mut steps } = run;
        let days = match stage.measure() {
            Measure::Clock(length) => {
                let start = match end {
                    End::Start(at) | End::Day { at, .. } | End::Instant(at) => at,
                };
                let ran = clock::run(self, start, length, stage.office_hours)?;
                steps::add_clock(&mut steps, self, start, stage.office_hours, &ran);
                return Ok(Run { end: End::Instant(ran.ends_at), steps });
            }
            Measure::WorkingDays(amount) => {
                let after = self.counting_from(end, stage)?;
                let days = days::run_working_days(self, after, amount)?;
                steps::add_working_days(&mut steps, self, after, &days);
                days
            }
            Measure::CalendarDays(amount) => {
                let after = self.counting_from(end, stage)?;
                let last = after.checked_add(Span::new().try_days(amount)?)?;
                let days = days::run_calendar_days(self, after, last)?;
                steps::add_calendar_days(&mut steps, self, &days);
                days
            }
            // jiff gives the same day number, else the last day: Civil Code art. 202.
            Measure::Months(amount) => {
                let after = self.counting_from(end, stage)?;
                let last = after.checked_add(Span::new().try_months(amount)?)?;
                let days = days::run_calendar_days(self, after, last)?;
                steps::add_calendar_days(&mut steps, self, &days);
                days
            }
        };
        Ok(Run { end: End::Day { last: days.last, at: days.ends_at }, steps })
    }

    /// The day after which a limit in days is counted.
    fn counting_from(&self, end: End, stage: Limit) -> Result<Date, DueError> {
        match end {
            End::Start(at) => Ok(self.receipt(at, stage.unit)?.0),
            End::Day { .. } | End::Instant(_) => Ok(end.day()),
        }
    }

    /// The day on which a start counts as received for a limit of `unit`, and why.
    fn receipt(&self, start: Timestamp, unit: Unit) -> Result<(Date, Receipt), DueError> {
        let day = business_date(start);
        let setting = match unit {
            Unit::WorkingDay => self.settings.late_receipt,
            Unit::CalendarDay | Unit::Month => self.settings.calendar_day_late_receipt,
            Unit::Second | Unit::Minute | Unit::Hour => LateReceipt::SameDay,
        };
        match setting {
            LateReceipt::SameDay => Ok((day, Receipt::OnTheDay)),
            LateReceipt::NextOpening if !self.calendar.is_working_day(day) => {
                Ok((self.next_working_day(day)?, Receipt::OnRestDay))
            }
            LateReceipt::NextOpening if self.settings.office_hours.is_closed_at(local(start)) => {
                Ok((self.next_working_day(day)?, Receipt::AfterClosing))
            }
            LateReceipt::NextOpening => Ok((day, Receipt::OnTheDay)),
        }
    }

    /// The day and the instant of the red card, `after` working days after the last day.
    fn red(
        &self,
        last: Date,
        due: Timestamp,
        after: Option<u32>,
    ) -> Result<(Date, Timestamp), DueError> {
        let Some(after) = after else { return Ok((last, due)) };
        let mut day = last;
        for _ in 0..after {
            day = self.next_working_day(day)?;
        }
        Ok((day, instant(day, self.settings.office_hours.opening())?))
    }

    /// The first working day after `day`.
    fn next_working_day(&self, day: Date) -> Result<Date, DueError> {
        let mut next = day.tomorrow()?;
        while !self.calendar.is_working_day(next) {
            next = next.tomorrow()?;
        }
        Ok(next)
    }

    /// The instant at which `day` ends as the last day of a limit.
    fn end_of(&self, day: Date, ends: DayEnd) -> Result<Timestamp, DueError> {
        let minute = match ends {
            DayEnd::ClosingTime => self.settings.office_hours.closing(),
            DayEnd::Midnight => DAY_MINUTES,
        };
        Ok(instant(day, minute)?)
    }
}

impl End {
    /// The day on which the time counted so far ends; it is not counted again.
    fn day(self) -> Date {
        match self {
            End::Day { last, .. } => last,
            End::Start(at) | End::Instant(at) => business_date(at),
        }
    }
}

/// The limit and its extensions, neighbours of one unit added up.
fn stages(time_limit: &TimeLimit) -> Result<Vec<Limit>, DueError> {
    time_limit.limit.check()?;
    let mut stages = vec![time_limit.limit];
    for extension in &time_limit.extensions {
        let more = extension.limit;
        more.check()?;
        match stages.last_mut() {
            Some(last) if (last.unit, last.office_hours) == (more.unit, more.office_hours) => {
                last.amount = last.amount.saturating_add(more.amount);
                last.check()?;
            }
            Some(_) | None => stages.push(more),
        }
    }
    Ok(stages)
}

#[cfg(test)]
mod tests;
