//! `DisputeService`, rpc by rpc.

use kit::{Call, Role};
use tonic::{Request, Response, Status};
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::dispute_service_server::DisputeService;

use super::convert::duty::search_to;
use super::convert::requests::{self, oversight};
use super::convert::time;
use super::{Disputes, queries};
use crate::app::OPENS_DETAILS;
use crate::domain::decide::Answer;
use crate::error::DOMAIN;

/// Opens a request whose caller has a role.
pub(super) fn open<T>(request: Request<T>, role: Role) -> Result<(Call, T), Status> {
    let (call, body) = kit::rpc::open(request)?;
    call.caller.require(role, DOMAIN)?;
    Ok((call, body))
}

#[tonic::async_trait]
impl DisputeService for Disputes {
    async fn report_dispute(
        &self,
        request: Request<pb::ReportDisputeRequest>,
    ) -> Result<Response<pb::ReportDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Report)?;
        let asked = requests::report(&body)?;
        Ok(Response::new(self.submit_report(&call, &body, asked).await?))
    }

    async fn accept_dispute(
        &self,
        request: Request<pb::AcceptDisputeRequest>,
    ) -> Result<Response<pb::AcceptDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "AcceptDispute", &body, requests::accept(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::AcceptDisputeResponse { dispute, feed_position }))
    }

    async fn reject_dispute(
        &self,
        request: Request<pb::RejectDisputeRequest>,
    ) -> Result<Response<pb::RejectDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "RejectDispute", &body, requests::reject(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::RejectDisputeResponse { dispute, feed_position }))
    }

    async fn triage_dispute(
        &self,
        request: Request<pb::TriageDisputeRequest>,
    ) -> Result<Response<pb::TriageDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "TriageDispute", &body, requests::triage(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::TriageDisputeResponse { dispute, feed_position }))
    }

    async fn call_team(
        &self,
        request: Request<pb::CallTeamRequest>,
    ) -> Result<Response<pb::CallTeamResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "CallTeam", &body, requests::call_team(&body)?).await?;
        let search = self.searched(&done).await?.map(search_to);
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::CallTeamResponse { dispute, feed_position, search }))
    }

    async fn accept_offer(
        &self,
        request: Request<pb::AcceptOfferRequest>,
    ) -> Result<Response<pb::AcceptOfferResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "AcceptOffer", &body, requests::accept_offer(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::AcceptOfferResponse { dispute, feed_position }))
    }

    async fn decline_offer(
        &self,
        request: Request<pb::DeclineOfferRequest>,
    ) -> Result<Response<pb::DeclineOfferResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "DeclineOffer", &body, requests::decline_offer(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::DeclineOfferResponse { dispute, feed_position }))
    }

    async fn record_arrival(
        &self,
        request: Request<pb::RecordArrivalRequest>,
    ) -> Result<Response<pb::RecordArrivalResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "RecordArrival", &body, requests::arrival(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::RecordArrivalResponse { dispute, feed_position }))
    }

    async fn record_consent(
        &self,
        request: Request<pb::RecordConsentRequest>,
    ) -> Result<Response<pb::RecordConsentResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "RecordConsent", &body, requests::consent(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::RecordConsentResponse { dispute, feed_position }))
    }

    async fn start_mediation(
        &self,
        request: Request<pb::StartMediationRequest>,
    ) -> Result<Response<pb::StartMediationResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "StartMediation", &body, requests::mediation(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::StartMediationResponse { dispute, feed_position }))
    }

    async fn record_outcome(
        &self,
        request: Request<pb::RecordOutcomeRequest>,
    ) -> Result<Response<pb::RecordOutcomeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "RecordOutcome", &body, requests::outcome(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::RecordOutcomeResponse { dispute, feed_position }))
    }

    async fn record_follow_up(
        &self,
        request: Request<pb::RecordFollowUpRequest>,
    ) -> Result<Response<pb::RecordFollowUpResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "RecordFollowUp", &body, requests::follow_up(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::RecordFollowUpResponse { dispute, feed_position }))
    }

    async fn close_dispute(
        &self,
        request: Request<pb::CloseDisputeRequest>,
    ) -> Result<Response<pb::CloseDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "CloseDispute", &body, requests::close(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::CloseDisputeResponse { dispute, feed_position }))
    }

    async fn record_confirmation(
        &self,
        request: Request<pb::RecordConfirmationRequest>,
    ) -> Result<Response<pb::RecordConfirmationResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done =
            self.act(&call, "RecordConfirmation", &body, oversight::confirmation(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::RecordConfirmationResponse { dispute, feed_position }))
    }

    async fn record_referral_result(
        &self,
        request: Request<pb::RecordReferralResultRequest>,
    ) -> Result<Response<pb::RecordReferralResultResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self
            .act(&call, "RecordReferralResult", &body, oversight::referral_result(&body)?)
            .await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::RecordReferralResultResponse { dispute, feed_position }))
    }

    async fn verify_dispute(
        &self,
        request: Request<pb::VerifyDisputeRequest>,
    ) -> Result<Response<pb::VerifyDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "VerifyDispute", &body, oversight::verify(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::VerifyDisputeResponse { dispute, feed_position }))
    }

    async fn redo_dispute(
        &self,
        request: Request<pb::RedoDisputeRequest>,
    ) -> Result<Response<pb::RedoDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "RedoDispute", &body, oversight::redo(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::RedoDisputeResponse { dispute, feed_position }))
    }

    async fn merge_dispute(
        &self,
        request: Request<pb::MergeDisputeRequest>,
    ) -> Result<Response<pb::MergeDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "MergeDispute", &body, oversight::merge(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::MergeDisputeResponse { dispute, feed_position }))
    }

    async fn escalate_dispute(
        &self,
        request: Request<pb::EscalateDisputeRequest>,
    ) -> Result<Response<pb::EscalateDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "EscalateDispute", &body, oversight::escalate(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::EscalateDisputeResponse { dispute, feed_position }))
    }

    async fn delegate_dispute(
        &self,
        request: Request<pb::DelegateDisputeRequest>,
    ) -> Result<Response<pb::DelegateDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "DelegateDispute", &body, oversight::delegate(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::DelegateDisputeResponse { dispute, feed_position }))
    }

    async fn return_dispute(
        &self,
        request: Request<pb::ReturnDisputeRequest>,
    ) -> Result<Response<pb::ReturnDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "ReturnDispute", &body, oversight::give_back(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::ReturnDisputeResponse { dispute, feed_position }))
    }

    async fn remind_dispute(
        &self,
        request: Request<pb::RemindDisputeRequest>,
    ) -> Result<Response<pb::RemindDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "RemindDispute", &body, oversight::remind(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::RemindDisputeResponse { dispute, feed_position }))
    }

    async fn supervise_dispute(
        &self,
        request: Request<pb::SuperviseDisputeRequest>,
    ) -> Result<Response<pb::SuperviseDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "SuperviseDispute", &body, oversight::supervise(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::SuperviseDisputeResponse { dispute, feed_position }))
    }

    async fn lift_supervision(
        &self,
        request: Request<pb::LiftSupervisionRequest>,
    ) -> Result<Response<pb::LiftSupervisionResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "LiftSupervision", &body, oversight::lift(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::LiftSupervisionResponse { dispute, feed_position }))
    }

    async fn request_extension(
        &self,
        request: Request<pb::RequestExtensionRequest>,
    ) -> Result<Response<pb::RequestExtensionResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self
            .act(&call, "RequestExtension", &body, oversight::request_extension(&body)?)
            .await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::RequestExtensionResponse { dispute, feed_position }))
    }

    async fn decide_extension(
        &self,
        request: Request<pb::DecideExtensionRequest>,
    ) -> Result<Response<pb::DecideExtensionResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done =
            self.act(&call, "DecideExtension", &body, oversight::decide_extension(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::DecideExtensionResponse { dispute, feed_position }))
    }

    async fn pause_dispute(
        &self,
        request: Request<pb::PauseDisputeRequest>,
    ) -> Result<Response<pb::PauseDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "PauseDispute", &body, oversight::pause(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::PauseDisputeResponse { dispute, feed_position }))
    }

    async fn resume_dispute(
        &self,
        request: Request<pb::ResumeDisputeRequest>,
    ) -> Result<Response<pb::ResumeDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "ResumeDispute", &body, oversight::resume(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::ResumeDisputeResponse { dispute, feed_position }))
    }

    async fn defer_dispute(
        &self,
        request: Request<pb::DeferDisputeRequest>,
    ) -> Result<Response<pb::DeferDisputeResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "DeferDispute", &body, oversight::defer(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::DeferDisputeResponse { dispute, feed_position }))
    }

    async fn end_deferral(
        &self,
        request: Request<pb::EndDeferralRequest>,
    ) -> Result<Response<pb::EndDeferralResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "EndDeferral", &body, oversight::end_deferral(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(Response::new(pb::EndDeferralResponse { dispute, feed_position }))
    }

    async fn explain_deadline(
        &self,
        request: Request<pb::ExplainDeadlineRequest>,
    ) -> Result<Response<pb::ExplainDeadlineResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        Ok(Response::new(self.explain(&call, &body).await?))
    }

    async fn get_timers(
        &self,
        request: Request<pb::GetTimersRequest>,
    ) -> Result<Response<pb::GetTimersResponse>, Status> {
        open(request, Role::Operate)?;
        Ok(Response::new(self.timers().await?))
    }

    async fn confirm_clock(
        &self,
        request: Request<pb::ConfirmClockRequest>,
    ) -> Result<Response<pb::ConfirmClockResponse>, Status> {
        open(request, Role::Operate)?;
        self.timers.confirm(&self.ledger).await?;
        let confirmed_time = Some(time(self.ledger.now()));
        Ok(Response::new(pb::ConfirmClockResponse { confirmed_time }))
    }

    async fn add_note(
        &self,
        request: Request<pb::AddNoteRequest>,
    ) -> Result<Response<pb::AddNoteResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let done = self.act(&call, "AddNote", &body, requests::note(&body)?).await?;
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        let sealed_id = sealed_id(&done.answer);
        Ok(Response::new(pb::AddNoteResponse { dispute, feed_position, sealed_id }))
    }

    async fn get_dispute(
        &self,
        request: Request<pb::GetDisputeRequest>,
    ) -> Result<Response<pb::GetDisputeResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let dispute = Some(self.get(&call, &body.dispute_id).await?);
        Ok(Response::new(pb::GetDisputeResponse { dispute }))
    }

    async fn find_dispute(
        &self,
        request: Request<pb::FindDisputeRequest>,
    ) -> Result<Response<pb::FindDisputeResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let dispute = Some(self.find(&call, &body.case_code).await?);
        Ok(Response::new(pb::FindDisputeResponse { dispute }))
    }

    async fn list_disputes(
        &self,
        request: Request<pb::ListDisputesRequest>,
    ) -> Result<Response<pb::ListDisputesResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        Ok(Response::new(self.list(&call, &body).await?))
    }

    async fn get_board(
        &self,
        request: Request<pb::GetBoardRequest>,
    ) -> Result<Response<pb::GetBoardResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        Ok(Response::new(self.board(&call, &body).await?))
    }

    async fn list_dispute_history(
        &self,
        request: Request<pb::ListDisputeHistoryRequest>,
    ) -> Result<Response<pb::ListDisputeHistoryResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        Ok(Response::new(self.history(&call, &body).await?))
    }

    async fn count_disputes(
        &self,
        request: Request<pb::CountDisputesRequest>,
    ) -> Result<Response<pb::CountDisputesResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        Ok(Response::new(self.count(&call, &body).await?))
    }

    async fn open_details(
        &self,
        request: Request<pb::OpenDetailsRequest>,
    ) -> Result<Response<pb::OpenDetailsResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        // A missing role is not refused here: that somebody tried is recorded with the case.
        let asked = requests::open(&body, call.caller.may(OPENS_DETAILS))?;
        let done = self.act(&call, "OpenDetails", &body, asked).await?;
        // A repeated request was not decided anew, so nobody has looked at role and area, and nothing is on record of it.
        let pieces = if done.replayed {
            Vec::new()
        } else {
            self.pieces(done.answer.dispute_id(), sealed_ids(&done.answer)).await?
        };
        let (dispute, feed_position, replayed) = (Some(done.dispute), done.position, done.replayed);
        Ok(Response::new(pb::OpenDetailsResponse { dispute, feed_position, pieces, replayed }))
    }

    async fn erase_details(
        &self,
        request: Request<pb::EraseDetailsRequest>,
    ) -> Result<Response<pb::EraseDetailsResponse>, Status> {
        let (call, body) = open(request, Role::Operate)?;
        let done = self.act(&call, "EraseDetails", &body, requests::erase(&body)?).await?;
        self.tidying.erased(&done.answer);
        let count = |ids: &[uuid::Uuid]| u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let (sealed, files) = erased_ids(&done.answer);
        Ok(Response::new(pb::EraseDetailsResponse {
            dispute: Some(done.dispute),
            feed_position: done.position,
            erased_count: count(sealed),
            erased_file_count: count(files),
        }))
    }

    async fn list_dispute_types(
        &self,
        request: Request<pb::ListDisputeTypesRequest>,
    ) -> Result<Response<pb::ListDisputeTypesResponse>, Status> {
        let (_, body) = kit::rpc::open(request)?;
        Ok(Response::new(queries::types(&body)?))
    }

    async fn reissue_pin(
        &self,
        request: Request<pb::ReissuePinRequest>,
    ) -> Result<Response<pb::ReissuePinResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        Ok(Response::new(self.reissue(&call, &body).await?))
    }
}

fn sealed_ids(answer: &Answer) -> &[uuid::Uuid] {
    match answer {
        Answer::Opened { sealed, .. } | Answer::Erased { sealed, .. } => sealed,
        Answer::Reported { .. }
        | Answer::Existing { .. }
        | Answer::Done { .. }
        | Answer::Noted { .. }
        | Answer::FileOpened { .. }
        | Answer::TakenOver { .. }
        | Answer::OnDuty { .. }
        | Answer::Recounted { .. }
        | Answer::Clock => &[],
    }
}

/// Pieces and files that were erased.
fn erased_ids(answer: &Answer) -> (&[uuid::Uuid], &[uuid::Uuid]) {
    if let Answer::Erased { sealed, files, .. } = answer { (sealed, files) } else { (&[], &[]) }
}

fn sealed_id(answer: &Answer) -> String {
    match answer {
        Answer::Noted { sealed_id, .. } => sealed_id.to_string(),
        Answer::Reported { .. }
        | Answer::Existing { .. }
        | Answer::Done { .. }
        | Answer::Opened { .. }
        | Answer::Erased { .. }
        | Answer::FileOpened { .. }
        | Answer::TakenOver { .. }
        | Answer::OnDuty { .. }
        | Answer::Recounted { .. }
        | Answer::Clock => String::new(),
    }
}
