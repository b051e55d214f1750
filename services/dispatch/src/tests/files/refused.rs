//! What is not what it was declared to be is not taken, and nothing of it stays.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_that_lies_is_found_out() {
    for node in Node::everywhere().await {
        let script = b"#!/bin/sh\nrm -rf /\n".to_vec();
        let mut desk = Desk::new(&node, script).await;
        desk.media_type = "image/png";
        desk.upload_all(&node).await.unwrap();
        let lied = desk.attach(&node).await.unwrap_err();
        assert_eq!(reason(&lied), "TYPE_MISMATCH");
        let metadata = lied.get_details_error_info().unwrap().metadata;
        assert_eq!((&*metadata["declared"], &*metadata["found"]), ("image/png", "unknown"));
        assert!(node.sealed_files().is_empty(), "it was destroyed");

        let desk = Desk::new(&node, pdf(2_000)).await;
        let mut begin = desk.begin();
        begin.declaration = begin
            .declaration
            .map(|declaration| pb::FileDeclaration { sha256: vec![1; 32], ..declaration });
        let declaration = begin.declaration.clone();
        let mut upload = Upload::begin(&node, begin).await.unwrap();
        upload.send(0, &desk.content).await;
        upload.end().await.unwrap();
        let request = pb::AttachFileRequest { declaration, ..desk.attaching() };
        let wrong = node.attachments("desk").attach_file(request).await.unwrap_err();
        assert_eq!(reason(&wrong), "DIGEST_MISMATCH");
        assert!(node.sealed_files().is_empty());
        assert_eq!(desk.happened(&node).await, ["DisputeReported"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_refused_before_it_is_sent() {
    let node = Node::start().await;
    let desk = Desk::new(&node, pdf(1_000)).await;
    type Change = fn(&mut pb::FileDeclaration);
    let table: [(&str, Change); 5] = [
        ("FILE_TOO_LARGE", |declared| declared.size = ledger::files::MAX_BYTES + 1),
        ("FILE_EMPTY", |declared| declared.size = 0),
        ("INVALID_FIELDS", |declared| declared.media_type = "text/html".to_owned()),
        ("INVALID_FIELDS", |declared| declared.media_type = String::new()),
        ("INVALID_FIELDS", |declared| declared.sha256 = vec![1]),
    ];
    for (expected, change) in table {
        let mut begin = desk.begin();
        change(begin.declaration.as_mut().unwrap());
        let status = Upload::begin(&node, begin).await.err().unwrap();
        assert_eq!(reason(&status), expected);
    }
    let stranger = pb::UploadBegin { dispute_id: fresh(), ..desk.begin() };
    let status = Upload::begin(&node, stranger).await.err().unwrap();
    assert_eq!(reason(&status), "DISPUTE_NOT_FOUND");
    let mut nobody = node.attachments("nobody");
    let request = pb::UploadPieceRequest { begin: Some(desk.begin()), piece: None };
    assert_eq!(reason(&nobody.upload_piece(request).await.unwrap_err()), "ROLE_MISSING");
    assert!(node.sealed_files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_stand_in_order_and_within_the_file() {
    let node = Node::start().await;
    let desk = Desk::new(&node, pdf(2 * CHUNK)).await;
    let long = vec![0; CHUNK + 1];
    let twice = pb::UploadFileRequest { part: Some(Part::Begin(desk.begin())) };
    let table = [
        ("WRONG_OFFSET", piece(1, b"x")),
        ("INVALID_FIELDS", piece(0, &long)),
        ("INVALID_FIELDS", piece(0, b"")),
        ("INVALID_FIELDS", twice),
        ("INVALID_FIELDS", pb::UploadFileRequest { part: None }),
    ];
    for (expected, message) in table {
        let upload = desk.upload(&node).await.unwrap();
        upload.sender.send(message).await.unwrap();
        assert_eq!(reason(&upload.end().await.unwrap_err()), expected);
    }
    let mut upload = desk.upload(&node).await.unwrap();
    upload.send(0, &desk.content).await;
    upload.sender.send(piece(2 * CHUNK, b"more")).await.unwrap();
    assert_eq!(reason(&upload.end().await.unwrap_err()), "FILE_TOO_LONG");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_is_over_takes_no_file() {
    let node = Node::start().await;
    let desk = Desk::new(&node, pdf(1_000)).await;
    desk.upload_all(&node).await.unwrap();
    let (request_id, dispute_id, etag) = head(&desk.dispute_id);
    let reason_of = pb::RejectReason::Duplicate.into();
    let note = String::new();
    let reject = pb::RejectDisputeRequest { request_id, dispute_id, etag, reason: reason_of, note };
    node.client("desk").reject_dispute(reject).await.unwrap();
    let refused = [
        desk.attach(&node).await.unwrap_err(),
        Upload::begin(&node, desk.begin()).await.err().unwrap(),
    ];
    for status in refused {
        assert_eq!(reason(&status), "ILLEGAL_TRANSITION");
        let metadata = status.get_details_error_info().unwrap().metadata;
        assert_eq!(metadata["command"], "AttachFile");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_folder_there_are_no_files() {
    for node in Node::without_folder().await {
        let desk = Desk::new(&node, pdf(1_000)).await;
        let refused = [
            Upload::begin(&node, desk.begin()).await.err().unwrap(),
            desk.attach(&node).await.unwrap_err(),
            read(&node, "desk", desk.reading()).await.unwrap_err(),
        ];
        for status in refused {
            assert_eq!(status.code(), tonic::Code::FailedPrecondition);
            assert_eq!(reason(&status), "FILES_NOT_CONFIGURED");
        }
        let list = pb::ListFilesRequest { dispute_id: desk.dispute_id.clone() };
        let listed = node.attachments("desk").list_files(list).await.unwrap().into_inner();
        assert!(listed.files.is_empty());
    }
}
