//! `yiwang node` and `yiwang serve`.

use std::process::ExitCode;

use clap::Subcommand;
use kit::Lifecycle;
use kit::lifecycle::run_process;

use crate::failure::Failure;
use crate::node::{Which, start};
use crate::screen::Screen;
use crate::settings::{NodeFlags, Settings};

const SETTINGS: &str = concat!(
    "Settings come from a TOML file, over it the environment, over it the flags. Without a callers file the node listens\n\
     on the loopback only and prints the token of its one caller. A wrong configuration is one line and exit code 64.\n\n",
    include_str!("../../node.example.toml")
);

/// Arguments of `node`.
#[derive(Debug, clap::Args)]
#[command(after_help = SETTINGS)]
pub(crate) struct NodeArgs {
    #[command(flatten)]
    flags: NodeFlags,
}

const REGISTRY_HELP: &str = "Address of the registry, e.g. http://127.0.0.1:7600; also \
    YIWANG_FOLLOW__REGISTRY__ADDRESS. Its token for this service: YIWANG_FOLLOW__REGISTRY__TOKEN";

/// `yiwang serve …`
#[derive(Debug, Subcommand)]
pub(crate) enum Serve {
    /// Areas, grids, workers, units and teams.
    Registry(NodeArgs),
    /// Disputes. Follows the registry, and works while it is down.
    Dispatch {
        #[command(flatten)]
        args: NodeArgs,
        #[arg(long, value_name = "URL", help = REGISTRY_HELP)]
        registry: Option<String>,
    },
}

pub(crate) fn run(args: NodeArgs) -> Result<ExitCode, Failure> {
    let settings = Settings::read(&args.flags)?;
    Ok(process(settings, Which::All))
}

pub(crate) fn serve(serve: Serve) -> Result<ExitCode, Failure> {
    match serve {
        Serve::Registry(args) => Ok(process(Settings::read(&args.flags)?, Which::Registry)),
        Serve::Dispatch { args, registry } => {
            let mut settings = Settings::read(&args.flags)?;
            settings.follow.registry.address = registry.or(settings.follow.registry.address);
            if settings.follow.registry.address.is_none() {
                return Err(Failure::Config(kit::config::ConfigError {
                    place: "--registry".to_owned(),
                    what: "the address of the registry is wanted".to_owned(),
                }));
            }
            Ok(process(settings, Which::Dispatch))
        }
    }
}

/// Runs a process of the node until it is asked to stop.
fn process(settings: Settings, which: Which) -> ExitCode {
    let screen = Screen { json: false };
    let service = match which {
        Which::All => "yiwang",
        Which::Registry => "yiwang-registry",
        Which::Dispatch => "yiwang-dispatch",
    };
    let (telemetry, grace) = (settings.telemetry.clone(), settings.server.drain_grace);
    run_process(service, &telemetry, grace, move |life: Lifecycle| async move {
        let running = start(&settings, which, &life).await?;
        if let Some(token) = &running.token {
            // To the one who started it, and not into the log.
            screen.note(format!("token / 令牌: {token}"));
        }
        screen.note(format!("serving on / 服务地址: {}", running.address));
        Ok(())
    })
}
