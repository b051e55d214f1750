//! What people are told: one text for each template of the contract, in Chinese and English. A case code says which case;
//! nothing else of it is told, since nobody knows who reads the message.

/// What a notice says.
pub(super) struct Text {
    pub(super) zh: String,
    pub(super) en: String,
}

/// Template, Chinese, English; `{}` stands for the case code.
const TEXTS: [(&str, &str, &str); 17] = [
    (
        "ACCEPTED",
        "您反映的事项（案件编码 {}）已受理。",
        "The matter that you reported (case {}) was accepted.",
    ),
    (
        "REJECTED",
        "您反映的事项（案件编码 {}）不予受理，原因请向受理窗口查询。",
        "The matter that you reported (case {}) was not accepted; ask the desk for the reasons.",
    ),
    (
        "OFFER",
        "现有一起纠纷（案件编码 {}）派您队处置，请立即答复是否接单。",
        "Your team is asked to come to a dispute (case {}); answer at once whether you do.",
    ),
    (
        "NO_TEAM",
        "案件 {} 无调解队可派，请立即安排。",
        "No team is left to come in case {}; somebody has to be found at once.",
    ),
    ("HANDED_OVER", "案件 {} 已流转至您处，请接办。", "Case {} was handed over to you."),
    ("REMINDER", "案件 {} 已被催办，请尽快办理。", "You are reminded of case {}."),
    ("SUPERVISED", "案件 {} 已被上级督办。", "Case {} is supervised by an upper tier."),
    (
        "EXTENSION_REQUESTED",
        "案件 {} 申请延期，请审批。",
        "More time is asked for in case {}; please decide.",
    ),
    (
        "EXTENSION_DECIDED",
        "案件 {} 的延期申请已审批。",
        "The request for more time in case {} was decided.",
    ),
    ("YELLOW", "案件 {} 临近办理时限。", "A deadline of case {} is near."),
    ("RED", "案件 {} 已超过办理时限。", "A deadline of case {} is over."),
    ("REVIEW", "挂账案件 {} 已到复查日期。", "The deferred case {} has to be looked at again."),
    (
        "OUTCOME",
        "您反映的事项（案件编码 {}）已有办理结果。",
        "The matter that you reported (case {}) has an outcome.",
    ),
    (
        "MERGED",
        "您反映的事项（案件编码 {}）已与同一事项的其他案件合并办理。",
        "The matter that you reported (case {}) goes on with another case of the same matter.",
    ),
    ("REDONE", "案件 {} 须重新办理。", "Case {} has to be done again."),
    ("CLOSED", "案件 {} 已办结。", "Case {} was closed."),
    (
        "DISSATISFIED",
        "案件 {} 的当事人对办理结果不满意。",
        "A party of case {} is not satisfied with the outcome.",
    ),
];

/// What a template says; of one that this release does not know, that there is news.
pub(super) fn text(template: &str, case_code: &str) -> Text {
    let known = TEXTS.iter().find(|(name, _, _)| *name == template);
    let (zh, en) = known
        .map_or(("案件 {} 有新进展。", "There is news of case {}."), |(_, zh, en)| (zh, en));
    Text { zh: zh.replace("{}", case_code), en: en.replace("{}", case_code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_names_the_case_once_in_both_languages() {
        for (name, _, _) in TEXTS {
            let text = text(name, "0306-4821-93756");
            for words in [&text.zh, &text.en] {
                assert_eq!(words.matches("0306-4821-93756").count(), 1, "{name}: {words}");
                assert!(!words.contains('{'), "{name}: {words}");
            }
            assert!(!text.zh.is_ascii() && text.en.is_ascii(), "{name}");
        }
    }

    #[test]
    fn a_template_of_a_later_release_says_that_there_is_news() {
        assert_eq!(text("SOMETHING_NEW", "1").en, "There is news of case 1.");
    }

    #[test]
    fn every_template_that_dispatch_has_is_known() {
        let source = include_str!("../../../dispatch/src/api/convert/enums.rs");
        let list = source.split("named!(template_to").nth(1).unwrap();
        let list = list.split("});").next().unwrap();
        let names: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert_eq!(names.len(), TEXTS.len());
        for name in names {
            assert!(TEXTS.iter().any(|(known, _, _)| *known == name), "{name}");
        }
    }
}
