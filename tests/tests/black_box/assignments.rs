//! What teams are asked for, watched over lines that are cut while cases come and go.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use tests::callers::EVERYTHING;
use tests::cutter::{Cutter, Way};
use tests::database::Store;
use tests::feed::whole_log;
use tests::node::Node;
use tests::world::{TEAM, request_id};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tonic::{Status, Streaming};
use yiwang_proto::dispatch::v1::duty_service_client::DutyServiceClient;
use yiwang_proto::dispatch::v1::watch_assignments_response::News;
use yiwang_proto::dispatch::v1::{
    AssignmentCursor, StartDutyRequest, WatchAssignmentsRequest, WatchAssignmentsResponse,
};

use crate::case::{client, reported, walk};
use crate::{ended, settled};

/// Bytes after which a line is cut: within the greeting, within what is open, within what follows.
const CUTS: [usize; 10] = [1, 90, 200, 333, 500, 777, 1_111, 1_800, 2_600, 4_000];
/// Events that a life has for its team: offered, accepted, arrived, and free once mediation begins.
const OF_A_LIFE: [&str; 4] = ["TeamOffered", "OfferAccepted", "TeamArrived", "MediationStarted"];

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_is_cut_goes_on_without_loss_or_repetition_on_sqlite() -> Result<()> {
    cut_and_resumed(Store::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_is_cut_goes_on_without_loss_or_repetition_on_postgres() -> Result<()> {
    cut_and_resumed(Store::Postgres).await
}

/// What was told over all lines.
#[derive(Default)]
struct Told {
    cursor: Option<AssignmentCursor>,
    begun_at: u64,
    positions: Vec<u64>,
}

impl Told {
    fn take(&mut self, message: WatchAssignmentsResponse) {
        let at = message.cursor.as_ref().map(|cursor| cursor.position);
        match (message.news, at) {
            (Some(News::Open(_)), Some(at)) => self.begun_at = at,
            (Some(News::Change(change)), _) => self.positions.push(change.position),
            (Some(News::Open(_)) | None, _) => {}
        }
        self.cursor = message.cursor.or(self.cursor.take());
    }

    /// Listens on a line by this port until it is cut, or until everything up to `enough` was told.
    async fn listen(&mut self, port: u16, enough: u64) -> Result<()> {
        let address = format!("http://127.0.0.1:{port}");
        let connection = kit::client::connect(&address, EVERYTHING.token, None)?;
        let opened: Result<_, Status> = DutyServiceClient::new(connection)
            .watch_assignments(WatchAssignmentsRequest {
                team_ids: Vec::new(),
                cursor: self.cursor.clone(),
                heartbeat: Some(prost_types::Duration { seconds: 0, nanos: 100_000_000 }),
            })
            .await;
        let Ok(opened) = opened else { return Ok(()) };
        let mut stream: Streaming<WatchAssignmentsResponse> = opened.into_inner();
        while let Ok(Some(message)) = stream.message().await {
            self.take(message);
            if self.cursor.as_ref().is_some_and(|cursor| cursor.position >= enough) {
                return Ok(());
            }
        }
        Ok(())
    }
}

async fn cut_and_resumed(store: Store) -> Result<()> {
    let Some((database, node)) = settled(store).await? else { return Ok(()) };
    let start = StartDutyRequest {
        request_id: request_id()?,
        team_id: TEAM.to_owned(),
        capacity: 20,
        ..StartDutyRequest::default()
    };
    DutyServiceClient::new(node.connect(&EVERYTHING)?).start_duty(start).await?;
    let cuts = async {
        let mut told = Told::default();
        for after in CUTS {
            let address = SocketAddr::from(([127, 0, 0, 1], node.port()));
            let cutter = Cutter::start(address, Way::Down, after)?;
            let port = cutter.port();
            let cutting = spawn_blocking(move || cutter.cut());
            told.listen(port, u64::MAX).await?;
            cutting.await??;
        }
        anyhow::Ok(told)
    };
    let lives = try_join_all((0..6).map(|_| lives(&node)));
    let (mut told, _) = futures::try_join!(cuts, lives)?;

    let log = whole_log(&node, &EVERYTHING, "dispatch").await?;
    let end = log.last().context("an empty log")?.header.position;
    timeout(Duration::from_secs(60), told.listen(node.port(), end)).await??;
    let expected: Vec<u64> = log
        .iter()
        .filter(|event| {
            let name = event.header.r#type.rsplit('.').next().unwrap_or_default();
            OF_A_LIFE.contains(&name) && event.header.position > told.begun_at
        })
        .map(|event| event.header.position)
        .collect();
    ensure!(expected.len() > 20, "{} changes", expected.len());
    ensure!(told.positions == expected, "told {:?}, in the log {expected:?}", told.positions);
    ended(node, database).await
}

/// Cases one after the other, each from report to closed.
async fn lives(node: &Node) -> Result<()> {
    for _ in 0..5 {
        let mut client = client(node)?;
        let id = reported(&mut client).await?.dispute_id;
        walk(&mut client, &id).await?;
    }
    Ok(())
}
