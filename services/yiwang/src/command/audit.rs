//! `yiwang audit`.

use clap::Subcommand;
use kit::{Clock, IdSource, Lifecycle};
use ledger::audit::{Audit as Found, verify};
use ledger::{Authority, DatabaseUrl, Db, Ledger, Sealer};

use super::Context;
use crate::failure::{EXIT_REFUSED, Failure};
use crate::node::options;
use crate::screen::Screen;
use crate::settings::{NodeFlags, Settings};

/// `yiwang audit …`
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Recomputes the hash chain of every log and names the first position that does not hold (exit code 1).
    #[command(after_help = "\
A SQLite database belongs to one process at a time: stop the node first, or verify a copy.
Example: yiwang audit verify --database sqlite:///var/lib/yiwang")]
    Verify {
        #[command(flatten)]
        flags: Box<NodeFlags>,
        /// Only the log of this service.
        #[arg(long)]
        service: Option<String>,
    },
}

const SERVICES: [&str; 2] = ["registry", "dispatch"];
const READ_NODE: &str = "
    SELECT node
    FROM head
    WHERE id = 1";

pub(crate) async fn run(command: Audit, context: Context) -> Result<(), Failure> {
    let Audit::Verify { flags, service } = command;
    let screen = context.screen;
    let settings = Settings::read_without_key(&flags)?;
    if let Some(name) = service.as_ref().filter(|name| !SERVICES.contains(&name.as_str())) {
        return Err(Failure::wrong(
            format!("no service {name}; there are registry and dispatch"),
            "没有该服务",
        ));
    }
    let mut broken = false;
    let mut rows = Vec::new();
    for name in
        SERVICES.into_iter().filter(|name| service.as_deref().is_none_or(|only| only == *name))
    {
        let Some(node) = node_of(&settings, name).await? else { continue };
        let settings = Settings { node, ..settings.clone() };
        let found = verify_service(&settings, name, screen).await?;
        broken |= found.broken.is_some();
        rows.push((name, settings.node, found));
    }
    if rows.is_empty() {
        return Err(Failure::wrong("there is no log in this database", "该数据库中没有日志"));
    }
    tell(screen, rows)?;
    if broken { Err(Failure::Quiet(EXIT_REFUSED)) } else { Ok(()) }
}

/// The node that a service's log belongs to; none when there is no such log.
async fn node_of(settings: &Settings, service: &'static str) -> Result<Option<String>, Failure> {
    let url = settings.database_url()?;
    if let DatabaseUrl::Sqlite(folder) = &url
        && !folder.join(format!("{service}.db")).exists()
    {
        return Ok(None);
    }
    let layers = [("ledger", ledger::db::MIGRATIONS)];
    let db = Db::open(&url, service, &layers).await.map_err(anyhow::Error::from)?;
    let rows = db.rows("reading the node", READ_NODE, vec![]).await.map_err(anyhow::Error::from)?;
    let node = rows.first().and_then(|row| row.text(0).ok()).map(str::to_owned);
    db.close().await;
    Ok(node)
}

async fn verify_service(
    settings: &Settings,
    service: &str,
    screen: Screen,
) -> Result<Found, Failure> {
    let life = Lifecycle::new(settings.server.drain_grace);
    let options = options(settings, Clock::system())?;
    let found = if service == "registry" {
        let registry = registry::Service::open(&settings.registry, &options, &life).await;
        check(registry.map_err(anyhow::Error::from)?.ledger(), screen).await
    } else {
        // Nothing is opened here: any key will do.
        let sealer = Sealer::new(&[0; 32], IdSource::system(Clock::system()));
        let dispatch = dispatch::Service::open(&settings.dispatch, &options, sealer, &life).await;
        check(dispatch.map_err(anyhow::Error::from)?.ledger(), screen).await
    };
    life.stop();
    life.run_until(futures::stream::pending()).await;
    found
}

async fn check<A: Authority>(ledger: &Ledger<A>, screen: Screen) -> Result<Found, Failure> {
    let bar = screen.progress(ledger.head(), "records 记录");
    let found = verify(ledger, |position, _| bar.set_position(position)).await;
    bar.finish_and_clear();
    Ok(found.map_err(anyhow::Error::from)?)
}

fn tell(screen: Screen, rows: Vec<(&str, String, Found)>) -> Result<(), Failure> {
    if screen.json {
        return rows.into_iter().try_for_each(|(service, node, found)| {
            let broken = found.broken.as_ref();
            let value = serde_json::json!({
                "service": service,
                "node": node,
                "verified": found.verified,
                "hash": found.hash,
                "broken_position": broken.map(|broken| broken.position),
                "defect": broken.map(|broken| broken.defect.to_string()),
            });
            screen.value(&value, false)
        });
    }
    let rows = rows.into_iter().map(|(service, node, found)| {
        let result = match &found.broken {
            None => "whole 完整".to_owned(),
            Some(broken) => format!("BROKEN 断裂 {}: {}", broken.position, broken.defect),
        };
        let hash = found.hash.chars().take(16).collect();
        vec![service.to_owned(), node, found.verified.to_string(), hash, result]
    });
    let header = ["Log 日志", "Node 节点", "Verified 已校验", "Hash 哈希", "Result 结果"];
    screen.table(&header, rows.collect())
}
