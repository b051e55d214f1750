//! Benches: what a durable command costs, beside what the same machine can do in the same minutes.
//!
//! * `ceiling`: the command without a store. * `report`: durable reports. * `pgbench`, `bare`: databases without us.
//! * `catchup`: a follower that stores durably, of `notes`. * `figures`: medians, spreads, ratios.
#![expect(clippy::print_stdout, reason = "a report for people, or JSON for programs")]

mod bare;
mod catchup;
mod ceiling;
mod figures;
mod notes;
mod pgbench;
mod report;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::figures::Figures;

/// As in the program, so that the ceiling is the same program but for its store.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Ceiling, and durable reports on both databases, at 1, 64 and 512 callers.
    Report,
    /// pgbench with two plain inserts per transaction at 32 clients.
    Pgbench,
    /// Bare commits of the same rows through the same driver.
    Bare,
    /// A follower catches up.
    CatchUp,
}

/// Measures, and prints figures with ratios from the same run.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure; nothing = everything.
    scenarios: Vec<Scenario>,
    /// Prints one JSON object per figure and line.
    #[arg(long)]
    json: bool,
    /// Interleaved rounds.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Callers at once that report disputes.
    #[arg(long, value_delimiter = ',', default_value = "1,64,512")]
    callers: Vec<usize>,
    /// Seconds per measurement.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Events that a follower catches up on.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Serves the ceiling on this port, for the bench itself.
    #[arg(long, hide = true, requires = "data")]
    serve_ceiling: Option<u16>,
    /// Directory of the ceiling's database.
    #[arg(long, hide = true)]
    data: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> Result<()> {
    if let (Some(port), Some(data)) = (arguments.serve_ceiling, &arguments.data) {
        return ceiling::serve(port, data).await;
    }
    let chosen =
        |scenario| arguments.scenarios.is_empty() || arguments.scenarios.contains(&scenario);
    let mut figures = Figures::default();
    let mut servers =
        if chosen(Scenario::Report) { Some(report::Servers::start().await?) } else { None };
    let sample = if chosen(Scenario::Bare) { Some(bare::Sample::take().await?) } else { None };
    let source = if chosen(Scenario::CatchUp) {
        Some(catchup::Source::fill(arguments.events).await?)
    } else {
        None
    };
    for round in 1..=arguments.rounds {
        if !arguments.json {
            println!("round {round} of {}", arguments.rounds);
        }
        if chosen(Scenario::Pgbench) {
            pgbench::measure(arguments.seconds, &mut figures).await?;
        }
        if let Some(sample) = &sample {
            sample.measure(arguments.seconds, &mut figures).await?;
        }
        if let Some(servers) = &servers {
            servers.measure(&arguments.callers, arguments.seconds, &mut figures).await?;
        }
        if let Some(source) = &source {
            source.measure(&mut figures).await?;
        }
    }
    if let Some(source) = source {
        source.stop();
    }
    if let Some(servers) = servers.take() {
        servers.memory(&mut figures)?;
        servers.stop().await?;
    }
    print!("{}", if arguments.json { figures.json()? } else { figures.table() });
    Ok(())
}
