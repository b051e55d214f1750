//! Figures: one value per round, shown as median and spread, with ratios to another figure of the same run.

use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize;

/// All figures of a run, in the order in which they were first measured.
#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<Figure>);

#[derive(Debug)]
struct Figure {
    name: String,
    unit: &'static str,
    values: Vec<f64>,
    ratio_to: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    value: f64,
    unit: &'a str,
    lowest: f64,
    highest: f64,
    ratio: Option<f64>,
    ratio_to: Option<&'a str>,
    /// Whether neither this figure nor the one that it is compared with varies by more than [`NOISE`].
    measurable: bool,
}

/// Where a figure's highest value is more than this many times its lowest, its median says little.
const NOISE: f64 = 2.0;

impl Figures {
    /// Adds a round's value; `ratio_to` names the figure that it is compared with.
    pub(crate) fn add(
        &mut self,
        name: &str,
        unit: &'static str,
        value: f64,
        ratio_to: Option<&str>,
    ) {
        match self.0.iter_mut().find(|figure| figure.name == name) {
            Some(figure) => figure.values.push(value),
            None => self.0.push(Figure {
                name: name.to_owned(),
                unit,
                values: vec![value],
                ratio_to: ratio_to.map(str::to_owned),
            }),
        }
    }

    /// One JSON object per figure and line.
    pub(crate) fn json(&self) -> Result<String> {
        let mut text = String::new();
        for line in self.lines() {
            text += &serde_json::to_string(&line)?;
            text.push('\n');
        }
        Ok(text)
    }

    /// A table for people.
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "\n{:<34} {:>12} {:>25}  {:<8} {}\n",
            "figure", "median", "lowest … highest", "unit", "ratio"
        );
        for line in self.lines() {
            let ratio = match (line.ratio, line.ratio_to) {
                (Some(ratio), Some(to)) => format!("{ratio:.2} × {to}"),
                (_, _) => String::new(),
            };
            let noise = if line.measurable { "" } else { "  (spread over 2 ×: not measurable)" };
            let spread = format!("{:.1} … {:.1}", line.lowest, line.highest);
            let _ = writeln!(
                text,
                "{:<34} {:>12.1} {spread:>25}  {:<8} {ratio}{noise}",
                line.name, line.value, line.unit
            );
        }
        text
    }

    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.0.iter().map(|figure| {
            let other = figure.ratio_to.as_deref();
            let base = other.and_then(|name| self.0.iter().find(|one| one.name == name));
            let value = median(&figure.values);
            Line {
                name: &figure.name,
                value,
                unit: figure.unit,
                lowest: lowest(&figure.values),
                highest: highest(&figure.values),
                ratio: base.map(|base| value / median(&base.values)),
                ratio_to: base.map(|base| base.name.as_str()),
                measurable: steady(&figure.values) && base.is_none_or(|base| steady(&base.values)),
            }
        })
    }
}

fn lowest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

fn steady(values: &[f64]) -> bool {
    highest(values) <= NOISE * lowest(values)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_medians() {
        let mut figures = Figures::default();
        for value in [10.0, 30.0, 20.0] {
            figures.add("base", "/s", value, None);
            figures.add("ours", "/s", value * 2.0, Some("base"));
        }
        let ratios: Vec<_> = figures.lines().map(|line| line.ratio).collect();
        assert_eq!(ratios, [None, Some(2.0)]);
    }

    #[test]
    fn a_ratio_to_something_that_varies_is_not_measurable() {
        let mut figures = Figures::default();
        for (base, ours) in [(10.0, 30.0), (25.0, 31.0)] {
            figures.add("base", "/s", base, None);
            figures.add("ours", "/s", ours, Some("base"));
            figures.add("alone", "/s", ours, None);
        }
        let measurable: Vec<_> = figures.lines().map(|line| line.measurable).collect();
        assert_eq!(measurable, [false, false, true]);
        assert!(figures.json().is_ok_and(|json| json.contains("\"measurable\":false")));
    }
}
