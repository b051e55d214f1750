//! Explanations in English.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::clock_parts;
use crate::due::{Due, Receipt, Step};
use crate::limit::{Limit, Unit};
use crate::rules::{Authority, Rule};
use crate::time_limit::TimeLimit;
use crate::zone::{DAY_MINUTES, instant, local};

pub(super) fn deadline(due: &Due, known: &RangeInclusive<Date>, rule: Option<&Rule>) -> String {
    let mut sentences = vec![format!("Due {}.", end(due))];
    sentences.extend(due.steps.iter().map(sentence));
    if let Some(yellow_at) = due.yellow_at {
        sentences.push(format!("Yellow card from {}.", moment(yellow_at)));
    }
    if due.red_at == due.at {
        sentences.push("Red card once it is overdue.".to_owned());
    } else {
        sentences.push(format!("Red card from {}.", moment(due.red_at)));
    }
    let subject = match (due.provisional, due.red_provisional) {
        (true, _) => "Provisional: this date",
        (false, true) => "The red card is provisional: it",
        (false, false) => "",
    };
    if !subject.is_empty() {
        sentences.push(format!(
            "{subject} rests on days outside {}, those known to calendar {}, and is computed again \
             when the notice for them is loaded.",
            range(*known.start(), *known.end()),
            due.calendar_version
        ));
    }
    sentences.extend(rule.map(source));
    sentences.join(" ")
}

pub(super) fn suspended(limit: &TimeLimit, since: Timestamp, rule: Option<&Rule>) -> String {
    let mut sentences = vec![
        format!("Suspended since {}: the clock stands still.", moment(since)),
        format!("Received {}; the limit is {}.", moment(limit.start), length(limit.limit)),
    ];
    for extension in &limit.extensions {
        sentences.push(extended(extension.limit, &extension.reason_code));
    }
    sentences.push("The deadline will be stated when the pause ends.".to_owned());
    sentences.extend(rule.map(source));
    sentences.join(" ")
}

fn sentence(step: &Step) -> String {
    match step {
        Step::Received { at, day, receipt } => received(*at, *day, *receipt),
        Step::Limited { limit } => {
            let counted = match limit.unit {
                Unit::WorkingDay | Unit::CalendarDay | Unit::Month => {
                    "; the day of receipt is not counted"
                }
                Unit::Second | Unit::Minute | Unit::Hour => "",
            };
            format!("The limit is {}{counted}.", length(*limit))
        }
        Step::Extended { limit, reason_code } => extended(*limit, reason_code),
        Step::Skipped { from, to, names } => {
            let names = names.iter().map(|name| holiday(name)).collect::<Vec<_>>();
            format!("{} skipped ({}).", range(*from, *to), names.join(", "))
        }
        Step::MakeupWorked { date, name } => format!(
            "{} is a make-up working day for {} and counts.",
            weekday_date(*date),
            holiday(name)
        ),
        Step::RolledForward { from, to } => format!(
            "The last day, {}, is a rest day: rolled forward to {}.",
            weekday_date(*from),
            weekday_date(*to)
        ),
        Step::Paused { from, until } => {
            format!("Paused from {} to {}.", moment(*from), moment(*until))
        }
        Step::Unmoved => "The pauses move nothing.".to_owned(),
        Step::Moved { by } => format!("For the pauses {} added.", added(*by)),
        Step::MadeUp { paused, a_day, by } => {
            let exact = *paused == *a_day * i32::try_from(by.amount).unwrap_or(i32::MAX);
            format!(
                "Of the counted days ({} each) {} were paused: {} added{}.",
                time(*a_day),
                time(*paused),
                added(*by),
                if exact { "" } else { ", rounded up" }
            )
        }
        Step::MovedOutOfPause { by } => {
            let more = if by.amount == 1 { "is" } else { "are" };
            format!(
                "The deadline would fall into a pause: {} more {more} added to leave it.",
                length(*by)
            )
        }
    }
}

fn received(at: Timestamp, day: Date, receipt: Receipt) -> String {
    let why = match receipt {
        Receipt::OnTheDay => return format!("Received {}.", moment(at)),
        Receipt::AfterClosing => "after closing time",
        Receipt::OnRestDay => "on a rest day",
    };
    format!("Received {}, {why}: counts as received on {}.", moment(at), weekday_date(day))
}

fn extended(limit: Limit, reason_code: &str) -> String {
    if reason_code.is_empty() {
        return format!("Extended by {}.", length(limit));
    }
    format!("Extended by {} (reason: {reason_code}).", length(limit))
}

fn source(rule: &Rule) -> String {
    let authority = match rule.authority {
        Authority::Law => "national law",
        Authority::Rule => "ministry rule",
        Authority::Standard => "recommended national standard",
        Authority::LocalSd => "Shandong local rule",
        Authority::LocalOther => "example from another place",
    };
    format!("Rule {} ({}); source: {} ({authority}).", rule.key, rule.what_zh, rule.source)
}

/// A length such as "5 working days".
pub(super) fn length(limit: Limit) -> String {
    let unit = match limit.unit {
        Unit::Second => "second",
        Unit::Minute => "minute",
        Unit::Hour => "hour",
        Unit::WorkingDay => "working day",
        Unit::CalendarDay => "calendar day",
        Unit::Month => "month",
    };
    let plural = if limit.amount == 1 { "" } else { "s" };
    let office = if limit.office_hours { " in office hours" } else { "" };
    format!("{} {unit}{plural}{office}", limit.amount)
}

fn added(by: Limit) -> String {
    format!("{} {}", length(by), if by.amount == 1 { "is" } else { "are" })
}

/// A time such as "7 hours 30 minutes", rounded up to seconds.
fn time(time: SignedDuration) -> String {
    let parts =
        clock_parts(time).map(|(amount, unit)| length(Limit { amount, unit, office_hours: false }));
    parts.collect::<Vec<_>>().join(" ")
}

/// The deadline; 24:00 is told as such, not as 00:00 of the next day.
fn end(due: &Due) -> String {
    if instant(due.day, DAY_MINUTES).is_ok_and(|midnight| midnight == due.at) {
        return format!("{} at 24:00", weekday_date(due.day));
    }
    moment(due.at)
}

fn moment(at: Timestamp) -> String {
    let local = local(at);
    let seconds =
        if local.second() == 0 { String::new() } else { format!(":{:02}", local.second()) };
    format!("{} at {:02}:{:02}{seconds}", weekday_date(local.date()), local.hour(), local.minute())
}

fn weekday_date(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

fn range(from: Date, to: Date) -> String {
    let to_text = to.strftime("%-d %B %Y");
    if from == to {
        to_text.to_string()
    } else if (from.year(), from.month()) == (to.year(), to.month()) {
        format!("{}–{to_text}", from.day())
    } else if from.year() == to.year() {
        format!("{} – {to_text}", from.strftime("%-d %B"))
    } else {
        format!("{} – {to_text}", from.strftime("%-d %B %Y"))
    }
}

/// The English name of a holiday; one that is not known keeps its Chinese name.
fn holiday(name: &str) -> &str {
    match name {
        "元旦" => "New Year",
        "春节" => "Spring Festival",
        "清明" => "Qingming Festival",
        "劳动节" => "Labour Day",
        "端午" => "Dragon Boat Festival",
        "中秋" => "Mid-Autumn Festival",
        "国庆节" => "National Day",
        "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日" => {
            "Victory Day, 70th anniversary"
        }
        other => other,
    }
}
