//! `yiwang dispute`.

mod act;
mod document;
mod explain;
mod ledger;
mod list;
mod report;
mod show;

use std::collections::BTreeMap;

use clap::Subcommand;
use yiwang_proto::dispatch::v1::{
    CountDisputesRequest, GetDisputeRequest, ListDisputeHistoryRequest, ListDisputeTypesRequest,
    Place,
};

use super::shared::pages;
use super::{Context, party};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

pub(crate) use act::{Act, Desk};
pub(crate) use show::position_line;
pub(crate) use show::{place, standing};

/// `yiwang dispute …`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples / 示例, a case from report to closed:
  yiwang dispute report --grid 370306004006001 --type 0201 --scale individual --channel grid-worker
  yiwang dispute accept 0306-4821-93756
  yiwang dispute triage 0306-4821-93756 general
  yiwang team duty on t-370306004-1
  yiwang dispute call 0306-4821-93756
  yiwang dispute accept-offer 0306-4821-93756 t-370306004-1
  yiwang dispute arrive 0306-4821-93756 t-370306004-1
  yiwang dispute consent 0306-4821-93756 1 given
  yiwang dispute mediate 0306-4821-93756 --kind peoples --organisation u-370306004-mediation
  yiwang dispute outcome 0306-4821-93756 agreed-written
  yiwang dispute follow-up 0306-4821-93756 performed
  yiwang dispute verify 0306-4821-93756
  yiwang dispute close 0306-4821-93756

What is possible now, `yiwang dispute show` says under Possible. Whole courses of events: `yiwang scenario list`.")]
pub(crate) enum Dispute {
    /// Lists the types of disputes, with those that other bodies are competent for.
    Types,
    /// Lists disputes, the newest first.
    List(list::List),
    /// Shows how much work a place has: open, due today, overdue, returned.
    Board {
        /// The place; without a unit the area's own centre. Default: the caller's.
        #[arg(value_name = "AREA[/UNIT]", value_parser = list::parse_place)]
        holder: Option<Place>,
    },
    /// Writes a paper of the case as a page to print: register of acceptance, agreement, closing report.
    Print(document::Print),
    /// Shows a dispute: who has it, where it has been, every clock with its end and card.
    Show {
        /// Its id or its case code.
        dispute: String,
    },
    /// Explains how the ends of a dispute's clocks came about.
    #[command(after_help = "\
Examples / 示例:
  yiwang dispute explain 0306-4821-93756
  yiwang dispute explain 0306-4821-93756 --clock handle")]
    Explain {
        /// Its id or its case code.
        dispute: String,
        /// Only this clock.
        #[arg(long, value_parser = labels::clock::parser())]
        clock: Option<i32>,
    },
    /// Tells what happened to a dispute, event by event.
    History {
        /// Its id or its case code.
        dispute: String,
    },
    /// Counts disputes.
    Count {
        /// The area; default: the caller's.
        #[arg(long, default_value = "")]
        area: String,
        /// What to count by; several are possible.
        #[arg(long, value_parser = labels::count_by::parser())]
        by: Vec<i32>,
    },
    /// Takes over a ledger of paper: open and closed cases, with their original dates.
    ImportLedger(ledger::Args),
    /// Gives a dispute a new PIN to hand over; the old one is void.
    ReissuePin(party::Reissue),
    #[command(flatten)]
    Act(Act),
    #[command(flatten)]
    Attachment(super::attachment::Attachment),
}

pub(crate) async fn run(command: Dispute, context: Context) -> Result<(), Failure> {
    if let Dispute::ImportLedger(args) = &command
        && ledger::template(args, context.screen)?
    {
        return Ok(());
    }
    let (session, screen) = (context.session()?, context.screen);
    let names = BTreeMap::new();
    let desk = Desk { session: &session, names: &names };
    match command {
        Dispute::Types => types(&session, screen).await,
        Dispute::List(asked) => list::list(&session, screen, asked).await,
        Dispute::Board { holder } => list::board(&session, screen, holder).await,
        Dispute::Print(asked) => document::print(&session, screen, asked).await,
        Dispute::Show { dispute } => {
            let dispute_id = desk.find(dispute).await?;
            let request = GetDisputeRequest { dispute_id };
            let answer = session.disputes().get_dispute(request).await?.into_inner();
            show::one(screen, answer.dispute.as_ref())
        }
        Dispute::Explain { dispute, clock } => {
            let dispute_id = desk.find(dispute).await?;
            explain::clocks(&session, screen, dispute_id, clock).await
        }
        Dispute::ImportLedger(args) => ledger::run(args, &session, screen).await,
        Dispute::History { dispute } => history(&session, screen, desk.find(dispute).await?).await,
        Dispute::Count { area, by } => {
            let request =
                CountDisputesRequest { area_code: area, by, ..CountDisputesRequest::default() };
            let answer = session.disputes().count_disputes(request).await?.into_inner();
            show::counts(screen, &answer.counts)
        }
        Dispute::Act(act) => act.send(&desk).await?.show(screen),
        Dispute::Attachment(command) => super::attachment::run(command, &session, screen).await,
        Dispute::ReissuePin(party::Reissue { dispute }) => {
            let dispute_id = desk.find(dispute).await?;
            party::reissue(&session, screen, dispute_id).await
        }
    }
}

/// The id of a dispute that is named by id or by case code.
pub(crate) async fn resolve(session: &Session, dispute: String) -> Result<String, Failure> {
    Desk { session, names: &BTreeMap::new() }.find(dispute).await
}

async fn types(session: &Session, screen: Screen) -> Result<(), Failure> {
    let types = pages(usize::MAX, |page_size, page_token| {
        let mut client = session.disputes();
        async move {
            let request = ListDisputeTypesRequest { page_size, page_token };
            let answer = client.list_dispute_types(request).await?.into_inner();
            Ok((answer.dispute_types, answer.next_page_token))
        }
    })
    .await?;
    show::types(screen, &types)
}

async fn history(session: &Session, screen: Screen, dispute_id: String) -> Result<(), Failure> {
    let entries = pages(usize::MAX, |page_size, page_token| {
        let dispute_id = dispute_id.clone();
        let mut client = session.disputes();
        async move {
            let request = ListDisputeHistoryRequest { dispute_id, page_size, page_token };
            let answer = client.list_dispute_history(request).await?.into_inner();
            Ok((answer.entries, answer.next_page_token))
        }
    })
    .await?;
    show::history(screen, &entries)
}
