//! Teams on duty, as a caller meets them.

mod offers;
mod positions;
mod watching;

use futures::future::join_all;
use kit::Clock;
use prost::Name as _;
use tonic::Code;
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1 as pb;

use super::node::{Node, fresh, head};
use super::report;

/// Puts a team on duty for so many cases.
async fn on(node: &Node, team: &str, capacity: u32) -> pb::StartDutyResponse {
    let (request_id, team_id) = (fresh(), team.to_owned());
    let start = pb::StartDutyRequest { request_id, team_id, capacity, ..Default::default() };
    node.duties("desk").start_duty(start).await.unwrap().into_inner()
}

async fn off(node: &Node, team: &str) -> pb::Duty {
    let end = pb::EndDutyRequest { request_id: fresh(), team_id: team.to_owned() };
    node.duties("desk").end_duty(end).await.unwrap().into_inner().duty.unwrap()
}

async fn duty(node: &Node, caller: &'static str, team: &str) -> pb::Duty {
    let request = pb::GetDutyRequest { team_id: team.to_owned() };
    node.duties(caller).get_duty(request).await.unwrap().into_inner().duty.unwrap()
}

/// A new case that can be given to a team; returns its id.
async fn case(node: &Node) -> String {
    let body = pb::ReportDisputeRequest { details: None, ..report() };
    let made = node.client("desk").report_dispute(body).await.unwrap().into_inner();
    let id = made.dispute.unwrap().dispute_id;
    let (request_id, dispute_id, etag) = head(&id);
    let accept = pb::AcceptDisputeRequest { request_id, dispute_id, etag };
    node.client("desk").accept_dispute(accept).await.unwrap();
    let (request_id, dispute_id, etag) = head(&id);
    let level = pb::Level::Simple.into();
    let triage =
        pb::TriageDisputeRequest { request_id, dispute_id, etag, level, ..Default::default() };
    node.client("desk").triage_dispute(triage).await.unwrap();
    id
}

/// Calls a team; returns the one that is asked, if one is.
async fn call(node: &Node, id: &str) -> Option<String> {
    let (request_id, dispute_id, etag) = head(id);
    let call = pb::CallTeamRequest { request_id, dispute_id, etag, ..Default::default() };
    let called = node.client("desk").call_team(call).await.unwrap().into_inner().dispute.unwrap();
    called.offer.map(|offer| offer.team_id)
}

async fn accept(node: &Node, id: &str, team: &str) {
    let (request_id, dispute_id, etag) = head(id);
    let team_id = team.to_owned();
    let accept = pb::AcceptOfferRequest { request_id, dispute_id, etag, team_id };
    node.client("desk").accept_offer(accept).await.unwrap();
}

async fn arrive(node: &Node, id: &str, team: &str) {
    let (request_id, dispute_id, etag) = head(id);
    let team_id = team.to_owned();
    let arrival =
        pb::RecordArrivalRequest { request_id, dispute_id, etag, team_id, arrival_time: None };
    node.client("desk").record_arrival(arrival).await.unwrap();
}

/// Ends a case without an agreement.
async fn withdraw(node: &Node, id: &str) {
    let (request_id, dispute_id, etag) = head(id);
    let kind = pb::OutcomeKind::Withdrawn.into();
    let outcome =
        pb::RecordOutcomeRequest { request_id, dispute_id, etag, kind, ..Default::default() };
    node.client("desk").record_outcome(outcome).await.unwrap();
}

async fn asked(node: &Node, id: &str) -> Option<String> {
    let request = pb::GetDisputeRequest { dispute_id: id.to_owned() };
    let found = node.client("desk").get_dispute(request).await.unwrap().into_inner();
    found.dispute.unwrap().offer.map(|offer| offer.team_id)
}

fn reason(status: &tonic::Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duty_begins_and_ends_and_is_told_in_the_feed() {
    for node in Node::everywhere().await {
        // What registry said last holds until something else is said.
        let before = duty(&node, "desk", "near").await;
        assert_eq!((before.on_duty, before.capacity, before.case_count), (true, 1, 0));
        assert!(before.since_time.is_some() && before.until_time.is_none());

        let end = pb::EndDutyRequest { request_id: fresh(), team_id: "near".to_owned() };
        let ended = node.duties("desk").end_duty(end.clone()).await.unwrap().into_inner();
        assert!(!ended.duty.unwrap().on_duty);
        let again = node.duties("desk").end_duty(end).await.unwrap().into_inner();
        assert_eq!(again.feed_position, ended.feed_position, "the same request is answered again");
        let started = on(&node, "near", 3).await;
        let now = started.duty.unwrap();
        assert_eq!((now.on_duty, now.capacity, now.area_code.as_str()), (true, 3, "370306001"));
        assert_ne!(now.since_time, before.since_time);
        assert_eq!(on(&node, "near", 3).await.feed_position, started.feed_position);

        let told = node.service.ledger().history("team/near", 0, 10).await.unwrap();
        let told: Vec<_> = told
            .iter()
            .map(|event| (event.header.r#type.clone(), event.header.area_code.clone()))
            .collect();
        let area = "370306001".to_owned();
        let expected = [pb::DutyEnded::full_name(), pb::DutyStarted::full_name()];
        assert_eq!(told, expected.map(|name| (name, area.clone())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn duties_are_listed_in_pages_and_for_who_may_see_them() {
    for node in Node::everywhere().await {
        off(&node, "far").await;
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListDutiesRequest { page_size: 1, page_token, ..Default::default() };
            let page = node.duties("desk").list_duties(request).await.unwrap().into_inner();
            found.extend(page.duties.into_iter().map(|duty| (duty.team_id, duty.on_duty)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, [("far".to_owned(), false), ("near".to_owned(), true)]);
        let only = pb::ListDutiesRequest { on_duty: true, ..Default::default() };
        let only = node.duties("nobody").list_duties(only).await.unwrap().into_inner().duties;
        assert_eq!(only.len(), 1);
        let elsewhere = pb::ListDutiesRequest::default();
        let elsewhere = node.duties("elsewhere").list_duties(elsewhere).await.unwrap();
        assert_eq!(elsewhere.into_inner().duties, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_all_at_once_and_who_may_not_is_refused() {
    let node = Node::start().await;
    let request = |team: &str| pb::StartDutyRequest {
        request_id: fresh(),
        team_id: team.to_owned(),
        ..Default::default()
    };
    let wrong = pb::StartDutyRequest { request_id: "7".to_owned(), capacity: 21, ..request("") };
    let refused = node.duties("desk").start_duty(wrong).await.unwrap_err();
    let fields = refused.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = fields.iter().map(|wrong| wrong.field.as_str()).collect();
    assert_eq!(fields, ["request_id", "team_id", "capacity"]);

    let past = prost_types::Timestamp { seconds: 1, nanos: 0 };
    let past = pb::StartDutyRequest { until_time: Some(past), ..request("near") };
    for (caller, request, code, expected) in [
        ("nobody", request("near"), Code::PermissionDenied, "ROLE_MISSING"),
        ("elsewhere", request("near"), Code::NotFound, "TEAM_NOT_FOUND"),
        ("desk", request("none"), Code::NotFound, "TEAM_NOT_FOUND"),
        ("desk", past, Code::InvalidArgument, "DUTY_END_IMPOSSIBLE"),
    ] {
        let refused = node.duties(caller).start_duty(request).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (code, expected));
    }
    let (from_team_id, to_team_id) = ("near".to_owned(), "near".to_owned());
    let same = pb::HandOverShiftRequest {
        request_id: fresh(),
        from_team_id,
        to_team_id,
        ..Default::default()
    };
    let refused = node.duties("desk").hand_over_shift(same).await.unwrap_err();
    assert_eq!(refused.get_details_bad_request().unwrap().field_violations[0].field, "to_team_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_free_team_is_given_to_one_of_two_cases() {
    for node in Node::everywhere().await {
        off(&node, "far").await;
        let cases = [case(&node).await, case(&node).await];
        let asked = join_all(cases.iter().map(|id| call(&node, id))).await;
        let mut asked: Vec<_> = asked.into_iter().flatten().collect();
        asked.sort();
        assert_eq!(asked, ["near"], "one case gets it, the other nobody");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_reaches_nobody_says_why_and_says_it_again() {
    for node in Node::everywhere().await {
        off(&node, "far").await;
        let (one, two) = (case(&node).await, case(&node).await);
        let search = async |id: &str| {
            let (request_id, dispute_id, etag) = head(id);
            let call = pb::CallTeamRequest { request_id, dispute_id, etag, ..Default::default() };
            let answer = node.client("desk").call_team(call.clone()).await.unwrap().into_inner();
            let again = node.client("desk").call_team(call).await.unwrap().into_inner();
            assert_eq!(again.search, answer.search, "the same request has the same answer");
            answer.search
        };
        assert_eq!(search(&one).await, None);
        let nobody = pb::TeamSearch { serving: 2, off_duty: 1, engaged: 1, asked: 0 };
        assert_eq!(search(&two).await, Some(nobody));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_nobody_knows_is_not_found_and_no_empty_list() {
    let node = Node::start().await;
    let none = || "none".to_owned();
    let mut refused = Vec::new();
    let whose = Some(pb::list_assignments_request::Whose::TeamId(none()));
    let offers = pb::ListAssignmentsRequest { whose, ..Default::default() };
    refused.push((node.duties("desk").list_assignments(offers).await.err(), "team_id"));
    let cases = pb::ListDisputesRequest { team_id: none(), ..Default::default() };
    refused.push((node.client("desk").list_disputes(cases).await.err(), "team_id"));
    let team_ids = vec!["near".to_owned(), none()];
    let watch = pb::WatchAssignmentsRequest { team_ids, ..Default::default() };
    refused.push((node.duties("desk").watch_assignments(watch).await.err(), "team_ids[1]"));
    for (status, field) in refused {
        let status = status.expect("it is refused");
        assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "TEAM_NOT_FOUND"));
        let fields = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!((fields.len(), fields[0].field.as_str()), (1, field));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_of_two_takes_two_and_a_shift_is_handed_over() {
    for node in Node::everywhere().await {
        off(&node, "far").await;
        on(&node, "near", 2).await;
        let (one, two, three) = (case(&node).await, case(&node).await, case(&node).await);
        assert_eq!(call(&node, &one).await.as_deref(), Some("near"));
        accept(&node, &one, "near").await;
        assert_eq!(call(&node, &two).await.as_deref(), Some("near"));
        assert_eq!(call(&node, &three).await, None, "two are enough");
        assert_eq!(duty(&node, "desk", "near").await.case_count, 2);
        let listed = pb::ListDisputesRequest { team_id: "near".to_owned(), ..Default::default() };
        let listed = node.client("desk").list_disputes(listed).await.unwrap().into_inner();
        assert_eq!(listed.disputes.len(), 2);

        let (from_team_id, to_team_id) = ("near".to_owned(), "far".to_owned());
        let over = pb::HandOverShiftRequest {
            request_id: fresh(),
            from_team_id,
            to_team_id,
            capacity: 2,
            ..Default::default()
        };
        let done = node.duties("desk").hand_over_shift(over.clone()).await.unwrap().into_inner();
        let (gone, come) = (done.from_duty.unwrap(), done.to_duty.unwrap());
        assert_eq!((gone.on_duty, gone.case_count), (false, 1), "what is under way stays");
        assert_eq!((come.on_duty, come.case_count, come.capacity), (true, 1, 2));
        assert_eq!(asked(&node, &two).await.as_deref(), Some("far"));
        let again = node.duties("desk").hand_over_shift(over).await.unwrap().into_inner();
        assert_eq!(again.feed_position, done.feed_position);

        arrive(&node, &one, "near").await;
        // Who goes off duty is asked no more.
        off(&node, "far").await;
        assert_eq!(asked(&node, &two).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_that_ends_by_its_time_is_over() {
    let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
    let node = Node::start_at(clock.clone()).await;
    off(&node, "far").await;
    let until = clock.now().as_second() + 3_600;
    let start = pb::StartDutyRequest {
        request_id: fresh(),
        team_id: "near".to_owned(),
        until_time: Some(prost_types::Timestamp { seconds: until, nanos: 0 }),
        ..Default::default()
    };
    node.duties("desk").start_duty(start).await.unwrap();
    let id = case(&node).await;
    clock.advance(std::time::Duration::from_secs(3_599));
    assert!(duty(&node, "desk", "near").await.on_duty);
    clock.advance(std::time::Duration::from_secs(1));
    assert!(!duty(&node, "desk", "near").await.on_duty);
    assert_eq!(call(&node, &id).await, None);
}
