//! What is wrong with a cell, in English and Chinese.

use yiwang_proto::dispatch::v1 as pb;

use super::columns::SEALED;
use crate::domain::codes::looks_personal;
use crate::domain::dispute_types::{Usage, find};
use crate::domain::takeover::{FaultReason, RowFault};

/// A fault as the wire shows it. The cell is repeated from the request, and only when it looks like a code or a date.
pub(crate) fn fault(fault: &RowFault, body: &pb::ImportLedgerRequest) -> pb::LedgerFault {
    let row = body.rows.iter().find(|row| row.line == fault.line);
    let cell = row.and_then(|row| row.cells.get(&fault.column)).map(|text| text.trim());
    let column = &fault.column;
    let (en, zh) = said(fault.reason);
    let (also, also_zh) = hinted(fault);
    pb::LedgerFault {
        line: fault.line,
        column: column.clone(),
        value: cell.map(|text| shown(column, text)).unwrap_or_default(),
        reason: name(fault.reason),
        message: format!("{column} {en}{also}"),
        message_zh: format!("{column}：{zh}{also_zh}"),
    }
}

/// The reason as the contract names it.
pub(crate) fn name(reason: FaultReason) -> String {
    let wire = reason_to(reason).as_str_name();
    wire.trim_start_matches("LEDGER_FAULT_REASON_").to_owned()
}

/// The cell, or how long it is.
fn shown(column: &str, text: &str) -> String {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+".contains(&byte);
    let code = text.len() <= 40 && text.bytes().all(fits) && !looks_personal(text);
    match text {
        "" => String::new(),
        code_like if code && !SEALED.contains(&column) => code_like.to_owned(),
        other => format!("({} characters)", other.chars().count()),
    }
}

/// What the hint of a fault says.
fn hinted(fault: &RowFault) -> (String, String) {
    let hint = fault.hint.as_str();
    if fault.reason == FaultReason::TypeRoutedOut
        && let Some(Usage::RouteOut { body_zh, body_en }) = find(hint).map(|found| &found.usage)
    {
        return (format!(": competent is {body_en}"), format!("，请移交{body_zh}"));
    }
    if hint.is_empty() {
        return (String::new(), String::new());
    }
    match fault.reason {
        FaultReason::TypeNeedsChoice => {
            let name = |code: &str| format!("{code} {}", crate::domain::old_types::name_of(code));
            let names: Vec<String> = hint.split('|').map(name).collect();
            (format!(": {}", hint.replace('|', ", ")), format!("：{}", names.join("、")))
        }
        FaultReason::CommunityAmbiguous => {
            (format!(": {}", hint.replace(',', ", ")), format!("：{}", hint.replace(',', "、")))
        }
        FaultReason::UnknownValue => {
            (format!(": {}", hint.replace('|', ", ")), format!("：{}", hint.replace('|', "、")))
        }
        FaultReason::DatesContradict | FaultReason::Differs => {
            (format!(" ({hint})"), format!("（{hint}）"))
        }
        FaultReason::NotApplicable => (format!(" (of {hint})"), format!("（{hint}）")),
        FaultReason::Missing
        | FaultReason::UnknownColumn
        | FaultReason::ColumnNotKept
        | FaultReason::NotACode
        | FaultReason::ScientificNumber
        | FaultReason::LeadingZeroLost
        | FaultReason::NotADate
        | FaultReason::DateSerial
        | FaultReason::DateInFuture
        | FaultReason::OutOfRange
        | FaultReason::NotANumber
        | FaultReason::TooLong
        | FaultReason::ControlCharacter
        | FaultReason::TypeRoutedOut
        | FaultReason::TooFewParties
        | FaultReason::TooMany
        | FaultReason::PersonalNumber
        | FaultReason::Duplicate
        | FaultReason::OutsideCaller
        | FaultReason::UnknownReference
        | FaultReason::UnitElsewhere => (String::new(), String::new()),
    }
}

/// What a reason says of a column.
#[rustfmt::skip]
fn said(reason: FaultReason) -> (&'static str, &'static str) {
    match reason {
        FaultReason::Missing => ("is required", "必填"),
        FaultReason::UnknownColumn => ("is no column of a ledger", "台账没有此列"),
        FaultReason::ColumnNotKept => ("asks for what is never kept of anybody; leave the column out", "属于不予留存的个人信息，请删去该列"),
        FaultReason::NotACode => ("is not a code of the right form", "不是形式正确的代码"),
        FaultReason::ScientificNumber => ("was turned into a number by a spreadsheet; format the column as text", "代码被表格软件转成了科学计数；请将该列设为文本格式"),
        FaultReason::LeadingZeroLost => ("lost digits in a spreadsheet; format the column as text", "代码开头的零被表格软件去掉；请将该列设为文本格式"),
        FaultReason::NotADate => ("is not a date such as 2026-02-13", "不是 2026-02-13 形式的日期"),
        FaultReason::DateSerial => ("is a spreadsheet's day number; format the column as text", "日期被表格软件转成了序号；请将该列设为文本格式"),
        FaultReason::DateInFuture => ("lies in the future", "晚于今天"),
        FaultReason::DatesContradict => ("does not fit with an earlier day of the row", "与本行较早的日期矛盾"),
        FaultReason::OutOfRange => ("is outside what is allowed", "超出允许范围"),
        FaultReason::NotANumber => ("is not a number", "不是数字"),
        FaultReason::TooLong => ("is too long", "过长"),
        FaultReason::ControlCharacter => ("has characters that were read in a wrong encoding", "含有控制字符，或文件编码读取有误"),
        FaultReason::UnknownValue => ("is not one of the values of this column", "不是该列允许的取值"),
        FaultReason::NotApplicable => ("has to be empty, or to fit with the rest of the row", "与本行其他内容不符，应为空或改正"),
        FaultReason::TypeRoutedOut => ("is not recorded here", "该类事项不在本系统登记"),
        FaultReason::TypeNeedsChoice => ("can be one of several types; name one in type_code", "对应多个类型，请在 type_code 中填写其一"),
        FaultReason::TooFewParties => ("tells of fewer than two parties", "当事人少于两方"),
        FaultReason::TooMany => ("has too many entries", "条目过多"),
        FaultReason::PersonalNumber => ("has an identity-card or telephone number where none is kept", "含有身份证或电话号码，此处不予留存"),
        FaultReason::Duplicate => ("came before in this file", "在本文件中重复"),
        FaultReason::Differs => ("was taken over before, with something else", "此编号已导入过，且内容不同"),
        FaultReason::OutsideCaller => ("lies outside your area", "不在您的辖区内"),
        FaultReason::UnknownReference => ("names nothing that exists today", "所指的网格、村社或单位不存在或已停用"),
        FaultReason::CommunityAmbiguous => ("has several grids; name one in grid_code", "有多个网格，请在 grid_code 中填写其一"),
        FaultReason::UnitElsewhere => ("is responsible for another place", "该单位不负责此地"),
    }
}

fn reason_to(reason: FaultReason) -> pb::LedgerFaultReason {
    use pb::LedgerFaultReason as Wire;
    match reason {
        FaultReason::Missing => Wire::Missing,
        FaultReason::UnknownColumn => Wire::UnknownColumn,
        FaultReason::ColumnNotKept => Wire::ColumnNotKept,
        FaultReason::NotACode => Wire::NotACode,
        FaultReason::ScientificNumber => Wire::ScientificNumber,
        FaultReason::LeadingZeroLost => Wire::LeadingZeroLost,
        FaultReason::NotADate => Wire::NotADate,
        FaultReason::DateSerial => Wire::DateSerial,
        FaultReason::DateInFuture => Wire::DateInFuture,
        FaultReason::DatesContradict => Wire::DatesContradict,
        FaultReason::OutOfRange => Wire::OutOfRange,
        FaultReason::NotANumber => Wire::NotANumber,
        FaultReason::TooLong => Wire::TooLong,
        FaultReason::ControlCharacter => Wire::ControlCharacter,
        FaultReason::UnknownValue => Wire::UnknownValue,
        FaultReason::NotApplicable => Wire::NotApplicable,
        FaultReason::TypeRoutedOut => Wire::TypeRoutedOut,
        FaultReason::TypeNeedsChoice => Wire::TypeNeedsChoice,
        FaultReason::TooFewParties => Wire::TooFewParties,
        FaultReason::TooMany => Wire::TooMany,
        FaultReason::PersonalNumber => Wire::PersonalNumber,
        FaultReason::Duplicate => Wire::Duplicate,
        FaultReason::Differs => Wire::Differs,
        FaultReason::OutsideCaller => Wire::OutsideCaller,
        FaultReason::UnknownReference => Wire::UnknownReference,
        FaultReason::CommunityAmbiguous => Wire::CommunityAmbiguous,
        FaultReason::UnitElsewhere => Wire::UnitElsewhere,
    }
}
