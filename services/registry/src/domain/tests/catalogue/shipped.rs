//! What the program ships.

use super::*;

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
