//! What a process tells its operators: structured logs on stderr, and traces by OTLP if wanted.
//!
//! Logs name ids, never people. Levels say who acts: `error` a developer, `warn` an operator,
//! `info` nobody now, `debug` whoever is looking for something (every rpc is there, target `rpc`).

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde::Deserialize;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

/// Libraries that would otherwise tell of themselves; the exporter would even trace itself.
const SILENT: &str = "h2=off,hyper=off,hyper_util=off,tonic=off,tower=off,opentelemetry=warn,\
                      opentelemetry_sdk=warn,opentelemetry_otlp=warn";

static EXPORTING: AtomicBool = AtomicBool::new(false);

/// The `[telemetry]` part of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Which logs are written, as `level` or `target=level,…`. Default: `info`.
    pub log: String,
    /// How logs are written. Default: `json`.
    pub format: LogFormat,
    /// Where traces go, for instance `http://collector:4317`. Default: nowhere.
    pub otlp_endpoint: Option<String>,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self { log: "info".to_owned(), format: LogFormat::Json, otlp_endpoint: None }
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object per line, for collectors.
    Json,
    /// One line of text, for people.
    Text,
}

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("telemetry.log is not a log filter")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    /// The exporter cannot be built.
    #[error("telemetry.otlp_endpoint cannot be used")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    /// Another subscriber is there already.
    #[error("telemetry was started before")]
    Twice(#[source] tracing_subscriber::util::TryInitError),
}

/// Running telemetry; [`Telemetry::flush`] sends what is left before the process ends.
#[derive(Debug)]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

/// Starts logs, and traces if an endpoint is configured, for the whole process.
///
/// With an endpoint it must be called within a tokio runtime.
pub fn start(service: &str, config: &TelemetryConfig) -> Result<Telemetry, TelemetryError> {
    let filter = filter(&config.log)?;
    let provider = config.otlp_endpoint.as_deref().map(|to| exporter(service, to)).transpose()?;
    let traces = provider
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("kit")));
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(true);
    let lines = match config.format {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Text => lines.with_ansi(false).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(traces)
        .with(lines)
        .try_init()
        .map_err(TelemetryError::Twice)?;
    EXPORTING.store(provider.is_some(), Ordering::Relaxed);
    std::panic::set_hook(Box::new(log_panic));
    Ok(Telemetry { provider })
}

/// Tells where a panic happened and in which call. Not what it said: the text may hold whatever was
/// being worked on, names and numbers of people too.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or_default();
    let trace_id = crate::traceparent::current().map(|parent| parent.trace()).unwrap_or_default();
    tracing::error!(place, thread, trace_id, "a panic: a bug");
}

/// Tells whether spans of this process are exported.
pub(crate) fn exporting() -> bool {
    EXPORTING.load(Ordering::Relaxed)
}

impl TelemetryConfig {
    /// Checks what can be checked before anything starts; `prefix` is where the part stands in
    /// the whole configuration.
    pub fn check(&self, prefix: &str) -> Result<(), crate::config::Wrong> {
        if let Err(error) = filter(&self.log) {
            let what = crate::lifecycle::chain(&error);
            return Err(crate::config::Wrong::new(format!("{prefix}.log"), what));
        }
        match self.otlp_endpoint.as_deref().map(str::parse::<http::Uri>) {
            Some(Ok(uri)) if uri.scheme().is_none() || uri.authority().is_none() => {
                let what = "not an address like http://collector:4317";
                Err(crate::config::Wrong::new(format!("{prefix}.otlp_endpoint"), what))
            }
            Some(Err(error)) => {
                Err(crate::config::Wrong::new(format!("{prefix}.otlp_endpoint"), error.to_string()))
            }
            Some(Ok(_)) | None => Ok(()),
        }
    }
}

impl Telemetry {
    /// Sends what is left, then stops.
    pub async fn flush(self) {
        let Some(provider) = self.provider else { return };
        EXPORTING.store(false, Ordering::Relaxed);
        // The exporter blocks its thread while it sends.
        let sent = tokio::task::spawn_blocking(move || provider.shutdown()).await;
        if let Ok(Err(error)) = sent {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

fn filter(log: &str) -> Result<EnvFilter, TelemetryError> {
    // Later directives win, so an operator can still listen to a library.
    EnvFilter::builder().parse(format!("{SILENT},{log}")).map_err(TelemetryError::Filter)
}

fn exporter(service: &str, endpoint: &str) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(TelemetryError::Exporter)?;
    let resource = Resource::builder().with_service_name(service.to_owned()).build();
    Ok(SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_values_are_told_with_their_key() {
        let wrong = |change: fn(&mut TelemetryConfig)| {
            let mut config = TelemetryConfig::default();
            change(&mut config);
            config.check("telemetry").err().map(|wrong| wrong.key)
        };
        assert_eq!(wrong(|_| ()), None);
        assert_eq!(wrong(|c| c.log = "rpc=loudest".to_owned()).as_deref(), Some("telemetry.log"));
        let endpoint = wrong(|c| c.otlp_endpoint = Some("collector".to_owned()));
        assert_eq!(endpoint.as_deref(), Some("telemetry.otlp_endpoint"));
    }

    #[derive(Clone, Default)]
    struct Written(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_told_with_its_place_and_trace_and_without_its_text() {
        let written = Written::default();
        let writer = written.clone();
        let lines = fmt::layer().json().with_writer(move || writer.clone());
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(log_panic));
        let parent: crate::TraceParent =
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            let broken = || panic!("cannot parse 张三 13800138000");
            crate::rpc::SERVING.sync_scope(crate::rpc::Serving::new(parent), || {
                std::panic::catch_unwind(broken).unwrap_err()
            });
        });
        std::panic::set_hook(before);
        let told = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        for part in ["telemetry.rs:", "4bf92f3577b34da6a3ce929d0e0e4736", "a panic"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(!told.contains("张三") && !told.contains("13800138000"), "{told}");
    }

    #[test]
    fn an_operator_may_listen_to_a_silent_library() {
        assert!(filter("info").unwrap().to_string().contains("h2=off"));
        assert!(filter("info,h2=debug").unwrap().to_string().contains("h2=debug"));
    }
}
