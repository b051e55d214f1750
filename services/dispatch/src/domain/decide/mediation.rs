//! Consent and mediation.

use super::{Around, Context, Ruling};
use crate::domain::codes::Id;
use crate::domain::dispute::{
    Consent, Dispute, MediationKind, PartyConsent, Stage, merge_consents,
};
use crate::domain::event::{Event, Fact};
use crate::domain::places::FileCounter;
use crate::domain::rejection::Rejection;

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
    around: &Around<'_>,
    (kind, organisation): (MediationKind, &Id),
    said: &[PartyConsent],
) -> Result<Ruling, Rejection> {
    let Stage::Arrived { scene, consents: known } = &dispute.stage else {
        super::contradiction(dispute)
    };
    known_party(dispute, said, "consents")?;
    let consents = merge_consents(known, said);
    if let Some(refusal) = consents.iter().find(|known| known.consent == Consent::Refused) {
        let news = said.iter().filter(|word| !known.contains(word));
        let events =
            news.map(|word| Event::of(dispute, Fact::ConsentRecorded(*word), None)).collect();
        let answer = Err(Rejection::PartyRefused { party: refusal.party });
        return Ok(Ruling::new(events, answer));
    }
    let spoke = |party: &u32| consents.iter().any(|known| known.party == *party);
    let missing: Vec<u32> = (1..=dispute.parties).filter(|party| !spoke(party)).collect();
    if !missing.is_empty() {
        return Err(Rejection::ConsentMissing { missing });
    }
    let today = calendar::business_date(context.now);
    let Some(unit) = around.unit.filter(|unit| unit.exists_on(today)) else {
        return Err(if context.registry_caught_up {
            Rejection::OrganisationNotFound { organisation: organisation.clone() }
        } else {
            Rejection::RegistryNotCaughtUp
        });
    };
    if !unit.kind.mediates(kind) {
        let organisation = organisation.clone();
        return Err(Rejection::NotThisMediation { organisation, unit: unit.kind });
    }
    let (organisation, team) = (unit.id.clone(), scene.team.clone());
    let none = FileCounter::default();
    let (file, files) = around.files.unwrap_or(&none).give(today.year(), kind.file_word());
    let started =
        Fact::MediationStarted { kind, organisation: organisation.clone(), file, consents, team };
    let ruling = Ruling::done(dispute, vec![Event::of(dispute, started, None)]);
    Ok(Ruling { files: Some((organisation, files)), ..ruling })
}
