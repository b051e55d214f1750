//! A word about each event: what one wants to know of it at a glance.

use prost::Name;
use yiwang_proto::dispatch::v1 as pb;

use crate::command::place;
use crate::labels;
use crate::scenario::facts::wire_moment;

/// What is worth a word about an event, in both languages where it has names.
pub(super) fn of(kind: &str, payload: &prost_types::Any) -> String {
    match kind {
        "DisputeRejected" => {
            read(payload, |event: pb::DisputeRejected| labels::reject_reason::label(event.reason))
        }
        "DisputeTriaged" => read(payload, |event: pb::DisputeTriaged| {
            format!("{} {}", labels::level::label(event.level), event.limit)
        }),
        "TeamOffered" => read(payload, |event: pb::TeamOffered| {
            let until = wire_moment(event.answer_until_time.as_ref());
            format!("{} (until 答复截止 {until})", event.team_id)
        }),
        "NoTeamFound" => read(payload, |event: pb::NoTeamFound| {
            format!(
                "{} serving 服务, {} asked 已问, {} off duty 休息, {} engaged 在忙",
                event.serving, event.asked, event.off_duty, event.engaged
            )
        }),
        "OfferAccepted" => read(payload, |event: pb::OfferAccepted| event.team_id),
        "OfferDeclined" => read(payload, |event: pb::OfferDeclined| {
            format!("{} {}", event.team_id, labels::decline_reason::label(event.reason))
        }),
        "OfferLapsed" => read(payload, |event: pb::OfferLapsed| {
            let how =
                if event.after_acceptance { "never came 失联" } else { "no answer 未答复" };
            format!("{} {how}", event.team_id)
        }),
        "OfferWithdrawn" => read(payload, |event: pb::OfferWithdrawn| event.team_id),
        "DutyStarted" => read(payload, |event: pb::DutyStarted| {
            let until = wire_moment(event.until_time.as_ref());
            let until = if until.is_empty() { until } else { format!(" until 至 {until}") };
            format!("{} ×{}{until}", event.team_id, event.capacity)
        }),
        "DutyEnded" => read(payload, |event: pb::DutyEnded| event.team_id),
        "TeamArrived" => read(payload, |event: pb::TeamArrived| {
            let how = if event.in_time { "in time 按时" } else { "late 超时" };
            format!("{} {how}", event.team_id)
        }),
        "ConsentRecorded" => read(payload, |event: pb::ConsentRecorded| {
            let said = event.consent.unwrap_or_default();
            format!("{}: {}", said.party, labels::consent::label(said.consent))
        }),
        "MediationStarted" => read(payload, |event: pb::MediationStarted| {
            format!("{} {}", labels::mediation_kind::label(event.kind), event.file_number)
        }),
        _ => ending(kind, payload),
    }
}

/// The same of how a case ends, and whether that holds.
fn ending(kind: &str, payload: &prost_types::Any) -> String {
    match kind {
        "OutcomeRecorded" => read(payload, |event: pb::OutcomeRecorded| {
            let referral = labels::referral::label(event.referral);
            let part = if event.partial { "in part 部分" } else { "" };
            format!("{} {referral}{part}", labels::outcome::label(event.kind))
        }),
        "ConfirmationRecorded" => read(payload, |event: pb::ConfirmationRecorded| {
            labels::confirmation::label(event.confirmation)
        }),
        "ReferralResultRecorded" => read(payload, |event: pb::ReferralResultRecorded| {
            labels::referral_result::label(event.result)
        }),
        "FollowUpRecorded" => read(payload, |event: pb::FollowUpRecorded| {
            let relapsed = if event.relapsed { ", relapsed 复发" } else { "" };
            format!("{}{relapsed}", labels::performance::label(event.performance))
        }),
        "DisputeRedone" => {
            read(payload, |event: pb::DisputeRedone| labels::redo_reason::label(event.reason))
        }
        _ => oversight(kind, payload),
    }
}

/// The same of who has a case, who watches over it, and what its clocks say.
fn oversight(kind: &str, payload: &prost_types::Any) -> String {
    match kind {
        "DisputeMoved" => read(payload, |event: pb::DisputeMoved| {
            let step = event.step.unwrap_or_default();
            let (how, why) =
                (labels::step_move::label(step.r#move), labels::move_reason::label(step.reason));
            format!("{how} → {}, {why}", place(step.place.as_ref()))
        }),
        "SupervisionSet" => read(payload, |event: pb::SupervisionSet| {
            labels::supervision::label(event.supervision.unwrap_or_default().kind)
        }),
        "ExtensionRequested" => read(payload, |event: pb::ExtensionRequested| {
            let request = event.request.unwrap_or_default();
            format!(
                "{}wd {}",
                request.working_days,
                labels::extension_reason::label(request.reason)
            )
        }),
        "ExtensionDecided" => read(payload, |event: pb::ExtensionDecided| {
            if event.granted { "granted 同意".to_owned() } else { "refused 不同意".to_owned() }
        }),
        "LimitPaused" => {
            read(payload, |event: pb::LimitPaused| labels::pause_kind::label(event.kind))
        }
        "DisputeDeferred" => read(payload, |event: pb::DisputeDeferred| {
            let deferral = event.deferral.unwrap_or_default();
            format!(
                "{} → {}",
                labels::deferral_reason::label(deferral.reason),
                deferral.review_date
            )
        }),
        "ReviewDue" => read(payload, |event: pb::ReviewDue| event.review_date),
        "CardShown" => read(payload, |event: pb::CardShown| {
            let (clock, card) =
                (labels::clock::label(event.clock), labels::card::label(event.card));
            let to = event.raised_to_area_code;
            let raised =
                if to.is_empty() { String::new() } else { format!(", raised to 报至 {to}") };
            format!("{clock}: {card}{raised}")
        }),
        "NoticeDue" => read(payload, |event: pb::NoticeDue| {
            let to =
                event.recipient().as_str_name().trim_start_matches("RECIPIENT_").to_lowercase();
            format!("{} → {to} {}", event.template, event.target)
        }),
        _ => String::new(),
    }
}

fn read<M: Default + Name>(payload: &prost_types::Any, words: impl Fn(M) -> String) -> String {
    payload.to_msg().map(words).unwrap_or_default()
}
