//! Random lives: commands never panic, and the events alone lead to the same nouns.

use proptest::prelude::*;

use super::*;
use crate::domain::book::{Book as _, Id, Noun};
use crate::domain::catalogue::{
    Approval, Begin, Catalogue, Edit, LimitRule, Matter, Revision, Scheme, TypeCode, Wish,
};
use crate::domain::command::{Crew, Drawing, TeamChange, WorkerChange};
use crate::domain::geojson;
use crate::domain::grid::Grid;
use crate::domain::import::{ImportKind, Order};
use crate::domain::lineage;
use crate::domain::place::Point;
use crate::domain::reads;
use crate::domain::table::{self, RawRow};
use crate::domain::unit::UnitKind;
use crate::domain::worker::{Contact, Post};
use crate::project::{self, State};

fn a_grid() -> impl Strategy<Value = GridCode> {
    (1..=2_u8, 1..=9_u16)
        .prop_map(|(community, number)| grid(&format!("37030600400{community}{number:03}")))
}

fn an_area() -> impl Strategy<Value = AreaCode> {
    let codes = ["37", "3703", "370306", "370306004", COMMUNITY, "370306004002", "370306004003"];
    prop::sample::select(codes.to_vec()).prop_map(area)
}

fn an_outline() -> impl Strategy<Value = Option<Outline>> {
    let corner = (-5..100_i32, -5..100_i32, 1..20_i32);
    prop::option::of(corner.prop_map(|(x, y, side)| box_of(x, y, x + side, y + side)))
}

fn a_part() -> impl Strategy<Value = Part> {
    (0..500_u32, an_outline(), prop::option::of(Just(GridKind::Micro)))
        .prop_map(|(households, outline, kind)| Part { kind, ..part(households, outline) })
}

fn about_grids() -> impl Strategy<Value = Act> {
    let drawing = (prop::option::of(an_outline()), prop::option::of(0..500_u32))
        .prop_map(|(outline, households)| Drawing { outline, base: None, households });
    prop_oneof![
        (an_area(), prop::option::of(a_grid()), a_part())
            .prop_map(|(community, parent, part)| Act::CreateGrid { community, parent, part }),
        a_grid().prop_map(|code| Act::RenameGrid { code, name: "改名".to_owned() }),
        (a_grid(), drawing).prop_map(|(code, drawing)| Act::RedrawGrid { code, drawing }),
        (a_grid(), an_area()).prop_map(|(code, to)| Act::MoveGrid { code, to }),
        (a_grid(), prop::collection::vec(a_part(), 2..4))
            .prop_map(|(code, parts)| Act::SplitGrid { code, parts }),
        (prop::collection::btree_set(a_grid(), 2..4), a_part())
            .prop_map(|(codes, part)| Act::MergeGrids { codes: codes.into_iter().collect(), part }),
        a_grid().prop_map(|code| Act::RetireGrid { code }),
    ]
}

fn about_others() -> impl Strategy<Value = Act> {
    let id = || prop::sample::select(vec!["a", "b"]).prop_map(slug);
    let base = Point::of(117.1, 36.1).unwrap();
    prop_oneof![
        (an_area(), an_outline()).prop_map(|(code, outline)| Act::CreateArea {
            code,
            name: "新".to_owned(),
            outline
        }),
        (an_area(), prop::collection::vec(an_area(), 0..2))
            .prop_map(|(code, superseded_by)| Act::RetireArea { code, superseded_by }),
        (id(), an_area(), prop::collection::vec(an_area(), 0..2)).prop_map(|(id, area, areas)| {
            Act::CreateZone { id, area, name: "区".to_owned(), areas }
        }),
        (id(), prop::collection::vec(an_area(), 0..2))
            .prop_map(|(id, areas)| Act::SetZoneAreas { id, areas }),
        id().prop_map(|id| Act::RetireZone { id }),
        (id(), an_area()).prop_map(|(id, area)| Act::RegisterWorker {
            id,
            post: Post::FullTime,
            area,
            unit: None,
            contact: Contact::default()
        }),
        (id(), id()).prop_map(|(id, unit)| Act::UpdateWorker {
            id,
            change: WorkerChange { unit: Some(Some(unit)), ..WorkerChange::default() }
        }),
        (id(), a_grid()).prop_map(|(id, grid)| Act::AssignWorker { id, grid }),
        (id(), a_grid()).prop_map(|(id, grid)| Act::UnassignWorker { id, grid }),
        id().prop_map(|id| Act::DismissWorker { id }),
        (id(), an_area()).prop_map(|(id, area)| Act::CreateUnit {
            id,
            kind: UnitKind::Station,
            tier: None,
            area,
            name: "所".to_owned()
        }),
        id().prop_map(|id| Act::RetireUnit { id }),
        (id(), an_area(), id()).prop_map(move |(id, area, member)| {
            let crew = Crew { members: vec![member], base, serves: Vec::new() };
            Act::CreateTeam { id, area, unit: None, name: "队".to_owned(), crew }
        }),
        id().prop_map(|id| Act::UpdateTeam { id, change: TeamChange::default() }),
        (id(), any::<bool>()).prop_map(|(id, on_duty)| Act::SetTeamDuty {
            id,
            on_duty,
            until: None
        }),
        id().prop_map(|id| Act::DisbandTeam { id }),
    ]
}

fn about_the_catalogue() -> impl Strategy<Value = Act> {
    let codes = ["dispute", "safety-hazards", "dispute-work", "snow"];
    let code = || prop::sample::select(codes.to_vec()).prop_map(slug);
    let days = prop::option::of(
        (1..60_i64).prop_map(|days| TODAY.saturating_add(jiff::Span::new().days(days))),
    );
    let put = (code(), prop::option::of(code()), days, any::<bool>(), prop::option::of(Just("a")))
        .prop_map(|(code, class, to, temporary, unit)| {
            let period = Period { from: TODAY, to };
            let handler_units = unit.map(slug).into_iter().collect();
            let known = Catalogue::shipped().matter(&code).cloned();
            let fresh = || Matter { code, ..Catalogue::shipped().matters[0].clone() };
            let matter = known.unwrap_or_else(fresh);
            let matter = Matter { class, period, temporary, handler_units, ..matter };
            Wish::Put(Edit { matters: vec![(matter, Begin::Said)], ..Edit::default() })
        });
    let limits = Catalogue::shipped().limits.clone();
    let limit = (prop::sample::select(limits), 1..40_u32).prop_map(|(rule, amount)| {
        let rule = LimitRule { limit: format!("{amount}d").parse().unwrap(), ..rule };
        Wish::Put(Edit { limits: vec![(rule, Begin::Open)], ..Edit::default() })
    });
    let mapping = prop::sample::select(vec!["0602", "1401", "9999"]).prop_map(|text| {
        let code = |text: &str| TypeCode::parse(text).unwrap();
        let mappings = vec![(Scheme::Zz17, code(text), code("M04"))];
        Wish::Put(Edit { mappings, ..Edit::default() })
    });
    let approval = Approval { approver: slug("office"), document: slug("ZB-1"), on: TODAY };
    let all = Catalogue::shipped().matters.iter().map(|matter| matter.code.clone()).collect();
    let approve_all = Wish::Approve { codes: all, approval: approval.clone() };
    let approve = code()
        .prop_map(move |code| Wish::Approve { codes: vec![code], approval: approval.clone() });
    let wish = prop_oneof![
        put,
        limit,
        mapping,
        approve,
        Just(approve_all),
        code().prop_map(|code| Wish::Retire { code }),
        Just(Wish::Release),
        Just(Wish::Release),
    ];
    let area = prop::sample::select(vec!["3703", "3703", "3703", "370306"]).prop_map(area);
    (area, wish).prop_map(|(area, wish)| Act::ReviseCatalogue(Box::new(Revision { area, wish })))
}

/// One step of a life.
#[derive(Debug, Clone)]
enum Step {
    Act(Act),
    /// Rows for the import, checked on what is there by then.
    Stage(Vec<RawRow>),
}

fn about_imports() -> impl Strategy<Value = Step> {
    let import = || slug("import-1");
    let begun = (any::<bool>(), any::<bool>()).prop_map(|(skip_bad_rows, dry_run)| {
        let order = tables::order(ImportKind::Grids);
        Step::Act(Act::CreateImport(Order { skip_bad_rows, dry_run, ..order }))
    });
    let cells = (a_grid(), 0..500_u32, prop::option::of(an_outline()));
    let rows = prop::collection::vec(cells, 1..4).prop_map(|rows| {
        let rows = (2..).zip(rows).map(|(line, (code, households, outline))| {
            let outline = outline.flatten().map(|outline| geojson::format(&outline));
            let households = households.to_string();
            let more =
                [("households", &*households), ("outline", outline.as_deref().unwrap_or(""))];
            tables::grid_row(line, code.as_str(), &more)
        });
        Step::Stage(rows.collect())
    });
    prop_oneof![
        2 => begun,
        3 => rows,
        2 => Just(Step::Act(Act::ActivateImport { id: import() })),
        1 => Just(Step::Act(Act::CancelImport { id: import() })),
    ]
}

fn a_life() -> impl Strategy<Value = Vec<(Step, Option<i64>)>> {
    let step = prop_oneof![
        4 => about_grids().prop_map(Step::Act).boxed(),
        2 => about_others().prop_map(Step::Act).boxed(),
        2 => about_the_catalogue().prop_map(Step::Act).boxed(),
        2 => about_imports().boxed(),
    ];
    prop::collection::vec((step, prop::option::of(-1_200..500_i64)), 1..40)
}

/// What the step asks for; nothing when there is no import that takes rows.
fn asked(step: Step, book: &Pages) -> Option<Act> {
    match step {
        Step::Act(act) => Some(act),
        Step::Stage(rows) => {
            let import = book.import(&slug("import-1"))?;
            let chunk = table::check(import, &rows, book, now(), Reach::default());
            Some(Act::StageRows(Box::new(chunk)))
        }
    }
}

/// What the log tells of: neither what names a worker, nor an import's rows before they hold.
fn told(book: &Pages) -> Vec<(&Id, &Noun)> {
    let told =
        |(id, _): &(&Id, &Noun)| !matches!(id, Id::Import(_) | Id::Chunk(..) | Id::Contact(_));
    book.0.iter().filter(told).collect()
}

/// A noun as its row gives it back.
fn stored(id: &Id, noun: &Noun) -> State {
    let row = project::row(&State::Noun(noun.clone()));
    project::load(project::key_of(id).table, &row.body).unwrap()
}

/// A book that panics when something is read that `reads` did not name.
struct Declared<'a>(&'a Pages, std::collections::BTreeSet<Id>);

impl crate::domain::book::Book for Declared<'_> {
    fn get(&self, id: &Id) -> Option<&Noun> {
        assert!(self.1.contains(id), "{id:?} was read without being declared");
        self.0.get(id)
    }

    fn put(&mut self, _: Id, _: Noun) {}

    fn knows(&self, id: &Id) -> bool {
        self.1.contains(id)
    }
}

fn declared<'a>(book: &'a Pages, command: &Command) -> Declared<'a> {
    let mut declared = Declared(book, std::collections::BTreeSet::new());
    for _ in 0..4 {
        let ids = reads::reads(command, &declared);
        declared.1.extend(ids);
    }
    declared
}

fn orderly(grid: &Grid) -> bool {
    let pairs = grid.versions.windows(2).all(|pair| pair[0].period.to == Some(pair[1].period.from));
    pairs && !grid.versions.is_empty()
}

fn one_whole(book: &Pages, code: &GridCode) -> f64 {
    let all = book
        .0
        .values()
        .filter_map(|noun| if let Noun::Layout(layout) = noun { Some(layout) } else { None });
    let known = all.flat_map(|layout| layout.grids.clone()).collect();
    lineage::walk(code, &known, date(2028, 1, 1)).shares.iter().map(|share| share.weight).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_the_events_alone_lead_to_the_same_nouns(life in a_life()) {
        let start = World::with_grids();
        let (mut live, mut replay) = (start.book.clone(), start.book.clone());
        for (step, days) in life {
            let Some(act) = asked(step, &live) else { continue };
            let on = days.map(|days| TODAY.saturating_add(jiff::Span::new().days(days)));
            let command = Command { scope: Scope(area("37")), etag: None, on, act };
            let known = declared(&live, &command);
            let Ok(decided) = decide(&known, &command, now(), Reach::default()) else { continue };
            let known = known.1;
            for event in &decided.events {
                for id in reads::touches(event) {
                    let named = known.contains(&id);
                    prop_assert!(named, "{:?} changes {:?}, which was not declared", event, id);
                }
                evolve(&mut live, event, now());
                let wire = crate::api::convert::events::publish(event);
                let read = crate::api::convert::events::recognise(&wire.type_name, &wire.payload);
                prop_assert_eq!(read.as_ref(), Some(event));
                evolve(&mut replay, &read.unwrap(), now());
            }
            live.0.extend(decided.keeps);
        }
        prop_assert_eq!(told(&live), told(&replay));
        for (id, noun) in &live.0 {
            prop_assert_eq!(stored(id, noun), State::Noun(noun.clone()));
            if let Noun::Layout(layout) = noun {
                for (code, grid) in &layout.grids {
                    prop_assert!(orderly(grid), "{grid:?}");
                    prop_assert!((one_whole(&live, code) - 1.0).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn no_text_makes_reading_an_outline_panic(text in ".{0,60}", numbers in prop::collection::vec(any::<f64>(), 0..12)) {
        let _ = geojson::parse(&text);
        let ring: Vec<String> = numbers.chunks(2).map(|pair| format!("{pair:?}")).collect();
        let _ = geojson::parse(&format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring.join(",")));
    }
}
