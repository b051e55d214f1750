//! The catalogue of matters: edited, approved, released; and which limit holds.

mod change;
mod tables;

use jiff::civil::Date;
use kit::rpc::open;
use kit::{Call, Problem, Role};
use ledger::page;
use tonic::{Request, Response, Status};
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::catalogue_service_server;

use super::convert::form::Form;
use super::convert::{catalogue as wire, request as convert, resource};
use super::lists::foreign_token;
use super::{Api, scope};
use crate::domain::book::{Book, Id};
use crate::domain::catalogue::{Catalogue, Draft, Release, Scheme, Subject, TypeCode, find};
use crate::domain::code::Slug;
use crate::domain::day::business_date;
use crate::domain::rejection::What;
use crate::error::{DOMAIN, not_found};

/// A catalogue that a question is about.
enum Shelf {
    Proposal,
    Draft(Box<Draft>),
    Release(Box<Release>),
}

impl Shelf {
    fn catalogue(&self) -> &Catalogue {
        match self {
            Shelf::Proposal => Catalogue::shipped(),
            Shelf::Draft(draft) => &draft.catalogue,
            Shelf::Release(release) => &release.catalogue,
        }
    }

    fn version(&self) -> u32 {
        match self {
            Shelf::Proposal | Shelf::Draft(_) => 0,
            Shelf::Release(release) => release.version,
        }
    }
}

macro_rules! change {
    ($self:ident, $request:ident, $convert:expr, $method:literal, $response:ident, $answer:expr) => {{
        let (call, body) = open($request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        scope(&call)?;
        let wish = $convert(&body)?;
        let method = concat!("yiwang.registry.v1.CatalogueService/", $method);
        if body.validate_only {
            $self.check(&call, method, wish).await?;
            return Ok(Response::new(pb::$response::default()));
        }
        let granted = $self.submit(&call, method, wish).await?;
        let draft = $self.draft_written().await?;
        Ok(Response::new($answer(&body, &draft, granted.position)?))
    }};
}

#[tonic::async_trait]
impl catalogue_service_server::CatalogueService for Api {
    async fn get_catalogue(
        &self,
        request: Request<pb::GetCatalogueRequest>,
    ) -> Result<Response<pb::GetCatalogueResponse>, Status> {
        let (call, body) = open(request)?;
        scope(&call)?;
        let shelf = self.shelf(body.version, body.draft).await?;
        let catalogue = Some(self.shown(&shelf));
        Ok(Response::new(pb::GetCatalogueResponse { catalogue }))
    }

    async fn list_matters(
        &self,
        request: Request<pb::ListMattersRequest>,
    ) -> Result<Response<pb::ListMattersResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.matters(&call, &body).await?))
    }

    async fn find_limit(
        &self,
        request: Request<pb::FindLimitRequest>,
    ) -> Result<Response<pb::FindLimitResponse>, Status> {
        let (call, body) = open(request)?;
        scope(&call)?;
        Ok(Response::new(self.limit(&body).await?))
    }

    async fn put_matter(
        &self,
        request: Request<pb::PutMatterRequest>,
    ) -> Result<Response<pb::PutMatterResponse>, Status> {
        let convert = |body: &_| convert::put_matter(body, &self.area);
        change!(self, request, convert, "PutMatter", PutMatterResponse, change::matter_put)
    }

    async fn put_limit_rule(
        &self,
        request: Request<pb::PutLimitRuleRequest>,
    ) -> Result<Response<pb::PutLimitRuleResponse>, Status> {
        let convert = |body: &_| convert::put_limit_rule(body, &self.area);
        change!(self, request, convert, "PutLimitRule", PutLimitRuleResponse, change::limit_put)
    }

    async fn put_type_mapping(
        &self,
        request: Request<pb::PutTypeMappingRequest>,
    ) -> Result<Response<pb::PutTypeMappingResponse>, Status> {
        let convert = |body: &_| convert::put_type_mapping(body, &self.area);
        change!(self, request, convert, "PutTypeMapping", PutTypeMappingResponse, change::type_put)
    }

    async fn approve_matters(
        &self,
        request: Request<pb::ApproveMattersRequest>,
    ) -> Result<Response<pb::ApproveMattersResponse>, Status> {
        let convert = |body: &_| convert::approve_matters(body, &self.area, self.today());
        change!(self, request, convert, "ApproveMatters", ApproveMattersResponse, change::approved)
    }

    async fn retire_matter(
        &self,
        request: Request<pb::RetireMatterRequest>,
    ) -> Result<Response<pb::RetireMatterResponse>, Status> {
        let convert = |body: &_| convert::retire_matter(body, &self.area);
        change!(self, request, convert, "RetireMatter", RetireMatterResponse, change::retired)
    }

    async fn import_catalogue(
        &self,
        request: Request<pb::ImportCatalogueRequest>,
    ) -> Result<Response<pb::ImportCatalogueResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let only = body.validate_only;
        let table = convert::import_catalogue(body, &self.area)?;
        Ok(Response::new(self.take_table(&call, table, only).await?))
    }

    async fn release_catalogue(
        &self,
        request: Request<pb::ReleaseCatalogueRequest>,
    ) -> Result<Response<pb::ReleaseCatalogueResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::release_catalogue(&body, &self.area)?;
        let method = "yiwang.registry.v1.CatalogueService/ReleaseCatalogue";
        if body.validate_only {
            self.check(&call, method, wish).await?;
            return Ok(Response::new(pb::ReleaseCatalogueResponse::default()));
        }
        let granted = self.submit(&call, method, wish).await?;
        let version = granted.id().parse().map_err(|_| Problem::internal(DOMAIN))?;
        let feed_position = granted.position;
        Ok(Response::new(pb::ReleaseCatalogueResponse { version, feed_position }))
    }
}

/// A type that the catalogue has: a matter covers whatever begins with its code, also what is no code at all.
fn known_type<'a>(catalogue: &Catalogue, code: &'a TypeCode) -> Result<&'a TypeCode, Problem> {
    let mut form = Form::default();
    if catalogue.dispute_type(Scheme::Zz17, code).is_none() {
        let (en, zh) = ("is no code of scheme zz17", "zz17 分类中没有该代码");
        form.wrong("type_code", "UNKNOWN_VALUE", en, zh);
    }
    form.done(Some(code))
}

impl Api {
    fn today(&self) -> Date {
        business_date(self.ledger.now())
    }

    /// The draft that is stored; nothing = nobody has edited the proposal.
    async fn draft(&self) -> Result<Option<Draft>, Problem> {
        Ok(self.nouns(vec![Id::Draft]).await?.draft().cloned())
    }

    async fn shelf(&self, version: u32, wants_draft: bool) -> Result<Shelf, Problem> {
        let draft = self.draft().await?;
        if wants_draft {
            return Ok(draft.map_or(Shelf::Proposal, |draft| Shelf::Draft(Box::new(draft))));
        }
        let last = draft.map_or(0, |draft| draft.released);
        let version = if version == 0 { last } else { version };
        if version == 0 {
            return Ok(Shelf::Proposal);
        }
        let found = self.nouns(vec![Id::Release(version)]).await?.release(version).cloned();
        let found = found.ok_or_else(|| not_found(What::Catalogue, &version.to_string(), &[]))?;
        Ok(Shelf::Release(Box::new(found)))
    }

    fn shown(&self, shelf: &Shelf) -> pb::Catalogue {
        let (state, etag) = match shelf {
            Shelf::Proposal => (pb::catalogue::State::Proposal, resource::etag(0)),
            Shelf::Draft(draft) => {
                (pb::catalogue::State::Draft, resource::etag(draft.mark.revision))
            }
            Shelf::Release(release) => return wire::release(release),
        };
        pb::Catalogue {
            facts: Some(wire::facts(&self.area, 0, shelf.catalogue())),
            state: state.into(),
            release_time: None,
            etag,
        }
    }

    async fn matters(
        &self,
        call: &Call,
        body: &pb::ListMattersRequest,
    ) -> Result<pb::ListMattersResponse, Problem> {
        scope(call)?;
        let mut form = Form::default();
        let day = self.day(&mut form, "as_of_date", &body.as_of_date);
        let class = form.optional("class_code", &body.class_code, Slug::parse);
        let size = page::size(body.page_size).map_err(|_| {
            form.wrong("page_size", "OUT_OF_RANGE", "must not be negative", "不能为负数");
        });
        form.finish()?;
        let shelf = self.shelf(body.version, body.draft).await?;
        // Within one version, so that a release between two pages mixes nothing.
        let filter =
            format!("{}|{}|{}|{}", shelf.version(), body.draft, body.class_code, body.as_of_date);
        let after = page::decode(&body.page_token, filter.as_bytes()).map_err(foreign_token)?;
        let after = after.unwrap_or_default();
        let size = usize::try_from(size.unwrap_or(1)).unwrap_or(usize::MAX);
        let wanted = |matter: &&crate::domain::catalogue::Matter| {
            let class_of = class
                .as_ref()
                .is_none_or(|class| matter.code == *class || matter.class.as_ref() == Some(class));
            class_of && matter.period.covers(day) && matter.code.as_str() > after.as_str()
        };
        let mut found: Vec<_> =
            shelf.catalogue().matters.iter().filter(wanted).take(size + 1).collect();
        let more = found.len() > size;
        found.truncate(size);
        let last = found.last().filter(|_| more).map(|matter| matter.code.as_str());
        let next_page_token =
            last.map(|last| page::encode(filter.as_bytes(), last)).unwrap_or_default();
        let matters = found.into_iter().map(wire::matter).collect();
        Ok(pb::ListMattersResponse { matters, next_page_token })
    }

    async fn limit(&self, body: &pb::FindLimitRequest) -> Result<pb::FindLimitResponse, Problem> {
        let question = convert::find_limit(body, self.today())?;
        let shelf = self.shelf(body.version, body.draft).await?;
        let subject = match &question.subject {
            Subject::Matter(code) => code.to_string(),
            Subject::Type(code) => known_type(shelf.catalogue(), code)?.to_string(),
        };
        let found = find(shelf.catalogue(), &question)
            .ok_or_else(|| not_found(What::Matter, &subject, &[]))?;
        let rule = found.rule.ok_or_else(|| not_found(What::Limit, &subject, &[]))?;
        let (explanation, explanation_zh) = found.explanation();
        Ok(pb::FindLimitResponse {
            rule: Some(wire::limit_rule(rule)),
            matter_code: found.matter.code.to_string(),
            version: shelf.version(),
            passed_over_rule_keys: found
                .passed_over
                .iter()
                .map(|rule| rule.key.to_string())
                .collect(),
            explanation,
            explanation_zh,
        })
    }
}
