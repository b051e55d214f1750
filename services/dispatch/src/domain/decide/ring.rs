//! What happens by time alone: one thing at a time, the earliest first.

use calendar::Card;

use super::{Around, Context, notices, oversight, team};
use crate::domain::codes::AreaCode;
use crate::domain::dispute::{Alarm, Clock, ClockKind, Dispute, Raised, Turn};
use crate::domain::event::{Event, Fact};

/// Digits of a city: nothing is raised above it.
const CITY: usize = 4;

/// Does what is due next in a dispute by time alone. Nothing is due, or it was done before: nothing happens; so repeats,
/// restarts and replicas may all try. What is due and cannot be done now waits for the next time, and what is due after it
/// is done all the same.
pub fn ring(context: &Context<'_>, dispute: &Dispute, around: &Around<'_>) -> Vec<Event> {
    if dispute.home != context.node {
        return Vec::new();
    }
    let mut due: Vec<_> = dispute.alarms().filter(|(at, _)| *at <= context.now).collect();
    due.sort_by_key(|(at, _)| *at);
    let mut events = due.into_iter().map(|(_, alarm)| done(context, dispute, around, alarm));
    notices::told(dispute, events.find(|events| !events.is_empty()).unwrap_or_default())
}

/// What one alarm leads to; nothing when it cannot be done now.
fn done(context: &Context<'_>, dispute: &Dispute, around: &Around<'_>, alarm: Alarm) -> Vec<Event> {
    let fact = match alarm {
        Alarm::Clock(kind, turn) => card(context, dispute, kind, turn),
        Alarm::NoAnswer | Alarm::TeamVanished => return team::pass_over(context, dispute, around),
        Alarm::Review => dispute.deferral.map(|deferral| Fact::ReviewDue {
            day: deferral.review_on,
            next_raise_at: oversight::next_raise_at(context, dispute),
        }),
        // Without an end that can be counted the limit stands still, until there is a calendar by which it can.
        Alarm::PauseOver => oversight::resume(context, dispute).ok(),
    };
    fact.map(|fact| Event::of(dispute, fact, None)).into_iter().collect()
}

/// A clock says what it has to say. One that is red by now says so at once, without having been yellow.
fn card(context: &Context<'_>, dispute: &Dispute, kind: ClockKind, turn: Turn) -> Option<Fact> {
    let clock = dispute.clock(kind)?;
    let ends = clock.ends?;
    let is_red = context.now >= ends.turns_red_at();
    let (card, raised) = match turn {
        Turn::Yellow if !is_red => (Card::Yellow, None),
        Turn::Yellow | Turn::Red => (Card::Red, raised(context, kind, dispute.holder().place.area)),
        Turn::Raise => {
            // The case may have gone up meanwhile: its holder needs not be told by itself.
            let (told, holder) = (clock.raised?.to, dispute.holder().place.area);
            let from = if holder.covers(&told) { holder } else { told };
            (Card::Red, raised(context, kind, from))
        }
    };
    Some(Fact::CardShown { clock: kind, card, due_at: ends.due_at, raised })
}

/// The tier above `from`, and when the next one is told: only what a tier is answerable for goes up. Of the follow-ups
/// the last one does, after which nothing else would be told.
fn raised(context: &Context<'_>, kind: ClockKind, from: AreaCode) -> Option<Raised> {
    let goes_up = match kind {
        ClockKind::Accept | ClockKind::Handle | ClockKind::Verify | ClockKind::SecondFollowUp => {
            true
        }
        ClockKind::Arrive | ClockKind::FirstFollowUp | ClockKind::Confirm => false,
    };
    let above = |area: AreaCode| area.parent().filter(|area| area.as_str().len() >= CITY);
    let to = above(from).filter(|_| goes_up)?;
    let next_at = above(to).and_then(|_| context.rules.raised_after(context.now));
    Some(Raised { to, next_at })
}

impl Clock {
    /// The clock after it showed a card.
    pub(in crate::domain) fn after_card(&mut self, card: Card, raised: Option<Raised>) {
        self.shown = card;
        if card == Card::Red {
            // Also none: then there is nobody left to be told.
            self.raised = raised.or(self.raised.map(|raised| Raised { next_at: None, ..raised }));
        }
    }
}
