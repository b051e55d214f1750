use ledger::{Foreign, States};
use prost::{Message, Name};
use yiwang_proto::feed::v1::Header;
use yiwang_proto::registry::v1 as pb;

use super::*;
use crate::domain::codes::{AreaCode, GridCode};
use crate::domain::places::Duty;

const GRID: &str = "370306001002003";
const NEW: &str = "370306001002004";

fn event<M: Message + Name>(message: &M) -> Foreign {
    let header = Header { r#type: M::full_name(), ..Header::default() };
    Foreign { header, payload: message.encode_to_vec() }
}

/// Applies a page of events as one commit does: everything declared is loaded first, then they follow one another.
fn page(states: &mut States<State>, events: &[Foreign]) -> Vec<Result<(), CannotApply>> {
    for _ in 0..4 {
        let keys: Vec<Key> = events.iter().flat_map(|event| reads(event, states)).collect();
        for key in keys.into_iter().filter(|key| !states.knows(key)).collect::<Vec<_>>() {
            states.loaded(key, None);
        }
    }
    let applied = events.iter().map(|event| {
        let applied = apply(states, event);
        match applied {
            Ok(()) => drop(states.keep()),
            Err(_) => states.forget(),
        }
        applied
    });
    applied.collect()
}

fn facts(code: &str) -> pb::GridFacts {
    pb::GridFacts {
        grid_code: code.to_owned(),
        display_name: "第三网格".to_owned(),
        base_point: Some(pb::GeoPoint { longitude: 117.85, latitude: 36.8 }),
        valid_from_date: "2026-01-01".to_owned(),
        ..pb::GridFacts::default()
    }
}

fn team_facts(serves: &[&str]) -> pb::TeamFacts {
    pb::TeamFacts {
        team_id: "lmj-1".to_owned(),
        display_name: "蓝马甲一队".to_owned(),
        area_code: "370306001".to_owned(),
        served_area_codes: serves.iter().map(|code| (*code).to_owned()).collect(),
        valid_from_date: "2026-01-01".to_owned(),
        ..pb::TeamFacts::default()
    }
}

fn the_grid(states: &States<State>, code: &str) -> Option<Grid> {
    let key = grid_key(GridCode::parse(code).unwrap());
    if states.knows(&key) { grid(states, &key).cloned() } else { None }
}

fn the_team(states: &States<State>) -> Team {
    team(states, &team_key(&Id::parse("lmj-1").unwrap())).cloned().unwrap()
}

fn serving(states: &States<State>, code: &str) -> usize {
    coverage(states, &coverage_key(&AreaCode::parse(code).unwrap())).teams.len()
}

fn staged(chunk: u32, code: &str) -> Foreign {
    let (import_id, area_code) = ("i-1".to_owned(), code[..12].to_owned());
    event(&pb::GridsStaged { import_id, chunk, grids: vec![facts(code)], area_code })
}

fn activated(first_chunk: u32, chunks: u32) -> Foreign {
    let import_id = "i-1".to_owned();
    let kind = pb::ImportKind::Grids.into();
    let activated = pb::ImportActivated::default();
    event(&pb::ImportActivated { import_id, kind, chunks, first_chunk, ..activated })
}

#[test]
fn staged_rows_hold_only_once_they_are_activated() {
    for pages in [
        vec![vec![staged(1, GRID)], vec![staged(2, NEW)], vec![activated(1, 2)]],
        vec![vec![staged(1, GRID), staged(2, NEW), activated(1, 2)]],
        vec![vec![staged(1, GRID)], vec![staged(2, NEW), activated(1, 2)]],
    ] {
        let mut states = States::new();
        let last = pages.len() - 1;
        for (index, events) in pages.into_iter().enumerate() {
            assert_eq!(the_grid(&states, GRID), None, "not before its activation");
            let applied = page(&mut states, &events);
            assert!(applied.iter().all(Result::is_ok), "{applied:?}");
            assert_eq!(the_grid(&states, GRID).is_some(), index == last);
        }
        assert!(the_grid(&states, GRID).unwrap().point.is_some());
        assert!(the_grid(&states, NEW).is_some());
    }
}

#[test]
fn an_activation_of_one_area_needs_the_rows_of_no_other() {
    let mut states = States::new();
    let applied = page(&mut states, &[staged(5, GRID), activated(5, 1)]);
    assert!(applied.iter().all(Result::is_ok), "{applied:?}");
    assert!(the_grid(&states, GRID).is_some());
    let applied = page(&mut states, &[staged(6, NEW), staged(7, NEW), activated(7, 1)]);
    assert!(applied.iter().all(Result::is_ok), "{applied:?}");
    assert!(the_grid(&states, NEW).is_some());
}

#[test]
fn a_grid_that_came_from_elsewhere_is_known_without_the_other_community() {
    let step = pb::LineageStep {
        from_grid_code: GRID.to_owned(),
        to_grid_code: NEW.to_owned(),
        weight: 1.0,
        effective_date: "2026-07-01".to_owned(),
        ..pb::LineageStep::default()
    };
    let moved_in = pb::GridMovedIn { grid: Some(facts(NEW)), lineage: Some(step.clone()) };
    let moved = pb::GridMoved { grid: Some(facts(NEW)), lineage: Some(step) };
    let mut states = States::new();
    assert!(page(&mut states, &[event(&moved_in)]).iter().all(Result::is_ok));
    let alone = the_grid(&states, NEW);
    assert!(alone.is_some());
    // Who sees both learns nothing else from the second one.
    let created = event(&pb::GridCreated { grid: Some(facts(GRID)) });
    let mut states = States::new();
    let both = [created, event(&moved), event(&moved_in)];
    assert!(page(&mut states, &both).iter().all(Result::is_ok));
    assert_eq!(the_grid(&states, NEW), alone);
    assert_eq!(the_grid(&states, GRID).unwrap().successors.len(), 1);
}

#[test]
fn an_activation_without_its_rows_cannot_be_applied_and_changes_nothing() {
    let mut states = States::new();
    let applied = page(&mut states, &[staged(1, GRID), activated(1, 2)]);
    assert!(applied[0].is_ok());
    assert_eq!(applied[1].as_ref().unwrap_err().reason, "CHUNK_MISSING");
    assert_eq!(the_grid(&states, GRID), None);
    // A retry, once the missing rows are there, applies all of them.
    let applied = page(&mut states, &[staged(2, NEW), activated(1, 2)]);
    assert!(applied.iter().all(Result::is_ok), "{applied:?}");
    assert!(the_grid(&states, GRID).is_some() && the_grid(&states, NEW).is_some());
}

#[test]
fn a_split_ends_the_old_grid_on_its_day_and_names_who_follows() {
    let mut states = States::new();
    let split = pb::GridSplit {
        grids: vec![facts(NEW)],
        lineage: vec![pb::LineageStep {
            from_grid_code: GRID.to_owned(),
            to_grid_code: NEW.to_owned(),
            weight: 1.0,
            effective_date: "2026-07-01".to_owned(),
            ..pb::LineageStep::default()
        }],
    };
    let created = event(&pb::GridCreated { grid: Some(facts(GRID)) });
    let applied = page(&mut states, &[created.clone(), event(&split)]);
    assert!(applied.iter().all(Result::is_ok), "{applied:?}");
    let old = the_grid(&states, GRID).unwrap();
    assert_eq!(old.until, Some("2026-07-01".parse().unwrap()));
    assert_eq!(old.successors, [GridCode::parse(NEW).unwrap()]);
    // Renaming the old grid afterwards must not lose its lineage.
    let renamed = event(&pb::GridRenamed { grid: Some(facts(GRID)) });
    page(&mut states, &[renamed]);
    assert_eq!(the_grid(&states, GRID).unwrap().successors.len(), 1);
}

#[test]
fn what_ends_without_having_begun_is_set_aside() {
    let mut states = States::new();
    let retired =
        pb::GridRetired { grid_code: GRID.to_owned(), valid_to_date: "2026-07-01".to_owned() };
    let duty = pb::TeamDutySet {
        team_id: "lmj-1".to_owned(),
        state: pb::DutyState::OnDuty.into(),
        ..pb::TeamDutySet::default()
    };
    let applied = page(&mut states, &[event(&retired), event(&duty)]);
    let reasons: Vec<_> =
        applied.iter().map(|applied| applied.as_ref().unwrap_err().reason).collect();
    assert_eq!(reasons, ["GRID_UNKNOWN", "TEAM_UNKNOWN"]);
}

#[test]
fn a_team_keeps_its_duty_when_it_changes_and_serves_what_it_says_last() {
    let mut states = States::new();
    let duty = |state: pb::DutyState| {
        let team_id = "lmj-1".to_owned();
        event(&pb::TeamDutySet { team_id, state: state.into(), ..pb::TeamDutySet::default() })
    };
    let created = event(&pb::TeamCreated { team: Some(team_facts(&["370306001", "370306002"])) });
    let changed = event(&pb::TeamChanged { team: Some(team_facts(&["370306002", "370306003"])) });
    page(&mut states, &[created]).into_iter().for_each(|applied| applied.unwrap());
    assert_eq!(the_team(&states).duty, Duty::Off, "a new team is off duty");
    let applied = page(&mut states, &[duty(pb::DutyState::OnDuty), changed]);
    assert!(applied.iter().all(Result::is_ok), "{applied:?}");
    assert_eq!(the_team(&states).duty, Duty::On);
    let counts = ["370306001", "370306002", "370306003"].map(|code| serving(&states, code));
    assert_eq!(counts, [0, 1, 1]);

    let valid_to_date = "2026-07-01".to_owned();
    let gone = pb::TeamFacts { valid_to_date, ..team_facts(&["370306002", "370306003"]) };
    let gone = event(&pb::TeamDisbanded { team: Some(gone) });
    assert!(page(&mut states, &[gone]).iter().all(Result::is_ok));
    assert_eq!(the_team(&states).duty, Duty::Off);
    let counts = ["370306001", "370306002", "370306003"].map(|code| serving(&states, code));
    assert_eq!(counts, [0, 0, 0], "who is disbanded serves nobody");
}

#[test]
fn what_is_not_known_or_not_readable_is_said_so() {
    let mut states = States::new();
    let named = |name: &str, payload: &[u8]| Foreign {
        header: Header { r#type: name.to_owned(), ..Header::default() },
        payload: payload.to_vec(),
    };
    let mut bad_code = facts(GRID);
    bad_code.grid_code = "3703".to_owned();
    let events = [
        named("yiwang.registry.v1.SomethingNew", b""),
        named("yiwang.liaison.v1.GridCreated", b""),
        named("yiwang.registry.v1.GridCreated", b"\xff\xff\xff"),
        named("yiwang.registry.v1.GridCreated", b""),
        event(&pb::GridCreated { grid: Some(bad_code) }),
    ];
    let reasons: Vec<_> =
        page(&mut states, &events).into_iter().map(|applied| applied.unwrap_err().reason).collect();
    assert_eq!(reasons, ["UNKNOWN_TYPE", "UNKNOWN_TYPE", "UNDECODABLE", "MALFORMED", "MALFORMED"]);
}

#[test]
fn workers_and_zones_are_passed_over() {
    let mut states = States::new();
    let import_id = "i-2".to_owned();
    let kind = pb::ImportKind::Workers.into();
    let events = [
        event(&pb::WorkersStaged { import_id: import_id.clone(), chunk: 1, ..Default::default() }),
        event(&pb::ImportActivated {
            import_id,
            kind,
            chunks: 1,
            ..pb::ImportActivated::default()
        }),
        event(&pb::JurisdictionCreated::default()),
        event(&pb::WorkerContactChanged::default()),
    ];
    assert!(page(&mut states, &events).iter().all(Result::is_ok));
    assert_eq!(states.iter().count(), 0);
}

#[test]
fn a_release_of_the_catalogue_brings_the_limits_of_disputes_and_replaces_the_one_before() {
    let rule = |key: &str, matter: &str, limit: &str| pb::LimitRuleFacts {
        rule_key: key.to_owned(),
        matter_code: matter.to_owned(),
        step: pb::LimitStep::Handle.into(),
        level: pb::MatterLevel::General.into(),
        limit: limit.to_owned(),
        yellow_before: "1wd".to_owned(),
        extension_max: "5wd".to_owned(),
        source: "市级规定".to_owned(),
        valid_from_date: "2026-01-01".to_owned(),
        ..pb::LimitRuleFacts::default()
    };
    let release = |version, rules: Vec<pb::LimitRuleFacts>| {
        let matters = vec![pb::MatterFacts {
            matter_code: "dispute".to_owned(),
            type_codes: vec!["01".to_owned(), "02".to_owned()],
            valid_from_date: "2026-01-01".to_owned(),
            ..pb::MatterFacts::default()
        }];
        let (area_code, limit_rules) = ("3703".to_owned(), rules);
        let facts =
            pb::CatalogueFacts { version, area_code, matters, limit_rules, ..Default::default() };
        event(&pb::CatalogueReleased { catalogue: Some(facts) })
    };
    let mut states = States::new();
    let first = release(1, vec![rule("a", "dispute", "5wd"), rule("b", "hazard", "3d")]);
    let second = release(2, vec![rule("c", "dispute", "6wd")]);
    let edited = event(&pb::CatalogueEdited::default());
    for applied in page(&mut states, &[first, edited, second]) {
        assert_eq!(applied, Ok(()));
    }
    let Some(State::Catalogue(catalogue)) = states.get(&catalogue_key()) else { panic!("none") };
    let keys: Vec<_> = catalogue.limits.iter().map(|limit| limit.rule.rule_key.as_str()).collect();
    assert_eq!((catalogue.version, keys), (2, vec!["c"]));
    assert_eq!(catalogue.limits[0].extension_most, "5wd".parse().ok());

    let broken = release(3, vec![rule("d", "dispute", "six days")]);
    let applied = page(&mut states, &[broken]);
    assert!(matches!(&applied[..], [Err(CannotApply { reason: "MALFORMED", .. })]), "{applied:?}");
}
