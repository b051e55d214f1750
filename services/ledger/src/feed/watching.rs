//! A log read from within its own service, for streams that tell callers what of it concerns them.

use kit::Problem;
use prost::Message;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use yiwang_proto::feed::v1::{Cursor, Header, RecordView};

use super::reading::Reading;
use crate::authority::{Authority, Foreign};
use crate::incoming::message_in;
use crate::ledger::Ledger;
use crate::records::Selection;

/// Which records are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Code whose subtree is meant.
    pub area_code: String,
    /// Full names of the messages.
    pub types: Vec<String>,
    /// What cursors say of who reads what: another mark is refused.
    pub mark: Vec<u8>,
    /// Most records of a page.
    pub limit: u32,
}

/// Reads on from a place in the log.
#[derive(Debug)]
pub struct Watching {
    reading: Reading,
}

/// Some of the log.
#[derive(Debug, Clone)]
pub struct WatchedPage {
    /// The records that are watched, in order, each with its hash.
    pub events: Vec<(Foreign, Vec<u8>)>,
    /// Position up to which everything was read.
    pub upto: u64,
    /// Hash of the record there.
    pub hash: Vec<u8>,
}

impl<A: Authority> Ledger<A>
where
    A::Rejection: Into<Problem>,
{
    /// Reads on after a cursor, once it is found to be of this log's history and of this mark.
    pub async fn watch(&self, watched: Watched, cursor: Cursor) -> Result<Watching, Problem> {
        let Watched { area_code, types, mark, limit } = watched;
        let types = format!(",{},", types.join(","));
        let selection = Selection { area_code, types, subject: String::new() };
        let source = self.source();
        let after = source.check(cursor, &mark).await?;
        Ok(Watching { reading: Reading { source, selection, view: RecordView::Raw, limit, after } })
    }
}

impl Watching {
    /// The next page, which may have nothing that is watched; moves on to its end.
    pub async fn next(&mut self) -> Result<WatchedPage, Problem> {
        let page = self.reading.next_page().await?;
        let events = page.records.into_iter().filter_map(|record| {
            let header = Header::decode(record.header.as_slice()).ok()?;
            let payload = message_in(&record.payload).ok()?;
            Some((Foreign { header, payload }, record.hash))
        });
        let hash = page.next.map(|next| next.hash).unwrap_or_default();
        Ok(WatchedPage { events: events.collect(), upto: page.upto, hash })
    }

    /// Waits until there may be more; false when that time, or the end of the process, came first.
    pub async fn wait(&mut self, until: Instant, stopping: &CancellationToken) -> bool {
        self.reading.wait_for_more(until, stopping).await
    }
}
