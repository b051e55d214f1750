//! A ledger of paper is taken over: on both databases, repeated, in part, and looked for afterwards.

use std::collections::BTreeSet;

use kit::{Clock, IdSource};
use prost::Name as _;
use tonic::Code;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::ledger_import_service_client::LedgerImportServiceClient;

use super::node::{GRID, Node};
use super::{NAME, PHONE, PLACE};
use crate::domain::command::TriedOn;
use crate::domain::dispute::subject;
use crate::store::pin_key;

fn clock() -> Clock {
    Clock::starting_at("2026-07-01T01:00:00Z".parse().unwrap())
}

/// A request id by the nodes' clock: by another one it could be too old.
fn fresh() -> String {
    IdSource::system(clock()).uuid().to_string()
}

fn row(line: u32, number: &str, cells: &[(&str, &str)]) -> pb::LedgerRow {
    let names = format!("{NAME}；李秀英");
    let common = [
        ("number", number),
        ("grid_code", GRID),
        ("report_date", "2025-11-03"),
        ("accept_date", "2025-11-04"),
        ("old_type_code", "17"),
        ("channel", "resident"),
        ("party_names", &names),
        ("party_phones", PHONE),
        ("place", PLACE),
        ("summary", "共用水阀漏水"),
        ("file_number", "(2025)永人调字第17号"),
        ("state", "open"),
    ];
    let cells = common.iter().chain(cells);
    let cells = cells.map(|(column, text)| ((*column).to_owned(), (*text).to_owned()));
    pb::LedgerRow { line, cells: cells.collect() }
}

fn ledger(rows: Vec<pb::LedgerRow>) -> pb::ImportLedgerRequest {
    pb::ImportLedgerRequest {
        request_id: fresh(),
        book: "yongan-2025".to_owned(),
        rows,
        ..pb::ImportLedgerRequest::default()
    }
}

/// An open case with a level, a closed one of a community with one grid, and one whose last day the paper tells.
fn three() -> Vec<pb::LedgerRow> {
    let closed = [
        ("grid_code", ""),
        ("community_code", &GRID[..12]),
        ("state", "closed"),
        ("outcome", "agreed"),
        ("agreement_kind", "written"),
        ("outcome_date", "2025-11-10"),
        ("closed_date", "2025-11-12"),
    ];
    vec![
        row(2, "1", &[("level", "general"), ("organisation_id", "rmtj-1")]),
        row(3, "2", &closed),
        row(4, "3", &[("old_type_code", "12"), ("type_code", "0602"), ("due_date", "2026-08-14")]),
    ]
}

impl Node {
    async fn import(&self, body: &pb::ImportLedgerRequest) -> pb::ImportLedgerResponse {
        let mut client = LedgerImportServiceClient::new(self.connection("desk"));
        client.import_ledger(body.clone()).await.unwrap().into_inner()
    }

    async fn case(&self, id: &str) -> pb::Dispute {
        let get = pb::GetDisputeRequest { dispute_id: id.to_owned() };
        self.client("desk").get_dispute(get).await.unwrap().into_inner().dispute.unwrap()
    }

    /// Names of the events of a case.
    async fn events(&self, id: &str) -> Vec<String> {
        let subject = subject(id.parse().unwrap());
        let history = self.service.ledger().history(&subject, 0, 100).await.unwrap();
        history.into_iter().map(|event| event.header.r#type).collect()
    }

    /// Cases that were taken over; cards come beside them by time.
    async fn taken(&self) -> usize {
        let records = self.service.ledger().records(0, 1000).await.unwrap();
        let name = pb::DisputeTakenOver::full_name();
        records
            .iter()
            .filter(|event| String::from_utf8_lossy(&event.header).contains(&name))
            .count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_taken_over_whole_with_its_days_and_what_it_says_is_sealed() {
    for node in Node::everywhere_at(&clock()).await {
        Box::pin(taken_over(&node)).await;
    }
}

async fn taken_over(node: &Node) {
    let before = node.taken().await;
    let checked =
        node.import(&pb::ImportLedgerRequest { validate_only: true, ..ledger(three()) }).await;
    assert_eq!((checked.cases.len(), checked.faults.len(), checked.taken_over_count), (3, 0, 0));
    assert!(
        checked.cases.iter().all(|case| case.dispute_id.is_empty() && case.case_code.is_empty())
    );
    assert_eq!(node.taken().await, before, "a check writes nothing");

    let body = ledger(three());
    let done = node.import(&body).await;
    assert_eq!((done.taken_over_count, done.existing_count, done.faults.len()), (3, 0, 0));
    let codes: BTreeSet<_> = done.cases.iter().map(|case| &case.case_code).collect();
    assert_eq!(codes.len(), 3);
    let [open, closed, by_paper] = done.cases.as_slice() else { panic!("{:?}", done.cases) };

    let case = node.case(&closed.dispute_id).await;
    assert_eq!(case.state(), pb::dispute::State::Closed);
    assert_eq!((case.grid_code.as_str(), case.type_code.as_str()), (GRID, "02"));
    let paper = case.paper.unwrap();
    assert_eq!((paper.old_type_code.as_str(), paper.closed_date.as_str()), ("17", "2025-11-12"));
    let outcome = case.outcome.unwrap();
    assert_eq!(outcome.kind(), pb::OutcomeKind::AgreedWritten);
    assert_eq!(outcome.agreement_date, "2025-11-10", "as the paper has it");
    assert_eq!(node.events(&closed.dispute_id).await, [pb::DisputeTakenOver::full_name()]);

    let case = node.case(&by_paper.dispute_id).await;
    assert_eq!((case.state(), case.type_code.as_str()), (pb::dispute::State::Accepted, "0602"));
    for dispute in [open, closed, by_paper] {
        let pin = pin_key(TriedOn::Case(dispute.dispute_id.parse().unwrap()));
        assert!(node.service.ledger().read(&pin).await.unwrap().is_none(), "nobody gets a PIN");
    }
    Box::pin(explained(node, open, by_paper)).await;
    Box::pin(sealed(node, &closed.dispute_id)).await;
    Box::pin(again(node, &body, &done)).await;
}

/// The same request, the same ledger, and one that says something else.
async fn again(node: &Node, body: &pb::ImportLedgerRequest, done: &pb::ImportLedgerResponse) {
    let before = node.taken().await;
    let repeated = node.import(body).await;
    assert_eq!(&repeated, done, "the same request has the same answer");
    let existing = node.import(&ledger(three())).await;
    assert_eq!((existing.taken_over_count, existing.existing_count), (0, 3));
    assert_eq!(existing.feed_position, 0);
    let ids = |answer: &pb::ImportLedgerResponse| {
        answer.cases.iter().map(|case| case.dispute_id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&existing), ids(done));
    let mut other = three();
    other[1].cells.insert("closed_date".to_owned(), "2025-11-13".to_owned());
    let differs = node.import(&ledger(other)).await;
    let [fault] = differs.faults.as_slice() else { panic!("{:?}", differs.faults) };
    assert_eq!((fault.line, fault.reason.as_str()), (3, "DIFFERS"));
    assert_eq!(node.taken().await, before);
    let mut client = LedgerImportServiceClient::new(node.connection("desk"));
    let changed = pb::ImportLedgerRequest { partial: true, ..body.clone() };
    let reused = client.import_ledger(changed).await.unwrap_err();
    assert_eq!(reused.code(), Code::InvalidArgument, "{reused:?}");
}

/// What was long over when it came is red, told once, and says where it is from.
async fn explained(node: &Node, open: &pb::LedgerCase, by_paper: &pb::LedgerCase) {
    let ledger = node.service.ledger();
    let mut round = crate::timers::Round::at(ledger.now());
    while round.go_on(ledger, &node.service.whereabouts).await.is_some() {}
    let case = node.case(&open.dispute_id).await;
    assert_eq!(case.state(), pb::dispute::State::Triaged);
    let holder = case.holder.unwrap().place.unwrap();
    assert_eq!((holder.area_code.as_str(), holder.unit_id.as_str()), ("370306001", "rmtj-1"));
    let [clock] = case.clocks.as_slice() else { panic!("{:?}", case.clocks) };
    assert!(clock.taken_over);
    assert_eq!((clock.card(), clock.raised_to_area_code.as_str()), (pb::Card::Red, "370306"));
    let events = node.events(&open.dispute_id).await;
    let cards = events.iter().filter(|name| **name == pb::CardShown::full_name()).count();
    assert_eq!(cards, 1, "{events:?}");
    for (case, said) in [
        (
            open,
            [
                "from the acceptance on paper, 2025-11-04, by the rule",
                "自台账所载受理日2025-11-04起",
            ],
        ),
        (
            by_paper,
            ["to the last day that the ledger tells, 2026-08-14", "至台账所载期限2026-08-14"],
        ),
    ] {
        let ask = pb::ExplainDeadlineRequest {
            dispute_id: case.dispute_id.clone(),
            clock: pb::ClockKind::Handle.into(),
        };
        let text = node.client("desk").explain_deadline(ask).await.unwrap().into_inner();
        let begins = "Taken over on 2026-07-01 from the paper ledger yongan-2025";
        assert!(text.text_en.starts_with(begins), "{}", text.text_en);
        assert!(text.text_en.contains(said[0]), "{}", text.text_en);
        assert!(text.text_zh.contains(said[1]), "{}", text.text_zh);
    }
}

/// Names and words are sealed: opened for a purpose, and in no event.
async fn sealed(node: &Node, id: &str) {
    let open = pb::OpenDetailsRequest {
        request_id: fresh(),
        dispute_id: id.to_owned(),
        etag: String::new(),
        purpose: pb::Purpose::FollowUp.into(),
    };
    let opened = node.client("desk").open_details(open).await.unwrap().into_inner();
    let details = opened.pieces[0].details.as_ref().unwrap();
    assert_eq!(
        (details.parties[0].name.as_str(), details.parties[0].phone.as_str()),
        (NAME, PHONE)
    );
    assert_eq!(details.summary, "共用水阀漏水\n旧卷号：(2025)永人调字第17号");
    for event in node.service.ledger().records(0, 1000).await.unwrap() {
        let text = String::from_utf8_lossy(&[event.header, event.payload].concat()).into_owned();
        for secret in [NAME, PHONE, "新建路", "水阀", "永人调"] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_fault_stops_all_and_partial_takes_the_good_rows() {
    for node in Node::everywhere_at(&clock()).await {
        let before = node.taken().await;
        let mut rows = three();
        rows.push(row(5, "4", &[("grid_code", "370306001002001")]));
        rows.push(row(6, "5", &[("old_type_code", "19")]));
        let body = ledger(rows);
        let stopped = node.import(&body).await;
        let told: Vec<_> =
            stopped.faults.iter().map(|fault| (fault.line, fault.reason.as_str())).collect();
        assert_eq!(told, [(5, "UNKNOWN_REFERENCE"), (6, "TYPE_ROUTED_OUT")], "of both kinds");
        assert_eq!((stopped.taken_over_count, stopped.cases.len()), (0, 3));
        assert_eq!(node.taken().await, before);

        let partly = pb::ImportLedgerRequest { request_id: fresh(), partial: true, ..body };
        let partly = node.import(&partly).await;
        assert_eq!((partly.taken_over_count, partly.faults.len()), (3, 2));
        assert_eq!(node.taken().await, before + 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_outlives_a_restart_and_no_case_is_taken_over_twice() {
    let node = Node::start().await;
    let body = pb::ImportLedgerRequest { request_id: super::node::fresh(), ..ledger(three()) };
    let done = node.import(&body).await;
    let node = node.restarted().await;
    assert_eq!(node.import(&body).await, done);
    let again = pb::ImportLedgerRequest { request_id: super::node::fresh(), ..body };
    assert_eq!(node.import(&again).await.existing_count, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_rows_are_one_command() {
    for node in Node::everywhere_at(&clock()).await {
        let rows = (2..2_002).map(|line| row(line, &line.to_string(), &[("level", "simple")]));
        let done = node.import(&ledger(rows.collect())).await;
        assert_eq!((done.taken_over_count, done.faults.len()), (2_000, 0));
        let codes: BTreeSet<_> = done.cases.iter().map(|case| &case.case_code).collect();
        assert_eq!(codes.len(), 2_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_needs_the_role_and_a_place_of_the_callers() {
    let node = Node::start_at(clock()).await;
    let mut blind = LedgerImportServiceClient::new(node.connection("blind"));
    let refused = blind.import_ledger(ledger(three())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let mut elsewhere = LedgerImportServiceClient::new(node.connection("elsewhere"));
    let outside = elsewhere.import_ledger(ledger(three())).await.unwrap().into_inner();
    assert!(outside.faults.iter().all(|fault| fault.reason == "OUTSIDE_CALLER"), "{outside:?}");
    assert_eq!(outside.taken_over_count, 0);
}
