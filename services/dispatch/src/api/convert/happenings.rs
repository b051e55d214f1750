//! Everything that happens as its published message: what happens to teams here, to disputes in `events`.

use ledger::Published;
use prost::{Message, Name};
use yiwang_proto::dispatch::v1 as pb;

use super::counting::timestamp;
use super::events::{self, SCHEMA_VERSION, optional};
use super::time;
use crate::domain::codes::{AreaCode, Id};
use crate::domain::duty::{Shift, TeamEvent, TeamFact};
use crate::domain::event::Happening;

/// Encodes what happened as its public message.
pub(crate) fn publish(happening: &Happening) -> Published {
    let event = match happening {
        Happening::Dispute(event) => return events::publish(event),
        Happening::Team(event) => event,
    };
    let (team_id, area_code) = (event.team.as_str().to_owned(), event.area.as_str().to_owned());
    let other = |id: Option<&Id>| id.map(|id| id.as_str().to_owned()).unwrap_or_default();
    match &event.fact {
        TeamFact::DutyStarted { shift, from } => encode(
            event,
            &pb::DutyStarted {
                team_id,
                area_code,
                until_time: shift.until.map(time),
                capacity: shift.capacity,
                from_team_id: other(from.as_ref()),
            },
        ),
        TeamFact::DutyEnded { to } => {
            encode(event, &pb::DutyEnded { team_id, area_code, to_team_id: other(to.as_ref()) })
        }
    }
}

fn encode<M: Message + Name>(event: &TeamEvent, message: &M) -> Published {
    Published {
        type_name: M::full_name(),
        payload: message.encode_to_vec(),
        subject: format!("team/{}", event.team.as_str()),
        area_code: event.area.as_str().to_owned(),
        addressee: String::new(),
        schema_version: SCHEMA_VERSION,
    }
}

/// Reads what happened back from its public message.
pub(crate) fn recognise(type_name: &str, payload: &[u8]) -> Option<Happening> {
    let read = match type_name.strip_prefix("yiwang.dispatch.v1.") {
        Some("DutyStarted") => duty_started,
        Some("DutyEnded") => duty_ended,
        Some(_) | None => return events::recognise(type_name, payload).map(Happening::Dispute),
    };
    read(payload).map(Happening::Team)
}

fn duty_started(payload: &[u8]) -> Option<TeamEvent> {
    let message = pb::DutyStarted::decode(payload).ok()?;
    let until = optional(message.until_time, |at| timestamp(Some(at)))?;
    let shift = Shift { until, capacity: message.capacity };
    let fact = TeamFact::DutyStarted { shift, from: other(&message.from_team_id)? };
    event(&message.team_id, &message.area_code, fact)
}

fn duty_ended(payload: &[u8]) -> Option<TeamEvent> {
    let message = pb::DutyEnded::decode(payload).ok()?;
    let fact = TeamFact::DutyEnded { to: other(&message.to_team_id)? };
    event(&message.team_id, &message.area_code, fact)
}

fn event(team: &str, area: &str, fact: TeamFact) -> Option<TeamEvent> {
    Some(TeamEvent { team: Id::parse(team).ok()?, area: AreaCode::parse(area).ok()?, fact })
}

/// A team that need not be there.
fn other(text: &str) -> Option<Option<Id>> {
    if text.is_empty() { Some(None) } else { Id::parse(text).ok().map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::convert::events::tests::first_form;
    use crate::domain::decide::tests::{area, id, start};

    /// Every field is something else than its default.
    fn samples() -> Vec<Happening> {
        let shift = Shift { until: Some(start()), capacity: 2 };
        let facts = [
            TeamFact::DutyStarted { shift, from: Some(id("lmj-370306001-2")) },
            TeamFact::DutyEnded { to: Some(id("lmj-370306001-2")) },
        ];
        let event = |fact| TeamEvent { team: id("lmj-370306001-1"), area: area("370306001"), fact };
        facts.into_iter().map(event).map(Happening::Team).collect()
    }

    #[test]
    fn what_happens_to_teams_is_read_back_as_it_was_published() {
        for happening in samples() {
            let published = publish(&happening);
            assert_eq!(published.subject, "team/lmj-370306001-1");
            assert_eq!(published.area_code, "370306001");
            let read = recognise(&published.type_name, &published.payload);
            assert_eq!(read.as_ref(), Some(&happening));
            let first = first_form(&published);
            assert_eq!(recognise(&published.type_name, &first), Some(happening));
        }
        assert_eq!(recognise("yiwang.dispatch.v1.DutyStarted", b""), None);
    }
}
