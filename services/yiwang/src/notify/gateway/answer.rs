//! What an HTTP status says about a notice.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use jiff::Timestamp;

use crate::notify::carrier::Verdict;

/// Nobody is made to wait longer by the other side.
const LONGEST_WISH: Duration = Duration::from_hours(24);

/// Success is taken. A timeout, too many calls or a fault of the other side passes; so does a refusal that is about who
/// calls and not about the notice (401, 403, 407), once somebody has put the token right. Anything else is about the
/// notice, and would be the same the next time.
pub(super) fn verdict(
    status: StatusCode,
    retry_after: Option<&HeaderValue>,
    now: Timestamp,
) -> Verdict {
    let why = format!("HTTP {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Verdict::Taken,
        401 | 403 | 407 | 408 | 409 | 425 | 429 | 500..=599 => {
            Verdict::Later { why, after: retry_after.and_then(|value| wish(value, now)) }
        }
        // A redirection is followed by nobody: the address has to be put right.
        100..=199 | 300..=399 => Verdict::Later { why, after: None },
        _ => Verdict::Refused(why),
    }
}

/// A pause that is wished for: seconds, or a date.
fn wish(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO)
        }
    };
    Some(pause.min(LONGEST_WISH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, retry_after: Option<&str>) -> Verdict {
        let header = retry_after.map(|text| HeaderValue::from_str(text).unwrap());
        let now = "2026-07-01T04:00:00Z".parse().unwrap();
        verdict(StatusCode::from_u16(status).unwrap(), header.as_ref(), now)
    }

    #[test]
    fn statuses_are_about_the_notice_or_pass() {
        for taken in [200, 201, 202, 204] {
            assert_eq!(of(taken, None), Verdict::Taken);
        }
        for later in [301, 302, 401, 403, 407, 408, 409, 425, 429, 500, 502, 503, 504] {
            assert!(matches!(of(later, None), Verdict::Later { after: None, .. }), "{later}");
        }
        for refused in [400, 404, 405, 410, 413, 415, 422, 451] {
            assert_eq!(of(refused, None), Verdict::Refused(format!("HTTP {refused}")));
        }
    }

    #[test]
    fn the_other_side_may_wish_for_a_pause() {
        let after = |text| {
            let Verdict::Later { after, .. } = of(429, Some(text)) else { panic!("{text}") };
            after
        };
        assert_eq!(after("90"), Some(Duration::from_secs(90)));
        assert_eq!(after("Wed, 01 Jul 2026 04:02:00 GMT"), Some(Duration::from_secs(120)));
        assert_eq!(after("Wed, 01 Jul 2026 03:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("99999999"), Some(LONGEST_WISH));
        assert_eq!(after("soon"), None);
    }
}
