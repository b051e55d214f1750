//! A process that is killed in the middle of an upload, again and again.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use bytes::Bytes;
use uuid::Uuid;

use super::desk::{CHUNK, Desk, begin, declared, pdf, send, whole};
use crate::files::FileName;

const FOLDER: &str = "YIWANG_TEST_FILES_FOLDER";
const SIZE: usize = 24 * CHUNK + 5;

fn name() -> FileName {
    FileName::try_new("dispute/killed", Uuid::nil()).unwrap()
}

/// What the killed process does: it uploads, and prints what it was told is durable.
#[tokio::test]
async fn uploads_until_it_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "how a test speaks to its own process")]
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let desk = Desk::at(Path::new(&folder)).await;
    let store = desk.store().await;
    let content = pdf(SIZE);
    let mut upload = store.begin(&name(), declared(&content)).await.unwrap();
    loop {
        let wanted = upload.wanted().unwrap();
        let from = usize::try_from(wanted).unwrap();
        let to = (from + 30_000).min(SIZE);
        let durable = upload.append(wanted, Bytes::copy_from_slice(&content[from..to])).await;
        println!("durable {}", durable.unwrap());
    }
}

/// Lets the process above run until it was told `lines` times what is durable; returns the last of it.
fn run_and_kill(folder: &Path, lines: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "files::tests::killed::uploads_until_it_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let told = output
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("durable ").and_then(|durable| durable.parse().ok()));
    let durable = told.take(lines).last();
    child.kill().unwrap();
    child.wait().unwrap();
    durable.unwrap()
}

#[tokio::test]
async fn what_was_called_durable_survives_being_killed() {
    let folder = tempfile::tempdir().unwrap();
    let content = pdf(SIZE);
    let mut durable = 0;
    for lines in [1, 12, 25, 40] {
        let told = run_and_kill(folder.path(), lines);
        assert!(told >= durable, "{told} after {durable}");
        let desk = Desk::at(folder.path()).await;
        let upload = begin(&desk.store().await, &name(), declared(&content)).await.unwrap();
        durable = upload.wanted().unwrap();
        assert!(durable >= told, "{durable} of {told}");
    }
    assert!(durable > 0 && durable < SIZE as u64, "{durable}");
    let desk = Desk::at(folder.path()).await;
    let store = desk.store().await;
    let upload = begin(&store, &name(), declared(&content)).await.unwrap();
    send(upload, &content, 300_000).await.unwrap().finish().await.unwrap();
    assert!(whole(&store, &name()).await == content);
}
