//! What gRPC callers see.

use std::sync::Mutex;

use futures::StreamExt as _;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;

use super::echo::{NotText, Text};
use super::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn traced(text: &str) -> Request<Text> {
    let mut request = Request::new(Text { text: text.to_owned(), number: 0 });
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    request
}

#[tokio::test]
async fn a_handler_knows_caller_and_trace() {
    let server = start(config()).await;
    let mut client = server.client();
    assert_eq!(client.say("who").await.unwrap().text, "demo");
    let parent = client.call("Say", traced("trace")).await.unwrap().text;
    assert!(parent.starts_with(&format!("00-{TRACE}-")), "{parent}");
    assert!(!parent.contains("00f067aa0ba902b7"), "the server has a span of its own: {parent}");
    let fresh = client.say("trace").await.unwrap().text;
    assert!(fresh.parse::<crate::TraceParent>().is_ok(), "{fresh}");
}

#[tokio::test]
async fn without_a_known_token_nothing_but_health_answers() {
    let server = start(config()).await;
    let stranger = server.connect("guess");
    let status = EchoClient::new(stranger.clone()).say("who").await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unauthenticated, "CALLER_UNKNOWN")
    );
    assert_eq!(status.get_details_localized_message().unwrap().locale, "zh-CN");
    let mut reflection = ServerReflectionClient::new(stranger.clone());
    let status = reflection.server_reflection_info(futures::stream::empty()).await.unwrap_err();
    assert_eq!(reason(&status), "CALLER_UNKNOWN");
    let mut health = HealthClient::new(stranger);
    for service in ["", "kit.test.v1.EchoService"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        assert_eq!(health.check(request).await.unwrap().into_inner().status, 1, "{service}");
    }
}

#[tokio::test]
async fn reflection_lists_the_services() {
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    let server = start(config()).await;
    let mut reflection = ServerReflectionClient::new(server.connect(TOKEN));
    let list = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = reflection
        .server_reflection_info(futures::stream::iter([list]))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    assert!(names.contains(&"kit.test.v1.EchoService".to_owned()), "{names:?}");
    assert!(names.contains(&"grpc.health.v1.Health".to_owned()), "{names:?}");
    assert!(!names.contains(&"kit.absent.v1.AbsentService".to_owned()), "{names:?}");
}

#[tokio::test]
async fn a_panic_fails_its_call_only_and_names_the_trace() {
    let server = start(config()).await;
    let mut client = server.client();
    let status = client.call("Say", traced("panic")).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Internal, "internal error"));
    assert_eq!(status.get_details_request_info().unwrap().request_id, TRACE);
    assert_eq!(client.say("still there").await.unwrap().text, "still there");
}

#[tokio::test]
async fn a_stream_that_panics_ends_with_a_status() {
    let server = start(config()).await;
    let mut items = server.client().follow("panic", 2).await.unwrap();
    assert_eq!(items.message().await.unwrap().unwrap().number, 0);
    assert_eq!(items.message().await.unwrap().unwrap().number, 1);
    let status = items.message().await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Internal, "INTERNAL"));
    assert!(status.get_details_request_info().is_some());
}

#[tokio::test]
async fn streams_and_their_errors_pass_untouched() {
    let server = start(config()).await;
    let mut client = server.client();
    let items: Vec<_> = client.follow("", 3).await.unwrap().collect().await;
    assert_eq!(items.len(), 3);
    let mut items = client.follow("fail", 1).await.unwrap();
    items.message().await.unwrap().unwrap();
    let status = items.message().await.unwrap_err();
    assert_eq!(reason(&status), "NOT_NOW");
    let status = client.follow("refuse", 1).await.unwrap_err();
    assert_eq!(status.get_details_precondition_failure().unwrap().violations[0].subject, "echo");
}

#[tokio::test]
async fn a_text_that_was_not_made_for_callers_stays_inside() {
    let server = start(config()).await;
    let status = server.client().say("leak").await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Internal, "internal error"));
}

#[tokio::test]
async fn what_cannot_be_read_is_the_callers_mistake() {
    let server = start(config()).await;
    let request = Request::new(NotText { number: 7 });
    let status = server.client().call("Say", request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "UNDECODABLE_REQUEST")
    );
    let cause = &status.get_details_error_info().unwrap().metadata["cause"];
    assert!(cause.contains("wire type"), "{cause}");
}

#[tokio::test]
async fn too_large_a_message_is_refused() {
    let server = start(ServerConfig { max_request_bytes: 4096, ..config() }).await;
    let mut client = server.client();
    let fits = "x".repeat(4000);
    assert_eq!(client.say(&fits).await.unwrap().text, fits);
    for size in [5000, 300_000, 5_000_000] {
        let status = client.say(&"x".repeat(size)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{size}");
        assert_eq!(reason(&status), "REQUEST_TOO_LARGE");
    }
}

#[tokio::test]
async fn unknown_methods_and_services_have_a_reason() {
    let server = start(config()).await;
    let mut client = server.client();
    let status = client.call("Shout", Request::new(Text::default())).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unimplemented, "METHOD_UNKNOWN"));
}

#[tokio::test]
async fn every_call_is_measured_with_its_end() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let measure: Measure = Arc::new(move |call: &CallMeasure<'_>| {
        let method = call.method.rsplit('/').next().unwrap().to_owned();
        let caller = call.caller_id.unwrap_or("-").to_owned();
        into.lock().unwrap().push(format!("{method} {:?} {caller}", call.code));
    });
    let server = start_with(config(), |server| server.measure(measure)).await;
    let mut client = server.client();
    client.say("hello").await.unwrap();
    client.say("refuse").await.unwrap_err();
    client.say("panic").await.unwrap_err();
    client.follow("fail", 1).await.unwrap().collect::<Vec<_>>().await;
    EchoClient::new(server.connect("guess")).say("hello").await.unwrap_err();
    server.life.run_until(futures::stream::iter([()])).await;
    let seen = seen.lock().unwrap();
    assert_eq!(
        *seen,
        [
            "Say Ok demo",
            "Say FailedPrecondition demo",
            "Say Internal demo",
            "Follow FailedPrecondition demo",
            "Say Unauthenticated -",
        ]
    );
}

#[tokio::test]
async fn only_services_that_were_added_are_told_of() {
    let server = start(config()).await;
    let mut health = HealthClient::new(server.connect("guess"));
    let mut ask = async |service: &str| {
        let request = HealthCheckRequest { service: service.to_owned() };
        health.check(request).await.map(|answer| answer.into_inner().status)
    };
    assert_eq!(ask("kit.test.v1.EchoService").await.unwrap(), 1);
    assert_eq!(ask("kit.absent.v1.AbsentService").await.unwrap_err().code(), Code::NotFound);
    let request = http::Request::post("/kit.absent.v1.AbsentService/Say")
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/json");
    let answer = server.http(request, "{}").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (404, "METHOD_UNKNOWN"));
}
