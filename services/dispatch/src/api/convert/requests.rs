//! Requests that change something.

pub(crate) mod oversight;

use kit::Problem;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::details::{self, Plaintext};
use super::enums;
use super::form::{Form, NOTE};
use crate::domain::codes::{GridCode, Id, SourceNumber};
use crate::domain::command::{Action, Concluding, Triaging};
use crate::domain::decide::MOST_PARTIES;
use crate::domain::dispute::{Channel, Outcome, PartyConsent, Scale, Source};
use crate::domain::dispute_types::{NotTaken, TypeCode, intake};
use crate::domain::pin::PinHash;
use crate::domain::rejection::Rejection;
use crate::domain::sealed::SealedKind;

/// Most persons involved.
pub(crate) const MOST_PEOPLE: u32 = 1_000_000;

/// A request to do something with a dispute.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Names the request.
    pub(crate) request_id: Uuid,
    /// The dispute.
    pub(crate) dispute_id: Uuid,
    /// Revision that the caller has seen.
    pub(crate) revision: Option<u32>,
    /// Position of registry's log that the decision has to know of.
    pub(crate) min_registry: u64,
    /// What to do.
    pub(crate) action: Action,
    /// Words to it, to be sealed.
    pub(crate) words: Option<Plaintext>,
}

/// A request to record a dispute.
#[derive(Debug)]
pub(crate) struct ReportAsked {
    /// Names the request.
    pub(crate) request_id: Uuid,
    pub(crate) grid: GridCode,
    pub(crate) kind: TypeCode,
    pub(crate) scale: Scale,
    pub(crate) people: u32,
    pub(crate) parties: u32,
    pub(crate) channel: Channel,
    pub(crate) source: Option<Source>,
    pub(crate) reported_at: Option<jiff::Timestamp>,
    pub(crate) danger: bool,
    pub(crate) protective: bool,
    pub(crate) reporter_reachable: bool,
    pub(crate) min_registry: u64,
    /// Party details, to be sealed.
    pub(crate) details: Option<Plaintext>,
}

/// Reads a report. Types that are routed out are refused here, before anything of the report is sealed or kept.
pub(crate) fn report(body: &pb::ReportDisputeRequest) -> Result<ReportAsked, Problem> {
    let mut form = Form::default();
    let request_id = form.uuid("request_id", &body.request_id);
    let grid = form.grid("grid_code", &body.grid_code);
    let scale = form.choice("scale", body.scale, enums::scale_from);
    let channel = form.choice("channel", body.channel, enums::channel_from);
    let reported_at = form.time("report_time", body.report_time.as_ref());
    let source = source(&mut form, body.source.as_ref());
    if body.people > MOST_PEOPLE {
        let (en, zh) = ("at most 1000000 is wanted", "不得超过1000000");
        form.wrong("people", "OUT_OF_RANGE", en, zh);
    }
    let details = details::seal_later(&mut form, body.details.as_ref());
    let (kind, routed_out) = kind(&mut form, &body.type_code);
    let parties = parties(&mut form, body);
    if let Some(refusal) = routed_out {
        form.finish(Some(()))?;
        return Err(refusal.into());
    }
    let read = || {
        Some(ReportAsked {
            request_id: request_id?,
            grid: grid?,
            kind: kind?,
            scale: scale?,
            people: body.people,
            parties: parties?,
            channel: channel?,
            source: source?,
            reported_at: reported_at?,
            danger: body.danger_to_life,
            protective: body.protective,
            reporter_reachable: details::has_reporter(body.details.as_ref()),
            min_registry: body.min_registry_position,
            details: details?,
        })
    };
    form.finish(read())
}

/// Parties of the case: as many as are told, else as many as there are details of; a dispute has two at least.
fn parties(form: &mut Form, body: &pb::ReportDisputeRequest) -> Option<u32> {
    let detailed = body.details.as_ref().map_or(0, |details| details.parties.len());
    let detailed = u32::try_from(detailed).unwrap_or(u32::MAX).max(2);
    if body.party_count == 0 || (detailed..=MOST_PARTIES).contains(&body.party_count) {
        return Some(body.party_count.max(detailed));
    }
    let en = "2 to 20 are wanted, and not fewer than there are details of";
    form.wrong("party_count", "OUT_OF_RANGE", en, "须为2至20,且不少于详情中的当事人数");
    None
}

fn kind(form: &mut Form, code: &str) -> (Option<TypeCode>, Option<Rejection>) {
    if form.required("type_code", code).is_none() {
        return (None, None);
    }
    match intake(code) {
        Ok(kind) => (Some(kind), None),
        Err(NotTaken::RoutedOut(found)) => (None, Some(Rejection::TypeRoutedOut(found))),
        Err(NotTaken::Unknown) => {
            let (en, zh) =
                ("no such type in scheme zz17; see ListDisputeTypes", "zz17 分类中没有该代码");
            form.wrong("type_code", "UNKNOWN_VALUE", en, zh);
            (None, None)
        }
    }
}

fn source(form: &mut Form, source: Option<&pb::Source>) -> Option<Option<Source>> {
    let Some(source) = source else { return Some(None) };
    let system = form.id("source.system", &source.system);
    form.required("source.number", &source.number)?;
    if form.personal("source.number", &source.number) {
        return None;
    }
    let number = SourceNumber::parse(&source.number).ok();
    let en = "at most 64 letters, digits and \"._-/:\" are wanted";
    let number = form.or_wrong(number, "source.number", en, "须为不超过64位的字母、数字或“._-/:”");
    Some(Some(Source { system: system?, number: number? }))
}

/// What every request about one dispute begins with.
pub(crate) struct Head<'a>(pub(crate) &'a str, pub(crate) &'a str, pub(crate) &'a str);

pub(crate) fn asked(
    mut form: Form,
    Head(request_id, dispute_id, etag): Head<'_>,
    action: Option<Action>,
    words: Option<(SealedKind, &str)>,
) -> Result<Asked, Problem> {
    let request_id = form.uuid("request_id", request_id);
    let dispute_id = form.uuid("dispute_id", dispute_id);
    let revision = form.etag(etag);
    let words = words.filter(|(_, text)| !text.is_empty());
    let fits = words.is_none_or(|(_, text)| form.words("note", text, NOTE).is_some());
    let read = || {
        Some(Asked {
            request_id: request_id?,
            dispute_id: dispute_id?,
            revision: revision?,
            min_registry: 0,
            action: action?,
            words: words.map(|(kind, text)| Plaintext::words(kind, text)),
        })
        .filter(|_| fits)
    };
    form.finish(read())
}

pub(crate) fn accept(body: &pb::AcceptDisputeRequest) -> Result<Asked, Problem> {
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    asked(Form::default(), head, Some(Action::Accept), None)
}

pub(crate) fn reject(body: &pb::RejectDisputeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let action = form.choice("reason", body.reason, enums::reject_from).map(Action::Reject);
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    asked(form, head, action, Some((SealedKind::Rejection, &body.note)))
}

pub(crate) fn triage(body: &pb::TriageDisputeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let level = form.choice("level", body.level, enums::level_from);
    let kind = match body.type_code.as_str() {
        "" => Some(None),
        code => match kind(&mut form, code) {
            (_, Some(refusal)) => {
                form.finish(Some(()))?;
                return Err(refusal.into());
            }
            (kind, None) => kind.map(Some),
        },
    };
    let (protective, danger) = (body.protective, body.danger_to_life);
    let action = level
        .zip(kind)
        .map(|(level, kind)| Action::Triage(Triaging { level, kind, protective, danger }));
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    asked(form, head, action, Some((SealedKind::Triage, &body.note)))
}

pub(crate) fn call_team(body: &pb::CallTeamRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let wanted = match body.team_id.as_str() {
        "" => Some(None),
        team => form.id("team_id", team).map(Some),
    };
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    let asked = asked(form, head, wanted.map(Action::CallTeam), None)?;
    Ok(Asked { min_registry: body.min_registry_position, ..asked })
}

pub(crate) fn accept_offer(body: &pb::AcceptOfferRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let action = form.id("team_id", &body.team_id).map(Action::AcceptOffer);
    asked(form, Head(&body.request_id, &body.dispute_id, &body.etag), action, None)
}

pub(crate) fn decline_offer(body: &pb::DeclineOfferRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let team = form.id("team_id", &body.team_id);
    let reason = form.choice("reason", body.reason, enums::decline_from);
    let action = team.zip(reason).map(|(team, reason)| Action::DeclineOffer(team, reason));
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    asked(form, head, action, Some((SealedKind::Decline, &body.note)))
}

pub(crate) fn arrival(body: &pb::RecordArrivalRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let team = form.id("team_id", &body.team_id);
    let at = form.time("arrival_time", body.arrival_time.as_ref());
    let action = team.zip(at).map(|(team, at)| Action::RecordArrival(team, at));
    asked(form, Head(&body.request_id, &body.dispute_id, &body.etag), action, None)
}

pub(crate) fn consent(body: &pb::RecordConsentRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let action = match &body.consent {
        Some(word) => party(&mut form, "consent", word).map(Action::RecordConsent),
        None => {
            form.wrong("consent", "REQUIRED", "a value is required", "必填");
            None
        }
    };
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    asked(form, head, action, Some((SealedKind::Consent, &body.note)))
}

pub(crate) fn mediation(body: &pb::StartMediationRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let kind = form.choice("kind", body.kind, enums::mediation_from);
    let organisation = form.id("organisation_id", &body.organisation_id);
    let consents = consents(&mut form, &body.consents);
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    let asked = asked(form, head, start(kind, organisation, consents), None)?;
    Ok(Asked { min_registry: body.min_registry_position, ..asked })
}

fn start(
    kind: Option<crate::domain::dispute::MediationKind>,
    organisation: Option<Id>,
    consents: Option<Vec<PartyConsent>>,
) -> Option<Action> {
    Some(Action::StartMediation { kind: kind?, organisation: organisation?, consents: consents? })
}

fn consents(form: &mut Form, words: &[pb::PartyConsent]) -> Option<Vec<PartyConsent>> {
    if words.len() > MOST_PARTIES as usize {
        form.wrong("consents", "TOO_MANY", "at most 20 are wanted", "不得超过20项");
        return None;
    }
    let mut read: Vec<PartyConsent> = Vec::with_capacity(words.len());
    let mut whole = true;
    for (index, word) in words.iter().enumerate() {
        let field = format!("consents[{index}]");
        match party(form, &field, word) {
            Some(word) if read.iter().any(|known| known.party == word.party) => {
                let (en, zh) = ("the party stands there twice", "当事人重复");
                form.wrong(&format!("{field}.party"), "DUPLICATE", en, zh);
                whole = false;
            }
            Some(word) => read.push(word),
            None => whole = false,
        }
    }
    whole.then_some(read)
}

fn party(form: &mut Form, field: &str, word: &pb::PartyConsent) -> Option<PartyConsent> {
    let consent = form.choice(&format!("{field}.consent"), word.consent, enums::consent_from);
    if !(1..=MOST_PARTIES).contains(&word.party) {
        form.wrong(&format!("{field}.party"), "OUT_OF_RANGE", "1 to 20 is wanted", "须为1至20");
        return None;
    }
    Some(PartyConsent { party: word.party, consent: consent? })
}

pub(crate) fn outcome(body: &pb::RecordOutcomeRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let known = form.choice("kind", body.kind, |kind| pb::OutcomeKind::try_from(kind).ok());
    if let Some(kind) = known {
        let agreed = matches!(kind, pb::OutcomeKind::AgreedWritten | pb::OutcomeKind::AgreedOral);
        if body.partial && !agreed {
            let (en, zh) = ("only an agreement can be partial", "仅达成协议时可为部分");
            form.wrong("partial", "NOT_APPLICABLE", en, zh);
        }
        if kind == pb::OutcomeKind::Referred {
            form.choice("referral", body.referral, enums::referral_from);
        } else if body.referral != 0 {
            let (en, zh) = ("only with kind REFERRED", "仅在移送时填写");
            form.wrong("referral", "NOT_APPLICABLE", en, zh);
        }
    }
    let outcome = enums::outcome_from(body.kind, body.partial, body.referral);
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    let agreed = outcome.is_some_and(Outcome::is_agreement);
    for (field, is_empty) in [
        ("performance_dates", body.performance_dates.is_empty()),
        ("agreement_date", body.agreement_date.is_empty()),
    ] {
        if !is_empty && !agreed {
            let (en, zh) = ("only with an agreement", "仅达成协议时填写");
            form.wrong(field, "NOT_APPLICABLE", en, zh);
        }
    }
    if outcome == Some(Outcome::Merged) {
        let (en, zh) = ("a duplicate is merged by MergeDispute", "重复件请用合并操作");
        form.wrong("kind", "NOT_APPLICABLE", en, zh);
    }
    let days = oversight::days(&mut form, "performance_dates", &body.performance_dates);
    let agreed_on = match body.agreement_date.as_str() {
        "" => Some(None),
        day => oversight::date(&mut form, "agreement_date", day).map(Some),
    };
    let said = || {
        let (outcome, performance_on, agreed_on) = (outcome?, days?, agreed_on?);
        Some(Concluding { outcome, performance_on, agreed_on })
    };
    let action = said().map(Action::RecordOutcome);
    asked(form, head, action, Some((SealedKind::Outcome, &body.note)))
}

pub(crate) fn follow_up(body: &pb::RecordFollowUpRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let performance = form.choice("performance", body.performance, enums::performance_from);
    let relapsed = body.relapsed;
    let action = performance.map(|performance| Action::RecordFollowUp { performance, relapsed });
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    asked(form, head, action, Some((SealedKind::FollowUp, &body.note)))
}

pub(crate) fn close(body: &pb::CloseDisputeRequest) -> Result<Asked, Problem> {
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    asked(Form::default(), head, Some(Action::Close), Some((SealedKind::Closing, &body.note)))
}

pub(crate) fn note(body: &pb::AddNoteRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let action = form.required("note", &body.note).map(|()| Action::AddNote);
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    asked(form, head, action, Some((SealedKind::Note, &body.note)))
}

pub(crate) fn open(body: &pb::OpenDetailsRequest, may_see: bool) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let purpose = form.choice("purpose", body.purpose, enums::purpose_from);
    let action = purpose.map(|purpose| Action::OpenDetails { purpose, may_see });
    asked(form, Head(&body.request_id, &body.dispute_id, &body.etag), action, None)
}

/// A request for a new PIN; what it is, is put in its place afterwards.
pub(crate) fn about_pin(body: &pb::ReissuePinRequest) -> Result<Asked, Problem> {
    let head = Head(&body.request_id, &body.dispute_id, &body.etag);
    asked(Form::default(), head, Some(Action::ReissuePin(PinHash(String::new()))), None)
}

pub(crate) fn erase(body: &pb::EraseDetailsRequest) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let action = form.choice("reason", body.reason, enums::erase_from).map(Action::EraseDetails);
    asked(form, Head(&body.request_id, &body.dispute_id, &body.etag), action, None)
}
