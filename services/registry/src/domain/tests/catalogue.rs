//! The catalogue: what is shipped, edits, laws, releases, and which limit holds.

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
fn the_proposal_is_sound_and_lacks_only_approvals() {
    let shipped = Catalogue::shipped();
    assert_eq!((shipped.matters.len(), shipped.limits.len(), shipped.types.len()), (8, 11, 134));
    assert_eq!(faults(shipped, shipped, Stage::Draft), []);
    let missing = faults(shipped, shipped, Stage::Release);
    assert!(missing.iter().all(|fault| fault.reason == "APPROVAL_MISSING"), "{missing:?}");
    assert_eq!(missing.len(), 8);
    let centre = shipped.limit(&key("zz_centre.complex")).unwrap();
    assert_eq!(
        (centre.limit.to_string(), centre.authority),
        ("20d".to_owned(), Authority::LocalOther)
    );
    let window = shipped.limit(&key("mediation.judicial_confirm_window")).unwrap();
    let by_law = ByLaw { limit: "30d".parse().unwrap(), extension_max: None };
    assert_eq!((window.authority, window.by_law), (Authority::Law, Some(by_law)));
}

#[test]
fn every_type_is_counted_once_and_every_old_one_is_read() {
    let types = &Catalogue::shipped().types;
    let of = |scheme| types.iter().filter(move |one| one.scheme == scheme);
    let known = |scheme, code: &TypeCode| Catalogue::shipped().dispute_type(scheme, code);
    assert_eq!(
        (of(Scheme::Zz17).count(), of(Scheme::Mj15).count(), of(Scheme::Zz24).count()),
        (95, 15, 24)
    );
    for one in of(Scheme::Zz17) {
        assert!(known(Scheme::Mj15, &one.mapped).is_some(), "{one:?}");
    }
    for one in of(Scheme::Mj15).chain(of(Scheme::Zz24)) {
        assert!(known(Scheme::Zz17, &one.mapped).is_some(), "{one:?}");
    }
    // What a type of the form stands for is counted under it, and every type of the form is used.
    for one in of(Scheme::Mj15) {
        let stands_for = known(Scheme::Zz17, &one.mapped).unwrap();
        assert_eq!(stands_for.mapped, one.code);
    }
    let mapped = |text: &str| known(Scheme::Zz17, &code(text)).unwrap().mapped.to_string();
    for (kind, form) in [
        ("0203", "M02"),
        ("0402", "M14"),
        ("0502", "M12"),
        ("0799", "M10"),
        ("1401", "M15"),
        ("99", "M15"),
    ] {
        assert_eq!(mapped(kind), form, "{kind}");
    }
    for one in of(Scheme::Zz17).filter(|one| one.usage == TypeUse::RouteOut) {
        assert!(
            !one.body_zh.is_empty() && matter_of(Catalogue::shipped(), &one.code, TODAY).is_none()
        );
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
    assert_eq!(world.ask(revise(Wish::Release), None, None).unwrap().ids, ["1"]);
    assert_eq!(world.when(revise(Wish::Release)), Ok(Vec::new()));
    let world = world.after(put_rule(rule("dispute.own", "5d")), TODAY);
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
    assert_eq!(world.when(revise(Wish::Release)), Ok(Vec::new()));
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

#[test]
fn limits_of_other_places_give_way_and_those_of_laws_do_not() {
    let world = released();
    let shipped = |name: &str| Catalogue::shipped().limit(&key(name)).unwrap().clone();
    let mut centre = shipped("zz_centre.complex");
    (centre.limit, centre.authority) = ("60d".parse().unwrap(), Authority::LocalSd);
    assert_eq!(world.when(put_rule(centre)).unwrap().len(), 1);
    // The parties' right is neither shortened nor lengthened.
    let window = shipped("mediation.judicial_confirm_window");
    for limit in ["31d", "29d", "40wd"] {
        let other = LimitRule { limit: limit.parse().unwrap(), ..window.clone() };
        let entry = "limit_rule/mediation.judicial_confirm_window".to_owned();
        assert_eq!(wrong(world.when(put_rule(other))), [(entry, "LAW_LOOSENED")], "{limit}");
    }
    let disguised = LimitRule { authority: Authority::OwnDefault, ..window.clone() };
    assert_eq!(wrong(world.when(put_rule(disguised)))[0].1, "LAW_CHANGED");
    let ended = LimitRule {
        period: Period { to: Some(date(2027, 1, 1)), ..window.period },
        ..window.clone()
    };
    assert_eq!(wrong(world.when(put_rule(ended)))[0].1, "LAW_ENDED");
    let aside = LimitRule {
        key: key("aside"),
        tier: Some(Level::Town),
        authority: Authority::LocalSd,
        by_law: None,
        limit: "45d".parse().unwrap(),
        ..window
    };
    assert_eq!(
        wrong(world.when(put_rule(aside))),
        [("limit_rule/aside".to_owned(), "LAW_LOOSENED")]
    );
}

#[test]
fn a_limit_of_a_law_is_only_ever_shortened_once_it_holds() {
    let law = |limit: &str, extension: &str| LimitRule {
        authority: Authority::Law,
        extension_max: extension.parse().ok(),
        step: Step::Verify,
        level: Some(Hardness::Simple),
        ..rule("law.verify", limit)
    };
    // A slip of the pen can be mended as long as nothing was released.
    let world =
        released().after(put_rule(law("6d", "")), TODAY).after(put_rule(law("60d", "30d")), TODAY);
    let world = world.after(revise(Wish::Release), TODAY);
    for (limit, extension, good) in [
        ("60d", "30d", true),
        ("20d", "10d", true),
        ("1mo", "30d", true),
        ("40h", "1d", true),
        ("61d", "30d", false),
        ("2mo", "30d", false),
        ("30wd", "30d", false),
        ("60d", "31d", false),
        ("60d", "", false),
    ] {
        assert_eq!(
            world.when(put_rule(law(limit, extension))).is_ok(),
            good,
            "{limit} {extension}"
        );
    }
    let shorter =
        world.after(put_rule(law("20d", "30d")), TODAY).after(revise(Wish::Release), TODAY);
    let kept = shorter
        .book
        .release(3)
        .or(shorter.book.release(2))
        .unwrap()
        .catalogue
        .limit(&key("law.verify"))
        .unwrap();
    assert_eq!(kept.by_law.unwrap().limit.to_string(), "60d");
    assert!(shorter.when(put_rule(law("60d", "30d"))).is_ok());
    // A later law may say otherwise, and then the earlier one ends.
    let later = LimitRule {
        key: key("law.later"),
        source: "新法 art1".to_owned(),
        period: Period::since(date(2026, 7, 1)),
        ..law("90d", "30d")
    };
    let world = shorter.after(put_rule(later), TODAY);
    let over = LimitRule {
        period: Period { to: Some(date(2026, 7, 1)), ..law("60d", "30d").period },
        ..law("60d", "30d")
    };
    assert!(world.when(put_rule(over)).is_ok());
}

#[test]
fn limits_are_compared_only_where_that_can_be_told() {
    let longer = |one: &str, other: &str| !no_longer(one.parse().unwrap(), other.parse().unwrap());
    for (limit, than) in [
        ("5wd", "5wd"),
        ("60s", "1min"),
        ("24h", "1d"),
        ("28d", "1mo"),
        ("30d", "30wd"),
        ("8oh", "9oh"),
        ("1mo", "31d"),
    ] {
        assert!(!longer(limit, than), "{limit} {than}");
    }
    for (limit, than) in [
        ("6wd", "5wd"),
        ("61s", "1min"),
        ("25h", "1d"),
        ("29d", "1mo"),
        ("5wd", "7d"),
        ("1oh", "1h"),
        ("1mo", "30d"),
        ("1d", "24h"),
    ] {
        assert!(longer(limit, than), "{limit} {than}");
    }
}

#[test]
fn the_longest_code_covers_a_type() {
    let narrow = Matter { types: vec![code("0502")], ..matter("medical") };
    let world = released().after(put_matter(narrow), TODAY);
    let catalogue = &world.book.draft().unwrap().catalogue;
    let found =
        |text: &str| matter_of(catalogue, &code(text), TODAY).map(|matter| matter.code.to_string());
    assert_eq!(found("0502").as_deref(), Some("medical"));
    assert_eq!(found("05").as_deref(), Some("dispute"));
    assert_eq!(found("0501").as_deref(), Some("dispute"));
    assert_eq!((found("1401"), found("M01")), (None, None));
}

#[test]
fn the_limit_is_that_of_the_level_else_the_general_one() {
    let shipped = Catalogue::shipped();
    let ask = |level, on| {
        let subject = Subject::Type(code("0201"));
        let question = Question { subject, step: Step::Handle, tier: Some(Level::Town), level, on };
        let found = find(shipped, &question)?;
        Some((found.rule.map(|rule| rule.limit.to_string()), found.passed_over.len()))
    };
    assert_eq!(ask(Some(Hardness::General), TODAY), Some((Some("7d".to_owned()), 1)));
    assert_eq!(ask(None, TODAY), Some((Some("1mo".to_owned()), 0)));
    assert_eq!(ask(None, date(2025, 12, 31)), None);
}

mod random {
    use super::*;
    use proptest::prelude::*;

    fn a_rule() -> impl Strategy<Value = LimitRule> {
        let tier = prop::option::of(prop::sample::select(vec![Level::Community, Level::Town]));
        let level =
            prop::option::of(prop::sample::select(vec![Hardness::Simple, Hardness::Complex]));
        let days = (0..20_i8, prop::option::of(1..20_i8));
        let nature = (0..6_u8, tier, level, any::<bool>());
        (nature, days, 1..40_u32).prop_map(|((name, tier, level, law), (from, length), amount)| {
            let day = |after: i8| TODAY.saturating_add(jiff::Span::new().days(i64::from(after)));
            let limit = format!("{amount}d").parse().unwrap();
            let period = Period { from: day(from), to: length.map(|length| day(from + length)) };
            let authority = if law { Authority::Law } else { Authority::LocalSd };
            LimitRule { tier, level, limit, period, authority, ..rule(&format!("r{name}"), "1d") }
        })
    }

    fn a_question() -> impl Strategy<Value = Question> {
        let tier = prop::option::of(prop::sample::select(vec![
            Level::Community,
            Level::Town,
            Level::City,
        ]));
        let level =
            prop::option::of(prop::sample::select(vec![Hardness::Simple, Hardness::Complex]));
        (tier, level, -2..45_i64).prop_map(|(tier, level, days)| Question {
            subject: Subject::Matter(slug("dispute")),
            step: Step::Handle,
            tier,
            level,
            on: TODAY.saturating_add(jiff::Span::new().days(days)),
        })
    }

    /// What holds, looked for kind by kind.
    fn plainly<'a>(catalogue: &'a Catalogue, question: &Question) -> Option<&'a LimitRule> {
        let (tier, level) = (question.tier, question.level);
        for wanted in [(tier, level), (None, level), (tier, None), (None, None)] {
            let mut best: Option<&LimitRule> = None;
            for rule in &catalogue.limits {
                let fits = (rule.tier, rule.level) == wanted
                    && rule.step == question.step
                    && rule.matter == slug("dispute")
                    && rule.period.from <= question.on
                    && rule.period.to.is_none_or(|to| question.on < to);
                if fits && best.is_none_or(|best| rule.period.from > best.period.from) {
                    best = Some(rule);
                }
            }
            if best.is_some() {
                return best;
            }
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_rule_that_holds_is_that_of_a_plainer_search(rules in prop::collection::vec(a_rule(), 0..12), question in a_question()) {
            let mut catalogue = Catalogue::shipped().clone();
            catalogue.limits.clear();
            catalogue.take(&Catalogue { limits: rules, ..Catalogue::default() });
            let found = find(&catalogue, &question).unwrap();
            prop_assert_eq!(found.rule, plainly(&catalogue, &question));
        }

        #[test]
        fn no_edit_ever_loosens_what_a_law_says(edits in prop::collection::vec((a_rule(), any::<bool>()), 1..16), questions in prop::collection::vec(a_question(), 8)) {
            let mut world = released();
            for (rule, release) in edits {
                for act in std::iter::once(put_rule(rule)).chain(release.then(|| revise(Wish::Release))) {
                    if world.when(act.clone()).is_ok() {
                        world = world.after(act, TODAY);
                    }
                }
                let catalogue = &world.book.draft().unwrap().catalogue;
                for question in &questions {
                    let Some(rule) = find(catalogue, question).unwrap().rule else { continue };
                    let laws = catalogue.limits.iter().filter(|law| law.matter == rule.matter && law.answers(question));
                    // All laws here have one source, so that none is a later law.
                    for law in laws.filter(|law| law.specificity() <= rule.specificity()) {
                        let Some(by_law) = law.by_law else { continue };
                        prop_assert!(no_longer(rule.limit, by_law.limit), "{:?} loosens {:?}", rule, law);
                    }
                }
            }
        }
    }
}
