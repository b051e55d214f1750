//! Where teams are: used and shown for a while, and kept nowhere.

use std::time::Duration;

use kit::Clock;
use yiwang_proto::dispatch::v1 as pb;

use super::{call, case, duty, fresh, off, on, reason};
use crate::tests::node::Node;

/// A place close to the grid that is no base point, and looks like nothing else.
const LONGITUDE: f64 = 117.851_234_5;

fn here(team: &str, longitude: f64) -> pb::ReportPositionRequest {
    let position = pb::Position { longitude, latitude: 36.8, report_time: None };
    let (request_id, team_id) = (fresh(), team.to_owned());
    let position = Some(position);
    pb::ReportPositionRequest { request_id, team_id, position, measure_time: None }
}

async fn keys(node: &Node) -> Vec<String> {
    let url = node.database();
    let store = ledger::PassingStore::open(&url, "dispatch").await;
    match store {
        Ok(store) => store.keys("", 100).await.unwrap(),
        // SQLite's file belongs to the node alone: it is asked by what it shows.
        Err(_) => {
            let mut known = Vec::new();
            for team in ["far", "near"] {
                if duty(node, "desk", team).await.position.is_some() {
                    known.push(team.to_owned());
                }
            }
            known
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_said_where_it_is_is_nearest_from_there() {
    for node in Node::everywhere().await {
        let (one, two) = (case(&node).await, case(&node).await);
        on(&node, "near", 2).await;
        assert_eq!(call(&node, &one).await.as_deref(), Some("near"));
        let told = here("far", LONGITUDE);
        let known = node.duties("desk").report_position(told.clone()).await.unwrap().into_inner();
        let again = node.duties("desk").report_position(told).await.unwrap().into_inner();
        assert_eq!(known, again, "the same request changes nothing");
        assert_eq!(call(&node, &two).await.as_deref(), Some("far"));
        let shown = duty(&node, "desk", "far").await.position.unwrap();
        assert!((shown.longitude - LONGITUDE).abs() < 1e-9);
        assert_eq!(duty(&node, "nobody", "far").await.position, None, "the role handle is wanted");
        nothing_is_kept(&node).await;
    }
}

/// A request id of version 7 that was made then.
fn made(milliseconds: i64) -> String {
    let time = u128::try_from(milliseconds).unwrap();
    uuid::Uuid::from_u128((time << 80) | (0x7 << 76) | (0x2 << 62)).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_overtaken_on_the_way_changes_nothing() {
    let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
    for node in Node::everywhere_at(&clock).await {
        clock.advance(Duration::from_secs(120));
        let now = clock.now();
        let told = async |request: pb::ReportPositionRequest| {
            let answer = node.duties("desk").report_position(request).await.unwrap();
            let known = answer.into_inner().position.unwrap();
            let shown = duty(&node, "desk", "far").await.position.unwrap();
            assert_eq!(known, shown, "what is answered is what is known");
            (known.longitude, known.report_time.unwrap().seconds - now.as_second())
        };
        let by_id = |longitude, seconds: i64| pb::ReportPositionRequest {
            request_id: made(now.as_millisecond() + 1_000 * seconds),
            ..here("far", longitude)
        };
        let measured = |longitude, seconds: i64| {
            let seconds = now.as_second() + seconds;
            let measure_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
            pb::ReportPositionRequest { measure_time, ..here("far", longitude) }
        };
        let before = node.duties("desk").report_position(measured(100.0, -3_600)).await;
        assert_eq!(before.unwrap().into_inner().position, None, "of another shift");
        assert_eq!(duty(&node, "desk", "far").await.position, None);
        assert_eq!(told(by_id(101.0, -50)).await, (101.0, 0));
        assert_eq!(told(by_id(102.0, -60)).await, (101.0, 0), "by the time of the request");
        assert_eq!(told(measured(103.0, -40)).await, (103.0, -40));
        assert_eq!(told(measured(104.0, -45)).await, (103.0, -40), "by the time of measuring");
        assert_eq!(told(by_id(105.0, -42)).await, (103.0, -40));
        // A clock that is ahead is taken as now, and keeps nobody out.
        assert_eq!(told(measured(106.0, 3_600)).await, (106.0, 0));
        assert_eq!(told(measured(107.0, 0)).await, (107.0, 0));
        assert_eq!(told(measured(108.0, -3_600)).await, (107.0, 0), "of another shift");
    }
}

/// The estimate is in the log, and the place itself in nothing that lasts.
async fn nothing_is_kept(node: &Node) {
    let bytes = LONGITUDE.to_le_bytes();
    for record in node.service.ledger().records(0, 1000).await.unwrap() {
        let all = [record.header, record.payload].concat();
        assert!(!all.windows(8).any(|window| window == bytes));
    }
    for file in lying_in(node) {
        assert!(file.parent().is_some_and(|folder| folder.ends_with("passing")), "{file:?}");
    }
}

/// Files of the node that have the position in them.
fn lying_in(node: &Node) -> Vec<std::path::PathBuf> {
    let digits = b"117.8512345";
    let found = |file: &std::path::PathBuf| {
        let content = std::fs::read(file).unwrap();
        content.windows(digits.len()).any(|window| window == digits)
    };
    node.database_files().into_iter().filter(found).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_ends_with_the_duty() {
    for node in Node::everywhere().await {
        node.duties("desk").report_position(here("far", LONGITUDE)).await.unwrap();
        assert_eq!(keys(&node).await, ["far"]);
        off(&node, "far").await;
        assert_eq!(keys(&node).await, Vec::<String>::new());
        assert!(lying_in(&node).is_empty(), "{:?}", lying_in(&node));
        let refused =
            node.duties("desk").report_position(here("far", LONGITUDE)).await.unwrap_err();
        assert_eq!(reason(&refused), "TEAM_OFF_DUTY");
        assert_eq!(keys(&node).await, Vec::<String>::new());
        // What was said in one shift is not known in the next.
        on(&node, "far", 1).await;
        assert_eq!(duty(&node, "desk", "far").await.position, None);
        let refused = node.duties("desk").report_position(here("far", 181.0)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_is_forgotten_after_a_day_and_soon_counts_no_more() {
    let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
    for node in Node::everywhere_at(&clock).await {
        on(&node, "near", 20).await;
        on(&node, "far", 20).await;
        node.duties("desk").report_position(here("far", LONGITUDE)).await.unwrap();
        let minutes = |minutes: u64| clock.advance(Duration::from_secs(60 * minutes));
        let id = case(&node).await;
        minutes(10);
        assert_eq!(call(&node, &id).await.as_deref(), Some("far"));
        let id = case(&node).await;
        minutes(1);
        assert_eq!(call(&node, &id).await.as_deref(), Some("near"), "ten minutes are over");
        assert!(duty(&node, "desk", "far").await.position.is_some());
        minutes(24 * 60 - 11);
        assert_eq!(duty(&node, "desk", "far").await.position, None);
        node.sweep_positions().await;
        assert_eq!(keys(&node).await, Vec::<String>::new());
    }
}
