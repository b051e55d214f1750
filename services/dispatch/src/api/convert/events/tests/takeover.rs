//! A case of paper that is closed, and one that is open with a limit.

use super::*;
use crate::domain::dispute::{Paper, PaperEnd};
use crate::domain::event::TakenOver;
use crate::domain::old_types::OldCode;

pub(super) fn facts() -> Vec<(Fact, Option<SealedKind>)> {
    vec![(Fact::TakenOver(taken()), Some(SealedKind::Details))]
}

/// Every field set to something else than its default.
fn taken() -> TakenOver {
    let end = PaperEnd {
        outcome: Outcome::Referred(Referral::Court),
        on: day("2025-12-01"),
        closed_on: day("2025-12-05"),
    };
    let paper = Paper {
        old_type: OldCode::parse("12"),
        kind: intake("0602").unwrap(),
        level: Some(Level::Complex),
        due_on: Some(day("2025-12-31")),
        end: Some(end),
        organisation: Some(id("rmtj-1")),
    };
    TakenOver {
        code: CaseCode::parse("0306-4821-93756").unwrap(),
        scale: Scale::Group,
        people: 5,
        parties: 3,
        channel: Channel::Petition,
        source: a_source(),
        reported_at: "2025-11-02T16:00:00Z".parse().unwrap(),
        accepted_at: "2025-11-03T16:00:00Z".parse().unwrap(),
        home: "zibo".to_owned(),
        holder: place("370306001", Some("rmtj-1")),
        clock: Some(Clock { taken_over: true, ..clock() }),
        paper,
    }
}

#[test]
fn an_open_case_without_a_limit_is_read_back_as_well() {
    let paper = Paper {
        old_type: None,
        level: None,
        due_on: None,
        end: None,
        organisation: None,
        ..taken().paper
    };
    let event = Event {
        dispute_id: Uuid::from_u128(1),
        term: 1,
        grid: GridCode::parse(GRID).unwrap(),
        fact: Fact::TakenOver(TakenOver { clock: None, paper, ..taken() }),
        sealing: None,
    };
    let published = publish(&event);
    assert_eq!(recognise(&published.type_name, &published.payload), Some(event));
}
