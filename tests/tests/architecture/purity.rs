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
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime",
    "std::time",
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
        let names = names(&code_only(&repository::read(&path)?));
        let named = FORBIDDEN.iter().filter(|name| names.iter().any(|found| found == *name));
        wrong.extend(named.map(|name| format!("{path} names {name}")));
    }
    assert!(wrong.is_empty(), "the domain knows no machine: {wrong:#?}");
    Ok(())
}

/// Every identifier, and every `std::…` path of two segments, also when several are imported in braces.
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
    }
    names
}

#[test]
fn names_are_found_however_they_are_imported() {
    let found = names("use std::{fmt, fs};\nlet a = std::net::TcpStream;");
    assert!(found.contains(&"std::fs".to_owned()) && found.contains(&"std::net".to_owned()));
    assert!(!names("use crate::std_fs; fn fs() {}").contains(&"std::fs".to_owned()));
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
