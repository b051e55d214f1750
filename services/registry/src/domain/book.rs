//! The book: every noun under its id.

use serde::{Deserialize, Serialize};

use super::area::Area;
use super::catalogue::{Draft, Release};
use super::code::{AreaCode, GridCode, Slug};
use super::grid::{Grid, Layout};
use super::import::{Chunk, Import};
use super::team::Team;
use super::unit::Unit;
use super::worker::{Contact, Worker};
use super::zone::Zone;

/// Names a noun.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Id {
    /// An area.
    Area(AreaCode),
    /// A functional zone.
    Zone(Slug),
    /// The grids of a community.
    Layout(AreaCode),
    /// A worker.
    Worker(Slug),
    /// What names a worker.
    Contact(Slug),
    /// A unit.
    Unit(Slug),
    /// A team.
    Team(Slug),
    /// The draft of the catalogue.
    Draft,
    /// A version of the catalogue.
    Release(u32),
    /// An import.
    Import(Slug),
    /// A chunk of an import.
    Chunk(Slug, u32),
}

/// A noun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noun {
    /// An area.
    Area(Area),
    /// A functional zone.
    Zone(Zone),
    /// The grids of a community.
    Layout(Layout),
    /// A worker.
    Worker(Worker),
    /// What names a worker.
    Contact(Contact),
    /// A unit.
    Unit(Unit),
    /// A team.
    Team(Team),
    /// The draft of the catalogue.
    Draft(Box<Draft>),
    /// A version of the catalogue.
    Release(Box<Release>),
    /// An import.
    Import(Import),
    /// A chunk of an import.
    Chunk(Chunk),
}

macro_rules! lookup {
    ($(#[$doc:meta] $name:ident: $variant:ident($key:ty) -> $noun:ty;)*) => {$(
        #[$doc]
        fn $name(&self, key: &$key) -> Option<&$noun> {
            match self.get(&Id::$variant(key.clone())) {
                Some(Noun::$variant(noun)) => Some(noun),
                Some(_) | None => None,
            }
        }
    )*};
}

/// Where nouns are found and put.
pub trait Book {
    /// The noun under an id.
    fn get(&self, id: &Id) -> Option<&Noun>;
    /// Replaces the noun under an id.
    fn put(&mut self, id: Id, noun: Noun);
    /// Whether the book says anything about an id, be it that there is nothing.
    fn knows(&self, id: &Id) -> bool;

    lookup! {
        /// The area of a code.
        area: Area(AreaCode) -> Area;
        /// The zone of an id.
        zone: Zone(Slug) -> Zone;
        /// The grids of a community.
        layout: Layout(AreaCode) -> Layout;
        /// The worker of an id.
        worker: Worker(Slug) -> Worker;
        /// What names a worker.
        contact: Contact(Slug) -> Contact;
        /// The unit of an id.
        unit: Unit(Slug) -> Unit;
        /// The team of an id.
        team: Team(Slug) -> Team;
        /// The import of an id.
        import: Import(Slug) -> Import;
    }

    /// The draft of the catalogue.
    fn draft(&self) -> Option<&Draft> {
        match self.get(&Id::Draft) {
            Some(Noun::Draft(draft)) => Some(draft),
            Some(_) | None => None,
        }
    }

    /// A version of the catalogue.
    fn release(&self, version: u32) -> Option<&Release> {
        match self.get(&Id::Release(version)) {
            Some(Noun::Release(release)) => Some(release),
            Some(_) | None => None,
        }
    }

    /// A chunk of an import.
    fn chunk(&self, import: &Slug, number: u32) -> Option<&Chunk> {
        match self.get(&Id::Chunk(import.clone(), number)) {
            Some(Noun::Chunk(chunk)) => Some(chunk),
            Some(_) | None => None,
        }
    }

    /// The grid of a code.
    fn grid(&self, code: &GridCode) -> Option<&Grid> {
        self.layout(&code.community())?.grids.get(code)
    }

    /// How often the noun under an id has changed; 0 = it is not there.
    fn revision(&self, id: &Id) -> u64 {
        match self.get(id) {
            None | Some(Noun::Contact(_) | Noun::Chunk(_) | Noun::Release(_)) => 0,
            Some(Noun::Area(area)) => area.mark.revision,
            Some(Noun::Zone(zone)) => zone.mark.revision,
            Some(Noun::Layout(layout)) => layout.revision,
            Some(Noun::Worker(worker)) => worker.mark.revision,
            Some(Noun::Unit(unit)) => unit.mark.revision,
            Some(Noun::Team(team)) => team.mark.revision,
            Some(Noun::Draft(draft)) => draft.mark.revision,
            Some(Noun::Import(import)) => import.mark.revision,
        }
    }
}

/// A book on its own: for checks outside of a commit, and for tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages(pub std::collections::BTreeMap<Id, Noun>);

impl Book for Pages {
    fn get(&self, id: &Id) -> Option<&Noun> {
        self.0.get(id)
    }

    fn put(&mut self, id: Id, noun: Noun) {
        self.0.insert(id, noun);
    }

    fn knows(&self, _: &Id) -> bool {
        true
    }
}
