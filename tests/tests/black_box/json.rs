//! Plain JSON on the same port: what `curl` sees.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tests::callers::EVERYTHING;
use tests::database::Store;
use tests::http::post;
use tests::world::{GRID, request_id};

use crate::{ended, settled};

const REPORT: &str = "/yiwang.dispatch.v1.DisputeService/ReportDispute";
const GET: &str = "/yiwang.dispatch.v1.DisputeService/GetDispute";

#[tokio::test]
async fn json_does_what_grpc_does() -> Result<()> {
    let Some((database, node)) = settled(Store::Sqlite).await? else { return Ok(()) };
    let (port, token) = (node.port(), EVERYTHING.token);
    let report = json!({
        "requestId": request_id()?, "gridCode": GRID, "typeCode": "0201", "withoutPin": true,
        "scale": "SCALE_INDIVIDUAL", "people": 2, "channel": "CHANNEL_RESIDENT",
        "details": {"parties": [{"name": "甲"}, {"name": "乙"}]},
    })
    .to_string();
    let made = post(port, REPORT, token, &report)?;
    ensure!(made.status == 200, "{}", made.raw);
    let id = made.body["dispute"]["disputeId"].as_str().context("no id")?.to_owned();
    let get = json!({ "disputeId": id }).to_string();
    let read = post(port, GET, token, &get)?;
    ensure!(read.body["dispute"] == made.body["dispute"], "{}", read.raw);

    let wrong = post(port, REPORT, token, "{}")?;
    ensure!(wrong.status == 400 && wrong.body["code"] == "invalid_argument", "{}", wrong.raw);
    ensure!(
        wrong.raw.contains("INVALID_FIELDS") && wrong.raw.contains("grid_code"),
        "{}",
        wrong.raw
    );
    for (path, body) in [(REPORT, report.as_str()), (GET, get.as_str())] {
        let stranger = post(port, path, "", body)?;
        ensure!(stranger.status == 401, "without a token: {}", stranger.raw);
        let forger = post(port, path, "guessed", body)?;
        ensure!(forger.status == 401, "with a wrong token: {}", forger.raw);
    }
    for broken in
        ["{", "[1]", "{\"gridCode\": 5}", "{\"people\": -1}", "{\"gridCode\": \"\\ud800\"}"]
    {
        let answer = post(port, REPORT, token, broken)?;
        ensure!(answer.status == 400, "{broken}: {}", answer.raw);
    }
    let huge = format!("{{\"gridCode\": \"{}\"}}", "3".repeat(5 << 20));
    let answer = post(port, REPORT, token, &huge)?;
    ensure!(answer.status == 400 && answer.raw.contains("REQUEST_TOO_LARGE"), "{}", answer.raw);
    ended(node, database).await
}
