//! Limits in number and time.

use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::*;

#[tokio::test]
async fn a_call_too_many_is_refused_at_once_and_health_is_not() {
    let server = start(ServerConfig { max_concurrency: 1, ..config() }).await;
    let mut patient = server.client();
    let first = server.life.spawn("first", async move { patient.say("wait").await });
    server.echo.someone_waits().await;

    let status = server.client().say("hello").await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    let delay = status.get_details_retry_info().unwrap().retry_delay;
    assert_eq!(delay, Some(Duration::from_secs(1)));

    let answer = server.json("Say", "{}").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (429, "OVERLOADED"));
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.detail("RetryInfo")["retryDelay"], "1s");

    let mut health = HealthClient::new(server.connect("guess"));
    assert!(health.check(HealthCheckRequest::default()).await.is_ok());

    server.echo.release.add_permits(1);
    assert_eq!(first.await.unwrap().unwrap().text, "done");
    assert_eq!(server.client().say("hello").await.unwrap().text, "hello");
}

#[tokio::test]
async fn a_stream_gives_its_place_back_when_it_begins() {
    let server = start(ServerConfig { max_concurrency: 1, ..config() }).await;
    let mut items = server.client().follow("forever", 1).await.unwrap();
    items.message().await.unwrap().unwrap();
    assert_eq!(server.client().say("hello").await.unwrap().text, "hello");
}

#[tokio::test]
async fn the_callers_deadline_and_the_servers_own_are_kept() {
    let server = start(config()).await;
    let limit = Duration::from_millis(20);
    let answer = server.json_within("Say", r#"{"text": "wait"}"#, "20").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (504, "DEADLINE_EXCEEDED"));
    // The client gives up by itself too, so only the code is certain here.
    let status = server.client().say_within("wait", limit).await.unwrap_err();
    assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status:?}");

    let server = start(ServerConfig { request_timeout: limit, ..config() }).await;
    let status = server.client().say("wait").await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(reason(&status), "DEADLINE_EXCEEDED");
}

impl Running {
    async fn json_within(&self, method: &str, body: &'static str, millis: &str) -> Answer {
        let request = post(method)
            .header("content-type", "application/json")
            .header("connect-timeout-ms", millis);
        self.http(request, body).await
    }
}
