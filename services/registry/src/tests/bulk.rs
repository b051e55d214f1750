//! A district's worth of communities and grids at once, and the same again.

use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::grid_service_server::GridService as _;

use super::node::{operator, rectangle};
use super::on_every_database;

/// Communities of the sample, each with two grids.
const COMMUNITIES: u32 = 240;

fn areas() -> Vec<Vec<(&'static str, String)>> {
    let above = ["37", "3703", "370306", "370306004"].map(str::to_owned);
    let communities = (1..=COMMUNITIES).map(|number| format!("370306004{number:03}"));
    let named = |code: String| vec![("name", format!("区划{code}")), ("code", code)];
    above.into_iter().chain(communities).map(named).collect()
}

fn grids() -> Vec<Vec<(&'static str, String)>> {
    let mut rows = Vec::new();
    for number in 1..=COMMUNITIES {
        let (west, south) =
            (117.0 + f64::from(number % 20) / 100.0, 36.0 + f64::from(number / 20) / 100.0);
        for half in 0..2_u32 {
            let (low, high) = (west + f64::from(half) * 0.005, west + f64::from(half + 1) * 0.005);
            let corners = (format!("{low},{south}"), format!("{high},{}", south + 0.01));
            rows.push(vec![
                ("grid_code", format!("370306004{number:03}00{}", half + 1)),
                ("name", format!("{number}社区{half}网格")),
                ("households", "300".to_owned()),
                ("outline", rectangle(&corners.0, &corners.1)),
                ("longitude", format!("{}", low + 0.002)),
                ("latitude", format!("{}", south + 0.005)),
            ]);
        }
    }
    rows
}

#[tokio::test]
async fn a_layout_is_imported_whole_and_a_second_time_changes_nothing() {
    on_every_database(async |node| {
        node.import(pb::ImportKind::Areas, areas()).await;
        let first = node.import(pb::ImportKind::Grids, grids()).await;
        assert_eq!((first.created_rows, first.rows), (2 * COMMUNITIES, 2 * COMMUNITIES));
        let head = node.api.ledger.head();
        let again = node.import(pb::ImportKind::Grids, grids()).await;
        assert_eq!((again.unchanged_rows, again.created_rows), (2 * COMMUNITIES, 0));
        assert_eq!(
            node.import(pb::ImportKind::Areas, areas()).await.unchanged_rows,
            COMMUNITIES + 4
        );
        assert_eq!(node.api.ledger.head(), head, "nothing was published");
        let count = pb::CountGridsRequest::default();
        let counted = node.api.count_grids(operator(count)).await.unwrap().into_inner();
        let wanted = (u64::from(2 * COMMUNITIES), u64::from(600 * COMMUNITIES));
        assert_eq!((counted.comprehensive_grids, counted.households), wanted);
        let events = "SELECT type FROM event ORDER BY position";
        let rows = node.api.ledger.db().rows("reading", events, Vec::new()).await.unwrap();
        let last: Vec<&str> = rows.iter().rev().take(4).map(|row| row.text(0).unwrap()).collect();
        let pair = ["yiwang.registry.v1.ImportActivated", "yiwang.registry.v1.GridsStaged"];
        assert_eq!(last, [pair, pair].concat(), "each area has its rows and their activation");
    })
    .await;
}
