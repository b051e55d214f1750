mod files;
mod later;
mod notices;
mod party;
mod takeover;

use std::path::PathBuf;

use prost_reflect::{DescriptorPool, DynamicMessage};

use super::*;
use crate::domain::case_code::CaseCode;
use crate::domain::codes::{AreaCode, GridCode};
use crate::domain::decide::tests::{
    GRID, given, id, refused, sealing as sealed, source as a_source, start,
};
use crate::domain::dispute::{
    Channel, DeclineReason, Ends, Level, Outcome, Performance, Place, Raised, Referral,
    RejectReason, Scale, Stopped,
};
use crate::domain::dispute_types::intake;
use crate::domain::event::{Concluded, Recounted, Search, TeamOffered};
use crate::domain::sealed::{EraseReason, OpenRefusal, Purpose, SealedKind};

fn day(text: &str) -> jiff::civil::Date {
    text.parse().unwrap()
}

fn place(code: &str, unit: Option<&str>) -> Place {
    Place { area: AreaCode::parse(code).unwrap(), unit: unit.map(id) }
}

/// A clock with every field set to something else than its default.
fn clock() -> Clock {
    let settings = calendar::Settings {
        office_hours: "09:00-17:00".parse().unwrap(),
        working_day_ends: calendar::DayEnd::Midnight,
        calendar_day_ends: calendar::DayEnd::Midnight,
        late_receipt: calendar::LateReceipt::SameDay,
        calendar_day_late_receipt: calendar::LateReceipt::NextOpening,
        red_card: calendar::RedCard::AtDue,
    };
    let limit = calendar::TimeLimit {
        start: start(),
        limit: calendar::Limit::calendar_days(7),
        calendar_version: "cn-2026.1".to_owned(),
        pauses: vec![
            calendar::Pause { from: start(), until: Some(start()) },
            calendar::Pause { from: start(), until: None },
        ],
        extensions: vec![calendar::Extension {
            limit: calendar::Limit::working_days(10),
            reason_code: "COMPLEX".to_owned(),
        }],
        yellow_before: Some(calendar::Limit::working_days(1)),
        red_after: Some(calendar::Limit::working_days(2)),
        rule_key: Some("zz_centre.general".to_owned()),
    };
    let ends = Ends {
        due_at: "2026-02-24T09:00:00Z".parse().unwrap(),
        yellow_at: Some("2026-02-14T09:00:00Z".parse().unwrap()),
        red_at: "2026-02-26T00:30:00Z".parse().unwrap(),
        provisional: true,
    };
    let (to, next_at) = (AreaCode::parse("370306001").unwrap(), Some(start()));
    Clock {
        limit,
        rule_source: "东至县".to_owned(),
        settings,
        ends: Some(ends),
        stopped: Some(Stopped { at: start(), done: true }),
        shown: calendar::Card::Red,
        raised: Some(Raised { to, next_at }),
        taken_over: false,
    }
}

/// One fact of every kind up to arrival, with every field set to something else than its default.
fn facts() -> Vec<(Fact, Option<SealedKind>)> {
    let team = id("lmj-370306001-1");
    let estimate = Estimate { metres: 890, factor: 1.4, speed_kmh: 25.0, seconds: 180 };
    let reported = Reported {
        code: CaseCode::parse("0306-4821-93756").unwrap(),
        kind: intake("0201").unwrap(),
        scale: Scale::Group,
        people: 5,
        parties: 2,
        channel: Channel::Hotline12345,
        source: Some(a_source()),
        at: start(),
        home: "zibo".to_owned(),
        receiver: place("370306", Some("zhoucun-12345")),
        holder: place("370306001002", None),
        clock: clock(),
        protective: true,
        reporter_reachable: true,
    };
    let kind = intake("0101").ok();
    let triaged = Triaged { level: Level::General, clock: clock(), kind, protective: true };
    let recounted = Recounted {
        kind: ClockKind::Handle,
        clock: clock(),
        previous_due_at: Some("2026-02-23T09:00:00Z".parse().unwrap()),
        previous_calendar_version: "cn-2025.1".to_owned(),
    };
    let offered = TeamOffered {
        team: team.clone(),
        round: 2,
        answer_until: start(),
        estimate: Some(estimate),
    };
    let declined = Fact::OfferDeclined { team: team.clone(), reason: DeclineReason::HeldUp };
    vec![
        (Fact::Reported(reported), Some(SealedKind::Details)),
        (Fact::Accepted { clock: clock() }, None),
        (Fact::Rejected(RejectReason::NotMediable), Some(SealedKind::Rejection)),
        (Fact::Triaged(triaged), Some(SealedKind::Triage)),
        (Fact::DeadlineRecounted(recounted), None),
        (Fact::TeamCalled { due_at: start(), clock: Some(clock()) }, None),
        (Fact::TeamOffered(offered), None),
        (Fact::NoTeamFound(Search { serving: 6, off_duty: 1, engaged: 2, asked: 3 }), None),
        (Fact::OfferAccepted { team: team.clone(), given_up_at: start() }, None),
        (declined, Some(SealedKind::Decline)),
        (Fact::OfferLapsed { team: team.clone(), after_acceptance: true }, None),
        (Fact::OfferWithdrawn { team: team.clone() }, None),
        (Fact::TeamArrived { team: team.clone(), at: start(), in_time: true }, None),
    ]
}

/// The second half of a life.
fn later_facts() -> Vec<(Fact, Option<SealedKind>)> {
    let team = id("lmj-370306001-1");
    let ids = vec![Uuid::from_u128(7), Uuid::from_u128(8)];
    let started = Fact::MediationStarted {
        kind: MediationKind::Joint,
        organisation: id("rmtj-1"),
        file: FileNumber { year: 2026, number: 12 },
        consents: vec![given(1), given(2)],
        team: team.clone(),
    };
    let concluded = Concluded {
        outcome: Outcome::Referred(Referral::Court),
        team: Some(team),
        agreed_on: Some(day("2026-02-13")),
        performance_on: vec![day("2026-03-02"), day("2026-03-20")],
        confirmation_until: Some(day("2026-03-16")),
        clocks: vec![(ClockKind::FirstFollowUp, clock()), (ClockKind::SecondFollowUp, clock())],
    };
    let visited = Fact::FollowUpRecorded {
        performance: Performance::Partly,
        relapsed: true,
        clock: Some(clock()),
    };
    let (purpose, reason) = (Purpose::LegalDuty, OpenRefusal::AreaNotYours);
    vec![
        (Fact::ConsentRecorded(refused(2)), Some(SealedKind::Consent)),
        (started, None),
        (Fact::OutcomeRecorded(concluded), Some(SealedKind::Outcome)),
        (visited, Some(SealedKind::FollowUp)),
        (Fact::Closed, Some(SealedKind::Closing)),
        (Fact::NoteAdded, Some(SealedKind::Note)),
        (Fact::DetailsOpened { purpose: Purpose::Mediate, sealed: ids.clone() }, None),
        (Fact::DetailsRefused { purpose, reason }, None),
        (
            Fact::DetailsErased {
                reason: EraseReason::PartyRequest,
                sealed: ids,
                files: Vec::new(),
            },
            None,
        ),
    ]
}

fn samples() -> Vec<Event> {
    let event = |(fact, kind): (Fact, Option<SealedKind>)| Event {
        dispute_id: Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001),
        term: 1,
        grid: GridCode::parse(GRID).unwrap(),
        fact,
        sealing: kind.map(|kind| sealed(7, kind)),
    };
    let earlier = facts().into_iter().chain(later_facts());
    earlier
        .chain(later::facts())
        .chain(files::facts())
        .chain(party::facts())
        .chain(takeover::facts())
        .chain(notices::facts())
        .map(event)
        .collect()
}

fn golden(type_name: &str) -> PathBuf {
    let name = type_name.rsplit('.').next().unwrap_or_default();
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../../proto/golden/dispatch/{name}.v1.bin"))
}

#[test]
fn every_event_is_read_back_as_it_was_published() {
    for event in samples() {
        let published = publish(&event);
        assert_eq!(published.subject, subject(event.dispute_id));
        assert_eq!(published.area_code, GRID);
        let read = recognise(&published.type_name, &published.payload);
        assert_eq!(read, Some(event), "{}", published.type_name);
    }
}

#[test]
fn what_is_not_known_is_not_recognised() {
    assert_eq!(recognise("yiwang.dispatch.v1.SomethingNew", b""), None);
    assert_eq!(recognise("yiwang.registry.v1.GridCreated", b""), None);
    assert_eq!(recognise("yiwang.dispatch.v1.DisputeAccepted", b"\xff"), None);
    let mut unknown = publish(&samples()[2]).payload;
    // A reason of a later release: field 4, value 99.
    unknown.extend_from_slice(&[4 << 3, 99]);
    assert_eq!(recognise("yiwang.dispatch.v1.DisputeRejected", &unknown), None);
}

/// `UPDATE=1` writes the files of new events; one that exists is never written again.
#[test]
fn the_first_form_of_every_event_is_read_for_ever() {
    for event in samples() {
        let published = publish(&event);
        let bytes = first_form(&published);
        assert_eq!(recognise(&published.type_name, &bytes), Some(event));
    }
}

/// The golden bytes of an event, written by `UPDATE=1` when there are none.
pub(in crate::api::convert) fn first_form(published: &Published) -> Vec<u8> {
    let Published { type_name, payload, .. } = published;
    #[expect(clippy::disallowed_methods, reason = "a switch of these tests, not configuration")]
    let update = std::env::var("UPDATE").is_ok();
    let file = golden(type_name);
    if update && !file.exists() {
        let pool = DescriptorPool::decode(yiwang_proto::DESCRIPTORS).unwrap();
        let descriptor = pool.get_message_by_name(type_name).unwrap();
        let message = DynamicMessage::decode(descriptor, payload.as_slice()).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, payload).unwrap();
        let json = serde_json::to_string_pretty(&message).unwrap();
        std::fs::write(file.with_extension("json"), json + "\n").unwrap();
    }
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE=1 writes it", file.display()))
}
