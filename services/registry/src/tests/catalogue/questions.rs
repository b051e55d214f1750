//! Questions about the catalogue.

use super::*;

#[tokio::test]
async fn matters_come_in_pages_as_of_a_day() {
    on_every_database(async |node| {
        let until = pb::MatterFacts { valid_to_date: "2026-04-01".to_owned(), ..snow() };
        node.api.put_matter(operator(put(until))).await.unwrap();
        let list = |day: &str, class: &str, page_size, page_token: &str| pb::ListMattersRequest {
            draft: true,
            as_of_date: day.to_owned(),
            class_code: class.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
            version: 0,
        };
        let mut codes = Vec::new();
        let mut token = String::new();
        loop {
            let asked = list("2026-03-01", "", 4, &token);
            let page = node.api.list_matters(operator(asked)).await.unwrap().into_inner();
            codes.extend(page.matters.into_iter().map(|matter| matter.matter_code));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!((codes.len(), codes.is_sorted()), (9, true), "{codes:?}");
        for (day, count) in [("2026-03-31", 2), ("2026-04-01", 1), ("2025-12-31", 0)] {
            let asked = list(day, "public-services", 0, "");
            let page = node.api.list_matters(operator(asked)).await.unwrap().into_inner();
            assert_eq!(page.matters.len(), count, "{day}");
        }
        let first = node.api.list_matters(operator(list("", "", 1, ""))).await.unwrap();
        let foreign = list("2026-03-01", "", 1, &first.into_inner().next_page_token);
        let foreign = node.api.list_matters(operator(foreign)).await.unwrap_err();
        assert_eq!(reason(&foreign).0, "PAGE_TOKEN_INVALID");
    })
    .await;
}

#[tokio::test]
async fn the_limit_that_holds_is_found_with_its_reason() {
    on_every_database(async |node| {
        let ask = |draft| pb::FindLimitRequest {
            type_code: "0201".to_owned(),
            step: pb::LimitStep::Handle.into(),
            tier: pb::AreaLevel::Town.into(),
            level: pb::MatterLevel::General.into(),
            draft,
            ..pb::FindLimitRequest::default()
        };
        let found = node.api.find_limit(operator(ask(false))).await.unwrap().into_inner();
        let rule = found.rule.unwrap();
        assert_eq!((&*rule.rule_key, &*rule.limit), ("zz_centre.general", "7d"));
        assert_eq!((&*found.matter_code, found.version), ("dispute", 0));
        assert_eq!(found.passed_over_rule_keys, ["mediation.peoples"]);
        assert!(found.explanation.contains("this level"), "{}", found.explanation);
        assert!(found.explanation_zh.contains("按难易程度"), "{}", found.explanation_zh);

        let own = own_limit("zibo.town.general", "5d");
        node.api.put_limit_rule(operator(put_rule(own))).await.unwrap();
        let holds = node.api.find_limit(operator(ask(false))).await.unwrap().into_inner();
        assert_eq!(holds.rule.unwrap().limit, "7d", "a draft holds nowhere");
        let drafted = node.api.find_limit(operator(ask(true))).await.unwrap().into_inner();
        assert_eq!(drafted.rule.unwrap().limit, "5d");

        for (matter, type_code, step, wrong) in [
            ("", "1401", pb::LimitStep::Handle, "MATTER_NOT_FOUND"),
            ("nothing", "", pb::LimitStep::Handle, "MATTER_NOT_FOUND"),
            ("safety-hazards", "", pb::LimitStep::Handle, "LIMIT_NOT_FOUND"),
            ("dispute", "0201", pb::LimitStep::Handle, "INVALID_FIELDS"),
            ("", "9999", pb::LimitStep::Handle, "INVALID_FIELDS"),
            ("", "0298", pb::LimitStep::Handle, "INVALID_FIELDS"),
            ("", "", pb::LimitStep::Unspecified, "INVALID_FIELDS"),
        ] {
            let asked = pb::FindLimitRequest {
                matter_code: matter.to_owned(),
                type_code: type_code.to_owned(),
                step: step.into(),
                ..pb::FindLimitRequest::default()
            };
            let refused = node.api.find_limit(operator(asked)).await.unwrap_err();
            assert_eq!(reason(&refused).0, wrong, "{matter} {type_code}");
            if wrong == "INVALID_FIELDS" && matter.is_empty() && !type_code.is_empty() {
                assert_eq!(violations(&refused)[0].0, "type_code", "{type_code}");
            }
        }
    })
    .await;
}
