//! pgbench: two plain inserts per transaction at 32 clients, the yardstick that everybody has.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::database::{Postgres, execute};
use tests::environment;

use crate::figures::Figures;

const TABLES: &str = "
    CREATE TABLE one (id BIGSERIAL PRIMARY KEY, body TEXT NOT NULL);
    CREATE TABLE two (id BIGSERIAL PRIMARY KEY, body TEXT NOT NULL)";
const SCRIPT: &str = "\
BEGIN;
INSERT INTO one (body) VALUES (repeat('x', 200));
INSERT INTO two (body) VALUES (repeat('y', 200));
COMMIT;
";

pub(crate) async fn measure(seconds: u64, figures: &mut Figures) -> Result<()> {
    let server = environment::postgres()?.context("pgbench needs TEST_POSTGRES_URL")?;
    let database = Postgres::create(&server).await?;
    execute(database.url(), TABLES.to_owned()).await?;
    let script = tempfile::NamedTempFile::new()?;
    std::fs::write(script.path(), SCRIPT)?;
    let program = environment::variable("TEST_PGBENCH").unwrap_or_else(|| "pgbench".to_owned());
    let output = Command::new(program)
        .args(["--no-vacuum", "--client=32", "--jobs=2", "--protocol=prepared"])
        .arg(format!("--time={seconds}"))
        .arg(format!("--file={}", script.path().display()))
        .arg(database.url())
        .output()
        .context("running pgbench")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "pgbench: {}", String::from_utf8_lossy(&output.stderr));
    let line = said.lines().find(|line| line.starts_with("tps =")).context("no tps")?;
    let rate: f64 = line.split_whitespace().nth(2).context("no number")?.parse()?;
    figures.add("pgbench/32/rate", "/s", rate, None);
    database.drop().await
}
