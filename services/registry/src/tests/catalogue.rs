//! The catalogue, rpc by rpc: from the proposal through a draft to versions. Today is 2026-02-13.

use kit::Role;
use prost::Message as _;
use tonic::Code;
use tonic_types::StatusExt as _;
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::catalogue_service_server::CatalogueService as _;

use super::node::{Node, call, fresh, operator, places, reason};
use super::on_every_database;

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

fn snow() -> pb::MatterFacts {
    pb::MatterFacts {
        matter_code: "snow".to_owned(),
        class_code: "public-services".to_owned(),
        name_zh: "扫雪除冰".to_owned(),
        temporary: true,
        ..pb::MatterFacts::default()
    }
}

fn put(matter: pb::MatterFacts) -> pb::PutMatterRequest {
    pb::PutMatterRequest {
        request_id: fresh(),
        matter: Some(matter),
        ..pb::PutMatterRequest::default()
    }
}

fn own_limit(key: &str, limit: &str) -> pb::LimitRuleFacts {
    pb::LimitRuleFacts {
        rule_key: key.to_owned(),
        matter_code: "dispute".to_owned(),
        step: pb::LimitStep::Handle.into(),
        tier: pb::AreaLevel::Town.into(),
        level: pb::MatterLevel::General.into(),
        limit: limit.to_owned(),
        authority: pb::LimitAuthority::LocalSd.into(),
        source: "本市规定".to_owned(),
        ..pb::LimitRuleFacts::default()
    }
}

fn put_rule(rule: pb::LimitRuleFacts) -> pb::PutLimitRuleRequest {
    pb::PutLimitRuleRequest {
        request_id: fresh(),
        rule: Some(rule),
        ..pb::PutLimitRuleRequest::default()
    }
}

fn release() -> pb::ReleaseCatalogueRequest {
    pb::ReleaseCatalogueRequest { request_id: fresh(), ..pb::ReleaseCatalogueRequest::default() }
}

async fn get(node: &Node, version: u32, draft: bool) -> pb::Catalogue {
    let request = pb::GetCatalogueRequest { version, draft };
    node.api.get_catalogue(operator(request)).await.unwrap().into_inner().catalogue.unwrap()
}

/// Approves every matter of the draft.
async fn approve(node: &Node) {
    let matters = get(node, 0, true).await.facts.unwrap().matters;
    let request = pb::ApproveMattersRequest {
        request_id: fresh(),
        matter_codes: matters.into_iter().map(|matter| matter.matter_code).collect(),
        approval: Some(pb::MatterApproval {
            approver_code: "city-office".to_owned(),
            document_code: "ZB-2026-1".to_owned(),
            approved_date: String::new(),
        }),
        ..pb::ApproveMattersRequest::default()
    };
    let approved = node.api.approve_matters(operator(request)).await.unwrap().into_inner();
    assert!(approved.matters.iter().all(|matter| matter.approval.is_some()));
}

/// Entries and reasons of a refusal, all of them.
fn violations(status: &tonic::Status) -> Vec<(String, String)> {
    let told = status.get_details_bad_request().unwrap().field_violations;
    told.into_iter().map(|one| (one.field, one.description)).collect()
}

#[tokio::test]
async fn a_catalogue_is_edited_approved_and_released_whole() {
    on_every_database(async |node| {
        let proposal = get(&node, 0, false).await;
        assert_eq!(proposal.state(), pb::catalogue::State::Proposal);
        assert_eq!(proposal.facts.as_ref().unwrap().matters.len(), 8);

        let asked = put(snow());
        let first = node.api.put_matter(operator(asked.clone())).await.unwrap().into_inner();
        let again = node.api.put_matter(operator(asked)).await.unwrap().into_inner();
        assert_eq!(first, again);
        assert_eq!(first.matter.unwrap().valid_from_date, "2026-02-13");
        assert_eq!(get(&node, 0, false).await.state(), pb::catalogue::State::Proposal);
        assert_eq!(get(&node, 0, true).await.etag, first.etag);

        let refused = node.api.release_catalogue(operator(release())).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(reason(&refused).0, "CATALOGUE_UNSOUND");
        let told = violations(&refused);
        assert_eq!(told.len(), 10, "nine approvals and an end: {told:?}");
        assert!(told.iter().any(|(entry, text)| entry == "matter/snow" && text.contains("end")));

        let until = pb::MatterFacts { valid_to_date: "2026-04-01".to_owned(), ..snow() };
        node.api.put_matter(operator(put(until))).await.unwrap();
        approve(&node).await;
        let check = pb::ReleaseCatalogueRequest { validate_only: true, ..release() };
        let checked = node.api.release_catalogue(operator(check)).await.unwrap().into_inner();
        assert_eq!((checked.version, checked.feed_position), (0, 0));
        let asked = release();
        let done = node.api.release_catalogue(operator(asked.clone())).await.unwrap().into_inner();
        assert_eq!((done.version, done.feed_position), (1, node.api.ledger.head()));
        let again = node.api.release_catalogue(operator(asked)).await.unwrap().into_inner();
        assert_eq!(done, again);

        let holds = get(&node, 0, false).await;
        assert_eq!(holds.state(), pb::catalogue::State::Released);
        // The event carries all of it.
        let sql = "SELECT payload, type FROM event ORDER BY position DESC LIMIT 1";
        let rows = node.api.ledger.db().rows("reading", sql, Vec::new()).await.unwrap();
        assert_eq!(rows[0].text(1).unwrap(), "yiwang.registry.v1.CatalogueReleased");
        let payload = prost_types::Any::decode(rows[0].bytes(0).unwrap()).unwrap();
        let event = pb::CatalogueReleased::decode(payload.value.as_slice()).unwrap();
        assert_eq!(event.catalogue, holds.facts);
        // Nothing has changed since: no second version.
        let none = node.api.release_catalogue(operator(release())).await.unwrap().into_inner();
        assert_eq!((none.version, node.api.ledger.head()), (1, done.feed_position));
        let unknown = pb::GetCatalogueRequest { version: 2, draft: false };
        let unknown = node.api.get_catalogue(operator(unknown)).await.unwrap_err();
        assert_eq!((unknown.code(), &*reason(&unknown).0), (Code::NotFound, "CATALOGUE_NOT_FOUND"));
    })
    .await;
}

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
        }
    })
    .await;
}

#[tokio::test]
async fn a_law_is_not_loosened_and_wrong_fields_are_told_at_once() {
    on_every_database(async |node| {
        let window = get(&node, 0, false).await.facts.unwrap().limit_rules;
        let window = window.into_iter().find(|rule| rule.law_limit == "30d").unwrap();
        let longer = pb::LimitRuleFacts { limit: "60d".to_owned(), ..window.clone() };
        let refused = node.api.put_limit_rule(operator(put_rule(longer))).await.unwrap_err();
        assert_eq!((refused.code(), &*reason(&refused).0), (Code::FailedPrecondition, "LAW_LIMIT"));
        let told = violations(&refused);
        assert_eq!(told[0].0, "limit_rule/mediation.judicial_confirm_window");

        let nonsense = pb::LimitRuleFacts {
            rule_key: "a b".to_owned(),
            limit: "5 days".to_owned(),
            tier: pb::AreaLevel::Province.into(),
            ..pb::LimitRuleFacts::default()
        };
        let refused = node.api.put_limit_rule(operator(put_rule(nonsense))).await.unwrap_err();
        let fields: Vec<String> =
            violations(&refused).into_iter().map(|(field, _)| field).collect();
        let expected = [
            "rule.rule_key",
            "rule.matter_code",
            "rule.step",
            "rule.tier",
            "rule.limit",
            "rule.authority",
            "rule.source",
        ];
        assert_eq!((refused.code(), fields), (Code::InvalidArgument, texts(&expected)));

        let check = pb::PutLimitRuleRequest {
            validate_only: true,
            ..put_rule(own_limit("own.rule", "5d"))
        };
        let checked = node.api.put_limit_rule(operator(check)).await.unwrap().into_inner();
        assert_eq!((checked.feed_position, node.api.ledger.head()), (0, 0));
        let mapping = |mapped: &str| pb::PutTypeMappingRequest {
            request_id: fresh(),
            scheme: pb::TypeScheme::Zz17.into(),
            type_code: "0602".to_owned(),
            mapped_code: mapped.to_owned(),
            ..pb::PutTypeMappingRequest::default()
        };
        let done = node.api.put_type_mapping(operator(mapping("M04"))).await.unwrap().into_inner();
        assert_eq!(done.r#type.unwrap().mapped_code, "M04");
        let refused = node.api.put_type_mapping(operator(mapping("M16"))).await.unwrap_err();
        assert_eq!(reason(&refused).0, "CATALOGUE_UNSOUND");
        let stale = pb::PutTypeMappingRequest { etag: "\"9\"".to_owned(), ..mapping("M03") };
        let stale = node.api.put_type_mapping(operator(stale)).await.unwrap_err();
        assert_eq!((stale.code(), &*reason(&stale).0), (Code::Aborted, "ETAG_STALE"));
    })
    .await;
}

fn table(table: pb::CatalogueTable, rows: &[&[(&str, &str)]]) -> pb::ImportCatalogueRequest {
    let row = |(line, cells): (u32, &&[(&str, &str)])| pb::Row {
        line,
        cells: cells.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
    };
    pb::ImportCatalogueRequest {
        request_id: fresh(),
        table: table.into(),
        rows: (2..).zip(rows).map(row).collect(),
        ..pb::ImportCatalogueRequest::default()
    }
}

#[tokio::test]
async fn a_table_is_taken_in_whole_or_not_at_all() {
    on_every_database(async |node| {
        let hazards: &[(&str, &str)] =
            &[("matter_code", "lifts"), ("class_code", "safety-hazards"), ("name_zh", "电梯隐患")];
        let bad: &[&[(&str, &str)]] = &[
            hazards,
            &[("matter_code", "lamps"), ("name_zh", "路灯"), ("type_codes", "02;0298")],
            &[("matter_code", "x y"), ("handler_kinds", "choir"), ("temporary", "maybe")],
            &[("matter_code", "lifts"), ("name_zh", "电梯")],
        ];
        let asked = table(pb::CatalogueTable::Matters, bad);
        let refused = node.api.import_catalogue(operator(asked)).await.unwrap().into_inner();
        let told: Vec<(u32, &str, &str)> = refused
            .faults
            .iter()
            .map(|fault| (fault.line, &*fault.column, &*fault.reason))
            .collect();
        let expected = [
            (3, "", "TYPE_COVERED_TWICE"),
            (3, "", "TYPE_UNKNOWN"),
            (4, "handler_kinds", "NOT_A_CODE"),
            (4, "matter_code", "NOT_A_CODE"),
            (4, "name_zh", "MISSING"),
            (4, "temporary", "UNKNOWN_VALUE"),
            (5, "matter_code", "DUPLICATE"),
        ];
        let mut sorted = told.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        assert_eq!(node.api.ledger.head(), 0, "nothing of it was kept");

        let good: &[&[(&str, &str)]] = &[hazards, &[("matter_code", "lamps"), ("name_zh", "路灯")]];
        let check = pb::ImportCatalogueRequest {
            validate_only: true,
            ..table(pb::CatalogueTable::Matters, good)
        };
        let checked = node.api.import_catalogue(operator(check)).await.unwrap().into_inner();
        assert_eq!((checked.faults.len(), node.api.ledger.head()), (0, 0));
        let asked = table(pb::CatalogueTable::Matters, good);
        let done = node.api.import_catalogue(operator(asked.clone())).await.unwrap().into_inner();
        assert_eq!((done.created_rows, done.changed_rows, done.unchanged_rows), (2, 0, 0));
        let again = node.api.import_catalogue(operator(asked)).await.unwrap().into_inner();
        assert_eq!(done, again);
        let same = table(pb::CatalogueTable::Matters, good);
        let same = node.api.import_catalogue(operator(same)).await.unwrap().into_inner();
        assert_eq!((same.created_rows, same.unchanged_rows), (0, 2));
        assert_eq!(node.api.ledger.head(), 1, "the same again publishes nothing");
    })
    .await;
}

#[tokio::test]
async fn limits_and_mappings_come_as_tables_too() {
    on_every_database(async |node| {
        let limits: &[&[(&str, &str)]] = &[&[
            ("rule_key", "zz_centre.simple"),
            ("matter_code", "dispute"),
            ("step", "handle"),
            ("level", "simple"),
            ("limit", "3wd"),
            ("authority", "local_sd"),
            ("source", "本市规定"),
        ]];
        let asked = table(pb::CatalogueTable::LimitRules, limits);
        let done = node.api.import_catalogue(operator(asked)).await.unwrap().into_inner();
        assert_eq!((done.faults, done.changed_rows), (Vec::new(), 1));
        let types: &[&[(&str, &str)]] =
            &[&[("scheme", "zz24"), ("type_code", "12"), ("mapped_code", "0602")]];
        let asked = table(pb::CatalogueTable::Types, types);
        let done = node.api.import_catalogue(operator(asked)).await.unwrap().into_inner();
        assert_eq!((done.faults, done.changed_rows), (Vec::new(), 1));
    })
    .await;
}

#[tokio::test]
async fn only_the_citys_operators_at_the_citys_node_change_it() {
    for place in places().await {
        let node = Node::open_for(&place, "3703").await;
        let district = node.api.put_matter(call(put(snow()), "370306", &[Role::Operate])).await;
        let district = district.unwrap_err();
        assert_eq!((district.code(), &*reason(&district).0), (Code::NotFound, "AREA_NOT_FOUND"));
        let handler = node.api.put_matter(call(put(snow()), "3703", &[Role::Handle])).await;
        assert_eq!(handler.unwrap_err().code(), Code::PermissionDenied);
        // Everybody reads.
        let request = pb::GetCatalogueRequest::default();
        let read = node.api.get_catalogue(call(request, "370306004", &[])).await;
        assert!(read.is_ok());
        drop(node);
    }
    let place = places().await.remove(0);
    let district = Node::open_for(&place, "370306").await;
    let refused = district.api.release_catalogue(operator(release())).await.unwrap_err();
    let (reason, metadata) = reason(&refused);
    assert_eq!((&*reason, &*metadata["area_code"]), ("CATALOGUE_NOT_OWNED", "370306"));
}

#[tokio::test]
async fn a_full_catalogue_fits_into_one_event() {
    on_every_database(async |node| {
        let shipped = 153;
        let rows: Vec<Vec<(String, String)>> = (0..1_000 - shipped)
            .map(|number| {
                let cells = [
                    ("matter_code", format!("matter-{number:04}")),
                    ("name_zh", "事".repeat(100)),
                    ("name_en", "n".repeat(100)),
                ];
                cells.map(|(name, cell)| (name.to_owned(), cell)).to_vec()
            })
            .collect();
        let wire = |(line, cells): (u32, &Vec<(String, String)>)| pb::Row {
            line,
            cells: cells.iter().cloned().collect(),
        };
        let asked = pb::ImportCatalogueRequest {
            request_id: fresh(),
            table: pb::CatalogueTable::Matters.into(),
            rows: (2..).zip(&rows).map(wire).collect(),
            ..pb::ImportCatalogueRequest::default()
        };
        let done = node.api.import_catalogue(operator(asked)).await.unwrap().into_inner();
        assert_eq!((done.faults, done.created_rows), (Vec::new(), 847));
        let refused = node.api.put_matter(operator(put(snow()))).await.unwrap_err();
        assert!(violations(&refused).iter().any(|(entry, _)| entry == "catalogue"));
        approve(&node).await;
        let done = node.api.release_catalogue(operator(release())).await.unwrap().into_inner();
        assert_eq!(done.version, 1);
        let whole = get(&node, 1, false).await;
        assert_eq!(whole.facts.unwrap().matters.len(), 855);
    })
    .await;
}

#[test]
fn every_fault_is_one_of_the_contract() {
    for (name, ..) in crate::domain::catalogue::FAULTS {
        let wire = format!("CATALOGUE_FAULT_REASON_{name}");
        assert!(pb::CatalogueFaultReason::from_str_name(&wire).is_some(), "{name}");
    }
    assert!(
        pb::CatalogueFaultReason::try_from(
            1 + i32::try_from(crate::domain::catalogue::FAULTS.len()).unwrap()
        )
        .is_err()
    );
}
