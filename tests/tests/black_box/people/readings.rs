//! Every rpc that reads, asked for what is there, page after page to the last.

use anyhow::{Context as _, Result, ensure};
use prost_reflect::{Kind, MethodDescriptor};
use serde_json::{Map, Value, json};
use tests::callers::EVERYTHING;
use tests::http::post;
use tests::node::Node;
use tests::world::{GRID, TEAM, UNIT};
use tests::{contract, feed};
use tokio::time::{Duration, timeout};
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;
use yiwang_proto::feed::v1::{FollowRequest, RecordView};

use super::accepted::Accepted;
use super::search::search;

/// Reads everything there is and searches the answers.
pub(crate) async fn search_all(node: &Node, accepted: &Accepted) -> Result<()> {
    let pool = contract::pool()?;
    let mut pages = 0;
    for method in contract::methods(&pool) {
        if contract::mutates(&method) || method.is_server_streaming() {
            continue;
        }
        // What may be known of a worker by those who work with them; a party's case needs its PIN, and is read where it
        // is planted.
        if !["WorkerService", "PartyService"].contains(&method.parent_service().name()) {
            pages += read(node, &method, accepted)?;
        }
    }
    ensure!(pages > 40, "{pages} pages were read");
    for service in ["registry", "dispatch"] {
        for event in feed::whole_log(node, &EVERYTHING, service).await? {
            search(&format!("{service}'s feed"), format!("{:?}", event.header).as_bytes())?;
            search(&format!("{service}'s feed"), &event.payload)?;
        }
        follow(node, service).await?;
    }
    Ok(())
}

/// Reads one rpc to its last page; returns how many there were.
fn read(node: &Node, method: &MethodDescriptor, accepted: &Accepted) -> Result<usize> {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let mut body = request(method, accepted);
    for pages in 1.. {
        let answer = post(node.port(), &path, EVERYTHING.token, &body.to_string())?;
        ensure!(answer.status == 200, "{} does not read {body}: {}", method.name(), answer.raw);
        search(method.full_name(), answer.raw.as_bytes())?;
        let next = match (&answer.body["nextPageToken"], &answer.body["page"]) {
            (Value::String(token), _) if !token.is_empty() => ("pageToken", json!(token)),
            (_, page) if page["upto"] != page["head"] => ("cursor", page["next"].clone()),
            (_, _) => return Ok(pages),
        };
        body[next.0] = next.1;
        ensure!(pages < 10_000, "{} has no last page", method.name());
    }
    Ok(0)
}

/// A request for what is there; lists in pages of two.
fn request(method: &MethodDescriptor, accepted: &Accepted) -> Value {
    let mut body = Map::new();
    for field in method.input().fields() {
        let value = match field.name() {
            // Offers are asked for of a case or of a team.
            "dispute_id" if method.name() == "ListAssignments" => continue,
            "dispute_id" => json!(accepted.closed),
            "case_code" => json!(accepted.case_code),
            "worker_id" => json!(accepted.worker),
            "import_id" => json!(accepted.import),
            "jurisdiction_id" => json!(accepted.zone),
            "from_time" if method.name() == "GetResponseStatistics" => {
                json!("2026-01-01T00:00:00Z")
            }
            "until_time" if method.name() == "GetResponseStatistics" => {
                json!("2026-03-31T00:00:00Z")
            }
            "team_id" => json!(TEAM),
            "unit_id" => json!(UNIT),
            "grid_code" => json!(GRID),
            "area_code" if method.name() == "GetArea" => json!(&GRID[..12]),
            "point" => json!({"longitude": 117.87, "latitude": 36.8}),
            "service" => json!("dispatch"),
            "clock" => json!("CLOCK_KIND_HANDLE"),
            "step" => json!("LIMIT_STEP_ACCEPT"),
            "type_code" if method.name() == "FindLimit" => json!("0201"),
            // Decoded, so that nothing hides in base64.
            "view" => json!("RECORD_VIEW_DECODED"),
            "page_size" => json!(2),
            _ if field.kind() == Kind::Bool => json!(field.name().starts_with("include_")),
            _ => continue,
        };
        body.insert(field.json_name().to_owned(), value);
    }
    Value::Object(body)
}

/// Reads a log as a stream up to its head.
async fn follow(node: &Node, service: &str) -> Result<()> {
    let mut feeds = FeedServiceClient::new(node.connect(&EVERYTHING)?);
    let request = FollowRequest {
        service: service.to_owned(),
        view: RecordView::Decoded.into(),
        ..FollowRequest::default()
    };
    let mut stream = feeds.follow(request).await?.into_inner();
    loop {
        let message = timeout(Duration::from_secs(30), stream.message()).await??;
        let page = message.context("the stream ended")?.page.context("no page")?;
        for envelope in &page.envelopes {
            search("a stream", format!("{:?}", envelope.header).as_bytes())?;
            let payload = envelope.payload.as_ref().context("no payload")?;
            search("a stream", &payload.value)?;
        }
        if page.upto == page.head {
            return Ok(());
        }
    }
}
