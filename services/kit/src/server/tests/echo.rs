//! A service that does what its callers tell it: answer, wait, refuse, panic, stream.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{StreamExt as _, future::BoxFuture, stream};
use http::uri::PathAndQuery;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
    FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::client::Connection;
use crate::{Call, Problem, rpc};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Text {
    #[prost(string, tag = "1")]
    pub(super) text: String,
    #[prost(int64, tag = "2")]
    pub(super) number: i64,
}

/// The same bytes mean something else: what a wrong client sends.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct NotText {
    #[prost(int64, tag = "1")]
    pub(super) number: i64,
}

/// The same field without the promise that it is text.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Raw {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) text: Vec<u8>,
}

#[derive(Clone)]
pub(super) struct Echo {
    /// How many calls have begun to wait.
    pub(super) waiting: Arc<Semaphore>,
    /// Lets one waiting call go on for each permit.
    pub(super) release: Arc<Semaphore>,
    stopping: CancellationToken,
}

impl Echo {
    pub(super) fn new(stopping: CancellationToken) -> Self {
        let gate = || Arc::new(Semaphore::new(0));
        Self { waiting: gate(), release: gate(), stopping }
    }

    /// Waits until a call waits in the handler.
    pub(super) async fn someone_waits(&self) {
        self.waiting.acquire().await.unwrap().forget();
    }

    async fn say(&self, request: Request<Text>) -> Result<Response<Text>, Status> {
        let (call, Text { text, number }) = rpc::open(request)?;
        let text = match text.as_str() {
            "who" => call.caller.caller_id,
            "trace" => call.traceparent,
            "panic" => panic!("a bug, on purpose"),
            "refuse" => return Err(refusal(&call).into()),
            "many" => return Err(many_mistakes().into()),
            "leak" => return Err(Status::new(Code::Internal, "password=1234")),
            "wait" => {
                self.waiting.add_permits(1);
                self.release.acquire().await.unwrap().forget();
                "done".to_owned()
            }
            _ => text,
        };
        Ok(Response::new(Text { text, number }))
    }

    fn follow(&self, request: Request<Text>) -> Result<Response<Texts>, Status> {
        let (call, Text { text, number }) = rpc::open(request)?;
        let item = move |number| Ok(Text { text: "item".to_owned(), number });
        let first = stream::iter((0..number).map(item));
        Ok(Response::new(match text.as_str() {
            "refuse" => return Err(refusal(&call).into()),
            "fail" => first.chain(stream::iter([Err(refusal(&call).into())])).boxed(),
            "internal" => first
                .chain(stream::once(async { Err(Problem::internal("test.yiwang").into()) }))
                .boxed(),
            "panic" => first
                .chain(stream::once(async {
                    tokio::task::yield_now().await; // what is ready goes out first
                    panic!("a bug, on purpose")
                }))
                .boxed(),
            "forever" => {
                self.waiting.add_permits(1);
                first
                    .chain(stream::pending().take_until(self.stopping.clone().cancelled_owned()))
                    .boxed()
            }
            _ => first.boxed(),
        }))
    }
}

fn refusal(call: &Call) -> Problem {
    Problem::new(Code::FailedPrecondition, "NOT_NOW", "test.yiwang", "not now", "现在不行")
        .with("caller", &call.caller.caller_id)
        .precondition("STATE", "echo", "must be willing")
}

fn many_mistakes() -> Problem {
    let mut violations = crate::Violations::new();
    for row in 0..500 {
        let field = format!("rows[{row}].grid_code");
        violations.add(field, "MALFORMED", "15 digits are wanted", "应为15位数字");
    }
    violations.finish("test.yiwang").unwrap_err()
}

type Texts = BoxStream<'static, Result<Text, Status>>;
type Answer<T> = BoxFuture<'static, Result<Response<T>, Status>>;

struct Say(Echo);

impl UnaryService<Text> for Say {
    type Response = Text;
    type Future = Answer<Text>;

    fn call(&mut self, request: Request<Text>) -> Self::Future {
        let echo = self.0.clone();
        Box::pin(async move { echo.say(request).await })
    }
}

struct Follow(Echo);

impl ServerStreamingService<Text> for Follow {
    type Response = Text;
    type ResponseStream = Texts;
    type Future = Answer<Texts>;

    fn call(&mut self, request: Request<Text>) -> Self::Future {
        let echo = self.0.clone();
        Box::pin(async move { echo.follow(request) })
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "kit.test.v1.EchoService";
}

/// As tonic's generated code does it.
impl tower::Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<http::Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let echo = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::<Text, Text>::default());
            Ok(match request.uri().path().rsplit('/').next() {
                Some("Say") => grpc.unary(Say(echo), request).await,
                Some("Follow") => grpc.server_streaming(Follow(echo), request).await,
                Some(_) | None => Status::unimplemented("").into_http(),
            })
        })
    }
}

/// As tonic's generated clients.
pub(super) struct EchoClient(tonic::client::Grpc<Connection>);

impl EchoClient {
    pub(super) fn new(connection: Connection) -> Self {
        Self(tonic::client::Grpc::new(connection))
    }

    pub(super) async fn say(&mut self, text: &str) -> Result<Text, Status> {
        self.call("Say", Request::new(Text { text: text.to_owned(), number: 0 })).await
    }

    pub(super) async fn say_within(&mut self, text: &str, limit: Duration) -> Result<Text, Status> {
        let mut request = Request::new(Text { text: text.to_owned(), number: 0 });
        request.set_timeout(limit);
        self.call("Say", request).await
    }

    pub(super) async fn call<M>(
        &mut self,
        method: &str,
        request: Request<M>,
    ) -> Result<Text, Status>
    where
        M: prost::Message + Default + 'static,
    {
        self.0.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let codec = ProstCodec::<M, Text>::default();
        self.0.unary(request, path(method), codec).await.map(Response::into_inner)
    }

    pub(super) async fn follow(
        &mut self,
        text: &str,
        number: i64,
    ) -> Result<Streaming<Text>, Status> {
        self.0.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let request = Request::new(Text { text: text.to_owned(), number });
        let codec = ProstCodec::<Text, Text>::default();
        self.0.server_streaming(request, path("Follow"), codec).await.map(Response::into_inner)
    }
}

fn path(method: &str) -> PathAndQuery {
    format!("/kit.test.v1.EchoService/{method}").parse().unwrap()
}

/// What protoc would make of the contract.
#[expect(clippy::too_many_lines, reason = "one contract, read from top to bottom")]
pub(super) fn descriptor_set() -> Vec<u8> {
    let field = |name: &str, number, kind: Type| FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(Label::Optional as i32),
        r#type: Some(kind as i32),
        ..FieldDescriptorProto::default()
    };
    let method = |name: &str, streams| MethodDescriptorProto {
        name: Some(name.to_owned()),
        input_type: Some(".kit.test.v1.Text".to_owned()),
        output_type: Some(".kit.test.v1.Text".to_owned()),
        server_streaming: Some(streams),
        ..MethodDescriptorProto::default()
    };
    let file = FileDescriptorProto {
        name: Some("kit/test/v1/echo.proto".to_owned()),
        package: Some("kit.test.v1".to_owned()),
        message_type: vec![DescriptorProto {
            name: Some("Text".to_owned()),
            field: vec![
                field("text", 1, Type::String),
                field("number", 2, Type::Int64),
                FieldDescriptorProto {
                    type_name: Some(".kit.test.v1.Kind".to_owned()),
                    ..field("kind", 3, Type::Enum)
                },
                FieldDescriptorProto {
                    type_name: Some(".google.protobuf.Timestamp".to_owned()),
                    ..field("at", 4, Type::Message)
                },
            ],
            ..DescriptorProto::default()
        }],
        enum_type: vec![EnumDescriptorProto {
            name: Some("Kind".to_owned()),
            value: vec![EnumValueDescriptorProto {
                name: Some("KIND_UNSPECIFIED".to_owned()),
                number: Some(0),
                ..EnumValueDescriptorProto::default()
            }],
            ..EnumDescriptorProto::default()
        }],
        dependency: vec!["google/protobuf/timestamp.proto".to_owned()],
        service: vec![ServiceDescriptorProto {
            name: Some("EchoService".to_owned()),
            method: vec![method("Say", false), method("Follow", true)],
            ..ServiceDescriptorProto::default()
        }],
        syntax: Some("proto3".to_owned()),
        ..FileDescriptorProto::default()
    };
    // A service of the same contract that another process serves.
    let absent = FileDescriptorProto {
        name: Some("kit/absent/v1/absent.proto".to_owned()),
        package: Some("kit.absent.v1".to_owned()),
        dependency: vec!["kit/test/v1/echo.proto".to_owned()],
        service: vec![ServiceDescriptorProto {
            name: Some("AbsentService".to_owned()),
            method: vec![method("Say", false)],
            ..ServiceDescriptorProto::default()
        }],
        syntax: Some("proto3".to_owned()),
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet { file: vec![file, absent] }.encode_to_vec()
}
