//! One row of a ledger of paper.

use prost::Message as _;
use yiwang_proto::dispatch::v1 as pb;

use super::cells::Cells;
use super::values::{
    AGREEMENTS, CHANNELS, ENDINGS, Ending, LEVELS, REFERRALS, SCALES, STANDINGS, Standing,
};
use super::{ReadRow, types};
use crate::api::convert::details::{NAME, PHONE, PLACE, Plaintext};
use crate::api::convert::form::NOTE;
use crate::api::convert::requests::MOST_PEOPLE;
use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::decide::MOST_PARTIES;
use crate::domain::dispute::{Outcome, Paper, PaperEnd, Scale, Source};
use crate::domain::sealed::SealedKind;
use crate::domain::takeover::{FaultReason, PaperPlace};

/// Most bytes of the number of a paper file.
const FILE_NUMBER: usize = 120;

/// Reads a row of a book; what is wrong with it is with its cells then.
pub(super) fn read(line: u32, cells: &mut Cells<'_>, book: &Id) -> Option<ReadRow> {
    let number = cells.number_of_ledger();
    let place = place(cells);
    let kind = types::read(cells);
    let channel = cells.required("channel").and_then(|_| cells.choice("channel", CHANNELS));
    let scale = match cells.text("scale") {
        Some(_) => cells.choice("scale", SCALES),
        None => Some(Scale::Individual),
    };
    let people = cells.count("people", MOST_PEOPLE);
    let (parties, words) = parties(cells);
    let level = cells.choice("level", LEVELS);
    let organisation = cells.id("organisation_id");
    let days = days(cells);
    let reported_on = days.reported;
    let (end, due_on) = end(cells, &days);
    if !cells.faults.is_empty() {
        return None;
    }
    let (old_type, kind) = kind?;
    Some(ReadRow {
        line,
        source: Source { system: book.clone(), number: number? },
        place: place?,
        reported_on: reported_on?,
        accepted_on: days.accepted?,
        scale: scale?,
        people: people?,
        parties: parties?,
        channel: channel?,
        paper: Paper { old_type, kind, level, due_on, end, organisation },
        words,
    })
}

fn place(cells: &mut Cells<'_>) -> Option<PaperPlace> {
    if cells.text("grid_code").is_some() {
        // A community beside its grid is no contradiction as long as the grid lies there.
        let grid = cells.code("grid_code", 15, GridCode::parse);
        let community = cells.text("community_code");
        if let Some((grid, community)) = grid.zip(community)
            && grid.community() != community
        {
            return cells.none("community_code", FaultReason::NotApplicable);
        }
        return grid.map(PaperPlace::Grid);
    }
    if cells.text("community_code").is_none() {
        return cells.none("grid_code", FaultReason::Missing);
    }
    cells.code("community_code", 12, AreaCode::parse).map(PaperPlace::Community)
}

/// Days of the row.
struct Days {
    reported: Option<jiff::civil::Date>,
    accepted: Option<jiff::civil::Date>,
    concluded: Option<jiff::civil::Date>,
    closed: Option<jiff::civil::Date>,
    due: Option<jiff::civil::Date>,
}

fn days(cells: &mut Cells<'_>) -> Days {
    for column in ["report_date", "accept_date"] {
        cells.required(column);
    }
    let days = Days {
        reported: cells.past_day("report_date"),
        accepted: cells.past_day("accept_date"),
        concluded: cells.past_day("outcome_date"),
        closed: cells.past_day("closed_date"),
        due: cells.day("due_date"),
    };
    cells.not_before(("accept_date", days.accepted), ("report_date", days.reported));
    cells.not_before(("outcome_date", days.concluded), ("accept_date", days.accepted));
    cells.not_before(("closed_date", days.closed), ("outcome_date", days.concluded));
    cells.not_before(("closed_date", days.closed), ("accept_date", days.accepted));
    if let (Some(due), Some(accepted)) = (days.due, days.accepted)
        && due <= accepted
    {
        cells.hint("due_date", FaultReason::DatesContradict, "accept_date");
    }
    days
}

/// How the case ended, and the last day of its limit: one or the other or neither.
fn end(cells: &mut Cells<'_>, days: &Days) -> (Option<PaperEnd>, Option<jiff::civil::Date>) {
    let standing = cells.required("state").and_then(|_| cells.choice("state", STANDINGS));
    match standing {
        None => (None, None),
        Some(Standing::Open) => {
            let ended = ["outcome", "agreement_kind", "referral", "outcome_date", "closed_date"];
            cells.empty(&ended, "open");
            (None, days.due)
        }
        Some(Standing::Closed) => {
            cells.empty(&["due_date"], "closed");
            for column in ["outcome_date", "closed_date"] {
                cells.required(column);
            }
            let ending = cells.required("outcome").and_then(|_| cells.choice("outcome", ENDINGS));
            let outcome = outcome(cells, ending);
            let end = || {
                let (on, closed_on) = (days.concluded?, days.closed?);
                Some(PaperEnd { outcome: outcome?, on, closed_on })
            };
            (end(), None)
        }
    }
}

/// The outcome, with the form of an agreement or the way of a referral.
fn outcome(cells: &mut Cells<'_>, ending: Option<Ending>) -> Option<Outcome> {
    match ending? {
        Ending::Agreed => {
            cells.empty(&["referral"], "agreed");
            cells.required("agreement_kind")?;
            cells.choice("agreement_kind", AGREEMENTS)
        }
        Ending::Referred => {
            cells.empty(&["agreement_kind"], "referred");
            cells.required("referral")?;
            cells.choice("referral", REFERRALS).map(Outcome::Referred)
        }
        Ending::Plainly(outcome) => {
            cells.empty(&["agreement_kind", "referral"], "outcome");
            Some(outcome)
        }
    }
}

/// How many parties there are, and everything about them that is to be sealed.
fn parties(cells: &mut Cells<'_>) -> (Option<u32>, Option<Plaintext>) {
    let names = parts(cells.text("party_names"));
    let phones = parts(cells.text("party_phones"));
    let mut named: Vec<pb::Party> = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        let phone = phones.get(at).copied().unwrap_or_default();
        let (name, phone) = ((*name).to_owned(), phone.to_owned());
        if name.len() > NAME {
            cells.fault("party_names", FaultReason::TooLong);
        }
        named.push(pb::Party { name, phone, ..pb::Party::default() });
    }
    if phones.iter().any(|phone| phone.len() > PHONE) {
        cells.fault("party_phones", FaultReason::TooLong);
    }
    if phones.len() > names.len() {
        cells.fault("party_phones", FaultReason::TooMany);
    }
    let told = cells.count("party_count", u32::MAX);
    let (place, summary) =
        (cells.words("place", PLACE), cells.words("summary", NOTE - FILE_NUMBER));
    let file = cells.words("file_number", FILE_NUMBER - "\n旧卷号：".len());
    let mut summary = summary.to_owned();
    if !file.is_empty() {
        // As any free text: nobody knows what stands in it.
        summary.push_str(&format!("\n旧卷号：{file}"));
    }
    let details = pb::Details { parties: named, place: place.to_owned(), summary, reporter: None };
    let words = (details.encoded_len() > 0)
        .then(|| Plaintext { kind: SealedKind::Details, bytes: details.encode_to_vec() });
    (number_of_parties(cells, told, details.parties.len()), words)
}

fn number_of_parties(cells: &mut Cells<'_>, told: Option<u32>, named: usize) -> Option<u32> {
    let (told, named) = (told?, u32::try_from(named).unwrap_or(u32::MAX));
    let column = if told == 0 { "party_names" } else { "party_count" };
    match told.max(named) {
        0 | 1 => cells.none(column, FaultReason::TooFewParties),
        _ if told != 0 && told < named => cells.none("party_count", FaultReason::OutOfRange),
        parties if parties > MOST_PARTIES => cells.none(column, FaultReason::TooMany),
        parties => Some(parties),
    }
}

/// Parts of a list as people separate them; one that is empty between others keeps its place.
fn parts(text: Option<&str>) -> Vec<&str> {
    let Some(text) = text else { return Vec::new() };
    let mut parts: Vec<&str> = text.split([';', '；', '、']).map(str::trim).collect();
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    parts
}
