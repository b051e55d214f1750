//! The policy on dependencies (`.deny.toml`), held by a test: `cargo deny` itself need not be installed.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::{Metadata, MetadataCommand};
use serde::Deserialize;
use tests::repository;

/// What this test reads of the policy.
#[derive(Debug, Deserialize)]
struct Policy {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Debug, Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
    /// Crates that may use it all the same.
    #[serde(default)]
    wrappers: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    unknown_git: String,
    unknown_registry: String,
    allow_git: Vec<String>,
}

/// Every crate that is compiled for this machine, tests and build scripts included.
fn metadata() -> Result<Metadata> {
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    MetadataCommand::new()
        .manifest_path(repository::root().join("Cargo.toml"))
        .other_options(["--offline", "--locked", "--filter-platform", &host].map(str::to_owned))
        .exec()
        .context("cargo metadata")
}

/// Names of the packages that are in the graph, not merely in the lock file.
fn used(metadata: &Metadata) -> Result<Vec<&cargo_metadata::Package>> {
    let resolve = metadata.resolve.as_ref().context("no graph of dependencies")?;
    Ok(resolve.nodes.iter().map(|node| &metadata[&node.id]).collect())
}

fn policy() -> Result<Policy> {
    toml::from_str(&repository::read(".deny.toml")?).context(".deny.toml")
}

#[test]
fn banned_crates_are_not_used() -> Result<()> {
    let (policy, metadata) = (policy()?, metadata()?);
    let banned: Vec<&str> = policy.bans.deny.iter().map(|one| one.name.as_str()).collect();
    for name in ["openssl", "openssl-sys", "native-tls", "chrono", "aws-lc-sys"] {
        assert!(banned.contains(&name), "the policy no longer bans {name}");
    }
    let packages = used(&metadata)?;
    ensure!(packages.len() > 100, "{} packages", packages.len());
    let resolve = metadata.resolve.as_ref().context("no graph of dependencies")?;
    let mut wrong = Vec::new();
    for node in &resolve.nodes {
        let user = metadata[&node.id].name.as_str();
        for used in &node.deps {
            let name = metadata[&used.pkg].name.as_str();
            let rule = policy.bans.deny.iter().find(|one| one.name == name);
            if rule.is_some_and(|rule| !rule.wrappers.iter().any(|wrapper| wrapper == user)) {
                wrong.push(format!("{name}, by {user}"));
            }
        }
    }
    assert!(wrong.is_empty(), "banned by .deny.toml: {wrong:?}");
    Ok(())
}

#[test]
fn licences_are_allowed() -> Result<()> {
    let (policy, metadata) = (policy()?, metadata()?);
    let mut wrong = Vec::new();
    for package in used(&metadata)? {
        let licence = package.license.as_deref().unwrap_or_default();
        if !allowed(licence, &policy.licenses.allow) {
            wrong.push(format!("{} {}: {licence:?}", package.name, package.version));
        }
    }
    assert!(wrong.is_empty(), "not allowed by .deny.toml: {wrong:#?}");
    Ok(())
}

#[test]
fn crates_come_from_the_registry_only() -> Result<()> {
    let (policy, metadata) = (policy()?, metadata()?);
    let sources = policy.sources;
    assert!(sources.unknown_git == "deny" && sources.unknown_registry == "deny");
    assert!(sources.allow_git.is_empty(), "{:?}", sources.allow_git);
    let mut wrong = Vec::new();
    for package in used(&metadata)? {
        match &package.source {
            Some(source) if source.is_crates_io() => {}
            None if metadata.workspace_members.contains(&package.id) => {}
            source => wrong.push(format!("{} from {source:?}", package.name)),
        }
    }
    assert!(wrong.is_empty(), "from elsewhere: {wrong:#?}");
    Ok(())
}

/// Whether an SPDX expression can be met with allowed licences: one of those joined by OR, all of those joined by AND.
fn allowed(expression: &str, allow: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = any(&words, &mut at, allow);
    met && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allow: &BTreeSet<String>) -> bool {
    let mut met = all(words, at, allow);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, allow);
    }
    met
}

fn all(words: &[&str], at: &mut usize, allow: &BTreeSet<String>) -> bool {
    let mut met = one(words, at, allow);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allow);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allow: &BTreeSet<String>) -> bool {
    let word = words.get(*at).copied().unwrap_or_default();
    // Also behind the end, so that an expression that breaks off is not one.
    *at += 1;
    if word == "(" {
        let met = any(words, at, allow);
        *at += 1;
        return met;
    }
    if words.get(*at) == Some(&"WITH") {
        let exception = words.get(*at + 1).copied().unwrap_or_default();
        *at += 2;
        return allow.contains(&format!("{word} WITH {exception}"));
    }
    allow.contains(word)
}

#[test]
fn licence_expressions_are_read() {
    let allow = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into();
    for good in ["MIT", "GPL-3.0 OR MIT", "MIT/Apache-2.0", "(MIT OR GPL-3.0) AND ISC"] {
        assert!(allowed(good, &allow), "{good}");
    }
    assert!(allowed("Apache-2.0 WITH LLVM-exception", &allow));
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "MIT OR", "MIT ISC"] {
        assert!(!allowed(bad, &allow), "{bad}");
    }
}
