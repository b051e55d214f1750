//! `yiwang demo`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use kit::Lifecycle;
use kit::config::Layers;
use kit::lifecycle::run_process;

use super::Context;
use super::shared::{parse_time, show};
use crate::demo::{Walked, any_dispute, invite, play};
use crate::failure::Failure;
use crate::node::{Which, start};
use crate::screen::Screen;
use crate::session::Session;
use crate::settings::{NodeFlags, Settings};

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Everything below the districts' outlines is made up by rule and marked as a sample.
Example: yiwang demo --once --clock 2026-02-13T09:00      the last working days before Spring Festival")]
pub(crate) struct Args {
    /// Keeps the data in this directory; default: a temporary one.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address to listen on; port 0 takes any free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7600")]
    listen: String,
    /// Ends after the walk; the exit code tells whether everything went as it should.
    #[arg(long)]
    once: bool,
    /// Lets it happen at this time, e.g. 2026-02-13T09:00 (Shanghai); default: now.
    #[arg(long, value_name = "TIME", value_parser = |text: &str| parse_time(text).map(|_| text.to_owned()))]
    clock: Option<String>,
    /// Which logs are written.
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    log: String,
}

pub(crate) fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let temporary = tempfile::Builder::new().prefix("yiwang-demo-").tempdir();
    let temporary = temporary.map_err(|error| Failure::Start(error.into()))?;
    let data = args.data.clone().unwrap_or_else(|| temporary.path().to_owned());
    let flags = NodeFlags {
        database: Some(format!("sqlite://{}", data.display())),
        listen: Some(args.listen.clone()),
        node: Some("zibo-demo".to_owned()),
        clock: args.clock.clone(),
        log: Some(args.log.clone()),
        ..NodeFlags::default()
    };
    let format = Layers::new().flag("--log", "telemetry.format", Some("text"));
    let settings = Settings::layered(format, &flags)?;
    let (screen, once) = (context.screen, args.once);
    let failed: Arc<OnceLock<Failure>> = Arc::default();
    let (telemetry, grace) = (settings.telemetry.clone(), settings.server.drain_grace);
    let trouble = Arc::clone(&failed);
    let exit = run_process("yiwang-demo", &telemetry, grace, move |life: Lifecycle| async move {
        if let Err(failure) = act(&settings, screen, once, &life).await {
            trouble.set(failure).ok();
            life.stop();
        }
        Ok(())
    });
    match Arc::into_inner(failed).and_then(OnceLock::into_inner) {
        Some(failure) => Err(failure),
        None => Ok(exit),
    }
}

async fn act(
    settings: &Settings,
    screen: Screen,
    once: bool,
    life: &Lifecycle,
) -> Result<(), Failure> {
    let node = start(settings, Which::All, life).await?;
    let token = node.token.unwrap_or_default();
    // The year as a whole, so that questions about its earlier days have answers.
    let since = format!("{}-01-01", show(settings.clock().now()).get(..4).unwrap_or("2026"));
    let session = Session::to(&format!("http://{}", node.address), &token, None)?;
    let walked = play(&session, screen, &since).await;
    if once {
        let walked = walked?;
        if screen.json {
            let Walked { dispute_id, case_code, events } = walked;
            let value = serde_json::json!({
                "disputeId": dispute_id, "caseCode": case_code, "events": events,
            });
            screen.value(&value, false)?;
        }
        life.stop();
        return Ok(());
    }
    let dispute = match walked {
        Ok(walked) => Some(walked.dispute_id),
        // Data that was worked with may hold up the walk; everything else on it can be tried all the same.
        Err(failure) => {
            screen.note(format!(
                "the walk ended early / 演示未走完:\n{}",
                failure.tell().unwrap_or_default()
            ));
            any_dispute(&session).await
        }
    };
    invite(screen, node.address, &token, dispute.as_deref())
}
