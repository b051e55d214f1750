//! Commands on their way: sealed here, decided by the committer, rendered from what it says.

use std::collections::BTreeSet;
use std::sync::Arc;

use kit::{Call, Problem};
use ledger::{Actor, CommandMeta, Key, Outcome, RequestId, Sealed, SubmitError};
use prost::Message;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::Disputes;
use super::convert::details::Plaintext;
use super::convert::happenings;
use super::convert::requests::{Asked, ReportAsked};
use super::convert::resource::{self, Names};
use super::pins::PinText;
use crate::app::{Dispatch, Order};
use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::command::{Act, Command, Report};
use crate::domain::decide::Answer;
use crate::domain::dispute::{Dispute, Place, Stage, subject};
use crate::domain::event::{Fact, Happening, Search};
use crate::domain::pin::PinHash;
use crate::domain::places::Positions;
use crate::domain::rejection::Rejection;
use crate::domain::sealed::Sealing;
use crate::error::DOMAIN;
use crate::project::State;
use crate::store::{self, area_key, dispute_key, team_key, unit_key};

/// More than a call makes: called or lapsed, offered or nobody found, and who is told of it.
const EVENTS_OF_A_CALL: u32 = 8;

/// What a command led to.
pub(super) struct Done {
    /// What was answered.
    pub(super) answer: Answer,
    /// The dispute as it is now.
    pub(super) dispute: pb::Dispute,
    /// Last position that it wrote.
    pub(super) position: u64,
    /// Whether this is the stored answer of an earlier request.
    pub(super) replayed: bool,
}

impl Disputes {
    /// Carries out a report.
    pub(super) async fn submit_report(
        &self,
        call: &Call,
        body: &pb::ReportDisputeRequest,
        asked: ReportAsked,
    ) -> Result<pb::ReportDisputeResponse, Problem> {
        let now = self.ledger.now();
        let meta = meta(call, "ReportDispute", asked.request_id, body);
        let preview = body.validate_only.then(|| resource::preview(&asked, now));
        let (pin, hash) = self.pin_for(body).await?.unzip();
        let order = self.report_order(call, asked, hash)?;
        if let Some(dispute) = preview {
            return match self.ledger.preview(&order, &meta).await {
                Ok(answer) => self.previewed(call, dispute, &answer).await,
                Err(error) => Err(self.refused(error).await),
            };
        }
        let outcome = match self.ledger.submit(order, meta).await {
            Ok(outcome) => outcome,
            Err(error) => return Err(self.refused(error).await),
        };
        let existing = matches!(outcome.answer, Answer::Existing { .. });
        let done = self.render(call, outcome).await?;
        let feed_position = if existing { 0 } else { done.position };
        // Of an earlier answer only ids are kept; the PIN made here is then nobody's.
        let pin = pin.filter(|_| done.answer.is_new() && !done.replayed);
        let pin = pin.map(PinText::reveal).unwrap_or_default();
        Ok(pb::ReportDisputeResponse { dispute: Some(done.dispute), feed_position, existing, pin })
    }

    /// What a report would lead to.
    async fn previewed(
        &self,
        call: &Call,
        fresh: pb::Dispute,
        answer: &Answer,
    ) -> Result<pb::ReportDisputeResponse, Problem> {
        let existing = matches!(answer, Answer::Existing { .. });
        let dispute = if existing { self.visible(call, answer.dispute_id()).await? } else { fresh };
        Ok(pb::ReportDisputeResponse { dispute: Some(dispute), existing, ..Default::default() })
    }

    /// A refusal; one of an unknown grid names grids with similar codes.
    async fn refused(&self, error: SubmitError<Rejection>) -> Problem {
        if let SubmitError::Rejected(Rejection::GridNotFound { grid, .. }) = error {
            let suggestions = self.near(grid).await;
            return Rejection::GridNotFound { grid, suggestions }.into();
        }
        error.into_problem(DOMAIN)
    }

    /// Up to three grids of the same community, else of the same town, whose codes are most like the one asked for.
    async fn near(&self, asked: GridCode) -> Vec<GridCode> {
        for area in asked.area().upwards().skip(1).take(2) {
            let mut grids = store::grids_of(self.ledger.db(), &area).await.unwrap_or_default();
            let unlike =
                |grid: &GridCode| strsim::damerau_levenshtein(grid.as_str(), asked.as_str());
            grids.sort_by_key(|grid| (unlike(grid), *grid));
            grids.truncate(3);
            if !grids.is_empty() {
                return grids;
            }
        }
        Vec::new()
    }

    fn report_order(
        &self,
        call: &Call,
        asked: ReportAsked,
        pin: Option<PinHash>,
    ) -> Result<Order, Problem> {
        let dispute_id = self.ledger.ids().uuid();
        let (sealing, parcels) = self.seal(dispute_id, asked.details)?;
        let report = Report {
            dispute_id,
            scope: scope(call)?,
            unit: Id::parse(&call.caller.unit_id).ok(),
            grid: asked.grid,
            kind: asked.kind,
            scale: asked.scale,
            people: asked.people,
            parties: asked.parties,
            channel: asked.channel,
            source: asked.source,
            reported_at: asked.reported_at,
            danger: asked.danger,
            protective: asked.protective,
            reporter_reachable: asked.reporter_reachable,
            min_registry: asked.min_registry,
            sealing,
            pin,
        };
        Ok(Order { parcels, ..Order::from(Command::Report(report)) })
    }

    /// Carries out an action.
    pub(super) async fn act(
        &self,
        call: &Call,
        method: &'static str,
        body: &impl Message,
        asked: Asked,
    ) -> Result<Done, Problem> {
        let meta = meta(call, method, asked.request_id, body);
        let (sealing, parcels) = self.seal(asked.dispute_id, asked.words)?;
        let act = Act {
            dispute_id: asked.dispute_id,
            scope: scope(call)?,
            unit: Id::parse(&call.caller.unit_id).ok(),
            revision: asked.revision,
            min_registry: asked.min_registry,
            action: asked.action,
            sealing,
        };
        let positions = if act.action.needs_teams() {
            self.whereabouts.around(&self.ledger, &[act.dispute_id]).await
        } else {
            Positions::new()
        };
        let order = Order { command: Command::Act(act), parcels, positions };
        let outcome =
            self.ledger.submit(order, meta).await.map_err(|error| error.into_problem(DOMAIN))?;
        self.render(call, outcome).await
    }

    /// Why nobody could be asked by a call; none when somebody was. What is stored for repetitions has ids only, so it is the
    /// log that tells.
    pub(super) async fn searched(&self, done: &Done) -> Result<Option<Search>, Problem> {
        // A repetition is answered as the first was, whoever was asked since.
        if done.dispute.offer.is_some() && !done.replayed {
            return Ok(None);
        }
        let subject = subject(done.answer.dispute_id());
        let newest = self.ledger.newest(&subject, done.position + 1, EVENTS_OF_A_CALL).await;
        let newest = newest.map_err(|error| error.into_problem(DOMAIN))?;
        let found = newest.iter().find_map(|record| {
            let happening = happenings::recognise(&record.header.r#type, &record.payload)?;
            let Happening::Dispute(event) = happening else { return None };
            if let Fact::NoTeamFound(search) = event.fact {
                return Some(Some(search));
            }
            matches!(event.fact, Fact::TeamOffered(_)).then_some(None)
        });
        Ok(found.flatten())
    }

    /// Seals words for a dispute: here, on the caller's task, and not in the committer.
    pub(super) fn seal(
        &self,
        dispute_id: Uuid,
        words: Option<Plaintext>,
    ) -> Result<(Option<Sealing>, Vec<Sealed>), Problem> {
        let Some(words) = words else { return Ok((None, Vec::new())) };
        let sealed = self.sealer.seal(&subject(dispute_id), &words.bytes);
        let id = Uuid::parse_str(&sealed.sealed_id).map_err(|_| Problem::internal(DOMAIN))?;
        Ok((Some(Sealing { id, kind: words.kind, digest: sealed.digest }), vec![sealed]))
    }

    async fn render(&self, call: &Call, outcome: Outcome<Dispatch>) -> Result<Done, Problem> {
        let id = outcome.answer.dispute_id();
        let key = dispute_key(id);
        let touched = outcome.touched.iter().find(|(touched, _)| *touched == key);
        let (answer, position, replayed) = (outcome.answer, outcome.position, outcome.replayed);
        let dispute = match touched {
            Some((_, state)) => self.show_state(state).await?,
            // A repeated request is answered without being decided: the caller may have another area by now.
            None => self.visible(call, id).await?,
        };
        Ok(Done { answer, dispute, position, replayed })
    }

    async fn show_state(&self, state: &State) -> Result<pb::Dispute, Problem> {
        let dispute = dispute(state).ok_or_else(|| Problem::internal(DOMAIN))?;
        let names = self.names([dispute]).await?;
        let newest = self.ledger.authority().rules.by_newest_calendar(dispute);
        Ok(resource::dispute(&newest, self.ledger.now(), &names))
    }

    pub(super) async fn state(&self, id: Uuid) -> Result<Arc<State>, Problem> {
        let found = self.ledger.read(&dispute_key(id)).await;
        let found = found.map_err(|error| error.into_problem(DOMAIN))?;
        found.ok_or_else(|| Rejection::DisputeNotFound.into())
    }

    /// A dispute that the caller sees.
    pub(super) async fn visible(&self, call: &Call, id: Uuid) -> Result<pb::Dispute, Problem> {
        let state = self.state(id).await?;
        if dispute(&state).is_some_and(|dispute| call.caller.sees(dispute.grid.as_str())) {
            return self.show_state(&state).await;
        }
        Err(Rejection::DisputeNotFound.into())
    }

    /// Names of the teams and organisations that disputes name, as dispatch knows them now.
    pub(super) async fn names(
        &self,
        disputes: impl IntoIterator<Item = &Dispute>,
    ) -> Result<Names, Problem> {
        let named = disputes.into_iter().filter_map(|dispute| named(&dispute.stage));
        self.names_under(named.collect()).await
    }

    /// Names of the teams, units and areas under keys, as far as dispatch knows them now.
    pub(super) async fn names_under(&self, keys: BTreeSet<Key>) -> Result<Names, Problem> {
        if keys.is_empty() {
            return Ok(Names::default());
        }
        let known = self.ledger.read_many(keys.into_iter().collect()).await;
        let mut names = Names::default();
        for state in known.map_err(|error| error.into_problem(DOMAIN))?.values() {
            if let State::Team(team) = &**state {
                names.teams.insert(team.id.clone(), team.name.clone());
            } else if let State::Unit(unit) = &**state {
                names.units.insert(unit.id.clone(), unit.name.clone());
            } else if let State::Area(area) = &**state
                && !area.name.is_empty()
            {
                names.areas.insert(area.code.as_str().to_owned(), area.name.clone());
            }
        }
        Ok(names)
    }
}

/// What is shown with its name: a team that is asked, or the organisation that mediates.
pub(super) fn named(stage: &Stage) -> Option<Key> {
    let team = stage.offer().map(|offer| team_key(&offer.team));
    team.or_else(|| stage.mediation().map(|mediation| unit_key(&mediation.organisation)))
}

/// The keys under which the names of a place are: of its area, and of the unit there.
pub(super) fn keys_of(place: &Place) -> impl Iterator<Item = Key> + use<> {
    std::iter::once(area_key(&place.area)).chain(place.unit.as_ref().map(unit_key))
}

/// The dispute within a state.
pub(crate) fn dispute(state: &State) -> Option<&Dispute> {
    if let State::Dispute(dispute) = state { Some(dispute) } else { None }
}

/// Area of the caller; one without an area sees nothing.
pub(super) fn scope(call: &Call) -> Result<AreaCode, Problem> {
    AreaCode::parse(&call.caller.area_code).map_err(|_| {
        let (en, zh) = ("the caller has no area", "调用方未设定辖区");
        Problem::new(tonic::Code::PermissionDenied, "AREA_NOT_YOURS", DOMAIN, en, zh)
    })
}

pub(super) fn meta(
    call: &Call,
    method: &'static str,
    id: Uuid,
    body: &impl Message,
) -> CommandMeta {
    let caller_id = call.caller.caller_id.clone();
    CommandMeta {
        request: Some(RequestId {
            caller_id: caller_id.clone(),
            method,
            id,
            fingerprint: kit::rpc::fingerprint(body),
        }),
        actor: Actor { caller_id, unit_id: call.caller.unit_id.clone() },
        traceparent: call.traceparent.clone(),
        deadline: call.deadline,
    }
}
