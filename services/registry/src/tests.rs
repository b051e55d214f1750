//! The service as a caller meets it, on SQLite and, when `TEST_POSTGRES_URL` is set, on PostgreSQL.

mod bulk;
mod catalogue;
mod changes;
mod node;
mod nouns;
mod questions;
mod stories;

use node::{Node, places};

/// Runs a test on every database that there is, each time on an empty one.
async fn on_every_database(test: impl AsyncFn(Node)) {
    for place in places().await {
        let node = Node::open(&place).await;
        test(node).await;
    }
}

#[tokio::test]
async fn every_statement_prepares() {
    on_every_database(async |node| {
        let db = node.api.ledger.db();
        db.prepare(crate::store::STATEMENTS).await.unwrap();
    })
    .await;
}

#[test]
fn the_schema_is_the_sum_of_the_migrations() {
    let schema = include_str!("../schema.sql");
    let (comment, statements) = schema.split_once("\n\n").unwrap();
    assert!(comment.starts_with("--"));
    let migrations: String = crate::store::MIGRATIONS.iter().map(|step| step.sql).collect();
    assert_eq!(statements, migrations);
}
