//! The notice of a new year arrives: what was provisional is counted again when the node starts with it.

use std::sync::Arc;
use std::time::Duration;

use calendar::Calendars;
use kit::{Clock, IdSource};
use prost::Message as _;
use yiwang_proto::dispatch::v1 as pb;

use super::node::{Node, Reopened};
use super::report;
use crate::Config;
use crate::domain::dispute::{ClockKind, Dispute, subject};
use crate::project::State;
use crate::store::{dispute_key, outdated};

const DAYS: &str = include_str!("../../../calendar/data/cn_workdays.csv");
const NEXT: &str = include_str!("../../../calendar/tests/deadlines/year_2027.csv");

/// By this clock seven days end on Sun 3 January 2027.
fn clock() -> Clock {
    Clock::starting_at("2026-12-27T01:00:00Z".parse().unwrap())
}

fn with_2027() -> Config {
    let mut calendars = Calendars::shipped();
    // Made up so that the deadline moves: Mon 4 January 2027 is off, too.
    let next = format!("2027-01-04,holiday,元旦\n{NEXT}")
        .replace("2027,working_days,248", "2027,working_days,247");
    calendars.load("cn-2027.test", format!("{DAYS}{next}").as_bytes()).unwrap();
    Config { calendars: Arc::new(calendars), ..Config::default() }
}

/// A request id by the node's clock: by another one it could be too old.
fn fresh() -> String {
    IdSource::system(clock()).uuid().to_string()
}

fn head(dispute_id: &str) -> (String, String, String) {
    (fresh(), dispute_id.to_owned(), String::new())
}

/// A dispute that was reported, accepted and triaged; its deadline.
async fn triaged(node: &Node, level: pb::Level) -> (String, pb::Triage) {
    let mut desk = node.client("desk");
    let request = pb::ReportDisputeRequest { request_id: fresh(), ..report() };
    let reported = desk.report_dispute(request).await.unwrap().into_inner();
    let id = reported.dispute.unwrap().dispute_id;
    let (request_id, dispute_id, etag) = head(&id);
    desk.accept_dispute(pb::AcceptDisputeRequest { request_id, dispute_id, etag }).await.unwrap();
    let (request_id, dispute_id, etag) = head(&id);
    let (level, note) = (level.into(), String::new());
    let request = pb::TriageDisputeRequest {
        request_id,
        dispute_id,
        etag,
        level,
        note,
        ..Default::default()
    };
    let dispute = desk.triage_dispute(request).await.unwrap().into_inner().dispute.unwrap();
    (id, dispute.triage.unwrap())
}

async fn stored(node: &Reopened, id: &str) -> Dispute {
    let key = dispute_key(id.parse().unwrap());
    let state = node.service.ledger().read(&key).await.unwrap().unwrap();
    let State::Dispute(dispute) = &*state else { panic!("{state:?}") };
    dispute.clone()
}

/// Waits until nothing is left to count again.
async fn counted_again(node: &Reopened, version: &str) {
    for _ in 0..500 {
        let left = outdated(node.service.ledger().db(), version, "", 9).await.unwrap();
        if left.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("deadlines are still provisional by an older calendar");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provisional_deadline_is_counted_again_when_the_notice_is_loaded() {
    let node = Node::start_at(clock()).await;
    let (id, before) = triaged(&node, pb::Level::General).await;
    assert!(before.due_provisional);
    assert_eq!(before.due_time.unwrap().seconds, seconds("2027-01-04T09:30:00Z"));
    assert_eq!(before.settings.unwrap().office_hours, "08:30-12:00,13:30-17:30");
    let (over, _) = triaged(&node, pb::Level::General).await;
    let (request_id, dispute_id, etag) = head(&over);
    let outcome = pb::RecordOutcomeRequest {
        request_id,
        dispute_id,
        etag,
        kind: pb::OutcomeKind::Withdrawn.into(),
        ..pb::RecordOutcomeRequest::default()
    };
    node.client("desk").record_outcome(outcome).await.unwrap();

    let node = node.reopen(&with_2027(), clock()).await;
    counted_again(&node, "cn-2027.test").await;
    let dispute = stored(&node, &id).await;
    let clock = dispute.clock(ClockKind::Handle).unwrap();
    assert!(!clock.ends.unwrap().provisional);
    assert_eq!(clock.limit.calendar_version, "cn-2027.test");
    assert_eq!(clock.due_at().unwrap().as_second(), seconds("2027-01-05T09:30:00Z"));
    let history = node.service.ledger().history(&subject(dispute.id), 0, 100).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!(last.header.r#type, "yiwang.dispatch.v1.DeadlineRecounted");
    let event = pb::DeadlineRecounted::decode(last.payload.as_slice()).unwrap();
    assert_eq!(event.previous_due_time, before.due_time);
    assert_eq!(event.previous_calendar_version, "cn-2026.1");
    // What is over keeps the deadline that it was measured by.
    let over = stored(&node, &over).await;
    let measured = over.clock(ClockKind::Handle).unwrap();
    assert_eq!(measured.limit.calendar_version, "cn-2026.1");
}

fn seconds(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}
