//! Facts as their published messages: the form that is stored, hashed and fed.

mod recognise;

use jiff::Timestamp;
use ledger::Published;
use prost::{Message, Name};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::{counting, enums, time};
use crate::domain::codes::Id;
use crate::domain::dispute::{
    DeclineReason, Estimate, MediationKind, Outcome, PartyConsent, Performance, RejectReason,
    Source, subject,
};
use crate::domain::event::{Event, Fact, Recounted, Reported, Search, TeamOffered, Triaged};
use crate::domain::sealed::{EraseReason, OpenRefusal, Purpose};

pub(crate) use self::recognise::recognise;

/// Version of the payloads' schema.
const SCHEMA_VERSION: u32 = 1;

/// Encodes an event as its public message.
pub(crate) fn publish(event: &Event) -> Published {
    match &event.fact {
        Fact::Reported(reported) => encode(event, &dispute_reported(event, reported)),
        Fact::Accepted => encode(event, &dispute_accepted(event)),
        Fact::Rejected(reason) => encode(event, &dispute_rejected(event, *reason)),
        Fact::Triaged(triaged) => encode(event, &dispute_triaged(event, triaged)),
        Fact::DeadlineRecounted(recounted) => encode(event, &deadline_recounted(event, recounted)),
        Fact::TeamCalled { due_at } => encode(event, &team_called(event, *due_at)),
        Fact::TeamOffered(offered) => encode(event, &team_offered(event, offered)),
        Fact::NoTeamFound(search) => encode(event, &no_team_found(event, *search)),
        Fact::OfferAccepted { team } => encode(event, &offer_accepted(event, team)),
        Fact::OfferDeclined { team, reason } => {
            encode(event, &offer_declined(event, team, *reason))
        }
        Fact::OfferLapsed { team } => encode(event, &offer_lapsed(event, team)),
        Fact::TeamArrived { team, at, in_time } => {
            encode(event, &team_arrived(event, team, *at, *in_time))
        }
        Fact::ConsentRecorded(word) => encode(event, &consent_recorded(event, *word)),
        Fact::MediationStarted { kind, organisation, consents, team } => {
            encode(event, &mediation_started(event, *kind, (organisation, team), consents))
        }
        Fact::OutcomeRecorded { outcome, team } => {
            encode(event, &outcome_recorded(event, *outcome, team.as_ref()))
        }
        Fact::FollowUpRecorded { performance, relapsed } => {
            encode(event, &follow_up_recorded(event, *performance, *relapsed))
        }
        Fact::Closed => encode(event, &dispute_closed(event)),
        Fact::NoteAdded => encode(event, &note_added(event)),
        Fact::DetailsOpened { purpose, sealed } => {
            encode(event, &details_opened(event, *purpose, sealed))
        }
        Fact::DetailsRefused { purpose, reason } => {
            encode(event, &details_refused(event, *purpose, *reason))
        }
        Fact::DetailsErased { reason, sealed } => {
            encode(event, &details_erased(event, *reason, sealed))
        }
    }
}

fn encode<M: Message + Name>(event: &Event, message: &M) -> Published {
    Published {
        type_name: M::full_name(),
        payload: message.encode_to_vec(),
        subject: subject(event.dispute_id),
        area_code: event.grid.as_str().to_owned(),
        addressee: String::new(),
        schema_version: SCHEMA_VERSION,
    }
}

fn dispute_reported(event: &Event, reported: &Reported) -> pb::DisputeReported {
    pb::DisputeReported {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        case_code: reported.code.as_str().to_owned(),
        type_code: reported.kind.as_str().to_owned(),
        scale: enums::scale_to(reported.scale),
        people: reported.people,
        party_count: reported.parties,
        channel: enums::channel_to(reported.channel),
        source: reported.source.as_ref().map(source),
        report_time: Some(time(reported.at)),
        home: reported.home.clone(),
        sealing: sealing(event),
    }
}

fn dispute_accepted(event: &Event) -> pb::DisputeAccepted {
    pb::DisputeAccepted {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
    }
}

fn dispute_rejected(event: &Event, reason: RejectReason) -> pb::DisputeRejected {
    pb::DisputeRejected {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        reason: enums::reject_to(reason),
        sealing: sealing(event),
    }
}

fn dispute_triaged(event: &Event, triaged: &Triaged) -> pb::DisputeTriaged {
    pb::DisputeTriaged {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        level: enums::level_to(triaged.level),
        limit: triaged.limit.to_string(),
        rule_key: triaged.rule_key.clone(),
        rule_source: triaged.rule_source.clone(),
        start_time: Some(time(triaged.accepted_at)),
        due_time: Some(time(triaged.due_at)),
        due_provisional: triaged.due_provisional,
        calendar_version: triaged.calendar_version.clone(),
        sealing: sealing(event),
        settings: Some(counting::settings_to(&triaged.settings)),
        pauses: triaged.pauses.iter().map(counting::pause_to).collect(),
        extensions: triaged.extensions.iter().map(counting::extension_to).collect(),
    }
}

fn deadline_recounted(event: &Event, recounted: &Recounted) -> pb::DeadlineRecounted {
    pb::DeadlineRecounted {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        due_time: Some(time(recounted.due_at)),
        due_provisional: recounted.due_provisional,
        calendar_version: recounted.calendar_version.clone(),
        previous_due_time: Some(time(recounted.previous_due_at)),
        previous_calendar_version: recounted.previous_calendar_version.clone(),
    }
}

fn team_called(event: &Event, due_at: Timestamp) -> pb::TeamCalled {
    pb::TeamCalled {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        due_time: Some(time(due_at)),
    }
}

fn team_offered(event: &Event, offered: &TeamOffered) -> pb::TeamOffered {
    pb::TeamOffered {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        team_id: offered.team.as_str().to_owned(),
        round: offered.round,
        estimate: offered.estimate.map(estimate),
    }
}

fn no_team_found(event: &Event, search: Search) -> pb::NoTeamFound {
    pb::NoTeamFound {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        serving: search.serving,
        off_duty: search.off_duty,
        engaged: search.engaged,
        asked: search.asked,
    }
}

fn offer_accepted(event: &Event, team: &Id) -> pb::OfferAccepted {
    pb::OfferAccepted {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        team_id: team.as_str().to_owned(),
    }
}

fn offer_declined(event: &Event, team: &Id, reason: DeclineReason) -> pb::OfferDeclined {
    pb::OfferDeclined {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        team_id: team.as_str().to_owned(),
        reason: enums::decline_to(reason),
        sealing: sealing(event),
    }
}

fn offer_lapsed(event: &Event, team: &Id) -> pb::OfferLapsed {
    pb::OfferLapsed {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        team_id: team.as_str().to_owned(),
    }
}

fn team_arrived(event: &Event, team: &Id, at: Timestamp, in_time: bool) -> pb::TeamArrived {
    pb::TeamArrived {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        team_id: team.as_str().to_owned(),
        arrival_time: Some(time(at)),
        in_time,
    }
}

fn consent_recorded(event: &Event, word: PartyConsent) -> pb::ConsentRecorded {
    pb::ConsentRecorded {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        consent: Some(consent(word)),
        sealing: sealing(event),
    }
}

fn mediation_started(
    event: &Event,
    kind: MediationKind,
    (organisation, team): (&Id, &Id),
    consents: &[PartyConsent],
) -> pb::MediationStarted {
    pb::MediationStarted {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        kind: enums::mediation_to(kind),
        organisation_id: organisation.as_str().to_owned(),
        consents: consents.iter().copied().map(consent).collect(),
        team_id: team.as_str().to_owned(),
    }
}

fn outcome_recorded(event: &Event, outcome: Outcome, team: Option<&Id>) -> pb::OutcomeRecorded {
    let (kind, partial, referral) = enums::outcome_to(outcome);
    pb::OutcomeRecorded {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        kind: kind.into(),
        partial,
        referral,
        team_id: team.map(Id::as_str).unwrap_or_default().to_owned(),
        sealing: sealing(event),
    }
}

fn follow_up_recorded(
    event: &Event,
    performance: Performance,
    relapsed: bool,
) -> pb::FollowUpRecorded {
    pb::FollowUpRecorded {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        performance: enums::performance_to(performance),
        relapsed,
        sealing: sealing(event),
    }
}

fn dispute_closed(event: &Event) -> pb::DisputeClosed {
    pb::DisputeClosed {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        sealing: sealing(event),
    }
}

fn note_added(event: &Event) -> pb::NoteAdded {
    pb::NoteAdded {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        sealing: sealing(event),
    }
}

fn details_opened(event: &Event, purpose: Purpose, sealed: &[Uuid]) -> pb::DetailsOpened {
    pb::DetailsOpened {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        purpose: enums::purpose_to(purpose),
        sealed_ids: ids(sealed),
    }
}

fn details_refused(event: &Event, purpose: Purpose, reason: OpenRefusal) -> pb::DetailsRefused {
    pb::DetailsRefused {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        purpose: enums::purpose_to(purpose),
        reason: enums::refusal_to(reason),
    }
}

fn details_erased(event: &Event, reason: EraseReason, sealed: &[Uuid]) -> pb::DetailsErased {
    pb::DetailsErased {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        reason: enums::erase_to(reason),
        sealed_ids: ids(sealed),
    }
}

fn sealing(event: &Event) -> Option<pb::Sealing> {
    event.sealing.map(|sealing| pb::Sealing {
        sealed_id: sealing.id.to_string(),
        kind: enums::sealed_to(sealing.kind),
        digest: sealing.digest.to_vec(),
    })
}

pub(crate) fn source(source: &Source) -> pb::Source {
    pb::Source {
        system: source.system.as_str().to_owned(),
        number: source.number.as_str().to_owned(),
    }
}

pub(crate) fn estimate(estimate: Estimate) -> pb::Estimate {
    pb::Estimate {
        straight_metres: estimate.metres,
        factor: estimate.factor,
        speed_kmh: estimate.speed_kmh,
        seconds: estimate.seconds,
    }
}

pub(crate) fn consent(word: PartyConsent) -> pb::PartyConsent {
    pb::PartyConsent { party: word.party, consent: enums::consent_to(word.consent) }
}

fn ids(ids: &[Uuid]) -> Vec<String> {
    ids.iter().map(Uuid::to_string).collect()
}

#[cfg(test)]
mod tests;
