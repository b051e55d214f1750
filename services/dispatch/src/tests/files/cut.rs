//! Uploads that are cut go on, on the same node and after its restart.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cut_goes_on_also_after_a_restart() {
    for node in Node::everywhere().await {
        let desk = Desk::new(&node, pdf(5 * CHUNK + 1_000)).await;
        let mut upload = desk.upload(&node).await.unwrap();
        assert_eq!((upload.at.wanted_offset, upload.at.durable_offset), (0, 0));
        // Cut in the middle of the third chunk.
        upload.send(0, &desk.content[..2 * CHUNK + 50_000]).await;
        upload.until(2 * CHUNK as u64).await;
        drop(upload);

        let mut upload = desk.upload(&node).await.unwrap();
        assert_eq!(upload.at.wanted_offset, 2 * CHUNK as u64);
        upload.send(2 * CHUNK, &desk.content[2 * CHUNK..4 * CHUNK]).await;
        upload.until(4 * CHUNK as u64).await;
        drop(upload);

        let node = node.restarted().await;
        let early = desk.attach(&node).await.unwrap_err();
        assert_eq!(reason(&early), "UPLOAD_INCOMPLETE");
        assert_eq!(early.get_details_error_info().unwrap().metadata["wanted"], "1048576");
        desk.upload_all(&node).await.unwrap();
        attached_once(&node, &desk).await;
    }
}

/// Attaches a file twice, by the same request and by another.
async fn attached_once(node: &Node, desk: &Desk) {
    let request = desk.attaching();
    let mut client = node.attachments("desk");
    let first = client.attach_file(request.clone()).await.unwrap().into_inner();
    let head = node.service.ledger().head();
    let again = client.attach_file(request.clone()).await.unwrap().into_inner();
    assert_eq!(again, first);
    desk.attach(node).await.unwrap();
    assert_eq!(node.service.ledger().head(), head, "one file is attached once");
    let other = pb::AttachFileRequest { caption: "别的说明".to_owned(), ..request };
    let reused = client.attach_file(other).await.unwrap_err();
    assert_eq!(reason(&reused), "REQUEST_ID_REUSED");

    let list = pb::ListFilesRequest { dispute_id: desk.dispute_id.clone() };
    let listed = node.attachments("nobody").list_files(list.clone()).await.unwrap().into_inner();
    let [file] = listed.files.as_slice() else { panic!("{listed:?}") };
    assert_eq!((&file.file_id, file.kind()), (&desk.file_id, pb::FileKind::Scan));
    assert_eq!(file.size, desk.content.len() as u64);
    assert_ne!(file.caption_sealed_id, "");
    let hidden = node.attachments("elsewhere").list_files(list).await.unwrap_err();
    assert_eq!(reason(&hidden), "DISPUTE_NOT_FOUND");

    let node_files = node.sealed_files();
    assert_eq!(node_files.len(), 1, "{node_files:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_file_one_upload_goes_on_at_a_time() {
    let node = Node::start().await;
    let desk = Desk::new(&node, pdf(CHUNK)).await;
    let first = desk.upload(&node).await.unwrap();
    let second = Upload::begin(&node, desk.begin()).await.err().unwrap();
    assert_eq!(reason(&second), "UPLOAD_IN_PROGRESS");
    assert!(second.get_details_retry_info().is_some());
    drop(first);
    desk.upload_all(&node).await.unwrap();
    // What is whole can be begun again: it wants nothing more.
    let again = desk.upload(&node).await.unwrap();
    assert_eq!(again.end().await.unwrap().wanted_offset, CHUNK as u64);
    let mut other = desk.begin();
    other.declaration = Some(declared("application/pdf", b"something else"));
    let differs = Upload::begin(&node, other).await.err().unwrap();
    assert_eq!(reason(&differs), "UPLOAD_DIFFERS");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_stream_sends_pieces() {
    for node in Node::everywhere().await {
        let desk = Desk::new(&node, pdf(2 * CHUNK + 77)).await;
        let mut client = node.attachments("desk");
        let ask = pb::UploadPieceRequest { begin: Some(desk.begin()), piece: None };
        let start = client.upload_piece(ask.clone()).await.unwrap().into_inner();
        assert_eq!((start.wanted_offset, start.durable_offset), (0, 0));
        for (number, data) in desk.content.chunks(CHUNK).enumerate() {
            let offset = (number * CHUNK) as u64;
            let piece = Some(pb::UploadedPiece { offset, data: data.to_vec() });
            let request = pb::UploadPieceRequest { piece, ..ask.clone() };
            let taken = client.upload_piece(request.clone()).await.unwrap().into_inner();
            assert_eq!(taken.wanted_offset, offset + data.len() as u64);
            let twice = client.upload_piece(request).await.unwrap_err();
            assert_eq!(reason(&twice), "WRONG_OFFSET");
        }
        desk.attach(&node).await.unwrap();
        let (_, _, content) = read(&node, "desk", desk.reading()).await.unwrap();
        assert_eq!(content, desk.content);
    }
}
