//! Which index a statement goes along. A statement that reads along the wrong one is right, and slow with years of cases.

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::lists::{BOARD, FINAL, Selection, Way, asked};
use super::*;
use crate::domain::dispute::Place;
use crate::domain::event::{Notice, Recipient, Template};
use crate::domain::notice::{Undeliverable, Undelivered};

const EVERYTHING: i64 = (1 << 13) - 2;

/// The plan of a statement on SQLite.
async fn plan(db: &Db, sql: &'static str, values: Vec<Value>) -> String {
    let sql: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
    let rows = db.rows("explaining", sql, values).await.unwrap();
    rows.iter().map(|row| format!("{}\n", row.text(3).unwrap())).collect()
}

async fn opened(folder: &tempfile::TempDir) -> Db {
    let database = ledger::DatabaseUrl::Sqlite(folder.path().to_owned());
    let layers = [("ledger", ledger::db::MIGRATIONS), ("dispatch", MIGRATIONS)];
    Db::open(&database, "dispatch", &layers).await.unwrap()
}

fn selection(way: Way, area: &str, states: i64) -> Selection {
    let types = ("00".to_owned(), "9999".to_owned());
    let area = AreaCode::parse(area).unwrap();
    Selection { way, area, states, levels: 15, types, reported: (i64::MIN, i64::MAX) }
}

#[tokio::test]
async fn lists_and_counts_go_along_their_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let db = opened(&folder).await;
    let open = EVERYTHING & !FINAL;
    let place = || Place { area: AreaCode::parse("370306001").unwrap(), unit: None };
    let due = |holder| Way::DueBefore { until: Timestamp::MAX, holder };
    for (way, area, states, index) in [
        (Way::Subtree, "3703", EVERYTHING, "PRIMARY KEY"),
        (Way::Subtree, "370306001", EVERYTHING, "INDEX dispute_town"),
        (Way::Subtree, "3703", open, "INDEX dispute_open"),
        (Way::Subtree, "370306", 1 << 5, "INDEX dispute_state"),
        (Way::Subtree, "370306001002", EVERYTHING, "INDEX dispute_community"),
        (Way::Subtree, "370306001002003", open, "INDEX dispute_community"),
        (Way::Holder(place()), "3703", EVERYTHING, "INDEX dispute_holder"),
        (Way::FirstHandler(place()), "3703", open, "INDEX dispute_first_handler"),
        (due(None), "3703", EVERYTHING, "INDEX dispute_due"),
        (due(Some(place())), "3703", EVERYTHING, "INDEX dispute_holder_due"),
    ] {
        let selection = selection(way, area, states);
        let (sql, values) = asked(&selection, "", 50);
        let plan = plan(&db, sql, values).await;
        assert!(plan.contains(&format!("USING {index} (")), "{selection:?}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{selection:?}: {plan}");
    }
    let board =
        plan(&db, BOARD, vec!["370306001".into(), 0_i64.into(), 1_i64.into(), 0_i64.into()]).await;
    assert!(board.contains("COVERING INDEX dispute_holder_due"), "{board}");
    let area = AreaCode::parse("3703").unwrap();
    let reported = (i64::MIN, i64::MAX);
    let counting = Counting { area, digits: 9, by_state: true, by_class: true, reported };
    let plan = plan(&db, COUNT, counted(&counting)).await;
    assert!(plan.contains("COVERING INDEX dispute_grid"), "{plan}");
}

/// A list of a small area reads nothing of the rest of the city, wherever its page begins.
#[tokio::test]
async fn what_could_not_be_delivered_is_read_along_its_area() {
    let folder = tempfile::tempdir().unwrap();
    let db = opened(&folder).await;
    let area = AreaCode::parse("370306001").unwrap();
    let grid = GridCode::parse("370306001002003").unwrap();
    for after in [None, Some((grid, 42))] {
        let plan = plan(&db, notices::UNDELIVERED, notices::asked(&area, after, 50)).await;
        assert!(plan.contains("SEARCH notice USING INDEX notice_listed (grid_code>"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}

/// Writes the row of a notice that could not be delivered.
async fn put(folder: &tempfile::TempDir, position: u64, grid: &str) {
    let notice = Notice {
        recipient: Recipient::Holder,
        template: Template::Closed,
        target: String::new(),
        retry_of: None,
    };
    let row = Undelivered {
        dispute: Uuid::nil(),
        grid: GridCode::parse(grid).unwrap(),
        notice,
        reason: Undeliverable::NoContact,
        attempts: 0,
        at: Timestamp::UNIX_EPOCH,
        listed: true,
    };
    let file = SqliteConnectOptions::new().filename(folder.path().join("dispatch.db"));
    let mut session = file.connect().await.unwrap();
    let sql = "INSERT INTO notice (id, version, body, grid_code, listed) VALUES ($1, 1, $2, $3, 1)";
    sqlx::query(sql)
        .bind(notice_key(position).id)
        .bind(serde_json::to_string(&row).unwrap())
        .bind(grid)
        .execute(&mut session)
        .await
        .unwrap();
}

#[tokio::test]
async fn pages_of_what_could_not_be_delivered_go_grid_by_grid_and_stay_in_their_area() {
    let folder = tempfile::tempdir().unwrap();
    let db = opened(&folder).await;
    let outside = ["370303001001001", "370306002001001"];
    let (first, second) = ("370306001001001", "370306001002003");
    let rows = [(1, second), (2, outside[0]), (3, first), (4, second), (5, first), (6, outside[1])];
    for (position, grid) in rows {
        put(&folder, position, grid).await;
    }
    let area = AreaCode::parse("370306001").unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = notices::undelivered(&db, &area, after, 1).await.unwrap();
        let Some((position, row)) = page.first() else { break };
        after = Some((row.grid, *position));
        seen.push(*position);
    }
    assert_eq!(seen, [3, 5, 1, 4]);
    // A place to go on after that is not of the area shows nothing beside it.
    for (grid, wanted) in [(outside[0], vec![3, 5, 1, 4]), (outside[1], vec![])] {
        let after = Some((GridCode::parse(grid).unwrap(), 9));
        let page = notices::undelivered(&db, &area, after, 50).await.unwrap();
        assert_eq!(page.iter().map(|(position, _)| *position).collect::<Vec<_>>(), wanted);
    }
}
