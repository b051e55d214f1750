//! Load: many callers that report disputes, and remember what was acknowledged.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use prost::Message as _;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;
use yiwang_proto::dispatch::v1::{
    AcceptDisputeRequest, AddNoteRequest, Channel, Details, DisputeReported, OpenDetailsRequest,
    OpenedPiece, Party, Purpose, ReportDisputeRequest, Scale,
};

use crate::callers::EVERYTHING;
use crate::database::{random, random_id};
use crate::feed;
use crate::node::Node;

/// What was sent, and what came back.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Mutex<BTreeMap<Uuid, Entry>>,
    refused: AtomicU64,
    /// Whether callers also accept what they reported and put a note to it.
    mixed: bool,
}

/// A request, and what the node said of it when it was carried out.
#[derive(Clone, Debug)]
struct Entry {
    asked: Asked,
    answer: Option<Acknowledged>,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Report,
    Accept(String),
    Note(String),
}

impl Asked {
    /// Type of the one event that it causes.
    fn event(&self) -> &'static str {
        match self {
            Asked::Report => "yiwang.dispatch.v1.DisputeReported",
            Asked::Accept(_) => "yiwang.dispatch.v1.DisputeAccepted",
            Asked::Note(_) => "yiwang.dispatch.v1.NoteAdded",
        }
    }

    /// Sends it.
    async fn send(self, mut client: Client, id: Uuid, grid: &str) -> Result<Acknowledged, Status> {
        let request_id = id.to_string();
        let (dispute, position) = match self {
            Asked::Report => {
                let answer = client.report_dispute(report(id, grid)).await?.into_inner();
                (answer.dispute, answer.feed_position)
            }
            Asked::Accept(dispute_id) => {
                let request = AcceptDisputeRequest { request_id, dispute_id, ..Default::default() };
                let answer = client.accept_dispute(request).await?.into_inner();
                (answer.dispute, answer.feed_position)
            }
            Asked::Note(dispute_id) => {
                let note = "双方同意明日再谈".to_owned();
                let request = AddNoteRequest { request_id, dispute_id, note, ..Default::default() };
                let answer = client.add_note(request).await?.into_inner();
                (answer.dispute, answer.feed_position)
            }
        };
        let dispute_id = dispute.map(|dispute| dispute.dispute_id).unwrap_or_default();
        Ok(Acknowledged { dispute_id, position })
    }
}

type Client = DisputeServiceClient<kit::client::Connection>;

/// What the node said of a request that it carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Id of the dispute.
    pub dispute_id: String,
    /// Position at which it is recorded.
    pub position: u64,
}

/// What may happen to the node while it is under load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It lives: it may say that it cannot just now, with a hint when to try again, and nothing else.
    Lives,
    /// It ends in order: connections close, too.
    Ends,
    /// It is killed: a call may end in any way that a broken connection does.
    Killed,
}

/// Load that runs until it is stopped.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    callers: JoinSet<Result<()>>,
}

impl Journal {
    /// Callers who report, accept what they reported, and put a note to it.
    pub fn mixed() -> Self {
        Journal { mixed: true, ..Journal::default() }
    }

    /// How many requests were acknowledged.
    pub async fn acknowledged(&self) -> usize {
        self.entries.lock().await.values().filter(|entry| entry.answer.is_some()).count()
    }

    /// How many requests were sent.
    pub async fn sent(&self) -> usize {
        self.entries.lock().await.len()
    }

    /// How many calls ended without an answer or with UNAVAILABLE.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
    }

    /// Starts `callers` that report disputes in `grid` one after the other, over a few connections; a refusal that the
    /// node's fate does not excuse fails the load.
    pub fn start(
        self: &Arc<Self>,
        node: &Node,
        grid: &str,
        callers: usize,
        fate: Fate,
    ) -> Result<Load> {
        let stop = Arc::new(AtomicBool::new(false));
        let connections: Vec<_> =
            (0..4).map(|_| node.connect(&EVERYTHING)).collect::<Result<_>>()?;
        let mut tasks = JoinSet::new();
        for number in 0..callers {
            let client = DisputeServiceClient::new(connections[number % connections.len()].clone());
            let (journal, stop) = (Arc::clone(self), Arc::clone(&stop));
            let grid = grid.to_owned();
            tasks.spawn(async move { journal.caller(client, &grid, &stop, fate).await });
        }
        Ok(Load { stop, callers: tasks })
    }

    async fn caller(
        &self,
        client: Client,
        grid: &str,
        stop: &AtomicBool,
        fate: Fate,
    ) -> Result<()> {
        while !stop.load(Ordering::SeqCst) {
            let made = self.ask(&client, Asked::Report, grid, fate).await?;
            if let Some(made) = made.filter(|_| self.mixed) {
                self.ask(&client, Asked::Accept(made.dispute_id.clone()), grid, fate).await?;
                self.ask(&client, Asked::Note(made.dispute_id), grid, fate).await?;
            }
        }
        Ok(())
    }

    /// Sends a request under an id of its own, and keeps what came of it; none when the node did not carry it out.
    async fn ask(
        &self,
        client: &Client,
        asked: Asked,
        grid: &str,
        fate: Fate,
    ) -> Result<Option<Acknowledged>> {
        let id = random_id()?;
        let entry = Entry { asked: asked.clone(), answer: None };
        self.entries.lock().await.insert(id, entry);
        match asked.send(client.clone(), id, grid).await {
            Ok(answer) => {
                self.note(id, answer.clone()).await?;
                Ok(Some(answer))
            }
            Err(status) => {
                ensure!(is_excused(&status, fate), "under load: {status:?}");
                self.refused.fetch_add(1, Ordering::SeqCst);
                // A caller that was turned away does not come back at once.
                sleep(Duration::from_millis(20)).await;
                Ok(None)
            }
        }
    }

    async fn note(&self, id: Uuid, new: Acknowledged) -> Result<()> {
        ensure!(!new.dispute_id.is_empty(), "an answer without a dispute");
        let mut entries = self.entries.lock().await;
        let entry = entries.get_mut(&id).context("an answer to nothing")?;
        let old = entry.answer.replace(new.clone());
        ensure!(old.is_none_or(|old| old == new), "request {id} was answered otherwise: {new:?}");
        Ok(())
    }

    /// Sends every request once more: what was acknowledged must be answered as it was, and nothing happens twice.
    pub async fn replay(&self, node: &Node, grid: &str) -> Result<()> {
        let asked: Vec<(Uuid, Asked)> = self
            .entries
            .lock()
            .await
            .iter()
            .map(|(id, entry)| (*id, entry.asked.clone()))
            .collect();
        let client = DisputeServiceClient::new(node.connect(&EVERYTHING)?);
        for some in asked.chunks(64) {
            let calls = some.iter().map(|(id, asked)| {
                let answer = asked.clone().send(client.clone(), *id, grid);
                async move { (*id, answer.await) }
            });
            for (id, answer) in futures::future::join_all(calls).await {
                let answer = answer.with_context(|| format!("replaying {id}"))?;
                self.note(id, answer).await?;
            }
        }
        Ok(())
    }

    /// Checks the log against the journal, after [`Journal::replay`]: every request is in it exactly once.
    pub async fn check(&self, node: &Node) -> Result<()> {
        let events = feed::whole_log(node, &EVERYTHING, "dispatch").await?;
        feed::dense(&events)?;
        let mut recorded = BTreeMap::new();
        for event in events.iter().filter(|event| event.header.r#type.ends_with(".DisputeReported"))
        {
            DisputeReported::decode(event.payload.as_slice())?;
        }
        for event in &events {
            let what = (event.header.r#type.clone(), event.header.subject.clone());
            recorded.insert(event.header.position, what);
        }
        let mut asked = BTreeMap::new();
        for (id, entry) in self.entries.lock().await.iter() {
            let answer = entry.answer.as_ref().with_context(|| format!("{id} was never done"))?;
            let what = (entry.asked.event().to_owned(), format!("dispute/{}", answer.dispute_id));
            // Behind what happened stands who has to be told of it.
            let told = |position: &u64| {
                recorded.get(position).is_some_and(|(name, _)| name.ends_with(".NoticeDue"))
            };
            let position =
                (1..=answer.position).rev().find(|position| !told(position)).unwrap_or_default();
            let found = recorded.get(&position);
            ensure!(
                found == Some(&what),
                "{what:?} is lost: acknowledged at {}, where {found:?} is",
                answer.position
            );
            let twice = asked.insert(position, *id);
            ensure!(twice.is_none(), "two requests at position {position}");
        }
        let ours = [Asked::Report, Asked::Accept(String::new()), Asked::Note(String::new())];
        let strangers: Vec<_> = recorded
            .iter()
            .filter(|(_, (name, _))| ours.iter().any(|asked| asked.event() == name))
            .filter(|(position, _)| !asked.contains_key(*position))
            .collect();
        ensure!(strangers.is_empty(), "events that nobody asked for: {strangers:?}");
        Ok(())
    }

    /// Opens the details of a few disputes: as many pieces as the log says, and every one of them can be read.
    pub async fn open_some(&self, node: &Node, count: usize) -> Result<()> {
        let events = feed::whole_log(node, &EVERYTHING, "dispatch").await?;
        let mut pieces: BTreeMap<String, usize> = BTreeMap::new();
        for event in &events {
            let sealed = [Asked::Report, Asked::Note(String::new())];
            if sealed.iter().any(|asked| asked.event() == event.header.r#type) {
                *pieces.entry(event.header.subject.clone()).or_default() += 1;
            }
        }
        let mut client = DisputeServiceClient::new(node.connect(&EVERYTHING)?);
        let all: Vec<(&String, &usize)> = pieces.iter().collect();
        ensure!(!all.is_empty(), "there is nothing to open");
        for _ in 0..count {
            let at = usize::try_from(random()? % all.len() as u128)?;
            let (subject, due) = all[at];
            let request = OpenDetailsRequest {
                request_id: random_id()?.to_string(),
                dispute_id: subject.trim_start_matches("dispute/").to_owned(),
                purpose: Purpose::Supervise.into(),
                ..OpenDetailsRequest::default()
            };
            let opened = client.open_details(request).await.context("opening details")?;
            let opened = opened.into_inner().pieces;
            let readable = |piece: &OpenedPiece| piece.details.is_some() || !piece.text.is_empty();
            ensure!(
                opened.len() == *due && opened.iter().all(readable),
                "{subject} has {} pieces where {due} were sealed",
                opened.len()
            );
        }
        Ok(())
    }
}

impl Load {
    /// Asks the callers to stop, waits for them, and tells what went wrong with any.
    pub async fn stop(mut self) -> Result<()> {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(ended) = self.callers.join_next().await {
            ended??;
        }
        Ok(())
    }
}

/// A report like any other; `id` is the request id.
pub fn report(id: Uuid, grid: &str) -> ReportDisputeRequest {
    let party = |name: &str| Party { name: name.to_owned(), ..Party::default() };
    ReportDisputeRequest {
        request_id: id.to_string(),
        grid_code: grid.to_owned(),
        type_code: "0201".to_owned(),
        scale: Scale::Individual.into(),
        people: 2,
        channel: Channel::GridWorker.into(),
        without_pin: true,
        details: Some(Details {
            parties: vec![party("甲方"), party("乙方")],
            place: "共用水阀旁".to_owned(),
            summary: "两户因共用水阀漏水争执".to_owned(),
            reporter: None,
        }),
        ..ReportDisputeRequest::default()
    }
}

/// Whether a refusal is one that a node of this fate may give.
pub fn is_excused(status: &Status, fate: Fate) -> bool {
    match (status.code(), fate) {
        (Code::DeadlineExceeded, _) => true,
        (Code::Unavailable | Code::ResourceExhausted, Fate::Lives) => {
            status.get_details_retry_info().is_some()
        }
        (Code::Unavailable | Code::ResourceExhausted, Fate::Ends | Fate::Killed) => true,
        // What the client's own library makes of a connection that broke in the middle of a call.
        (Code::Unknown | Code::Cancelled | Code::Internal, Fate::Killed) => true,
        (Code::Unknown | Code::Cancelled, Fate::Ends) => is_of_the_client(status),
        // A call that was just being sent when the connection was closed in order.
        (Code::Internal, Fate::Ends) => kit::client::is_of_the_connection(status),
        _ => false,
    }
}

/// Whether the client made this status itself: one that a node gives has a reason.
fn is_of_the_client(status: &Status) -> bool {
    status.get_details_error_info().is_none()
}
