//! `yiwang dispute report`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use yiwang_proto::dispatch::v1::{Details, Party, ReportDisputeRequest, Reporter, Source};

use super::act::{Desk, Done};
use crate::command::party::receipt_line;
use crate::command::shared::{parse_time, to_wire};
use crate::failure::Failure;
use crate::labels;

/// What is reported.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples / 示例:
  yiwang dispute report --grid 370306004006001 --type 0201 --scale individual --channel grid-worker --details case.json
  yiwang dispute report --grid 370306004006001 --type 0101 --scale individual --channel resident --protective
Names, phones, places and words are sealed: no list, feed or log shows them.
Where somebody's life is in danger say so with --danger-to-life: nothing is recorded as a case, and the police come first.")]
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
    /// Who reports it and wants to be told: name=…,phone=…; sealed.
    #[arg(long, value_parser = parse_reporter)]
    reporter: Option<Reporter>,
    /// Exact place; sealed.
    #[arg(long, default_value = "")]
    place: String,
    /// What it is about; sealed.
    #[arg(long, default_value = "")]
    summary: String,
    /// JSON file with parties, reporter, place and summary, or - for the standard input; keeps names out of the shell's history.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["party", "reporter", "place", "summary"])]
    details: Option<PathBuf>,
    /// Somebody's life is in danger: the police come first.
    #[arg(long)]
    danger_to_life: bool,
    /// The case needs protection, as with domestic violence: a mark of the case, of no person.
    #[arg(long)]
    protective: bool,
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
    reporter: Option<ReporterFile>,
    place: String,
    summary: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ReporterFile {
    name: String,
    phone: String,
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
                 \"reporter\": {{\"name\", \"phone\"}}, \"place\", \"summary\"}} is wanted",
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
    let reporter = |ReporterFile { name, phone }| Reporter { name, phone };
    let reporter = file.reporter.map(reporter);
    Ok(Details { parties, place: file.place, summary: file.summary, reporter })
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

fn parse_reporter(text: &str) -> Result<Reporter, String> {
    let party = parse_party(text)?;
    let Party { name, phone, address, statement } = party;
    if address.is_empty() && statement.is_empty() {
        return Ok(Reporter { name, phone });
    }
    Err("name=…,phone=… is wanted".to_owned())
}

impl Report {
    pub(super) async fn send(self, desk: &Desk<'_>) -> Result<Done, Failure> {
        let details = match &self.details {
            Some(path) => read_details(path)?,
            None => Details {
                parties: self.party,
                place: self.place,
                summary: self.summary,
                reporter: self.reporter,
            },
        };
        let sealed = details != Details::default();
        let request = ReportDisputeRequest {
            request_id: desk.session.request_id(),
            validate_only: self.dry_run,
            grid_code: self.grid,
            type_code: self.type_code,
            scale: self.scale,
            people: self.people,
            channel: self.channel,
            source: self.source,
            report_time: self.at.map(to_wire),
            details: sealed.then_some(details),
            danger_to_life: self.danger_to_life,
            protective: self.protective,
            without_pin: self.without_pin,
            ..ReportDisputeRequest::default()
        };
        let answer = desk.session.disputes().report_dispute(request).await?.into_inner();
        let done =
            Done::of("report_dispute", answer.dispute.clone(), answer.feed_position, &answer)?;
        if self.dry_run {
            let said = "checked: it would be recorded / 校验通过，可以上报".to_owned();
            return Ok(done.instead(vec![said]));
        }
        if answer.existing {
            return Ok(done.noting("the same source was recorded before / 同一来源已有案件"));
        }
        let case_code = answer.dispute.unwrap_or_default().case_code;
        Ok(match receipt_line(&case_code, &answer.pin) {
            Some(line) => done.noting(line),
            None => done,
        })
    }
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
