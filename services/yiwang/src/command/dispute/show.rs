//! Disputes as tables.

use yiwang_proto::dispatch::v1::{Dispute, DisputeCount, DisputeType, HistoryEntry};

use super::super::shared::{field, show_wire};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;

/// Writes where in the log something is recorded.
pub(crate) fn position_line(screen: Screen, position: u64) -> Result<(), Failure> {
    screen.line(format!("position / 位置 dispatch {position}"))
}

/// Writes a dispute in full.
pub(super) fn one(screen: Screen, dispute: Option<&Dispute>) -> Result<(), Failure> {
    let Some(dispute) = dispute else { return Ok(()) };
    if screen.json {
        return screen.message(dispute);
    }
    let triage = dispute.triage.clone().unwrap_or_default();
    let clock = dispute.arrival_clock.unwrap_or_default();
    let offer = dispute.offer.clone().unwrap_or_default();
    let mediation = dispute.mediation.clone().unwrap_or_default();
    let outcome = dispute.outcome.clone().unwrap_or_default();
    let way = offer.estimate.map_or(String::new(), |estimate| {
        let minutes = estimate.seconds.div_ceil(60);
        format!(" ({} m, about {minutes} min, estimate 估算)", estimate.straight_metres)
    });
    let source = dispute.source.clone().unwrap_or_default();
    let rows = vec![
        field("Case code 案号", dispute.case_code.clone()),
        field("State 状态", labels::state::label(dispute.state)),
        field("Grid 网格", dispute.grid_code.clone()),
        field("Type 类型", dispute.type_code.clone()),
        field("Scale 规模", labels::scale::label(dispute.scale)),
        field("Channel 渠道", labels::channel::label(dispute.channel)),
        field("Source 来源", format!("{} {}", source.system, source.number).trim().to_owned()),
        field("Reported 上报", show_wire(dispute.report_time.as_ref())),
        field("Accepted 受理", show_wire(dispute.accept_time.as_ref())),
        field("Rejected 不予受理", labels::reject_reason::label(dispute.reject_reason)),
        field("Level 级别", labels::level::label(triage.level)),
        field(
            "Due 期限",
            due(&triage.limit, show_wire(triage.due_time.as_ref()), triage.due_provisional),
        ),
        field("Arrival due 到场期限", show_wire(clock.due_time.as_ref())),
        field("Arrival 到场", labels::standing::label(clock.standing)),
        field(
            "Offered to 呼叫",
            format!("{} {}{way}", offer.team_id, offer.team_name).trim().to_owned(),
        ),
        field("Team 调解队", dispute.team_id.clone()),
        field("Declined 谢绝", dispute.declined_team_ids.join(" ")),
        field(
            "Mediation 调解",
            format!(
                "{} {}",
                labels::mediation_kind::label(mediation.kind),
                mediation.organisation_name
            )
            .trim()
            .to_owned(),
        ),
        field("Outcome 结果", labels::outcome::label(outcome.kind)),
        field("Follow-ups 回访", dispute.follow_ups.len().to_string()),
        field("Closed 结案", show_wire(dispute.close_time.as_ref())),
        field("Sealed 密封件", dispute.sealed_count.to_string()),
        field("Etag", dispute.etag.clone()),
        field("Possible 可执行", dispute.allowed_commands.join(" ")),
    ];
    let said = rows.into_iter().filter(|row| !row[1].is_empty() && row[1] != "0").collect();
    screen.table(&["Dispute 纠纷", &dispute.dispute_id], said)
}

fn due(limit: &str, at: String, provisional: bool) -> String {
    match (at.is_empty(), provisional) {
        (true, _) => String::new(),
        (false, true) => format!("{at} ({limit}, provisional 暂定)"),
        (false, false) => format!("{at} ({limit})"),
    }
}

/// Writes disputes as a list.
pub(super) fn list(screen: Screen, disputes: &[Dispute]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(disputes);
    }
    let rows = disputes.iter().map(|dispute| {
        let triage = dispute.triage.clone().unwrap_or_default();
        vec![
            dispute.case_code.clone(),
            dispute.grid_code.clone(),
            dispute.type_code.clone(),
            labels::state::label(dispute.state),
            labels::level::label(triage.level),
            show_wire(dispute.report_time.as_ref()),
            show_wire(triage.due_time.as_ref()),
            dispute.dispute_id.clone(),
        ]
    });
    let header = [
        "Case code 案号",
        "Grid 网格",
        "Type 类型",
        "State 状态",
        "Level 级别",
        "Reported 上报",
        "Due 期限",
        "Id 编号",
    ];
    screen.table(&header, rows.collect())
}

/// Writes the events of a dispute.
pub(super) fn history(screen: Screen, entries: &[HistoryEntry]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(entries);
    }
    let rows = entries.iter().map(|entry| {
        let event = entry.r#type.rsplit('.').next().unwrap_or_default();
        vec![
            entry.position.to_string(),
            show_wire(entry.record_time.as_ref()),
            event.to_owned(),
            entry.caller_id.clone(),
            entry.unit_id.clone(),
        ]
    });
    screen.table(
        &["Position 位置", "Time 时间", "Event 事件", "Caller 调用方", "Unit 单位"],
        rows.collect(),
    )
}

/// Writes counts.
pub(super) fn counts(screen: Screen, counts: &[DisputeCount]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(counts);
    }
    let rows = counts.iter().map(|count| {
        vec![
            count.area_code.clone(),
            labels::state::label(count.state),
            count.type_code.clone(),
            count.count.to_string(),
        ]
    });
    screen.table(&["Area 区域", "State 状态", "Type 类别", "Count 数量"], rows.collect())
}

/// Writes types.
pub(super) fn types(screen: Screen, types: &[DisputeType]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(types);
    }
    let rows = types.iter().map(|kind| {
        vec![
            kind.type_code.clone(),
            kind.name_zh.clone(),
            kind.name_en.clone(),
            labels::type_use::label(kind.r#use),
            kind.competent_body_zh.clone(),
        ]
    });
    screen.table(
        &["Type 代码", "Name 名称", "English", "Use 用途", "Competent 主管部门"],
        rows.collect(),
    )
}
