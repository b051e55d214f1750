//! Plain JSON over HTTP/1.1, with nothing but a socket: what a program without any library of ours sends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body, as JSON; null when it is none.
    pub body: Value,
    /// Everything that came, headers too.
    pub raw: String,
}

/// Posts `body` to `/service/Method` of the node on `port`, with a token unless it is empty.
pub fn post(port: u16, path: &str, token: &str, body: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).context("connecting")?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let authorization =
        if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{authorization}\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len(),
    );
    stream.write_all(head.as_bytes())?;
    // A server that has heard enough answers and closes, with the rest of the body unread: the answer is there before.
    let sent = stream.write_all(body.as_bytes());
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    if bytes.is_empty() {
        sent?;
        read?;
    }
    let raw = String::from_utf8_lossy(&bytes).into_owned();
    let status = raw.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no status")?;
    let (head, body) = raw.split_once("\r\n\r\n").context("no body")?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let text = if chunked { join_chunks(body) } else { body.to_owned() };
    Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null), raw })
}

fn join_chunks(body: &str) -> String {
    let mut joined = String::new();
    let mut rest = body;
    while let Some((size, tail)) = rest.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size.trim(), 16) else { break };
        let Some(chunk) = tail.get(..size) else { break };
        joined.push_str(chunk);
        rest = tail.get(size + 2..).unwrap_or_default();
    }
    joined
}
