//! A name, a phone and an address are planted in every field of every rpc. Afterwards they are nowhere but where a
//! person's data may be: sealed, and unreadable there; a worker's name and phone in registry's table of contacts.
//!
//! * [`accepted`]: every free text of the contract, by name, in a command that is carried out.
//! * [`everywhere`]: every field of every rpc, one by one and all together; what is refused echoes nothing.
//! * [`readings`]: every rpc that reads, to its last page. * [`search`]: logs, traces, both databases.

mod accepted;
mod everywhere;
mod ledger;
mod party;
mod readings;
mod search;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tests::callers::EVERYTHING;
use tests::collector::Collector;
use tests::contract;
use tests::database::{Database, Store};
use tests::http::{Answer, post};
use tests::node::{Node, Plan};
use tests::world::{self, request_id};

/// What is planted. No value of any code of the contract looks like one of these.
pub(crate) const PLANTS: [&str; 3] = ["欧阳测试甲", "13905339876", "柳泉路一百二十三号"];

#[tokio::test]
async fn people_are_nowhere_but_sealed_on_sqlite() -> Result<()> {
    nowhere(Store::Sqlite).await
}

#[tokio::test]
async fn people_are_nowhere_but_sealed_on_postgres() -> Result<()> {
    nowhere(Store::Postgres).await
}

async fn nowhere(store: Store) -> Result<()> {
    let Some(database) = Database::create(store).await? else { return Ok(()) };
    let collector = Collector::start().await?;
    let mut plan = Plan::new(database.url())?;
    plan.log = "debug,rpc=trace,sqlx=debug".to_owned();
    plan.otlp = Some(collector.address());
    plan.settings =
        "[dispatch.levels]\nsimple = { limit = \"1s\", source = \"测试\" }\n".to_owned();
    let mut node = Node::start(&plan).await?;
    world::settle(&node).await?;
    let accepted = accepted::plant(&node)?;
    let pin = party::plant(&node)?;
    ledger::plant(&node)?;
    let seen = everywhere::plant(&node)?;
    ensure!(seen.fields > 150 && seen.carried_out > 10, "{seen:?}");
    everywhere::follow(&node).await?;
    readings::search_all(&node, &accepted).await?;
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    search::search("the log", node.log()?.as_bytes())?;
    ensure!(!node.log()?.contains(&pin), "a PIN is in the log");
    drop(node);
    let spans = collector.received();
    ensure!(spans.len() > 1000, "no traces arrived: {} bytes", spans.len());
    search::search("the traces", &spans)?;
    search::database(&database).await?;

    let node = Node::start(&plan).await?;
    let dispute = &accepted.closed;
    // What was sealed can be opened by whom it is for, so that the searches looked for something that is there.
    let opened = open(&node, dispute)?;
    for plant in PLANTS {
        ensure!(opened.raw.contains(plant), "{plant} was never sealed: {}", opened.raw);
    }
    let erase = json!({"requestId": request_id()?, "disputeId": dispute, "reason": "ERASE_REASON_PARTY_REQUEST"});
    let erased = done(&node, "dispatch", "DisputeService/EraseDetails", &erase)?;
    ensure!(erased["erasedCount"].as_u64() > Some(0), "{erased}");
    let opened = open(&node, dispute)?;
    for plant in PLANTS {
        ensure!(!opened.raw.contains(plant), "{plant} after erasure: {}", opened.raw);
    }
    drop(node);
    search::database(&database).await?;
    database.drop().await
}

/// Planted by dispatch's own tests of files, which search the node for content, caption and digest.
const OF_FILES: [&str; 1] = ["AttachFile.caption"];

/// The free texts that the contract calls sealed, and those that a test has to cover: the same.
#[test]
fn every_sealed_field_is_planted() -> Result<()> {
    let pool = contract::pool()?;
    let mut sealed = Vec::new();
    for method in contract::methods(&pool).iter().filter(|method| contract::mutates(method)) {
        let input = method.input();
        for field in input.fields() {
            let said = contract::comment(&input.parent_file(), field.path());
            if said.contains("sealed") {
                sealed.push(format!("{}.{}", method.name(), field.name()));
            }
        }
    }
    sealed.sort();
    let mut covered: Vec<_> = accepted::FIELDS
        .iter()
        .chain(&party::FIELDS)
        .chain(&ledger::FIELDS)
        .chain(&OF_FILES)
        .map(|field| (*field).to_owned())
        .collect();
    covered.sort();
    ensure!(sealed == covered, "sealed: {sealed:#?}, planted: {covered:#?}");
    Ok(())
}

/// Opens the details of a dispute, which has to be allowed.
pub(crate) fn open(node: &Node, dispute: &str) -> Result<Answer> {
    let body =
        json!({"requestId": request_id()?, "disputeId": dispute, "purpose": "PURPOSE_MEDIATE"});
    let path = "/yiwang.dispatch.v1.DisputeService/OpenDetails";
    let answer = post(node.port(), path, EVERYTHING.token, &body.to_string())?;
    ensure!(answer.status == 200, "opening details: {}", answer.raw);
    Ok(answer)
}

/// Calls an rpc that has to be carried out; `method` is `Service/Method`.
pub(crate) fn done(node: &Node, service: &str, method: &str, body: &Value) -> Result<Value> {
    let path = format!("/yiwang.{service}.v1.{method}");
    let answer = post(node.port(), &path, EVERYTHING.token, &body.to_string())?;
    ensure!(answer.status == 200, "{method} was refused: {}\n{body}", answer.raw);
    Ok(answer.body)
}
