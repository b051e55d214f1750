//! One fact of every kind about what parties do with case code and PIN.

use super::*;
use crate::domain::dispute::Satisfaction;

pub(super) fn facts() -> Vec<(Fact, Option<SealedKind>)> {
    vec![
        (Fact::PinIssued { version: 2 }, None),
        (Fact::PinRefused { wrong: 5, locked_until: Some(start()) }, None),
        (Fact::SeenByParty, None),
        (Fact::Rated(Satisfaction::Dissatisfied), Some(SealedKind::Party)),
    ]
}
