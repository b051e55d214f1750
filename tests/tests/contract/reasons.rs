//! The catalogue of reasons and what the sources emit are the same, in both directions.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use tests::{contract, repository};

/// The values of an enum of the contract, without their prefix.
fn catalogue(name: &str) -> Result<BTreeSet<String>> {
    let enums = contract::enums(&contract::pool()?);
    let found = enums.into_iter().find(|one| one.name() == name);
    let found = found.ok_or_else(|| anyhow::anyhow!("no enum {name}"))?;
    let prefix = found.default_value().name().trim_end_matches("UNSPECIFIED").to_owned();
    let values = found.values().filter(|value| value.number() != 0);
    Ok(values.map(|value| value.name().trim_start_matches(&prefix).to_owned()).collect())
}

/// The sources of rooms, without their tests.
fn sources(rooms: &[&str]) -> Result<Vec<(String, String)>> {
    let mut sources = Vec::new();
    for room in rooms {
        for path in repository::files_below(&[&format!("services/{room}/src")], ".rs")? {
            if path.contains("/tests/") || path.ends_with("/tests.rs") {
                continue;
            }
            let text = repository::read(&path)?;
            let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            sources.push((path, code));
        }
    }
    ensure!(!sources.is_empty(), "no sources in {rooms:?}");
    Ok(sources)
}

/// Whether the literal has the form of a reason.
fn is_reason(text: &str) -> bool {
    text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// What stands between quotes or, where escaped quotes disturb the count, around them.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').filter(move |part| part.len() < text.len())
}

/// The string literals of a text that have the form of a reason.
fn reasons(text: &str) -> BTreeSet<String> {
    literals(text).filter(|part| is_reason(part)).map(str::to_owned).collect()
}

/// What stands between the parentheses of every call that begins like this.
fn arguments<'a>(code: &'a str, call: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(call) {
        let rest = &code[at + call.len()..];
        let mut depth = 1_usize;
        let end = rest.char_indices().find(|(_, letter)| {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        found.extend(end.map(|(end, _)| &rest[..end]));
    }
    found
}

#[test]
fn the_server_gives_the_reasons_of_the_catalogue() -> Result<()> {
    let listed = catalogue("ServerReason")?;
    assert_eq!(kit::REASONS.iter().map(|one| (*one).to_owned()).collect::<BTreeSet<_>>(), listed);
    let mut emitted = BTreeSet::new();
    for (_, code) in sources(&["kit"])? {
        let own = |call| arguments(&code, call).into_iter().filter(|all| all.contains("DOMAIN"));
        emitted.extend(own("Problem::new(").flat_map(reasons));
        if code.contains("Problem::internal(DOMAIN)") {
            emitted.insert("INTERNAL".to_owned());
        }
    }
    assert_eq!(emitted, listed, "emitted, then listed");
    Ok(())
}

#[test]
fn fields_are_wrong_for_reasons_of_the_catalogue() -> Result<()> {
    let listed = catalogue("FieldViolationReason")?;
    let (mut emitted, mut anywhere) = (BTreeSet::new(), BTreeSet::new());
    for (path, code) in sources(&["ledger", "registry", "dispatch"])? {
        anywhere.extend(reasons(&code));
        if !["/api", "/feed", "/error.rs"].iter().any(|part| path.contains(part)) {
            continue;
        }
        for call in [".wrong(", "violations.add(", ".violation("] {
            emitted.extend(arguments(&code, call).into_iter().flat_map(reasons));
        }
    }
    let unlisted: Vec<_> = emitted.difference(&listed).collect();
    assert!(unlisted.is_empty(), "not in FieldViolationReason: {unlisted:?}");
    let unused: Vec<_> = listed.difference(&anywhere).collect();
    assert!(unused.is_empty(), "in FieldViolationReason and nowhere else: {unused:?}");
    Ok(())
}

#[test]
fn services_refuse_for_reasons_of_the_catalogue() -> Result<()> {
    for (service, name) in [
        ("registry", "RegistryErrorReason"),
        ("dispatch", "DisputeErrorReason"),
        ("ledger", "FeedErrorReason"),
    ] {
        let listed = catalogue(name)?;
        let (mut emitted, mut anywhere) = (BTreeSet::new(), BTreeSet::new());
        for (path, code) in sources(&[service, "ledger", "kit"])? {
            anywhere.extend(reasons(&code));
            if path.starts_with(&format!("services/{service}/")) {
                for call in ["Problem::new(", "problem(", "unmet("] {
                    emitted.extend(arguments(&code, call).into_iter().flat_map(first_reason));
                }
            }
        }
        if service == "ledger" {
            // What the ledger says in the name of the service whose log, or files, they are.
            let lent = [
                "REQUEST_ID_REUSED",
                "REQUEST_ID_TOO_OLD",
                "UPLOAD_IN_PROGRESS",
                "FILE_NOT_FOUND",
                "FILE_DAMAGED",
            ];
            emitted.retain(|reason| !lent.contains(&reason.as_str()));
        }
        let unlisted: Vec<_> = emitted.difference(&listed).collect();
        assert!(unlisted.is_empty(), "not in {name}: {unlisted:?}");
        let unused: Vec<_> = listed.difference(&anywhere).collect();
        assert!(unused.is_empty(), "in {name} and nowhere else: {unused:?}");
    }
    Ok(())
}

/// The reason among the arguments: whatever has its form after it is metadata.
fn first_reason(arguments: &str) -> Option<String> {
    literals(arguments).find(|part| is_reason(part)).map(str::to_owned)
}
