//! What callers by plain JSON see.

use prost::Message as _;
use serde_json::json;

use super::echo::Text;
use super::*;

#[tokio::test]
async fn a_method_is_a_post() {
    let server = start(config()).await;
    let answer = server.json("Say", r#"{"text": "你好", "number": "42"}"#).await;
    assert_eq!((answer.status(), answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.value(), json!({"text": "你好", "number": "42"}));
    let who = server.json("Say", r#"{"text": "who"}"#).await;
    assert_eq!(who.value()["text"], "demo");
    assert_eq!(server.json("Say", "").await.value(), json!({}), "no body is an empty message");
    let request = post("Say").header("content-type", "application/json; charset=utf-8");
    assert_eq!(server.http(request, "{}").await.status(), 200);
}

#[tokio::test]
async fn protobuf_passes_through() {
    let server = start(config()).await;
    let message = Text { text: "raw".to_owned(), number: 1 };
    let request = post("Say").header("content-type", "application/proto");
    let answer = server.http(request, message.encode_to_vec()).await;
    assert_eq!(answer.header("content-type"), "application/proto");
    assert_eq!(Text::decode(answer.body).unwrap(), message);
    let request = post("Say").header("content-type", "application/proto");
    let answer = server.http(request, vec![0x08, 0x07]).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (400, "UNDECODABLE_REQUEST"));
}

#[tokio::test]
async fn a_refusal_shows_its_details() {
    let server = start(config()).await;
    let answer = server.json("Say", r#"{"text": "refuse"}"#).await;
    assert_eq!(answer.status(), 400);
    let value = answer.value();
    assert_eq!(
        (&value["code"], &value["message"]),
        (&json!("failed_precondition"), &json!("not now"))
    );
    let info = answer.detail("ErrorInfo");
    assert_eq!(info["domain"], "test.yiwang");
    assert_eq!(info["metadata"], json!({"caller": "demo"}));
    assert_eq!(answer.detail("LocalizedMessage")["message"], "现在不行");
    assert_eq!(answer.detail("PreconditionFailure")["violations"][0]["subject"], "echo");
    let value = value["details"][0]["value"].as_str().unwrap();
    assert!(!value.is_empty() && !value.contains('='), "{value}");
}

#[tokio::test]
async fn a_mistake_in_the_json_is_told_with_its_place() {
    let server = start(config()).await;
    for body in ["{\n  \"txt\": \"x\"}", "{\n  \"text\": 7}", "{\n  \"text\" \"x\"}", "{}\n {}"] {
        let answer = server.json("Say", body).await;
        assert_eq!(
            (answer.status(), answer.reason().as_str()),
            (400, "UNDECODABLE_REQUEST"),
            "{body}"
        );
        assert_eq!(answer.detail("ErrorInfo")["metadata"]["line"], "2", "{body}");
    }
    let answer = server.json("Say", "{\"txt\": 1}").await;
    let message = answer.value()["message"].as_str().unwrap().to_owned();
    assert!(!message.contains("txt") && message.contains("column"), "{message}");
    let answer = server.json("Say", "{\"number\": []}").await;
    assert_eq!(answer.detail("ErrorInfo")["metadata"]["field"], "number");
}

#[tokio::test]
async fn too_large_a_body_is_refused() {
    let server = start(ServerConfig { max_request_bytes: 4096, ..config() }).await;
    let body = json!({"text": "x".repeat(5000)}).to_string();
    let answer = server.json("Say", body).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (400, "REQUEST_TOO_LARGE"));
}

#[tokio::test]
async fn without_a_known_token_nothing_but_health_answers() {
    let server = start(config()).await;
    let request = http::Request::post("/kit.test.v1.EchoService/Say")
        .header("content-type", "application/json");
    let answer = server.http(request, "not even JSON").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (401, "CALLER_UNKNOWN"));
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let request = http::Request::post("/grpc.health.v1.Health/Check")
        .header("content-type", "application/json");
    assert_eq!(server.http(request, "{}").await.value(), json!({"status": "SERVING"}));
}

#[tokio::test]
async fn a_panic_is_an_internal_error_with_a_trace() {
    let server = start(config()).await;
    let request = post("Say")
        .header("content-type", "application/json")
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let answer = server.http(request, r#"{"text": "panic"}"#).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (500, "INTERNAL"));
    assert_eq!(answer.detail("RequestInfo")["requestId"], "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[tokio::test]
async fn the_wrong_way_to_call_is_answered_with_the_right_one() {
    let server = start(config()).await;
    let form = post("Say").header("content-type", "application/x-www-form-urlencoded");
    let answer = server.http(form, "{}").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (415, "CONTENT_TYPE_UNSUPPORTED"));
    let message = answer.value()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("-H 'content-type: application/json'"), "{message}");
    assert!(answer.header("accept-post").contains("application/json"));

    let get = http::Request::get("/kit.test.v1.EchoService/Say");
    let answer = server.http(get, "").await;
    assert_eq!((answer.status(), answer.header("allow")), (405, "POST"));

    let answer = server.json("Shout", "{}").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (404, "METHOD_UNKNOWN"));

    let answer = server.json("Follow", "{}").await;
    assert_eq!(answer.status(), 415);
    assert_eq!(answer.detail("ErrorInfo")["metadata"]["expected"], "application/connect+json");

    let old = post("Say")
        .header("content-type", "application/json")
        .header("connect-protocol-version", "2");
    assert_eq!(server.http(old, "{}").await.reason(), "PROTOCOL_VERSION_UNKNOWN");
}

/// The documents of a stream, each with its flags.
fn documents(body: &[u8]) -> Vec<(u8, serde_json::Value)> {
    let (mut rest, mut documents) = (body, Vec::new());
    while let Some((head, after)) = rest.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let (document, after) = after.split_at(length);
        documents.push((head[0], serde_json::from_slice(document).unwrap()));
        rest = after;
    }
    documents
}

async fn follow(server: &Running, message: &serde_json::Value) -> Answer {
    let message = message.to_string();
    let mut body = vec![0];
    body.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
    body.extend_from_slice(message.as_bytes());
    server.http(post("Follow").header("content-type", "application/connect+json"), body).await
}

#[tokio::test]
async fn a_stream_is_documents_and_an_end() {
    let server = start(config()).await;
    let answer = follow(&server, &json!({"number": 2})).await;
    assert_eq!((answer.status(), answer.header("content-type")), (200, "application/connect+json"));
    let item = |number: serde_json::Value| (0, number);
    assert_eq!(
        documents(&answer.body),
        [
            item(json!({"text": "item"})),
            item(json!({"text": "item", "number": "1"})),
            (2, json!({})),
        ]
    );
}

#[tokio::test]
async fn a_stream_tells_its_error_at_the_end() {
    let server = start(config()).await;
    for (text, before) in [("fail", 1), ("refuse", 0)] {
        let answer = follow(&server, &json!({"text": text, "number": 1})).await;
        let documents = documents(&answer.body);
        assert_eq!((answer.status(), documents.len()), (200, before + 1), "{text}");
        let (flags, last) = &documents[before];
        assert_eq!((*flags, &last["error"]["code"]), (2, &json!("failed_precondition")));
        assert_eq!(last["error"]["details"][0]["debug"]["reason"], "NOT_NOW");
    }
    let request = post("Follow").header("content-type", "application/connect+json");
    let answer = server.http(request, "{}").await;
    let (_, last) = &documents(&answer.body)[0];
    assert_eq!(last["error"]["details"][0]["debug"]["reason"], "UNDECODABLE_REQUEST");
}
