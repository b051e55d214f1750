//! What can be done with a dispute, as people type it behind `yiwang dispute`.

/// Rpcs and the commands that ask for them.
const ACTIONS: &[(&str, &str)] = &[
    ("AcceptDispute", "accept"),
    ("RejectDispute", "reject"),
    ("TriageDispute", "triage"),
    ("CallTeam", "call"),
    ("AcceptOffer", "accept-offer"),
    ("DeclineOffer", "decline"),
    ("RecordArrival", "arrive"),
    ("RecordConsent", "consent"),
    ("StartMediation", "mediate"),
    ("RecordOutcome", "outcome"),
    ("RecordFollowUp", "follow-up"),
    ("CloseDispute", "close"),
    ("RecordConfirmation", "confirm"),
    ("RecordReferralResult", "referral-result"),
    ("VerifyDispute", "verify"),
    ("RedoDispute", "redo"),
    ("MergeDispute", "merge"),
    ("EscalateDispute", "escalate"),
    ("DelegateDispute", "delegate"),
    ("ReturnDispute", "return"),
    ("RemindDispute", "remind"),
    ("SuperviseDispute", "supervise"),
    ("LiftSupervision", "lift-supervision"),
    ("RequestExtension", "extend"),
    ("DecideExtension", "decide-extension"),
    ("PauseDispute", "pause"),
    ("ResumeDispute", "resume"),
    ("DeferDispute", "defer"),
    ("EndDeferral", "end-deferral"),
    ("AddNote", "note"),
    ("OpenDetails", "open"),
    ("EraseDetails", "erase"),
    ("AttachFile", "attach"),
    ("ReadFile", "download"),
    ("DetachFile", "detach"),
    ("ReissuePin", "reissue-pin"),
];

/// Returns the command for an rpc of dispatch; the rpc itself where this program has none.
#[must_use]
pub fn action(rpc: &str) -> &str {
    ACTIONS.iter().find(|(name, _)| *name == rpc).map_or(rpc, |(_, command)| *command)
}

#[cfg(test)]
mod tests {
    use dispatch::domain::dispute::table::STATES;

    use super::*;
    use crate::command::definition;

    #[test]
    fn whatever_a_state_allows_can_be_typed() {
        let definition = definition();
        let dispute = definition.find_subcommand("dispute").unwrap();
        for (rpc, command) in ACTIONS {
            assert!(dispute.find_subcommand(command).is_some(), "{rpc}: {command}");
        }
        for verb in STATES.iter().flat_map(|state| state.allowed()) {
            assert_ne!(action(verb.name()), verb.name(), "{verb:?} has no command");
        }
        assert_eq!(action("WhateverComes"), "WhateverComes");
    }
}
