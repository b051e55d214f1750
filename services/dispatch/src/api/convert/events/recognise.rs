//! Published messages read back as facts, for replays. `None` = of a type, or with a value, that this release does not
//! know.

mod files;
mod later;
mod notices;
mod party;

use jiff::civil::Date;
use prost::Message;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::super::clock::{clock_from, place_from};
use super::counting::timestamp;
use super::enums;
use crate::domain::case_code::CaseCode;
use crate::domain::codes::{GridCode, Id, SourceNumber};
use crate::domain::dispute::{Clock, ClockKind, Estimate, FileNumber, PartyConsent, Source};
use crate::domain::dispute_types::intake;
use crate::domain::event::{
    Concluded, Event, Fact, Recounted, Reported, Search, TeamOffered, Triaged,
};
use crate::domain::sealed::Sealing;

/// Reads an event back from its public message.
pub(crate) fn recognise(type_name: &str, payload: &[u8]) -> Option<Event> {
    let read = match type_name.strip_prefix("yiwang.dispatch.v1.")? {
        "DisputeReported" => dispute_reported,
        "DisputeAccepted" => dispute_accepted,
        "DisputeRejected" => dispute_rejected,
        "DisputeTriaged" => dispute_triaged,
        "DeadlineRecounted" => deadline_recounted,
        "TeamCalled" => team_called,
        "TeamOffered" => team_offered,
        "NoTeamFound" => no_team_found,
        "OfferAccepted" => offer_accepted,
        "OfferDeclined" => offer_declined,
        "OfferLapsed" => offer_lapsed,
        "OfferWithdrawn" => offer_withdrawn,
        "TeamArrived" => team_arrived,
        "ConsentRecorded" => consent_recorded,
        "MediationStarted" => mediation_started,
        "OutcomeRecorded" => outcome_recorded,
        "FollowUpRecorded" => follow_up_recorded,
        "ConfirmationRecorded" => later::confirmation_recorded,
        "ReferralResultRecorded" => later::referral_result_recorded,
        "DisputeVerified" => later::dispute_verified,
        "DisputeRedone" => later::dispute_redone,
        "DisputeMerged" => later::dispute_merged,
        "DuplicateJoined" => later::duplicate_joined,
        "DisputeMoved" => later::dispute_moved,
        "DisputeReminded" => later::dispute_reminded,
        "SupervisionSet" => later::supervision_set,
        "SupervisionLifted" => later::supervision_lifted,
        "ExtensionRequested" => later::extension_requested,
        "ExtensionDecided" => later::extension_decided,
        "LimitPaused" => later::limit_paused,
        "LimitResumed" => later::limit_resumed,
        "DisputeDeferred" => later::dispute_deferred,
        "DeferralEnded" => later::deferral_ended,
        "ReviewDue" => later::review_due,
        "CardShown" => later::card_shown,
        "NoticeDue" => notices::due,
        "NoticeDelivered" => notices::delivered,
        "NoticeUndeliverable" => notices::undeliverable,
        "PoliceFirst" => later::police_first,
        "DisputeClosed" => dispute_closed,
        "NoteAdded" => note_added,
        "DetailsOpened" => details_opened,
        "DetailsRefused" => details_refused,
        "DetailsErased" => details_erased,
        "FileAttached" => files::file_attached,
        "FileDetached" => files::file_detached,
        "FileOpened" => files::file_opened,
        "FileRefused" => files::file_refused,
        "PinIssued" => party::pin_issued,
        "PinRefused" => party::pin_refused,
        "CaseSeenByParty" => party::case_seen,
        "CaseRated" => party::case_rated,
        "DisputeTakenOver" => super::takeover::recognised,
        _ => return None,
    };
    read(payload)
}

/// What every message begins with.
pub(super) fn event(
    head: (&str, u64, &str),
    fact: Fact,
    sealing: Option<pb::Sealing>,
) -> Option<Event> {
    let (dispute_id, term, grid) = head;
    Some(Event {
        dispute_id: Uuid::parse_str(dispute_id).ok()?,
        term,
        grid: GridCode::parse(grid).ok()?,
        fact,
        sealing: optional(sealing, sealed)?,
    })
}

fn dispute_reported(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeReported::decode(payload).ok()?;
    let fact = Fact::Reported(Reported {
        code: CaseCode::parse(&message.case_code).ok()?,
        kind: intake(&message.type_code).ok()?,
        scale: enums::scale_from(message.scale)?,
        people: message.people,
        parties: message.party_count,
        channel: enums::channel_from(message.channel)?,
        source: optional(message.source, source)?,
        at: timestamp(message.report_time)?,
        home: message.home,
        receiver: place_from(message.receiver?)?,
        holder: place_from(message.holder?)?,
        clock: clock_of(ClockKind::Accept, message.clock)?,
        protective: message.protective,
        reporter_reachable: message.reporter_reachable,
    });
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

fn dispute_accepted(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeAccepted::decode(payload).ok()?;
    let fact = Fact::Accepted { clock: clock_of(ClockKind::Handle, message.clock)? };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn dispute_rejected(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeRejected::decode(payload).ok()?;
    let fact = Fact::Rejected(enums::reject_from(message.reason)?);
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

fn dispute_triaged(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeTriaged::decode(payload).ok()?;
    let fact = Fact::Triaged(Triaged {
        level: enums::level_from(message.level)?,
        clock: clock_of(ClockKind::Handle, message.clock)?,
        kind: match message.type_code.as_str() {
            "" => None,
            code => Some(intake(code).ok()?),
        },
        protective: message.protective,
    });
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

fn deadline_recounted(payload: &[u8]) -> Option<Event> {
    let message = pb::DeadlineRecounted::decode(payload).ok()?;
    let (kind, clock) = clock_from(message.clock?)?;
    let fact = Fact::DeadlineRecounted(Recounted {
        kind,
        clock,
        previous_due_at: optional(message.previous_due_time, |at| timestamp(Some(at)))?,
        previous_calendar_version: message.previous_calendar_version,
    });
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn team_called(payload: &[u8]) -> Option<Event> {
    let message = pb::TeamCalled::decode(payload).ok()?;
    let clock = optional(message.clock, |clock| clock_of(ClockKind::Arrive, Some(clock)))?;
    let fact = Fact::TeamCalled { due_at: timestamp(message.due_time)?, clock };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn team_offered(payload: &[u8]) -> Option<Event> {
    let message = pb::TeamOffered::decode(payload).ok()?;
    let fact = Fact::TeamOffered(TeamOffered {
        team: id(&message.team_id)?,
        round: message.round,
        answer_until: timestamp(message.answer_until_time)?,
        estimate: message.estimate.map(estimate),
    });
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn no_team_found(payload: &[u8]) -> Option<Event> {
    let message = pb::NoTeamFound::decode(payload).ok()?;
    let fact = Fact::NoTeamFound(Search {
        serving: message.serving,
        off_duty: message.off_duty,
        engaged: message.engaged,
        asked: message.asked,
    });
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn offer_accepted(payload: &[u8]) -> Option<Event> {
    let message = pb::OfferAccepted::decode(payload).ok()?;
    let given_up_at = timestamp(message.given_up_time)?;
    let fact = Fact::OfferAccepted { team: id(&message.team_id)?, given_up_at };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn offer_declined(payload: &[u8]) -> Option<Event> {
    let message = pb::OfferDeclined::decode(payload).ok()?;
    let fact = Fact::OfferDeclined {
        team: id(&message.team_id)?,
        reason: enums::decline_from(message.reason)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

fn offer_lapsed(payload: &[u8]) -> Option<Event> {
    let message = pb::OfferLapsed::decode(payload).ok()?;
    let after_acceptance = message.after_acceptance;
    let fact = Fact::OfferLapsed { team: id(&message.team_id)?, after_acceptance };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn offer_withdrawn(payload: &[u8]) -> Option<Event> {
    let message = pb::OfferWithdrawn::decode(payload).ok()?;
    let fact = Fact::OfferWithdrawn { team: id(&message.team_id)? };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn team_arrived(payload: &[u8]) -> Option<Event> {
    let message = pb::TeamArrived::decode(payload).ok()?;
    let fact = Fact::TeamArrived {
        team: id(&message.team_id)?,
        at: timestamp(message.arrival_time)?,
        in_time: message.in_time,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn consent_recorded(payload: &[u8]) -> Option<Event> {
    let message = pb::ConsentRecorded::decode(payload).ok()?;
    let fact = Fact::ConsentRecorded(consent(&message.consent?)?);
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

fn mediation_started(payload: &[u8]) -> Option<Event> {
    let message = pb::MediationStarted::decode(payload).ok()?;
    let fact = Fact::MediationStarted {
        kind: enums::mediation_from(message.kind)?,
        organisation: id(&message.organisation_id)?,
        file: file(&message.file_number)?,
        consents: message.consents.iter().map(consent).collect::<Option<_>>()?,
        team: id(&message.team_id)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn outcome_recorded(payload: &[u8]) -> Option<Event> {
    let message = pb::OutcomeRecorded::decode(payload).ok()?;
    let fact = Fact::OutcomeRecorded(Concluded {
        outcome: enums::outcome_from(message.kind, message.partial, message.referral)?,
        team: team(&message.team_id)?,
        agreed_on: date(&message.agreement_date)?,
        performance_on: message
            .performance_dates
            .iter()
            .map(|day| day.parse().ok())
            .collect::<Option<_>>()?,
        confirmation_until: date(&message.confirmation_until_date)?,
        clocks: message.clocks.into_iter().map(clock_from).collect::<Option<_>>()?,
    });
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

fn follow_up_recorded(payload: &[u8]) -> Option<Event> {
    let message = pb::FollowUpRecorded::decode(payload).ok()?;
    let fact = Fact::FollowUpRecorded {
        performance: enums::performance_from(message.performance)?,
        relapsed: message.relapsed,
        clock: optional(message.clock, |clock| clock_of(ClockKind::Verify, Some(clock)))?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

fn dispute_closed(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeClosed::decode(payload).ok()?;
    let fact = Fact::Closed;
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

fn note_added(payload: &[u8]) -> Option<Event> {
    let message = pb::NoteAdded::decode(payload).ok()?;
    let fact = Fact::NoteAdded;
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

fn details_opened(payload: &[u8]) -> Option<Event> {
    let message = pb::DetailsOpened::decode(payload).ok()?;
    let fact = Fact::DetailsOpened {
        purpose: enums::purpose_from(message.purpose)?,
        sealed: ids(&message.sealed_ids)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn details_refused(payload: &[u8]) -> Option<Event> {
    let message = pb::DetailsRefused::decode(payload).ok()?;
    let fact = Fact::DetailsRefused {
        purpose: enums::purpose_from(message.purpose)?,
        reason: enums::refusal_from(message.reason)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn details_erased(payload: &[u8]) -> Option<Event> {
    let message = pb::DetailsErased::decode(payload).ok()?;
    let fact = Fact::DetailsErased {
        reason: enums::erase_from(message.reason)?,
        sealed: ids(&message.sealed_ids)?,
        files: ids(&message.file_ids)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

/// Absent stays absent; present and unreadable makes the whole unreadable.
pub(crate) fn optional<T, U>(value: Option<T>, read: impl Fn(T) -> Option<U>) -> Option<Option<U>> {
    match value {
        Some(value) => read(value).map(Some),
        None => Some(None),
    }
}

/// A clock that has to be there, and of this kind.
pub(super) fn clock_of(kind: ClockKind, clock: Option<pb::Clock>) -> Option<Clock> {
    let (found, clock) = clock_from(clock?)?;
    (found == kind).then_some(clock)
}

fn team(text: &str) -> Option<Option<Id>> {
    if text.is_empty() { Some(None) } else { id(text).map(Some) }
}

fn date(text: &str) -> Option<Option<Date>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

/// The year and the number out of a file number, e.g. "(2026)人调字第12号".
fn file(text: &str) -> Option<FileNumber> {
    let (year, rest) = text.strip_prefix('(')?.split_once(')')?;
    let (_, number) = rest.strip_suffix('号')?.split_once('第')?;
    Some(FileNumber { year: year.parse().ok()?, number: number.parse().ok()? })
}

fn sealed(sealing: pb::Sealing) -> Option<Sealing> {
    Some(Sealing {
        id: Uuid::parse_str(&sealing.sealed_id).ok()?,
        kind: enums::sealed_from(sealing.kind)?,
        digest: sealing.digest.try_into().ok()?,
    })
}

pub(super) fn source(source: pb::Source) -> Option<Source> {
    Some(Source { system: id(&source.system)?, number: SourceNumber::parse(&source.number).ok()? })
}

fn estimate(estimate: pb::Estimate) -> Estimate {
    Estimate {
        metres: estimate.straight_metres,
        factor: estimate.factor,
        speed_kmh: estimate.speed_kmh,
        seconds: estimate.seconds,
    }
}

fn consent(word: &pb::PartyConsent) -> Option<PartyConsent> {
    Some(PartyConsent { party: word.party, consent: enums::consent_from(word.consent)? })
}

pub(super) fn id(text: &str) -> Option<Id> {
    Id::parse(text).ok()
}

fn ids(texts: &[String]) -> Option<Vec<Uuid>> {
    texts.iter().map(|text| Uuid::parse_str(text).ok()).collect()
}
