//! What is known for a while: overwritten, over in time, deleted, and in no write-ahead log of PostgreSQL.

use jiff::{SignedDuration, Timestamp};

use super::pad::places;
use crate::passing::STATEMENTS;
use crate::{DatabaseUrl, PassingStore};

fn now() -> Timestamp {
    "2026-02-13T01:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn what_a_clock_kept_that_was_ahead_keeps_nobody_out() {
    for place in places().await {
        let store = PassingStore::open(&place.url, "dispatch").await.unwrap();
        let day = SignedDuration::from_hours(24);
        let (ahead, until) = (now() + day, now() + day + day);
        assert!(store.put("a", &1_u32, ahead, until, ahead).await.unwrap());
        // The clock went back.
        let second = SignedDuration::from_secs(1);
        assert!(store.put("a", &2_u32, now(), until, now()).await.unwrap());
        assert!(!store.put("a", &3_u32, now() - second, until, now()).await.unwrap());
        assert_eq!(all(&store, now()).await, [("a".to_owned(), 2)]);
    }
}

async fn all(store: &PassingStore, at: Timestamp) -> Vec<(String, u32)> {
    let keys = ["a", "b", "c"].map(str::to_owned).to_vec();
    let mut found = store.get::<u32>(keys, at).await.unwrap();
    found.sort();
    found
}

#[tokio::test]
async fn a_row_is_overwritten_and_gone_when_its_time_is_over() {
    for place in places().await {
        let store = PassingStore::open(&place.url, "dispatch").await.unwrap();
        store.db().prepare(STATEMENTS).await.unwrap();
        let second = SignedDuration::from_secs(1);
        let (soon, later) = (now() + second, now() + second + second);
        assert!(store.put("a", &1_u32, now(), soon, soon).await.unwrap());
        assert!(store.put("a", &2_u32, soon, later, soon).await.unwrap());
        let older = store.put("a", &9_u32, now(), later, soon).await.unwrap();
        assert!(!older, "older than what is there");
        store.put("b", &7_u32, now(), soon, now()).await.unwrap();
        assert!(store.put("b", &3_u32, now(), soon, now()).await.unwrap(), "of two alike the last");
        store.put("c", &"another form", now(), soon, now()).await.unwrap();
        let (a, b) = (("a".to_owned(), 2), ("b".to_owned(), 3));
        assert_eq!(all(&store, now()).await, [a.clone(), b]);
        // Reading does not wait for the tidying.
        assert_eq!(all(&store, now() + second).await, std::slice::from_ref(&a));
        assert_eq!(store.keys("a", 10).await.unwrap(), ["b", "c"]);
        assert_eq!(store.expire(now() + second).await.unwrap(), 2);
        assert_eq!(store.keys("", 10).await.unwrap(), ["a"]);
        store.delete("a").await.unwrap();
        store.delete("a").await.unwrap();
        assert_eq!(all(&store, now()).await, []);
        assert_eq!(store.get::<u32>(Vec::new(), now()).await.unwrap(), []);
        if let DatabaseUrl::Postgres(_) = place.url {
            let sql = "SELECT relpersistence::text FROM pg_class WHERE relname = 'passing'";
            let rows = store.db().rows("looking", sql, vec![]).await.unwrap();
            assert_eq!(rows[0].text(0).unwrap(), "u", "unlogged");
            // Opening it again finds it so.
            PassingStore::open(&place.url, "dispatch").await.unwrap();
        }
    }
}
