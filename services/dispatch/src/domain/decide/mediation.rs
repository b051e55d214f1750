//! Consent, mediation, outcome, follow-up, closing.

use super::{Context, MOST_FOLLOW_UPS, MOST_PARTIES, Named};
use crate::domain::dispute::{
    Consent, Dispute, MediationKind, Outcome, PartyConsent, Performance, Stage, merge_consents,
};
use crate::domain::event::Fact;
use crate::domain::rejection::Rejection;

/// Outcomes that are possible before a team is there.
const BEFORE_ARRIVAL: &[&str] = &["REFERRED", "WITHDRAWN"];
/// Outcomes without a mediation.
const WITHOUT_MEDIATION: &[&str] = &["REFUSED", "REFERRED", "WITHDRAWN"];
/// Outcomes of a mediation that every party wants.
const MEDIATED: &[&str] =
    &["AGREED_WRITTEN", "AGREED_ORAL", "FAILED", "REFUSED", "REFERRED", "WITHDRAWN"];
/// Outcomes of a mediation that a party made stop: 人民调解法 art. 23.
const STOPPED: &[&str] = &["FAILED", "REFUSED", "REFERRED", "WITHDRAWN"];

/// Records what a party says.
pub(super) fn consent(dispute: &Dispute, consent: PartyConsent) -> Result<Fact, Rejection> {
    debug_assert!(matches!(dispute.stage, Stage::Arrived { .. } | Stage::Mediating { .. }));
    if consent.party > MOST_PARTIES {
        return Err(Rejection::TooMany { what: "parties" });
    }
    Ok(Fact::ConsentRecorded(consent))
}

/// Begins mediation, if every party wants it. A clear refusal of one is enough to have none: 人民调解法 art. 17.
pub(super) fn start(
    context: &Context<'_>,
    dispute: &Dispute,
    organisation: &Named<'_>,
    kind: MediationKind,
    said: &[PartyConsent],
) -> Result<Fact, Rejection> {
    let Stage::Arrived { consents, .. } = &dispute.stage else {
        super::contradiction(&dispute.stage)
    };
    let consents = merge_consents(consents, said);
    if let Some(refusal) = consents.iter().find(|known| known.consent == Consent::Refused) {
        return Err(Rejection::PartyRefused { party: refusal.party });
    }
    let spoke = |party: &u32| consents.iter().any(|known| known.party == *party);
    let missing: Vec<u32> = (1..=dispute.parties.max(2)).filter(|party| !spoke(party)).collect();
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
    Ok(Fact::MediationStarted {
        kind,
        organisation: unit.id.clone(),
        organisation_name: unit.name.clone(),
        consents,
    })
}

/// Records how the dispute ended.
pub(super) fn conclude(dispute: &Dispute, outcome: Outcome) -> Result<Fact, Rejection> {
    let possible = match &dispute.stage {
        Stage::Accepted { .. } | Stage::Triaged(_) | Stage::Called(_) | Stage::UnderWay(_) => {
            BEFORE_ARRIVAL
        }
        Stage::Arrived { .. } => WITHOUT_MEDIATION,
        Stage::Mediating { mediation, .. } => {
            if mediation.consents.iter().any(|known| known.consent == Consent::Refused) {
                STOPPED
            } else {
                MEDIATED
            }
        }
        Stage::Reported | Stage::Rejected { .. } | Stage::Concluded(_) | Stage::Closed { .. } => {
            super::contradiction(&dispute.stage)
        }
    };
    if !possible.contains(&outcome.name()) {
        return Err(Rejection::OutcomeNotPossible { state: dispute.stage.name(), possible });
    }
    Ok(Fact::OutcomeRecorded { outcome, team: dispute.stage.engaged_team().cloned() })
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
/// has to be a follow-up.
pub(super) fn close(dispute: &Dispute) -> Result<Fact, Rejection> {
    let Stage::Concluded(conclusion) = &dispute.stage else { super::contradiction(&dispute.stage) };
    if conclusion.outcome.is_agreement() && conclusion.follow_ups.is_empty() {
        return Err(Rejection::FollowUpMissing);
    }
    Ok(Fact::Closed)
}
