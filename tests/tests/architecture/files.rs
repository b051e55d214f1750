//! How files are cut, and which there are.

use anyhow::Result;
use tests::repository;

const LONGEST: usize = 600;
const MEDIAN: usize = 150;

/// Everything that may lie in the top folder.
const TOP: &[&str] = &[
    ".ci",
    ".clippy.toml",
    ".config",
    ".deny.toml",
    ".gitignore",
    ".rustfmt.toml",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "README.zh-CN.md",
    "deploy",
    "proto",
    "rust-toolchain.toml",
    "services",
    "tests",
];

#[test]
fn files_are_short() -> Result<()> {
    let mut lengths = Vec::new();
    for path in repository::files_below(&["services/", "proto/", "tests/"], ".rs")? {
        lengths.push((repository::read(&path)?.lines().count(), path));
    }
    lengths.sort();
    let long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > LONGEST).collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:#?}");
    let (median, path) = &lengths[lengths.len() / 2];
    assert!(*median <= MEDIAN, "the median file has {median} lines, e.g. {path}");
    Ok(())
}

#[test]
fn modules_are_named_after_what_they_hold() -> Result<()> {
    const EMPTY_NAMES: &[&str] = &["mod", "utils", "util", "common", "helpers", "manager", "base"];
    let mut wrong = repository::files_below(&["services/", "proto/", "tests/"], ".rs")?;
    wrong.retain(|path| {
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
        EMPTY_NAMES.contains(&name)
    });
    assert!(wrong.is_empty(), "names that say nothing: {wrong:#?}");
    Ok(())
}

#[test]
fn the_top_folder_holds_what_it_should() -> Result<()> {
    let mut wrong: Vec<String> = repository::files()?
        .iter()
        .filter_map(|path| path.split('/').next())
        .filter(|entry| !TOP.contains(entry))
        .map(str::to_owned)
        .collect();
    wrong.dedup();
    assert!(wrong.is_empty(), "not in the plan of the house: {wrong:#?}");
    Ok(())
}

#[test]
fn no_file_names_the_machine_it_was_written_on() -> Result<()> {
    // Put together here, so that this file does not name them.
    let places: Vec<String> =
        ["work", "root", "home", "Users"].iter().map(|name| format!("/{name}/")).collect();
    let mut wrong = Vec::new();
    for path in repository::files()? {
        let Ok(text) = repository::read(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            if places.iter().any(|place| names_place(line, place)) {
                wrong.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "paths of a machine: {wrong:#?}");
    Ok(())
}

/// Whether `line` has `place` as the beginning of a path, and not in the middle of one.
fn names_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || "._-*/…}".contains(letter))
    })
}
