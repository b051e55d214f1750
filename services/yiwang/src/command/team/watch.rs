//! `yiwang team watch`: what teams are asked for, as it happens; a stream that is cut is opened again after the last
//! cursor.

use std::time::Duration;

use kit::client::Backoff;
use kit::{Clock, IdSource};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1::watch_assignments_response::News;
use yiwang_proto::dispatch::v1::{
    Assignment, AssignmentChange, AssignmentCursor, WatchAssignmentsRequest,
    WatchAssignmentsResponse,
};

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
    let mut watch = Watch { teams, cursor: None, left: limit };
    let ids = IdSource::system(Clock::system());
    let backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10), ids);
    let (mut connected, mut failed) = (false, 0);
    while watch.left > 0 {
        let team_ids = watch.teams.clone();
        let request =
            WatchAssignmentsRequest { team_ids, cursor: watch.cursor.clone(), heartbeat: None };
        let ended = match session.duties().watch_assignments(request).await {
            Err(status) => Some(status),
            Ok(stream) => {
                let mut stream = stream.into_inner();
                loop {
                    match stream.message().await {
                        Err(status) => break Some(status),
                        Ok(None) => break None,
                        Ok(Some(answer)) => {
                            (connected, failed) = (true, 0);
                            watch.tell(screen, answer)?;
                            if watch.left == 0 {
                                return Ok(());
                            }
                        }
                    }
                }
            }
        };
        if let Some(status) = ended.filter(|status| !connected || !passing(status)) {
            return Err(status.into());
        }
        failed += 1;
        if failed == 1 {
            screen.note("the stream ended; trying again / 连接中断，正在重连");
        }
        tokio::time::sleep(backoff.pause(failed)).await;
    }
    Ok(())
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

/// Whether a stream can be opened again later. A refusal that the server gave with a reason stays one.
fn passing(status: &Status) -> bool {
    let told = status.get_details_error_info().is_some();
    let lost = matches!(status.code(), Code::Unknown | Code::Internal | Code::Cancelled);
    matches!(status.code(), Code::Unavailable | Code::ResourceExhausted) || lost && !told
}
