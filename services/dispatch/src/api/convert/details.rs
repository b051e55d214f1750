//! Sealed details: bounds on what is sealed, and what is shown when it is opened.

use prost::Message;
use yiwang_proto::dispatch::v1 as pb;

use super::form::{Form, NOTE};
use super::{enums, time};
use crate::domain::decide::MOST_PARTIES;
use crate::domain::phone::is_phone;
use crate::domain::sealed::SealedKind;
use crate::project::SealedPiece;

/// Most bytes of a name, a telephone number, an address or place.
pub(crate) const NAME: usize = 120;
pub(crate) const PHONE: usize = 40;
pub(crate) const PLACE: usize = 300;

/// What is to be sealed. Never printed.
#[derive(Clone)]
pub(crate) struct Plaintext {
    /// What it is.
    pub(crate) kind: SealedKind,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
}

impl std::fmt::Debug for Plaintext {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Plaintext({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

impl Plaintext {
    /// Words.
    pub(crate) fn words(kind: SealedKind, text: &str) -> Self {
        Plaintext { kind, bytes: text.as_bytes().to_vec() }
    }
}

/// Checks the bounds of party details; empty ones are none.
pub(crate) fn seal_later(
    form: &mut Form,
    details: Option<&pb::Details>,
) -> Option<Option<Plaintext>> {
    let Some(details) = details.filter(|details| details.encoded_len() > 0) else {
        return Some(None);
    };
    if details.parties.len() > MOST_PARTIES as usize {
        form.wrong("details.parties", "TOO_MANY", "at most 20 are wanted", "不得超过20项");
        return None;
    }
    let mut whole = form.words("details.place", &details.place, PLACE).is_some();
    whole &= form.words("details.summary", &details.summary, NOTE).is_some();
    if let Some(reporter) = &details.reporter {
        whole &= form.words("details.reporter.name", &reporter.name, NAME).is_some();
        whole &= phone(form, "details.reporter.phone", &reporter.phone).is_some();
    }
    for (index, party) in details.parties.iter().enumerate() {
        let field = |name: &str| format!("details.parties[{index}].{name}");
        whole &= form.words(&field("name"), &party.name, NAME).is_some();
        whole &= phone(form, &field("phone"), &party.phone).is_some();
        whole &= form.words(&field("address"), &party.address, PLACE).is_some();
        whole &= form.words(&field("statement"), &party.statement, NOTE).is_some();
    }
    whole.then(|| Some(Plaintext { kind: SealedKind::Details, bytes: details.encode_to_vec() }))
}

/// A telephone number, or none.
fn phone(form: &mut Form, field: &str, text: &str) -> Option<()> {
    form.words(field, text, PHONE)?;
    if text.is_empty() || is_phone(text) {
        return Some(());
    }
    let en = "a telephone number is wanted: a mobile of 11 digits, a landline with its area code, or a hotline of 3 to 8 digits";
    form.wrong(
        field,
        "NOT_A_PHONE",
        en,
        "须为电话号码:11位手机号、带区号的固定电话,或3至8位服务热线",
    );
    None
}

/// Whether details have a telephone of who reports.
pub(crate) fn has_reporter(details: Option<&pb::Details>) -> bool {
    let reporter = details.and_then(|details| details.reporter.as_ref());
    reporter.is_some_and(|reporter| !reporter.phone.is_empty())
}

/// An opened piece as it is shown; nothing when it does not read as what it was sealed as.
pub(crate) fn opened(
    sealed_id: String,
    piece: &SealedPiece,
    plaintext: &[u8],
) -> Option<pb::OpenedPiece> {
    let mut opened = pb::OpenedPiece {
        sealed_id,
        kind: enums::sealed_to(piece.kind),
        create_time: Some(time(piece.at)),
        details: None,
        text: String::new(),
    };
    if piece.kind == SealedKind::Details {
        opened.details = Some(pb::Details::decode(plaintext).ok()?);
    } else {
        std::str::from_utf8(plaintext).ok()?.clone_into(&mut opened.text);
    }
    Some(opened)
}
