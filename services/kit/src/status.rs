//! Refusals and failures, as callers see them: a code, a reason that programs read, a message that
//! people read in English and Chinese, and google.rpc details.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use tonic::{Code, Status};
use tonic_types::pb;

use crate::traceparent;

/// The domain of the answers that a service does not give itself.
pub(crate) const DOMAIN: &str = "kit.yiwang";

/// How many wrong fields are told at most; `more` in the metadata says how many were left off.
const MAX_VIOLATIONS: usize = 25;
/// How long they may be together. Errors travel in a header, in base64, and clients take headers of
/// 8 KiB all together.
const MAX_VIOLATION_BYTES: usize = 4 * 1024;

/// The reasons that the server itself gives, in the domain `kit.yiwang`. Where nothing more is known
/// the reason is the name of the gRPC code.
pub const REASONS: &[&str] = &[
    "INTERNAL",
    "CALLER_UNKNOWN",
    "OVERLOADED",
    "UNDECODABLE_REQUEST",
    "REQUEST_TOO_LARGE",
    "METHOD_UNKNOWN",
    "COMPRESSION_UNSUPPORTED",
    "CONTENT_TYPE_UNSUPPORTED",
    "PROTOCOL_VERSION_UNKNOWN",
    "POST_ONLY",
    "GRPC_ONLY",
    "DEADLINE_EXCEEDED",
    "BROKEN_OFF",
];

/// One answer that is not success. Becomes a [`tonic::Status`] with google.rpc details.
///
/// Reads like a [`ProblemBody`]; it is boxed so that results stay small.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(Box<ProblemBody>);

/// What a [`Problem`] says.
#[derive(Clone, Debug, PartialEq)]
pub struct ProblemBody {
    /// The canonical gRPC code.
    pub code: Code,
    /// What happened, for programs: `UPPER_SNAKE`, at most 63 characters, part of the contract.
    pub reason: &'static str,
    /// Who says so, for instance `dispatch.yiwang`.
    pub domain: &'static str,
    /// What happened, in English.
    pub message: String,
    /// What happened, in Chinese.
    pub message_zh: String,
    /// Every dynamic part of the messages, so that programs need not parse them.
    pub metadata: BTreeMap<&'static str, String>,
    /// The request's wrong fields, all of them.
    pub violations: Vec<Violation>,
    /// What would have to be true first.
    pub precondition: Option<Precondition>,
    /// When to try again; shown with UNAVAILABLE and `RESOURCE_EXHAUSTED` only.
    pub retry_after: Option<Duration>,
}

/// One wrong field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, for instance `party.phone`.
    pub field: String,
    /// What is wrong, for programs.
    pub reason: &'static str,
    /// What is wrong, in English.
    pub message: String,
    /// What is wrong, in Chinese.
    pub message_zh: String,
}

/// One condition that the request needs and that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precondition {
    /// The kind of condition, for instance `STATE`.
    pub kind: &'static str,
    /// What it is about, usually an id.
    pub subject: String,
    /// What does not hold and what would help, in English.
    pub description: String,
}

impl Problem {
    /// Describes a problem by code, reason, domain, and message in English and Chinese.
    pub fn new(
        code: Code,
        reason: &'static str,
        domain: &'static str,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) -> Self {
        debug_assert!(!reason.is_empty() && reason.len() <= 63, "reason {reason}");
        Self(Box::new(ProblemBody {
            code,
            reason,
            domain,
            message: en.into(),
            message_zh: zh.into(),
            metadata: BTreeMap::new(),
            violations: Vec::new(),
            precondition: None,
            retry_after: None,
        }))
    }

    /// A bug of ours: never shows the cause, which belongs in the log.
    pub fn internal(domain: &'static str) -> Self {
        Self::new(Code::Internal, "INTERNAL", domain, "internal error", "内部错误")
    }

    /// Adds a dynamic part for programs.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.metadata.insert(key, value.into());
        self
    }

    /// Adds a wrong field.
    #[must_use]
    pub fn violation(
        mut self,
        field: impl Into<String>,
        reason: &'static str,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) -> Self {
        self.violations.push(Violation {
            field: field.into(),
            reason,
            message: en.into(),
            message_zh: zh.into(),
        });
        self
    }

    /// Names the condition that does not hold.
    #[must_use]
    pub fn precondition(
        mut self,
        kind: &'static str,
        subject: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        self.precondition =
            Some(Precondition { kind, subject: subject.into(), description: description.into() });
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }
}

impl ProblemBody {
    /// The first wrong fields, as many as every client takes.
    fn told(&self) -> Vec<pb::bad_request::FieldViolation> {
        let mut bytes = 0;
        let first = self.violations.iter().take(MAX_VIOLATIONS).map(field_violation);
        first
            .take_while(|violation| {
                bytes += violation.encoded_len();
                bytes <= MAX_VIOLATION_BYTES
            })
            .collect()
    }

    fn details(&self) -> Vec<prost_types::Any> {
        let told = self.told();
        let left_off = self.violations.len() - told.len();
        let more = (left_off > 0).then(|| ("more".to_owned(), left_off.to_string()));
        let metadata = self.metadata.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
        let mut details = vec![any(
            "ErrorInfo",
            &pb::ErrorInfo {
                reason: self.reason.to_owned(),
                domain: self.domain.to_owned(),
                metadata: metadata.chain(more).collect(),
            },
        )];
        if !told.is_empty() {
            details.push(any("BadRequest", &pb::BadRequest { field_violations: told }));
        }
        if let Some(condition) = &self.precondition {
            details.push(any(
                "PreconditionFailure",
                &pb::PreconditionFailure {
                    violations: vec![pb::precondition_failure::Violation {
                        r#type: condition.kind.to_owned(),
                        subject: condition.subject.clone(),
                        description: condition.description.clone(),
                    }],
                },
            ));
        }
        if matches!(self.code, Code::Unavailable | Code::ResourceExhausted)
            && let Some(delay) = self.retry_after
        {
            let retry_delay = prost_types::Duration::try_from(delay).ok();
            details.push(any("RetryInfo", &pb::RetryInfo { retry_delay }));
        }
        details.push(any("LocalizedMessage", &localized(&self.message_zh)));
        if self.code == Code::Internal
            && let Some(parent) = traceparent::current()
        {
            let request_id = parent.trace();
            details.push(any(
                "RequestInfo",
                &pb::RequestInfo { request_id, serving_data: String::new() },
            ));
        }
        details
    }
}

impl std::ops::Deref for Problem {
    type Target = ProblemBody;

    fn deref(&self) -> &ProblemBody {
        &self.0
    }
}

impl std::ops::DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut ProblemBody {
        &mut self.0
    }
}

impl From<Problem> for Status {
    fn from(Problem(problem): Problem) -> Self {
        let status = pb::Status {
            code: problem.code as i32,
            message: problem.message.clone(),
            details: problem.details(),
        };
        Status::with_details(problem.code, problem.message, Bytes::from(status.encode_to_vec()))
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.reason)
    }
}

impl std::error::Error for Problem {}

fn field_violation(violation: &Violation) -> pb::bad_request::FieldViolation {
    pb::bad_request::FieldViolation {
        field: violation.field.clone(),
        description: violation.message.clone(),
        reason: violation.reason.to_owned(),
        localized_message: Some(localized(&violation.message_zh)),
    }
}

fn localized(message_zh: &str) -> pb::LocalizedMessage {
    pb::LocalizedMessage { locale: "zh-CN".to_owned(), message: message_zh.to_owned() }
}

fn any(name: &str, message: &impl Message) -> prost_types::Any {
    prost_types::Any {
        type_url: format!("type.googleapis.com/google.rpc.{name}"),
        value: message.encode_to_vec(),
    }
}

/// Collects the wrong fields of a request, so that a caller learns of all of them at once.
#[derive(Clone, Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Starts with nothing wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records one wrong field.
    pub fn add(
        &mut self,
        field: impl Into<String>,
        reason: &'static str,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) {
        self.0.push(Violation {
            field: field.into(),
            reason,
            message: en.into(),
            message_zh: zh.into(),
        });
    }

    /// Tells whether nothing was wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses the request as `INVALID_FIELDS` if any field was wrong.
    pub fn finish(self, domain: &'static str) -> Result<(), Problem> {
        if self.0.is_empty() {
            return Ok(());
        }
        let count = self.0.len();
        let mut problem = Problem::new(
            Code::InvalidArgument,
            "INVALID_FIELDS",
            domain,
            format!("{count} invalid field(s)"),
            format!("{count} 个字段有误"),
        );
        problem.violations = self.0;
        Err(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::StatusExt as _;

    #[test]
    fn all_violations_are_told_at_once_in_both_languages() {
        let mut violations = Violations::new();
        violations.add("title", "REQUIRED", "is required", "必填");
        violations.add("party.phone", "TOO_LONG", "is longer than 20", "超过20位");
        let status = Status::from(violations.finish("test.yiwang").unwrap_err());
        assert_eq!(status.code(), Code::InvalidArgument);
        let info = status.get_details_error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("INVALID_FIELDS", "test.yiwang"));
        let wrong = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(wrong.len(), 2);
        assert_eq!(wrong[1].field, "party.phone");
        assert_eq!(wrong[1].description, "is longer than 20");
        assert_eq!(status.message(), "2 invalid field(s)");
        let raw = pb::Status::decode(status.details()).unwrap();
        let bad = pb::BadRequest::decode(raw.details[1].value.as_slice()).unwrap();
        assert_eq!(bad.field_violations[0].reason, "REQUIRED");
        assert_eq!(bad.field_violations[0].localized_message.as_ref().unwrap().message, "必填");
        assert_eq!(status.get_details_localized_message().unwrap().locale, "zh-CN");
    }

    #[test]
    fn nothing_wrong_is_no_problem() {
        assert!(Violations::new().finish("test.yiwang").is_ok());
    }

    #[test]
    fn retry_info_goes_only_with_codes_that_are_retried() {
        let retry = |code| {
            let problem = Problem::new(code, "BUSY", "test.yiwang", "busy", "繁忙");
            Status::from(problem.retry_after(Duration::from_secs(2))).get_details_retry_info()
        };
        assert_eq!(retry(Code::Unavailable).unwrap().retry_delay, Some(Duration::from_secs(2)));
        assert!(retry(Code::FailedPrecondition).is_none());
    }

    #[test]
    fn precondition_and_metadata_are_told() {
        let status = Status::from(
            Problem::new(Code::FailedPrecondition, "CLOSED", "test.yiwang", "closed", "已办结")
                .with("case_id", "7")
                .precondition("STATE", "case 7", "the case must be open"),
        );
        assert_eq!(status.get_details_error_info().unwrap().metadata["case_id"], "7");
        let unmet = status.get_details_precondition_failure().unwrap().violations;
        assert_eq!((unmet[0].r#type.as_str(), unmet[0].subject.as_str()), ("STATE", "case 7"));
    }

    #[tokio::test]
    async fn internal_names_the_trace_and_not_the_cause() {
        let parent: traceparent::TraceParent =
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        let status = crate::rpc::SERVING
            .scope(crate::rpc::Serving::new(parent), async {
                Status::from(Problem::internal("test.yiwang"))
            })
            .await;
        assert_eq!(status.message(), "internal error");
        let request = status.get_details_request_info().unwrap();
        assert_eq!(request.request_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    }
}
