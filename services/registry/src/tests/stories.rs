//! What happens to a grid and its worker over time, told rpc by rpc.

use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::grid_service_server::GridService as _;
use yiwang_proto::registry::v1::import_service_server::ImportService as _;
use yiwang_proto::registry::v1::worker_service_server::WorkerService as _;

use super::node::{EAST, Node, WEST, call, fresh, operator, reason, rectangle};
use super::on_every_database;

async fn without_worker(node: &Node, day: &str) -> u64 {
    let count = pb::CountGridsRequest { as_of_date: day.to_owned(), ..Default::default() };
    node.api.count_grids(operator(count)).await.unwrap().into_inner().grids_without_worker
}

async fn hired(node: &Node) {
    let register = pb::RegisterWorkerRequest {
        request_id: fresh(),
        worker_id: "w1".to_owned(),
        post: pb::Post::FullTime.into(),
        area_code: "370306004".to_owned(),
        display_name: "王秀英".to_owned(),
        valid_from_date: "2026-01-01".to_owned(),
        ..Default::default()
    };
    node.api.register_worker(operator(register)).await.unwrap();
    let assign = pb::AssignWorkerRequest {
        request_id: fresh(),
        worker_id: "w1".to_owned(),
        grid_code: WEST.to_owned(),
        effective_date: "2026-01-15".to_owned(),
        ..Default::default()
    };
    node.api.assign_worker(operator(assign)).await.unwrap();
}

#[tokio::test]
async fn another_post_does_not_change_what_was() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        hired(&node).await;
        let update = pb::UpdateWorkerRequest {
            request_id: fresh(),
            worker_id: "w1".to_owned(),
            post: pb::Post::Adviser.into(),
            ..Default::default()
        };
        node.api.update_worker(operator(update)).await.unwrap();
        assert_eq!(without_worker(&node, "2026-02-12").await, 1, "a grid worker until then");
        assert_eq!(without_worker(&node, "2026-02-13").await, 2, "an adviser is none");
    })
    .await;
}

#[tokio::test]
async fn a_grid_is_redrawn_moved_and_retired_with_its_worker() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        hired(&node).await;
        let redraw = pb::RedrawGridRequest {
            request_id: fresh(),
            grid_code: WEST.to_owned(),
            outline_geojson: Some(rectangle("117.0,36.0", "117.05,36.1")),
            ..Default::default()
        };
        let redrawn = node.api.redraw_grid(operator(redraw.clone())).await.unwrap().into_inner();
        let again = pb::RedrawGridRequest { request_id: fresh(), ..redraw };
        let again = node.api.redraw_grid(operator(again)).await.unwrap().into_inner();
        assert_eq!(again.feed_position, redrawn.feed_position, "nothing is told twice");
        let relocate = pb::MoveGridRequest {
            request_id: fresh(),
            grid_code: WEST.to_owned(),
            to_community_code: "370306004002".to_owned(),
            effective_date: "2026-03-01".to_owned(),
            ..Default::default()
        };
        let moved = node.api.move_grid(operator(relocate)).await.unwrap().into_inner();
        let new = moved.grid.unwrap().facts.unwrap().grid_code;
        assert_eq!(new, "370306004002001");
        assert_eq!(without_worker(&node, "2026-03-01").await, 1, "served under its new code");
        let retire = pb::RetireGridRequest {
            request_id: fresh(),
            grid_code: new.clone(),
            effective_date: "2026-04-01".to_owned(),
            ..Default::default()
        };
        node.api.retire_grid(operator(retire)).await.unwrap();
        let unassign = pb::UnassignWorkerRequest {
            request_id: fresh(),
            worker_id: "w1".to_owned(),
            grid_code: new,
            effective_date: "2026-04-01".to_owned(),
            ..Default::default()
        };
        let refused = node.api.unassign_worker(operator(unassign)).await.unwrap_err();
        assert_eq!(reason(&refused).0, "NOT_ASSIGNED");
        assert_eq!(without_worker(&node, "2026-04-01").await, 1, "only {EAST} is left");
    })
    .await;
}

#[tokio::test]
async fn imports_that_wait_are_found_by_those_who_may() {
    on_every_database(async |node| {
        let waiting = node.begin(pb::ImportKind::Areas, false).await;
        let given_up = node.begin(pb::ImportKind::Areas, true).await;
        let cancel = pb::CancelImportRequest { request_id: fresh(), import_id: given_up.clone() };
        node.api.cancel_import(operator(cancel)).await.unwrap();
        let list = |state: pb::import::State, page_token: String| pb::ListImportsRequest {
            state: state.into(),
            page_size: 1,
            page_token,
            ..Default::default()
        };
        let staging = list(pb::import::State::Staging, String::new());
        let listed = node.api.list_imports(operator(staging.clone())).await.unwrap().into_inner();
        let ids: Vec<&str> = listed.imports.iter().map(|one| one.import_id.as_str()).collect();
        assert_eq!((ids, listed.next_page_token), (vec![waiting.as_str()], String::new()));
        let all = list(pb::import::State::Unspecified, String::new());
        let first = node.api.list_imports(operator(all)).await.unwrap().into_inner();
        let rest = list(pb::import::State::Unspecified, first.next_page_token);
        let second = node.api.list_imports(operator(rest)).await.unwrap().into_inner();
        let mut ids = [&first.imports[0].import_id, &second.imports[0].import_id];
        ids.sort();
        let mut wanted = [&waiting, &given_up];
        wanted.sort();
        assert_eq!(ids, wanted);
        let elsewhere = call(staging, "370306", &[kit::Role::Operate]);
        let elsewhere = node.api.list_imports(elsewhere).await.unwrap().into_inner();
        assert_eq!(elsewhere.imports, []);
        let get = pb::GetImportRequest { import_id: given_up };
        let import = node.api.get_import(operator(get)).await.unwrap().into_inner().import.unwrap();
        assert_eq!(import.state(), pb::import::State::Cancelled);
    })
    .await;
}
