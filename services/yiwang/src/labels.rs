//! The values of the contract's enumerations as people write and read them: in a command line, and in a table.

mod actions;
mod events;

use clap::builder::{PossibleValuesParser, TypedValueParser};

pub use actions::action;
pub use events::event;

/// One module per enumeration, with `parser()` for the command line and `label()` for a table.
macro_rules! names {
    ($($(#[$doc:meta])* $module:ident: $wire:ty, $prefix:literal, [$($name:literal $zh:literal,)*];)*) => {
        $(
            $(#[$doc])*
            pub mod $module {
                use super::{PossibleValuesParser, TypedValueParser};

                const NAMES: &[(&str, &str)] = &[$(($name, $zh)),*];

                /// Reads a name from the command line as the contract's number.
                pub fn parser() -> impl TypedValueParser<Value = i32> {
                    PossibleValuesParser::new(NAMES.iter().map(|(name, _)| *name))
                        .map(|name| number(&name).unwrap_or_default())
                }

                /// Returns the number of a name.
                #[must_use]
                pub fn number(name: &str) -> Option<i32> {
                    let wire = format!("{}{}", $prefix, name.to_uppercase().replace('-', "_"));
                    <$wire>::from_str_name(&wire).map(|value| value as i32)
                }

                /// Names a number in English and Chinese; empty when nothing was said.
                #[must_use]
                pub fn label(number: i32) -> String {
                    if number == 0 {
                        return String::new();
                    }
                    let found = NAMES.iter().find(|(name, _)| self::number(name) == Some(number));
                    found.map_or(number.to_string(), |(name, zh)| format!("{name} {zh}"))
                }

                /// Names a number as the command line does; empty when nothing was said.
                #[must_use]
                pub fn name(number: i32) -> &'static str {
                    let found = NAMES.iter().find(|(name, _)| self::number(name) == Some(number));
                    found.map_or("", |(name, _)| *name)
                }

                #[cfg(test)]
                pub(super) fn check() {
                    for (name, _) in NAMES {
                        assert!(number(name).is_some(), "{name}");
                    }
                    for value in (1..100).filter_map(|number| <$wire>::try_from(number).ok()) {
                        let label = label(value as i32);
                        assert!(label.contains(' '), "{} has no name", value.as_str_name());
                    }
                }
            }
        )*

        #[cfg(test)]
        #[test]
        fn the_names_are_those_of_the_contract() {
            $($module::check();)*
        }
    };
}

names! {
    /// How far a dispute has come.
    state: yiwang_proto::dispatch::v1::dispute::State, "STATE_", [
        "reported" "已上报", "rejected" "不予受理", "accepted" "已受理", "triaged" "已分级",
        "called" "已呼叫调解队", "under-way" "调解队在途", "arrived" "已到场", "mediating" "调解中",
        "offered" "已派单", "concluded" "已有结果", "verified" "已核查", "closed" "已结案",
    ];
    /// How many people a dispute moves.
    scale: yiwang_proto::dispatch::v1::Scale, "SCALE_", [
        "individual" "个体性", "group" "一般群体性", "large-group" "重大群体性",
    ];
    /// How a dispute was reported.
    channel: yiwang_proto::dispatch::v1::Channel, "CHANNEL_", [
        "grid-worker" "网格员巡查", "resident" "群众上报", "hotline-12345" "12345热线",
        "police-110" "110非警务警情", "petition" "信访", "department" "部门移送",
        "upper-tier" "上级交办", "secretary-phone" "书记电话", "court" "法院委托", "own-motion" "主动调解",
    ];
    /// How hard a dispute is.
    level: yiwang_proto::dispatch::v1::Level, "LEVEL_", [
        "simple" "简单事项", "general" "一般纠纷", "complex" "复杂纠纷",
    ];
    /// Why a dispute is not accepted.
    reject_reason: yiwang_proto::dispatch::v1::RejectReason, "REJECT_REASON_", [
        "not-a-dispute" "不是纠纷", "other-body-competent" "属其他部门", "duplicate" "重复",
        "in-legal-procedure" "已进入法律程序", "taken-back" "已撤回", "not-enough-known" "情况不明",
        "not-mediable" "不可调解",
    ];
    /// Why a team does not come.
    decline_reason: yiwang_proto::dispatch::v1::DeclineReason, "DECLINE_REASON_", [
        "busy" "另有任务", "too-far" "路程太远", "short-of-members" "人手不足",
        "conflict-of-interest" "需要回避", "held-up" "途中受阻",
    ];
    /// How the arrival clock stands.
    standing: yiwang_proto::dispatch::v1::arrival_clock::Standing, "STANDING_", [
        "running" "计时中", "overdue" "已超时", "met" "按时到场", "missed" "超时到场",
        "stopped" "已停止",
    ];
    /// Kinds of mediation.
    mediation_kind: yiwang_proto::dispatch::v1::MediationKind, "MEDIATION_KIND_", [
        "peoples" "人民调解", "administrative" "行政调解", "judicial" "司法调解", "joint" "联合调解",
        "public-security" "治安调解",
    ];
    /// What a party says to being mediated.
    consent: yiwang_proto::dispatch::v1::Consent, "CONSENT_", [
        "given" "同意调解", "refused" "拒绝调解",
    ];
    /// How a dispute ended.
    outcome: yiwang_proto::dispatch::v1::OutcomeKind, "OUTCOME_KIND_", [
        "agreed-written" "书面协议", "agreed-oral" "口头协议", "failed" "调解不成",
        "refused" "拒绝调解", "referred" "引导其他途径", "withdrawn" "撤回",
        "not-mediable" "不可调解", "merged-duplicate" "重复合并",
    ];
    /// Where a dispute is referred to.
    referral: yiwang_proto::dispatch::v1::Referral, "REFERRAL_", [
        "arbitration" "仲裁", "administrative-ruling" "行政裁决", "administrative-review" "行政复议",
        "court" "诉讼", "police" "公安", "other-body" "其他部门",
    ];
    /// Whether an agreement is kept.
    performance: yiwang_proto::dispatch::v1::Performance, "PERFORMANCE_", [
        "performed" "已履行", "partly" "部分履行", "in-default" "未履行", "not-due" "未到期",
        "not-applicable" "无需履行",
    ];
    /// What a clock measures.
    clock: yiwang_proto::dispatch::v1::ClockKind, "CLOCK_KIND_", [
        "accept" "受理时限", "arrive" "到场时限", "handle" "办理时限",
        "first-follow-up" "首次回访", "second-follow-up" "二次回访", "verify" "核查时限",
        "confirm" "申请司法确认",
    ];
    /// How urgent a deadline is.
    card: yiwang_proto::dispatch::v1::Card, "CARD_", [
        "green" "绿牌", "yellow" "黄牌", "red" "红牌",
    ];
    /// How a case came to somebody.
    step_move: yiwang_proto::dispatch::v1::step::Move, "MOVE_", [
        "received" "接收", "escalated" "上报", "delegated" "交办", "designated" "指定承办", "returned" "退回",
    ];
    /// Why a case is moved.
    move_reason: yiwang_proto::dispatch::v1::MoveReason, "MOVE_REASON_", [
        "not-competent" "不属本单位职责", "beyond-this-tier" "本级难以化解", "needs-departments" "需多部门联动",
        "conflict-of-interest" "需要回避", "nearer-to-parties" "就地化解", "incomplete" "材料不全",
        "competence-decided" "管辖已定",
    ];
    /// Why a limit stands still.
    pause_kind: yiwang_proto::dispatch::v1::PauseKind, "PAUSE_KIND_", [
        "hearing" "听证", "awaiting-party" "等待当事人", "three-way" "三方会商",
    ];
    /// How an upper tier watches over a case.
    supervision: yiwang_proto::dispatch::v1::SupervisionKind, "SUPERVISION_KIND_", [
        "yellow" "黄牌督办", "red" "红牌督办", "listed" "挂牌督办",
    ];
    /// Why more time is needed.
    extension_reason: yiwang_proto::dispatch::v1::ExtensionReason, "EXTENSION_REASON_", [
        "complex" "情况复杂", "expert-opinion" "等待鉴定", "parties-ask" "双方申请",
        "needs-departments" "需多部门联动", "force-majeure" "不可抗力",
    ];
    /// Why a case is deferred.
    deferral_reason: yiwang_proto::dispatch::v1::DeferralReason, "DEFERRAL_REASON_", [
        "no-policy" "尚无政策依据", "no-means" "资金或用地未落实", "other-procedure" "取决于其他程序",
        "long-standing" "历史遗留",
    ];
    /// Why a dispute is done again.
    redo_reason: yiwang_proto::dispatch::v1::RedoReason, "REDO_REASON_", [
        "negative-follow-up" "回访不符", "verification-disagrees" "核查不符", "party-asks" "当事人要求",
        "tried-again" "再次调解",
    ];
    /// What became of a judicial confirmation.
    confirmation: yiwang_proto::dispatch::v1::Confirmation, "CONFIRMATION_", [
        "applied" "已申请司法确认", "confirmed" "已司法确认", "rejected" "不予确认",
    ];
    /// What another procedure led to.
    referral_result: yiwang_proto::dispatch::v1::ReferralResult, "REFERRAL_RESULT_", [
        "accepted" "已受理", "not-accepted" "未受理", "settled" "已和解", "decided" "已裁决",
    ];
    /// What details are opened for.
    purpose: yiwang_proto::dispatch::v1::Purpose, "PURPOSE_", [
        "handle-case" "办理", "mediate" "调解", "follow-up" "回访", "supervise" "督办",
        "party-request" "当事人查询", "legal-duty" "法定义务", "notify" "告知",
    ];
    /// Who has to be told.
    recipient: yiwang_proto::dispatch::v1::notice_due::Recipient, "RECIPIENT_", [
        "reporter" "反映人", "parties" "当事人", "holder" "承办方", "upper-tier" "上级", "team" "调解队",
    ];
    /// Why somebody could not be told.
    undeliverable: yiwang_proto::dispatch::v1::UndeliverableReason, "UNDELIVERABLE_REASON_", [
        "no-contact" "无联系方式", "refused-by-gateway" "网关拒收", "gave-up" "多次未成功", "erased" "信息已删除",
    ];
    /// What a file is to its case.
    file_kind: yiwang_proto::dispatch::v1::FileKind, "FILE_KIND_", [
        "photo" "照片", "scan" "扫描件", "document" "文书",
    ];
    /// Which paper of a case.
    document_kind: yiwang_proto::dispatch::v1::DocumentKind, "DOCUMENT_KIND_", [
        "acceptance" "受理登记表", "agreement" "调解协议书", "closing-report" "结案报告表",
    ];
    /// Why details are erased.
    erase_reason: yiwang_proto::dispatch::v1::EraseReason, "ERASE_REASON_", [
        "retention-over" "保存期满", "party-request" "当事人要求", "recorded-in-error" "误录",
        "ordered" "依令删除",
    ];
    /// How satisfied a party is.
    satisfaction: yiwang_proto::dispatch::v1::Satisfaction, "SATISFACTION_", [
        "satisfied" "满意", "basically" "基本满意", "dissatisfied" "不满意",
    ];
    /// What disputes are counted by.
    count_by: yiwang_proto::dispatch::v1::CountBy, "COUNT_BY_", [
        "district" "区县", "town" "镇街", "community" "村居", "grid" "网格", "state" "状态",
        "type-class" "类别",
    ];
    /// What may be done with a type of disputes.
    type_use: yiwang_proto::dispatch::v1::dispute_type::Use, "USE_", [
        "accept" "可受理", "route-out" "转主管部门",
    ];
    /// What sealed pieces are.
    sealed_kind: yiwang_proto::dispatch::v1::SealedKind, "SEALED_KIND_", [
        "details" "当事人信息", "note" "备注", "rejection" "不予受理说明", "decline" "谢绝说明",
        "consent" "意愿说明", "outcome" "结果说明", "follow_up" "回访说明", "closing" "结案说明",
        "triage" "分级说明", "move" "流转说明", "oversight" "督办说明", "verification" "核查说明", "caption" "附件说明",
        "party" "当事人意见",
    ];
    /// What a table of an import holds.
    import_kind: yiwang_proto::registry::v1::ImportKind, "IMPORT_KIND_", [
        "areas" "区划", "grids" "网格", "workers" "人员", "units" "单位", "teams" "调解队",
    ];
    /// How far an import is.
    import_state: yiwang_proto::registry::v1::import::State, "STATE_", [
        "staging" "录入中", "activated" "已生效", "cancelled" "已取消",
    ];
    /// Levels of areas.
    area_level: yiwang_proto::registry::v1::AreaLevel, "AREA_LEVEL_", [
        "province" "省", "city" "市", "district" "区县", "town" "镇街", "community" "村居",
    ];
    /// Kinds of grids.
    grid_kind: yiwang_proto::registry::v1::GridKind, "GRID_KIND_", [
        "comprehensive" "综合网格", "dedicated" "专属网格", "micro" "微网格",
    ];
    /// How one grid became another.
    lineage: yiwang_proto::registry::v1::LineageOperation, "LINEAGE_OPERATION_", [
        "split" "拆分", "merge" "合并", "move" "划转",
    ];
    /// Posts of workers.
    post: yiwang_proto::registry::v1::Post, "POST_", [
        "full-time" "专职网格员", "part-time" "兼职网格员", "grid-lead" "网格长",
        "adviser" "网格指导员", "officer" "社区民警", "police-assistant" "警务助理",
        "mediator" "调解员", "volunteer" "志愿者",
    ];
    /// Kinds of units.
    unit_kind: yiwang_proto::registry::v1::UnitKind, "UNIT_KIND_", [
        "department" "部门", "office" "办公室", "station" "所站", "centre" "综治中心",
        "peoples-mediation" "人民调解委员会", "trade-mediation" "行业性专业性调解组织",
        "administrative-mediation" "行政调解组织", "judicial-mediation" "司法调解组织",
    ];
    /// Steps that may have a time limit.
    limit_step: yiwang_proto::registry::v1::LimitStep, "LIMIT_STEP_", [
        "accept" "受理", "offer" "派单应答", "arrive" "到场", "handle" "办理", "verify" "核查",
        "follow-up-first" "首次回访", "follow-up-second" "二次回访",
        "confirmation-window" "申请司法确认",
    ];
    /// Levels of cases of a matter.
    matter_level: yiwang_proto::registry::v1::MatterLevel, "MATTER_LEVEL_", [
        "simple" "简单", "general" "一般", "complex" "复杂",
    ];
    /// How strong the source of a time limit is.
    limit_authority: yiwang_proto::registry::v1::LimitAuthority, "LIMIT_AUTHORITY_", [
        "law" "法律法规", "rule" "部门规章", "standard" "国家标准", "local-sd" "本省规定",
        "local-other" "外地做法", "own-default" "系统默认",
    ];
    /// Schemes of types of disputes.
    type_scheme: yiwang_proto::registry::v1::TypeScheme, "TYPE_SCHEME_", [
        "zz17" "综治17类", "mj15" "人民调解15类", "zz24" "旧24类",
    ];
    /// What may be done with a type of the catalogue.
    catalogue_use: yiwang_proto::registry::v1::TypeUse, "TYPE_USE_", [
        "accept" "可受理", "route-out" "转主管部门", "statistics" "统计", "import-only" "仅供导入",
    ];
    /// What a catalogue is.
    catalogue_state: yiwang_proto::registry::v1::catalogue::State, "STATE_", [
        "proposal" "建议稿", "draft" "草稿", "released" "已发布",
    ];
    /// What became of an offer to a team.
    assignment_state: yiwang_proto::dispatch::v1::AssignmentState, "ASSIGNMENT_STATE_", [
        "offered" "待接单", "accepted" "已接单", "arrived" "已到场", "done" "已完成",
        "declined" "谢绝", "lapsed" "失效", "withdrawn" "收回", "cancelled" "案件已了结",
    ];
    /// What happens to an offer to a team.
    assignment_change: yiwang_proto::dispatch::v1::assignment_change::Kind, "KIND_", [
        "offered" "派单", "withdrawn" "不再派给", "accepted" "接单", "arrived" "到场", "done" "释放",
    ];
}
