//! Questions about grids, each as of a day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kit::{Call, Problem};
use ledger::{Row, area_end};
use tonic::Code;
use yiwang_proto::registry::v1 as pb;

use crate::api::convert::form::Form;
use crate::api::convert::{enums, facts, resource};
use crate::api::lists::{Asked, body as body_of};
use crate::api::{Api, written};
use crate::domain::book::{Book, Id, Pages};
use crate::domain::code::GridCode;
use crate::domain::grid::{Grid, GridFacts, GridKind};
use crate::domain::lineage;
use crate::domain::rejection::What;
use crate::domain::suggest;
use crate::error::{DOMAIN, not_found};
use crate::{project, store};

/// Rounds of reading for a lineage: a grid that went through more splits, merges and moves is shown as far as that.
const GENERATIONS: usize = 64;

impl Api {
    pub(super) async fn grid(
        &self,
        call: &Call,
        body: &pb::GetGridRequest,
    ) -> Result<pb::GetGridResponse, Problem> {
        let mut form = Form::default();
        let code = form.code("grid_code", &body.grid_code, GridCode::parse);
        let day = self.day(&mut form, "as_of_date", &body.as_of_date);
        let grid = self.known_grid(call, &form.done(code)?).await?;
        Ok(pb::GetGridResponse {
            grid: resource::grid(&grid, day, true),
            versions: grid.versions.iter().map(facts::grid).collect(),
        })
    }

    /// The grid of a code; otherwise the nearest codes are named.
    async fn known_grid(&self, call: &Call, code: &GridCode) -> Result<Grid, Problem> {
        if !call.caller.sees(code.as_str()) {
            return Err(not_found(What::Grid, code.as_str(), &[]));
        }
        let pages = self.nouns(vec![Id::Layout(code.community())]).await?;
        if let Some(grid) = pages.grid(code) {
            return Ok(grid.clone());
        }
        let siblings =
            pages.layout(&code.community()).into_iter().flat_map(|layout| layout.grids.keys());
        let mut known: Vec<GridCode> = siblings.cloned().collect();
        if known.is_empty() {
            known = self.grids_of_town(call, code).await?;
        }
        let nearest = suggest::nearest(code.as_str(), &known);
        let nearest: Vec<&str> = nearest.iter().map(GridCode::as_str).collect();
        Err(not_found(What::Grid, code.as_str(), &nearest))
    }

    async fn grids_of_town(&self, call: &Call, code: &GridCode) -> Result<Vec<GridCode>, Problem> {
        let asked = Asked {
            area_code: &code.as_str()[..9],
            as_of_date: "",
            page_size: 1_000,
            page_token: "",
        };
        let Ok(list) = self.list(call, Form::default(), &asked, "") else { return Ok(Vec::new()) };
        let filters = vec!["".into(), 1.into(), 0.into()];
        let (rows, _) =
            self.page("listing grids", store::LIST_GRIDS, &list, filters, Vec::new()).await?;
        rows.iter().map(code_of).collect()
    }

    pub(super) async fn grids(
        &self,
        call: &Call,
        body: &pb::ListGridsRequest,
    ) -> Result<pb::ListGridsResponse, Problem> {
        let mut form = Form::default();
        let kind = form.choice("kind", body.kind, enums::to_grid_kind);
        let kind = kind.as_ref().map(project::name).unwrap_or_default();
        let asked = Asked {
            area_code: &body.area_code,
            as_of_date: &body.as_of_date,
            page_size: body.page_size,
            page_token: &body.page_token,
        };
        let more = format!("{kind}|{}|{}", body.include_micro, body.without_worker);
        let list = self.list(call, form, &asked, &more)?;
        let filters = vec![kind.into(), body.include_micro.into(), body.without_worker.into()];
        let (rows, next_page_token) =
            self.page("listing grids", store::LIST_GRIDS, &list, filters, Vec::new()).await?;
        let codes = rows.iter().map(code_of).collect::<Result<Vec<GridCode>, Problem>>()?;
        let layouts = self.layouts(&codes).await?;
        let grids = codes.iter().filter_map(|code| {
            resource::grid(layouts.grid(code)?, list.day, body.include_outlines)
        });
        Ok(pb::ListGridsResponse { grids: grids.collect(), next_page_token })
    }

    async fn layouts(&self, codes: &[GridCode]) -> Result<Pages, Problem> {
        let mut ids: Vec<Id> = codes.iter().map(|code| Id::Layout(code.community())).collect();
        ids.dedup();
        self.nouns(ids).await
    }

    pub(super) async fn lineage(
        &self,
        call: &Call,
        body: &pb::GetGridLineageRequest,
    ) -> Result<pb::GetGridLineageResponse, Problem> {
        let mut form = Form::default();
        let code = form.code("grid_code", &body.grid_code, GridCode::parse);
        let day = self.day(&mut form, "as_of_date", &body.as_of_date);
        let code = form.done(code)?;
        let mut known = BTreeMap::from([(code.clone(), self.known_grid(call, &code).await?)]);
        for _ in 0..GENERATIONS {
            let missing: Vec<GridCode> = lineage::missing(&code, &known).into_iter().collect();
            let layouts = self.layouts(&missing).await?;
            let found =
                missing.iter().filter_map(|code| Some((code.clone(), layouts.grid(code)?.clone())));
            let before = known.len();
            known.extend(found);
            if known.len() == before {
                break;
            }
        }
        Ok(resource::lineage(&lineage::walk(&code, &known, day)))
    }

    pub(super) async fn grid_at(
        &self,
        call: &Call,
        body: &pb::LookupGridRequest,
    ) -> Result<pb::LookupGridResponse, Problem> {
        let mut form = Form::default();
        if body.point.is_none() {
            form.wrong("point", "REQUIRED", "is required", "必填");
        }
        let point = form.point("point", body.point.as_ref());
        let day = self.day(&mut form, "as_of_date", &body.as_of_date);
        let point = form.done(point)?;
        // Cells deeper than the last repeat it: the statement wants all 19.
        let mut cells = point.cells();
        cells.resize(19, cells.last().cloned().unwrap_or_default());
        let arguments = cells.into_iter().map(Into::into).chain([project::day(day)]).collect();
        let rows = self.ledger.db().rows("looking up a point", store::GRIDS_NEAR, arguments).await;
        let rows = rows.map_err(|error| error.into_problem(DOMAIN))?;
        let near = rows.iter().map(body_of).collect::<Result<Vec<GridFacts>, Problem>>()?;
        let contains = |facts: &&GridFacts| {
            call.caller.sees(facts.code.as_str())
                && facts.outline.as_ref().is_some_and(|outline| outline.contains(&point))
        };
        let (micro, full): (Vec<&GridFacts>, Vec<&GridFacts>) =
            near.iter().filter(contains).partition(|facts| facts.kind == GridKind::Micro);
        let Some(found) = full.first() else { return Err(no_grid_here()) };
        let layouts = self.layouts(std::slice::from_ref(&found.code)).await?;
        let own = micro.iter().find(|micro| micro.parent.as_ref() == Some(&found.code));
        Ok(pb::LookupGridResponse {
            grid: resource::grid(written(layouts.grid(&found.code))?, day, true),
            micro_grid_code: own.map(|micro| micro.code.to_string()).unwrap_or_default(),
        })
    }

    pub(super) async fn count(
        &self,
        call: &Call,
        body: &pb::CountGridsRequest,
    ) -> Result<pb::CountGridsResponse, Problem> {
        let asked = Asked {
            area_code: &body.area_code,
            as_of_date: &body.as_of_date,
            page_size: 0,
            page_token: "",
        };
        let list = self.list(call, Form::default(), &asked, "")?;
        let area = list.area.as_str();
        let arguments = vec![area.into(), area_end(area).into(), project::day(list.day)];
        let rows = self.ledger.db().rows("counting grids", store::COUNT_GRIDS, arguments).await;
        let rows = rows.map_err(|error| error.into_problem(DOMAIN))?;
        let mut counts = pb::CountGridsResponse::default();
        for row in &rows {
            add(&mut counts, row).map_err(|error| error.into_problem(DOMAIN))?;
        }
        Ok(counts)
    }

    pub(super) async fn grid_written(&self, code: &str, day: &str) -> Result<pb::Grid, Problem> {
        let grids = self.grids_written(&[code.to_owned()], day).await?;
        written(grids.into_iter().next().map(|(_, grid)| grid))
    }

    /// Grids that a command was about, as of its day.
    pub(super) async fn grids_written(
        &self,
        codes: &[String],
        day: &str,
    ) -> Result<Vec<(Grid, pb::Grid)>, Problem> {
        let day: Date = self.day(&mut Form::default(), "", day);
        let codes: Vec<GridCode> =
            codes.iter().filter_map(|code| GridCode::parse(code).ok()).collect();
        let layouts = self.layouts(&codes).await?;
        let one = |code: &GridCode| {
            let grid = layouts.grid(code)?;
            Some((grid.clone(), resource::grid(grid, day, true)?))
        };
        written(codes.iter().map(one).collect())
    }
}

fn add(counts: &mut pb::CountGridsResponse, row: &Row) -> Result<(), ledger::DbError> {
    let grids = row.count(1)?;
    match row.text(0)? {
        "comprehensive" => counts.comprehensive_grids = grids,
        "dedicated" => counts.dedicated_grids = grids,
        _ => counts.micro_grids = grids,
    }
    counts.sample |= row.int(3)? == 1;
    if row.text(0)? != "micro" {
        counts.households += row.count(2)?;
        counts.grids_without_worker += row.count(4)?;
    }
    Ok(())
}

fn code_of(row: &Row) -> Result<GridCode, Problem> {
    let text = row.text(0).map_err(|error| error.into_problem(DOMAIN))?;
    GridCode::parse(text).map_err(|_| Problem::internal(DOMAIN))
}

fn no_grid_here() -> Problem {
    Problem::new(
        Code::NotFound,
        "NO_GRID_AT_POINT",
        DOMAIN,
        "no grid's outline contains this point on that day",
        "该日期没有网格包含此位置",
    )
}
