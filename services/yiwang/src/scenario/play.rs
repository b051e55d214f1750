//! Playing a scenario: step by step, and between the steps whatever happens by time alone, each thing when it is due.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Parser as _;
use jiff::Timestamp;
use tonic::Status;
use yiwang_proto::dispatch::v1::{Dispute, GetDisputeRequest, GetTimersRequest, GetTimersResponse};
use yiwang_proto::feed::v1::{Cursor, Envelope, PullRequest, RecordView};

use super::file::{Deed, Doing, Line, Step};
use super::stage::{GLANCE, Stage, reason};
use super::timeline::{Timeline, kind};
use super::{Ground, Scenario, Seen, facts};
use crate::command::Desk;
use crate::failure::Failure;
use crate::screen::Screen;

/// A scenario that is being played.
struct Player<'a> {
    stage: &'a Stage,
    timeline: Timeline,
    /// Ids of cases by their names.
    cases: BTreeMap<String, String>,
    cursor: Option<Cursor>,
    seen: Seen,
    /// Events since the step began.
    news: Vec<String>,
}

/// Plays a scenario.
///
/// # Errors
///
/// [`Failure::Wrong`] at the first step that did not do what the file expects, with what was instead.
pub async fn play(scenario: &Scenario, ground: &Ground, screen: Screen) -> Result<Seen, Failure> {
    let stage = Stage::open(ground, scenario, screen).await?;
    let played = on(&stage, scenario, screen).await;
    stage.close().await;
    played
}

async fn on(stage: &Stage, scenario: &Scenario, screen: Screen) -> Result<Seen, Failure> {
    let timeline = Timeline { screen };
    timeline.title(&scenario.name, &scenario.title, &scenario.title_zh)?;
    let head = stage.head("dispatch").await?;
    let (log, hash, position) = (head.log, head.hash, head.position);
    let cursor = (position > 0).then(|| Cursor { log, position, hash, filter: Vec::new() });
    let (cases, seen, news) = (BTreeMap::new(), Seen::default(), Vec::new());
    let mut player = Player { stage, timeline, cases, cursor, seen, news };
    for step in &scenario.steps {
        player.step(&scenario.name, step).await?;
    }
    Ok(player.seen)
}

impl Player<'_> {
    async fn step(&mut self, name: &str, step: &Step) -> Result<(), Failure> {
        self.timeline.say(&step.say)?;
        self.news.clear();
        let place = format!("{name}:{}", step.line);
        match &step.doing {
            Doing::Act { by, words, names } => {
                self.act(&place, step, (by, words, names.as_deref())).await?;
            }
            Doing::Until(time) => self.pass(*time).await?,
            Doing::Look => {}
        }
        self.check(&place, step).await
    }

    async fn act(
        &mut self,
        place: &str,
        step: &Step,
        (by, words, names): (&str, &[String], Option<&str>),
    ) -> Result<(), Failure> {
        let done = self.send(by, words).await;
        // What it has made due at once happens before anything else does.
        self.quiet().await?;
        let case = if step.case.is_empty() { "-" } else { &step.case };
        let refusal = match done {
            Ok(done) => {
                let (rpc, dispute_id) = done;
                self.seen.rpcs.insert(rpc.to_owned());
                if let Some(name) = names {
                    self.cases.insert(name.to_owned(), dispute_id);
                }
                None
            }
            Err(Failure::Refused(status)) => Some(status),
            Err(other) => return Err(other),
        };
        if let Some(status) = &refusal {
            let (time, reason) = (self.stage.clock.now(), reason(status));
            self.timeline.refused(time, case, by, (&reason, status.message()))?;
            self.seen.refusals.insert(reason);
        }
        self.tell().await?;
        as_expected(place, step, refusal.as_deref())
    }

    /// Sends a command; returns the rpc that it was, and the dispute that it was about, if it was about one.
    async fn send(&self, by: &str, words: &[String]) -> Result<(&'static str, String), Failure> {
        let read = Line::try_parse_from(words);
        let line = read.map_err(|error| Failure::Fault(error.to_string()))?;
        let session = self.stage.callers.get(by);
        let session = session.ok_or_else(|| Failure::Fault(format!("no caller {by}")))?;
        match line.act {
            Deed::Act(act) => {
                let done = act.send(&Desk { session, names: &self.cases }).await?;
                Ok((done.rpc, done.dispute.dispute_id))
            }
            Deed::Duty { duty } => Ok((duty.send(session).await?.rpc, String::new())),
        }
    }

    /// Lets time pass, from one thing that is due to the next.
    async fn pass(&mut self, until: Timestamp) -> Result<(), Failure> {
        loop {
            let timers = self.quiet().await?;
            let next =
                timers.next_time.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok());
            let now = self.stage.clock.now();
            let stop = next.map_or(until, |next| next.min(until)).max(now);
            let by = Duration::try_from(stop.duration_since(now)).unwrap_or_default();
            self.stage.clock.advance(by);
            if stop >= until {
                self.quiet().await?;
                return match self.tell().await? {
                    0 => self.timeline.passed(until),
                    _ => Ok(()),
                };
            }
            self.quiet().await?;
            self.tell().await?;
        }
    }

    /// Waits until nothing is due any more.
    async fn quiet(&self) -> Result<GetTimersResponse, Failure> {
        loop {
            let mut disputes = self.stage.player.disputes();
            let timers = disputes.get_timers(GetTimersRequest {}).await?.into_inner();
            if timers.due_since_time.is_none() {
                return Ok(timers);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Tells what is new in the log, and how the cases that it is about stand; returns how much it was.
    async fn tell(&mut self) -> Result<usize, Failure> {
        let events = self.pull().await?;
        let mut touched = BTreeSet::new();
        for event in &events {
            let header = event.header.clone().unwrap_or_default();
            let id = header.subject.trim_start_matches("dispute/");
            let named = self.cases.iter().find(|(_, known)| *known == id);
            let case = named.map_or("-", |(name, _)| name.as_str());
            self.timeline.event(event, case)?;
            if named.is_some() {
                touched.insert(case.to_owned());
            }
            let payload = event.payload.clone().unwrap_or_default();
            self.seen.encoded(&header.r#type, &payload.value);
            self.seen.events.insert(kind(&header).to_owned());
            self.news.push(kind(&header).to_owned());
        }
        for case in touched {
            let dispute = self.dispute(&case).await?;
            self.seen.message(&dispute);
            self.timeline.standing(&case, &dispute)?;
        }
        Ok(events.len())
    }

    async fn pull(&mut self) -> Result<Vec<Envelope>, Failure> {
        let mut events = Vec::new();
        loop {
            let request = PullRequest {
                service: "dispatch".to_owned(),
                cursor: self.cursor.clone(),
                view: RecordView::Decoded.into(),
                page_size: 1000,
                ..PullRequest::default()
            };
            let page = self.stage.player.feeds().pull(request).await?.into_inner().page;
            let page = page.unwrap_or_default();
            self.cursor = page.next.or(self.cursor.take());
            events.extend(page.envelopes);
            if page.upto >= page.head {
                return Ok(events);
            }
        }
    }

    async fn dispute(&self, case: &str) -> Result<Dispute, Failure> {
        let dispute_id = self.cases.get(case).cloned().unwrap_or_default();
        let request = GetDisputeRequest { dispute_id };
        let answer = self.stage.player.disputes().get_dispute(request).await?.into_inner();
        Ok(answer.dispute.unwrap_or_default())
    }

    /// Compares what is with what the file expects.
    async fn check(&self, place: &str, step: &Step) -> Result<(), Failure> {
        let mut wrong = Vec::new();
        for event in step.happened.iter().filter(|event| !self.news.contains(event)) {
            let news = self.news.join(" ");
            wrong.push((event.clone(), "to happen".to_owned(), news));
        }
        if !step.expect.is_empty() {
            let facts = facts::of(&self.dispute(&step.case).await?);
            for (name, wanted) in &step.expect {
                let is = facts.get(name).cloned().unwrap_or_default();
                if is != *wanted {
                    wrong.push((name.clone(), quoted(wanted), quoted(&is)));
                }
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let en = wrong.iter().map(|(name, wanted, is)| {
            format!("{place}: {name} was expected to be {wanted}, and is {is}")
        });
        let zh = wrong.iter().map(|(name, wanted, is)| format!("{name} 应为 {wanted}，实为 {is}"));
        let (en, zh): (Vec<String>, Vec<String>) = (en.collect(), zh.collect());
        Err(Failure::wrong(en.join("\n"), zh.join("；")))
    }
}

/// Whether a step was refused as the file says, or was not.
fn as_expected(place: &str, step: &Step, refusal: Option<&Status>) -> Result<(), Failure> {
    match (&step.refused, refusal) {
        (None, None) => Ok(()),
        (Some(wanted), Some(status)) if *wanted == reason(status) => Ok(()),
        (None, Some(status)) => Err(Failure::wrong(
            format!("{place}: refused, {}: {}", reason(status), status.message()),
            "该步骤被拒绝",
        )),
        (Some(wanted), None) => Err(Failure::wrong(
            format!("{place}: {wanted} was expected, and it was done"),
            format!("预期被拒绝（{wanted}），实际已执行"),
        )),
        (Some(wanted), Some(status)) => Err(Failure::wrong(
            format!(
                "{place}: {wanted} was expected, and not {}: {}",
                reason(status),
                status.message()
            ),
            format!("预期拒绝原因 {wanted}，实为 {}", reason(status)),
        )),
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") }
}
