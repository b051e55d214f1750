//! `yiwang dispute`.

mod change;
mod explain;
mod people;
mod show;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use jiff::Timestamp;
use serde::Deserialize;
use yiwang_proto::dispatch::v1::{
    CountDisputesRequest, Details, FindDisputeRequest, GetDisputeRequest,
    ListDisputeHistoryRequest, ListDisputeTypesRequest, ListDisputesRequest, Party,
    ReportDisputeRequest, Source,
};

use super::calendar::DaysArgs;
use super::shared::{pages, parse_time, to_wire};
use super::{Context, party};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

pub(crate) use show::position_line;

/// `yiwang dispute …`
#[derive(Debug, Subcommand)]
pub(crate) enum Dispute {
    /// Lists the types of disputes, with those that other bodies are competent for.
    Types,
    /// Reports a dispute.
    #[command(after_help = "\
Example: yiwang dispute report --grid 370306004006001 --type 0201 --scale individual --channel grid-worker \\
           --details - < details.json
Names, phones, places and words are sealed: no list, feed or log shows them.")]
    Report(Report),
    /// Lists disputes, the newest first.
    List(List),
    /// Shows a dispute.
    Show {
        /// Its id or its case code.
        dispute: String,
    },
    /// Explains a dispute's deadline from what is stored with it.
    Explain {
        /// Its id or its case code.
        dispute: String,
        #[command(flatten)]
        days: DaysArgs,
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
    /// Gives a dispute a new PIN to hand over; the old one is void.
    ReissuePin(party::Reissue),
    #[command(flatten)]
    Change(change::Change),
    #[command(flatten)]
    People(people::People),
}

/// What is reported.
#[derive(Debug, clap::Args)]
pub(crate) struct Report {
    /// Grid where it is, 15 digits.
    #[arg(long)]
    grid: String,
    /// Type, e.g. 0201; see `yiwang dispute types`.
    #[arg(long = "type", value_name = "CODE")]
    type_code: String,
    /// How many people it moves.
    #[arg(long, value_parser = labels::scale::parser())]
    scale: i32,
    /// How it was reported.
    #[arg(long, value_parser = labels::channel::parser())]
    channel: i32,
    /// Persons involved.
    #[arg(long, default_value_t = 0)]
    people: u32,
    /// System and number that it comes from, SYSTEM:NUMBER; the same pair is the same dispute.
    #[arg(long, value_name = "SYSTEM:NUMBER", value_parser = parse_source)]
    source: Option<Source>,
    /// When it was reported; default: now.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<Timestamp>,
    /// A party: name=…,phone=…,address=…,statement=…; sealed; several are possible.
    #[arg(long, value_parser = parse_party)]
    party: Vec<Party>,
    /// Exact place; sealed.
    #[arg(long, default_value = "")]
    place: String,
    /// What it is about; sealed.
    #[arg(long, default_value = "")]
    summary: String,
    /// JSON file with parties, place and summary, or - for the standard input; keeps names out of the shell's history.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["party", "place", "summary"])]
    details: Option<PathBuf>,
    /// Makes no PIN: there is nobody to hand a receipt to.
    #[arg(long)]
    without_pin: bool,
    /// Only checks.
    #[arg(long)]
    dry_run: bool,
}

/// What a file of `--details` holds, in the names of the contract.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DetailsFile {
    parties: Vec<PartyFile>,
    place: String,
    summary: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PartyFile {
    name: String,
    phone: String,
    address: String,
    statement: String,
}

fn read_details(path: &Path) -> Result<Details, Failure> {
    let text = match path.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()),
        Some(_) | None => std::fs::read_to_string(path),
    };
    let text = text.map_err(|error| {
        Failure::wrong(format!("the details cannot be read: {error}"), "无法读取当事人信息")
    })?;
    parse_details(&text)
}

fn parse_details(text: &str) -> Result<Details, Failure> {
    // What is wrong is said by its place only: the text itself is not to be repeated.
    let file: DetailsFile = serde_json::from_str(text).map_err(|error| {
        Failure::wrong(
            format!(
                "line {}, column {} of the details: {{\"parties\": [{{\"name\", \"phone\", \"address\", \"statement\"}}], \
                 \"place\", \"summary\"}} is wanted",
                error.line(),
                error.column()
            ),
            format!("当事人信息第 {} 行第 {} 列格式有误", error.line(), error.column()),
        )
    })?;
    let party = |party: PartyFile| Party {
        name: party.name,
        phone: party.phone,
        address: party.address,
        statement: party.statement,
    };
    let parties = file.parties.into_iter().map(party).collect();
    Ok(Details { parties, place: file.place, summary: file.summary })
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// The area; default: the caller's.
    #[arg(long, default_value = "")]
    area: String,
    /// Only in this state; several are possible.
    #[arg(long, value_parser = labels::state::parser())]
    state: Vec<i32>,
    /// Only of this level; several are possible.
    #[arg(long, value_parser = labels::level::parser())]
    level: Vec<i32>,
    /// Only of this type; two digits stand for a class.
    #[arg(long = "type", value_name = "CODE", default_value = "")]
    type_code: String,
    /// Reported at this time or later.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<Timestamp>,
    /// Reported before this time.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

fn parse_source(text: &str) -> Result<Source, String> {
    let (system, number) =
        text.split_once(':').ok_or("SYSTEM:NUMBER is wanted, e.g. 12345:2026021300017")?;
    Ok(Source { system: system.to_owned(), number: number.to_owned() })
}

fn parse_party(text: &str) -> Result<Party, String> {
    let mut party = Party::default();
    for pair in text.split(',') {
        let (key, value) = pair.split_once('=').unwrap_or(("", pair));
        let place = match key {
            "name" => &mut party.name,
            "phone" => &mut party.phone,
            "address" => &mut party.address,
            "statement" => &mut party.statement,
            _ => return Err("name=…,phone=…,address=…,statement=… is wanted".to_owned()),
        };
        value.clone_into(place);
    }
    Ok(party)
}

pub(crate) async fn run(command: Dispute, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    match command {
        Dispute::Types => types(&session, screen).await,
        Dispute::Report(report) => send_report(&session, screen, report).await,
        Dispute::List(list) => fetch_list(&session, screen, list).await,
        Dispute::Show { dispute } => {
            let dispute_id = resolve(&session, dispute).await?;
            let request = GetDisputeRequest { dispute_id };
            let answer = session.disputes().get_dispute(request).await?.into_inner();
            show::one(screen, answer.dispute.as_ref())
        }
        Dispute::Explain { dispute, days } => {
            let calendars = days.calendars()?;
            let dispute_id = resolve(&session, dispute).await?;
            let request = GetDisputeRequest { dispute_id };
            let answer = session.disputes().get_dispute(request).await?.into_inner();
            explain::deadline(screen, &answer.dispute.unwrap_or_default(), &calendars)
        }
        Dispute::History { dispute } => history(&session, screen, dispute).await,
        Dispute::Count { area, by } => {
            let request =
                CountDisputesRequest { area_code: area, by, ..CountDisputesRequest::default() };
            let answer = session.disputes().count_disputes(request).await?.into_inner();
            show::counts(screen, &answer.counts)
        }
        Dispute::ReissuePin(party::Reissue { dispute }) => {
            let dispute_id = resolve(&session, dispute).await?;
            party::reissue(&session, screen, dispute_id).await
        }
        Dispute::Change(change) => change::run(change, &session, screen).await,
        Dispute::People(people) => people::run(people, &session, screen).await,
    }
}

/// The id of a dispute that is named by id or by case code.
async fn resolve(session: &Session, dispute: String) -> Result<String, Failure> {
    if dispute.parse::<uuid::Uuid>().is_ok() {
        return Ok(dispute);
    }
    let request = FindDisputeRequest { case_code: dispute };
    let answer = session.disputes().find_dispute(request).await?.into_inner();
    Ok(answer.dispute.unwrap_or_default().dispute_id)
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

async fn send_report(session: &Session, screen: Screen, report: Report) -> Result<(), Failure> {
    let details = match &report.details {
        Some(path) => read_details(path)?,
        None => Details { parties: report.party, place: report.place, summary: report.summary },
    };
    let sealed = details != Details::default();
    let request = ReportDisputeRequest {
        request_id: session.request_id(),
        validate_only: report.dry_run,
        grid_code: report.grid,
        type_code: report.type_code,
        scale: report.scale,
        people: report.people,
        channel: report.channel,
        source: report.source,
        report_time: report.at.map(to_wire),
        details: sealed.then_some(details),
        without_pin: report.without_pin,
        ..ReportDisputeRequest::default()
    };
    let answer = session.disputes().report_dispute(request).await?.into_inner();
    if screen.json {
        return screen.message(&answer);
    }
    if report.dry_run {
        return screen.line("checked: it would be recorded / 校验通过，可以上报");
    }
    if answer.existing {
        screen.note("the same source was recorded before / 同一来源已有案件");
    }
    show::one(screen, answer.dispute.as_ref())?;
    let case_code = answer.dispute.unwrap_or_default().case_code;
    party::receipt(screen, &case_code, &answer.pin)?;
    position_line(screen, answer.feed_position)
}

async fn fetch_list(session: &Session, screen: Screen, list: List) -> Result<(), Failure> {
    let disputes = pages(list.limit, |page_size, page_token| {
        let request = ListDisputesRequest {
            page_size,
            page_token,
            area_code: list.area.clone(),
            states: list.state.clone(),
            levels: list.level.clone(),
            type_code: list.type_code.clone(),
            report_time_from: list.from.map(to_wire),
            report_time_until: list.until.map(to_wire),
        };
        let mut client = session.disputes();
        async move {
            let answer = client.list_disputes(request).await?.into_inner();
            Ok((answer.disputes, answer.next_page_token))
        }
    })
    .await?;
    show::list(screen, &disputes)
}

async fn history(session: &Session, screen: Screen, dispute: String) -> Result<(), Failure> {
    let dispute_id = resolve(session, dispute).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_come_from_a_file_and_are_not_repeated_in_an_error() {
        let details = parse_details(r#"{"parties": [{"name": "样例甲"}], "summary": "水阀"}"#);
        assert_eq!(details.unwrap().parties[0].name, "样例甲");
        let error = parse_details(r#"{"partys": [{"name": "样例甲"}]}"#).unwrap_err();
        let text = error.tell().unwrap();
        assert!(text.contains("line 1, column 9") && !text.contains("样例甲"), "{text}");
    }
}
