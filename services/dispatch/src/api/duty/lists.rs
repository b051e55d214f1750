//! What only asks: duties, offers, times.

use kit::{Call, Problem};
use ledger::DbError;
use yiwang_proto::dispatch::v1 as pb;

use super::Duties;
use crate::api::convert::duty::{self, Whose, team_token};
use crate::api::submit::scope;
use crate::domain::assignment::Assignment;
use crate::domain::statistics::count;
use crate::error::DOMAIN;
use crate::store::{assignments, teams};

impl Duties {
    pub(super) async fn list(
        &self,
        call: &Call,
        body: &pb::ListDutiesRequest,
    ) -> Result<pb::ListDutiesResponse, Problem> {
        let page = duty::list(body, scope(call)?)?;
        let (area, after) = &page.query;
        let db = self.disputes.ledger.db();
        let found = teams::of_area(db, area, after.as_ref(), page.size).await.map_err(trouble)?;
        let last = found.last().map(|team| team_token(&team.area, &team.id));
        let next_page_token = page.next(found.len(), last);
        let mut duties = self.shown(call, &found).await?;
        duties.retain(|duty| duty.on_duty || !body.on_duty);
        Ok(pb::ListDutiesResponse { duties, next_page_token })
    }

    pub(super) async fn assignments(
        &self,
        call: &Call,
        body: &pb::ListAssignmentsRequest,
    ) -> Result<pb::ListAssignmentsResponse, Problem> {
        let page = duty::assignments(body, scope(call)?)?;
        let db = self.disputes.ledger.db();
        let (found, last) = match &page.query {
            Whose::Case(case) => {
                self.disputes.visible(call, *case).await?;
                let found = assignments::of_case(db, *case, &page.after, page.size).await;
                let found = found.map_err(trouble)?;
                let last = found.last().map(assignments::id);
                (found, last)
            }
            Whose::Team(team) => {
                self.disputes.check_teams(vec![("team_id".to_owned(), team.clone())]).await?;
                let after = page.after.split_once('|').and_then(|(at, id)| {
                    let at = jiff::Timestamp::from_microsecond(at.parse().ok()?).ok()?;
                    Some((at, id.to_owned()))
                });
                let found = assignments::of_team(db, team, after, page.size).await;
                let found = found.map_err(trouble)?;
                let last = found.last().map(newest_token);
                (found, last)
            }
        };
        let next_page_token = page.next(found.len(), last);
        let seen = found.iter().filter(|offer| call.caller.sees(offer.grid.as_str()));
        let assignments = seen.map(duty::assignment_to).collect();
        Ok(pb::ListAssignmentsResponse { assignments, next_page_token })
    }

    pub(super) async fn statistics(
        &self,
        call: &Call,
        body: &pb::GetResponseStatisticsRequest,
    ) -> Result<pb::GetResponseStatisticsResponse, Problem> {
        let page = duty::statistics(body, scope(call)?)?;
        let db = self.disputes.ledger.db();
        let (area, after) = &page.query.of_area;
        let (found, next_page_token) = if let Some(team) = &page.query.team {
            (vec![self.visible(call, team).await?], String::new())
        } else {
            let found = teams::of_area(db, area, after.as_ref(), page.size).await;
            let found = found.map_err(trouble)?;
            let last = found.last().map(|team| team_token(&team.area, &team.id));
            let next = page.next(found.len(), last);
            (found, next)
        };
        let mut statistics = Vec::with_capacity(found.len());
        for team in &found {
            let offers = assignments::of_period(db, &team.id, page.query.times).await;
            statistics.push(duty::statistics_to(team, &count(&offers.map_err(trouble)?)));
        }
        Ok(pb::GetResponseStatisticsResponse { statistics, next_page_token })
    }
}

fn newest_token(offer: &Assignment) -> String {
    format!("{}|{}", offer.offered_at.as_microsecond(), assignments::id(offer))
}

fn trouble(error: DbError) -> Problem {
    error.into_problem(DOMAIN)
}
