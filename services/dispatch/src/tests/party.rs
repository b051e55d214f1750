//! A party at a kiosk, with the case code and the PIN of its receipt.

use kit::{Call, Clock};
use prost::Name as _;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::party_service_server::PartyService as _;

use super::node::{Node, caller, fresh, head};
use super::{NAME, report};
use crate::api::Parties;
use crate::domain::dispute::subject;

/// What a party has in its hand.
struct Receipt {
    id: String,
    code: String,
    pin: String,
}

impl Receipt {
    /// Of a new case.
    async fn of(node: &Node) -> Self {
        let body = pb::ReportDisputeRequest { without_pin: false, ..report() };
        let made = node.client("desk").report_dispute(body).await.unwrap().into_inner();
        let case = made.dispute.unwrap();
        Receipt { id: case.dispute_id, code: case.case_code, pin: made.pin }
    }

    fn look(&self) -> pb::GetMyCaseRequest {
        pb::GetMyCaseRequest { case_code: self.code.clone(), pin: self.pin.clone() }
    }

    /// A look with another PIN.
    fn wrong(&self) -> pb::GetMyCaseRequest {
        let pin = if self.pin == "135790" { "097531" } else { "135790" };
        pb::GetMyCaseRequest { case_code: self.code.clone(), pin: pin.to_owned() }
    }

    /// Ends the case without mediation.
    async fn withdrawn(&self, node: &Node) {
        let mut desk = node.client("desk");
        let (request_id, dispute_id, etag) = head(&self.id);
        let accept = pb::AcceptDisputeRequest { request_id, dispute_id, etag };
        desk.accept_dispute(accept).await.unwrap();
        let (request_id, dispute_id, etag) = head(&self.id);
        let level = pb::Level::Simple.into();
        let triage =
            pb::TriageDisputeRequest { request_id, dispute_id, etag, level, ..Default::default() };
        desk.triage_dispute(triage).await.unwrap();
        let (request_id, dispute_id, etag) = head(&self.id);
        let kind = pb::OutcomeKind::Withdrawn.into();
        let outcome =
            pb::RecordOutcomeRequest { request_id, dispute_id, etag, kind, ..Default::default() };
        desk.record_outcome(outcome).await.unwrap();
    }

    /// Names of its events.
    async fn events(&self, node: &Node) -> Vec<(String, Vec<u8>)> {
        let subject = subject(self.id.parse().unwrap());
        let history = node.service.ledger().history(&subject, 0, 1000).await.unwrap();
        history.into_iter().map(|event| (event.header.r#type, event.payload)).collect()
    }
}

/// Reason, message and metadata: all that a caller sees beside the code.
fn told(status: &Status) -> (String, String, Vec<(String, String)>) {
    let info = status.get_details_error_info().unwrap();
    let mut metadata: Vec<_> = info.metadata.into_iter().collect();
    metadata.sort();
    (info.reason, status.message().to_owned(), metadata)
}

fn reason(status: &Status) -> String {
    told(status).0
}

fn clock() -> Clock {
    Clock::manual("2026-03-02T01:00:00Z".parse().unwrap())
}

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);
const MICRO: std::time::Duration = std::time::Duration::from_micros(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_party_sees_its_case_and_who_opened_its_details() {
    for node in Node::everywhere().await {
        seen(&node).await;
    }
}

async fn seen(node: &Node) {
    let receipt = Receipt::of(node).await;
    let (request_id, dispute_id, etag) = head(&receipt.id);
    let purpose = pb::Purpose::Mediate.into();
    let open = pb::OpenDetailsRequest { request_id, dispute_id, etag, purpose };
    node.client("desk").open_details(open).await.unwrap();
    let mut kiosk = node.party("kiosk");
    let look = pb::GetMyCaseRequest { case_code: receipt.code.replace('-', " "), ..receipt.look() };
    let case = kiosk.get_my_case(look).await.unwrap().into_inner().case.unwrap();
    assert_eq!(case.state(), pb::dispute::State::Reported);
    assert_eq!(case.state_words.unwrap().zh, "已登记，尚未决定是否受理");
    let [opening] = case.openings.as_slice() else { panic!("{:?}", case.openings) };
    assert_eq!((opening.caller_id.as_str(), opening.unit_id.as_str()), ("desk", "u-1"));
    assert_eq!(opening.purpose(), pb::Purpose::Mediate);
    assert_eq!(opening.purpose_words.as_ref().unwrap().zh, "调解");
    let [deadline] = case.deadlines.as_slice() else { panic!("{:?}", case.deadlines) };
    assert_eq!(deadline.clock(), pb::ClockKind::Accept);
    assert_eq!(case.handler.unwrap().area_code, "370306001002");
    assert!(!case.can_rate && !case.can_reopen && !case.supervised && case.outcome.is_none());
    kiosk.get_my_case(receipt.look()).await.unwrap();
    let looks = receipt.events(node).await;
    let looks = looks.iter().filter(|(name, _)| *name == pb::CaseSeenByParty::full_name());
    assert_eq!(looks.count(), 1, "once in ten minutes");
    let denied = node.party("blind").get_my_case(receipt.look()).await.unwrap_err();
    assert_eq!((denied.code(), reason(&denied).as_str()), (Code::PermissionDenied, "ROLE_MISSING"));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_pins_lock_for_exactly_an_hour_and_no_code_looks_the_same() {
    let clock = clock();
    for node in Node::everywhere_at(&clock).await {
        locked(&node, &clock).await;
    }
}

async fn locked(node: &Node, clock: &Clock) {
    let receipt = Receipt::of(node).await;
    let mut kiosk = node.party("kiosk");
    // Nobody's code, by a desk that does not see the case, and of a case without a PIN.
    let without = node.client("desk").report_dispute(report()).await.unwrap().into_inner();
    let without = without.dispute.unwrap().case_code;
    let nobody =
        pb::GetMyCaseRequest { case_code: "0306-4821-93756".to_owned(), ..receipt.wrong() };
    let without = pb::GetMyCaseRequest { case_code: without, ..receipt.wrong() };
    for wrong in 1..=5 {
        let refused = kiosk.get_my_case(receipt.wrong()).await.unwrap_err();
        for other in [&nobody, &without] {
            let alike = kiosk.get_my_case(other.clone()).await.unwrap_err();
            assert_eq!((alike.code(), told(&alike)), (refused.code(), told(&refused)), "{wrong}");
            let wait =
                |status: &Status| status.get_details_retry_info().map(|info| info.retry_delay);
            assert_eq!(wait(&alike), wait(&refused));
        }
        let unseen = node.party("far kiosk").get_my_case(receipt.look()).await.unwrap_err();
        assert_eq!((unseen.code(), told(&unseen)), (refused.code(), told(&refused)), "{wrong}");
        let info = refused.get_details_error_info().unwrap();
        if wrong < 5 {
            assert_eq!(
                (refused.code(), info.reason.as_str()),
                (Code::PermissionDenied, "PIN_WRONG")
            );
            assert_eq!(info.metadata["tries_left"], (5 - wrong).to_string());
        } else {
            assert_eq!(
                (refused.code(), info.reason.as_str()),
                (Code::ResourceExhausted, "PIN_LOCKED")
            );
            assert_eq!(info.metadata["until"], (clock.now() + HOUR).to_string());
            assert_eq!(refused.get_details_retry_info().unwrap().retry_delay, Some(HOUR));
        }
        let text = format!("{refused:?} {}", String::from_utf8_lossy(refused.details()));
        assert!(!text.contains(&receipt.wrong().pin) && !text.contains("135790"), "{text}");
    }
    clock.advance(HOUR - MICRO);
    let refused = kiosk.get_my_case(receipt.look()).await.unwrap_err();
    assert_eq!(reason(&refused), "PIN_LOCKED");
    assert_eq!(refused.get_details_retry_info().unwrap().retry_delay, Some(MICRO));
    clock.advance(MICRO);
    kiosk.get_my_case(receipt.look()).await.unwrap();
    let events = receipt.events(node).await;
    let refusals = events.iter().filter(|(name, _)| *name == pb::PinRefused::full_name());
    assert_eq!(refusals.count(), 5, "recorded, and what was tried while locked is not");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_pins_at_the_same_time_are_counted_one_by_one() {
    for node in Node::everywhere().await {
        let receipt = Receipt::of(&node).await;
        let replica = node.replica().await;
        let services = [Some(&node.service), replica.as_ref()];
        let desks: Vec<_> =
            services.into_iter().flatten().map(|one| Parties(one.disputes())).collect();
        let mut tries = tokio::task::JoinSet::new();
        for number in 0..12 {
            let desk = desks[number % desks.len()].clone();
            let mut request = Request::new(receipt.wrong());
            let caller = caller("kiosk");
            Call { caller, traceparent: String::new(), deadline: None }.attach(&mut request);
            tries.spawn(async move { desk.get_my_case(request).await.map(|_| ()).unwrap_err() });
        }
        let mut left: Vec<_> = tries
            .join_all()
            .await
            .iter()
            .map(|status| {
                let info = status.get_details_error_info().unwrap();
                info.metadata.get("tries_left").cloned().unwrap_or(info.reason)
            })
            .collect();
        left.sort();
        assert_eq!(left[..4], ["1", "2", "3", "4"]);
        assert!(left[4..].iter().all(|told| told == "PIN_LOCKED"), "{left:?}");
        let events = receipt.events(&node).await;
        let counted: Vec<_> = events
            .iter()
            .filter(|(name, _)| *name == pb::PinRefused::full_name())
            .map(|(_, payload)| <pb::PinRefused as prost::Message>::decode(&payload[..]).unwrap())
            .map(|refused| (refused.wrong_tries, refused.locked_until_time.is_some()))
            .collect();
        assert_eq!(counted, [(1, false), (2, false), (3, false), (4, false), (5, true)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_is_given_once_and_reissued_at_the_window() {
    for node in Node::everywhere().await {
        reissued(&node).await;
    }
}

async fn reissued(node: &Node) {
    let (mut desk, mut kiosk) = (node.client("desk"), node.party("kiosk"));
    let body = pb::ReportDisputeRequest { without_pin: false, ..report() };
    let first = desk.report_dispute(body.clone()).await.unwrap().into_inner();
    assert_eq!(first.pin.len(), 6);
    let again = desk.report_dispute(body.clone()).await.unwrap().into_inner();
    assert_eq!((again.pin.as_str(), &again.dispute), ("", &first.dispute));
    let check = pb::ReportDisputeRequest { validate_only: true, request_id: fresh(), ..body };
    assert_eq!(desk.report_dispute(check).await.unwrap().into_inner().pin, "");
    assert_eq!(desk.report_dispute(report()).await.unwrap().into_inner().pin, "");

    let case = first.dispute.unwrap();
    let mut receipt = Receipt { id: case.dispute_id, code: case.case_code, pin: first.pin };
    for _ in 0..5 {
        kiosk.get_my_case(receipt.wrong()).await.unwrap_err();
    }
    let (request_id, dispute_id, etag) = head(&receipt.id);
    let reissue = pb::ReissuePinRequest { request_id, dispute_id, etag };
    let denied = node.client("kiosk").reissue_pin(reissue.clone()).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let issued = desk.reissue_pin(reissue.clone()).await.unwrap().into_inner();
    assert_eq!(issued.dispute.unwrap().etag, case.etag, "no change of the case");
    let again = desk.reissue_pin(reissue).await.unwrap().into_inner();
    assert_eq!((again.pin.as_str(), again.feed_position), ("", issued.feed_position));
    if issued.pin != receipt.pin {
        let old = kiosk.get_my_case(receipt.look()).await.unwrap_err();
        assert_eq!(told(&old).2, [("tries_left".to_owned(), "4".to_owned())]);
    }
    receipt.pin = issued.pin;
    kiosk.get_my_case(receipt.look()).await.unwrap();

    let (request_id, dispute_id, etag) = head(&receipt.id);
    let reason = pb::EraseReason::PartyRequest.into();
    let erase = pb::EraseDetailsRequest { request_id, dispute_id, etag, reason };
    desk.erase_details(erase).await.unwrap();
    let erased = kiosk.get_my_case(receipt.look()).await.unwrap_err();
    assert_eq!(told(&erased).0, "PIN_WRONG");
    let key =
        crate::store::pin_key(crate::domain::command::TriedOn::Case(receipt.id.parse().unwrap()));
    let left = node.service.ledger().read(&key).await.unwrap().unwrap();
    let crate::project::State::Pin(left) = &*left else { panic!("{left:?}") };
    assert_eq!(left.hash, None, "nothing of the PIN is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_is_rated_once_and_the_case_reopened_by_its_party() {
    let clock = clock();
    for node in Node::everywhere_at(&clock).await {
        rated_and_reopened(&node, &clock).await;
    }
}

async fn rated_and_reopened(node: &Node, clock: &Clock) {
    let (receipt, mut kiosk) = (Receipt::of(node).await, node.party("kiosk"));
    let rate = || pb::RateMyCaseRequest {
        request_id: fresh(),
        case_code: receipt.code.clone(),
        pin: receipt.pin.clone(),
        satisfaction: pb::Satisfaction::Dissatisfied.into(),
        note: format!("{NAME} 没有做到"),
    };
    let reopen = || pb::ReopenMyCaseRequest {
        request_id: fresh(),
        case_code: receipt.code.clone(),
        pin: receipt.pin.clone(),
        note: format!("{NAME} 再次漏水"),
    };
    let early = kiosk.rate_my_case(rate()).await.unwrap_err();
    assert_eq!((early.code(), reason(&early).as_str()), (Code::FailedPrecondition, "NO_OUTCOME"));
    receipt.withdrawn(node).await;
    let request = rate();
    let first = kiosk.rate_my_case(request.clone()).await.unwrap().into_inner();
    assert_eq!(kiosk.rate_my_case(request).await.unwrap().into_inner(), first);
    assert_eq!(reason(&kiosk.rate_my_case(rate()).await.unwrap_err()), "ALREADY_RATED");
    let case = kiosk.get_my_case(receipt.look()).await.unwrap().into_inner().case.unwrap();
    assert!(!case.can_rate && case.can_reopen);
    let outcome = case.outcome.unwrap();
    assert_eq!(outcome.satisfaction(), pb::Satisfaction::Dissatisfied);
    assert_eq!(outcome.words.unwrap().zh, "当事人撤回");
    let get = pb::GetDisputeRequest { dispute_id: receipt.id.clone() };
    let shown = node.client("desk").get_dispute(get).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!(shown.outcome.unwrap().satisfaction(), pb::Satisfaction::Dissatisfied);

    kiosk.reopen_my_case(reopen()).await.unwrap();
    let case = kiosk.get_my_case(receipt.look()).await.unwrap().into_inner().case.unwrap();
    assert_eq!((case.state(), case.outcome), (pb::dispute::State::Triaged, None));
    let again = kiosk.reopen_my_case(reopen()).await.unwrap_err();
    assert_eq!(reason(&again), "NO_OUTCOME");
    let (request_id, dispute_id, etag) = head(&receipt.id);
    let kind = pb::OutcomeKind::Withdrawn.into();
    let outcome =
        pb::RecordOutcomeRequest { request_id, dispute_id, etag, kind, ..Default::default() };
    node.client("desk").record_outcome(outcome).await.unwrap();
    kiosk.rate_my_case(rate()).await.unwrap();
    clock.advance(HOUR * 24 * 31);
    let late = kiosk.reopen_my_case(reopen()).await.unwrap_err();
    assert_eq!(reason(&late), "REOPEN_TOO_LATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_passes_on_too_many_wrong_pins_has_to_wait() {
    let clock = clock();
    let node = Node::start_at(clock.clone()).await;
    let (receipt, mut kiosk) = (Receipt::of(&node).await, node.party("kiosk"));
    let codes = (0..60).map(|number| code_of_node(999, number));
    for case_code in codes {
        let look = pb::GetMyCaseRequest { case_code, ..receipt.wrong() };
        assert_eq!(reason(&kiosk.get_my_case(look).await.unwrap_err()), "PIN_WRONG");
    }
    let full = kiosk.get_my_case(receipt.look()).await.unwrap_err();
    assert_eq!((full.code(), reason(&full).as_str()), (Code::ResourceExhausted, "TOO_MANY_TRIES"));
    assert!(full.get_details_retry_info().is_some());
    node.party("desk").get_my_case(receipt.look()).await.unwrap();
    clock.advance(std::time::Duration::from_secs(1));
    kiosk.get_my_case(receipt.look()).await.unwrap();
}

/// A code that nobody has.
fn code_of_node(node: u16, number: u32) -> String {
    let body = format!("{node:04}{number:08}");
    let whole = (0..10).map(|digit| format!("{body}{digit}"));
    whole
        .into_iter()
        .find(|code| crate::domain::case_code::CaseCode::parse(code).is_ok())
        .expect("one digit is the right one")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_pin_or_words_is_in_the_log_or_the_database() {
    let node = Node::start().await;
    let mut secrets = vec![NAME.to_owned()];
    for _ in 0..3 {
        let receipt = Receipt::of(&node).await;
        node.party("kiosk").get_my_case(receipt.wrong()).await.unwrap_err();
        receipt.withdrawn(&node).await;
        let rate = pb::RateMyCaseRequest {
            request_id: fresh(),
            case_code: receipt.code.clone(),
            pin: receipt.pin.clone(),
            satisfaction: pb::Satisfaction::Satisfied.into(),
            note: NAME.to_owned(),
        };
        node.party("kiosk").rate_my_case(rate).await.unwrap();
        secrets.push(format!("\"{}\"", receipt.pin));
    }
    for event in node.service.ledger().records(0, 1000).await.unwrap() {
        let text = String::from_utf8_lossy(&[event.header, event.payload].concat()).into_owned();
        assert!(!text.contains(NAME) && !text.contains("hash"));
    }
    for file in node.files() {
        let bytes = std::fs::read(&file).unwrap();
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a secret is in {}", file.display());
        }
    }
}
