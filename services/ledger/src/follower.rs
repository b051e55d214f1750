//! Follows another service's log and applies it to this service's states, exactly once in effect.
//!
//! The cursor is stored in the same commit as what was done, so a follower that was cut off anywhere goes on where its
//! last commit ended.

use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;
use yiwang_proto::feed::v1::{Cursor, FollowRequest, FollowResponse, LogId, Page};

use crate::authority::Authority;
use crate::chain::{genesis, record_hash};
use crate::committer::chain_of;
use crate::error::{DbError, SubmitError};
use crate::ledger::Ledger;
use crate::own::CursorState;
use crate::submit::{Followed, FollowedPage};

/// Largest page that a follower takes: a page ends after 1 MiB, but one record may be as large as a request.
const LARGEST_PAGE: usize = 16 << 20;

/// Longest silence that is asked of the feed; after three of them the stream counts as lost.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// How a log is followed.
#[derive(Debug, Clone)]
pub struct FollowSettings {
    /// Service whose log is followed.
    pub service: &'static str,
    /// Bearer token of the follower.
    pub token: String,
    /// Shortest pause before a lost stream is opened again; doubles up to `longest_pause`.
    pub pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
}

/// Why a stream ended before the process did.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the feed cannot be read")]
    Feed(#[source] Box<tonic::Status>),
    #[error("the feed has been silent for three heartbeats")]
    Silent,
    #[error("the feed sent a range that does not follow the cursor")]
    Range,
    #[error("the feed's records do not form a chain at position {0}")]
    Chain(u64),
    #[error("the token cannot be sent")]
    Token,
    #[error("the page cannot be applied")]
    Apply(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the cursor cannot be read")]
    Cursor(#[source] DbError),
}

/// Follows until `stopping` is cancelled, reconnecting whenever the stream ends.
pub async fn follow<A: Authority>(
    ledger: Ledger<A>,
    channel: Channel,
    settings: FollowSettings,
    stopping: CancellationToken,
) {
    let mut pause = settings.pause;
    while !stopping.is_cancelled() {
        let mut applied = false;
        let ended = tokio::select! {
            () = stopping.cancelled() => return,
            ended = stream(&ledger, channel.clone(), &settings, &mut applied) => ended,
        };
        if let Err(error) = ended {
            tracing::warn!(service = settings.service, error = %chain_of(&error), "following a feed was interrupted");
        }
        // A stream that brought something was sound: begin again with the short pause.
        pause = if applied { settings.pause } else { (pause * 2).min(settings.longest_pause) };
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn stream<A: Authority>(
    ledger: &Ledger<A>,
    channel: Channel,
    settings: &FollowSettings,
    applied: &mut bool,
) -> Result<(), Ended> {
    let mut cursor = ledger.cursor(settings.service).await.map_err(Ended::Cursor)?;
    let request = FollowRequest {
        service: settings.service.to_owned(),
        cursor: cursor.as_ref().map(wire_cursor),
        heartbeat: prost_types::Duration::try_from(HEARTBEAT).ok(),
        ..FollowRequest::default()
    };
    let mut request = tonic::Request::new(request);
    let _lagging = Lagging { ledger, service: settings.service };
    let bearer = format!("Bearer {}", settings.token).parse().map_err(|_| Ended::Token)?;
    request.metadata_mut().insert("authorization", bearer);
    let mut stream = FeedServiceClient::new(channel)
        .max_decoding_message_size(LARGEST_PAGE)
        .follow(request)
        .await
        .map_err(|status| Ended::Feed(Box::new(status)))?
        .into_inner();
    loop {
        // A peer that vanished says nothing, not even that the stream is over.
        let message = timeout(3 * HEARTBEAT, stream.message()).await.map_err(|_| Ended::Silent)?;
        let message = message.map_err(|status| Ended::Feed(Box::new(status)))?;
        let Some(FollowResponse { page }) = message else { return Ok(()) };
        let Some(page) = page else { continue };
        let reaches_head = page.upto >= page.head;
        if !reaches_head {
            ledger.set_live(settings.service, false);
        }
        let worth_storing = page.upto > page.after
            || (reaches_head && !cursor.as_ref().is_some_and(|cursor| cursor.caught_up));
        if !worth_storing {
            ledger.set_live(settings.service, reaches_head);
            continue;
        }
        let page = followed_page(settings.service, cursor.as_ref(), page, reaches_head)?;
        let outcome = ledger.apply(page).await.map_err(apply_error)?;
        cursor = ledger.cursor(settings.service).await.map_err(Ended::Cursor)?;
        *applied = true;
        if outcome == Followed::Missed {
            // Another replica was faster; its cursor is where the next stream begins.
            return Ok(());
        }
        ledger.set_live(settings.service, reaches_head);
    }
}

/// However a stream ends, what comes after it is not known until the next one has reached the head.
struct Lagging<'a, A: Authority> {
    ledger: &'a Ledger<A>,
    service: &'static str,
}

impl<A: Authority> Drop for Lagging<'_, A> {
    fn drop(&mut self) {
        self.ledger.set_live(self.service, false);
    }
}

fn apply_error<R: std::error::Error + Send + Sync + 'static>(error: SubmitError<R>) -> Ended {
    Ended::Apply(Box::new(error))
}

fn wire_cursor(cursor: &CursorState) -> Cursor {
    Cursor {
        log: Some(LogId {
            node: cursor.node.clone(),
            service: cursor.service.clone(),
            incarnation: cursor.incarnation,
        }),
        position: cursor.position,
        hash: hex::decode(&cursor.hash).unwrap_or_default(),
        filter: hex::decode(&cursor.filter).unwrap_or_default(),
    }
}

/// Checks that a page follows the cursor, and its records each other, and makes it ready to be applied.
fn followed_page(
    service: &str,
    cursor: Option<&CursorState>,
    page: Page,
    caught_up: bool,
) -> Result<FollowedPage, Ended> {
    let next = page.next.unwrap_or_default();
    let log = next.log.unwrap_or_default();
    let after_hash = match cursor {
        Some(cursor) => hex::decode(&cursor.hash).unwrap_or_default(),
        None => genesis(&log).to_vec(),
    };
    if page.after != cursor.map_or(0, |cursor| cursor.position) || next.position != page.upto {
        return Err(Ended::Range);
    }
    // Without gaps the chain can be checked; a filtered page has gaps and is taken on the server's word.
    if page.records.len() as u64 == page.upto - page.after {
        let mut previous = after_hash.clone();
        for (position, record) in (page.after + 1..).zip(&page.records) {
            let hash = record_hash(&previous, record).map_err(|_| Ended::Chain(position))?;
            if hash.as_slice() != record.hash {
                return Err(Ended::Chain(position));
            }
            previous = hash.to_vec();
        }
    }
    Ok(FollowedPage {
        service: service.to_owned(),
        after: page.after,
        after_hash,
        records: page.records,
        node: log.node,
        incarnation: log.incarnation,
        upto: page.upto,
        upto_hash: next.hash,
        filter: next.filter,
        caught_up,
        refused: false,
    })
}
