//! How a case ends, is checked, and is done again.

use super::*;
use crate::domain::dispute::Referral;
use crate::domain::event::{Concluded, Recipient, Template};

const AGREED: Outcome = Outcome::AgreedWritten { partial: false };

fn mediating(kind: MediationKind, unit: UnitKind) -> Case {
    let mut case = Case::arrived();
    case.units[0].kind = unit;
    let consents = vec![given(1), given(2)];
    case.must(Action::StartMediation { kind, organisation: id("rmtj-1"), consents });
    case
}

/// An agreement with these days of performance, from that day.
fn agreement(performed: &[&str], agreed: Option<&str>) -> Action {
    let agreed_on = agreed.map(|day| day.parse().unwrap());
    Action::RecordOutcome(Concluding {
        outcome: AGREED,
        performance_on: days(performed),
        agreed_on,
    })
}

fn days(texts: &[&str]) -> Vec<jiff::civil::Date> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn an_agreement_starts_two_visits_from_its_last_performance() {
    let mut case = Case::mediating();
    // Friday 13 February 2026; twice the same day counts once, and the order does not matter.
    case.must(agreement(&["2026-03-20", "2026-03-02", "2026-03-20"], None));
    let ended = case.dispute.stage.conclusion().unwrap();
    assert_eq!(ended.performance_on, days(&["2026-03-02", "2026-03-20"]));
    assert_eq!(case.due(ClockKind::FirstFollowUp), "2026-03-27 17:30");
    // 19 April is a Sunday.
    assert_eq!(case.due(ClockKind::SecondFollowUp), "2026-04-20 17:30");
    assert!(case.dispute.clock(ClockKind::Verify).is_none());
    assert!(case.clock(ClockKind::Handle).stopped.is_some_and(|stopped| stopped.done));
}

#[test]
fn nothing_is_performed_before_it_is_agreed() {
    let mut case = Case::mediating();
    let refusal = case.when(agreement(&["2026-02-12"], None)).unwrap_err();
    assert!(matches!(refusal, Rejection::DatesContradict { field: "performance_dates", .. }));
    case.must(agreement(&["2026-02-13"], None));
    // Recorded three days late: what was performed meanwhile was agreed before.
    let mut late = Case::mediating();
    late.now += SignedDuration::from_hours(72);
    late.must(agreement(&["2026-02-14"], Some("2026-02-14")));
}

#[test]
fn the_time_for_a_court_counts_from_the_day_of_the_agreement() {
    let told = |case: &Case| {
        let ended = case.dispute.stage.conclusion().unwrap();
        (ended.agreed_on.unwrap().to_string(), ended.confirmation_until.unwrap().to_string())
    };
    // Recorded on Thursday 19 February; thirty days from Friday 13 are Sunday 15 March, and roll to Monday.
    for (agreed, last) in [(None, "2026-03-23"), (Some("2026-02-13"), "2026-03-16")] {
        let mut case = Case::mediating();
        case.now += SignedDuration::from_hours(6 * 24);
        case.must(agreement(&[], agreed));
        let day = agreed.unwrap_or("2026-02-19");
        assert_eq!(told(&case), (day.to_owned(), last.to_owned()));
        assert_eq!(case.clock(ClockKind::Confirm).last_day().unwrap().to_string(), last);
        case.now = format!("{last}T15:59:00Z").parse().unwrap();
        case.must(Action::RecordConfirmation(Confirmation::Applied));
        assert!(!case.clock(ClockKind::Confirm).is_running());
    }
    let mut case = Case::mediating();
    case.now += SignedDuration::from_hours(24);
    for impossible in ["2026-02-12", "2026-02-15"] {
        let refusal = case.when(agreement(&[], Some(impossible))).unwrap_err();
        assert!(matches!(refusal, Rejection::DatesContradict { field: "agreement_date", .. }));
    }
    case.must(agreement(&[], Some("2026-02-13")));
    case.now = "2026-03-16T16:00:00Z".parse().unwrap();
    let late = case.when(Action::RecordConfirmation(Confirmation::Applied)).unwrap_err();
    assert!(matches!(late, Rejection::ConfirmationNotPossible { why: "TOO_LATE", .. }), "{late:?}");
}

#[test]
fn the_time_for_a_court_is_counted_again_by_a_newer_calendar() {
    let mut case = Case::agreed();
    let mut closed = Case::agreed();
    closed.must(visited(Performance::Performed));
    closed.must(Action::Verify);
    closed.must(Action::Close);
    // Monday 16 March, to which the last day rolled, becomes a day off.
    let days = include_str!("../../../../../calendar/data/cn_workdays.csv");
    let mut calendars = calendar::Calendars::shipped();
    let newer = days
        .replace("2026,working_days,248", "2026,working_days,247")
        .replace("2026-04-04,", "2026-03-16,holiday,清明\n2026-04-04,");
    calendars.load("cn-2026.test", newer.as_bytes()).unwrap();
    let calendars = std::sync::Arc::new(calendars);
    for case in [&mut case, &mut closed] {
        case.rules.calendars = std::sync::Arc::clone(&calendars);
    }
    let events = recount(&case.context(), &case.dispute);
    case.happens(events);
    let ended = case.dispute.stage.conclusion().unwrap();
    assert_eq!(ended.confirmation_until.unwrap().to_string(), "2026-03-17");
    assert_eq!(case.clock(ClockKind::Confirm).limit.calendar_version, "cn-2026.test");
    // Nothing counts a closed case again; what is asked for in time by the newer calendar is in time, and that day is shown.
    let stored = closed.dispute.stage.conclusion().unwrap().confirmation_until.unwrap();
    assert_eq!(stored.to_string(), "2026-03-16");
    for case in [&mut case, &mut closed] {
        let shown = case.rules.by_newest_calendar(&case.dispute).into_owned();
        let day = shown.stage.conclusion().unwrap().confirmation_until;
        assert_eq!(day.unwrap().to_string(), "2026-03-17");
        assert_eq!(shown.clock(ClockKind::Confirm).unwrap().last_day(), day);
        case.now = "2026-03-17T01:00:00Z".parse().unwrap();
        case.must(Action::RecordConfirmation(Confirmation::Applied));
        assert_eq!(case.dispute.stage.conclusion().unwrap().confirmation_until, day);
        assert!(!case.clock(ClockKind::Confirm).is_running());
    }
}

#[test]
fn a_court_confirms_what_a_mediation_organisation_brought_about() {
    for (kind, unit, until) in [
        (MediationKind::Peoples, UnitKind::PeoplesMediation, Some("2026-03-16")),
        (MediationKind::Peoples, UnitKind::TradeMediation, Some("2026-03-16")),
        (MediationKind::Joint, UnitKind::PeoplesMediation, Some("2026-03-16")),
        (MediationKind::Joint, UnitKind::TradeMediation, Some("2026-03-16")),
        (MediationKind::Joint, UnitKind::Office, None),
        (MediationKind::Joint, UnitKind::Station, None),
        (MediationKind::Joint, UnitKind::Centre, None),
        (MediationKind::Administrative, UnitKind::Office, None),
        (MediationKind::Judicial, UnitKind::Centre, None),
        (MediationKind::PublicSecurity, UnitKind::Station, None),
    ] {
        let mut case = mediating(kind, unit);
        let facts = case.must(ended(AGREED));
        let [Fact::OutcomeRecorded(Concluded { confirmation_until, agreed_on, .. })] =
            facts.as_slice()
        else {
            panic!("{facts:?}")
        };
        assert_eq!(agreed_on.map(|day| day.to_string()).as_deref(), Some("2026-02-13"));
        // What becomes of the organisation later changes nothing.
        case.units.clear();
        // Thirty days from 13 February are Sunday 15 March, and roll to Monday.
        assert_eq!(
            confirmation_until.map(|day| day.to_string()).as_deref(),
            until,
            "{kind:?} by {unit:?}"
        );
        let asked = case.when(Action::RecordConfirmation(Confirmation::Applied));
        let none = Err(Rejection::NotOfThisOutcome { outcome: "AGREED_WRITTEN" });
        assert_eq!(asked.map(drop), if until.is_some() { Ok(()) } else { none });
    }
    let mut case = Case::agreed();
    case.must(Action::RecordConfirmation(Confirmation::Applied));
    case.must(Action::RecordConfirmation(Confirmation::Confirmed));
    let known = case.dispute.stage.conclusion().and_then(|ended| ended.confirmation);
    assert_eq!(known, Some(Confirmation::Confirmed));
}

#[test]
fn a_referral_has_a_result_also_after_the_case_was_closed() {
    let mut case = Case::triaged();
    case.must(ended(Outcome::Referred(Referral::Arbitration)));
    case.must(Action::RecordReferralResult(ReferralResult::Accepted));
    case.must(Action::Verify);
    case.must(Action::Close);
    case.must(Action::RecordReferralResult(ReferralResult::Decided));
    let known = case.dispute.stage.conclusion().and_then(|ended| ended.referral_result);
    assert_eq!(known, Some(ReferralResult::Decided));
    let mut agreed = Case::agreed();
    let none = Err(Rejection::NotOfThisOutcome { outcome: "AGREED_WRITTEN" });
    assert_eq!(agreed.when(Action::RecordReferralResult(ReferralResult::Settled)), none);
}

#[test]
fn the_last_visit_starts_the_clock_to_verification() {
    let mut case = Case::agreed();
    case.must(visited(Performance::NotDue));
    assert!(!case.clock(ClockKind::FirstFollowUp).is_running());
    assert!(case.clock(ClockKind::SecondFollowUp).is_running());
    assert!(case.dispute.clock(ClockKind::Verify).is_none());
    case.must(visited(Performance::Performed));
    let verify = case.clock(ClockKind::Verify).clone();
    assert!(verify.is_running());
    case.must(visited(Performance::Performed));
    assert_eq!(*case.clock(ClockKind::Verify), verify, "a further visit does not start it again");
    case.must(Action::Verify);
    let running = case.dispute.clocks.iter().filter(|(_, clock)| clock.is_running());
    let running: Vec<_> = running.map(|(kind, _)| *kind).collect();
    assert_eq!(running, [ClockKind::Confirm], "the parties' own");
    assert_eq!(case.dispute.wakes_at(), None, "nothing will ever happen by itself");
}

#[test]
fn what_did_not_hold_is_done_again_with_a_new_limit_of_the_same_length() {
    let mut case = Case::agreed();
    let first = case.clock(ClockKind::Handle).clone();
    let arrived = case.clock(ClockKind::Arrive).clone();
    let premature = case.when(Action::Redo(RedoReason::NegativeFollowUp));
    assert_eq!(premature, Err(Rejection::NotOfThisOutcome { outcome: "AGREED_WRITTEN" }));
    case.must(visited(Performance::InDefault));
    assert_eq!(case.when(Action::Verify), Err(Rejection::FollowUpNegative));
    case.must(Action::Redo(RedoReason::NegativeFollowUp));
    assert_eq!((case.state(), case.dispute.redone), (State::Triaged, 1));
    let again = case.clock(ClockKind::Handle).clone();
    assert_eq!((again.limit.limit, again.limit.start), (first.limit.limit, case.now));
    assert!(case.dispute.clock(ClockKind::FirstFollowUp).is_none());
    // A team comes again; the one clock to arrival stands as it stood.
    case.must(Action::CallTeam(None));
    case.must(Action::AcceptOffer(id("near")));
    let facts = case.must(Action::RecordArrival(id("near"), None));
    assert!(matches!(facts[0], Fact::TeamArrived { in_time: true, .. }));
    assert_eq!(*case.clock(ClockKind::Arrive), arrived);
}

#[test]
fn a_closed_case_is_opened_again_when_a_party_asks_and_not_for_ever() {
    let mut case = Case::triaged();
    for round in 0..=MOST_REDOS {
        case.must(ended(Outcome::Withdrawn));
        case.must(Action::Verify);
        case.must(Action::Close);
        let again = case.when(Action::Redo(RedoReason::PartyAsks));
        if round == MOST_REDOS {
            assert_eq!(again, Err(Rejection::TooMany { what: "redos" }));
        } else {
            assert!(again.is_ok(), "{again:?}");
        }
    }
}

#[test]
fn who_reported_and_the_parties_are_told_how_it_went() {
    let told = |case: &Case| -> Vec<(Recipient, Template)> {
        case.notices.iter().map(|notice| (notice.recipient, notice.template)).collect()
    };
    let mut case = Case::reported();
    case.must(Action::Accept);
    assert_eq!(told(&case), [(Recipient::Reporter, Template::Accepted)]);
    case.must(triage(Level::General));
    assert_eq!(told(&case), []);
    case.must(Action::CallTeam(None));
    assert_eq!(told(&case), [(Recipient::Team, Template::Offer)]);
    assert_eq!(case.notices[0].target, "near");
    case.must(ended(Outcome::Withdrawn));
    assert_eq!(told(&case), [(Recipient::Reporter, Template::Outcome)]);
    case.must(Action::Verify);
    case.must(Action::Close);
    let closed = [(Recipient::Reporter, Template::Closed), (Recipient::Parties, Template::Closed)];
    assert_eq!(told(&case), closed);
}
