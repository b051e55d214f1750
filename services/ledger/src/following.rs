//! Whether the followed logs are read as they grow: a decision on an unknown reference must know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::authority::LogPosition;
use crate::own::CursorState;

/// The followed services, each with a mark that its follower keeps: whether it has come to the head of a live stream.
///
/// The mark lives in memory only. A process that has just started, or lost the stream, does not know what it missed.
#[derive(Debug, Clone)]
pub(crate) struct Following {
    services: &'static [&'static str],
    live: Arc<[AtomicBool]>,
}

impl Following {
    /// Nothing is known of any service yet.
    pub(crate) fn new(services: &'static [&'static str]) -> Self {
        Following { services, live: services.iter().map(|_| AtomicBool::new(false)).collect() }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.services.iter().copied()
    }

    /// Says whether the follower of `service` stands at the head of a live stream.
    pub(crate) fn set_live(&self, service: &str, live: bool) {
        for (name, mark) in self.services.iter().zip(self.live.iter()) {
            if *name == service {
                mark.store(live, Ordering::Relaxed);
            }
        }
    }

    /// A cursor as decisions see it.
    pub(crate) fn position(&self, cursor: &CursorState) -> LogPosition {
        let marks = self.services.iter().zip(self.live.iter());
        let live = marks
            .filter(|(name, _)| **name == cursor.service)
            .any(|(_, mark)| mark.load(Ordering::Relaxed));
        LogPosition {
            node: cursor.node.clone(),
            service: cursor.service.clone(),
            incarnation: cursor.incarnation,
            position: cursor.position,
            caught_up: cursor.caught_up && live,
            read_once: cursor.caught_up,
        }
    }
}
