//! Lists and counts.

use tonic::Code;
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1 as pb;

use super::node::{GRID, Node, head};
use super::report;

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_counts_select_by_everything_and_page_without_gaps() {
    for node in Node::everywhere().await {
        selected_by_everything(&node).await;
    }
}

async fn selected_by_everything(node: &Node) {
    let mut desk = node.client("desk");
    let mut ids = Vec::new();
    for number in 0..7 {
        let type_code = if number % 2 == 0 { "0201" } else { "0402" }.to_owned();
        let body = pb::ReportDisputeRequest { type_code, details: None, ..report() };
        let dispute = desk.report_dispute(body).await.unwrap().into_inner().dispute.unwrap();
        ids.push(dispute.dispute_id);
    }
    let (request_id, dispute_id, etag) = head(&ids[0]);
    desk.accept_dispute(pb::AcceptDisputeRequest { request_id, dispute_id, etag }).await.unwrap();
    ids.reverse();

    let mut listed = Vec::new();
    let mut query = pb::ListDisputesRequest { page_size: 3, ..Default::default() };
    loop {
        let page = desk.list_disputes(query.clone()).await.unwrap().into_inner();
        listed.extend(page.disputes.into_iter().map(|dispute| dispute.dispute_id));
        if page.next_page_token.is_empty() {
            break;
        }
        query.page_token = page.next_page_token;
    }
    assert_eq!(listed, ids);
    query.type_code = "02".to_owned();
    let foreign = desk.list_disputes(query).await.unwrap_err();
    assert_eq!(foreign.code(), Code::InvalidArgument);

    narrowed(node).await;
    other_ways(node, &ids).await;
    unknown_places(node).await;
    counted_by_everything(node).await;
}

/// What each filter leaves of seven cases, one of them accepted.
async fn narrowed(node: &Node) {
    let mut desk = node.client("desk");
    let (reported, accepted) =
        (pb::dispute::State::Reported.into(), pb::dispute::State::Accepted.into());
    let rejected = pb::dispute::State::Rejected.into();
    let now = node.service.ledger().now().as_second();
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    for (query, expected) in [
        (pb::ListDisputesRequest { states: vec![accepted], ..Default::default() }, 1),
        (pb::ListDisputesRequest { states: vec![reported, accepted], ..Default::default() }, 7),
        (pb::ListDisputesRequest { states: vec![rejected, accepted], ..Default::default() }, 1),
        (
            pb::ListDisputesRequest {
                states: vec![reported],
                area_code: GRID.to_owned(),
                ..Default::default()
            },
            6,
        ),
        (pb::ListDisputesRequest { report_time_from: at(now - 3_600), ..Default::default() }, 7),
        (pb::ListDisputesRequest { report_time_until: at(now - 3_600), ..Default::default() }, 0),
        (pb::ListDisputesRequest { type_code: "02".to_owned(), ..Default::default() }, 4),
        (pb::ListDisputesRequest { type_code: "0402".to_owned(), ..Default::default() }, 3),
        (pb::ListDisputesRequest { levels: vec![1], ..Default::default() }, 0),
        (pb::ListDisputesRequest { area_code: "370306".to_owned(), ..Default::default() }, 7),
        (pb::ListDisputesRequest { area_code: GRID.to_owned(), ..Default::default() }, 7),
        // Retired: it existed once, and so did its cases.
        (
            pb::ListDisputesRequest {
                area_code: "370306001002001".to_owned(),
                ..Default::default()
            },
            0,
        ),
    ] {
        let found = desk.list_disputes(query.clone()).await.unwrap().into_inner().disputes.len();
        assert_eq!(found, expected, "{query:?}");
    }
}

fn place(code: &str) -> pb::Place {
    pb::Place { area_code: code.to_owned(), unit_id: String::new() }
}

/// The cases of a place whose limit ends before a time.
fn due_of(code: &str, until: Option<prost_types::Timestamp>) -> pb::ListDisputesRequest {
    let holder = Some(place(code));
    pb::ListDisputesRequest { holder, due_time_until: until, ..Default::default() }
}

/// A list in pages of two has the same disputes in the same order as one on one page, also where limits end together.
async fn pages_are_the_list(node: &Node, query: pb::ListDisputesRequest) {
    let mut desk = node.client("desk");
    let whole = desk.list_disputes(query.clone()).await.unwrap().into_inner();
    let ids = |disputes: Vec<pb::Dispute>| disputes.into_iter().map(|dispute| dispute.dispute_id);
    let (mut paged, mut page_token) = (Vec::new(), String::new());
    loop {
        let asked = pb::ListDisputesRequest { page_size: 2, page_token, ..query.clone() };
        let page = desk.list_disputes(asked).await.unwrap().into_inner();
        paged.extend(ids(page.disputes));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, ids(whole.disputes).collect::<Vec<_>>());
}

/// By who has them, who first accepted them, due time and team; and the board of who has them.
async fn other_ways(node: &Node, ids: &[String]) {
    let mut desk = node.client("desk");
    let accepted = ids.last().unwrap();
    let (request_id, dispute_id, etag) = head(accepted);
    let level = pb::Level::General.into();
    let triage =
        pb::TriageDisputeRequest { request_id, dispute_id, etag, level, ..Default::default() };
    desk.triage_dispute(triage).await.unwrap();
    let now = node.service.ledger().now().as_second();
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let (here, elsewhere) = ("370306001002", "370306001");
    let all = pb::ListDisputesRequest::default;
    for (query, expected) in [
        (pb::ListDisputesRequest { holder: Some(place(here)), ..all() }, 7),
        (pb::ListDisputesRequest { holder: Some(place(here)), levels: vec![2], ..all() }, 1),
        (pb::ListDisputesRequest { holder: Some(place(elsewhere)), ..all() }, 0),
        (pb::ListDisputesRequest { first_handler: Some(place(here)), ..all() }, 1),
        (pb::ListDisputesRequest { first_handler: Some(place(elsewhere)), ..all() }, 0),
        (pb::ListDisputesRequest { due_time_until: at(now + 30 * 86_400), ..all() }, 7),
        (pb::ListDisputesRequest { due_time_until: at(now), ..all() }, 0),
        (due_of(here, at(now + 30 * 86_400)), 7),
        (due_of(here, at(now)), 0),
        (due_of(elsewhere, at(now + 30 * 86_400)), 0),
        (pb::ListDisputesRequest { team_id: "near".to_owned(), ..all() }, 0),
    ] {
        let found = desk.list_disputes(query.clone()).await.unwrap().into_inner().disputes.len();
        assert_eq!(found, expected, "{query:?}");
    }
    let late = at(now + 30 * 86_400);
    let due = pb::ListDisputesRequest { due_time_until: late, ..all() };
    pages_are_the_list(node, due).await;
    pages_are_the_list(node, due_of(here, late)).await;
    let two = pb::ListDisputesRequest {
        holder: Some(place(here)),
        team_id: "near".to_owned(),
        ..Default::default()
    };
    let ambiguous = desk.list_disputes(two).await.unwrap_err();
    assert_eq!(ambiguous.code(), Code::InvalidArgument);
    let board = pb::GetBoardRequest { holder: Some(place(here)) };
    let board = desk.get_board(board).await.unwrap().into_inner();
    assert_eq!((board.open_count, board.overdue_count, board.returned_count), (7, 0, 0));

    let (request_id, dispute_id, etag) = head(accepted);
    let called = pb::CallTeamRequest { request_id, dispute_id, etag, ..Default::default() };
    desk.call_team(called).await.unwrap();
    let of_team = pb::ListDisputesRequest { team_id: "near".to_owned(), ..Default::default() };
    let of_team = desk.list_disputes(of_team).await.unwrap().into_inner().disputes;
    assert_eq!(of_team[0].dispute_id, *accepted);
    let (request_id, dispute_id, etag) = head(accepted);
    let kind = pb::OutcomeKind::Withdrawn.into();
    let ended =
        pb::RecordOutcomeRequest { request_id, dispute_id, etag, kind, ..Default::default() };
    desk.record_outcome(ended).await.unwrap();
}

async fn unknown_places(node: &Node) {
    let mut desk = node.client("desk");
    for unknown in ["370399", "370306001002009"] {
        let area_code = unknown.to_owned();
        let list = pb::ListDisputesRequest { area_code: area_code.clone(), ..Default::default() };
        let count = pb::CountDisputesRequest { area_code, ..Default::default() };
        let list = desk.list_disputes(list).await.unwrap_err();
        let count = desk.count_disputes(count).await.unwrap_err();
        for status in [list, count] {
            assert_eq!(status.get_details_error_info().unwrap().reason, "AREA_NOT_FOUND");
        }
    }
}

async fn counted_by_everything(node: &Node) {
    let mut desk = node.client("desk");
    let by =
        vec![pb::CountBy::Town.into(), pb::CountBy::State.into(), pb::CountBy::TypeClass.into()];
    let count = pb::CountDisputesRequest { by, ..Default::default() };
    let counts = desk.count_disputes(count).await.unwrap().into_inner().counts;
    let counted: Vec<_> = counts
        .iter()
        .map(|row| (row.area_code.as_str(), row.state, row.type_code.as_str(), row.count))
        .collect();
    assert_eq!(
        counted,
        [("370306001", 1, "02", 3), ("370306001", 1, "04", 3), ("370306001", 9, "02", 1)]
    );
    // Below a district, a count by district is one of the area itself.
    let by = vec![pb::CountBy::District.into()];
    let grid = pb::CountDisputesRequest { area_code: GRID.to_owned(), by, ..Default::default() };
    let grid = desk.count_disputes(grid).await.unwrap().into_inner().counts;
    assert_eq!((grid[0].area_code.as_str(), grid[0].count), (GRID, 7));
    let all = desk.count_disputes(pb::CountDisputesRequest::default()).await.unwrap().into_inner();
    assert_eq!((all.counts[0].area_code.as_str(), all.counts[0].count), ("3703", 7));
}
