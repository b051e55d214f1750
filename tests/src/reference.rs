//! The API reference and the catalogue of error reasons, as Markdown written from the descriptors.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    ServiceDescriptor,
};

use crate::contract::{self, comment};

const SERVER_REASONS: &str = "ServerReason";
const FIELD_REASONS: &str = "FieldViolationReason";

const NOTICE: &str = "Written from the comments of the contract by \
    `UPDATE=1 cargo test --package tests --test contract`; do not edit.";

/// Every document: name of the file in `proto/reference/`, and its text.
pub fn documents(pool: &DescriptorPool) -> BTreeMap<String, String> {
    let mut packages: BTreeMap<String, Vec<FileDescriptor>> = BTreeMap::new();
    for file in contract::files(pool) {
        packages.entry(file.package_name().to_owned()).or_default().push(file);
    }
    let mut documents: BTreeMap<String, String> = packages
        .iter()
        .map(|(package, files)| (format!("{package}.md"), package_document(pool, package, files)))
        .collect();
    documents.insert("errors.md".to_owned(), error_document(pool));
    documents.insert("README.md".to_owned(), index_document(pool, packages.keys()));
    documents
}

fn index_document<'a>(pool: &DescriptorPool, packages: impl Iterator<Item = &'a String>) -> String {
    let mut text =
        format!("# Reference of the API\n\n{NOTICE}\n\n| package | services |\n|---|---|\n");
    for package in packages {
        let services: Vec<String> = contract::services(pool)
            .iter()
            .filter(|service| service.package_name() == package)
            .map(|service| format!("`{}`", service.name()))
            .collect();
        text += &format!("| [{package}]({package}.md) | {} |\n", services.join(", "));
    }
    text + "\nWhat a refusal can say: [errors.md](errors.md).\n"
}

fn package_document(pool: &DescriptorPool, package: &str, files: &[FileDescriptor]) -> String {
    let mut text = format!("# {package}\n\n{NOTICE}\n");
    for file in files {
        let top = [comment(file, &[12]), comment(file, &[2])].join("\n");
        let name = file.name().rsplit('/').next().unwrap_or_default();
        let _ = write!(text, "\n`{name}`: {}\n", top.trim());
    }
    let of_package = |service: &ServiceDescriptor| service.package_name() == package;
    for service in contract::services(pool).into_iter().filter(of_package) {
        service_part(&mut text, &service);
    }
    text += "\n## Messages\n";
    for message in contract::messages(pool) {
        if message.package_name() == package && !message.is_map_entry() {
            message_part(&mut text, &message);
        }
    }
    text += "\n## Enums\n";
    for one in contract::enums(pool) {
        if one.package_name() == package {
            enum_part(&mut text, &one);
        }
    }
    text
}

fn service_part(text: &mut String, service: &ServiceDescriptor) {
    let file = service.parent_file();
    let _ = write!(text, "\n## {}\n\n{}\n", service.name(), comment(&file, service.path()));
    for method in service.methods() {
        let stream = if method.is_server_streaming() { "stream of " } else { "" };
        let _ = write!(
            text,
            "\n### {}\n\n{}\n\n`/{}/{}` · {} → {stream}{}{}\n",
            method.name(),
            comment(&file, method.path()),
            service.full_name(),
            method.name(),
            link(method.input().full_name(), service.package_name()),
            link(method.output().full_name(), service.package_name()),
            if contract::mutates(&method) { " · changes something" } else { "" },
        );
    }
}

fn message_part(text: &mut String, message: &MessageDescriptor) {
    let file = message.parent_file();
    let name = local(message.full_name(), message.package_name());
    let _ = write!(text, "\n### {name}\n\n{}\n", comment(&file, message.path()));
    if message.fields().len() == 0 {
        return;
    }
    *text += "\n| no. | field | type | what it is |\n|---|---|---|---|\n";
    for field in message.fields() {
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} |",
            field.number(),
            field.name(),
            type_of(&field, message.package_name()),
            cell(&comment(&file, field.path())),
        );
    }
}

fn enum_part(text: &mut String, one: &EnumDescriptor) {
    let file = one.parent_file();
    let name = local(one.full_name(), one.package_name());
    let _ = write!(text, "\n### {name}\n\n{}\n", comment(&file, one.path()));
    *text += "\n| no. | value | what it is |\n|---|---|---|\n";
    for value in one.values() {
        let what = cell(&comment(&file, value.path()));
        let _ = writeln!(text, "| {} | `{}` | {what} |", value.number(), value.name());
    }
}

fn error_document(pool: &DescriptorPool) -> String {
    let mut text = format!(
        "# Reasons of refusals\n\n{NOTICE}\n\n\
         Every refusal carries a `google.rpc.ErrorInfo` with `domain` and `reason`; wrong fields are listed all at once in a \
         `google.rpc.BadRequest` (at most 25; metadata `more` counts the rest), the Chinese text is in a \
         `google.rpc.LocalizedMessage`. What is worth trying again as it is carries a `google.rpc.RetryInfo` that says when; \
         UNAVAILABLE without one, as when a connection breaks, is worth trying again, too. A RESOURCE_EXHAUSTED without one \
         stays so until somebody makes room. A call that changes something is repeated with the same request id.\n"
    );
    let reasons = contract::enums(pool)
        .into_iter()
        .filter(|one| one.name().ends_with("ErrorReason") || one.name() == SERVER_REASONS);
    for one in reasons {
        let service = match one.name() {
            SERVER_REASONS => "kit",
            _ => one.package_name().split('.').nth(1).unwrap_or_default(),
        };
        let _ =
            write!(text, "\n## {service}.yiwang\n\n| reason | gRPC code | when |\n|---|---|---|\n");
        let prefix = one.default_value().name().trim_end_matches("UNSPECIFIED").to_owned();
        for value in one.values().filter(|value| value.number() != 0) {
            let said = comment(&one.parent_file(), value.path());
            let (code, when) = said.split_once(':').unwrap_or(("", &said));
            let reason = value.name().trim_start_matches(&prefix);
            let _ = writeln!(text, "| `{reason}` | {} | {} |", cell(code), cell(when.trim()));
        }
    }
    text += "\n## Fields\n\nThe `reason` of a field violation, the same in all domains.\n\n| reason | what is wrong |\n|---|---|\n";
    let fields = contract::enums(pool).into_iter().filter(|one| one.name() == FIELD_REASONS);
    for value in fields.flat_map(|one| one.values().collect::<Vec<_>>()) {
        if value.number() != 0 {
            let said = comment(&value.parent_enum().parent_file(), value.path());
            let reason = value.name().trim_start_matches("FIELD_VIOLATION_REASON_");
            let _ = writeln!(text, "| `{reason}` | {} |", cell(&said));
        }
    }
    text
}

fn type_of(field: &FieldDescriptor, package: &str) -> String {
    let single = match field.kind() {
        Kind::Message(message) if message.is_map_entry() => {
            let part = |at| message.get_field(at).map(|field| type_of(&field, package));
            let (key, value) = (part(1).unwrap_or_default(), part(2).unwrap_or_default());
            return format!("map of {key} to {value}");
        }
        Kind::Message(message) => link(message.full_name(), package),
        Kind::Enum(one) => link(one.full_name(), package),
        simple @ (Kind::Double
        | Kind::Float
        | Kind::Int32
        | Kind::Int64
        | Kind::Uint32
        | Kind::Uint64
        | Kind::Sint32
        | Kind::Sint64
        | Kind::Fixed32
        | Kind::Fixed64
        | Kind::Sfixed32
        | Kind::Sfixed64
        | Kind::Bool
        | Kind::String
        | Kind::Bytes) => format!("{simple:?}"),
    };
    let optional = field.field_descriptor_proto().proto3_optional();
    match (field.is_list(), optional) {
        (true, _) => format!("list of {single}"),
        (false, true) => format!("optional {single}"),
        (false, false) => single,
    }
}

/// A type as text: a link when it stands in the same document.
fn link(full_name: &str, package: &str) -> String {
    let name = local(full_name, package);
    if name == full_name {
        return format!("`{full_name}`");
    }
    let anchor: String = name.to_lowercase().chars().filter(|letter| *letter != '.').collect();
    format!("[{name}](#{anchor})")
}

fn local(full_name: &str, package: &str) -> String {
    let inner = full_name.strip_prefix(package).and_then(|rest| rest.strip_prefix('.'));
    inner.unwrap_or(full_name).to_owned()
}

/// Text that fits into a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
