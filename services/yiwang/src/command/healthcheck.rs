//! `yiwang healthcheck`.

use std::time::Duration;

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::Context;
use crate::failure::{EXIT_REFUSED, Failure};
use crate::session::read_ca;

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

/// Exit code 0 when the node serves, 1 when it answers that it does not, 69 when it does not answer.
pub(crate) async fn run(args: Args, context: Context) -> Result<(), Failure> {
    let ca = read_ca(&context.server)?;
    let address = args.addr.unwrap_or(context.server.server);
    let address = if address.contains("://") { address } else { format!("http://{address}") };
    let asked = ask(&address, ca.as_deref(), Duration::from_secs(args.timeout)).await;
    let serving = matches!(asked, Ok(ServingStatus::Serving));
    let (en, zh) = if serving { ("serving", "正常") } else { ("not serving", "不可用") };
    if context.screen.json {
        let why = asked.as_ref().err().and_then(Failure::tell);
        context.screen.value(&serde_json::json!({ "serving": serving, "why": why }), false)?;
    } else if asked.is_ok() {
        context.screen.line(format!("{en} {zh}"))?;
    }
    asked.and_then(|_| if serving { Ok(()) } else { Err(Failure::Quiet(EXIT_REFUSED)) })
}

async fn ask(address: &str, ca: Option<&[u8]>, limit: Duration) -> Result<ServingStatus, Failure> {
    let channel = kit::client::channel(address, ca)
        .map_err(|error| Failure::wrong(error.to_string(), "服务器地址或 CA 证书有误"))?;
    let mut health = HealthClient::new(channel);
    let answer = health.check(HealthCheckRequest { service: String::new() });
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => Ok(answer.map_err(Failure::from)?.into_inner().status()),
        Err(_) => {
            let seconds = limit.as_secs();
            Err(anyhow::anyhow!("no answer within {seconds} s / {seconds} 秒内无应答").into())
        }
    }
}
