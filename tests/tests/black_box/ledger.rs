//! A node that is killed while it takes over a ledger: afterwards it has all of it or nothing, and the same request ends it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use tests::callers::EVERYTHING;
use tests::database::{Database, Store};
use tests::node::{Node, Plan};
use tests::world::{self, GRID, request_id};
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep};
use yiwang_proto::dispatch::v1::ledger_import_service_client::LedgerImportServiceClient;
use yiwang_proto::dispatch::v1::{ImportLedgerRequest, ImportLedgerResponse, LedgerRow};

const ROWS: u32 = 2_000;

#[tokio::test]
async fn a_killed_import_is_whole_or_not_there_on_sqlite() -> Result<()> {
    killed(Store::Sqlite).await
}

#[tokio::test]
async fn a_killed_import_is_whole_or_not_there_on_postgres() -> Result<()> {
    killed(Store::Postgres).await
}

async fn killed(store: Store) -> Result<()> {
    let Some(database) = Database::create(store).await? else { return Ok(()) };
    let plan = Plan::new(database.url())?;
    let mut node = Node::start(&plan).await?;
    world::settle(&node).await?;
    // Kills spread over the time that an import takes: before, in the middle of, and after its commit.
    for (round, wait) in [1, 20, 60, 120, 200, 300, 450, 700].into_iter().enumerate() {
        let body = ledger(&format!("book-{round}"))?;
        let (asked, connection) = (body.clone(), node.connect(&EVERYTHING)?);
        let mut asking = JoinSet::new();
        asking.spawn(async move {
            LedgerImportServiceClient::new(connection).import_ledger(asked).await
        });
        sleep(Duration::from_millis(wait)).await;
        node.kill()?;
        drop(node);
        let answered = asking.join_next().await.context("nobody asked")??.is_ok();
        node = Node::start(&plan).await?;
        world::heard(&node).await?;
        // Another request of the same ledger tells what is there; it only looks.
        let look =
            ImportLedgerRequest { request_id: request_id()?, validate_only: true, ..body.clone() };
        let there = import(&node, look).await?.existing_count;
        ensure!(there == 0 || there == ROWS, "{there} of {ROWS} rows after {wait} ms");
        ensure!(!answered || there == ROWS, "an import that was answered is gone");
        let done = import(&node, body).await?;
        ensure!(done.taken_over_count == ROWS && done.faults.is_empty(), "{:?}", done.faults);
        let codes: BTreeSet<_> = done.cases.iter().map(|case| &case.case_code).collect();
        ensure!(codes.len() == ROWS as usize, "a case code was given twice");
    }
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    drop(node);
    ensure!(plan.run(&["audit", "verify"])?.contains("dispatch"));
    database.drop().await
}

async fn import(node: &Node, body: ImportLedgerRequest) -> Result<ImportLedgerResponse> {
    let mut client = LedgerImportServiceClient::new(node.connect(&EVERYTHING)?);
    Ok(client.import_ledger(body).await.context("importing a ledger")?.into_inner())
}

fn ledger(book: &str) -> Result<ImportLedgerRequest> {
    let rows = (1..=ROWS).map(|line| {
        let cells = [
            ("number", line.to_string()),
            ("grid_code", GRID.to_owned()),
            ("report_date", "2025-11-03".to_owned()),
            ("accept_date", "2025-11-04".to_owned()),
            ("old_type_code", "17".to_owned()),
            ("channel", "resident".to_owned()),
            ("party_names", "甲;乙".to_owned()),
            ("summary", "共用水阀漏水".to_owned()),
            ("state", "closed".to_owned()),
            ("outcome", "withdrawn".to_owned()),
            ("outcome_date", "2025-11-10".to_owned()),
            ("closed_date", "2025-11-12".to_owned()),
        ];
        let cells = cells.map(|(column, text)| (column.to_owned(), text));
        LedgerRow { line, cells: cells.into_iter().collect() }
    });
    Ok(ImportLedgerRequest {
        request_id: request_id()?,
        book: book.to_owned(),
        rows: rows.collect(),
        ..ImportLedgerRequest::default()
    })
}
