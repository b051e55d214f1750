//! `yiwang caller …`.

use clap::Subcommand;
use kit::caller::is_area_code;
use kit::{Caller, Callers, Clock, IdSource, Role};

use super::Context;
use crate::failure::Failure;

/// Subcommands of `caller`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a token and the entry of the callers file that knows it; the token is shown this once.
    New(New),
}

/// Arguments of `caller new`.
#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// Names the caller in logs and in the audit trail: a system or a desk, never a person.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    id: String,
    /// The unit that the caller acts for; default: none, it acts for its area's own centre.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    unit: Option<String>,
    /// The area that the caller sees, with what lies below it.
    #[arg(long, value_name = "CODE", value_parser = area)]
    area: String,
    /// What the caller may do: report, handle, `see_party`, operate, `party_desk`, notify; may be given several times.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
}

fn area(text: &str) -> Result<String, String> {
    let wrong =
        "a code of 2, 4, 6, 9, 12 or 15 digits is wanted / 应为2、4、6、9、12或15位区划代码";
    if is_area_code(text) { Ok(text.to_owned()) } else { Err(wrong.to_owned()) }
}

pub(crate) fn run(command: Command, context: &Context) -> Result<(), Failure> {
    let Command::New(New { id, unit, area, roles }) = command;
    let token = IdSource::system(Clock::system()).token();
    let unit_id = unit.unwrap_or_default();
    let roles = roles.into_iter().collect();
    let entry = Callers::entry(&token, &Caller { caller_id: id, unit_id, area_code: area, roles });
    if context.screen.json {
        return context.screen.value(&serde_json::json!({ "token": token, "entry": entry }), false);
    }
    // The entry can be appended to the file while the token is read from the terminal.
    context.screen.note(format!("token / 令牌: {token}"));
    context.screen.line(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_file_is_one() {
        let text = include_str!("../../callers.example.toml");
        let callers = Callers::parse("callers.example.toml", text);
        assert!(callers.is_ok(), "{callers:?}");
        assert!(Role::ALL.iter().all(|role| text.contains(role.name())), "every role is explained");
    }
}
