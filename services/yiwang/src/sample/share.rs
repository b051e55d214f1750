//! How many grids each community has.

use super::areas::SampleArea;

/// Weight of an urban community against a village's 1: it has more households.
const URBAN: usize = 4;

/// Shares `total` grids out among communities: one each, the rest in proportion to weight by largest remainder.
pub(super) fn grids_per_community(communities: &[&SampleArea], total: usize) -> Vec<usize> {
    let weights: Vec<usize> =
        communities.iter().map(|area| if area.is_urban() { URBAN } else { 1 }).collect();
    let sum: usize = weights.iter().sum();
    let rest = total.saturating_sub(communities.len());
    let mut shares: Vec<usize> = weights.iter().map(|weight| rest * weight / sum).collect();
    let mut order: Vec<usize> = (0..communities.len()).collect();
    // Remainders repeat, as there are two weights only; a mixed key spreads the ties over the city.
    let tie = |at: usize| mix(&communities[at].code);
    order.sort_by_key(|at| (std::cmp::Reverse(rest * weights[*at] % sum), tie(*at)));
    let left = rest - shares.iter().sum::<usize>();
    for at in order.into_iter().take(left) {
        shares[at] += 1;
    }
    shares.into_iter().map(|share| share + 1).collect()
}

/// A number that depends on a text only and looks random (FNV-1a).
pub(super) fn mix(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
