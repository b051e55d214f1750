//! The catalogue, rpc by rpc: from the proposal through a draft to versions. Today is 2026-02-13.

mod questions;
mod tables;

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
        // Nothing has changed since: no second version, and whoever asks is told so.
        for validate_only in [false, true] {
            let asked = pb::ReleaseCatalogueRequest { validate_only, ..release() };
            let none = node.api.release_catalogue(operator(asked)).await.unwrap_err();
            let (reason, metadata) = reason(&none);
            assert_eq!((none.code(), &*reason), (Code::FailedPrecondition, "NOTHING_TO_RELEASE"));
            assert_eq!((&*metadata["version"], node.api.ledger.head()), ("1", done.feed_position));
        }
        let unknown = pb::GetCatalogueRequest { version: 2, draft: false };
        let unknown = node.api.get_catalogue(operator(unknown)).await.unwrap_err();
        assert_eq!((unknown.code(), &*reason(&unknown).0), (Code::NotFound, "CATALOGUE_NOT_FOUND"));
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
