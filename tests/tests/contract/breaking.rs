//! Nothing is ever taken away from version 1.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::{environment, repository};

/// Takes one field out of a copy of the contract and expects `buf breaking` to refuse the copy.
#[test]
fn a_deleted_field_is_found() -> Result<()> {
    let Some(buf) = environment::tool("TEST_BUF", "buf")? else { return Ok(()) };
    let copy = tempfile::tempdir()?;
    let source = repository::root().join("proto");
    for file in repository::files_below(&["proto/"], ".proto")? {
        let inner = file.trim_start_matches("proto/");
        let to = copy.path().join(inner);
        fs::create_dir_all(to.parent().unwrap_or(copy.path()))?;
        fs::copy(source.join(inner), to)?;
    }
    fs::copy(source.join("buf.yaml"), copy.path().join("buf.yaml"))?;
    let against = source.join("baseline.binpb");

    let before = breaking(&buf, copy.path(), &against)?;
    assert!(before.is_empty(), "the contract breaks its own baseline:\n{before}");

    let feed = copy.path().join("yiwang/feed/v1/feed.proto");
    let text = fs::read_to_string(&feed)?;
    let field = "  bytes commitment = 4;\n";
    ensure!(text.contains(field), "the field that this test deletes is gone");
    fs::write(&feed, text.replace(field, ""))?;
    let after = breaking(&buf, copy.path(), &against)?;
    assert!(after.contains("commitment"), "deleting a field went unnoticed: {after:?}");
    Ok(())
}

/// What `buf breaking` says of `contract`; empty = nothing broke.
fn breaking(buf: &Path, contract: &Path, against: &Path) -> Result<String> {
    let output = Command::new(buf)
        .args(["breaking", ".", "--against"])
        .arg(against.canonicalize().context("proto/baseline.binpb")?)
        .current_dir(contract)
        .output()
        .context("running buf")?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success() == said.is_empty(), "buf ended with {}", output.status);
    Ok(String::from_utf8_lossy(&said).into_owned())
}
