//! What a reader may ask for, and how it is refused.

use std::time::Duration;

use kit::{Problem, Violations};
use tonic::{Code, Status};

use super::{DOMAIN, LARGEST_PAGE};
use crate::error::DbError;
use crate::page;

pub(super) fn page_size(wish: u32, default: u32, violations: &mut Violations) -> u32 {
    if wish > LARGEST_PAGE {
        violations.add(
            "page_size",
            "OUT_OF_RANGE",
            "a page has at most 1000 records",
            "每页最多 1000 条",
        );
    }
    if wish == 0 { default } else { wish.min(LARGEST_PAGE) }
}

pub(super) fn duration(
    wish: Option<prost_types::Duration>,
    field: &'static str,
    (least, default, most): (Duration, Duration, Duration),
    violations: &mut Violations,
) -> Duration {
    let Some(wish) = wish else { return default };
    match Duration::try_from(wish) {
        Ok(wish) if (least..=most).contains(&wish) => wish,
        _ => {
            let (en, zh) = (
                format!("between {} ms and {} ms", least.as_millis(), most.as_millis()),
                format!("应在 {} 至 {} 毫秒之间", least.as_millis(), most.as_millis()),
            );
            violations.add(field, "OUT_OF_RANGE", en, zh);
            default
        }
    }
}

pub(super) fn area_not_yours() -> Problem {
    Problem::new(
        Code::PermissionDenied,
        "AREA_NOT_YOURS",
        DOMAIN,
        "this area is outside your own",
        "该区域不在您的管辖范围内",
    )
}

pub(super) fn page_problem(error: page::PageError) -> Status {
    let mut violations = Violations::new();
    match error {
        page::PageError::NegativeSize => violations.add(
            "page_size",
            "OUT_OF_RANGE",
            "a page size is not negative",
            "每页条数不能为负",
        ),
        page::PageError::ForeignToken => violations.add(
            "page_token",
            "FOREIGN_TOKEN",
            "this token does not belong to this query",
            "该翻页标记不属于此查询",
        ),
    }
    match violations.finish(DOMAIN) {
        Err(problem) => problem.into(),
        Ok(()) => Problem::internal(DOMAIN).into(),
    }
}

pub(super) fn log_not_found() -> Problem {
    Problem::new(
        Code::NotFound,
        "LOG_NOT_FOUND",
        DOMAIN,
        "no service of that name runs behind this address",
        "该地址上没有此服务",
    )
}

pub(super) fn problem(error: DbError) -> Problem {
    tracing::warn!(error = %crate::committer::chain_of(&error), "a feed could not be read");
    error.into_problem(DOMAIN)
}
