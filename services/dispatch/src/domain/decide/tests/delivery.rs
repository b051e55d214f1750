//! Notices: who is meant, what became of them, what is tried again.

use super::*;
use crate::domain::command::{NoticeAct, NoticeWish};
use crate::domain::event::{Event, Recipient, Template};
use crate::domain::notice::{self, Delivery, Due, Meant, Undeliverable, Undelivered};
use crate::domain::sealed::OpenRefusal;

const POSITION: u64 = 42;

/// A case, one of its notices, and the row of that.
struct Noticed {
    case: Case,
    notice: Notice,
    row: Option<Undelivered>,
    /// Area of who asks.
    scope: &'static str,
}

impl Noticed {
    fn of(case: Case, recipient: Recipient) -> Self {
        let target = String::new();
        let notice = Notice { recipient, template: Template::Closed, target, retry_of: None };
        Noticed { case, notice, row: None, scope: "3703" }
    }

    fn due(&self) -> Due {
        Due { position: POSITION, notice: self.notice.clone() }
    }

    fn decide(&self, wish: NoticeWish) -> Result<Ruling, Rejection> {
        let dispute = &self.case.dispute;
        let (due, scope) = (self.due(), area(self.scope));
        let act = NoticeAct { dispute_id: dispute.id, scope, due, wish };
        let told = Told { dispute: Some(dispute), of: Some(dispute), row: self.row.as_ref() };
        super::super::notice(&self.case.context(), told, &act)
    }

    /// Carries it out; returns the facts.
    fn ask(&mut self, wish: NoticeWish) -> Result<Vec<Fact>, Rejection> {
        let ruling = self.decide(wish)?;
        for event in &ruling.events {
            if notice::changed(&event.fact) == Some(POSITION) {
                self.row = notice::evolve(self.row.as_ref(), event, self.case.now);
            }
        }
        let before = self.case.dispute.clone();
        let facts = ruling.events.iter().map(|event| event.fact.clone()).collect();
        let after = ruling.events.into_iter().fold(before.clone(), |dispute, event: Event| {
            evolve::evolve(dispute, &event, self.case.now)
        });
        assert_eq!(after, before, "a notice changes nothing of its case");
        ruling.answer.map(|_| facts)
    }

    fn listed(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.listed)
    }
}

fn open() -> NoticeWish {
    NoticeWish::Open { may_open: true }
}

fn report(delivery: Delivery) -> NoticeWish {
    NoticeWish::Report { delivery, attempts: 3 }
}

const FAILED: Delivery = Delivery::Undeliverable(Undeliverable::GaveUp);
const DONE: Delivery = Delivery::Delivered { unreached: 0 };

/// The reporter of a case by channel, whether they left a telephone, by source, and by what is still sealed.
#[test]
fn who_reported_is_told_where_they_can_be_reached() {
    let pieces = vec![Uuid::from_u128(7)];
    let nobody = |why| Meant::Nobody(why);
    let receiver = Meant::Place(Case::triaged().dispute.first_receiver.clone());
    let (desk, resident) = (Channel::GridWorker, Channel::Resident);
    for (channel, reachable, sourced, erased, wanted) in [
        (desk, false, false, false, receiver.clone()),
        (desk, false, false, true, receiver),
        (desk, true, false, false, Meant::People(pieces.clone())),
        (desk, true, false, true, nobody(Undeliverable::Erased)),
        (desk, false, true, false, Meant::Source(source())),
        (desk, true, true, false, Meant::People(pieces.clone())),
        (desk, true, true, true, Meant::Source(source())),
        (resident, false, false, false, nobody(Undeliverable::NoContact)),
        (resident, false, true, false, Meant::Source(source())),
        (resident, true, false, false, Meant::People(pieces)),
    ] {
        let mut noticed = Noticed::of(Case::triaged(), Recipient::Reporter);
        let dispute = &mut noticed.case.dispute;
        dispute.channel = channel;
        dispute.reporter_reachable = reachable;
        dispute.source = sourced.then(source);
        if erased {
            dispute.sealed.clear();
            dispute.erased_at = Some(start());
        }
        let meant = notice::meant(&noticed.notice, dispute, dispute);
        assert_eq!(meant, wanted, "{channel:?} {reachable} {sourced} {erased}");
    }
}

#[test]
fn places_and_teams_are_told_without_opening_anything() {
    let holder = Case::triaged().dispute.holder().place.clone();
    let above = Place { area: holder.area.parent().unwrap(), unit: None };
    let named = Place { area: area("3703"), unit: None };
    for (recipient, target, wanted) in [
        (Recipient::Holder, "", Meant::Place(holder)),
        (Recipient::UpperTier, "", Meant::Place(above)),
        (Recipient::UpperTier, "3703", Meant::Place(named)),
        (Recipient::Team, "near", Meant::Team(id("near"))),
        (Recipient::Team, "", Meant::Nobody(Undeliverable::NoContact)),
    ] {
        let mut noticed = Noticed::of(Case::triaged(), recipient);
        target.clone_into(&mut noticed.notice.target);
        let dispute = &noticed.case.dispute;
        assert_eq!(notice::meant(&noticed.notice, dispute, dispute), wanted, "{recipient:?}");
        assert_eq!(noticed.ask(open()), Ok(vec![]), "{recipient:?}");
    }
}

#[test]
fn an_offer_is_told_as_long_as_it_waits_for_an_answer() {
    for (case, team, wanted) in [
        (Case::called(), "near", Meant::Team(id("near"))),
        (Case::called(), "far", Meant::Nobody(Undeliverable::GaveUp)),
        (Case::under_way(), "near", Meant::Nobody(Undeliverable::GaveUp)),
    ] {
        let mut noticed = Noticed::of(case, Recipient::Team);
        noticed.notice.template = Template::Offer;
        team.clone_into(&mut noticed.notice.target);
        let dispute = &noticed.case.dispute;
        assert_eq!(notice::meant(&noticed.notice, dispute, dispute), wanted, "{team}");
        assert_eq!(noticed.ask(open()), Ok(vec![]), "{team}");
    }
}

#[test]
fn an_offer_that_was_given_up_is_on_record_and_not_listed() {
    let mut noticed = Noticed::of(Case::under_way(), Recipient::Team);
    noticed.notice.template = Template::Offer;
    assert_eq!(noticed.ask(report(FAILED)).unwrap().len(), 1);
    assert!(!noticed.listed());
    assert_eq!(noticed.ask(report(FAILED)), Ok(vec![]), "it is said once");
    let refused = Rejection::NoticeNotListed { position: POSITION };
    assert_eq!(noticed.ask(NoticeWish::Retry), Err(refused));
    // What a gateway refuses may be put right.
    let mut noticed = Noticed::of(Case::called(), Recipient::Team);
    noticed.notice.template = Template::Offer;
    noticed.ask(report(Delivery::Undeliverable(Undeliverable::RefusedByGateway))).unwrap();
    assert!(noticed.listed());
}

#[test]
fn above_a_unit_is_the_centre_of_its_area() {
    let mut noticed = Noticed::of(Case::triaged(), Recipient::UpperTier);
    let place = &mut noticed.case.dispute.steps.last_mut().unwrap().place;
    place.unit = Some(id("u-1"));
    let wanted = Meant::Place(Place { area: place.area, unit: None });
    let dispute = &noticed.case.dispute;
    assert_eq!(notice::meant(&noticed.notice, dispute, dispute), wanted);
}

#[test]
fn an_opening_of_people_is_a_fact_and_so_is_its_refusal() {
    let sealed = vec![Uuid::from_u128(7)];
    let purpose = Purpose::Notify;
    let refused = |reason| vec![Fact::DetailsRefused { purpose, reason }];
    let mut noticed = Noticed::of(Case::triaged(), Recipient::Parties);
    assert_eq!(noticed.ask(open()), Ok(vec![Fact::DetailsOpened { purpose, sealed }]));

    let ruling = noticed.decide(NoticeWish::Open { may_open: false }).unwrap();
    let facts: Vec<_> = ruling.events.into_iter().map(|event| event.fact).collect();
    assert_eq!(facts, refused(OpenRefusal::RoleMissing));
    assert_eq!(ruling.answer, Err(Rejection::ContactNotYours));

    noticed.scope = "370303";
    let ruling = noticed.decide(open()).unwrap();
    let facts: Vec<_> = ruling.events.into_iter().map(|event| event.fact).collect();
    assert_eq!(facts, refused(OpenRefusal::AreaNotYours));
    assert_eq!(ruling.answer, Err(Rejection::NoticeNotFound));
}

#[test]
fn a_refusal_where_nothing_is_sealed_is_no_fact() {
    let mut noticed = Noticed::of(Case::triaged(), Recipient::Holder);
    let blind = NoticeWish::Open { may_open: false };
    assert_eq!(noticed.ask(blind), Err(Rejection::ContactNotYours));
    noticed.scope = "370303";
    for wish in [open(), report(DONE), NoticeWish::Retry] {
        assert_eq!(noticed.ask(wish), Err(Rejection::NoticeNotFound));
    }
}

#[test]
fn what_could_not_be_delivered_is_listed_until_it_is_retried() {
    let mut noticed = Noticed::of(Case::triaged(), Recipient::Holder);
    let not_listed = Rejection::NoticeNotListed { position: POSITION };
    assert_eq!(noticed.ask(NoticeWish::Retry), Err(not_listed.clone()));
    let failed = Fact::NoticeUndeliverable {
        due: noticed.due(),
        reason: Undeliverable::GaveUp,
        attempts: 3,
    };
    assert_eq!(noticed.ask(report(FAILED)), Ok(vec![failed]));
    assert!(noticed.listed());
    assert_eq!(noticed.ask(report(FAILED)), Ok(vec![]), "it is said once");
    let again = Notice { retry_of: Some(POSITION), ..noticed.notice.clone() };
    assert_eq!(noticed.ask(NoticeWish::Retry), Ok(vec![Fact::NoticeDue(again)]));
    assert!(!noticed.listed());
    assert_eq!(noticed.ask(NoticeWish::Retry), Err(not_listed));
    assert_eq!(noticed.ask(report(FAILED)), Ok(vec![]), "the new notice has a place of its own");
}

#[test]
fn what_is_delivered_after_all_is_no_longer_listed() {
    let mut noticed = Noticed::of(Case::triaged(), Recipient::Holder);
    noticed.ask(report(FAILED)).unwrap();
    let delivered = Fact::NoticeDelivered { due: noticed.due(), attempts: 3, unreached: 0 };
    assert_eq!(noticed.ask(report(DONE)), Ok(vec![delivered]));
    assert!(!noticed.listed());
    let mut fresh = Noticed::of(Case::triaged(), Recipient::Holder);
    fresh.ask(report(DONE)).unwrap();
    assert_eq!(fresh.row, None, "what was delivered has no row");
}

#[test]
fn a_notice_that_repeats_another_is_retried_by_its_own_position() {
    let mut noticed = Noticed::of(Case::triaged(), Recipient::Holder);
    noticed.notice.retry_of = Some(7);
    noticed.ask(report(FAILED)).unwrap();
    let facts = noticed.ask(NoticeWish::Retry).unwrap();
    let Fact::NoticeDue(again) = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(again.retry_of, Some(POSITION));
}

#[test]
fn only_the_home_of_a_case_tells_of_it() {
    let mut noticed = Noticed::of(Case::triaged(), Recipient::Parties);
    noticed.case.dispute.home = "elsewhere".to_owned();
    for wish in [open(), report(DONE), report(FAILED), NoticeWish::Retry] {
        let refused = Rejection::NotHome { home: "elsewhere".to_owned() };
        assert_eq!(noticed.ask(wish), Err(refused));
    }
}

#[test]
fn who_reported_a_duplicate_is_another_case() {
    let notice = |recipient, target: &str| Notice {
        recipient,
        template: Template::Closed,
        target: target.to_owned(),
        retry_of: None,
    };
    let (own, duplicate) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let of = |recipient, target: &str| notice::case_of(own, &notice(recipient, target));
    assert_eq!(of(Recipient::Reporter, &duplicate.to_string()), duplicate);
    assert_eq!(of(Recipient::Reporter, ""), own);
    assert_eq!(of(Recipient::Parties, &duplicate.to_string()), own);
}
