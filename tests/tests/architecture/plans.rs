//! How the databases carry out every statement: nothing reads a whole table that grows.
//!
//! On PostgreSQL reading a whole table is made so dear that it is planned only where no index can help; on SQLite the plan
//! says SCAN or SEARCH.

#![expect(
    clippy::disallowed_types,
    reason = "EXPLAIN takes a statement as text, and there is no other way to give it one"
)]

use anyhow::{Context as _, Result, ensure};
use ledger::{DatabaseUrl, Db, Migration};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, Row as _, SqliteConnection};
use tests::database::session;
use tests::{database, environment};

/// Tables that do not grow with the data: one row, one per followed log, one per number of the node.
const BOUNDED: [&str; 4] = ["head", "cursor", "counter", "schema_history"];

/// Statements that read a whole index on purpose, and why.
const ON_PURPOSE: &[(&str, &str)] = &[];

type Service = (&'static str, &'static [Migration], Vec<&'static str>);

fn services() -> [Service; 2] {
    let with = |statements: &[&'static str]| [ledger::statements(), statements.to_vec()].concat();
    [
        ("registry", registry::store::MIGRATIONS, with(registry::store::STATEMENTS)),
        ("dispatch", dispatch::store::MIGRATIONS, with(dispatch::store::STATEMENTS)),
    ]
}

async fn migrated(url: &DatabaseUrl, (name, migrations, _): &Service) -> Result<()> {
    let layers = [("ledger", ledger::db::MIGRATIONS), (*name, *migrations)];
    Db::open(url, name, &layers).await?.close().await;
    Ok(())
}

fn is_on_purpose(sql: &str) -> bool {
    ON_PURPOSE.iter().any(|(part, _)| sql.contains(part))
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_on_sqlite() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let url = DatabaseUrl::Sqlite(folder.path().to_owned());
    let (mut plans, mut wrong) = (0, Vec::new());
    for service in services() {
        migrated(&url, &service).await?;
        let file = folder.path().join(format!("{}.db", service.0));
        let mut session =
            SqliteConnectOptions::new().filename(&file).read_only(true).connect().await?;
        for sql in &service.2 {
            for step in sqlite_plan(&mut session, sql).await.with_context(|| (*sql).to_owned())? {
                plans += 1;
                if let Some(rest) = step.strip_prefix("SCAN ") {
                    let table = rest.split_whitespace().next().unwrap_or_default();
                    let fine = BOUNDED.contains(&table)
                        || table.starts_with('(')
                        || rest.contains("VIRTUAL TABLE")
                        || rest.contains("CONSTANT ROW")
                        || is_on_purpose(sql);
                    if !fine && !is_derived(sql, table) {
                        wrong.push(format!("{}: {step}\n{sql}", service.0));
                    }
                }
            }
        }
    }
    ensure!(plans > 40, "{plans} steps were seen");
    ensure!(wrong.is_empty(), "{} whole tables:\n{}", wrong.len(), wrong.join("\n\n"));
    Ok(())
}

/// Whether a name is one that the statement gives to rows of its own.
fn is_derived(sql: &str, name: &str) -> bool {
    sql.contains(&format!("AS {name}")) || sql.contains(&format!("{name} AS ("))
}

async fn sqlite_plan(session: &mut SqliteConnection, sql: &str) -> Result<Vec<String>> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::query(explain).fetch_all(session).await?;
    Ok(rows.iter().map(|row| row.try_get::<String, _>("detail")).collect::<Result<_, _>>()?)
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_on_postgres() -> Result<()> {
    let Some(server) = environment::postgres()? else { return Ok(()) };
    let database = database::Postgres::create(&server).await?;
    let url = DatabaseUrl::Postgres(database.url().to_owned());
    let (mut plans, mut wrong) = (0, Vec::new());
    for service in services() {
        migrated(&url, &service).await?;
        let mut session = session(database.url()).await?;
        for setting in [
            format!("SET search_path = {}", service.0),
            "SET plan_cache_mode = force_generic_plan".to_owned(),
            "SET enable_seqscan = off".to_owned(),
        ] {
            sqlx::raw_sql(AssertSqlSafe(setting)).execute(&mut session).await?;
        }
        for sql in &service.2 {
            let plan = postgres_plan(&mut session, sql).await.with_context(|| (*sql).to_owned())?;
            let mut whole = Vec::new();
            plans += walk(&plan, &mut whole);
            if !is_on_purpose(sql) {
                wrong.extend(whole.iter().map(|what| format!("{}: {what}\n{sql}", service.0)));
            }
        }
    }
    ensure!(plans > 40, "{plans} steps were seen");
    ensure!(wrong.is_empty(), "{} whole tables:\n{}", wrong.len(), wrong.join("\n\n"));
    database.drop().await
}

async fn postgres_plan(session: &mut PgConnection, sql: &str) -> Result<Value> {
    let parameters = (1..100).take_while(|number| sql.contains(&format!("${number}"))).count();
    let values = vec!["NULL"; parameters].join(", ");
    let values = if parameters == 0 { values } else { format!("({values})") };
    sqlx::raw_sql(AssertSqlSafe(format!("PREPARE asked AS {sql}"))).execute(&mut *session).await?;
    let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE asked{values}");
    let row = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_one(&mut *session).await?;
    sqlx::raw_sql("DEALLOCATE asked").execute(session).await?;
    let plans: Value = serde_json::from_str(&row.try_get_unchecked::<String, _>(0)?)?;
    Ok(plans[0]["Plan"].clone())
}

/// Goes through a plan; returns how many steps it has and collects those that read a whole table.
fn walk(step: &Value, whole: &mut Vec<String>) -> usize {
    let kind = step["Node Type"].as_str().unwrap_or_default();
    let table = step["Relation Name"].as_str().unwrap_or_default();
    let is_indexed = kind.starts_with("Index") && step["Index Cond"].is_string();
    let is_bitmap = kind == "Bitmap Heap Scan";
    if !table.is_empty()
        && !is_indexed
        && !is_bitmap
        && kind.contains("Scan")
        && !BOUNDED.contains(&table)
    {
        whole.push(format!("{kind} of {table} by {}", step["Index Name"]));
    }
    if kind == "Bitmap Index Scan" && !step["Index Cond"].is_string() {
        whole.push(format!("{kind} of {}", step["Index Name"]));
    }
    let below = step["Plans"].as_array().map(Vec::as_slice).unwrap_or_default();
    1 + below.iter().map(|step| walk(step, whole)).sum::<usize>()
}
