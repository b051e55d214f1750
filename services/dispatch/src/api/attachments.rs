//! `AttachmentService`: files are uploaded, attached, read and erased.

mod reading;
pub(super) mod tidying;
mod uploading;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use kit::{Call, Problem, Role};
use ledger::files::{Declared, FileError, FileName, FileStore};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, Streaming};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::attachment_service_server::AttachmentService;

use super::Disputes;
use super::convert::{attachments, queries};
use super::disputes::open;
use super::submit::dispute;
use crate::app::OPENS_DETAILS;
use crate::domain::command::{Action, Attaching};
use crate::domain::dispute::{Dispute, subject};
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;

/// Uploads that go on at a time: each holds a file and a chunk.
const UPLOADS: usize = 128;
/// What who comes on top waits.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Serves `yiwang.dispatch.v1.AttachmentService`.
#[derive(Debug, Clone)]
pub(crate) struct Attachments {
    disputes: Disputes,
    /// Where the bytes are; nowhere without a folder.
    store: Option<FileStore>,
    places: Arc<Semaphore>,
    stopping: CancellationToken,
}

/// What a streaming rpc answers.
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Attachments {
    pub(crate) fn new(
        disputes: Disputes,
        store: Option<FileStore>,
        stopping: CancellationToken,
    ) -> Self {
        Attachments { disputes, store, places: Arc::new(Semaphore::new(UPLOADS)), stopping }
    }

    fn store(&self) -> Result<&FileStore, Problem> {
        self.store.as_ref().ok_or_else(|| {
            Problem::new(
                Code::FailedPrecondition,
                "FILES_NOT_CONFIGURED",
                DOMAIN,
                "this node has no folder for files; its operator has to set one",
                "本节点未配置文件目录,请联系运维人员",
            )
        })
    }

    /// Looks at a dispute that the caller sees.
    async fn look<T>(
        &self,
        call: &Call,
        id: Uuid,
        at: impl FnOnce(&Dispute) -> T,
    ) -> Result<T, Problem> {
        let state = self.disputes.state(id).await?;
        let found = dispute(&state).filter(|found| call.caller.sees(found.grid.as_str()));
        Ok(at(found.ok_or(Rejection::DisputeNotFound)?))
    }

    /// Makes an upload a file, or finds the file that it has become; returns its salted digest.
    async fn finish(&self, name: &FileName, declared: Declared) -> Result<[u8; 32], Problem> {
        let upload = self.store()?.begin(name, declared).await.map_err(trouble)?;
        Ok(upload.finish().await.map_err(trouble)?.digest)
    }

    async fn attach(
        &self,
        call: &Call,
        body: &pb::AttachFileRequest,
    ) -> Result<pb::AttachFileResponse, Problem> {
        let (mut asked, attaching, declared) = attachments::attach(body)?;
        // Nobody makes the node work on a file of a case that is not theirs.
        self.look(call, asked.dispute_id, |_| ()).await?;
        let name = name(asked.dispute_id, attaching.file)?;
        let (digest, missing) = match self.finish(&name, declared).await {
            Ok(digest) => (Some(digest), None),
            // Asked all the same: a request that was answered before is answered again, whatever became of the file.
            Err(missing) => (None, Some(missing)),
        };
        asked.action = Action::Attach(Attaching { digest, ..attaching });
        let done = self.disputes.act(call, "AttachFile", body, asked).await;
        let done = done.map_err(|problem| match missing {
            Some(missing) if problem.reason == Problem::from(Rejection::FileNotUploaded).reason => {
                missing
            }
            Some(_) | None => problem,
        })?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(pb::AttachFileResponse { dispute, feed_position })
    }

    async fn detach(
        &self,
        call: &Call,
        body: &pb::DetachFileRequest,
    ) -> Result<pb::DetachFileResponse, Problem> {
        let asked = attachments::detach(body)?;
        let done = self.disputes.act(call, "DetachFile", body, asked).await?;
        self.disputes.tidying.erased(&done.answer);
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(pb::DetachFileResponse { dispute, feed_position })
    }

    async fn list(&self, call: &Call, dispute_id: &str) -> Result<pb::ListFilesResponse, Problem> {
        let id = queries::dispute_id(dispute_id)?;
        let shown = |dispute: &Dispute| dispute.files.iter().map(attachments::file_to).collect();
        Ok(pb::ListFilesResponse { files: self.look(call, id, shown).await? })
    }
}

/// Opens a request of whoever brings a file: who tells of a case shows what there was to see, without working on it.
fn giving<T>(request: Request<T>) -> Result<(Call, T), Status> {
    let (call, body) = kit::rpc::open(request)?;
    if !call.caller.may(Role::Report) {
        call.caller.require(Role::Handle, DOMAIN)?;
    }
    Ok((call, body))
}

#[tonic::async_trait]
impl AttachmentService for Attachments {
    type UploadFileStream = Answers<pb::UploadFileResponse>;
    type ReadFileStream = Answers<pb::ReadFileResponse>;

    async fn upload_file(
        &self,
        request: Request<Streaming<pb::UploadFileRequest>>,
    ) -> Result<Response<Self::UploadFileStream>, Status> {
        let (call, messages) = giving(request)?;
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| too_many())?;
        Ok(Response::new(self.upload(call, messages, place)))
    }

    async fn upload_piece(
        &self,
        request: Request<pb::UploadPieceRequest>,
    ) -> Result<Response<pb::UploadPieceResponse>, Status> {
        let (call, body) = giving(request)?;
        let _place = self.places.try_acquire().map_err(|_| too_many())?;
        Ok(Response::new(self.take_piece(&call, body).await?))
    }

    async fn attach_file(
        &self,
        request: Request<pb::AttachFileRequest>,
    ) -> Result<Response<pb::AttachFileResponse>, Status> {
        let (call, body) = giving(request)?;
        Ok(Response::new(self.attach(&call, &body).await?))
    }

    async fn read_file(
        &self,
        request: Request<pb::ReadFileRequest>,
    ) -> Result<Response<Self::ReadFileStream>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        // A missing role is not refused here: that somebody tried is recorded with the case.
        let asked = attachments::read(&body, call.caller.may(OPENS_DETAILS))?;
        Ok(Response::new(self.read(&call, body, asked).await?))
    }

    async fn detach_file(
        &self,
        request: Request<pb::DetachFileRequest>,
    ) -> Result<Response<pb::DetachFileResponse>, Status> {
        let (call, body) = open(request, Role::Operate)?;
        Ok(Response::new(self.detach(&call, &body).await?))
    }

    async fn list_files(
        &self,
        request: Request<pb::ListFilesRequest>,
    ) -> Result<Response<pb::ListFilesResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        Ok(Response::new(self.list(&call, &body.dispute_id).await?))
    }
}

/// What a file of a dispute is called in the store.
fn name(dispute: Uuid, file: Uuid) -> Result<FileName, Problem> {
    FileName::try_new(subject(dispute), file).map_err(trouble)
}

/// Trouble with a file as callers see it; what somebody has to look after is in the log, without a word of the file.
fn trouble(error: FileError) -> Problem {
    match &error {
        FileError::Missing
        | FileError::Damaged(_)
        | FileError::Unavailable { .. }
        | FileError::Key(_)
        | FileError::Name(_) => tracing::error!(error = %error, "a file cannot be used"),
        FileError::Refused(_)
        | FileError::Busy
        | FileError::Gone
        | FileError::Interrupted
        | FileError::Keys(_) => {}
    }
    error.into_problem(DOMAIN)
}

fn too_many() -> Problem {
    Problem::new(
        Code::ResourceExhausted,
        "TOO_MANY_UPLOADS",
        DOMAIN,
        "too many uploads are under way; try again shortly",
        "正在进行的上传过多,请稍后重试",
    )
    .retry_after(RETRY_AFTER)
}
