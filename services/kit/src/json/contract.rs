//! What the services' descriptors say: which methods there are and what their messages are.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{
    DescriptorError, DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions,
    ServiceDescriptor,
};
use serde_json::error::Category;
use serde_path_to_error::Segment;
use tonic::Status;

use crate::server::undecodable;

/// The methods of all services by path, and all message types by name.
#[derive(Clone)]
pub(crate) struct Contract(Arc<Inner>);

struct Inner {
    types: DescriptorPool,
    rpcs: HashMap<String, Rpc>,
    services: Vec<String>,
}

impl Inner {
    fn new(types: DescriptorPool, serves: impl Fn(&ServiceDescriptor) -> bool) -> Self {
        let (mut rpcs, mut services) = (HashMap::new(), Vec::new());
        for service in types.services().filter(serves) {
            for method in service.methods() {
                let rpc = Rpc {
                    input: method.input(),
                    output: method.output(),
                    streams_in: method.is_client_streaming(),
                    streams_out: method.is_server_streaming(),
                };
                rpcs.insert(format!("/{}/{}", service.full_name(), method.name()), rpc);
            }
            services.push(service.full_name().to_owned());
        }
        Self { types, rpcs, services }
    }
}

/// One method.
#[derive(Clone)]
pub(super) struct Rpc {
    pub(super) input: MessageDescriptor,
    pub(super) output: MessageDescriptor,
    pub(super) streams_in: bool,
    pub(super) streams_out: bool,
}

impl Contract {
    /// Reads the descriptor sets; health and the types of error details are always known.
    pub(crate) fn decode(descriptor_sets: &[&[u8]]) -> Result<Self, DescriptorError> {
        let mut types = DescriptorPool::global();
        types.decode_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)?;
        types.decode_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)?;
        for set in descriptor_sets {
            types.decode_file_descriptor_set(*set)?;
        }
        Ok(Self(Arc::new(Inner::new(types, |_| true))))
    }

    /// Leaves the methods of health and of the given packages.
    pub(crate) fn only(&self, packages: &[&str]) -> Self {
        let serves = |service: &ServiceDescriptor| {
            let package = service.package_name();
            package == "grpc.health.v1" || packages.contains(&package)
        };
        Self(Arc::new(Inner::new(self.0.types.clone(), serves)))
    }

    /// The full names of all services.
    pub(crate) fn service_names(&self) -> Vec<String> {
        self.0.services.clone()
    }

    pub(super) fn find(&self, path: &str) -> Option<&Rpc> {
        self.0.rpcs.get(path)
    }

    /// Shows a detail of an error as JSON, if its type is known.
    pub(super) fn show(&self, type_name: &str, value: &[u8]) -> Option<serde_json::Value> {
        let descriptor = self.0.types.get_message_by_name(type_name)?;
        let message = DynamicMessage::decode(descriptor, value).ok()?;
        serde_json::to_value(message).ok()
    }
}

/// Reads a JSON message; an empty body is an empty message.
pub(super) fn from_json(descriptor: &MessageDescriptor, json: &[u8]) -> Result<Vec<u8>, Status> {
    let json = if json.is_empty() { b"{}".as_slice() } else { json };
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
    match DynamicMessage::deserialize(descriptor.clone(), tracked) {
        Ok(message) => match deserializer.end() {
            Ok(()) => Ok(message.encode_to_vec()),
            Err(error) => Err(mistake(&error, "")),
        },
        Err(error) => Err(mistake(&error, &known(descriptor, &track.path()))),
    }
}

/// Where the mistake is and of which kind. The parser's own words stay here: they repeat what was
/// sent, which may be somebody's name or number.
fn mistake(error: &serde_json::Error, field: &str) -> Status {
    let kind = match error.classify() {
        Category::Io | Category::Eof => "the JSON ends too early",
        Category::Syntax => "this is not JSON",
        Category::Data => "a name or a value does not fit the message",
    };
    let (line, column) = (error.line(), error.column());
    let within = if field.is_empty() { String::new() } else { format!(" in {field}") };
    let mut problem = undecodable(&format!("{kind}{within} at line {line} column {column}"))
        .with("line", line.to_string())
        .with("column", column.to_string());
    if !field.is_empty() {
        problem = problem.with("field", field);
    }
    problem.into()
}

/// The part of the path that the contract knows: everything else was made up by the caller.
fn known(descriptor: &MessageDescriptor, path: &serde_path_to_error::Path) -> String {
    let (mut names, mut within) = (Vec::new(), Some(descriptor.clone()));
    for segment in path {
        let Segment::Map { key } = segment else { continue };
        let field = within.as_ref().and_then(|message| {
            message.get_field_by_json_name(key).or_else(|| message.get_field_by_name(key))
        });
        let Some(field) = field else { break };
        names.push(field.name().to_owned());
        within = field.kind().as_message().filter(|_| !field.is_map()).cloned();
    }
    names.join(".")
}

/// Writes a message as canonical JSON.
pub(super) fn to_json(
    descriptor: &MessageDescriptor,
    message: Bytes,
) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let message = DynamicMessage::decode(descriptor.clone(), message)?;
    let mut json = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::new(&mut json);
    message.serialize_with_options(&mut serializer, &SerializeOptions::new())?;
    Ok(json)
}
