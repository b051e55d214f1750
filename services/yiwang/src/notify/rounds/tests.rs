use tonic::Code;

use super::*;
use crate::notify::tests::scripted::{Asked, Node, pending, refusal, teller};

/// Rounds with so many notices to tell, in a room of their own.
fn rounds(node: &Node, room: &Path, notices: u64) -> Rounds {
    let mut state = State::beginning(None);
    state.pending.extend((1..=notices).map(|position| (position, pending(position))));
    let path = room.join("state.json");
    state.save(&path).unwrap();
    let teller = teller(&node.address, &room.join("out"), 3);
    Rounds { teller, path, state, once: true, life: Lifecycle::new(Duration::from_secs(5)) }
}

#[tokio::test]
async fn what_came_of_a_sending_is_written_down_before_it_is_reported() {
    let room = tempfile::tempdir().unwrap();
    let node = Node::start();
    let mut rounds = rounds(&node, room.path(), 1);
    node.watches(&rounds.path);
    assert!(rounds.round().await.unwrap());
    let asked = node.asked();
    let [Asked::Open(_), Asked::Report(_, kept)] = asked.as_slice() else { panic!("{asked:?}") };
    let kept: State = serde_json::from_str(kept).unwrap();
    assert_eq!(kept.pending[&1].settled.as_ref().map(|settled| settled.reason), Some(0));
    assert!(rounds.state.pending.is_empty());
    assert_eq!(State::load(&rounds.path).unwrap(), Some(rounds.state));
}

#[tokio::test]
async fn the_feed_is_read_between_two_rounds() {
    let room = tempfile::tempdir().unwrap();
    let node = Node::start();
    rounds(&node, room.path(), 20).run().await.unwrap();
    let asked = node.asked();
    let read = asked.iter().position(|asked| *asked == Asked::Pull).unwrap();
    let is_opening = |asked: &&Asked| matches!(asked, Asked::Open(_));
    assert_eq!(asked[..read].iter().filter(is_opening).count(), AT_ONCE);
    assert_eq!(asked.iter().filter(is_opening).count(), 20);
}

#[tokio::test]
async fn what_dispatch_takes_no_report_of_stays_in_the_state_file() {
    let room = tempfile::tempdir().unwrap();
    let node = Node::start();
    let mut rounds = rounds(&node, room.path(), 1);
    node.opens(vec![Err(refusal(Code::FailedPrecondition, "NOT_HOME"))]);
    node.refuses_reports(vec![refusal(Code::FailedPrecondition, "NOT_HOME")]);
    assert!(rounds.round().await.unwrap());
    let state = State::load(&rounds.path).unwrap().unwrap();
    assert!(state.pending.is_empty());
    let kept = &state.unreported[&1];
    assert_eq!((kept.event_id.as_str(), kept.refusal.as_str()), ("e-1", "NOT_HOME"));
    assert!(!kept.delivered);
}

#[tokio::test]
async fn a_log_that_was_restored_ends_the_work_and_loses_nothing() {
    let room = tempfile::tempdir().unwrap();
    let node = Node::start();
    let rounds = rounds(&node, room.path(), 2);
    let path = rounds.path.clone();
    node.opens(vec![Err(refusal(Code::FailedPrecondition, "NOTICE_DIVERGED"))]);
    let ended = rounds.run().await.unwrap_err();
    assert!(ended.tell().unwrap().contains("NOTICE_DIVERGED"), "{ended}");
    assert_eq!(State::load(&path).unwrap().unwrap().pending.len(), 1, "the other one was told");
}
