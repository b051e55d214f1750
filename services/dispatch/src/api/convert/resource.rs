//! Disputes as callers see them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use yiwang_proto::dispatch::v1 as pb;

use super::events::{consent, estimate, source};
use super::{counting, enums, time};
use crate::domain::codes::Id;
use crate::domain::dispute::{
    Arrival, Call, Clock, Conclusion, Dispute, FollowUp, Mediation, Offer, Offering, PartyConsent,
    Path, Scene, Stage, Triage, Trip,
};

/// Names of teams and organisations, which no event and no dispute carries; empty where none is known.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Of teams.
    pub(crate) teams: BTreeMap<Id, String>,
    /// Of organisations.
    pub(crate) units: BTreeMap<Id, String>,
}

/// A dispute as the wire shows it at `now`.
pub(crate) fn dispute(dispute: &Dispute, now: Timestamp, names: &Names) -> pb::Dispute {
    let mut shown = pb::Dispute {
        dispute_id: dispute.id.to_string(),
        case_code: dispute.code.to_string(),
        etag: format!("\"{}\"", dispute.revision),
        state: state(&dispute.stage).into(),
        grid_code: dispute.grid.as_str().to_owned(),
        type_code: dispute.kind.as_str().to_owned(),
        scale: enums::scale_to(dispute.scale),
        people: dispute.people,
        party_count: dispute.parties,
        channel: enums::channel_to(dispute.channel),
        source: dispute.source.as_ref().map(source),
        report_time: Some(time(dispute.reported_at)),
        create_time: Some(time(dispute.created_at)),
        update_time: Some(time(dispute.updated_at)),
        home: dispute.home.clone(),
        term: dispute.term,
        sealed_count: u32::try_from(dispute.sealed.len()).unwrap_or(u32::MAX),
        erase_time: dispute.erased_at.map(time),
        accept_time: dispute.stage.accepted_at().map(time),
        triage: dispute.stage.triage().map(triage),
        arrival_clock: dispute
            .stage
            .clock()
            .map(|(clock, arrival)| arrival_clock(clock, arrival, is_over(&dispute.stage), now)),
        allowed_commands: dispute
            .stage
            .allowed()
            .iter()
            .map(|verb| verb.name().to_owned())
            .collect(),
        ..pb::Dispute::default()
    };
    stage(&mut shown, &dispute.stage);
    if let Some(offer) = &mut shown.offer {
        offer.team_name = name(&names.teams, dispute.stage.offer().map(|offer| &offer.team));
    }
    if let Some(mediation) = &mut shown.mediation {
        let organisation = dispute.stage.mediation().map(|mediation| &mediation.organisation);
        mediation.organisation_name = name(&names.units, organisation);
    }
    shown
}

fn name(names: &BTreeMap<Id, String>, id: Option<&Id>) -> String {
    id.and_then(|id| names.get(id)).cloned().unwrap_or_default()
}

/// A dispute as a report would make it: for `validate_only`, so without id and code.
pub(crate) fn preview(report: &super::requests::ReportAsked, now: Timestamp) -> pb::Dispute {
    pb::Dispute {
        state: pb::dispute::State::Reported.into(),
        grid_code: report.grid.as_str().to_owned(),
        type_code: report.kind.as_str().to_owned(),
        scale: enums::scale_to(report.scale),
        people: report.people,
        party_count: report.parties,
        channel: enums::channel_to(report.channel),
        source: report.source.as_ref().map(source),
        report_time: Some(time(report.reported_at.unwrap_or(now))),
        ..pb::Dispute::default()
    }
}

/// The state of a stage.
pub(crate) fn state(stage: &Stage) -> pb::dispute::State {
    match stage {
        Stage::Reported => pb::dispute::State::Reported,
        Stage::Rejected { .. } => pb::dispute::State::Rejected,
        Stage::Accepted { .. } => pb::dispute::State::Accepted,
        Stage::Triaged(_) => pb::dispute::State::Triaged,
        Stage::Called(_) => pb::dispute::State::Called,
        Stage::UnderWay(_) => pb::dispute::State::UnderWay,
        Stage::Arrived { .. } => pb::dispute::State::Arrived,
        Stage::Mediating { .. } => pb::dispute::State::Mediating,
        Stage::Concluded(_) => pb::dispute::State::Concluded,
        Stage::Closed { .. } => pb::dispute::State::Closed,
    }
}

/// Fills in what is true only in a stage.
fn stage(shown: &mut pb::Dispute, stage: &Stage) {
    match stage {
        Stage::Reported | Stage::Accepted { .. } | Stage::Triaged(_) => {}
        Stage::Rejected { reason, .. } => shown.reject_reason = enums::reject_to(*reason),
        Stage::Called(Call { offering, rounds, declined, .. }) => {
            shown.declined_team_ids = ids(declined);
            shown.offer = match offering {
                Offering::Open(open) => Some(offer(open, *rounds)),
                Offering::Nobody => None,
            };
        }
        Stage::UnderWay(Trip { team, declined, .. }) => {
            team.as_str().clone_into(&mut shown.team_id);
            shown.declined_team_ids = ids(declined);
        }
        Stage::Arrived { scene, consents } => visited(shown, scene, consents),
        Stage::Mediating { scene, mediation } => mediated(shown, scene, mediation),
        Stage::Concluded(conclusion) => concluded(shown, conclusion),
        Stage::Closed { conclusion, at } => {
            concluded(shown, conclusion);
            shown.close_time = Some(time(*at));
        }
    }
}

fn visited(shown: &mut pb::Dispute, scene: &Scene, consents: &[PartyConsent]) {
    scene.team.as_str().clone_into(&mut shown.team_id);
    shown.declined_team_ids = ids(&scene.declined);
    shown.consents = consents.iter().copied().map(consent).collect();
}

fn mediated(shown: &mut pb::Dispute, scene: &Scene, mediation: &Mediation) {
    visited(shown, scene, &mediation.consents);
    shown.mediation = Some(pb::Mediation {
        kind: enums::mediation_to(mediation.kind),
        organisation_id: mediation.organisation.as_str().to_owned(),
        organisation_name: String::new(),
        start_time: Some(time(mediation.at)),
    });
}

fn concluded(shown: &mut pb::Dispute, conclusion: &Conclusion) {
    match &conclusion.path {
        Path::Accepted { .. } | Path::Triaged(_) => {}
        Path::Called { declined, .. } => shown.declined_team_ids = ids(declined),
        Path::Visited { scene, consents } => visited(shown, scene, consents),
        Path::Mediated { scene, mediation } => mediated(shown, scene, mediation),
    }
    let (kind, partial, referral) = enums::outcome_to(conclusion.outcome);
    let outcome_time = Some(time(conclusion.at));
    shown.outcome = Some(pb::Outcome { kind: kind.into(), partial, referral, outcome_time });
    shown.follow_ups = conclusion.follow_ups.iter().map(follow_up).collect();
}

fn follow_up(follow_up: &FollowUp) -> pb::FollowUp {
    pb::FollowUp {
        performance: enums::performance_to(follow_up.performance),
        relapsed: follow_up.relapsed,
        follow_up_time: Some(time(follow_up.at)),
    }
}

fn triage(triage: &Triage) -> pb::Triage {
    pb::Triage {
        level: enums::level_to(triage.level),
        limit: triage.limit.to_string(),
        rule_key: triage.rule_key.clone(),
        rule_source: triage.rule_source.clone(),
        start_time: Some(time(triage.accepted_at)),
        due_time: Some(time(triage.due_at)),
        due_provisional: triage.due_provisional,
        calendar_version: triage.calendar_version.clone(),
        triage_time: Some(time(triage.at)),
        settings: Some(counting::settings_to(&triage.settings)),
        pauses: triage.pauses.iter().map(counting::pause_to).collect(),
        extensions: triage.extensions.iter().map(counting::extension_to).collect(),
    }
}

fn arrival_clock(
    clock: &Clock,
    arrival: Option<Arrival>,
    over: bool,
    now: Timestamp,
) -> pb::ArrivalClock {
    use pb::arrival_clock::Standing;
    let standing = match arrival {
        Some(Arrival::InTime(_)) => Standing::Met,
        Some(Arrival::Late(_)) => Standing::Missed,
        None if over => Standing::Stopped,
        None if now > clock.due_at => Standing::Overdue,
        None => Standing::Running,
    };
    pb::ArrivalClock {
        call_time: Some(time(clock.called_at)),
        due_time: Some(time(clock.due_at)),
        arrival_time: arrival.map(|arrival| time(arrival.at())),
        standing: standing.into(),
    }
}

fn is_over(stage: &Stage) -> bool {
    matches!(stage, Stage::Concluded(_) | Stage::Closed { .. })
}

fn offer(offer: &Offer, round: u32) -> pb::Offer {
    pb::Offer {
        team_id: offer.team.as_str().to_owned(),
        team_name: String::new(),
        round,
        offer_time: Some(time(offer.at)),
        estimate: offer.estimate.map(estimate),
    }
}

fn ids(ids: &[Id]) -> Vec<String> {
    ids.iter().map(|id| id.as_str().to_owned()).collect()
}
