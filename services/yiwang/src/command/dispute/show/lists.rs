//! Disputes, events, counts and types as tables.

use yiwang_proto::dispatch::v1::{Dispute, DisputeCount, DisputeType, HistoryEntry};

use crate::command::shared::show_wire;
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;

/// Writes disputes as a list.
pub(in crate::command::dispute) fn list(
    screen: Screen,
    disputes: &[Dispute],
) -> Result<(), Failure> {
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
pub(in crate::command::dispute) fn history(
    screen: Screen,
    entries: &[HistoryEntry],
) -> Result<(), Failure> {
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
pub(in crate::command::dispute) fn counts(
    screen: Screen,
    counts: &[DisputeCount],
) -> Result<(), Failure> {
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
pub(in crate::command::dispute) fn types(
    screen: Screen,
    types: &[DisputeType],
) -> Result<(), Failure> {
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
