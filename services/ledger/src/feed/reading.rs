//! Reading a log page by page: from a checked cursor, under a filter, waiting for more.

use std::time::Duration;

use futures::Stream;
use kit::Problem;
use prost::Message;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use yiwang_proto::feed::v1::{
    Cursor, Envelope, Filter, FollowResponse, Header, Page, Record, RecordView,
};

use super::checks::problem;
use super::{DOMAIN, Source};
use crate::chain::genesis;
use crate::records::{self, Selection};

/// The fields that both rpcs share.
pub(super) struct Wish {
    pub(super) service: String,
    pub(super) cursor: Option<Cursor>,
    pub(super) filter: Option<Filter>,
    pub(super) view: i32,
    pub(super) limit: u32,
}

/// What a reader asked for, found to be valid.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) source: Source,
    pub(super) selection: Selection,
    pub(super) view: RecordView,
    pub(super) limit: u32,
    pub(super) after: u64,
}

impl Source {
    /// Position that a cursor stands at, after checking that it is this log's history.
    pub(super) async fn check(&self, cursor: Cursor, mark: &[u8]) -> Result<u64, Problem> {
        // A cursor without the mark is taken on the reader's word.
        if !cursor.filter.is_empty() && cursor.filter != mark {
            return Err(of_other_filter());
        }
        let head = records::head(&self.db).await.map_err(problem)?;
        let head = head.map_or(0, |head| head.position);
        if cursor.position == 0 {
            return Ok(0);
        }
        if cursor.log.as_ref().is_some_and(|log| *log != self.log) {
            return Err(diverged("another log or incarnation", head));
        }
        if cursor.position > head {
            return Err(Problem::new(
                Code::OutOfRange,
                "CURSOR_AHEAD",
                DOMAIN,
                "the cursor is beyond the head of this log",
                "游标超出了日志末尾",
            )
            .with("head", head.to_string()));
        }
        let here = records::hash_at(&self.db, cursor.position).await.map_err(problem)?;
        if here.as_deref() != Some(cursor.hash.as_slice()) {
            return Err(diverged("another hash at this position", head));
        }
        Ok(cursor.position)
    }
}

impl Reading {
    /// The next page; moves on to its end.
    pub(super) async fn next_page(&mut self) -> Result<Page, Problem> {
        let page = records::page(&self.source.db, &self.selection, self.after, self.limit)
            .await
            .map_err(problem)?;
        let hash = self.hash_at(page.upto, page.records.last()).await?;
        let log = Some(self.source.log.clone());
        let next = Cursor { log, position: page.upto, hash, filter: self.selection.mark() };
        let after = std::mem::replace(&mut self.after, page.upto);
        let (records, envelopes) = match self.view {
            RecordView::Decoded => (Vec::new(), page.records.iter().map(envelope).collect()),
            RecordView::Raw | RecordView::Unspecified => (page.records, Vec::new()),
        };
        Ok(Page { after, upto: page.upto, records, envelopes, next: Some(next), head: page.head })
    }

    async fn hash_at(&self, upto: u64, last: Option<&Record>) -> Result<Vec<u8>, Problem> {
        if upto == 0 {
            return Ok(genesis(&self.source.log).to_vec());
        }
        if let Some(last) = last {
            let header = Header::decode(last.header.as_slice()).unwrap_or_default();
            if header.position == upto {
                return Ok(last.hash.clone());
            }
        }
        let hash = records::hash_at(&self.source.db, upto).await.map_err(problem)?;
        Ok(hash.unwrap_or_default())
    }

    /// Waits until there may be more; false when the deadline or the end of the process came first.
    pub(super) async fn wait_for_more(
        &mut self,
        deadline: Instant,
        stopping: &CancellationToken,
    ) -> bool {
        if self.source.head.borrow_and_update().position > self.after {
            return true;
        }
        tokio::select! {
            () = stopping.cancelled() => false,
            changed = self.source.head.changed() => changed.is_ok(),
            () = tokio::time::sleep_until(deadline) => false,
        }
    }
}

/// Pages as they come, a heartbeat when none does; ends without an error when the process stops.
pub(super) fn follow_stream(
    reading: Reading,
    heartbeat: Duration,
    stopping: CancellationToken,
) -> impl Stream<Item = Result<FollowResponse, Status>> + Send {
    let start = (reading, true, false);
    futures::stream::unfold(start, move |(mut reading, mut first, failed)| {
        let stopping = stopping.clone();
        async move {
            if failed {
                return None;
            }
            let beat = Instant::now() + heartbeat;
            loop {
                if stopping.is_cancelled() {
                    return None;
                }
                let page = match reading.next_page().await {
                    Ok(page) => page,
                    Err(problem) => return Some((Err(problem.into()), (reading, false, true))),
                };
                // The first page is sent in any case: the reader learns where the head is.
                let due = first || page.upto > page.after || Instant::now() >= beat;
                first = false;
                if due {
                    let response = FollowResponse { page: Some(page) };
                    return Some((Ok(response), (reading, false, false)));
                }
                reading.wait_for_more(beat, &stopping).await;
            }
        }
    })
}

fn envelope(record: &Record) -> Envelope {
    Envelope {
        header: Header::decode(record.header.as_slice()).ok(),
        payload: prost_types::Any::decode(record.payload.as_slice())
            .ok()
            .filter(|_| !record.payload.is_empty()),
        hash: record.hash.clone(),
    }
}

fn of_other_filter() -> Problem {
    Problem::new(
        Code::FailedPrecondition,
        "CURSOR_OF_OTHER_FILTER",
        DOMAIN,
        "the cursor belongs to another filter or another area; begin again without a cursor",
        "该游标属于另一筛选条件或另一区域,请不带游标重新开始",
    )
}

fn diverged(how: &'static str, head: u64) -> Problem {
    Problem::new(
        Code::FailedPrecondition,
        "CURSOR_DIVERGED",
        DOMAIN,
        format!("the cursor does not belong to this log's history: {how}"),
        "游标与该日志的历史不一致",
    )
    .with("head", head.to_string())
}
