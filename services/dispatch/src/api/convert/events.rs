//! Facts as their published messages: the form that is stored, hashed and fed.

mod recognise;
pub(crate) mod takeover;

use ledger::Published;
use prost::{Message, Name};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::{clock, counting, enums, time};
use crate::domain::codes::Id;
use crate::domain::dispute::{
    Clock, ClockKind, Estimate, FileNumber, MediationKind, PartyConsent, Source, subject,
};
use crate::domain::event::{Attached, Event, Fact, Reported, Triaged};

pub(crate) use self::recognise::{optional, recognise};

/// Version of the payloads' schema.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// Encodes a message that begins as all of them do: with the dispute, the term of its home and its grid.
macro_rules! about {
    ($event:expr, $message:ident { $($field:ident: $value:expr),* $(,)? }) => {
        encode($event, &pb::$message {
            dispute_id: $event.dispute_id.to_string(),
            term: $event.term,
            grid_code: $event.grid.as_str().to_owned(),
            $($field: $value),*
        })
    };
}

/// Encodes an event as its public message.
#[expect(clippy::too_many_lines, reason = "one arm per event")]
pub(crate) fn publish(event: &Event) -> Published {
    let words = || sealing(event);
    match &event.fact {
        Fact::Reported(reported) => dispute_reported(event, reported),
        Fact::TakenOver(taken) => takeover::published(event, taken),
        Fact::Accepted { clock } => {
            about!(event, DisputeAccepted { clock: started(ClockKind::Handle, Some(clock)) })
        }
        Fact::Rejected(reason) => {
            about!(event, DisputeRejected { reason: enums::reject_to(*reason), sealing: words() })
        }
        Fact::Triaged(triaged) => dispute_triaged(event, triaged),
        Fact::DeadlineRecounted(recounted) => about!(
            event,
            DeadlineRecounted {
                due_time: recounted.clock.due_at().map(time),
                due_provisional: recounted.clock.ends.is_some_and(|ends| ends.provisional),
                calendar_version: recounted.clock.limit.calendar_version.clone(),
                previous_due_time: recounted.previous_due_at.map(time),
                previous_calendar_version: recounted.previous_calendar_version.clone(),
                clock: Some(clock::clock_to(recounted.kind, &recounted.clock)),
            }
        ),
        Fact::TeamCalled { due_at, clock } => about!(
            event,
            TeamCalled {
                due_time: Some(time(*due_at)),
                clock: started(ClockKind::Arrive, clock.as_ref()),
            }
        ),
        Fact::TeamOffered(offered) => about!(
            event,
            TeamOffered {
                team_id: id(&offered.team),
                round: offered.round,
                estimate: offered.estimate.map(estimate),
                answer_until_time: Some(time(offered.answer_until)),
            }
        ),
        Fact::NoTeamFound(search) => about!(
            event,
            NoTeamFound {
                serving: search.serving,
                off_duty: search.off_duty,
                engaged: search.engaged,
                asked: search.asked,
            }
        ),
        Fact::OfferAccepted { team, given_up_at } => about!(
            event,
            OfferAccepted { team_id: id(team), given_up_time: Some(time(*given_up_at)) }
        ),
        Fact::OfferDeclined { team, reason } => about!(
            event,
            OfferDeclined {
                team_id: id(team),
                reason: enums::decline_to(*reason),
                sealing: words(),
            }
        ),
        Fact::OfferLapsed { team, after_acceptance } => {
            about!(event, OfferLapsed { team_id: id(team), after_acceptance: *after_acceptance })
        }
        Fact::OfferWithdrawn { team } => about!(event, OfferWithdrawn { team_id: id(team) }),
        Fact::TeamArrived { team, at, in_time } => about!(
            event,
            TeamArrived { team_id: id(team), arrival_time: Some(time(*at)), in_time: *in_time }
        ),
        Fact::ConsentRecorded(word) => {
            about!(event, ConsentRecorded { consent: Some(consent(*word)), sealing: words() })
        }
        Fact::MediationStarted { kind, organisation, file, consents, team } => {
            about!(
                event,
                MediationStarted {
                    kind: enums::mediation_to(*kind),
                    organisation_id: id(organisation),
                    consents: consents.iter().copied().map(consent).collect(),
                    team_id: id(team),
                    file_number: file_number(*kind, *file),
                }
            )
        }
        Fact::OutcomeRecorded(concluded) => {
            let (kind, partial, referral) = enums::outcome_to(concluded.outcome);
            let clocks = concluded.clocks.iter();
            about!(
                event,
                OutcomeRecorded {
                    kind: kind.into(),
                    partial: partial,
                    referral: referral,
                    team_id: concluded.team.as_ref().map(id).unwrap_or_default(),
                    sealing: words(),
                    performance_dates: concluded
                        .performance_on
                        .iter()
                        .map(ToString::to_string)
                        .collect(),
                    confirmation_until_date: concluded
                        .confirmation_until
                        .map(|day| day.to_string())
                        .unwrap_or_default(),
                    clocks: clocks.map(|(kind, clock)| clock::clock_to(*kind, clock)).collect(),
                    agreement_date: concluded
                        .agreed_on
                        .map(|day| day.to_string())
                        .unwrap_or_default(),
                }
            )
        }
        Fact::ConfirmationRecorded(news) => about!(
            event,
            ConfirmationRecorded { confirmation: enums::confirmation_to(*news), sealing: words() }
        ),
        Fact::ReferralResultRecorded(news) => about!(
            event,
            ReferralResultRecorded { result: enums::result_to(*news), sealing: words() }
        ),
        Fact::FollowUpRecorded { performance, relapsed, clock } => about!(
            event,
            FollowUpRecorded {
                performance: enums::performance_to(*performance),
                relapsed: *relapsed,
                sealing: words(),
                clock: started(ClockKind::Verify, clock.as_ref()),
            }
        ),
        Fact::Verified => about!(event, DisputeVerified { sealing: words() }),
        Fact::Redone { reason, clock } => about!(
            event,
            DisputeRedone {
                reason: enums::redo_to(*reason),
                sealing: words(),
                clock: started(ClockKind::Handle, Some(clock)),
            }
        ),
        Fact::Merged { into, team } => about!(
            event,
            DisputeMerged {
                into_dispute_id: into.to_string(),
                team_id: team.as_ref().map(id).unwrap_or_default(),
                sealing: words(),
            }
        ),
        Fact::DuplicateJoined { duplicate, channel, protective } => about!(
            event,
            DuplicateJoined {
                duplicate_dispute_id: duplicate.to_string(),
                channel: enums::channel_to(*channel),
                protective: *protective,
            }
        ),
        Fact::Moved(step) => {
            about!(event, DisputeMoved { step: Some(clock::step_to(step)), sealing: words() })
        }
        Fact::Reminded { by } => {
            about!(event, DisputeReminded { by: Some(clock::place_to(by)), sealing: words() })
        }
        Fact::SupervisionSet(supervision) => about!(
            event,
            SupervisionSet {
                supervision: Some(clock::supervision_to(supervision)),
                sealing: words(),
            }
        ),
        Fact::SupervisionLifted => about!(event, SupervisionLifted { sealing: words() }),
        Fact::ExtensionRequested(request) => about!(
            event,
            ExtensionRequested { request: Some(clock::extension_to(request)), sealing: words() }
        ),
        Fact::ExtensionDecided(clock) => about!(
            event,
            ExtensionDecided {
                granted: clock.is_some(),
                clock: started(ClockKind::Handle, clock.as_ref()),
                sealing: words(),
            }
        ),
        Fact::LimitPaused { kind, until, clock } => about!(
            event,
            LimitPaused {
                kind: enums::pause_to(*kind),
                until_time: Some(time(*until)),
                clock: started(ClockKind::Handle, Some(clock)),
                sealing: words(),
            }
        ),
        Fact::LimitResumed { clock } => about!(
            event,
            LimitResumed { clock: started(ClockKind::Handle, Some(clock)), sealing: words() }
        ),
        Fact::Deferred(deferral) => about!(
            event,
            DisputeDeferred { deferral: Some(clock::deferral_to(deferral)), sealing: words() }
        ),
        Fact::DeferralEnded { next_raise_at } => about!(
            event,
            DeferralEnded { sealing: words(), next_raise_time: next_raise_at.map(time) }
        ),
        Fact::ReviewDue { day, next_raise_at } => about!(
            event,
            ReviewDue { review_date: day.to_string(), next_raise_time: next_raise_at.map(time) }
        ),
        Fact::CardShown { clock, card, due_at, raised } => about!(
            event,
            CardShown {
                clock: enums::clock_to(*clock),
                card: enums::card_to(*card),
                due_time: Some(time(*due_at)),
                raised_to_area_code: clock::raised_area(*raised),
                next_raise_time: raised.and_then(|raised| raised.next_at).map(time),
            }
        ),
        Fact::NoticeDue(notice) => about!(
            event,
            NoticeDue {
                recipient: enums::recipient_to(notice.recipient),
                template: enums::template_to(notice.template).to_owned(),
                target: notice.target.clone(),
                retry_of_position: notice.retry_of.unwrap_or_default(),
            }
        ),
        Fact::NoticeDelivered { due, attempts, unreached } => about!(
            event,
            NoticeDelivered {
                notice_position: due.position,
                recipient: enums::recipient_to(due.notice.recipient),
                template: enums::template_to(due.notice.template).to_owned(),
                target: due.notice.target.clone(),
                attempts: *attempts,
                unreached: *unreached,
            }
        ),
        Fact::NoticeUndeliverable { due, reason, attempts } => about!(
            event,
            NoticeUndeliverable {
                notice_position: due.position,
                recipient: enums::recipient_to(due.notice.recipient),
                template: enums::template_to(due.notice.template).to_owned(),
                target: due.notice.target.clone(),
                reason: enums::undeliverable_to(*reason),
                attempts: *attempts,
            }
        ),
        Fact::PoliceFirst { channel } => {
            about!(event, PoliceFirst { channel: enums::channel_to(*channel) })
        }
        Fact::Closed => about!(event, DisputeClosed { sealing: words() }),
        Fact::NoteAdded => about!(event, NoteAdded { sealing: words() }),
        Fact::DetailsOpened { purpose, sealed } => about!(
            event,
            DetailsOpened { purpose: enums::purpose_to(*purpose), sealed_ids: ids(sealed) }
        ),
        Fact::DetailsRefused { purpose, reason } => about!(
            event,
            DetailsRefused {
                purpose: enums::purpose_to(*purpose),
                reason: enums::refusal_to(*reason),
            }
        ),
        Fact::DetailsErased { reason, sealed, files } => about!(
            event,
            DetailsErased {
                reason: enums::erase_to(*reason),
                sealed_ids: ids(sealed),
                file_ids: ids(files),
            }
        ),
        Fact::FileAttached(attached) => file_attached(event, attached),
        Fact::FileDetached { file, reason } => about!(
            event,
            FileDetached { file_id: file.to_string(), reason: enums::erase_to(*reason) }
        ),
        Fact::FileOpened { file, purpose } => about!(
            event,
            FileOpened { file_id: file.to_string(), purpose: enums::purpose_to(*purpose) }
        ),
        Fact::FileRefused { file, purpose, reason } => about!(
            event,
            FileRefused {
                file_id: file.to_string(),
                purpose: enums::purpose_to(*purpose),
                reason: enums::refusal_to(*reason),
            }
        ),
        Fact::PinIssued { version } => about!(event, PinIssued { pin_version: *version }),
        Fact::PinRefused { wrong, locked_until } => about!(
            event,
            PinRefused { wrong_tries: *wrong, locked_until_time: locked_until.map(time) }
        ),
        Fact::SeenByParty => about!(event, CaseSeenByParty {}),
        Fact::Rated(satisfaction) => about!(
            event,
            CaseRated { satisfaction: enums::satisfaction_to(*satisfaction), sealing: words() }
        ),
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

fn dispute_reported(event: &Event, reported: &Reported) -> Published {
    about!(
        event,
        DisputeReported {
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
            receiver: Some(clock::place_to(&reported.receiver)),
            holder: Some(clock::place_to(&reported.holder)),
            clock: started(ClockKind::Accept, Some(&reported.clock)),
            protective: reported.protective,
            reporter_reachable: reported.reporter_reachable,
        }
    )
}

fn dispute_triaged(event: &Event, triaged: &Triaged) -> Published {
    let limit = &triaged.clock.limit;
    about!(
        event,
        DisputeTriaged {
            level: enums::level_to(triaged.level),
            limit: limit.limit.to_string(),
            rule_key: limit.rule_key.clone().unwrap_or_default(),
            rule_source: triaged.clock.rule_source.clone(),
            start_time: Some(time(limit.start)),
            due_time: triaged.clock.due_at().map(time),
            due_provisional: triaged.clock.ends.is_some_and(|ends| ends.provisional),
            calendar_version: limit.calendar_version.clone(),
            sealing: sealing(event),
            settings: Some(counting::settings_to(&triaged.clock.settings)),
            pauses: limit.pauses.iter().map(counting::pause_to).collect(),
            extensions: limit.extensions.iter().map(counting::extension_to).collect(),
            clock: started(ClockKind::Handle, Some(&triaged.clock)),
            type_code: triaged.kind.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
            protective: triaged.protective,
        }
    )
}

fn file_attached(event: &Event, attached: &Attached) -> Published {
    about!(
        event,
        FileAttached {
            file_id: attached.file.to_string(),
            kind: enums::file_kind_to(attached.kind),
            media_type: attached.file_type.as_str().to_owned(),
            size: attached.size,
            digest: attached.digest.to_vec(),
            sealing: sealing(event),
        }
    )
}

fn started(kind: ClockKind, clock: Option<&Clock>) -> Option<pb::Clock> {
    clock.map(|clock| clock::clock_to(kind, clock))
}

/// A file number as people write it, without the organisation's short name.
pub(crate) fn file_number(kind: MediationKind, file: FileNumber) -> String {
    format!("({}){}第{}号", file.year, kind.file_word(), file.number)
}

fn id(id: &Id) -> String {
    id.as_str().to_owned()
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
pub(super) mod tests;
