//! Why a command did not do what was asked, told once and in both languages.

use std::fmt::Write as _;
use std::process::ExitCode;

use kit::client::is_unreachable;
use kit::config::ConfigError;
use prost::Message as _;
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _, pb};

use crate::labels;
use crate::sheet::{SheetError, WriteError};

/// The exit code of a command that was refused, or that found something wrong.
pub const EXIT_REFUSED: u8 = 1;
/// The exit code of a command line that cannot be understood, as of every command line program.
pub const EXIT_USAGE: u8 = 2;
/// The exit code of a command that was interrupted, as shells have it.
pub const EXIT_INTERRUPTED: u8 = 130;
/// The exit code when the server cannot be reached.
pub const EXIT_UNREACHABLE: u8 = kit::lifecycle::EXIT_UNAVAILABLE;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server refused, or could not be reached.
    #[error(transparent)]
    Refused(Box<Status>),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file cannot be read as a table.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Something else that the user can mend, in English and Chinese.
    #[error("{en}")]
    Wrong {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
    /// An import did not come to its end.
    #[error("import {import_id}: {cause}")]
    Import {
        /// Its id.
        import_id: String,
        /// Whether the server has forgotten its rows.
        cancelled: bool,
        /// Why.
        cause: Box<Failure>,
    },
    /// Everything was said already; only the exit code is left.
    #[error("exit code {0}")]
    Quiet(u8),
    /// A fault of this program.
    #[error("{0}")]
    Fault(String),
    /// A database cannot be opened or read.
    #[error(transparent)]
    Start(#[from] anyhow::Error),
}

impl From<Status> for Failure {
    fn from(status: Status) -> Failure {
        Failure::Refused(Box::new(status))
    }
}

impl Failure {
    /// Says what is wrong in both languages.
    pub fn wrong(en: impl Into<String>, zh: impl Into<String>) -> Failure {
        Failure::Wrong { en: en.into(), zh: zh.into() }
    }

    /// Output that nobody reads is no failure; any other trouble with it is.
    pub(crate) fn output(error: std::io::Error) -> Failure {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Failure::Quiet(0);
        }
        Failure::wrong(format!("the output cannot be written: {error}"), "无法写出结果")
    }

    /// Returns the exit code.
    #[must_use]
    pub fn exit(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Refused(status) if unreachable(status) => EXIT_UNREACHABLE,
            Failure::Refused(_) | Failure::Sheet(_) | Failure::Write(_) | Failure::Wrong { .. } => {
                EXIT_REFUSED
            }
            Failure::Config(_) => ConfigError::EXIT,
            Failure::Import { cause, .. } => return cause.exit(),
            Failure::Quiet(code) => *code,
            Failure::Fault(_) => kit::lifecycle::EXIT_PANIC,
            Failure::Start(_) => EXIT_UNREACHABLE,
        })
    }

    /// Returns what to tell the user, one or several lines; nothing when everything was said.
    #[must_use]
    pub fn tell(&self) -> Option<String> {
        Some(match self {
            Failure::Refused(status) => refused(status),
            Failure::Config(error) => format!("wrong configuration / 配置有误: {error}"),
            Failure::Sheet(error) => both(&error.en, &error.zh),
            Failure::Write(error) => with_causes(error),
            Failure::Wrong { en, zh } => both(en, zh),
            Failure::Import { import_id, cancelled, cause } => {
                let rest = if *cancelled {
                    format!(
                        "import {import_id} was given up, nothing was changed / 导入已取消，未作任何更改"
                    )
                } else {
                    format!(
                        "import {import_id} was not given up: yiwang import show {import_id}, then import cancel / \
                         导入未能取消；请稍后用 import show、import cancel 处理"
                    )
                };
                let why = cause.tell().map(|why| format!("{why}\n")).unwrap_or_default();
                format!("{why}{rest}")
            }
            Failure::Quiet(_) => return None,
            Failure::Fault(what) => format!("a fault of this program: {what}"),
            Failure::Start(error) => format!("{error:#}"),
        })
    }
}

impl Failure {
    /// Returns the same for programs; nothing when everything was said.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        let local = |code: &str, reason: &str, en: &str, zh: &str| json!({"code": code, "reason": reason, "message": en, "messageZh": zh});
        Some(match self {
            Failure::Refused(status) if unreachable(status) => {
                local("unavailable", "UNREACHABLE", &innermost(status), "无法连接服务器")
            }
            Failure::Refused(status) => refused_json(status),
            Failure::Config(error) => {
                local("invalid_argument", "CONFIG", &error.to_string(), "配置有误")
            }
            Failure::Sheet(error) => local("invalid_argument", error.reason, &error.en, &error.zh),
            Failure::Write(error @ WriteError::Exists(_)) => {
                local("already_exists", "FILE_EXISTS", &error.to_string(), "文件已存在")
            }
            Failure::Write(error) => local("internal", "WRITE", &with_causes(error), "无法写入"),
            Failure::Wrong { en, zh } => local("invalid_argument", "WRONG", en, zh),
            Failure::Import { import_id, cancelled, cause } => {
                let interrupted = || local("cancelled", "INTERRUPTED", "interrupted", "已中断");
                let mut value = cause.json().unwrap_or_else(interrupted);
                value["importId"] = import_id.as_str().into();
                value["cancelled"] = (*cancelled).into();
                value
            }
            Failure::Quiet(_) => return None,
            Failure::Fault(what) => local("internal", "FAULT", what, "程序故障"),
            Failure::Start(error) => {
                local("unavailable", "NOT_STARTED", &format!("{error:#}"), "无法启动")
            }
        })
    }
}

/// A refusal with the names that the Connect protocol has for codes.
fn refused_json(status: &Status) -> Value {
    let details = status.get_error_details();
    let mut value = json!({
        "code": code_name(status.code()),
        "message": status.message(),
    });
    if let Some(info) = details.error_info() {
        value["reason"] = info.reason.as_str().into();
        value["domain"] = info.domain.as_str().into();
        value["metadata"] = json!(info.metadata);
    }
    if let Some(chinese) = details.localized_message() {
        value["messageZh"] = chinese.message.as_str().into();
    }
    if let Some(bad) = details.bad_request() {
        let violation = |violation: &tonic_types::FieldViolation| json!({"field": violation.field, "description": violation.description});
        value["fieldViolations"] = bad.field_violations.iter().map(violation).collect();
    }
    if let Some(unmet) = details.precondition_failure() {
        let violation = |violation: &tonic_types::PreconditionViolation| {
            json!({
                "type": violation.r#type,
                "subject": violation.subject,
                "description": violation.description,
            })
        };
        value["violations"] = unmet.violations.iter().map(violation).collect();
    }
    if let Some(delay) = details.retry_info().and_then(|info| info.retry_delay) {
        value["retryAfterSeconds"] = delay.as_secs_f64().into();
    }
    if let Some(request) = details.request_info() {
        value["trace"] = request.request_id.as_str().into();
    }
    value
}

/// The code as the contract's JSON writes it, e.g. `not_found`.
fn code_name(code: Code) -> String {
    let name = format!("{code:?}");
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

fn both(en: &str, zh: &str) -> String {
    format!("{en}\n{zh}")
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        write!(text, ": {cause}").ok();
        source = cause.source();
    }
    text
}

/// The cause of all causes, which says it shortest.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Whether the status is from the connection and not from a server that answered.
pub(crate) fn unreachable(status: &Status) -> bool {
    is_unreachable(status) && status.get_details_error_info().is_none()
}

/// A refusal in both languages: what, every field, what is allowed, what was perhaps meant, when to try again.
#[must_use]
pub fn refused(status: &Status) -> String {
    let details = status.get_error_details();
    if unreachable(status) {
        return both(
            &format!("the server cannot be reached: {}", innermost(status)),
            "无法连接服务器；请检查 --server（或 YIWANG_SERVER）以及服务是否已启动",
        );
    }
    let mut text = status.message().to_owned();
    if let Some(info) = details.error_info() {
        write!(text, " [{}]", info.reason).ok();
    }
    if let Some(chinese) = details.localized_message() {
        write!(text, "\n{}", chinese.message).ok();
    }
    let allowed = told_as_allowed(status, &details);
    if let Some(rpcs) = allowed {
        let commands: Vec<&str> = rpcs.split(", ").map(labels::action).collect();
        text = text.replace(rpcs, &commands.join(", "));
        let asked = details.error_info().and_then(|info| info.metadata.get("command"));
        if let Some(rpc) = asked {
            text = text.replace(rpc.as_str(), labels::action(rpc));
        }
    }
    let early = details.error_info().filter(|info| info.reason == "PAPER_TOO_EARLY");
    let missing = early.and_then(|info| info.metadata.get("missing"));
    if let Some(rpc) = missing {
        text = text.replace(rpc.as_str(), labels::action(rpc));
    }
    for field in violations(status) {
        let zh = field.localized_message.unwrap_or_default().message;
        write!(text, "\n  {}: {} / {zh}", field.field, field.description).ok();
    }
    if let Some(more) = details.error_info().and_then(|info| info.metadata.get("more")) {
        write!(text, "\n  … and {more} more / 另有 {more} 项").ok();
    }
    let unmet = details.precondition_failure().map_or(&[][..], |failure| &failure.violations);
    for violation in unmet {
        if allowed.is_none_or(|rpcs| !violation.description.contains(rpcs)) {
            write!(text, "\n  {}: {}", violation.subject, violation.description).ok();
        }
    }
    text.push_str(&hints(status, &details));
    text
}

/// What the state of a dispute allows, when the message says it already: nobody has to read it twice in one language.
fn told_as_allowed<'a>(status: &Status, details: &'a ErrorDetails) -> Option<&'a str> {
    let rpcs = details.error_info()?.metadata.get("allowed")?.as_str();
    (!rpcs.is_empty() && status.message().contains(rpcs)).then_some(rpcs)
}

/// The wrong fields in both languages, which the simple form of the details leaves out.
fn violations(status: &Status) -> Vec<pb::bad_request::FieldViolation> {
    let details = pb::Status::decode(status.details()).unwrap_or_default().details;
    let bad = details.iter().find(|detail| detail.type_url.ends_with("/google.rpc.BadRequest"));
    let bad = bad.and_then(|bad| pb::BadRequest::decode(bad.value.as_slice()).ok());
    bad.unwrap_or_default().field_violations
}

fn hints(status: &Status, details: &ErrorDetails) -> String {
    let mut text = String::new();
    let metadata = details.error_info().map(|info| &info.metadata);
    // A message that names the codes already is not said twice.
    let said = |key: &str| {
        metadata
            .and_then(|metadata| metadata.get(key))
            .filter(|v| !v.is_empty() && !status.message().contains(v.as_str()))
    };
    for key in ["did_you_mean", "suggestions"] {
        if let Some(codes) = said(key) {
            write!(text, "\n  did you mean / 您是否要找: {codes}").ok();
        }
    }
    if let Some(codes) = said("successors") {
        write!(text, "\n  now / 现为: {codes}").ok();
    }
    if let Some(allowed) = said("allowed") {
        write!(text, "\n  allowed now / 当前可执行: {allowed}").ok();
    }
    if let Some(delay) = details.retry_info().and_then(|info| info.retry_delay) {
        write!(text, "\n  try again in / 请稍后重试: {} s", delay.as_secs_f32().ceil()).ok();
    }
    if let Some(request) = details.request_info() {
        write!(text, "\n  trace / 跟踪号: {}", request.request_id).ok();
    }
    if status.code() == Code::Unauthenticated {
        text.push_str(
            "\n  give a token with --token or YIWANG_TOKEN / 请用 --token 或 YIWANG_TOKEN 提供令牌",
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::{Problem, Violations};

    #[test]
    fn every_violation_is_told_in_both_languages() {
        let mut violations = Violations::new();
        violations.add("grid_code", "MALFORMED", "15 digits are wanted", "应为15位数字");
        violations.add("scale", "REQUIRED", "is required", "必填");
        let status = Status::from(violations.finish("dispatch.yiwang").unwrap_err());
        let text = refused(&status);
        for part in [
            "INVALID_FIELDS",
            "个字段有误",
            "15 digits are wanted / 应为15位数字",
            "scale: is required",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(text.lines().count(), 4);
        let json = Failure::from(status).json().unwrap();
        assert_eq!(
            (&json["code"], &json["reason"]),
            (&json!("invalid_argument"), &json!("INVALID_FIELDS"))
        );
        assert_eq!(json["fieldViolations"][0]["field"], "grid_code");
        assert!(json["messageZh"].as_str().unwrap().contains("字段有误"), "{json}");
    }

    #[test]
    fn what_was_perhaps_meant_is_told() {
        let problem = Problem::new(
            Code::NotFound,
            "GRID_NOT_FOUND",
            "registry.yiwang",
            "no such grid",
            "没有这个网格",
        )
        .with("did_you_mean", "370306004006001");
        let text = refused(&problem.into());
        assert!(text.contains("did you mean / 您是否要找: 370306004006001"), "{text}");
    }

    #[test]
    fn the_step_that_a_paper_waits_for_is_told_as_it_is_typed() {
        let rejection = dispatch::domain::rejection::Rejection::PaperTooEarly {
            missing: dispatch::domain::command::Verb::CallTeam,
            en: "no agreement has been recorded",
            zh: "尚未登记达成的协议",
        };
        let text = refused(&Status::from(Problem::from(rejection)));
        assert!(text.contains("next is call") && text.contains("下一步:call"), "{text}");
        assert!(!text.contains("CallTeam"), "{text}");
    }

    #[test]
    fn what_a_state_allows_is_told_once_in_each_language_and_as_it_is_typed() {
        let rejection = dispatch::domain::rejection::Rejection::IllegalTransition {
            dispute_id: uuid::Uuid::nil(),
            state: "REPORTED",
            verb: dispatch::domain::command::Verb::Close,
            allowed: dispatch::domain::dispute::State::Reported.allowed(),
        };
        let status = Status::from(Problem::from(rejection));
        let text = refused(&status);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert_eq!(text.matches("accept, reject, merge").count(), 2, "{text}");
        assert!(text.contains("does not allow close;") && !text.contains("Dispute"), "{text}");
        let json = Failure::from(status).json().unwrap();
        assert!(json["violations"][0]["description"].as_str().unwrap().contains("AcceptDispute"));
    }

    #[test]
    fn a_server_that_is_not_there_has_its_own_exit_code() {
        let failure = Failure::from(Status::unavailable("tcp connect error"));
        assert!(failure.tell().unwrap().contains("YIWANG_SERVER"));
        assert_eq!(failure.exit(), ExitCode::from(EXIT_UNREACHABLE));
        assert_eq!(failure.json().unwrap()["reason"], "UNREACHABLE");
        let busy =
            Problem::new(Code::Unavailable, "STORE_UNAVAILABLE", "x.yiwang", "down", "不可用");
        assert_eq!(Failure::from(Status::from(busy)).exit(), ExitCode::from(EXIT_REFUSED));
    }
}
