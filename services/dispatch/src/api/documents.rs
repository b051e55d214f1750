//! `DocumentService`: the papers of a case, ready to print.

mod paper;
mod words;

use tonic::{Request, Response, Status};
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::document_service_server::DocumentService;

use self::paper::{Kind, Paper};
use super::Disputes;
use super::convert::form::Form;
use super::convert::{enums, requests};
use super::submit::dispute;
use crate::app::OPENS_DETAILS;
use crate::domain::decide::Answer;
use crate::domain::dispute::{Dispute, State};
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use kit::Problem;

#[tonic::async_trait]
impl DocumentService for Disputes {
    async fn render_document(
        &self,
        request: Request<pb::RenderDocumentRequest>,
    ) -> Result<Response<pb::RenderDocumentResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let (id, kind) = asked(&body)?;
        self.visible(&call, id).await?;
        let before = self.state(id).await?;
        let found = dispute(&before).ok_or_else(|| Problem::internal(DOMAIN))?;
        check(found, kind)?;
        let (mut pieces, mut feed_position, mut replayed) = (Vec::new(), 0, false);
        if body.with_details {
            let open = pb::OpenDetailsRequest {
                request_id: body.request_id.clone(),
                dispute_id: body.dispute_id.clone(),
                etag: String::new(),
                purpose: body.purpose,
            };
            let asked = requests::open(&open, call.caller.may(OPENS_DETAILS))?;
            let done = self.act(&call, "RenderDocument", &body, asked).await?;
            if let (Answer::Opened { dispute_id, sealed }, false) = (&done.answer, done.replayed) {
                pieces = self.pieces(*dispute_id, sealed).await?;
            }
            (feed_position, replayed) = (done.position, done.replayed);
        }
        let names = self.names([found]).await?;
        let html = Paper::of(found, kind, &pieces, &names, self.ledger.now()).render();
        let html = html.map_err(|error| {
            tracing::error!(%error, "a paper cannot be rendered");
            Problem::internal(DOMAIN)
        })?;
        Ok(Response::new(pb::RenderDocumentResponse { html, feed_position, replayed }))
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

/// Whether a case has come far enough for a paper.
fn check(dispute: &Dispute, kind: Kind) -> Result<(), Problem> {
    let ended = dispute.stage.conclusion();
    let fits = match kind {
        Kind::Acceptance => dispute.accepted_at.is_some(),
        Kind::Agreement => ended.is_some_and(|ended| ended.outcome.is_agreement()),
        Kind::Closing => matches!(dispute.state(), State::Verified | State::Closed),
    };
    if fits {
        return Ok(());
    }
    let outcome = ended.map_or("NONE", |ended| ended.outcome.name());
    Err(Rejection::NotOfThisOutcome { outcome }.into())
}
