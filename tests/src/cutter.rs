//! A TCP relay between a client and a node that cuts the first line after some bytes, and relays whatever comes later.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::Result;

/// Which way the bytes go that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the client to the node.
    Up,
    /// From the node to the client.
    Down,
}

/// A relay that runs until the process ends.
#[derive(Debug)]
pub struct Cutter {
    port: u16,
    reached: Receiver<()>,
    release: Sender<()>,
}

impl Cutter {
    /// Relays to `node`. After so many bytes the first line stands still until it is cut.
    pub fn start(node: SocketAddr, way: Way, after: usize) -> Result<Cutter> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let (reach, reached) = channel();
        let (release, released) = channel();
        thread::spawn(move || {
            let mut first = Some((way, after, reach, released));
            for near in listener.incoming().flatten() {
                // A node that is down takes nothing: the client's line ends at once.
                let Ok(far) = TcpStream::connect(node) else { continue };
                relay(near, far, first.take());
            }
        });
        Ok(Cutter { port, reached, release })
    }

    /// The port to connect to instead of the node's.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits until the bytes have passed, and then cuts the line.
    pub fn cut(&self) -> Result<()> {
        self.reached()?;
        Ok(self.release.send(())?)
    }

    /// Waits until the bytes have passed.
    pub fn reached(&self) -> Result<()> {
        Ok(self.reached.recv_timeout(std::time::Duration::from_secs(60))?)
    }

    /// Cuts the line that stands still.
    pub fn release(&self) -> Result<()> {
        Ok(self.release.send(())?)
    }
}

type Fate = (Way, usize, Sender<()>, Receiver<()>);

fn relay(near: TcpStream, far: TcpStream, fate: Option<Fate>) {
    let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { return };
    let (up, down) = match fate {
        Some(fate) if fate.0 == Way::Up => (Some(fate), None),
        Some(fate) => (None, Some(fate)),
        None => (None, None),
    };
    thread::spawn(move || pass(near, far, up));
    thread::spawn(move || pass(far_too, near_too, down));
}

/// Passes bytes on until one side ends, or its fate is reached.
fn pass(mut from: TcpStream, mut to: TcpStream, fate: Option<Fate>) {
    let mut buffer = vec![0; 16 * 1024];
    let mut left = fate.as_ref().map(|fate| fate.1);
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
        left = left.map(|left| left.saturating_sub(count));
        if let (Some(0), Some((_, _, reach, released))) = (left, &fate) {
            // Nobody waits when the test has ended.
            let _ = reach.send(());
            let _ = released.recv();
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
