//! What is refused, and how that is told.

use tonic::Code;
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1 as pb;

use super::node::{GRID, Node, fresh, head};
use super::{NAME, PHONE, PLACE, report, to_the_spot};

#[tokio::test(flavor = "multi_thread")]
async fn wrong_fields_are_told_all_at_once_and_never_repeated() {
    let node = Node::start().await;
    let mut wrong = report();
    wrong.request_id = NAME.to_owned();
    wrong.grid_code = "370306001002".to_owned();
    wrong.type_code = PHONE.to_owned();
    wrong.scale = 99;
    wrong.channel = 0;
    wrong.people = u32::MAX;
    wrong.source = Some(pb::Source { system: NAME.to_owned(), number: PHONE.to_owned() });
    wrong.details.as_mut().unwrap().parties[1].phone = PHONE.repeat(9);
    let status = node.client("desk").report_dispute(wrong).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let bad = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = bad.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "request_id",
            "grid_code",
            "scale",
            "channel",
            "source.system",
            "source.number",
            "people",
            "details.parties[1].phone",
            "type_code",
        ]
    );
    let text = format!("{status:?} {}", String::from_utf8_lossy(status.details()));
    for secret in [NAME, PHONE, PLACE] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_that_nobody_can_call_is_named_by_its_field() {
    let node = Node::start().await;
    let mut wrong = report();
    let details = wrong.details.as_mut().unwrap();
    details.parties[1].phone = "12".to_owned();
    details.reporter = Some(pb::Reporter { name: NAME.to_owned(), phone: PLACE.to_owned() });
    let status = node.client("desk").report_dispute(wrong).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let bad = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = bad.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["details.reporter.phone", "details.parties[1].phone"]);
    assert!(!format!("{status:?}").contains(PLACE));
    let mut none = report();
    none.details.as_mut().unwrap().parties[1].phone = String::new();
    node.client("desk").report_dispute(none).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn grids_types_and_times_that_cannot_be_are_refused() {
    for node in Node::everywhere().await {
        refused_with_reasons(&node).await;
    }
}

async fn refused_with_reasons(node: &Node) {
    let reason = |status: &tonic::Status| status.get_details_error_info().unwrap().reason;
    type Change = fn(&mut pb::ReportDisputeRequest);
    let table: [(&str, Code, Change); 6] = [
        ("GRID_NOT_FOUND", Code::InvalidArgument, |body| {
            body.grid_code = "370306001002009".to_owned()
        }),
        ("GRID_RETIRED", Code::FailedPrecondition, |body| {
            body.grid_code = "370306001002001".to_owned()
        }),
        ("AREA_NOT_YOURS", Code::PermissionDenied, |body| {
            body.grid_code = "370403001002001".to_owned()
        }),
        ("TYPE_ROUTED_OUT", Code::FailedPrecondition, |body| body.type_code = "1601".to_owned()),
        ("REGISTRY_NOT_CAUGHT_UP", Code::Unavailable, |body| body.min_registry_position = 1_000),
        ("REPORT_TIME_IN_FUTURE", Code::InvalidArgument, |body| {
            body.report_time = Some(prost_types::Timestamp { seconds: 4_000_000_000, nanos: 0 });
        }),
    ];
    for (expected, code, change) in table {
        for validate_only in [true, false] {
            let mut body = report();
            body.validate_only = validate_only;
            change(&mut body);
            let status = node.client("desk").report_dispute(body).await.unwrap_err();
            assert_eq!((reason(&status).as_str(), status.code()), (expected, code));
            let metadata = status.get_details_error_info().unwrap().metadata;
            if expected == "GRID_NOT_FOUND" {
                assert!(metadata["suggestions"].contains(GRID), "{metadata:?}");
            }
            if expected == "REGISTRY_NOT_CAUGHT_UP" {
                assert!(status.get_details_retry_info().is_some());
                assert_ne!(metadata["registry_position"], "0");
            }
            if expected == "TYPE_ROUTED_OUT" {
                assert_eq!(metadata["competent_body_zh"], "民族事务部门");
            }
        }
    }
    assert_eq!(node.service.ledger().head(), 0, "nothing was recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_repeat_and_sources_are_one_case() {
    for node in Node::everywhere().await {
        repeated(&node).await;
    }
}

async fn repeated(node: &Node) {
    let mut desk = node.client("desk");
    let mut body = report();
    body.source = Some(pb::Source { system: "12345".to_owned(), number: "ZB-1".to_owned() });
    let check = pb::ReportDisputeRequest { validate_only: true, ..body.clone() };
    let preview = desk.report_dispute(check.clone()).await.unwrap().into_inner();
    assert_eq!((preview.feed_position, preview.existing), (0, false));
    assert_eq!(preview.dispute.unwrap().case_code, "");

    let first = desk.report_dispute(body.clone()).await.unwrap().into_inner();
    let again = desk.report_dispute(body.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = pb::ReportDisputeRequest { people: 9, ..body.clone() };
    let reused = desk.report_dispute(other).await.unwrap_err();
    assert_eq!(reused.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
    let preview = desk.report_dispute(check).await.unwrap().into_inner();
    assert_eq!((preview.feed_position, preview.existing), (0, true));
    assert_eq!(preview.dispute, first.dispute);
    let twin = pb::ReportDisputeRequest { request_id: fresh(), ..body };
    let twin = desk.report_dispute(twin).await.unwrap().into_inner();
    assert!(twin.existing);
    assert_eq!(twin.dispute.unwrap().dispute_id, first.dispute.unwrap().dispute_id);
    assert_eq!(node.service.ledger().head(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn parties_are_told_by_number_or_by_their_details() {
    let node = Node::start().await;
    let mut desk = node.client("desk");
    for (told, detailed, then) in [
        (0, false, Some(2)),
        (0, true, Some(2)),
        (3, true, Some(3)),
        (20, false, Some(20)),
        (1, true, None),
        (21, false, None),
    ] {
        let mut body = pb::ReportDisputeRequest { party_count: told, ..report() };
        body.details = body.details.filter(|_| detailed);
        match (desk.report_dispute(body).await, then) {
            (Ok(reported), Some(parties)) => {
                assert_eq!(reported.into_inner().dispute.unwrap().party_count, parties);
            }
            (Err(status), None) => {
                let wrong = status.get_details_bad_request().unwrap().field_violations;
                assert_eq!(wrong[0].field, "party_count", "{told}");
            }
            (got, _) => panic!("{told}: {got:?}"),
        }
    }
    let id = to_the_spot(&node).await;
    let (request_id, dispute_id, etag) = head(&id);
    let consent = Some(pb::PartyConsent { party: 3, consent: 1 });
    let note = String::new();
    let third = pb::RecordConsentRequest { request_id, dispute_id, etag, consent, note };
    let third = desk.record_consent(third).await.unwrap_err();
    assert_eq!(third.get_details_error_info().unwrap().reason, "NO_SUCH_PARTY");
    let wrong = third.get_details_bad_request().unwrap().field_violations;
    assert_eq!(wrong[0].field, "consent.party");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_a_new_number_still_finds_its_old_codes() {
    let node = Node::start().await;
    let reported = node.client("desk").report_dispute(report()).await.unwrap().into_inner();
    let old = reported.dispute.unwrap();
    let node = node.restarted_as(7).await;
    let mut desk = node.client("desk");
    let find = |case_code: &str| pb::FindDisputeRequest { case_code: case_code.to_owned() };
    let found = desk.find_dispute(find(&old.case_code)).await.unwrap().into_inner();
    assert_eq!(found.dispute.unwrap().dispute_id, old.dispute_id);
    let new = desk.report_dispute(report()).await.unwrap().into_inner().dispute.unwrap();
    assert!(new.case_code.starts_with("0007-"), "{}", new.case_code);
    let foreign = desk.find_dispute(find("0306-4821-93756")).await.unwrap_err();
    let info = foreign.get_details_error_info().unwrap();
    assert_eq!(info.reason, "CASE_CODE_OF_OTHER_NODE");
    assert_eq!(info.metadata["node_number"], "0306");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_areas_bound_what_a_caller_does() {
    let node = Node::start().await;
    let denied = node.client("nobody").report_dispute(report()).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let id = to_the_spot(&node).await;
    let get = pb::GetDisputeRequest { dispute_id: id.clone() };
    let hidden = node.client("elsewhere").get_dispute(get.clone()).await.unwrap_err();
    assert_eq!(hidden.code(), Code::NotFound);
    assert!(node.client("nobody").get_dispute(get).await.is_ok());
    let (request_id, dispute_id, _) = head(&id);
    let note = "x".to_owned();
    let stale = pb::AddNoteRequest { request_id, dispute_id, etag: "\"1\"".to_owned(), note };
    let stale = node.client("desk").add_note(stale).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    let types = pb::ListDisputeTypesRequest { page_size: 1000, ..Default::default() };
    let types = node.client("nobody").list_dispute_types(types).await.unwrap().into_inner();
    assert_eq!(types.dispute_types.len(), crate::domain::dispute_types::all().len());
    assert_eq!(types.next_page_token, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_registry_was_read_a_grid_is_not_unknown_but_not_yet_known() {
    let node = Node::alone().await;
    let status = node.client("desk").report_dispute(report()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.get_details_retry_info().is_some());
}
