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

#[tokio::test]
async fn a_method_that_may_wait_has_its_own_time_and_places() {
    let limit = Duration::from_millis(50);
    let config = ServerConfig { max_concurrency: 1, request_timeout: limit, ..config() };
    let server =
        start_with(config, |s| s.may_wait("/kit.test.v1.EchoService/Say", limit * 400)).await;
    // Longer than every other call may take, over gRPC and JSON.
    let mut client = server.client();
    let waiting = server.life.spawn("waiting", async move { client.say("wait").await });
    server.echo.someone_waits().await;
    tokio::time::sleep(limit * 3).await;
    // It takes no place from other calls, and only so many may wait.
    let mut items = server.client().follow("items", 1).await.unwrap();
    assert!(items.message().await.unwrap().is_some());
    assert_eq!(server.client().say("x").await.unwrap_err().code(), Code::ResourceExhausted);
    server.echo.release.add_permits(1);
    assert_eq!(waiting.await.unwrap().unwrap().text, "done");

    let waits = async {
        server.echo.someone_waits().await;
        tokio::time::sleep(limit * 3).await;
        server.echo.release.add_permits(1);
    };
    let (answer, ()) = tokio::join!(server.json("Say", r#"{"text": "wait"}"#), waits);
    assert_eq!(answer.value()["text"], "done");
}

#[tokio::test]
async fn health_is_small() {
    let server = start(config()).await;
    let mut health = HealthClient::new(server.connect("guess"));
    let long = HealthCheckRequest { service: "x".repeat(2000) };
    let status = health.check(long).await.unwrap_err();
    assert_eq!(reason(&status), "REQUEST_TOO_LARGE");
    let request = http::Request::post("/grpc.health.v1.Health/Check")
        .header("content-type", "application/json");
    let answer = server.http(request, format!("{{\"service\": \"{}\"}}", "x".repeat(2000))).await;
    assert_eq!(answer.reason(), "REQUEST_TOO_LARGE");

    let mut watching = Vec::new();
    let refused = loop {
        match health.watch(HealthCheckRequest::default()).await {
            Ok(answer) => watching.push(answer),
            Err(status) => break status,
        }
        assert!(watching.len() <= 1000, "there is no limit");
    };
    assert_eq!((refused.code(), watching.len()), (Code::ResourceExhausted, 64));
    watching.clear();
    assert!(health.check(HealthCheckRequest::default()).await.is_ok());
}

#[tokio::test]
async fn bodies_share_a_budget_of_memory() {
    use tokio::io::AsyncWriteExt as _;
    let config = ServerConfig { max_request_bytes: 4096, max_buffered_bytes: 4096, ..config() };
    let server = start(config).await;
    let mut half = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /kit.test.v1.EchoService/Say HTTP/1.1\r\nhost: test\r\ncontent-length: 4000\r\n\
         content-type: application/json\r\nauthorization: Bearer {TOKEN}\r\n\r\n{}",
        " ".repeat(3000)
    );
    half.write_all(head.as_bytes()).await.unwrap();
    let body = serde_json::json!({"text": "x".repeat(2000)}).to_string();
    // Until the half is there, there is room.
    let refused = async {
        loop {
            let answer = server.json("Say", body.clone()).await;
            if answer.status() != 200 {
                return answer;
            }
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(20), refused).await.unwrap();
    assert_eq!((refused.status(), refused.reason().as_str()), (429, "OVERLOADED"));
    let status = server.client().say(&"x".repeat(2000)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    drop(half);
    let served = async { while server.json("Say", body.clone()).await.status() != 200 {} };
    tokio::time::timeout(Duration::from_secs(20), served).await.expect("there is room again");
}

impl Running {
    async fn json_within(&self, method: &str, body: &'static str, millis: &str) -> Answer {
        let request = post(method)
            .header("content-type", "application/json")
            .header("connect-timeout-ms", millis);
        self.http(request, body).await
    }
}
