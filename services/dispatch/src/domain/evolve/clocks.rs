//! Which facts start, change and stop which clocks. Nothing else touches one.

use jiff::Timestamp;

use crate::domain::dispute::{Clock, ClockKind, Confirmation, Dispute, Raised, Stopped};
use crate::domain::event::Fact;

/// Turns the clocks of a dispute by a fact.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other facts move no clock")]
pub(super) fn turn(dispute: &mut Dispute, fact: &Fact, at: Timestamp) {
    match fact {
        Fact::Accepted { clock } => {
            stop(dispute, &[ClockKind::Accept], at, true);
            set(dispute, ClockKind::Handle, clock);
        }
        Fact::Rejected(_) => stop(dispute, &[ClockKind::Accept], at, true),
        Fact::Triaged(triaged) => set(dispute, ClockKind::Handle, &triaged.clock),
        Fact::TeamCalled { clock: Some(clock), .. } => set(dispute, ClockKind::Arrive, clock),
        Fact::TeamArrived { at, .. } => stop(dispute, &[ClockKind::Arrive], *at, true),
        Fact::DeadlineRecounted(recounted) => set(dispute, recounted.kind, &recounted.clock),
        Fact::ExtensionDecided(Some(clock))
        | Fact::LimitPaused { clock, .. }
        | Fact::LimitResumed { clock } => set(dispute, ClockKind::Handle, clock),
        Fact::OutcomeRecorded(concluded) => {
            stop(dispute, &[ClockKind::Arrive], at, false);
            stop(dispute, &[ClockKind::Handle], at, true);
            for (kind, clock) in &concluded.clocks {
                set(dispute, *kind, clock);
            }
        }
        Fact::FollowUpRecorded { clock, .. } => {
            let answered = dispute.visit_due(at);
            stop(dispute, answered.as_slice(), at, true);
            if let Some(clock) = clock {
                set(dispute, ClockKind::Verify, clock);
            }
        }
        Fact::ConfirmationRecorded(Confirmation::Applied) => {
            stop(dispute, &[ClockKind::Confirm], at, true);
        }
        Fact::Verified => {
            stop(dispute, &[ClockKind::FirstFollowUp, ClockKind::SecondFollowUp], at, false);
            stop(dispute, &[ClockKind::Verify], at, true);
        }
        Fact::Merged { .. } => {
            let every: Vec<ClockKind> = dispute.clocks.keys().copied().collect();
            stop(dispute, &every, at, false);
        }
        Fact::Redone { clock, .. } => {
            // What began with the outcome goes with it.
            dispute.clocks.retain(|kind, _| matches!(kind, ClockKind::Accept | ClockKind::Arrive));
            set(dispute, ClockKind::Handle, clock);
        }
        Fact::DeferralEnded { next_raise_at } | Fact::ReviewDue { next_raise_at, .. } => {
            if let Some(clock) = dispute.clocks.get_mut(&ClockKind::Handle) {
                let raised = clock.raised;
                clock.raised = raised.map(|raised| Raised { next_at: *next_raise_at, ..raised });
            }
        }
        Fact::CardShown { clock, card, raised, .. } => {
            if let Some(clock) = dispute.clocks.get_mut(clock) {
                clock.after_card(*card, *raised);
            }
        }
        _ => {}
    }
}

fn set(dispute: &mut Dispute, kind: ClockKind, clock: &Clock) {
    dispute.clocks.insert(kind, clock.clone());
}

fn stop(dispute: &mut Dispute, kinds: &[ClockKind], at: Timestamp, done: bool) {
    for kind in kinds {
        if let Some(clock) = dispute.clocks.get_mut(kind).filter(|clock| clock.is_running()) {
            clock.stopped = Some(Stopped { at, done });
        }
    }
}
