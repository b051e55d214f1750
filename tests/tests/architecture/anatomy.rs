//! Every service has the same files, so that who has read one has read all.

use std::collections::BTreeSet;

use anyhow::Result;
use tests::repository;

/// Files that every service has, from its own folder.
const ALWAYS: &[&str] = &[
    "Cargo.toml",
    "README.md",
    "schema.sql",
    "migrations/0001_init.sql",
    "src/lib.rs",
    "src/domain.rs",
    "src/domain/command.rs",
    "src/domain/event.rs",
    "src/domain/rejection.rs",
    "src/domain/decide.rs",
    "src/domain/evolve.rs",
    "src/store.rs",
    "src/project.rs",
    "src/app.rs",
    "src/api.rs",
    "src/config.rs",
    "src/error.rs",
];

/// Modules at the top of a service: nothing else has a place there.
const MODULES: &[&str] = &[
    "domain", "store", "project", "follow", "app", "api", "timers", "config", "error", "lib",
    "tests",
];

#[test]
fn services_have_the_same_files() -> Result<()> {
    let files: BTreeSet<String> = repository::files()?.into_iter().collect();
    let services = repository::services()?;
    assert!(services.len() >= 2, "services found: {services:?}");
    let mut wrong = Vec::new();
    for service in services {
        let folder = format!("services/{service}");
        let missing = ALWAYS.iter().filter(|file| !files.contains(&format!("{folder}/{file}")));
        wrong.extend(missing.map(|file| format!("{folder}/{file} is missing")));
        let converts = format!("{folder}/src/api/convert");
        if !files.iter().any(|file| file.starts_with(&converts)) {
            wrong.push(format!("{converts} is missing"));
        }
        wrong.extend(strange_modules(&files, &format!("{folder}/src/")));
        wrong.extend(follow_mismatch(&files, &folder)?);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

fn strange_modules(files: &BTreeSet<String>, sources: &str) -> Vec<String> {
    let tops: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file.strip_prefix(sources))
        .filter_map(|inner| inner.split('/').next())
        .map(|top| top.trim_end_matches(".rs"))
        .collect();
    tops.into_iter()
        .filter(|top| !MODULES.contains(top))
        .map(|top| format!("{sources}{top} has no place in the anatomy"))
        .collect()
}

/// A service has `follow.rs` exactly when its authority says that it follows another service's log.
fn follow_mismatch(files: &BTreeSet<String>, folder: &str) -> Result<Vec<String>> {
    let mut follows = false;
    for file in files.iter().filter(|file| file.starts_with(&format!("{folder}/src/app"))) {
        follows |= repository::read(file)?.contains("fn follows(");
    }
    let has_file = files.contains(&format!("{folder}/src/follow.rs"));
    Ok(match (follows, has_file) {
        (true, false) => vec![format!("{folder} follows a log, but has no src/follow.rs")],
        (false, true) => vec![format!("{folder}/src/follow.rs, but its authority follows nothing")],
        (true, true) | (false, false) => Vec::new(),
    })
}
