//! Offers one by one, and how teams answer.

use std::time::Duration;

use kit::Clock;
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::AssignmentState as State;
use yiwang_proto::dispatch::v1::list_assignments_request::Whose;

use super::{accept, arrive, call, case, head, off, on, reason, withdraw};
use crate::tests::node::Node;

/// A page after another.
async fn listed(node: &Node, whose: Whose, page_size: i32) -> Vec<pb::Assignment> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let whose = Some(whose.clone());
        let request = pb::ListAssignmentsRequest { whose, page_size, page_token };
        let page = node.duties("desk").list_assignments(request).await.unwrap().into_inner();
        found.extend(page.assignments);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

async fn decline(node: &Node, id: &str, team: &str) {
    let (request_id, dispute_id, etag) = head(id);
    let (team_id, reason) = (team.to_owned(), pb::DeclineReason::Busy.into());
    let decline = pb::DeclineOfferRequest {
        request_id,
        dispute_id,
        etag,
        team_id,
        reason,
        ..Default::default()
    };
    node.client("desk").decline_offer(decline).await.unwrap();
}

/// Waits until nothing is due.
async fn quiet(node: &Node) {
    loop {
        let timers = node.client("desk").get_timers(pb::GetTimersRequest {}).await.unwrap();
        if timers.into_inner().due_since_time.is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn asked(clock: &Clock) -> pb::GetResponseStatisticsRequest {
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let now = clock.now().as_second();
    pb::GetResponseStatisticsRequest {
        from_time: at(now - 86_400),
        until_time: at(now + 1),
        ..Default::default()
    }
}

async fn of(node: &Node, clock: &Clock, team: &str) -> pb::ResponseStatistics {
    let request = pb::GetResponseStatisticsRequest { team_id: team.to_owned(), ..asked(clock) };
    let answer = node.duties("desk").get_response_statistics(request).await.unwrap().into_inner();
    answer.statistics.into_iter().next().unwrap()
}

/// One case that near declines and far takes in time, one that near takes and never comes to, one that ends early, one
/// that goes on.
async fn a_busy_day(node: &Node, clock: &Clock) -> [String; 4] {
    on(node, "near", 4).await;
    on(node, "far", 4).await;
    let seconds = |seconds| clock.advance(Duration::from_secs(seconds));
    let first = case(node).await;
    call(node, &first).await;
    seconds(20);
    decline(node, &first, "near").await;
    seconds(30);
    accept(node, &first, "far").await;
    seconds(300);
    arrive(node, &first, "far").await;
    withdraw(node, &first).await;

    let second = case(node).await;
    call(node, &second).await;
    seconds(10);
    accept(node, &second, "near").await;
    // It vanishes: given up ten minutes after the time to arrival, and the next one is asked, which does not answer.
    seconds(1_200);
    quiet(node).await;
    seconds(61);
    quiet(node).await;

    let third = case(node).await;
    call(node, &third).await;
    seconds(5);
    accept(node, &third, "near").await;
    withdraw(node, &third).await;

    let fourth = case(node).await;
    call(node, &fourth).await;
    [first, second, third, fourth]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_offer_is_on_record_with_its_times_and_counts_in_the_statistics() {
    let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
    for node in Node::everywhere_at(&clock).await {
        let cases = a_busy_day(&node, &clock).await;
        let mut states = Vec::new();
        for id in &cases {
            for offer in listed(&node, Whose::DisputeId(id.clone()), 1).await {
                states.push((offer.number, offer.team_id.clone(), offer.state()));
                assert!(offer.call_time.is_some() && offer.offer_time.is_some());
                assert!(offer.estimate.is_some());
            }
        }
        let expected = [
            (1, "near", State::Declined),
            (2, "far", State::Done),
            (1, "near", State::Lapsed),
            (2, "far", State::Lapsed),
            (1, "near", State::Cancelled),
            (1, "near", State::Offered),
        ];
        assert_eq!(states, expected.map(|(number, team, state)| (number, team.to_owned(), state)));

        // Of a team newest first, in pages without gaps.
        let of_near = listed(&node, Whose::TeamId("near".to_owned()), 2).await;
        let ids: Vec<_> = of_near.iter().map(|offer| offer.dispute_id.clone()).collect();
        assert_eq!(ids, [&cases[3], &cases[2], &cases[1], &cases[0]].map(Clone::clone));

        let near = of(&node, &clock, "near").await;
        let counts = (near.offered, near.accepted, near.declined, near.lapsed, near.arrived);
        assert_eq!(counts, (4, 2, 1, 1, 0));
        assert_eq!((near.trips, near.within_ten_minutes), (1, 0));
        let accepting = near.offer_to_accept.unwrap();
        assert_eq!(
            (accepting.count, accepting.p50_seconds, accepting.p90_seconds),
            (2, Some(5), Some(10))
        );
        assert_eq!(near.accept_to_arrive.unwrap(), pb::ResponseTimes::default());

        let far = of(&node, &clock, "far").await;
        assert_eq!((far.offered, far.accepted, far.lapsed, far.arrived), (2, 1, 1, 1));
        // Its own times beside the clock of the case, which runs since the call.
        let half = |times: Option<pb::ResponseTimes>| times.unwrap().p50_seconds;
        assert_eq!(half(far.offer_to_accept), Some(30));
        assert_eq!(half(far.accept_to_arrive), Some(300));
        assert_eq!(half(far.call_to_arrive), Some(350));
        assert_eq!((far.trips, far.within_ten_minutes), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_of_a_bounded_period_and_of_what_the_caller_sees() {
    let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
    let node = Node::start_at(clock.clone()).await;
    let first = pb::GetResponseStatisticsRequest { page_size: 1, ..asked(&clock) };
    let page = node.duties("nobody").get_response_statistics(first.clone()).await.unwrap();
    let page = page.into_inner();
    assert_eq!(page.statistics[0].team_id, "far");
    let page_token = page.next_page_token;
    let next = pb::GetResponseStatisticsRequest { page_token, ..first };
    let page = node.duties("nobody").get_response_statistics(next).await.unwrap().into_inner();
    assert_eq!(page.statistics[0].team_id, "near");

    let wrong = pb::GetResponseStatisticsRequest {
        team_id: "near".to_owned(),
        area_code: "3703".to_owned(),
        until_time: Some(prost_types::Timestamp { seconds: 4_102_444_800, nanos: 0 }),
        ..asked(&clock)
    };
    let refused = node.duties("desk").get_response_statistics(wrong).await.unwrap_err();
    let fields = refused.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = fields.iter().map(|wrong| wrong.field.as_str()).collect();
    assert_eq!(fields, ["area_code", "until_time"]);
    let hidden = pb::GetResponseStatisticsRequest { team_id: "near".to_owned(), ..asked(&clock) };
    let refused = node.duties("elsewhere").get_response_statistics(hidden).await.unwrap_err();
    assert_eq!(reason(&refused), "TEAM_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_again_after_a_redo_has_a_number_of_its_own() {
    let node = Node::start().await;
    off(&node, "far").await;
    let id = case(&node).await;
    for _ in 0..2 {
        call(&node, &id).await;
        accept(&node, &id, "near").await;
        arrive(&node, &id, "near").await;
        withdraw(&node, &id).await;
        let (request_id, dispute_id, etag) = head(&id);
        let reason = pb::RedoReason::PartyAsks.into();
        let redo =
            pb::RedoDisputeRequest { request_id, dispute_id, etag, reason, ..Default::default() };
        node.client("desk").redo_dispute(redo).await.unwrap();
    }
    let offers = listed(&node, Whose::DisputeId(id), 50).await;
    let numbers: Vec<_> = offers.iter().map(|offer| offer.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_ne!(offers[0].call_time, offers[1].call_time);
}
