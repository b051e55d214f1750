//! Changes: who may make them, once, checked or in earnest; and what the log tells of people.

use kit::Role;
use tonic::Code;
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::grid_service_server::GridService as _;
use yiwang_proto::registry::v1::import_service_server::ImportService as _;
use yiwang_proto::registry::v1::team_service_server::TeamService as _;
use yiwang_proto::registry::v1::worker_service_server::WorkerService as _;

use super::node::{EAST, Node, WEST, call, fresh, operator, part, reason};
use super::on_every_database;

const NAME: &str = "王秀英";
const PHONE: &str = "13853312345";

fn rename(name: &str) -> pb::RenameGridRequest {
    pb::RenameGridRequest {
        request_id: fresh(),
        grid_code: WEST.to_owned(),
        display_name: name.to_owned(),
        ..pb::RenameGridRequest::default()
    }
}

fn register(id: &str) -> pb::RegisterWorkerRequest {
    pb::RegisterWorkerRequest {
        request_id: fresh(),
        worker_id: id.to_owned(),
        post: pb::Post::FullTime.into(),
        area_code: "370306004".to_owned(),
        display_name: NAME.to_owned(),
        work_phone: PHONE.to_owned(),
        ..pb::RegisterWorkerRequest::default()
    }
}

#[tokio::test]
async fn a_request_counts_once() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let request = rename("永安一网格");
        let first = node.api.rename_grid(operator(request.clone())).await.unwrap().into_inner();
        let again = node.api.rename_grid(operator(request.clone())).await.unwrap().into_inner();
        assert_eq!(first, again);
        assert_eq!(node.api.ledger.head(), first.feed_position);
        let other = pb::RenameGridRequest { display_name: "另一个".to_owned(), ..request };
        let refused = node.api.rename_grid(operator(other)).await.unwrap_err();
        assert_eq!(reason(&refused).0, "REQUEST_ID_REUSED");
    })
    .await;
}

#[tokio::test]
async fn a_change_needs_the_role_and_the_present_etag() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let refused = node.api.rename_grid(call(rename("甲"), "3703", &[Role::Handle])).await;
        let refused = refused.unwrap_err();
        assert_eq!(
            (refused.code(), &*reason(&refused).0),
            (Code::PermissionDenied, "ROLE_MISSING")
        );
        let stale = pb::RenameGridRequest { etag: "\"9\"".to_owned(), ..rename("甲") };
        let refused = node.api.rename_grid(operator(stale)).await.unwrap_err();
        let (why, metadata) = reason(&refused);
        assert_eq!(
            (refused.code(), &*why, &*metadata["etag"]),
            (Code::Aborted, "ETAG_STALE", "\"1\"")
        );
        let fitting = pb::RenameGridRequest { etag: "\"1\"".to_owned(), ..rename("甲") };
        let renamed = node.api.rename_grid(operator(fitting)).await.unwrap().into_inner();
        assert_eq!(renamed.grid.unwrap().etag, "\"2\"");
    })
    .await;
}

#[tokio::test]
async fn a_check_keeps_nothing_and_refuses_like_the_real_thing() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let before = node.api.ledger.head();
        let merge = |codes: [&str; 2]| pb::MergeGridsRequest {
            request_id: fresh(),
            grid_codes: codes.map(str::to_owned).to_vec(),
            grid: Some(pb::GridPart {
                households: 0,
                outline_geojson: String::new(),
                ..part(1, "1,1", "2,2")
            }),
            effective_date: "2026-05-01".to_owned(),
            validate_only: true,
        };
        let checked =
            node.api.merge_grids(operator(merge([WEST, EAST]))).await.unwrap().into_inner();
        assert_eq!((checked, node.api.ledger.head()), (pb::MergeGridsResponse::default(), before));
        let unknown = node.api.merge_grids(operator(merge([WEST, "370306004001009"]))).await;
        assert_eq!(reason(&unknown.unwrap_err()).0, "GRID_NOT_FOUND");
        let real = pb::MergeGridsRequest { validate_only: false, ..merge([WEST, EAST]) };
        let merged = node.api.merge_grids(operator(real)).await.unwrap().into_inner();
        let facts = merged.grid.unwrap().facts.unwrap();
        assert_eq!((facts.households, facts.outline_geojson.is_empty()), (300, false));
    })
    .await;
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once() {
    on_every_database(async |node| {
        let request = pb::CreateGridRequest {
            request_id: "x".to_owned(),
            community_code: "370306004".to_owned(),
            effective_date: "13.02.2026".to_owned(),
            grid: Some(pb::GridPart {
                kind: 99,
                households: 200_000,
                outline_geojson: "{}".to_owned(),
                base_point: Some(pb::GeoPoint { longitude: 500.0, latitude: 0.0 }),
                ..pb::GridPart::default()
            }),
            ..pb::CreateGridRequest::default()
        };
        let refused = node.api.create_grid(operator(request)).await.unwrap_err();
        use tonic_types::StatusExt as _;
        let wrong = refused.get_details_bad_request().unwrap().field_violations;
        let mut fields: Vec<&str> = wrong.iter().map(|field| field.field.as_str()).collect();
        fields.sort_unstable();
        let wanted = [
            "community_code",
            "effective_date",
            "grid.base_point",
            "grid.display_name",
            "grid.households",
            "grid.kind",
            "grid.outline_geojson",
            "request_id",
        ];
        assert_eq!(fields, wanted);
    })
    .await;
}

/// Every cell of the tables that a feed, a relay or a replay is made of.
async fn logged(node: &Node) -> Vec<u8> {
    let rows =
        node.api.ledger.db().rows("reading", "SELECT payload, header FROM event", Vec::new());
    let rows = rows.await.unwrap();
    let cells = rows.iter().flat_map(|row| [row.bytes(0).unwrap(), row.bytes(1).unwrap()].concat());
    let mut all: Vec<u8> = cells.collect();
    let sql = "SELECT body FROM request UNION ALL SELECT body FROM worker UNION ALL SELECT body FROM import_chunk";
    for row in node.api.ledger.db().rows("reading", sql, Vec::new()).await.unwrap() {
        all.extend(row.text(0).unwrap().bytes());
    }
    all
}

#[tokio::test]
async fn a_workers_name_is_in_one_table_and_nowhere_else() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        node.api.register_worker(operator(register("w1"))).await.unwrap();
        let row = [
            ("worker_id", "w2"),
            ("name", NAME),
            ("work_phone", PHONE),
            ("post", "part_time"),
            ("area_code", "370306004"),
            ("grid_codes", WEST),
        ];
        let row = row.map(|(column, cell)| (column, cell.to_owned())).to_vec();
        let imported = node.import(pb::ImportKind::Workers, vec![row]).await;
        assert_eq!(imported.created_rows, 1);
        let logged = logged(&node).await;
        for secret in [NAME, PHONE] {
            let found = logged.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
            assert!(!found, "{secret}");
        }
        let get = pb::GetWorkerRequest { worker_id: "w2".to_owned() };
        let nobody = node.api.get_worker(call(get.clone(), "3703", &[Role::Report])).await;
        assert_eq!(nobody.unwrap_err().code(), Code::PermissionDenied);
        let shown = node.api.get_worker(call(get, "3703", &[Role::Handle])).await.unwrap();
        assert_eq!(shown.into_inner().worker.unwrap().display_name, NAME);
    })
    .await;
}

#[tokio::test]
async fn grids_without_a_worker_are_reported_as_of_a_day() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        node.api.register_worker(operator(register("w1"))).await.unwrap();
        let assign = pb::AssignWorkerRequest {
            request_id: fresh(),
            worker_id: "w1".to_owned(),
            grid_code: WEST.to_owned(),
            effective_date: "2026-03-01".to_owned(),
            ..pb::AssignWorkerRequest::default()
        };
        node.api.assign_worker(operator(assign)).await.unwrap();
        for (day, wanted) in [("2026-02-28", vec![WEST, EAST]), ("2026-03-01", vec![EAST])] {
            let list = pb::ListGridsRequest {
                as_of_date: day.to_owned(),
                without_worker: true,
                ..pb::ListGridsRequest::default()
            };
            let listed = node.api.list_grids(operator(list)).await.unwrap().into_inner().grids;
            let codes: Vec<String> =
                listed.into_iter().map(|grid| grid.facts.unwrap().grid_code).collect();
            assert_eq!(codes, wanted, "{day}");
        }
        let serving = pb::ListWorkersRequest {
            grid_code: WEST.to_owned(),
            as_of_date: "2026-03-01".to_owned(),
            ..pb::ListWorkersRequest::default()
        };
        let serving = node.api.list_workers(operator(serving)).await.unwrap().into_inner();
        assert_eq!(serving.workers.len(), 1);
        // What was to begin after the last day never takes place, in the lists neither.
        let leave = pb::DismissWorkerRequest {
            request_id: fresh(),
            worker_id: "w1".to_owned(),
            valid_to_date: "2026-02-13".to_owned(),
            ..pb::DismissWorkerRequest::default()
        };
        let left = node.api.dismiss_worker(operator(leave)).await.unwrap().into_inner();
        let worker = left.worker.unwrap();
        assert_eq!((worker.assignments.len(), worker.display_name.as_str()), (0, ""));
        let count =
            pb::CountGridsRequest { as_of_date: "2026-03-01".to_owned(), ..Default::default() };
        let counted = node.api.count_grids(operator(count)).await.unwrap().into_inner();
        assert_eq!(counted.grids_without_worker, 2);
    })
    .await;
}

#[tokio::test]
async fn a_team_goes_on_duty_by_those_who_handle() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let create = pb::CreateTeamRequest {
            request_id: fresh(),
            area_code: "370306004".to_owned(),
            display_name: "蓝马甲一队".to_owned(),
            base_point: Some(pb::GeoPoint { longitude: 117.05, latitude: 36.05 }),
            ..pb::CreateTeamRequest::default()
        };
        let created = node.api.create_team(operator(create)).await.unwrap().into_inner();
        let team_id = created.team.unwrap().facts.unwrap().team_id;
        let listed = async |on_duty| {
            let list = pb::ListTeamsRequest { on_duty, ..pb::ListTeamsRequest::default() };
            node.api.list_teams(operator(list)).await.unwrap().into_inner().teams.len()
        };
        assert_eq!((listed(false).await, listed(true).await), (1, 0));
        let set = pb::SetTeamDutyRequest {
            request_id: fresh(),
            team_id,
            state: pb::DutyState::OnDuty.into(),
            ..pb::SetTeamDutyRequest::default()
        };
        let set = node.api.set_team_duty(call(set, "370306", &[Role::Handle])).await.unwrap();
        assert_eq!(set.into_inner().team.unwrap().duty.unwrap().state(), pb::DutyState::OnDuty);
        assert_eq!(listed(true).await, 1);
    })
    .await;
}

#[tokio::test]
async fn rows_staged_again_are_answered_as_before() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let import_id = node.begin(pb::ImportKind::Grids, true).await;
        let cells = [("grid_code", "3.70306E+14"), ("name", "甲"), ("households", "-1")];
        let cells = cells.map(|(column, cell)| (column.to_owned(), cell.to_owned()));
        let rows = vec![pb::Row { line: 2, cells: cells.into() }];
        let request =
            pb::StageRowsRequest { request_id: fresh(), import_id: import_id.clone(), rows };
        let first = node.api.stage_rows(operator(request.clone())).await.unwrap().into_inner();
        let again = node.api.stage_rows(operator(request)).await.unwrap().into_inner();
        assert_eq!((first.faults.len(), &first), (2, &again));
        assert_eq!(again.import.unwrap().rows, 1);
        let activate =
            pb::ActivateImportRequest { request_id: fresh(), import_id: import_id.clone() };
        let refused = node.api.activate_import(operator(activate)).await.unwrap_err();
        assert_eq!(reason(&refused).0, "IMPORT_DRY_RUN");
        let cancel = pb::CancelImportRequest { request_id: fresh(), import_id };
        let cancelled = node.api.cancel_import(operator(cancel)).await.unwrap().into_inner();
        assert_eq!(cancelled.import.unwrap().state(), pb::import::State::Cancelled);
    })
    .await;
}
