//! The demo: a node on embedded SQLite with the real area tree and the sample, and a dispute from report to closed.

mod seed;
mod walk;

use std::net::SocketAddr;

use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::Session;

pub use walk::Walked;

/// The grid in which the dispute of the demo happens, unless it was split or merged since.
pub const GRID: &str = "370306004006001";
/// Guangming community.
pub const COMMUNITY: &str = "370306004006";
/// Yong'an Street (永安街道).
pub const TOWN: &str = "370306004";

/// Fills a node with the sample, unless it has it, and walks the dispute; every call through the real port.
///
/// `since` is the day from which on the sample holds, YYYY-MM-DD.
///
/// # Errors
///
/// The first call that was refused, or that did not do what it should.
pub async fn play(session: &Session, screen: Screen, since: &str) -> Result<Walked, Failure> {
    seed::seed(session, screen, since).await?;
    walk::walk(session, screen).await
}

/// Tells how to go on: address, token, and three commands with ids that exist.
///
/// # Errors
///
/// When the output cannot be written.
pub fn invite(
    screen: Screen,
    address: SocketAddr,
    token: &str,
    walked: &Walked,
) -> Result<(), Failure> {
    let (id, server) = (&walked.dispute_id, format!("http://{address}"));
    let rpc = "yiwang.dispatch.v1.DisputeService/GetDispute";
    screen.line(format!(
        "
Serving / 服务地址   {server}   (gRPC and JSON, one port / gRPC 与 JSON 同一端口)
Token / 令牌         {token}
Sample ids / 样例编号  grid {GRID}, team {team}, unit {unit}, worker w-{GRID}, dispute {id}

1. Command line / 命令行
   YIWANG_SERVER={server} YIWANG_TOKEN={token} yiwang dispute history {id}
2. JSON over HTTP
   curl -H 'authorization: Bearer {token}' -H 'content-type: application/json' \\
        -d '{{\"dispute_id\":\"{id}\"}}' {server}/{rpc}
3. gRPC (reflection is on / 支持反射)
   buf curl --protocol grpc --http2-prior-knowledge -H 'authorization: Bearer {token}' \\
        -d '{{\"dispute_id\":\"{id}\"}}' {server}/{rpc}

Ctrl-C ends it / 按 Ctrl-C 结束",
        team = crate::sample::people::team(TOWN, 1),
        unit = crate::sample::people::committee(TOWN),
    ))
}
