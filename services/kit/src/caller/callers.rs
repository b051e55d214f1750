//! The known callers: which token belongs to whom. Only digests of tokens are kept.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use toml::Spanned;

use super::{Caller, Role, Roles, is_area_code};

type TokenDigest = [u8; 32];

/// All callers that a server knows, found by bearer token.
#[derive(Clone, Debug, Default)]
pub struct Callers {
    /// Sorted by digest.
    known: Arc<Vec<(TokenDigest, Arc<Caller>)>>,
}

/// What is wrong with a callers file: one line per mistake, each with its place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct CallersError {
    /// The mistakes, in the order of the file.
    pub mistakes: Vec<String>,
}

impl fmt::Display for CallersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistakes.join("\n"))
    }
}

impl Callers {
    /// Knows one caller only, who may do everything in the area: for a demo on the loopback.
    pub fn demo(token: &str, area: &str) -> Self {
        Self::default().with(token, all_powerful("demo", area, Roles::all()))
    }

    /// Adds the node itself, as which its services call each other. It may do everything except
    /// open the details of parties, which no feed carries.
    #[must_use]
    pub fn with_internal(self, token: &str, area: &str) -> Self {
        let roles = [Role::Report, Role::Handle, Role::Operate].into_iter().collect();
        self.with(token, all_powerful("internal", area, roles))
    }

    /// Adds one caller with its token.
    #[must_use]
    pub fn with(self, token: &str, caller: Caller) -> Self {
        let mut known = Arc::unwrap_or_clone(self.known);
        known.push((digest(token), Arc::new(caller)));
        known.sort_by_key(|entry| entry.0);
        Self { known: Arc::new(known) }
    }

    /// Reads a callers file; reports all its mistakes at once.
    pub fn load(path: &Path) -> Result<Self, CallersError> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&name, &text),
            Err(error) => Err(CallersError { mistakes: vec![format!("{name}: {error}")] }),
        }
    }

    /// Reads the text of a callers file; `name` is what the mistakes call it.
    pub fn parse(name: &str, text: &str) -> Result<Self, CallersError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            CallersError { mistakes: vec![format!("{name}:{line}: {}", error.message())] }
        })?;
        let mut mistakes = Vec::new();
        let mut known: Vec<(TokenDigest, Arc<Caller>)> = Vec::new();
        for (index, entry) in file.caller.iter().enumerate() {
            let line = line_of(text, entry.span().start);
            let place = format!("{name}:{line}: caller {}", index + 1);
            let mut entry = Entry { place, table: entry.get_ref(), mistakes: &mut mistakes };
            let (token, caller) = entry.read();
            if token != TokenDigest::default() && known.iter().any(|(other, _)| *other == token) {
                entry.mistake("token_sha256 is another caller's too");
            }
            known.push((token, Arc::new(caller)));
        }
        if known.is_empty() {
            mistakes.push(format!("{name}:1: no [[caller]]"));
        }
        if !mistakes.is_empty() {
            return Err(CallersError { mistakes });
        }
        known.sort_by_key(|entry| entry.0);
        Ok(Self { known: Arc::new(known) })
    }

    /// Writes the entry of a callers file by which the caller is known with this token.
    pub fn entry(token: &str, caller: &Caller) -> String {
        let roles = caller.roles.iter().map(|role| toml::Value::from(role.name())).collect();
        let fields = [
            ("id", toml::Value::from(caller.caller_id.as_str())),
            ("unit", toml::Value::from(caller.unit_id.as_str())),
            ("area", toml::Value::from(caller.area_code.as_str())),
            ("roles", toml::Value::Array(roles)),
            ("token_sha256", toml::Value::from(hex::encode(digest(token)))),
        ];
        let of_a_unit = !caller.unit_id.is_empty();
        let fields = fields.into_iter().filter(|(key, _)| *key != "unit" || of_a_unit);
        let lines: String = fields.map(|(key, value)| format!("{key} = {value}\n")).collect();
        format!("[[caller]]\n{lines}")
    }

    /// Finds the caller whose token this is.
    ///
    /// The search runs over digests, which a guesser cannot steer; the last comparison takes the
    /// same time whether it agrees or not.
    pub fn find(&self, token: &str) -> Option<&Arc<Caller>> {
        let wanted = digest(token);
        let at = self.known.partition_point(|(digest, _)| digest[..8] < wanted[..8]);
        self.known[at..]
            .iter()
            .take_while(|(digest, _)| digest[..8] == wanted[..8])
            .find(|(digest, _)| bool::from(digest.ct_eq(&wanted)))
            .map(|(_, caller)| caller)
    }
}

fn digest(token: &str) -> TokenDigest {
    Sha256::digest(token.as_bytes()).into()
}

fn all_powerful(name: &str, area: &str, roles: Roles) -> Caller {
    Caller {
        caller_id: name.to_owned(),
        unit_id: name.to_owned(),
        area_code: area.to_owned(),
        roles,
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    caller: Vec<Spanned<toml::Table>>,
}

/// One `[[caller]]`, read field by field so that every mistake is found.
struct Entry<'a> {
    place: String,
    table: &'a toml::Table,
    mistakes: &'a mut Vec<String>,
}

impl Entry<'_> {
    fn mistake(&mut self, what: impl fmt::Display) {
        self.mistakes.push(format!("{}: {what}", self.place));
    }

    fn read(&mut self) -> (TokenDigest, Caller) {
        const KEYS: [&str; 5] = ["token_sha256", "id", "unit", "area", "roles"];
        for key in self.table.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            self.mistakes.push(format!("{}: unknown key {key}", self.place));
        }
        let caller_id = self.text("id");
        // Who acts for its area's own centre has no unit.
        let unit_id =
            if self.table.contains_key("unit") { self.text("unit") } else { String::new() };
        let area_code = self.text("area");
        if !area_code.is_empty() && !is_area_code(&area_code) {
            self.mistake("area is not a code of 2, 4, 6, 9, 12 or 15 digits");
        }
        let (token, roles) = (self.token(), self.roles());
        (token, Caller { caller_id, unit_id, area_code, roles })
    }

    fn text(&mut self, key: &str) -> String {
        match self.table.get(key).and_then(toml::Value::as_str) {
            Some(text) if !text.is_empty() => text.to_owned(),
            Some(_) | None => {
                self.mistake(format_args!("{key} is missing or not a text"));
                String::new()
            }
        }
    }

    fn token(&mut self) -> TokenDigest {
        let mut token = TokenDigest::default();
        let text = self.text("token_sha256");
        if !text.is_empty() && hex::decode_to_slice(&text, &mut token).is_err() {
            self.mistake("token_sha256 is not 64 hexadecimal digits");
        }
        token
    }

    fn roles(&mut self) -> Roles {
        let Some(names) = self.table.get("roles").and_then(toml::Value::as_array) else {
            self.mistake("roles is missing or not a list");
            return Roles::default();
        };
        let mut roles = Roles::default();
        for name in names {
            let known = Role::ALL.into_iter().find(|role| name.as_str() == Some(role.name()));
            match known {
                Some(role) => roles = roles.with(role),
                None => self.mistake(format_args!(
                    "unknown role {name}; the roles are report, handle, see_party, operate, party_desk, notify"
                )),
            }
        }
        roles
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(token: &str, rest: &str) -> String {
        format!("[[caller]]\ntoken_sha256 = \"{}\"\n{rest}\n", hex::encode(digest(token)))
    }

    #[test]
    fn finds_a_caller_by_token_only() {
        let text = entry(
            "s3cret",
            "id = \"hotline\"\nunit = \"u1\"\narea = \"3703\"\nroles = [\"report\", \"see_party\"]",
        );
        let callers = Callers::parse("callers.toml", &text).unwrap().with_internal("inner", "3703");
        let hotline = callers.find("s3cret").unwrap();
        assert_eq!(hotline.caller_id, "hotline");
        assert!(hotline.may(Role::SeeParty) && !hotline.may(Role::Operate));
        assert!(!callers.find("inner").unwrap().may(Role::SeeParty));
        assert!(callers.find("s3crets").is_none() && callers.find("").is_none());
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let caller = Caller {
            caller_id: "desk \"7\"".to_owned(),
            unit_id: "u\n1".to_owned(),
            area_code: "370306".to_owned(),
            roles: [Role::Report, Role::SeeParty].into_iter().collect(),
        };
        let text = Callers::entry("s3cret", &caller);
        assert!(!text.contains("s3cret"), "{text}");
        let callers = Callers::parse("callers.toml", &text).unwrap();
        assert_eq!(**callers.find("s3cret").unwrap(), caller);
        let centre = Caller { unit_id: String::new(), ..caller };
        let text = Callers::entry("s3cret", &centre);
        assert!(!text.contains("unit"), "{text}");
        let callers = Callers::parse("callers.toml", &text).unwrap();
        assert_eq!(**callers.find("s3cret").unwrap(), centre);
    }

    #[test]
    fn all_mistakes_are_told_with_their_place() {
        let good = entry("a", "id = \"a\"\nunit = \"u\"\narea = \"3703\"\nroles = []");
        let twin = entry("a", "id = \"b\"\nunit = \"u\"\narea = \"370\"\nroles = [\"rule\"]");
        let bare = "[[caller]]\ntoken_sha256 = \"12\"\nname = \"x\"\n";
        let error = Callers::parse("c.toml", &format!("{good}{twin}{bare}")).unwrap_err();
        assert_eq!(
            error.mistakes,
            [
                "c.toml:7: caller 2: area is not a code of 2, 4, 6, 9, 12 or 15 digits",
                "c.toml:7: caller 2: unknown role \"rule\"; the roles are report, handle, see_party, operate, party_desk, notify",
                "c.toml:7: caller 2: token_sha256 is another caller's too",
                "c.toml:13: caller 3: unknown key name",
                "c.toml:13: caller 3: id is missing or not a text",
                "c.toml:13: caller 3: area is missing or not a text",
                "c.toml:13: caller 3: token_sha256 is not 64 hexadecimal digits",
                "c.toml:13: caller 3: roles is missing or not a list",
            ]
        );
    }

    #[test]
    fn broken_toml_and_missing_files_are_told_with_their_place() {
        let error = Callers::parse("c.toml", "\n[[caller]\n").unwrap_err();
        assert!(error.to_string().starts_with("c.toml:2: "), "{error}");
        assert_eq!(Callers::parse("c.toml", "").unwrap_err().mistakes, ["c.toml:1: no [[caller]]"]);
        let error = Callers::load(Path::new("no/such/callers.toml")).unwrap_err();
        assert!(error.to_string().starts_with("no/such/callers.toml: "), "{error}");
    }
}
