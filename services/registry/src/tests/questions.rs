//! Questions as of a day.

use kit::Role;
use tonic::Code;
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::area_service_server::AreaService as _;
use yiwang_proto::registry::v1::grid_service_server::GridService as _;

use super::node::{EAST, Node, WEST, call, fresh, operator, part, reason};
use super::on_every_database;

async fn split(node: &Node) {
    let request = pb::SplitGridRequest {
        request_id: fresh(),
        grid_code: WEST.to_owned(),
        parts: vec![part(30, "117.0,36.0", "117.1,36.05"), part(90, "117.0,36.05", "117.1,36.1")],
        effective_date: "2026-05-01".to_owned(),
        ..pb::SplitGridRequest::default()
    };
    let answer = node.api.split_grid(operator(request)).await.unwrap().into_inner();
    let weights: Vec<f64> = answer.lineage.iter().map(|step| step.weight).collect();
    assert_eq!((answer.grids.len(), weights), (2, vec![0.25, 0.75]));
}

async fn codes(node: &Node, day: &str, page_size: i32) -> Vec<String> {
    let mut codes = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListGridsRequest {
            area_code: "370306".to_owned(),
            as_of_date: day.to_owned(),
            page_size,
            page_token,
            ..pb::ListGridsRequest::default()
        };
        let page = node.api.list_grids(operator(request)).await.unwrap().into_inner();
        codes.extend(page.grids.into_iter().map(|grid| grid.facts.unwrap().grid_code));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return codes;
        }
    }
}

#[tokio::test]
async fn grids_are_listed_counted_and_found_as_of_a_day() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        split(&node).await;
        assert_eq!(codes(&node, "2026-04-30", 0).await, [WEST, EAST]);
        assert_eq!(codes(&node, "2025-12-31", 0).await, [""; 0]);
        let after = [EAST, "370306004001003", "370306004001004"];
        assert_eq!(codes(&node, "2026-05-01", 1).await, after, "one by one");

        let count = |day: &str| pb::CountGridsRequest {
            area_code: "370306004".to_owned(),
            as_of_date: day.to_owned(),
        };
        let counted =
            node.api.count_grids(operator(count("2026-05-01"))).await.unwrap().into_inner();
        let numbers =
            (counted.comprehensive_grids, counted.households, counted.grids_without_worker);
        assert_eq!((numbers, counted.sample), ((3, 300, 3), false));

        let lookup = |day: &str, longitude| pb::LookupGridRequest {
            point: Some(pb::GeoPoint { longitude, latitude: 36.02 }),
            as_of_date: day.to_owned(),
        };
        for (day, wanted) in [("2026-04-30", WEST), ("2026-05-01", "370306004001003")] {
            let found = node.api.lookup_grid(operator(lookup(day, 117.05))).await.unwrap();
            assert_eq!(found.into_inner().grid.unwrap().facts.unwrap().grid_code, wanted);
        }
        let nowhere = node.api.lookup_grid(operator(lookup("", 118.0))).await.unwrap_err();
        assert_eq!((nowhere.code(), &*reason(&nowhere).0), (Code::NotFound, "NO_GRID_AT_POINT"));

        let request = pb::GetGridLineageRequest {
            grid_code: WEST.to_owned(),
            as_of_date: "2026-06-01".to_owned(),
        };
        let lineage = node.api.get_grid_lineage(operator(request)).await.unwrap().into_inner();
        let weights: f64 = lineage.shares.iter().map(|share| share.weight).sum();
        assert_eq!((lineage.steps.len(), lineage.shares.len(), weights), (2, 2, 1.0));
    })
    .await;
}

#[tokio::test]
async fn a_page_token_belongs_to_its_query() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let first = pb::ListGridsRequest { page_size: 1, ..pb::ListGridsRequest::default() };
        let page = node.api.list_grids(operator(first.clone())).await.unwrap().into_inner();
        assert!(!page.next_page_token.is_empty());
        let other = pb::ListGridsRequest {
            page_token: page.next_page_token,
            include_micro: true,
            ..first.clone()
        };
        let refused = node.api.list_grids(operator(other)).await.unwrap_err();
        assert_eq!(reason(&refused).0, "PAGE_TOKEN_INVALID");
        let negative = pb::ListGridsRequest { page_size: -1, ..first };
        let refused = node.api.list_grids(operator(negative)).await.unwrap_err();
        assert_eq!(
            (refused.code(), &*reason(&refused).0),
            (Code::InvalidArgument, "INVALID_FIELDS")
        );
    })
    .await;
}

#[tokio::test]
async fn an_area_names_what_is_above_it_and_who_manages_it() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let zone = pb::CreateJurisdictionRequest {
            request_id: fresh(),
            jurisdiction_id: "jingkai".to_owned(),
            area_code: "3703".to_owned(),
            display_name: "经济开发区".to_owned(),
            area_codes: vec!["370306004".to_owned()],
            ..pb::CreateJurisdictionRequest::default()
        };
        node.api.create_jurisdiction(operator(zone)).await.unwrap();
        let get = |code: &str| pb::GetAreaRequest {
            area_code: code.to_owned(),
            as_of_date: String::new(),
        };
        let found = node.api.get_area(operator(get("370306004001"))).await.unwrap().into_inner();
        let above: Vec<&str> = found.ancestors.iter().map(|area| area.area_code.as_str()).collect();
        assert_eq!(above, ["37", "3703", "370306", "370306004"]);
        assert_eq!(found.jurisdictions[0].area_codes, ["370306004"]);
        let found = node.api.get_area(operator(get("370306"))).await.unwrap().into_inner();
        assert_eq!(found.jurisdictions, []);

        let list = pb::ListAreasRequest {
            area_code: "370306".to_owned(),
            level: pb::AreaLevel::Community.into(),
            ..pb::ListAreasRequest::default()
        };
        let listed = node.api.list_areas(operator(list)).await.unwrap().into_inner();
        assert_eq!(listed.areas.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_beyond_the_own_area() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let get = pb::GetGridRequest { grid_code: WEST.to_owned(), as_of_date: String::new() };
        let seen = node.api.get_grid(call(get.clone(), "370306004", &[])).await;
        assert_eq!(seen.unwrap().into_inner().versions.len(), 1);
        let hidden = node.api.get_grid(call(get, "370303", &[])).await.unwrap_err();
        assert_eq!((hidden.code(), &*reason(&hidden).0), (Code::NotFound, "GRID_NOT_FOUND"));
        let list = pb::ListGridsRequest::default();
        let own = node.api.list_grids(call(list.clone(), "370303", &[])).await.unwrap();
        assert_eq!(own.into_inner().grids, []);
        let city = pb::ListGridsRequest { area_code: "3703".to_owned(), ..list };
        let hidden = node.api.list_grids(call(city, "370306", &[Role::Operate])).await.unwrap_err();
        assert_eq!(reason(&hidden).0, "AREA_NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_grid_names_the_nearest() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        for code in ["370306004001009", "370306004002001"] {
            let get = pb::GetGridRequest { grid_code: code.to_owned(), as_of_date: String::new() };
            let unknown = node.api.get_grid(operator(get)).await.unwrap_err();
            let (reason, metadata) = reason(&unknown);
            assert_eq!(reason, "GRID_NOT_FOUND");
            assert!(metadata["did_you_mean"].contains(WEST), "{metadata:?}");
        }
    })
    .await;
}
