//! The catalogue: what is shipped, edits, laws, releases, and which limit holds.

mod finding;
mod laws;
mod random;
mod shipped;

use super::*;
use crate::domain::book::Book as _;
use crate::domain::catalogue::{
    Approval, Authority, Begin, ByLaw, Catalogue, Edit, Hardness, LimitRule, Matter, Question,
    Revision, RuleKey, Scheme, Stage, Step, Subject, TypeCode, TypeUse, Wish, faults, find,
    matter_of, no_longer,
};
use crate::domain::code::Level;
use crate::domain::rejection::What;

fn revise(wish: Wish) -> Act {
    Act::ReviseCatalogue(Box::new(Revision { area: area("3703"), wish }))
}

fn code(text: &str) -> TypeCode {
    TypeCode::parse(text).unwrap()
}

fn key(text: &str) -> RuleKey {
    RuleKey::parse(text).unwrap()
}

fn matter(name: &str) -> Matter {
    Matter {
        code: slug(name),
        class: None,
        name_zh: "样例事项".to_owned(),
        name_en: String::new(),
        types: Vec::new(),
        handler_kinds: Vec::new(),
        handler_units: Vec::new(),
        temporary: false,
        period: Period::since(TODAY),
        approval: None,
    }
}

fn rule(name: &str, limit: &str) -> LimitRule {
    LimitRule {
        key: key(name),
        matter: slug("dispute"),
        step: Step::Handle,
        tier: None,
        level: None,
        limit: limit.parse().unwrap(),
        yellow_before: None,
        red_after: None,
        extension_max: None,
        authority: Authority::LocalSd,
        source: "样例规定".to_owned(),
        period: Period::since(TODAY),
        by_law: None,
    }
}

fn put_matter(matter: Matter) -> Act {
    revise(Wish::Put(Edit { matters: vec![(matter, Begin::Said)], ..Edit::default() }))
}

fn put_rule(rule: LimitRule) -> Act {
    revise(Wish::Put(Edit { limits: vec![(rule, Begin::Said)], ..Edit::default() }))
}

fn approve_all(world: &World) -> Act {
    let known = Catalogue::drafted(world.book.draft());
    let codes = known.matters.iter().map(|matter| matter.code.clone()).collect();
    let approval =
        Approval { approver: slug("city-office"), document: slug("ZB-2026-1"), on: TODAY };
    revise(Wish::Approve { codes, approval })
}

fn released() -> World {
    let world = World::new();
    let approve = approve_all(&world);
    world.after(approve, TODAY).after(revise(Wish::Release), TODAY)
}

/// Reasons and entries of a refusal.
fn wrong(refused: Result<Vec<Event>, Rejection>) -> Vec<(String, &'static str)> {
    match refused {
        Err(Rejection::CatalogueUnsound { faults }) => {
            faults.into_iter().map(|fault| (fault.entry, fault.reason)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_edit_carries_the_proposal_and_a_later_one_only_itself() {
    let world = World::new();
    let told = world.when(put_matter(matter("snow"))).unwrap();
    let [Event::CatalogueEdited { entries, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(entries.len(), Catalogue::shipped().len() + 1);
    let world = world.after(put_matter(matter("snow")), TODAY);
    assert_eq!(world.when(put_matter(matter("snow"))), Ok(Vec::new()));
    let told = world.when(put_rule(rule("dispute.own", "5d"))).unwrap();
    let [Event::CatalogueEdited { entries, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!((entries.len(), entries.limits[0].key.as_str()), (1, "dispute.own"));
}

#[test]
fn only_the_citys_node_changes_the_catalogue_and_only_for_who_sees_all_of_it() {
    let of = |code: &str| {
        Act::ReviseCatalogue(Box::new(Revision { area: area(code), wish: Wish::Release }))
    };
    let not_owned = Err(Rejection::CatalogueNotOwned { area: area("370306") });
    assert_eq!(World::new().when(of("370306")), not_owned);
    let unseen = World::new().seen_from("370306").when(of("3703"));
    assert_eq!(unseen, Err(Rejection::not_found(What::Area, "3703")));
    assert_eq!(wrong(World::new().seen_from("37").when(of("3703"))).len(), 8);
    let stale = released().ask(of("3703"), None, Some(7));
    assert_eq!(stale, Err(Rejection::EtagStale { id: "draft".to_owned(), revision: 2 }));
}

#[test]
fn a_release_is_whole_and_a_second_one_of_the_same_is_none() {
    let world = released();
    let release = world.book.release(1).unwrap();
    assert_eq!((release.version, release.catalogue.len()), (1, Catalogue::shipped().len()));
    let nothing = Err(Rejection::NothingToRelease { version: 1 });
    assert_eq!(world.when(revise(Wish::Release)), nothing);
    let world = world.after(put_rule(rule("dispute.own", "5d")), TODAY);
    let approve = approve_all(&world);
    let world = world.after(approve, TODAY);
    assert_eq!(world.book.release(1).unwrap().catalogue.len(), Catalogue::shipped().len());
    let told = world.when(revise(Wish::Release)).unwrap();
    let [Event::CatalogueReleased { version: 2, catalogue, .. }] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(catalogue.len(), Catalogue::shipped().len() + 1);
}

#[test]
fn a_change_takes_the_approval_away_but_an_end_does_not() {
    let world = released();
    let known =
        world.book.draft().unwrap().catalogue.matter(&slug("safety-hazards")).unwrap().clone();
    let renamed = Matter { name_zh: "安全巡查".to_owned(), ..known.clone() };
    let world = world.after(put_matter(renamed), TODAY);
    assert_eq!(
        wrong(world.when(revise(Wish::Release))),
        [("matter/safety-hazards".to_owned(), "APPROVAL_MISSING")]
    );
    let ended = Matter { period: Period { to: Some(date(2026, 3, 1)), ..known.period }, ..known };
    let world = released().after(put_matter(ended), TODAY);
    assert_eq!(world.when(revise(Wish::Release)).unwrap().len(), 1);
}

#[test]
fn a_limit_that_changes_takes_the_approval_of_its_matter_away() {
    let world = released();
    let missing = ("matter/dispute".to_owned(), "APPROVAL_MISSING");
    let told = world.when(put_rule(rule("dispute.own", "5d"))).unwrap();
    let [Event::CatalogueEdited { entries, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!((entries.matters.len(), entries.limits.len()), (1, 1), "both are told of");
    let changed = world.clone().after(put_rule(rule("dispute.own", "5d")), TODAY);
    assert_eq!(wrong(changed.when(revise(Wish::Release))), std::slice::from_ref(&missing));
    let approve = approve_all(&changed);
    let changed = changed.after(approve, TODAY);
    // The same once more is no change.
    assert_eq!(changed.when(put_rule(rule("dispute.own", "5d"))), Ok(Vec::new()));
    assert!(changed.when(revise(Wish::Release)).is_ok());
    // One that passes to another matter is a change of both, and all of them are told at once.
    let passed = LimitRule { matter: slug("safety-hazards"), ..rule("dispute.own", "5d") };
    let changed = changed.after(put_rule(passed), TODAY);
    let other = ("matter/safety-hazards".to_owned(), "APPROVAL_MISSING");
    assert_eq!(wrong(changed.when(revise(Wish::Release))), [missing, other]);
    // Counts of a table are those of its rows.
    let ids = world.ask(put_rule(rule("dispute.own", "5d")), None, None).unwrap().ids;
    assert_eq!(ids, ["1", "0", "0"]);
}

#[test]
fn a_temporary_matter_needs_an_end_and_a_longer_one_another_approval() {
    let snow = Matter { temporary: true, ..matter("snow") };
    let world = released().after(put_matter(snow.clone()), TODAY);
    let entry = "matter/snow".to_owned();
    let both = [(entry.clone(), "APPROVAL_MISSING"), (entry.clone(), "END_MISSING")];
    assert_eq!(wrong(world.when(revise(Wish::Release))), both);
    let until = |month| Matter {
        period: Period { to: Some(date(2026, month, 1)), ..snow.period },
        ..snow.clone()
    };
    let world = world.after(put_matter(until(4)), TODAY);
    let approve = approve_all(&world);
    let world = world.after(approve, TODAY);
    assert!(world.when(revise(Wish::Release)).is_ok());
    assert!(world.clone().after(put_matter(until(3)), TODAY).when(revise(Wish::Release)).is_ok());
    let longer = world.after(put_matter(until(5)), TODAY);
    assert_eq!(wrong(longer.when(revise(Wish::Release))), [(entry, "APPROVAL_MISSING")]);
}

#[test]
fn a_matter_that_never_began_is_left_out_and_another_one_ends() {
    let retire = |name: &str| revise(Wish::Retire { code: slug(name) });
    let later = Matter { period: Period::since(date(2026, 6, 1)), ..matter("snow") };
    let of_it = LimitRule { matter: slug("snow"), ..rule("snow.handle", "1d") };
    let world = released().after(put_matter(later), TODAY).after(put_rule(of_it), TODAY);
    let world = world.after(retire("snow"), TODAY);
    let nothing = Err(Rejection::NothingToRelease { version: 1 });
    assert_eq!(world.when(revise(Wish::Release)), nothing);
    let world = world.after(retire("public-services"), date(2026, 5, 1));
    let told = world.when(revise(Wish::Release)).unwrap();
    let [Event::CatalogueReleased { catalogue, .. }] = &told[..] else { panic!("{told:?}") };
    let ended = catalogue.matter(&slug("public-services")).unwrap();
    assert_eq!(ended.period.to, Some(date(2026, 5, 1)));
    assert!(catalogue.matter(&slug("snow")).is_none());
    let again = Err(Rejection::AlreadyEnded { id: "public-services".to_owned() });
    assert_eq!(world.when_on(retire("public-services"), date(2026, 5, 1)), again);
    assert_eq!(world.when(retire("none")), Err(Rejection::not_found(What::Matter, "none")));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let bad = Matter {
        class: Some(slug("dispute")),
        types: vec![code("02"), code("1401"), code("0298")],
        handler_units: vec![slug("nobody")],
        ..matter("zzz")
    };
    let mut wrong_rule = rule("zzz.handle", "3d");
    wrong_rule.matter = slug("none");
    wrong_rule.period.to = Some(TODAY);
    let edit = Edit {
        matters: vec![(bad, Begin::Said)],
        limits: vec![(wrong_rule, Begin::Said)],
        mappings: vec![(Scheme::Zz24, code("01"), code("M01"))],
    };
    let mut found = wrong(released().when(revise(Wish::Put(edit))));
    found.sort();
    let about = |entry: &str, reason| (entry.to_owned(), reason);
    let expected = [
        about("limit_rule/zzz.handle", "MATTER_UNKNOWN"),
        about("limit_rule/zzz.handle", "PERIOD_EMPTY"),
        about("matter/zzz", "CLASS_NESTED"),
        about("matter/zzz", "TYPE_COVERED_TWICE"),
        about("matter/zzz", "TYPE_UNKNOWN"),
        about("matter/zzz", "TYPE_UNKNOWN"),
        about("matter/zzz", "UNIT_UNKNOWN"),
        about("type/zz24/01", "TYPE_UNKNOWN"),
    ];
    assert_eq!(found, expected);
}
