//! The service as a caller meets it: served on a port, on SQLite, following a registry that only has a log.

mod clock;
mod documents;
mod duty;
mod files;
mod lists;
mod node;
mod notices;
mod party;
mod recount;
mod refusals;
mod scripted;
mod takeover;

use ledger::Authority as _;
use prost::Name as _;
use tonic::Code;
use yiwang_proto::dispatch::v1 as pb;

use self::node::{GRID, Node, fresh, head};

const NAME: &str = "王建国";
const PHONE: &str = "13812345678";
const PLACE: &str = "永安街道新建路甲12号楼3单元";

fn report() -> pb::ReportDisputeRequest {
    let party = |name: &str| pb::Party {
        name: name.to_owned(),
        phone: PHONE.to_owned(),
        address: PLACE.to_owned(),
        statement: "共用水阀漏水".to_owned(),
    };
    pb::ReportDisputeRequest {
        request_id: fresh(),
        grid_code: GRID.to_owned(),
        type_code: "0201".to_owned(),
        scale: pb::Scale::Individual.into(),
        people: 4,
        channel: pb::Channel::GridWorker.into(),
        without_pin: true,
        details: Some(pb::Details {
            parties: vec![party(NAME), party("李明")],
            place: PLACE.to_owned(),
            summary: "两户因共用水阀争执".to_owned(),
            reporter: None,
        }),
        ..pb::ReportDisputeRequest::default()
    }
}

/// Walks a new dispute to the spot; returns its id.
async fn to_the_spot(node: &Node) -> String {
    let reported = node.client("desk").report_dispute(report()).await.unwrap().into_inner();
    let id = reported.dispute.unwrap().dispute_id;
    let mut desk = node.client("desk");
    let (request_id, dispute_id, etag) = head(&id);
    desk.accept_dispute(pb::AcceptDisputeRequest { request_id, dispute_id, etag }).await.unwrap();
    let (request_id, dispute_id, etag) = head(&id);
    let level = pb::Level::General.into();
    let note = format!("{NAME} 情绪激动");
    let triage = pb::TriageDisputeRequest {
        request_id,
        dispute_id,
        etag,
        level,
        note,
        ..Default::default()
    };
    let triaged = desk.triage_dispute(triage).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!(triaged.triage.unwrap().limit, "7d");
    let (request_id, dispute_id, etag) = head(&id);
    let called = pb::CallTeamRequest { request_id, dispute_id, etag, ..Default::default() };
    let called = desk.call_team(called).await.unwrap().into_inner().dispute.unwrap();
    let offer = called.offer.unwrap();
    assert_eq!((offer.team_id.as_str(), offer.round), ("near", 1));
    assert_eq!(offer.estimate.unwrap().factor, 1.4);
    let (request_id, dispute_id, etag) = head(&id);
    let team_id = "near".to_owned();
    let accept = pb::AcceptOfferRequest { request_id, dispute_id, etag, team_id: team_id.clone() };
    desk.accept_offer(accept).await.unwrap();
    let (request_id, dispute_id, etag) = head(&id);
    let arrival =
        pb::RecordArrivalRequest { request_id, dispute_id, etag, team_id, arrival_time: None };
    let there = desk.record_arrival(arrival).await.unwrap().into_inner().dispute.unwrap();
    let met = pb::arrival_clock::Standing::Met;
    assert_eq!(there.arrival_clock.unwrap().standing(), met);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_from_report_to_closed_and_what_is_left_of_it() {
    for node in Node::everywhere().await {
        from_report_to_closed(&node).await;
    }
}

async fn from_report_to_closed(node: &Node) {
    let id = to_the_spot(node).await;
    let mut desk = node.client("desk");
    let (request_id, dispute_id, etag) = head(&id);
    let consents = (1..=2).map(|party| pb::PartyConsent { party, consent: 1 }).collect();
    let start = pb::StartMediationRequest {
        request_id,
        dispute_id,
        etag,
        kind: pb::MediationKind::Peoples.into(),
        organisation_id: "rmtj-1".to_owned(),
        consents,
        ..pb::StartMediationRequest::default()
    };
    let mediating = desk.start_mediation(start).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!(mediating.mediation.unwrap().organisation_name, "永安街道人民调解委员会");
    let (request_id, dispute_id, etag) = head(&id);
    let outcome = pb::RecordOutcomeRequest {
        request_id,
        dispute_id,
        etag,
        kind: pb::OutcomeKind::AgreedWritten.into(),
        note: format!("{NAME} 于三日内修复"),
        ..pb::RecordOutcomeRequest::default()
    };
    desk.record_outcome(outcome).await.unwrap();
    let (request_id, dispute_id, etag) = head(&id);
    let performance = pb::Performance::Performed.into();
    let note = String::new();
    let relapsed = false;
    desk.record_follow_up(pb::RecordFollowUpRequest {
        request_id,
        dispute_id,
        etag,
        performance,
        relapsed,
        note: note.clone(),
    })
    .await
    .unwrap();
    let (request_id, dispute_id, etag) = head(&id);
    let verify = pb::VerifyDisputeRequest { request_id, dispute_id, etag, note: note.clone() };
    desk.verify_dispute(verify).await.unwrap();
    let (request_id, dispute_id, etag) = head(&id);
    let close = pb::CloseDisputeRequest { request_id, dispute_id, etag, note };
    let closed = desk.close_dispute(close).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!(closed.state(), pb::dispute::State::Closed);

    the_whole_story(node, &id, &closed.case_code).await;
}

/// Finds the case by its code and reads its history in two pages.
async fn the_whole_story(node: &Node, id: &str, case_code: &str) {
    let mut desk = node.client("desk");
    let find = pb::FindDisputeRequest { case_code: case_code.replace('-', " ") };
    let found = desk.find_dispute(find).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!(found.dispute_id, id);
    let history = pb::ListDisputeHistoryRequest {
        dispute_id: id.to_owned(),
        page_size: 4,
        ..Default::default()
    };
    let first = desk.list_dispute_history(history.clone()).await.unwrap().into_inner();
    let rest = pb::ListDisputeHistoryRequest {
        page_token: first.next_page_token,
        page_size: 100,
        ..history
    };
    let rest = desk.list_dispute_history(rest).await.unwrap().into_inner();
    let types = first.entries.iter().chain(&rest.entries).map(|entry| entry.r#type.clone());
    // Who has to be told stands beside what happened.
    let (notices, types): (Vec<_>, Vec<_>) =
        types.partition(|name| *name == pb::NoticeDue::full_name());
    assert_eq!(types[0], pb::DisputeReported::full_name());
    assert_eq!((types.len(), types.last().cloned()), (12, Some(pb::DisputeClosed::full_name())));
    assert_eq!(notices.len(), 5, "accepted, offer, outcome, closed to two");
}

#[tokio::test(flavor = "multi_thread")]
async fn details_are_opened_for_a_purpose_on_record_and_erased_for_good() {
    for node in Node::everywhere().await {
        Box::pin(opened_and_erased(&node)).await;
    }
}

async fn opened_and_erased(node: &Node) {
    let id = to_the_spot(node).await;
    let get = pb::GetDisputeRequest { dispute_id: id.clone() };
    let before = node.client("desk").get_dispute(get).await.unwrap().into_inner().dispute;
    let open = || {
        let (request_id, dispute_id, etag) = head(&id);
        pb::OpenDetailsRequest {
            request_id,
            dispute_id,
            etag,
            purpose: pb::Purpose::Mediate.into(),
        }
    };
    let refused = node.client("blind").open_details(open()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let hidden = node.client("elsewhere").open_details(open()).await.unwrap_err();
    assert_eq!(hidden.code(), Code::NotFound);

    let request = open();
    let opened = node.client("desk").open_details(request.clone()).await.unwrap().into_inner();
    let [details, triage] = opened.pieces.as_slice() else { panic!("{:?}", opened.pieces) };
    assert_eq!(details.details.as_ref().unwrap().parties[0].name, NAME);
    assert_eq!(triage.text, format!("{NAME} 情绪激动"));
    assert_eq!(opened.dispute, before, "whoever asks, the case has not changed");
    let again = node.client("desk").open_details(request).await.unwrap().into_inner();
    assert_eq!((again.feed_position, again.replayed), (opened.feed_position, true));
    assert!(again.pieces.is_empty(), "nothing is shown that is not on record");

    let subject = crate::domain::dispute::subject(id.parse().unwrap());
    let history = node.service.ledger().history(&subject, 0, 100).await.unwrap();
    let names: Vec<_> = history.iter().map(|event| event.header.r#type.as_str()).collect();
    let opening = [
        pb::DetailsRefused::full_name(),
        pb::DetailsRefused::full_name(),
        pb::DetailsOpened::full_name(),
    ];
    assert_eq!(names[names.len() - 3..], opening);

    let (request_id, dispute_id, etag) = head(&id);
    let reason = pb::EraseReason::PartyRequest.into();
    let erase = pb::EraseDetailsRequest { request_id, dispute_id, etag, reason };
    let erased = node.client("desk").erase_details(erase).await.unwrap().into_inner();
    assert_eq!(erased.erased_count, 2);
    let nothing = node.client("desk").open_details(open()).await.unwrap().into_inner();
    assert!(nothing.pieces.is_empty());
    let keys = node.service.ledger().keys().of_subject(&subject).await.unwrap();
    assert!(keys.is_empty(), "the keys are destroyed");
    let stored = crate::store::sealed(node.service.ledger().db(), id.parse().unwrap()).await;
    let stored = stored.unwrap();
    assert_eq!(stored.len(), opened.pieces.len());
    assert!(stored.values().all(|piece| piece.ciphertext.is_empty()), "the ciphertext is blank");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_people_is_in_the_log_or_the_database() {
    let node = Node::start().await;
    to_the_spot(&node).await;
    node.client("desk").report_dispute(report()).await.unwrap();
    for event in node.service.ledger().records(0, 1000).await.unwrap() {
        let bytes = [event.header, event.payload].concat();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(![NAME, PHONE, "新建路", "水阀"].iter().any(|secret| text.contains(secret)));
    }
    let mut files = 0;
    for file in node.files() {
        let bytes = std::fs::read(&file).unwrap();
        for secret in [NAME, PHONE, "新建路", "水阀"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {}", file.display());
        }
        files += 1;
    }
    assert!(files >= 2, "database and keys");
}

#[tokio::test]
async fn every_statement_is_understood_and_the_schema_is_the_sum_of_the_migrations() {
    let folder = tempfile::tempdir().unwrap();
    let database = ledger::DatabaseUrl::Sqlite(folder.path().to_owned());
    let layers = [("ledger", ledger::db::MIGRATIONS), ("dispatch", crate::store::MIGRATIONS)];
    let db = ledger::Db::open(&database, "dispatch", &layers).await.unwrap();
    db.prepare(crate::store::STATEMENTS).await.unwrap();
    let sum: String = crate::store::MIGRATIONS.iter().map(|migration| migration.sql).collect();
    assert!(include_str!("../schema.sql").ends_with(&sum));
    assert_eq!(crate::Dispatch { rules: crate::domain::decide::tests::rules() }.tables().len(), 17);
}
