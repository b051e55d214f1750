//! A deadline in words, for the official who prints it and the person who reads it.

mod chinese;
mod english;

use jiff::SignedDuration;

use crate::calendar::Calendar;
use crate::due::{DueError, due};
use crate::limit::{Limit, Unit};
use crate::rules::Rule;
use crate::settings::Settings;
use crate::time_limit::TimeLimit;

/// A deadline in words, whole sentences in one paragraph; or a length of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// Explains how the deadline of a limit comes about: receipt, limit, extensions, holidays not
/// counted, make-up days worked, pauses, rolling forward, cards, what is provisional, and the
/// source of `rule`. A suspended limit is explained as such. Times are those of Asia/Shanghai.
///
/// # Errors
///
/// Those of [`due()`], but for [`DueError::Suspended`].
pub fn explain(
    calendar: &Calendar,
    settings: &Settings,
    time_limit: &TimeLimit,
    rule: Option<&Rule>,
) -> Result<Explanation, DueError> {
    match due(calendar, settings, time_limit) {
        Ok(due) => {
            let known = calendar.known();
            Ok(Explanation {
                en: english::deadline(&due, &known, rule),
                zh: chinese::deadline(&due, &known, rule),
            })
        }
        Err(DueError::Suspended { since }) => Ok(Explanation {
            en: english::suspended(time_limit, since, rule),
            zh: chinese::suspended(time_limit, since, rule),
        }),
        Err(error) => Err(error),
    }
}

/// A length in words, as they stand in explanations: "5wd" is "5 working days" and "5个工作日".
pub fn in_words(limit: Limit) -> Explanation {
    Explanation { en: english::length(limit), zh: chinese::length(limit) }
}

/// Hours, minutes and seconds of a time, rounded up to seconds, those of zero left out.
fn clock_parts(time: SignedDuration) -> impl Iterator<Item = (u32, Unit)> {
    let seconds = time.as_secs() + i64::from(time.subsec_nanos() > 0);
    let parts = [
        (seconds / 3_600, Unit::Hour),
        (seconds / 60 % 60, Unit::Minute),
        (seconds % 60, Unit::Second),
    ];
    parts
        .into_iter()
        .filter(|(amount, _)| *amount > 0)
        .map(|(amount, unit)| (u32::try_from(amount).unwrap_or(u32::MAX), unit))
}

#[cfg(test)]
mod tests;
