//! `yiwang party`: a case as its party sees it, with the case code and the PIN of its receipt; and what desks do with PINs.
//!
//! A PIN is never an argument: other users of the machine see those, and the shell keeps them.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use yiwang_proto::dispatch::v1::{
    GetMyCaseRequest, MyCase, MyOpening, RateMyCaseRequest, ReissuePinRequest, ReopenMyCaseRequest,
    Words,
};

use super::Context;
use super::shared::{field, show_wire};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// `yiwang party …`
#[derive(Debug, Subcommand)]
pub(crate) enum Party {
    /// Shows a case: how far it is, who has it, until when, and who opened its details.
    #[command(after_help = "Example: yiwang party show 0306-4821-93756 --pin-file - < pin")]
    Show(Receipt),
    /// Says how satisfied the party is with the outcome.
    Rate {
        #[command(flatten)]
        receipt: Receipt,
        /// How satisfied.
        #[arg(value_parser = labels::satisfaction::parser())]
        satisfaction: i32,
        /// Words to it; sealed.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Has the case done again, because its outcome does not hold.
    Reopen {
        #[command(flatten)]
        receipt: Receipt,
        /// Words to it; sealed.
        #[arg(long, default_value = "")]
        note: String,
    },
}

/// What a party has in its hand.
#[derive(Debug, clap::Args)]
pub(crate) struct Receipt {
    /// Case code of the receipt.
    case_code: String,
    /// File that the PIN is read from, or - for the standard input; default: it is asked for on the terminal.
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

/// `yiwang dispute reissue-pin`.
#[derive(Debug, clap::Args)]
pub(crate) struct Reissue {
    /// Id or case code of the dispute.
    pub(crate) dispute: String,
}

pub(crate) async fn run(command: Party, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    let mut parties = session.parties();
    match command {
        Party::Show(receipt) => {
            let (case_code, pin) = receipt.read()?;
            let answer = parties.get_my_case(GetMyCaseRequest { case_code, pin }).await?;
            let answer = answer.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            show(screen, &answer.case.unwrap_or_default())
        }
        Party::Rate { receipt, satisfaction, note } => {
            let (case_code, pin) = receipt.read()?;
            let request_id = session.request_id();
            let request = RateMyCaseRequest { request_id, case_code, pin, satisfaction, note };
            let answer = parties.rate_my_case(request).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            screen.line("recorded; thank you / 已记录您的评价，谢谢")
        }
        Party::Reopen { receipt, note } => {
            let (case_code, pin) = receipt.read()?;
            let request_id = session.request_id();
            let request = ReopenMyCaseRequest { request_id, case_code, pin, note };
            let answer = parties.reopen_my_case(request).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            screen.line("the case is done again / 案件已重新办理")
        }
    }
}

/// Gives a case a new PIN.
pub(crate) async fn reissue(
    session: &Session,
    screen: Screen,
    dispute_id: String,
) -> Result<(), Failure> {
    let (request_id, etag) = (session.request_id(), String::new());
    let request = ReissuePinRequest { request_id, dispute_id, etag };
    let answer = session.disputes().reissue_pin(request).await?.into_inner();
    if screen.json {
        return screen.message(&answer);
    }
    if answer.pin.is_empty() {
        let text =
            "the request was repeated, and a PIN is given once; ask again without --request-id";
        return Err(Failure::wrong(text, "重复请求不再给出密码，请去掉 --request-id 重新办理"));
    }
    let line = receipt_line(&answer.dispute.unwrap_or_default().case_code, &answer.pin);
    screen.line(line.unwrap_or_default())
}

/// The line that is handed over to a party; none without a PIN.
pub(crate) fn receipt_line(case_code: &str, pin: &str) -> Option<String> {
    (!pin.is_empty()).then(|| {
        format!(
            "receipt / 回执: case code 案件编码 {case_code} · PIN 查询密码 {pin}  (shown this once / 仅显示一次)"
        )
    })
}

impl Receipt {
    /// Case code and PIN.
    fn read(self) -> Result<(String, String), Failure> {
        let pin = read_pin(self.pin_file.as_deref())?;
        Ok((self.case_code, pin))
    }
}

fn read_pin(file: Option<&Path>) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    let read = match file {
        Some(path) if path.as_os_str() != "-" => std::fs::read_to_string(path),
        None if stdin.is_terminal() => rpassword::prompt_password("PIN / 查询密码: "),
        Some(_) | None => {
            let mut line = String::new();
            stdin.lock().read_line(&mut line).map(|_| line)
        }
    };
    let text = read.map_err(|error| {
        Failure::wrong(format!("the PIN cannot be read: {error}"), "无法读取查询密码")
    })?;
    Ok(text.trim().to_owned())
}

fn both(words: Option<&Words>) -> String {
    words.map(|words| format!("{} / {}", words.en, words.zh)).unwrap_or_default()
}

fn show(screen: Screen, case: &MyCase) -> Result<(), Failure> {
    let handler = case.handler.clone().unwrap_or_default();
    let mut rows = vec![
        field("State 状态", both(case.state_words.as_ref())),
        field("Next 下一步", both(case.next_words.as_ref())),
        field("Reported 登记", show_wire(case.report_time.as_ref())),
        field("With 承办", named(&handler.area_name, &handler.area_code)),
    ];
    if !handler.unit_id.is_empty() {
        rows.push(field("Unit 单位", named(&handler.unit_name, &handler.unit_id)));
    }
    if !handler.mediator_name.is_empty() {
        rows.push(field("Mediation 调解组织", handler.mediator_name));
    }
    for deadline in &case.deadlines {
        rows.push(field("Deadline 时限", both(deadline.words.as_ref())));
    }
    if case.supervised {
        rows.push(field("Supervision 督办", both(case.supervision_words.as_ref())));
    }
    if let Some(outcome) = &case.outcome {
        rows.push(field("Outcome 结果", both(outcome.words.as_ref())));
        let days = [
            ("Agreed on 协议日期", outcome.agreement_date.clone()),
            ("To perform 履行日期", outcome.performance_dates.join(", ")),
            ("Court confirmation until 司法确认截止", outcome.confirmation_until_date.clone()),
            ("Can be reopened until 可申请重办至", outcome.reopen_until_date.clone()),
            ("Rated 评价", labels::satisfaction::label(outcome.satisfaction)),
        ];
        let days = days.into_iter().filter(|(_, text)| !text.is_empty());
        rows.extend(days.map(|(label, text)| field(label, text)));
    }
    screen.table(&["Case 案件", ""], rows)?;
    openings(screen, &case.openings)
}

fn named(name: &str, code: &str) -> String {
    if name.is_empty() { code.to_owned() } else { format!("{name} ({code})") }
}

fn openings(screen: Screen, openings: &[MyOpening]) -> Result<(), Failure> {
    if openings.is_empty() {
        return screen.line("nobody has opened the details / 尚无人查看过当事人信息");
    }
    let rows = openings.iter().map(|opening| {
        vec![
            show_wire(opening.open_time.as_ref()),
            (if opening.file { "a file 文件" } else { "details 详情" }).to_owned(),
            named(&opening.unit_name, &opening.unit_id),
            opening.caller_id.clone(),
            both(opening.purpose_words.as_ref()),
        ]
    });
    screen.table(
        &["Opened 查看时间", "What 内容", "Unit 单位", "Desk 岗位", "For 用途"],
        rows.collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_read_from_a_file_without_its_end_of_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pin");
        std::fs::write(&file, "012345\r\n").unwrap();
        assert_eq!(read_pin(Some(&file)).unwrap(), "012345");
        let none = read_pin(Some(&folder.path().join("none"))).unwrap_err();
        assert!(none.tell().unwrap().contains("cannot be read"));
    }
}
