//! Every state with every command, by the table that the program runs on.

use super::*;
use crate::domain::dispute::Attachment;
use crate::domain::dispute::table::{STATES, TABLE, TAKEN_OVER};

/// One case in every state.
fn case_in(state: State) -> Case {
    let withdrawn =
        || Case::after(&[Action::Accept, triage(Level::General), ended(Outcome::Withdrawn)]);
    match state {
        State::Reported => Case::reported(),
        State::Rejected => Case::after(&[Action::Reject(RejectReason::Duplicate)]),
        State::Accepted => Case::after(&[Action::Accept]),
        State::Triaged => Case::triaged(),
        State::Offered => Case::called(),
        State::Called => {
            let mut nobody = Case::triaged();
            let teams = std::mem::take(&mut nobody.teams);
            nobody.must(Action::CallTeam(None));
            nobody.teams = teams;
            nobody
        }
        State::UnderWay => Case::under_way(),
        State::Arrived => Case::arrived(),
        State::Mediating => Case::mediating(),
        State::Concluded => withdrawn(),
        State::Verified => {
            let mut case = withdrawn();
            case.must(Action::Verify);
            case
        }
        State::Closed => {
            let mut case = withdrawn();
            case.must(Action::Verify);
            case.must(Action::Close);
            case
        }
    }
}

/// What a command needs beside the state, so that nothing but the state can refuse it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other commands need nothing beside the state"
)]
fn made_possible(mut case: Case, action: &Action) -> Case {
    let mut second = Case::reported().dispute;
    second.id = Uuid::from_u128(2);
    case.other = Some(second);
    let can = |case: &Case, verb| case.state().allowed().contains(&verb);
    match action {
        Action::Return(..) | Action::Delegate { .. } if can(&case, Verb::Escalate) => {
            case.must(Action::Escalate(None, None, MoveReason::BeyondThisTier));
            case.must(Action::Escalate(None, None, MoveReason::BeyondThisTier));
        }
        Action::LiftSupervision if can(&case, Verb::Supervise) => {
            case.must(Action::Supervise(SupervisionKind::Red));
        }
        Action::DecideExtension(_) if can(&case, Verb::RequestExtension) => {
            case.must(Action::RequestExtension(2, ExtensionReason::PartiesAsk));
        }
        Action::Pause(_) | Action::Resume if can(&case, Verb::Pause) => {
            // What is over cannot stand still: it is paused before.
            let due_at = case.clock(ClockKind::Handle).due_at().unwrap();
            case.now = case.now.min(due_at - SignedDuration::from_hours(1));
            if matches!(action, Action::Resume) {
                case.must(Action::Pause(PauseKind::ThreeWay));
            }
        }
        Action::Defer(..) | Action::EndDeferral if can(&case, Verb::Defer) => {
            let due_at = case.clock(ClockKind::Handle).due_at().unwrap();
            case.now = case.now.max(due_at);
            if matches!(action, Action::EndDeferral) {
                case.must(Action::Defer(DeferralReason::NoMeans, "2026-12-01".parse().unwrap()));
            }
        }
        Action::RecordConfirmation(_) | Action::RecordReferralResult(_) => {
            if let Some(conclusion) = case.dispute.stage.conclusion_mut() {
                conclusion.confirmation_until = Some("2026-03-20".parse().unwrap());
                conclusion.outcome = Outcome::Referred(crate::domain::dispute::Referral::Court);
            }
        }
        Action::ReadFile { file: id, .. } | Action::Detach(id, _) => {
            let (kind, file_type) = (FileKind::Scan, FileType::Pdf);
            let (id, at) = (*id, case.now);
            let file = Attachment { id, kind, file_type, size: 1, at, caption: None };
            case.dispute.files.push(file);
        }
        Action::AcceptOffer(_) | Action::DeclineOffer(..) | Action::RecordArrival(..) => {
            case.by.0 = area("370306001002");
        }
        _ => {}
    }
    case
}

#[test]
fn every_pair_of_state_and_command_does_what_the_table_says() {
    let mut pairs = (0, 0);
    for state in STATES {
        for action in every_action() {
            let verb = action.verb();
            let rule = TABLE.iter().find(|rule| rule.verb == verb).expect("the table has the verb");
            let mut case = made_possible(case_in(state), &action);
            assert_eq!(case.state(), state);
            let before = case.dispute.clone();
            let result = case.when(action.clone());
            if rule.from.contains(&state) {
                let facts =
                    result.unwrap_or_else(|error| panic!("{verb:?} in {state:?}: {error:?}"));
                assert!(!facts.is_empty(), "{verb:?} in {state:?}");
                let to = case.state();
                let led = if rule.to.is_empty() { to == state } else { rule.to.contains(&to) };
                assert!(led, "{verb:?} in {state:?} leads to {to:?}");
                let counted = facts.iter().filter(|fact| !evolve::changes_nothing(fact)).count();
                assert_eq!(case.dispute.revision as usize, before.revision as usize + counted);
                pairs.0 += 1;
            } else {
                let (dispute_id, state) = (before.id, state.name());
                let allowed = before.state().allowed();
                let illegal = Rejection::IllegalTransition { dispute_id, state, verb, allowed };
                assert_eq!(result, Err(illegal));
                assert_eq!(case.dispute, before);
                pairs.1 += 1;
            }
        }
    }
    assert_eq!(pairs.0 + pairs.1, STATES.len() * every_action().len());
    assert!(pairs.0 > 120 && pairs.1 > 200, "{pairs:?}");
}

/// A case of a ledger of paper goes on by the same table as one that was reported here.
#[test]
fn a_case_taken_over_obeys_the_same_table() {
    for state in TAKEN_OVER {
        for action in every_action() {
            let rule = TABLE.iter().find(|rule| rule.verb == action.verb()).unwrap();
            let mut case = made_possible(takeover::case_in(*state), &action);
            assert_eq!(case.state(), *state);
            let result = case.when(action.clone());
            if rule.from.contains(state) {
                result.unwrap_or_else(|error| panic!("{action:?} in {state:?}: {error:?}"));
                let to = case.state();
                assert!(
                    rule.to.contains(&to) || (rule.to.is_empty() && to == *state),
                    "{action:?}"
                );
            } else {
                let illegal = matches!(result, Err(Rejection::IllegalTransition { .. }));
                assert!(illegal, "{action:?} in {state:?}: {result:?}");
            }
        }
    }
}

#[test]
fn the_table_has_every_verb_once_and_reaches_every_state() {
    for action in every_action() {
        let rows = TABLE.iter().filter(|rule| rule.verb == action.verb()).count();
        assert_eq!(rows, 1, "{:?}", action.verb());
    }
    assert_eq!(TABLE.len(), every_action().len() + 1, "and what happens by time alone");
    for state in STATES {
        let reached = TABLE.iter().any(|rule| rule.to.contains(&state));
        assert!(reached || state == State::Reported, "{state:?}");
        assert_eq!(case_in(state).state(), state);
    }
}

#[test]
fn the_diagram_in_the_documentation_is_the_table() {
    let document = include_str!("../../../../README.md");
    let diagram = crate::domain::dispute::table::diagram();
    assert!(document.contains(&diagram), "README.md has to have this:\n{diagram}");
}

#[test]
fn while_the_limit_stands_still_nothing_moves_the_case_on() {
    for state in [State::Triaged, State::Called, State::Mediating] {
        for action in every_action() {
            let verb = action.verb();
            let of_the_late = matches!(verb, Verb::Defer | Verb::EndDeferral);
            let mut case =
                if of_the_late { case_in(state) } else { made_possible(case_in(state), &action) };
            if !state.allowed().contains(&verb) {
                continue;
            }
            if case.dispute.paused.is_none() {
                case.must(Action::Pause(PauseKind::Hearing));
            }
            let refused = case.when(action)
                == Err(Rejection::Paused(
                    case.dispute.paused.map_or(PauseKind::Hearing, |paused| paused.kind),
                ));
            assert_eq!(refused, !verb.works_while_paused(), "{verb:?} in {state:?}");
        }
    }
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
        "AcceptDispute, RejectDispute, MergeDispute, EscalateDispute, DelegateDispute, \
         ReturnDispute, RemindDispute, SuperviseDispute, LiftSupervision, AddNote, OpenDetails, \
         EraseDetails, AttachFile, ReadFile, DetachFile, \
         ReissuePin"
    );
    assert!(problem.precondition.is_some());
}

fn accept(case: &Case) -> Act {
    Act {
        dispute_id: case.dispute.id,
        scope: area("37"),
        unit: None,
        revision: None,
        min_registry: 0,
        action: Action::Accept,
        sealing: None,
    }
}

#[test]
fn of_two_dispatchers_one_wins_and_the_other_learns_what_happened() {
    let mut case = Case::reported();
    let first = Act { revision: Some(1), ..accept(&case) };
    let second = Act { action: Action::Reject(RejectReason::Duplicate), ..first.clone() };
    assert!(case.act(&first).is_ok());
    assert_eq!(case.act(&second), Err(Rejection::EtagStale { revision: 2 }));
    let (dispute_id, verb) = (case.dispute.id, Verb::Reject);
    let (state, allowed) = (State::Accepted.name(), State::Accepted.allowed());
    let illegal = Rejection::IllegalTransition { dispute_id, state, verb, allowed };
    assert_eq!(case.act(&Act { revision: None, ..second }), Err(illegal));
}

#[test]
fn a_case_of_another_area_is_not_there() {
    let mut case = Case::reported();
    let act = Act { scope: area("370307"), ..accept(&case) };
    assert_eq!(case.act(&act), Err(Rejection::DisputeNotFound));
}

#[test]
fn only_its_home_acts_on_a_case() {
    let mut case = Case::reported();
    case.dispute.home = "zhoucun".to_owned();
    assert_eq!(case.when(Action::Accept), Err(Rejection::NotHome { home: "zhoucun".to_owned() }));
    case.now = case.dispute.wakes_at().unwrap();
    assert!(case.ring().is_empty(), "nor does time");
}
