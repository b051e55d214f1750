//! Limits of laws: only ever shortened.

use super::*;

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
    let approve = approve_all(&world);
    let world = world.after(approve, TODAY).after(revise(Wish::Release), TODAY);
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
    let shorter = world.after(put_rule(law("20d", "30d")), TODAY);
    let approve = approve_all(&shorter);
    let shorter = shorter.after(approve, TODAY).after(revise(Wish::Release), TODAY);
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
