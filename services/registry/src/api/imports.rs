//! Imports: rows are read against what is there outside of any commit; the commit only keeps what was found.

use kit::rpc::open;
use kit::{Call, Problem, Role};
use tonic::{Request, Response, Status};
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::import_service_server;

use super::convert::form::Form;
use super::convert::request::{self as convert, Rows};
use super::convert::resource;
use super::submit::Wish;
use super::{Api, scope, written};
use crate::domain::book::{Book, Id};
use crate::domain::code::Slug;
use crate::domain::command::Act;
use crate::domain::day::day_of;
use crate::domain::import::{Chunk, Import};
use crate::domain::rejection::What;
use crate::domain::table;
use crate::error::{DOMAIN, not_found};

#[tonic::async_trait]
impl import_service_server::ImportService for Api {
    async fn create_import(
        &self,
        request: Request<pb::CreateImportRequest>,
    ) -> Result<Response<pb::CreateImportResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let (fresh, today) = (self.ledger.ids().uuid(), day_of(self.ledger.now()));
        let wish = convert::create_import(&body, fresh, scope(&call)?.0, today)?;
        let method = "yiwang.registry.v1.ImportService/CreateImport";
        let granted = self.submit(&call, method, wish).await?;
        let import = Some(self.import_written(granted.id()).await?);
        Ok(Response::new(pb::CreateImportResponse { import, feed_position: granted.position }))
    }

    async fn stage_rows(
        &self,
        request: Request<pb::StageRowsRequest>,
    ) -> Result<Response<pb::StageRowsResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        Ok(Response::new(self.stage(&call, convert::stage_rows(body)?).await?))
    }

    async fn activate_import(
        &self,
        request: Request<pb::ActivateImportRequest>,
    ) -> Result<Response<pb::ActivateImportResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::activate_import(&body)?;
        let method = "yiwang.registry.v1.ImportService/ActivateImport";
        let granted = self.submit(&call, method, wish).await?;
        let import = Some(self.import_written(granted.id()).await?);
        Ok(Response::new(pb::ActivateImportResponse { import, feed_position: granted.position }))
    }

    async fn cancel_import(
        &self,
        request: Request<pb::CancelImportRequest>,
    ) -> Result<Response<pb::CancelImportResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::cancel_import(&body)?;
        let method = "yiwang.registry.v1.ImportService/CancelImport";
        let granted = self.submit(&call, method, wish).await?;
        let import = Some(self.import_written(granted.id()).await?);
        Ok(Response::new(pb::CancelImportResponse { import }))
    }

    async fn get_import(
        &self,
        request: Request<pb::GetImportRequest>,
    ) -> Result<Response<pb::GetImportResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let mut form = Form::default();
        let id = form.code("import_id", &body.import_id, Slug::parse);
        let import = self.visible_import(&call, &form.done(id)?).await?;
        Ok(Response::new(pb::GetImportResponse { import: Some(resource::import(&import)) }))
    }
}

impl Api {
    /// Checks rows, keeps the good ones aside and tells what is wrong with the others.
    async fn stage(&self, call: &Call, asked: Rows) -> Result<pb::StageRowsResponse, Problem> {
        let import = self.visible_import(call, &asked.import).await?;
        let needed = table::needs(&import, &asked.rows).into_iter().collect();
        let book = self.nouns(needed).await?;
        let now = self.ledger.now();
        let rows = asked.rows;
        let checked = tokio::task::spawn_blocking(move || table::check(&import, &rows, &book, now));
        let chunk = checked.await.map_err(|_| Problem::internal(DOMAIN))?;
        let wish = Wish {
            request: asked.request,
            fingerprint: asked.fingerprint,
            etag: None,
            on: None,
            act: Act::StageRows(Box::new(chunk)),
        };
        let method = "yiwang.registry.v1.ImportService/StageRows";
        let granted = self.submit(call, method, wish).await?;
        // A replay answers with what was found then: the chunk, not what was found now.
        let [import, number] = &granted.answer.ids[..] else {
            return Err(Problem::internal(DOMAIN));
        };
        let chunk = self.chunk(import, number).await?;
        Ok(pb::StageRowsResponse {
            import: Some(self.import_written(import).await?),
            faults: chunk.faults.iter().map(resource::fault).collect(),
        })
    }

    async fn chunk(&self, import: &str, number: &str) -> Result<Chunk, Problem> {
        let import = written(Slug::parse(import).ok())?;
        let number = written(number.parse().ok())?;
        let pages = self.nouns(vec![Id::Chunk(import.clone(), number)]).await?;
        written(pages.chunk(&import, number).cloned())
    }

    async fn visible_import(&self, call: &Call, id: &Slug) -> Result<Import, Problem> {
        let pages = self.nouns(vec![Id::Import(id.clone())]).await?;
        let seen = |import: &&Import| call.caller.sees(import.order.area.as_str());
        let import = pages.import(id).filter(seen).cloned();
        import.ok_or_else(|| not_found(What::Import, id.as_str(), &[]))
    }

    async fn import_written(&self, id: &str) -> Result<pb::Import, Problem> {
        let id = written(Slug::parse(id).ok())?;
        let pages = self.nouns(vec![Id::Import(id.clone())]).await?;
        Ok(resource::import(written(pages.import(&id))?))
    }
}
