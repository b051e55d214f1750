//! A name, a phone and an address are planted in every text field of every rpc. Afterwards they are nowhere but where a
//! person's data may be: sealed, and unreadable there; a worker's name and phone in registry's table of workers.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};
use serde_json::{Map, Value, json};
use tests::callers::EVERYTHING;
use tests::collector::Collector;
use tests::database::{Database, Store};
use tests::http::{Answer, post};
use tests::node::{Node, Plan};
use tests::world::{self, GRID, TEAM, UNIT, request_id};
use tests::{contract, environment, feed};

use crate::case::{client, reported};

/// What is planted. No value of any code of the contract looks like one of these.
const PLANTS: [&str; 3] = ["欧阳测试甲", "13905339876", "柳泉路一百二十三号"];

/// Reference data that is public by its nature: a person's name has no place there, and nobody could tell it from one.
const PUBLIC: [&str; 2] = ["display_name", "outline_geojson"];

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
    let mut node = Node::start(&plan).await?;
    world::settle(&node).await?;
    let dispute = sealed_case(&node)?;
    let seen = plant_everywhere(&node)?;
    ensure!(
        seen.fields > 40 && seen.carried_out > 10,
        "{} fields, {} done",
        seen.fields,
        seen.carried_out
    );

    // What was sealed can be opened by whom it is for, so that the search below looks for something that is there.
    let open =
        json!({"requestId": request_id()?, "disputeId": dispute, "purpose": "PURPOSE_MEDIATE"});
    let opened = post(node.port(), OPEN, EVERYTHING.token, &open.to_string())?;
    for plant in PLANTS {
        ensure!(opened.raw.contains(plant), "{plant} was never sealed: {}", opened.raw);
    }
    for service in ["registry", "dispatch"] {
        for event in feed::whole_log(&node, &EVERYTHING, service).await? {
            search(&format!("{service}'s feed"), format!("{:?}", event.header).as_bytes())?;
            search(&format!("{service}'s feed"), &event.payload)?;
        }
    }
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    search("the log", node.log()?.as_bytes())?;
    drop(node);
    let spans = collector.received();
    ensure!(spans.len() > 1000, "no traces arrived: {} bytes", spans.len());
    search("the traces", &spans)?;
    search_database(&database)?;

    let node = Node::start(&plan).await?;
    let erase = json!({"requestId": request_id()?, "disputeId": dispute, "reason": "ERASE_REASON_PARTY_REQUEST"});
    let erased = post(node.port(), ERASE, EVERYTHING.token, &erase.to_string())?;
    ensure!(
        erased.status == 200 && erased.body["erasedCount"].as_u64() > Some(0),
        "{}",
        erased.raw
    );
    let open =
        json!({"requestId": request_id()?, "disputeId": dispute, "purpose": "PURPOSE_MEDIATE"});
    let opened = post(node.port(), OPEN, EVERYTHING.token, &open.to_string())?;
    for plant in PLANTS {
        ensure!(!opened.raw.contains(plant), "{plant} after erasure: {}", opened.raw);
    }
    drop(node);
    search_database(&database)?;
    database.drop().await
}

const OPEN: &str = "/yiwang.dispatch.v1.DisputeService/OpenDetails";
const ERASE: &str = "/yiwang.dispatch.v1.DisputeService/EraseDetails";

/// After erasure not even the database of before and the keys of now bring the words back.
#[tokio::test]
async fn erased_details_stay_unreadable_beside_an_old_copy() -> Result<()> {
    let Some(Database::Sqlite(folder)) = Database::create(Store::Sqlite).await? else {
        return Ok(());
    };
    let plan = Plan::new(tests::database::sqlite_url(folder.path()))?;
    let mut node = Node::start(&plan).await?;
    world::settle(&node).await?;
    let dispute = reported(&mut client(&node)?).await?.dispute_id;
    let note = json!({"requestId": request_id()?, "disputeId": dispute, "note": PLANTS[0]});
    post(
        node.port(),
        "/yiwang.dispatch.v1.DisputeService/AddNote",
        EVERYTHING.token,
        &note.to_string(),
    )?;
    node.stop().await?;
    let old = std::fs::read(folder.path().join("dispatch.db"))?;

    let mut node = Node::start(&plan).await?;
    let erase =
        json!({"requestId": request_id()?, "disputeId": dispute, "reason": "ERASE_REASON_ORDERED"});
    post(node.port(), ERASE, EVERYTHING.token, &erase.to_string())?;
    node.stop().await?;
    drop(node);
    std::fs::write(folder.path().join("dispatch.db"), old)?;
    for beside in ["dispatch.db-wal", "dispatch.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(beside));
    }
    let node = Node::start(&plan).await?;
    let open =
        json!({"requestId": request_id()?, "disputeId": dispute, "purpose": "PURPOSE_MEDIATE"});
    let opened = post(node.port(), OPEN, EVERYTHING.token, &open.to_string())?;
    ensure!(!opened.raw.contains(PLANTS[0]), "an old copy brings it back: {}", opened.raw);
    Ok(())
}

/// Reports a dispute with the plants where they belong: in the details of a party.
fn sealed_case(node: &Node) -> Result<String> {
    let [name, phone, address] = PLANTS;
    let party = json!({"name": name, "phone": phone, "address": address});
    reported_with(node, &json!({"parties": [party, {"name": "乙"}]}))
}

/// Reports a dispute with some details and returns its id.
fn reported_with(node: &Node, details: &Value) -> Result<String> {
    let report = json!({
        "requestId": request_id()?, "gridCode": GRID, "typeCode": "0201", "details": details,
        "scale": "SCALE_INDIVIDUAL", "people": 2, "channel": "CHANNEL_RESIDENT",
    });
    let path = "/yiwang.dispatch.v1.DisputeService/ReportDispute";
    let made = post(node.port(), path, EVERYTHING.token, &report.to_string())?;
    let id = made.body["dispute"]["disputeId"].as_str();
    Ok(id.with_context(|| made.raw.clone())?.to_owned())
}

/// What planting came to.
#[derive(Debug, Default)]
struct Seen {
    fields: usize,
    carried_out: usize,
}

/// Calls every unary rpc once per text field with the plants in that field, and once with them in every field.
fn plant_everywhere(node: &Node) -> Result<Seen> {
    let pool = contract::pool()?;
    let mut seen = Seen::default();
    for method in contract::methods(&pool).iter().filter(|method| !method.is_server_streaming()) {
        // Erasing comes last, and is looked at by itself.
        if method.name() == "EraseDetails" || method.name() == "OpenDetails" {
            continue;
        }
        let mut paths = Vec::new();
        text_fields(&method.input(), String::new(), 0, &mut paths);
        for planted in paths
            .iter()
            .map(|path| BTreeSet::from([path.clone()]))
            .chain([paths.iter().cloned().collect()])
        {
            for plant in PLANTS {
                // Each command gets a dispute of its own, so that none is over before its turn.
                let dispute = if method.input().get_field_by_name("dispute_id").is_some() {
                    reported_with(node, &json!({}))?
                } else {
                    String::new()
                };
                let body = request(&method.input(), "", &dispute, &planted, plant, 0)?;
                let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
                let answer = post(node.port(), &path, EVERYTHING.token, &body.to_string())?;
                judge(method, &answer, plant, &planted)?;
                seen.carried_out += usize::from(answer.status == 200);
            }
            seen.fields += 1;
        }
    }
    Ok(seen)
}

/// No refusal echoes a plant, and only what may show a worker's name does.
fn judge(
    method: &MethodDescriptor,
    answer: &Answer,
    plant: &str,
    planted: &BTreeSet<String>,
) -> Result<()> {
    ensure!(
        answer.status < 500 || answer.status == 501,
        "{} failed: {}",
        method.name(),
        answer.raw
    );
    let worker = method.parent_service().name() == "WorkerService" && answer.status == 200;
    let echoed = !worker && answer.raw.contains(plant);
    ensure!(!echoed, "{} with {planted:?} echoes {plant}: {}", method.full_name(), answer.raw);
    Ok(())
}

/// Paths of the text fields of a message that are not public by nature.
fn text_fields(message: &MessageDescriptor, prefix: String, depth: usize, found: &mut Vec<String>) {
    if depth > 3 {
        return;
    }
    for field in message.fields() {
        let path = format!("{prefix}/{}", field.name());
        let kind = field.kind();
        if kind == Kind::String && !is_public(message, &field) {
            found.push(path);
        } else if let Some(inner) = own_message(&field) {
            text_fields(&inner, path, depth + 1, found);
        }
    }
}

/// The type of a field that is a message of the contract.
fn own_message(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let own = |message: &MessageDescriptor| message.package_name().starts_with("yiwang.");
    field.kind().as_message().filter(|message| own(message) && !field.is_map()).cloned()
}

fn is_public(message: &MessageDescriptor, field: &FieldDescriptor) -> bool {
    // A worker's display name is a person's: it may be in the table of workers, and nowhere else.
    let worker = message.name().contains("Worker");
    let cell = message.name().contains("Row") || message.name().contains("Import");
    (PUBLIC.contains(&field.name()) && !worker) || cell
}

/// A request that is as good as can be guessed from names, with the plant in some of its fields.
fn request(
    message: &MessageDescriptor,
    prefix: &str,
    dispute: &str,
    planted: &BTreeSet<String>,
    plant: &str,
    depth: usize,
) -> Result<Value> {
    let mut body = Map::new();
    for field in message.fields().filter(|_| depth <= 3) {
        let path = format!("{prefix}/{}", field.name());
        let inside = planted.iter().any(|one| one.starts_with(&format!("{path}/")));
        let kind = field.kind();
        let value = if planted.contains(&path) {
            Some(json!(plant))
        } else if kind == Kind::String {
            guess(field.name(), dispute)?
        } else if let Some(one) = kind.as_enum() {
            one.values().find(|value| value.number() != 0).map(|value| json!(value.name()))
        } else if let Some(inner) = own_message(&field) {
            let needed = inside || field.name() == "grid" || field.name() == "details";
            let part = request(&inner, &path, dispute, planted, plant, depth + 1)?;
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

fn guess(name: &str, dispute: &str) -> Result<Option<Value>> {
    let known = match name {
        "request_id" => Some(request_id()?),
        "dispute_id" => Some(dispute.to_owned()),
        "grid_code" => Some(GRID.to_owned()),
        "community_code" | "area_code" => Some(GRID[..12].to_owned()),
        "type_code" => Some("0201".to_owned()),
        "team_id" => Some(TEAM.to_owned()),
        "organisation_id" => Some(UNIT.to_owned()),
        "service" => Some("dispatch".to_owned()),
        _ => None,
    };
    Ok(known.map(Value::String))
}

fn search_database(database: &Database) -> Result<()> {
    match database {
        Database::Sqlite(folder) => search_files(folder.path()),
        Database::Postgres(postgres) => {
            let program =
                environment::variable("TEST_PG_DUMP").unwrap_or_else(|| "pg_dump".to_owned());
            let output = Command::new(program).arg(postgres.url()).output().context("pg_dump")?;
            ensure!(
                output.status.success(),
                "pg_dump: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let text = String::from_utf8(output.stdout)?;
            search("the database", without_workers(&text).as_bytes())
        }
    }
}

/// A dump without the table that keeps workers' names and work phones.
fn without_workers(dump: &str) -> String {
    let mut inside = false;
    let kept = dump.lines().filter(|line| {
        inside = (inside && *line != "\\.") || line.starts_with("COPY registry.contact");
        !inside
    });
    kept.collect::<Vec<_>>().join("\n")
}

fn search_files(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            search_files(&path)?;
            continue;
        }
        let name =
            path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Registry's file has the table of workers in it; its log is searched through the feed.
        if !name.starts_with("registry.db") {
            search(&name, &std::fs::read(&path)?)?;
        }
    }
    Ok(())
}

/// Looks for every plant as it is, escaped as in JSON, and in hexadecimal.
fn search(place: &str, bytes: &[u8]) -> Result<()> {
    for plant in PLANTS {
        let escaped: String = plant.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        for form in [plant.to_owned(), escaped, hex::encode(plant), hex::encode_upper(plant)] {
            let found = bytes.windows(form.len()).position(|window| window == form.as_bytes());
            if let Some(at) = found {
                let around =
                    &bytes[at.saturating_sub(120)..(at + form.len() + 60).min(bytes.len())];
                anyhow::bail!("{place} has {plant}: {}", String::from_utf8_lossy(around));
            }
        }
    }
    Ok(())
}
