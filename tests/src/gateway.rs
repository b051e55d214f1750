//! A gateway that notices are posted to: it answers as it is told, and keeps what it got.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::time::{Instant, sleep};

/// How long somebody may take to call.
const CALLED: Duration = Duration::from_secs(60);

/// What the gateway says to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// A status.
    Status(u16),
    /// Nothing, and the connection stays open.
    Nothing,
}

/// A call that it got.
#[derive(Clone, Debug)]
pub struct Got {
    /// `Idempotency-Key`.
    pub key: String,
    /// `Authorization`.
    pub authorization: String,
    /// The body, as JSON.
    pub body: Value,
}

#[derive(Debug, Default)]
struct Kept {
    says: VecDeque<Says>,
    got: Vec<Got>,
    /// Connections without an answer.
    open: Vec<TcpStream>,
}

/// A gateway on a port of its own, until the process ends.
#[derive(Clone, Debug)]
pub struct Gateway {
    port: u16,
    kept: Arc<Mutex<Kept>>,
}

impl Gateway {
    /// Starts a gateway that says this, one after the other, and 200 from then on.
    pub fn start(says: &[Says]) -> Result<Gateway> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let kept = Kept { says: says.iter().copied().collect(), ..Kept::default() };
        let gateway = Gateway { port, kept: Arc::new(Mutex::new(kept)) };
        let own = gateway.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A caller that was killed in between is no fault of the gateway.
                own.serve(stream).ok();
            }
        });
        Ok(gateway)
    }

    /// Where notices are posted.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/notices", self.port)
    }

    /// Everything that it got.
    pub fn got(&self) -> Vec<Got> {
        self.kept().got.clone()
    }

    /// Waits until it got so many calls.
    pub async fn wait_for(&self, calls: usize) -> Result<()> {
        let limit = Instant::now() + CALLED;
        while self.got().len() < calls {
            ensure!(Instant::now() < limit, "{} of {calls} calls came", self.got().len());
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) -> Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let got = read(&stream)?;
        let mut kept = self.kept();
        kept.got.push(got);
        match kept.says.pop_front().unwrap_or(Says::Status(200)) {
            Says::Nothing => kept.open.push(stream),
            Says::Status(status) => {
                let head = format!("HTTP/1.1 {status} said\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(head.as_bytes())?;
            }
        }
        Ok(())
    }
}

fn read(stream: &TcpStream) -> Result<Got> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut key, mut authorization) = (0, String::new(), String::new());
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        let (name, value) = line.split_once(':').unwrap_or_default();
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().context("content-length")?,
            "idempotency-key" => key = value,
            "authorization" => authorization = value,
            _ => {}
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Got { key, authorization, body: serde_json::from_slice(&body)? })
}
