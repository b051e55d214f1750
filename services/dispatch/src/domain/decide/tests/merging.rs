//! Duplicates.

use super::*;
use crate::domain::event::Recipient;

const OTHER: Uuid = Uuid::from_u128(2);

/// A case with another one beside it, which has come as far as `other`.
fn beside(other: Case) -> Case {
    let mut case = Case::called();
    case.other = Some(Dispute { id: OTHER, ..other.dispute });
    case
}

#[test]
fn a_duplicate_is_closed_its_team_is_free_and_the_other_goes_on() {
    let mut case = beside(Case::triaged());
    let facts = case.must(Action::Merge(OTHER));
    let team = Some(id("near"));
    assert_eq!(facts, [Fact::Merged { into: OTHER, team }]);
    assert_eq!((case.state(), case.dispute.merged_into), (State::Closed, Some(OTHER)));
    assert_eq!(case.dispute.stage.conclusion().map(|ended| ended.outcome), Some(Outcome::Merged));
    assert_eq!(case.dispute.wakes_at(), None);
    let other = case.other.clone().unwrap();
    assert_eq!((other.state(), other.duplicates), (State::Triaged, vec![case.dispute.id]));
    let again = case.when(Action::Redo(RedoReason::PartyAsks));
    assert_eq!(again, Err(Rejection::NotOfThisOutcome { outcome: "MERGED_DUPLICATE" }));
}

#[test]
fn every_reporter_is_told_what_becomes_of_the_case_that_goes_on() {
    let mut case = Case::reported();
    case.dispute.duplicates = vec![OTHER, Uuid::from_u128(3)];
    case.must(Action::Accept);
    let told: Vec<(Recipient, &str)> =
        case.notices.iter().map(|notice| (notice.recipient, notice.target.as_str())).collect();
    let (second, third) = (OTHER.to_string(), Uuid::from_u128(3).to_string());
    let reporter = Recipient::Reporter;
    assert_eq!(told, [(reporter, ""), (reporter, second.as_str()), (reporter, third.as_str())]);
}

#[test]
fn duplicates_come_along_and_there_are_no_chains() {
    let mut case = beside(Case::triaged());
    case.dispute.duplicates = vec![Uuid::from_u128(7)];
    case.must(Action::Merge(OTHER));
    let all = vec![case.dispute.id, Uuid::from_u128(7)];
    assert_eq!(case.other.unwrap().duplicates, all);
}

#[test]
fn what_cannot_be_merged_says_why() {
    let why = |case: &mut Case, into: Uuid| match case.when(Action::Merge(into)) {
        Err(Rejection::MergeNotPossible { why, .. }) => why,
        other => panic!("{other:?}"),
    };
    let own = Case::called().dispute.id;
    assert_eq!(why(&mut beside(Case::triaged()), own), "ITSELF");
    assert_eq!(why(&mut Case::called(), OTHER), "NOT_FOUND");
    let mut merged = Case::triaged();
    // Merged into this very case: a circle of two.
    merged.dispute.merged_into = Some(own);
    assert_eq!(why(&mut beside(merged), OTHER), "ALREADY_MERGED");
    let rejected = Case::after(&[Action::Reject(RejectReason::NotADispute)]);
    assert_eq!(why(&mut beside(rejected), OTHER), "OVER");
    let mut away = Case::triaged();
    away.dispute.home = "zhoucun".to_owned();
    assert_eq!(why(&mut beside(away), OTHER), "ANOTHER_HOME");
    let mut many = Case::triaged();
    many.dispute.duplicates = vec![Uuid::from_u128(9); MOST_DUPLICATES];
    let full = beside(many).when(Action::Merge(OTHER));
    assert_eq!(full, Err(Rejection::TooMany { what: "duplicates" }));
}

#[test]
fn who_is_supervised_does_not_end_that_by_merging_the_case_away() {
    let mut case = beside(Case::triaged());
    case.by.0 = area("3703");
    case.must(Action::Supervise(SupervisionKind::Red));
    case.by.0 = area("370306");
    let refused = case.when(Action::Merge(OTHER));
    assert_eq!(refused, Err(Rejection::SupervisedByOthers(place("3703"))));
    case.by.0 = area("3703");
    case.must(Action::Merge(OTHER));
}

#[test]
fn a_case_is_merged_into_one_of_the_callers_area_only_and_its_protection_goes_along() {
    let mut case = beside(Case::triaged());
    case.dispute.protective = true;
    case.other.as_mut().unwrap().grid = GridCode::parse("370302001001001").unwrap();
    let refused = case.when(Action::Merge(OTHER));
    assert_eq!(refused, Err(Rejection::MergeNotPossible { into: OTHER, why: "NOT_FOUND" }));
    case.other.as_mut().unwrap().grid = case.dispute.grid;
    case.must(Action::Merge(OTHER));
    assert!(case.other.unwrap().protective);
}
