//! What a party sees and says with case code and PIN.

use super::*;
use crate::domain::command::{PartyAct, TriedOn, Wish};
use crate::domain::dispute::Satisfaction;
use crate::domain::event::{Recipient, Template};
use crate::domain::pin::{Pin, PinHash, Tried};

/// A case with its PIN.
struct Known {
    case: Case,
    pin: Pin,
}

impl Known {
    fn of(case: Case) -> Self {
        Known { case, pin: Pin::default().issued(PinHash("7a".to_owned())) }
    }

    fn ask(&mut self, right: bool, wish: Wish) -> Result<Vec<Fact>, Rejection> {
        let words = !matches!(wish, Wish::See) && right;
        let act = PartyAct {
            of: TriedOn::Case(self.case.dispute.id),
            tried: Tried { version: self.pin.version, right },
            wish,
            sealing: words.then(|| sealing(9, SealedKind::Party)),
        };
        self.case.now += SignedDuration::from_secs(1);
        let ruling =
            super::super::party(&self.case.context(), Some(&self.case.dispute), &self.pin, &act)?;
        self.pin = ruling.pin.unwrap_or_else(|| self.pin.clone());
        let facts = self.case.happens(ruling.events);
        ruling.answer.map(|_| facts)
    }

    fn wait(&mut self, time: SignedDuration) {
        self.case.now += time;
    }
}

fn rate(satisfaction: Satisfaction) -> Wish {
    Wish::Rate(satisfaction)
}

#[test]
fn a_look_is_a_fact_and_no_change() {
    let mut known = Known::of(Case::triaged());
    let before = known.case.dispute.clone();
    assert_eq!(known.ask(true, Wish::See), Ok(vec![Fact::SeenByParty]));
    assert_eq!(known.ask(true, Wish::See), Ok(vec![]));
    known.wait(SignedDuration::from_mins(10));
    assert_eq!(known.ask(true, Wish::See), Ok(vec![Fact::SeenByParty]));
    assert_eq!(known.case.dispute, before);
}

#[test]
fn wrong_tries_are_facts_until_they_lock() {
    let mut known = Known::of(Case::triaged());
    let before = known.case.dispute.clone();
    let refused = |known: &mut Known| known.ask(false, Wish::See).unwrap_err();
    for left in [4, 3, 2, 1] {
        assert_eq!(refused(&mut known), Rejection::PinWrong { left });
    }
    let until = known.case.now + SignedDuration::from_secs(1) + SignedDuration::from_hours(1);
    let hour = SignedDuration::from_hours(1);
    assert_eq!(refused(&mut known), Rejection::PinLocked { until, wait: hour });
    let wait = hour - SignedDuration::from_secs(1);
    let locked = Rejection::PinLocked { until, wait };
    assert_eq!(known.ask(true, Wish::See), Err(locked));
    known.case.now = until - SignedDuration::from_secs(1);
    assert_eq!(known.ask(true, Wish::See), Ok(vec![Fact::SeenByParty]));
    assert_eq!(known.case.dispute, before);
}

#[test]
fn a_wrong_try_is_recorded_with_its_count_and_a_locked_one_is_not() {
    let case = Case::triaged();
    let (mut pin, context) = (Pin::default().issued(PinHash("7a".to_owned())), case.context());
    let act = |pin: &Pin| PartyAct {
        of: TriedOn::Case(case.dispute.id),
        tried: Tried { version: pin.version, right: false },
        wish: Wish::See,
        sealing: None,
    };
    let until = context.now + SignedDuration::from_hours(1);
    for wrong in 1..=5 {
        let ruling = super::super::party(&context, Some(&case.dispute), &pin, &act(&pin)).unwrap();
        let facts: Vec<_> = ruling.events.into_iter().map(|event| event.fact).collect();
        let locked_until = (wrong == 5).then_some(until);
        assert_eq!(facts, [Fact::PinRefused { wrong, locked_until }]);
        pin = ruling.pin.unwrap();
    }
    let sixth = super::super::party(&context, Some(&case.dispute), &pin, &act(&pin));
    assert!(matches!(sixth, Err(Rejection::PinLocked { .. })), "{sixth:?}");
}

#[test]
fn tries_on_nobody_count_alike_and_leave_no_fact() {
    let (case, mut pin) = (Case::triaged(), Pin::default());
    let context = case.context();
    let tried = Tried { version: 0, right: false };
    let act = PartyAct { of: TriedOn::Nobody(7), tried, wish: Wish::See, sealing: None };
    for left in [4, 3, 2, 1] {
        let ruling = super::super::party(&context, None, &pin, &act).unwrap();
        assert_eq!(ruling.answer, Err(Rejection::PinWrong { left }));
        assert_eq!(ruling.events, []);
        pin = ruling.pin.unwrap();
    }
    let ruling = super::super::party(&context, None, &pin, &act).unwrap();
    assert!(matches!(ruling.answer, Err(Rejection::PinLocked { .. })), "{ruling:?}");
}

#[test]
fn an_outcome_is_rated_once_and_again_after_it_was_done_again() {
    let mut known = Known::of(Case::mediating());
    let refused = known.ask(true, rate(Satisfaction::Satisfied));
    assert_eq!(refused, Err(Rejection::NoOutcome));
    known.case.must(ended(Outcome::Failed));
    let facts = known.ask(true, rate(Satisfaction::Dissatisfied));
    assert_eq!(facts, Ok(vec![Fact::Rated(Satisfaction::Dissatisfied)]));
    let told: Vec<_> = known.case.notices.iter().map(|n| (n.recipient, n.template)).collect();
    assert_eq!(told, [(Recipient::Holder, Template::Dissatisfied)]);
    let rating = known.case.dispute.stage.conclusion().unwrap().rating.unwrap();
    assert_eq!((rating.satisfaction, rating.at), (Satisfaction::Dissatisfied, known.case.now));
    assert_eq!(known.case.dispute.sealed.last().unwrap().kind, SealedKind::Party);
    let refused = known.ask(true, rate(Satisfaction::Satisfied));
    assert_eq!(refused, Err(Rejection::AlreadyRated));
    known.case.must(Action::Redo(RedoReason::TriedAgain));
    assert_eq!(known.ask(true, rate(Satisfaction::Basically)), Err(Rejection::NoOutcome));
    known.case.must(ended(Outcome::Withdrawn));
    assert!(known.ask(true, rate(Satisfaction::Basically)).is_ok());
}

#[test]
fn a_party_has_its_case_done_again_within_thirty_days_whoever_holds_it() {
    // The 30th day after 13 Feb 2026 is 15 Mar; it begins at 16:00 UTC of the day before.
    let table = [
        ("2026-02-14T00:00:00Z", true),
        ("2026-03-15T15:59:58Z", true),
        ("2026-03-15T16:00:00Z", false),
    ];
    for (now, possible) in table {
        let mut known = Known::of(Case::agreed());
        known.case.must(visited(Performance::Performed));
        known.case.must(Action::Verify);
        known.case.must(Action::Close);
        known.case.now = now.parse().unwrap();
        let asked = known.ask(true, Wish::Reopen);
        if !possible {
            let until = "2026-03-15".parse().unwrap();
            assert_eq!(asked, Err(Rejection::ReopenTooLate { until }));
            continue;
        }
        let facts = asked.unwrap();
        let [Fact::Redone { reason: RedoReason::PartyAsks, .. }] = facts.as_slice() else {
            panic!("{facts:?}")
        };
        assert_eq!(known.case.state(), State::Triaged);
        let told = &known.case.notices[0];
        assert_eq!((told.recipient, told.template), (Recipient::Holder, Template::Redone));
    }
}

#[test]
fn what_has_no_outcome_of_its_own_is_neither_rated_nor_done_again() {
    let mut merged = Case::triaged();
    let mut other = Case::triaged().dispute;
    other.id = Uuid::from_u128(2);
    merged.other = Some(other);
    merged.must(Action::Merge(Uuid::from_u128(2)));
    for case in [Case::reported(), Case::arrived(), merged] {
        let mut known = Known::of(case);
        assert_eq!(known.ask(true, Wish::Reopen), Err(Rejection::NoOutcome));
        let rated = known.ask(true, rate(Satisfaction::Satisfied));
        assert_eq!(rated, Err(Rejection::NoOutcome));
    }
}

#[test]
fn a_right_pin_clears_the_tries_whatever_becomes_of_the_wish() {
    let mut known = Known::of(Case::triaged());
    for _ in 0..4 {
        known.ask(false, Wish::See).unwrap_err();
    }
    assert_eq!(known.ask(true, Wish::Reopen), Err(Rejection::NoOutcome));
    assert_eq!(known.ask(false, Wish::See), Err(Rejection::PinWrong { left: 4 }));
}

#[test]
fn a_case_has_a_pin_from_its_report_and_another_from_each_reissue() {
    let case = Case::triaged();
    let hash = || PinHash("7b".to_owned());
    let grid = grid();
    let known = super::Known { grid: Some(&grid), ..super::Known::default() };
    let report = Report { pin: Some(hash()), ..report() };
    let ruling = super::super::report(&case.context(), &known, &report).unwrap();
    let facts: Vec<_> = ruling.events.iter().map(|event| &event.fact).collect();
    assert!(matches!(facts[..], [Fact::Reported(_), Fact::PinIssued { version: 1 }]), "{facts:?}");
    assert_eq!(ruling.events[1].sealing, None);
    let pin = ruling.pin.unwrap();
    assert_eq!((pin.version, pin.hash.clone()), (1, Some(hash())));
    let shown = format!("{:?}", ruling.events);
    assert!(!shown.contains("7b"), "{shown}");

    let act = Act { action: Action::ReissuePin(PinHash("7c".to_owned())), ..accept(&case) };
    let around = Around { pin: Some(&pin), ..Around::default() };
    let ruling = super::super::act(&case.context(), Some(&case.dispute), &around, &act).unwrap();
    assert_eq!(ruling.events[0].fact, Fact::PinIssued { version: 2 });
    assert_eq!(ruling.pin.unwrap().version, 2);
    let act = Act { action: Action::EraseDetails(EraseReason::Ordered), ..act };
    let ruling = super::super::act(&case.context(), Some(&case.dispute), &around, &act).unwrap();
    let erased = ruling.pin.unwrap();
    assert_eq!((erased.version, erased.hash), (2, None));
}

fn accept(case: &Case) -> Act {
    Act {
        dispute_id: case.dispute.id,
        scope: area("3703"),
        unit: None,
        revision: None,
        min_registry: 0,
        action: Action::Accept,
        sealing: None,
    }
}
