//! Reads the fields of a request and collects everything that is wrong with them.

use jiff::Timestamp;
use kit::{Problem, Violations};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use crate::domain::codes::{AreaCode, GridCode, Id, looks_personal};
use crate::domain::dispute::Place;
use crate::error::DOMAIN;

/// Most bytes of a note.
pub(crate) const NOTE: usize = 4_000;

/// A request that is being read. Every reader returns nothing where something is wrong, and `finish` says what.
#[derive(Debug, Default)]
pub(crate) struct Form {
    violations: Violations,
}

impl Form {
    /// Adds a wrong field.
    pub(crate) fn wrong(
        &mut self,
        field: &str,
        reason: &'static str,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) {
        self.violations.add(field, reason, en, zh);
    }

    /// Returns what was read, or everything that is wrong. `None` without a violation cannot be.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, Problem> {
        self.violations.finish(DOMAIN)?;
        read.ok_or_else(|| Problem::internal(DOMAIN))
    }

    /// A UUID that has to be there.
    pub(crate) fn uuid(&mut self, field: &str, text: &str) -> Option<Uuid> {
        self.required(field, text)?;
        let read = Uuid::try_parse(text).ok();
        self.or_wrong(read, field, "a UUID is wanted", "须为 UUID")
    }

    /// A revision in quotes; empty = none.
    pub(crate) fn etag(&mut self, text: &str) -> Option<Option<u32>> {
        if text.is_empty() {
            return Some(None);
        }
        let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let read = inner.and_then(|digits| digits.parse().ok()).map(Some);
        self.or_wrong(
            read,
            "etag",
            "an etag as returned with a dispute is wanted",
            "须为查询返回的 etag",
        )
    }

    /// A grid.
    pub(crate) fn grid(&mut self, field: &str, text: &str) -> Option<GridCode> {
        self.required(field, text)?;
        if let Ok(area) = AreaCode::parse(text)
            && GridCode::parse(text).is_err()
        {
            let digits = area.as_str().len();
            self.wrong(
                field,
                "WRONG_TIER",
                format!("a grid of 15 digits is wanted; {digits} digits are an area above grids"),
                format!("须为15位网格代码;{digits}位代码是网格以上的区划"),
            );
            return None;
        }
        let read = GridCode::parse(text).ok();
        self.or_wrong(read, field, "a grid code of 15 digits is wanted", "须为15位网格代码")
    }

    /// An area; empty = none.
    pub(crate) fn area(&mut self, field: &str, text: &str) -> Option<Option<AreaCode>> {
        if text.is_empty() {
            return Some(None);
        }
        let read = AreaCode::parse(text).ok().map(Some);
        let (en, zh) = (
            "an area code of 2, 4, 6, 9, 12 or 15 digits is wanted",
            "须为2、4、6、9、12或15位代码",
        );
        self.or_wrong(read, field, en, zh)
    }

    /// A place: an area above grids, and a unit or none.
    pub(crate) fn place(&mut self, field: &str, place: &pb::Place) -> Option<Place> {
        let area_field = format!("{field}.area_code");
        let area = self.required(&area_field, &place.area_code);
        let area = area.and_then(|()| self.area(&area_field, &place.area_code)?);
        let unit = match place.unit_id.as_str() {
            "" => Some(None),
            unit => self.id(&format!("{field}.unit_id"), unit).map(Some),
        };
        Some(Place::of(area?, unit?))
    }

    /// An id that has to be there.
    pub(crate) fn id(&mut self, field: &str, text: &str) -> Option<Id> {
        self.required(field, text)?;
        let read = Id::parse(text).ok().filter(|_| !looks_personal(text));
        let en = "at most 40 letters, digits, \".\", \"_\", \"-\" are wanted, and no telephone or identity-card number";
        let zh = "须为不超过40位的字母、数字或“._-”,且不得为电话或身份证号码";
        self.or_wrong(read, field, en, zh)
    }

    /// A value of an enum that has to be there.
    pub(crate) fn choice<T>(
        &mut self,
        field: &str,
        value: i32,
        read: impl Fn(i32) -> Option<T>,
    ) -> Option<T> {
        if value == 0 {
            self.wrong(field, "REQUIRED", "a value is required", "必填");
            return None;
        }
        let read = read(value);
        if read.is_none() {
            self.wrong(field, "UNKNOWN_VALUE", "no such value is known here", "取值未知");
        }
        read
    }

    /// A point in time; absent = none.
    pub(crate) fn time(
        &mut self,
        field: &str,
        time: Option<&prost_types::Timestamp>,
    ) -> Option<Option<Timestamp>> {
        let Some(time) = time else { return Some(None) };
        let read = Timestamp::new(time.seconds, time.nanos).ok();
        // Facts are kept to the microsecond.
        let read =
            read.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok()).map(Some);
        self.or_wrong(read, field, "a point in time is wanted", "须为有效时间")
    }

    /// Words of bounded length; they are sealed, so nothing else is asked of them.
    pub(crate) fn words(&mut self, field: &str, text: &str, longest: usize) -> Option<()> {
        if text.len() <= longest {
            return Some(());
        }
        let (en, zh) =
            (format!("at most {longest} bytes are wanted"), format!("不得超过{longest}字节"));
        self.wrong(field, "TOO_LONG", en, zh);
        None
    }

    /// Whether a code holds what looks like a number of a person.
    pub(crate) fn personal(&mut self, field: &str, text: &str) -> bool {
        let personal = looks_personal(text);
        if personal {
            let en = "a telephone or identity-card number is no number of a record";
            self.wrong(field, "PERSONAL_NUMBER", en, "不得填写电话或身份证号码");
        }
        personal
    }

    /// Says that a field has to be there.
    pub(crate) fn required(&mut self, field: &str, text: &str) -> Option<()> {
        if text.is_empty() {
            self.wrong(field, "REQUIRED", "a value is required", "必填");
            return None;
        }
        Some(())
    }

    /// Says that a field is malformed where nothing was read.
    pub(crate) fn or_wrong<T>(
        &mut self,
        read: Option<T>,
        field: &str,
        en: &str,
        zh: &str,
    ) -> Option<T> {
        if read.is_none() {
            self.wrong(field, "MALFORMED", en, zh);
        }
        read
    }
}
