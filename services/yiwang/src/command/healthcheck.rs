//! `yiwang healthcheck`.

use std::time::Duration;

use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::Context;
use crate::failure::{EXIT_REFUSED, Failure};

/// Arguments of `healthcheck`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address of the node; default: that of --server.
    #[arg(long, value_name = "URL")]
    addr: Option<String>,
    /// How long an answer may take, in seconds.
    #[arg(long, default_value_t = 5)]
    timeout: u64,
}

pub(crate) async fn run(args: Args, context: Context) -> Result<(), Failure> {
    let address = args.addr.unwrap_or(context.server.server);
    let address = if address.contains("://") { address } else { format!("http://{address}") };
    let limit = Duration::from_secs(args.timeout);
    let serving = tokio::time::timeout(limit, ask(address)).await.unwrap_or(false);
    let (en, zh) = if serving { ("serving", "正常") } else { ("not serving", "不可用") };
    if context.screen.json {
        context.screen.value(&serde_json::json!({ "serving": serving }), false)?;
    } else {
        context.screen.line(format!("{en} {zh}"))?;
    }
    if serving { Ok(()) } else { Err(Failure::Quiet(EXIT_REFUSED)) }
}

async fn ask(address: String) -> bool {
    let Ok(endpoint) = Endpoint::from_shared(address) else { return false };
    let Ok(channel) = endpoint.connect().await else { return false };
    let request = HealthCheckRequest { service: String::new() };
    let answer = HealthClient::new(channel).check(request).await;
    answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving)
}
