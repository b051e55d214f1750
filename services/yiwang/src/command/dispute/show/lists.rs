//! Disputes, events, counts and types as tables.

use yiwang_proto::dispatch::v1::{ClockKind, Dispute, DisputeCount, DisputeType, HistoryEntry};

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
            next_limit(dispute),
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
        "Next limit 最近时限",
        "Id 编号",
    ];
    screen.table(&header, rows.collect())
}

/// The end of the clock that ends first of those that run, and which one it is; nothing when none runs. As the server
/// counts them for `--due`: the way of a team is not the holder's to keep, nor is what the parties may do.
fn next_limit(dispute: &Dispute) -> String {
    let is_work = |kind: ClockKind| !matches!(kind, ClockKind::Arrive | ClockKind::Confirm);
    let clocks = dispute.clocks.iter().filter(|clock| is_work(clock.kind()));
    let running = clocks.filter(|clock| clock.stop_time.is_none());
    let ends = running.filter_map(|clock| Some((clock.due_time?, clock.kind)));
    let next = ends.min_by_key(|(due, _)| (due.seconds, due.nanos));
    next.map_or(String::new(), |(due, kind)| {
        format!("{} {}", show_wire(Some(&due)), labels::clock::label(kind))
    })
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

#[cfg(test)]
mod tests {
    use yiwang_proto::dispatch::v1::Clock;

    use super::*;

    fn clock(kind: ClockKind, due: Option<i64>, stop: Option<i64>) -> Clock {
        let at = |seconds| prost_types::Timestamp { seconds, nanos: 0 };
        let (due_time, stop_time) = (due.map(at), stop.map(at));
        Clock { kind: kind.into(), due_time, stop_time, ..Clock::default() }
    }

    #[test]
    fn the_next_limit_is_the_holders_that_runs_and_ends_first() {
        let handle = clock(ClockKind::Handle, Some(90_000), None);
        let visit = clock(ClockKind::FirstFollowUp, Some(180_000), None);
        let arrive = clock(ClockKind::Arrive, Some(600), None);
        let confirm = clock(ClockKind::Confirm, Some(1_200), None);
        let accepted = clock(ClockKind::Accept, Some(60), Some(30));
        let paused = clock(ClockKind::Verify, None, None);
        let mut dispute = Dispute {
            clocks: vec![visit, handle, accepted, arrive, confirm, paused],
            ..Dispute::default()
        };
        let told = next_limit(&dispute);
        assert!(told.contains(&labels::clock::label(ClockKind::Handle.into())), "{told}");
        assert!(told.starts_with("1970-01-02"), "{told}");
        dispute.clocks.retain(|clock| {
            let stands = clock.stop_time.is_some() || clock.due_time.is_none();
            stands || matches!(clock.kind(), ClockKind::Arrive | ClockKind::Confirm)
        });
        assert_eq!(next_limit(&dispute), "");
    }
}
