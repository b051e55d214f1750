//! What is refused, and what the refusal says: code, reason, every wrong field at once, Chinese beside English.

use anyhow::{Context as _, Result, ensure};
use tests::callers::{HANDLER, NEIGHBOUR};
use tests::database::Store;
use tests::world::{GRID, request_id};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;
use yiwang_proto::dispatch::v1::{
    AcceptDisputeRequest, CloseDisputeRequest, GetDisputeRequest, ListDisputesRequest,
    OpenDetailsRequest, Purpose, ReportDisputeRequest, Scale,
};

use crate::case::{Disputes, client, new_report, reported};
use crate::{ended, settled};

#[tokio::test]
async fn refusals_say_why_on_sqlite() -> Result<()> {
    refusals(Store::Sqlite).await
}

#[tokio::test]
async fn refusals_say_why_on_postgres() -> Result<()> {
    refusals(Store::Postgres).await
}

async fn refusals(store: Store) -> Result<()> {
    let Some((database, node)) = settled(store).await? else { return Ok(()) };
    let mut disputes = client(&node)?;
    every_wrong_field_at_once(&mut disputes).await?;
    a_request_id_means_one_body(&mut disputes).await?;
    a_stale_etag_is_refused(&mut disputes).await?;
    an_illegal_step_says_what_is_legal(&mut disputes).await?;
    pages_belong_to_their_query(&mut disputes).await?;
    values_from_nowhere_are_refused(&mut disputes).await?;

    let id = reported(&mut disputes).await?.dispute_id;
    let get = || GetDisputeRequest { dispute_id: id.clone() };
    let endpoint = tonic::transport::Endpoint::from_shared(node.address())?;
    let mut stranger = DisputeServiceClient::new(endpoint.connect().await?);
    let status = refused(stranger.get_dispute(get()).await)?;
    ensure!(status.code() == Code::Unauthenticated, "{status}");
    let status = refused(stranger.report_dispute(new_report()?).await)?;
    ensure!(status.code() == Code::Unauthenticated, "{status}");

    let mut neighbour = DisputeServiceClient::new(node.connect(&NEIGHBOUR)?);
    let status = refused(neighbour.get_dispute(get()).await)?;
    ensure!(status.code() == Code::NotFound && reason(&status)? == "DISPUTE_NOT_FOUND");
    let mut handler = DisputeServiceClient::new(node.connect(&HANDLER)?);
    let open = OpenDetailsRequest {
        request_id: request_id()?,
        dispute_id: id.clone(),
        purpose: Purpose::Mediate.into(),
        ..Default::default()
    };
    let status = refused(handler.open_details(open).await)?;
    ensure!(status.code() == Code::PermissionDenied && reason(&status)? == "ROLE_MISSING");
    ended(node, database).await
}

async fn every_wrong_field_at_once(disputes: &mut Disputes) -> Result<()> {
    let status = refused(disputes.report_dispute(ReportDisputeRequest::default()).await)?;
    ensure!(status.code() == Code::InvalidArgument && reason(&status)? == "INVALID_FIELDS");
    let wrong = fields(&status)?;
    for field in ["request_id", "grid_code", "type_code", "scale", "channel"] {
        ensure!(wrong.iter().any(|name| name == field), "{field} is not among {wrong:?}");
    }
    let chinese = status.get_details_localized_message().context("no Chinese")?;
    ensure!(chinese.locale == "zh-CN" && !chinese.message.is_ascii());
    Ok(())
}

async fn a_request_id_means_one_body(disputes: &mut Disputes) -> Result<()> {
    let request = new_report()?;
    let first = disputes.report_dispute(request.clone()).await?.into_inner();
    let again = disputes.report_dispute(request.clone()).await?.into_inner();
    ensure!(first.feed_position == again.feed_position);
    let id = |answer: yiwang_proto::dispatch::v1::ReportDisputeResponse| {
        answer.dispute.map(|dispute| dispute.dispute_id)
    };
    ensure!(id(first) == id(again), "a replay is the same dispute");
    let other = ReportDisputeRequest { people: 3, ..request };
    let status = refused(disputes.report_dispute(other).await)?;
    ensure!(status.code() == Code::InvalidArgument && reason(&status)? == "REQUEST_ID_REUSED");
    Ok(())
}

async fn a_stale_etag_is_refused(disputes: &mut Disputes) -> Result<()> {
    let dispute = reported(disputes).await?;
    let accept = |request_id| AcceptDisputeRequest {
        request_id,
        dispute_id: dispute.dispute_id.clone(),
        etag: dispute.etag.clone(),
    };
    disputes.accept_dispute(accept(request_id()?)).await?;
    let close = CloseDisputeRequest {
        request_id: request_id()?,
        dispute_id: dispute.dispute_id.clone(),
        etag: dispute.etag.clone(),
        ..Default::default()
    };
    let status = refused(disputes.close_dispute(close).await)?;
    ensure!(status.code() == Code::Aborted && reason(&status)? == "ETAG_STALE", "{status}");
    Ok(())
}

async fn an_illegal_step_says_what_is_legal(disputes: &mut Disputes) -> Result<()> {
    let dispute = reported(disputes).await?;
    let close = CloseDisputeRequest {
        request_id: request_id()?,
        dispute_id: dispute.dispute_id,
        ..Default::default()
    };
    let status = refused(disputes.close_dispute(close).await)?;
    ensure!(status.code() == Code::FailedPrecondition && reason(&status)? == "ILLEGAL_TRANSITION");
    let info = status.get_details_error_info().context("no ErrorInfo")?;
    for key in ["state", "command", "allowed"] {
        ensure!(info.metadata.contains_key(key), "no {key} in {:?}", info.metadata);
    }
    ensure!(info.metadata["allowed"].contains("AcceptDispute"), "{:?}", info.metadata);
    ensure!(status.get_details_precondition_failure().is_some(), "no PreconditionFailure");
    Ok(())
}

async fn pages_belong_to_their_query(disputes: &mut Disputes) -> Result<()> {
    for _ in 0..3 {
        reported(disputes).await?;
    }
    let list = |area_code: &str, page_size, page_token: &str| ListDisputesRequest {
        area_code: area_code.to_owned(),
        page_size,
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    let page = disputes.list_disputes(list(GRID, 2, "")).await?.into_inner();
    ensure!(page.disputes.len() == 2 && !page.next_page_token.is_empty());
    let next = disputes.list_disputes(list(GRID, 2, &page.next_page_token)).await?.into_inner();
    ensure!(next.disputes.iter().all(|dispute| !page.disputes.contains(dispute)));

    let token = &page.next_page_token;
    for (area, size, token) in [(&GRID[..12], 2, token.as_str()), (GRID, 2, "AAAA"), (GRID, -1, "")]
    {
        let status = refused(disputes.list_disputes(list(area, size, token)).await)?;
        ensure!(status.code() == Code::InvalidArgument, "{area} {size} {token:?}: {status}");
        let wrong = fields(&status)?;
        let expected = if size < 0 { "page_size" } else { "page_token" };
        ensure!(wrong == [expected], "{wrong:?}");
    }
    Ok(())
}

async fn values_from_nowhere_are_refused(disputes: &mut Disputes) -> Result<()> {
    let unknown = ReportDisputeRequest { grid_code: "370306004001999".to_owned(), ..new_report()? };
    let status = refused(disputes.report_dispute(unknown).await)?;
    ensure!(
        status.code() == Code::InvalidArgument && reason(&status)? == "GRID_NOT_FOUND",
        "{status}"
    );
    let strange =
        ReportDisputeRequest { scale: 99, channel: Scale::Group as i32 + 90, ..new_report()? };
    let status = refused(disputes.report_dispute(strange).await)?;
    ensure!(fields(&status)? == ["scale", "channel"], "{status:?}");
    let tomorrow = prost_types::Timestamp { seconds: 32_503_680_000, nanos: 0 };
    let early = ReportDisputeRequest { report_time: Some(tomorrow), ..new_report()? };
    let status = refused(disputes.report_dispute(early).await)?;
    ensure!(status.code() == Code::InvalidArgument, "{status}");
    let long = "长".repeat(4000);
    let mut oversized = new_report()?;
    if let Some(details) = oversized.details.as_mut() {
        details.summary.clone_from(&long);
    }
    let status = refused(disputes.report_dispute(oversized).await)?;
    ensure!(fields(&status)? == ["details.summary"], "{status:?}");
    ensure!(!format!("{status:?}").contains(&long), "an error echoes what was sent");
    Ok(())
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> Result<Status> {
    answer.err().context("a call that had to be refused was carried out")
}

fn reason(status: &Status) -> Result<String> {
    Ok(status.get_details_error_info().with_context(|| format!("no ErrorInfo: {status:?}"))?.reason)
}

fn fields(status: &Status) -> Result<Vec<String>> {
    let wrong =
        status.get_details_bad_request().with_context(|| format!("no BadRequest: {status:?}"))?;
    Ok(wrong.field_violations.into_iter().map(|violation| violation.field).collect())
}
