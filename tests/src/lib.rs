//! What the tests stand on. They see the program from outside: its ports, its files, its contract.
//!
//! Map, in reading order:
//!
//! * [`environment`]: where programs and databases are.
//! * [`repository`]: the files of this repository, for tests that hold its rules.
//! * [`contract`]: the descriptors with their comments.
//! * [`mod@reference`]: the API reference and the catalogue of error reasons, written from the descriptors.
//! * [`database`]: stores that are thrown away; [`cluster`]: a server to end and start; [`relay`]: a line to cut.
//! * [`callers`]: who calls; [`node`]: the program, started and ended.
//! * [`world`]: a small piece of Zibo to work in; [`load`]: many callers at work in it; [`bulk`]: many grids
//!   at once.
//! * [`feed`]: the log as a reader from outside sees and proves it.
//! * [`collector`]: every trace that a node sends.
//! * [`gateway`]: takes notices, and refuses them as it is told.
//! * [`http`]: plain JSON with nothing but a socket.
#![warn(missing_docs)]

pub mod bulk;
pub mod callers;
pub mod cluster;
pub mod collector;
pub mod contract;
pub mod cutter;
pub mod database;
pub mod environment;
pub mod feed;
pub mod gateway;
pub mod http;
pub mod load;
pub mod node;
pub mod reference;
pub mod relay;
pub mod repository;
pub mod world;
