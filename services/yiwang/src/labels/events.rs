//! What dispatch's events are called in Chinese.

/// Names of the messages, without the package.
const EVENTS: &[(&str, &str)] = &[
    ("DisputeReported", "上报"),
    ("DisputeAccepted", "受理"),
    ("DisputeRejected", "不予受理"),
    ("DisputeTriaged", "分级"),
    ("DeadlineRecounted", "期限重新计算"),
    ("TeamCalled", "呼叫调解队"),
    ("TeamOffered", "派单"),
    ("NoTeamFound", "无队可派"),
    ("OfferAccepted", "接单"),
    ("OfferDeclined", "谢绝"),
    ("OfferLapsed", "派单失效"),
    ("OfferWithdrawn", "收回派单"),
    ("DutyStarted", "上岗"),
    ("DutyEnded", "下岗"),
    ("TeamArrived", "到场"),
    ("ConsentRecorded", "记录意愿"),
    ("MediationStarted", "开始调解"),
    ("OutcomeRecorded", "记录结果"),
    ("FollowUpRecorded", "回访"),
    ("DisputeClosed", "结案"),
    ("NoteAdded", "备注"),
    ("DetailsOpened", "查看密封信息"),
    ("DetailsRefused", "拒绝查看"),
    ("DetailsErased", "删除密封信息"),
    ("ConfirmationRecorded", "司法确认"),
    ("ReferralResultRecorded", "引导结果"),
    ("DisputeVerified", "核查属实"),
    ("DisputeRedone", "重办"),
    ("DisputeMerged", "合并"),
    ("DuplicateJoined", "并入重复件"),
    ("DisputeMoved", "流转"),
    ("DisputeReminded", "催办"),
    ("SupervisionSet", "督办"),
    ("SupervisionLifted", "解除督办"),
    ("ExtensionRequested", "申请延期"),
    ("ExtensionDecided", "延期审批"),
    ("LimitPaused", "中止计时"),
    ("LimitResumed", "恢复计时"),
    ("DisputeDeferred", "挂账"),
    ("DeferralEnded", "销账"),
    ("ReviewDue", "到期复查"),
    ("CardShown", "亮牌"),
    ("NoticeDue", "应告知"),
    ("PoliceFirst", "先报警"),
    ("FileAttached", "添加附件"),
    ("FileDetached", "移除附件"),
    ("FileOpened", "查看附件"),
    ("FileRefused", "拒绝查看附件"),
    ("PinIssued", "发放查询密码"),
    ("PinRefused", "查询密码错误"),
    ("CaseSeenByParty", "当事人查询"),
    ("CaseRated", "当事人评价"),
    ("DisputeTakenOver", "台账转入"),
    ("NoticeDelivered", "已告知"),
    ("NoticeUndeliverable", "告知未送达"),
];

/// Names an event in Chinese; empty when dispatch has none of that name.
#[must_use]
pub fn event(name: &str) -> &'static str {
    EVENTS.iter().find(|(event, _)| *event == name).map_or("", |(_, zh)| zh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_the_contract_has_a_name() {
        let pool = prost_reflect::DescriptorPool::decode(yiwang_proto::DESCRIPTORS).unwrap();
        let files =
            pool.files().filter(|file| file.name().starts_with("yiwang/dispatch/v1/events"));
        let messages: Vec<String> = files
            .flat_map(|file| file.messages().collect::<Vec<_>>())
            .map(|message| message.name().to_owned())
            .collect();
        for name in messages.iter().filter(|name| *name != "Sealing") {
            assert!(!event(name).is_empty(), "{name}");
        }
        assert_eq!(EVENTS.len() + 1, messages.len());
    }
}
