//! One fact of every kind about files.

use super::*;
use crate::domain::dispute::{FileKind, FileType};
use crate::domain::event::Attached;

pub(super) fn facts() -> Vec<(Fact, Option<SealedKind>)> {
    let file = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_00f1);
    let (purpose, reason) = (Purpose::Mediate, OpenRefusal::RoleMissing);
    let attached = Attached {
        file,
        kind: FileKind::Scan,
        file_type: FileType::Pdf,
        size: 1_234_567,
        digest: [9; 32],
    };
    vec![
        (Fact::FileAttached(attached), Some(SealedKind::Caption)),
        (Fact::FileDetached { file, reason: EraseReason::PartyRequest }, None),
        (Fact::FileOpened { file, purpose }, None),
        (Fact::FileRefused { file, purpose, reason }, None),
    ]
}

#[test]
fn an_erasure_names_its_files() {
    let (sealed, files) = (vec![Uuid::from_u128(7)], vec![Uuid::from_u128(8), Uuid::from_u128(9)]);
    let event = Event {
        fact: Fact::DetailsErased { reason: EraseReason::Ordered, sealed, files },
        ..samples().remove(1)
    };
    let published = publish(&event);
    assert_eq!(recognise(&published.type_name, &published.payload), Some(event));
}

#[test]
fn every_type_that_the_store_takes_has_a_name_here() {
    for file_type in FileType::ALL {
        let media_type: ledger::files::MediaType = file_type.as_str().parse().unwrap();
        assert_eq!(FileType::parse(media_type.as_str()), Some(file_type));
    }
    assert_eq!(FileType::ALL.len(), ledger::files::MediaType::ALL.len());
}
