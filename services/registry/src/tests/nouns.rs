//! Areas, functional zones, units and teams from the day they are entered to the day they end, rpc by rpc. Today is
//! 2026-02-13.

use tonic::Code;
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::area_service_server::AreaService as _;
use yiwang_proto::registry::v1::team_service_server::TeamService as _;
use yiwang_proto::registry::v1::unit_service_server::UnitService as _;
use yiwang_proto::registry::v1::worker_service_server::WorkerService as _;

use super::node::{Node, call, fresh, operator, reason, rectangle};
use super::on_every_database;

const TOWN: &str = "370306004";
const COMMUNITY: &str = "370306004002";

/// The answer to a call of the city's operator.
macro_rules! done {
    ($node:ident.$rpc:ident($request:expr)) => {
        $node.api.$rpc(operator($request)).await.unwrap().into_inner()
    };
}

/// Code and reason of its refusal.
macro_rules! refused {
    ($node:ident.$rpc:ident($request:expr)) => {{
        let status = $node.api.$rpc(operator($request)).await.unwrap_err();
        (status.code(), reason(&status).0)
    }};
}

fn unmet(reason: &str) -> (Code, String) {
    (Code::FailedPrecondition, reason.to_owned())
}

fn update_area(code: &str, name: Option<&str>, outline: Option<String>) -> pb::UpdateAreaRequest {
    pb::UpdateAreaRequest {
        request_id: fresh(),
        area_code: code.to_owned(),
        display_name: name.map(str::to_owned),
        outline_geojson: outline,
        etag: String::new(),
    }
}

fn retire_area(code: &str, on: &str, successors: &[&str]) -> pb::RetireAreaRequest {
    pb::RetireAreaRequest {
        request_id: fresh(),
        area_code: code.to_owned(),
        valid_to_date: on.to_owned(),
        superseded_by: successors.iter().map(|code| (*code).to_owned()).collect(),
        etag: String::new(),
    }
}

async fn area(node: &Node, code: &str, day: &str) -> pb::AreaFacts {
    let get = pb::GetAreaRequest { area_code: code.to_owned(), as_of_date: day.to_owned() };
    node.api.get_area(operator(get)).await.unwrap().into_inner().area.unwrap().facts.unwrap()
}

#[tokio::test]
async fn an_area_is_corrected_and_gives_way_to_another() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let renamed = done!(node.update_area(update_area(COMMUNITY, Some("和平里社区"), None)));
        assert_eq!(renamed.feed_position, node.api.ledger.head());
        assert_eq!(area(&node, COMMUNITY, "").await.display_name, "和平里社区");
        // What is in it is not left outside of a new outline; the same twice changes nothing.
        let small = rectangle("117.0,36.0", "117.1,36.1");
        let community = "370306004001";
        let small = update_area(community, None, Some(small));
        assert_eq!(refused!(node.update_area(small)), unmet("OUTLINE_TOO_SMALL"));
        let wide = || update_area(community, None, Some(rectangle("117.0,36.0", "117.2,36.1")));
        let drawn = done!(node.update_area(wide()));
        assert!(drawn.area.unwrap().facts.unwrap().outline_geojson.contains("117.2"));
        let head = node.api.ledger.head();
        let again = done!(node.update_area(wide()));
        assert_eq!((again.feed_position, node.api.ledger.head()), (head, head));

        // Where grids go on, an area cannot end; the successor has to be there.
        let used = retire_area(community, "2026-03-01", &[COMMUNITY]);
        assert_eq!(refused!(node.retire_area(used)), unmet("AREA_IN_USE"));
        assert_eq!(
            refused!(node.retire_area(retire_area(TOWN, "2026-03-01", &[]))),
            unmet("AREA_IN_USE")
        );
        let nowhere = retire_area(COMMUNITY, "2026-03-01", &["370306004009"]);
        assert_eq!(refused!(node.retire_area(nowhere)), (Code::NotFound, "AREA_NOT_FOUND".into()));
        let retired = done!(node.retire_area(retire_area(COMMUNITY, "2026-03-01", &[community])));
        let facts = retired.area.unwrap().facts.unwrap();
        assert_eq!((&*facts.valid_to_date, &*facts.superseded_by[0]), ("2026-03-01", community));
        // Its history stays: it is there until that day, and found afterwards among the retired.
        let listed = |day: &str, include_retired| pb::ListAreasRequest {
            area_code: TOWN.to_owned(),
            level: pb::AreaLevel::Community.into(),
            as_of_date: day.to_owned(),
            include_retired,
            ..pb::ListAreasRequest::default()
        };
        for (day, include_retired, count) in
            [("2026-02-28", false, 2), ("2026-03-01", false, 1), ("2026-03-01", true, 2)]
        {
            let found = done!(node.list_areas(listed(day, include_retired)));
            assert_eq!(found.areas.len(), count, "{day} {include_retired}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_zone_manages_other_areas_from_a_day_on_until_it_ends() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let id = || "jingkai".to_owned();
        let zone = pb::CreateJurisdictionRequest {
            request_id: fresh(),
            jurisdiction_id: id(),
            area_code: "3703".to_owned(),
            display_name: "经济开发区".to_owned(),
            valid_from_date: "2026-01-01".to_owned(),
            area_codes: vec![COMMUNITY.to_owned()],
        };
        done!(node.create_jurisdiction(zone.clone()));
        let again = pb::CreateJurisdictionRequest { request_id: fresh(), ..zone };
        let exists = (Code::AlreadyExists, "ALREADY_EXISTS".to_owned());
        assert_eq!(refused!(node.create_jurisdiction(again)), exists);

        let set = |codes: &[&str], day: &str| pb::SetJurisdictionAreasRequest {
            request_id: fresh(),
            jurisdiction_id: id(),
            area_codes: codes.iter().map(|code| (*code).to_owned()).collect(),
            effective_date: day.to_owned(),
            etag: String::new(),
        };
        done!(node.set_jurisdiction_areas(set(&[TOWN], "2026-03-01")));
        let before = set(&[COMMUNITY], "2026-02-20");
        assert_eq!(refused!(node.set_jurisdiction_areas(before)), unmet("LATER_CHANGE"));
        let unknown = set(&["370306999"], "2026-04-01");
        let missing = (Code::NotFound, "AREA_NOT_FOUND".to_owned());
        assert_eq!(refused!(node.set_jurisdiction_areas(unknown)), missing);
        let on = |day: &str| pb::GetJurisdictionRequest {
            jurisdiction_id: id(),
            as_of_date: day.to_owned(),
        };
        for (day, managed) in [("2026-02-28", COMMUNITY), ("2026-03-01", TOWN)] {
            let found = done!(node.get_jurisdiction(on(day))).jurisdiction.unwrap();
            assert_eq!(found.area_codes, [managed], "{day}");
        }

        let retire = || pb::RetireJurisdictionRequest {
            request_id: fresh(),
            jurisdiction_id: id(),
            valid_to_date: "2026-06-01".to_owned(),
            etag: String::new(),
        };
        done!(node.retire_jurisdiction(retire()));
        assert_eq!(refused!(node.retire_jurisdiction(retire())), unmet("ALREADY_ENDED"));
        let list = |day: &str| pb::ListJurisdictionsRequest {
            as_of_date: day.to_owned(),
            ..pb::ListJurisdictionsRequest::default()
        };
        for (day, count) in [("2025-12-31", 0), ("2026-05-31", 1), ("2026-06-01", 0)] {
            assert_eq!(
                done!(node.list_jurisdictions(list(day))).jurisdictions.len(),
                count,
                "{day}"
            );
        }
        // Who sees one district only, does not see the city's zone.
        let other = node.api.get_jurisdiction(call(on(""), "370302", &[])).await.unwrap_err();
        assert_eq!(reason(&other).0, "JURISDICTION_NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn a_unit_changes_its_kind_and_ends() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let id = || "yongan-office".to_owned();
        let create = pb::CreateUnitRequest {
            request_id: fresh(),
            unit_id: id(),
            kind: pb::UnitKind::Office.into(),
            area_code: TOWN.to_owned(),
            display_name: "永安街道办".to_owned(),
            ..pb::CreateUnitRequest::default()
        };
        done!(node.create_unit(create));
        let get = || pb::GetUnitRequest { unit_id: id() };
        let facts = done!(node.get_unit(get())).unit.unwrap().facts.unwrap();
        assert_eq!((facts.tier(), facts.kind()), (pb::AreaLevel::Town, pb::UnitKind::Office));

        let update = |tier: pb::AreaLevel| pb::UpdateUnitRequest {
            request_id: fresh(),
            unit_id: id(),
            kind: pb::UnitKind::Station.into(),
            tier: tier.into(),
            display_name: Some("永安派出所".to_owned()),
            etag: String::new(),
        };
        let city = refused!(node.update_unit(update(pb::AreaLevel::City)));
        assert_eq!(city, unmet("WRONG_TIER"));
        let changed = done!(node.update_unit(update(pb::AreaLevel::Town))).unit.unwrap();
        let facts = changed.facts.unwrap();
        assert_eq!((facts.kind(), &*facts.display_name), (pb::UnitKind::Station, "永安派出所"));
        let stale = pb::UpdateUnitRequest { etag: "\"1\"".into(), ..update(pb::AreaLevel::Town) };
        assert_eq!(refused!(node.update_unit(stale)), (Code::Aborted, "ETAG_STALE".to_owned()));

        let list = |kind: pb::UnitKind, day: &str| pb::ListUnitsRequest {
            area_code: "370306".to_owned(),
            kind: kind.into(),
            as_of_date: day.to_owned(),
            ..pb::ListUnitsRequest::default()
        };
        let retire = || pb::RetireUnitRequest {
            request_id: fresh(),
            unit_id: id(),
            valid_to_date: "2026-05-01".to_owned(),
            etag: String::new(),
        };
        done!(node.retire_unit(retire()));
        assert_eq!(refused!(node.retire_unit(retire())), unmet("ALREADY_ENDED"));
        let ended = update(pb::AreaLevel::Town);
        assert_eq!(refused!(node.update_unit(ended)), unmet("ALREADY_ENDED"));
        for (kind, day, count) in [
            (pb::UnitKind::Station, "2026-04-30", 1),
            (pb::UnitKind::Office, "2026-04-30", 0),
            (pb::UnitKind::Station, "2026-05-01", 0),
        ] {
            assert_eq!(done!(node.list_units(list(kind, day))).units.len(), count, "{day}");
        }
    })
    .await;
}

/// Other members, another base point, other areas.
fn crew(members: &[&str], serves: &[&str]) -> pb::UpdateTeamRequest {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    pb::UpdateTeamRequest {
        request_id: fresh(),
        team_id: "t-1".to_owned(),
        display_name: None,
        members: Some(pb::WorkerIds { worker_ids: texts(members) }),
        base_point: base(117.9),
        served_areas: Some(pb::AreaCodes { area_codes: texts(serves) }),
        etag: String::new(),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the form of a field")]
fn base(longitude: f64) -> Option<pb::GeoPoint> {
    Some(pb::GeoPoint { longitude, latitude: 36.8 })
}

#[tokio::test]
async fn a_team_changes_its_crew_and_is_disbanded() {
    on_every_database(async |node| {
        let node = node.with_grids().await;
        let mediator = pb::RegisterWorkerRequest {
            request_id: fresh(),
            worker_id: "m-1".to_owned(),
            post: pb::Post::Mediator.into(),
            area_code: TOWN.to_owned(),
            display_name: "样例调解员".to_owned(),
            ..pb::RegisterWorkerRequest::default()
        };
        done!(node.register_worker(mediator));
        let id = || "t-1".to_owned();
        let create = pb::CreateTeamRequest {
            request_id: fresh(),
            team_id: id(),
            area_code: TOWN.to_owned(),
            display_name: "蓝马甲一队".to_owned(),
            base_point: base(117.8),
            ..pb::CreateTeamRequest::default()
        };
        done!(node.create_team(create));
        let stranger = (Code::NotFound, "WORKER_NOT_FOUND".to_owned());
        assert_eq!(refused!(node.update_team(crew(&["m-2"], &[TOWN]))), stranger);
        let nowhere = (Code::NotFound, "AREA_NOT_FOUND".to_owned());
        assert_eq!(refused!(node.update_team(crew(&["m-1"], &["370306999"]))), nowhere);
        done!(node.update_team(crew(&["m-1"], &[COMMUNITY])));
        let get = || pb::GetTeamRequest { team_id: id() };
        let facts = done!(node.get_team(get())).team.unwrap().facts.unwrap();
        assert_eq!(
            (&*facts.display_name, facts.base_point, &facts.member_worker_ids[..]),
            ("蓝马甲一队", base(117.9), &["m-1".to_owned()][..])
        );
        assert_eq!(facts.served_area_codes, [COMMUNITY]);

        let disband = || pb::DisbandTeamRequest {
            request_id: fresh(),
            team_id: id(),
            valid_to_date: "2026-03-01".to_owned(),
            etag: String::new(),
        };
        done!(node.disband_team(disband()));
        assert_eq!(refused!(node.disband_team(disband())), unmet("ALREADY_ENDED"));
        let list = |day: &str| pb::ListTeamsRequest {
            as_of_date: day.to_owned(),
            ..pb::ListTeamsRequest::default()
        };
        for (day, count) in [("2026-02-28", 1), ("2026-03-01", 0)] {
            assert_eq!(done!(node.list_teams(list(day))).teams.len(), count, "{day}");
        }
    })
    .await;
}
