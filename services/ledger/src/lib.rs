//! How facts last: databases, migrations, the committer, the feed and its followers, the hash chain, sealed details.
//!
//! Reading order: [`value`] and [`states`] say what is kept; [`authority`] is what a service tells the committer about
//! itself; [`submit`] is what goes into the committer and comes out; the committer decides and writes; [`feed`] hands
//! the log on and [`follower`] takes one in; [`chain`] and [`audit`] prove it; [`seal`] and [`keystore`] keep details
//! of people apart, [`files`] the photos and documents of a case, [`passing`] what is known for a while and never kept. Everything that differs between SQLite and PostgreSQL
//! is in `dialect`.

pub mod audit;
pub mod authority;
mod ceiling;
pub mod chain;
mod committer;
pub mod db;
mod dialect;
mod erasures;
pub mod error;
pub mod feed;
pub mod files;
pub mod follower;
mod following;
mod incoming;
pub mod keystore;
mod ledger;
mod own;
pub mod page;
pub mod passing;
mod records;
pub mod row;
pub mod seal;
pub mod states;
pub mod submit;
pub mod value;

pub use authority::{
    Actor, Authority, CannotApply, Decision, Foreign, LogPosition, Moment, Published, Stamp,
};
pub use committer::Head;
pub use db::{DatabaseUrl, Db, Migration};
pub use error::{DbError, SubmitError};
pub use feed::{FeedServer, Watched, WatchedPage, Watching};
pub use follower::{FollowSettings, follow};
pub use keystore::KeyStore;
pub use ledger::{Ledger, Options};
pub use passing::PassingStore;
pub use records::area_end;
pub use row::Row;
pub use seal::{RequestSecret, SealError, Sealed, Sealer, WrappedKey};
pub use states::States;
pub use submit::{AsideOrder, CommandMeta, Outcome, RequestId, WaitingEvent, made_at};
pub use value::{Column, Key, Kind, StoredRow, Table, Value};

/// Every read statement of the ledger's own tables; a test prepares them on both databases.
pub fn statements() -> Vec<&'static str> {
    [
        committer::STATEMENTS,
        erasures::STATEMENTS,
        ledger::STATEMENTS,
        ledger::OPENING_STATEMENTS,
        records::STATEMENTS,
    ]
    .concat()
}

#[cfg(test)]
mod tests;
