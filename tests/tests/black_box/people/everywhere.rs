//! The words in every field of every rpc, whatever its type: what is refused echoes nothing, and nothing breaks.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};
use serde_json::{Map, Value, json};
use tests::callers::EVERYTHING;
use tests::contract;
use tests::http::{Answer, post};
use tests::node::Node;
use tests::world::{GRID, TEAM, UNIT, request_id};
use tonic::Code;
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;
use yiwang_proto::feed::v1::{Filter, FollowRequest};

use super::accepted::report_with;
use super::{PLANTS, done};

/// Reference data that is public by its nature: a person's name has no place there, and nobody could tell it from one.
const PUBLIC: [&str; 2] = ["display_name", "outline_geojson"];
/// Deeper messages stay as they are guessed.
const DEPTH: usize = 3;

/// What planting came to.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Fields, and combinations of fields.
    pub(crate) fields: usize,
    /// Calls that were carried out.
    pub(crate) carried_out: usize,
}

/// Ids of what the requests are about.
struct Subjects {
    dispute: String,
    import: String,
}

/// Calls every unary rpc once per field with the words in it, once with them in every text, and once under a name that
/// no field has.
pub(crate) fn plant(node: &Node) -> Result<Seen> {
    let create = json!({"requestId": request_id()?, "kind": "IMPORT_KIND_WORKERS"});
    let made = done(node, "registry", "ImportService/CreateImport", &create)?;
    let import = made["import"]["importId"].as_str().context("no id")?.to_owned();
    let pool = contract::pool()?;
    let mut seen = Seen::default();
    for method in contract::methods(&pool).iter().filter(|method| !method.is_server_streaming()) {
        let (mut texts, mut others) = (Vec::new(), Vec::new());
        fields(&method.input(), "", 0, &mut texts, &mut others);
        let all: BTreeSet<String> = texts.iter().cloned().collect();
        let single = texts.iter().chain(&others).map(|path| BTreeSet::from([path.clone()]));
        for planted in single.chain([all, BTreeSet::from(["/unknown".to_owned()])]) {
            for words in PLANTS {
                // Each command gets a dispute of its own, so that none is over before its turn.
                let needs = method.input().get_field_by_name("dispute_id").is_some();
                let dispute = if needs { report_with(node, &json!({}))? } else { String::new() };
                let subjects = Subjects { dispute, import: import.clone() };
                let mut body = request(&method.input(), "", &subjects, &planted, words, 0)?;
                if planted.contains("/unknown") {
                    body[words] = json!(words);
                }
                let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
                let answer = post(node.port(), &path, EVERYTHING.token, &body.to_string())?;
                judge(method, &answer, words, &planted)?;
                seen.carried_out += usize::from(answer.status == 200);
            }
            seen.fields += 1;
        }
    }
    Ok(seen)
}

/// The words where a stream is asked for.
pub(crate) async fn follow(node: &Node) -> Result<()> {
    let mut feeds = FeedServiceClient::new(node.connect(&EVERYTHING)?);
    for words in PLANTS {
        let filter = |types: &[&str], area: &str, subject: &str| Filter {
            types: types.iter().map(|name| (*name).to_owned()).collect(),
            area_code: area.to_owned(),
            subject: subject.to_owned(),
        };
        for (service, filter) in [
            (words, Filter::default()),
            ("dispatch", filter(&[], words, "")),
            ("dispatch", filter(&[words], "", "")),
            ("dispatch", filter(&[], "", words)),
        ] {
            let request = FollowRequest {
                service: service.to_owned(),
                filter: Some(filter),
                ..FollowRequest::default()
            };
            // A filter may also be one that nothing passes; it says nothing then.
            if let Err(status) = feeds.follow(request).await {
                let refused = [Code::InvalidArgument, Code::NotFound, Code::PermissionDenied];
                ensure!(refused.contains(&status.code()), "{status:?}");
                ensure!(!format!("{status:?}").contains(words), "echoes {words}: {status:?}");
            }
        }
    }
    Ok(())
}

/// Nothing breaks, no refusal echoes the words, and only what may show a worker's name does.
fn judge(
    method: &MethodDescriptor,
    answer: &Answer,
    words: &str,
    planted: &BTreeSet<String>,
) -> Result<()> {
    let name = method.name();
    // A position that registry has not come to is waited for.
    let ahead = planted.contains("/min_registry_position") && answer.status == 503;
    ensure!(answer.status < 500 || ahead, "{name} with {planted:?} failed: {}", answer.raw);
    let worker = method.parent_service().name() == "WorkerService" && answer.status == 200;
    let details = name == "OpenDetails" && answer.status == 200;
    let echoed = !worker && !details && answer.raw.contains(words);
    ensure!(!echoed, "{name} with {planted:?} echoes {words}: {}", answer.raw);
    Ok(())
}

/// Paths of the fields of a message that are not public by nature: those that hold text, and all others.
fn fields(
    message: &MessageDescriptor,
    prefix: &str,
    depth: usize,
    texts: &mut Vec<String>,
    others: &mut Vec<String>,
) {
    if depth > DEPTH {
        return;
    }
    for field in message.fields() {
        let path = format!("{prefix}/{}", field.name());
        let text = field.kind() == Kind::String || field.is_map();
        if text && !is_public(message, &field) {
            texts.push(path);
        } else if let Some(inner) = own_message(&field) {
            fields(&inner, &path, depth + 1, texts, others);
            others.push(path);
        } else if !text {
            others.push(path);
        }
    }
}

/// The type of a field that is a message of the contract.
fn own_message(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let own = |message: &MessageDescriptor| message.package_name().starts_with("yiwang.");
    field.kind().as_message().filter(|message| own(message) && !field.is_map()).cloned()
}

fn is_public(message: &MessageDescriptor, field: &FieldDescriptor) -> bool {
    // A worker's display name is a person's: it may be in the table of contacts, and nowhere else.
    PUBLIC.contains(&field.name()) && !message.name().contains("Worker")
}

/// A request that is as good as can be guessed from names, with the words in some of its fields.
fn request(
    message: &MessageDescriptor,
    prefix: &str,
    subjects: &Subjects,
    planted: &BTreeSet<String>,
    words: &str,
    depth: usize,
) -> Result<Value> {
    let mut body = Map::new();
    for field in message.fields().filter(|_| depth <= DEPTH) {
        let path = format!("{prefix}/{}", field.name());
        let inside = planted.iter().any(|one| one.starts_with(&format!("{path}/")));
        let kind = field.kind();
        let value = if planted.contains(&path) {
            Some(if field.is_map() { json!({ words: words }) } else { json!(words) })
        } else if kind == Kind::String {
            guess(field.name(), subjects)?
        } else if let Some(one) = kind.as_enum() {
            one.values().find(|value| value.number() != 0).map(|value| json!(value.name()))
        } else if let Some(inner) = own_message(&field) {
            let needed = inside || ["grid", "details", "rows"].contains(&field.name());
            let part = request(&inner, &path, subjects, planted, words, depth + 1)?;
            needed.then_some(part)
        } else {
            None
        };
        if let Some(value) = value {
            let value = if field.is_list() { json!([value]) } else { value };
            body.insert(field.json_name().to_owned(), value);
        }
    }
    Ok(Value::Object(body))
}

fn guess(name: &str, subjects: &Subjects) -> Result<Option<Value>> {
    let known = match name {
        "request_id" => Some(request_id()?),
        "dispute_id" => Some(subjects.dispute.clone()),
        "import_id" => Some(subjects.import.clone()),
        "grid_code" => Some(GRID.to_owned()),
        "community_code" | "area_code" => Some(GRID[..12].to_owned()),
        "type_code" => Some("0201".to_owned()),
        "team_id" => Some(TEAM.to_owned()),
        "organisation_id" => Some(UNIT.to_owned()),
        "service" => Some("dispatch".to_owned()),
        "case_code" => Some("0306482193756".to_owned()),
        "pin" => Some("135790".to_owned()),
        _ => None,
    };
    Ok(known.map(Value::String))
}
