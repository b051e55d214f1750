//! Events that cannot be applied: set aside in order, looked after by an operator.

use prost::Message as _;
use tonic::{Code, Request};
use yiwang_proto::feed::v1::feed_service_server::FeedService as _;
use yiwang_proto::feed::v1::{Header, ListSetAsideRequest, Record};

use super::feeds::{call, caught_up, follow_until, server};
use super::pad::{Pad, open, open_pad, places, reopen};
use crate::Actor;
use crate::incoming::Incoming;
use crate::submit::{AsideOrder, Followed, FollowedPage};

#[tokio::test]
async fn an_event_set_aside_holds_back_its_subject_and_nothing_else() {
    for place in places().await {
        let source = open(&place, "registry").await;
        for (id, amount) in [("a", 1), ("bad", 2), ("bad", 3), ("a", 4)] {
            source.add(id, amount).await;
        }
        let pad = Pad { service: "dispatch", unwelcome: &["bad"] };
        let follower = open_pad(&place, pad).await;
        follow_until(&source, &follower, async |node| caught_up(node, 4).await).await;
        assert_eq!((follower.amount("a").await, follower.amount("bad").await), (5, 0));
        let waiting = follower.ledger.set_aside("", 10).await.unwrap();
        let reasons: Vec<&str> = waiting.iter().map(|event| event.reason.as_str()).collect();
        assert_eq!(reasons, ["UNKNOWN_TYPE", "BEHIND_ANOTHER"]);

        let actor = Actor { caller_id: "ops".to_owned(), unit_id: "unit".to_owned() };
        let order =
            |order| follower.ledger.order_aside("registry", "sum/bad", order, actor.clone());
        assert_eq!(order(AsideOrder::Retry).await.unwrap(), 0);
        assert_eq!(order(AsideOrder::Discard(3)).await.unwrap(), 0);
        // Repeated, and at the same moment: only what was named is given up, and only once.
        let discard = || order(AsideOrder::Discard(2));
        let (one, two) = tokio::join!(discard(), discard());
        assert_eq!(one.unwrap() + two.unwrap(), 1);
        assert_eq!(discard().await.unwrap(), 0);
        let waiting = follower.ledger.set_aside("", 10).await.unwrap();
        assert_eq!(waiting.iter().map(|event| event.position).collect::<Vec<_>>(), [3]);
        let body = "SELECT body FROM set_aside WHERE open = 0";
        let rows = follower.ledger.db().rows("reading", body, vec![]).await.unwrap();
        let closed: serde_json::Value = serde_json::from_str(rows[0].text(0).unwrap()).unwrap();
        assert_eq!(closed["discarded_by"], "ops");
        assert_eq!(closed["discarded_at"], follower.ledger.now().as_microsecond());
        drop(follower);

        // After an upgrade the rest applies, in order.
        let upgraded = reopen(&place, "dispatch").await;
        let freed = upgraded
            .ledger
            .order_aside("registry", "sum/bad", AsideOrder::Retry, actor.clone())
            .await
            .unwrap();
        assert_eq!((freed, upgraded.amount("bad").await), (1, 3));
        assert!(upgraded.ledger.set_aside("", 10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_event_that_breaks_the_store_is_set_aside_alone() {
    for place in places().await {
        let source = open(&place, "registry").await;
        for (id, amount) in [("a", 1), ("full", 200_000), ("b", 2), ("full", 1), ("a", 4)] {
            source.add(id, amount).await;
        }
        let follower = open(&place, "dispatch").await;
        // With what comes from registry it would break the table's check.
        follower.add("full", 900_000).await;
        follow_until(&source, &follower, async |node| caught_up(node, 5).await).await;
        let waiting = follower.ledger.set_aside("", 10).await.unwrap();
        let reasons: Vec<&str> = waiting.iter().map(|event| event.reason.as_str()).collect();
        assert_eq!(reasons, ["STORE_REFUSED", "BEHIND_ANOTHER"]);
        assert_eq!((follower.amount("a").await, follower.amount("b").await), (5, 2));
        assert_eq!(follower.amount("full").await, 900_000);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_not_skipped() {
    for place in places().await {
        let follower = open(&place, "dispatch").await;
        let header = Header {
            position: 1,
            subject: "sum/a".to_owned(),
            area_code: "3703".to_owned(),
            ..Header::default()
        };
        let record =
            |header: Vec<u8>| Record { header, payload: vec![0xff; 2], ..Record::default() };
        let page = FollowedPage {
            service: "registry".to_owned(),
            after: 0,
            after_hash: vec![],
            records: Incoming::read_all(
                vec![record(header.encode_to_vec()), record(vec![0xff; 3])],
                0,
            ),
            node: "zibo".to_owned(),
            incarnation: 1,
            upto: 2,
            upto_hash: vec![],
            filter: vec![],
            caught_up: true,
            refused: false,
        };
        let applied = follower.ledger.apply(page).await.unwrap().await.unwrap();
        assert_eq!(applied.unwrap(), Followed::Applied { set_aside: 2 });
        let waiting = follower.ledger.set_aside("", 10).await.unwrap();
        let seen: Vec<_> = waiting
            .iter()
            .map(|event| (event.position, event.subject.as_str(), event.reason.as_str()))
            .collect();
        assert_eq!(seen, [(1, "sum/a", "UNDECODABLE"), (2, "", "UNDECODABLE")]);

        let actor = Actor { caller_id: "ops".to_owned(), unit_id: "unit".to_owned() };
        for (subject, order, freed) in [
            ("sum/a", AsideOrder::Retry, 0),
            ("sum/a", AsideOrder::Discard(1), 1),
            ("", AsideOrder::Discard(2), 1),
        ] {
            let done = follower.ledger.order_aside("registry", subject, order, actor.clone()).await;
            assert_eq!(done.unwrap(), freed);
        }
    }
}

#[tokio::test]
async fn an_operator_sees_the_whole_area_and_the_list_has_pages() {
    for place in places().await {
        let source = open(&place, "registry").await;
        for id in ["bad", "bad", "bad"] {
            source.add(id, 1).await;
        }
        let follower = open_pad(&place, Pad { service: "dispatch", unwelcome: &["bad"] }).await;
        follow_until(&source, &follower, async |node| caught_up(node, 3).await).await;
        let feed = server(&follower);
        let list = |area: &str, page_token: String| {
            let service = "dispatch".to_owned();
            let mut request =
                Request::new(ListSetAsideRequest { service, page_size: 2, page_token });
            call(area).attach(&mut request);
            feed.list_set_aside(request)
        };
        let refused = list("370303", String::new()).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);

        let first = list("3703", String::new()).await.unwrap().into_inner();
        let positions = |events: &[yiwang_proto::feed::v1::SetAsideEvent]| {
            events.iter().map(|event| event.position).collect::<Vec<_>>()
        };
        assert_eq!(positions(&first.events), [1, 2]);
        let second = list("3703", first.next_page_token).await.unwrap().into_inner();
        assert_eq!((positions(&second.events), second.next_page_token), (vec![3], String::new()));
        let foreign = list("3703", "of another query".to_owned()).await.unwrap_err();
        assert_eq!(foreign.code(), Code::InvalidArgument);
    }
}
