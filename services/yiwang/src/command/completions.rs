//! `yiwang completions`.

use crate::failure::Failure;
use crate::screen::Screen;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell.
    shell: clap_complete::Shell,
}

pub(crate) fn run(args: &Args, screen: Screen) -> Result<(), Failure> {
    let mut definition = super::definition();
    // Into memory first: the generator takes a reader that went away for a reason to panic.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition, "yiwang", &mut script);
    screen.line(String::from_utf8_lossy(&script).trim_end())
}
