//! The callers that a node under test knows.

use sha2::{Digest as _, Sha256};

/// Somebody with a token.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Id in events.
    pub id: &'static str,
    /// The secret; the node knows its digest only.
    pub token: &'static str,
    /// Area whose subtree the caller sees.
    pub area: &'static str,
    /// What the caller may do.
    pub roles: &'static [&'static str],
}

/// May do everything in the whole province.
pub const EVERYTHING: Caller = Caller {
    id: "tests",
    token: "tests-everything",
    area: "37",
    roles: &["report", "handle", "see_party", "operate", "party_desk", "notify"],
};

/// Tells people, and may do nothing else.
pub const NOTIFIER: Caller =
    Caller { id: "notifier", token: "tests-notifier", area: "37", roles: &["notify"] };

/// Reports and handles, but sees no party and operates nothing.
pub const HANDLER: Caller =
    Caller { id: "handler", token: "tests-handler", area: "370306", roles: &["report", "handle"] };

/// May do everything, in another district.
pub const NEIGHBOUR: Caller = Caller {
    id: "neighbour",
    token: "tests-neighbour",
    area: "370302",
    roles: &["report", "handle", "see_party", "operate", "party_desk", "notify"],
};

/// The text of `callers.toml`.
pub fn file() -> String {
    [EVERYTHING, HANDLER, NEIGHBOUR, NOTIFIER].iter().map(entry).collect()
}

fn entry(caller: &Caller) -> String {
    format!(
        "[[caller]]\ntoken_sha256 = \"{}\"\nid = \"{}\"\nunit = \"tests\"\narea = \"{}\"\nroles = {:?}\n\n",
        hex::encode(Sha256::digest(caller.token)),
        caller.id,
        caller.area,
        caller.roles,
    )
}
