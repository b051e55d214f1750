//! Scenarios: courses of events that anybody can write down in a file, played on a node of their own whose clock stands
//! still until the file moves it.
//!
//! * [`file`]: a scenario as it is written, and everything that is wrong with it at once.
//! * `stage`: the node that it is played on.
//! * `play`: step by step, with what happens by time alone in between; `facts`: what can be expected of a case.
//! * `timeline`: what is written meanwhile; `seen`: what a scenario has made use of.

mod facts;
mod file;
mod play;
mod seen;
mod stage;
mod timeline;

pub use file::{Mistake, Scenario};
pub use play::play;
pub use seen::Seen;
pub use stage::{Ground, Place};

/// A scenario that comes with the program.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal,)*) => {
        /// The scenarios that come with the program.
        pub const SHIPPED: &[Shipped] = &[$(Shipped {
            name: $name,
            text: include_str!(concat!("../scenarios/", $name, ".toml")),
        },)*];
    };
}

shipped! {
    "agreed",
    "agreed-in-part",
    "not-agreed",
    "referred",
    "not-accepted",
    "merged",
    "teams",
    "shift",
    "moves",
    "oversight",
    "extension",
    "pause",
    "deferred",
    "redo",
    "overdue",
}

/// The shipped scenario of that name.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.name == name)
}
