//! A ledger of paper in parts: what the file repeats across them, and what is told when the node ends it.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use yiwang::failure::Failure;
use yiwang::session::Session;
use yiwang::sheet::{Limits, Sheet, read_bytes};
use yiwang::takeover::{ROWS, Report, Wish, take_over};
use yiwang_proto::dispatch::v1::ledger_import_service_server::{
    LedgerImportService, LedgerImportServiceServer,
};
use yiwang_proto::dispatch::v1::{ImportLedgerRequest, ImportLedgerResponse, LedgerFault};

/// Takes every row but the first of a call, and so many calls.
struct Node {
    takes: usize,
    calls: Arc<AtomicUsize>,
}

#[tonic::async_trait]
impl LedgerImportService for Node {
    async fn import_ledger(
        &self,
        request: Request<ImportLedgerRequest>,
    ) -> Result<Response<ImportLedgerResponse>, Status> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if call >= self.takes {
            return Err(Status::permission_denied("no more"));
        }
        let rows = request.into_inner().rows;
        let fault = LedgerFault {
            line: rows[0].line,
            column: "accept_date".to_owned(),
            value: "(2 characters)".to_owned(),
            reason: "NOT_A_DATE".to_owned(),
            message: "accept_date is not a date".to_owned(),
            message_zh: "accept_date：不是日期".to_owned(),
        };
        Ok(Response::new(ImportLedgerResponse {
            faults: vec![fault],
            taken_over_count: u32::try_from(rows.len() - 1).unwrap(),
            feed_position: 7 + call as u64,
            ..ImportLedgerResponse::default()
        }))
    }
}

/// Two and a half batches; the last row has the number of the first one.
fn sheet() -> Sheet {
    let mut text = "编号,受理日期\n".to_owned();
    let last = ROWS * 5 / 2;
    for number in (1..last).chain([1]) {
        text.push_str(&format!("{number},昨天\n"));
    }
    read_bytes(text.as_bytes(), Limits::default()).unwrap()
}

/// Takes the sheet over in parts by a node that takes so many calls; returns how it ended, and how many calls came.
async fn taken(takes: usize) -> (Result<(), Failure>, Report, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let node = LedgerImportServiceServer::new(Node { takes, calls: Arc::clone(&calls) });
    let serving = Server::builder().add_service(node);
    let serving = serving.serve_with_incoming(TcpIncoming::from(listener));
    let session = Session::to(&address, "token", None).unwrap();
    let (book, dropped) = ("yongan-2025".to_owned(), Vec::new());
    let wish = Wish { book, dry_run: false, partial: true, dropped };
    let mut report = Report::default();
    let ended = tokio::select! {
        ended = take_over(&session, &wish, sheet(), &mut report, |_| {}) => ended,
        ended = serving => panic!("the node ended: {ended:?}"),
    };
    (ended, report, calls.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_part_that_is_refused_hides_nothing_of_those_before_it() {
    let (ended, report, calls) = taken(1).await;
    assert!(matches!(ended, Err(Failure::Refused(_))), "{ended:?}");
    assert_eq!((report.batches, calls), (1, 2));
    assert_eq!((report.rows, report.unanswered), (ROWS * 5 / 2, ROWS * 3 / 2));
    assert_eq!((report.taken_over, report.position), (1_999, 7));
    let [fault] = report.faults.as_slice() else { panic!("{:?}", report.faults) };
    assert_eq!((fault.line, fault.column.as_str(), fault.value.as_str()), (2, "受理日期", "昨天"));
    assert_eq!(fault.en, "受理日期 is not a date");
    assert_eq!(fault.zh, "受理日期：不是日期");
}

#[tokio::test]
async fn a_number_that_comes_again_in_another_part_is_told() {
    let (ended, report, calls) = taken(3).await;
    assert!(ended.is_ok(), "{ended:?}");
    assert_eq!((report.batches, calls, report.unanswered), (3, 3, 0));
    // Of each part one row has a fault, and of the last one another row is the first one of the file again.
    assert_eq!((report.taken_over, report.position), (5_000 - 4, 9));
    let told: Vec<_> =
        report.faults.iter().map(|fault| (fault.line, fault.reason.as_str())).collect();
    let date = "NOT_A_DATE";
    assert_eq!(told, [(2, date), (2_002, date), (4_002, date), (5_001, "DUPLICATE")]);
    let twice = &report.faults[3];
    assert_eq!((twice.column.as_str(), twice.value.as_str()), ("编号", "1"));
    assert_eq!(twice.en, "编号 came before in this file");
}
