//! What a refusal says, and what it keeps to itself.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::metadata::MetadataValue;
use tonic::{Code, Request};
use tonic_types::pb;

use super::echo::Text;
use super::*;

const PLANTED: [&str; 2] = ["张三", "13800138000"];

fn keeps_quiet(said: &str) {
    for planted in PLANTED {
        assert!(!said.contains(planted), "{said}");
    }
}

#[tokio::test]
async fn what_was_sent_is_not_repeated() {
    let server = start(config()).await;
    for body in [
        r#"{"kind": "张三13800138000"}"#,
        r#"{"number": "张三13800138000"}"#,
        r#"{"number": "13800138000.5"}"#,
        r#"{"at": "张三13800138000"}"#,
        r#"{"at": {"张三": "13800138000"}}"#,
        r#"{"张三13800138000": 1}"#,
        r#"{"text": 13800138000}"#,
        r#"{"text": "张三" "13800138000"}"#,
        r#"{"text": "x"} 张三13800138000"#,
        r#"["张三13800138000"]"#,
    ] {
        let answer = server.json("Say", body).await;
        assert_eq!(answer.reason(), "UNDECODABLE_REQUEST", "{body}");
        keeps_quiet(&format!("{:?}", answer.head.headers));
        keeps_quiet(std::str::from_utf8(&answer.body).unwrap());
        let info = answer.detail("ErrorInfo");
        assert_eq!(info["metadata"]["line"], "1", "{body}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let server = start(config()).await;
    let proto = post("Say").header("content-type", "application/proto");
    let answer = server.http(proto, &b"\x0a\x02\xff\xfe"[..]).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (400, "UNDECODABLE_REQUEST"));
    let answer = server.json("Say", &b"{\"text\": \"\xff\xfe\"}"[..]).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (400, "UNDECODABLE_REQUEST"));
    // A field of bytes is written like one of text, without the check.
    let bytes = echo::Raw { text: vec![0xff, 0xfe] };
    let status = server.client().call("Say", Request::new(bytes)).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "UNDECODABLE_REQUEST")
    );
}

#[tokio::test]
async fn five_hundred_mistakes_fit_into_what_clients_take() {
    let server = start(config()).await;
    let status = server.client().say("many").await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "INVALID_FIELDS")
    );
    let told = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!((told.len(), told[24].field.as_str()), (25, "rows[24].grid_code"));
    assert_eq!(status.get_details_error_info().unwrap().metadata["more"], "475");
    let encoded = prost::Message::encode_to_vec(&pb::Status {
        code: 3,
        message: status.message().to_owned(),
        details: Vec::new(),
    });
    // In base64, together with everything else in the head.
    assert!((status.details().len() + encoded.len()) * 4 / 3 < 7 * 1024);
}

#[tokio::test]
async fn unknown_services_and_compression_are_refused_over_grpc() {
    let server = start(config()).await;
    let mut client = tonic::client::Grpc::new(server.connect(TOKEN));
    client.ready().await.unwrap();
    let path = "/kit.none.v1.NoneService/Say".parse().unwrap();
    let codec = tonic_prost::ProstCodec::<Text, Text>::default();
    let status = client.unary(Request::new(Text::default()), path, codec).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unimplemented, "METHOD_UNKNOWN"));

    let mut packed = Request::new(Text::default());
    packed.metadata_mut().insert("grpc-encoding", MetadataValue::from_static("gzip"));
    let status = server.client().call("Say", packed).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unimplemented, "COMPRESSION_UNSUPPORTED")
    );
}

#[tokio::test]
async fn a_stream_is_refused_as_a_stream() {
    let server = start(config()).await;
    for (header, value, reason) in [
        ("connect-protocol-version", "2", "PROTOCOL_VERSION_UNKNOWN"),
        ("connect-content-encoding", "gzip", "COMPRESSION_UNSUPPORTED"),
    ] {
        let request = post("Follow").header("content-type", "application/connect+json");
        let answer = server.http(request.header(header, value), "").await;
        assert_eq!(answer.status(), 200, "{header}");
        assert_eq!(answer.header("content-type"), "application/connect+json");
        assert_eq!(answer.body[0], 2, "the end of the stream");
        let last: serde_json::Value = serde_json::from_slice(&answer.body[5..]).unwrap();
        assert_eq!(last["error"]["details"][0]["debug"]["reason"], reason);
    }
    let packed =
        post("Say").header("content-type", "application/json").header("content-encoding", "gzip");
    let answer = server.http(packed, "{}").await;
    assert_eq!((answer.status(), answer.header("accept-encoding")), (501, "identity"));
    assert!(answer.value()["message"].as_str().unwrap().contains("identity"));
}

#[tokio::test]
async fn a_caller_that_goes_away_is_no_fault_of_ours() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let measure: Measure = Arc::new(move |call: &CallMeasure<'_>| {
        tell.send(call.code).ok();
    });
    let server = start_with(config(), |server| server.measure(measure)).await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /kit.test.v1.EchoService/Say HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\
         content-type: application/json\r\nauthorization: Bearer {TOKEN}\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.ok();
    // A request that never came whole, which is told to nobody and logged as no error.
    assert_eq!(told.recv().await, Some(Code::InvalidArgument));
}

#[tokio::test]
async fn a_stream_that_fails_by_itself_names_the_trace() {
    let server = start(config()).await;
    let mut items = server.client().follow("internal", 1).await.unwrap();
    items.message().await.unwrap().unwrap();
    let status = items.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert_eq!(status.get_details_request_info().unwrap().request_id.len(), 32);
}
