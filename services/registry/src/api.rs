//! The rpcs: open, parse, submit or read, render. One file per service.

mod areas;
mod catalogue;
pub(crate) mod convert;
mod grids;
mod imports;
mod lists;
mod submit;
mod teams;
mod units;
mod workers;

use std::collections::BTreeMap;
use std::sync::Arc;

use kit::{Call, Problem};
use ledger::Ledger;

use crate::app::Registry;
use crate::domain::book::{Id, Pages};
use crate::domain::code::{AreaCode, Scope};
use crate::domain::day::Reach;
use crate::domain::rejection::What;
use crate::error::{DOMAIN, not_found};
use crate::project::{self, State};

/// Serves every rpc of `yiwang.registry.v1`.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    /// Where commands go and states are read.
    pub(crate) ledger: Ledger<Registry>,
    /// How far from today a change may take effect.
    pub(crate) reach: Reach,
    /// Area of the node.
    pub(crate) area: AreaCode,
}

impl Api {
    /// Nouns under ids, as last committed.
    async fn nouns(&self, ids: Vec<Id>) -> Result<Pages, Problem> {
        let keys = ids.iter().map(project::key_of).collect();
        let found =
            self.ledger.read_many(keys).await.map_err(|error| error.into_problem(DOMAIN))?;
        let mut pages = BTreeMap::new();
        for id in ids {
            if let Some(State::Noun(noun)) = found.get(&project::key_of(&id)).map(Arc::as_ref) {
                pages.insert(id, noun.clone());
            }
        }
        Ok(Pages(pages))
    }
}

/// What the caller may see; a caller of a single grid or of no area sees nothing here.
fn scope(call: &Call) -> Result<Scope, Problem> {
    let area = AreaCode::parse(&call.caller.area_code);
    area.map(Scope).map_err(|_| not_found(What::Area, "", &[]))
}

/// A noun that was just written and read again is there, and of its kind.
fn written<T>(found: Option<T>) -> Result<T, Problem> {
    found.ok_or_else(|| Problem::internal(DOMAIN))
}
