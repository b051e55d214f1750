//! The demo as a whole, in this process: the real port, the real imports, a dispute from report to closed.

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
    assert_eq!((first.events, second.events), (16, 16));
    assert_ne!(first.case_code, second.case_code);
    life.stop();
    assert_eq!(life.run_until(futures::stream::pending()).await, 0);
}
