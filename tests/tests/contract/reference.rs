//! The API reference is written from the descriptors, and fresh.

use std::fs;

use anyhow::{Context as _, Result};
use tests::{contract, environment, reference, repository};

#[test]
fn the_reference_is_fresh() -> Result<()> {
    let folder = repository::root().join("proto/reference");
    let documents = reference::documents(&contract::pool()?);
    if environment::update() {
        fs::create_dir_all(&folder)?;
        for (name, text) in &documents {
            fs::write(folder.join(name), text)?;
        }
    }
    let mut stale = Vec::new();
    for (name, text) in &documents {
        if fs::read_to_string(folder.join(name)).ok().as_deref() != Some(text) {
            stale.push(name.clone());
        }
    }
    for entry in fs::read_dir(&folder).context("proto/reference")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !documents.contains_key(&name) {
            stale.push(name);
        }
    }
    let how = "UPDATE=1 cargo test --package tests --test contract";
    assert!(stale.is_empty(), "stale in proto/reference: {stale:?}; write them anew: {how}");
    Ok(())
}
