//! Files: requests about them, and how they are shown.

use kit::Problem;
use ledger::files::{Declared, MediaType};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::form::Form;
use super::requests::{Asked, Head, asked};
use super::{enums, time};
use crate::domain::command::{Action, Attaching};
use crate::domain::dispute::{Attachment, FileType};
use crate::domain::sealed::SealedKind;

/// Most bytes of a piece.
pub(crate) const PIECE: usize = 256 * 1024;
/// Most bytes of a caption.
const CAPTION: usize = 1_000;

/// Which file is uploaded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    pub(crate) dispute_id: Uuid,
    pub(crate) file_id: Uuid,
    pub(crate) declared: Declared,
}

/// Which part of a file is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) file_id: Uuid,
    pub(crate) offset: u64,
    pub(crate) end: u64,
}

/// Reads the beginning of an upload.
pub(crate) fn begin(body: Option<&pb::UploadBegin>) -> Result<Begun, Problem> {
    let mut form = Form::default();
    let Some(body) = body else {
        form.wrong("begin", "REQUIRED", "the first message says which file", "首条消息须说明文件");
        return form.finish(None);
    };
    let dispute_id = form.uuid("begin.dispute_id", &body.dispute_id);
    let file_id = form.uuid("begin.file_id", &body.file_id);
    let declared = declaration(&mut form, "begin.declaration", body.declaration.as_ref());
    let read = || {
        let (_, declared) = declared?;
        Some(Begun { dispute_id: dispute_id?, file_id: file_id?, declared })
    };
    form.finish(read())
}

/// Checks the size of a piece.
pub(crate) fn piece(piece: &pb::UploadedPiece) -> Result<(), Problem> {
    let mut form = Form::default();
    if piece.data.is_empty() {
        form.wrong("piece.data", "REQUIRED", "a value is required", "必填");
    }
    if piece.data.len() > PIECE {
        let (en, zh) = ("at most 262144 bytes are wanted", "不得超过262144字节");
        form.wrong("piece.data", "TOO_LONG", en, zh);
    }
    form.finish(Some(()))
}

/// The refusal of a message that stands where a piece is wanted.
pub(crate) fn piece_wanted() -> Problem {
    let mut form = Form::default();
    let (en, zh) = ("after the first message pieces are wanted", "首条消息之后须为文件片段");
    form.wrong("piece", "REQUIRED", en, zh);
    form.finish::<()>(None).err().unwrap_or_else(|| Problem::internal(crate::error::DOMAIN))
}

fn declaration(
    form: &mut Form,
    field: &str,
    declared: Option<&pb::FileDeclaration>,
) -> Option<(FileType, Declared)> {
    let Some(declared) = declared else {
        form.wrong(field, "REQUIRED", "a value is required", "必填");
        return None;
    };
    let name = format!("{field}.media_type");
    form.required(&name, &declared.media_type)?;
    let file_type = FileType::parse(&declared.media_type);
    if file_type.is_none() {
        let all: Vec<_> = FileType::ALL.iter().map(|one| one.as_str()).collect();
        let all = all.join(", ");
        form.wrong(
            &name,
            "UNKNOWN_VALUE",
            format!("one of {all} is wanted"),
            format!("须为 {all}"),
        );
    }
    let digest: Option<[u8; 32]> = declared.sha256.as_slice().try_into().ok();
    let digest = form.or_wrong(
        digest,
        &format!("{field}.sha256"),
        "the 32 bytes of a SHA-256 are wanted",
        "须为32字节的 SHA-256",
    );
    let file_type = file_type?;
    let media_type: MediaType = file_type.as_str().parse().ok()?;
    Some((file_type, Declared { media_type, size: declared.size, digest: Some(digest?) }))
}

/// Reads a request to attach a file; what was uploaded is not known yet.
pub(crate) fn attach(
    body: &pb::AttachFileRequest,
) -> Result<(Asked, Attaching, Declared), Problem> {
    let mut form = Form::default();
    let file = form.uuid("file_id", &body.file_id);
    let declared = declaration(&mut form, "declaration", body.declaration.as_ref());
    let kind = form.choice("kind", body.kind, enums::file_kind_from);
    let fits = form.words("caption", &body.caption, CAPTION);
    let read = || {
        let (file_type, declared) = declared?;
        fits?;
        let size = declared.size;
        Some((Attaching { file: file?, kind: kind?, file_type, size, digest: None }, declared))
    };
    let read = read();
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    let caption = fits.map(|()| (SealedKind::Caption, body.caption.as_str()));
    let asked = asked(form, head, read.map(|(attaching, _)| Action::Attach(attaching)), caption)?;
    let (attaching, declared) = read.ok_or_else(|| Problem::internal(crate::error::DOMAIN))?;
    Ok((asked, attaching, declared))
}

/// Reads a request for a file.
pub(crate) fn read(body: &pb::ReadFileRequest, may_see: bool) -> Result<(Asked, Part), Problem> {
    let mut form = Form::default();
    let file = form.uuid("file_id", &body.file_id);
    let purpose = form.choice("purpose", body.purpose, enums::purpose_from);
    let action =
        file.zip(purpose).map(|(file, purpose)| Action::ReadFile { file, purpose, may_see });
    let asked = asked(form, Head(&body.request_id, &body.dispute_id, ""), action, None)?;
    let end = match body.length {
        0 => u64::MAX,
        length => body.offset.saturating_add(length),
    };
    Ok((asked, Part { file_id: file.unwrap_or_default(), offset: body.offset, end }))
}

/// Reads a request to erase a file.
pub(crate) fn detach(body: &pb::DetachFileRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let file = form.uuid("file_id", &body.file_id);
    let reason = form.choice("reason", body.reason, enums::erase_from);
    let action = file.zip(reason).map(|(file, reason)| Action::Detach(file, reason));
    asked(form, Head(&body.request_id, &body.dispute_id, &body.etag), action, None)
}

/// A file as the wire shows it.
pub(crate) fn file_to(file: &Attachment) -> pb::File {
    pb::File {
        file_id: file.id.to_string(),
        kind: enums::file_kind_to(file.kind),
        media_type: file.file_type.as_str().to_owned(),
        size: file.size,
        attach_time: Some(time(file.at)),
        caption_sealed_id: file.caption.map(|id| id.to_string()).unwrap_or_default(),
    }
}
