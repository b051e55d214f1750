//! Lineage: where the history of a grid belongs, through every split, merge and move.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::code::GridCode;
use super::grid::{Grid, Step};

/// Shares in billionths in proportion to `weights`, largest remainders first, so that they sum to one billion; equal
/// when all weights are 0.
#[expect(clippy::cast_possible_truncation, reason = "a share is at most one billion")]
pub fn shares(weights: &[u32]) -> Vec<u32> {
    const WHOLE: u64 = 1_000_000_000;
    let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    let count = weights.len() as u64;
    let part = |weight: &u32| -> (u64, u64) {
        let (weight, sum) = if sum == 0 { (1, count.max(1)) } else { (u64::from(*weight), sum) };
        (weight * WHOLE / sum, weight * WHOLE % sum)
    };
    let parts: Vec<(u64, u64)> = weights.iter().map(part).collect();
    let mut given: Vec<u32> = parts.iter().map(|(share, _)| *share as u32).collect();
    let missing = WHOLE - parts.iter().map(|(share, _)| share).sum::<u64>().min(WHOLE);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(parts[*index].1));
    for index in order.into_iter().take(missing as usize) {
        given[index] += 1;
    }
    given
}

/// Share of a history that a grid has on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The grid.
    pub grid: GridCode,
    /// Between 0 and 1.
    pub weight: f64,
    /// It ended without a successor.
    pub retired: bool,
}

/// What a question about lineage is answered with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lineage {
    /// Steps that led to the grid, the nearest first.
    pub origins: Vec<Step>,
    /// Steps that became of it up to the day, in order.
    pub steps: Vec<Step>,
    /// Where its history belongs on the day; the weights sum to 1.
    pub shares: Vec<Share>,
}

/// Grids whose state the walk needs and does not have yet; empty = [`walk`] can answer.
pub fn missing(start: &GridCode, known: &BTreeMap<GridCode, Grid>) -> BTreeSet<GridCode> {
    let mut missing = BTreeSet::new();
    for towards in [forward, backward] {
        let (mut seen, mut queue) = (BTreeSet::new(), vec![start.clone()]);
        while let Some(code) = queue.pop() {
            if !seen.insert(code.clone()) {
                continue;
            }
            match known.get(&code) {
                Some(grid) => queue.extend(towards(grid)),
                None => drop(missing.insert(code)),
            }
        }
    }
    missing
}

fn forward(grid: &Grid) -> Vec<GridCode> {
    grid.successors.iter().map(|step| step.to.clone()).collect()
}

fn backward(grid: &Grid) -> Vec<GridCode> {
    grid.predecessors.iter().map(|step| step.from.clone()).collect()
}

/// Follows a grid's history to a day. A code is never used again, so there are no circles.
pub fn walk(start: &GridCode, known: &BTreeMap<GridCode, Grid>, day: Date) -> Lineage {
    let mut lineage = Lineage::default();
    let mut queue = std::collections::VecDeque::from([start.clone()]);
    let mut seen = BTreeSet::new();
    while let Some(grid) = queue.pop_front().and_then(|code| known.get(&code)) {
        for step in &grid.predecessors {
            if seen.insert((step.from.clone(), step.to.clone())) {
                lineage.origins.push(step.clone());
                queue.push_back(step.from.clone());
            }
        }
    }
    let shares = spread(start, known, day, &mut lineage.steps);
    let share = |(code, weight): (GridCode, f64)| {
        let end = known.get(&code).and_then(Grid::period).and_then(|period| period.to);
        Share { retired: end.is_some_and(|end| end <= day), grid: code, weight }
    };
    lineage.shares = shares.into_iter().map(share).collect();
    lineage
}

/// Hands the whole history of a grid on, the earliest change first: when a grid's turn comes, everything that it gets
/// has arrived, so each grid is visited once however often histories part and meet.
fn spread(
    start: &GridCode,
    known: &BTreeMap<GridCode, Grid>,
    day: Date,
    steps: &mut Vec<Step>,
) -> BTreeMap<GridCode, f64> {
    let mut shares = BTreeMap::new();
    let mut waiting = BTreeMap::from([((Date::MIN, start.clone()), 1.0)]);
    while let Some(((_, code), weight)) = waiting.pop_first() {
        let successors = known.get(&code).map_or(&[][..], |grid| &grid.successors);
        let taken: Vec<&Step> = successors.iter().filter(|step| step.on <= day).collect();
        if taken.is_empty() {
            *shares.entry(code).or_default() += weight;
            continue;
        }
        for step in taken {
            let part = weight * f64::from(step.billionths) / 1e9;
            *waiting.entry((step.on, step.to.clone())).or_default() += part;
            steps.push(step.clone());
        }
    }
    steps.sort_by(|left, right| {
        (left.on, &left.from, &left.to).cmp(&(right.on, &right.from, &right.to))
    });
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_always_sum_to_the_whole() {
        for weights in [vec![1, 1, 1], vec![0, 0], vec![300, 0], vec![u32::MAX, 1, 7, 0], vec![2]] {
            let given = shares(&weights);
            assert_eq!(
                given.iter().map(|share| u64::from(*share)).sum::<u64>(),
                1_000_000_000,
                "{weights:?}"
            );
        }
        assert_eq!(shares(&[120, 180]), [400_000_000, 600_000_000]);
    }
}
