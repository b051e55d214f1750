//! `yiwang audit`.

use clap::Subcommand;
use ledger::DatabaseUrl;
use ledger::audit::{Audit as Found, Auditor};

use super::Context;
use crate::failure::{EXIT_REFUSED, Failure};
use crate::screen::Screen;
use crate::settings::{NodeFlags, Settings};

/// `yiwang audit …`
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Recomputes the hash chain of every log and names the first position that does not hold (exit code 1).
    #[command(after_help = "\
Only reads: the node may go on running.
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
        let url = settings.database_url()?;
        let opened = Auditor::open(&url, name).await.map_err(anyhow::Error::from)?;
        let Some(auditor) = opened else { continue };
        let found = check(&auditor, screen).await?;
        broken |= found.broken.is_some();
        rows.push((name, auditor.log().node.clone(), found));
        auditor.close().await;
    }
    if rows.is_empty() {
        let place = match settings.database_url()? {
            DatabaseUrl::Sqlite(folder) => folder.display().to_string(),
            // Its address may hold a password.
            DatabaseUrl::Postgres(_) => "this database / 该数据库".to_owned(),
        };
        let en = format!("there is no log in {place}; name another with --database");
        return Err(Failure::wrong(en, format!("{place} 中没有日志；请用 --database 指定")));
    }
    tell(screen, rows)?;
    if broken { Err(Failure::Quiet(EXIT_REFUSED)) } else { Ok(()) }
}

async fn check(auditor: &Auditor, screen: Screen) -> Result<Found, Failure> {
    let head = auditor.head().await.map_err(anyhow::Error::from)?;
    let bar = screen.progress(head, "records 记录");
    let found = auditor.verify(|position, _| bar.set_position(position)).await;
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
