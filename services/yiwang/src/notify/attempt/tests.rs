use tonic::{Code, Status};
use yiwang_proto::dispatch::v1::OpenContactResponse;

use super::*;
use crate::notify::tests::scripted::{Asked, Node, noon, pending, refusal, teller};

fn failed() -> Status {
    refusal(Code::Internal, "INTERNAL")
}

/// The reasons and numbers of sendings in the reports that a node got.
fn reports(node: &Node) -> Vec<(i32, u32)> {
    let reports = node.asked().into_iter().filter_map(|asked| match asked {
        Asked::Report(report, _) => Some((report.reason, report.attempts)),
        Asked::Open(_) | Asked::Pull => None,
    });
    reports.collect()
}

fn openings(node: &Node) -> usize {
    node.asked().iter().filter(|asked| matches!(asked, Asked::Open(_))).count()
}

/// What is to be reported after a step, which has to be its end.
fn settled(left: Left) -> Pending {
    let Left::Report(pending) = left else { panic!("{left:?}") };
    assert!(pending.settled.is_some());
    pending
}

#[test]
fn a_request_id_is_that_of_event_and_result() {
    let id = |event, result| request_id(event, result).to_string();
    let first = id("e-1", DeliveryResult::Delivered);
    assert_eq!(first, id("e-1", DeliveryResult::Delivered));
    assert_ne!(first, id("e-1", DeliveryResult::Undeliverable));
    assert_ne!(first, id("e-2", DeliveryResult::Delivered));
    // Without a time in it, so that no node finds it too old.
    assert_eq!(request_id("e-1", DeliveryResult::Delivered).get_version_num(), 8);
}

#[tokio::test]
async fn every_step_names_the_event_that_it_means_and_another_one_ends_the_work() {
    let room = tempfile::tempdir().unwrap();
    let node = Node::start();
    let teller = teller(&node.address, room.path(), 3);
    let left = settled(teller.step(7, pending(7)).await.unwrap());
    assert_eq!(teller.step(7, left.clone()).await.unwrap(), Left::Nothing);
    for asked in node.asked() {
        let (position, expected) = match asked {
            Asked::Open(open) => (open.notice_position, open.expected_event_id),
            Asked::Report(report, _) => (report.notice_position, report.expected_event_id),
            Asked::Pull => panic!("nothing was to be read"),
        };
        assert_eq!((position, expected.as_str()), (7, "e-7"));
    }
    let diverged = || refusal(Code::FailedPrecondition, "NOTICE_DIVERGED");
    node.opens(vec![Err(diverged())]);
    node.refuses_reports(vec![diverged()]);
    for pending in [pending(8), left] {
        let ended = teller.step(8, pending).await.unwrap_err();
        assert!(ended.tell().unwrap().contains("NOTICE_DIVERGED"), "{ended}");
    }
    assert_eq!(std::fs::read_dir(room.path()).unwrap().count(), 1, "only the first was told");
}

#[tokio::test]
async fn an_opening_that_fails_is_tried_as_often_as_is_wanted() {
    let room = tempfile::tempdir().unwrap();
    let node = Node::start();
    let teller = teller(&node.address, room.path(), 3);
    // The last answer is that to a repeated request, which shows nobody.
    let repeated = OpenContactResponse { replayed: true, ..OpenContactResponse::default() };
    node.opens(vec![Err(failed()), Err(failed()), Ok(repeated)]);
    let (mut left, mut pauses) = (pending(7), Vec::new());
    for tries in 1..=2 {
        let Left::Later(later) = teller.step(7, left).await.unwrap() else { panic!() };
        assert_eq!((later.openings, later.attempts), (tries, 0));
        pauses.push(later.next.duration_since(noon()));
        left = later;
    }
    assert!(pauses[0] <= SignedDuration::from_secs(30), "{pauses:?}");
    assert!(pauses[1] >= SignedDuration::from_secs(30), "each pause is longer: {pauses:?}");
    let left = settled(teller.step(7, left).await.unwrap());
    assert_eq!(teller.step(7, left).await.unwrap(), Left::Nothing);
    assert_eq!(openings(&node), 3);
    assert_eq!(reports(&node), [(i32::from(UndeliverableReason::GaveUp), 0)]);
}

#[tokio::test]
async fn a_node_that_is_not_there_has_nothing_given_up() {
    let room = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let teller = teller(&nowhere, room.path(), 1);
    let Left::Later(later) = teller.step(7, pending(7)).await.unwrap() else { panic!() };
    assert_eq!((later.tries(), &later.settled), (0, &None));
    assert!(later.next > noon());
}

#[tokio::test]
async fn what_the_node_refuses_is_reported_or_else_kept() {
    let room = tempfile::tempdir().unwrap();
    let node = Node::start();
    let teller = teller(&node.address, room.path(), 3);
    let refused = || refusal(Code::NotFound, "NOTICE_NOT_FOUND");
    node.opens(vec![Err(refused()), Err(refused())]);
    let left = settled(teller.step(7, pending(7)).await.unwrap());
    assert_eq!(teller.step(7, left).await.unwrap(), Left::Nothing);
    assert_eq!(reports(&node), [(i32::from(UndeliverableReason::GaveUp), 0)]);

    node.refuses_reports(vec![refused()]);
    let left = settled(teller.step(8, pending(8)).await.unwrap());
    let (event_id, refusal) = ("e-8".to_owned(), "NOTICE_NOT_FOUND".to_owned());
    let kept = Unreported { event_id, delivered: false, refusal, at: noon() };
    assert_eq!(teller.step(8, left).await.unwrap(), Left::Unreported(kept));
}

#[tokio::test]
async fn contacts_are_in_memory_for_a_quarter_of_an_hour_at_most() {
    let room = tempfile::tempdir().unwrap();
    let folder = room.path().join("out");
    let node = Node::start();
    let teller = teller(&node.address, &folder, 9);
    std::fs::remove_dir(&folder).unwrap();
    let Left::Later(left) = teller.step(7, pending(7)).await.unwrap() else { panic!() };
    let Left::Later(left) = teller.step(7, left).await.unwrap() else { panic!() };
    teller.forget();
    assert_eq!((openings(&node), teller.opened().len()), (1, 1));
    if let Some((at, _)) = teller.opened().get_mut(&7) {
        *at = Instant::now().checked_sub(opening::KEPT).unwrap();
    }
    teller.forget();
    assert!(teller.opened().is_empty());
    std::fs::create_dir(&folder).unwrap();
    settled(teller.step(7, left).await.unwrap());
    assert_eq!(
        (openings(&node), teller.opened().len()),
        (2, 0),
        "nothing is kept of what was sent"
    );
}

#[tokio::test]
async fn whether_a_team_is_still_asked_is_asked_at_each_try() {
    let room = tempfile::tempdir().unwrap();
    let folder = room.path().join("out");
    let node = Node::start();
    let teller = teller(&node.address, &folder, 9);
    std::fs::remove_dir(&folder).unwrap();
    let offer = Pending { urgent: true, ..pending(7) };
    let Left::Later(left) = teller.step(7, offer).await.unwrap() else { panic!() };
    let missing = UndeliverableReason::GaveUp.into();
    node.opens(vec![Ok(OpenContactResponse { missing, ..OpenContactResponse::default() })]);
    let left = settled(teller.step(7, left).await.unwrap());
    assert_eq!(left.settled, Some(Settled { reason: missing, unreached: 0 }));
    assert_eq!((openings(&node), left.attempts), (2, 1), "sent once, and over since");
}
