//! The values of the contract's enumerations as people write and read them: in a command line, and in a table.

use clap::builder::{PossibleValuesParser, TypedValueParser};

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

                #[cfg(test)]
                pub(super) fn check() {
                    for (name, _) in NAMES {
                        assert!(number(name).is_some(), "{name}");
                    }
                }
            }
        )*

        #[cfg(test)]
        #[test]
        fn every_name_is_one_of_the_contract() {
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
    /// What details are opened for.
    purpose: yiwang_proto::dispatch::v1::Purpose, "PURPOSE_", [
        "handle-case" "办理", "mediate" "调解", "follow-up" "回访", "supervise" "督办",
        "party-request" "当事人查询", "legal-duty" "法定义务",
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
        "triage" "分级说明", "move" "流转说明", "oversight" "督办说明", "verification" "核查说明",
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
    /// Whether a team can be called.
    duty: yiwang_proto::registry::v1::DutyState, "DUTY_STATE_", [
        "off-duty" "休息", "on-duty" "值班",
    ];
}
