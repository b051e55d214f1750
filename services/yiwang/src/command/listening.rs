//! Streams that are cut, and opened again after what was heard last.

use std::time::Duration;

use kit::client::Backoff;
use kit::{Clock, IdSource};
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::Session;

/// Who listens to a stream, and knows how far it has heard.
pub(super) trait Listener {
    /// What the stream tells.
    type News;

    /// Opens the stream after what was heard.
    async fn open(&self, session: &Session) -> Result<Streaming<Self::News>, Status>;

    /// Takes a piece of news; says whether more is wanted.
    async fn hear(
        &mut self,
        session: &Session,
        screen: Screen,
        news: Self::News,
    ) -> Result<bool, Failure>;
}

/// Listens until no more is wanted. A stream ends when the server stops, or with the connection; then it is opened again,
/// unless it never was or the server says why not.
pub(super) async fn listen(
    session: &Session,
    screen: Screen,
    mut listener: impl Listener,
) -> Result<(), Failure> {
    let ids = IdSource::system(Clock::system());
    let backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10), ids);
    let (mut connected, mut failed) = (false, 0);
    loop {
        let ended = match listener.open(session).await {
            Err(status) => Some(status),
            Ok(mut stream) => loop {
                match stream.message().await {
                    Err(status) => break Some(status),
                    Ok(None) => break None,
                    Ok(Some(news)) => {
                        (connected, failed) = (true, 0);
                        if !listener.hear(session, screen, news).await? {
                            return Ok(());
                        }
                    }
                }
            },
        };
        if let Some(status) = ended.filter(|status| !connected || !passing(status)) {
            return Err(status.into());
        }
        failed += 1;
        if failed == 1 {
            screen.note("the stream ended; trying again / 连接中断，正在重连");
        }
        tokio::time::sleep(backoff.pause(failed)).await;
    }
}

/// Whether a stream can be opened again later. A refusal that the server gave with a reason stays one.
fn passing(status: &Status) -> bool {
    let told = status.get_details_error_info().is_some();
    let lost = matches!(status.code(), Code::Unknown | Code::Internal | Code::Cancelled);
    matches!(status.code(), Code::Unavailable | Code::ResourceExhausted) || lost && !told
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn what_the_connection_did_passes_and_what_the_server_says_stays() {
        for (code, alone, with_reason) in [
            (Code::Unavailable, true, true),
            (Code::ResourceExhausted, true, true),
            (Code::Unknown, true, false),
            (Code::Internal, true, false),
            (Code::Cancelled, true, false),
            (Code::NotFound, false, false),
            (Code::PermissionDenied, false, false),
        ] {
            assert_eq!(passing(&Status::new(code, "")), alone, "{code:?}");
            let metadata = [("field".to_owned(), "value".to_owned())];
            let details = ErrorDetails::with_error_info("REASON", "dispatch.yiwang", metadata);
            let told = Status::with_error_details(code, "", details);
            assert_eq!(passing(&told), with_reason, "{code:?}");
        }
    }
}
