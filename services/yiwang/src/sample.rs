//! The sample: the real area tree and district outlines of Zibo, and below them grids, workers, units and teams that are
//! made up by rule, the same on every machine. `data/README.md` says what is real and what is not.

mod areas;
pub mod geometry;
mod layout;
pub mod people;
mod share;

pub use areas::{AreaTree, SampleArea, outlines};
pub use layout::{GRIDS, SampleGrid, layout};
