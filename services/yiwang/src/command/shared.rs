//! What several families of commands need: paging, dates, times.

use jiff::Timestamp;
use jiff::tz::{Offset, offset};
use prost_types::Timestamp as WireTime;
use tonic::Status;
use yiwang_proto::registry::v1::GeoPoint;

use crate::failure::Failure;

const SHANGHAI: Offset = offset(8);
/// Largest page that the services give.
const PAGE: usize = 1000;

/// Fetches pages until `limit` entries are there or there are no more.
pub(crate) async fn pages<T, F, Fut>(limit: usize, mut page: F) -> Result<Vec<T>, Failure>
where
    F: FnMut(i32, String) -> Fut,
    Fut: Future<Output = Result<(Vec<T>, String), Status>>,
{
    let (mut all, mut token) = (Vec::new(), String::new());
    loop {
        let wanted = (limit - all.len()).min(PAGE);
        let (more, next) = page(i32::try_from(wanted).unwrap_or(i32::MAX), token).await?;
        all.extend(more);
        token = next;
        if token.is_empty() || all.len() >= limit {
            all.truncate(limit);
            return Ok(all);
        }
    }
}

/// Reads a time as people write it: with its offset, or by the clock of Shanghai, or only a day.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let local = text.parse::<jiff::civil::DateTime>().map_err(|_| {
        "a time is wanted, such as 2026-02-13T09:00 (Shanghai) or 2026-02-13T01:00:00Z / 时间格式如 2026-02-13T09:00"
            .to_owned()
    })?;
    SHANGHAI.to_timestamp(local).map_err(|error| error.to_string())
}

/// Reads a day; an empty text stays empty, which the services read as today.
pub(crate) fn parse_day(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let day: Result<jiff::civil::Date, _> = text.parse();
    match day {
        Ok(day) if text.len() == 10 => Ok(day.to_string()),
        Ok(_) | Err(_) => {
            Err("a day is wanted, such as 2026-06-30 / 日期格式如 2026-06-30".to_owned())
        }
    }
}

/// Today in Shanghai, by the clock of this machine.
pub(crate) fn today() -> String {
    show(kit::Clock::system().now()).get(..10).unwrap_or_default().to_owned()
}

/// Writes an instant by the clock of Shanghai.
pub(crate) fn show(time: Timestamp) -> String {
    SHANGHAI.to_datetime(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Writes an instant of the contract by the clock of Shanghai; empty when there is none.
pub(crate) fn show_wire(time: Option<&WireTime>) -> String {
    let instant = |time: &WireTime| Timestamp::new(time.seconds, time.nanos).ok();
    time.and_then(instant).map(show).unwrap_or_default()
}

/// An instant as the contract has it.
pub(crate) fn to_wire(time: Timestamp) -> WireTime {
    WireTime { seconds: time.as_second(), nanos: time.subsec_nanosecond() }
}

/// Reads a place as the command line has it.
pub(crate) fn parse_point(text: &str) -> Result<GeoPoint, String> {
    let wanted = || "LONGITUDE,LATITUDE is wanted, e.g. 117.86,36.80".to_owned();
    let (longitude, latitude) = text.split_once(',').ok_or_else(wanted)?;
    let number = |text: &str| text.trim().parse().map_err(|_| wanted());
    Ok(GeoPoint { longitude: number(longitude)?, latitude: number(latitude)? })
}

/// A line of a form: a label, and what it says.
pub(crate) fn field(label: &str, value: impl Into<String>) -> Vec<String> {
    vec![label.to_owned(), value.into()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_by_the_clock_of_shanghai() {
        let nine: Timestamp = "2026-02-13T01:00:00Z".parse().unwrap();
        for text in [
            "2026-02-13T09:00",
            "2026-02-13 09:00:00",
            "2026-02-13T01:00:00Z",
            "2026-02-13T09:00+08:00",
        ] {
            assert_eq!(parse_time(text), Ok(nine), "{text}");
        }
        assert_eq!(show(nine), "2026-02-13 09:00:00");
        assert!(parse_time("soon").is_err());
        assert_eq!(parse_day("2026-06-30").as_deref(), Ok("2026-06-30"));
        assert!(parse_day("2026-02-30").is_err());
    }

    #[tokio::test]
    async fn pages_are_fetched_up_to_the_limit() {
        let source: Vec<usize> = (0..2_500).collect();
        for (limit, count) in [(10, 10), (1_500, 1_500), (9_999, 2_500)] {
            let all = pages(limit, |size, token| {
                let start: usize = token.parse().unwrap_or(0);
                let end = (start + usize::try_from(size).unwrap()).min(source.len());
                let next = if end < source.len() { end.to_string() } else { String::new() };
                let page = source[start..end].to_vec();
                async move { Ok((page, next)) }
            });
            assert_eq!(all.await.unwrap().len(), count);
        }
    }
}
