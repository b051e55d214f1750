//! What can be asked for on the command line; one file per family of commands.

mod area;
mod attachment;
mod audit;
mod calendar;
mod caller;
mod catalogue;
mod completions;
mod demo;
mod dispute;
mod export;
mod feed;
mod grid;
mod healthcheck;
mod help;
mod import;
mod listening;
mod node;
mod notices;
mod notify;
mod party;
mod scenario;
mod shared;
mod team;
mod timers;
mod unit;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

pub(crate) use self::dispute::{Act, Desk, place, standing};
pub(crate) use self::shared::{parse_time, show, show_wire};
pub(crate) use self::team::Duty;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::{Requests, ServerArgs, Session};

const EXAMPLES: &str = "\
Examples / 示例:
  yiwang demo --once
  yiwang scenario run agreed
  yiwang calendar due --from 2026-02-13T09:00 --limit 5wd
  yiwang grid list --area 370306004 --as-of 2026-06-30
  yiwang dispute report --grid 370306004006001 --type 0201 --scale individual --channel grid-worker
  yiwang import grids grids.xlsx --dry-run
  yiwang catalogue limit --type 0201 --step handle --level general
  yiwang node --database sqlite:///var/lib/yiwang --listen 127.0.0.1:7600
  yiwang audit verify --database sqlite:///var/lib/yiwang

Commands that call a node find it by --server and --token, or YIWANG_SERVER and YIWANG_TOKEN.
Exit codes: 0 done, 1 refused or found something wrong, 2 wrong usage, 64 wrong configuration, 69 cannot be reached.";

/// 一网 ("one net"): the back end of neighbourhood governance, and its command line.
#[derive(Debug, Parser)]
#[command(name = "yiwang", version, about, after_help = EXAMPLES, max_term_width = 120)]
pub struct Cli {
    /// Write JSON instead of text: one object, or for lists one object per line.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten, next_help_heading = "Calling a node")]
    server: ServerArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts a node with sample data and walks a dispute from report to closed.
    Demo(demo::Args),
    /// Scenarios: courses of events from a file, played on a node of their own.
    #[command(subcommand)]
    Scenario(scenario::Scenario),
    /// Runs all services of a node in this process.
    Node(node::NodeArgs),
    /// Runs one service of a node in this process.
    #[command(subcommand)]
    Serve(node::Serve),
    /// Tells by its exit code whether a node serves: 0, not: 1, or cannot be reached: 69.
    Healthcheck(healthcheck::Args),
    /// Areas: the administrative tree.
    #[command(subcommand)]
    Area(area::Area),
    /// Grids and their history.
    #[command(subcommand)]
    Grid(grid::Grid),
    /// Grid workers and other posts.
    #[command(subcommand)]
    Worker(worker::Worker),
    /// Mediation teams.
    #[command(subcommand)]
    Team(team::Team),
    /// Handling units and mediation organisations.
    #[command(subcommand)]
    Unit(unit::Unit),
    /// The catalogue of matters with its time limits and types.
    #[command(subcommand)]
    Catalogue(catalogue::Catalogue),
    /// Disputes from report to closed.
    #[command(subcommand)]
    Dispute(Box<dispute::Dispute>),
    /// What a node does by time alone.
    #[command(subcommand)]
    Timers(timers::Timers),
    /// A case as its party sees it, with case code and PIN.
    #[command(subcommand)]
    Party(party::Party),
    /// Tells people what they have to be told: follows the feed, and sends.
    Notify(Box<notify::Args>),
    /// What people have to be told and could not be.
    #[command(subcommand)]
    Notices(notices::Notices),
    /// Takes a table in, from CSV or XLSX.
    Import(import::Args),
    /// Writes a table out, as CSV or XLSX.
    Export(export::Args),
    /// Working days, holidays and deadlines.
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    /// What happened: the logs of a node.
    #[command(subcommand)]
    Feed(feed::Feed),
    /// Proves that the logs are whole.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Who may call a node.
    #[command(subcommand)]
    Caller(caller::Command),
    /// Writes the completions of a shell, for instance for bash: `yiwang completions bash`
    Completions(completions::Args),
}

/// Where a command writes, and which server it calls.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) screen: Screen,
    server: ServerArgs,
    requests: Requests,
}

impl Context {
    /// Prepares the connection to the node.
    pub(crate) fn session(&self) -> Result<Session, Failure> {
        Session::open(&self.server, self.requests.clone())
    }
}

/// Reads the command line, does what it asks for, and returns the exit code.
pub fn main() -> ExitCode {
    let cli = match help::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return help::tell(&error),
    };
    let requests = Requests::new(cli.server.request_id);
    let screen = Screen { json: cli.json };
    let context = Context { screen, server: cli.server, requests: requests.clone() };
    match run(cli.command, context) {
        Ok(exit) => exit,
        Err(failure) => {
            tell(screen, &failure, &requests);
            failure.exit()
        }
    }
}

fn tell(screen: Screen, failure: &Failure, requests: &Requests) {
    let doubtful = requests.doubtful();
    if screen.json {
        if let Some(mut value) = failure.json() {
            if let Some(id) = doubtful {
                value["requestId"] = id.to_string().into();
            }
            screen.note(value);
        }
        return;
    }
    if let Some(text) = failure.tell() {
        screen.note(text);
        if let Some(id) = doubtful {
            screen.note(format!(
                "nobody knows whether it was done; the same command with --request-id {id} is safe\n\
                 尚不确定是否已执行；加上 --request-id {id} 重复同一命令是安全的"
            ));
        }
    }
}

/// Returns the whole command line as clap has it.
pub fn definition() -> clap::Command {
    Cli::command()
}

fn run(command: Command, context: Context) -> Result<ExitCode, Failure> {
    match command {
        // Those that are a node for some time bring their own runtime and life.
        Command::Demo(args) => return demo::run(args, &context),
        Command::Scenario(command) => return scenario::run(command, context.screen),
        Command::Node(args) => return node::run(args),
        Command::Serve(serve) => return node::serve(serve),
        Command::Calendar(command) => calendar::run(command, context.screen)?,
        Command::Caller(command) => caller::run(command, &context)?,
        Command::Completions(args) => completions::run(&args, context.screen)?,
        Command::Healthcheck(args) => alone(healthcheck::run(args, context))?,
        Command::Area(command) => alone(area::run(command, context))?,
        Command::Grid(command) => alone(grid::run(command, context))?,
        Command::Worker(command) => alone(worker::run(command, context))?,
        Command::Team(command) => alone(team::run(command, context))?,
        Command::Unit(command) => alone(unit::run(command, context))?,
        Command::Catalogue(command) => alone(catalogue::run(command, context))?,
        Command::Dispute(command) => alone(dispute::run(*command, context))?,
        Command::Timers(command) => alone(timers::run(command, context))?,
        Command::Party(command) => alone(party::run(command, context))?,
        Command::Notify(args) => alone(notify::run(*args, context))?,
        Command::Notices(command) => alone(notices::run(command, context))?,
        Command::Import(args) => alone(import::run(args, context))?,
        Command::Export(args) => alone(export::run(args, context))?,
        Command::Feed(command) => alone(feed::run(command, context))?,
        Command::Audit(command) => alone(audit::run(command, context))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a command that calls somebody and ends.
fn alone(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Fault(error.to_string()))?;
    runtime.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn the_examples_are_understood() {
        let mut found = 0;
        let mut commands = vec![definition()];
        while let Some(command) = commands.pop() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for example in help.lines().filter_map(example) {
                let words = std::iter::once("yiwang").chain(example.split_whitespace());
                let read = Cli::try_parse_from(words);
                assert!(read.is_ok(), "{}: {example}: {}", command.get_name(), read.unwrap_err());
                found += 1;
            }
            commands.extend(command.get_subcommands().cloned());
        }
        assert!(found > 40, "{found} examples");
    }

    /// The words of an example, without what a shell does with it and what is said beside it.
    fn example(line: &str) -> Option<&str> {
        let (lead, words) = line.split_once("yiwang ")?;
        let leads = ["", "Example:", "Example / 示例:"];
        let words = [" >", " <", " \\", "   ", " #"]
            .into_iter()
            .fold(words, |words, end| words.split_once(end).map_or(words, |(words, _)| words));
        leads.contains(&lead.trim()).then_some(words)
    }
}
