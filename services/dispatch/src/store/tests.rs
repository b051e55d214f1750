//! Which index a statement goes along. A statement that reads along the wrong one is right, and slow with years of cases.

use super::lists::{FINAL, Selection, Way, asked};
use super::*;
use crate::domain::dispute::Place;

const EVERYTHING: i64 = (1 << 13) - 2;

/// The plan of a statement on SQLite.
async fn plan(db: &Db, sql: &'static str, values: Vec<Value>) -> String {
    let sql: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
    let rows = db.rows("explaining", sql, values).await.unwrap();
    rows.iter().map(|row| format!("{}\n", row.text(3).unwrap())).collect()
}

fn selection(way: Way, area: &str, states: i64) -> Selection {
    let types = ("00".to_owned(), "9999".to_owned());
    let area = AreaCode::parse(area).unwrap();
    Selection { way, area, states, levels: 15, types, reported: (i64::MIN, i64::MAX) }
}

#[tokio::test]
async fn lists_and_counts_go_along_their_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let database = ledger::DatabaseUrl::Sqlite(folder.path().to_owned());
    let layers = [("ledger", ledger::db::MIGRATIONS), ("dispatch", MIGRATIONS)];
    let db = Db::open(&database, "dispatch", &layers).await.unwrap();
    let open = EVERYTHING & !FINAL;
    let place = || Place { area: AreaCode::parse("370306001").unwrap(), unit: None };
    let due = |holder| Way::DueBefore { until: Timestamp::MAX, holder };
    for (way, area, states, index, sorts) in [
        (Way::Subtree, "3703", EVERYTHING, "PRIMARY KEY", false),
        (Way::Subtree, "370306001", EVERYTHING, "INDEX dispute_town", false),
        (Way::Subtree, "3703", open, "INDEX dispute_open", false),
        (Way::Subtree, "370306", 1 << 5, "INDEX dispute_state", false),
        (Way::Subtree, "370306001002", EVERYTHING, "INDEX dispute_grid", true),
        (Way::Subtree, "370306001002003", open, "INDEX dispute_grid", true),
        (Way::Holder(place()), "3703", EVERYTHING, "INDEX dispute_holder", false),
        (Way::FirstHandler(place()), "3703", open, "INDEX dispute_first_handler", false),
        (due(None), "3703", EVERYTHING, "INDEX dispute_due", false),
        (due(Some(place())), "3703", EVERYTHING, "INDEX dispute_due", false),
    ] {
        let selection = selection(way, area, states);
        let (sql, values) = asked(&selection, "", 50);
        let plan = plan(&db, sql, values).await;
        assert!(plan.contains(&format!("USING {index} (")), "{selection:?}: {plan}");
        assert_eq!(plan.contains("TEMP B-TREE"), sorts, "{selection:?}: {plan}");
    }
    let area = AreaCode::parse("3703").unwrap();
    let reported = (i64::MIN, i64::MAX);
    let counting = Counting { area, digits: 9, by_state: true, by_class: true, reported };
    let plan = plan(&db, COUNT, counted(&counting)).await;
    assert!(plan.contains("COVERING INDEX dispute_grid"), "{plan}");
}
