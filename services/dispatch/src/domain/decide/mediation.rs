//! Consent, mediation, outcome, follow-up, closing.

use super::{Context, MOST_FOLLOW_UPS, Named, Ruling};
use crate::domain::dispute::{
    Consent, Dispute, MediationKind, Outcome, PartyConsent, Performance, Stage, merge_consents,
};
use crate::domain::event::{Event, Fact};
use crate::domain::rejection::Rejection;

/// Outcomes that are possible without mediation.
const NOT_MEDIATED: &[&str] = &["REFERRED", "WITHDRAWN"];
/// Outcomes without a mediation, because a party is on record as refusing it.
const NOT_WANTED: &[&str] = &["REFUSED", "REFERRED", "WITHDRAWN"];
/// Outcomes of a mediation that every party wants.
const MEDIATED: &[&str] = &["AGREED_WRITTEN", "AGREED_ORAL", "FAILED", "REFERRED", "WITHDRAWN"];
/// Outcomes of a mediation that a party made stop: 人民调解法 art. 23.
const STOPPED: &[&str] = &["FAILED", "REFUSED", "REFERRED", "WITHDRAWN"];

/// Records what a party says.
pub(super) fn consent(dispute: &Dispute, consent: PartyConsent) -> Result<Fact, Rejection> {
    debug_assert!(matches!(dispute.stage, Stage::Arrived { .. } | Stage::Mediating { .. }));
    known_party(dispute, &[consent], "consent.party")?;
    Ok(Fact::ConsentRecorded(consent))
}

fn known_party(
    dispute: &Dispute,
    said: &[PartyConsent],
    field: &'static str,
) -> Result<(), Rejection> {
    match said.iter().find(|word| word.party > dispute.parties) {
        Some(word) => {
            Err(Rejection::NoSuchParty { party: word.party, parties: dispute.parties, field })
        }
        None => Ok(()),
    }
}

/// Begins mediation, if every party wants it. A clear refusal of one is enough to have none: 人民调解法 art. 17. That
/// it was said stays on record although there is no mediation.
pub(super) fn start(
    context: &Context<'_>,
    dispute: &Dispute,
    organisation: &Named<'_>,
    kind: MediationKind,
    said: &[PartyConsent],
) -> Result<Ruling, Rejection> {
    let Stage::Arrived { scene, consents: known } = &dispute.stage else {
        super::contradiction(&dispute.stage)
    };
    known_party(dispute, said, "consents")?;
    let consents = merge_consents(known, said);
    if let Some(refusal) = consents.iter().find(|known| known.consent == Consent::Refused) {
        let news = said.iter().filter(|word| !known.contains(word));
        let events =
            news.map(|word| Event::of(dispute, Fact::ConsentRecorded(*word), None)).collect();
        let answer = Err(Rejection::PartyRefused { party: refusal.party });
        return Ok(Ruling { events, counter: None, answer });
    }
    let spoke = |party: &u32| consents.iter().any(|known| known.party == *party);
    let missing: Vec<u32> = (1..=dispute.parties).filter(|party| !spoke(party)).collect();
    if !missing.is_empty() {
        return Err(Rejection::ConsentMissing { missing });
    }
    let today = calendar::business_date(context.now);
    let unit = organisation.unit.filter(|unit| unit.until.is_none_or(|until| today < until));
    let Some(unit) = unit else {
        return Err(if context.registry_caught_up {
            Rejection::OrganisationNotFound { organisation: organisation.id.clone() }
        } else {
            Rejection::RegistryNotCaughtUp
        });
    };
    let (organisation, team) = (unit.id.clone(), scene.team.clone());
    let started = Fact::MediationStarted { kind, organisation, consents, team };
    Ok(Ruling::done(dispute, vec![Event::of(dispute, started, None)]))
}

/// Records how the dispute ended.
pub(super) fn conclude(dispute: &Dispute, outcome: Outcome) -> Result<Fact, Rejection> {
    let possible = match &dispute.stage {
        Stage::Accepted { .. } | Stage::Triaged(_) | Stage::Called(_) | Stage::UnderWay(_) => {
            NOT_MEDIATED
        }
        Stage::Arrived { consents, .. } if refused(consents) => NOT_WANTED,
        Stage::Arrived { .. } => NOT_MEDIATED,
        Stage::Mediating { mediation, .. } if refused(&mediation.consents) => STOPPED,
        Stage::Mediating { .. } => MEDIATED,
        Stage::Reported | Stage::Rejected { .. } | Stage::Concluded(_) | Stage::Closed { .. } => {
            super::contradiction(&dispute.stage)
        }
    };
    if !possible.contains(&outcome.name()) {
        return Err(Rejection::OutcomeNotPossible { state: dispute.stage.name(), possible });
    }
    Ok(Fact::OutcomeRecorded { outcome, team: dispute.stage.engaged_team().cloned() })
}

fn refused(consents: &[PartyConsent]) -> bool {
    consents.iter().any(|known| known.consent == Consent::Refused)
}

/// Records a look at the case after its outcome.
pub(super) fn follow_up(
    dispute: &Dispute,
    performance: Performance,
    relapsed: bool,
) -> Result<Fact, Rejection> {
    let Stage::Concluded(conclusion) = &dispute.stage else { super::contradiction(&dispute.stage) };
    if conclusion.follow_ups.len() >= MOST_FOLLOW_UPS {
        return Err(Rejection::TooMany { what: "follow-ups" });
    }
    Ok(Fact::FollowUpRecorded { performance, relapsed })
}

/// Closes the case. The organisation that mediated is to see that an agreement is kept (人民调解法 art. 31), so there
/// has to be a follow-up. What ended without one has nothing to be kept and may be closed as it is.
pub(super) fn close(dispute: &Dispute) -> Result<Fact, Rejection> {
    let Stage::Concluded(conclusion) = &dispute.stage else { super::contradiction(&dispute.stage) };
    if conclusion.outcome.is_agreement() && conclusion.follow_ups.is_empty() {
        return Err(Rejection::FollowUpMissing);
    }
    Ok(Fact::Closed)
}
