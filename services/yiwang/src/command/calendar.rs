//! `yiwang calendar`: working days and deadlines, without a node.

use std::collections::BTreeMap;

use calendar::{
    Calendar as Days, Day, DayKind, DueError, Extension, Limit, Pause, Rules, Settings, TimeLimit,
    due, explain,
};
use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use super::shared::{parse_time, show};
use crate::failure::Failure;
use crate::screen::Screen;

/// `yiwang calendar …`
#[derive(Debug, Subcommand)]
pub(crate) enum Calendar {
    /// Counts the working days of a year and lists its holidays and make-up working days.
    Year {
        /// The year.
        #[arg(value_parser = clap::value_parser!(i16).range(1990..=2100))]
        year: i16,
    },
    /// Computes a deadline and explains it.
    #[command(after_help = "\
Limits: 5wd working days, 30d calendar days, 1mo months, 24h, 10min, 15s; in office hours only: 8oh, 30omin.
Example: yiwang calendar due --from 2026-02-13T09:00 --limit 5wd --pause 2026-02-24T09:00/2026-02-25T17:30")]
    Due(Due),
    /// Lists the shipped limits, each with its source.
    Rules,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Due {
    /// When the matter was received, e.g. 2026-02-13T09:00 (Shanghai).
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Timestamp,
    /// How long it may take, e.g. 5wd.
    #[arg(long, required_unless_present = "rule")]
    limit: Option<Limit>,
    /// Takes the limit from a rule of `yiwang calendar rules`, e.g. hotline.handle.
    #[arg(long, conflicts_with = "limit")]
    rule: Option<String>,
    /// The clock stood still from one time to another, FROM/UNTIL; several are possible. Without UNTIL it still does.
    #[arg(long, value_name = "FROM/UNTIL", value_parser = parse_pause)]
    pause: Vec<Pause>,
    /// The limit was extended, e.g. 10wd; several are possible.
    #[arg(long, value_name = "LIMIT")]
    extend: Vec<Limit>,
    /// Shows a yellow card so long before the end, e.g. 1wd.
    #[arg(long, value_name = "LIMIT")]
    yellow: Option<Limit>,
}

fn parse_pause(text: &str) -> Result<Pause, String> {
    let (from, until) = text.split_once('/').unwrap_or((text, ""));
    let until = if until.is_empty() { None } else { Some(parse_time(until)?) };
    Ok(Pause { from: parse_time(from)?, until })
}

pub(crate) fn run(command: Calendar, screen: Screen) -> Result<(), Failure> {
    match command {
        Calendar::Year { year } => show_year(year, screen),
        Calendar::Due(due) => show_due(due, screen),
        Calendar::Rules => show_rules(screen),
    }
}

fn show_year(year: i16, screen: Screen) -> Result<(), Failure> {
    let days = Days::china();
    let working = days.working_days_in_year(year);
    let special = special_days(days, year);
    let of = |kind| special.iter().filter(move |day| day.kind == kind);
    if screen.json {
        let dates = |kind| {
            of(kind)
                .map(|day| json!({"date": day.date.to_string(), "name": day.name}))
                .collect::<Vec<_>>()
        };
        let value = json!({
            "year": year,
            "working_days": working.days,
            "provisional": working.provisional,
            "calendar_version": days.version(),
            "holidays": dates(DayKind::Holiday),
            "makeup_working_days": dates(DayKind::MakeupWorkday),
        });
        return screen.value(&value, true);
    }
    screen.line(format!("{year}: {} working days / {} 个工作日", working.days, working.days))?;
    if working.provisional {
        screen.line(
            "provisional: the holiday notice of this year is not loaded / 暂定：该年放假通知尚未载入",
        )?;
    }
    let mut spans: BTreeMap<Date, (Date, String)> = BTreeMap::new();
    for day in of(DayKind::Holiday) {
        let name = day.name.unwrap_or_default().to_owned();
        let before = spans.iter_mut().next_back();
        match before.filter(|(_, (to, _))| to.tomorrow().ok() == Some(day.date)) {
            Some((_, (to, names))) => {
                *to = day.date;
                if !names.contains(&name) {
                    names.push('、');
                    names.push_str(&name);
                }
            }
            None => {
                spans.insert(day.date, (day.date, name));
            }
        }
    }
    let mut rows: Vec<Vec<String>> = spans
        .into_iter()
        .map(|(from, (to, name))| {
            vec![from.to_string(), to.to_string(), "off 放假".to_owned(), name]
        })
        .collect();
    rows.extend(of(DayKind::MakeupWorkday).map(|day| {
        let date = day.date.to_string();
        vec![
            date.clone(),
            date,
            "worked 调休上班".to_owned(),
            day.name.unwrap_or_default().to_owned(),
        ]
    }));
    rows.sort();
    screen.table(&["From 自", "To 至", "Kind 类型", "Holiday 节日"], rows)
}

fn special_days(days: &Days, year: i16) -> Vec<Day<'_>> {
    let first = Date::new(year, 1, 1).ok();
    let all = first.into_iter().flat_map(|first| first.series(jiff::Span::new().days(1)));
    all.take_while(|date| date.year() == year)
        .map(|date| days.day(date))
        .filter(|day| day.name.is_some())
        .collect()
}

fn show_due(args: Due, screen: Screen) -> Result<(), Failure> {
    let (days, settings) = (Days::china(), Settings::default());
    let rule = match &args.rule {
        Some(key) => Some(Rules::shipped().get(key).ok_or_else(|| no_rule(key))?),
        None => None,
    };
    let Some(limit) = args.limit.or(rule.map(|rule| rule.limit)) else {
        return Err(Failure::wrong("--limit or --rule is wanted", "须指定 --limit 或 --rule"));
    };
    let extension = |limit| Extension { limit, reason_code: "command-line".to_owned() };
    let time_limit = TimeLimit {
        pauses: args.pause,
        extensions: args.extend.into_iter().map(extension).collect(),
        yellow_before: args.yellow,
        rule_key: args.rule,
        ..TimeLimit::new(args.from, limit, days)
    };
    let words = explain(days, &settings, &time_limit, rule).map_err(not_countable)?;
    let computed = match due(days, &settings, &time_limit) {
        Ok(due) => Some(due),
        Err(DueError::Suspended { .. }) => None,
        Err(error) => return Err(not_countable(error)),
    };
    if screen.json {
        let value = json!({
            "input": time_limit, "due": computed, "explanation": {"en": words.en, "zh": words.zh},
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

fn show_rules(screen: Screen) -> Result<(), Failure> {
    let rules = Rules::shipped();
    if screen.json {
        return rules.iter().try_for_each(|rule| screen.value(&json!(rule), false));
    }
    let authority =
        |rule: &calendar::Rule| json!(rule.authority).as_str().unwrap_or_default().to_owned();
    let rows = rules.iter().map(|rule| {
        let limit = rule.limit.to_string();
        vec![rule.key.clone(), limit, rule.what_zh.clone(), rule.source.clone(), authority(rule)]
    });
    screen.table(
        &["Rule 规则", "Limit 期限", "What 事项", "Source 依据", "Force 效力"],
        rows.collect(),
    )
}
