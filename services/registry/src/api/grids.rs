//! Grids: changes here, questions in `questions`.

mod questions;

use kit::Role;
use kit::rpc::open;
use tonic::{Request, Response, Status};
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::grid_service_server;

use super::Api;
use super::convert::{facts, request as convert};
use super::submit::reading;
use crate::domain::grid::Grid;
use crate::error::DOMAIN;

#[tonic::async_trait]
impl grid_service_server::GridService for Api {
    async fn get_grid(
        &self,
        request: Request<pb::GetGridRequest>,
    ) -> Result<Response<pb::GetGridResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.grid(&call, &body).await?))
    }

    async fn list_grids(
        &self,
        request: Request<pb::ListGridsRequest>,
    ) -> Result<Response<pb::ListGridsResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.grids(&call, &body).await?))
    }

    async fn get_grid_lineage(
        &self,
        request: Request<pb::GetGridLineageRequest>,
    ) -> Result<Response<pb::GetGridLineageResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.lineage(&call, &body).await?))
    }

    async fn lookup_grid(
        &self,
        request: Request<pb::LookupGridRequest>,
    ) -> Result<Response<pb::LookupGridResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.grid_at(&call, &body).await?))
    }

    async fn count_grids(
        &self,
        request: Request<pb::CountGridsRequest>,
    ) -> Result<Response<pb::CountGridsResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.count(&call, &body).await?))
    }

    async fn create_grid(
        &self,
        request: Request<pb::CreateGridRequest>,
    ) -> Result<Response<pb::CreateGridResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let (body, wish) = reading(body, convert::create_grid).await?;
        let method = "yiwang.registry.v1.GridService/CreateGrid";
        if body.validate_only {
            self.check(&call, method, wish).await?;
            return Ok(Response::new(pb::CreateGridResponse::default()));
        }
        let granted = self.submit(&call, method, wish).await?;
        let grids = self.grids_written(&granted.answer.ids, &body.effective_date).await?;
        let feed_position = granted.position;
        Ok(Response::new(pb::CreateGridResponse {
            grid: grids.into_iter().next().map(|(_, grid)| grid),
            feed_position,
        }))
    }

    async fn split_grid(
        &self,
        request: Request<pb::SplitGridRequest>,
    ) -> Result<Response<pb::SplitGridResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let (body, wish) = reading(body, convert::split_grid).await?;
        let method = "yiwang.registry.v1.GridService/SplitGrid";
        if body.validate_only {
            self.check(&call, method, wish).await?;
            return Ok(Response::new(pb::SplitGridResponse::default()));
        }
        let granted = self.submit(&call, method, wish).await?;
        let grids = self.grids_written(&granted.answer.ids, &body.effective_date).await?;
        let lineage = steps_of(&grids);
        let feed_position = granted.position;
        Ok(Response::new(pb::SplitGridResponse {
            grids: grids.iter().map(|(_, grid)| grid.clone()).collect(),
            lineage,
            feed_position,
        }))
    }

    async fn merge_grids(
        &self,
        request: Request<pb::MergeGridsRequest>,
    ) -> Result<Response<pb::MergeGridsResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let (body, wish) = reading(body, convert::merge_grids).await?;
        let method = "yiwang.registry.v1.GridService/MergeGrids";
        if body.validate_only {
            self.check(&call, method, wish).await?;
            return Ok(Response::new(pb::MergeGridsResponse::default()));
        }
        let granted = self.submit(&call, method, wish).await?;
        let grids = self.grids_written(&granted.answer.ids, &body.effective_date).await?;
        let lineage = steps_of(&grids);
        let feed_position = granted.position;
        Ok(Response::new(pb::MergeGridsResponse {
            grid: grids.into_iter().next().map(|(_, grid)| grid),
            lineage,
            feed_position,
        }))
    }

    async fn rename_grid(
        &self,
        request: Request<pb::RenameGridRequest>,
    ) -> Result<Response<pb::RenameGridResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::rename_grid(&body)?;
        let granted = self.submit(&call, "yiwang.registry.v1.GridService/RenameGrid", wish).await?;
        let grid = self.grid_written(granted.id(), &body.effective_date).await?;
        Ok(Response::new(pb::RenameGridResponse {
            grid: Some(grid),
            feed_position: granted.position,
        }))
    }

    async fn redraw_grid(
        &self,
        request: Request<pb::RedrawGridRequest>,
    ) -> Result<Response<pb::RedrawGridResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let (body, wish) = reading(body, convert::redraw_grid).await?;
        let granted = self.submit(&call, "yiwang.registry.v1.GridService/RedrawGrid", wish).await?;
        let grid = self.grid_written(granted.id(), &body.effective_date).await?;
        Ok(Response::new(pb::RedrawGridResponse {
            grid: Some(grid),
            feed_position: granted.position,
        }))
    }

    async fn move_grid(
        &self,
        request: Request<pb::MoveGridRequest>,
    ) -> Result<Response<pb::MoveGridResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::move_grid(&body)?;
        let granted = self.submit(&call, "yiwang.registry.v1.GridService/MoveGrid", wish).await?;
        let grid = self.grid_written(granted.id(), &body.effective_date).await?;
        Ok(Response::new(pb::MoveGridResponse {
            grid: Some(grid),
            feed_position: granted.position,
        }))
    }

    async fn retire_grid(
        &self,
        request: Request<pb::RetireGridRequest>,
    ) -> Result<Response<pb::RetireGridResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::retire_grid(&body)?;
        let granted = self.submit(&call, "yiwang.registry.v1.GridService/RetireGrid", wish).await?;
        let grid = self.grid_written(granted.id(), &body.effective_date).await?;
        Ok(Response::new(pb::RetireGridResponse {
            grid: Some(grid),
            feed_position: granted.position,
        }))
    }
}

/// Steps that led to new grids.
fn steps_of(grids: &[(Grid, pb::Grid)]) -> Vec<pb::LineageStep> {
    grids.iter().flat_map(|(grid, _)| &grid.predecessors).map(facts::step).collect()
}
