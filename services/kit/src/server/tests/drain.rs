//! How a server ends.

use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::*;
use crate::lifecycle::{EXIT_OK, EXIT_UNFINISHED};

/// Runs the life of the server; a message on the sender is a signal.
fn run(server: &Running) -> (mpsc::UnboundedSender<()>, impl Future<Output = u8> + use<>) {
    let (signal, signals) = mpsc::unbounded_channel();
    let life = server.life.clone();
    (signal, async move { life.run_until(UnboundedReceiverStream::new(signals)).await })
}

#[tokio::test]
async fn calls_in_flight_finish_streams_end_and_nothing_new_begins() {
    let server = start(config()).await;
    let (signal, life) = run(&server);
    let mut items = server.client().follow("forever", 1).await.unwrap();
    items.message().await.unwrap().unwrap();
    server.echo.someone_waits().await;
    let mut health = HealthClient::new(server.connect(TOKEN));
    let watch = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    let mut client = server.client();
    let mut idle = server.client();
    idle.say("hello").await.unwrap();

    let caller = async {
        let call = client.say("wait");
        let rest = async {
            server.echo.someone_waits().await;
            signal.send(()).unwrap();
            // The stream ends in order, without an error.
            assert!(items.message().await.unwrap().is_none());
            let told: Vec<_> = watch.map(|answer| answer.unwrap().status).collect().await;
            assert_eq!(told, [1, 2], "serving, then not");
            let refused = tokio::net::TcpStream::connect(server.address).await;
            assert!(refused.is_err(), "nobody listens any more");
            server.echo.release.add_permits(1);
        };
        tokio::join!(call, rest).0
    };
    let (answer, code) = tokio::join!(caller, life);
    assert_eq!(answer.unwrap().text, "done");
    assert_eq!(code, EXIT_OK);
    assert!(idle.say("hello").await.is_err());
}

#[tokio::test]
async fn a_second_signal_cuts_calls_off() {
    let server = start(config()).await;
    let (signal, life) = run(&server);
    let mut client = server.client();
    let caller = async {
        let signals = async {
            server.echo.someone_waits().await;
            signal.send(()).unwrap();
            signal.send(()).unwrap();
        };
        tokio::join!(client.say("wait"), signals).0
    };
    let (answer, code) = tokio::join!(caller, life);
    assert!(answer.is_err());
    assert_eq!(code, EXIT_UNFINISHED);
}

#[tokio::test]
async fn a_silent_connection_does_not_hold_up_the_end() {
    let server = start(config()).await;
    let silent = tokio::net::TcpStream::connect(server.address).await.unwrap();
    server.client().say("hello").await.unwrap();
    assert_eq!(server.life.run_until(futures::stream::iter([()])).await, EXIT_OK);
    drop(silent);
}

#[tokio::test]
async fn open_questions_to_reflection_do_not_hold_up_the_end() {
    use tonic_reflection::pb::{v1, v1alpha};
    let server = start(config()).await;
    let mut new = v1::server_reflection_client::ServerReflectionClient::new(server.connect(TOKEN));
    let mut old =
        v1alpha::server_reflection_client::ServerReflectionClient::new(server.connect(TOKEN));
    let list = v1::server_reflection_request::MessageRequest::ListServices(String::new());
    let ask = v1::ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    let asking = futures::stream::iter([ask]).chain(futures::stream::pending());
    let mut answers = new.server_reflection_info(asking).await.unwrap().into_inner();
    assert!(answers.message().await.unwrap().is_some());
    let list = v1alpha::server_reflection_request::MessageRequest::ListServices(String::new());
    let ask = v1alpha::ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    let asking = futures::stream::iter([ask]).chain(futures::stream::pending());
    let mut older = old.server_reflection_info(asking).await.unwrap().into_inner();
    assert!(older.message().await.unwrap().is_some(), "the older version is served, too");

    assert_eq!(server.life.run_until(futures::stream::iter([()])).await, EXIT_OK);
    assert!(answers.message().await.unwrap().is_none());
    assert!(older.message().await.unwrap().is_none());
}

#[tokio::test]
async fn an_open_stream_of_json_ends_in_order() {
    let server = start(config()).await;
    let (signal, life) = run(&server);
    let caller = async {
        let body = [&[0, 0, 0, 0, 18][..], br#"{"text":"forever"}"#].concat();
        let request = post("Follow").header("content-type", "application/connect+json");
        let answer = server.http(request, body);
        let stop = async {
            // The stream is open when its call waits.
            server.echo.someone_waits().await;
            signal.send(()).unwrap();
        };
        tokio::join!(answer, stop).0
    };
    let (answer, code) = tokio::join!(caller, life);
    assert_eq!((answer.status(), &answer.body[..]), (200, &b"\x02\0\0\0\x02{}"[..]));
    assert_eq!(code, EXIT_OK);
}
