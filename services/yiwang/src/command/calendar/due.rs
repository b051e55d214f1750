//! `yiwang calendar due`: a deadline and its explanation, without a node.

use calendar::{
    DayEnd, DueError, Extension, LateReceipt, Limit, OfficeHours, Pause, RedCard, Rule, Rules,
    Settings, TimeLimit, due, explain,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::DaysArgs;
use crate::command::shared::{parse_time, show};
use crate::failure::Failure;
use crate::screen::Screen;

#[derive(Debug, clap::Args)]
pub(crate) struct Due {
    /// When the matter was received, e.g. 2026-02-13T09:00 (Shanghai).
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Timestamp,
    /// How long it may take, e.g. 5wd.
    #[arg(long, required_unless_present = "rule")]
    limit: Option<Limit>,
    /// Takes the limit, the cards and the longest extension from a rule of `yiwang calendar rules`, e.g. hotline.handle.
    #[arg(long, conflicts_with = "limit")]
    rule: Option<String>,
    /// The clock stood still from one time to another, FROM/UNTIL; several are possible. Without UNTIL it still does.
    #[arg(long, value_name = "FROM/UNTIL", value_parser = parse_pause)]
    pause: Vec<Pause>,
    /// The limit was extended, e.g. 10wd or, with the reason, 10wd=complex; several are possible.
    #[arg(long, value_name = "LIMIT[=REASON]", value_parser = parse_extension)]
    extend: Vec<Extension>,
    /// Shows a yellow card so long before the end, e.g. 1wd.
    #[arg(long, value_name = "LIMIT")]
    yellow: Option<Limit>,
    #[command(flatten)]
    days: DaysArgs,
    #[command(
        flatten,
        next_help_heading = "How the place counts, as in a node's [dispatch.calendar]"
    )]
    place: Place,
}

/// What a place decides for itself.
#[derive(Debug, clap::Args)]
struct Place {
    /// Office hours, e.g. 08:30-12:00,13:30-17:30.
    #[arg(long, value_name = "SPANS")]
    office_hours: Option<OfficeHours>,
    /// End of the last working day: `closing_time` or `midnight`.
    #[arg(long, value_name = "END", value_parser = setting::<DayEnd>)]
    working_day_ends: Option<DayEnd>,
    /// End of the last calendar day: `closing_time` or `midnight`.
    #[arg(long, value_name = "END", value_parser = setting::<DayEnd>)]
    calendar_day_ends: Option<DayEnd>,
    /// Receipt after closing, for working days: `next_opening` or `same_day`.
    #[arg(long, value_name = "DAY", value_parser = setting::<LateReceipt>)]
    late_receipt: Option<LateReceipt>,
    /// Receipt after closing, for calendar days and months: `same_day` or `next_opening`.
    #[arg(long, value_name = "DAY", value_parser = setting::<LateReceipt>)]
    calendar_day_late_receipt: Option<LateReceipt>,
    /// Red card: `first_overdue_working_day` or `at_due`.
    #[arg(long, value_name = "WHEN", value_parser = setting::<RedCard>)]
    red_card: Option<RedCard>,
}

impl Place {
    fn settings(self) -> Settings {
        let usual = Settings::default();
        Settings {
            office_hours: self.office_hours.unwrap_or(usual.office_hours),
            working_day_ends: self.working_day_ends.unwrap_or(usual.working_day_ends),
            calendar_day_ends: self.calendar_day_ends.unwrap_or(usual.calendar_day_ends),
            late_receipt: self.late_receipt.unwrap_or(usual.late_receipt),
            calendar_day_late_receipt: self
                .calendar_day_late_receipt
                .unwrap_or(usual.calendar_day_late_receipt),
            red_card: self.red_card.unwrap_or(usual.red_card),
        }
    }
}

/// Reads a setting by the name that it has in a configuration.
fn setting<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::from(text)).map_err(|error| error.to_string())
}

fn parse_pause(text: &str) -> Result<Pause, String> {
    let (from, until) = text.split_once('/').unwrap_or((text, ""));
    let until = if until.is_empty() { None } else { Some(parse_time(until)?) };
    Ok(Pause { from: parse_time(from)?, until })
}

fn parse_extension(text: &str) -> Result<Extension, String> {
    let (limit, reason) = text.split_once('=').unwrap_or((text, ""));
    let limit = limit.parse().map_err(|error: calendar::LimitError| error.to_string())?;
    Ok(Extension { limit, reason_code: reason.to_owned() })
}

pub(super) fn show_due(args: Due, screen: Screen) -> Result<(), Failure> {
    let (calendars, settings) = (args.days.calendars()?, args.place.settings());
    let (days, rules) = (calendars.current(), Rules::shipped());
    let rule = match &args.rule {
        Some(key) => Some(rules.get(key).ok_or_else(|| no_rule(key))?),
        None => None,
    };
    let Some(limit) = args.limit.or(rule.map(|rule| rule.limit)) else {
        return Err(Failure::wrong("--limit or --rule is wanted", "须指定 --limit 或 --rule"));
    };
    if let Some(rule) = rule {
        rules
            .check_extensions(rule, &args.extend)
            .map_err(|error| Failure::wrong(error.to_string(), "延长期限超出规定"))?;
    }
    let time_limit = TimeLimit {
        pauses: args.pause,
        extensions: args.extend,
        yellow_before: args.yellow.or(rule.and_then(|rule| rules.yellow_before(rule))),
        red_after: rule.and_then(|rule| rules.red_after(rule)),
        rule_key: args.rule,
        ..TimeLimit::new(args.from, limit, days)
    };
    tell(days, &settings, &time_limit, rule, screen)
}

/// Writes a deadline with its explanation.
fn tell(
    days: &calendar::Calendar,
    settings: &Settings,
    time_limit: &TimeLimit,
    rule: Option<&Rule>,
    screen: Screen,
) -> Result<(), Failure> {
    let words = explain(days, settings, time_limit, rule).map_err(not_countable)?;
    let computed = match due(days, settings, time_limit) {
        Ok(due) => Some(due),
        Err(DueError::Suspended { .. }) => None,
        Err(error) => return Err(not_countable(error)),
    };
    if screen.json {
        let value = json!({
            "input": time_limit,
            "settings": settings,
            "due": computed,
            "explanation": {"en": words.en, "zh": words.zh},
        });
        return screen.value(&value, true);
    }
    match computed {
        Some(due) => screen.line(format!("due / 截止: {}", show(due.at)))?,
        None => screen.line("suspended / 计时暂停中")?,
    }
    screen.line(words.en)?;
    screen.line(words.zh)
}

fn not_countable(error: DueError) -> Failure {
    Failure::wrong(error.to_string(), "无法计算该期限")
}

fn no_rule(key: &str) -> Failure {
    let near = Rules::shipped()
        .iter()
        .map(|rule| (strsim::jaro_winkler(&rule.key, key), rule.key.as_str()))
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let near = near.map_or("", |(_, key)| key);
    Failure::wrong(
        format!("no such rule; did you mean {near}?"),
        format!("没有这条规则；您是否要找 {near}？"),
    )
}
