//! What the domain of a service may not name, and what only one file may.

use anyhow::Result;
use tests::repository::{self, code_only};

/// Names that a pure file may not have in its code.
const FORBIDDEN: &[&str] = &[
    "tokio",
    "sqlx",
    "tonic",
    "prost",
    "prost_types",
    "yiwang_proto",
    "getrandom",
    "rand",
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::time",
    "SystemTime",
    "::now",
    "::now_v1",
    "::now_v6",
    "::now_v7",
    "::new_v1",
    "::new_v4",
];

/// Rooms that a pure file may not use; its tests may, to see what becomes of a refusal.
const ROOMS: &[&str] = &["kit", "ledger"];

/// One piece of code for every rule, which has to find it.
const CONTROLS: &[(&str, &str)] = &[
    ("tokio", "use tokio::sync::Mutex;"),
    ("sqlx", "use sqlx::Row as _;"),
    ("tonic", "fn f() -> tonic::Status {}"),
    ("prost", "use prost::Message as _;"),
    ("prost_types", "let a = prost_types::Timestamp::default();"),
    ("yiwang_proto", "use yiwang_proto::feed::v1::Page;"),
    ("getrandom", "getrandom::fill(&mut bytes);"),
    ("rand", "let a = rand::random();"),
    ("std::fs", "use std::{fmt, fs};"),
    ("std::io", "use std::io::Read as _;"),
    ("std::net", "let a = std::net::TcpStream::connect(b);"),
    ("std::env", "use std::{collections::BTreeMap, env};"),
    ("std::process", "std::process::exit(1);"),
    ("std::thread", "std::thread::sleep(a);"),
    ("std::time", "use std::time::Duration;"),
    ("SystemTime", "let a = SystemTime::UNIX_EPOCH;"),
    ("::now", "let a = jiff::ZonedDateTime::now();"),
    ("::now", "let a = Timestamp::now();"),
    ("::now_v1", "Uuid::now_v1(&node);"),
    ("::now_v6", "Uuid::now_v6(&node);"),
    ("::now_v7", "let id = uuid::Uuid::now_v7();"),
    ("::new_v1", "Uuid::new_v1(a, &node);"),
    ("::new_v4", "let id = Uuid::new_v4();"),
    ("kit", "use kit::Clock;"),
    ("ledger", "fn f(moment: &ledger::Moment) {}"),
];

#[test]
fn the_domain_is_pure() -> Result<()> {
    let mut pure = repository::files_below(&["services/"], ".rs")?;
    pure.retain(|path| {
        path.contains("/src/domain/")
            || path.ends_with("/src/domain.rs")
            || path.starts_with("services/calendar/src/")
    });
    assert!(!pure.is_empty(), "no domain was found");
    let mut wrong = Vec::new();
    for path in pure {
        let is_test = path.contains("/tests/") || path.ends_with("/tests.rs");
        let named = forbidden(&code_only(&repository::read(&path)?), is_test);
        wrong.extend(named.into_iter().map(|name| format!("{path} names {name}")));
    }
    assert!(wrong.is_empty(), "the domain knows no machine: {wrong:#?}");
    Ok(())
}

#[test]
fn every_rule_of_purity_finds_what_it_forbids() {
    for (rule, code) in CONTROLS {
        assert!(forbidden(code, false).contains(rule), "{rule} is not found in: {code}");
    }
    for rule in FORBIDDEN.iter().chain(ROOMS) {
        assert!(CONTROLS.iter().any(|(name, _)| name == rule), "{rule} has no control");
    }
    let pure = "use crate::std_fs; fn fs(now: Day) -> Kit { moment.now }";
    assert!(forbidden(pure, false).is_empty(), "{:?}", forbidden(pure, false));
    assert!(forbidden("let problem = kit::Problem::from(a);", true).is_empty());
}

/// The forbidden names that stand in some code.
fn forbidden(code: &str, is_test: bool) -> Vec<&'static str> {
    let names = names(code);
    let rooms = ROOMS.iter().filter(|_| !is_test);
    let rules = FORBIDDEN.iter().chain(rooms).copied();
    rules.filter(|rule| names.iter().any(|found| found == rule)).collect()
}

/// Every identifier, every `std::…` path of two segments, also when several are imported in braces, and `::name` for
/// every name that is called or taken from somewhere.
fn names(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for statement in code.split(';') {
        let words: Vec<&str> = statement
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .filter(|word| !word.is_empty())
            .collect();
        for (at, word) in words.iter().enumerate() {
            names.push((*word).to_owned());
            if *word == "std" {
                let braced = statement.contains("std::{");
                let reach = if braced { words.len() } else { (at + 2).min(words.len()) };
                names.extend(words[at + 1..reach].iter().map(|next| format!("std::{next}")));
            }
        }
        for (at, _) in statement.match_indices("::") {
            let rest = &statement[at + 2..];
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            names.push(format!("::{}", &rest[..end.unwrap_or(rest.len())]));
        }
    }
    names
}

#[test]
fn sql_that_is_put_together_stays_in_the_bulk_writer() -> Result<()> {
    let mut wrong = Vec::new();
    for path in repository::files_below(&["services/", "proto/", "tests/src/"], ".rs")? {
        let inside =
            path.starts_with("services/ledger/src/dialect") || path.contains("/src/tests/");
        if !inside && code_only(&repository::read(&path)?).contains("AssertSqlSafe") {
            wrong.push(path);
        }
    }
    assert!(wrong.is_empty(), "only services/ledger/src/dialect may build SQL: {wrong:#?}");
    Ok(())
}

#[test]
fn wire_types_stop_at_the_edge() -> Result<()> {
    let mut wrong = Vec::new();
    for service in repository::services()? {
        let folder = format!("services/{service}/src/");
        for path in repository::files_below(&[&folder], ".rs")? {
            let inner = &path[folder.len()..];
            let edge = ["api", "follow", "lib.rs", "tests"];
            let is_edge = edge.iter().any(|start| inner.starts_with(start));
            if !is_edge && code_only(&repository::read(&path)?).contains("yiwang_proto") {
                wrong.push(path);
            }
        }
    }
    assert!(wrong.is_empty(), "wire types belong in api/convert and follow: {wrong:#?}");
    Ok(())
}
