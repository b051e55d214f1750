//! The way in from within the process.

use std::io;

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// How much either side may write ahead.
const BUFFER: usize = 256 * 1024;
/// The same windows as a connection over the network has.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;

/// Makes a channel that connects when it is first used, and again should a connection end.
pub(super) fn channel(server: mpsc::Sender<DuplexStream>) -> Channel {
    let connect = service_fn(move |_: Uri| {
        let server = server.clone();
        async move {
            let (ours, theirs) = tokio::io::duplex(BUFFER);
            let sent = server.send(theirs).await;
            sent.map(|()| TokioIo::new(ours))
                .map_err(|_| io::Error::new(io::ErrorKind::ConnectionRefused, "the server ended"))
        }
    });
    Endpoint::from_static("http://within")
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .connect_with_connector_lazy(connect)
}
