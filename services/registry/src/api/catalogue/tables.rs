//! Tables on their way into the draft.

use kit::{Call, Problem};
use yiwang_proto::registry::v1 as pb;

use crate::api::Api;
use crate::api::convert::request::Table;
use crate::api::convert::resource;
use crate::api::submit::Wish;
use crate::domain::book::{Book, Id, Pages};
use crate::domain::catalogue::{Catalogue, Draft, Edit, Revision, Wish as Wanted};
use crate::domain::code::Slug;
use crate::domain::command::Act;
use crate::domain::table::catalogue::read;
use crate::error::DOMAIN;

const IMPORT: &str = "yiwang.registry.v1.CatalogueService/ImportCatalogue";

impl Api {
    /// Puts the rows of a table into the draft, or says everything that is wrong with them.
    pub(super) async fn take_table(
        &self,
        call: &Call,
        table: Table,
        only_check: bool,
    ) -> Result<pb::ImportCatalogueResponse, Problem> {
        let Table { kind, rows, wish } = table;
        let mut read = read(kind, &rows);
        let draft = self.draft().await?;
        let book = self.beside(draft.as_ref(), &read.edit).await?;
        let revision = draft.as_ref().map_or(0, |draft| draft.mark.revision);
        let known = Catalogue::drafted(draft.as_ref());
        let last = draft.as_ref().and_then(|draft| book.release(draft.released));
        let holds = Catalogue::released(last);
        let goes_on =
            |unit: &Slug| book.unit(unit).is_some_and(|unit| unit.facts.period.to.is_none());
        let readable = read.faults.is_empty();
        read.beside(known, holds, self.today(), goes_on);
        let faults: Vec<_> = read.faults.iter().map(resource::fault).collect();
        let refused = pb::ImportCatalogueResponse { faults, ..Default::default() };
        if !readable || (only_check && !refused.faults.is_empty()) {
            return Ok(refused);
        }
        let revised = Revision { area: self.area.clone(), wish: Wanted::Put(read.edit) };
        // What the rows were checked beside is still there when they are taken in.
        let etag = wish.etag.or(Some(revision));
        let wish = Wish { etag, act: Act::ReviseCatalogue(Box::new(revised)), ..wish };
        if only_check {
            self.check(call, IMPORT, wish).await?;
            return Ok(pb::ImportCatalogueResponse::default());
        }
        // Asked even where it is refused: the same request may have been granted before.
        let granted = match self.submit(call, IMPORT, wish).await {
            Err(_) if !refused.faults.is_empty() => return Ok(refused),
            outcome => outcome?,
        };
        let counts: Result<Vec<u32>, _> = granted.answer.ids.iter().map(|id| id.parse()).collect();
        let [created_rows, changed_rows, unchanged_rows] = counts.unwrap_or_default()[..] else {
            return Err(Problem::internal(DOMAIN));
        };
        Ok(pb::ImportCatalogueResponse {
            faults: Vec::new(),
            created_rows,
            changed_rows,
            unchanged_rows,
            feed_position: granted.position,
        })
    }

    /// The version that holds, and the units that an edit names.
    async fn beside(&self, draft: Option<&Draft>, edit: &Edit) -> Result<Pages, Problem> {
        let units = edit.matters.iter().flat_map(|(matter, _)| &matter.handler_units);
        let mut ids: Vec<Id> = units.cloned().map(Id::Unit).collect();
        ids.extend(draft.map(|draft| Id::Release(draft.released)));
        self.nouns(ids).await
    }
}
