//! Benches: what a durable command costs, beside what the same machine can do in the same minutes.
//!
//! * `ceiling`: the command without a store. * `report`: durable reports. * `pgbench`, `bare`: databases without us.
//! * `catchup`: a follower that stores durably, of `notes`. * `node`: the whole city loaded. * `growth`: with a million disputes
//!   stored. * `figures`: medians, spreads, ratios.
#![expect(clippy::print_stdout, reason = "a report for people, or JSON for programs")]

mod bare;
mod catchup;
mod ceiling;
mod figures;
mod growth;
mod node;
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
    /// A node with the whole city: time to ready, memory idle and after load.
    Node,
    /// Lifecycles and lists with more and more disputes stored; only when it is named.
    Growth,
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
    /// Numbers of stored disputes that growth is measured at.
    #[arg(long, value_delimiter = ',', default_value = "0,1000,100000,1000000")]
    sizes: Vec<u64>,
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
    let mut figures = Figures::default();
    if arguments.scenarios.contains(&Scenario::Growth) {
        let progress = if arguments.json { |_: &str| {} } else { |what: &str| println!("{what}") };
        let growth = growth::Growth {
            sizes: &arguments.sizes,
            rounds: arguments.rounds,
            seconds: arguments.seconds,
            progress,
        };
        growth.measure(&mut figures).await?;
    }
    let prepared = Prepared::prepare(&arguments).await?;
    for round in 1..=arguments.rounds {
        if !arguments.json {
            println!("round {round} of {}", arguments.rounds);
        }
        if arguments.chose(Scenario::Pgbench) {
            pgbench::measure(arguments.seconds, &mut figures).await?;
        }
        prepared.measure(&arguments, &mut figures).await?;
    }
    prepared.end(&mut figures).await?;
    print!("{}", if arguments.json { figures.json()? } else { figures.table() });
    Ok(())
}

impl Arguments {
    /// Growth fills a million disputes, so it runs only when it is named, and once.
    fn chose(&self, scenario: Scenario) -> bool {
        self.scenarios.is_empty() || self.scenarios.contains(&scenario)
    }
}

/// What is made once and measured in every round.
struct Prepared {
    servers: Option<report::Servers>,
    sample: Option<bare::Sample>,
    source: Option<catchup::Source>,
    city: Option<node::City>,
}

impl Prepared {
    async fn prepare(arguments: &Arguments) -> Result<Self> {
        let mut prepared = Prepared { servers: None, sample: None, source: None, city: None };
        if arguments.chose(Scenario::Report) {
            prepared.servers = Some(report::Servers::start().await?);
        }
        if arguments.chose(Scenario::Bare) {
            prepared.sample = Some(bare::Sample::take().await?);
        }
        if arguments.chose(Scenario::CatchUp) {
            prepared.source = Some(catchup::Source::fill(arguments.events).await?);
        }
        if arguments.chose(Scenario::Node) {
            prepared.city = Some(node::City::load().await?);
        }
        Ok(prepared)
    }

    async fn measure(&self, arguments: &Arguments, figures: &mut Figures) -> Result<()> {
        let seconds = arguments.seconds;
        if let Some(sample) = &self.sample {
            sample.measure(seconds, figures).await?;
        }
        if let Some(servers) = &self.servers {
            servers.measure(&arguments.callers, seconds, figures).await?;
        }
        if let Some(source) = &self.source {
            source.measure(figures).await?;
        }
        if let Some(city) = &self.city {
            city.measure(seconds, figures).await?;
        }
        Ok(())
    }

    async fn end(self, figures: &mut Figures) -> Result<()> {
        if let Some(source) = self.source {
            source.stop();
        }
        if let Some(city) = self.city {
            city.drop().await?;
        }
        if let Some(servers) = self.servers {
            servers.memory(figures)?;
            servers.stop().await?;
        }
        Ok(())
    }
}
