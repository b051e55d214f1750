//! Opens who is meant by a notice.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tonic::Status;
use yiwang_proto::dispatch::v1::OpenContactRequest;

use super::Teller;
use crate::failure::Failure;
use crate::notify::message::Message;
use crate::notify::refusal::{Trouble, reason, trouble};
use crate::notify::state::Settled;

/// How long an opened contact is kept in memory: what is erased meanwhile must not be used for long.
const KEPT: Duration = Duration::from_mins(15);

/// What an opening led to.
pub(super) enum Opened {
    /// There is something to send.
    Message(Arc<Message>),
    /// Nobody can be reached.
    Nobody(Settled),
    /// The node cannot say now.
    Later,
    /// Nobody has to be told any more.
    Gone,
}

impl Teller {
    /// Opens who is meant, unless that was done a moment ago.
    pub(super) async fn open(&self, position: u64) -> Result<Opened, Failure> {
        let kept = self.opened().get(&position).cloned();
        if let Some((_, message)) = kept.filter(|(at, _)| at.elapsed() < KEPT) {
            return Ok(Opened::Message(message));
        }
        let request_id = self.session.request_id();
        let request = OpenContactRequest { request_id, notice_position: position };
        let answer = match self.session.notices().open_contact(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => return self.not_opened(position, status),
        };
        let notice = answer.notice.clone().unwrap_or_default();
        let Some(contact) = &answer.contact else {
            // A repeated request shows nobody: the answer to the first one was lost.
            if answer.replayed {
                return Ok(Opened::Later);
            }
            let (event_id, reason) = (notice.event_id, answer.missing);
            return Ok(Opened::Nobody(Settled { event_id, reason, unreached: 0 }));
        };
        let message = Arc::new(Message::of(&notice, contact));
        self.opened().insert(position, (Instant::now(), Arc::clone(&message)));
        Ok(Opened::Message(message))
    }

    fn not_opened(&self, position: u64, status: Status) -> Result<Opened, Failure> {
        match trouble(&status) {
            Trouble::OfTheCaller => Err(status.into()),
            Trouble::Passing => Ok(Opened::Later),
            Trouble::OfTheNotice => {
                self.say(position, "", &format!("is no longer told here: {}", reason(&status)));
                Ok(Opened::Gone)
            }
        }
    }
}
