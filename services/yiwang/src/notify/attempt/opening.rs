//! Opens who is meant by a notice.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tonic::Status;
use yiwang_proto::dispatch::v1::OpenContactRequest;

use super::Teller;
use crate::failure::{Failure, unreachable};
use crate::notify::message::Message;
use crate::notify::refusal::{Trouble, reason, trouble};
use crate::notify::state::Pending;

/// How long an opened contact is kept in memory: what is erased meanwhile must not be used for long.
pub(super) const KEPT: Duration = Duration::from_mins(15);

/// What an opening led to.
pub(super) enum Opened {
    /// There is something to send.
    Message(Arc<Message>),
    /// Nobody can be reached, for the contract's number of a reason.
    Nobody(i32),
    /// The node cannot be reached.
    Unreached,
    /// The node could not say. Perhaps it has the opening on record all the same, so that it cannot be tried without end.
    Failed(String),
    /// The node will not say.
    Refused(String),
}

/// Whether what was opened at that moment may still be used.
pub(super) fn is_fresh(at: Instant) -> bool {
    at.elapsed() < KEPT
}

impl Teller {
    /// Opens who is meant, unless that was done a moment ago.
    pub(super) async fn open(&self, position: u64, pending: &Pending) -> Result<Opened, Failure> {
        let kept = self.opened().get(&position).cloned();
        if let Some((_, message)) = kept.filter(|(at, _)| is_fresh(*at)) {
            return Ok(Opened::Message(message));
        }
        let request = OpenContactRequest {
            request_id: self.session.request_id(),
            notice_position: position,
            expected_event_id: pending.event_id.clone(),
        };
        let answer = match self.session.notices().open_contact(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => return not_opened(status),
        };
        let Some(contact) = &answer.contact else {
            return Ok(match answer.missing {
                // A repeated request shows nobody: the answer to the first one was lost.
                0 => Opened::Failed("the answer was lost".to_owned()),
                missing => Opened::Nobody(missing),
            });
        };
        let message = Arc::new(Message::of(&answer.notice.clone().unwrap_or_default(), contact));
        // Whether a team is still asked is said at each try; nothing is sealed there.
        if !pending.urgent {
            self.opened().insert(position, (Instant::now(), Arc::clone(&message)));
        }
        Ok(Opened::Message(message))
    }
}

fn not_opened(status: Status) -> Result<Opened, Failure> {
    match trouble(&status) {
        Trouble::OfTheCaller | Trouble::OfTheLog => Err(status.into()),
        Trouble::OfTheNotice => Ok(Opened::Refused(reason(&status))),
        Trouble::Passing if unreachable(&status) => Ok(Opened::Unreached),
        Trouble::Passing => Ok(Opened::Failed(reason(&status))),
    }
}
