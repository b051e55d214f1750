//! Requests as wishes: one file per service.

mod area;
mod grid;
mod import;
mod people;

pub(crate) use area::*;
pub(crate) use grid::*;
pub(crate) use import::*;
pub(crate) use people::*;
