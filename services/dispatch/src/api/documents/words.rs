//! The words of the trade as officials read them in a paper.

use jiff::civil::Date;
use yiwang_proto::dispatch::v1::SealedKind;

use crate::domain::dispute::{Channel, ClockKind, Outcome, Performance, Referral};

pub(super) fn date(day: Date) -> String {
    day.strftime("%Y年%-m月%-d日").to_string()
}

pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::GridWorker => "网格员巡查",
        Channel::Resident => "群众上报",
        Channel::Hotline12345 => "12345热线",
        Channel::Police110 => "110非警务警情",
        Channel::Petition => "信访",
        Channel::Department => "部门移送",
        Channel::UpperTier => "上级交办",
        Channel::SecretaryPhone => "书记电话",
        Channel::Court => "法院委托",
        Channel::OwnMotion => "主动调解",
    }
}

pub(super) fn outcome(outcome: Outcome) -> String {
    let part = |partial| if partial { "部分" } else { "" };
    match outcome {
        Outcome::AgreedWritten { partial } => format!("达成{}书面协议", part(partial)),
        Outcome::AgreedOrally { partial } => format!("达成{}口头协议", part(partial)),
        Outcome::Failed => "调解不成，终止调解".to_owned(),
        Outcome::Refused => "当事人拒绝调解".to_owned(),
        Outcome::Referred(to) => format!("引导至{}", referral(to)),
        Outcome::Withdrawn => "当事人撤回".to_owned(),
        Outcome::NotMediable => "不适合调解".to_owned(),
        Outcome::Merged => "与另案合并".to_owned(),
    }
}

fn referral(to: Referral) -> &'static str {
    match to {
        Referral::Arbitration => "仲裁",
        Referral::AdministrativeRuling => "行政裁决",
        Referral::AdministrativeReview => "行政复议",
        Referral::Court => "诉讼",
        Referral::Police => "公安机关",
        Referral::OtherBody => "其他主管部门",
    }
}

pub(super) fn performance(performance: Performance) -> &'static str {
    match performance {
        Performance::Performed => "已履行",
        Performance::Partly => "部分履行",
        Performance::InDefault => "未履行",
        Performance::NotDue => "未到期",
        Performance::NotApplicable => "无需履行",
    }
}

pub(super) fn clock(kind: ClockKind) -> &'static str {
    match kind {
        ClockKind::Accept => "受理时限",
        ClockKind::Arrive => "到场时限",
        ClockKind::Handle => "办理时限",
        ClockKind::FirstFollowUp => "首次回访",
        ClockKind::SecondFollowUp => "再次回访",
        ClockKind::Verify => "核查时限",
        ClockKind::Confirm => "申请司法确认期限",
    }
}

pub(super) fn sealed(kind: SealedKind) -> &'static str {
    match kind {
        SealedKind::Unspecified => "",
        SealedKind::Details => "当事人信息",
        SealedKind::Note => "备注",
        SealedKind::Rejection => "不予受理说明",
        SealedKind::Decline => "谢绝说明",
        SealedKind::Consent => "意愿说明",
        SealedKind::Outcome => "协议或结果",
        SealedKind::FollowUp => "回访记录",
        SealedKind::Closing => "结案说明",
        SealedKind::Triage => "分级说明",
        SealedKind::Move => "流转说明",
        SealedKind::Oversight => "督办说明",
        SealedKind::Verification => "核查说明",
        SealedKind::Caption => "附件说明",
        SealedKind::Party => "当事人意见",
    }
}
