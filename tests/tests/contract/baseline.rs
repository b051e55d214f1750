//! The baseline that breaking changes are looked for against is today's contract: what is missing in it is not guarded.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use prost_reflect::DescriptorPool;
use tests::{contract, repository};

#[test]
fn the_baseline_guards_the_whole_contract() -> Result<()> {
    let bytes = std::fs::read(repository::root().join("proto/baseline.binpb"))?;
    let baseline = DescriptorPool::decode(bytes.as_slice()).context("reading the baseline")?;
    let (today, guarded) = (elements(&contract::pool()?), elements(&baseline));
    assert!(today.len() > 500, "{} elements", today.len());
    let missing: Vec<&String> = today.difference(&guarded).collect();
    assert!(
        missing.is_empty(),
        "not in proto/baseline.binpb, so that taking it away again would go unnoticed: {missing:#?}; \
         tests/run --renew adds it"
    );
    Ok(())
}

/// Full names of everything that a client can name.
fn elements(pool: &DescriptorPool) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for message in contract::messages(pool) {
        names.insert(message.full_name().to_owned());
        names.extend(message.fields().map(|field| field.full_name().to_owned()));
    }
    for one in contract::enums(pool) {
        names.extend(one.values().map(|value| format!("{}: {}", one.full_name(), value.name())));
    }
    names.extend(contract::methods(pool).iter().map(|method| method.full_name().to_owned()));
    names
}
