//! Limits that no choice meets: which of them is the nearest to give.

use super::{Figures, Finished, LEVELS, Precisions, Search, Tried, describe};
use crate::build::{Bound, Limits, SizeLimit};
use crate::diagnostics::Errors;
use crate::emit::measures::{figure, written};
use crate::measure::{Measure, Measured};
use std::fmt::Write;

/// A limit, and how a choice stands to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Demand {
    pub(super) of: Resource,
    /// What the choice has.
    value: f64,
    /// By what part of itself the limit would have to give; 0 or less where it is met.
    excess: f64,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    Flash,
    Ram,
    Stack,
    Cycles,
    /// One of the limits that are measured.
    Measure(usize),
}

impl Demand {
    pub(super) fn is_met(&self) -> bool {
        self.excess <= 0.0
    }
}

/// The limits of sizes whose numbers are known.
pub(super) fn sizes(figures: &Figures, limits: &Limits) -> Vec<Demand> {
    let cycles = limits.cycles.as_ref().map(|(limit, _)| limit);
    let all = [
        (Resource::Flash, limits.flash.as_ref(), figures.flash),
        (Resource::Ram, limits.ram.as_ref(), figures.ram),
        (Resource::Stack, limits.stack.as_ref(), figures.stack),
        (Resource::Cycles, cycles, figures.cycles),
    ];
    let demand = |(of, limit, value): (Resource, Option<&SizeLimit>, usize)| {
        let Bound::Known(bound) = limit?.bound else { return None };
        let value = value as f64;
        Some(Demand { of, value, excess: value / (bound as f64).max(1.0) - 1.0 })
    };
    all.into_iter().filter_map(demand).collect()
}

/// The limits of what is measured whose numbers are known.
pub(super) fn measures(measured: &[Measured], limits: &Limits) -> Vec<Demand> {
    let demand = |(index, measured): (usize, &Measured)| {
        let limit = &limits.measures[index];
        let Bound::Known(bound) = limit.bound else { return None };
        let value = measured.value;
        let excess = match measured.measure {
            _ if measured.measure.reaches(value, bound) => 0.0,
            Measure::Accuracy | Measure::Auc => (bound - value) / bound,
            Measure::Error => value / bound - 1.0,
        };
        Some(Demand { of: Resource::Measure(index), value, excess })
    };
    measured.iter().enumerate().filter_map(demand).collect()
}

/// A choice with all that is known of it.
struct Row {
    precisions: Precisions,
    demands: Vec<Demand>,
}

impl Row {
    fn missed(&self) -> impl Iterator<Item = &Demand> {
        self.demands.iter().filter(|demand| !demand.is_met())
    }

    /// The one limit that it misses.
    fn only_missed(&self) -> Option<&Demand> {
        let mut missed = self.missed();
        missed.next().filter(|_| missed.next().is_none())
    }

    /// The limit that it misses by most.
    fn worst(&self) -> Option<&Demand> {
        self.missed().max_by(|a, b| a.excess.total_cmp(&b.excess))
    }
}

/// Reports limits that nothing meets together, at the one that is the nearest to give. A choice that was thought to miss
/// one, and with all samples meets it, is what it answers with instead.
pub(super) fn report(search: &mut Search<'_>, errors: &mut Errors) -> Option<Precisions> {
    let mut rows = rows(search);
    if let Some(met) = rows.iter().find(|row| row.demands.iter().all(Demand::is_met)) {
        return Some(met.precisions.clone());
    }
    // One limit that gives is less than two.
    let is_single = rows.iter().any(|row| row.only_missed().is_some());
    rows.retain(|row| row.only_missed().is_some() == is_single);
    let excess = |row: &Row| row.worst().map_or(0.0, |demand| demand.excess);
    rows.sort_by(|a, b| excess(a).total_cmp(&excess(b)));
    // What was tried with more flash may be the choice that misses nothing else.
    rows.dedup_by(|a, b| a.precisions == b.precisions && a.demands == b.demands);
    let nearest = rows.first().and_then(Row::worst)?;
    let labels = search.labels();
    let (name, limits) = (search.name, search.limits);
    let mut message = format!("no precisions that `Auto` tried meet all limits of `{name}`: ");
    message += &match is_single {
        true => format!("the nearest to give is {}", given(nearest, limits)),
        false => format!("several would have to give, most of all {}", given(nearest, limits)),
    };
    message += "\n= note: what would have to give, and the network that meets all other limits:";
    for row in &rows {
        let missed: Vec<String> = row.missed().map(|demand| given(demand, limits)).collect();
        let met = row.demands.iter().filter(|demand| demand.is_met());
        let met: Vec<String> = met.map(|demand| has(demand, limits)).collect();
        let precisions = describe(&labels, &row.precisions);
        let _ = write!(message, "\n= note: {}", missed.join(" and "));
        if !met.is_empty() {
            let _ = write!(message, "; {}", met.join(", "));
        }
        let _ = write!(message, "; {precisions}");
    }
    message += "\n= help: change one of these limits, give the network fewer filters or units, or train it with the \
                integers in the loop and give them as they are";
    errors.push(match nearest.of {
        Resource::Measure(index) => limits.measures[index].error(message),
        size => match limit(size, limits) {
            Some(limit) => limit.error(message),
            None => syn::Error::new(search.name.span(), message),
        },
    });
    None
}

/// For each limit the choice that misses it alone, and by least; where there is none, what comes nearest to all.
fn rows(search: &mut Search<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some((finished, precisions)) = search.best() {
        rows.push(row(search, precisions, &finished));
    }
    for resource in [Resource::Flash, Resource::Ram, Resource::Stack, Resource::Cycles] {
        rows.extend(least_excess(search, resource));
    }
    rows.extend(with_more_flash(search));
    if rows.is_empty() {
        let excess = |tried: &Tried| {
            let demands = sizes(&tried.figures, search.limits);
            demands.iter().map(|demand| demand.excess).fold(f64::NEG_INFINITY, f64::max)
        };
        let nearest = search.tried.iter().min_by(|a, b| excess(a).total_cmp(&excess(b)));
        let nearest = nearest.map(|tried| (tried.precisions.clone(), sizes(&tried.figures, search.limits)));
        if let Some((precisions, demands)) = nearest {
            // Where nothing is left to finish it with, it is known as it was tried.
            let tried = || Row { precisions: precisions.clone(), demands };
            rows.push(finished_row(search, precisions.clone()).unwrap_or_else(tried));
        }
    }
    rows
}

/// How much more flash is tried for speed, in percent.
const MORE_FLASH: [u64; 10] = [5, 10, 20, 30, 50, 75, 100, 150, 200, 300];

/// What meets all other limits with more flash: code within the limit gives up speed for it.
fn with_more_flash(search: &mut Search<'_>) -> Option<Row> {
    let (Some(limit), Some(_)) = (&search.limits.flash, &search.limits.cycles) else { return None };
    let Bound::Known(bytes) = limit.bound else { return None };
    let limit = limit.clone();
    let mut with = |percent: u64| {
        let bound = Bound::Known(bytes.saturating_add(bytes.saturating_mul(percent) / 100));
        let flash = Some(SizeLimit { bound, ..limit.clone() });
        let limits = Limits { flash, measures: Vec::new(), ..search.limits.clone() };
        let (best, left) = best_under(search, &limits);
        search.left = left;
        let (finished, precisions) = best?;
        Some(row(search, precisions, &finished))
    };
    let (mut too_little, mut enough) = (0, MORE_FLASH.len() - 1);
    let mut least = with(MORE_FLASH[enough])?;
    while too_little < enough {
        let middle = (too_little + enough) / 2;
        match with(MORE_FLASH[middle]) {
            Some(row) => (enough, least) = (middle, row),
            None => too_little = middle + 1,
        }
    }
    Some(least)
}

/// The best choice under other limits, if there is enough work left to look for it; and what is left then.
fn best_under(search: &Search<'_>, limits: &Limits) -> (Option<(Finished, Precisions)>, usize) {
    // All levels, and one to finish.
    if search.left <= LEVELS.len() {
        return (None, search.left);
    }
    let mut wider = search.under(limits);
    wider.narrow_together();
    wider.narrow_one_by_one();
    wider.left = wider.left.saturating_sub(wider.tried.len());
    let best = wider.best();
    (best, wider.left)
}

/// The choice that meets all limits but one, and that one by least.
fn least_excess(search: &mut Search<'_>, resource: Resource) -> Option<Row> {
    let excess = |tried: &Tried| {
        let demands = sizes(&tried.figures, search.limits);
        let others = demands.iter().filter(|demand| demand.of != resource);
        let demand = demands.iter().find(|demand| demand.of == resource)?;
        (others.clone().all(Demand::is_met) && !demand.is_met()).then_some(demand.excess)
    };
    let mut alone: Vec<(f64, &Tried)> =
        search.tried.iter().filter_map(|tried| Some((excess(tried)?, tried))).collect();
    alone.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.noise.total_cmp(&b.1.noise)));
    // What takes more is of use where it is nearer to real numbers.
    let mut least = f64::INFINITY;
    alone.retain(|(_, tried)| {
        let is_nearer = tried.noise < least;
        least = least.min(tried.noise);
        is_nearer
    });
    let alone: Vec<Precisions> = alone.into_iter().map(|(_, tried)| tried.precisions.clone()).collect();
    first_good_enough(search, &alone)
}

/// The first of some choices, each nearer to real numbers than the one before, whose answers are good enough. The last
/// of them, if it is not.
fn first_good_enough(search: &mut Search<'_>, choices: &[Precisions]) -> Option<Row> {
    let is_good = |row: &Row| row.missed().all(|demand| !matches!(demand.of, Resource::Measure(_)));
    let (mut bad, mut good) = (0, choices.len().checked_sub(1)?);
    let mut best = finished_row(search, choices[good].clone())?;
    while bad < good && is_good(&best) {
        let middle = (bad + good) / 2;
        match finished_row(search, choices[middle].clone()).filter(is_good) {
            Some(row) => (good, best) = (middle, row),
            None => bad = middle + 1,
        }
    }
    Some(best)
}

fn finished_row(search: &mut Search<'_>, precisions: Precisions) -> Option<Row> {
    let finished = search.finish_one_more(&precisions)?;
    Some(row(search, precisions, &finished))
}

fn row(search: &Search<'_>, precisions: Precisions, finished: &Finished) -> Row {
    let limits = search.limits;
    let mut demands = sizes(&Figures::of(&finished.plan, limits), limits);
    demands.extend(measures(&finished.measured(limits, search.cache.as_ref()), limits));
    Row { precisions, demands }
}

fn limit(resource: Resource, limits: &Limits) -> Option<&SizeLimit> {
    match resource {
        Resource::Flash => limits.flash.as_ref(),
        Resource::Ram => limits.ram.as_ref(),
        Resource::Stack => limits.stack.as_ref(),
        Resource::Cycles => limits.cycles.as_ref().map(|(limit, _)| limit),
        Resource::Measure(_) => None,
    }
}

/// `` `flash`, 9123 in place of 8192 (11.4 % more) ``
fn given(demand: &Demand, limits: &Limits) -> String {
    let more = |comparison: &str| match 100.0 * demand.excess {
        percent if percent.is_finite() => format!(" ({percent:.1} % {comparison})"),
        // Of a limit of 0.
        _ => String::new(),
    };
    match demand.of {
        Resource::Measure(index) => {
            let limit = &limits.measures[index];
            let bound = match limit.bound {
                Bound::Known(bound) => written(limit.measure, bound),
                Bound::Expression(_) => String::new(),
            };
            let comparison = if limit.measure == Measure::Error { "more" } else { "less" };
            let value = figure(limit.measure, demand.value);
            format!("`{}`, {value} in place of {bound}{}", limit.measure.name(), more(comparison))
        }
        size => match limit(size, limits) {
            Some(SizeLimit { resource, bound: Bound::Known(bound), .. }) => {
                format!("`{resource}`, {} in place of {bound}{}", demand.value, more("more"))
            }
            _ => String::new(),
        },
    }
}

/// `` `ram` 320 ``
fn has(demand: &Demand, limits: &Limits) -> String {
    match demand.of {
        Resource::Measure(index) => {
            let measure = limits.measures[index].measure;
            format!("`{}` {}", measure.name(), figure(measure, demand.value))
        }
        size => limit(size, limits)
            .map_or(String::new(), |limit| format!("`{}` {}", limit.resource, demand.value)),
    }
}
