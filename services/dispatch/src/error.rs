//! Refusals as callers see them: code, reason, both languages, and every dynamic part as metadata.

use std::time::Duration;

use kit::Problem;
use tonic::Code;

use crate::api::convert::party::words;
use crate::domain::codes::{GridCode, Id};
use crate::domain::command::Verb;
use crate::domain::dispute_types::Usage;
use crate::domain::places::UnitKind;
use crate::domain::rejection::Rejection;

/// Error domain of dispatch.
pub const DOMAIN: &str = "dispatch.yiwang";

/// How long to wait before asking again whether registry's feed has been read.
const CATCHING_UP: Duration = Duration::from_secs(2);

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Problem {
        let (code, reason) = reason(&rejection);
        let (en, zh) = messages(&rejection, chinese(&rejection));
        let problem = Problem::new(code, reason, DOMAIN, en.clone(), zh.clone());
        if let Some((field, reason)) = wrong_field(&rejection) {
            return with_metadata(problem.violation(field, reason, en, zh), &rejection);
        }
        with_metadata(problem, &rejection)
    }
}

/// Code and reason: part of the contract.
#[expect(clippy::too_many_lines, reason = "one line for each rejection")]
fn reason(rejection: &Rejection) -> (Code, &'static str) {
    use Code::{
        Aborted, AlreadyExists, FailedPrecondition, Internal, InvalidArgument, NotFound,
        PermissionDenied, ResourceExhausted, Unavailable,
    };
    match rejection {
        Rejection::DisputeNotFound => (NotFound, "DISPUTE_NOT_FOUND"),
        Rejection::IllegalTransition { .. } => (FailedPrecondition, "ILLEGAL_TRANSITION"),
        Rejection::NotHome { .. } => (FailedPrecondition, "NOT_HOME"),
        Rejection::EtagStale { .. } => (Aborted, "ETAG_STALE"),
        Rejection::TypeRoutedOut(_) => (FailedPrecondition, "TYPE_ROUTED_OUT"),
        Rejection::GridNotFound { .. } => (InvalidArgument, "GRID_NOT_FOUND"),
        Rejection::GridRetired { .. } => (FailedPrecondition, "GRID_RETIRED"),
        Rejection::RegistryNotCaughtUp | Rejection::RegistryBehind { .. } => {
            (Unavailable, "REGISTRY_NOT_CAUGHT_UP")
        }
        Rejection::AreaNotYours { .. } => (PermissionDenied, "AREA_NOT_YOURS"),
        Rejection::SourceRecordedElsewhere => (AlreadyExists, "SOURCE_RECORDED_ELSEWHERE"),
        Rejection::ReportTimeInFuture => (InvalidArgument, "REPORT_TIME_IN_FUTURE"),
        Rejection::ReportTimeTooOld => (InvalidArgument, "REPORT_TIME_TOO_OLD"),
        Rejection::CaseCodesExhausted => (ResourceExhausted, "CASE_CODES_EXHAUSTED"),
        Rejection::TeamNotFound { .. } => (NotFound, "TEAM_NOT_FOUND"),
        Rejection::TeamNotFree { .. } => (FailedPrecondition, "TEAM_NOT_FREE"),
        Rejection::TeamOffDuty { .. } => (FailedPrecondition, "TEAM_OFF_DUTY"),
        Rejection::DutyEndImpossible => (InvalidArgument, "DUTY_END_IMPOSSIBLE"),
        Rejection::NotThisTeam { .. } => (FailedPrecondition, "NOT_THIS_TEAM"),
        Rejection::ArrivalTimeImpossible => (InvalidArgument, "ARRIVAL_TIME_IMPOSSIBLE"),
        Rejection::NoSuchParty { .. } => (InvalidArgument, "NO_SUCH_PARTY"),
        Rejection::PartyRefused { .. } => (FailedPrecondition, "PARTY_REFUSED"),
        Rejection::ConsentMissing { .. } => (FailedPrecondition, "CONSENT_MISSING"),
        Rejection::OrganisationNotFound { .. } => (NotFound, "ORGANISATION_NOT_FOUND"),
        Rejection::NotThisMediation { .. } => (FailedPrecondition, "NOT_THIS_MEDIATION"),
        Rejection::OutcomeNotPossible { .. } => (FailedPrecondition, "OUTCOME_NOT_POSSIBLE"),
        Rejection::PoliceFirst => (FailedPrecondition, "POLICE_FIRST"),
        Rejection::Paused(_) => (FailedPrecondition, "PAUSED"),
        Rejection::NotPaused => (FailedPrecondition, "NOT_PAUSED"),
        Rejection::NotHolder(_) => (PermissionDenied, "NOT_HOLDER"),
        Rejection::NotAboveHolder(_) => (PermissionDenied, "NOT_ABOVE_HOLDER"),
        Rejection::MoveNotPossible { .. } => (InvalidArgument, "MOVE_NOT_POSSIBLE"),
        Rejection::Designated { .. } => (FailedPrecondition, "DESIGNATED"),
        Rejection::NoSuchStep { .. } => (InvalidArgument, "NO_SUCH_STEP"),
        Rejection::ExtensionPending { .. } => (FailedPrecondition, "EXTENSION_PENDING"),
        Rejection::ExtensionTooLong { .. } => (FailedPrecondition, "EXTENSION_TOO_LONG"),
        Rejection::NotSupervised => (FailedPrecondition, "NOT_SUPERVISED"),
        Rejection::NotOverdue { .. } => (FailedPrecondition, "NOT_OVERDUE"),
        Rejection::SupervisedByOthers(_) => (PermissionDenied, "SUPERVISED_BY_OTHERS"),
        Rejection::LimitOver { .. } => (FailedPrecondition, "LIMIT_OVER"),
        Rejection::ConfirmationNotPossible { .. } => {
            (FailedPrecondition, "CONFIRMATION_NOT_POSSIBLE")
        }
        Rejection::PerformanceAhead { .. } => (FailedPrecondition, "PERFORMANCE_AHEAD"),
        Rejection::Deferral { .. } => (FailedPrecondition, "DEFERRAL"),
        Rejection::DatesContradict { .. } => (InvalidArgument, "DATES_CONTRADICT"),
        Rejection::MergeNotPossible { .. } => (InvalidArgument, "MERGE_NOT_POSSIBLE"),
        Rejection::NotOfThisOutcome { .. } => (FailedPrecondition, "NOT_OF_THIS_OUTCOME"),
        Rejection::PaperTooEarly { .. } => (FailedPrecondition, "PAPER_TOO_EARLY"),
        Rejection::NoSuchClock => (NotFound, "NO_SUCH_CLOCK"),
        Rejection::FollowUpNegative => (FailedPrecondition, "FOLLOW_UP_NEGATIVE"),
        Rejection::FollowUpMissing => (FailedPrecondition, "FOLLOW_UP_MISSING"),
        Rejection::TooMany { .. } => (ResourceExhausted, "TOO_MANY"),
        Rejection::DetailsNotYours(_) => (PermissionDenied, "ROLE_MISSING"),
        Rejection::FileNotFound { .. } => (NotFound, "FILE_NOT_FOUND"),
        Rejection::FileIdTaken { .. } => (AlreadyExists, "FILE_ID_TAKEN"),
        Rejection::FileNotUploaded => (FailedPrecondition, "UPLOAD_INCOMPLETE"),
        Rejection::LimitOutOfRange => (Internal, "INTERNAL"),
        Rejection::PinWrong { .. } => (PermissionDenied, "PIN_WRONG"),
        Rejection::PinLocked { .. } => (ResourceExhausted, "PIN_LOCKED"),
        Rejection::PinOutdated => (Unavailable, "STORE_UNAVAILABLE"),
        Rejection::NoOutcome => (FailedPrecondition, "NO_OUTCOME"),
        Rejection::AlreadyRated => (FailedPrecondition, "ALREADY_RATED"),
        Rejection::ReopenTooLate { .. } => (FailedPrecondition, "REOPEN_TOO_LATE"),
        Rejection::NoticeNotFound => (NotFound, "NOTICE_NOT_FOUND"),
        Rejection::NoticeNotListed { .. } => (FailedPrecondition, "NOTICE_NOT_LISTED"),
        Rejection::NoticeDiverged { .. } => (FailedPrecondition, "NOTICE_DIVERGED"),
        Rejection::ContactNotYours => (PermissionDenied, "ROLE_MISSING"),
    }
}

/// The message in Chinese.
#[expect(clippy::too_many_lines, reason = "one arm for each rejection")]
fn chinese(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::DisputeNotFound => "未找到该纠纷",
        Rejection::IllegalTransition { .. } => "当前状态不允许该操作",
        Rejection::NotHome { .. } => "该纠纷由其他节点办理",
        Rejection::EtagStale { .. } => "该纠纷已被更改,请重新读取后再操作",
        Rejection::TypeRoutedOut(_) => "该类事项不在本系统登记",
        Rejection::GridNotFound { .. } => "没有该网格",
        Rejection::GridRetired { .. } => "该网格当日无效(已撤销或尚未启用)",
        Rejection::RegistryNotCaughtUp => "基础数据尚未同步完成,请稍后重试",
        Rejection::RegistryBehind { .. } => "基础数据尚未同步到所要求的位置,请稍后重试",
        Rejection::AreaNotYours { .. } => "超出调用方的辖区范围",
        Rejection::SourceRecordedElsewhere => "同一来源编号已在本辖区以外登记",
        Rejection::ReportTimeInFuture => "上报时间不得晚于当前时间",
        Rejection::ReportTimeTooOld => "上报时间距今超过十年",
        Rejection::CaseCodesExhausted => "本节点的案件编码已用尽,须由市级另行分配节点号",
        Rejection::TeamNotFound { .. } => "未找到该调解队",
        Rejection::TeamNotFree { .. } => "该调解队当前不可派遣",
        Rejection::TeamOffDuty { .. } => "该调解队不在值班",
        Rejection::DutyEndImpossible => "值班结束时间应晚于当前时间,且不超过7天",
        Rejection::NotThisTeam { .. } => "当前被派单的是其他调解队",
        Rejection::ArrivalTimeImpossible => "到场时间不得晚于当前时间,也不得早于接单时间",
        Rejection::NoSuchParty { .. } => "该案件没有此序号的当事人",
        Rejection::PartyRefused { .. } => "一方当事人明确拒绝调解的,不得调解(人民调解法第十七条)",
        Rejection::ConsentMissing { .. } => "尚未取得全部当事人的调解意愿",
        Rejection::OrganisationNotFound { .. } => "未找到该调解组织",
        Rejection::NotThisMediation { .. } => "该单位不能开展这一类调解",
        Rejection::OutcomeNotPossible { .. } => "当前状态不能登记该结果",
        Rejection::PoliceFirst => "有生命危险的,请先拨打110报警;本次登记已留痕",
        Rejection::Paused(_) => "时限已中止,恢复前不能继续办理",
        Rejection::NotPaused => "时限并未中止",
        Rejection::NotHolder(_) => "该纠纷现由上级办理",
        Rejection::NotAboveHolder(_) => "仅现承办方的上级可以操作",
        Rejection::MoveNotPossible { .. } => "不能移送至该处",
        Rejection::Designated { .. } => "指定承办的,不得退回",
        Rejection::NoSuchStep { .. } => "没有可退回的该环节",
        Rejection::ExtensionPending { pending: true } => "已有延期申请等待审批",
        Rejection::ExtensionPending { pending: false } => "没有等待审批的延期申请",
        Rejection::ExtensionTooLong { .. } => "累计延期超过规定上限",
        Rejection::NotSupervised => "该纠纷未被督办",
        Rejection::NotOverdue { .. } => "仅超期未结的纠纷可以挂账",
        Rejection::SupervisedByOthers(_) => "该纠纷由上级督办,本级不得变更或解除",
        Rejection::LimitOver { .. } => "时限已过,不能再中止",
        Rejection::ConfirmationNotPossible { .. } => "司法确认不能登记为该情况",
        Rejection::PerformanceAhead { .. } => "协议履行期限未到,尚不能核查",
        Rejection::Deferral { deferred: true } => "该纠纷已挂账",
        Rejection::Deferral { deferred: false } => "该纠纷未挂账",
        Rejection::DatesContradict { zh, .. } | Rejection::PaperTooEarly { zh, .. } => zh,
        Rejection::MergeNotPossible { .. } => "两件纠纷不能合并",
        Rejection::NotOfThisOutcome { .. } => "该办理结果没有此项",
        Rejection::NoSuchClock => "该纠纷没有此项时限",
        Rejection::FollowUpNegative => "最近一次回访结果为否定,须先重办",
        Rejection::FollowUpMissing => "达成协议的纠纷须先回访再核查",
        Rejection::TooMany { .. } => "该案件的此类记录已达上限",
        Rejection::DetailsNotYours(_) => "调用方无权查看当事人信息;本次尝试已留痕",
        Rejection::FileNotFound { .. } => "该案件没有此文件,或已清除",
        Rejection::FileIdTaken { .. } => "该编号已用于本案其他文件或已清除的文件",
        Rejection::FileNotUploaded => "该编号下没有完整的已上传文件",
        Rejection::LimitOutOfRange => "内部错误",
        Rejection::PinWrong { .. } => "案件编码与查询密码不符",
        Rejection::PinLocked { .. } => "查询密码输错次数过多,已暂停查询",
        Rejection::PinOutdated => "查询密码刚刚变更,请重试",
        Rejection::NoOutcome => "该案件尚无办理结果,或已并入其他案件",
        Rejection::AlreadyRated => "本次办理结果已评价",
        Rejection::ReopenTooLate { .. } => "已超过可申请重办的期限",
        Rejection::NoticeNotFound => "该位置没有应告知事项",
        Rejection::NoticeNotListed { .. } => "该告知不在未送达清单中",
        Rejection::NoticeDiverged { .. } => "该位置是另一事件:日志已从备份恢复",
        Rejection::ContactNotYours => "调用方无权查看告知对象;本次尝试已留痕",
    }
}

/// The messages, where they say more than the description.
fn messages(rejection: &Rejection, zh: &str) -> (String, String) {
    if let Rejection::IllegalTransition { state, verb, allowed, .. } = rejection {
        let (command, allowed) = (verb.name(), names(allowed));
        return (
            format!("a dispute in state {state} does not allow {command}; allowed are: {allowed}"),
            format!("状态为 {state} 的纠纷不允许 {command};允许的操作:{allowed}"),
        );
    }
    if let Rejection::TypeRoutedOut(found) = rejection
        && let Usage::RouteOut { body_zh, body_en } = &found.usage
    {
        return (
            format!("matters of type {} are not recorded here; competent is {body_en}", found.code),
            format!("「{}」类事项不在本系统登记,请移交{body_zh}", found.name_zh),
        );
    }
    if let Rejection::GridNotFound { grid, suggestions: near } = rejection {
        let (en, also) = or_rather(near);
        return (format!("no such grid {grid}{en}"), format!("没有网格 {grid}{also}"));
    }
    if let Rejection::GridRetired { grid, successors: near } = rejection {
        let (en, also) = or_rather(near);
        return (
            format!("grid {grid} does not exist on this day{en}"),
            format!("网格 {grid} 当日无效(已撤销或尚未启用){also}"),
        );
    }
    if let Rejection::PaperTooEarly { missing, .. } = rejection {
        return (rejection.to_string(), format!("尚不能生成该文书:{zh};下一步:{}", missing.name()));
    }
    if let Rejection::PinWrong { left } = rejection {
        return (rejection.to_string(), format!("{zh},还可尝试{left}次"));
    }
    if let Rejection::PinLocked { until, .. } = rejection {
        let (minute_en, minute_zh) = words::minute(*until);
        return (
            format!("there were too many wrong PINs; none is taken until {minute_en}"),
            format!("{zh},{minute_zh}后可再试,或到窗口重置查询密码"),
        );
    }
    if matches!(rejection, Rejection::LimitOutOfRange) {
        tracing::error!("a configured time limit cannot be counted");
        return ("internal error".to_owned(), zh.to_owned());
    }
    (rejection.to_string(), zh.to_owned())
}

/// The field of the request that a refusal is about.
fn wrong_field(rejection: &Rejection) -> Option<(&'static str, &'static str)> {
    if let Rejection::NoSuchParty { field, .. } = rejection {
        Some((field, "OUT_OF_RANGE"))
    } else if matches!(rejection, Rejection::GridNotFound { .. }) {
        Some(("grid_code", "NOT_FOUND"))
    } else if matches!(rejection, Rejection::ReportTimeInFuture) {
        Some(("report_time", "IN_FUTURE"))
    } else if matches!(rejection, Rejection::ReportTimeTooOld) {
        Some(("report_time", "TOO_OLD"))
    } else if let Rejection::DatesContradict { field, .. } = rejection {
        Some((field, "CONTRADICTS"))
    } else if matches!(rejection, Rejection::MoveNotPossible { .. }) {
        Some(("to_area_code", "NOT_POSSIBLE"))
    } else if matches!(rejection, Rejection::NoSuchStep { .. }) {
        Some(("to_step_number", "NOT_FOUND"))
    } else if matches!(rejection, Rejection::MergeNotPossible { .. }) {
        Some(("into_dispute_id", "NOT_POSSIBLE"))
    } else if matches!(rejection, Rejection::DutyEndImpossible) {
        Some(("until_time", "IMPOSSIBLE"))
    } else if matches!(rejection, Rejection::ArrivalTimeImpossible) {
        Some(("arrival_time", "IMPOSSIBLE"))
    } else {
        None
    }
}

/// Every dynamic part, for programs.
#[expect(clippy::too_many_lines, reason = "one arm for each rejection")]
fn with_metadata(problem: Problem, rejection: &Rejection) -> Problem {
    match rejection {
        Rejection::IllegalTransition { dispute_id, state, verb, allowed } => {
            let subject = format!("dispute/{dispute_id}");
            illegal(problem.with("command", verb.name()), subject, state, &names(allowed))
        }
        Rejection::NotHome { home } => problem.with("home", home.as_str()),
        Rejection::EtagStale { revision } => problem.with("etag", format!("\"{revision}\"")),
        Rejection::TypeRoutedOut(found) => {
            routed_out(problem.with("type_code", found.code.as_str()), &found.usage)
        }
        Rejection::GridNotFound { grid, suggestions } => {
            problem.with("grid_code", grid.as_str()).with("suggestions", joined(suggestions))
        }
        Rejection::GridRetired { grid, successors } => {
            problem.with("grid_code", grid.as_str()).with("successors", joined(successors))
        }
        Rejection::RegistryNotCaughtUp => problem.retry_after(CATCHING_UP),
        Rejection::AreaNotYours { area } => problem.with("area_code", area.as_str()),
        Rejection::TeamNotFound { team }
        | Rejection::NotThisTeam { team }
        | Rejection::TeamOffDuty { team } => problem.with("team_id", team.as_str()),
        Rejection::TeamNotFree { team, why } => {
            problem.with("team_id", team.as_str()).with("why", *why)
        }
        Rejection::RegistryBehind { at } => {
            problem.with("registry_position", at.to_string()).retry_after(CATCHING_UP)
        }
        Rejection::NoSuchParty { party, parties, .. } => {
            problem.with("party", party.to_string()).with("party_count", parties.to_string())
        }
        Rejection::PartyRefused { party } => problem.with("party", party.to_string()),
        Rejection::ConsentMissing { missing } => {
            let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
            problem.with("missing", missing.join(","))
        }
        Rejection::OrganisationNotFound { organisation } => {
            problem.with("organisation_id", organisation.as_str())
        }
        Rejection::NotThisMediation { organisation, unit } => problem
            .with("organisation_id", organisation.as_str())
            .with("unit_kind", unit_name(*unit)),
        Rejection::OutcomeNotPossible { state, possible } => {
            problem.with("state", *state).with("possible", possible.join(", "))
        }
        Rejection::TooMany { what } => problem.with("what", *what),
        Rejection::DetailsNotYours(_) => problem.with("role", kit::Role::SeeParty.name()),
        Rejection::ContactNotYours => problem.with("role", kit::Role::Notify.name()),
        Rejection::NoticeNotListed { position } | Rejection::NoticeDiverged { position } => {
            problem.with("notice_position", position.to_string())
        }
        Rejection::Paused(kind) => problem.with("pause", kind.name()),
        Rejection::NotHolder(holder)
        | Rejection::NotAboveHolder(holder)
        | Rejection::SupervisedByOthers(holder) => {
            let unit = holder.unit.as_ref().map(Id::as_str).unwrap_or_default();
            problem.with("area_code", holder.area.as_str()).with("unit_id", unit)
        }
        Rejection::MoveNotPossible { to, why } => {
            problem.with("area_code", to.as_str()).with("why", *why)
        }
        Rejection::Designated { step } | Rejection::NoSuchStep { step } => {
            problem.with("step_number", step.to_string())
        }
        Rejection::ExtensionPending { pending } => problem.with("pending", pending.to_string()),
        Rejection::ExtensionTooLong { asked, most, rule_key } => problem
            .with("asked", asked.to_string())
            .with("most", most.to_string())
            .with("rule_key", rule_key.as_str()),
        Rejection::ConfirmationNotPossible { until, why } => {
            problem.with("until", until.to_string()).with("why", *why)
        }
        Rejection::PerformanceAhead { day } => {
            problem.with("day", day.map(|day| day.to_string()).unwrap_or_default())
        }
        Rejection::NotOverdue { due_at } | Rejection::LimitOver { due_at } => {
            problem.with("due_time", due_at.map(|at| at.to_string()).unwrap_or_default())
        }
        Rejection::Deferral { deferred } => problem.with("deferred", deferred.to_string()),
        Rejection::DatesContradict { field, .. } => problem.with("field", *field),
        Rejection::MergeNotPossible { into, why } => {
            problem.with("dispute_id", into.to_string()).with("why", *why)
        }
        Rejection::NotOfThisOutcome { outcome } => problem.with("outcome", *outcome),
        Rejection::PaperTooEarly { missing, .. } => problem.with("missing", missing.name()),
        Rejection::FileNotFound { file } | Rejection::FileIdTaken { file } => {
            problem.with("file_id", file.to_string())
        }
        Rejection::PinWrong { left } => problem.with("tries_left", left.to_string()),
        Rejection::PinLocked { until, wait } => problem
            .with("until", until.to_string())
            .retry_after(Duration::try_from(*wait).unwrap_or_default()),
        Rejection::PinOutdated => problem.retry_after(Duration::ZERO),
        Rejection::ReopenTooLate { until } => problem.with("until", until.to_string()),
        Rejection::PoliceFirst
        | Rejection::FileNotUploaded
        | Rejection::NotPaused
        | Rejection::NotSupervised
        | Rejection::NoSuchClock
        | Rejection::FollowUpNegative
        | Rejection::DisputeNotFound
        | Rejection::SourceRecordedElsewhere
        | Rejection::ReportTimeInFuture
        | Rejection::ReportTimeTooOld
        | Rejection::CaseCodesExhausted
        | Rejection::ArrivalTimeImpossible
        | Rejection::DutyEndImpossible
        | Rejection::FollowUpMissing
        | Rejection::LimitOutOfRange
        | Rejection::NoOutcome
        | Rejection::NoticeNotFound
        | Rejection::AlreadyRated => problem,
    }
}

fn illegal(problem: Problem, subject: String, state: &'static str, allowed: &str) -> Problem {
    let description = format!("allowed in {state}: {allowed}");
    problem.with("state", state).with("allowed", allowed).precondition(
        "STATE",
        subject,
        description,
    )
}

fn routed_out(problem: Problem, usage: &Usage) -> Problem {
    match usage {
        Usage::RouteOut { body_zh, body_en } => problem
            .with("competent_body", body_en.as_str())
            .with("competent_body_zh", body_zh.as_str()),
        Usage::Accept => problem,
    }
}

fn names(verbs: &[Verb]) -> String {
    verbs.iter().map(|verb| verb.name()).collect::<Vec<_>>().join(", ")
}

/// Name of a kind of unit on the wire.
fn unit_name(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Department => "DEPARTMENT",
        UnitKind::Office => "OFFICE",
        UnitKind::Station => "STATION",
        UnitKind::Centre => "CENTRE",
        UnitKind::PeoplesMediation => "PEOPLES_MEDIATION",
        UnitKind::TradeMediation => "TRADE_MEDIATION",
        UnitKind::AdministrativeMediation => "ADMINISTRATIVE_MEDIATION",
        UnitKind::JudicialMediation => "JUDICIAL_MEDIATION",
    }
}

fn joined(codes: &[GridCode]) -> String {
    codes.iter().map(GridCode::as_str).collect::<Vec<_>>().join(", ")
}

fn or_rather(codes: &[GridCode]) -> (String, String) {
    if codes.is_empty() {
        return (String::new(), String::new());
    }
    let codes = joined(codes);
    (format!("; did you mean {codes}?"), format!(";是否为 {codes}?"))
}
