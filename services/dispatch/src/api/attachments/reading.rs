//! Files on their way to a reader, after the opening is on record.

use futures::stream::try_unfold;
use jiff::{SignedDuration, Timestamp};
use kit::{Call, Problem};
use ledger::files::{Download, FileError, Refusal};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::read_file_response::{Head, Part as Sent};

use super::{Answers, Attachments, name, trouble};
use crate::api::convert::attachments::Part;
use crate::api::convert::requests::Asked;
use crate::app::OPENS_DETAILS;
use crate::domain::decide::Answer;
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;

/// How long after its opening a reading that was cut may go on.
const RESUMABLE: SignedDuration = SignedDuration::from_hours(1);

/// A file on its way.
struct Reading {
    download: Download,
    /// What is sent before the first byte.
    head: Option<pb::ReadFileResponse>,
    stopping: CancellationToken,
}

impl Attachments {
    /// Records the opening, then hands the file out.
    pub(super) async fn read(
        &self,
        call: &Call,
        body: pb::ReadFileRequest,
        (asked, part): (Asked, Part),
    ) -> Result<Answers<pb::ReadFileResponse>, Problem> {
        let id = asked.dispute_id;
        let store = self.store()?;
        self.check_offset(call, id, part).await?;
        // Where it goes on is not what is asked: a reading that was cut is the same request.
        let whole = pb::ReadFileRequest { offset: 0, length: 0, ..body };
        let done = self.disputes.act(call, "ReadFile", &whole, asked).await?;
        if done.replayed {
            self.may_go_on(call, id, &done.answer).await?;
        }
        let name = name(id, part.file_id)?;
        let download = store.read(&name, part.offset..part.end).await.map_err(trouble)?;
        let head = pb::ReadFileResponse {
            part: Some(Sent::Head(Head {
                media_type: download.media_type().to_string(),
                size: download.size(),
                offset: part.offset,
            })),
            feed_position: done.position,
        };
        let reading = Reading { download, head: Some(head), stopping: self.stopping.clone() };
        Ok(Box::pin(try_unfold(reading, Reading::next)))
    }

    /// Refuses an offset that cannot be before anything is recorded; who may not look at the file learns nothing here.
    async fn check_offset(&self, call: &Call, id: Uuid, part: Part) -> Result<(), Problem> {
        if !call.caller.may(OPENS_DETAILS) {
            return Ok(());
        }
        let size = self.look(call, id, |dispute| dispute.file(part.file_id).map(|file| file.size));
        match size.await {
            Ok(Some(size)) if part.offset > size => {
                Err(FileError::from(Refusal::OutOfRange { size }).into_problem(DOMAIN))
            }
            // Decided, and where it has to be recorded, by the committer.
            Ok(Some(_) | None) | Err(_) => Ok(()),
        }
    }

    /// A repeated request was not decided anew: role and area, the file and the time are looked at here.
    async fn may_go_on(&self, call: &Call, id: Uuid, answer: &Answer) -> Result<(), Problem> {
        call.caller.require(OPENS_DETAILS, DOMAIN)?;
        let Answer::FileOpened { file, at, .. } = *answer else {
            return Err(Problem::internal(DOMAIN));
        };
        if !self.look(call, id, |dispute| dispute.file(file).is_some()).await? {
            return Err(Rejection::FileNotFound { file }.into());
        }
        if self.disputes.ledger.now().duration_since(at) > RESUMABLE {
            return Err(expired(at));
        }
        Ok(())
    }
}

impl Reading {
    async fn next(mut self) -> Result<Option<(pb::ReadFileResponse, Self)>, Status> {
        if let Some(head) = self.head.take() {
            return Ok(Some((head, self)));
        }
        let stopping = self.stopping.clone();
        let chunk = stopping.run_until_cancelled(self.download.next_chunk()).await;
        let chunk = chunk.unwrap_or(Err(FileError::Interrupted)).map_err(trouble)?;
        let Some(chunk) = chunk else { return Ok(None) };
        let part = Some(Sent::Data(chunk.to_vec()));
        Ok(Some((pb::ReadFileResponse { part, feed_position: 0 }, self)))
    }
}

fn expired(opened_at: Timestamp) -> Problem {
    Problem::new(
        Code::FailedPrecondition,
        "READ_EXPIRED",
        DOMAIN,
        "the opening that this reading belongs to is more than an hour old; ask with a new request id",
        "该次查阅已超过一小时,请使用新的请求编号重新申请",
    )
    .with("open_time", opened_at.to_string())
}
