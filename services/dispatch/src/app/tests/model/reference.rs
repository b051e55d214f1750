//! The plain model: one struct, one function per thing that can happen, written from the rules and not from the program.
//! It knows one case, two teams that are always free, areas as texts, and takes every time from the calendar.

mod watch;

use calendar::{Card, Extension, Limit, Pause};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use self::watch::{Told, Watch, above, day, midnight, next_raise};
use crate::domain::command::Action;
use crate::domain::dispute::{
    ClockKind, Confirmation, Consent, Level, MediationKind, Outcome, Performance, RedoReason,
};

pub(super) struct Model {
    pub(super) state: &'static str,
    pub(super) receiver: String,
    pub(super) handler: Option<String>,
    /// Until when the limit stands still.
    pub(super) paused: Option<Timestamp>,
    pub(super) redone: u32,
    pub(super) confirmation: Option<Confirmation>,
    /// Day of the report.
    reported: Date,
    holders: Vec<(String, bool)>,
    consents: [Option<bool>; 2],
    /// Whether the one organisation is a people's mediation committee; else it is an authority.
    committee: bool,
    /// Whether a court may confirm what the mediation comes to.
    for_a_court: bool,
    /// Who is asked or under way, until when.
    out: Option<(&'static str, Timestamp)>,
    asked: Vec<&'static str>,
    level: Option<Level>,
    outcome: Option<&'static str>,
    visits: Vec<bool>,
    /// Whether the last visit found that nothing was due yet.
    not_due: bool,
    /// Who supervises it.
    pub(super) watcher: Option<String>,
    wanted: Option<u32>,
    deferred: Option<(Timestamp, bool)>,
    clocks: Vec<(ClockKind, Watch)>,
}

/// A clock as others see it: kind, end, stop, card, and who was told.
pub(super) type Shown = (ClockKind, Option<Timestamp>, Option<Timestamp>, Card, Option<Told>);

impl Model {
    pub(super) fn new(now: Timestamp, receiver: &str, holder: &str, committee: bool) -> Self {
        Model {
            state: "REPORTED",
            receiver: receiver.to_owned(),
            handler: None,
            paused: None,
            redone: 0,
            confirmation: None,
            reported: day(now),
            holders: vec![(holder.to_owned(), false)],
            consents: [None, None],
            committee,
            for_a_court: false,
            out: None,
            asked: Vec::new(),
            level: None,
            outcome: None,
            visits: Vec::new(),
            not_due: false,
            watcher: None,
            wanted: None,
            deferred: None,
            clocks: vec![(ClockKind::Accept, Watch::new(now, "1wd", None))],
        }
    }

    pub(super) fn holder(&self) -> &str {
        &self.holders.last().unwrap().0
    }

    pub(super) fn team(&self) -> Option<&str> {
        self.out.map(|(team, _)| team)
    }

    /// Every clock, in order.
    pub(super) fn clocks(&self) -> Vec<Shown> {
        let show = |(kind, watch): &(ClockKind, Watch)| {
            let due_at = watch.due().map(|due| due.at);
            (*kind, due_at, watch.stopped, watch.shown, watch.raised.clone())
        };
        let mut clocks: Vec<_> = self.clocks.iter().map(show).collect();
        clocks.sort_by_key(|(kind, ..)| *kind);
        clocks
    }

    fn clock(&mut self, kind: ClockKind) -> Option<&mut Watch> {
        self.clocks.iter_mut().find(|(known, _)| *known == kind).map(|(_, watch)| watch)
    }

    fn set(&mut self, kind: ClockKind, watch: Watch) {
        self.clocks.retain(|(known, _)| *known != kind);
        self.clocks.push((kind, watch));
    }

    fn stop(&mut self, kind: ClockKind, at: Timestamp) {
        if let Some(watch) = self.clock(kind)
            && watch.stopped.is_none()
        {
            watch.stopped = Some(at);
        }
    }

    /// Asks the first team that was not asked in this round.
    fn ask_next(&mut self, now: Timestamp) {
        match ["near", "far"].into_iter().find(|team| !self.asked.contains(team)) {
            Some(team) => {
                self.out = Some((team, now + SignedDuration::from_secs(60)));
                self.state = "OFFERED";
            }
            None => {
                self.out = None;
                self.asked.clear();
                self.state = "CALLED";
            }
        }
    }

    fn pass_over(&mut self, now: Timestamp) {
        if let Some((team, _)) = self.out.take() {
            self.asked.push(team);
        }
        self.ask_next(now);
    }

    fn limited(&self) -> bool {
        ["TRIAGED", "OFFERED", "CALLED", "UNDER_WAY", "ARRIVED", "MEDIATING"].contains(&self.state)
    }

    fn at_rest(&self) -> bool {
        ["TRIAGED", "CALLED", "MEDIATING"].contains(&self.state)
    }

    fn ended(&self) -> bool {
        ["CONCLUDED", "VERIFIED", "CLOSED"].contains(&self.state)
    }

    fn over(&self) -> bool {
        ["REJECTED", "CLOSED"].contains(&self.state)
    }

    /// Ends it; with an agreement from that day on.
    fn conclude(&mut self, now: Timestamp, outcome: &'static str, agreed: Option<Date>) {
        self.stop(ClockKind::Arrive, now);
        self.stop(ClockKind::Handle, now);
        if let Some(agreed) = agreed {
            self.set(ClockKind::FirstFollowUp, Watch::new(now, "7d", None));
            self.set(ClockKind::SecondFollowUp, Watch::new(now, "30d", None));
            if self.for_a_court {
                self.set(ClockKind::Confirm, Watch::new(midnight(agreed), "30d", None));
            }
        } else {
            self.set(ClockKind::Verify, Watch::new(now, "3wd", None));
        }
        self.outcome = Some(outcome);
        (self.out, self.wanted, self.deferred, self.paused) = (None, None, None, None);
        self.visits.clear();
        self.confirmation = None;
        self.state = "CONCLUDED";
    }

    fn handling(&self, start: Timestamp) -> Watch {
        match self.level.unwrap_or(Level::General) {
            Level::Simple => Watch::new(start, "1d", None),
            Level::General => Watch::new(start, "7d", Some("1wd")),
            Level::Complex => Watch::new(start, "20d", Some("1wd")),
        }
    }

    /// What somebody asks for; returns whether it is done.
    #[expect(clippy::too_many_lines, reason = "plain: one arm per command")]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "actions that change no case are not modelled"
    )]
    pub(super) fn ask(&mut self, now: Timestamp, scope: &str, action: &Action) -> bool {
        let is_above = self.holder().starts_with(scope) && self.holder() != scope;
        let decides = is_above || (scope == self.holder() && scope.len() == 4);
        let is_holder = self.holder().starts_with(scope);
        let moves_on = !matches!(
            action,
            Action::Resume | Action::Remind | Action::Supervise(_) | Action::LiftSupervision
        );
        if self.paused.is_some() && moves_on {
            return false;
        }
        match action {
            Action::Accept if is_holder && self.state == "REPORTED" => {
                self.state = "ACCEPTED";
                self.set(ClockKind::Handle, Watch::new(now, "7d", Some("1wd")));
                self.handler = Some(self.holder().to_owned());
                self.stop(ClockKind::Accept, now);
            }
            Action::Reject(_) if is_holder && self.state == "REPORTED" => {
                self.state = "REJECTED";
                self.watcher = None;
                self.stop(ClockKind::Accept, now);
            }
            Action::Triage(said) if is_holder && ["ACCEPTED", "TRIAGED"].contains(&self.state) => {
                self.level = Some(said.level);
                self.state = "TRIAGED";
                let mut watch = self.handling(now);
                let before = self.clock(ClockKind::Handle).unwrap();
                watch.limit.start = before.limit.start;
                watch.limit.pauses = before.limit.pauses.clone();
                watch.limit.extensions = before.limit.extensions.clone();
                (watch.shown, watch.raised) = (before.shown, before.raised.clone());
                self.set(ClockKind::Handle, watch);
            }
            Action::CallTeam(None)
                if is_holder && ["TRIAGED", "OFFERED", "CALLED"].contains(&self.state) =>
            {
                if self.clock(ClockKind::Arrive).is_none() {
                    self.set(ClockKind::Arrive, Watch::new(now, "10min", None));
                }
                if self.state == "TRIAGED" {
                    self.asked.clear();
                }
                self.pass_over(now);
            }
            Action::AcceptOffer(team)
                if self.state == "OFFERED" && self.team() == Some(team.as_str()) =>
            {
                let due = self.clock(ClockKind::Arrive).and_then(|watch| watch.due()).unwrap().at;
                let until = due.max(now) + SignedDuration::from_mins(10);
                self.out = self.out.map(|(team, _)| (team, until));
                self.state = "UNDER_WAY";
            }
            Action::DeclineOffer(team, _)
                if ["OFFERED", "UNDER_WAY"].contains(&self.state)
                    && self.team() == Some(team.as_str()) =>
            {
                self.pass_over(now);
            }
            Action::RecordArrival(team, None)
                if self.state == "UNDER_WAY" && self.team() == Some(team.as_str()) =>
            {
                self.stop(ClockKind::Arrive, now);
                self.out = self.out.map(|(team, _)| (team, Timestamp::MAX));
                self.consents = [None, None];
                self.state = "ARRIVED";
            }
            Action::RecordConsent(word) if ["ARRIVED", "MEDIATING"].contains(&self.state) => {
                self.consents[word.party as usize - 1] = Some(word.consent == Consent::Given);
            }
            Action::StartMediation { kind, consents, .. }
                if is_holder && self.state == "ARRIVED" =>
            {
                let (is_theirs, for_a_court) = match kind {
                    MediationKind::Peoples => (self.committee, true),
                    // Anybody may lead it; a court looks at who did.
                    MediationKind::Joint => (true, self.committee),
                    MediationKind::Administrative
                    | MediationKind::Judicial
                    | MediationKind::PublicSecurity => (!self.committee, false),
                };
                if !is_theirs {
                    return false;
                }
                for word in consents {
                    self.consents[word.party as usize - 1] = Some(word.consent == Consent::Given);
                }
                if self.consents != [Some(true), Some(true)] {
                    return false;
                }
                self.for_a_court = for_a_court;
                self.out = None;
                self.state = "MEDIATING";
            }
            Action::RecordOutcome(said)
                if is_holder && (self.limited() || self.state == "ACCEPTED") =>
            {
                let outcome = &said.outcome;
                let spoken = ["ARRIVED", "MEDIATING"].contains(&self.state);
                let unwilling = spoken && self.consents.contains(&Some(false));
                let mediating = self.state == "MEDIATING";
                let possible = match outcome {
                    Outcome::AgreedWritten { .. } | Outcome::AgreedOrally { .. } => {
                        mediating && !unwilling
                    }
                    Outcome::Failed => mediating,
                    Outcome::Refused => unwilling || !spoken,
                    Outcome::Referred(_) | Outcome::Withdrawn => true,
                    Outcome::NotMediable => !mediating,
                    Outcome::Merged => false,
                };
                if !possible {
                    return false;
                }
                let agreed = said.agreed_on.unwrap_or(day(now));
                let is_agreement = outcome.is_agreement();
                if is_agreement && (agreed < self.reported || agreed > day(now)) {
                    return false;
                }
                self.conclude(now, outcome.name(), is_agreement.then_some(agreed));
            }
            Action::RecordConfirmation(news) if is_holder && self.ended() => {
                let before = self.confirmation;
                let Some(court) = self.clock(ClockKind::Confirm) else { return false };
                let in_time = day(now) <= day(court.due().unwrap().at);
                let fits = match news {
                    Confirmation::Applied => before.is_none() && in_time,
                    Confirmation::Confirmed | Confirmation::Rejected => {
                        before == Some(Confirmation::Applied)
                    }
                };
                if !fits {
                    return false;
                }
                self.stop(ClockKind::Confirm, now);
                self.confirmation = Some(*news);
            }
            Action::RecordFollowUp { performance, .. }
                if is_holder && self.state == "CONCLUDED" =>
            {
                if self.visits.len() >= 20 {
                    return false;
                }
                self.visits.push(*performance == Performance::InDefault);
                self.not_due = *performance == Performance::NotDue;
                let kinds = [ClockKind::FirstFollowUp, ClockKind::SecondFollowUp];
                let mut waiting = Vec::new();
                for kind in kinds {
                    if self.clock(kind).is_some_and(|watch| watch.stopped.is_none()) {
                        waiting.push(kind);
                    }
                }
                if let Some(first) = waiting.first() {
                    self.stop(*first, now);
                }
                if waiting.len() <= 1 && self.clock(ClockKind::Verify).is_none() {
                    self.set(ClockKind::Verify, Watch::new(now, "3wd", None));
                }
            }
            Action::Verify if is_holder && self.state == "CONCLUDED" => {
                let agreed = self.outcome.is_some_and(|outcome| outcome.starts_with("AGREED"));
                let not_yet = !self.visits.is_empty() && self.not_due;
                if self.visits.last() == Some(&true)
                    || (agreed && self.visits.is_empty())
                    || not_yet
                {
                    return false;
                }
                for kind in [ClockKind::FirstFollowUp, ClockKind::SecondFollowUp, ClockKind::Verify]
                {
                    self.stop(kind, now);
                }
                self.state = "VERIFIED";
            }
            Action::Close if is_holder && self.state == "VERIFIED" => {
                self.state = "CLOSED";
                self.watcher = None;
            }
            Action::Redo(reason) if is_holder && self.ended() => {
                let outcome = self.outcome.unwrap_or_default();
                let fits = match reason {
                    RedoReason::NegativeFollowUp => self.visits.last() == Some(&true),
                    RedoReason::TriedAgain => ["FAILED", "REFUSED", "REFERRED"].contains(&outcome),
                    RedoReason::VerificationDisagrees | RedoReason::PartyAsks => {
                        outcome != "MERGED_DUPLICATE"
                    }
                };
                if !fits || self.redone >= 10 {
                    return false;
                }
                self.redone += 1;
                let kept = [ClockKind::Accept, ClockKind::Arrive];
                self.clocks.retain(|(kind, _)| kept.contains(kind));
                self.confirmation = None;
                let watch = self.handling(now);
                self.set(ClockKind::Handle, watch);
                self.state = if self.level.is_some() { "TRIAGED" } else { "ACCEPTED" };
            }
            Action::Merge(_) if is_holder && !self.ended() && self.state != "REJECTED" => {
                if self.watcher.as_ref().is_some_and(|by| !by.starts_with(scope)) {
                    return false;
                }
                for (_, watch) in &mut self.clocks {
                    watch.stopped = watch.stopped.or(Some(now));
                }
                self.outcome = Some("MERGED_DUPLICATE");
                (self.out, self.wanted, self.deferred, self.paused) = (None, None, None, None);
                self.visits.clear();
                self.watcher = None;
                self.state = "CLOSED";
            }
            Action::Escalate(..) | Action::Delegate { .. } | Action::Return(..) => {
                return is_holder && self.moved(action, is_above);
            }
            Action::Remind if !self.over() => {}
            Action::Supervise(_) if decides && !self.over() => {
                if self.watcher.as_ref().is_some_and(|by| !by.starts_with(scope)) {
                    return false;
                }
                self.watcher = Some(scope.to_owned());
            }
            Action::LiftSupervision if !self.over() => {
                if !self.watcher.as_ref().is_some_and(|by| by.starts_with(scope)) {
                    return false;
                }
                self.watcher = None;
            }
            Action::RequestExtension(days, _)
                if is_holder && self.limited() && self.wanted.is_none() =>
            {
                let handle = self.clock(ClockKind::Handle).unwrap();
                let before: u32 =
                    handle.limit.extensions.iter().map(|extension| extension.limit.amount).sum();
                if before + days > 10 {
                    return false;
                }
                self.wanted = Some(*days);
            }
            Action::DecideExtension(granted) if decides && self.limited() => {
                let Some(days) = self.wanted.take() else { return false };
                if *granted {
                    let extension = Extension {
                        limit: Limit::working_days(days),
                        reason_code: "COMPLEX".to_owned(),
                    };
                    self.clock(ClockKind::Handle).unwrap().limit.extensions.push(extension);
                }
            }
            Action::Pause(_) if is_holder && self.at_rest() => {
                let handle = self.clock(ClockKind::Handle).unwrap();
                if handle.limit.pauses.len() >= 20 || handle.due().is_some_and(|due| now > due.at) {
                    return false;
                }
                let pause = Pause { from: now, until: None };
                self.clock(ClockKind::Handle).unwrap().limit.pauses.push(pause);
                self.paused = Watch::new(now, "30d", None).due().map(|due| due.at);
            }
            Action::Resume if is_holder && self.at_rest() && self.paused.is_some() => {
                self.goes_on(now);
            }
            Action::Defer(_, day) if decides && self.at_rest() => {
                let waits = self.deferred.is_some_and(|(_, come)| !come);
                let due = self.clock(ClockKind::Handle).unwrap().due();
                if waits || due.is_none_or(|due| now <= due.at) {
                    return false;
                }
                self.deferred = Some((midnight(*day), false));
            }
            Action::EndDeferral if is_holder && self.at_rest() => {
                let deferred = self.deferred.take().is_some();
                if deferred {
                    self.tell_later(now);
                }
                return deferred;
            }
            _ => return false,
        }
        true
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other actions move nothing")]
    fn moved(&mut self, action: &Action, is_above: bool) -> bool {
        if !["REPORTED", "ACCEPTED", "TRIAGED", "CALLED"].contains(&self.state)
            || self.holders.len() >= 50
        {
            return false;
        }
        let holder = self.holder().to_owned();
        let (to, designated) = match action {
            Action::Escalate(..) => {
                let kept = self.holders.last().unwrap().1 && !is_above;
                (above(&holder).filter(|_| !kept), false)
            }
            Action::Delegate { to, designate, .. } => {
                let to = to.area.as_str().to_owned();
                let below = to.starts_with(&holder) && to != holder;
                (below.then_some(to), *designate)
            }
            Action::Return(step, _) => {
                let last = self.holders.len();
                let wanted = step.map_or(last - 1, |step| step as usize);
                let may = !self.holders[last - 1].1
                    && wanted >= 1
                    && wanted < last
                    && self.holders[wanted - 1].0 != holder;
                (may.then(|| self.holders[wanted - 1].0.clone()), false)
            }
            _ => (None, false),
        };
        let Some(to) = to else { return false };
        self.holders.push((to, designated));
        true
    }

    fn goes_on(&mut self, at: Timestamp) {
        let until = self.paused.take().unwrap().min(at);
        let pauses = &mut self.clock(ClockKind::Handle).unwrap().limit.pauses;
        pauses.last_mut().unwrap().until = Some(until);
    }

    /// The next tier has as long as anybody before it is told.
    fn tell_later(&mut self, now: Timestamp) {
        let handle = self.clock(ClockKind::Handle);
        if let Some((_, Some(next))) = handle.and_then(|watch| watch.raised.as_mut()) {
            *next = next_raise(now);
        }
    }

    /// What time alone does by `now`.
    pub(super) fn by_time(&mut self, now: Timestamp) {
        let waited = ["OFFERED", "UNDER_WAY"].contains(&self.state);
        if waited && self.out.is_some_and(|(_, until)| until <= now) {
            self.pass_over(now);
        }
        if let Some(until) = self.paused.filter(|until| *until <= now) {
            self.goes_on(until);
        }
        if let Some((day, come @ false)) = &mut self.deferred
            && *day <= now
        {
            *come = true;
            self.tell_later(now);
        }
        let holder = self.holder().to_owned();
        let deferred = self.deferred.is_some_and(|(_, come)| !come);
        for (kind, watch) in &mut self.clocks {
            let Some(due) = watch.due().filter(|_| watch.stopped.is_none()) else { continue };
            if (deferred && *kind == ClockKind::Handle) || *kind == ClockKind::Confirm {
                continue;
            }
            let goes_up = ![ClockKind::Arrive, ClockKind::FirstFollowUp].contains(kind);
            if watch.shown == Card::Red {
                if let Some((area, Some(next))) = watch.raised.clone()
                    && next <= now
                    && now >= Watch::red_at(&due)
                {
                    let from = if area.starts_with(&holder) { &holder } else { &area };
                    watch.raised = match above(from) {
                        Some(to) => {
                            let next = above(&to).map(|_| next_raise(now));
                            Some((to, next))
                        }
                        None => Some((area, None)),
                    };
                }
            } else if now >= Watch::red_at(&due) {
                watch.shown = Card::Red;
                let to = above(&holder).filter(|_| goes_up);
                watch.raised = to.map(|to| {
                    let next = above(&to).map(|_| next_raise(now));
                    (to, next)
                });
            } else if due.yellow_at.is_some_and(|at| at <= now) {
                watch.shown = Card::Yellow;
            }
        }
    }
}
