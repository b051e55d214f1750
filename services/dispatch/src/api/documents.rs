//! `DocumentService`: the papers of a case, ready to print.

mod paper;
mod words;

use jiff::civil::Date;
use kit::{Call, Problem};
use tonic::{Request, Response, Status};
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::document_service_server::DocumentService;

use self::paper::{Kind, Paper};
use super::Disputes;
use super::convert::form::Form;
use super::convert::resource::Names;
use super::convert::{enums, requests};
use super::submit::{dispute, keys_of, named};
use crate::app::OPENS_DETAILS;
use crate::domain::command::Verb;
use crate::domain::decide::{Answer, Unverified, unverified};
use crate::domain::dispute::{Dispute, State};
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;

#[tonic::async_trait]
impl DocumentService for Disputes {
    async fn render_document(
        &self,
        request: Request<pb::RenderDocumentRequest>,
    ) -> Result<Response<pb::RenderDocumentResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let (id, kind) = asked(&body)?;
        if let Err(problem) = self.visible(&call, id).await {
            if body.with_details {
                // That somebody tried is a fact of the case, as with OpenDetails.
                self.opened(&call, &body).await?;
            }
            return Err(problem.into());
        }
        let before = self.state(id).await?;
        let found = dispute(&before).ok_or_else(|| Problem::internal(DOMAIN))?;
        let today = calendar::business_date(self.ledger.now());
        check(found, kind, today).map_err(Problem::from)?;
        let (mut pieces, mut feed_position, mut replayed) = (Vec::new(), 0, false);
        if body.with_details {
            (pieces, feed_position, replayed) = self.opened(&call, &body).await?;
        }
        let names = self.names_in(found).await?;
        let newest = self.ledger.authority().rules.by_newest_calendar(found);
        let html = Paper::of(&newest, kind, &pieces, &names, self.ledger.now()).render();
        let html = html.map_err(|error| {
            tracing::error!(%error, "a paper cannot be rendered");
            Problem::internal(DOMAIN)
        })?;
        Ok(Response::new(pb::RenderDocumentResponse { html, feed_position, replayed }))
    }
}

impl Disputes {
    /// Opens the details for a paper: the pieces, where that is recorded, and whether it is a repetition, which shows none.
    async fn opened(
        &self,
        call: &Call,
        body: &pb::RenderDocumentRequest,
    ) -> Result<(Vec<pb::OpenedPiece>, u64, bool), Problem> {
        let open = pb::OpenDetailsRequest {
            request_id: body.request_id.clone(),
            dispute_id: body.dispute_id.clone(),
            etag: String::new(),
            purpose: body.purpose,
        };
        let asked = requests::open(&open, call.caller.may(OPENS_DETAILS))?;
        let done = self.act(call, "RenderDocument", body, asked).await?;
        let pieces = match (&done.answer, done.replayed) {
            (Answer::Opened { dispute_id, sealed }, false) => {
                self.pieces(*dispute_id, sealed).await?
            }
            _ => Vec::new(),
        };
        Ok((pieces, done.position, done.replayed))
    }

    /// Names of who mediates, and of the places that a paper names.
    async fn names_in(&self, dispute: &Dispute) -> Result<Names, Problem> {
        let places = [&dispute.first_receiver, &dispute.holder().place];
        let places = places.into_iter().chain(&dispute.first_handler);
        let keys = places.flat_map(keys_of).chain(named(&dispute.stage));
        self.names_under(keys.collect()).await
    }
}

fn asked(body: &pb::RenderDocumentRequest) -> Result<(uuid::Uuid, Kind), Problem> {
    let mut form = Form::default();
    form.uuid("request_id", &body.request_id);
    let id = form.uuid("dispute_id", &body.dispute_id);
    let kind = form.choice("kind", body.kind, Kind::from_wire);
    if body.with_details {
        form.choice("purpose", body.purpose, enums::purpose_from);
    } else if body.purpose != 0 {
        let (en, zh) = ("only with with_details", "仅在填入当事人信息时填写");
        form.wrong("purpose", "NOT_APPLICABLE", en, zh);
    }
    form.finish(id.zip(kind))
}

/// Whether a case has come far enough for a paper; if not, which step is missing.
fn check(dispute: &Dispute, kind: Kind, today: Date) -> Result<(), Rejection> {
    let (state, ended) = (dispute.state(), dispute.stage.conclusion());
    let early = |missing, en, zh| Err(Rejection::PaperTooEarly { missing, en, zh });
    let outcome = ended.map_or(state.name(), |ended| ended.outcome.name());
    let never = Err(Rejection::NotOfThisOutcome { outcome });
    match (kind, ended) {
        (Kind::Acceptance, _) if dispute.accepted_at.is_some() => Ok(()),
        (_, None) if state == State::Rejected => never,
        (Kind::Acceptance, None) => {
            early(Verb::Accept, "the case has not been accepted", "该纠纷尚未受理")
        }
        (Kind::Agreement, None) => {
            early(next(dispute, true), "no agreement has been recorded", "尚未登记达成的协议")
        }
        (Kind::Agreement, Some(ended)) if ended.outcome.is_agreement() => Ok(()),
        (Kind::Acceptance | Kind::Agreement, Some(_)) => never,
        (Kind::Closing, None) => {
            let en = "no outcome has been recorded, nor verified";
            early(next(dispute, false), en, "尚未登记办理结果,也未核查")
        }
        (Kind::Closing, Some(_)) if state != State::Concluded => Ok(()),
        (Kind::Closing, Some(ended)) => match unverified(ended, today) {
            None => early(Verb::Verify, "the outcome has not been verified", "办理结果尚未核查"),
            Some(Unverified::NoFollowUp) => {
                let en = "the agreement has not been followed up, nor verified";
                early(Verb::RecordFollowUp, en, "协议尚未回访,也未核查")
            }
            Some(Unverified::Negative) => {
                let en = "the last follow-up says that the agreement is not kept";
                early(Verb::Redo, en, "最近一次回访结果为未履行或反复")
            }
            Some(Unverified::Ahead(_)) => {
                let en =
                    "the agreement is to be performed later; it is followed up then, and verified";
                early(Verb::RecordFollowUp, en, "协议尚未到履行期限,届时回访后核查")
            }
        },
    }
}

/// The command that comes next on the way to an outcome: only an agreement has to come from a mediation.
fn next(dispute: &Dispute, agreed: bool) -> Verb {
    if dispute.paused.is_some() {
        return Verb::Resume;
    }
    match dispute.state() {
        State::Reported => Verb::Accept,
        State::Accepted if agreed => Verb::Triage,
        State::Triaged | State::Called if agreed => Verb::CallTeam,
        State::Offered if agreed => Verb::AcceptOffer,
        State::UnderWay if agreed => Verb::RecordArrival,
        State::Arrived if agreed => Verb::StartMediation,
        State::Accepted
        | State::Triaged
        | State::Called
        | State::Offered
        | State::UnderWay
        | State::Arrived
        | State::Mediating
        | State::Rejected
        | State::Concluded
        | State::Verified
        | State::Closed => Verb::RecordOutcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::codes::Id;
    use crate::domain::command::Action;
    use crate::domain::decide::tests::{Case, mediate, triage, visited};
    use crate::domain::dispute::{Level, PauseKind, Performance, RedoReason};

    const TODAY: Date = jiff::civil::date(2026, 2, 13);

    /// The command that each of the two papers of an ended case waits for.
    fn missing(dispute: &Dispute) -> [Verb; 2] {
        [Kind::Agreement, Kind::Closing].map(|kind| match check(dispute, kind, TODAY) {
            Err(Rejection::PaperTooEarly { missing, .. }) => missing,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn before_it_is_closed_an_agreement_is_followed_up_and_verified() {
        let mut case = Case::agreed();
        let told = |case: &Case| match check(&case.dispute, Kind::Closing, TODAY) {
            Err(Rejection::PaperTooEarly { missing, .. }) => missing,
            other => panic!("{other:?}"),
        };
        assert_eq!(told(&case), Verb::RecordFollowUp);
        case.must(visited(Performance::NotDue));
        assert_eq!(told(&case), Verb::RecordFollowUp);
        case.must(visited(Performance::Performed));
        assert_eq!(told(&case), Verb::Verify);
        case.must(Action::Verify);
        assert!(check(&case.dispute, Kind::Closing, TODAY).is_ok());
        let mut broken = Case::agreed();
        broken.must(visited(Performance::InDefault));
        assert_eq!(told(&broken), Verb::Redo);
        broken.must(Action::Redo(RedoReason::NegativeFollowUp));
    }

    #[test]
    fn the_command_that_comes_next_can_be_carried_out() {
        let near = || Id::parse("near").unwrap();
        let mut case = Case::reported();
        for (action, agreement, closing) in [
            (None, Verb::Accept, Verb::Accept),
            (Some(Action::Accept), Verb::Triage, Verb::RecordOutcome),
            (Some(triage(Level::General)), Verb::CallTeam, Verb::RecordOutcome),
            (Some(Action::Pause(PauseKind::Hearing)), Verb::Resume, Verb::Resume),
            (Some(Action::Resume), Verb::CallTeam, Verb::RecordOutcome),
            (Some(Action::CallTeam(None)), Verb::AcceptOffer, Verb::RecordOutcome),
            (Some(Action::AcceptOffer(near())), Verb::RecordArrival, Verb::RecordOutcome),
            (Some(Action::RecordArrival(near(), None)), Verb::StartMediation, Verb::RecordOutcome),
            (Some(mediate()), Verb::RecordOutcome, Verb::RecordOutcome),
        ] {
            if let Some(action) = action {
                case.must(action);
            }
            let (state, told) = (case.dispute.state(), missing(&case.dispute));
            assert_eq!(told, [agreement, closing], "{}", state.name());
            assert!(told.iter().all(|verb| state.allowed().contains(verb)), "{}", state.name());
        }
    }
}
