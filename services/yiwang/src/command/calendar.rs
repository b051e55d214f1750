//! `yiwang calendar`: working days and deadlines, without a node.

mod due;

use std::collections::BTreeMap;
use std::path::PathBuf;

use calendar::{Calendar as Days, Calendars, Day, DayKind, Rules};
use clap::Subcommand;
use jiff::civil::Date;
use serde_json::json;

use crate::calendars;
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
        #[command(flatten)]
        days: DaysArgs,
    },
    /// Computes a deadline and explains it.
    #[command(after_help = "\
Limits: 5wd working days, 30d calendar days, 1mo months, 24h, 10min, 15s; in office hours only: 8oh, 30omin.
Examples:
  yiwang calendar due --from 2026-02-13T09:00 --limit 5wd --pause 2026-02-24T09:00/2026-02-25T17:30
  yiwang calendar due --from 2026-09-28T10:00 --rule hotline.handle --extend 10wd=complex")]
    Due(Box<due::Due>),
    /// Lists the shipped limits, each with its source.
    Rules,
}

/// Which working days are used.
#[derive(Debug, clap::Args)]
pub(crate) struct DaysArgs {
    /// Takes the working days from this file instead of the shipped ones.
    #[arg(long, value_name = "FILE")]
    days: Option<PathBuf>,
    /// Version of that file.
    #[arg(long, value_name = "NAME", requires = "days", default_value = "file")]
    days_version: String,
}

impl DaysArgs {
    /// The shipped working days, and those of the file.
    pub(crate) fn calendars(&self) -> Result<Calendars, Failure> {
        let mut calendars = Calendars::shipped();
        if let Some(days) = &self.days {
            calendars::load(&mut calendars, days, &self.days_version)
                .map_err(|what| Failure::wrong(what, "工作日历文件有误"))?;
        }
        Ok(calendars)
    }
}

pub(crate) fn run(command: Calendar, screen: Screen) -> Result<(), Failure> {
    match command {
        Calendar::Year { year, days } => show_year(days.calendars()?.current(), year, screen),
        Calendar::Due(due) => due::show_due(*due, screen),
        Calendar::Rules => show_rules(screen),
    }
}

fn show_year(days: &Days, year: i16, screen: Screen) -> Result<(), Failure> {
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
            "known_through": days.known_through().to_string(),
            "calendar_version": days.version(),
            "holidays": dates(DayKind::Holiday),
            "makeup_working_days": dates(DayKind::MakeupWorkday),
        });
        return screen.value(&value, true);
    }
    screen.line(format!("{year}: {} working days / {} 个工作日", working.days, working.days))?;
    if working.provisional {
        screen.line(provisional(days, year))?;
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

/// What the count of a year rests on that is not known for good.
fn provisional(days: &Days, year: i16) -> String {
    if days.years().contains(&year) {
        let (through, next) = (days.known_through(), year + 1);
        return format!(
            "known through {through}: the notice of {next} may still change the last days / \
             截至{through}已确定，年末几日以{next}年放假通知为准"
        );
    }
    "provisional: the holiday notice of this year is not loaded / 暂定：该年放假通知尚未载入"
        .to_owned()
}

fn special_days(days: &Days, year: i16) -> Vec<Day<'_>> {
    let first = Date::new(year, 1, 1).ok();
    let all = first.into_iter().flat_map(|first| first.series(jiff::Span::new().days(1)));
    all.take_while(|date| date.year() == year)
        .map(|date| days.day(date))
        .filter(|day| day.name.is_some())
        .collect()
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
