//! A TCP relay between a node and its PostgreSQL, whose line a test can cut: at once, or at a chosen COMMIT.
//!
//! On the way to the database the relay reads whole messages of the protocol, so that it cuts at the one simple query
//! `COMMIT` of a session of one service, and at nothing that merely has the word in it.

use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

/// Where a COMMIT is when its line is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// On its way: the database never hears of it.
    BeforeCommit,
    /// Arrived: the database commits, and the answer finds nobody.
    AfterCommit,
}

/// What the relay is told, and what it has done.
#[derive(Debug, Default)]
struct State {
    /// Lines that are open, both ends of each.
    lines: Mutex<Vec<(TcpStream, TcpStream)>>,
    /// What to do with the line that carries the next COMMIT.
    next: Mutex<Option<Cut>>,
    /// Refuse new lines.
    down: AtomicBool,
    /// How often a line was cut at a COMMIT.
    cuts: AtomicU64,
}

/// A relay that runs until the process ends.
#[derive(Clone, Debug)]
pub struct Relay {
    state: Arc<State>,
    port: u16,
}

impl Relay {
    /// Starts relaying to `upstream`; only sessions whose search path is `schema` are cut at a COMMIT.
    pub fn start(upstream: SocketAddr, schema: &'static str) -> Result<Relay> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || accept(&listener, upstream, schema, &shared));
        Ok(Relay { state, port })
    }

    /// The port to connect to instead of the database's.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts the line of the next COMMIT.
    pub fn cut_at_next_commit(&self, how: Cut) {
        *self.state.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
    }

    /// How often a line was cut at a COMMIT so far.
    pub fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// Cuts every line, and refuses new ones until told otherwise.
    pub fn down(&self, down: bool) {
        self.state.down.store(down, Ordering::SeqCst);
        if down {
            let mut lines = self.state.lines.lock().unwrap_or_else(PoisonError::into_inner);
            for (near, far) in lines.drain(..) {
                let _ = near.shutdown(Shutdown::Both);
                let _ = far.shutdown(Shutdown::Both);
            }
        }
    }
}

fn accept(listener: &TcpListener, upstream: SocketAddr, schema: &'static str, state: &Arc<State>) {
    for near in listener.incoming().flatten() {
        if state.down.load(Ordering::SeqCst) {
            continue;
        }
        let Ok(far) = TcpStream::connect(upstream) else { continue };
        if near.set_nodelay(true).is_err() || far.set_nodelay(true).is_err() {
            continue;
        }
        let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { continue };
        let (Ok(near_kept), Ok(far_kept)) = (near.try_clone(), far.try_clone()) else { continue };
        let mut lines = state.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push((near_kept, far_kept));
        drop(lines);
        let shared = Arc::clone(state);
        thread::spawn(move || {
            // An error is the end of the line, from whichever side.
            let _ = to_database(&near, &far, schema, &shared);
            let _ = near.shutdown(Shutdown::Both);
            let _ = far.shutdown(Shutdown::Write);
        });
        thread::spawn(move || {
            let _ = std::io::copy(&mut &far_too, &mut &near_too);
            let _ = far_too.shutdown(Shutdown::Both);
            let _ = near_too.shutdown(Shutdown::Write);
        });
    }
}

/// Passes on message after message until either end closes or the line is cut.
fn to_database(
    near: &TcpStream,
    far: &TcpStream,
    schema: &str,
    state: &State,
) -> std::io::Result<()> {
    let mut from = BufReader::with_capacity(64 << 10, near);
    let mut to = BufWriter::with_capacity(64 << 10, far);
    // Messages have a type only once a session has begun.
    let mut begun = false;
    let mut watched = false;
    while !from.fill_buf()?.is_empty() {
        let message = read_message(&mut from, begun)?;
        if !begun && is_startup(&message) {
            begun = true;
            watched = has_search_path(&message, schema);
        }
        let commits = begun && watched && is_commit(&message);
        let cut = if commits { take(&state.next) } else { None };
        if cut.is_some() {
            near.shutdown(Shutdown::Both)?;
        }
        if cut != Some(Cut::BeforeCommit) {
            to.write_all(&message)?;
        }
        if cut.is_some() {
            to.flush()?;
            state.cuts.fetch_add(1, Ordering::SeqCst);
            return Ok(());
        }
        if from.buffer().is_empty() {
            to.flush()?;
        }
    }
    Ok(())
}

fn take(next: &Mutex<Option<Cut>>) -> Option<Cut> {
    next.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn read_message(from: &mut BufReader<&TcpStream>, typed: bool) -> std::io::Result<Vec<u8>> {
    let head = if typed { 5 } else { 4 };
    let mut message = vec![0; head];
    from.read_exact(&mut message)?;
    let length = u32::from_be_bytes([
        message[head - 4],
        message[head - 3],
        message[head - 2],
        message[head - 1],
    ]);
    // The length counts itself.
    let rest = usize::try_from(length).unwrap_or(0).saturating_sub(4);
    message.resize(head + rest, 0);
    from.read_exact(&mut message[head..])?;
    Ok(message)
}

/// Protocol 3: what comes before it (a wish for TLS) has another number.
fn is_startup(message: &[u8]) -> bool {
    message.get(4..6) == Some(&[0, 3])
}

fn has_search_path(startup: &[u8], schema: &str) -> bool {
    let wanted = format!("search_path={schema}");
    startup
        .split(|byte| *byte == 0)
        .any(|part| part.split(|byte| *byte == b' ').any(|option| option == wanted.as_bytes()))
}

fn is_commit(message: &[u8]) -> bool {
    message.first() == Some(&b'Q') && message.get(5..) == Some(b"COMMIT\0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_commit_of_the_named_schema_is_one() {
        assert!(is_commit(b"Q\0\0\0\x0bCOMMIT\0"));
        assert!(!is_commit(b"Q\0\0\0\x2aBEGIN ISOLATION LEVEL READ COMMITTED\0"));
        let startup = b"\0\0\0\0\0\x03\0\0options\0-c search_path=dispatch_keys -c x=on\0\0";
        assert!(is_startup(startup) && !has_search_path(startup, "dispatch"));
        assert!(has_search_path(startup, "dispatch_keys"));
    }
}
