//! One dispute from report to closed, on both databases.

use anyhow::{Context as _, Result, ensure};
use tests::callers::EVERYTHING;
use tests::database::Store;
use tests::load::report;
use tests::node::Node;
use tests::world::{GRID, TEAM, UNIT, request_id};
use uuid::Uuid;
use yiwang_proto::dispatch::v1::dispute::State;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;
use yiwang_proto::dispatch::v1::{
    AcceptDisputeRequest, AcceptOfferRequest, CallTeamRequest, CloseDisputeRequest, Consent,
    CountDisputesRequest, Dispute, FindDisputeRequest, GetDisputeRequest, Level,
    ListDisputeHistoryRequest, ListDisputesRequest, MediationKind, OutcomeKind, PartyConsent,
    Performance, RecordArrivalRequest, RecordFollowUpRequest, RecordOutcomeRequest,
    ReportDisputeRequest, StartMediationRequest, TriageDisputeRequest, VerifyDisputeRequest,
};

use crate::{ended, settled};

pub(crate) type Disputes = DisputeServiceClient<kit::client::Connection>;

#[tokio::test]
async fn a_dispute_goes_from_report_to_closed_on_sqlite() -> Result<()> {
    from_report_to_closed(Store::Sqlite).await
}

#[tokio::test]
async fn a_dispute_goes_from_report_to_closed_on_postgres() -> Result<()> {
    from_report_to_closed(Store::Postgres).await
}

async fn from_report_to_closed(store: Store) -> Result<()> {
    let Some((database, node)) = settled(store).await? else { return Ok(()) };
    let mut client = client(&node)?;
    let dispute = reported(&mut client).await?;
    let id = dispute.dispute_id.clone();
    let (closed, positions) = walk(&mut client, &id).await?;
    ensure!(positions.windows(2).all(|pair| pair[0] < pair[1]), "positions rise: {positions:?}");
    // What became of it elsewhere can still be recorded, and it can be done again; nothing else.
    let left = [
        "RecordConfirmation",
        "RecordReferralResult",
        "RedoDispute",
        "OpenDetails",
        "EraseDetails",
        "ReadFile",
        "DetachFile",
        "ReissuePin",
    ];
    let more = closed.allowed_commands.iter().find(|name| !left.contains(&name.as_str()));
    ensure!(closed.state() == State::Closed && more.is_none(), "closed, and yet {more:?}");
    let clock = closed.arrival_clock.context("no clock")?;
    ensure!(clock.arrival_time.is_some() && clock.due_time.is_some());

    let code = FindDisputeRequest { case_code: closed.case_code.clone() };
    let found = client.find_dispute(code).await?.into_inner().dispute.context("not found")?;
    ensure!(found.dispute_id == id);
    let history = ListDisputeHistoryRequest { dispute_id: id.clone(), ..Default::default() };
    let entries = client.list_dispute_history(history).await?.into_inner().entries;
    let first = entries.first().context("no history")?;
    ensure!(first.r#type.ends_with(".DisputeReported") && first.caller_id == EVERYTHING.id);
    // Who has to be told of the closing stands behind it.
    let last = entries.iter().rfind(|entry| !entry.r#type.ends_with(".NoticeDue"));
    ensure!(last.is_some_and(|entry| entry.r#type.ends_with(".DisputeClosed")));

    let area = GRID[..12].to_owned();
    let list = ListDisputesRequest { area_code: area.clone(), ..Default::default() };
    let listed = client.list_disputes(list).await?.into_inner().disputes;
    ensure!(listed.len() == 1 && listed[0] == found, "the list shows what the case shows");
    let count = CountDisputesRequest { area_code: area, ..Default::default() };
    let counts = client.count_disputes(count).await?.into_inner().counts;
    ensure!(counts.len() == 1 && counts[0].count == 1, "{counts:?}");
    ended(node, database).await
}

pub(crate) fn client(node: &Node) -> Result<Disputes> {
    Ok(DisputeServiceClient::new(node.connect(&EVERYTHING)?))
}

pub(crate) fn new_report() -> Result<ReportDisputeRequest> {
    Ok(report(Uuid::parse_str(&request_id()?)?, GRID))
}

pub(crate) async fn reported(client: &mut Disputes) -> Result<Dispute> {
    let answer = client.report_dispute(new_report()?).await?.into_inner();
    answer.dispute.context("no dispute")
}

/// Every step after the report; returns the dispute at the end and the positions of the steps.
pub(crate) async fn walk(client: &mut Disputes, id: &str) -> Result<(Dispute, Vec<u64>)> {
    let mut positions = Vec::new();
    let (dispute_id, team_id) = (id.to_owned(), TEAM.to_owned());
    let base = || -> Result<(String, String)> { Ok((request_id()?, dispute_id.clone())) };

    let (request_id, dispute_id) = base()?;
    let accept = AcceptDisputeRequest { request_id, dispute_id, ..Default::default() };
    positions.push(client.accept_dispute(accept).await?.into_inner().feed_position);
    let (request_id, dispute_id) = base()?;
    let level = Level::Simple.into();
    let triage = TriageDisputeRequest { request_id, dispute_id, level, ..Default::default() };
    positions.push(client.triage_dispute(triage).await?.into_inner().feed_position);
    let (request_id, dispute_id) = base()?;
    let call = CallTeamRequest { request_id, dispute_id, ..Default::default() };
    let called = client.call_team(call).await?.into_inner();
    positions.push(called.feed_position);
    let offered = called.dispute.and_then(|dispute| dispute.offer).context("nobody was asked")?;
    ensure!(offered.team_id == TEAM, "asked {}", offered.team_id);
    let (request_id, dispute_id) = base()?;
    let team = team_id.clone();
    let accept = AcceptOfferRequest { request_id, dispute_id, team_id: team, ..Default::default() };
    positions.push(client.accept_offer(accept).await?.into_inner().feed_position);
    let (request_id, dispute_id) = base()?;
    let arrival = RecordArrivalRequest { request_id, dispute_id, team_id, ..Default::default() };
    positions.push(client.record_arrival(arrival).await?.into_inner().feed_position);
    let (request_id, dispute_id) = base()?;
    let given = |party| PartyConsent { party, consent: Consent::Given.into() };
    let start = StartMediationRequest {
        request_id,
        dispute_id,
        kind: MediationKind::Peoples.into(),
        organisation_id: UNIT.to_owned(),
        consents: vec![given(1), given(2)],
        ..Default::default()
    };
    positions.push(client.start_mediation(start).await?.into_inner().feed_position);
    let (dispute, mut rest) = conclude(client, id).await?;
    positions.append(&mut rest);
    Ok((dispute, positions))
}

async fn conclude(client: &mut Disputes, id: &str) -> Result<(Dispute, Vec<u64>)> {
    let mut positions = Vec::new();
    let outcome = RecordOutcomeRequest {
        request_id: request_id()?,
        dispute_id: id.to_owned(),
        kind: OutcomeKind::AgreedWritten.into(),
        ..Default::default()
    };
    positions.push(client.record_outcome(outcome).await?.into_inner().feed_position);
    let look = RecordFollowUpRequest {
        request_id: request_id()?,
        dispute_id: id.to_owned(),
        performance: Performance::Performed.into(),
        ..Default::default()
    };
    positions.push(client.record_follow_up(look).await?.into_inner().feed_position);
    let verify = VerifyDisputeRequest {
        request_id: request_id()?,
        dispute_id: id.to_owned(),
        ..Default::default()
    };
    positions.push(client.verify_dispute(verify).await?.into_inner().feed_position);
    let close = CloseDisputeRequest {
        request_id: request_id()?,
        dispute_id: id.to_owned(),
        ..Default::default()
    };
    positions.push(client.close_dispute(close).await?.into_inner().feed_position);
    let get = GetDisputeRequest { dispute_id: id.to_owned() };
    let dispute = client.get_dispute(get).await?.into_inner().dispute.context("gone")?;
    Ok((dispute, positions))
}
