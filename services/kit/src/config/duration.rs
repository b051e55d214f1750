//! Durations in configuration, as people write them: `30s`, `5m`, `1h 30m`.
//!
//! For fields: `#[serde(with = "kit::config::duration")]`.

use std::time::Duration;

use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

/// Reads a duration.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text)
        .ok_or_else(|| D::Error::custom(format!("{text:?} is not a duration like 30s or 5m")))
}

/// Writes a duration in the same form.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let signed = jiff::SignedDuration::try_from(*duration).map_err(serde::ser::Error::custom)?;
    serializer.serialize_str(&format!("{signed:#}"))
}

fn parse(text: &str) -> Option<Duration> {
    text.parse::<jiff::SignedDuration>().ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        assert_eq!(parse("30s"), Some(Duration::from_secs(30)));
        assert_eq!(parse("1h 30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse("250ms"), Some(Duration::from_millis(250)));
        for wrong in ["", "30", "-5s", "soon"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
