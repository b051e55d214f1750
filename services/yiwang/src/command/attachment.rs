//! Files of a dispute: `yiwang dispute attach`, `files`, `download`, `detach`.

mod transfer;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use yiwang_proto::dispatch::v1::{
    AttachFileRequest, DetachFileRequest, File, FileDeclaration, ListFilesRequest, ReadFileRequest,
    UploadBegin,
};

use self::transfer::{declare, fetch, passes, upload};
use super::dispute::{position_line, resolve};
use super::shared::show_wire;
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Attachment {
    /// Attaches a photo, a scan or a document: uploads it, and puts it to the case.
    #[command(after_help = "\
Example: yiwang dispute attach 0306-4821-93756 agreement.pdf --kind scan
An upload that was cut goes on with the same command and the --request-id that it tells.")]
    Attach(Attach),
    /// Lists the files of a dispute.
    Files {
        /// Id or case code of the dispute.
        dispute: String,
    },
    /// Reads a file for a purpose; both are recorded.
    #[command(after_help = "\
What has arrived is kept in OUTPUT.part until it is whole; the same command goes on with it.")]
    Download(Download),
    /// Erases a file with its caption, for good.
    Detach {
        /// Id or case code of the dispute.
        dispute: String,
        /// Id of the file.
        file: uuid::Uuid,
        /// Why.
        #[arg(long, value_parser = labels::erase_reason::parser())]
        reason: i32,
    },
}

/// What is attached.
#[derive(Debug, clap::Args)]
pub(crate) struct Attach {
    /// Id or case code of the dispute.
    dispute: String,
    /// The file.
    file: PathBuf,
    /// What it is to the case.
    #[arg(long, value_parser = labels::file_kind::parser())]
    kind: i32,
    /// What it is, e.g. image/jpeg; default: by the ending of its name.
    #[arg(long = "type", value_name = "TYPE")]
    media_type: Option<String>,
    /// What it shows; sealed.
    #[arg(long, default_value = "")]
    caption: String,
}

/// What is read.
#[derive(Debug, clap::Args)]
pub(crate) struct Download {
    /// Id or case code of the dispute.
    dispute: String,
    /// Id of the file; see `yiwang dispute files`.
    file: uuid::Uuid,
    /// What for.
    #[arg(long, value_parser = labels::purpose::parser())]
    purpose: i32,
    /// Where to; there must be nothing yet.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub(super) async fn run(
    command: Attachment,
    session: &Session,
    screen: Screen,
) -> Result<(), Failure> {
    match command {
        Attachment::Attach(asked) => attach(session, screen, asked).await,
        Attachment::Files { dispute } => {
            let dispute_id = resolve(session, dispute).await?;
            let request = ListFilesRequest { dispute_id };
            let answer = session.attachments().list_files(request).await?.into_inner();
            list(screen, &answer.files)
        }
        Attachment::Download(asked) => download(session, screen, asked).await,
        Attachment::Detach { dispute, file, reason } => {
            let request = DetachFileRequest {
                request_id: session.request_id(),
                dispute_id: resolve(session, dispute).await?,
                file_id: file.to_string(),
                reason,
                ..DetachFileRequest::default()
            };
            let answer = session.attachments().detach_file(request).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            screen.line(format!("erased / 已清除 {file}"))?;
            position_line(screen, answer.feed_position)
        }
    }
}

async fn attach(session: &Session, screen: Screen, asked: Attach) -> Result<(), Failure> {
    let dispute_id = resolve(session, asked.dispute).await?;
    let media_type = asked.media_type.map_or_else(|| guessed(&asked.file), Ok)?;
    let (size, sha256) = declare(&asked.file)?;
    let declaration = FileDeclaration { media_type, size, sha256 };
    // The first id of the command names the file, so that the same command goes on with the same upload.
    let (file_id, request_id) = (session.request_id(), session.request_id());
    let begin = UploadBegin {
        dispute_id: dispute_id.clone(),
        file_id: file_id.clone(),
        declaration: Some(declaration.clone()),
    };
    screen.note(format!(
        "uploading {size} bytes; if this is cut, the same command with --request-id {file_id} goes on\n\
         正在上传 {size} 字节；如中断，以同一命令加 --request-id {file_id} 即可续传"
    ));
    upload(session, screen, &asked.file, &begin).await.inspect_err(|failure| {
        if matches!(failure, Failure::Refused(status) if passes(status)) {
            session.doubt();
        }
    })?;
    let request = AttachFileRequest {
        request_id,
        dispute_id,
        file_id: file_id.clone(),
        declaration: Some(declaration),
        kind: asked.kind,
        caption: asked.caption,
        ..AttachFileRequest::default()
    };
    let answer = session.attachments().attach_file(request).await?.into_inner();
    if screen.json {
        return screen.message(&answer);
    }
    screen.line(format!("attached / 已附加 {file_id}"))?;
    position_line(screen, answer.feed_position)
}

async fn download(session: &Session, screen: Screen, asked: Download) -> Result<(), Failure> {
    if asked.output.exists() {
        let place = asked.output.display();
        let en = format!("{place} is there already; name another with --output");
        return Err(Failure::wrong(en, format!("{place} 已存在，请另行指定 --output")));
    }
    let request = ReadFileRequest {
        request_id: session.request_id(),
        dispute_id: resolve(session, asked.dispute).await?,
        file_id: asked.file.to_string(),
        purpose: asked.purpose,
        ..ReadFileRequest::default()
    };
    let fetched = fetch(session, screen, request, &asked.output).await?;
    if screen.json {
        let value = serde_json::json!({
            "fileId": asked.file.to_string(),
            "mediaType": fetched.media_type,
            "size": fetched.size.to_string(),
            "output": asked.output.display().to_string(),
        });
        return screen.value(&value, true);
    }
    let (media_type, size) = (fetched.media_type, fetched.size);
    screen.line(format!("read / 已下载 {} · {media_type} · {size}", asked.output.display()))?;
    position_line(screen, fetched.position)
}

fn list(screen: Screen, files: &[File]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(files);
    }
    let row = |file: &File| {
        let caption = if file.caption_sealed_id.is_empty() { "" } else { "sealed 已密封" };
        vec![
            file.file_id.clone(),
            labels::file_kind::label(file.kind),
            file.media_type.clone(),
            file.size.to_string(),
            show_wire(file.attach_time.as_ref()),
            caption.to_owned(),
        ]
    };
    let header =
        ["File 文件", "Kind 类别", "Type 格式", "Bytes 字节", "Attached 附加时间", "Caption 说明"];
    screen.table(&header, files.iter().map(row).collect())
}

/// The type that the ending of a name stands for; the node looks at the content.
fn guessed(path: &Path) -> Result<String, Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let media_type = match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "heic" | "heif" => "image/heic",
        "tif" | "tiff" => "image/tiff",
        "pdf" => "application/pdf",
        _ => {
            let en = "the ending of the name tells no type that is taken; say it with --type";
            return Err(Failure::wrong(en, "无法由扩展名判断格式，请用 --type 指定"));
        }
    };
    Ok(media_type.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_guessed_by_the_ending() {
        for (name, media_type) in
            [("a.JPG", "image/jpeg"), ("b.tiff", "image/tiff"), ("协议.pdf", "application/pdf")]
        {
            assert_eq!(guessed(Path::new(name)).unwrap(), media_type);
            assert!(media_type.parse::<ledger::files::MediaType>().is_ok());
        }
        for name in ["a.exe", "a", ".pdf", "a.pdf.js"] {
            assert!(guessed(Path::new(name)).is_err(), "{name}");
        }
    }
}
