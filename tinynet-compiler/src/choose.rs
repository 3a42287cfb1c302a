//! The compiler that chooses: which number formats the weights of `precision: Auto` have.
//!
//! What is wanted is the network whose outputs are nearest to those of real numbers, of all that meet the limits; of a model
//! that was quantised before, the one whose outputs are nearest to those that it has as its file says. With
//! eight bits in all layers if that meets them, as layers or as a table of all answers, which takes the same whatever the
//! bits. If not:
//!
//! 1. All layers are narrowed together, level by level: what code and weights of each layer take then (`figures`).
//! 2. Each layer is narrowed by itself: how much the network's output loses (`sensitivity`).
//! 3. From eight bits downwards, always the step that saves most for what it loses (`walk`): flash, cycles, both. Where a
//!    way comes within the limits is searched by halves.
//! 4. From the best that was found, single layers are widened again as long as the limits hold.
//!
//! Every choice on the way is quantised, planned and run, as the final one is, on half of the calibration samples, and
//! judged on the other half (`held_out`). Test sets have no part in it: they say at the end whether the choice is good
//! enough. Nothing depends on time or chance. What is tried is bounded by the multiplications that it takes, and so is what
//! else is tried where nothing meets the limits, to say which of them is the nearest to give.

mod held_out;
mod nearest;
mod remembered;
mod sensitivity;
mod subject;
mod walk;

pub use subject::{Integers, Real, Subject};

use crate::armv6m::timing::Multiplier;
use crate::build::{Bound, Limits};
use crate::cache::Cache;
use crate::compile;
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::graph::FloatGraph;
use crate::lookup_table;
use crate::measure::{self, Measured};
use crate::plan::Plan;
use crate::plan::cost::Processor;
use crate::precision::Precision;
use crate::progress::Progress;
use crate::quantized::QuantizedGraph;
use crate::settings::Samples;
use held_out::HeldOut;
use proc_macro2::Ident;
use std::rc::Rc;
use std::time::Instant;
use walk::{Aim, Level, Levels};

/// The number formats that are chosen from, each with fewer numbers than the one before.
pub const LEVELS: [Precision; 7] = [
    Precision::Int8,
    Precision::Int6,
    Precision::Int5,
    Precision::Int4,
    Precision::Int3,
    Precision::Int2,
    Precision::Ternary,
];

/// The number format of each layer that leaves it to the compiler.
pub type Precisions = Vec<Precision>;

/// At most so many choices are tried.
const MOST_TRIED: usize = 36;

/// Multiplications that all choices may take together, about: a minute without optimisation, as macros are compiled. Of
/// networks for which it would be more, fewer choices are tried.
const MOST_WORK: u64 = 1 << 35;

/// The same where nothing meets the limits: networks that are quantised to say which limit is the nearest to give.
const MOST_WORK_OF_NEAREST: u64 = 2 * MOST_WORK;

/// At most so many networks are quantised for that.
const MOST_FOR_NEAREST: usize = 6 * MOST_TRIED;

/// Steps of the inferences that all sensitivities together are measured by: a quarter of a minute without optimisation.
const SENSITIVITY_STEPS: u64 = MOST_WORK / 4;

/// So many choices are tried of any network: all levels of all layers together, and as many more.
const FEWEST_TRIED: usize = 2 * LEVELS.len();

/// The most weights of a network of which choices are tried.
const MOST_WEIGHTS: usize = 1 << 22;

/// Steps of inferences that quantising one choice, or judging it, may take: small networks take a tenth of a second.
const STEPS: u64 = 8_000_000;

/// The same of a model of integers, of which as many steps take a fifth of the time. Its outputs are in steps, too, and a few
/// say little.
const STEPS_OF_INTEGERS: u64 = 16 * STEPS;

/// Samples that a choice is quantised by, and as many that it is judged on.
const MOST_SAMPLES: u64 = 128;

/// A network about to be compiled.
pub struct Request<'a> {
    /// Its name.
    pub name: &'a Ident,
    /// What is quantised, or narrowed.
    pub subject: Subject<'a>,
    /// What must hold.
    pub limits: &'a Limits,
    /// Where the choice is kept for the next build.
    pub files: &'a dyn Files,
}

/// A network with all number formats chosen.
pub struct Chosen {
    /// In real numbers, with the number formats that were chosen, and in integers, no layer optimised away; of a network
    /// that is quantised here.
    pub origin: Option<(FloatGraph, QuantizedGraph)>,
    /// What is computed.
    pub graph: QuantizedGraph,
    /// How.
    pub plan: Plan,
    /// How good its answers are, if that has been measured: one for each of the limits.
    pub measured: Option<Vec<Measured>>,
    /// What it was chosen from.
    pub choices: Choices,
}

/// What was tried.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Labels of the layers that leave their number format to the compiler.
    pub labels: Vec<String>,
    /// Each choice once.
    pub tried: Vec<Tried>,
    /// The number formats that the network has.
    pub chosen: Precisions,
    /// Whether it is a model that was quantised before: what that computes is right.
    pub is_of_integers: bool,
}

/// A choice that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// The number format of each layer.
    pub precisions: Precisions,
    /// What it takes.
    pub figures: Figures,
    /// Squared error of the outputs on calibration samples, as part of the power of the right ones.
    pub noise: f64,
}

/// What a network takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Bytes of flash.
    pub flash: usize,
    /// Bytes of memory.
    pub ram: usize,
    /// Bytes of stack.
    pub stack: usize,
    /// Cycles on the processor of the limit; without one, on a Cortex-M0.
    pub cycles: usize,
}

impl Figures {
    fn of(plan: &Plan, limits: &Limits) -> Self {
        let processor = limits
            .cycles
            .as_ref()
            .map_or(Processor::cortex_m0(Multiplier::of_build()), |(_, processor)| *processor);
        Self {
            flash: plan.flash,
            ram: plan.arena,
            stack: plan.stack.cortex_m0,
            cycles: plan.cycles_on(processor),
        }
    }

    /// Whether it meets the limits.
    pub fn meet(&self, limits: &Limits) -> bool {
        nearest::sizes(self, limits).iter().all(nearest::Demand::is_met)
    }
}

/// Chooses the number formats of all layers that leave them to the compiler. `None` where no choice meets the limits, or
/// anything else is wrong, which is reported.
///
/// That no choice meets the limits is not kept for the next build: what is said of it points at the source, and whoever
/// reads it changes a limit, which makes another network.
pub fn choose(request: Request<'_>, errors: &mut Errors) -> Option<Chosen> {
    let files = request.files;
    let mut search = Search::new(request);
    search.check(errors)?;
    let limits = search.limits;
    let widest = vec![LEVELS[0]; search.layers.len()];
    let first = search.finish(&widest, errors)?;
    if !is_limited(limits) || search.is_table(&first) {
        return Some(search.chosen(first, widest, None));
    }
    let Some(entry) = files.entry() else { return searched(search, first, widest, errors) };
    let remembered = entry
        .recall()
        .and_then(|text| remembered::read(std::str::from_utf8(&text).ok()?, search.layers.len()));
    if let Some((tried, precisions)) = remembered {
        let finished = search.finish(&precisions, errors)?;
        search.tried = tried;
        return Some(search.chosen(finished, precisions, None));
    }
    let (began, errors_before) = (Instant::now(), errors.count());
    let chosen = searched(search, first, widest, errors)?;
    if errors.count() == errors_before {
        entry.keep(remembered::write(&chosen.choices).as_bytes(), began.elapsed());
    }
    Some(chosen)
}

/// The choice, which takes some time; `first` is what is widest.
fn searched(
    mut search: Search<'_>,
    first: Finished,
    widest: Precisions,
    errors: &mut Errors,
) -> Option<Chosen> {
    let limits = search.limits;
    search.prepare(&first);
    search.narrow_together();
    if Figures::of(&first.plan, limits).meet(limits) {
        // Nothing is nearer to real numbers. Whether it is good enough is seen with all that is said of other networks.
        return Some(search.chosen(first, widest, None));
    }
    search.note_sensitivities();
    search.narrow_one_by_one();
    search.widen();
    if let Some((finished, precisions)) = search.best() {
        let measured = finished.measured(limits, search.cache.as_ref());
        if nearest::measures(&measured, limits).iter().all(|demand| demand.is_met()) {
            return Some(search.chosen(finished, precisions, Some(measured)));
        }
    }
    // What is seen on the way to an error is not kept.
    let cache = search.cache.take();
    let precisions = nearest::report(&mut search, errors)?;
    search.cache = cache;
    let finished = search.finish(&precisions, errors)?;
    Some(search.chosen(finished, precisions, None))
}

/// Whether anything is limited that fewer bits save.
fn is_limited(limits: &Limits) -> bool {
    limits.flash.is_some() || limits.cycles.is_some()
}

/// How many choices are tried at most, each of so many multiplications.
fn most_tried(work: u64) -> usize {
    usize::try_from(MOST_WORK / work.max(1)).unwrap_or(MOST_TRIED).clamp(FEWEST_TRIED, MOST_TRIED)
}

/// How many networks are quantised at most, each by so many multiplications, to say which limit is the nearest to give.
fn most_for_nearest(work: u64) -> usize {
    let affordable = usize::try_from(MOST_WORK_OF_NEAREST / work.max(1)).unwrap_or(MOST_FOR_NEAREST);
    affordable.clamp(FEWEST_TRIED, MOST_FOR_NEAREST)
}

/// Inferences on which each layer is measured at each level, of so many steps one, of a network of so many layers.
fn samples_of_sensitivities(steps: u64, layers: usize) -> usize {
    let inferences = (layers.max(1) * LEVELS.len()) as u64;
    let affordable = SENSITIVITY_STEPS / inferences.saturating_mul(steps.max(1));
    usize::try_from(affordable).unwrap_or(usize::MAX).max(1)
}

/// A choice, compiled.
struct Finished {
    quantized: QuantizedGraph,
    graph: QuantizedGraph,
    plan: Plan,
}

impl Finished {
    fn measured(&self, limits: &Limits, cache: Option<&Cache>) -> Vec<Measured> {
        let steps = measure::steps(&self.graph, self.plan.macs);
        let measured = limits.measures.iter();
        measured.map(|limit| measure::remembered(limit, &self.graph, steps, cache.cloned())).collect()
    }
}

/// A search under way.
struct Search<'a> {
    name: &'a Ident,
    subject: Subject<'a>,
    limits: &'a Limits,
    /// Where what takes long is kept for the next build.
    cache: Option<Cache>,
    /// Nodes of the layers whose number formats are chosen.
    layers: Vec<usize>,
    /// How choices are tried, once that is known.
    trial: Option<Rc<Trial>>,
    /// Of each layer at each level: known of those that were narrowed together.
    levels: Vec<Levels>,
    tried: Vec<Tried>,
    /// At most so many choices are tried.
    most_tried: usize,
    /// So many networks may still be quantised besides those that are tried.
    left: usize,
    progress: Progress,
}

/// What choices are tried with.
struct Trial {
    /// Half of the calibration samples.
    samples: Samples,
    held_out: HeldOut,
    /// Samples that sensitivities are measured on.
    samples_of_sensitivities: usize,
}

impl<'a> Search<'a> {
    fn new(request: Request<'a>) -> Self {
        let Request { name, subject, limits, files } = request;
        let layers = subject.layers();
        let unknown = Level { noise: f64::INFINITY, flash: f64::INFINITY, cycles: f64::INFINITY };
        let levels = vec![[unknown; LEVELS.len()]; layers.len()];
        Self {
            name,
            subject,
            limits,
            cache: files.cache(),
            layers,
            trial: None,
            levels,
            tried: Vec::new(),
            most_tried: MOST_TRIED,
            left: MOST_FOR_NEAREST,
            progress: Progress::new(),
        }
    }

    /// Whether there is what a choice needs; else it is reported.
    fn check(&self, errors: &mut Errors) -> Option<()> {
        let errors_before = errors.count();
        for (label, span) in self.subject.not_free() {
            errors.help(
                span,
                format_args!("`{label}`: its weights are integers already, and `Auto` has nothing to choose"),
                "leave `precision` out, or give the weights as real numbers, without `weight_scale`",
            );
        }
        if is_limited(self.limits) {
            self.check_limits(errors);
            self.check_size(errors);
        }
        (errors.count() == errors_before).then_some(())
    }

    fn check_limits(&self, errors: &mut Errors) {
        let cycles = self.limits.cycles.as_ref().map(|(limit, _)| limit);
        for limit in self.limits.flash.iter().chain(cycles) {
            if let Bound::Expression(_) = limit.bound {
                errors.push(limit.error(format_args!(
                    "`precision: Auto` chooses by `{}`, and this limit only rustc can evaluate\n= help: write the \
                     number itself, or state the precision of each layer",
                    limit.resource
                )));
            }
        }
        if self.subject.samples().is_none() {
            errors.help(
                self.subject.span(),
                "`precision: Auto` compares choices on calibration samples, and there are none",
                match self.subject.is_stateful() {
                    true => {
                        "state a precision like `Int4`: samples are single inputs, and the model keeps something from one \
                         to the next"
                    }
                    false => "state `calibration: \"samples.npy\"` in the `Input`, or a precision like `Int4`",
                },
            );
        }
    }

    /// Compile time grows with the weights.
    fn check_size(&self, errors: &mut Errors) {
        let weights = self.subject.weights();
        if weights > MOST_WEIGHTS {
            errors.help(
                self.name.span(),
                format_args!(
                    "`{}` has {weights} weights: to try choices for `precision: Auto` would take many minutes",
                    self.name
                ),
                format_args!("state the precision of each layer; choices are tried of up to {MOST_WEIGHTS} weights"),
            );
        }
    }

    fn set(&mut self, precisions: &[Precision]) {
        for (&layer, &precision) in self.layers.iter().zip(precisions) {
            self.subject.set(layer, precision);
        }
    }

    /// Compiles a choice.
    fn finish(&mut self, precisions: &[Precision], errors: &mut Errors) -> Option<Finished> {
        self.set(precisions);
        let quantized = self.subject.quantized(None, self.cache.clone(), errors)?;
        let graph = compile::optimized(quantized.clone());
        let plan = compile::planned(&graph, self.limits, errors)?;
        Some(Finished { quantized, graph, plan })
    }

    /// Compiles a choice, if that may still be done.
    fn finish_one_more(&mut self, precisions: &[Precision]) -> Option<Finished> {
        self.left = self.left.checked_sub(1)?;
        self.finish(precisions, &mut Errors::new())
    }

    /// Whether the network is a table of its answers: as wished for, or because that meets the limits and is better than
    /// layers. Fewer bits would save nothing.
    fn is_table(&self, widest: &Finished) -> bool {
        let wish = self.subject.lookup_table();
        let table = match wish {
            Some(false) => None,
            _ => lookup_table::tabulated(&widest.graph, &widest.plan).ok(),
        };
        let plan = table.and_then(|table| compile::planned(&table, self.limits, &mut Errors::new()));
        plan.is_some_and(|plan| {
            let is_better = || {
                Figures::of(&plan, self.limits).meet(self.limits)
                    && lookup_table::is_better(
                        &widest.graph,
                        &widest.plan,
                        &plan,
                        compile::budget(self.limits),
                    )
            };
            wish == Some(true) || is_better()
        })
    }

    fn chosen(mut self, finished: Finished, chosen: Precisions, measured: Option<Vec<Measured>>) -> Chosen {
        self.set(&chosen);
        if let Some(tried) = self.tried.iter_mut().find(|tried| tried.precisions == chosen) {
            // Quantised by all samples it may take a few bytes more or less.
            tried.figures = Figures::of(&finished.plan, self.limits);
        }
        let labels = self.labels();
        let Finished { quantized, graph, plan } = finished;
        let (origin, is_of_integers) = match self.subject {
            Subject::Real(network) => (Some((network.graph, quantized)), false),
            Subject::Integers(_) => (None, true),
        };
        let choices = Choices { labels, tried: self.tried, chosen, is_of_integers };
        Chosen { origin, graph, plan, measured, choices }
    }

    /// What messages call the layers.
    fn labels(&self) -> Vec<String> {
        self.layers.iter().map(|&layer| self.subject.label(layer).to_owned()).collect()
    }

    /// Deals the calibration samples; `finished` is any choice.
    fn prepare(&mut self, finished: &Finished) {
        let Some(all) = self.subject.samples() else { return };
        let steps = measure::steps(&finished.graph, finished.plan.macs);
        let most_steps = match self.subject {
            Subject::Real(_) => STEPS,
            Subject::Integers(_) => STEPS_OF_INTEGERS,
        };
        let affordable = most_steps / steps.max(1);
        let [fit, judge] = held_out::halves(all, affordable.clamp(8, MOST_SAMPLES) as usize);
        // A tensor that few samples reach needs all of them.
        let is_enough = self.subject.quantized(Some(&fit), None, &mut Errors::new()).is_some();
        let samples = if is_enough { fit } else { all.clone() };
        let held_out = HeldOut::new(self.subject.expected(&judge), judge);
        self.set(&vec![LEVELS[1]; self.layers.len()]);
        let work = self.subject.work();
        (self.most_tried, self.left) = (most_tried(work), most_for_nearest(work));
        let samples_of_sensitivities = samples_of_sensitivities(steps, self.layers.len());
        self.trial = Some(Rc::new(Trial { samples, held_out, samples_of_sensitivities }));
    }

    /// The same search under other limits, with what is known of sensitivities, and what is left of the work.
    fn under<'b>(&self, limits: &'b Limits) -> Search<'b>
    where
        'a: 'b,
    {
        Search {
            name: self.name,
            subject: self.subject.clone(),
            limits,
            cache: self.cache.clone(),
            layers: self.layers.clone(),
            trial: self.trial.clone(),
            levels: self.levels.clone(),
            tried: Vec::new(),
            most_tried: self.most_tried.min(self.left),
            left: self.left,
            progress: Progress::new(),
        }
    }

    /// Tries a choice, if there may be more of them; an index of `tried`.
    fn try_out(&mut self, precisions: &[Precision]) -> Option<usize> {
        if let Some(known) = self.tried.iter().position(|tried| tried.precisions == precisions) {
            return Some(known);
        }
        if self.tried.len() >= self.most_tried {
            return None;
        }
        let (graph, plan) = self.compiled_by_half(precisions)?;
        self.judge(precisions, &graph, &plan)
    }

    fn judge(&mut self, precisions: &[Precision], graph: &QuantizedGraph, plan: &Plan) -> Option<usize> {
        let noise = self.trial.as_ref()?.held_out.noise(graph);
        let figures = Figures::of(plan, self.limits);
        self.tried.push(Tried { precisions: precisions.to_vec(), figures, noise });
        let (name, tried, most) = (self.name, self.tried.len(), self.most_tried);
        self.progress.tell(format_args!("`{name}`: {tried} choices of precisions tried, of {most} at most"));
        Some(self.tried.len() - 1)
    }

    fn compiled_by_half(&mut self, precisions: &[Precision]) -> Option<(QuantizedGraph, Plan)> {
        self.set(precisions);
        let samples = &self.trial.as_ref()?.samples;
        let quantized = self.subject.quantized(Some(samples), None, &mut Errors::new())?;
        let graph = compile::optimized(quantized);
        let plan = compile::planned(&graph, self.limits, &mut Errors::new())?;
        Some((graph, plan))
    }

    /// All layers at one level after the other: what each takes.
    fn narrow_together(&mut self) {
        for (level, &precision) in LEVELS.iter().enumerate() {
            let precisions = vec![precision; self.layers.len()];
            let Some((graph, plan)) = self.compiled_by_half(&precisions) else { continue };
            self.judge(&precisions, &graph, &plan);
            self.note_costs(level, &graph, &plan);
        }
    }

    /// Flash of the smallest code, since what is saved goes into speed again; cycles of the code within the limits.
    fn note_costs(&mut self, level: usize, graph: &QuantizedGraph, plan: &Plan) {
        let Some(smallest) = compile::smallest(graph, self.limits, &mut Errors::new()) else { return };
        for (layer, levels) in self.layers.iter().zip(&mut self.levels) {
            let label = self.subject.label(*layer);
            let step = graph.nodes.iter().position(|node| node.label == label);
            // A layer that is optimised away costs nothing.
            levels[level].flash = step.map_or(0.0, |step| smallest.steps[step].cost.own() as f64);
            levels[level].cycles = step.map_or(0.0, |step| plan.steps[step].cost.cycles as f64);
        }
    }

    /// From eight bits downwards, on every way that the limits suggest.
    fn narrow_one_by_one(&mut self) {
        for aim in self.aims() {
            let way = walk::walk(&self.levels, aim);
            self.search_by_halves(&way);
        }
    }

    fn note_sensitivities(&mut self) {
        let Some(Trial { samples, samples_of_sensitivities, .. }) = self.trial.as_deref() else { return };
        let all = self.subject.sensitivities(&self.layers, samples, *samples_of_sensitivities);
        for (levels, noises) in self.levels.iter_mut().zip(all) {
            for (level, noise) in levels.iter_mut().zip(noises) {
                level.noise = noise;
            }
        }
    }

    fn aims(&self) -> Vec<Aim> {
        let part = |bound: &Bound<u64>| match bound {
            Bound::Known(bound) => 1.0 / (*bound as f64).max(1.0),
            Bound::Expression(_) => 0.0,
        };
        let flash = self.limits.flash.as_ref().map_or(0.0, |limit| part(&limit.bound));
        let cycles = self.limits.cycles.as_ref().map_or(0.0, |(limit, _)| part(&limit.bound));
        let mut aims = vec![Aim { flash, cycles }];
        if flash > 0.0 && cycles > 0.0 {
            aims.extend([Aim { flash, cycles: 0.0 }, Aim { flash: 0.0, cycles }]);
        }
        aims
    }

    /// Tries where a way comes within the limits; each step of it takes less than the one before, about.
    fn search_by_halves(&mut self, way: &[Precisions]) {
        let (mut beyond, mut within) = (0, way.len());
        while beyond < within {
            let middle = (beyond + within) / 2;
            match self.try_out(&way[middle]) {
                Some(index) if self.tried[index].figures.meet(self.limits) => within = middle,
                _ => beyond = middle + 1,
            }
        }
    }

    /// Widens single layers of the best choice, as long as that is for the better.
    fn widen(&mut self) {
        let Some(mut best) = self.by_noise().first().copied() else { return };
        let mut is_better = true;
        while std::mem::take(&mut is_better) {
            for layer in 0..self.layers.len() {
                let mut precisions = self.tried[best].precisions.clone();
                let level = LEVELS.iter().position(|level| *level == precisions[layer]).unwrap_or(0);
                let Some(wider) = level.checked_sub(1) else { continue };
                precisions[layer] = LEVELS[wider];
                let Some(index) = self.try_out(&precisions) else { return };
                let is_within = self.tried[index].figures.meet(self.limits);
                if is_within && self.tried[index].noise < self.tried[best].noise {
                    (best, is_better) = (index, true);
                }
            }
        }
    }

    /// What was tried and meets the limits, the best first.
    fn by_noise(&self) -> Vec<usize> {
        let mut met: Vec<usize> =
            (0..self.tried.len()).filter(|&index| self.tried[index].figures.meet(self.limits)).collect();
        met.sort_by(|&a, &b| self.tried[a].noise.total_cmp(&self.tried[b].noise));
        met
    }

    /// The best choice that meets the limits when it is quantised by all samples, too.
    fn best(&mut self) -> Option<(Finished, Precisions)> {
        for index in self.by_noise() {
            let precisions = self.tried[index].precisions.clone();
            let Some(finished) = self.finish_one_more(&precisions) else { continue };
            let figures = Figures::of(&finished.plan, self.limits);
            self.tried[index].figures = figures;
            if figures.meet(self.limits) {
                return Some((finished, precisions));
            }
        }
        None
    }
}

impl Choices {
    /// Number formats as reports say them: `` all `Int4` ``, `` `Int8`: conv1; `Int4`: fc1, fc2 ``.
    pub fn describe(&self, precisions: &[Precision]) -> String {
        describe(&self.labels, precisions)
    }

    /// What was chosen, and of what was tried whatever nothing else is better than: smaller, faster and nearer to real
    /// numbers. The largest first.
    pub fn front(&self) -> Vec<&Tried> {
        let is_beaten = |tried: &Tried| self.tried.iter().any(|other| other.beats(tried));
        let is_shown = |tried: &&Tried| tried.precisions == self.chosen || !is_beaten(tried);
        let mut front: Vec<&Tried> = self.tried.iter().filter(is_shown).collect();
        front.sort_by(|a, b| {
            let sizes = |tried: &Tried| (tried.figures.flash, tried.figures.cycles);
            sizes(b).cmp(&sizes(a)).then(a.noise.total_cmp(&b.noise))
        });
        front
    }
}

impl Tried {
    /// Whether it is nowhere worse than another, and somewhere better.
    fn beats(&self, other: &Self) -> bool {
        let (a, b) = (&self.figures, &other.figures);
        let is_no_worse = a.flash <= b.flash && a.cycles <= b.cycles && self.noise <= other.noise;
        is_no_worse && (a.flash < b.flash || a.cycles < b.cycles || self.noise < other.noise)
    }

    /// By how much the outputs outweigh their error, in decibels of power.
    pub fn signal_to_noise(&self) -> f64 {
        -10.0 * libm::log10(self.noise)
    }
}

fn describe(labels: &[String], precisions: &[Precision]) -> String {
    let mut parts = Vec::new();
    for precision in LEVELS {
        let pairs = labels.iter().zip(precisions).filter(|(_, of_layer)| **of_layer == precision);
        let of_it: Vec<&str> = pairs.map(|(label, _)| label.as_str()).collect();
        if of_it.len() == labels.len() {
            return format!("all `{}`", precision.name());
        }
        if !of_it.is_empty() {
            parts.push(format!("`{}`: {}", precision.name(), of_it.join(", ")));
        }
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{self, Declared, RealNetwork};
    use crate::files::MemoryFiles;
    use crate::precision::PrecisionChoice;
    use crate::quantize::Narrowing;
    use crate::settings::InputSpans;
    use crate::{lower, parse};
    use proc_macro2::Span;

    #[test]
    fn the_more_work_the_fewer_choices() {
        assert_eq!([0, 1 << 20, MOST_WORK / 40].map(most_tried), [MOST_TRIED; 3]);
        assert_eq!(most_tried(MOST_WORK / 20), 20);
        assert_eq!([MOST_WORK / 3, MOST_WORK * 2].map(most_tried), [FEWEST_TRIED; 2]);
        assert_eq!([0, 1 << 20].map(most_for_nearest), [MOST_FOR_NEAREST; 2]);
        assert_eq!(most_for_nearest(MOST_WORK / 10), 20);
        assert_eq!(most_for_nearest(MOST_WORK), FEWEST_TRIED);
        assert_eq!(samples_of_sensitivities(SENSITIVITY_STEPS / 70, 2), 5);
        assert_eq!(samples_of_sensitivities(SENSITIVITY_STEPS, 100), 1);
    }
    /// A search for a dense layer of so many inputs and outputs, with so much flash; some choices are tried.
    fn with_search<T>(inputs: usize, units: usize, flash: u64, test: impl FnOnce(&mut Search<'_>) -> T) -> T {
        let mut random = fastrand::Rng::with_seed(1);
        let mut files = MemoryFiles::new();
        for (name, shape) in [("weights.npy", [units, inputs]), ("samples.npy", [20, inputs])] {
            let [rows, columns] = shape;
            let header =
                format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}\n");
            let length = (header.len() as u16).to_le_bytes();
            let mut file = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat();
            file.extend((0..rows * columns).flat_map(|_| (random.f32() - 0.5).to_le_bytes()));
            files.insert(name, file);
        }
        let declaration = format!(
            "(::tinynet) struct Wide where flash <= {flash}, {{ \
             x: Input {{ shape: [{inputs}], calibration: \"samples.npy\", precision: Auto }}, \
             Dense {{ units: {units}, weights: \"weights.npy\", use_bias: false, layout: PyTorch }} }}"
        );
        let mut errors = Errors::new();
        let invocation = parse::parse(declaration.parse().unwrap(), &mut errors);
        let network = &invocation.networks[0];
        let declaration = build::build(network, &files, &mut errors).declaration.unwrap();
        let Declared::Real(RealNetwork { graph, settings, spans }) = declaration.network else {
            panic!("a network of real numbers")
        };
        let (name, limits) = (&network.name, &declaration.limits);
        let request = Request {
            name,
            subject: Subject::Real(Real { graph: lower::lower(graph), settings: &settings, spans }),
            limits,
            files: &files,
        };
        let mut search = Search::new(request);
        let widest = vec![LEVELS[0]; search.layers.len()];
        let first = search.finish(&widest, &mut errors).unwrap();
        search.prepare(&first);
        test(&mut search)
    }

    #[cfg(feature = "tflite")]
    #[test]
    fn models_that_remember_state_their_precisions() {
        let bytes = include_bytes!("../../tests/ui/data/branches.tflite");
        let model = crate::import::tflite::read(bytes).unwrap();
        let span = Span::call_site();
        let mut graph = crate::from_tflite::quantized_graph(&model, bytes, span).unwrap();
        let (precision, calibration) = (PrecisionChoice::Auto, None);
        let spans = InputSpans::all(span);
        let narrowing = Narrowing { precision, prune: None, bias_correction: true, calibration, spans };
        let declaration = "(::tinynet) struct Net = \"branches.tflite\" where flash <= 100;";
        let invocation = parse::parse(declaration.parse().unwrap(), &mut Errors::new());
        let (network, mut files) = (&invocation.networks[0], MemoryFiles::new());
        files.insert("branches.tflite", bytes.to_vec());
        let limits = build::build(network, &files, &mut Errors::new()).declaration.unwrap().limits;
        let help = |graph: &QuantizedGraph| {
            let subject = Integers { graph: graph.clone(), narrowing: &narrowing, lookup_table: None };
            let (name, subject) = (&network.name, Subject::Integers(subject));
            let mut errors = Errors::new();
            Search::new(Request { name, subject, limits: &limits, files: &files }).check(&mut errors);
            errors.messages().remove(0)
        };
        assert!(help(&graph).contains("state `calibration"));
        graph.nodes[0].states.push(graph.outputs[0]);
        assert!(help(&graph).contains("the model keeps something from one to the next"));
    }

    #[test]
    fn large_networks_have_fewer_choices() {
        let bounds = |search: &mut Search<'_>| (search.most_tried, search.left);
        assert_eq!(with_search(30, 10, 500, bounds), (MOST_TRIED, MOST_FOR_NEAREST));
        let (most_tried, left) = with_search(1000, 500, 100_000, bounds);
        assert!((FEWEST_TRIED..MOST_TRIED).contains(&most_tried), "{most_tried}");
        assert!((FEWEST_TRIED..MOST_FOR_NEAREST).contains(&left), "{left}");
    }

    #[test]
    fn no_more_choices_are_tried_than_there_may_be() {
        let tried = |most_tried: usize| {
            with_search(30, 10, 400, |search| {
                search.most_tried = most_tried;
                search.narrow_together();
                search.note_sensitivities();
                search.levels[0]
                    .iter_mut()
                    .enumerate()
                    .for_each(|(level, known)| known.flash = -(level as f64));
                search.tried.clear();
                search.narrow_one_by_one();
                search.widen();
                search.tried.len()
            })
        };
        assert_eq!([1, 2].map(tried), [1, 2]);
        assert!(tried(MOST_TRIED) > 2);
    }

    #[test]
    fn the_search_for_the_nearest_limit_ends_with_its_work() {
        let report = |left: usize| {
            with_search(30, 10, 100, |search| {
                search.narrow_together();
                search.left = left;
                let mut errors = Errors::new();
                assert_eq!(nearest::report(search, &mut errors), None);
                // Every network that is quantised for it counts.
                assert!(search.left < left || left == 0);
                errors.messages().remove(0)
            })
        };
        let [without, with] = [0, MOST_FOR_NEAREST].map(report);
        for message in [&without, &with] {
            assert!(message.contains("the nearest to give is `flash`, "), "{message}");
        }
    }
}
