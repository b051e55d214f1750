//! Reads the fields of a request and collects everything that is wrong with them.

use jiff::civil::Date;
use kit::{Problem, Violations};
use uuid::Uuid;
use yiwang_proto::registry::v1 as pb;

use crate::domain::code::{NotACode, Slug};
use crate::domain::geojson;
use crate::domain::limits;
use crate::domain::place::{Outline, Point};
use crate::error::DOMAIN;

/// A request that is being read. Every reader returns nothing where something is wrong, and `finish` says what.
#[derive(Debug, Default)]
pub(crate) struct Form(Violations);

impl Form {
    /// Adds a wrong field.
    pub(crate) fn wrong(&mut self, field: &str, reason: &'static str, en: &str, zh: &str) {
        self.0.add(field, reason, en, zh);
    }

    /// Everything that is wrong, if anything is.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        self.0.finish(DOMAIN)
    }

    /// What was read, or everything that is wrong.
    pub(crate) fn done<T>(self, read: Option<T>) -> Result<T, Problem> {
        self.0.finish(DOMAIN)?;
        read.ok_or_else(|| Problem::internal(DOMAIN))
    }

    /// The id of the request.
    pub(crate) fn request_id(&mut self, text: &str) -> Option<Uuid> {
        let id = Uuid::try_parse(text).ok();
        if id.is_none() {
            self.wrong("request_id", "NOT_A_UUID", "must be a UUID", "须为 UUID");
        }
        id
    }

    /// An etag; empty = do not check.
    pub(crate) fn etag(&mut self, text: &str) -> Option<u64> {
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let revision = bare.and_then(|text| text.parse().ok());
        if revision.is_none() && !text.is_empty() {
            self.wrong(
                "etag",
                "NOT_AN_ETAG",
                "must be an etag of this service",
                "不是本服务的 etag",
            );
        }
        revision
    }

    /// A code; required.
    pub(crate) fn code<T>(
        &mut self,
        field: &str,
        text: &str,
        parse: fn(&str) -> Result<T, NotACode>,
    ) -> Option<T> {
        if text.is_empty() {
            self.wrong(field, "REQUIRED", "is required", "必填");
            return None;
        }
        let code = parse(text).ok();
        if code.is_none() {
            self.wrong(field, "NOT_A_CODE", "is not a code of the right form", "代码格式不正确");
        }
        code
    }

    /// A code; nothing when the field is empty.
    pub(crate) fn optional<T>(
        &mut self,
        field: &str,
        text: &str,
        parse: fn(&str) -> Result<T, NotACode>,
    ) -> Option<T> {
        if text.is_empty() { None } else { self.code(field, text, parse) }
    }

    /// Codes, at most `most` and each one once.
    pub(crate) fn codes<T: Ord + Clone>(
        &mut self,
        field: &str,
        texts: &[String],
        most: usize,
        parse: fn(&str) -> Result<T, NotACode>,
    ) -> Vec<T> {
        if texts.len() > most {
            self.wrong(field, "TOO_MANY", "has too many entries", "条目过多");
            return Vec::new();
        }
        let entries = texts.iter().enumerate();
        let codes: Vec<T> = entries
            .filter_map(|(index, text)| self.code(&format!("{field}[{index}]"), text, parse))
            .collect();
        let distinct: std::collections::BTreeSet<T> = codes.iter().cloned().collect();
        if distinct.len() != codes.len() {
            self.wrong(field, "DUPLICATE", "has the same entry twice", "条目重复");
        }
        codes
    }

    /// An id that the caller may leave to the service.
    pub(crate) fn id_or(&mut self, field: &str, text: &str, fresh: Uuid) -> Option<Slug> {
        if text.is_empty() {
            return Slug::parse(&fresh.to_string()).ok();
        }
        self.code(field, text, Slug::parse)
    }

    /// A text of 1 to `most` characters without control characters.
    pub(crate) fn name(&mut self, field: &str, text: &str, most: usize) -> Option<String> {
        let text = text.trim();
        if text.is_empty() {
            self.wrong(field, "REQUIRED", "is required", "必填");
        } else if text.chars().count() > most {
            self.wrong(field, "TOO_LONG", "is too long", "过长");
        } else if text.chars().any(char::is_control) {
            self.wrong(field, "CONTROL_CHARACTER", "has control characters", "含有控制字符");
        } else if limits::begins_like_a_formula(text) {
            self.wrong(field, "FORMULA", "begins like a formula (= + - @)", "以公式字符开头");
        } else {
            return Some(text.to_owned());
        }
        None
    }

    /// A work phone; empty = none.
    pub(crate) fn phone(&mut self, field: &str, text: &str) -> Option<String> {
        let fits = limits::is_phone(text);
        if !fits {
            self.wrong(field, "NOT_A_PHONE", "is not a phone number", "不是电话号码");
        }
        fits.then(|| text.to_owned())
    }

    /// A day; nothing when the field is empty.
    pub(crate) fn day(&mut self, field: &str, text: &str) -> Option<Date> {
        if text.is_empty() {
            return None;
        }
        let day = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
        let day = day.filter(|day| (1949..2200).contains(&day.year()));
        if day.is_none() {
            let en = "must be a date such as 2026-02-13, from 1949 on";
            self.wrong(field, "NOT_A_DATE", en, "须为 2026-02-13 形式的日期");
        }
        day
    }

    /// An outline; nothing when the field is empty.
    pub(crate) fn outline(&mut self, field: &str, text: &str) -> Option<Outline> {
        if text.is_empty() {
            return None;
        }
        match geojson::parse(text) {
            Ok(outline) => Some(outline),
            Err(fault) => {
                self.wrong(field, "BAD_OUTLINE", &fault.to_string(), fault.zh());
                None
            }
        }
    }

    /// A point; nothing when the field is absent.
    pub(crate) fn point(&mut self, field: &str, point: Option<&pb::GeoPoint>) -> Option<Point> {
        let point = point?;
        let read = Point::of(point.longitude, point.latitude);
        if read.is_none() {
            self.wrong(field, "OUT_OF_RANGE", "is not on the earth", "坐标超出范围");
        }
        read
    }

    /// A value of an enum; nothing when it is unspecified.
    pub(crate) fn choice<T>(
        &mut self,
        field: &str,
        value: i32,
        read: impl Fn(i32) -> Option<T>,
    ) -> Option<T> {
        let choice = read(value);
        if choice.is_none() && value != 0 {
            self.wrong(field, "UNKNOWN_VALUE", "is not a known value", "取值未知");
        }
        choice
    }

    /// A value of an enum; required.
    pub(crate) fn chosen<T>(
        &mut self,
        field: &str,
        value: i32,
        read: impl Fn(i32) -> Option<T>,
    ) -> Option<T> {
        if value == 0 {
            self.wrong(field, "REQUIRED", "is required", "必填");
        }
        self.choice(field, value, read)
    }
}
