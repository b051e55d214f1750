//! Keys of limits and codes of types.

use serde::{Deserialize, Serialize};

use crate::domain::code::{NotACode, has_a_long_number};

/// Key of a time limit: letters, digits, hyphens, underscores and dots, at most 60.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RuleKey(String);

/// Code of a type of disputes: 2 or 4 digits, or M and 2 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TypeCode(String);

impl RuleKey {
    /// Reads a key.
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        let fits = (1..=60).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && !has_a_long_number(text);
        if fits { Ok(RuleKey(text.to_owned())) } else { Err(NotACode) }
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TypeCode {
    /// Reads a code.
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        let digits = text.strip_prefix('M').unwrap_or(text);
        let length = if digits.len() < text.len() {
            digits.len() == 2
        } else {
            [2, 4].contains(&digits.len())
        };
        let fits = length && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(TypeCode(text.to_owned())) } else { Err(NotACode) }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `other` is this type or a kind of it.
    pub fn covers(&self, other: &TypeCode) -> bool {
        other.0.starts_with(&self.0)
    }
}

macro_rules! text_of {
    ($($kind:ty),*) => {$(
        impl std::fmt::Display for $kind {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
        impl From<$kind> for String {
            fn from(code: $kind) -> String {
                code.0
            }
        }
        impl TryFrom<String> for $kind {
            type Error = NotACode;
            fn try_from(text: String) -> Result<Self, NotACode> {
                Self::parse(&text)
            }
        }
    )*};
}
text_of!(RuleKey, TypeCode);
