//! Explanations in Chinese.

use std::ops::RangeInclusive;

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp};

use super::clock_parts;
use crate::due::{Due, Receipt, Step};
use crate::limit::{Limit, Unit};
use crate::rules::{Authority, Rule};
use crate::time_limit::TimeLimit;
use crate::zone::{DAY_MINUTES, instant, local};

pub(super) fn deadline(due: &Due, known: &RangeInclusive<Date>, rule: Option<&Rule>) -> String {
    let mut text = format!("截止时间：{}。", end(due));
    text.extend(due.steps.iter().map(sentence));
    if let Some(yellow_at) = due.yellow_at {
        text.push_str(&format!("自{}起亮黄牌。", moment(yellow_at)));
    }
    if due.red_at == due.at {
        text.push_str("逾期即亮红牌。");
    } else {
        text.push_str(&format!("逾期的，自{}起亮红牌。", moment(due.red_at)));
    }
    let subject = match (due.provisional, due.red_provisional) {
        (true, _) => "以上期限为暂定",
        (false, true) => "红牌时间为暂定",
        (false, false) => "",
    };
    if !subject.is_empty() {
        text.push_str(&format!(
            "{subject}：涉及的日期超出日历{}已确定的{}，放假通知载入后重新计算。",
            due.calendar_version,
            range(*known.start(), *known.end())
        ));
    }
    text.extend(rule.map(source));
    text
}

pub(super) fn suspended(limit: &TimeLimit, since: Timestamp, rule: Option<&Rule>) -> String {
    let mut text = format!("自{}起中止计时。", moment(since));
    text.push_str(&format!("{}收到，期限为{}。", moment(limit.start), length(limit.limit)));
    for extension in &limit.extensions {
        text.push_str(&extended(extension.limit, &extension.reason_code));
    }
    text.push_str("恢复计时后另行明确截止时间。");
    text.extend(rule.map(source));
    text
}

fn sentence(step: &Step) -> String {
    match step {
        Step::Received { at, day, receipt } => received(*at, *day, *receipt),
        Step::Limited { limit } => {
            let counted = match limit.unit {
                Unit::WorkingDay | Unit::CalendarDay | Unit::Month => "，收到当日不计入",
                Unit::Second | Unit::Minute | Unit::Hour => "",
            };
            format!("期限为{}{counted}。", length(*limit))
        }
        Step::Extended { limit, reason_code } => extended(*limit, reason_code),
        Step::Skipped { from, to, names } => {
            format!("{}放假（{}），不计入。", range(*from, *to), names.join("、"))
        }
        Step::MakeupWorked { date, name } => {
            format!("{}为{name}调休上班日，计入工作日。", weekday_date(*date))
        }
        Step::RolledForward { from, to } => {
            format!("期限最后一日{}为休息日，顺延至{}。", weekday_date(*from), weekday_date(*to))
        }
        Step::Paused { from, until } => {
            format!("{}至{}中止计时。", moment(*from), moment(*until))
        }
        Step::Unmoved => "中止计时不影响期限。".to_owned(),
        Step::Moved { by } => format!("因中止计时，期限顺延{}。", length(*by)),
        Step::MadeUp { paused, a_day, by } => {
            let exact = *paused == *a_day * i32::try_from(by.amount).unwrap_or(i32::MAX);
            let days = if by.unit == Unit::WorkingDay { "工作日" } else { "日期" };
            format!(
                "计入的{days}（每日{}）中，中止计时共{}，{}期限顺延{}。",
                time(*a_day),
                time(*paused),
                if exact { "" } else { "不足一日按一日计，" },
                length(*by)
            )
        }
        Step::MovedOutOfPause { by } => {
            format!("届满时间落在中止计时期间，为避开该期间再顺延{}。", length(*by))
        }
    }
}

fn received(at: Timestamp, day: Date, receipt: Receipt) -> String {
    let why = match receipt {
        Receipt::OnTheDay => return format!("{}收到。", moment(at)),
        Receipt::AfterClosing => "已过下班时间",
        Receipt::OnRestDay => "当日为休息日",
    };
    format!("{}收到，{why}，视为{}收到。", moment(at), weekday_date(day))
}

fn extended(limit: Limit, reason_code: &str) -> String {
    if reason_code.is_empty() {
        return format!("经批准延长{}。", length(limit));
    }
    format!("经批准延长{}（原因：{reason_code}）。", length(limit))
}

fn source(rule: &Rule) -> String {
    let authority = match rule.authority {
        Authority::Law => "法律法规",
        Authority::Rule => "部门规章",
        Authority::Standard => "推荐性国家标准",
        Authority::LocalSd => "山东地方规定",
        Authority::LocalOther => "外地做法，仅供参考",
    };
    format!("依据：{}（{}，{authority}）。", articles(&rule.source), rule.what_zh)
}

/// A length such as "5个工作日".
pub(super) fn length(limit: Limit) -> String {
    let unit = match limit.unit {
        Unit::Second => "秒",
        Unit::Minute => "分钟",
        Unit::Hour => "小时",
        Unit::WorkingDay => "个工作日",
        Unit::CalendarDay => "日",
        Unit::Month => "个月",
    };
    let office = if limit.office_hours { "办公时间" } else { "" };
    format!("{office}{}{unit}", limit.amount)
}

/// A time such as "7小时30分钟", rounded up to seconds.
fn time(time: SignedDuration) -> String {
    clock_parts(time)
        .map(|(amount, unit)| length(Limit { amount, unit, office_hours: false }))
        .collect()
}

/// The deadline; 24:00 is told as such, not as 00:00 of the next day.
fn end(due: &Due) -> String {
    if instant(due.day, DAY_MINUTES).is_ok_and(|midnight| midnight == due.at) {
        return format!("{}24:00", weekday_date(due.day));
    }
    moment(due.at)
}

fn moment(at: Timestamp) -> String {
    let local = local(at);
    let seconds =
        if local.second() == 0 { String::new() } else { format!(":{:02}", local.second()) };
    format!("{}{:02}:{:02}{seconds}", weekday_date(local.date()), local.hour(), local.minute())
}

fn weekday_date(date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => "一",
        Weekday::Tuesday => "二",
        Weekday::Wednesday => "三",
        Weekday::Thursday => "四",
        Weekday::Friday => "五",
        Weekday::Saturday => "六",
        Weekday::Sunday => "日",
    };
    format!("{}（星期{weekday}）", plain_date(date))
}

fn plain_date(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

fn range(from: Date, to: Date) -> String {
    if from == to {
        plain_date(from)
    } else if (from.year(), from.month()) == (to.year(), to.month()) {
        format!("{}至{}日", plain_date(from), to.day())
    } else if from.year() == to.year() {
        format!("{}至{}月{}日", plain_date(from), to.month(), to.day())
    } else {
        format!("{}至{}", plain_date(from), plain_date(to))
    }
}

/// Articles as Chinese documents cite them: "信访工作条例 art34" is "信访工作条例第34条".
fn articles(source: &str) -> String {
    let mut parts = source.split(" art");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        text.push_str(&format!("第{number}条{rest}"));
    }
    text.replace("; ", "；")
}
