use super::*;

fn noon() -> Timestamp {
    "2026-07-01T04:00:00Z".parse().unwrap()
}

fn cursor() -> Cursor {
    let log = LogId { node: "zibo".to_owned(), service: SERVICE.to_owned(), incarnation: 2 };
    Cursor { log: Some(log), position: 42, hash: vec![7; 32], filter: vec![1, 2] }
}

#[test]
fn what_was_saved_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    assert_eq!(State::load(&path).unwrap(), None);
    let mut state = State::beginning(Some(&cursor()));
    state.take_on(40, noon());
    let settled = Settled { event_id: "e".to_owned(), reason: 3, unreached: 0 };
    state.pending.get_mut(&40).unwrap().settled = Some(settled);
    state.save(&path).unwrap();
    state.take_on(41, noon());
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
    for text in ["", "{}", "{\"version\": 2, \"cursor\": null, \"pending\": {}}", "[1]"] {
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
        state.take_on(position, noon());
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
fn one_process_works_with_a_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let held = lock(&path).unwrap();
    let said = lock(&path).unwrap_err().tell().unwrap();
    assert!(said.contains("another process"), "{said}");
    drop(held);
    lock(&path).unwrap();
}
