//! Reading a file, and everything that can be known to be wrong before it is played.

use std::collections::BTreeMap;

use clap::{CommandFactory as _, Parser, Subcommand};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use kit::Role;
use kit::caller::is_area_code;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use yiwang_proto::dispatch::v1::DisputeErrorReason;

use super::entry::{Entries, Reader};
use super::{Doing, Mistake, Post, Scenario, Step};
use crate::command::{Act, Duty, parse_time};
use crate::labels;
use crate::scenario::facts;

const SCENARIO: &[&str] = &["title", "title_zh", "start", "callers", "steps"];
const CALLER: &[&str] = &["area", "unit", "roles"];
const STEP: &[&str] =
    &["say", "by", "do", "as", "wait", "until", "case", "expect", "refused", "happened"];

/// A command as a step writes it: the words after `yiwang dispute`, or `duty …` as after `yiwang team`.
#[derive(Debug, Parser)]
#[command(name = "do", no_binary_name = true, disable_help_flag = true)]
pub(in crate::scenario) struct Line {
    #[command(subcommand)]
    pub(in crate::scenario) act: Deed,
}

/// What a step can do.
#[derive(Debug, Subcommand)]
pub(in crate::scenario) enum Deed {
    #[command(flatten)]
    Act(Act),
    /// Puts teams on and off duty.
    Duty {
        #[command(subcommand)]
        duty: Duty,
    },
}

/// What is known of a scenario up to a step.
struct Course<'a> {
    callers: &'a BTreeMap<String, Post>,
    /// Cases by name, with the line that named each.
    cases: Vec<String>,
    /// The case that was spoken of last.
    case: String,
    now: Timestamp,
}

pub(super) fn scenario(name: &str, text: &str) -> Result<Scenario, Vec<Mistake>> {
    let mut reader = Reader::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    // What could not be read makes everything after it look wrong: the first place is enough.
    let place = |error: &toml::de::Error| error.span().map_or(text.len(), |span| span.start);
    if let Some(error) = errors.iter().min_by_key(|error| place(error)) {
        return Err(vec![reader.unreadable(place(error), error.message())]);
    }
    let file = reader.entries(1, "a scenario", SCENARIO, document.get_ref());
    let (title, title_zh) =
        (file.needed(&mut reader, "title"), file.needed(&mut reader, "title_zh"));
    let start = file.time(&mut reader, "start");
    if file.get("start").is_none() {
        reader.mistake(1, "a scenario needs `start`, e.g. \"2026-03-02 09:00\" / 缺少开始时间");
    }
    let callers = callers(&mut reader, &file);
    let start = start.unwrap_or(Timestamp::UNIX_EPOCH);
    let steps = steps(&mut reader, &file, &callers, start);
    let mut mistakes = reader.mistakes;
    mistakes.sort();
    mistakes.dedup();
    if mistakes.is_empty() {
        Ok(Scenario { name: name.to_owned(), title, title_zh, start, callers, steps })
    } else {
        Err(mistakes)
    }
}

fn callers<'a>(reader: &mut Reader<'a>, file: &Entries<'a>) -> BTreeMap<String, Post> {
    let Some(value) = file.get("callers") else {
        reader.mistake(1, "a scenario needs `callers` / 缺少调用方");
        return BTreeMap::new();
    };
    let Some(table) = reader.table("callers", value) else { return BTreeMap::new() };
    let mut callers = BTreeMap::new();
    for (name, value) in table {
        let line = reader.line(name.span().start);
        let Some(entry) = reader.table("a caller", value) else { continue };
        let entry = reader.entries(line, "a caller", CALLER, entry);
        let area = entry.needed(reader, "area");
        if !area.is_empty() && !is_area_code(&area) {
            reader.mistake(
                entry.line_of(reader, "area"),
                format!("`{area}` is no area: 2, 4, 6, 9, 12 or 15 digits / 区划代码有误"),
            );
        }
        let unit = entry.text(reader, "unit").unwrap_or_default();
        let named = entry.get("roles").map(|roles| reader.texts_of(roles)).unwrap_or_default();
        let mut roles = Vec::new();
        for name in named {
            match name.parse::<Role>() {
                Ok(role) => roles.push(role),
                Err(what) => reader.mistake(entry.line_of(reader, "roles"), what),
            }
        }
        let roles = roles.into_iter().collect();
        callers.insert(name.get_ref().to_string(), Post { area, unit, roles });
    }
    callers
}

fn steps<'a>(
    reader: &mut Reader<'a>,
    file: &Entries<'a>,
    callers: &BTreeMap<String, Post>,
    start: Timestamp,
) -> Vec<Step> {
    let Some(value) = file.get("steps") else {
        reader.mistake(1, "a scenario needs `steps` / 缺少步骤");
        return Vec::new();
    };
    let Some(list) = value.get_ref().as_array() else {
        reader.mistake(file.line_of(reader, "steps"), "steps are a list [ … ] / 步骤应为列表");
        return Vec::new();
    };
    let mut course = Course { callers, cases: Vec::new(), case: String::new(), now: start };
    list.iter().filter_map(|value| step(reader, &mut course, value)).collect()
}

fn step<'a>(
    reader: &mut Reader<'a>,
    course: &mut Course<'_>,
    value: &'a Spanned<DeValue<'a>>,
) -> Option<Step> {
    let line = reader.line(value.span().start);
    let table = reader.table("a step", value)?;
    let entries = reader.entries(line, "a step", STEP, table);
    let doing = doing(reader, course, &entries);
    if let Some(case) = entries.text(reader, "case") {
        known_case(reader, course, entries.line_of(reader, "case"), &case);
        course.case = case;
    }
    let expect = expect(reader, &entries);
    if course.case.is_empty() && !expect.is_empty() {
        reader.mistake(line, "there is no case yet to expect anything of / 尚无案件可供核对");
    }
    let refused = entries.text(reader, "refused");
    if let Some(reason) = &refused {
        let known = DisputeErrorReason::from_str_name(&format!("DISPUTE_ERROR_REASON_{reason}"));
        if known.is_none() {
            let line = entries.line_of(reader, "refused");
            reader.mistake(line, format!("`{reason}` is no reason of a refusal / 未知的拒绝原因"));
        }
    }
    let happened = entries.get("happened").map(|value| reader.texts_of(value)).unwrap_or_default();
    for event in happened.iter().filter(|event| labels::event(event).is_empty()) {
        let line = entries.line_of(reader, "happened");
        reader.mistake(line, format!("`{event}` is no event of dispatch / 未知事件"));
    }
    let say = entries.text(reader, "say").unwrap_or_default();
    Some(Step { line, say, doing, case: course.case.clone(), expect, refused, happened })
}

fn doing(reader: &mut Reader<'_>, course: &mut Course<'_>, step: &Entries<'_>) -> Doing {
    let given = ["do", "wait", "until"].into_iter().filter(|name| step.get(name).is_some());
    if given.count() > 1 {
        reader.mistake(step.line, "a step has one of do, wait, until / do、wait、until 只能有一个");
    }
    if step.get("do").is_some() {
        return act(reader, course, step);
    }
    for name in ["by", "as", "refused"] {
        if step.get(name).is_some() {
            let line = step.line_of(reader, name);
            reader.mistake(line, format!("`{name}` needs `do` / 须与 do 同用"));
        }
    }
    let wanted = match step.text(reader, "wait") {
        Some(wait) => match duration(&wait) {
            Some(wait) => Some(course.now + wait),
            None => {
                let line = step.line_of(reader, "wait");
                reader.mistake(
                    line,
                    format!("`{wait}`: a time such as 2d 4h or 90s is wanted / 时长有误"),
                );
                None
            }
        },
        None => step.time(reader, "until"),
    };
    let Some(wanted) = wanted else { return Doing::Look };
    if wanted < course.now {
        let line = step.line_of(reader, "until");
        reader.mistake(line, "that time has passed by then / 该时间已过");
    }
    course.now = wanted.max(course.now);
    Doing::Until(course.now)
}

fn act(reader: &mut Reader<'_>, course: &mut Course<'_>, step: &Entries<'_>) -> Doing {
    let line = step.line_of(reader, "do");
    let by = step.needed(reader, "by");
    if !by.is_empty() && !course.callers.contains_key(&by) {
        let known: Vec<&str> = course.callers.keys().map(String::as_str).collect();
        let line = step.line_of(reader, "by");
        reader.mistake(line, format!("`{by}` is no caller: {} / 未知调用方", known.join(", ")));
    }
    let names = step.text(reader, "as");
    let Some(words) = step.text(reader, "do").and_then(|text| shlex::split(&text)) else {
        reader.mistake(line, "a quotation is not closed / 引号未闭合");
        return Doing::Look;
    };
    // Read twice: as a command, which says all that is wrong with it, and for the cases that it names.
    if let Err(error) = Line::try_parse_from(&words) {
        reader.mistake(line, one_line(&error));
    }
    if let Ok(matches) = Line::command().try_get_matches_from(&words)
        && let Some((verb, arguments)) = matches.subcommand()
    {
        if names.is_some() && verb != "report" {
            reader
                .mistake(line, "`as` names what is reported, and nothing else / as 只用于 report");
        }
        for argument in ["into", "dispute"] {
            if let Ok(Some(case)) = arguments.try_get_one::<String>(argument) {
                known_case(reader, course, line, case);
                course.case.clone_from(case);
            }
        }
    }
    if let Some(name) = &names {
        course.case.clone_from(name);
        course.cases.push(name.clone());
    }
    Doing::Act { by, words, names }
}

fn known_case(reader: &mut Reader<'_>, course: &Course<'_>, line: usize, case: &str) {
    if !course.cases.iter().any(|known| known == case) {
        let known = course.cases.join(", ");
        reader.mistake(line, format!("no case is called `{case}` here, only: {known} / 未知案件"));
    }
}

/// What is expected: names with dots, as `handle.due`, may be written as tables.
fn expect<'a>(reader: &mut Reader<'a>, step: &Entries<'a>) -> BTreeMap<String, String> {
    let mut expect = BTreeMap::new();
    let Some(value) = step.get("expect") else { return expect };
    let Some(table) = reader.table("expect", value) else { return expect };
    let mut tables = vec![(String::new(), table)];
    while let Some((prefix, table)) = tables.pop() {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            if let Some(table) = value.get_ref().as_table() {
                tables.push((format!("{name}."), table));
                continue;
            }
            let Some(text) = reader.text_of(value) else { continue };
            let line = reader.line(key.span().start);
            if !facts::names().contains(&name) {
                let known = facts::names().join(", ");
                reader.mistake(line, format!("nothing is called `{name}`, but {known} / 未知项目"));
            }
            match (name.ends_with(".due") && !text.is_empty()).then(|| parse_time(&text)) {
                Some(Ok(time)) => expect.insert(name, facts::moment(time)),
                Some(Err(what)) => {
                    reader.mistake(line, what);
                    None
                }
                None => expect.insert(name, text),
            };
        }
    }
    expect
}

/// The first sentence of what is wrong with a command.
fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let words: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}

/// A time that passes, e.g. `2d 4h`; a day has 24 hours.
fn duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (!duration.is_negative()).then_some(duration)
}
