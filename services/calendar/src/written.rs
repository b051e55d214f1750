//! Days as people write them.

use jiff::civil::Date;

/// Reads a day: 2026-02-13, 2026/2/13 or 2026年2月13日. Nothing when it is none of these, or no day.
#[must_use]
pub fn written_day(text: &str) -> Option<Date> {
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = match rest.strip_suffix('日') {
        Some(rest) => rest.strip_prefix('年')?.split_once('月')?,
        None => {
            let between = rest.chars().next().filter(|sign| matches!(sign, '-' | '/'))?;
            rest[1..].split_once(between)?
        }
    };
    Date::new(digits(year)?, digits(month)?.try_into().ok()?, digits(day)?.try_into().ok()?).ok()
}

/// A number of at most four digits and nothing else.
fn digits(text: &str) -> Option<i16> {
    let fits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_read_in_the_forms_that_people_use() {
        for text in
            ["2026-01-05", "2026-1-5", "2026/1/5", "2026/01/05", "2026年1月5日", "2026年01月05日"]
        {
            assert_eq!(written_day(text), Some(date(2026, 1, 5)), "{text}");
        }
        assert_eq!(written_day("2026/11/20"), Some(date(2026, 11, 20)));
    }

    #[test]
    fn what_is_no_day_or_could_be_several_is_none() {
        for text in [
            "",
            "2026",
            "45123",
            "2026-02-30",
            "2026/13/1",
            "2026.1.5",
            "2026-1/5",
            "26/1/5",
            "5/1/2026",
            "2026年1月",
            "2026年1月5",
            "2026年1-5日",
            "2026/1/5 8:00",
            "2026//5",
            "2026/+1/5",
            "二〇二六年一月五日",
            "2026年1月5日日",
        ] {
            assert_eq!(written_day(text), None, "{text}");
        }
    }
}
