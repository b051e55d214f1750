//! Files of a case: what is attached, read and erased, and what is on record of it.

use super::*;
use crate::domain::sealed::OpenRefusal;

fn file(number: u128) -> Uuid {
    Uuid::from_u128(0xF000 + number)
}

fn attaching(number: u128) -> Attaching {
    Attaching {
        file: file(number),
        kind: FileKind::Photo,
        file_type: FileType::Jpeg,
        size: 70_000,
        digest: Some([5; 32]),
    }
}

fn reading(number: u128, may_see: bool) -> Action {
    Action::ReadFile { file: file(number), purpose: Purpose::Mediate, may_see }
}

#[test]
fn a_file_is_attached_once() {
    let mut case = Case::reported();
    let facts = case.must(Action::Attach(attaching(1)));
    assert!(matches!(facts.as_slice(), [Fact::FileAttached(one)] if one.digest == [5; 32]));
    let revision = case.dispute.revision;
    // Again, by another request, also when nobody knows any more what was uploaded.
    for digest in [Some([5; 32]), None] {
        let again = Attaching { digest, ..attaching(1) };
        assert!(case.must(Action::Attach(again)).is_empty());
    }
    assert_eq!((case.dispute.files.len(), case.dispute.revision), (1, revision));
    let taken = Err(Rejection::FileIdTaken { file: file(1) });
    for other in [
        Attaching { kind: FileKind::Scan, ..attaching(1) },
        Attaching { file_type: FileType::Png, ..attaching(1) },
        Attaching { size: 1, ..attaching(1) },
    ] {
        assert_eq!(case.when(Action::Attach(other)), taken);
    }
}

#[test]
fn what_was_not_uploaded_is_not_attached() {
    let mut case = Case::reported();
    let missing = Attaching { digest: None, ..attaching(1) };
    assert_eq!(case.when(Action::Attach(missing)), Err(Rejection::FileNotUploaded));
    assert!(case.dispute.files.is_empty());
}

#[test]
fn an_opening_is_on_record_and_so_is_a_refusal() {
    let mut case = Case::after(&[Action::Attach(attaching(1))]);
    let before = case.dispute.clone();
    let (file, purpose) = (file(1), Purpose::Mediate);
    assert_eq!(case.must(reading(1, true)), [Fact::FileOpened { file, purpose }]);
    assert_eq!(case.when(reading(2, true)), Err(Rejection::FileNotFound { file: self::file(2) }));
    let mut act = Act {
        dispute_id: case.dispute.id,
        scope: area("370306"),
        unit: None,
        revision: None,
        min_registry: 0,
        action: reading(1, false),
        sealing: None,
    };
    for (scope, reason) in
        [("370306", OpenRefusal::RoleMissing), ("370307", OpenRefusal::AreaNotYours)]
    {
        act.scope = area(scope);
        let ruling = super::act(&case.context(), Some(&case.dispute), &case.around(), &act);
        let ruling = ruling.unwrap();
        assert!(ruling.answer.is_err());
        assert_eq!(ruling.events[0].fact, Fact::FileRefused { file, purpose, reason });
    }
    assert_eq!(case.dispute, before, "to look at a file changes nothing");
}

#[test]
fn a_file_goes_with_its_caption_and_its_id_is_not_free_again() {
    let mut case = Case::reported();
    let caption = sealing(77, SealedKind::Caption);
    let with_caption = Act {
        dispute_id: case.dispute.id,
        scope: area("370306"),
        unit: None,
        revision: None,
        min_registry: 0,
        action: Action::Attach(attaching(1)),
        sealing: Some(caption),
    };
    case.act(&with_caption).unwrap();
    assert_eq!(case.dispute.files[0].caption, Some(caption.id));
    let pieces = case.dispute.sealed.len();
    let facts = case.must(Action::Detach(file(1), EraseReason::RecordedInError));
    assert_eq!(facts, [Fact::FileDetached { file: file(1), reason: EraseReason::RecordedInError }]);
    assert!(case.dispute.files.is_empty());
    assert_eq!(case.dispute.sealed.len(), pieces - 1);
    let taken = Rejection::FileIdTaken { file: file(1) };
    assert_eq!(case.when(Action::Attach(attaching(1))), Err(taken.clone()));
    assert_eq!(may_upload(&case.dispute, NODE, file(1)), Err(taken));
    let gone = Err(Rejection::FileNotFound { file: file(1) });
    assert_eq!(case.when(Action::Detach(file(1), EraseReason::Ordered)), gone);
}

#[test]
fn an_erasure_takes_every_file() {
    let mut case =
        Case::after(&[Action::Attach(attaching(1)), Action::Attach(attaching(2)), Action::Accept]);
    let facts = case.must(Action::EraseDetails(EraseReason::Ordered));
    let [Fact::DetailsErased { files, .. }] = facts.as_slice() else { panic!("{facts:?}") };
    assert_eq!(*files, [file(1), file(2)]);
    assert!(case.dispute.files.is_empty());
    assert_eq!(case.dispute.erased_files, [file(1), file(2)]);
}

#[test]
fn a_case_has_so_many_files_and_no_more() {
    let mut case = Case::reported();
    let most = MOST_FILES as u128;
    for number in 0..most {
        case.must(Action::Attach(attaching(number)));
    }
    let full = Err(Rejection::TooMany { what: "files" });
    assert_eq!(case.when(Action::Attach(attaching(most))), full);
    assert_eq!(
        may_upload(&case.dispute, NODE, file(most)),
        Err(Rejection::TooMany { what: "files" })
    );
    assert_eq!(may_upload(&case.dispute, NODE, file(0)), Ok(()), "it is there already");
    case.must(Action::Detach(file(0), EraseReason::RecordedInError));
    case.must(Action::Attach(attaching(most)));
    // What was erased counts, too, so that the ids that are kept stay few.
    let mut number = most;
    while case.dispute.erased_files.len() + MOST_FILES < MOST_FILES_EVER {
        case.must(Action::Detach(file(number), EraseReason::RecordedInError));
        number += 1;
        if case.dispute.erased_files.len() + MOST_FILES < MOST_FILES_EVER {
            case.must(Action::Attach(attaching(number)));
        }
    }
    case.must(Action::Attach(attaching(number)));
    assert_eq!(case.dispute.files.len() + case.dispute.erased_files.len(), MOST_FILES_EVER);
    case.must(Action::Detach(file(number), EraseReason::RecordedInError));
    assert_eq!(case.when(Action::Attach(attaching(number + 1))), full);
}

#[test]
fn uploads_are_taken_where_they_can_be_attached() {
    let mut case = Case::reported();
    assert_eq!(may_upload(&case.dispute, NODE, file(1)), Ok(()));
    assert!(matches!(
        may_upload(&case.dispute, "zhoucun", file(1)),
        Err(Rejection::NotHome { .. })
    ));
    case.must(Action::Reject(RejectReason::Duplicate));
    let refused = may_upload(&case.dispute, NODE, file(1));
    assert!(matches!(refused, Err(Rejection::IllegalTransition { verb: Verb::Attach, .. })));
}
