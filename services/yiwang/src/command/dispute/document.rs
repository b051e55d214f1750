//! `yiwang dispute print`: the papers of a case, ready to print.

use std::path::PathBuf;

use yiwang_proto::dispatch::v1::RenderDocumentRequest;

use super::{position_line, resolve};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// What is printed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples / 示例:
  yiwang dispute print 0306-4821-93756 acceptance --output acceptance.html          # blanks where the parties' details go
  yiwang dispute print 0306-4821-93756 agreement --purpose mediate -o agreement.html # filled in, and recorded
The page needs nothing else: open it in a browser and print it on A4.")]
pub(crate) struct Print {
    /// Id or case code of the dispute.
    dispute: String,
    /// Which paper.
    #[arg(value_parser = labels::document_kind::parser())]
    kind: i32,
    /// Fills in the parties' details, for this purpose; both are recorded, and the role `see_party` is needed.
    #[arg(long, value_parser = labels::purpose::parser())]
    purpose: Option<i32>,
    /// Where to; there must be nothing yet.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Renders a paper and writes it to a file of its own, which only its owner can read when it has details.
pub(super) async fn print(session: &Session, screen: Screen, asked: Print) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if asked.purpose.is_some() {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    // Before anything is opened on record: a paper that cannot be kept is not asked for.
    let place = asked.output.display().to_string();
    let mut file = options.open(&asked.output).map_err(|error| {
        let why = error.kind();
        Failure::wrong(
            format!("{place} cannot be written: {why}"),
            format!("无法写入 {place}：{why}"),
        )
    })?;
    let written = render(session, &asked, &mut file).await;
    let answer = match written {
        Ok(answer) => answer,
        Err(failure) => {
            // Nothing was written; an empty file would be in the way of the next try.
            let _ = std::fs::remove_file(&asked.output);
            return Err(failure);
        }
    };
    if screen.json {
        let value = serde_json::json!({
            "output": place,
            "feedPosition": answer.to_string(),
        });
        return screen.value(&value, true);
    }
    screen.line(format!("written / 已生成 {place}"))?;
    if answer == 0 { Ok(()) } else { position_line(screen, answer) }
}

async fn render(
    session: &Session,
    asked: &Print,
    file: &mut std::fs::File,
) -> Result<u64, Failure> {
    use std::io::Write as _;
    let request = RenderDocumentRequest {
        request_id: session.request_id(),
        dispute_id: resolve(session, asked.dispute.clone()).await?,
        kind: asked.kind,
        with_details: asked.purpose.is_some(),
        purpose: asked.purpose.unwrap_or_default(),
    };
    let answer = session.documents().render_document(request).await?.into_inner();
    if answer.replayed && asked.purpose.is_some() {
        let en = "this request was answered before, and details are shown once: ask again without --request-id";
        return Err(Failure::wrong(
            en,
            "该请求已答复过，详情只显示一次：请去掉 --request-id 重新请求",
        ));
    }
    file.write_all(answer.html.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(Failure::output)?;
    Ok(answer.feed_position)
}
