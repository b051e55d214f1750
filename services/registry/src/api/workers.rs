//! Workers: the only rpcs that show display names and work phones.

use kit::rpc::open;
use kit::{Call, Problem, Role};
use tonic::{Request, Response, Status};
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::worker_service_server;

use super::convert::form::Form;
use super::convert::{enums, request as convert, resource};
use super::lists::{Asked, body as body_of};
use super::{Api, written};
use crate::domain::book::{Book, Id};
use crate::domain::code::{GridCode, Slug};
use crate::domain::rejection::What;
use crate::domain::worker::Worker;
use crate::error::{DOMAIN, not_found};
use crate::{project, store};

#[tonic::async_trait]
impl worker_service_server::WorkerService for Api {
    async fn get_worker(
        &self,
        request: Request<pb::GetWorkerRequest>,
    ) -> Result<Response<pb::GetWorkerResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.worker(&call, &body).await?))
    }

    async fn list_workers(
        &self,
        request: Request<pb::ListWorkersRequest>,
    ) -> Result<Response<pb::ListWorkersResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.workers(&call, &body).await?))
    }

    async fn register_worker(
        &self,
        request: Request<pb::RegisterWorkerRequest>,
    ) -> Result<Response<pb::RegisterWorkerResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::register_worker(&body, self.ledger.ids().uuid())?;
        let granted =
            self.submit(&call, "yiwang.registry.v1.WorkerService/RegisterWorker", wish).await?;
        let worker = self.worker_written(granted.id()).await?;
        Ok(Response::new(pb::RegisterWorkerResponse {
            worker: Some(worker),
            feed_position: granted.position,
        }))
    }

    async fn update_worker(
        &self,
        request: Request<pb::UpdateWorkerRequest>,
    ) -> Result<Response<pb::UpdateWorkerResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::update_worker(&body)?;
        let granted =
            self.submit(&call, "yiwang.registry.v1.WorkerService/UpdateWorker", wish).await?;
        let worker = self.worker_written(granted.id()).await?;
        Ok(Response::new(pb::UpdateWorkerResponse {
            worker: Some(worker),
            feed_position: granted.position,
        }))
    }

    async fn assign_worker(
        &self,
        request: Request<pb::AssignWorkerRequest>,
    ) -> Result<Response<pb::AssignWorkerResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::assign_worker(&body)?;
        let granted =
            self.submit(&call, "yiwang.registry.v1.WorkerService/AssignWorker", wish).await?;
        let worker = self.worker_written(granted.id()).await?;
        Ok(Response::new(pb::AssignWorkerResponse {
            worker: Some(worker),
            feed_position: granted.position,
        }))
    }

    async fn unassign_worker(
        &self,
        request: Request<pb::UnassignWorkerRequest>,
    ) -> Result<Response<pb::UnassignWorkerResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::unassign_worker(&body)?;
        let granted =
            self.submit(&call, "yiwang.registry.v1.WorkerService/UnassignWorker", wish).await?;
        let worker = self.worker_written(granted.id()).await?;
        Ok(Response::new(pb::UnassignWorkerResponse {
            worker: Some(worker),
            feed_position: granted.position,
        }))
    }

    async fn dismiss_worker(
        &self,
        request: Request<pb::DismissWorkerRequest>,
    ) -> Result<Response<pb::DismissWorkerResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::dismiss_worker(&body)?;
        let granted =
            self.submit(&call, "yiwang.registry.v1.WorkerService/DismissWorker", wish).await?;
        let worker = self.worker_written(granted.id()).await?;
        Ok(Response::new(pb::DismissWorkerResponse {
            worker: Some(worker),
            feed_position: granted.position,
        }))
    }
}

/// Names and phones are for those who work here.
fn may_read(call: &Call) -> Result<(), Problem> {
    if call.caller.may(Role::Operate) { Ok(()) } else { call.caller.require(Role::Handle, DOMAIN) }
}

impl Api {
    async fn worker(
        &self,
        call: &Call,
        body: &pb::GetWorkerRequest,
    ) -> Result<pb::GetWorkerResponse, Problem> {
        may_read(call)?;
        let mut form = Form::default();
        let id = form.code("worker_id", &body.worker_id, Slug::parse);
        let id = form.done(id)?;
        let pages = self.nouns(vec![Id::Worker(id.clone()), Id::Contact(id.clone())]).await?;
        let seen = |worker: &&Worker| call.caller.sees(worker.facts.area.as_str());
        let worker = pages.worker(&id).filter(seen);
        let worker = worker.ok_or_else(|| not_found(What::Worker, id.as_str(), &[]))?;
        let worker = Some(resource::worker(worker, pages.contact(&id)));
        Ok(pb::GetWorkerResponse { worker })
    }

    async fn workers(
        &self,
        call: &Call,
        body: &pb::ListWorkersRequest,
    ) -> Result<pb::ListWorkersResponse, Problem> {
        may_read(call)?;
        let mut form = Form::default();
        let post = form.choice("post", body.post, enums::to_post);
        let post = post.as_ref().map(project::name).unwrap_or_default();
        let grid = form.optional("grid_code", &body.grid_code, GridCode::parse);
        let asked = Asked {
            area_code: &body.area_code,
            as_of_date: &body.as_of_date,
            page_size: body.page_size,
            page_token: &body.page_token,
        };
        let list = self.list(call, form, &asked, &format!("{post}|{}", body.grid_code))?;
        let (sql, last) = match &grid {
            None => (store::LIST_WORKERS, Vec::new()),
            Some(grid) => (store::LIST_WORKERS_OF_GRID, vec![grid.as_str().into()]),
        };
        let (rows, next_page_token) =
            self.page("listing workers", sql, &list, vec![post.into()], last).await?;
        let workers = rows.iter().map(body_of).collect::<Result<Vec<Worker>, Problem>>()?;
        let contacts = workers.iter().map(|worker| Id::Contact(worker.facts.id.clone())).collect();
        let contacts = self.nouns(contacts).await?;
        let one = |worker: &Worker| resource::worker(worker, contacts.contact(&worker.facts.id));
        Ok(pb::ListWorkersResponse { workers: workers.iter().map(one).collect(), next_page_token })
    }

    async fn worker_written(&self, id: &str) -> Result<pb::Worker, Problem> {
        let id = written(Slug::parse(id).ok())?;
        let pages = self.nouns(vec![Id::Worker(id.clone()), Id::Contact(id.clone())]).await?;
        Ok(resource::worker(written(pages.worker(&id))?, pages.contact(&id)))
    }
}
