//! Load: many callers that report disputes, and remember what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use prost::Message as _;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tonic::{Code, Status};
use uuid::Uuid;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;
use yiwang_proto::dispatch::v1::{
    Channel, Details, DisputeReported, Party, ReportDisputeRequest, Scale,
};

use crate::callers::EVERYTHING;
use crate::database::random_id;
use crate::feed;
use crate::node::Node;

/// What was sent, and what came back.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Mutex<BTreeMap<Uuid, Option<Acknowledged>>>,
    refused: AtomicU64,
}

/// What the node said of a request that it carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Id of the dispute.
    pub dispute_id: String,
    /// Position at which it is recorded.
    pub position: u64,
}

/// Load that runs until it is stopped.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    callers: JoinSet<Result<()>>,
}

impl Journal {
    /// How many requests were acknowledged.
    pub async fn acknowledged(&self) -> usize {
        self.entries.lock().await.values().flatten().count()
    }

    /// How many requests were sent.
    pub async fn sent(&self) -> usize {
        self.entries.lock().await.len()
    }

    /// How many calls ended without an answer or with UNAVAILABLE.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
    }

    /// Starts `callers` that report disputes in `grid` one after the other, over a few connections.
    pub fn start(self: &Arc<Self>, node: &Node, grid: &str, callers: usize) -> Result<Load> {
        let stop = Arc::new(AtomicBool::new(false));
        let connections: Vec<_> =
            (0..4).map(|_| node.connect(&EVERYTHING)).collect::<Result<_>>()?;
        let mut tasks = JoinSet::new();
        for number in 0..callers {
            let client = DisputeServiceClient::new(connections[number % connections.len()].clone());
            let (journal, stop) = (Arc::clone(self), Arc::clone(&stop));
            let grid = grid.to_owned();
            tasks.spawn(async move { journal.caller(client, &grid, &stop).await });
        }
        Ok(Load { stop, callers: tasks })
    }

    async fn caller(
        &self,
        mut client: DisputeServiceClient<kit::client::Connection>,
        grid: &str,
        stop: &AtomicBool,
    ) -> Result<()> {
        while !stop.load(Ordering::SeqCst) {
            let id = random_id()?;
            self.entries.lock().await.insert(id, None);
            match client.report_dispute(report(id, grid)).await {
                Ok(answer) => self.note(id, answer.into_inner()).await?,
                Err(status) => {
                    ensure!(is_fault(&status), "under load: {status}");
                    self.refused.fetch_add(1, Ordering::SeqCst);
                    // A caller that was turned away does not come back at once.
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
        Ok(())
    }

    async fn note(
        &self,
        id: Uuid,
        answer: yiwang_proto::dispatch::v1::ReportDisputeResponse,
    ) -> Result<()> {
        let dispute = answer.dispute.context("an answer without a dispute")?;
        let new = Acknowledged { dispute_id: dispute.dispute_id, position: answer.feed_position };
        let old = self.entries.lock().await.insert(id, Some(new.clone()));
        if let Some(Some(old)) = old {
            ensure!(old == new, "request {id} was answered {old:?} and now {new:?}");
        }
        Ok(())
    }

    /// Sends every request once more: what was acknowledged must be answered as it was, and nothing happens twice.
    pub async fn replay(&self, node: &Node, grid: &str) -> Result<()> {
        let ids: Vec<Uuid> = self.entries.lock().await.keys().copied().collect();
        let client = DisputeServiceClient::new(node.connect(&EVERYTHING)?);
        for some in ids.chunks(64) {
            let calls = some.iter().map(|id| {
                let mut client = client.clone();
                let request = report(*id, grid);
                async move { (*id, client.report_dispute(request).await) }
            });
            for (id, answer) in futures::future::join_all(calls).await {
                let answer = answer.with_context(|| format!("replaying {id}"))?;
                self.note(id, answer.into_inner()).await?;
            }
        }
        Ok(())
    }

    /// Checks the log against the journal, after [`Journal::replay`]: every request is in it exactly once.
    pub async fn check(&self, node: &Node) -> Result<()> {
        let events = feed::whole_log(node, &EVERYTHING, "dispatch").await?;
        feed::dense(&events)?;
        let mut reported = BTreeMap::new();
        for event in events.iter().filter(|event| event.header.r#type.ends_with(".DisputeReported"))
        {
            DisputeReported::decode(event.payload.as_slice())?;
            let twice = reported.insert(event.header.subject.clone(), event.header.position);
            ensure!(twice.is_none(), "{} was reported twice", event.header.subject);
        }
        let entries = self.entries.lock().await;
        let mut subjects = BTreeSet::new();
        for (id, entry) in entries.iter() {
            let entry = entry.as_ref().with_context(|| format!("{id} was never acknowledged"))?;
            let subject = format!("dispute/{}", entry.dispute_id);
            let position = reported.get(&subject);
            ensure!(
                position == Some(&entry.position),
                "{subject} is lost: {position:?}, acknowledged at {}",
                entry.position
            );
            ensure!(
                subjects.insert(subject),
                "two requests made one dispute: {}",
                entry.dispute_id
            );
        }
        let strangers: Vec<_> =
            reported.keys().filter(|subject| !subjects.contains(*subject)).collect();
        ensure!(strangers.is_empty(), "disputes that nobody asked for: {strangers:?}");
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
        details: Some(Details {
            parties: vec![party("甲方"), party("乙方")],
            place: "共用水阀旁".to_owned(),
            summary: "两户因共用水阀漏水争执".to_owned(),
        }),
        ..ReportDisputeRequest::default()
    }
}

/// Whether a call failed because the node was away or busy, and not because of what it asked.
pub fn is_fault(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable
            | Code::Unknown
            | Code::Cancelled
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Internal
    )
}
