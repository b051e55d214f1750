//! What registry is about, as plain values and plain functions.
//!
//! Reading order: [`code`], [`day`] and [`place`] are the words; [`area`], [`zone`], [`grid`], [`worker`], [`mod@unit`],
//! [`team`], [`catalogue`] and [`import`] the nouns, kept in a [`book::Book`]; a [`command::Command`] names what it needs
//! ([`reads::reads`]), is decided ([`decide::decide`]) into [`event::Event`]s or a [`rejection::Rejection`], and
//! events change the nouns ([`evolve::evolve`]). [`lineage`] and [`table`] answer questions about them.

pub mod area;
pub mod book;
pub mod catalogue;
pub mod code;
pub mod command;
pub mod day;
pub mod decide;
pub mod event;
pub mod evolve;
pub mod geojson;
pub mod geometry;
pub mod grid;
pub mod import;
pub mod limits;
pub mod lineage;
pub mod place;
pub mod reads;
pub mod rejection;
pub mod suggest;
pub mod table;
pub mod team;
#[cfg(test)]
mod tests;
pub mod unit;
pub mod worker;
pub mod zone;

pub use code::{AreaCode, GridCode, Level, Scope, Slug};
