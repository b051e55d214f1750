//! Erasure: nothing is readable any more, and nothing lies in the folder. Before it, nothing lies there in the clear.

use std::time::Duration;

use super::*;

/// Waits until so many files of cases lie on disk: keys are destroyed, and files removed, beside the commands.
async fn until_files(node: &Node, count: usize) {
    for _ in 0..500 {
        if node.sealed_files().len() == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?}", node.sealed_files());
}

async fn attached(node: &Node, desk: &Desk) -> pb::AttachFileRequest {
    desk.upload_all(node).await.unwrap();
    let request = desk.attaching();
    node.attachments("desk").attach_file(request.clone()).await.unwrap();
    request
}

/// Whether bytes stand anywhere in others.
fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_lies_in_the_clear_and_erasure_takes_all_of_it() {
    for node in Node::everywhere().await {
        let desk = Desk::new(&node, pdf(CHUNK + 5_000)).await;
        let request = attached(&node, &desk).await;
        in_the_dark(&node, &desk).await;
        let opening = desk.reading();
        read(&node, "desk", opening.clone()).await.unwrap();

        let (request_id, dispute_id, etag) = head(&desk.dispute_id);
        let reason_of = pb::EraseReason::PartyRequest.into();
        let erase = pb::EraseDetailsRequest { request_id, dispute_id, etag, reason: reason_of };
        let erased = node.client("desk").erase_details(erase).await.unwrap().into_inner();
        assert_eq!((erased.erased_count, erased.erased_file_count), (2, 1));
        // Neither by a new request nor by one that was answered before.
        for asked in [desk.reading(), opening] {
            let gone = read(&node, "desk", asked).await.unwrap_err();
            assert_eq!(reason(&gone), "FILE_NOT_FOUND");
        }
        until_files(&node, 0).await;
        let list = pb::ListFilesRequest { dispute_id: desk.dispute_id.clone() };
        let listed = node.attachments("desk").list_files(list).await.unwrap().into_inner();
        assert!(listed.files.is_empty());
        // The request was answered once, so it is answered again; another one cannot use the id.
        node.attachments("desk").attach_file(request).await.unwrap();
        assert_eq!(reason(&desk.attach(&node).await.unwrap_err()), "FILE_ID_TAKEN");
        let again = Upload::begin(&node, desk.begin()).await.err().unwrap();
        assert_eq!(reason(&again), "FILE_ID_TAKEN");
    }
}

/// Neither content nor caption nor digest stands in a file of the node or in an event.
async fn in_the_dark(node: &Node, desk: &Desk) {
    let digest = Sha256::digest(&desk.content);
    let hidden: [&[u8]; 3] = [MARKER, "王建国签字".as_bytes(), &digest];
    let [file] = node.sealed_files().try_into().unwrap();
    let mut places = vec![std::fs::read(file).unwrap()];
    for record in node.service.ledger().records(0, 1_000).await.unwrap() {
        places.push(record.payload);
        places.push(record.header);
    }
    for bytes in places {
        assert!(hidden.iter().all(|part| !has(&bytes, part)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_goes_with_its_caption_and_the_others_stay() {
    for node in Node::everywhere().await {
        let desk = Desk::new(&node, pdf(3_000)).await;
        attached(&node, &desk).await;
        let other = Desk { file_id: fresh(), content: pdf(4_000), ..desk.clone() };
        attached(&node, &other).await;
        let (request_id, dispute_id, etag) = head(&desk.dispute_id);
        let detach = pb::DetachFileRequest {
            request_id,
            dispute_id,
            etag,
            file_id: desk.file_id.clone(),
            reason: pb::EraseReason::RecordedInError.into(),
        };
        let mut client = node.attachments("desk");
        let blind = node.attachments("blind").detach_file(detach.clone()).await.unwrap_err();
        assert_eq!(reason(&blind), "ROLE_MISSING");
        let first = client.detach_file(detach.clone()).await.unwrap().into_inner();
        assert_eq!(first.dispute.as_ref().unwrap().sealed_count, 2, "details and one caption");
        assert_eq!(client.detach_file(detach).await.unwrap().into_inner(), first);
        until_files(&node, 1).await;
        assert_eq!(
            reason(&read(&node, "desk", desk.reading()).await.unwrap_err()),
            "FILE_NOT_FOUND"
        );
        assert_eq!(read(&node, "desk", other.reading()).await.unwrap().2, other.content);

        let node = node.restarted().await;
        assert_eq!(read(&node, "desk", other.reading()).await.unwrap().2, other.content);
        until_files(&node, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_erasure_left_behind_is_removed_at_the_next_start() {
    let node = Node::start().await;
    let desk = Desk::new(&node, pdf(3_000)).await;
    attached(&node, &desk).await;
    let [file] = node.sealed_files().try_into().unwrap();
    let copy = std::fs::read(&file).unwrap();
    let (request_id, dispute_id, etag) = head(&desk.dispute_id);
    let reason_of = pb::EraseReason::Ordered.into();
    let erase = pb::EraseDetailsRequest { request_id, dispute_id, etag, reason: reason_of };
    node.client("desk").erase_details(erase).await.unwrap();
    until_files(&node, 0).await;
    // As a backup of the folder would bring it back.
    std::fs::write(&file, copy).unwrap();
    let node = node.restarted().await;
    until_files(&node, 0).await;
}
