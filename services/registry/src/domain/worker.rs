//! Workers and other posts. What names a person is a [`Contact`], kept apart: no event carries it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::code::{AreaCode, GridCode, Slug};
use super::day::{Mark, Period};

/// What a worker is in the grids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Post {
    /// Full-time grid worker.
    FullTime,
    /// Part-time grid worker.
    PartTime,
    /// Grid lead.
    GridLead,
    /// Adviser.
    Adviser,
    /// Community police officer.
    Officer,
    /// Police assistant.
    PoliceAssistant,
    /// Mediator.
    Mediator,
    /// Volunteer.
    Volunteer,
}

/// What may be known of a worker everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerFacts {
    /// Its id.
    pub id: Slug,
    /// What it is.
    pub post: Post,
    /// Area that it belongs to.
    pub area: AreaCode,
    /// Unit that it is with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Slug>,
    /// When it is in the post.
    pub period: Period,
    /// Made up.
    #[serde(default)]
    pub sample: bool,
}

/// Which grid is served, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The grid.
    pub grid: GridCode,
    /// When.
    pub period: Period,
}

/// What a worker is from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostSince {
    /// First day.
    pub from: Date,
    /// What the worker is.
    pub post: Post,
}

/// A worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// What may be known of it.
    pub facts: WorkerFacts,
    /// What it serves; entries are ended, never removed.
    pub assignments: Vec<Assignment>,
    /// What it was when, the earliest first, so that answers as of a day stay what they are when the post changes.
    pub posts: Vec<PostSince>,
    /// Its changes.
    pub mark: Mark,
}

/// How residents know and reach a worker. Debug output shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Display name; empty after the worker left.
    pub name: String,
    /// Work phone; empty = none.
    pub phone: String,
}

impl Post {
    /// Whether it is a grid worker, full-time or part-time.
    pub fn is_grid_worker(self) -> bool {
        match self {
            Post::FullTime | Post::PartTime => true,
            Post::GridLead
            | Post::Adviser
            | Post::Officer
            | Post::PoliceAssistant
            | Post::Mediator
            | Post::Volunteer => false,
        }
    }
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Contact")
    }
}
