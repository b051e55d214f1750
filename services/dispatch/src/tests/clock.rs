//! A clock that has jumped: doubted until somebody confirms it, also after a restart, and events say so meanwhile.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kit::Clock;
use yiwang_proto::dispatch::v1 as pb;

use super::node::Node;
use super::report;
use crate::app::Order;
use crate::domain::command::{ClockWord, Command};
use crate::project::{ClockHold, State};
use crate::store;
use crate::timers::Round;

async fn doubt(node: &Node) {
    let order = Order::from(Command::Clock(ClockWord::Doubted));
    node.service.ledger().submit(order, crate::of_the_node()).await.unwrap();
    wait(node, true).await;
}

async fn confirm(node: &Node) {
    node.client("desk").confirm_clock(pb::ConfirmClockRequest {}).await.unwrap();
    wait(node, false).await;
}

async fn held(node: &Node) -> bool {
    let timers = node.client("desk").get_timers(pb::GetTimersRequest {}).await.unwrap();
    timers.into_inner().held
}

/// Waits until the timers are held, or go on.
async fn wait(node: &Node, wanted: bool) {
    for _ in 0..500 {
        if held(node).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("held = {wanted} was expected");
}

/// Whether the event of a new command says that the clock is unconfirmed.
async fn flagged(node: &Node) -> bool {
    let made = node.client("desk").report_dispute(report()).await.unwrap().into_inner();
    let event = node.service.ledger().event_at(made.feed_position).await.unwrap().unwrap();
    event.header.clock_unconfirmed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_has_jumped_is_doubted_until_it_is_confirmed_also_after_a_restart() {
    for node in Node::everywhere().await {
        assert!(!flagged(&node).await);
        doubt(&node).await;
        assert!(flagged(&node).await, "commands go on");

        let node = node.restarted().await;
        assert!(held(&node).await);
        assert!(flagged(&node).await);
        if let Some(replica) = node.replica().await {
            assert!(replica.timers.are_held(), "the log's time is everybody's");
        }
        for _ in 0..2 {
            confirm(&node).await;
        }
        assert!(!flagged(&node).await);
        let node = node.restarted().await;
        assert!(!held(&node).await);
    }
}

/// Waits until nobody doubts the clock on record, and the timers have seen that.
async fn taken_back(node: &Node) {
    for _ in 0..500 {
        let hold = node.service.ledger().read(&store::clock_hold_key()).await.unwrap();
        if matches!(hold.as_deref(), Some(State::ClockHold(ClockHold { since: None }))) {
            return tokio::time::sleep(Duration::from_millis(600)).await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the doubt was not taken back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_went_back_is_doubted_while_the_log_is_ahead_of_it() {
    let (clock, day) = (Clock::askew(), SignedDuration::from_hours(24));
    let node = Node::start_at(clock.clone()).await;
    clock.set_ahead(day);
    wait(&node, true).await;
    clock.set_ahead(SignedDuration::ZERO);
    wait(&node, false).await;
    assert!(!flagged(&node).await, "nothing was recorded meanwhile");

    clock.set_ahead(day);
    wait(&node, true).await;
    assert!(flagged(&node).await);
    clock.set_ahead(SignedDuration::ZERO);
    taken_back(&node).await;
    assert!(held(&node).await);
    assert!(flagged(&node).await, "it has the time of a day ahead");

    let node = node.restarted().await;
    assert!(held(&node).await);
    assert!(flagged(&node).await);
    // Somebody takes the clock for right; the log's time is not.
    confirm(&node).await;
    assert!(flagged(&node).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_done_in_orders_of_sixteen_and_not_while_timers_wait() {
    let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
    let node = Node::start_at(clock.clone()).await;
    let ledger = node.service.ledger();
    doubt(&node).await;
    for _ in 0..20 {
        node.client("desk").report_dispute(report()).await.unwrap();
    }
    let first = store::next_waking(ledger.db(), clock.now()).await.unwrap().unwrap();
    let due = async |by: Timestamp| store::due(ledger.db(), by, None, 100).await.unwrap().len();
    clock.advance(first.duration_since(clock.now()).unsigned_abs());
    assert_eq!(due(first).await, 20);
    let mut round = Round::at(first);
    let rest = round.go_on(ledger, &node.service.whereabouts).await.unwrap();
    assert!(rest <= Duration::from_millis(100), "{rest:?}");
    assert_eq!(due(first).await, 4);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(due(first).await, 4, "timers wait");
    confirm(&node).await;
    for _ in 0..500 {
        if due(first).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the rest was not done");
}
