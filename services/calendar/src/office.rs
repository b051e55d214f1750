//! Office hours.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::zone::{DAY_MINUTES, instant};

/// The hours in which an office works on a working day, with or without breaks.
///
/// Written, also in configuration, as `08:30-12:00,13:30-17:30` or `09:00-17:00`; `24:00` is
/// allowed as the last closing. The default is 08:30–12:00 and 13:30–17:30, the usual hours of
/// government offices in Shandong; it is a setting of every place, not a rule of law. A span
/// holds its opening minute and not its closing minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OfficeHours {
    spans: Vec<OfficeSpan>,
}

/// One span of office hours between two breaks, in minutes of the day (0 to 1440).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfficeSpan {
    /// The minute at which it opens.
    pub opens: u16,
    /// The minute at which it closes.
    pub closes: u16,
}

/// Office hours that are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfficeHoursError {
    /// The text is not of the form `08:30-12:00,13:30-17:30`.
    #[error("office hours {0:?} are not written as 08:30-12:00,13:30-17:30")]
    Malformed(String),
    /// There is no span, or one that is empty, out of order or past 24:00.
    #[error("office hours need spans that are not empty, in order, apart, and end by 24:00")]
    Disordered,
}

impl OfficeHours {
    /// Makes office hours of spans, the earliest first.
    ///
    /// # Errors
    ///
    /// [`OfficeHoursError::Disordered`] if there is no span, or a span is empty, begins before
    /// the one before it has ended, or ends after 24:00.
    pub fn try_new(spans: Vec<OfficeSpan>) -> Result<OfficeHours, OfficeHoursError> {
        let each = spans.iter().all(|span| span.opens < span.closes && span.closes <= DAY_MINUTES);
        let apart = spans.windows(2).all(|pair| pair[0].closes < pair[1].opens);
        if spans.is_empty() || !each || !apart {
            return Err(OfficeHoursError::Disordered);
        }
        Ok(OfficeHours { spans })
    }

    /// Returns the spans, the earliest first; there is at least one.
    #[must_use]
    pub fn spans(&self) -> &[OfficeSpan] {
        &self.spans
    }

    /// Returns the minute of the day at which the office opens.
    #[must_use]
    pub fn opening(&self) -> u16 {
        self.spans.first().map_or(0, |span| span.opens)
    }

    /// Returns the minute of the day at which the office closes for good.
    #[must_use]
    pub fn closing(&self) -> u16 {
        self.spans.last().map_or(DAY_MINUTES, |span| span.closes)
    }

    /// Whether the wall clock shows the closing time or later.
    pub(crate) fn is_closed_at(&self, local: DateTime) -> bool {
        i32::from(local.hour()) * 60 + i32::from(local.minute()) >= i32::from(self.closing())
    }
}

impl OfficeSpan {
    /// The instants between which the span runs on `day`.
    pub(crate) fn on(self, day: Date) -> Result<(Timestamp, Timestamp), jiff::Error> {
        Ok((instant(day, self.opens)?, instant(day, self.closes)?))
    }
}

impl Default for OfficeHours {
    fn default() -> OfficeHours {
        let morning = OfficeSpan { opens: 8 * 60 + 30, closes: 12 * 60 };
        let afternoon = OfficeSpan { opens: 13 * 60 + 30, closes: 17 * 60 + 30 };
        OfficeHours { spans: vec![morning, afternoon] }
    }
}

impl FromStr for OfficeHours {
    type Err = OfficeHoursError;

    fn from_str(text: &str) -> Result<OfficeHours, OfficeHoursError> {
        let span = |part: &str| {
            let (opens, closes) = part.trim().split_once('-')?;
            Some(OfficeSpan { opens: minute_of_day(opens)?, closes: minute_of_day(closes)? })
        };
        let spans = text.split(',').map(span).collect::<Option<Vec<_>>>();
        OfficeHours::try_new(spans.ok_or_else(|| OfficeHoursError::Malformed(text.to_owned()))?)
    }
}

impl fmt::Display for OfficeHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, OfficeSpan { opens, closes }) in self.spans.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let (from, until) = ((opens / 60, opens % 60), (closes / 60, closes % 60));
            write!(f, "{comma}{:02}:{:02}-{:02}:{:02}", from.0, from.1, until.0, until.1)?;
        }
        Ok(())
    }
}

impl TryFrom<String> for OfficeHours {
    type Error = OfficeHoursError;

    fn try_from(text: String) -> Result<OfficeHours, OfficeHoursError> {
        text.parse()
    }
}

impl From<OfficeHours> for String {
    fn from(hours: OfficeHours) -> String {
        hours.to_string()
    }
}

/// Reads `HH:MM`, 00:00 to 24:00.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    let of_day = hour * 60 + minute;
    (minute < 60 && of_day <= DAY_MINUTES).then_some(of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn office_hours_read_and_write_the_same_text() {
        for text in ["08:30-12:00,13:30-17:30", "09:00-17:00", "00:00-24:00"] {
            let hours: OfficeHours = text.parse().unwrap();
            assert_eq!(hours.to_string(), text);
            let json = serde_json::to_string(&hours).unwrap();
            assert_eq!(serde_json::from_str::<OfficeHours>(&json).unwrap(), hours);
        }
        assert_eq!(OfficeHours::default().to_string(), "08:30-12:00,13:30-17:30");
    }

    #[test]
    fn wrong_office_hours_are_refused() {
        for text in ["", "9-17", "09:00", "09:00-25:00", "09:60-10:00", "+9:00-10:00"] {
            let refused = text.parse::<OfficeHours>();
            assert_eq!(refused, Err(OfficeHoursError::Malformed(text.to_owned())), "{text}");
        }
        for text in
            ["17:00-09:00", "09:00-09:00", "09:00-12:00,11:00-17:00", "13:00-14:00,09:00-12:00"]
        {
            assert_eq!(text.parse::<OfficeHours>(), Err(OfficeHoursError::Disordered), "{text}");
        }
    }
}
