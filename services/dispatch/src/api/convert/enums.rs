//! Enums of the domain and of the wire, both ways. What the wire does not name is `None`.

use yiwang_proto::dispatch::v1 as pb;

use crate::domain::dispute::{
    Channel, Consent, DeclineReason, Level, MediationKind, Outcome, Performance, Referral,
    RejectReason, Scale,
};
use crate::domain::sealed::{EraseReason, OpenRefusal, Purpose, SealedKind};

/// Writes the two functions between a domain enum and its wire enum, whose zero is `Unspecified`.
macro_rules! both_ways {
    ($to:ident, $from:ident, $domain:ty, $wire:ty { $($ours:ident = $theirs:ident),+ $(,)? }) => {
        pub(crate) fn $to(value: $domain) -> i32 {
            let wire = match value { $(<$domain>::$ours => <$wire>::$theirs),+ };
            wire as i32
        }

        pub(crate) fn $from(value: i32) -> Option<$domain> {
            match <$wire>::try_from(value).ok()? {
                <$wire>::Unspecified => None,
                $(<$wire>::$theirs => Some(<$domain>::$ours)),+
            }
        }
    };
}

both_ways!(scale_to, scale_from, Scale, pb::Scale {
    Individual = Individual, Group = Group, LargeGroup = LargeGroup,
});
both_ways!(channel_to, channel_from, Channel, pb::Channel {
    GridWorker = GridWorker, Resident = Resident, Hotline12345 = Hotline12345, Police110 = Police110,
    Petition = Petition, Department = Department, UpperTier = UpperTier,
});
both_ways!(level_to, level_from, Level, pb::Level {
    Simple = Simple, General = General, Complex = Complex,
});
both_ways!(reject_to, reject_from, RejectReason, pb::RejectReason {
    NotADispute = NotADispute, OtherBodyCompetent = OtherBodyCompetent, Duplicate = Duplicate,
    InLegalProcedure = InLegalProcedure, TakenBack = TakenBack, NotEnoughKnown = NotEnoughKnown,
    NotMediable = NotMediable,
});
both_ways!(decline_to, decline_from, DeclineReason, pb::DeclineReason {
    Busy = Busy, TooFar = TooFar, ShortOfMembers = ShortOfMembers, ConflictOfInterest = ConflictOfInterest,
    HeldUp = HeldUp,
});
both_ways!(mediation_to, mediation_from, MediationKind, pb::MediationKind {
    Peoples = Peoples, Administrative = Administrative, Judicial = Judicial, Joint = Joint,
});
both_ways!(consent_to, consent_from, Consent, pb::Consent { Given = Given, Refused = Refused });
both_ways!(referral_to, referral_from, Referral, pb::Referral {
    Arbitration = Arbitration, AdministrativeRuling = AdministrativeRuling,
    AdministrativeReview = AdministrativeReview, Court = Court, Police = Police, OtherBody = OtherBody,
});
both_ways!(performance_to, performance_from, Performance, pb::Performance {
    Performed = Performed, Partly = Partly, InDefault = InDefault, NotDue = NotDue, NotApplicable = NotApplicable,
});
both_ways!(sealed_to, sealed_from, SealedKind, pb::SealedKind {
    Details = Details, Note = Note, Rejection = Rejection, Decline = Decline, Consent = Consent,
    Outcome = Outcome, FollowUp = FollowUp, Closing = Closing, Triage = Triage,
});
both_ways!(purpose_to, purpose_from, Purpose, pb::Purpose {
    HandleCase = HandleCase, Mediate = Mediate, FollowUp = FollowUp, Supervise = Supervise,
    PartyRequest = PartyRequest, LegalDuty = LegalDuty,
});
both_ways!(erase_to, erase_from, EraseReason, pb::EraseReason {
    RetentionOver = RetentionOver, PartyRequest = PartyRequest, RecordedInError = RecordedInError,
    Ordered = Ordered,
});
both_ways!(refusal_to, refusal_from, OpenRefusal, pb::details_refused::Reason {
    RoleMissing = RoleMissing, AreaNotYours = AreaNotYours,
});

/// An outcome as kind, partial and referral.
pub(crate) fn outcome_to(outcome: Outcome) -> (pb::OutcomeKind, bool, i32) {
    let none = pb::Referral::Unspecified as i32;
    match outcome {
        Outcome::AgreedWritten { partial } => (pb::OutcomeKind::AgreedWritten, partial, none),
        Outcome::AgreedOrally { partial } => (pb::OutcomeKind::AgreedOral, partial, none),
        Outcome::Failed => (pb::OutcomeKind::Failed, false, none),
        Outcome::Refused => (pb::OutcomeKind::Refused, false, none),
        Outcome::Referred(referral) => (pb::OutcomeKind::Referred, false, referral_to(referral)),
        Outcome::Withdrawn => (pb::OutcomeKind::Withdrawn, false, none),
    }
}

/// An outcome of kind, partial and referral; `None` when the kind is unknown, or the referral is missing.
pub(crate) fn outcome_from(kind: i32, partial: bool, referral: i32) -> Option<Outcome> {
    match pb::OutcomeKind::try_from(kind).ok()? {
        pb::OutcomeKind::Unspecified => None,
        pb::OutcomeKind::AgreedWritten => Some(Outcome::AgreedWritten { partial }),
        pb::OutcomeKind::AgreedOral => Some(Outcome::AgreedOrally { partial }),
        pb::OutcomeKind::Failed => Some(Outcome::Failed),
        pb::OutcomeKind::Refused => Some(Outcome::Refused),
        pb::OutcomeKind::Referred => referral_from(referral).map(Outcome::Referred),
        pb::OutcomeKind::Withdrawn => Some(Outcome::Withdrawn),
    }
}
