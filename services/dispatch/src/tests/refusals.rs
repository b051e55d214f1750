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
async fn grids_types_and_times_that_cannot_be_are_refused() {
    let node = Node::start().await;
    let reason = |status: &tonic::Status| status.get_details_error_info().unwrap().reason;
    type Change = fn(&mut pb::ReportDisputeRequest);
    let table: [(&str, Code, Change); 5] = [
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
            if expected == "TYPE_ROUTED_OUT" {
                assert_eq!(metadata["competent_body_zh"], "民族事务部门");
            }
        }
    }
    assert_eq!(node.service.ledger().head(), 0, "nothing was recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_repeat_and_sources_are_one_case() {
    let node = Node::start().await;
    let mut desk = node.client("desk");
    let mut body = report();
    body.source = Some(pb::Source { system: "12345".to_owned(), number: "ZB-1".to_owned() });
    let preview = pb::ReportDisputeRequest { validate_only: true, ..body.clone() };
    let preview = desk.report_dispute(preview).await.unwrap().into_inner();
    assert_eq!((preview.feed_position, preview.dispute.unwrap().case_code.as_str()), (0, ""));

    let first = desk.report_dispute(body.clone()).await.unwrap().into_inner();
    let again = desk.report_dispute(body.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = pb::ReportDisputeRequest { people: 9, ..body.clone() };
    let reused = desk.report_dispute(other).await.unwrap_err();
    assert_eq!(reused.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
    let twin = pb::ReportDisputeRequest { request_id: fresh(), ..body };
    let twin = desk.report_dispute(twin).await.unwrap().into_inner();
    assert!(twin.existing);
    assert_eq!(twin.dispute.unwrap().dispute_id, first.dispute.unwrap().dispute_id);
    assert_eq!(node.service.ledger().head(), 1);
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
