//! The rules of the contract, from its descriptors, so that a machine without buf holds them too.

use anyhow::Result;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use tests::contract;

/// Orders of operators that name the very events they act on, and bytes that name their place: repeating one changes nothing.
const REPEATABLE_AS_THEY_ARE: [&str; 5] =
    ["RetrySetAside", "DiscardSetAside", "ConfirmClock", "UploadFile", "UploadPiece"];
/// Work beside the log: what is staged becomes an event when the import is activated, an upload when it is attached.
const WITHOUT_EVENT: [&str; 8] = [
    "StageRows",
    "CancelImport",
    "RetrySetAside",
    "DiscardSetAside",
    "ConfirmClock",
    "UploadFile",
    "UploadPiece",
    "ReportPosition",
];

const MARKERS: [&str; 3] = ["Required.", "Output only.", "Immutable."];

#[test]
fn every_element_says_what_it_is() -> Result<()> {
    let pool = contract::pool()?;
    let mut silent = Vec::new();
    for file in contract::files(&pool) {
        let has = |path: &[i32]| !contract::comment(&file, path).is_empty();
        // 12 = syntax, 2 = package: the comment at the top of a file stands before one of them.
        if !has(&[12]) && !has(&[2]) {
            silent.push(file.name().to_owned());
        }
    }
    for message in contract::messages(&pool) {
        let file = message.parent_file();
        if !message.is_map_entry() && contract::comment(&file, message.path()).is_empty() {
            silent.push(message.full_name().to_owned());
        }
        let fields = message.fields().filter(|_| !message.is_map_entry());
        silent.extend(
            fields
                .filter(|field| contract::comment(&file, field.path()).is_empty())
                .map(|field| field.full_name().to_owned()),
        );
    }
    for one in contract::enums(&pool) {
        let file = one.parent_file();
        if contract::comment(&file, one.path()).is_empty() {
            silent.push(one.full_name().to_owned());
        }
        silent.extend(
            one.values()
                .filter(|value| contract::comment(&file, value.path()).is_empty())
                .map(|value| value.full_name().to_owned()),
        );
    }
    for service in contract::services(&pool) {
        let file = service.parent_file();
        if contract::comment(&file, service.path()).is_empty() {
            silent.push(service.full_name().to_owned());
        }
        silent.extend(
            service
                .methods()
                .filter(|method| contract::comment(&file, method.path()).is_empty())
                .map(|method| method.full_name().to_owned()),
        );
    }
    assert!(silent.is_empty(), "without a comment: {silent:#?}");
    Ok(())
}

#[test]
fn every_rpc_has_a_request_and_a_response_of_its_own() -> Result<()> {
    let pool = contract::pool()?;
    let wrong: Vec<String> = contract::methods(&pool)
        .iter()
        .filter(|method| {
            method.input().name() != format!("{}Request", method.name())
                || method.output().name() != format!("{}Response", method.name())
        })
        .map(|method| method.full_name().to_owned())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn every_enum_starts_unspecified() -> Result<()> {
    let pool = contract::pool()?;
    let wrong: Vec<String> = contract::enums(&pool)
        .iter()
        .filter(|one| {
            let zero = one.default_value();
            zero.number() != 0 || !zero.name().ends_with("_UNSPECIFIED")
        })
        .map(|one| one.full_name().to_owned())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn what_changes_something_can_be_repeated_and_says_where_it_stands() -> Result<()> {
    let pool = contract::pool()?;
    let mut wrong = Vec::new();
    for method in contract::methods(&pool).iter().filter(|method| contract::mutates(method)) {
        let id = method.input().get_field_by_name("request_id");
        let id = id.filter(|id| id.number() == 1 && id.kind() == Kind::String);
        let required = id.is_some_and(|id| says(&id).starts_with("Required."));
        if !required && !REPEATABLE_AS_THEY_ARE.contains(&method.name()) {
            wrong.push(format!("{}: no required request_id = 1", method.full_name()));
        }
        let position = method.output().get_field_by_name("feed_position");
        let told = position.is_some_and(|position| position.kind() == Kind::Uint64);
        if !told && !WITHOUT_EVENT.contains(&method.name()) {
            wrong.push(format!("{}: the response has no feed_position", method.full_name()));
        }
    }
    for method in contract::methods(&pool).iter().filter(|method| !contract::mutates(method)) {
        if method.input().get_field_by_name("request_id").is_some() {
            wrong.push(format!("{}: reads, but has a request_id", method.full_name()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn lists_come_in_pages() -> Result<()> {
    let pool = contract::pool()?;
    let mut wrong = Vec::new();
    for method in contract::methods(&pool) {
        let (input, output) = (method.input(), method.output());
        let size = input.get_field_by_name("page_size").map(|field| field.kind());
        let token = input.get_field_by_name("page_token").map(|field| field.kind());
        let next = output.get_field_by_name("next_page_token");
        match (token.is_some(), next) {
            (false, None) => {}
            (true, Some(next)) => {
                let list = output.get_field(1).is_some_and(|field| field.is_list());
                if size != Some(Kind::Int32) || next.number() != 2 || !list {
                    wrong.push(method.full_name().to_owned());
                }
            }
            (true, None) | (false, Some(_)) => wrong.push(method.full_name().to_owned()),
        }
    }
    assert!(wrong.is_empty(), "page_size, page_token, list = 1, next_page_token = 2: {wrong:#?}");
    Ok(())
}

#[test]
fn markers_are_the_first_words() -> Result<()> {
    let pool = contract::pool()?;
    let requests: Vec<String> = contract::methods(&pool)
        .iter()
        .map(|method| method.input().full_name().to_owned())
        .collect();
    let responses: Vec<String> = contract::methods(&pool)
        .iter()
        .map(|method| method.output().full_name().to_owned())
        .collect();
    let mut wrong = Vec::new();
    for field in fields(&contract::messages(&pool)) {
        let text = says(&field);
        let parent = field.parent_message().full_name().to_owned();
        let late = MARKERS.iter().any(|marker| text.rfind(marker).is_some_and(|at| at > 0));
        let output_in_request = requests.contains(&parent) && text.starts_with("Output only.");
        let required_in_response = responses.contains(&parent) && text.starts_with("Required.");
        if late || output_in_request || required_in_response {
            wrong.push(format!("{}: {text}", field.full_name()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn times_and_dates_are_named_as_such() -> Result<()> {
    let pool = contract::pool()?;
    let mut wrong = Vec::new();
    for field in fields(&contract::messages(&pool)) {
        let name = field.name();
        let timestamp = matches!(
            field.kind(),
            Kind::Message(message) if message.full_name() == "google.protobuf.Timestamp"
        );
        let endings = ["_time", "_times", "_time_from", "_time_until"];
        if timestamp && !endings.iter().any(|ending| name.ends_with(ending)) {
            wrong.push(format!("{}: a Timestamp is called …_time", field.full_name()));
        }
        if name.ends_with("_date") && field.kind() != Kind::String {
            wrong.push(format!("{}: a date is a string YYYY-MM-DD", field.full_name()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn every_package_names_its_place_in_other_languages() -> Result<()> {
    let pool = contract::pool()?;
    let mut wrong = Vec::new();
    for file in contract::files(&pool) {
        let options = file.file_descriptor_proto().options.clone().unwrap_or_default();
        let version = file.package_name().strip_prefix("yiwang.").unwrap_or_default();
        let java = format!("cn.yiwang.{version}");
        if options.java_package.as_deref() != Some(java.as_str()) || options.go_package.is_none() {
            wrong.push(file.name().to_owned());
        }
        let folder = file.package_name().replace('.', "/");
        if !file.name().starts_with(&folder) {
            wrong.push(format!("{} does not lie in {folder}", file.name()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn no_service_knows_the_messages_of_another() -> Result<()> {
    let pool = contract::pool()?;
    let mut wrong = Vec::new();
    for file in contract::files(&pool) {
        for used in file.dependencies() {
            let outside = used.package_name().starts_with("google.protobuf");
            if !outside && used.package_name() != file.package_name() {
                wrong.push(format!("{} imports {}", file.name(), used.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn every_service_has_a_catalogue_of_reasons() -> Result<()> {
    let pool = contract::pool()?;
    let mut wrong = Vec::new();
    for file in contract::files(&pool).iter().filter(|file| file.services().len() > 0) {
        let package = file.package_name();
        let reasons: Vec<_> = contract::enums(&pool)
            .into_iter()
            .filter(|one| one.package_name() == package && one.name().ends_with("ErrorReason"))
            .collect();
        if reasons.len() != 1 {
            wrong.push(format!("{package}: {} enums of error reasons", reasons.len()));
        }
        for value in reasons.iter().flat_map(|one| one.values().collect::<Vec<_>>()) {
            let text = contract::comment(&value.parent_enum().parent_file(), value.path());
            let code = text.split(':').next().unwrap_or_default();
            let codes = code.split([',', ' ']).filter(|word| !word.is_empty() && *word != "or");
            if value.number() != 0 && codes.clone().any(|word| !is_code(word)) {
                wrong.push(format!("{}: the comment starts with no gRPC code", value.full_name()));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

fn is_code(word: &str) -> bool {
    const CODES: [&str; 13] = [
        "ABORTED",
        "ALREADY_EXISTS",
        "CANCELLED",
        "DATA_LOSS",
        "DEADLINE_EXCEEDED",
        "FAILED_PRECONDITION",
        "INTERNAL",
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "OUT_OF_RANGE",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "UNAVAILABLE",
    ];
    CODES.contains(&word) || ["UNAUTHENTICATED", "UNIMPLEMENTED"].contains(&word)
}

fn fields(messages: &[MessageDescriptor]) -> Vec<FieldDescriptor> {
    messages.iter().flat_map(|message| message.fields().collect::<Vec<_>>()).collect()
}

fn says(field: &FieldDescriptor) -> String {
    contract::comment(&field.parent_message().parent_file(), field.path())
}
