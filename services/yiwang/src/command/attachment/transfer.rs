//! Long uploads and downloads: with progress, and going on where they were cut.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::stream;
use indicatif::ProgressBar;
use kit::client::Backoff;
use kit::{Clock, IdSource};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tonic::Status;
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1::read_file_response::Part as Received;
use yiwang_proto::dispatch::v1::upload_file_request::Part as Sent;
use yiwang_proto::dispatch::v1::{ReadFileRequest, UploadBegin, UploadFileRequest, UploadedPiece};

use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::Session;

/// Bytes of a piece.
const PIECE: usize = 256 * 1024;

/// A file that was read.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    pub(super) media_type: String,
    pub(super) size: u64,
    pub(super) position: u64,
}

/// Tries again as long as something arrives now and then.
struct Patience {
    backoff: Backoff,
    longest: Duration,
    failed: u32,
    since: Instant,
    reached: u64,
}

impl Patience {
    fn new(longest: Duration) -> Self {
        let ids = IdSource::system(Clock::system());
        let backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(2), ids);
        Patience { backoff, longest, failed: 0, since: Instant::now(), reached: 0 }
    }

    /// Waits before the next attempt; gives the trouble back when it is of no use, or nothing arrived for too long.
    async fn wait(&mut self, reached: u64, trouble: Failure) -> Result<(), Failure> {
        let Failure::Refused(status) = &trouble else { return Err(trouble) };
        if !passes(status) {
            return Err(trouble);
        }
        if reached > self.reached {
            (self.reached, self.failed, self.since) = (reached, 0, Instant::now());
        }
        self.failed += 1;
        let wish = status.get_details_retry_info().and_then(|retry| retry.retry_delay);
        let pause = self.backoff.pause(self.failed).max(wish.unwrap_or_default());
        if self.since.elapsed() + pause >= self.longest {
            return Err(trouble);
        }
        sleep(pause).await;
        Ok(())
    }
}

/// Whether the line was cut, or the node will take it later. What the node refuses, it names a reason for.
pub(super) fn passes(status: &Status) -> bool {
    let later = ["UPLOAD_IN_PROGRESS", "UPLOAD_STALLED", "TOO_MANY_UPLOADS", "OVERLOADED"];
    match status.get_details_error_info() {
        Some(info) => {
            later.contains(&info.reason.as_str()) || status.code() == tonic::Code::Unavailable
        }
        None => true,
    }
}

/// Size and SHA-256 of a file.
pub(super) fn declare(path: &Path) -> Result<(u64, Vec<u8>), Failure> {
    let read = || {
        let mut file = File::open(path)?;
        let (mut hash, mut size) = (Sha256::new(), 0);
        let mut buffer = vec![0; PIECE];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok((size, hash.finalize().to_vec()));
            }
            hash.update(&buffer[..count]);
            size += count as u64;
        }
    };
    read().map_err(|error| unreadable(path, &error))
}

/// Uploads a file, going on where the node says.
pub(super) async fn upload(
    session: &Session,
    screen: Screen,
    path: &Path,
    begin: &UploadBegin,
) -> Result<(), Failure> {
    let size = begin.declaration.as_ref().map_or(0, |declaration| declaration.size);
    let bar = screen.progress(size, "bytes 字节");
    let mut patience = Patience::new(session.patience());
    loop {
        let trouble = match upload_once(session, screen, path, begin, &bar).await {
            Ok(durable) if durable >= size => break,
            // An answer that ended too early: the node was asked to stop.
            Ok(_) => Status::unavailable("the upload was ended").into(),
            Err(trouble) => trouble,
        };
        patience.wait(bar.position(), trouble).await?;
        screen.note(format!("cut / 连接中断: {} of {size} bytes / 字节", bar.position()));
    }
    bar.finish_and_clear();
    Ok(())
}

/// One call of an upload; returns up to where all is on the node's disk.
async fn upload_once(
    session: &Session,
    screen: Screen,
    path: &Path,
    begin: &UploadBegin,
    bar: &ProgressBar,
) -> Result<u64, Failure> {
    let (sender, mut receiver) = mpsc::channel(4);
    let first = UploadFileRequest { part: Some(Sent::Begin(begin.clone())) };
    sender.try_send(first).map_err(|error| Failure::Fault(error.to_string()))?;
    let messages = stream::poll_fn(move |context| receiver.poll_recv(context));
    let mut answers = session.uploads().upload_file(messages).await?.into_inner();
    let Some(start) = answers.message().await? else { return Ok(0) };
    bar.set_position(start.durable_offset);
    if start.wanted_offset > 0 {
        let from = start.wanted_offset;
        screen.note(format!("going on at byte {from} / 从第 {from} 字节处续传"));
    }
    let mut durable = start.durable_offset;
    let mut sending = std::pin::pin!(send(path, start.wanted_offset, sender));
    let mut sent = false;
    loop {
        tokio::select! {
            // The node's word counts: what it refuses ends the sending.
            answer = answers.message() => {
                let Some(answer) = answer? else { return Ok(durable) };
                durable = answer.durable_offset;
                bar.set_position(durable);
            }
            done = &mut sending, if !sent => {
                done?;
                sent = true;
            }
        }
    }
}

/// Sends a file from an offset on, as fast as it is taken.
async fn send(
    path: &Path,
    from: u64,
    sender: mpsc::Sender<UploadFileRequest>,
) -> Result<(), Failure> {
    let trouble = |error| unreadable(path, &error);
    let mut file = File::open(path).map_err(trouble)?;
    file.seek(SeekFrom::Start(from)).map_err(trouble)?;
    let mut offset = from;
    loop {
        let mut data = Vec::with_capacity(PIECE);
        let count = (&mut file).take(PIECE as u64).read_to_end(&mut data).map_err(trouble)?;
        let piece = UploadedPiece { offset, data };
        let message = UploadFileRequest { part: Some(Sent::Piece(piece)) };
        // A call that has ended takes nothing more; why is in its answer.
        if count == 0 || sender.send(message).await.is_err() {
            return Ok(());
        }
        offset += count as u64;
    }
}

/// Reads a file into `output`, going on with what has arrived before.
pub(super) async fn fetch(
    session: &Session,
    screen: Screen,
    request: ReadFileRequest,
    output: &Path,
) -> Result<Fetched, Failure> {
    let part = Part::of(output)?;
    let bar = screen.progress(0, "bytes 字节");
    let mut patience = Patience::new(session.patience());
    let mut fetched = Fetched::default();
    loop {
        let offset = part.arrived();
        bar.set_position(offset);
        let asked = ReadFileRequest { offset, ..request.clone() };
        match fetch_once(session, asked, &part, &bar, &mut fetched).await {
            Ok(()) => break,
            Err(trouble) => patience.wait(bar.position(), trouble).await?,
        }
        screen.note("cut; going on / 已中断，正在续传");
    }
    bar.finish_and_clear();
    std::fs::rename(&part.path, output).map_err(|error| unwritable(output, &error))?;
    Ok(fetched)
}

/// Where a file is kept until it is whole.
struct Part {
    path: PathBuf,
}

impl Part {
    /// Beside the file. Its folder has to be there, before anything is read on record.
    fn of(output: &Path) -> Result<Part, Failure> {
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        folder.metadata().map_err(|error| unwritable(output, &error))?;
        let mut path = output.as_os_str().to_owned();
        path.push(".part");
        Ok(Part { path: PathBuf::from(path) })
    }

    /// Bytes that have arrived before.
    fn arrived(&self) -> u64 {
        self.path.metadata().map_or(0, |found| found.len())
    }

    /// Opens it to go on; makes it where nothing has arrived yet, for its owner only.
    fn open(&self) -> Result<File, Failure> {
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).mode(0o600).open(&self.path);
        file.map_err(|error| unwritable(&self.path, &error))
    }
}

/// One call of a download.
async fn fetch_once(
    session: &Session,
    request: ReadFileRequest,
    part: &Part,
    bar: &ProgressBar,
    fetched: &mut Fetched,
) -> Result<(), Failure> {
    let mut answers = session.attachments().read_file(request).await?.into_inner();
    let Some(mut answer) = answers.message().await? else { return Err(too_early()) };
    // A node that refuses sends nothing, and nothing is to be left of it.
    let mut file = part.open()?;
    let trouble = |error| unwritable(&part.path, &error);
    let mut reached = None;
    loop {
        match answer.part {
            Some(Received::Head(head)) => {
                bar.set_length(head.size);
                reached = Some(head.offset);
                let (media_type, size) = (head.media_type, head.size);
                *fetched = Fetched { media_type, size, position: answer.feed_position };
            }
            Some(Received::Data(data)) => {
                file.write_all(&data).map_err(trouble)?;
                reached = reached.map(|reached| reached + data.len() as u64);
                bar.inc(data.len() as u64);
            }
            None => {}
        }
        match answers.message().await? {
            Some(next) => answer = next,
            None => break,
        }
    }
    if reached != Some(fetched.size) {
        return Err(too_early());
    }
    file.sync_all().map_err(trouble)
}

fn too_early() -> Failure {
    Status::unavailable("the answer ended too early").into()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let place = path.display();
    Failure::wrong(format!("{place} cannot be read: {error}"), format!("无法读取 {place}"))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let place = path.display();
    Failure::wrong(format!("{place} cannot be written: {error}"), format!("无法写入 {place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_kept_beside_the_file_and_nothing_before_it_does() {
        let room = tempfile::tempdir().unwrap();
        let part = Part::of(&room.path().join("scan.pdf")).unwrap();
        assert_eq!((part.arrived(), part.path.exists()), (0, false));
        part.open().unwrap().write_all(b"half").unwrap();
        assert_eq!(part.arrived(), 4);
        part.open().unwrap().write_all(b"whole").unwrap();
        assert_eq!(std::fs::read(room.path().join("scan.pdf.part")).unwrap(), b"halfwhole");
        assert!(Part::of(&room.path().join("nowhere/scan.pdf")).is_err());
    }
}
