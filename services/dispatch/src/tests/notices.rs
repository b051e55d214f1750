//! A program that tells people, and a desk that sees what could not be delivered.

use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::notice_due::Recipient;

use super::node::{GRID, Node, fresh, head};
use super::{NAME, PHONE, PLACE, report};
use crate::domain::dispute::subject;

const REPORTER: &str = "赵举报";
const REPORTER_PHONE: &str = "13698765432";

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

/// Reports a case as somebody, and accepts it; returns its id and the position of the notice to its reporter.
async fn accepted(node: &Node, body: pb::ReportDisputeRequest) -> (String, u64) {
    let mut desk = node.client("desk");
    let id = desk.report_dispute(body).await.unwrap().into_inner().dispute.unwrap().dispute_id;
    let (request_id, dispute_id, etag) = head(&id);
    desk.accept_dispute(pb::AcceptDisputeRequest { request_id, dispute_id, etag }).await.unwrap();
    let position = notices(node, &id).await[0].0;
    (id, position)
}

fn with_reporter(channel: pb::Channel) -> pb::ReportDisputeRequest {
    let reporter = pb::Reporter { name: REPORTER.to_owned(), phone: REPORTER_PHONE.to_owned() };
    let mut body = report();
    body.channel = channel.into();
    body.details.as_mut().unwrap().reporter = Some(reporter);
    body
}

fn of_a_resident() -> pb::ReportDisputeRequest {
    pb::ReportDisputeRequest { channel: pb::Channel::Resident.into(), ..report() }
}

/// Events of a case: positions, names and payloads.
async fn events(node: &Node, id: &str) -> Vec<(u64, String, Vec<u8>)> {
    let subject = subject(id.parse().unwrap());
    let history = node.service.ledger().history(&subject, 0, 1000).await.unwrap();
    let events = history.into_iter();
    events.map(|event| (event.header.position, event.header.r#type, event.payload)).collect()
}

async fn of_type<M: prost::Message + prost::Name + Default>(
    node: &Node,
    id: &str,
) -> Vec<(u64, M)> {
    let events = events(node, id).await.into_iter().filter(|(_, name, _)| *name == M::full_name());
    events.map(|(at, _, payload)| (at, M::decode(payload.as_slice()).unwrap())).collect()
}

async fn notices(node: &Node, id: &str) -> Vec<(u64, pb::NoticeDue)> {
    of_type(node, id).await
}

fn open(notice_position: u64) -> pb::OpenContactRequest {
    let expected_event_id = String::new();
    pb::OpenContactRequest { request_id: fresh(), notice_position, expected_event_id }
}

fn failed(notice_position: u64) -> pb::ReportDeliveryRequest {
    pb::ReportDeliveryRequest {
        request_id: fresh(),
        notice_position,
        result: pb::DeliveryResult::Undeliverable.into(),
        reason: pb::UndeliverableReason::RefusedByGateway.into(),
        attempts: 1,
        unreached: 0,
        expected_event_id: String::new(),
    }
}

fn delivered(notice_position: u64) -> pb::ReportDeliveryRequest {
    pb::ReportDeliveryRequest {
        request_id: fresh(),
        notice_position,
        result: pb::DeliveryResult::Delivered.into(),
        reason: 0,
        attempts: 3,
        unreached: 1,
        expected_event_id: String::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reported_is_opened_for_that_purpose_and_nothing_else_of_the_details() {
    for node in Node::everywhere().await {
        opened(&node).await;
    }
}

async fn opened(node: &Node) {
    let (id, position) = accepted(node, with_reporter(pb::Channel::Resident)).await;
    let mut teller = node.notices("teller");
    let request = open(position);
    let answer = teller.open_contact(request.clone()).await.unwrap().into_inner();
    let notice = answer.notice.clone().unwrap();
    assert_eq!((notice.template.as_str(), notice.recipient()), ("ACCEPTED", Recipient::Reporter));
    assert_eq!((notice.position, &notice.dispute_id), (position, &id));
    let people = answer.contact.clone().unwrap().people;
    let [person] = people.as_slice() else { panic!("{people:?}") };
    assert_eq!((person.name.as_str(), person.phone.as_str()), (REPORTER, REPORTER_PHONE));
    let bytes = answer.encode_to_vec();
    for other in [NAME, PHONE, PLACE, "水阀"] {
        assert!(!bytes.windows(other.len()).any(|part| part == other.as_bytes()), "{other}");
    }
    let openings = of_type::<pb::DetailsOpened>(node, &id).await;
    let [(at, opening)] = openings.as_slice() else { panic!("{openings:?}") };
    assert_eq!((opening.purpose(), *at), (pb::Purpose::Notify, answer.feed_position));

    let again = teller.open_contact(request).await.unwrap().into_inner();
    assert!(again.replayed && again.contact.is_none() && again.notice.is_none(), "{again:?}");
    assert_eq!(of_type::<pb::DetailsOpened>(node, &id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lacks_the_role_or_the_area_is_refused_on_record() {
    for node in Node::everywhere().await {
        refused(&node).await;
    }
}

async fn refused(node: &Node) {
    let (id, position) = accepted(node, with_reporter(pb::Channel::Resident)).await;
    let blind = node.notices("blind").open_contact(open(position)).await.unwrap_err();
    assert_eq!((blind.code(), reason(&blind).as_str()), (Code::PermissionDenied, "ROLE_MISSING"));
    assert_eq!(blind.get_details_error_info().unwrap().metadata["role"], "notify");
    let far = node.notices("far teller").open_contact(open(position)).await.unwrap_err();
    assert_eq!((far.code(), reason(&far).as_str()), (Code::NotFound, "NOTICE_NOT_FOUND"));
    let refusals = of_type::<pb::DetailsRefused>(node, &id).await;
    let refusals: Vec<_> =
        refusals.iter().map(|(_, refused)| (refused.purpose(), refused.reason())).collect();
    assert_eq!(
        refusals,
        [
            (pb::Purpose::Notify, pb::details_refused::Reason::RoleMissing),
            (pb::Purpose::Notify, pb::details_refused::Reason::AreaNotYours),
        ]
    );
    let report = node.notices("blind").report_delivery(delivered(position)).await.unwrap_err();
    assert_eq!(reason(&report), "ROLE_MISSING");
    let far = node.notices("far teller").report_delivery(delivered(position)).await.unwrap_err();
    assert_eq!(reason(&far), "NOTICE_NOT_FOUND");
    // The role gives nothing else.
    let list = pb::ListUndeliveredRequest::default();
    let list = node.notices("teller").list_undelivered(list).await.unwrap_err();
    assert_eq!(reason(&list), "ROLE_MISSING");
    let retry = pb::RetryNoticeRequest { request_id: fresh(), notice_position: position };
    let retry = node.notices("teller").retry_notice(retry).await.unwrap_err();
    assert_eq!(reason(&retry), "ROLE_MISSING");
    let (request_id, dispute_id, etag) = head(&id);
    let purpose = pb::Purpose::Notify.into();
    let details = pb::OpenDetailsRequest { request_id, dispute_id, etag, purpose };
    let details = node.client("teller").open_details(details).await.unwrap_err();
    assert_eq!(reason(&details), "ROLE_MISSING");
    // Only a notice is one.
    for position in [1, position - 1, position + 100, u64::MAX] {
        let none = node.notices("teller").open_contact(open(position)).await.unwrap_err();
        assert_eq!(reason(&none), "NOTICE_NOT_FOUND", "{position}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_of_a_log_that_was_restored_is_not_taken_for_another() {
    for node in Node::everywhere().await {
        not_taken_for_another(&node).await;
    }
}

/// A caller that knows which event it means opens and reports nothing of the one that stands there now.
async fn not_taken_for_another(node: &Node) {
    let (id, position) = accepted(node, with_reporter(pb::Channel::Resident)).await;
    let mut teller = node.notices("teller");
    let first = teller.open_contact(open(position)).await.unwrap().into_inner();
    let known = first.notice.unwrap().event_id;
    let before = events(node, &id).await.len();
    // Another event, none, and a place that has no notice.
    for (position, expected) in
        [(position, fresh()), (position + 100, known.clone()), (position - 1, known.clone())]
    {
        let open = pb::OpenContactRequest { expected_event_id: expected.clone(), ..open(position) };
        let open = teller.open_contact(open).await.unwrap_err();
        let delivered =
            pb::ReportDeliveryRequest { expected_event_id: expected, ..delivered(position) };
        let delivered = teller.report_delivery(delivered).await.unwrap_err();
        for refused in [open, delivered] {
            let wanted = (Code::FailedPrecondition, "NOTICE_DIVERGED".to_owned());
            assert_eq!((refused.code(), reason(&refused)), wanted, "{position}");
            let metadata = refused.get_details_error_info().unwrap().metadata;
            assert_eq!(metadata["notice_position"], position.to_string());
        }
    }
    assert_eq!(events(node, &id).await.len(), before, "nothing is on record");
    let open = pb::OpenContactRequest { expected_event_id: known.clone(), ..open(position) };
    teller.open_contact(open).await.unwrap();
    let delivered = pb::ReportDeliveryRequest { expected_event_id: known, ..delivered(position) };
    teller.report_delivery(delivered).await.unwrap();
    assert_eq!(events(node, &id).await.len(), before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn places_systems_and_nobody_are_told_apart() {
    for node in Node::everywhere().await {
        told_apart(&node).await;
    }
}

async fn told_apart(node: &Node) {
    let mut teller = node.notices("teller");
    let source = pb::Source { system: "12345".to_owned(), number: format!("ZB-{}", fresh()) };
    let hotline = pb::ReportDisputeRequest { source: Some(source.clone()), ..of_a_resident() };
    let (id, position) = accepted(node, hotline).await;
    let answer = teller.open_contact(open(position)).await.unwrap().into_inner();
    assert_eq!(answer.contact.unwrap().source, Some(source));

    let (desk_id, position) = accepted(node, report()).await;
    let answer = teller.open_contact(open(position)).await.unwrap().into_inner();
    let contact = answer.contact.unwrap();
    assert_eq!((contact.area_code.as_str(), contact.unit_id.as_str()), ("3703", "u-1"));
    assert_eq!(answer.feed_position, 0);

    let (silent_id, position) = accepted(node, of_a_resident()).await;
    let answer = teller.open_contact(open(position)).await.unwrap().into_inner();
    assert_eq!(answer.missing(), pb::UndeliverableReason::NoContact);
    assert!(answer.contact.is_none() && answer.notice.is_some());
    for id in [&id, &desk_id, &silent_id] {
        assert!(of_type::<pb::DetailsOpened>(node, id).await.is_empty(), "nothing was opened");
    }

    let (id, position) = accepted(node, with_reporter(pb::Channel::Resident)).await;
    let (request_id, dispute_id, etag) = head(&id);
    let erase = pb::EraseReason::PartyRequest.into();
    let erase = pb::EraseDetailsRequest { request_id, dispute_id, etag, reason: erase };
    node.client("desk").erase_details(erase).await.unwrap();
    let answer = teller.open_contact(open(position)).await.unwrap().into_inner();
    assert_eq!(answer.missing(), pb::UndeliverableReason::Erased);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_delivered_is_listed_retried_and_then_delivered() {
    for node in Node::everywhere().await {
        listed(&node).await;
    }
}

async fn list(node: &Node, name: &'static str, body: pb::ListUndeliveredRequest) -> Vec<u64> {
    let mut client = node.notices(name);
    let (mut positions, mut body) = (Vec::new(), body);
    loop {
        let page = client.list_undelivered(body.clone()).await.unwrap().into_inner();
        positions.extend(page.notices.iter().map(|notice| notice.position));
        body.page_token = page.next_page_token;
        if body.page_token.is_empty() {
            return positions;
        }
    }
}

async fn listed(node: &Node) {
    let mut teller = node.notices("teller");
    let mut positions = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let (id, position) = accepted(node, of_a_resident()).await;
        let request = failed(position);
        let first = teller.report_delivery(request.clone()).await.unwrap().into_inner();
        assert_eq!(teller.report_delivery(request).await.unwrap().into_inner(), first);
        positions.push(position);
        ids.push(id);
    }
    let all = pb::ListUndeliveredRequest::default();
    assert_eq!(list(node, "desk", all.clone()).await, positions, "of a grid the oldest first");
    let paged = pb::ListUndeliveredRequest { page_size: 1, ..all.clone() };
    assert_eq!(list(node, "desk", paged).await, positions);
    assert!(list(node, "elsewhere", all.clone()).await.is_empty(), "another area");
    let grid = pb::ListUndeliveredRequest { area_code: GRID.to_owned(), ..all.clone() };
    assert_eq!(list(node, "blind", grid).await, positions, "role handle");
    let page = node.notices("desk").list_undelivered(all.clone()).await.unwrap().into_inner();
    let entry = &page.notices[0];
    assert_eq!(entry.reason(), pb::UndeliverableReason::RefusedByGateway);
    assert_eq!((&entry.dispute_id, entry.template.as_str()), (&ids[0], "ACCEPTED"));
    assert!(entry.case_code.len() == 15 && entry.fail_time.is_some(), "{entry:?}");

    let get = pb::GetDisputeRequest { dispute_id: ids[0].clone() };
    let before = node.client("desk").get_dispute(get.clone()).await.unwrap().into_inner();
    let retry = pb::RetryNoticeRequest { request_id: fresh(), notice_position: positions[0] };
    let first = node.notices("desk").retry_notice(retry.clone()).await.unwrap().into_inner();
    let again = node.notices("desk").retry_notice(retry).await.unwrap().into_inner();
    assert_eq!(again, first);
    let due = notices(node, &ids[0]).await;
    let [_, (at, fresh_one)] = due.as_slice() else { panic!("{due:?}") };
    assert_eq!((*at, fresh_one.retry_of_position), (first.feed_position, positions[0]));
    assert_eq!(list(node, "desk", all.clone()).await, positions[1..]);
    let other = pb::RetryNoticeRequest { request_id: fresh(), notice_position: positions[0] };
    let other = node.notices("desk").retry_notice(other).await.unwrap_err();
    assert_eq!(
        (other.code(), reason(&other).as_str()),
        (Code::FailedPrecondition, "NOTICE_NOT_LISTED")
    );

    let answer = teller.open_contact(open(*at)).await.unwrap().into_inner();
    assert_eq!(answer.notice.unwrap().retry_of_position, positions[0]);
    teller.report_delivery(delivered(*at)).await.unwrap();
    teller.report_delivery(delivered(positions[1])).await.unwrap();
    assert_eq!(list(node, "desk", all).await, positions[2..], "delivered after all");
    let told = of_type::<pb::NoticeDelivered>(node, &ids[0]).await;
    assert_eq!((told[0].1.notice_position, told[0].1.attempts, told[0].1.unreached), (*at, 3, 1));
    let after = node.client("desk").get_dispute(get).await.unwrap().into_inner();
    assert_eq!(after, before, "no change of the case");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_of_a_report_is_told_at_once() {
    let node = Node::start().await;
    let body = pb::ReportDeliveryRequest {
        result: pb::DeliveryResult::Undeliverable.into(),
        attempts: 1_001,
        unreached: 21,
        expected_event_id: "e-1".to_owned(),
        ..pb::ReportDeliveryRequest::default()
    };
    let refused = node.notices("teller").report_delivery(body).await.unwrap_err();
    let mut fields: Vec<_> = refused
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    fields.sort();
    fields.dedup();
    let expected = "expected_event_id";
    assert_eq!(
        fields,
        ["attempts", expected, "notice_position", "reason", "request_id", "unreached"]
    );
}
