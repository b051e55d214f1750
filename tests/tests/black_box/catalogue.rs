//! The catalogue of matters: what was released reaches a reader of the feed whole, and a limit can be asked for in plain JSON.

use anyhow::{Context as _, Result, ensure};
use prost::Message as _;
use serde_json::json;
use tests::callers::{EVERYTHING, HANDLER, NEIGHBOUR};
use tests::database::Store;
use tests::feed;
use tests::http::post;
use tests::world::request_id;
use tonic::Code;
use yiwang_proto::registry::v1::catalogue_service_client::CatalogueServiceClient;
use yiwang_proto::registry::v1::{
    ApproveMattersRequest, CatalogueReleased, GetCatalogueRequest, MatterApproval,
    ReleaseCatalogueRequest,
};

use crate::{ended, settled};

const FIND: &str = "/yiwang.registry.v1.CatalogueService/FindLimit";
const RELEASED: &str = "yiwang.registry.v1.CatalogueReleased";

#[tokio::test]
async fn a_released_catalogue_reaches_readers_whole_on_sqlite() -> Result<()> {
    reaches_readers_whole(Store::Sqlite).await
}

#[tokio::test]
async fn a_released_catalogue_reaches_readers_whole_on_postgres() -> Result<()> {
    reaches_readers_whole(Store::Postgres).await
}

async fn reaches_readers_whole(store: Store) -> Result<()> {
    let Some((database, node)) = settled(store).await? else { return Ok(()) };
    let mut client = CatalogueServiceClient::new(node.connect(&EVERYTHING)?);
    let proposal = client.get_catalogue(GetCatalogueRequest::default()).await?.into_inner();
    let proposal = proposal.catalogue.and_then(|catalogue| catalogue.facts).context("nothing")?;
    let approve = ApproveMattersRequest {
        request_id: request_id()?,
        matter_codes: proposal.matters.into_iter().map(|matter| matter.matter_code).collect(),
        approval: Some(MatterApproval {
            approver_code: "city-office".to_owned(),
            document_code: "ZB-2026-1".to_owned(),
            approved_date: "2026-01-05".to_owned(),
        }),
        ..ApproveMattersRequest::default()
    };
    client.approve_matters(approve).await?;
    let release =
        ReleaseCatalogueRequest { request_id: request_id()?, ..ReleaseCatalogueRequest::default() };
    // Neither a neighbour's operator nor somebody without the role releases what is the city's.
    for (caller, code) in [(NEIGHBOUR, Code::NotFound), (HANDLER, Code::PermissionDenied)] {
        let mut other = CatalogueServiceClient::new(node.connect(&caller)?);
        let refused = other.release_catalogue(release.clone()).await.err().context("released")?;
        ensure!(refused.code() == code, "{refused}");
    }
    let done = client.release_catalogue(release).await?.into_inner();
    ensure!(done.version == 1, "{done:?}");

    let events = feed::whole_log(&node, &EVERYTHING, "registry").await?;
    let last = events.last().context("an empty log")?;
    let (kind, position) = (last.header.r#type.as_str(), last.header.position);
    ensure!((kind, position) == (RELEASED, done.feed_position), "{kind} at {position}");
    ensure!(last.header.subject == "catalogue/3703", "{}", last.header.subject);
    let event = CatalogueReleased::decode(last.payload.as_slice())?;
    let holds = client.get_catalogue(GetCatalogueRequest::default()).await?.into_inner();
    let holds = holds.catalogue.and_then(|catalogue| catalogue.facts).context("nothing")?;
    ensure!(event.catalogue == Some(holds), "the event is not what holds");

    let asked =
        json!({"typeCode": "0201", "step": "LIMIT_STEP_HANDLE", "level": "MATTER_LEVEL_GENERAL"});
    let answer = post(node.port(), FIND, HANDLER.token, &asked.to_string())?;
    ensure!(answer.status == 200, "{}", answer.raw);
    ensure!(answer.body["rule"]["limit"] == "7d" && answer.body["version"] == 1, "{}", answer.raw);
    ended(node, database).await
}
