//! What stands in a paper. Details are blanks unless they were opened.

use askama::Template;
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::words;
use crate::api::convert::events::file_number;
use crate::api::convert::resource::Names;
use crate::domain::dispute::{Clock, Conclusion, Dispute, MediationKind, Outcome, Place, Stage};
use crate::domain::dispute_types;

/// Which paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Acceptance,
    Agreement,
    Closing,
}

impl Kind {
    pub(super) fn from_wire(value: i32) -> Option<Kind> {
        match pb::DocumentKind::try_from(value).ok()? {
            pb::DocumentKind::Unspecified => None,
            pb::DocumentKind::Acceptance => Some(Kind::Acceptance),
            pb::DocumentKind::Agreement => Some(Kind::Agreement),
            pb::DocumentKind::ClosingReport => Some(Kind::Closing),
        }
    }
}

/// A paper to be rendered.
pub(super) enum Paper {
    Acceptance(Acceptance),
    Agreement(Agreement),
    Closing(Closing),
}

#[derive(Template)]
#[template(path = "acceptance.html")]
pub(super) struct Acceptance {
    title: &'static str,
    case_code: String,
    file_number: String,
    printed_at: String,
    details: &'static str,
    accepted_on: String,
    channel: &'static str,
    kind: String,
    people: String,
    receiver: String,
    holder: String,
    handle_due: String,
    parties: Vec<pb::Party>,
    place: String,
    summary: String,
}

#[derive(Template)]
#[template(path = "agreement.html")]
pub(super) struct Agreement {
    title: &'static str,
    case_code: String,
    file_number: String,
    printed_at: String,
    details: &'static str,
    parties: Vec<pb::Party>,
    summary: String,
    terms: String,
    partial: bool,
    /// An oral agreement is recorded by the mediator, and nobody signs it but the mediator.
    oral: bool,
    /// Whether the People's Mediation Law is what it rests on.
    by_peoples_law: bool,
    performance: String,
    confirmation_until: String,
    organisation: String,
    agreed_on: String,
}

#[derive(Template)]
#[template(path = "closing.html")]
pub(super) struct Closing {
    title: &'static str,
    case_code: String,
    file_number: String,
    printed_at: String,
    details: &'static str,
    accepted_on: String,
    concluded_on: String,
    kind: String,
    channel: &'static str,
    receiver: String,
    handler: String,
    holder: String,
    organisation: String,
    outcome: String,
    performance: String,
    clocks: Vec<Line>,
    visits: Vec<String>,
    verified_on: String,
    closed_on: String,
    notes: Vec<Line>,
}

/// A row of a table.
struct Line {
    name: &'static str,
    text: String,
}

impl Paper {
    /// The paper of a case, with what was opened of it.
    pub(super) fn of(
        dispute: &Dispute,
        kind: Kind,
        pieces: &[pb::OpenedPiece],
        names: &Names,
        now: Timestamp,
    ) -> Paper {
        let about = About { dispute, pieces, names, now };
        match kind {
            Kind::Acceptance => Paper::Acceptance(about.acceptance()),
            Kind::Agreement => Paper::Agreement(about.agreement()),
            Kind::Closing => Paper::Closing(about.closing()),
        }
    }

    pub(super) fn render(&self) -> Result<String, askama::Error> {
        match self {
            Paper::Acceptance(paper) => paper.render(),
            Paper::Agreement(paper) => paper.render(),
            Paper::Closing(paper) => paper.render(),
        }
    }
}

/// A case and what was opened of it.
struct About<'a> {
    dispute: &'a Dispute,
    pieces: &'a [pb::OpenedPiece],
    names: &'a Names,
    now: Timestamp,
}

impl About<'_> {
    fn acceptance(&self) -> Acceptance {
        let details = self.details();
        Acceptance {
            title: "纠纷受理登记表",
            case_code: self.dispute.code.to_string(),
            file_number: self.file_number(),
            printed_at: moment(self.now),
            details: self.marker(),
            accepted_on: day_of(self.dispute.accepted_at),
            channel: words::channel(self.dispute.channel),
            kind: self.kind(),
            people: if self.dispute.people == 0 {
                format!("当事人{}方", self.dispute.parties)
            } else {
                format!("当事人{}方，涉及{}人", self.dispute.parties, self.dispute.people)
            },
            receiver: self.place(&self.dispute.first_receiver),
            holder: self.place(&self.dispute.holder().place),
            handle_due: self
                .dispute
                .clock(crate::domain::dispute::ClockKind::Handle)
                .and_then(Clock::due_at)
                .map(moment)
                .unwrap_or_default(),
            parties: self.parties(),
            place: details.place,
            summary: details.summary,
        }
    }

    fn agreement(&self) -> Agreement {
        let ended = self.dispute.stage.conclusion();
        let outcome = ended.map(|ended| ended.outcome);
        let mediation = self.dispute.stage.mediation();
        let partial = match outcome {
            Some(Outcome::AgreedWritten { partial } | Outcome::AgreedOrally { partial }) => partial,
            _ => false,
        };
        let oral = matches!(outcome, Some(Outcome::AgreedOrally { .. }));
        let kind = mediation.map(|mediation| mediation.kind);
        Agreement {
            title: match (oral, kind) {
                (true, _) => "口头协议登记表",
                (_, Some(MediationKind::Administrative)) => "行政调解协议书",
                (_, Some(MediationKind::Judicial)) => "调解协议书",
                (_, Some(MediationKind::PublicSecurity)) => "治安调解协议书",
                (_, Some(MediationKind::Joint)) => "联合调解协议书",
                (_, Some(MediationKind::Peoples) | None) => "人民调解协议书",
            },
            case_code: self.dispute.code.to_string(),
            file_number: self.file_number(),
            printed_at: moment(self.now),
            details: self.marker(),
            parties: self.parties(),
            summary: self.details().summary,
            terms: ended.and_then(|ended| ended.words).map(|id| self.text(id)).unwrap_or_default(),
            partial,
            oral,
            by_peoples_law: matches!(kind, Some(MediationKind::Peoples) | None),
            performance: ended.map(performance).unwrap_or_default(),
            confirmation_until: ended
                .and_then(|ended| ended.confirmation_until)
                .map(words::date)
                .unwrap_or_default(),
            organisation: self.organisation(),
            agreed_on: ended.and_then(|ended| ended.agreed_on).map(words::date).unwrap_or_default(),
        }
    }

    fn closing(&self) -> Closing {
        let dispute = self.dispute;
        let ended = dispute.stage.conclusion();
        let (verified_at, closed_at) = if let Stage::Verified { at, .. } = &dispute.stage {
            (Some(*at), None)
        } else if let Stage::Closed { verified_at, at, .. } = &dispute.stage {
            (*verified_at, Some(*at))
        } else {
            (None, None)
        };
        let clocks = dispute
            .clocks
            .iter()
            .filter(|(kind, _)| !kind.is_of_the_parties())
            .map(|(kind, clock)| Line { name: words::clock(*kind), text: clock_text(clock) });
        let visits = ended.into_iter().flat_map(|ended| &ended.follow_ups).map(|visit| {
            let relapsed = if visit.relapsed { "，纠纷反复" } else { "" };
            format!(
                "{} {}{relapsed}",
                day_of(Some(visit.at)),
                words::performance(visit.performance)
            )
        });
        let notes = self.pieces.iter().filter(|piece| !piece.text.is_empty());
        Closing {
            title: "结案报告表",
            case_code: dispute.code.to_string(),
            file_number: self.file_number(),
            printed_at: moment(self.now),
            details: self.marker(),
            accepted_on: day_of(dispute.accepted_at),
            concluded_on: day_of(ended.map(|ended| ended.at)),
            kind: self.kind(),
            channel: words::channel(dispute.channel),
            receiver: self.place(&dispute.first_receiver),
            handler: dispute.first_handler.as_ref().map(|at| self.place(at)).unwrap_or_default(),
            holder: self.place(&dispute.holder().place),
            organisation: self.organisation(),
            outcome: ended.map(|ended| words::outcome(ended.outcome)).unwrap_or_default(),
            performance: ended.map(performance).unwrap_or_default(),
            clocks: clocks.collect(),
            visits: visits.collect(),
            verified_on: day_of(verified_at),
            closed_on: day_of(closed_at),
            notes: notes
                .map(|piece| Line { name: words::sealed(piece.kind()), text: piece.text.clone() })
                .collect(),
        }
    }

    fn marker(&self) -> &'static str {
        if self.pieces.is_empty() { "" } else { "opened" }
    }

    fn details(&self) -> pb::Details {
        let of = pb::SealedKind::Details;
        let opened = self.pieces.iter().find(|piece| piece.kind() == of);
        opened.and_then(|piece| piece.details.clone()).unwrap_or_default()
    }

    /// As many as the case has; those that nothing is known of are blank.
    fn parties(&self) -> Vec<pb::Party> {
        let mut parties = self.details().parties;
        parties.resize_with(self.dispute.parties as usize, pb::Party::default);
        parties
    }

    /// The words of a sealing, when they were opened.
    fn text(&self, sealed: Uuid) -> String {
        let opened = self.pieces.iter().find(|piece| piece.sealed_id == sealed.to_string());
        opened.map(|piece| piece.text.clone()).unwrap_or_default()
    }

    /// An area or a unit of it by name, as far as it is known, with its code.
    fn place(&self, place: &Place) -> String {
        let code = place.area.as_str();
        let area =
            self.names.areas.get(code).map_or(code.to_owned(), |name| format!("{name}（{code}）"));
        match &place.unit {
            Some(unit) => {
                let name = self.names.units.get(unit).map_or(unit.as_str(), String::as_str);
                format!("{area}{name}")
            }
            None => area,
        }
    }

    fn kind(&self) -> String {
        let code = self.dispute.kind.as_str();
        let name =
            |code: &str| dispute_types::find(code).map_or("", |known| known.name_zh.as_str());
        if code.len() > 2 {
            return format!("{} {}（{}）", code, name(code), name(&code[..2]));
        }
        format!("{code} {}", name(code))
    }

    fn organisation(&self) -> String {
        let id = self.dispute.stage.mediation().map(|mediation| &mediation.organisation);
        id.and_then(|id| self.names.units.get(id)).cloned().unwrap_or_default()
    }

    /// The number of the file with the organisation in front of it, as the forms have it.
    fn file_number(&self) -> String {
        let Some(mediation) = self.dispute.stage.mediation() else { return String::new() };
        let number = file_number(mediation.kind, mediation.file);
        match number.split_once(')') {
            Some((year, rest)) => format!("{year}){}{rest}", self.organisation()),
            None => number,
        }
    }
}

fn performance(ended: &Conclusion) -> String {
    ended.performance_on.iter().copied().map(words::date).collect::<Vec<_>>().join("、")
}

fn clock_text(clock: &Clock) -> String {
    let due = clock.due_at().map_or("中止".to_owned(), moment);
    let kept = match (clock.stopped, clock.due_at()) {
        (Some(stopped), Some(due)) if stopped.done && stopped.at <= due => "，按时",
        (Some(stopped), Some(_)) if stopped.done => "，超期",
        (Some(_), _) => "，未发生",
        (None, _) => "，计时中",
    };
    let limit = calendar::in_words(clock.limit.limit).zh;
    format!("期限 {due}（{limit}，{}）{kept}", authority(clock))
}

/// What a limit comes from; the example of another place is named as one, as where it is explained.
fn authority(clock: &Clock) -> String {
    let rules = calendar::Rules::shipped();
    let rule = clock.limit.rule_key.as_deref().and_then(|key| rules.get(key));
    match rule.filter(|rule| rule.source == clock.rule_source).map(|rule| rule.authority) {
        Some(calendar::Authority::LocalOther) => {
            format!("{}，外地做法，仅供参考", clock.rule_source)
        }
        _ => clock.rule_source.clone(),
    }
}

fn moment(at: Timestamp) -> String {
    jiff::tz::offset(8).to_datetime(at).strftime("%Y年%-m月%-d日%H:%M").to_string()
}

fn day_of(at: Option<Timestamp>) -> String {
    at.map(calendar::business_date).map(|day: Date| words::date(day)).unwrap_or_default()
}
