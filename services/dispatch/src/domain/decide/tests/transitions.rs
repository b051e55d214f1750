use super::*;

/// One case per state; a call that is open and one that nobody is left for are two rows.
fn cases() -> Vec<(&'static str, Case)> {
    let mut nobody = Case::triaged();
    nobody.teams.clear();
    nobody.must(Action::CallTeam(None));
    let mut closed = Case::agreed();
    closed.must(Action::RecordFollowUp { performance: Performance::Performed, relapsed: false });
    closed.must(Action::Close);
    vec![
        ("REPORTED", Case::reported()),
        ("REJECTED", Case::after(&[Action::Reject(RejectReason::Duplicate)])),
        ("ACCEPTED", Case::after(&[Action::Accept])),
        ("TRIAGED", Case::triaged()),
        ("CALLED", Case::called()),
        ("CALLED", nobody),
        ("UNDER_WAY", Case::under_way()),
        ("ARRIVED", Case::arrived()),
        ("MEDIATING", Case::mediating()),
        ("CONCLUDED", Case::after(&[Action::Accept, Action::RecordOutcome(Outcome::Withdrawn)])),
        ("CLOSED", closed),
    ]
}

/// The life cycle, written down a second time: state, command, state afterwards. What is not here is illegal. Adding a
/// note, opening and erasing change no state and are added below.
const LIFE: &[(usize, &str, &str)] = &[
    (0, "AcceptDispute", "ACCEPTED"),
    (0, "RejectDispute", "REJECTED"),
    (2, "TriageDispute", "TRIAGED"),
    (2, "RecordOutcome", "CONCLUDED"),
    (3, "TriageDispute", "TRIAGED"),
    (3, "CallTeam", "CALLED"),
    (3, "RecordOutcome", "CONCLUDED"),
    (4, "CallTeam", "CALLED"),
    (4, "AcceptOffer", "UNDER_WAY"),
    (4, "DeclineOffer", "CALLED"),
    (4, "RecordOutcome", "CONCLUDED"),
    (5, "CallTeam", "CALLED"),
    (5, "RecordOutcome", "CONCLUDED"),
    (6, "DeclineOffer", "CALLED"),
    (6, "RecordArrival", "ARRIVED"),
    (6, "RecordOutcome", "CONCLUDED"),
    (7, "RecordConsent", "ARRIVED"),
    (7, "StartMediation", "MEDIATING"),
    (7, "RecordOutcome", "CONCLUDED"),
    (8, "RecordConsent", "MEDIATING"),
    (8, "RecordOutcome", "CONCLUDED"),
    (9, "RecordFollowUp", "CONCLUDED"),
    (9, "CloseDispute", "CLOSED"),
];

fn expected(row: usize, state: &'static str, command: &str) -> Option<&'static str> {
    match command {
        "OpenDetails" | "EraseDetails" => Some(state),
        "AddNote" if !matches!(state, "REJECTED" | "CLOSED") => Some(state),
        _ => {
            LIFE.iter().find(|(at, name, _)| (*at, *name) == (row, command)).map(|(.., then)| *then)
        }
    }
}

#[test]
fn every_state_allows_exactly_its_commands() {
    let mut pairs = (0, 0);
    for row in 0..cases().len() {
        for action in every_action() {
            let (state, mut case) = cases().swap_remove(row);
            // `swap_remove` keeps the row itself in place.
            assert_eq!(case.dispute.stage.name(), state);
            let command = action.verb().name();
            let allowed = case.dispute.stage.allowed();
            let before = case.dispute.clone();
            match (expected(row, state, command), case.when(action.clone())) {
                (Some(then), Ok(facts)) => {
                    assert!(!facts.is_empty(), "{command} in {state}");
                    assert_eq!(case.dispute.stage.name(), then, "{command} in {state}");
                    let changes = if command == "OpenDetails" { 0 } else { facts.len() };
                    assert_eq!(case.dispute.revision as usize, before.revision as usize + changes);
                    pairs.0 += 1;
                }
                (None, Err(rejection)) => {
                    let dispute_id = before.id;
                    let verb = action.verb();
                    let illegal = Rejection::IllegalTransition { dispute_id, state, verb, allowed };
                    assert_eq!(rejection, illegal);
                    assert_eq!(case.dispute, before);
                    pairs.1 += 1;
                }
                (expected, got) => {
                    panic!("{command} in {state} (row {row}): {expected:?}, {got:?}")
                }
            }
        }
    }
    assert_eq!(pairs.0 + pairs.1, 11 * 15);
}

#[test]
fn what_is_allowed_is_told_with_the_refusal() {
    let mut case = Case::reported();
    let problem = kit::Problem::from(case.when(Action::Close).unwrap_err());
    assert_eq!(problem.reason, "ILLEGAL_TRANSITION");
    assert_eq!(problem.metadata["state"], "REPORTED");
    assert_eq!(problem.metadata["command"], "CloseDispute");
    assert_eq!(
        problem.metadata["allowed"],
        "AcceptDispute, RejectDispute, AddNote, OpenDetails, EraseDetails"
    );
    assert!(problem.precondition.is_some());
}

#[test]
fn a_stale_revision_is_refused_and_the_right_one_is_not() {
    let mut case = Case::reported();
    let mut act = Act {
        dispute_id: case.dispute.id,
        scope: area("37"),
        revision: Some(2),
        min_registry: 0,
        action: Action::Accept,
        sealing: None,
    };
    assert_eq!(case.act(&act), Err(Rejection::EtagStale { revision: 1 }));
    act.revision = Some(1);
    assert!(case.act(&act).is_ok());
}

#[test]
fn a_case_of_another_area_is_not_there() {
    let mut case = Case::reported();
    let act = Act {
        dispute_id: case.dispute.id,
        scope: area("370307"),
        revision: None,
        min_registry: 0,
        action: Action::Accept,
        sealing: None,
    };
    assert_eq!(case.act(&act), Err(Rejection::DisputeNotFound));
}

#[test]
fn only_its_home_acts_on_a_case() {
    let mut case = Case::reported();
    case.dispute.home = "zhoucun".to_owned();
    assert_eq!(case.when(Action::Accept), Err(Rejection::NotHome { home: "zhoucun".to_owned() }));
}
