//! Files of a case as a caller meets them, on every database.

mod cut;
mod erased;
mod read;
mod refused;

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::read_file_response::Part as Received;
use yiwang_proto::dispatch::v1::upload_file_request::Part;

use super::node::{Node, fresh, head};
use super::report;

/// Bytes that become durable together.
const CHUNK: usize = 256 * 1024;
/// Stands all over a file's content.
const MARKER: &[u8] = b"agreement of two parties";

/// A PDF of a size.
fn pdf(size: usize) -> Vec<u8> {
    let mut content: Vec<u8> = b"%PDF-1.7\n".to_vec();
    while content.len() < size - 5 {
        content.extend(MARKER);
        content.extend(content.len().to_be_bytes());
    }
    content.truncate(size - 5);
    content.extend(b"%%EOF");
    content
}

fn declared(media_type: &str, content: &[u8]) -> pb::FileDeclaration {
    pb::FileDeclaration {
        media_type: media_type.to_owned(),
        size: content.len() as u64,
        sha256: Sha256::digest(content).to_vec(),
    }
}

/// A file of a case, and who works on it.
#[derive(Clone)]
struct Desk {
    dispute_id: String,
    file_id: String,
    content: Vec<u8>,
    media_type: &'static str,
}

/// An upload that goes on.
struct Upload {
    sender: mpsc::Sender<pb::UploadFileRequest>,
    answers: Streaming<pb::UploadFileResponse>,
    /// The last answer.
    at: pb::UploadFileResponse,
}

fn piece(offset: usize, data: &[u8]) -> pb::UploadFileRequest {
    let piece = pb::UploadedPiece { offset: offset as u64, data: data.to_vec() };
    pb::UploadFileRequest { part: Some(Part::Piece(piece)) }
}

impl Desk {
    /// A new case with a file that is still to be uploaded.
    async fn new(node: &Node, content: Vec<u8>) -> Self {
        let reported = node.client("desk").report_dispute(report()).await.unwrap().into_inner();
        let dispute_id = reported.dispute.unwrap().dispute_id;
        Desk { dispute_id, file_id: fresh(), content, media_type: "application/pdf" }
    }

    fn begin(&self) -> pb::UploadBegin {
        pb::UploadBegin {
            dispute_id: self.dispute_id.clone(),
            file_id: self.file_id.clone(),
            declaration: Some(declared(self.media_type, &self.content)),
        }
    }

    /// Begins an upload, or goes on with it; waits while the last one lets go of it.
    async fn upload(&self, node: &Node) -> Result<Upload, Status> {
        loop {
            let upload = Upload::begin(node, self.begin()).await;
            match &upload {
                Err(status) if reason(status) == "UPLOAD_IN_PROGRESS" => {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
                Err(_) | Ok(_) => return upload,
            }
        }
    }

    /// Uploads all that is missing.
    async fn upload_all(&self, node: &Node) -> Result<(), Status> {
        let mut upload = self.upload(node).await?;
        let from = usize::try_from(upload.at.wanted_offset).unwrap();
        upload.send(from, &self.content[from..]).await;
        let durable = upload.end().await?.durable_offset;
        assert_eq!(durable, self.content.len() as u64);
        Ok(())
    }

    fn attaching(&self) -> pb::AttachFileRequest {
        let (request_id, dispute_id, etag) = head(&self.dispute_id);
        pb::AttachFileRequest {
            request_id,
            dispute_id,
            etag,
            file_id: self.file_id.clone(),
            declaration: Some(declared(self.media_type, &self.content)),
            kind: pb::FileKind::Scan.into(),
            caption: "王建国签字的协议".to_owned(),
        }
    }

    async fn attach(&self, node: &Node) -> Result<pb::AttachFileResponse, Status> {
        let attached = node.attachments("desk").attach_file(self.attaching()).await;
        attached.map(tonic::Response::into_inner)
    }

    fn reading(&self) -> pb::ReadFileRequest {
        pb::ReadFileRequest {
            request_id: fresh(),
            dispute_id: self.dispute_id.clone(),
            file_id: self.file_id.clone(),
            purpose: pb::Purpose::Mediate.into(),
            ..pb::ReadFileRequest::default()
        }
    }

    /// Names of what happened to the case, without what somebody has to be told.
    async fn happened(&self, node: &Node) -> Vec<String> {
        let request = pb::ListDisputeHistoryRequest {
            dispute_id: self.dispute_id.clone(),
            page_size: 1000,
            ..pb::ListDisputeHistoryRequest::default()
        };
        let history = node.client("desk").list_dispute_history(request).await.unwrap().into_inner();
        let names = history.entries.into_iter().map(|entry| entry.r#type);
        let names = names.map(|name| name.rsplit('.').next().unwrap_or_default().to_owned());
        names.filter(|name| name != "NoticeDue").collect()
    }
}

impl Upload {
    async fn begin(node: &Node, begin: pb::UploadBegin) -> Result<Self, Status> {
        let (sender, receiver) = mpsc::channel(8);
        let first = pb::UploadFileRequest { part: Some(Part::Begin(begin)) };
        sender.send(first).await.unwrap();
        let mut client = node.attachments("desk");
        let mut answers = client.upload_file(ReceiverStream::new(receiver)).await?.into_inner();
        let at = answers.message().await?.expect("an answer to the beginning");
        Ok(Upload { sender, answers, at })
    }

    /// Sends bytes; stops when nobody takes them any more.
    async fn send(&mut self, from: usize, bytes: &[u8]) {
        let mut offset = from;
        for part in bytes.chunks(100_000) {
            if self.sender.send(piece(offset, part)).await.is_err() {
                return;
            }
            offset += part.len();
        }
    }

    /// Waits until so much is durable.
    async fn until(&mut self, durable: u64) {
        while self.at.durable_offset < durable {
            self.at = self.answers.message().await.unwrap().expect("more becomes durable");
        }
    }

    /// Sends nothing more, and waits for the end.
    async fn end(self) -> Result<pb::UploadFileResponse, Status> {
        let Upload { sender, mut answers, mut at } = self;
        drop(sender);
        while let Some(answer) = answers.message().await? {
            at = answer;
        }
        Ok(at)
    }
}

/// Reads what is asked for: the head, the position of the opening, the bytes.
async fn read(
    node: &Node,
    caller: &'static str,
    request: pb::ReadFileRequest,
) -> Result<(pb::read_file_response::Head, u64, Vec<u8>), Status> {
    let mut answers = node.attachments(caller).read_file(request).await?.into_inner();
    let first = answers.message().await?.expect("a head");
    let Some(Received::Head(head)) = first.part else { panic!("{first:?}") };
    let mut content = Vec::new();
    while let Some(answer) = answers.message().await? {
        let Some(Received::Data(data)) = answer.part else { panic!("{answer:?}") };
        assert!(data.len() <= CHUNK && answer.feed_position == 0);
        content.extend(data);
    }
    Ok((head, first.feed_position, content))
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}
