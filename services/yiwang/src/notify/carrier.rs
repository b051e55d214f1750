//! What carries notices further, and what it says of each.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::files::Folder;
use super::gateway::Gateway;
pub(crate) use super::gateway::Settings as GatewaySettings;
use super::message::Message;
use crate::failure::Failure;

/// Where notices go, as the command line has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum To {
    /// A folder.
    Files(PathBuf),
    /// A gateway.
    Gateway(http::Uri),
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was taken.
    Taken,
    /// It is not taken, and would not be the next time. Says why, without anything that was sent.
    Refused(String),
    /// It may be taken later.
    Later {
        /// Why it was not, without anything that was sent.
        why: String,
        /// For how long it is not worth trying again, as the other side wishes.
        after: Option<Duration>,
    },
}

/// What carries notices further.
#[derive(Debug, Clone)]
pub(crate) enum Carrier {
    /// A folder.
    Files(Folder),
    /// A gateway.
    Gateway(Box<Gateway>),
}

impl FromStr for To {
    type Err = String;

    fn from_str(text: &str) -> Result<To, String> {
        let wanted = "files:DIR, https://… or, on this machine only, http://… is wanted / 应为 files:目录 或 https 地址（http 仅限本机）";
        if let Some(folder) = text.strip_prefix("files:").filter(|folder| !folder.is_empty()) {
            return Ok(To::Files(PathBuf::from(folder)));
        }
        let uri: http::Uri = text.parse().map_err(|_| wanted.to_owned())?;
        // Names and telephones do not go over a network in clear.
        let here = matches!(uri.host(), Some("127.0.0.1" | "[::1]" | "localhost"));
        let has_scheme =
            uri.scheme_str() == Some("https") || (uri.scheme_str() == Some("http") && here);
        if has_scheme && uri.host().is_some() {
            Ok(To::Gateway(uri))
        } else {
            Err(wanted.to_owned())
        }
    }
}

impl Carrier {
    /// Prepares to send; a gateway need not be there yet.
    pub(crate) fn open(to: To, settings: &GatewaySettings) -> Result<Carrier, Failure> {
        match to {
            To::Files(path) => Folder::open(path).map(Carrier::Files),
            To::Gateway(uri) => Gateway::open(uri, settings).map(Box::new).map(Carrier::Gateway),
        }
    }

    pub(super) async fn send(&self, message: &Message) -> Verdict {
        match self {
            Carrier::Files(folder) => folder.put(message),
            Carrier::Gateway(gateway) => gateway.post(message).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_addresses_are_told_apart() {
        assert_eq!("files:out".parse(), Ok(To::Files(PathBuf::from("out"))));
        for good in ["http://127.0.0.1:9/sms", "https://gateway.example/notices?from=zibo"] {
            assert_eq!(good.parse(), Ok(To::Gateway(good.parse().unwrap())));
        }
        for wrong in ["", "files:", "out", "ftp://x/y", "http:", "https:///x"] {
            assert!(wrong.parse::<To>().is_err(), "{wrong}");
        }
    }
}
