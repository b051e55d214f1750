//! Random histories of a case, told to the program and to a plain model of it; both have to come to the same.
//!
//! `MODEL_HISTORIES=100000 cargo nextest run --workspace -E 'test(model)'` is the long form. A history follows from its
//! number, so the number that a failure names replays it: `MODEL_FIRST=4711 MODEL_HISTORIES=1`.

mod reference;

use std::collections::BTreeSet;

use calendar::Card;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use self::reference::Model;
use crate::domain::codes::{AreaCode, Id};
use crate::domain::command::{Action, Concluding};
use crate::domain::decide::tests::{
    Case, area, delegated, ended, given, id, place, refused, triage, visited,
};
use crate::domain::dispute::{
    ClockKind, Confirmation, DeclineReason, DeferralReason, Dispute, ExtensionReason, Level,
    MediationKind, MoveReason, Outcome, PartyConsent, PauseKind, Performance, RedoReason,
    RejectReason, State, SupervisionKind,
};
use crate::domain::event::Fact;
use crate::domain::places::UnitKind;

const AREAS: [&str; 4] = ["3703", "370306", "370306001", "370306001002"];

/// Numbers that look random and follow from a seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }
}

/// How much time passes before a command: mostly little, so that teams come in time; now and then months.
const PASSES: [i64; 12] = [1, 1, 1, 1, 5, 5, 61, 700, 7_200, 86_400, 4 * 86_400, 40 * 86_400];

fn outcome(dice: &mut Dice, now: Timestamp) -> Action {
    use crate::domain::dispute::Referral;
    let outcomes = [
        Outcome::AgreedWritten { partial: false },
        Outcome::AgreedOrally { partial: true },
        Outcome::Failed,
        Outcome::Refused,
        Outcome::Referred(Referral::Court),
        Outcome::Withdrawn,
        Outcome::NotMediable,
    ];
    let yesterday = calendar::business_date(now).yesterday().unwrap();
    let agreed_on = dice.pick(&[None, None, Some(yesterday)]);
    let (outcome, performance_on) = (dice.pick(&outcomes), Vec::new());
    Action::RecordOutcome(Concluding { outcome, performance_on, agreed_on })
}

fn mediation(dice: &mut Dice, consents: Vec<PartyConsent>) -> Action {
    let kinds = [MediationKind::Peoples, MediationKind::Joint, MediationKind::Administrative];
    Action::StartMediation { kind: dice.pick(&kinds), organisation: id("rmtj-1"), consents }
}

fn action(dice: &mut Dice, now: Timestamp) -> Action {
    let team = dice.pick(&["near", "far"]);
    let reasons = [RedoReason::NegativeFollowUp, RedoReason::TriedAgain, RedoReason::PartyAsks];
    let performances = [Performance::Performed, Performance::InDefault, Performance::NotDue];
    let party = 1 + u32::try_from(dice.roll(2)).unwrap();
    let review_on = calendar::business_date(now).saturating_add(jiff::Span::new().days(30));
    match dice.roll(33) {
        0 => Action::Accept,
        1 if dice.roll(10) == 0 => Action::Reject(RejectReason::NotADispute),
        2 | 3 => triage(dice.pick(&[Level::Simple, Level::General, Level::Complex])),
        4 | 5 => Action::CallTeam(None),
        6 | 7 => Action::AcceptOffer(id(team)),
        8 => Action::DeclineOffer(id(team), DeclineReason::Busy),
        9 | 10 => Action::RecordArrival(id(team), None),
        11 => Action::RecordConsent(dice.pick(&[given(party), refused(party)])),
        12 => mediation(dice, vec![given(1), given(2)]),
        13 => mediation(dice, Vec::new()),
        14 | 15 => outcome(dice, now),
        16 | 17 => visited(dice.pick(&performances)),
        18 => Action::Verify,
        19 => Action::Close,
        20 => Action::Redo(dice.pick(&reasons)),
        21 => Action::Escalate(None, None, MoveReason::BeyondThisTier),
        22 => delegated(dice.pick(&AREAS)),
        23 => Action::Delegate {
            to: place(dice.pick(&AREAS)),
            reason: MoveReason::CompetenceDecided,
            designate: true,
        },
        24 => {
            let step = dice.pick(&[None, Some(1), Some(2)]);
            Action::Return(step, MoveReason::NotCompetent)
        }
        25 => dice.pick(&[Action::Supervise(SupervisionKind::Red), Action::LiftSupervision]),
        26 => Action::RequestExtension(dice.pick(&[1, 4, 6]), ExtensionReason::Complex),
        27 => Action::DecideExtension(dice.pick(&[true, false])),
        28 => Action::Pause(PauseKind::Hearing),
        29 => Action::Resume,
        30 => dice.pick(&[Action::Defer(DeferralReason::NoMeans, review_on), Action::EndDeferral]),
        31 => Action::RecordConfirmation(dice.pick(&[
            Confirmation::Applied,
            Confirmation::Confirmed,
            Confirmation::Rejected,
        ])),
        // Few of these and of the rejected: nothing comes after them.
        _ if dice.roll(20) == 0 => Action::Merge(Uuid::from_u128(2)),
        _ => Action::Remind,
    }
}

/// What brings a case on.
fn onwards(state: State, dice: &mut Dice) -> Action {
    let team = dice.pick(&["near", "far"]);
    match state {
        State::Reported | State::Rejected => Action::Accept,
        State::Accepted => triage(dice.pick(&[Level::Simple, Level::General, Level::Complex])),
        State::Triaged | State::Called => Action::CallTeam(None),
        State::Offered => Action::AcceptOffer(id(team)),
        State::UnderWay => Action::RecordArrival(id(team), None),
        State::Arrived => mediation(dice, vec![given(1), given(2)]),
        State::Mediating => ended(Outcome::AgreedWritten { partial: false }),
        State::Concluded => dice.pick(&[
            visited(Performance::Performed),
            Action::Verify,
            Action::RecordConfirmation(Confirmation::Applied),
        ]),
        State::Verified => Action::Close,
        State::Closed => Action::Redo(RedoReason::PartyAsks),
    }
}

/// A turn of a clock as it was told: which clock by kind and start, card, area it was raised to.
type Told = (ClockKind, Timestamp, Card, Option<AreaCode>);

struct History {
    case: Case,
    model: Model,
    told: BTreeSet<Told>,
    steps: Vec<String>,
}

impl History {
    fn begin(dice: &mut Dice) -> Self {
        let mut case = Case::reported();
        case.other = Some(Dispute { id: Uuid::from_u128(2), ..Case::reported().dispute });
        let receiver = dice.pick(&AREAS);
        case.dispute.first_receiver = place(receiver);
        let committee = dice.roll(2) == 0;
        let kinds = [UnitKind::PeoplesMediation, UnitKind::TradeMediation];
        case.units[0].kind = if committee { dice.pick(&kinds) } else { UnitKind::Station };
        let holder = case.dispute.holder().place.area.as_str();
        let model = Model::new(case.now, receiver, holder, committee);
        History { case, model, told: BTreeSet::new(), steps: Vec::new() }
    }

    fn step(&mut self, dice: &mut Dice) {
        let passes = dice.pick(&PASSES);
        self.case.now += SignedDuration::from_secs(passes);
        // Time alone is sometimes late: a node was down.
        if dice.roll(4) > 0 {
            self.by_time();
        }
        let scope = dice.pick(&AREAS);
        self.case.by.0 = area(scope);
        // The likely next step comes often, so that histories get far.
        let asked = match dice.roll(3) {
            0 => onwards(self.case.state(), dice),
            _ => action(dice, self.case.now),
        };
        self.steps.push(format!("{} {scope} {asked:?}", self.case.now));
        let result = self.case.when(asked.clone());
        let expected = self.model.ask(self.case.now, scope, &asked);
        assert_eq!(result.is_ok(), expected, "{asked:?} in {}: {result:?}", self.model.state);
        self.compare();
    }

    fn by_time(&mut self) {
        let starts: Vec<_> = self
            .case
            .dispute
            .clocks
            .iter()
            .map(|(kind, clock)| (*kind, clock.limit.start))
            .collect();
        let facts = self.case.ring();
        for fact in &facts {
            if let Fact::CardShown { clock, card, raised, .. } = fact {
                let start = starts.iter().find(|(kind, _)| kind == clock).unwrap().1;
                let told = (*clock, start, *card, raised.map(|raised| raised.to));
                assert!(self.told.insert(told), "{told:?} was told twice");
            }
        }
        self.steps.push(format!("{} by time {facts:?}", self.case.now));
        self.model.by_time(self.case.now);
        self.compare();
        assert!(self.case.ring().is_empty(), "nothing is left to do");
    }

    /// Whether time alone will tell of a case that goes on, unless all who can be told know that it is late, or it waits
    /// to be closed.
    fn is_watched_over(&self) -> bool {
        let dispute = &self.case.dispute;
        let over = matches!(dispute.state(), State::Rejected | State::Closed | State::Verified);
        let known = dispute.clocks.values().any(|clock| {
            let nobody_above = clock.raised.is_none_or(|raised| raised.next_at.is_none());
            clock.is_running() && clock.shown == Card::Red && nobody_above
        });
        over || known || dispute.wakes_at().is_some()
    }

    /// The invariants: one state, one holder, duties never lost, clocks as the calendar has them.
    fn compare(&self) {
        let (dispute, model) = (&self.case.dispute, &self.model);
        assert_eq!(dispute.state().name(), model.state);
        assert_eq!(dispute.holder().place.area.as_str(), model.holder());
        assert_eq!(dispute.first_receiver.area.as_str(), model.receiver);
        let handler = dispute.first_handler.as_ref().map(|place| place.area.as_str());
        assert_eq!(handler, model.handler.as_deref());
        assert_eq!(dispute.stage.engaged_team().map(Id::as_str), model.team());
        assert_eq!(dispute.paused.map(|paused| paused.until), model.paused);
        let watcher = dispute.supervision.as_ref().map(|watch| watch.by.area.as_str());
        assert_eq!(watcher, model.watcher.as_deref());
        assert!(self.is_watched_over(), "nothing will ever be told of it: {dispute:?}");
        assert_eq!(dispute.redone, model.redone);
        let confirmation = dispute.stage.conclusion().and_then(|ended| ended.confirmation);
        assert_eq!(confirmation, model.confirmation);
        let clocks: Vec<_> = dispute
            .clocks
            .iter()
            .map(|(kind, clock)| {
                let calendar = self.case.rules.calendars.current();
                let again = calendar::due(calendar, &clock.settings, &clock.limit).ok();
                assert_eq!(clock.due_at(), again.map(|due| due.at), "the calendar says otherwise");
                let raised =
                    clock.raised.map(|raised| (raised.to.as_str().to_owned(), raised.next_at));
                let stopped_at = clock.stopped.map(|stopped| stopped.at);
                (*kind, clock.due_at(), stopped_at, clock.shown, raised)
            })
            .collect();
        assert_eq!(clocks, model.clocks());
    }
}

#[expect(clippy::disallowed_methods, reason = "two settings of this test")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn random_histories_and_a_plain_model_come_to_the_same() {
    let (first, count) = (setting("MODEL_FIRST", 0), setting("MODEL_HISTORIES", 1_000));
    let mut seen = std::collections::BTreeMap::<&str, u64>::new();
    for number in first..first + count {
        let mut dice = Dice(number);
        let mut history = History::begin(&mut dice);
        let steps = 20 + dice.roll(60);
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..steps {
                history.step(&mut dice);
                *seen.entry(history.case.state().name()).or_default() += 1;
            }
        }));
        assert!(ran.is_ok(), "history {number}:\n{}", history.steps.join("\n"));
    }
    println!("{count} histories from {first}; states seen: {seen:?}");
    if count >= 1_000 {
        let states = crate::domain::dispute::table::STATES;
        assert!(states.iter().all(|state| seen.contains_key(state.name())), "{seen:?}");
    }
}
