//! Requests of parties, and their cases as they see them.

pub(crate) mod words;

use jiff::Timestamp;
use kit::Problem;
use ledger::Foreign;
use prost::{Message, Name};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::details::Plaintext;
use super::form::{Form, NOTE};
use super::resource::{Names, name};
use super::{enums, time};
use crate::api::pins::PinText;
use crate::domain::case_code::{CaseCode, NoCaseCode};
use crate::domain::codes::Id;
use crate::domain::command::Wish;
use crate::domain::dispute::{Clock, ClockKind, Conclusion, Dispute, Outcome};
use crate::domain::rules::Rules;
use crate::domain::sealed::SealedKind;

/// Case code and PIN: what a party has on its receipt.
#[derive(Debug)]
pub(crate) struct Key {
    /// The code.
    pub(crate) code: CaseCode,
    /// The PIN.
    pub(crate) pin: PinText,
}

/// What a party says.
#[derive(Debug)]
pub(crate) struct Said {
    /// Names the request.
    pub(crate) request_id: Uuid,
    /// Of which case.
    pub(crate) key: Key,
    /// What it asks.
    pub(crate) wish: Wish,
    /// Words to it, to be sealed.
    pub(crate) words: Option<Plaintext>,
}

/// Reads code and PIN. That a code has a wrong check digit tells nothing of which codes there are.
fn read_key(form: &mut Form, code: &str, pin: &str) -> Option<Key> {
    let code = match CaseCode::parse(code) {
        Ok(code) => Some(code),
        Err(NoCaseCode::CheckDigit) => {
            let (en, zh) =
                ("the check digit is wrong; a digit was misread", "校验位不符,请核对编码");
            form.wrong("case_code", "CHECK_DIGIT", en, zh);
            None
        }
        Err(NoCaseCode::Form) => {
            form.wrong("case_code", "MALFORMED", "thirteen digits are wanted", "须为13位数字");
            None
        }
    };
    let read = PinText::parse(pin);
    let pin = form.or_wrong(read, "pin", "six digits are wanted", "须为6位数字");
    Some(Key { code: code?, pin: pin? })
}

pub(crate) fn key(body: &pb::GetMyCaseRequest) -> Result<Key, Problem> {
    let mut form = Form::default();
    let key = read_key(&mut form, &body.case_code, &body.pin);
    form.finish(key)
}

pub(crate) fn rating(body: &pb::RateMyCaseRequest) -> Result<Said, Problem> {
    let mut form = Form::default();
    let satisfaction = form.choice("satisfaction", body.satisfaction, enums::satisfaction_from);
    let key = read_key(&mut form, &body.case_code, &body.pin);
    said(form, &body.request_id, key, satisfaction.map(Wish::Rate), &body.note)
}

pub(crate) fn reopening(body: &pb::ReopenMyCaseRequest) -> Result<Said, Problem> {
    let mut form = Form::default();
    let key = read_key(&mut form, &body.case_code, &body.pin);
    said(form, &body.request_id, key, Some(Wish::Reopen), &body.note)
}

fn said(
    mut form: Form,
    request_id: &str,
    key: Option<Key>,
    wish: Option<Wish>,
    note: &str,
) -> Result<Said, Problem> {
    let request_id = form.uuid("request_id", request_id);
    let fits = form.words("note", note, NOTE);
    let words = (!note.is_empty()).then(|| Plaintext::words(SealedKind::Party, note));
    let read = || {
        fits?;
        Some(Said { request_id: request_id?, key: key?, wish: wish?, words })
    };
    form.finish(read())
}

/// An event as the opening that it is, if it is one.
pub(crate) fn opening(event: Foreign) -> Option<pb::MyOpening> {
    let payload = event.payload.as_slice();
    let (purpose, file) = if event.header.r#type == pb::DetailsOpened::full_name() {
        (pb::DetailsOpened::decode(payload).ok()?.purpose, false)
    } else if event.header.r#type == pb::FileOpened::full_name() {
        (pb::FileOpened::decode(payload).ok()?.purpose, true)
    } else {
        return None;
    };
    let actor = event.header.actor.unwrap_or_default();
    Some(pb::MyOpening {
        open_time: event.header.record_time,
        caller_id: actor.caller_id,
        unit_id: actor.unit_id,
        unit_name: String::new(),
        purpose,
        purpose_words: enums::purpose_from(purpose).map(words::purpose),
        file,
    })
}

/// A case as its party sees it at `now`.
pub(crate) fn my_case(
    dispute: &Dispute,
    mut openings: Vec<pb::MyOpening>,
    names: &Names,
    rules: &Rules,
    now: Timestamp,
) -> pb::MyCase {
    for opening in &mut openings {
        opening.unit_name = name(&names.units, Id::parse(&opening.unit_id).ok().as_ref());
    }
    let ended = own_outcome(dispute);
    let deadlines = dispute.clocks.iter().filter(|(kind, clock)| is_told(**kind, clock, now));
    pb::MyCase {
        state: enums::state_to(dispute.state()),
        state_words: Some(words::state(dispute)),
        next_words: Some(words::next(dispute)),
        report_time: Some(time(dispute.reported_at)),
        update_time: Some(time(dispute.updated_at)),
        handler: Some(handler(dispute, names)),
        deadlines: deadlines.map(|(kind, clock)| deadline(*kind, clock, now)).collect(),
        supervised: dispute.supervision.is_some(),
        supervision_words: dispute.supervision.as_ref().map(|by| words::supervision(by.kind)),
        openings,
        outcome: dispute.stage.conclusion().map(|ended| outcome(dispute, ended, rules)),
        can_rate: ended.is_some_and(|ended| ended.rating.is_none()),
        can_reopen: ended
            .is_some_and(|ended| calendar::business_date(now) <= rules.reopen_until(ended.at)),
    }
}

fn own_outcome(dispute: &Dispute) -> Option<&Conclusion> {
    dispute.stage.conclusion().filter(|ended| ended.outcome != Outcome::Merged)
}

fn handler(dispute: &Dispute, names: &Names) -> pb::MyHandler {
    let place = &dispute.holder().place;
    let (area, unit) = (place.area.as_str(), place.unit.as_ref());
    let mediator = dispute.stage.mediation().map(|mediation| &mediation.organisation);
    pb::MyHandler {
        area_code: area.to_owned(),
        area_name: names.areas.get(area).cloned().unwrap_or_default(),
        unit_id: unit.map(|unit| unit.as_str().to_owned()).unwrap_or_default(),
        unit_name: name(&names.units, unit),
        mediator_name: name(&names.units, mediator),
    }
}

/// Whether a clock is told as a deadline. What the parties may do goes by the day, and once that is over, nobody owes it:
/// the outcome says which day it was.
fn is_told(kind: ClockKind, clock: &Clock, now: Timestamp) -> bool {
    let today = calendar::business_date(now);
    let gone = kind.is_of_the_parties() && clock.last_day().is_some_and(|last| today > last);
    clock.is_running() && !gone
}

fn deadline(kind: ClockKind, clock: &Clock, now: Timestamp) -> pb::MyDeadline {
    pb::MyDeadline {
        clock: enums::clock_to(kind),
        due_time: clock.due_at().map(time),
        overdue: !kind.is_of_the_parties() && clock.is_over(now),
        provisional: clock.ends.is_some_and(|ends| ends.provisional),
        words: Some(words::deadline(kind, clock, now)),
    }
}

fn outcome(dispute: &Dispute, ended: &Conclusion, rules: &Rules) -> pb::MyOutcome {
    let (kind, partial, _) = enums::outcome_to(ended.outcome);
    let day = |day: jiff::civil::Date| day.to_string();
    let reopen_until = own_outcome(dispute).map(|ended| day(rules.reopen_until(ended.at)));
    pb::MyOutcome {
        kind: kind.into(),
        words: Some(words::outcome(ended.outcome, partial)),
        outcome_time: Some(time(ended.at)),
        performance_dates: ended.performance_on.iter().copied().map(day).collect(),
        confirmation_until_date: ended.confirmation_until.map(day).unwrap_or_default(),
        reopen_until_date: reopen_until.unwrap_or_default(),
        satisfaction: ended
            .rating
            .map(|rating| enums::satisfaction_to(rating.satisfaction))
            .unwrap_or_default(),
        agreement_date: ended.agreed_on.map(day).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decide::tests::Case;

    #[test]
    fn the_parties_have_the_whole_last_day_for_a_court_and_then_no_deadline() {
        let case = Case::agreed();
        let told = |now: &str, kind: pb::ClockKind| {
            let (names, now) = (Names::default(), now.parse().unwrap());
            let mine = my_case(&case.dispute, Vec::new(), &names, &case.rules, now);
            assert_eq!(mine.outcome.unwrap().agreement_date, "2026-02-13");
            mine.deadlines.into_iter().find(|deadline| deadline.clock() == kind)
        };
        // A minute before midnight of Monday 16 March, long after closing time.
        let evening = "2026-03-16T15:59:00Z";
        let court = told(evening, pb::ClockKind::Confirm).unwrap();
        let words = court.words.unwrap();
        assert_eq!(words.zh, "双方申请司法确认：至2026年3月16日止，含当日");
        assert!(words.en.ends_with(": until 2026-03-16, that day included"), "{}", words.en);
        assert!(!court.overdue);
        let visit = told(evening, pb::ClockKind::FirstFollowUp).unwrap();
        assert!(visit.overdue && visit.words.unwrap().zh.contains("已超期"));
        assert_eq!(told("2026-03-16T16:00:00Z", pb::ClockKind::Confirm), None);
    }
}
