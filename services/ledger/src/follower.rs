//! Follows another service's log and applies it to this service's states, exactly once in effect.
//!
//! The cursor is stored in the same commit as what was done, so a follower that was cut off anywhere goes on where its
//! last commit ended.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;
use tonic::transport::Channel;
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;
use yiwang_proto::feed::v1::{Cursor, FollowRequest, FollowResponse, LogId, Page};

use crate::authority::Authority;
use crate::chain::{genesis, record_hash};
use crate::committer::chain_of;
use crate::error::{DbError, SubmitError};
use crate::incoming::Incoming;
use crate::ledger::Ledger;
use crate::own::CursorState;
use crate::submit::{Followed, FollowedPage};

/// Largest page that a follower takes: a page ends after 1 MiB, but one record may be as large as a request.
const LARGEST_PAGE: usize = 16 << 20;

/// Records that are asked for at once: the most that a feed gives, since each page costs a commit.
const PAGE_SIZE: u32 = 1000;

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
    let _lagging = Lagging { ledger, service: settings.service };
    let mut stream = opened(channel, settings, cursor.as_ref()).await?;
    let mut applying: Applying<A> = Applying(None);
    loop {
        // A peer that vanished says nothing, not even that the stream is over.
        let message = timeout(3 * HEARTBEAT, stream.message());
        let message = tokio::select! {
            biased;
            settled = applying.settled(), if applying.0.is_some() => {
                let standing = settled?;
                *applied = true;
                // Another replica was faster; its cursor is where the next stream begins.
                let Some(reaches_head) = standing else { return Ok(()) };
                ledger.set_live(settings.service, reaches_head);
                continue;
            }
            message = message => message.map_err(|_| Ended::Silent)?,
        };
        let message = message.map_err(|status| Ended::Feed(Box::new(status)))?;
        let Some(FollowResponse { page }) = message else { break };
        let Some(page) = page else { continue };
        let reaches_head = page.upto >= page.head;
        if !reaches_head {
            ledger.set_live(settings.service, false);
        }
        let was_caught_up = cursor.as_ref().is_some_and(|cursor| cursor.caught_up);
        if page.upto <= page.after && (was_caught_up || !reaches_head) {
            // Nothing to store; a page that is being applied tells how far it goes when it stands.
            if applying.0.is_none() {
                ledger.set_live(settings.service, reaches_head);
            }
            continue;
        }
        // Read and checked while the committer is busy with the page before.
        let page = followed_page(settings.service, cursor.as_ref(), page, reaches_head)?;
        if applying.0.is_some() {
            let standing = applying.settled().await?;
            *applied = true;
            if standing.is_none() {
                return Ok(());
            }
        }
        cursor = Some(page.cursor(was_caught_up));
        let answer = ledger.apply(page).await.map_err(apply_error)?;
        applying.0 = Some((answer, reaches_head));
    }
    // What was handed over is waited for, so that the next stream begins behind it.
    if applying.0.is_some() {
        applying.settled().await?;
        *applied = true;
    }
    Ok(())
}

/// Opens the stream behind a cursor.
async fn opened(
    channel: Channel,
    settings: &FollowSettings,
    cursor: Option<&CursorState>,
) -> Result<Streaming<FollowResponse>, Ended> {
    let mut request = tonic::Request::new(FollowRequest {
        service: settings.service.to_owned(),
        cursor: cursor.map(wire_cursor),
        heartbeat: prost_types::Duration::try_from(HEARTBEAT).ok(),
        page_size: PAGE_SIZE,
        ..FollowRequest::default()
    });
    let bearer = format!("Bearer {}", settings.token).parse().map_err(|_| Ended::Token)?;
    request.metadata_mut().insert("authorization", bearer);
    let mut client = FeedServiceClient::new(channel).max_decoding_message_size(LARGEST_PAGE);
    let stream = client.follow(request).await.map_err(|status| Ended::Feed(Box::new(status)))?;
    Ok(stream.into_inner())
}

/// The page that the committer has and has not answered for yet, and whether it reaches the head of the log.
struct Applying<A: Authority>(Option<(Answer<A>, bool)>);

type Answer<A> = oneshot::Receiver<Result<Followed, SubmitError<<A as Authority>::Rejection>>>;

impl<A: Authority> Applying<A> {
    /// Waits until the page stands and says whether it reaches the head; nothing when the cursor was elsewhere. Can be
    /// given up and called again.
    async fn settled(&mut self) -> Result<Option<bool>, Ended> {
        let Some((answer, reaches_head)) = &mut self.0 else { return Ok(None) };
        let outcome = answer.await.unwrap_or(Err(SubmitError::Unavailable));
        let reaches_head = *reaches_head;
        self.0 = None;
        Ok((outcome.map_err(apply_error)? != Followed::Missed).then_some(reaches_head))
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
        records: Incoming::read_all(page.records, page.after),
        node: log.node,
        incarnation: log.incarnation,
        upto: page.upto,
        upto_hash: next.hash,
        filter: next.filter,
        caught_up,
        refused: false,
    })
}
