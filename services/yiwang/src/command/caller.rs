//! `yiwang caller …`.

use clap::Subcommand;
use kit::caller::is_area_code;
use kit::{Caller, Callers, Clock, IdSource, Role};

use super::Context;
use crate::failure::Failure;

const NEW: &str = "\
The token is printed once, on standard error, and kept nowhere: who loses it gets a new one. The entry has a digest
of the token only; it is on standard output, so that it can be appended to the callers file:
令牌只显示一次（标准错误），系统不保存；遗失须重新生成。条目（标准输出）只含令牌摘要，可追加到调用方文件：

  yiwang caller new --id city-notices --area 3703 --role notify >> callers.toml

With --json the token and the entry are in one object on standard output. Do not append that to the callers file: keep
it where only its owner can read, and take the entry out of it.
使用 --json 时令牌与条目在同一输出中，请勿直接追加到调用方文件：

  (umask 077; yiwang caller new --id city-notices --area 3703 --role notify --json > new.json)
  jq -r .entry new.json >> callers.toml
  jq -j .token new.json > token          # under the same umask; then delete new.json";

/// Subcommands of `caller`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a token and the entry of the callers file that knows it; the token is shown this once.
    #[command(after_help = NEW)]
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
