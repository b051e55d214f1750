//! A clock that has jumped: doubted until somebody confirms it, also after a restart, and events say so meanwhile.

use std::time::Duration;

use yiwang_proto::dispatch::v1 as pb;

use super::node::Node;
use super::report;
use crate::app::Order;
use crate::domain::command::{ClockWord, Command};

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
        let order = Order::from(Command::Clock(ClockWord::Doubted));
        node.service.ledger().submit(order, crate::of_the_node()).await.unwrap();
        wait(&node, true).await;
        assert!(flagged(&node).await, "commands go on");

        let node = node.restarted().await;
        assert!(held(&node).await);
        assert!(flagged(&node).await);
        if let Some(replica) = node.replica().await {
            assert!(replica.timers.are_held(), "the log's time is everybody's");
        }
        for _ in 0..2 {
            node.client("desk").confirm_clock(pb::ConfirmClockRequest {}).await.unwrap();
        }
        wait(&node, false).await;
        assert!(!flagged(&node).await);
        let node = node.restarted().await;
        assert!(!held(&node).await);
    }
}
