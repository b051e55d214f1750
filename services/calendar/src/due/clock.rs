//! Running seconds, minutes and hours, by the wall clock or in office hours.

use jiff::{SignedDuration, Timestamp};

use super::{Desk, DueError};
use crate::pauses::Pauses;
use crate::zone::business_date;

/// How a run of the clock ended.
pub(super) struct ClockRun {
    /// When the length had run.
    pub(super) ends_at: Timestamp,
    /// How long the clock stood still while it would have run.
    pub(super) paused: SignedDuration,
}

/// Runs `length` from `start`.
pub(super) fn run(
    desk: &Desk<'_>,
    start: Timestamp,
    length: SignedDuration,
    office_hours: bool,
) -> Result<ClockRun, DueError> {
    let mut meter = Meter { left: length, paused: SignedDuration::ZERO };
    let ends_at = if office_hours {
        run_office_hours(desk, start, &mut meter)?
    } else {
        meter.run(&desk.pauses, start, Timestamp::MAX)?.ok_or(DueError::OutOfRange)?
    };
    Ok(ClockRun { ends_at, paused: meter.paused })
}

fn run_office_hours(
    desk: &Desk<'_>,
    start: Timestamp,
    meter: &mut Meter,
) -> Result<Timestamp, DueError> {
    let mut day = business_date(start);
    loop {
        let works = desk.calendar.is_working_day(day);
        let spans = if works { desk.settings.office_hours.spans() } else { &[] };
        for span in spans {
            let (opens, closes) = span.on(day)?;
            if start < closes
                && let Some(ends_at) = meter.run(&desk.pauses, opens.max(start), closes)?
            {
                return Ok(ends_at);
            }
        }
        day = day.tomorrow()?;
    }
}

/// Time that is still to run.
struct Meter {
    left: SignedDuration,
    paused: SignedDuration,
}

impl Meter {
    /// Runs between two instants, and returns when nothing is left if that is before `until`.
    fn run(
        &mut self,
        pauses: &Pauses,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Timestamp>, DueError> {
        let mut at = from;
        for pause in pauses.iter() {
            let resumes = pause.until.unwrap_or(Timestamp::MAX);
            if resumes <= at || until <= pause.from {
                continue;
            }
            let stops = pause.from.max(at);
            if let Some(end) = self.advance(at, stops)? {
                return Ok(Some(end));
            }
            if pause.until.is_none() {
                return Err(DueError::Suspended { since: pause.from });
            }
            at = resumes.min(until);
            self.paused += at.duration_since(stops);
        }
        self.advance(at, until)
    }

    fn advance(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Timestamp>, DueError> {
        let span = until.duration_since(from);
        if self.left <= span {
            return Ok(Some(from.checked_add(self.left)?));
        }
        self.left -= span;
        Ok(None)
    }
}
