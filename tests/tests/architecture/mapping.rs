//! Two services ship how an old type is read, and neither knows the other: they say the same.

use anyhow::{Context as _, Result};
use tests::repository;

/// Rows of a table without quoted cells.
fn rows(path: &str) -> Result<Vec<Vec<String>>> {
    let text = repository::read(path)?;
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    Ok(text.lines().skip(1).map(cells).collect())
}

#[test]
fn a_ledger_reads_old_types_as_the_catalogue_does() -> Result<()> {
    let catalogue = rows("services/registry/data/dispute_types.csv")?;
    let mapped = |code: &str| {
        let row = catalogue.iter().find(|row| row[0] == "zz24" && row[1] == code);
        row.map(|row| row[6].clone()).with_context(|| format!("the catalogue has no zz24 {code}"))
    };
    let mapping = rows("services/dispatch/data/zz24_to_zz17.csv")?;
    assert_eq!(mapping.len(), 24);
    for row in mapping {
        let choices: Vec<&str> = row[1].split('|').collect();
        let theirs = mapped(&row[0])?;
        assert!(choices.contains(&theirs.as_str()), "zz24 {}: {choices:?} and {theirs}", row[0]);
    }
    Ok(())
}
