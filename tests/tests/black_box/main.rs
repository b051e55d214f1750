//! The program as the outside sees it: a process with a port and a database, and what may happen to each of them.

mod apart;
mod assignments;
mod attachments;
mod audit;
mod case;
mod catalogue;
mod erasure;
mod feeds;
mod full_disk;
mod json;
mod ledger;
mod lifetime;
mod lost_database;
mod notices;
mod overload;
mod people;
mod refusals;
mod replicas;

use anyhow::Result;
use tests::database::{Database, Store};
use tests::node::{Node, Plan};
use tests::world;

/// A node with the small world of the tests; `None` when the store is missing and that is allowed.
async fn settled(store: Store) -> Result<Option<(Database, Node)>> {
    let Some(database) = Database::create(store).await? else { return Ok(None) };
    let node = Node::start(&Plan::new(database.url())?).await?;
    world::settle(&node).await?;
    Ok(Some((database, node)))
}

/// Ends a node in order and throws its database away.
async fn ended(mut node: Node, database: Database) -> Result<()> {
    let status = node.stop().await?;
    anyhow::ensure!(status.success(), "the node ended with {status}:\n{}", node.log()?);
    drop(node);
    database.drop().await
}
