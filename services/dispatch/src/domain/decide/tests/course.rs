use super::*;
use crate::domain::dispute::{FileNumber, Referral};
use crate::domain::event::Concluded;
use crate::domain::sealed::OpenRefusal;

const AGREED: Outcome = Outcome::AgreedWritten { partial: true };

fn start_with(consents: Vec<PartyConsent>) -> Action {
    Action::StartMediation { kind: MediationKind::Joint, organisation: id("rmtj-1"), consents }
}

#[test]
fn a_party_that_refuses_is_enough_for_no_mediation() {
    let mut case = Case::arrived();
    let refusal = Err(Rejection::PartyRefused { party: 2 });
    let asked = start_with(vec![given(1), refused(2)]);
    let before = case.dispute.revision;
    assert_eq!(case.when(asked.clone()), refusal.clone());
    let Stage::Arrived { consents, .. } = &case.dispute.stage else { panic!("{:?}", case.dispute) };
    assert_eq!(*consents, [given(1), refused(2)], "what was said is on record");
    assert_eq!(case.when(asked), refusal.clone());
    assert_eq!(case.dispute.revision, before + 2, "and only once");
    assert_eq!(case.when(start_with(vec![])), refusal);
    // A party may change its mind.
    case.must(Action::RecordConsent(given(2)));
    case.must(start_with(vec![given(1)]));
    assert_eq!(case.state(), State::Mediating);
}

#[test]
fn every_party_has_to_consent() {
    let mut case = Case::arrived();
    case.dispute.parties = 3;
    let missing = |missing: &[u32]| Err(Rejection::ConsentMissing { missing: missing.to_vec() });
    assert_eq!(case.when(start_with(vec![])), missing(&[1, 2, 3]));
    assert_eq!(case.when(start_with(vec![given(3), given(1)])), missing(&[2]));
    case.must(start_with(vec![given(3), given(1), given(2)]));
}

#[test]
fn a_case_has_no_more_parties_than_it_has() {
    let mut case = Case::arrived();
    let stranger = |field| Err(Rejection::NoSuchParty { party: 3, parties: 2, field });
    assert_eq!(case.when(Action::RecordConsent(refused(3))), stranger("consent.party"));
    let consents = vec![given(1), given(2), given(3)];
    assert_eq!(case.when(start_with(consents)), stranger("consents"));
    assert_eq!(case.state(), State::Arrived);
}

#[test]
fn peoples_mediation_is_a_committees() {
    let mut case = Case::arrived();
    let refused = |unit| Err(Rejection::NotThisMediation { organisation: id("rmtj-1"), unit });
    for unit in [UnitKind::Station, UnitKind::Centre, UnitKind::AdministrativeMediation] {
        case.units[0].kind = unit;
        assert_eq!(case.when(mediate()), refused(unit));
    }
    case.units[0].kind = UnitKind::PeoplesMediation;
    let consents = vec![given(1), given(2)];
    let kind = MediationKind::PublicSecurity;
    let police = Action::StartMediation { kind, organisation: id("rmtj-1"), consents };
    assert_eq!(case.when(police), refused(UnitKind::PeoplesMediation));
    case.units[0].kind = UnitKind::TradeMediation;
    case.must(mediate());
}

#[test]
fn what_did_not_end_in_an_agreement_is_closed_as_it_is() {
    let mut refused_case = Case::arrived();
    refused_case.must(Action::RecordConsent(refused(1)));
    refused_case.must(ended(Outcome::Refused));
    let mut failed = Case::mediating();
    failed.must(ended(Outcome::Failed));
    let mut withdrawn = Case::triaged();
    withdrawn.must(ended(Outcome::Withdrawn));
    for mut case in [refused_case, failed, withdrawn] {
        case.must(Action::Verify);
        case.must(Action::Close);
    }
}

#[test]
fn the_organisation_has_to_exist() {
    let mut case = Case::arrived();
    case.units[0].until = Some("2026-02-13".parse().unwrap());
    let unknown = Err(Rejection::OrganisationNotFound { organisation: id("rmtj-1") });
    assert_eq!(case.when(mediate()), unknown);
    case.caught_up = false;
    assert_eq!(case.when(mediate()), Err(Rejection::RegistryNotCaughtUp));
}

#[test]
fn which_outcomes_are_possible_when() {
    let outcomes = [
        AGREED,
        Outcome::AgreedOrally { partial: false },
        Outcome::Failed,
        Outcome::Refused,
        Outcome::Referred(Referral::Police),
        Outcome::Withdrawn,
        Outcome::NotMediable,
    ];
    let mut unwilling = Case::arrived();
    unwilling.must(Action::RecordConsent(refused(2)));
    let mut stopped = Case::mediating();
    stopped.must(Action::RecordConsent(refused(1)));
    let table: Vec<(Dispute, [bool; 7])> = vec![
        (Case::after(&[Action::Accept]).dispute, [false, false, false, true, true, true, true]),
        (Case::triaged().dispute, [false, false, false, true, true, true, true]),
        (Case::called().dispute, [false, false, false, true, true, true, true]),
        (Case::under_way().dispute, [false, false, false, true, true, true, true]),
        (Case::arrived().dispute, [false, false, false, false, true, true, true]),
        (unwilling.dispute, [false, false, false, true, true, true, true]),
        (Case::mediating().dispute, [true, true, true, false, true, true, false]),
        (stopped.dispute, [false, false, true, true, true, true, false]),
    ];
    for (given, possible) in table {
        for (outcome, possible) in outcomes.into_iter().zip(possible) {
            let mut case = Case { dispute: given.clone(), ..Case::reported() };
            case.now = given.updated_at;
            let result = case.when(ended(outcome));
            let state = given.state().name();
            assert_eq!(result.is_ok(), possible, "{} in {state}: {result:?}", outcome.name());
        }
    }
}

#[test]
fn an_agreement_is_followed_up_before_it_is_verified() {
    let mut case = Case::agreed();
    assert_eq!(case.when(Action::Verify), Err(Rejection::FollowUpMissing));
    for _ in 0..MOST_FOLLOW_UPS {
        case.must(visited(Performance::Partly));
    }
    let more = case.when(visited(Performance::Performed));
    assert_eq!(more, Err(Rejection::TooMany { what: "follow-ups" }));
    case.must(Action::Verify);
    case.must(Action::Close);
}

#[test]
fn the_outcome_frees_the_team() {
    for (mut case, team) in [
        (Case::triaged(), None),
        (Case::called(), Some(id("near"))),
        (Case::under_way(), Some(id("near"))),
        (Case::arrived(), Some(id("near"))),
        (Case::mediating(), None),
    ] {
        let facts = case.must(ended(Outcome::Withdrawn));
        let [Fact::OutcomeRecorded(Concluded { team: freed, .. })] = facts.as_slice() else {
            panic!("{facts:?}")
        };
        assert_eq!(*freed, team);
    }
}

#[test]
fn mediation_frees_the_team_and_does_not_touch_its_clock() {
    let mut case = Case::arrived();
    assert_eq!(case.dispute.stage.engaged_team(), Some(&id("near")));
    let clock = case.clock(ClockKind::Arrive).clone();
    let facts = case.must(mediate());
    let [Fact::MediationStarted { team, file, .. }] = facts.as_slice() else { panic!("{facts:?}") };
    assert_eq!(*team, id("near"));
    assert_eq!(*file, FileNumber { year: 2026, number: 1 });
    assert_eq!(case.dispute.stage.engaged_team(), None);
    assert_eq!(*case.clock(ClockKind::Arrive), clock);
}

#[test]
fn what_a_caller_has_seen_of_registry_has_to_be_known() {
    // Registry's log was read up to 9.
    for (min_registry, then) in [(9, true), (10, false)] {
        for (mut case, action) in
            [(Case::triaged(), Action::CallTeam(None)), (Case::arrived(), mediate())]
        {
            let dispute_id = case.dispute.id;
            let scope = area("3703");
            let act = Act {
                dispute_id,
                scope,
                unit: None,
                revision: None,
                min_registry,
                action,
                sealing: None,
            };
            let behind = Err(Rejection::RegistryBehind { at: 9 });
            let result = case.act(&act).map(drop);
            assert_eq!(result, if then { Ok(()) } else { behind });
        }
    }
}

#[test]
fn opening_and_its_refusals_are_facts() {
    let rules = rules();
    let context = Context {
        rules: &rules,
        now: start(),
        node: NODE,
        incarnation: 1,
        registry_position: 9,
        registry_caught_up: true,
        registry_read_once: true,
    };
    let case = Case::reported();
    let ask = |scope: &str, may_see| {
        let act = Act {
            dispute_id: case.dispute.id,
            scope: area(scope),
            unit: None,
            revision: None,
            min_registry: 0,
            action: Action::OpenDetails { purpose: Purpose::Mediate, may_see },
            sealing: None,
        };
        act_on(&context, &case.dispute, &act)
    };
    let opened = ask("370306", true);
    let sealed = vec![Uuid::from_u128(7)];
    assert_eq!(
        opened.events[0].fact,
        Fact::DetailsOpened { purpose: Purpose::Mediate, sealed: sealed.clone() }
    );
    assert_eq!(opened.answer, Ok(Answer::Opened { dispute_id: case.dispute.id, sealed }));

    for (scope, may_see, reason, rejection) in [
        (
            "370306",
            false,
            OpenRefusal::RoleMissing,
            Rejection::DetailsNotYours(OpenRefusal::RoleMissing),
        ),
        ("370303", true, OpenRefusal::AreaNotYours, Rejection::DisputeNotFound),
    ] {
        let refused = ask(scope, may_see);
        assert_eq!(
            refused.events[0].fact,
            Fact::DetailsRefused { purpose: Purpose::Mediate, reason }
        );
        assert_eq!(refused.answer, Err(rejection));
    }
}

fn act_on(context: &Context<'_>, dispute: &Dispute, act: &Act) -> Ruling {
    super::super::act(context, Some(dispute), &Around::default(), act).unwrap()
}

#[test]
fn erasure_takes_every_piece_and_opening_finds_none_afterwards() {
    let mut case = Case::reported();
    case.must(Action::AddNote);
    assert_eq!(case.dispute.sealed.len(), 2);
    let facts = case.must(Action::EraseDetails(EraseReason::Ordered));
    let sealed = vec![Uuid::from_u128(7), Uuid::from_u128(8)];
    let (reason, files) = (EraseReason::Ordered, Vec::new());
    assert_eq!(facts, [Fact::DetailsErased { reason, sealed, files }]);
    assert!(case.dispute.sealed.is_empty());
    assert_eq!(case.dispute.erased_at, Some(case.now));
    let open = Action::OpenDetails { purpose: Purpose::Supervise, may_see: true };
    let purpose = Purpose::Supervise;
    assert_eq!(case.must(open), [Fact::DetailsOpened { purpose, sealed: Vec::new() }]);
}

#[test]
fn a_case_has_room_for_so_many_pieces() {
    let mut case = Case::reported();
    let piece = case.dispute.sealed[0];
    case.dispute.sealed = vec![piece; MOST_SEALED];
    assert_eq!(case.when(Action::AddNote), Err(Rejection::TooMany { what: "sealed pieces" }));
    assert!(case.when(Action::Accept).is_ok(), "what needs no words goes on");
}
