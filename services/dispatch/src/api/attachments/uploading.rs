//! Uploads: in one call that streams both ways, or piece by piece in calls of their own.

use std::time::Duration;

use bytes::Bytes;
use futures::stream::try_unfold;
use kit::{Call, Problem};
use ledger::files::{FileError, Upload};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::upload_file_request::Part;

use super::{Answers, Attachments, name, trouble};
use crate::api::convert::attachments::{self, Begun};
use crate::domain::decide;
use crate::domain::dispute::Dispute;
use crate::error::DOMAIN;

/// How long a client may send nothing: whoever is gone must not keep others from going on with its upload.
const STALLED: Duration = Duration::from_secs(30);

/// An upload and the call that it comes by.
struct Uploading {
    attachments: Attachments,
    call: Call,
    messages: Streaming<pb::UploadFileRequest>,
    /// The file; none before the first message.
    upload: Option<Upload>,
    /// How far the client knows that it is durable.
    told: u64,
    _place: OwnedSemaphorePermit,
}

impl Attachments {
    /// Takes an upload; the answers come as it goes on.
    pub(super) fn upload(
        &self,
        call: Call,
        messages: Streaming<pb::UploadFileRequest>,
        place: OwnedSemaphorePermit,
    ) -> Answers<pb::UploadFileResponse> {
        let attachments = self.clone();
        let begun = Uploading { attachments, call, messages, upload: None, told: 0, _place: place };
        Box::pin(try_unfold(begun, Uploading::next))
    }

    /// Takes a piece of an upload.
    pub(super) async fn take_piece(
        &self,
        call: &Call,
        body: pb::UploadPieceRequest,
    ) -> Result<pb::UploadPieceResponse, Problem> {
        let begun = attachments::begin(body.begin.as_ref())?;
        if let Some(piece) = &body.piece {
            attachments::piece(piece)?;
        }
        let mut upload = self.begin(call, begun).await?;
        if let Some(piece) = body.piece {
            append(&mut upload, piece).await?;
        }
        // What does not fill a chunk is forgotten with this call.
        let durable_offset = upload.durable().map_err(trouble)?;
        Ok(pb::UploadPieceResponse { wanted_offset: durable_offset, durable_offset })
    }

    /// Begins an upload of who may attach the file in the end.
    async fn begin(&self, call: &Call, begun: Begun) -> Result<Upload, Problem> {
        let store = self.store()?;
        let node = &self.disputes.ledger.log().node;
        let may = |dispute: &Dispute| decide::may_upload(dispute, node, begun.file_id);
        self.look(call, begun.dispute_id, may).await??;
        let name = name(begun.dispute_id, begun.file_id)?;
        store.begin(&name, begun.declared).await.map_err(trouble)
    }
}

impl Uploading {
    /// Works on until there is something to tell.
    async fn next(mut self) -> Result<Option<(pb::UploadFileResponse, Self)>, Status> {
        let Some(mut upload) = self.upload.take() else {
            let begin = match self.message().await?.and_then(|message| message.part) {
                Some(Part::Begin(begin)) => Some(begin),
                Some(Part::Piece(_)) | None => None,
            };
            let begun = attachments::begin(begin.as_ref())?;
            let upload = self.attachments.begin(&self.call, begun).await?;
            return Ok(Some(self.tell(upload)?));
        };
        while let Some(message) = self.message().await? {
            let Some(Part::Piece(piece)) = message.part else {
                return Err(attachments::piece_wanted().into());
            };
            attachments::piece(&piece)?;
            append(&mut upload, piece).await?;
            if upload.durable().map_err(trouble)? > self.told {
                return Ok(Some(self.tell(upload)?));
            }
        }
        Ok(None)
    }

    fn tell(mut self, upload: Upload) -> Result<(pb::UploadFileResponse, Self), Problem> {
        let wanted_offset = upload.wanted().map_err(trouble)?;
        let durable_offset = upload.durable().map_err(trouble)?;
        self.told = durable_offset;
        self.upload = Some(upload);
        Ok((pb::UploadFileResponse { wanted_offset, durable_offset }, self))
    }

    /// The next message, unless it takes too long or the process is to end.
    async fn message(&mut self) -> Result<Option<pb::UploadFileRequest>, Status> {
        let stopping = self.attachments.stopping.clone();
        let next = timeout(STALLED, self.messages.message());
        match stopping.run_until_cancelled(next).await {
            Some(Ok(message)) => message,
            Some(Err(_)) => Err(stalled().into()),
            None => Err(trouble(FileError::Interrupted).into()),
        }
    }
}

/// Appends a piece; one for another offset is refused, and the refusal says which is wanted.
async fn append(upload: &mut Upload, piece: pb::UploadedPiece) -> Result<(), Problem> {
    upload.append(piece.offset, Bytes::from(piece.data)).await.map_err(trouble)?;
    Ok(())
}

fn stalled() -> Problem {
    Problem::new(
        Code::DeadlineExceeded,
        "UPLOAD_STALLED",
        DOMAIN,
        "nothing came for half a minute; begin again, what is durable is kept",
        "半分钟未收到数据;请重新开始,已落盘的部分仍然保留",
    )
}
