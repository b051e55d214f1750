//! The domain as given/when/then: a world of facts, a wish, what happens.

mod areas;
mod catalogue;
mod grids;
mod imports;
mod people;
mod properties;
mod tables;

use jiff::Timestamp;
use jiff::civil::{Date, date};

use super::area::AreaFacts;
use super::book::Pages;
use super::code::{AreaCode, GridCode, Scope, Slug};
use super::command::{Act, Command, Part};
use super::day::{Period, Reach};
use super::decide::{Decided, decide};
use super::event::Event;
use super::evolve::evolve;
use super::geojson;
use super::grid::{GridFacts, GridKind};
use super::place::Outline;
use super::rejection::Rejection;

/// 13 February 2026, 09:00 in Zibo.
pub(super) fn now() -> Timestamp {
    "2026-02-13T01:00:00Z".parse().unwrap()
}

pub(super) const TODAY: Date = date(2026, 2, 13);
pub(super) const COMMUNITY: &str = "370306004001";

pub(super) fn area(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

pub(super) fn grid(text: &str) -> GridCode {
    GridCode::parse(text).unwrap()
}

pub(super) fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

/// A rectangle in hundredths of a degree east of 117° and north of 36°.
pub(super) fn box_of(west: i32, south: i32, east: i32, north: i32) -> Outline {
    let at = |x: i32, y: i32| {
        format!("[{},{}]", 117.0 + f64::from(x) / 100.0, 36.0 + f64::from(y) / 100.0)
    };
    let ring =
        [at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)];
    let text = format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring.join(","));
    geojson::parse(&text).unwrap()
}

pub(super) fn area_facts(code: &str, outline: Option<Outline>) -> AreaFacts {
    AreaFacts {
        code: area(code),
        name: format!("区划{code}"),
        period: Period::since(date(2020, 1, 1)),
        superseded_by: Vec::new(),
        outline,
        sample: false,
    }
}

pub(super) fn grid_facts(code: &str, households: u32, outline: Option<Outline>) -> GridFacts {
    GridFacts {
        code: grid(code),
        kind: GridKind::Comprehensive,
        parent: None,
        name: format!("网格{code}"),
        households,
        outline,
        base: None,
        period: Period::since(date(2025, 1, 1)),
        sample: false,
    }
}

pub(super) fn part(households: u32, outline: Option<Outline>) -> Part {
    Part { name: "新网格".to_owned(), kind: None, households, outline, base: None }
}

/// Facts so far, and who asks.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) book: Pages,
    pub(super) scope: Scope,
    pub(super) now: Timestamp,
}

impl World {
    /// The tree down to two communities; the district has an outline of one degree.
    pub(super) fn new() -> Self {
        let mut world = World { book: Pages::default(), scope: Scope(area("3703")), now: now() };
        for code in ["37", "3703"] {
            world = world.given(Event::AreaCreated(area_facts(code, None)));
        }
        let district = area_facts("370306", Some(box_of(0, 0, 100, 100)));
        world = world.given(Event::AreaCreated(district));
        for code in ["370306004", COMMUNITY, "370306004002"] {
            world = world.given(Event::AreaCreated(area_facts(code, None)));
        }
        world
    }

    /// The same with two grids beside each other, 120 and 180 households.
    pub(super) fn with_grids() -> Self {
        let west = grid_facts("370306004001001", 120, Some(box_of(0, 0, 10, 10)));
        let east = grid_facts("370306004001002", 180, Some(box_of(10, 0, 20, 10)));
        World::new().given(Event::GridCreated(west)).given(Event::GridCreated(east))
    }

    pub(super) fn given(mut self, event: Event) -> Self {
        evolve(&mut self.book, &event, self.now);
        self
    }

    pub(super) fn seen_from(mut self, code: &str) -> Self {
        self.scope = Scope(area(code));
        self
    }

    pub(super) fn ask(
        &self,
        act: Act,
        on: Option<Date>,
        etag: Option<u64>,
    ) -> Result<Decided, Rejection> {
        let command = Command { scope: self.scope.clone(), etag, on, act };
        decide(&self.book, &command, self.now, Reach::default())
    }

    /// What happens today.
    pub(super) fn when(&self, act: Act) -> Result<Vec<Event>, Rejection> {
        self.ask(act, None, None).map(|decided| decided.events)
    }

    /// What happens as of a day.
    pub(super) fn when_on(&self, act: Act, on: Date) -> Result<Vec<Event>, Rejection> {
        self.ask(act, Some(on), None).map(|decided| decided.events)
    }

    /// The world after what happens as of a day.
    pub(super) fn after(mut self, act: Act, on: Date) -> Self {
        let decided = self.ask(act, Some(on), None).unwrap();
        for event in &decided.events {
            evolve(&mut self.book, event, self.now);
        }
        self.book.0.extend(decided.keeps);
        self
    }
}
