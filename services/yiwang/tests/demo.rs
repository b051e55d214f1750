//! The demo as a whole, in this process: the real port, the real imports, a dispute from report to closed.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use kit::Lifecycle;
use kit::config::Layers;
use yiwang::demo::play;
use yiwang::node::{Which, start};
use yiwang::screen::Screen;
use yiwang::session::Session;
use yiwang::settings::{NodeFlags, Settings};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_goes_as_it_should_also_on_data_that_is_there_already() {
    let folder = tempfile::tempdir().unwrap();
    let flags = NodeFlags {
        database: Some(format!("sqlite://{}", folder.path().display())),
        listen: Some("127.0.0.1:0".to_owned()),
        clock: Some("2026-02-13T09:00".to_owned()),
        ..NodeFlags::default()
    };
    let settings = Settings::layered(Layers::new(), &flags).unwrap();
    let life = Lifecycle::new(Duration::from_secs(20));
    let node = start(&settings, Which::All, &life).await.unwrap();
    let address = format!("http://{}", node.address);
    let session = Session::to(&address, &node.token.unwrap(), None).unwrap();
    let screen = Screen { json: false };
    let first = play(&session, screen, "2026-01-01").await.unwrap();
    let second = play(&session, screen, "2026-01-01").await.unwrap();
    assert_eq!((first.events, second.events), (23, 23));
    assert_ne!(first.case_code, second.case_code);
    life.stop();
    assert_eq!(life.run_until(futures::stream::pending()).await, 0);
}

#[test]
fn the_demo_prints_every_step_and_outlives_an_interrupted_walk() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let run = |once: &[&str]| {
        let demo =
            ["demo", "--data", &data, "--listen", "127.0.0.1:0", "--clock", "2026-02-13T09:00"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_yiwang"));
        command.args(demo).args(once).stdout(Stdio::piped()).spawn().unwrap()
    };
    // Ends in the middle of the walk: the team that was called stays with the case.
    let mut child = run(&[]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().unwrap().contains(" 6. ")).unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let output = run(&["--once"]).wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in
        ["The sample is there already", " 1. ", "position / 位置 dispatch", "办理期限", "结案"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}
