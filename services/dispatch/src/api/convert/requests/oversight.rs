//! Requests about how a case ends and is checked, about moves and about oversight.

use jiff::civil::Date;
use kit::Problem;
use yiwang_proto::dispatch::v1 as pb;

use super::super::enums;
use super::super::form::Form;
use super::{Asked, Head, asked};
use crate::domain::codes::{AreaCode, Id};
use crate::domain::command::Action;
use crate::domain::decide::MOST_PERFORMANCES;
use crate::domain::dispute::Place;
use crate::domain::sealed::SealedKind;

/// Most working days that can be asked for.
const MOST_DAYS: u32 = 366;

/// What all these requests have: they are about one dispute, and may have words.
macro_rules! request {
    ($body:expr, $form:expr, $action:expr, $kind:expr) => {
        asked(
            $form,
            Head(&$body.request_id, &$body.dispute_id, &$body.etag),
            $action,
            Some(($kind, &$body.note)),
        )
    };
}

pub(crate) fn confirmation(body: &pb::RecordConfirmationRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let news = form.choice("confirmation", body.confirmation, enums::confirmation_from);
    request!(body, form, news.map(Action::RecordConfirmation), SealedKind::Outcome)
}

pub(crate) fn referral_result(body: &pb::RecordReferralResultRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let news = form.choice("result", body.result, enums::result_from);
    request!(body, form, news.map(Action::RecordReferralResult), SealedKind::Outcome)
}

pub(crate) fn verify(body: &pb::VerifyDisputeRequest) -> Result<Asked, Problem> {
    request!(body, Form::default(), Some(Action::Verify), SealedKind::Verification)
}

pub(crate) fn redo(body: &pb::RedoDisputeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let reason = form.choice("reason", body.reason, enums::redo_from);
    request!(body, form, reason.map(Action::Redo), SealedKind::Verification)
}

pub(crate) fn merge(body: &pb::MergeDisputeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let into = form.uuid("into_dispute_id", &body.into_dispute_id);
    request!(body, form, into.map(Action::Merge), SealedKind::Note)
}

pub(crate) fn escalate(body: &pb::EscalateDisputeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let reason = form.choice("reason", body.reason, enums::move_reason_from);
    let to = form.area("to_area_code", &body.to_area_code);
    let unit = unit(&mut form, &body.to_unit_id);
    let read = || Some(Action::Escalate(to?, unit?, reason?));
    request!(body, form, read(), SealedKind::Move)
}

pub(crate) fn delegate(body: &pb::DelegateDisputeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let reason = form.choice("reason", body.reason, enums::move_reason_from);
    let to = area(&mut form, "to_area_code", &body.to_area_code);
    let unit = unit(&mut form, &body.to_unit_id);
    let designate = body.designate;
    let read = || {
        let to = Place { area: to?, unit: unit? };
        Some(Action::Delegate { to, reason: reason?, designate })
    };
    request!(body, form, read(), SealedKind::Move)
}

pub(crate) fn give_back(body: &pb::ReturnDisputeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let reason = form.choice("reason", body.reason, enums::move_reason_from);
    let step = Some(body.to_step_number).filter(|step| *step > 0);
    request!(body, form, reason.map(|reason| Action::Return(step, reason)), SealedKind::Move)
}

pub(crate) fn remind(body: &pb::RemindDisputeRequest) -> Result<Asked, Problem> {
    request!(body, Form::default(), Some(Action::Remind), SealedKind::Oversight)
}

pub(crate) fn supervise(body: &pb::SuperviseDisputeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let kind = form.choice("kind", body.kind, enums::supervision_from);
    request!(body, form, kind.map(Action::Supervise), SealedKind::Oversight)
}

pub(crate) fn lift(body: &pb::LiftSupervisionRequest) -> Result<Asked, Problem> {
    request!(body, Form::default(), Some(Action::LiftSupervision), SealedKind::Oversight)
}

pub(crate) fn request_extension(body: &pb::RequestExtensionRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let reason = form.choice("reason", body.reason, enums::extension_from);
    if !(1..=MOST_DAYS).contains(&body.working_days) {
        form.wrong("working_days", "OUT_OF_RANGE", "1 to 366 is wanted", "须为1至366");
    }
    let action = reason.map(|reason| Action::RequestExtension(body.working_days, reason));
    request!(body, form, action, SealedKind::Oversight)
}

pub(crate) fn decide_extension(body: &pb::DecideExtensionRequest) -> Result<Asked, Problem> {
    let action = Some(Action::DecideExtension(body.granted));
    request!(body, Form::default(), action, SealedKind::Oversight)
}

pub(crate) fn pause(body: &pb::PauseDisputeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let kind = form.choice("kind", body.kind, enums::pause_from);
    request!(body, form, kind.map(Action::Pause), SealedKind::Oversight)
}

pub(crate) fn resume(body: &pb::ResumeDisputeRequest) -> Result<Asked, Problem> {
    request!(body, Form::default(), Some(Action::Resume), SealedKind::Oversight)
}

pub(crate) fn defer(body: &pb::DeferDisputeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let reason = form.choice("reason", body.reason, enums::deferral_from);
    let day = form.required("review_date", &body.review_date);
    let day = day.and_then(|()| date(&mut form, "review_date", &body.review_date));
    let action = reason.zip(day).map(|(reason, day)| Action::Defer(reason, day));
    request!(body, form, action, SealedKind::Oversight)
}

pub(crate) fn end_deferral(body: &pb::EndDeferralRequest) -> Result<Asked, Problem> {
    request!(body, Form::default(), Some(Action::EndDeferral), SealedKind::Oversight)
}

/// Days, as many as a case can have.
pub(super) fn days(form: &mut Form, field: &str, texts: &[String]) -> Option<Vec<Date>> {
    if texts.len() > MOST_PERFORMANCES {
        form.wrong(field, "TOO_MANY", "at most 20 are wanted", "不得超过20项");
        return None;
    }
    let read: Vec<Option<Date>> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| date(form, &format!("{field}[{index}]"), text))
        .collect();
    read.into_iter().collect()
}

/// A day.
pub(super) fn date(form: &mut Form, field: &str, text: &str) -> Option<Date> {
    let read = text.parse().ok();
    form.or_wrong(read, field, "a day as YYYY-MM-DD is wanted", "须为 YYYY-MM-DD 格式的日期")
}

fn area(form: &mut Form, field: &str, text: &str) -> Option<AreaCode> {
    form.required(field, text)?;
    form.area(field, text)?
}

fn unit(form: &mut Form, text: &str) -> Option<Option<Id>> {
    if text.is_empty() { Some(None) } else { form.id("to_unit_id", text).map(Some) }
}
