//! A deadline in words, for the official who prints it and the person who reads it.

mod chinese;
mod english;

use crate::calendar::Calendar;
use crate::due::{DueError, due};
use crate::rules::Rule;
use crate::settings::Settings;
use crate::time_limit::TimeLimit;

/// A deadline in words, whole sentences in one paragraph.
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
            let years = calendar.years();
            Ok(Explanation {
                en: english::deadline(&due, &years, rule),
                zh: chinese::deadline(&due, &years, rule),
            })
        }
        Err(DueError::Suspended { since }) => Ok(Explanation {
            en: english::suspended(time_limit, since, rule),
            zh: chinese::suspended(time_limit, since, rule),
        }),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
