//! Erasure: the keys are destroyed, and neither an old copy of the database nor what is left on the disk brings the
//! words back.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tests::database::{Database, Store, session};
use tests::node::{Node, Plan};
use tests::world::{self, request_id};
use tokio::time::{Duration, Instant, sleep};

use crate::people::{PLANTS, done, open};

#[tokio::test]
async fn erased_details_are_gone_for_good_on_sqlite() -> Result<()> {
    gone_for_good(Store::Sqlite).await
}

#[tokio::test]
async fn erased_details_are_gone_for_good_on_postgres() -> Result<()> {
    gone_for_good(Store::Postgres).await
}

async fn gone_for_good(store: Store) -> Result<()> {
    let Some(database) = Database::create(store).await? else { return Ok(()) };
    let plan = Plan::new(database.url())?;
    let mut node = Node::start(&plan).await?;
    world::settle(&node).await?;
    let [erased, kept] = [noted(&node)?, noted(&node)?];
    for dispute in [&erased, &kept] {
        ensure!(open(&node, dispute)?.raw.contains(PLANTS[0]), "{dispute} was not sealed");
    }
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    let wrapped = keys(&database, &erased).await?;
    ensure!(wrapped.len() == 2, "{} keys of a report and a note", wrapped.len());
    let old = old_copy(&database)?;

    let mut node = Node::start(&plan).await?;
    erase(&node, &erased, 2)?;
    // Once more is harmless, and there is nothing left.
    erase(&node, &erased, 0)?;
    let after = open(&node, &erased)?;
    ensure!(after.body["pieces"].as_array().is_none_or(Vec::is_empty), "{}", after.raw);
    ensure!(open(&node, &kept)?.raw.contains(PLANTS[0]), "another dispute was erased");
    if let Database::Sqlite(folder) = &database {
        // While the node runs its write-ahead logs are there, too.
        let limit = Instant::now() + Duration::from_secs(10);
        while let Err(error) = not_on_disk(folder.path(), &wrapped) {
            ensure!(Instant::now() < limit, "{error}");
            sleep(Duration::from_millis(50)).await;
        }
    }
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    drop(node);
    ensure!(keys(&database, &erased).await?.is_empty(), "keys outlived the erasure");
    ensure!(keys(&database, &kept).await?.len() == 2, "keys of another dispute are gone");

    if let Database::Sqlite(folder) = &database {
        not_on_disk(folder.path(), &wrapped)?;
        for name in FILES {
            let _ = std::fs::remove_file(folder.path().join(name));
        }
        for (name, bytes) in old {
            std::fs::write(folder.path().join(name), bytes)?;
        }
        let node = Node::start(&plan).await?;
        let path = "/yiwang.dispatch.v1.DisputeService/OpenDetails";
        let body =
            json!({"requestId": request_id()?, "disputeId": erased, "purpose": "PURPOSE_MEDIATE"});
        let token = tests::callers::EVERYTHING.token;
        let opened = tests::http::post(node.port(), path, token, &body.to_string())?;
        ensure!(!opened.raw.contains(PLANTS[0]), "an old copy brings it back: {}", opened.raw);
        ensure!(open(&node, &kept)?.raw.contains(PLANTS[0]), "the old copy opens nothing at all");
    }
    database.drop().await
}

/// Reports a dispute and puts a note to it, with the words in both.
fn noted(node: &Node) -> Result<String> {
    let body = json!({
        "requestId": request_id()?, "gridCode": world::GRID, "typeCode": "0201", "withoutPin": true,
        "scale": "SCALE_INDIVIDUAL", "people": 2, "channel": "CHANNEL_RESIDENT",
        "details": {"parties": [{"name": PLANTS[0]}]},
    });
    let made = done(node, "dispatch", "DisputeService/ReportDispute", &body)?;
    let id = made["dispute"]["disputeId"].as_str().context("no id")?.to_owned();
    let note = json!({"requestId": request_id()?, "disputeId": id, "note": PLANTS[0]});
    done(node, "dispatch", "DisputeService/AddNote", &note)?;
    Ok(id)
}

fn erase(node: &Node, dispute: &str, count: u64) -> Result<()> {
    let body =
        json!({"requestId": request_id()?, "disputeId": dispute, "reason": "ERASE_REASON_ORDERED"});
    let erased = done(node, "dispatch", "DisputeService/EraseDetails", &body)?;
    let found = erased["erasedCount"].as_u64().unwrap_or(0);
    ensure!(found == count, "{found} pieces were erased where {count} are due: {erased}");
    Ok(())
}

const OF_SQLITE: &str = "SELECT wrapped FROM data_key WHERE subject LIKE '%' || $1";
const OF_POSTGRES: &str = "SELECT wrapped FROM dispatch_keys.data_key WHERE subject LIKE '%' || $1";

/// The wrapped keys of a dispute, as they are kept.
async fn keys(database: &Database, dispute: &str) -> Result<Vec<Vec<u8>>> {
    match database {
        Database::Sqlite(folder) => {
            let file = folder.path().join("keys/dispatch_keys.db");
            let mut session = SqliteConnectOptions::new().filename(file).connect().await?;
            let keys = sqlx::query_scalar(OF_SQLITE).bind(dispute).fetch_all(&mut session).await?;
            session.close().await?;
            Ok(keys)
        }
        Database::Postgres(postgres) => {
            let mut session = session(postgres.url()).await?;
            let keys =
                sqlx::query_scalar(OF_POSTGRES).bind(dispute).fetch_all(&mut session).await?;
            session.close().await?;
            Ok(keys)
        }
    }
}

/// The files of the database of disputes; what is not there after a clean end is made again.
const FILES: [&str; 3] = ["dispatch.db", "dispatch.db-wal", "dispatch.db-shm"];

/// The database of disputes as a backup would have it, its write-ahead log included.
fn old_copy(database: &Database) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let Database::Sqlite(folder) = database else { return Ok(Vec::new()) };
    let names = FILES.into_iter().filter(|name| !name.ends_with("-shm"));
    let there = names.filter(|name| folder.path().join(name).exists());
    there.map(|name| Ok((name, std::fs::read(folder.path().join(name))?))).collect()
}

/// No file below `folder`, write-ahead logs included, has the bytes of a destroyed key.
fn not_on_disk(folder: &std::path::Path, keys: &[Vec<u8>]) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            not_on_disk(&path, keys)?;
            continue;
        }
        let bytes = std::fs::read(&path)?;
        for key in keys {
            // The wrapped form begins with a nonce; any sixteen bytes of it in a row are proof enough.
            let part = key.get(..16).context("a short key")?;
            let found = bytes.windows(part.len()).any(|window| window == part);
            ensure!(!found, "{} still has a destroyed key", path.display());
        }
    }
    Ok(())
}
