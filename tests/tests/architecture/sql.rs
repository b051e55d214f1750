//! SQL: one text for both databases, and a schema that says what the migrations do.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use ledger::{DatabaseUrl, Db, Migration};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};
use tests::{environment, repository};

/// Types that mean the same on both databases.
const PORTABLE: [&str; 4] = ["TEXT", "BIGINT", "DOUBLE PRECISION", "BYTEA"];

/// What a service asks of its database.
type Service = (&'static str, &'static [Migration], Vec<&'static str>);

fn services() -> [Service; 2] {
    [
        ("registry", registry::store::MIGRATIONS, registry::store::STATEMENTS.to_vec()),
        ("dispatch", dispatch::store::MIGRATIONS, dispatch::store::STATEMENTS.to_vec()),
    ]
}

async fn prepare_all(url: &DatabaseUrl) -> Result<()> {
    for (name, migrations, statements) in services() {
        let layers = [("ledger", ledger::db::MIGRATIONS), (name, migrations)];
        let db = Db::open(url, name, &layers).await?;
        let all = [ledger::statements(), statements].concat();
        ensure!(all.len() > ledger::statements().len(), "{name} lists no statement");
        db.prepare(&all).await.map_err(|(sql, error)| anyhow::anyhow!("{name}: {error}\n{sql}"))?;
        db.close().await;
    }
    Ok(())
}

#[tokio::test]
async fn every_statement_prepares_on_sqlite() -> Result<()> {
    let folder = tempfile::tempdir()?;
    prepare_all(&DatabaseUrl::Sqlite(folder.path().to_owned())).await
}

#[tokio::test]
async fn every_statement_prepares_on_postgres() -> Result<()> {
    let Some(server) = environment::postgres()? else { return Ok(()) };
    let database = tests::database::Postgres::create(&server).await?;
    prepare_all(&DatabaseUrl::Postgres(database.url().to_owned())).await?;
    database.drop().await
}

#[tokio::test]
async fn schemas_are_the_sum_of_their_migrations() -> Result<()> {
    for service in repository::services()? {
        let folder = format!("services/{service}/migrations/");
        let mut steps = String::new();
        for path in repository::files_below(&[&folder], ".sql")? {
            steps += &repository::read(&path)?;
        }
        let migrated = shape(steps).await.with_context(|| folder.clone())?;
        let stated = shape(repository::read(&format!("services/{service}/schema.sql"))?).await?;
        assert!(!stated.is_empty(), "{service}: schema.sql is empty");
        assert_eq!(stated, migrated, "{service}: schema.sql is not the sum of its migrations");
    }
    Ok(())
}

#[tokio::test]
async fn schemas_use_portable_types_only() -> Result<()> {
    for path in repository::files_below(&["services/"], ".sql")? {
        for (object, columns) in
            shape(repository::read(&path)?).await.with_context(|| path.clone())?
        {
            for column in columns {
                let portable = column.1.is_empty() || PORTABLE.contains(&column.1.as_str());
                assert!(portable, "{path}: {object}.{} is {}", column.0, column.1);
            }
        }
    }
    Ok(())
}

/// Tables and indexes that a script makes, with their columns: name, type, and what else is said of it.
type Shape = BTreeMap<String, Vec<(String, String, String)>>;

async fn shape(script: String) -> Result<Shape> {
    let options = SqliteConnectOptions::new().filename(":memory:");
    let mut session = options.connect().await?;
    // The process is short: leaking a script is cheaper than an exception from the rule that SQL is static.
    sqlx::raw_sql(&*script.leak()).execute(&mut session).await?;
    let mut shape = Shape::new();
    for row in rows(&mut session, TABLES).await? {
        let (table, name): (String, String) = (row.get(0), row.get(1));
        let said = format!("not null {}, key {}", row.get::<i64, _>(3), row.get::<i64, _>(4));
        shape.entry(table).or_default().push((name, row.get(2), said));
    }
    for row in rows(&mut session, INDEXES).await? {
        let (index, table): (String, String) = (row.get(0), row.get(1));
        let said = format!("of {table}, unique {}", row.get::<i64, _>(3));
        shape.entry(index).or_default().push((row.get(2), String::new(), said));
    }
    for row in rows(&mut session, TEXTS).await? {
        let (name, sql): (String, String) = (row.get(0), row.get(1));
        shape.entry(name).or_default().push((String::new(), String::new(), compact(&sql)));
    }
    Ok(shape)
}

/// The text of an object without comments and space: defaults, checks and conditions of indexes are nowhere else.
fn compact(sql: &str) -> String {
    let code = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    code.flat_map(str::chars).filter(|letter| !letter.is_whitespace()).collect()
}

#[tokio::test]
async fn every_part_of_a_schema_counts() -> Result<()> {
    let base = "CREATE TABLE a (id TEXT PRIMARY KEY, b BIGINT); CREATE INDEX a_b ON a (b);";
    let said =
        "CREATE TABLE a (id TEXT PRIMARY KEY,\n b BIGINT -- why\n); CREATE INDEX a_b ON a (b);";
    assert_eq!(shape(base.to_owned()).await?, shape(said.to_owned()).await?);
    for (from, to) in [
        ("b BIGINT", "b BIGINT DEFAULT 1"),
        ("b BIGINT", "b BIGINT CHECK (b > 0)"),
        ("b BIGINT", "b BIGINT NOT NULL"),
        ("b BIGINT", "b TEXT"),
        ("a (b)", "a (b) WHERE b > 0"),
        ("CREATE INDEX", "CREATE UNIQUE INDEX"),
    ] {
        let other = shape(base.replace(from, to)).await?;
        assert_ne!(shape(base.to_owned()).await?, other, "{to} makes no difference");
    }
    let added = "CREATE TABLE a (id TEXT PRIMARY KEY); ALTER TABLE a ADD COLUMN b BIGINT;
        CREATE INDEX a_b ON a (b);";
    assert_eq!(shape(base.to_owned()).await?, shape(added.to_owned()).await?);
    Ok(())
}

const TEXTS: &str = "
    SELECT name, sql
    FROM sqlite_master
    WHERE sql IS NOT NULL
    ORDER BY name";
const TABLES: &str = "
    SELECT made.name, held.name, held.type, held.\"notnull\", held.pk
    FROM sqlite_master AS made, pragma_table_info(made.name) AS held
    WHERE made.type = 'table'
    ORDER BY made.name, held.cid";
const INDEXES: &str = "
    SELECT made.name, made.tbl_name, held.name, listed.\"unique\"
    FROM sqlite_master AS made, pragma_index_info(made.name) AS held,
        pragma_index_list(made.tbl_name) AS listed
    WHERE made.type = 'index' AND made.sql IS NOT NULL AND listed.name = made.name
    ORDER BY made.name, held.seqno";

async fn rows(session: &mut SqliteConnection, sql: &'static str) -> Result<Vec<SqliteRow>> {
    Ok(sqlx::query(sql).fetch_all(session).await?)
}
