//! Plain words for parties, in Chinese and in English. Nothing here names a person.

use jiff::Timestamp;
use yiwang_proto::dispatch::v1::Words;

use crate::domain::dispute::{
    Clock, ClockKind, Dispute, Outcome, PauseKind, Referral, RejectReason, Stage, State,
    SupervisionKind,
};
use crate::domain::sealed::Purpose;

fn words(zh: impl Into<String>, en: impl Into<String>) -> Words {
    Words { zh: zh.into(), en: en.into() }
}

/// A minute in Shanghai, in English and in Chinese.
pub(crate) fn minute(at: Timestamp) -> (String, String) {
    let at = jiff::tz::offset(8).to_datetime(at);
    let (year, month, day, hour, minute) =
        (at.year(), at.month(), at.day(), at.hour(), at.minute());
    (
        format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}"),
        format!("{year}年{month}月{day}日{hour:02}:{minute:02}"),
    )
}

/// How far a case has come.
pub(super) fn state(dispute: &Dispute) -> Words {
    if let Stage::Rejected { reason, .. } = &dispute.stage {
        let (zh, en) = rejected(*reason);
        return words(format!("不予受理：{zh}"), format!("not taken on: {en}"));
    }
    if dispute.merged_into.is_some() {
        let zh = "与另一件属于同一事项，已并入办理";
        return words(zh, "the same matter as another case, and dealt with there");
    }
    let (zh, en) = match dispute.state() {
        State::Reported => ("已登记，尚未决定是否受理", "recorded; whether it is taken on is open"),
        State::Rejected => ("不予受理", "not taken on"),
        State::Accepted => ("已受理", "taken on"),
        State::Triaged => ("已受理，正在安排调解", "taken on; mediation is being arranged"),
        State::Offered | State::Called => ("正在联系调解队", "a mediation team is being called"),
        State::UnderWay => ("调解队正在赶来", "a mediation team is on its way"),
        State::Arrived => ("调解队已到场", "a mediation team is on the spot"),
        State::Mediating => ("正在调解", "mediation is going on"),
        State::Concluded => ("已有办理结果", "there is an outcome"),
        State::Verified => ("办理结果已经核查", "the outcome was checked"),
        State::Closed => ("已结案", "closed"),
    };
    words(zh, en)
}

/// What happens next.
pub(super) fn next(dispute: &Dispute) -> Words {
    if dispute.merged_into.is_some() {
        return words("请等待并入的案件办理", "the other case is dealt with");
    }
    if let Some(paused) = dispute.paused {
        let (zh, en) = paused_for(paused.kind);
        return words(
            format!("{zh}，办理时限暂停计算，之后继续办理"),
            format!("{en}; the time limit stands still, and then it goes on"),
        );
    }
    if let Some(deferral) = dispute.deferral {
        let day = deferral.review_on;
        return words(
            format!("暂时无法解决，已挂账，将于{}前再次研究", in_chinese(day)),
            format!("it cannot be settled for now, and is looked at again by {day}"),
        );
    }
    let (zh, en) = match dispute.state() {
        State::Reported => ("决定是否受理", "it is decided whether it is taken on"),
        State::Rejected => {
            ("可向有权处理的机关提出，或依法起诉", "the competent body or a court can be turned to")
        }
        State::Accepted => ("确定难易程度和办理时限", "it gets a level and a time limit"),
        State::Triaged => ("联系调解队上门", "a mediation team is called"),
        State::Offered | State::Called => ("调解队接单后前往现场", "a team accepts and comes"),
        State::UnderWay => ("调解队到场", "the team arrives"),
        State::Arrived => ("各方同意后开始调解", "mediation begins once every party agrees to it"),
        State::Mediating => ("登记调解结果", "how mediation ends is recorded"),
        State::Concluded if ended_in_agreement(dispute) => {
            ("回访协议履行情况并核查", "it is asked whether the agreement is kept, and checked")
        }
        State::Concluded => ("核查办理结果", "the outcome is checked"),
        State::Verified => ("结案", "the case is closed"),
        State::Closed => ("办理完毕", "nothing; it is done"),
    };
    words(zh, en)
}

fn ended_in_agreement(dispute: &Dispute) -> bool {
    dispute.stage.conclusion().is_some_and(|ended| ended.outcome.is_agreement())
}

fn in_chinese(day: jiff::civil::Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

fn rejected(reason: RejectReason) -> (&'static str, &'static str) {
    match reason {
        RejectReason::NotADispute => ("不属于当事人之间的纠纷", "no dispute between parties"),
        RejectReason::OtherBodyCompetent => ("应由其他机关处理", "another body is competent"),
        RejectReason::Duplicate => ("此前已经登记", "it was recorded before"),
        RejectReason::InLegalProcedure => {
            ("已进入诉讼或仲裁程序", "it is before a court or in arbitration")
        }
        RejectReason::TakenBack => ("已由反映人撤回", "it was taken back"),
        RejectReason::NotEnoughKnown => ("情况不明，无法办理", "too little is known"),
        RejectReason::NotMediable => ("依法不适用调解", "it may not be mediated"),
    }
}

fn paused_for(kind: PauseKind) -> (&'static str, &'static str) {
    match kind {
        PauseKind::Hearing => ("正在听证", "there is a hearing"),
        PauseKind::AwaitingParty => ("等待当事人配合", "a party has to do something first"),
        PauseKind::ThreeWay => ("正在三方协商", "there are three-way talks"),
    }
}

/// What has to happen until when.
pub(super) fn deadline(kind: ClockKind, clock: &Clock, now: Timestamp) -> Words {
    let (zh, en) = match kind {
        ClockKind::Accept => ("决定是否受理", "decision whether it is taken on"),
        ClockKind::Arrive => ("调解队到场", "arrival of the mediation team"),
        ClockKind::Handle => ("办理完毕", "outcome"),
        ClockKind::FirstFollowUp => ("第一次回访", "first follow-up"),
        ClockKind::SecondFollowUp => ("第二次回访", "second follow-up"),
        ClockKind::Verify => ("核查办理结果", "check of the outcome"),
        ClockKind::Confirm => ("双方申请司法确认", "application of both for judicial confirmation"),
    };
    let Some(ends) = clock.ends else {
        return words(format!("{zh}：时限暂停计算"), format!("{en}: the time limit stands still"));
    };
    let (maybe_zh, maybe_en) = if ends.provisional {
        ("（节假日安排公布后可能调整）", " (may change with the holidays of that year)")
    } else {
        ("", "")
    };
    if let Some(last) = clock.last_day().filter(|_| kind.is_of_the_parties()) {
        let last_zh = in_chinese(last);
        return words(
            format!("{zh}：至{last_zh}止，含当日{maybe_zh}"),
            format!("{en}: until {last}, that day included{maybe_en}"),
        );
    }
    let (minute_en, minute_zh) = minute(ends.due_at);
    let (late_zh, late_en) =
        if clock.is_over(now) { ("，已超期", ", which is over") } else { ("", "") };
    words(
        format!("{zh}：{minute_zh}前{late_zh}{maybe_zh}"),
        format!("{en}: by {minute_en}{late_en}{maybe_en}"),
    )
}

/// How an upper tier watches over a case.
pub(super) fn supervision(kind: SupervisionKind) -> Words {
    match kind {
        SupervisionKind::Yellow => words("上级已黄牌督办", "an upper tier has shown a yellow card"),
        SupervisionKind::Red => words("上级已红牌督办", "an upper tier has shown a red card"),
        SupervisionKind::Listed => words("上级已挂牌督办", "an upper tier has listed the case"),
    }
}

/// What details were opened for.
pub(super) fn purpose(purpose: Purpose) -> Words {
    match purpose {
        Purpose::HandleCase => words("办理案件", "to work on the case"),
        Purpose::Mediate => words("调解", "to mediate"),
        Purpose::FollowUp => words("回访", "to follow up"),
        Purpose::Supervise => words("督办", "to supervise"),
        Purpose::PartyRequest => words("当事人查阅本人信息", "a party asked for its own data"),
        Purpose::LegalDuty => words("履行法定职责", "a duty under law"),
        Purpose::Notify => words("告知办理情况", "to tell people what becomes of the case"),
    }
}

/// How a case ended.
pub(super) fn outcome(outcome: Outcome, partial: bool) -> Words {
    let (part_zh, part_en) = if partial { ("部分", " in part") } else { ("", "") };
    match outcome {
        Outcome::AgreedWritten { .. } => words(
            format!("{part_zh}达成书面调解协议"),
            format!("the parties agreed{part_en}, in writing"),
        ),
        Outcome::AgreedOrally { .. } => words(
            format!("{part_zh}达成口头调解协议"),
            format!("the parties agreed{part_en}, orally"),
        ),
        Outcome::Failed => words("调解未成功", "mediation failed"),
        Outcome::Refused => words("当事人不同意调解", "a party did not want mediation"),
        Outcome::Referred(to) => {
            let (zh, en) = referred(to);
            words(format!("已引导至{zh}"), format!("referred to {en}"))
        }
        Outcome::Withdrawn => words("当事人撤回", "taken back by the parties"),
        Outcome::NotMediable => words("依法不适用调解", "may not be mediated"),
        Outcome::Merged => words("并入另一件办理", "dealt with as another case"),
    }
}

fn referred(to: Referral) -> (&'static str, &'static str) {
    match to {
        Referral::Arbitration => ("仲裁", "arbitration"),
        Referral::AdministrativeRuling => ("行政裁决", "an administrative ruling"),
        Referral::AdministrativeReview => ("行政复议", "administrative review"),
        Referral::Court => ("诉讼", "a court"),
        Referral::Police => ("公安机关", "the police"),
        Referral::OtherBody => ("其他有权机关", "another competent body"),
    }
}
