//! Columns of a ledger of paper: their names, what people write above them, and what never gets one.

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name in the contract.
    pub name: &'static str,
    /// Heading in Chinese.
    pub zh: &'static str,
    /// Other headings that mean the same.
    pub also: &'static [&'static str],
    /// What stands there in an example.
    pub example: &'static str,
}

/// Every column, in the order of a template.
pub const COLUMNS: &[Column] = &[
    column("number", "编号", &["序号", "案件编号", "台账编号"], "2025-0017"),
    column("grid_code", "网格代码", &["网格编码"], "370306004006001"),
    column("community_code", "村社代码", &["社区代码", "村代码", "村(社区)代码"], ""),
    column("report_date", "上报日期", &["登记日期", "反映日期"], "2025-11-03"),
    column("accept_date", "受理日期", &["受理时间"], "2025-11-04"),
    column("old_type_code", "原类别", &["纠纷类别", "纠纷类型"], "17"),
    column("type_code", "类型代码", &["新类型代码"], ""),
    column("level", "级别", &["纠纷级别", "难易程度"], "general"),
    column("due_date", "办理期限", &["限办日期", "到期日期"], ""),
    column("channel", "来源", &["纠纷来源", "上报渠道"], "resident"),
    column("scale", "规模", &["纠纷规模"], "individual"),
    column("people", "涉及人数", &["人数"], "4"),
    column("party_names", "当事人", &["当事人姓名"], "当事人甲;当事人乙"),
    column("party_phones", "联系电话", &["当事人电话", "电话"], ""),
    column("party_count", "当事人数", &[], ""),
    column("place", "地点", &["发生地点"], ""),
    column("summary", "简要情况", &["纠纷简要情况", "主要内容", "案情"], "共用水阀漏水"),
    column("state", "状态", &["办理状态"], "closed"),
    column("outcome", "办理结果", &["调解结果", "结果"], "agreed"),
    column("agreement_kind", "协议形式", &[], "written"),
    column("referral", "引导途径", &["移送去向"], ""),
    column("outcome_date", "结果日期", &["调解日期"], "2025-11-10"),
    column("closed_date", "办结日期", &["结案日期"], "2025-11-12"),
    column("organisation_id", "调解组织代码", &["调解组织编号"], ""),
    column("file_number", "卷宗号", &["案卷号", "档案号"], ""),
];

/// Words in names of columns for what is never kept of anybody: identity-card numbers, ethnicity, religion, politics,
/// health, petition history.
pub const NOT_KEPT: &[&str] = &[
    "身份证",
    "证件",
    "民族",
    "宗教",
    "信仰",
    "政治面貌",
    "党派",
    "健康",
    "病史",
    "精神",
    "残疾",
    "前科",
    "上访次数",
    "信访次数",
    "id_card",
    "id_number",
    "identity",
    "ethnic",
    "nation",
    "religio",
    "politic",
    "health",
    "biometric",
    "fingerprint",
    "指纹",
    "人脸",
    "照片",
];

/// Columns whose cells name or reach a person, or are free text: sealed, and never repeated in a fault.
pub const SEALED: &[&str] = &["party_names", "party_phones", "place", "summary", "file_number"];

const fn column(
    name: &'static str,
    zh: &'static str,
    also: &'static [&'static str],
    example: &'static str,
) -> Column {
    Column { name, zh, also, example }
}

/// The column that a heading means, in either language.
pub fn meant(heading: &str) -> Option<&'static Column> {
    let heading: String = heading.chars().filter(|sign| !sign.is_whitespace()).collect();
    let heading = heading.trim_end_matches('*').to_lowercase();
    let is = |column: &&Column| {
        column.name == heading || column.zh == heading || column.also.contains(&heading.as_str())
    };
    COLUMNS.iter().find(is)
}

/// Whether a heading asks for what is never kept.
pub fn is_not_kept(heading: &str) -> bool {
    let heading = heading.to_lowercase();
    NOT_KEPT.iter().any(|word| heading.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_mean_one_column_each() {
        for column in COLUMNS {
            for heading in [&column.name, &column.zh].into_iter().chain(column.also) {
                assert_eq!(meant(heading), Some(column), "{heading}");
                assert!(!is_not_kept(heading), "{heading}");
            }
            let marked = format!(" {} *", column.zh);
            assert_eq!(meant(&marked), Some(column), "{marked}");
        }
        for heading in ["当事人身份证号", "民族", "宗教信仰", "ID_Card", "ethnicity"] {
            assert!(meant(heading).is_none() && is_not_kept(heading), "{heading}");
        }
        assert!(meant("备注").is_none() && !is_not_kept("备注"));
    }
}
