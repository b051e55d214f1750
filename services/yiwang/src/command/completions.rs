//! `yiwang completions`.

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell.
    shell: clap_complete::Shell,
}

pub(crate) fn run(args: &Args) {
    let mut definition = super::definition();
    clap_complete::generate(args.shell, &mut definition, "yiwang", &mut std::io::stdout());
}
