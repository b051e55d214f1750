//! Files of a case by the command line, over lines that are cut and nodes that are killed.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tests::callers::EVERYTHING;
use tests::cutter::{Cutter, Way};
use tests::database::{Database, Store};
use tests::environment;
use tests::node::{Node, Plan, free_port};
use tests::world::{self, GRID, request_id};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::people::done;

const MEBIBYTE: usize = 1 << 20;
/// Stands all over the file.
const MARKER: &[u8] = b"agreement of two parties";

fn pdf(size: usize) -> Vec<u8> {
    let mut content: Vec<u8> = b"%PDF-1.7\n".to_vec();
    while content.len() < size {
        content.extend(MARKER);
        content.extend(content.len().to_be_bytes());
    }
    content.extend(b"%%EOF");
    content
}

/// A place with a node, a file to attach, and a case to attach it to.
struct Desk {
    database: Database,
    plan: Plan,
    node: Node,
    folder: tempfile::TempDir,
    dispute: String,
    content: Vec<u8>,
}

impl Desk {
    async fn new(store: Store) -> Result<Option<Self>> {
        let Some(database) = Database::create(store).await? else { return Ok(None) };
        let folder = tempfile::tempdir()?;
        let mut plan = Plan::new(database.url())?;
        plan.port = free_port()?;
        let files = folder.path().join("files");
        plan.settings = format!("[dispatch]\nfiles = \"{}\"\n", files.display());
        let node = Node::start(&plan).await?;
        world::settle(&node).await?;
        let report = json!({
            "requestId": request_id()?,
            "gridCode": GRID,
            "typeCode": "0201",
            "scale": "SCALE_INDIVIDUAL",
            "channel": "CHANNEL_GRID_WORKER",
        });
        let reported = done(&node, "dispatch", "DisputeService/ReportDispute", &report)?;
        let dispute = reported["dispute"]["disputeId"].as_str().context("no id")?.to_owned();
        let content = pdf(4 * MEBIBYTE);
        std::fs::write(folder.path().join("agreement.pdf"), &content)?;
        Ok(Some(Desk { database, plan, node, folder, dispute, content }))
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.node.port()))
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Begins a command that calls the node by some port.
    fn begin(&self, port: u16, arguments: &[&str]) -> JoinHandle<Result<Output>> {
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        let here = self.folder.path().to_owned();
        spawn_blocking(move || called(&here, port, &arguments))
    }

    /// Carries a command out; returns the JSON that it wrote.
    async fn call(&self, arguments: &[&str]) -> Result<Vec<Value>> {
        let arguments = [&["--json"], arguments].concat();
        let output = self.begin(self.node.port(), &arguments).await??;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "{arguments:?}: {}", complaint(&output));
        let values = serde_json::Deserializer::from_str(&said).into_iter();
        values.map(|value| Ok(value?)).collect()
    }

    /// How often something happened to the case.
    async fn happened(&self, name: &str) -> Result<usize> {
        let entries = self.call(&["dispute", "history", &self.dispute]).await?;
        let names = entries.iter().filter_map(|entry| entry["type"].as_str());
        Ok(names.filter(|one| one.ends_with(name)).count())
    }
}

fn called(here: &Path, port: u16, arguments: &[String]) -> Result<Output> {
    let output = Command::new(environment::yiwang()?)
        .args(["--server", &format!("http://127.0.0.1:{port}"), "--retry", "60"])
        .args(arguments)
        .env("YIWANG_TOKEN", EVERYTHING.token)
        .current_dir(here)
        .stdin(Stdio::null())
        .output()?;
    Ok(output)
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_both_ways_over_lines_that_are_cut_on_sqlite() -> Result<()> {
    both_ways(Store::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_both_ways_over_lines_that_are_cut_on_postgres() -> Result<()> {
    both_ways(Store::Postgres).await
}

async fn both_ways(store: Store) -> Result<()> {
    let Some(mut desk) = Desk::new(store).await? else { return Ok(()) };
    let dispute = desk.dispute.clone();
    let cutter = Cutter::start(desk.address(), Way::Up, MEBIBYTE + 70_000)?;
    let (file, caption) = (desk.path("agreement.pdf"), "样例说明");
    let attach = ["dispute", "attach", &dispute, &file, "--kind", "scan", "--caption", caption];
    let attaching = desk.begin(cutter.port(), &attach);
    cutter.cut()?;
    let output = attaching.await??;
    let said = complaint(&output);
    ensure!(output.status.success(), "{said}");
    ensure!(said.contains("cut / ") && said.contains("going on at byte"), "{said}");

    let files = desk.call(&["dispute", "files", &dispute]).await?;
    let [one] = files.as_slice() else { anyhow::bail!("{files:?}") };
    ensure!(one["size"].as_str() == Some(&desk.content.len().to_string()), "{one}");
    let id = one["fileId"].as_str().context("no id")?.to_owned();

    let cutter = Cutter::start(desk.address(), Way::Down, 2 * MEBIBYTE)?;
    let to = desk.path("back.pdf");
    let download = ["dispute", "download", &dispute, &id, "--purpose", "mediate", "--output", &to];
    let reading = desk.begin(cutter.port(), &download);
    cutter.cut()?;
    let output = reading.await??;
    ensure!(output.status.success(), "{}", complaint(&output));
    ensure!(complaint(&output).contains("going on"), "{}", complaint(&output));
    ensure!(std::fs::read(&to)? == desk.content, "another file came back");
    ensure!(desk.happened("FileOpened").await? == 1, "one reading is one opening");
    in_the_dark(&desk)?;

    desk.call(&["dispute", "detach", &dispute, &id, "--reason", "recorded-in-error"]).await?;
    ensure!(desk.call(&["dispute", "files", &dispute]).await?.is_empty());
    ensure!(desk.node.stop().await?.success(), "{}", desk.node.log()?);
    let Desk { database, node, .. } = desk;
    drop(node);
    database.drop().await
}

/// Neither the folder nor the log has a word of the file or its caption.
fn in_the_dark(desk: &Desk) -> Result<()> {
    let mut places = vec![desk.node.log()?.into_bytes()];
    let mut folders = vec![desk.folder.path().join("files")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                places.push(std::fs::read(path)?);
            }
        }
    }
    ensure!(places.len() == 2, "{} places", places.len());
    for words in [MARKER, "样例说明".as_bytes(), b"agreement.pdf"] {
        let found = |place: &Vec<u8>| place.windows(words.len()).any(|window| window == words);
        ensure!(!places.iter().any(found), "{} is told", String::from_utf8_lossy(words));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_outlives_a_node_that_is_killed() -> Result<()> {
    for store in Store::BOTH {
        let Some(mut desk) = Desk::new(store).await? else { continue };
        let cutter = Cutter::start(desk.address(), Way::Up, 2 * MEBIBYTE)?;
        let (dispute, file) = (desk.dispute.clone(), desk.path("agreement.pdf"));
        let attach = ["dispute", "attach", &dispute, &file, "--kind", "document"];
        let attaching = desk.begin(cutter.port(), &attach);
        cutter.reached()?;
        desk.node.kill()?;
        cutter.release()?;
        desk.node = Node::start(&desk.plan).await?;
        let output = attaching.await??;
        let said = complaint(&output);
        ensure!(output.status.success(), "{said}");
        ensure!(said.contains("cut / "), "{said}");
        ensure!(desk.happened("FileAttached").await? == 1);
        ensure!(desk.node.stop().await?.success(), "{}", desk.node.log()?);
        let Desk { database, node, .. } = desk;
        drop(node);
        database.drop().await?;
    }
    Ok(())
}
