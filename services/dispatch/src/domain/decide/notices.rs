//! Who has to be told what: one table from facts to notices. No notice carries a contact; who tells opens it with a
//! purpose.

use calendar::Card;

use super::Ruling;
use crate::domain::dispute::{Dispute, Satisfaction};
use crate::domain::event::{Event, Fact, Notice, Recipient, Template};

/// A ruling with the notices that its facts call for; nobody is told of what was refused.
pub(super) fn with(dispute: &Dispute, ruling: Ruling) -> Ruling {
    if ruling.answer.is_err() {
        return ruling;
    }
    Ruling { events: told(dispute, ruling.events), ..ruling }
}

/// Facts with the notices that they call for.
pub(super) fn told(dispute: &Dispute, mut events: Vec<Event>) -> Vec<Event> {
    let mut notices = Vec::new();
    for event in events.iter().filter(|event| event.dispute_id == dispute.id) {
        for (recipient, template, target) in called_for(&event.fact) {
            notices.push(Notice { recipient, template, target, retry_of: None });
            if recipient == Recipient::Reporter {
                // Who reported a duplicate is told what becomes of the case that goes on.
                let others = dispute.duplicates.iter();
                notices.extend(others.map(|duplicate| Notice {
                    recipient,
                    template,
                    target: duplicate.to_string(),
                    retry_of: None,
                }));
            }
        }
    }
    events.extend(
        notices.into_iter().map(|notice| Event::of(dispute, Fact::NoticeDue(notice), None)),
    );
    events
}

/// The table.
#[expect(clippy::wildcard_enum_match_arm, reason = "nobody is told of the other facts")]
fn called_for(fact: &Fact) -> Vec<(Recipient, Template, String)> {
    use Recipient::{Holder, Parties, Reporter, Team, UpperTier};
    let none = String::new;
    match fact {
        Fact::Accepted { .. } => vec![(Reporter, Template::Accepted, none())],
        Fact::Rejected(_) => vec![(Reporter, Template::Rejected, none())],
        Fact::TeamOffered(offered) => {
            vec![(Team, Template::Offer, offered.team.as_str().to_owned())]
        }
        Fact::NoTeamFound(_) => vec![(Holder, Template::NoTeam, none())],
        Fact::Moved(_) => vec![(Holder, Template::HandedOver, none())],
        Fact::Reminded { .. } => vec![(Holder, Template::Reminder, none())],
        Fact::SupervisionSet(_) => vec![(Holder, Template::Supervised, none())],
        Fact::ExtensionRequested(_) => vec![(UpperTier, Template::ExtensionRequested, none())],
        Fact::ExtensionDecided(_) => vec![(Holder, Template::ExtensionDecided, none())],
        Fact::CardShown { card: Card::Yellow, .. } => vec![(Holder, Template::Yellow, none())],
        Fact::CardShown { raised, .. } => {
            let above = raised.map(|raised| raised.to.as_str().to_owned());
            let above = above.map(|area| (UpperTier, Template::Red, area));
            [(Holder, Template::Red, none())].into_iter().chain(above).collect()
        }
        Fact::ReviewDue { .. } => vec![(Holder, Template::Review, none())],
        Fact::OutcomeRecorded(_) => vec![(Reporter, Template::Outcome, none())],
        Fact::Merged { .. } => vec![(Reporter, Template::Merged, none())],
        Fact::Redone { .. } => vec![(Holder, Template::Redone, none())],
        Fact::Rated(Satisfaction::Dissatisfied) => vec![(Holder, Template::Dissatisfied, none())],
        Fact::Closed => {
            vec![(Reporter, Template::Closed, none()), (Parties, Template::Closed, none())]
        }
        _ => Vec::new(),
    }
}
