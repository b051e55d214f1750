use super::*;
use crate::domain::case_code::{BLOCK, Counter};

/// Decides a report with what is known.
fn decide(known: &Known<'_>, report: &Report, caught_up: bool) -> Result<Ruling, Rejection> {
    let rules = rules();
    let context = Context {
        rules: &rules,
        now: start(),
        node: NODE,
        incarnation: 1,
        registry_position: 9,
        registry_caught_up: caught_up,
        registry_read_once: caught_up,
    };
    super::super::report(&context, known, report)
}

fn with_grid(grid: &Grid, report: &Report) -> Result<Ruling, Rejection> {
    decide(&Known { grid: Some(grid), ..Known::default() }, report, true)
}

#[test]
fn a_report_is_one_event_with_a_home_a_term_and_a_code() {
    let ruling = with_grid(&grid(), &report()).unwrap();
    let [event] = ruling.events.as_slice() else { panic!("{:?}", ruling.events) };
    let Fact::Reported(reported) = &event.fact else { panic!("{event:?}") };
    assert_eq!((event.term, reported.home.as_str(), reported.at), (1, NODE, start()));
    assert_eq!(reported.code.node(), 306);
    assert_eq!(ruling.counter.map(|counter| counter.next), Some(1));
}

#[test]
fn the_same_source_is_the_same_case() {
    let existing = Uuid::from_u128(42);
    let elsewhere = GridCode::parse("370303001002003").unwrap();
    let mut report = report();
    report.source = Some(source());
    for (scope, recorded, then) in [
        ("3703", GridCode::parse(GRID).unwrap(), Ok(existing)),
        ("3703", elsewhere, Ok(existing)),
        ("370306", elsewhere, Err(Rejection::SourceRecordedElsewhere)),
    ] {
        report.scope = area(scope);
        let known = Known { recorded: Some((existing, recorded)), ..Known::default() };
        let ruling = decide(&known, &report, true);
        match (ruling, then) {
            (Ok(ruling), Ok(dispute_id)) => {
                assert!(ruling.events.is_empty() && ruling.counter.is_none());
                assert_eq!(ruling.answer, Ok(Answer::Existing { dispute_id }));
            }
            (got, then) => assert_eq!(got.map(|_| existing), then),
        }
    }
}

#[test]
fn a_grid_must_be_known_and_exist_today() {
    let successor = GridCode::parse("370306001002009").unwrap();
    let code = GridCode::parse(GRID).unwrap();
    let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    // It is 2026-02-13 in Zibo.
    for (from, until, fine) in [
        ("2026-01-01", None, true),
        ("2026-02-13", Some("2026-02-14"), true),
        ("2026-01-01", Some("2026-02-13"), false),
        ("2026-02-14", None, false),
    ] {
        let mut grid = grid();
        (grid.from, grid.until) = (day(from), until.map(day));
        grid.successors = vec![successor];
        let result = with_grid(&grid, &report()).map(drop);
        let retired = Rejection::GridRetired { grid: code, successors: vec![successor] };
        assert_eq!(result, if fine { Ok(()) } else { Err(retired) }, "{from} {until:?}");
    }
    let unknown = Rejection::GridNotFound { grid: code, suggestions: Vec::new() };
    assert_eq!(decide(&Known::default(), &report(), true).map(drop), Err(unknown));
    let lagging = decide(&Known::default(), &report(), false).map(drop);
    assert_eq!(lagging, Err(Rejection::RegistryNotCaughtUp));
}

#[test]
fn a_report_comes_from_the_past_but_not_from_long_ago() {
    for (seconds, then) in [
        (120, Ok(())),
        (121, Err(Rejection::ReportTimeInFuture)),
        (-86_400 * 3_000, Ok(())),
        (-86_400 * 3_660, Err(Rejection::ReportTimeTooOld)),
    ] {
        let mut report = report();
        report.reported_at = Some(start() + SignedDuration::from_secs(seconds));
        assert_eq!(with_grid(&grid(), &report).map(drop), then, "{seconds}");
    }
}

#[test]
fn a_report_waits_for_what_its_reporter_has_seen_of_registry() {
    for (min_registry, then) in [(9, Ok(())), (10, Err(Rejection::RegistryBehind { at: 9 }))] {
        let report = Report { min_registry, ..report() };
        assert_eq!(with_grid(&grid(), &report).map(drop), then);
    }
}

#[test]
fn nobody_reports_for_another_area() {
    let mut report = report();
    report.scope = area("370303");
    let refusal = Rejection::AreaNotYours { area: area(GRID) };
    assert_eq!(with_grid(&grid(), &report).map(drop), Err(refusal));
}

#[test]
fn when_codes_are_used_up_nothing_is_recorded() {
    let grid = grid();
    let mut counter = Counter::new(&[1; 16], 1);
    counter.next = BLOCK;
    let known = Known { grid: Some(&grid), counter: Some(&counter), ..Known::default() };
    assert_eq!(decide(&known, &report(), true).map(drop), Err(Rejection::CaseCodesExhausted));
}

#[test]
fn a_level_may_change_until_a_team_is_called_and_counts_from_acceptance() {
    let mut case = Case::after(&[Action::Accept]);
    let accepted = case.now;
    for (level, limit, day) in [
        (Level::Simple, "1d", "2026-02-14"),
        (Level::Complex, "20d", "2026-03-05"),
        (Level::General, "7d", "2026-02-24"),
    ] {
        let facts = case.must(triage(level));
        let [Fact::Triaged(triaged)] = facts.as_slice() else { panic!("{facts:?}") };
        assert_eq!(triaged.clock.limit.limit.to_string(), limit);
        assert_eq!(triaged.clock.limit.start, accepted);
        // 14 February 2026 is a working Saturday; the seventh day falls into Spring Festival and rolls to the 24th.
        let due_at = triaged.clock.due_at().unwrap();
        assert_eq!(calendar::business_date(due_at).to_string(), day, "{level:?}");
    }
}

#[test]
fn a_new_level_keeps_what_the_limit_stood_still_and_was_extended_by() {
    let mut case = Case::triaged();
    case.must(Action::Pause(PauseKind::AwaitingParty));
    case.now += SignedDuration::from_hours(24);
    case.must(Action::Resume);
    case.must(Action::RequestExtension(2, ExtensionReason::Complex));
    case.must(Action::DecideExtension(true));
    let before = case.clock(ClockKind::Handle).limit.clone();
    case.must(triage(Level::Complex));
    let after = &case.clock(ClockKind::Handle).limit;
    assert_eq!((&after.pauses, &after.extensions), (&before.pauses, &before.extensions));
    assert_eq!((after.start, after.limit.to_string().as_str()), (before.start, "20d"));
}

#[test]
fn danger_to_life_is_for_the_police_and_on_record() {
    let report = Report { danger: true, ..report() };
    let ruling = with_grid(&grid(), &report).unwrap();
    assert_eq!(ruling.answer, Err(Rejection::PoliceFirst));
    let [event] = ruling.events.as_slice() else { panic!("{:?}", ruling.events) };
    assert_eq!(event.fact, Fact::PoliceFirst { channel: Channel::GridWorker });
    assert!(event.sealing.is_none() && ruling.counter.is_none(), "no case, nothing of the people");

    let mut case = Case::after(&[Action::Accept]);
    let danger = Triaging { level: Level::Complex, kind: None, protective: true, danger: true };
    let before = case.dispute.clone();
    assert_eq!(case.when(Action::Triage(danger)), Err(Rejection::PoliceFirst));
    assert_eq!(case.dispute, before, "the case goes on once it is safe");
}

#[test]
fn a_triage_mends_the_type_and_a_mark_of_protection_stays() {
    let mut case = Case::after(&[Action::Accept]);
    let kind = dispute_types::intake("0101").ok();
    case.must(Action::Triage(Triaging {
        level: Level::General,
        kind,
        protective: true,
        danger: false,
    }));
    case.must(triage(Level::Simple));
    assert_eq!((case.dispute.kind.as_str(), case.dispute.protective), ("0101", true));
}

#[test]
fn small_matters_begin_in_the_village_and_the_first_receiver_is_kept() {
    // (area of who receives, area of who has it first)
    let table = [
        ("3703", "370306001002"),
        ("370306", "370306001002"),
        ("370306001", "370306001"),
        ("370306001002", "370306001002"),
        ("370306001002003", "370306001002"),
    ];
    for (scope, holder) in table {
        let report = Report { scope: area(scope), unit: Some(id("desk")), ..report() };
        let ruling = with_grid(&grid(), &report).unwrap();
        let Fact::Reported(reported) = &ruling.events[0].fact else { panic!("{ruling:?}") };
        assert_eq!(reported.holder.area.as_str(), holder, "{scope}");
        assert_eq!(reported.receiver.unit, Some(id("desk")));
    }
}
