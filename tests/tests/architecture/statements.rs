//! Every statement of the program is listed, so that the test that prepares them on both databases sees it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use tests::repository;

/// Statements that need no list, and why not.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("services/ledger/src/db.rs", "APPLIED", "runs whenever a database is opened"),
    ("services/ledger/src/db.rs", "RECORD", "runs whenever a database is opened"),
    ("services/yiwang/src/command/audit.rs", "READ_NODE", "runs in the tests of the audit"),
];

#[test]
fn every_statement_is_listed() -> Result<()> {
    let listed: BTreeSet<String> = [
        ledger::statements(),
        ledger::keystore::STATEMENTS.to_vec(),
        ledger::passing::STATEMENTS.to_vec(),
        registry::store::STATEMENTS.to_vec(),
        dispatch::store::STATEMENTS.to_vec(),
    ]
    .concat()
    .into_iter()
    .map(compact)
    .collect();
    let (mut found, mut wrong) = (0, Vec::new());
    for path in repository::files_below(&["services/"], ".rs")? {
        if path.contains("/tests/") || path.ends_with("/tests.rs") {
            continue;
        }
        for (name, text) in constants(&repository::read(&path)?).with_context(|| path.clone())? {
            let known = ELSEWHERE.iter().any(|(file, one, _)| *file == path && *one == name);
            if is_statement(&text) && !known {
                found += 1;
                if !listed.contains(&compact(&text)) {
                    wrong.push(format!("{path}: {name}"));
                }
            }
        }
    }
    assert!(found > 20, "{found} statements were found");
    assert!(wrong.is_empty(), "in no list of statements: {wrong:#?}");
    Ok(())
}

/// Names and texts of the constants of type `&str`.
fn constants(source: &str) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for part in source.split("const ").skip(1) {
        let Some((name, rest)) = part.split_once(':') else { continue };
        let Some((kind, rest)) = rest.split_once('=') else { continue };
        let plain = ["&str", "&'static str"].contains(&kind.trim());
        let Some(literal) = rest.trim_start().strip_prefix('"').filter(|_| plain) else { continue };
        found.push((name.to_owned(), unescaped(literal).context(name.to_owned())?));
    }
    Ok(found)
}

/// The text of a literal, from behind its first quote.
fn unescaped(literal: &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = literal.chars();
    loop {
        match letters.next()? {
            '"' => return Some(text),
            '\\' => match letters.next()? {
                '\n' => text.push(' '),
                letter => text.push(letter),
            },
            letter => text.push(letter),
        }
    }
}

fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let dot = text.trim_end().ends_with('.');
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&first) && !dot
}

/// The text with one space wherever there is any.
fn compact(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn statements_are_found_in_sources() -> Result<()> {
    let source = "const A: &str = \"\n    SELECT \\\"x\\\"\n    FROM a\";\nconst B: u8 = 1;\n\
        pub const C: &str = \"SELECT is a word.\";\nconst D: &[&str] = &[A];";
    let found = constants(source)?;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(compact(&found[0].1), "SELECT \"x\" FROM a");
    assert!(is_statement(&found[0].1) && !is_statement(&found[1].1));
    Ok(())
}
