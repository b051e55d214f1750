//! Requests as wishes: one file per service.

mod area;
mod catalogue;
mod grid;
mod import;
mod people;

pub(crate) use area::*;
pub(crate) use catalogue::*;
pub(crate) use grid::*;
pub(crate) use import::*;
pub(crate) use people::*;
