//! Disputes as callers see them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use yiwang_proto::dispatch::v1 as pb;

use super::events::takeover::paper_to;
use super::events::{consent, estimate, file_number, source};
use super::{clock, counting, enums, time};
use crate::domain::codes::Id;
use crate::domain::dispute::{
    Call, Clock, ClockKind, Conclusion, Dispute, FollowUp, Mediation, Offer, Offering,
    PartyConsent, Path, Paused, Scene, Stage, Triage, Trip,
};

/// Names of teams, units and areas, which no event and no dispute carries; empty where none is known.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Of teams.
    pub(crate) teams: BTreeMap<Id, String>,
    /// Of units.
    pub(crate) units: BTreeMap<Id, String>,
    /// Of areas, by code; only papers and what a party sees name them.
    pub(crate) areas: BTreeMap<String, String>,
}

/// A dispute as the wire shows it at `now`.
pub(crate) fn dispute(dispute: &Dispute, now: Timestamp, names: &Names) -> pb::Dispute {
    let mut shown = pb::Dispute {
        dispute_id: dispute.id.to_string(),
        case_code: dispute.code.to_string(),
        etag: format!("\"{}\"", dispute.revision),
        state: enums::state_to(dispute.state()),
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
        accept_time: dispute.accepted_at.map(time),
        triage: triage(dispute),
        arrival_clock: dispute.clock(ClockKind::Arrive).map(|clock| arrival_clock(clock, now)),
        allowed_commands: dispute
            .state()
            .allowed()
            .iter()
            .filter(|verb| dispute.paused.is_none() || verb.works_while_paused())
            .map(|verb| verb.name().to_owned())
            .collect(),
        protective: dispute.protective,
        ..pb::Dispute::default()
    };
    beside(&mut shown, dispute);
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

/// The name under an id, if it is known.
pub(crate) fn name(names: &BTreeMap<Id, String>, id: Option<&Id>) -> String {
    id.and_then(|id| names.get(id)).cloned().unwrap_or_default()
}

/// A dispute as a report would make it: for `validate_only`, so without id and code.
pub(crate) fn preview(report: &super::requests::ReportAsked, now: Timestamp) -> pb::Dispute {
    pb::Dispute {
        state: pb::dispute::State::Reported.into(),
        protective: report.protective,
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

/// Fills in what lives through the stages.
fn beside(shown: &mut pb::Dispute, dispute: &Dispute) {
    shown.clocks =
        dispute.clocks.iter().map(|(kind, clock)| clock::clock_to(*kind, clock)).collect();
    shown.holder = Some(clock::step_to(dispute.holder()));
    shown.first_receiver = Some(clock::place_to(&dispute.first_receiver));
    shown.first_handler = dispute.first_handler.as_ref().map(clock::place_to);
    shown.steps = dispute.steps.iter().map(clock::step_to).collect();
    shown.pause = dispute.paused.map(pause);
    shown.supervision = dispute.supervision.as_ref().map(clock::supervision_to);
    shown.reminders = dispute.reminders;
    shown.extension_request = dispute.extension.as_ref().map(clock::extension_to);
    shown.deferral = dispute.deferral.as_ref().map(clock::deferral_to);
    shown.merged_into = dispute.merged_into.map(|into| into.to_string()).unwrap_or_default();
    shown.duplicate_ids = dispute.duplicates.iter().map(ToString::to_string).collect();
    shown.redo_count = dispute.redone;
    shown.paper = dispute.paper.as_ref().map(paper_to);
}

fn pause(paused: Paused) -> pb::Pause {
    pb::Pause {
        kind: enums::pause_to(paused.kind),
        start_time: Some(time(paused.at)),
        until_time: Some(time(paused.until)),
    }
}

/// Fills in what is true only in a stage.
fn stage(shown: &mut pb::Dispute, stage: &Stage) {
    match stage {
        Stage::Reported | Stage::Accepted | Stage::Triaged => {}
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
        Stage::Verified { conclusion, at } => {
            concluded(shown, conclusion);
            shown.verify_time = Some(time(*at));
        }
        Stage::Closed { conclusion, verified_at, at } => {
            concluded(shown, conclusion);
            shown.verify_time = verified_at.map(time);
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
        file_number: file_number(mediation.kind, mediation.file),
    });
}

fn concluded(shown: &mut pb::Dispute, conclusion: &Conclusion) {
    match &conclusion.path {
        Path::Uncalled => {}
        Path::Called { declined } => shown.declined_team_ids = ids(declined),
        Path::Visited { scene, consents } => visited(shown, scene, consents),
        Path::Mediated { scene, mediation } => mediated(shown, scene, mediation),
    }
    let (kind, partial, referral) = enums::outcome_to(conclusion.outcome);
    shown.outcome = Some(pb::Outcome {
        kind: kind.into(),
        partial,
        referral,
        outcome_time: Some(time(conclusion.at)),
        performance_dates: conclusion.performance_on.iter().map(ToString::to_string).collect(),
        confirmation_until_date: conclusion
            .confirmation_until
            .map(|day| day.to_string())
            .unwrap_or_default(),
        confirmation: conclusion.confirmation.map(enums::confirmation_to).unwrap_or_default(),
        referral_result: conclusion.referral_result.map(enums::result_to).unwrap_or_default(),
        satisfaction: conclusion
            .rating
            .map(|rating| enums::satisfaction_to(rating.satisfaction))
            .unwrap_or_default(),
        rate_time: conclusion.rating.map(|rating| time(rating.at)),
        agreement_date: conclusion.agreed_on.map(|day| day.to_string()).unwrap_or_default(),
    });
    shown.follow_ups = conclusion.follow_ups.iter().map(follow_up).collect();
}

fn follow_up(follow_up: &FollowUp) -> pb::FollowUp {
    pb::FollowUp {
        performance: enums::performance_to(follow_up.performance),
        relapsed: follow_up.relapsed,
        follow_up_time: Some(time(follow_up.at)),
    }
}

/// Level and limit: the clock to the outcome as it was before clocks were told apart.
fn triage(dispute: &Dispute) -> Option<pb::Triage> {
    let Triage { level, at } = dispute.triage?;
    let clock = dispute.clock(ClockKind::Handle)?;
    let limit = &clock.limit;
    Some(pb::Triage {
        level: enums::level_to(level),
        limit: limit.limit.to_string(),
        rule_key: limit.rule_key.clone().unwrap_or_default(),
        rule_source: clock.rule_source.clone(),
        start_time: Some(time(limit.start)),
        due_time: clock.due_at().map(time),
        due_provisional: clock.ends.is_some_and(|ends| ends.provisional),
        calendar_version: limit.calendar_version.clone(),
        triage_time: Some(time(at)),
        settings: Some(counting::settings_to(&clock.settings)),
        pauses: limit.pauses.iter().map(counting::pause_to).collect(),
        extensions: limit.extensions.iter().map(counting::extension_to).collect(),
    })
}

fn arrival_clock(clock: &Clock, now: Timestamp) -> pb::ArrivalClock {
    use pb::arrival_clock::Standing;
    let due_at = clock.due_at().unwrap_or(Timestamp::MAX);
    let arrived_at = clock.stopped.filter(|stopped| stopped.done).map(|stopped| stopped.at);
    let standing = match arrived_at {
        Some(at) if at <= due_at => Standing::Met,
        Some(_) => Standing::Missed,
        None if !clock.is_running() => Standing::Stopped,
        None if now > due_at => Standing::Overdue,
        None => Standing::Running,
    };
    pb::ArrivalClock {
        call_time: Some(time(clock.limit.start)),
        due_time: clock.due_at().map(time),
        arrival_time: arrived_at.map(time),
        standing: standing.into(),
    }
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
