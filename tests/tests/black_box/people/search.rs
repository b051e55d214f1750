//! Looks for the words: in text, in files, in every table of both databases.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tests::database::Database;
use tests::environment;

use super::PLANTS;

/// The one table that holds names and phones of people: workers', for those who work with them.
const CONTACTS: &str = "contact";

/// Looks for every plant as it is, escaped as in JSON, and in hexadecimal.
pub(crate) fn search(place: &str, bytes: &[u8]) -> Result<()> {
    for plant in PLANTS {
        let escaped: String = plant.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        for form in [plant.to_owned(), escaped, hex::encode(plant), hex::encode_upper(plant)] {
            let found = bytes.windows(form.len()).position(|window| window == form.as_bytes());
            if let Some(at) = found {
                let around =
                    &bytes[at.saturating_sub(120)..(at + form.len() + 60).min(bytes.len())];
                anyhow::bail!("{place} has {plant}: {}", String::from_utf8_lossy(around));
            }
        }
    }
    Ok(())
}

/// Searches everything that a node keeps, but the contacts, in which the words have to be.
pub(crate) async fn database(database: &Database) -> Result<()> {
    match database {
        Database::Sqlite(folder) => {
            files(folder.path())?;
            tables(&folder.path().join("registry.db")).await
        }
        Database::Postgres(postgres) => {
            let program =
                environment::variable("TEST_PG_DUMP").unwrap_or_else(|| "pg_dump".to_owned());
            let output = Command::new(program).arg(postgres.url()).output().context("pg_dump")?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "pg_dump: {said}");
            let text = String::from_utf8(output.stdout)?;
            let (contacts, others) = split_contacts(&text);
            ensure!(contacts.contains(PLANTS[0]), "the contacts are not where they are looked for");
            search("the database", others.as_bytes())
        }
    }
}

/// The contacts of a dump, and everything else.
fn split_contacts(dump: &str) -> (String, String) {
    let begin = format!("COPY registry.{CONTACTS} ");
    let mut inside = false;
    let (contacts, others): (Vec<&str>, Vec<&str>) = dump.lines().partition(|line| {
        inside = (inside && *line != "\\.") || line.starts_with(&begin);
        inside
    });
    (contacts.join("\n"), others.join("\n"))
}

fn files(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path)?;
            continue;
        }
        let name =
            path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Registry's file has the contacts in it: it is searched table by table.
        if !name.starts_with("registry.db") {
            search(&name, &std::fs::read(&path)?)?;
        }
    }
    Ok(())
}

const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
const COLUMNS: &str = "SELECT name FROM pragma_table_info($1) ORDER BY cid";

/// Searches every table of a SQLite file but the contacts.
async fn tables(file: &Path) -> Result<()> {
    let mut session = SqliteConnectOptions::new().filename(file).connect().await?;
    let names: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut session).await?;
    ensure!(names.len() > 10, "registry's tables: {names:?}");
    for name in names {
        let text = content(&mut session, &name).await?;
        if name == CONTACTS {
            let word = hex::encode_upper(PLANTS[0]);
            ensure!(text.contains(&word), "the contacts are not where they are looked for");
        } else {
            search(&format!("registry's table {name}"), text.as_bytes())?;
        }
    }
    Ok(session.close().await?)
}

/// Everything in a table, in hexadecimal.
async fn content(session: &mut SqliteConnection, table: &str) -> Result<String> {
    let columns: Vec<String> =
        sqlx::query_scalar(COLUMNS).bind(table).fetch_all(&mut *session).await?;
    let cells: Vec<String> = columns.iter().map(|column| format!("hex(\"{column}\")")).collect();
    let sql = format!("SELECT {} FROM \"{table}\"", cells.join(" || ' ' || "));
    // Tests are short: leaking the text is cheaper than an exception from the rule that SQL is static.
    let rows: Vec<String> = sqlx::query_scalar(&*sql.leak()).fetch_all(session).await?;
    Ok(rows.join("\n"))
}
