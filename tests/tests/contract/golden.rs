//! One file per event ever released, in both forms: whatever comes later, they can be read.
//!
//! `UPDATE=1` adds the files of new events; it never rewrites one that exists. What changes in a message later is a
//! new file beside the old one (`…v2`), never another text in the old one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use prost_reflect::prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value,
};
use tests::{contract, environment, repository};

/// Deeper messages stay empty.
const DEPTH: usize = 6;

#[test]
fn every_event_has_a_golden_file() -> Result<()> {
    let mut missing = Vec::new();
    for event in events(&contract::pool()?) {
        let folder = folder(&event);
        let prefix = format!("{}.v", event.name());
        if environment::update()
            && golden_names(&folder)?.iter().all(|name| !name.starts_with(&prefix))
        {
            write_sample(&folder, &event)?;
        }
        if golden_names(&folder)?.iter().all(|name| !name.starts_with(&prefix)) {
            missing.push(event.full_name().to_owned());
        }
    }
    let how = "UPDATE=1 cargo test --package tests --test contract";
    assert!(missing.is_empty(), "without a golden file: {missing:#?}; add them: {how}");
    Ok(())
}

#[test]
fn every_golden_file_can_be_read() -> Result<()> {
    let pool = contract::pool()?;
    let mut read = 0;
    for path in repository::files_below(&["proto/golden/"], ".json")? {
        let file = repository::root().join(&path);
        let name = file.file_name().and_then(|name| name.to_str()).context("a name")?;
        let event = name.split('.').next().context("an event")?;
        let service = path.split('/').nth(2).context("a service")?;
        let full_name = format!("yiwang.{service}.v1.{event}");
        let descriptor = pool
            .get_message_by_name(&full_name)
            .with_context(|| format!("{path}: the contract has no {full_name} any more"))?;
        let from_json = parse(&descriptor, &fs::read_to_string(&file)?)
            .with_context(|| format!("{path}: not readable any more"))?;
        let bytes = fs::read(file.with_extension("bin"))
            .with_context(|| format!("{path}: no .bin beside it"))?;
        let from_bytes =
            DynamicMessage::decode(descriptor, bytes.as_slice()).context(path.clone())?;
        ensure!(
            from_bytes.unknown_fields().next().is_none(),
            "{path}: has fields that nobody knows"
        );
        ensure!(from_bytes == from_json, "{path}: the two forms say different things");
        read += 1;
    }
    assert!(read > 0, "there is no golden file");
    Ok(())
}

/// The events, without the messages that are only parts of others.
fn events(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let mut parts = BTreeSet::new();
    for message in contract::messages(pool) {
        for field in message.fields() {
            if let Kind::Message(used) = field.kind() {
                parts.insert(used.full_name().to_owned());
            }
        }
    }
    contract::events(pool).into_iter().filter(|event| !parts.contains(event.full_name())).collect()
}

fn folder(event: &MessageDescriptor) -> PathBuf {
    let service = event.package_name().split('.').nth(1).unwrap_or_default();
    repository::root().join("proto/golden").join(service)
}

fn golden_names(folder: &Path) -> Result<Vec<String>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

fn write_sample(folder: &Path, event: &MessageDescriptor) -> Result<()> {
    let sample = sample(event, 0);
    let json = serde_json::to_string_pretty(&sample)? + "\n";
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("{}.v1.json", event.name())), &json)?;
    // The bytes are those of the JSON form, so that both say the same.
    let bytes = parse(event, &json)?.encode_to_vec();
    fs::write(folder.join(format!("{}.v1.bin", event.name())), bytes)?;
    Ok(())
}

fn parse(descriptor: &MessageDescriptor, json: &str) -> Result<DynamicMessage> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let message = DynamicMessage::deserialize(descriptor.clone(), &mut reader)?;
    reader.end()?;
    Ok(message)
}

/// A message with every field set to something that could stand there.
fn sample(descriptor: &MessageDescriptor, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        let first_of_choice = field
            .containing_oneof()
            .is_none_or(|choice| choice.fields().next().as_ref() == Some(&field));
        if first_of_choice && depth < DEPTH {
            message.set_field(&field, sample_field(&field, depth));
        }
    }
    message
}

fn sample_field(field: &FieldDescriptor, depth: usize) -> Value {
    if field.is_map() {
        let key = MapKey::String("key".to_owned());
        return Value::Map([(key, Value::String("value".to_owned()))].into());
    }
    let one = match field.kind() {
        Kind::Message(message) if message.full_name() == "google.protobuf.Timestamp" => {
            let mut time = DynamicMessage::new(message);
            // 2026-02-13T09:00:00+08:00
            time.set_field_by_name("seconds", Value::I64(1_770_944_400));
            Value::Message(time)
        }
        Kind::Message(message) => Value::Message(sample(&message, depth + 1)),
        Kind::Enum(one) => {
            let value = one.values().find(|value| value.number() != 0);
            Value::EnumNumber(value.map_or(0, |value| value.number()))
        }
        Kind::Double => Value::F64(36.5),
        Kind::Float => Value::F32(36.5),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(7),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(7),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(7),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(7),
        Kind::Bool => Value::Bool(true),
        Kind::Bytes => Value::Bytes(vec![7; 32].into()),
        Kind::String => Value::String(sample_text(field.name())),
    };
    if field.is_list() { Value::List(vec![one]) } else { one }
}

fn sample_text(name: &str) -> String {
    let stem = name.trim_end_matches('s');
    let text = match stem {
        "home" => "zibo-3703",
        _ if stem.ends_with("grid_code") => "370306004001001",
        _ if stem.ends_with("area_code") => "370306004001",
        _ if stem.ends_with("_date") => "2026-02-13",
        _ if stem.ends_with("_id") => "019c5474-9c00-7000-8000-000000000001",
        "case_code" => "0306-4821-93756",
        "type_code" => "0201",
        "limit" => "7d",
        _ => "sample",
    };
    text.to_owned()
}
