//! When the yellow card appears: a limit counted backwards from the deadline.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use super::{Desk, DueError};
use crate::limit::{Limit, Measure};
use crate::zone::{business_date, instant};

/// The instant `before` ahead of the deadline `due` on `day`, not before the start and not
/// within a pause.
pub(super) fn at(
    desk: &Desk<'_>,
    due: Timestamp,
    day: Date,
    before: Limit,
) -> Result<Timestamp, DueError> {
    // The time of day is kept; for a day that ends at 24:00 it is 24 hours.
    let of_day = due.duration_since(instant(day, 0)?);
    let on =
        |day: Date| -> Result<Timestamp, DueError> { Ok(instant(day, 0)?.checked_add(of_day)?) };
    let counted = match before.measure() {
        Measure::Clock(length) if before.office_hours => office_time_before(desk, due, length)?,
        Measure::Clock(length) => due.checked_sub(length).unwrap_or(Timestamp::MIN),
        Measure::WorkingDays(amount) => on(working_days_before(desk, day, amount)?)?,
        Measure::CalendarDays(amount) => on(day.checked_sub(Span::new().try_days(amount)?)?)?,
        Measure::Months(amount) => on(day.checked_sub(Span::new().try_months(amount)?)?)?,
    };
    let shown = counted.max(desk.time_limit.start);
    let pause = desk
        .pauses
        .iter()
        .find(|pause| pause.from <= shown && shown < pause.until.unwrap_or(Timestamp::MAX));
    // A pause that reaches beyond the deadline has begun at the deadline or later.
    Ok(pause.and_then(|pause| pause.until).map_or(shown, |until| until.min(due)))
}

fn working_days_before(desk: &Desk<'_>, day: Date, amount: u32) -> Result<Date, DueError> {
    let (mut day, mut left) = (day, amount);
    // Days before the start change nothing: the card is shown from the start on.
    let start = business_date(desk.time_limit.start);
    while left > 0 && day >= start {
        day = day.yesterday()?;
        if desk.calendar.is_working_day(day) {
            left -= 1;
        }
    }
    Ok(day)
}

fn office_time_before(
    desk: &Desk<'_>,
    due: Timestamp,
    length: SignedDuration,
) -> Result<Timestamp, DueError> {
    let start = desk.time_limit.start;
    let (mut day, mut left) = (business_date(due), length);
    while day >= business_date(start) {
        let works = desk.calendar.is_working_day(day);
        let spans = if works { desk.settings.office_hours.spans() } else { &[] };
        for span in spans.iter().rev() {
            let (opens, closes) = span.on(day)?;
            let worked = closes.min(due).duration_since(opens);
            if left <= worked {
                return Ok(closes.min(due).checked_sub(left)?);
            }
            left -= worked.max(SignedDuration::ZERO);
        }
        day = day.yesterday()?;
    }
    Ok(start)
}
