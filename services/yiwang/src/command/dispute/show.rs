//! A dispute in full, and disputes as tables.

mod lists;

use yiwang_proto::dispatch::v1::{Clock, ClockKind, Dispute, Paper, Place};

use crate::command::shared::{field, show_wire};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;

pub(super) use lists::{counts, history, list, types};

/// Writes where in the log something is recorded.
pub(crate) fn position_line(screen: Screen, position: u64) -> Result<(), Failure> {
    screen.line(format!("position / 位置 dispatch {position}"))
}

/// Writes a dispute in full: what it is, its clocks, and where it has been.
pub(super) fn one(screen: Screen, dispute: Option<&Dispute>) -> Result<(), Failure> {
    let Some(dispute) = dispute else { return Ok(()) };
    if screen.json {
        return screen.message(dispute);
    }
    let parts =
        [matter(dispute), people(dispute), course(dispute), oversight(dispute), rest(dispute)];
    let said = parts.into_iter().flatten().filter(|row| !row[1].is_empty() && row[1] != "0");
    screen.table(&["Dispute 纠纷", &dispute.dispute_id], said.collect())?;
    if !dispute.clocks.is_empty() {
        screen.line("")?;
        clocks(screen, dispute)?;
    }
    if dispute.steps.len() > 1 {
        screen.line("")?;
        steps(screen, dispute)?;
    }
    Ok(())
}

/// What it is about, and where it is from.
fn matter(dispute: &Dispute) -> Vec<Vec<String>> {
    let source = dispute.source.clone().unwrap_or_default();
    let protective = if dispute.protective { "yes 是" } else { "" };
    vec![
        field("Case code 案号", dispute.case_code.clone()),
        field("State 状态", labels::state::label(dispute.state)),
        field("Grid 网格", dispute.grid_code.clone()),
        field("Type 类型", dispute.type_code.clone()),
        field("Scale 规模", labels::scale::label(dispute.scale)),
        field("Channel 渠道", labels::channel::label(dispute.channel)),
        field("Source 来源", both(&source.system, &source.number)),
        field("Paper ledger 纸质台账", paper(dispute.paper.as_ref())),
        field("Protection 保护", protective),
        field("Reported 上报", show_wire(dispute.report_time.as_ref())),
        field("Accepted 受理", show_wire(dispute.accept_time.as_ref())),
        field("Rejected 不予受理", labels::reject_reason::label(dispute.reject_reason)),
        field("Level 级别", labels::level::label(dispute.triage.clone().unwrap_or_default().level)),
    ]
}

/// What a paper ledger said of a case that was taken over from it.
fn paper(paper: Option<&Paper>) -> String {
    let Some(paper) = paper else { return String::new() };
    let old = match paper.old_type_code.as_str() {
        "" => String::new(),
        code => format!(", zz24 {code} → {}", paper.type_code),
    };
    let due = match paper.due_date.as_str() {
        "" => String::new(),
        day => format!(", due 期限 {day}"),
    };
    format!("taken over 已转入{old}{due}")
}

/// Who is answerable for it.
fn people(dispute: &Dispute) -> Vec<Vec<String>> {
    let holder = dispute.holder.as_ref().and_then(|step| step.place.as_ref());
    vec![
        field("Holder 承办", place(holder)),
        field("First receiver 首接", place(dispute.first_receiver.as_ref())),
        field("First handler 首办", place(dispute.first_handler.as_ref())),
    ]
}

/// The team, the mediation and the outcome.
fn course(dispute: &Dispute) -> Vec<Vec<String>> {
    let offer = dispute.offer.clone().unwrap_or_default();
    let mediation = dispute.mediation.clone().unwrap_or_default();
    let way = offer.estimate.map_or(String::new(), |estimate| {
        let minutes = estimate.seconds.div_ceil(60);
        format!(" ({} m, about {minutes} min, estimate 估算)", estimate.straight_metres)
    });
    let outcome = dispute.outcome.clone().unwrap_or_default();
    let part = if outcome.partial { " (in part 部分)" } else { "" };
    vec![
        field("Asked 呼叫", format!("{}{way}", both(&offer.team_id, &offer.team_name))),
        field("Team 调解队", dispute.team_id.clone()),
        field("Declined 谢绝", dispute.declined_team_ids.join(" ")),
        field(
            "Mediation 调解",
            both(&labels::mediation_kind::label(mediation.kind), &mediation.organisation_name),
        ),
        field("File 卷宗", mediation.file_number),
        field("Outcome 结果", format!("{}{part}", labels::outcome::label(outcome.kind))),
        field("Referred to 引导至", labels::referral::label(outcome.referral)),
        field("There 该程序", labels::referral_result::label(outcome.referral_result)),
        field("Agreed on 协议日期", outcome.agreement_date),
        field("To be performed 履行日", outcome.performance_dates.join(" ")),
        field("Confirmation until 司法确认截止", outcome.confirmation_until_date),
        field("Confirmation 司法确认", labels::confirmation::label(outcome.confirmation)),
        field("Follow-ups 回访", dispute.follow_ups.len().to_string()),
        field("Verified 核查", show_wire(dispute.verify_time.as_ref())),
        field("Closed 结案", show_wire(dispute.close_time.as_ref())),
        field("Done again 重办", dispute.redo_count.to_string()),
        field("Merged into 并入", dispute.merged_into.clone()),
        field("Duplicates 重复件", dispute.duplicate_ids.join(" ")),
    ]
}

/// Standing still, supervision, more time, the ledger of deferred cases.
fn oversight(dispute: &Dispute) -> Vec<Vec<String>> {
    let pause = dispute.pause.unwrap_or_default();
    let supervision = dispute.supervision.clone().unwrap_or_default();
    let deferral = dispute.deferral.clone().unwrap_or_default();
    let overdue = if deferral.review_overdue { " (overdue 已到期)" } else { "" };
    let review = format!(
        "{} {}{overdue}",
        labels::deferral_reason::label(deferral.reason),
        deferral.review_date
    );
    let asked = dispute.extension_request.clone().unwrap_or_default();
    let asked_for = match asked.working_days {
        0 => String::new(),
        days => format!("{days}wd {}", labels::extension_reason::label(asked.reason)),
    };
    vec![
        field(
            "Stands still 中止",
            since(labels::pause_kind::label(pause.kind), show_wire(pause.start_time.as_ref())),
        ),
        field(
            "Supervised 督办",
            both(&labels::supervision::label(supervision.kind), &place(supervision.by.as_ref())),
        ),
        field("Reminders 催办", dispute.reminders.to_string()),
        field("Extension asked for 延期申请", asked_for),
        field("Deferred 挂账", review.trim()),
    ]
}

fn rest(dispute: &Dispute) -> Vec<Vec<String>> {
    let possible: Vec<&str> =
        dispute.allowed_commands.iter().map(|rpc| labels::action(rpc)).collect();
    vec![
        field("Sealed 密封件", dispute.sealed_count.to_string()),
        field("Etag", dispute.etag.clone()),
        field("Possible 可执行", possible.join(" ")),
    ]
}

fn both(one: &str, other: &str) -> String {
    format!("{one} {other}").trim().to_owned()
}

fn since(what: String, since: String) -> String {
    if since.is_empty() { what } else { format!("{what}, since 自 {since}") }
}

/// An area, and the unit there.
pub(crate) fn place(place: Option<&Place>) -> String {
    place.map_or(String::new(), |place| both(&place.area_code, &place.unit_id))
}

fn clocks(screen: Screen, dispute: &Dispute) -> Result<(), Failure> {
    let rows = dispute.clocks.iter().map(|clock| {
        vec![
            labels::clock::label(clock.kind)
                + if clock.taken_over { " (paper 台账)" } else { "" },
            due(clock),
            clock.limit.clone(),
            if of_the_parties(clock) { String::new() } else { labels::card::label(clock.card) },
            standing(clock).to_owned(),
            clock.raised_to_area_code.clone(),
        ]
    });
    let header =
        ["Clock 时限", "Due 截止", "Limit 限时", "Card 牌", "Standing 情况", "Raised to 已报至"];
    screen.table(&header, rows.collect())
}

/// Whether it is the parties' own time, which has no cards and its last day in full.
fn of_the_parties(clock: &Clock) -> bool {
    clock.kind() == ClockKind::Confirm
}

fn due(clock: &Clock) -> String {
    let end = clock.due_time.as_ref();
    let mut due = show_wire(end);
    if of_the_parties(clock) {
        // A limit that ends at midnight ends on the day before.
        let last = end.map(|end| prost_types::Timestamp { seconds: end.seconds - 1, ..*end });
        let day = show_wire(last.as_ref());
        due = format!("{} (all day 全天)", day.split(' ').next().unwrap_or_default());
    }
    if clock.due_provisional { format!("{due} (provisional 暂定)") } else { due }
}

/// How a clock stands, as far as it can be said without asking what time it is.
pub(crate) fn standing(clock: &Clock) -> &'static str {
    let order = |time: Option<prost_types::Timestamp>| time.map(|time| (time.seconds, time.nanos));
    match (order(clock.stop_time), order(clock.due_time)) {
        (Some(_), _) if !clock.done => "stopped 已停止",
        (Some(stop), Some(due)) if stop > due => "missed 超时完成",
        (Some(_), _) => "met 按时完成",
        (None, None) => "stands still 中止",
        (None, Some(_)) => "running 计时中",
    }
}

fn steps(screen: Screen, dispute: &Dispute) -> Result<(), Failure> {
    let rows = dispute.steps.iter().map(|step| {
        vec![
            step.step_number.to_string(),
            place(step.place.as_ref()),
            labels::step_move::label(step.r#move),
            labels::move_reason::label(step.reason),
            show_wire(step.start_time.as_ref()),
        ]
    });
    let header = ["Step 步骤", "Place 承办", "How 方式", "Reason 原因", "Since 时间"];
    screen.table(&header, rows.collect())
}
