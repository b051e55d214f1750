//! Reading: on record before the first byte, once for a reading that was cut.

use kit::Clock;
use std::time::Duration;

use super::*;

async fn attached(node: &Node, size: usize) -> Desk {
    let desk = Desk::new(node, pdf(size)).await;
    desk.upload_all(node).await.unwrap();
    desk.attach(node).await.unwrap();
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_goes_on_equals_the_whole_and_is_one_opening() {
    for node in Node::everywhere().await {
        let desk = attached(&node, 3 * CHUNK + 500).await;
        let request = desk.reading();
        let (head, position, whole) = read(&node, "desk", request.clone()).await.unwrap();
        assert_eq!((head.media_type.as_str(), head.offset), ("application/pdf", 0));
        assert_eq!((head.size, position), (whole.len() as u64, node.service.ledger().head()));
        assert_eq!(whole, desk.content);
        for (offset, length) in [(0, 0), (CHUNK + 7, 0), (5, 100), (CHUNK - 1, 2), (whole.len(), 0)]
        {
            let (from, wanted) = (offset as u64, length as u64);
            let asked = pb::ReadFileRequest { offset: from, length: wanted, ..request.clone() };
            let (head, again, part) = read(&node, "desk", asked).await.unwrap();
            assert_eq!((head.offset, again), (from, position));
            let end = if length == 0 { whole.len() } else { offset + length };
            assert_eq!(part, whole[offset..end], "{offset}, {length}");
        }
        assert_eq!(desk.happened(&node).await, ["DisputeReported", "FileAttached", "FileOpened"]);
        let beyond = pb::ReadFileRequest { offset: head.size + 1, ..desk.reading() };
        let beyond = read(&node, "desk", beyond).await.unwrap_err();
        assert_eq!(reason(&beyond), "RANGE_BEYOND_END");
        let purpose = pb::Purpose::LegalDuty.into();
        let other = read(&node, "desk", pb::ReadFileRequest { purpose, ..request }).await;
        assert_eq!(reason(&other.unwrap_err()), "REQUEST_ID_REUSED");
        assert_eq!(node.service.ledger().head(), position, "none of that is an opening");
        read(&node, "desk", desk.reading()).await.unwrap();
        assert_eq!(node.service.ledger().head(), position + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_is_refused_on_record() {
    for node in Node::everywhere().await {
        let desk = attached(&node, 1_000).await;
        for (caller, refused) in [("blind", "ROLE_MISSING"), ("elsewhere", "DISPUTE_NOT_FOUND")] {
            let status = read(&node, caller, desk.reading()).await.unwrap_err();
            assert_eq!(reason(&status), refused);
        }
        let names = ["DisputeReported", "FileAttached", "FileRefused", "FileRefused"];
        assert_eq!(desk.happened(&node).await, names);
        let unknown = pb::ReadFileRequest { file_id: fresh(), ..desk.reading() };
        assert_eq!(reason(&read(&node, "desk", unknown).await.unwrap_err()), "FILE_NOT_FOUND");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_lasts_an_hour() {
    let clock = Clock::manual(Clock::system().now());
    let node = Node::start_at(clock.clone()).await;
    let desk = attached(&node, 1_000).await;
    let request = desk.reading();
    read(&node, "desk", request.clone()).await.unwrap();
    clock.advance(Duration::from_secs(59 * 60));
    let rest = pb::ReadFileRequest { offset: 900, ..request.clone() };
    assert_eq!(read(&node, "desk", rest).await.unwrap().2, desk.content[900..]);
    clock.advance(Duration::from_secs(2 * 60));
    let late = read(&node, "desk", request).await.unwrap_err();
    assert_eq!(reason(&late), "READ_EXPIRED");
    read(&node, "desk", desk.reading()).await.unwrap();
}
