//! Reads a log from outside, and proves it by the rules in `feed.proto`, with no code of the ledger.

use anyhow::{Context as _, Result, ensure};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;
use yiwang_proto::feed::v1::{Cursor, Filter, Header, LogId, PullRequest, Record};

use crate::callers::Caller;
use crate::node::Node;

/// One event as it is in the log.
#[derive(Clone, Debug)]
pub struct Event {
    /// Where it stands.
    pub header: Header,
    /// The encoded message.
    pub payload: Vec<u8>,
    /// The record's hash.
    pub hash: Vec<u8>,
}

/// Reads the whole log of a service and checks that it is dense and its chain whole.
pub async fn whole_log(node: &Node, caller: &Caller, service: &str) -> Result<Vec<Event>> {
    let mut client =
        FeedServiceClient::new(node.connect(caller)?).max_decoding_message_size(64 << 20);
    let mut events = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let request = PullRequest {
            service: service.to_owned(),
            cursor: cursor.clone(),
            filter: Some(Filter { area_code: caller.area.to_owned(), ..Filter::default() }),
            page_size: 1000,
            ..PullRequest::default()
        };
        let page = client.pull(request).await?.into_inner().page.context("no page")?;
        let came_to = cursor.as_ref().map_or(0, |cursor| cursor.position);
        ensure!(page.after == came_to, "a page after {} for a cursor at {came_to}", page.after);
        for record in &page.records {
            let previous = events.last().map(|event: &Event| event.hash.clone());
            events.push(verified(record, previous, came_to)?);
        }
        let next = page.next.context("no cursor")?;
        ensure!(next.position == page.upto, "the cursor is not at the end of the page");
        if page.upto == page.head {
            return Ok(events);
        }
        cursor = Some(next);
    }
}

/// Checks one record against the one before.
fn verified(record: &Record, previous: Option<Vec<u8>>, after: u64) -> Result<Event> {
    let header = Header::decode(record.header.as_slice())?;
    let log = header.log.clone().context("an event without a log")?;
    let previous = previous.unwrap_or_else(|| genesis(&log));
    ensure!(header.position > after, "position {} in a page after {after}", header.position);
    let commitment = if record.commitment.is_empty() {
        digest(&[&record.salt, &record.payload])
    } else {
        record.commitment.clone()
    };
    let expected = digest(&[&previous, &digest(&[&record.header]), &commitment]);
    ensure!(record.hash == expected, "the chain breaks at position {}", header.position);
    let any = prost_types::Any::decode(record.payload.as_slice())?;
    Ok(Event { header, payload: any.value, hash: record.hash.clone() })
}

/// The hash before position 1.
pub fn genesis(log: &LogId) -> Vec<u8> {
    digest(&[format!("{}/{}/{}", log.node, log.service, log.incarnation).as_bytes()])
}

/// Checks that the positions are 1, 2, 3 … without a gap.
pub fn dense(events: &[Event]) -> Result<()> {
    for (expected, event) in (1..).zip(events) {
        let found = event.header.position;
        ensure!(found == expected, "position {found} where {expected} is due");
    }
    Ok(())
}

fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_vec()
}
