//! Help as it was written: what stands below the options of a command, examples above all, is not broken where the terminal ends.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};

use super::Cli;
use crate::screen::Screen;

/// A space at which no line is broken; it stands in the place of others until the help is written.
const NO_BREAK: &str = "\u{a0}";

/// Reads a command line.
pub(super) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = unbroken(Cli::command());
    let mut matches = command.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// Writes the help that was asked for, or what is wrong with a command line.
pub(super) fn tell(error: &clap::Error) -> ExitCode {
    let helps = [ErrorKind::DisplayHelp, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand];
    if !helps.contains(&error.kind()) {
        error.exit();
    }
    let aside = error.use_stderr();
    let on_terminal =
        if aside { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() };
    let styled = on_terminal && std::env::var_os("NO_COLOR").is_none();
    let text = error.render();
    let text = if styled { text.ansi().to_string() } else { text.to_string() };
    let text = text.replace(NO_BREAK, " ");
    let screen = Screen { json: false };
    if aside {
        screen.note(text.trim_end());
    } else {
        // Nobody reads any more, as behind `| head`: nothing is left to be done.
        screen.line(text.trim_end()).ok();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// A command, and those below it, with nothing to break in what stands below the options.
fn unbroken(command: clap::Command) -> clap::Command {
    let below = command.get_after_help().map(|help| help.to_string().replace(' ', NO_BREAK));
    let command = match below {
        Some(below) => command.after_help(below),
        None => command,
    };
    command.mut_subcommands(unbroken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_below_the_options_is_shown_as_it_was_written() {
        let mut root = unbroken(Cli::command());
        root.build();
        let (mut found, mut commands) = (0, vec![root]);
        while let Some(command) = commands.pop() {
            if let Some(below) = command.get_after_help().map(ToString::to_string) {
                let shown = command.clone().term_width(40).render_help().to_string();
                assert!(shown.contains(below.trim_end()), "{}: {shown}", command.get_name());
                found += 1;
            }
            commands.extend(command.get_subcommands().cloned());
        }
        assert!(found > 20, "{found} commands");
    }

    #[test]
    fn help_and_mistakes_are_told_apart() {
        let kind =
            |words: &[&str]| read(words.iter().map(OsString::from)).map_err(|error| error.kind());
        assert_eq!(
            kind(&["yiwang", "scenario", "run", "--help"]).err(),
            Some(ErrorKind::DisplayHelp)
        );
        assert_eq!(kind(&["yiwang", "dance"]).err(), Some(ErrorKind::InvalidSubcommand));
        assert!(kind(&["yiwang", "calendar", "rules"]).is_ok());
    }
}
