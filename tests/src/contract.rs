//! The contract as its descriptors tell it, with comments.

use anyhow::{Context as _, Result};
use prost_reflect::{
    DescriptorPool, EnumDescriptor, FileDescriptor, MessageDescriptor, MethodDescriptor,
    ServiceDescriptor,
};

/// Rpcs that only read start with one of these words; every other rpc changes something.
pub const READING: [&str; 9] =
    ["Explain", "Get", "List", "Find", "Lookup", "Count", "Pull", "Follow", "Watch"];

/// Every descriptor of the contract.
pub fn pool() -> Result<DescriptorPool> {
    DescriptorPool::decode(yiwang_proto::DESCRIPTORS).context("reading the descriptors")
}

/// The contract's own files, in order of their names: those of packages `yiwang.…`.
pub fn files(pool: &DescriptorPool) -> Vec<FileDescriptor> {
    let mut files: Vec<_> =
        pool.files().filter(|file| file.package_name().starts_with("yiwang.")).collect();
    files.sort_by(|a, b| a.name().cmp(b.name()));
    files
}

/// The contract's own messages, nested ones included, in order of their full names.
pub fn messages(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let mut messages: Vec<_> = pool
        .all_messages()
        .filter(|message| message.package_name().starts_with("yiwang."))
        .collect();
    messages.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    messages
}

/// The contract's own enums, nested ones included, in order of their full names.
pub fn enums(pool: &DescriptorPool) -> Vec<EnumDescriptor> {
    let mut enums: Vec<_> =
        pool.all_enums().filter(|one| one.package_name().starts_with("yiwang.")).collect();
    enums.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    enums
}

/// The contract's services, in order of their full names.
pub fn services(pool: &DescriptorPool) -> Vec<ServiceDescriptor> {
    let mut services: Vec<_> = pool.services().collect();
    services.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    services
}

/// Every rpc of the contract.
pub fn methods(pool: &DescriptorPool) -> Vec<MethodDescriptor> {
    services(pool).iter().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

/// The events of the contract: the messages of the files `events.proto` and `events_….proto` that are published as a payload
/// of their own.
pub fn events(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    messages(pool)
        .into_iter()
        .filter(|message| message.parent_message().is_none())
        .filter(|message| message.parent_file().name().contains("/events"))
        .collect()
}

/// Whether an rpc changes something.
pub fn mutates(method: &MethodDescriptor) -> bool {
    !READING.iter().any(|word| method.name().starts_with(word))
}

/// The comment before the element at `path` of `file`, without the spaces that proto files put around it.
pub fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let location = info.and_then(|info| info.location.iter().find(|at| at.path == path));
    let text = location.and_then(|at| at.leading_comments.as_deref()).unwrap_or_default();
    let lines: Vec<&str> =
        text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().to_owned()
}
