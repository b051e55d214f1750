//! Commands that change a dispute: one file per family, each command built and sent in one place, for whoever asks.

mod conclusion;
mod details;
mod intake;
mod moves;
mod oversight;
mod team;

use std::collections::BTreeMap;

use clap::Subcommand;
use prost::{Message, Name};
use serde_json::Value;
use yiwang_proto::dispatch::v1::{Dispute, FindDisputeRequest};

use super::report::Report;
use super::{position_line, show};
use crate::failure::Failure;
use crate::screen::{Screen, to_json};
use crate::session::Session;

/// Every command that changes a dispute.
#[derive(Debug, Subcommand)]
pub(crate) enum Act {
    /// Reports a dispute.
    Report(Box<Report>),
    #[command(flatten)]
    Intake(intake::Intake),
    #[command(flatten)]
    Team(team::Team),
    #[command(flatten)]
    Conclusion(conclusion::Conclusion),
    #[command(flatten)]
    Moves(moves::Moves),
    #[command(flatten)]
    Oversight(oversight::Oversight),
    #[command(flatten)]
    Details(details::Details),
}

/// Who sends a command, and which disputes it knows by a name of its own.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    /// The connection.
    pub(crate) session: &'a Session,
    /// Ids by name; for people who type ids or case codes, none.
    pub(crate) names: &'a BTreeMap<String, String>,
}

/// Which dispute, and as what it was seen.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// Its id or its case code.
    dispute: String,
    /// The etag that you have seen, e.g. 3; refused when the dispute has changed since.
    #[arg(long, default_value = "", value_parser = parse_etag)]
    etag: String,
}

/// An etag as `show` has it, also without the quotes that a shell takes away.
fn parse_etag(text: &str) -> Result<String, String> {
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let number = quoted.unwrap_or(text);
    if text.is_empty() {
        Ok(String::new())
    } else if !number.is_empty() && number.bytes().all(|sign| sign.is_ascii_digit()) {
        Ok(format!("\"{number}\""))
    } else {
        Err("a number is wanted, as `show` has it / 应为 show 所示的 etag".to_owned())
    }
}

/// Words to a command.
#[derive(Debug, clap::Args)]
pub(crate) struct Words {
    /// Words to it; sealed.
    #[arg(long, default_value = "")]
    note: String,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    /// The rpc that did it, as `accept_dispute`.
    pub(crate) rpc: &'static str,
    /// The dispute as it is now.
    pub(crate) dispute: Dispute,
    /// Where in the log it is recorded; 0 = nothing was.
    position: u64,
    answer: Value,
    /// Lines to show instead of the dispute.
    said: Option<Vec<String>>,
    /// Something to know beside it.
    note: Option<String>,
}

impl Act {
    /// Builds the request, sends it, and returns what it did.
    pub(crate) async fn send(self, desk: &Desk<'_>) -> Result<Done, Failure> {
        match self {
            Act::Report(report) => report.send(desk).await,
            Act::Intake(act) => act.send(desk).await,
            Act::Team(act) => act.send(desk).await,
            Act::Conclusion(act) => act.send(desk).await,
            Act::Moves(act) => act.send(desk).await,
            Act::Oversight(act) => act.send(desk).await,
            Act::Details(act) => act.send(desk).await,
        }
    }
}

impl Desk<'_> {
    /// The id of a dispute that is named by a name, by id or by case code.
    pub(crate) async fn find(&self, dispute: String) -> Result<String, Failure> {
        if let Some(id) = self.names.get(&dispute) {
            return Ok(id.clone());
        }
        if dispute.parse::<uuid::Uuid>().is_ok() {
            return Ok(dispute);
        }
        let request = FindDisputeRequest { case_code: dispute };
        let answer = self.session.disputes().find_dispute(request).await?.into_inner();
        Ok(answer.dispute.unwrap_or_default().dispute_id)
    }
}

impl Done {
    pub(super) fn of<M: Message + Name>(
        rpc: &'static str,
        dispute: Option<Dispute>,
        position: u64,
        answer: &M,
    ) -> Result<Done, Failure> {
        let (dispute, answer) = (dispute.unwrap_or_default(), to_json(answer)?);
        Ok(Done { rpc, dispute, position, answer, said: None, note: None })
    }

    /// Says these lines instead of showing the dispute.
    pub(super) fn instead(self, said: Vec<String>) -> Done {
        Done { said: Some(said), ..self }
    }

    /// Says something beside it.
    pub(super) fn noting(self, note: impl Into<String>) -> Done {
        Done { note: Some(note.into()), ..self }
    }

    /// Shows it to who asked for it on the command line.
    pub(super) fn show(&self, screen: Screen) -> Result<(), Failure> {
        if screen.json {
            return screen.value(&self.answer, true);
        }
        if let Some(note) = &self.note {
            screen.note(note);
        }
        match &self.said {
            Some(lines) => lines.iter().try_for_each(|line| screen.line(line))?,
            None => show::one(screen, Some(&self.dispute))?,
        }
        if self.position == 0 {
            return Ok(());
        }
        position_line(screen, self.position)
    }
}

/// Sends a command about a dispute and takes its answer.
macro_rules! send {
    ($desk:ident, $rpc:ident, $which:ident, $request:ident { $($field:tt)* }) => {{
        let request = $request {
            request_id: $desk.session.request_id(),
            dispute_id: $desk.find($which.dispute).await?,
            etag: $which.etag,
            $($field)*
        };
        let answer = $desk.session.disputes().$rpc(request).await?.into_inner();
        Done::of(stringify!($rpc), answer.dispute.clone(), answer.feed_position, &answer)
    }};
}
use send;
