//! The demo: a node on embedded SQLite with the real area tree and the sample, and a dispute from report to closed.

mod seed;
mod walk;

use std::net::SocketAddr;

use yiwang_proto::dispatch::v1::ListDisputesRequest;

use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::Session;

pub(crate) use seed::seed;
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
    seed(session, screen, since).await?;
    walk::walk(session, screen).await
}

/// Returns a dispute that is there, when there is any.
pub async fn any_dispute(session: &Session) -> Option<String> {
    let request = ListDisputesRequest { page_size: 1, ..ListDisputesRequest::default() };
    let answer = session.disputes().list_disputes(request).await.ok()?.into_inner();
    answer.disputes.into_iter().next().map(|dispute| dispute.dispute_id)
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
    dispute: Option<&str>,
) -> Result<(), Failure> {
    let server = format!("http://{address}");
    if screen.json {
        let value = serde_json::json!({"server": server, "token": token, "disputeId": dispute});
        return screen.value(&value, false);
    }
    let (rpc, body, command) = match dispute {
        Some(id) => (
            "yiwang.dispatch.v1.DisputeService/GetDispute",
            format!("{{\"dispute_id\":\"{id}\"}}"),
            format!("dispute history {id}"),
        ),
        None => (
            "yiwang.registry.v1.GridService/GetGrid",
            format!("{{\"grid_code\":\"{GRID}\"}}"),
            format!("grid show {GRID}"),
        ),
    };
    screen.line(format!(
        "
Serving / 服务地址   {server}   (gRPC and JSON, one port / gRPC 与 JSON 同一端口)
Token / 令牌         {token}
Sample ids / 样例编号  grid {GRID}, team {team}, unit {unit}, worker w-{GRID}{of}

1. Command line / 命令行
   YIWANG_SERVER={server} YIWANG_TOKEN={token} {program} {command}
2. JSON over HTTP
   curl -H 'authorization: Bearer {token}' -H 'content-type: application/json' \\
        -d '{body}' {server}/{rpc}
3. gRPC (reflection is on / 支持反射)
   buf curl --protocol grpc --http2-prior-knowledge --reflect-header '*' -H 'authorization: Bearer {token}' \\
        -d '{body}' {server}/{rpc}

Every other course of events / 其他各种情形
   {program} scenario list
   {program} scenario run teams

Ctrl-C ends it / 按 Ctrl-C 结束",
        team = crate::sample::people::team(TOWN, 1),
        unit = crate::sample::people::committee(TOWN),
        of = dispute.map_or(String::new(), |id| format!(", dispute {id}")),
        program = program(),
    ))
}

/// This program as a shell takes it: its path, which is often on no `PATH`.
fn program() -> String {
    let path = std::env::current_exe().ok().map(|path| path.display().to_string());
    let path = path.unwrap_or_else(|| "yiwang".to_owned());
    let plain = |sign: char| sign.is_alphanumeric() || "/._-+".contains(sign);
    if path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
