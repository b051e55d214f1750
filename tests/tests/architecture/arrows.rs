//! Who may use whom.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use cargo_metadata::MetadataCommand;
use tests::repository;

const SERVICE: &[&str] = &["yiwang-proto", "kit", "ledger", "calendar"];
const EVERYTHING: &[&str] = &["yiwang-proto", "kit", "ledger", "calendar", "registry", "dispatch"];

/// Legal arrows, tests and build scripts included.
const LEGAL: &[(&str, &[&str])] = &[
    ("yiwang-proto", &[]),
    ("kit", &[]),
    ("calendar", &[]),
    ("ledger", &["yiwang-proto", "kit"]),
    ("registry", SERVICE),
    ("dispatch", SERVICE),
    ("yiwang", EVERYTHING),
    ("tests", EVERYTHING),
];

#[test]
fn rooms_use_only_the_rooms_that_they_may() -> Result<()> {
    let manifest = repository::root().join("Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .other_options(["--offline".to_owned(), "--locked".to_owned()])
        .exec()
        .context("cargo metadata")?;
    let legal: BTreeMap<&str, &[&str]> = LEGAL.iter().copied().collect();
    let rooms: Vec<String> = metadata.packages.iter().map(|room| room.name.to_string()).collect();
    let mut wrong = Vec::new();
    for room in &metadata.packages {
        let Some(may) = legal.get(room.name.as_str()) else {
            wrong.push(format!("{}: a room that ARCHITECTURE.md does not know", room.name));
            continue;
        };
        let used = room.dependencies.iter().filter(|used| rooms.contains(&used.name));
        wrong.extend(
            used.filter(|used| !may.contains(&used.name.as_str()))
                .map(|used| format!("{} uses {}", room.name, used.name)),
        );
    }
    assert!(wrong.is_empty(), "illegal arrows: {wrong:#?}");
    Ok(())
}

#[test]
fn no_dependency_comes_from_a_patch_or_from_git() -> Result<()> {
    let lock = repository::read("Cargo.lock")?;
    let git: Vec<&str> = lock.lines().filter(|line| line.contains("\"git+")).collect();
    assert!(git.is_empty(), "from git: {git:#?}");
    let manifest = repository::read("Cargo.toml")?;
    assert!(!manifest.contains("[patch"), "Cargo.toml patches a dependency");
    Ok(())
}
