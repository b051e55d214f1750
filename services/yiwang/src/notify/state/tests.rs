use super::*;

fn noon() -> Timestamp {
    "2026-07-01T04:00:00Z".parse().unwrap()
}

fn cursor() -> Cursor {
    let log = LogId { node: "zibo".to_owned(), service: SERVICE.to_owned(), incarnation: 2 };
    Cursor { log: Some(log), position: 42, hash: vec![7; 32], filter: vec![1, 2] }
}

fn take_on(state: &mut State, position: u64, urgent: bool) {
    let pending = Pending::new(format!("e-{position}"), urgent, noon());
    state.pending.insert(position, pending);
}

fn unreported() -> Unreported {
    let (event_id, refusal) = ("e-39".to_owned(), "NOT_HOME".to_owned());
    Unreported { event_id, delivered: false, refusal, at: noon() }
}

#[test]
fn what_was_saved_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    assert_eq!(State::load(&path).unwrap(), None);
    let mut state = State::beginning(Some(&cursor()));
    take_on(&mut state, 40, false);
    let settled = Settled { reason: 3, unreached: 0 };
    state.pending.get_mut(&40).unwrap().settled = Some(settled);
    state.save(&path).unwrap();
    take_on(&mut state, 41, true);
    state.give_up(39, unreported());
    state.save(&path).unwrap();
    let read = State::load(&path).unwrap().unwrap();
    assert_eq!((read.cursor(), &read), (Some(cursor()), &state));
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing is left beside it");
}

#[test]
fn a_file_that_is_none_is_not_overwritten_by_a_new_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    for text in ["", "{}", "{\"version\": 1, \"cursor\": null, \"pending\": {}}", "[1]"] {
        std::fs::write(&path, text).unwrap();
        let said = State::load(&path).unwrap_err().tell().unwrap();
        assert!(said.contains("cannot be used") && said.contains("无法使用"), "{said}");
    }
}

#[test]
fn turns_come_in_order_of_position_when_their_time_has_come() {
    let mut state = State::beginning(None);
    assert_eq!((state.quiet(noon()), state.cursor()), (None, None));
    for position in [3, 1, 2] {
        take_on(&mut state, position, false);
    }
    let later = noon() + SignedDuration::from_secs(60);
    state.pending.get_mut(&1).unwrap().next = later;
    assert_eq!(state.due(noon(), 16), [2, 3]);
    assert_eq!(state.due(noon(), 1), [2]);
    assert_eq!(state.quiet(noon()), Some(SignedDuration::ZERO));
    state.pending.retain(|position, _| *position == 1);
    assert_eq!(state.quiet(noon()), Some(SignedDuration::from_secs(60)));
    assert_eq!(state.due(later, 16), [1]);
}

#[test]
fn who_has_minutes_to_answer_is_told_first() {
    let mut state = State::beginning(None);
    for (position, urgent) in [(1, false), (2, false), (3, true), (4, true)] {
        take_on(&mut state, position, urgent);
    }
    assert_eq!(state.due(noon(), 3), [3, 4, 1]);
    state.pending.get_mut(&3).unwrap().next = noon() + SignedDuration::from_secs(1);
    assert_eq!(state.due(noon(), 16), [4, 1, 2]);
}

#[test]
fn what_could_not_be_reported_is_kept_and_the_oldest_of_it_forgotten() {
    let mut state = State::beginning(None);
    take_on(&mut state, 1, false);
    for position in 1..=1_001 {
        state.give_up(position, unreported());
    }
    assert!(state.pending.is_empty());
    assert_eq!((state.unreported.len(), state.unreported.keys().next()), (1_000, Some(&2)));
}

#[test]
fn one_process_works_with_a_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let held = lock(&path).unwrap();
    let said = lock(&path).unwrap_err().tell().unwrap();
    assert!(said.contains("another process"), "{said}");
    drop(held);
    lock(&path).unwrap();
}
