//! Lists: a subtree, a day, a page.

use jiff::civil::Date;
use kit::{Call, Problem};
use ledger::page::{self, PageError};
use ledger::{Row, Value, area_end};
use tonic::Code;

use super::{Api, scope};
use crate::domain::code::AreaCode;
use crate::domain::day::business_date;
use crate::domain::rejection::What;
use crate::error::{DOMAIN, not_found};
use crate::project;

use super::convert::form::Form;

/// A list that is asked for.
pub(super) struct List {
    /// Root of the subtree.
    pub(super) area: AreaCode,
    /// The day.
    pub(super) day: Date,
    after: String,
    size: u32,
    filter: Vec<u8>,
}

/// What every list request has.
pub(super) struct Asked<'a> {
    pub(super) area_code: &'a str,
    pub(super) as_of_date: &'a str,
    pub(super) page_size: i32,
    pub(super) page_token: &'a str,
}

impl Api {
    /// The day of a question; empty = today.
    pub(super) fn day(&self, form: &mut Form, field: &str, text: &str) -> Date {
        form.day(field, text).unwrap_or_else(|| business_date(self.ledger.now()))
    }

    /// Reads what every list request has. `more` is the rest of the filter, which page tokens belong to as well.
    pub(super) fn list(
        &self,
        call: &Call,
        mut form: Form,
        asked: &Asked<'_>,
        more: &str,
    ) -> Result<List, Problem> {
        let day = self.day(&mut form, "as_of_date", asked.as_of_date);
        let area = form.optional("area_code", asked.area_code, AreaCode::parse);
        let size = page::size(asked.page_size).map_err(|_| {
            form.wrong("page_size", "OUT_OF_RANGE", "must not be negative", "不能为负数");
        });
        form.finish()?;
        let area = match area {
            Some(area) if call.caller.sees(area.as_str()) => area,
            Some(area) => return Err(not_found(What::Area, area.as_str(), &[])),
            None => scope(call)?.0,
        };
        let filter = format!("{area}|{}|{more}", asked.as_of_date).into_bytes();
        let after = page::decode(asked.page_token, &filter).map_err(foreign_token)?;
        Ok(List { area, day, after: after.unwrap_or_default(), size: size.unwrap_or(1), filter })
    }

    /// Runs a statement whose first column is the key of the list and whose last argument but `last` is the size.
    pub(super) async fn page(
        &self,
        doing: &'static str,
        sql: &'static str,
        list: &List,
        filters: Vec<Value>,
        last: Vec<Value>,
    ) -> Result<(Vec<Row>, String), Problem> {
        let mut arguments: Vec<Value> = vec![
            list.area.as_str().into(),
            area_end(list.area.as_str()).into(),
            list.after.as_str().into(),
            project::day(list.day),
        ];
        arguments.extend(filters);
        arguments.push(i64::from(list.size + 1).into());
        arguments.extend(last);
        let rows = self.ledger.db().rows(doing, sql, arguments).await;
        let mut rows = rows.map_err(|error| error.into_problem(DOMAIN))?;
        let size = usize::try_from(list.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return Ok((rows, String::new()));
        }
        rows.truncate(size);
        let last = rows.last().map_or(Ok(""), |row| row.text(0));
        let last = last.map_err(|error| error.into_problem(DOMAIN))?;
        let token = page::encode(&list.filter, last);
        Ok((rows, token))
    }
}

/// The body of a row, read as what it holds.
pub(super) fn body<T: serde::de::DeserializeOwned>(row: &Row) -> Result<T, Problem> {
    let text = row.text(1).map_err(|error| error.into_problem(DOMAIN))?;
    serde_json::from_str(text).map_err(|_| Problem::internal(DOMAIN))
}

pub(super) fn foreign_token(_: PageError) -> Problem {
    Problem::new(
        Code::InvalidArgument,
        "PAGE_TOKEN_INVALID",
        DOMAIN,
        "the page token is none of ours or belongs to another query",
        "分页标记无效或属于另一查询",
    )
    .violation("page_token", "PAGE_TOKEN_INVALID", "belongs to another query", "属于另一查询")
}
