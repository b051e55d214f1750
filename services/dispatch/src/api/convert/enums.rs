//! Enums of the domain and of the wire, both ways. What the wire does not name is `None`.

use calendar::Card;
use yiwang_proto::dispatch::v1 as pb;

use crate::domain::dispute::{
    Channel, ClockKind, Confirmation, Consent, DeclineReason, DeferralReason, ExtensionReason,
    FileKind, Level, MediationKind, Move, MoveReason, Outcome, PauseKind, Performance, RedoReason,
    Referral, ReferralResult, RejectReason, Satisfaction, Scale, State, SupervisionKind,
};
use crate::domain::event::{Recipient, Template};
use crate::domain::notice::Undeliverable;
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
    Petition = Petition, Department = Department, UpperTier = UpperTier, SecretaryPhone = SecretaryPhone,
    Court = Court, OwnMotion = OwnMotion,
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
    PublicSecurity = PublicSecurity,
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
    Outcome = Outcome, FollowUp = FollowUp, Closing = Closing, Triage = Triage, Move = Move,
    Oversight = Oversight, Verification = Verification, Caption = Caption,
    Party = Party,
});
both_ways!(satisfaction_to, satisfaction_from, Satisfaction, pb::Satisfaction {
    Satisfied = Satisfied, Basically = Basically, Dissatisfied = Dissatisfied,
});
both_ways!(purpose_to, purpose_from, Purpose, pb::Purpose {
    HandleCase = HandleCase, Mediate = Mediate, FollowUp = FollowUp, Supervise = Supervise,
    PartyRequest = PartyRequest, LegalDuty = LegalDuty, Notify = Notify,
});
both_ways!(file_kind_to, file_kind_from, FileKind, pb::FileKind {
    Photo = Photo, Scan = Scan, Document = Document,
});
both_ways!(erase_to, erase_from, EraseReason, pb::EraseReason {
    RetentionOver = RetentionOver, PartyRequest = PartyRequest, RecordedInError = RecordedInError,
    Ordered = Ordered,
});
both_ways!(refusal_to, refusal_from, OpenRefusal, pb::details_refused::Reason {
    RoleMissing = RoleMissing, AreaNotYours = AreaNotYours,
});

both_ways!(clock_to, clock_from, ClockKind, pb::ClockKind {
    Accept = Accept, Arrive = Arrive, Handle = Handle, FirstFollowUp = FirstFollowUp,
    SecondFollowUp = SecondFollowUp, Verify = Verify, Confirm = Confirm,
});
both_ways!(card_to, card_from, Card, pb::Card { Green = Green, Yellow = Yellow, Red = Red });
both_ways!(move_to, move_from, Move, pb::step::Move {
    Received = Received, Escalated = Escalated, Delegated = Delegated, Designated = Designated,
    Returned = Returned,
});
both_ways!(move_reason_to, move_reason_from, MoveReason, pb::MoveReason {
    NotCompetent = NotCompetent, BeyondThisTier = BeyondThisTier, NeedsDepartments = NeedsDepartments,
    ConflictOfInterest = ConflictOfInterest, NearerToParties = NearerToParties, Incomplete = Incomplete,
    CompetenceDecided = CompetenceDecided,
});
both_ways!(pause_to, pause_from, PauseKind, pb::PauseKind {
    Hearing = Hearing, AwaitingParty = AwaitingParty, ThreeWay = ThreeWay,
});
both_ways!(supervision_to, supervision_from, SupervisionKind, pb::SupervisionKind {
    Yellow = Yellow, Red = Red, Listed = Listed,
});
both_ways!(extension_to, extension_from, ExtensionReason, pb::ExtensionReason {
    Complex = Complex, ExpertOpinion = ExpertOpinion, PartiesAsk = PartiesAsk,
    NeedsDepartments = NeedsDepartments, ForceMajeure = ForceMajeure,
});
both_ways!(deferral_to, deferral_from, DeferralReason, pb::DeferralReason {
    NoPolicy = NoPolicy, NoMeans = NoMeans, OtherProcedure = OtherProcedure, LongStanding = LongStanding,
});
both_ways!(confirmation_to, confirmation_from, Confirmation, pb::Confirmation {
    Applied = Applied, Confirmed = Confirmed, Rejected = Rejected,
});
both_ways!(result_to, result_from, ReferralResult, pb::ReferralResult {
    Accepted = Accepted, NotAccepted = NotAccepted, Settled = Settled, Decided = Decided,
});
both_ways!(redo_to, redo_from, RedoReason, pb::RedoReason {
    NegativeFollowUp = NegativeFollowUp, VerificationDisagrees = VerificationDisagrees,
    PartyAsks = PartyAsks, TriedAgain = TriedAgain,
});
both_ways!(undeliverable_to, undeliverable_from, Undeliverable, pb::UndeliverableReason {
    NoContact = NoContact, RefusedByGateway = RefusedByGateway, GaveUp = GaveUp, Erased = Erased,
});
both_ways!(recipient_to, recipient_from, Recipient, pb::notice_due::Recipient {
    Reporter = Reporter, Parties = Parties, Holder = Holder, UpperTier = UpperTier, Team = Team,
});

/// Writes the two functions between a domain enum and the names that the wire has for it.
macro_rules! named {
    ($to:ident, $from:ident, $domain:ty { $($ours:ident = $name:literal),+ $(,)? }) => {
        pub(crate) fn $to(value: $domain) -> &'static str {
            match value { $(<$domain>::$ours => $name),+ }
        }

        pub(crate) fn $from(name: &str) -> Option<$domain> {
            match name { $($name => Some(<$domain>::$ours),)+ _ => None }
        }
    };
}

named!(template_to, template_from, Template {
    Accepted = "ACCEPTED", Rejected = "REJECTED", Offer = "OFFER", NoTeam = "NO_TEAM",
    HandedOver = "HANDED_OVER", Reminder = "REMINDER", Supervised = "SUPERVISED",
    ExtensionRequested = "EXTENSION_REQUESTED", ExtensionDecided = "EXTENSION_DECIDED",
    Yellow = "YELLOW", Red = "RED", Review = "REVIEW", Outcome = "OUTCOME", Merged = "MERGED",
    Redone = "REDONE", Closed = "CLOSED", Dissatisfied = "DISSATISFIED",
});

/// A state; none is ever sent.
pub(crate) fn state_to(state: State) -> i32 {
    let wire = match state {
        State::Reported => pb::dispute::State::Reported,
        State::Rejected => pb::dispute::State::Rejected,
        State::Accepted => pb::dispute::State::Accepted,
        State::Triaged => pb::dispute::State::Triaged,
        State::Offered => pb::dispute::State::Offered,
        State::Called => pb::dispute::State::Called,
        State::UnderWay => pb::dispute::State::UnderWay,
        State::Arrived => pb::dispute::State::Arrived,
        State::Mediating => pb::dispute::State::Mediating,
        State::Concluded => pb::dispute::State::Concluded,
        State::Verified => pb::dispute::State::Verified,
        State::Closed => pb::dispute::State::Closed,
    };
    wire as i32
}

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
        Outcome::NotMediable => (pb::OutcomeKind::NotMediable, false, none),
        Outcome::Merged => (pb::OutcomeKind::MergedDuplicate, false, none),
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
        pb::OutcomeKind::NotMediable => Some(Outcome::NotMediable),
        pb::OutcomeKind::MergedDuplicate => Some(Outcome::Merged),
    }
}
