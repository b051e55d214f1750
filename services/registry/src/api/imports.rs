//! Imports: rows are read against what is there outside of any commit; the commit only keeps what was found.

use kit::rpc::open;
use kit::{Call, Problem, Role};
use ledger::{Actor, CommandMeta};
use tonic::{Request, Response, Status};
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::import_service_server;

use super::convert::enums;
use super::convert::form::Form;
use super::convert::request::{self as convert, Rows};
use super::convert::resource;
use super::lists::{Asked, body as body_of};
use super::submit::Wish;
use super::{Api, scope, written};
use crate::domain::book::{Book, Id};
use crate::domain::code::{Scope, Slug};
use crate::domain::command::{Act, Command};
use crate::domain::day::business_date;
use crate::domain::import::{Chunk, Import};
use crate::domain::rejection::What;
use crate::domain::table;
use crate::error::{DOMAIN, not_found};
use crate::{project, store};

/// Forgotten imports given up in one go.
const AT_ONCE: i64 = 20;

#[tonic::async_trait]
impl import_service_server::ImportService for Api {
    async fn create_import(
        &self,
        request: Request<pb::CreateImportRequest>,
    ) -> Result<Response<pb::CreateImportResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let (fresh, today) = (self.ledger.ids().uuid(), business_date(self.ledger.now()));
        let wish = convert::create_import(&body, fresh, scope(&call)?.0, today)?;
        self.give_up_forgotten().await?;
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

    async fn list_imports(
        &self,
        request: Request<pb::ListImportsRequest>,
    ) -> Result<Response<pb::ListImportsResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        Ok(Response::new(self.imports(&call, &body).await?))
    }
}

impl Api {
    /// Checks rows, keeps the good ones aside and tells what is wrong with the others.
    async fn stage(&self, call: &Call, asked: Rows) -> Result<pb::StageRowsResponse, Problem> {
        let import = self.visible_import(call, &asked.import).await?;
        let needed = table::needs(&import, &asked.rows).into_iter().collect();
        let book = self.nouns(needed).await?;
        let (now, reach) = (self.ledger.now(), self.reach);
        let rows = asked.rows;
        let check = move || table::check(&import, &rows, &book, now, reach);
        let checked = tokio::task::spawn_blocking(check);
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

    /// Gives up imports that wait for more than a day; a few at a time.
    pub(crate) async fn give_up_forgotten(&self) -> Result<(), Problem> {
        let day = business_date(self.ledger.now());
        let arguments = vec![project::day(day), AT_ONCE.into()];
        let rows =
            self.ledger.db().rows("finding imports", store::LIST_WAITING_IMPORTS, arguments).await;
        for row in rows.map_err(|error| error.into_problem(DOMAIN))? {
            let id = row.text(0).map_err(|error| error.into_problem(DOMAIN))?;
            let id = written(Slug::parse(id).ok())?;
            let pages = self.nouns(vec![Id::Import(id.clone())]).await?;
            let scope = Scope(written(pages.import(&id))?.order.area.clone());
            let command = Command { scope, etag: None, on: None, act: Act::ExpireImport { id } };
            let actor = Actor { caller_id: "registry".to_owned(), unit_id: String::new() };
            let meta =
                CommandMeta { request: None, actor, traceparent: String::new(), deadline: None };
            let outcome = self.ledger.submit(command, meta).await;
            outcome.map_err(|error| error.into_problem(DOMAIN))?;
        }
        Ok(())
    }

    async fn imports(
        &self,
        call: &Call,
        body: &pb::ListImportsRequest,
    ) -> Result<pb::ListImportsResponse, Problem> {
        let mut form = Form::default();
        let state = form.choice("state", body.state, enums::to_progress);
        let state = state.as_ref().map(project::name).unwrap_or_default();
        let asked = Asked {
            area_code: &body.area_code,
            as_of_date: "",
            page_size: body.page_size,
            page_token: &body.page_token,
        };
        let list = self.list(call, form, &asked, &state)?;
        let (rows, next_page_token) = self
            .page("listing imports", store::LIST_IMPORTS, &list, vec![state.into()], Vec::new())
            .await?;
        let imports = rows.iter().map(body_of).collect::<Result<Vec<Import>, Problem>>()?;
        let imports = imports.iter().map(resource::import).collect();
        Ok(pb::ListImportsResponse { imports, next_page_token })
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
