//! `yiwang team watch`: what teams are asked for, as it happens; a stream that is cut is opened again after the last
//! cursor.

use tonic::{Status, Streaming};
use yiwang_proto::dispatch::v1::watch_assignments_response::News;
use yiwang_proto::dispatch::v1::{
    Assignment, AssignmentChange, AssignmentCursor, WatchAssignmentsRequest,
    WatchAssignmentsResponse,
};

use crate::command::listening::{Listener, listen};
use crate::command::shared::show_wire;
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// What is watched, and how far it was told.
struct Watch {
    teams: Vec<String>,
    cursor: Option<AssignmentCursor>,
    /// How much is still to be shown.
    left: usize,
}

/// Shows what happens until that much was shown, or for ever.
pub(super) async fn run(
    session: &Session,
    screen: Screen,
    teams: Vec<String>,
    limit: usize,
) -> Result<(), Failure> {
    if limit == 0 {
        return Ok(());
    }
    listen(session, screen, Watch { teams, cursor: None, left: limit }).await
}

impl Listener for Watch {
    type News = WatchAssignmentsResponse;

    async fn open(&self, session: &Session) -> Result<Streaming<Self::News>, Status> {
        let (team_ids, cursor) = (self.teams.clone(), self.cursor.clone());
        let request = WatchAssignmentsRequest { team_ids, cursor, heartbeat: None };
        Ok(session.duties().watch_assignments(request).await?.into_inner())
    }

    async fn hear(
        &mut self,
        _session: &Session,
        screen: Screen,
        news: Self::News,
    ) -> Result<bool, Failure> {
        self.tell(screen, news)?;
        Ok(self.left > 0)
    }
}

impl Watch {
    /// Shows a piece of news, and remembers up to where everything was shown.
    fn tell(&mut self, screen: Screen, answer: WatchAssignmentsResponse) -> Result<(), Failure> {
        match answer.news {
            Some(News::Open(open)) => {
                for assignment in open.assignments.iter().take(self.left) {
                    self.left -= 1;
                    show_open(screen, assignment)?;
                }
            }
            Some(News::Change(change)) => {
                self.left -= 1;
                show_change(screen, &change)?;
            }
            None => {}
        }
        self.cursor = answer.cursor.or(self.cursor.take());
        Ok(())
    }
}

fn show_open(screen: Screen, assignment: &Assignment) -> Result<(), Failure> {
    if screen.json {
        return screen.message(assignment);
    }
    let time = show_wire(assignment.offer_time.as_ref());
    let state = labels::assignment_state::label(assignment.state);
    screen.line(format!(
        "{:>8}  {time}  {state:<20} {:<16} {} {}",
        "open", assignment.team_id, assignment.grid_code, assignment.dispute_id
    ))
}

fn show_change(screen: Screen, change: &AssignmentChange) -> Result<(), Failure> {
    if screen.json {
        return screen.message(change);
    }
    let time = show_wire(change.record_time.as_ref());
    let end = labels::assignment_state::label(change.end);
    let what = format!("{} {end}", labels::assignment_change::label(change.kind));
    screen.line(format!(
        "{:>8}  {time}  {:<20} {:<16} {} {}",
        change.position,
        what.trim_end(),
        change.team_id,
        change.grid_code,
        change.dispute_id
    ))
}
