//! Values that cells of a ledger may have, in English as the command line has them and in Chinese as it shows them.

use crate::domain::dispute::{Channel, Level, Outcome, Referral, Scale};

/// Texts and what they mean; the first one is the contract's.
type Values<T> = &'static [(&'static [&'static str], T)];

/// How far a case had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is still worked on.
    Open,
    /// It is over.
    Closed,
}

/// How a case ended, before agreements and referrals are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With an agreement; its form stands beside it.
    Agreed,
    /// Referred; where to stands beside it.
    Referred,
    /// As this outcome.
    Plainly(Outcome),
}

pub(super) const STANDINGS: Values<Standing> = &[
    (&["open", "未结", "在办", "办理中"], Standing::Open),
    (&["closed", "已结", "已结案", "办结"], Standing::Closed),
];
pub(super) const ENDINGS: Values<Ending> = &[
    (&["agreed", "达成协议", "调解成功", "成功"], Ending::Agreed),
    (&["failed", "调解不成", "调解失败", "不成功"], Ending::Plainly(Outcome::Failed)),
    (&["refused", "拒绝调解"], Ending::Plainly(Outcome::Refused)),
    (&["referred", "引导其他途径", "移送", "引导"], Ending::Referred),
    (&["withdrawn", "撤回"], Ending::Plainly(Outcome::Withdrawn)),
    (&["not-mediable", "不可调解"], Ending::Plainly(Outcome::NotMediable)),
];
pub(super) const AGREEMENTS: Values<Outcome> = &[
    (&["written", "书面", "书面协议"], Outcome::AgreedWritten { partial: false }),
    (&["oral", "口头", "口头协议"], Outcome::AgreedOrally { partial: false }),
];
pub(super) const REFERRALS: Values<Referral> = &[
    (&["arbitration", "仲裁"], Referral::Arbitration),
    (&["administrative-ruling", "行政裁决"], Referral::AdministrativeRuling),
    (&["administrative-review", "行政复议"], Referral::AdministrativeReview),
    (&["court", "诉讼", "法院"], Referral::Court),
    (&["police", "公安", "公安机关"], Referral::Police),
    (&["other-body", "其他部门", "其他机关"], Referral::OtherBody),
];
pub(super) const LEVELS: Values<Level> = &[
    (&["simple", "简单", "简单事项"], Level::Simple),
    (&["general", "一般", "一般纠纷"], Level::General),
    (&["complex", "复杂", "复杂纠纷"], Level::Complex),
];
pub(super) const SCALES: Values<Scale> = &[
    (&["individual", "个体性"], Scale::Individual),
    (&["group", "一般群体性"], Scale::Group),
    (&["large-group", "重大群体性"], Scale::LargeGroup),
];
pub(super) const CHANNELS: Values<Channel> = &[
    (&["grid-worker", "网格员巡查", "网格员"], Channel::GridWorker),
    (&["resident", "群众上报", "群众"], Channel::Resident),
    (&["hotline-12345", "12345热线", "12345"], Channel::Hotline12345),
    (&["police-110", "110非警务警情", "110"], Channel::Police110),
    (&["petition", "信访"], Channel::Petition),
    (&["department", "部门移送"], Channel::Department),
    (&["upper-tier", "上级交办"], Channel::UpperTier),
    (&["secretary-phone", "书记电话"], Channel::SecretaryPhone),
    (&["court", "法院委托"], Channel::Court),
    (&["own-motion", "主动调解", "主动排查"], Channel::OwnMotion),
];

/// The value of a text.
pub(super) fn value<T: Copy>(values: Values<T>, text: &str) -> Option<T> {
    let found = values.iter().find(|(texts, _)| texts.contains(&text));
    found.map(|(_, value)| *value)
}

/// What the contract calls the values, for who wrote another one.
pub(super) fn names<T>(values: Values<T>) -> String {
    let names: Vec<&str> = values.iter().filter_map(|(texts, _)| texts.first().copied()).collect();
    names.join("|")
}
