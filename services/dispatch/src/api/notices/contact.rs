//! Who is meant by a notice, as whoever tells them needs it.

use kit::Problem;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::trouble;
use crate::api::Disputes;
use crate::api::convert::{clock, events, notices};
use crate::domain::dispute::Place;
use crate::domain::notice::{Meant, Undeliverable};
use crate::project::State;
use crate::store::{area_key, team_key, unit_key};

impl Disputes {
    /// People whose telephones are sealed in these pieces; of what else is in them nothing goes further.
    pub(super) async fn people(
        &self,
        case: Uuid,
        sealed: &[Uuid],
        is_reporter: bool,
    ) -> Result<Result<pb::Contact, Undeliverable>, Problem> {
        let pieces = self.pieces(case, sealed).await?;
        let details: Vec<_> = pieces.into_iter().filter_map(|piece| piece.details).collect();
        if details.is_empty() {
            // Erased between the opening and this moment.
            return Ok(Err(Undeliverable::Erased));
        }
        Ok(notices::people(&details, is_reporter))
    }

    /// Whoever is no person whose telephone is sealed, with the names that dispatch knows.
    pub(super) async fn elsewhere(
        &self,
        meant: Meant,
    ) -> Result<Result<pb::Contact, Undeliverable>, Problem> {
        let contact = match meant {
            Meant::Nobody(missing) => return Ok(Err(missing)),
            // What was to be opened was erased after the decision.
            Meant::People(_) => return Ok(Err(Undeliverable::Erased)),
            Meant::Source(source) => {
                pb::Contact { source: Some(events::source(&source)), ..Default::default() }
            }
            Meant::Place(place) => self.place(&place).await?,
            Meant::Team(team) => {
                let state = self.ledger.read(&team_key(&team)).await.map_err(trouble)?;
                let mut contact =
                    pb::Contact { team_id: team.as_str().to_owned(), ..Default::default() };
                if let Some(State::Team(team)) = state.as_deref() {
                    contact.team_name.clone_from(&team.name);
                }
                contact
            }
        };
        Ok(Ok(contact))
    }

    async fn place(&self, place: &Place) -> Result<pb::Contact, Problem> {
        let pb::Place { area_code, unit_id } = clock::place_to(place);
        let mut contact = pb::Contact { area_code, unit_id, ..Default::default() };
        let keys = [area_key(&place.area)].into_iter().chain(place.unit.as_ref().map(unit_key));
        for state in self.ledger.read_many(keys.collect()).await.map_err(trouble)?.values() {
            if let State::Area(area) = &**state {
                contact.area_name.clone_from(&area.name);
            } else if let State::Unit(unit) = &**state {
                contact.unit_name.clone_from(&unit.name);
            }
        }
        Ok(contact)
    }
}
