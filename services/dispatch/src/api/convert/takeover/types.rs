//! The type of a case on paper: as a type of zz17, by the old one or beside it.

use super::cells::Cells;
use crate::domain::dispute_types::{NotTaken, TypeCode, intake};
use crate::domain::old_types::{OldCode, Reading, find_old};
use crate::domain::takeover::FaultReason;

/// Reads old and new type. What is routed out by either is not taken, whatever the other says.
pub(super) fn read(cells: &mut Cells<'_>) -> Option<(Option<OldCode>, TypeCode)> {
    let named = new_type(cells);
    let Some(text) = cells.text("old_type_code") else {
        if cells.text("type_code").is_none() {
            cells.fault("type_code", FaultReason::Missing);
        }
        return named.map(|kind| (None, kind));
    };
    let Some(old) = find_old(text) else {
        let lost = text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_digit());
        let reason = if lost { FaultReason::LeadingZeroLost } else { FaultReason::UnknownValue };
        return cells.none("old_type_code", reason);
    };
    match &old.reading {
        Reading::RoutedOut(found) => {
            cells.hint("old_type_code", FaultReason::TypeRoutedOut, &found.code);
            None
        }
        // What the row names is taken as it is: somebody looked at it.
        _ if cells.text("type_code").is_some() => named.map(|kind| (Some(old.code()), kind)),
        Reading::One(kind) => Some((Some(old.code()), *kind)),
        Reading::OneOf(kinds) => {
            let codes: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            cells.hint("old_type_code", FaultReason::TypeNeedsChoice, &codes.join("|"));
            None
        }
    }
}

fn new_type(cells: &mut Cells<'_>) -> Option<TypeCode> {
    let text = cells.text("type_code")?;
    match intake(text) {
        Ok(kind) => Some(kind),
        Err(NotTaken::RoutedOut(found)) => {
            cells.hint("type_code", FaultReason::TypeRoutedOut, &found.code);
            None
        }
        Err(NotTaken::Unknown) => {
            let lost =
                matches!(text.len(), 1 | 3) && text.bytes().all(|byte| byte.is_ascii_digit());
            let reason =
                if lost { FaultReason::LeadingZeroLost } else { FaultReason::UnknownValue };
            cells.none("type_code", reason)
        }
    }
}
