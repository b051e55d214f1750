//! A TCP relay between a node and its database, whose line a test can cut.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

/// What the relay does when it sees a word on its way to the database.
#[derive(Debug, Default)]
struct State {
    /// Lines that are open, both ends of each.
    lines: Mutex<Vec<(TcpStream, TcpStream)>>,
    /// Cut the line that carries the next COMMIT, once it has reached the database.
    cut_at_commit: AtomicBool,
    /// Refuse new lines.
    down: AtomicBool,
    /// How often a line was cut.
    cuts: AtomicU64,
}

/// A relay that runs until the process ends.
#[derive(Clone, Debug)]
pub struct Relay {
    state: Arc<State>,
    port: u16,
}

impl Relay {
    /// Starts relaying to `upstream`.
    pub fn start(upstream: SocketAddr) -> Result<Relay> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || accept(&listener, upstream, &shared));
        Ok(Relay { state, port })
    }

    /// The port to connect to instead of the database's.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts the line of the next COMMIT after the database has got it and before its answer is back.
    pub fn cut_at_next_commit(&self) {
        self.state.cut_at_commit.store(true, Ordering::SeqCst);
    }

    /// How often a line was cut so far.
    pub fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// Cuts every line, and refuses new ones until told otherwise.
    pub fn down(&self, down: bool) {
        self.state.down.store(down, Ordering::SeqCst);
        if down {
            let mut lines = self.state.lines.lock().unwrap_or_else(PoisonError::into_inner);
            for (near, far) in lines.drain(..) {
                cut(&self.state, &near, &far);
            }
        }
    }
}

fn accept(listener: &TcpListener, upstream: SocketAddr, state: &Arc<State>) {
    for near in listener.incoming().flatten() {
        if state.down.load(Ordering::SeqCst) {
            continue;
        }
        let Ok(far) = TcpStream::connect(upstream) else { continue };
        let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { continue };
        let (Ok(near_kept), Ok(far_kept)) = (near.try_clone(), far.try_clone()) else { continue };
        let mut lines = state.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push((near_kept, far_kept));
        drop(lines);
        let shared = Arc::clone(state);
        thread::spawn(move || forward(&near, &far, Some(&shared)));
        thread::spawn(move || forward(&far_too, &near_too, None));
    }
}

/// Copies until either end closes; `watched` is given on the way to the database.
fn forward(mut from: &TcpStream, mut to: &TcpStream, watched: Option<&State>) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(count) = from.read(&mut bytes) {
        if count == 0 {
            break;
        }
        let commits = contains(&bytes[..count], b"COMMIT");
        let cutting =
            watched.filter(|state| commits && state.cut_at_commit.swap(false, Ordering::SeqCst));
        if cutting.is_some() {
            // The answer will find nobody: the near end is closed before the database hears of the commit.
            let _ = from.shutdown(Shutdown::Both);
        }
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
        if let Some(state) = cutting {
            state.cuts.fetch_add(1, Ordering::SeqCst);
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Write);
}

fn cut(state: &State, near: &TcpStream, far: &TcpStream) {
    state.cuts.fetch_add(1, Ordering::SeqCst);
    let _ = near.shutdown(Shutdown::Both);
    let _ = far.shutdown(Shutdown::Both);
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}
