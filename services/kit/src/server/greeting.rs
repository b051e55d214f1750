//! The first words of a connection, which have to come within a time.
//!
//! Whoever says nothing, or stops in the middle of HTTP/2's preface, would otherwise hold the
//! connection for ever: which protocol it is, and with it whose time limits count, is known only
//! after these bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream that fails to be read if its first words take too long.
pub(super) struct Greeted<I> {
    inner: I,
    /// How much of the preface has come.
    heard: usize,
    /// When patience ends; none once the protocol is known.
    limit: Option<Pin<Box<Sleep>>>,
}

impl<I> Greeted<I> {
    pub(super) fn new(inner: I, limit: Duration) -> Self {
        Self { inner, heard: 0, limit: Some(Box::pin(sleep(limit))) }
    }

    fn hear(&mut self, words: &[u8]) {
        let rest = &PREFACE[self.heard..];
        let compared = rest.len().min(words.len());
        self.heard += compared;
        // Anything else is HTTP/1.1, whose heads have a time limit of their own.
        if self.heard == PREFACE.len() || rest[..compared] != words[..compared] {
            self.limit = None;
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Greeted<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.inner).poll_read(cx, buf);
        let Some(limit) = &mut this.limit else { return read };
        match read {
            Poll::Ready(read) => {
                this.hear(&buf.filled()[before..]);
                Poll::Ready(read)
            }
            Poll::Pending => {
                ready!(limit.as_mut().poll(cx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Greeted<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write_vectored(cx, bufs)
    }
}
