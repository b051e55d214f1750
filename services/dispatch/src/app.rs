//! What the committer needs to know of dispatch: which states a command touches, what it decides, what facts do.

mod reads;
mod takeover;
mod teams;

pub(crate) use self::reads::waits_for_a_team;

use kit::Role;
use ledger::{
    Authority, CannotApply, Decision, Foreign, Key, Moment, Published, Sealed, Stamp, States,
    StoredRow, Table,
};

use crate::api::convert::happenings;
use crate::domain::codes::AreaCode;
use crate::domain::command::{Act, Action, ClockWord, Command, TriedOn};
use crate::domain::decide::{self, Answer, Around, Context, Known, Ruling};
use crate::domain::dispute::{Dispute, Place, subject};
use crate::domain::dispute_types::TypeCode;
use crate::domain::event::{Event, Fact, Happening};
use crate::domain::places::Positions;
use crate::domain::rejection::Rejection;
use crate::domain::rules::Rules;
use crate::domain::{evolve, notice, sealed::Sealing};
use crate::follow;
use crate::project::{self, ClockHold, Recorded, SealedPiece, State};
use crate::store::{
    catalogue_key, clock_hold_key, counter_key, dispute_key, engagement_key, files_key, grid_key,
    notice_key, pin_key, sealed_key, source_key, team_key, unit_key,
};

/// Dispatch as the only authority for disputes.
#[derive(Debug, Clone)]
pub struct Dispatch {
    /// The rules that it decides by.
    pub rules: Rules,
}

/// A command with what was sealed for it: sealing happens before, so that the committer does no cryptography.
#[derive(Debug, Clone)]
pub struct Order {
    /// The command.
    pub command: Command,
    /// What was sealed; digests and ids are in the command.
    pub parcels: Vec<Sealed>,
    /// Where teams said that they are, where it matters: read before, so that the decision rests on its inputs alone.
    pub positions: Positions,
}

impl From<Command> for Order {
    fn from(command: Command) -> Self {
        Order { command, parcels: Vec::new(), positions: Positions::new() }
    }
}

/// Role that opens details.
pub const OPENS_DETAILS: Role = Role::SeeParty;

impl Authority for Dispatch {
    type Command = Order;
    type Event = Happening;
    type State = State;
    type Answer = Answer;
    type Rejection = Rejection;

    fn service(&self) -> &'static str {
        "dispatch"
    }

    fn tables(&self) -> &'static [&'static Table] {
        &crate::store::TABLES
    }

    fn reads(&self, order: &Order, known: &States<State>) -> Vec<Key> {
        match &order.command {
            // The dispute's own row is new under a fresh UUID and need not be looked for.
            Command::Report(report) => {
                let mut keys = Vec::with_capacity(4);
                keys.push(counter_key(self.rules.node_number));
                keys.push(catalogue_key());
                keys.push(grid_key(report.grid));
                keys.extend(report.source.as_ref().map(source_key));
                keys
            }
            Command::TakeOver(ask) => self.reads_of_ledger(ask, known),
            Command::Act(act) => reads::act(act, known),
            Command::Recount(disputes) => disputes.iter().copied().map(dispute_key).collect(),
            Command::Ring(dispute) => reads::ring(*dispute, known),
            Command::Party(act) => reads::party(act.of),
            Command::Notice(act) => reads::notice(act),
            Command::Clock(_) => vec![clock_hold_key()],
            Command::Duty(act) => teams::duty(&act.wish, known),
        }
    }

    fn decide(
        &self,
        states: &States<State>,
        order: &Order,
        moment: &Moment,
    ) -> Result<Decision<Self>, Rejection> {
        let by_the_city = self.rules_of_the_city(states, order, moment);
        let rules = by_the_city.as_ref().unwrap_or(&self.rules);
        let context = context(rules, moment);
        let (ruling, of) = match &order.command {
            Command::Report(report) => {
                let source =
                    report.source.as_ref().and_then(|source| recorded(states, &source_key(source)));
                let known = Known {
                    grid: reads::grid(states, &grid_key(report.grid)),
                    recorded: source.map(|recorded| (recorded.dispute, recorded.grid)),
                    counter: reads::counter(states, &counter_key(self.rules.node_number)),
                };
                (decide::report(&context, &known, report)?, TriedOn::Case(report.dispute_id))
            }
            Command::Act(act) => {
                let dispute = reads::dispute(states, &dispute_key(act.dispute_id));
                let around = dispute.map(|dispute| around(states, dispute, act, &order.positions));
                let around = around.unwrap_or_default();
                (decide::act(&context, dispute, &around, act)?, TriedOn::Case(act.dispute_id))
            }
            Command::Party(act) => {
                let dispute = reads::tried(states, act.of);
                let pin = reads::pin(states, act.of).cloned().unwrap_or_default();
                (decide::party(&context, dispute, &pin, act)?, act.of)
            }
            Command::TakeOver(ask) => return self.take_over(states, ask, order, moment),
            Command::Notice(act) => {
                let told = reads::told(states, act);
                (decide::notice(&context, told, act)?, TriedOn::Case(act.dispute_id))
            }
            Command::Ring(dispute) => {
                return Ok(ringing(&context, states, *dispute, &order.positions));
            }
            Command::Duty(act) => {
                let known = teams::named(states, &act.wish);
                let rules = |dispute: &Dispute| self.rules_for(states, counted_by(dispute), moment);
                let asked = teams::asked(states, &act.wish, &order.positions, &rules);
                let (events, answer) = decide::duty(&context, &known, asked, act)?;
                return Ok(Decision::done(events, answer));
            }
            Command::Recount(disputes) => return Ok(recounting(&context, states, disputes)),
            Command::Clock(word) => return Ok(doubting(&context, states, *word)),
        };
        Ok(self.decision(states, ruling, order, moment, of))
    }

    fn evolve(&self, states: &mut States<State>, event: &Happening, stamp: &Stamp) {
        let event = match event {
            Happening::Team(event) => return teams::evolve(states, event, stamp.at),
            Happening::Dispute(event) => event,
        };
        let key = dispute_key(event.dispute_id);
        if let Some(position) = notice::changed(&event.fact) {
            let row = notice_key(position);
            let after = notice::evolve(reads::undelivered(states, &row), event, stamp.at);
            if let Some(after) = after {
                states.put(row, State::Notice(after));
            }
        }
        if evolve::changes_nothing(&event.fact) {
            return;
        }
        if let Fact::Reported(reported) = &event.fact {
            if let Some(source) = &reported.source {
                let recorded = Recorded { dispute: event.dispute_id, grid: event.grid };
                states.put(source_key(source), State::Source(recorded));
            }
            states.put(key, State::Dispute(evolve::born(event, reported, stamp.at)));
            return;
        }
        if let Fact::TakenOver(taken) = &event.fact {
            let recorded = Recorded { dispute: event.dispute_id, grid: event.grid };
            states.put(source_key(&taken.source), State::Source(recorded));
            states.put(key, State::Dispute(evolve::taken_over(event, taken, stamp.at)));
            return;
        }
        if let Some(dispute) = reads::dispute(states, &key).cloned() {
            states.put(key, State::Dispute(evolve::evolve(dispute, event, stamp.at)));
        }
        teams::engage(states, event, stamp.at);
    }

    fn touches(&self, event: &Happening) -> Vec<Key> {
        let event = match event {
            Happening::Team(event) => return vec![team_key(&event.team)],
            Happening::Dispute(event) => event,
        };
        if evolve::changes_nothing(&event.fact) {
            return notice::changed(&event.fact).map(notice_key).into_iter().collect();
        }
        let mut keys = vec![dispute_key(event.dispute_id)];
        keys.extend(event.engages().map(|(team, _)| engagement_key(team)));
        if let Fact::Reported(reported) = &event.fact {
            keys.extend(reported.source.as_ref().map(source_key));
        }
        if let Fact::TakenOver(taken) = &event.fact {
            keys.push(source_key(&taken.source));
        }
        keys
    }

    fn publish(&self, event: &Happening) -> Published {
        happenings::publish(event)
    }

    fn recognise(&self, type_name: &str, payload: &[u8]) -> Option<Happening> {
        happenings::recognise(type_name, payload)
    }

    fn store(&self, state: &State) -> StoredRow {
        project::row(state)
    }

    fn load(&self, table: &'static Table, body: &str) -> Result<State, serde_json::Error> {
        project::load(table, body)
    }

    fn follows(&self) -> &'static [&'static str] {
        &["registry"]
    }

    fn follow_reads(&self, foreign: &Foreign, known: &States<State>) -> Vec<Key> {
        follow::reads(foreign, known)
    }

    fn follow(
        &self,
        states: &mut States<State>,
        foreign: &Foreign,
        _moment: &Moment,
    ) -> Result<Vec<Happening>, CannotApply> {
        follow::apply(states, foreign)?;
        Ok(Vec::new())
    }
}

impl Dispatch {
    /// The rules with what the city's catalogue says in the place of ours, once it has released one.
    fn rules_of_the_city(
        &self,
        states: &States<State>,
        order: &Order,
        moment: &Moment,
    ) -> Option<Rules> {
        let known = |id: &uuid::Uuid| reads::dispute(states, &dispute_key(*id)).map(counted_by);
        let (kind, holder) = match &order.command {
            Command::Report(report) => (report.kind, decide::first_holder(report).area),
            Command::Act(act) => {
                let (kind, holder) = known(&act.dispute_id)?;
                (act.action.kind().unwrap_or(kind), holder)
            }
            Command::Ring(dispute) => known(dispute)?,
            Command::Party(act) => counted_by(reads::tried(states, act.of)?),
            // A ledger and a team have cases of many places: each is counted by the rules of its own.
            Command::TakeOver(_)
            | Command::Recount(_)
            | Command::Notice(_)
            | Command::Duty(_)
            | Command::Clock(_) => return None,
        };
        self.rules_for(states, (kind, holder), moment)
    }

    /// The rules for cases of a type that somebody holds, once the city has released a catalogue.
    fn rules_for(
        &self,
        states: &States<State>,
        (kind, holder): (TypeCode, AreaCode),
        moment: &Moment,
    ) -> Option<Rules> {
        let key = catalogue_key();
        let catalogue = match states.knows(&key).then(|| states.get(&key)) {
            Some(Some(State::Catalogue(catalogue))) => catalogue,
            _ => return None,
        };
        let today = calendar::business_date(moment.now);
        Some(catalogue.rules_for(&self.rules, kind.as_str(), holder, today))
    }

    /// Adds what no event carries: the counter, sealed pieces with their keys, erasures, the PIN.
    fn decision(
        &self,
        states: &States<State>,
        ruling: Ruling,
        order: &Order,
        moment: &Moment,
        of: TriedOn,
    ) -> Decision<Self> {
        let dispute_id = match of {
            TriedOn::Case(dispute_id) => dispute_id,
            TriedOn::Nobody(_) => uuid::Uuid::nil(),
        };
        let erased = match &ruling.answer {
            Ok(Answer::Erased { sealed, files, .. }) => Some((sealed.clone(), files.clone())),
            Ok(_) | Err(_) => None,
        };
        let sealing = ruling.events.iter().find_map(|event| event.sealing);
        let events = of_disputes(ruling.events);
        let mut decision = match ruling.answer {
            Ok(answer) => Decision::done(events, answer),
            Err(rejection) => Decision::refused(events, rejection),
        };
        if let Some(counter) = ruling.counter {
            decision =
                decision.keeping(counter_key(self.rules.node_number), State::Counter(counter));
        }
        if let Some((organisation, files)) = ruling.files {
            decision = decision.keeping(files_key(&organisation), State::Files(files));
        }
        if let Some(pin) = ruling.pin {
            decision = decision.keeping(pin_key(of), State::Pin(pin));
        }
        if let (Some(sealing), Some(parcel)) = (sealing, order.parcels.first()) {
            let piece = piece(dispute_id, &sealing, moment, parcel.ciphertext.clone());
            decision = decision
                .keeping(sealed_key(dispute_id, sealing.id), State::Sealed(piece))
                .with_keys([parcel.key.clone()]);
        }
        if let Some((sealed, files)) = erased {
            for id in &sealed {
                let key = sealed_key(dispute_id, *id);
                if let Some(blank) = blank(states, &key) {
                    decision = decision.keeping(key, State::Sealed(blank));
                }
            }
            let erased = sealed.iter().chain(&files).map(ToString::to_string);
            decision = decision.destroying(subject(dispute_id), erased);
        }
        decision
    }
}

/// What the city's limits of a dispute depend on.
fn counted_by(dispute: &Dispute) -> (TypeCode, AreaCode) {
    (dispute.kind, dispute.holder().place.area)
}

fn of_disputes(events: Vec<Event>) -> Vec<Happening> {
    events.into_iter().map(Happening::Dispute).collect()
}

fn context<'a>(rules: &'a Rules, moment: &'a Moment) -> Context<'a> {
    let registry = moment.references.iter().find(|log| log.service == "registry");
    Context {
        rules,
        now: moment.now,
        node: &moment.node,
        incarnation: moment.incarnation,
        registry_caught_up: registry.is_some_and(|log| log.caught_up),
        registry_read_once: registry.is_some_and(|log| log.read_once),
        registry_position: registry.map_or(0, |log| log.position),
    }
}

/// Counts again what rests on older data; a dispute that changed meanwhile is looked at as it is now.
fn recounting(
    context: &Context<'_>,
    states: &States<State>,
    disputes: &[uuid::Uuid],
) -> Decision<Dispatch> {
    let found = disputes.iter().filter_map(|id| reads::dispute(states, &dispute_key(*id)));
    let events: Vec<_> = found.flat_map(|dispute| decide::recount(context, dispute)).collect();
    let mut disputes: Vec<_> = events.iter().map(|event| event.dispute_id).collect();
    disputes.dedup();
    Decision::done(of_disputes(events), Answer::Recounted { disputes })
}

/// Keeps whether the clock is doubted.
fn doubting(context: &Context<'_>, states: &States<State>, word: ClockWord) -> Decision<Dispatch> {
    let before = reads::clock_hold(states);
    let since = match word {
        ClockWord::Doubted => before.since.or(Some(context.now)),
        ClockWord::Confirmed => None,
    };
    let decision = Decision::done(Vec::new(), Answer::Clock);
    if since == before.since {
        return decision;
    }
    decision.keeping(clock_hold_key(), State::ClockHold(ClockHold { since }))
}

/// Does what is due next in a dispute by time alone.
fn ringing(
    context: &Context<'_>,
    states: &States<State>,
    dispute: uuid::Uuid,
    positions: &Positions,
) -> Decision<Dispatch> {
    let answer = Answer::Done { dispute_id: dispute };
    let Some(dispute) = reads::dispute(states, &dispute_key(dispute)) else {
        return Decision::done(Vec::new(), answer);
    };
    let mut around = Around { positions: Some(positions), ..Around::default() };
    if reads::waits_for_a_team(dispute) {
        teams_around(states, dispute, &mut around);
    }
    Decision::done(of_disputes(decide::ring(context, dispute, &around)), answer)
}

fn piece(
    dispute: uuid::Uuid,
    sealing: &Sealing,
    moment: &Moment,
    ciphertext: Vec<u8>,
) -> SealedPiece {
    SealedPiece { dispute, kind: sealing.kind, at: moment.now, ciphertext }
}

/// What is left of an erased piece: that there was one.
fn blank(states: &States<State>, key: &Key) -> Option<SealedPiece> {
    if !states.knows(key) {
        return None;
    }
    if let Some(State::Sealed(piece)) = states.get(key) {
        Some(SealedPiece { ciphertext: Vec::new(), ..piece.clone() })
    } else {
        None
    }
}

fn recorded<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Recorded> {
    if let Some(State::Source(recorded)) = states.get(key) { Some(recorded) } else { None }
}

/// What dispatch knows around a dispute, as far as the action needs it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other actions look at nothing but the dispute"
)]
fn around<'a>(
    states: &'a States<State>,
    dispute: &Dispute,
    act: &Act,
    positions: &'a Positions,
) -> Around<'a> {
    let mut around = Around { positions: Some(positions), ..Around::default() };
    if act.action.needs_teams() {
        teams_around(states, dispute, &mut around);
    }
    match &act.action {
        Action::CallTeam(Some(team)) => around.named_team = reads::team(states, &team_key(team)),
        Action::StartMediation { organisation, .. } => {
            around.unit = reads::unit(states, &unit_key(organisation));
            around.files = reads::files(states, &files_key(organisation));
        }
        Action::Escalate(_, Some(unit), _)
        | Action::Delegate { to: Place { unit: Some(unit), .. }, .. } => {
            around.unit = reads::unit(states, &unit_key(unit));
        }
        Action::RecordOutcome(_) => {
            let mediation = dispute.stage.mediation();
            around.unit = mediation.and_then(|by| reads::unit(states, &unit_key(&by.organisation)));
        }
        Action::EraseDetails(_) | Action::ReissuePin(_) => {
            around.pin = reads::pin(states, TriedOn::Case(dispute.id));
        }
        Action::Merge(into) => around.other = reads::dispute(states, &dispute_key(*into)),
        _ => {}
    }
    around
}

/// The grid of a dispute and the teams that serve it, each with what keeps it busy.
fn teams_around<'a>(states: &'a States<State>, dispute: &Dispute, around: &mut Around<'a>) {
    let grid = grid_key(dispute.grid);
    if states.knows(&grid) {
        around.grid = reads::grid(states, &grid);
    }
    let serving = reads::serving(states, dispute.grid).into_iter();
    let teams = serving.filter_map(|team| {
        let (key, busy) = (team_key(&team), engagement_key(&team));
        // A team that registry's feed brought within this very batch is asked the next time.
        if !states.knows(&key) || !states.knows(&busy) {
            return None;
        }
        Some((reads::team(states, &key)?, reads::engagement(states, &busy)))
    });
    around.teams = teams.collect();
}

#[cfg(test)]
mod tests;
