//! The papers of a case.

use kit::Clock;
use tonic::Code;
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::document_service_client::DocumentServiceClient;

use super::node::{Node, fresh, head};
use super::{NAME, PHONE, to_the_spot};

fn asked(id: &str, kind: pb::DocumentKind, purpose: pb::Purpose) -> pb::RenderDocumentRequest {
    pb::RenderDocumentRequest {
        request_id: fresh(),
        dispute_id: id.to_owned(),
        kind: kind.into(),
        with_details: purpose != pb::Purpose::Unspecified,
        purpose: purpose.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_have_blanks_unless_the_details_are_opened_on_record() {
    let node = Node::start().await;
    let id = to_the_spot(&node).await;
    let mut papers = DocumentServiceClient::new(node.connection("desk"));
    let blank = asked(&id, pb::DocumentKind::Acceptance, pb::Purpose::Unspecified);
    let blank = papers.render_document(blank).await.unwrap().into_inner();
    assert_eq!(blank.feed_position, 0);
    for part in
        ["纠纷受理登记表", "网格员巡查", "用水排水通行通风采光", "人民调解法", "370306001002"]
    {
        assert!(blank.html.contains(part), "{part}: {}", blank.html);
    }
    assert!(!blank.html.contains(NAME) && !blank.html.contains(PHONE));

    let filled = asked(&id, pb::DocumentKind::Acceptance, pb::Purpose::Mediate);
    let shown = papers.render_document(filled.clone()).await.unwrap().into_inner();
    assert!(shown.html.contains(NAME) && shown.html.contains(PHONE), "{}", shown.html);
    let subject = crate::domain::dispute::subject(id.parse().unwrap());
    let history = node.service.ledger().history(&subject, 0, 100).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!(last.header.r#type, "yiwang.dispatch.v1.DetailsOpened");
    assert_eq!(last.header.position, shown.feed_position);
    let again = papers.render_document(filled).await.unwrap().into_inner();
    assert!(again.replayed && !again.html.contains(NAME), "no opening is shown twice");

    // Who may not see details gets none, and that is on record.
    let mut blind = DocumentServiceClient::new(node.connection("blind"));
    let refused = asked(&id, pb::DocumentKind::Acceptance, pb::Purpose::Mediate);
    let refused = blind.render_document(refused).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let history = node.service.ledger().history(&subject, 0, 100).await.unwrap();
    assert_eq!(history.last().unwrap().header.r#type, "yiwang.dispatch.v1.DetailsRefused");
}

/// Mediates a case that a team is on the spot of, until the parties agree.
async fn agreed(node: &Node, id: &str, kind: pb::OutcomeKind, terms: &str) {
    mediated(node, id, pb::MediationKind::Peoples).await;
    let (request_id, dispute_id, etag) = head(id);
    let outcome = pb::RecordOutcomeRequest {
        request_id,
        dispute_id,
        etag,
        kind: kind.into(),
        note: terms.to_owned(),
        ..Default::default()
    };
    node.client("desk").record_outcome(outcome).await.unwrap();
}

/// Begins the mediation of such a case.
async fn mediated(node: &Node, id: &str, kind: pb::MediationKind) {
    let mut desk = node.client("desk");
    let (request_id, dispute_id, etag) = head(id);
    let consents = (1..=2).map(|party| pb::PartyConsent { party, consent: 1 }).collect();
    let organisation_id = "rmtj-1".to_owned();
    let start = pb::StartMediationRequest {
        request_id,
        dispute_id,
        etag,
        kind: kind.into(),
        organisation_id,
        consents,
        ..Default::default()
    };
    desk.start_mediation(start).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paper_of_an_agreement_carries_the_day_of_the_agreement() {
    let clock = Clock::manual("2026-02-13T01:00:00Z".parse().unwrap());
    let node = Node::start_at(clock.clone()).await;
    let id = to_the_spot(&node).await;
    // A committee leads it, so that a court can confirm what it comes to.
    mediated(&node, &id, pb::MediationKind::Joint).await;
    clock.advance(std::time::Duration::from_secs(6 * 86_400));
    let (request_id, dispute_id, etag) = head(&id);
    let outcome = pb::RecordOutcomeRequest {
        request_id,
        dispute_id,
        etag,
        kind: pb::OutcomeKind::AgreedWritten.into(),
        agreement_date: "2026-02-13".to_owned(),
        ..Default::default()
    };
    let mut desk = node.client("desk");
    let shown = desk.record_outcome(outcome).await.unwrap().into_inner().dispute.unwrap();
    assert_eq!(shown.outcome.unwrap().agreement_date, "2026-02-13");
    let mut papers = DocumentServiceClient::new(node.connection("desk"));
    let asked = asked(&id, pb::DocumentKind::Agreement, pb::Purpose::Unspecified);
    let html = papers.render_document(asked).await.unwrap().into_inner().html;
    for part in
        ["联合调解协议书", "<td>2026年2月13日</td>", "三十日内（至2026年3月16日止，含当日）"]
    {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("<td>2026年2月19日</td>"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paper_of_an_oral_agreement_is_the_mediators_record() {
    let node = Node::start().await;
    let id = to_the_spot(&node).await;
    agreed(&node, &id, pb::OutcomeKind::AgreedOral, "三日内修复水管").await;
    let mut papers = DocumentServiceClient::new(node.connection("desk"));
    let asked = asked(&id, pb::DocumentKind::Agreement, pb::Purpose::Mediate);
    let html = papers.render_document(asked).await.unwrap().into_inner().html;
    for part in [
        "口头协议登记表",
        "第二十八条",
        "第三十条",
        "由调解员记录协议内容",
        "三日内修复水管",
        "调解员（签名）",
        "三十日内",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    for part in ["协议书</h1>", "（签名、盖章或者按指印）", "本协议一式"] {
        assert!(!html.contains(part), "{part}: nobody signs an oral agreement: {html}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_that_is_asked_for_too_early_names_the_missing_step() {
    let node = Node::start().await;
    let id = to_the_spot(&node).await;
    let mut papers = DocumentServiceClient::new(node.connection("desk"));
    let (agreement, closing) = (pb::DocumentKind::Agreement, pb::DocumentKind::ClosingReport);
    for (kind, next, zh) in [
        (agreement, "StartMediation", "尚未登记达成的协议"),
        (closing, "RecordOutcome", "尚未登记办理结果"),
    ] {
        let early = asked(&id, kind, pb::Purpose::Unspecified);
        too_early(&papers.render_document(early).await.unwrap_err(), next, zh);
    }
    agreed(&node, &id, pb::OutcomeKind::AgreedOral, "三日内修复水管").await;
    let early = asked(&id, closing, pb::Purpose::Unspecified);
    let early = papers.render_document(early).await.unwrap_err();
    too_early(&early, "RecordFollowUp", "协议尚未回访");
}

/// The refusal names the command that is missing, and says in both languages what is.
fn too_early(refused: &tonic::Status, next: &str, zh: &str) {
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let info = refused.get_details_error_info().unwrap();
    assert_eq!((&*info.reason, &*info.metadata["missing"]), ("PAPER_TOO_EARLY", next));
    assert!(refused.message().contains(next), "{}", refused.message());
    let chinese = refused.get_details_localized_message().unwrap().message;
    assert!(chinese.contains(zh) && chinese.contains(next), "{chinese}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agreement_and_a_closing_report_say_what_was_agreed_and_how_it_went() {
    let node = Node::start().await;
    let id = to_the_spot(&node).await;
    let mut papers = DocumentServiceClient::new(node.connection("desk"));
    agreed(&node, &id, pb::OutcomeKind::AgreedWritten, "<b>三日内修复水管</b>").await;
    let mut desk = node.client("desk");
    let agreement = asked(&id, pb::DocumentKind::Agreement, pb::Purpose::Mediate);
    let html = papers.render_document(agreement).await.unwrap().into_inner().html;
    let year = jiff::tz::offset(8).to_datetime(node.service.ledger().now()).year();
    let number = format!("编号：({year})永安街道人民调解委员会人调字第1号");
    for part in ["人民调解协议书", &number, NAME, "三十日内", "调解员（签名）"] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(
        html.contains("三日内修复水管") && !html.contains("<b>"),
        "words are no markup: {html}"
    );

    let (request_id, dispute_id, etag) = head(&id);
    let performance = pb::Performance::Performed.into();
    let visit = pb::RecordFollowUpRequest {
        request_id,
        dispute_id,
        etag,
        performance,
        ..Default::default()
    };
    desk.record_follow_up(visit).await.unwrap();
    let (request_id, dispute_id, etag) = head(&id);
    let note = String::new();
    desk.verify_dispute(pb::VerifyDisputeRequest { request_id, dispute_id, etag, note })
        .await
        .unwrap();
    let closing = asked(&id, pb::DocumentKind::ClosingReport, pb::Purpose::Unspecified);
    let html = papers.render_document(closing).await.unwrap().into_inner().html;
    for part in [
        "结案报告表",
        "达成书面协议",
        "已履行",
        "到场时限",
        "按时",
        "本系统默认值",
        "（10分钟，",
        "个工作日，",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("wd，"), "limits are words: {html}");
}
