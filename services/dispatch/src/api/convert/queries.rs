//! Requests that only ask.

use jiff::Timestamp;
use kit::Problem;
use ledger::Foreign;
use prost::Message;
use tonic::Code;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::enums;
use super::form::Form;
use crate::domain::case_code::{CaseCode, NoCaseCode};
use crate::domain::codes::AreaCode;
use crate::domain::dispute::Place;
use crate::domain::dispute_types::{self, DisputeType, Usage};
use crate::error::DOMAIN;
use crate::store::lists::{Selection, Way};
use crate::store::{Counted, Counting};

/// Every state, every level.
const ALL_STATES: i64 = (1 << 13) - 2;
const ALL_LEVELS: i64 = (1 << 4) - 1;
/// Most bytes of a page, whatever its size: clients of gRPC take 4 MiB.
pub(crate) const PAGE_BYTES: usize = 2 << 20;

/// A page of something.
#[derive(Debug)]
pub(crate) struct Paged<T> {
    /// Of what.
    pub(crate) query: T,
    /// Most entries.
    pub(crate) size: u32,
    /// Key to go on after; empty = from the beginning.
    pub(crate) after: String,
    /// What a token of this query is bound to.
    pub(crate) filter: Vec<u8>,
}

impl<T> Paged<T> {
    /// The entries of a page, each with its key, as far as they fit, and the token to go on after them.
    pub(crate) fn fill<M: Message>(&self, entries: Vec<(String, M)>) -> (Vec<M>, String) {
        let (found, mut bytes, mut last) = (entries.len(), 0, None);
        let mut page = Vec::with_capacity(found);
        for (key, entry) in entries {
            bytes += entry.encoded_len();
            if bytes > PAGE_BYTES && !page.is_empty() {
                break;
            }
            page.push(entry);
            last = Some(key);
        }
        let entries = if page.len() < found { self.size as usize } else { found };
        (page, self.next(entries, last))
    }

    /// A token to go on after `last`; empty without one.
    pub(crate) fn token(&self, last: Option<&str>) -> String {
        last.map(|last| ledger::page::encode(&self.filter, last)).unwrap_or_default()
    }

    /// The token to go on after `last`, when the page is full.
    pub(crate) fn next(&self, entries: usize, last: Option<String>) -> String {
        match last {
            Some(last) if entries == self.size as usize => {
                ledger::page::encode(&self.filter, &last)
            }
            Some(_) | None => String::new(),
        }
    }
}

pub(crate) fn paged<T>(
    mut form: Form,
    query: Option<T>,
    filter: Vec<u8>,
    page: (i32, &str),
) -> Result<Paged<T>, Problem> {
    let (size, token) = page;
    let size = ledger::page::size(size).ok();
    if size.is_none() {
        form.wrong("page_size", "OUT_OF_RANGE", "not negative is wanted", "不得为负数");
    }
    let after = ledger::page::decode(token, &filter).ok();
    if after.is_none() {
        let (en, zh) = ("the token belongs to another query", "分页标记不属于本次查询");
        form.wrong("page_token", "FOREIGN_TOKEN", en, zh);
    }
    let read =
        || Some(Paged { query: query?, size: size?, after: after?.unwrap_or_default(), filter });
    form.finish(read())
}

/// Area of a query, within the caller's.
pub(crate) fn scope(caller: AreaCode, asked: Option<AreaCode>) -> Result<AreaCode, Problem> {
    let area = asked.unwrap_or(caller);
    if caller.covers(&area) {
        return Ok(area);
    }
    Err(crate::domain::rejection::Rejection::AreaNotYours { area }.into())
}

pub(crate) fn dispute_id(text: &str) -> Result<Uuid, Problem> {
    let mut form = Form::default();
    let id = form.uuid("dispute_id", text);
    form.finish(id)
}

/// A case code.
pub(crate) fn case_code(text: &str) -> Result<CaseCode, Problem> {
    let mut form = Form::default();
    form.required("case_code", text);
    let code = match CaseCode::parse(text) {
        Ok(code) => Some(code),
        Err(NoCaseCode::Form) => {
            if !text.is_empty() {
                form.wrong("case_code", "MALFORMED", "thirteen digits are wanted", "须为13位数字");
            }
            None
        }
        Err(NoCaseCode::CheckDigit) => {
            let (en, zh) =
                ("the check digit is wrong; a digit was misheard", "校验位不符,请核对编码");
            form.wrong("case_code", "CHECK_DIGIT", en, zh);
            None
        }
    };
    form.finish(code)
}

/// A case code that is not known here and that another node gave: says which one to ask.
pub(crate) fn of_other_node(code: CaseCode) -> Problem {
    let number = format!("{:04}", code.node());
    let en = format!("the case code belongs to node {number}");
    let zh = format!("该案件编码由节点 {number} 发出");
    Problem::new(Code::NotFound, "CASE_CODE_OF_OTHER_NODE", DOMAIN, en, zh)
        .with("node_number", number)
}

pub(crate) fn list(
    body: &pb::ListDisputesRequest,
    caller: AreaCode,
) -> Result<Paged<Selection>, Problem> {
    let mut form = Form::default();
    let area = form.area("area_code", &body.area_code);
    let states = mask(&mut form, "states", &body.states, |state| {
        pb::dispute::State::try_from(state)
            .is_ok_and(|state| state != pb::dispute::State::Unspecified)
    });
    let levels =
        mask(&mut form, "levels", &body.levels, |level| enums::level_from(level).is_some());
    let types = types(&mut form, &body.type_code);
    let reported =
        reported(&mut form, body.report_time_from.as_ref(), body.report_time_until.as_ref());
    let way = way(&mut form, body);
    let query = || {
        Some((
            area?,
            Selection {
                way: way?,
                area: area?.unwrap_or(caller),
                states: states?.unwrap_or(ALL_STATES),
                levels: levels?.unwrap_or(ALL_LEVELS),
                types: types?,
                reported: reported?,
            },
        ))
    };
    let mut filter = body.clone();
    filter.page_size = 0;
    filter.page_token = String::new();
    let filter = [b"disputes", caller.as_str().as_bytes(), &filter.encode_to_vec()].concat();
    let page = paged(form, query(), filter, (body.page_size, &body.page_token))?;
    let area = scope(caller, page.query.0)?;
    let query = Selection { area, ..page.query.1 };
    Ok(Paged { query, size: page.size, after: page.after, filter: page.filter })
}

/// How disputes are found: one way at most, but that the cases of a place can be listed by their limits.
fn way(form: &mut Form, body: &pb::ListDisputesRequest) -> Option<Way> {
    let mut ways = Vec::new();
    if !body.team_id.is_empty() {
        ways.push(form.id("team_id", &body.team_id).map(Way::Team));
    }
    if let Some(place) = &body.first_handler {
        ways.push(form.place("first_handler", place).map(Way::FirstHandler));
    }
    let holder = body.holder.as_ref().map(|place| form.place("holder", place));
    if let Some(until) = body.due_time_until.as_ref() {
        let until = form.time("due_time_until", Some(until)).flatten();
        let holder = holder.map_or(Some(None), |place| place.map(Some));
        ways.push(until.zip(holder).map(|(until, holder)| Way::DueBefore { until, holder }));
    } else if let Some(place) = holder {
        ways.push(place.map(Way::Holder));
    }
    if ways.len() > 1 {
        let en = "at most one of team_id, holder, first_handler, due_time_until is wanted, but that \
                  holder goes with due_time_until";
        let zh = "查询方式只能选择一种(承办单位与到期时间可以同时使用)";
        form.wrong("team_id", "AMBIGUOUS", en, zh);
    }
    ways.pop().unwrap_or(Some(Way::Subtree))
}

/// Whose board is asked for; none = the caller's.
pub(crate) fn board(body: &pb::GetBoardRequest) -> Result<Option<Place>, Problem> {
    let mut form = Form::default();
    let place = match &body.holder {
        Some(place) => form.place("holder", place).map(Some),
        None => Some(None),
    };
    form.finish(place)
}

/// Bits of a list of enum values; none for an empty list.
fn mask(
    form: &mut Form,
    field: &str,
    values: &[i32],
    known: impl Fn(i32) -> bool,
) -> Option<Option<i64>> {
    let mut bits = 0;
    for (index, value) in values.iter().enumerate() {
        if !known(*value) {
            let field = format!("{field}[{index}]");
            form.wrong(&field, "UNKNOWN_VALUE", "no such value is known here", "取值未知");
            return None;
        }
        bits |= 1_i64 << value;
    }
    Some((bits != 0).then_some(bits))
}

/// First and last type of a class, or one type, or all.
fn types(form: &mut Form, code: &str) -> Option<(String, String)> {
    if code.is_empty() {
        return Some(("00".to_owned(), "9999".to_owned()));
    }
    let known = dispute_types::find(code);
    let (en, zh) = ("no such type in scheme zz17; see ListDisputeTypes", "zz17 分类中没有该代码");
    form.or_wrong(known, "type_code", en, zh)?;
    let last = if code.len() == 2 { format!("{code}99") } else { code.to_owned() };
    Some((code.to_owned(), last))
}

fn reported(
    form: &mut Form,
    from: Option<&prost_types::Timestamp>,
    until: Option<&prost_types::Timestamp>,
) -> Option<(i64, i64)> {
    let from = form.time("report_time_from", from);
    let until = form.time("report_time_until", until);
    let (from, until) =
        (from?.map(Timestamp::as_microsecond), until?.map(Timestamp::as_microsecond));
    Some((from.unwrap_or(i64::MIN), until.unwrap_or(i64::MAX)))
}

/// A page of a dispute's history; the key is a position.
pub(crate) fn history(body: &pb::ListDisputeHistoryRequest) -> Result<Paged<(Uuid, u64)>, Problem> {
    let mut form = Form::default();
    let id = form.uuid("dispute_id", &body.dispute_id);
    let filter = [b"history", body.dispute_id.as_bytes()].concat();
    let page = paged(form, id, filter, (body.page_size, &body.page_token))?;
    let after = page.after.parse().unwrap_or(0);
    Ok(Paged {
        query: (page.query, after),
        size: page.size,
        after: page.after,
        filter: page.filter,
    })
}

/// An event of a dispute.
pub(crate) fn entry(event: Foreign) -> pb::HistoryEntry {
    let header = event.header;
    let actor = header.actor.unwrap_or_default();
    let any = (!event.payload.is_empty()).then(|| prost_types::Any {
        type_url: format!("type.googleapis.com/{}", header.r#type),
        value: event.payload,
    });
    pb::HistoryEntry {
        position: header.position,
        record_time: header.record_time,
        caller_id: actor.caller_id,
        unit_id: actor.unit_id,
        r#type: header.r#type,
        event: any,
    }
}

/// What is counted.
pub(crate) fn count(
    body: &pb::CountDisputesRequest,
    caller: AreaCode,
) -> Result<Counting, Problem> {
    let mut form = Form::default();
    let area = form.area("area_code", &body.area_code);
    let reported =
        reported(&mut form, body.report_time_from.as_ref(), body.report_time_until.as_ref());
    let (mut digits, mut by_state, mut by_class) = (None, false, false);
    for (index, by) in body.by.iter().enumerate() {
        let field = format!("by[{index}]");
        match form.choice(&field, *by, |by| pb::CountBy::try_from(by).ok()) {
            Some(pb::CountBy::State) => by_state = true,
            Some(pb::CountBy::TypeClass) => by_class = true,
            Some(pb::CountBy::District) => digits = Some(deeper(digits, 6)),
            Some(pb::CountBy::Town) => digits = Some(deeper(digits, 9)),
            Some(pb::CountBy::Community) => digits = Some(deeper(digits, 12)),
            Some(pb::CountBy::Grid) => digits = Some(deeper(digits, 15)),
            Some(pb::CountBy::Unspecified) | None => {}
        }
    }
    let read = || Some((area?, reported?));
    let (area, reported) = form.finish(read())?;
    let area = scope(caller, area)?;
    let own = i64::try_from(area.as_str().len()).unwrap_or(15);
    Ok(Counting { area, digits: digits.unwrap_or(own).max(own), by_state, by_class, reported })
}

fn deeper(known: Option<i64>, digits: i64) -> i64 {
    known.map_or(digits, |known| known.max(digits))
}

/// A number of disputes.
pub(crate) fn counted(counted: Counted) -> pb::DisputeCount {
    let state = match counted.state_bit {
        0 => 0,
        bit => i32::try_from(bit.trailing_zeros()).unwrap_or(0),
    };
    pb::DisputeCount {
        area_code: counted.area,
        state,
        type_code: counted.class,
        count: counted.count,
    }
}

/// A page of the types; the key is a code.
pub(crate) fn types_page(body: &pb::ListDisputeTypesRequest) -> Result<Paged<()>, Problem> {
    paged(Form::default(), Some(()), b"types".to_vec(), (body.page_size, &body.page_token))
}

/// A type.
pub(crate) fn dispute_type(known: &DisputeType) -> pb::DisputeType {
    use pb::dispute_type::Use;
    let (usage, zh, en) = match &known.usage {
        Usage::Accept => (Use::Accept, String::new(), String::new()),
        Usage::RouteOut { body_zh, body_en } => (Use::RouteOut, body_zh.clone(), body_en.clone()),
    };
    pb::DisputeType {
        type_code: known.code.clone(),
        parent_code: known.parent.clone(),
        name_zh: known.name_zh.clone(),
        name_en: known.name_en.clone(),
        r#use: usage.into(),
        competent_body_zh: zh,
        competent_body_en: en,
    }
}
