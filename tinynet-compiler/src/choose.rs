//! The compiler that chooses: which number formats the weights of `precision: Auto` have.
//!
//! What is wanted is the network whose outputs are nearest to those of real numbers, of all that meet the limits. With
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
mod walk;

use crate::armv6m::timing::Multiplier;
use crate::build::{Bound, Limits};
use crate::compile;
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::graph::{FloatGraph, FloatOperator, Node};
use crate::lookup_table;
use crate::measure::{self, Measured};
use crate::plan::Plan;
use crate::plan::cost::Processor;
use crate::precision::{Precision, PrecisionChoice};
use crate::progress::Progress;
use crate::quantize;
use crate::quantized::QuantizedGraph;
use crate::settings::Settings;
use held_out::HeldOut;
use proc_macro2::{Ident, Span};
use sensitivity::Sensitivity;
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

/// Samples that a choice is quantised by, and as many that it is judged on.
const MOST_SAMPLES: u64 = 128;

/// A network about to be compiled.
pub struct Request<'a> {
    /// Its name.
    pub name: &'a Ident,
    /// What it means.
    pub float: FloatGraph,
    /// How it is quantised.
    pub settings: &'a Settings,
    /// Where errors about the input point.
    pub input_span: Span,
    /// What must hold.
    pub limits: &'a Limits,
    /// Where the choice is kept for the next build.
    pub files: &'a dyn Files,
}

/// A network with all number formats chosen.
pub struct Chosen {
    /// In real numbers, with the number formats that were chosen.
    pub float: FloatGraph,
    /// In integers, no layer optimised away.
    pub quantized: QuantizedGraph,
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

/// Whether a layer leaves its number format to the compiler.
fn is_automatic(node: &Node<FloatOperator>, settings: &Settings) -> bool {
    let choice = node.wishes.precision.unwrap_or(settings.precision);
    node.operator.free_filter().is_some() && choice == PrecisionChoice::Auto
}

/// Whether there is anything to choose, or to say of it.
pub fn is_needed(float: &FloatGraph, settings: &Settings) -> bool {
    let says_so = |node: &Node<FloatOperator>| {
        node.operator.filter().is_some() && node.wishes.precision == Some(PrecisionChoice::Auto)
    };
    float.nodes.iter().any(|node| is_automatic(node, settings) || says_so(node))
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
    let remembered = entry.recall().and_then(|text| remembered::read(&text, search.layers.len()));
    if let Some((tried, precisions)) = remembered {
        let finished = search.finish(&precisions, errors)?;
        search.tried = tried;
        return Some(search.chosen(finished, precisions, None));
    }
    let (began, errors_before) = (Instant::now(), errors.count());
    let chosen = searched(search, first, widest, errors)?;
    if errors.count() == errors_before {
        entry.keep(&remembered::write(&chosen.choices), began.elapsed());
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
        let measured = finished.measured(limits);
        if nearest::measures(&measured, limits).iter().all(|demand| demand.is_met()) {
            return Some(search.chosen(finished, precisions, Some(measured)));
        }
    }
    let precisions = nearest::report(&mut search, errors)?;
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
    fn measured(&self, limits: &Limits) -> Vec<Measured> {
        let steps = measure::steps(&self.graph, self.plan.macs);
        let measured = limits.measures.iter();
        measured
            .map(|limit| {
                measure::measured(limit.measure, &limit.test_set, limit.most_samples, &self.graph, steps)
            })
            .collect()
    }
}

/// A search under way.
struct Search<'a> {
    name: &'a Ident,
    float: FloatGraph,
    settings: &'a Settings,
    input_span: Span,
    limits: &'a Limits,
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
    /// With half of the calibration samples.
    settings: Settings,
    held_out: HeldOut,
    /// Samples that sensitivities are measured on.
    samples_of_sensitivities: usize,
}

impl<'a> Search<'a> {
    fn new(request: Request<'a>) -> Self {
        let Request { name, float, settings, input_span, limits, .. } = request;
        let layers: Vec<usize> =
            (0..float.nodes.len()).filter(|&node| is_automatic(&float.nodes[node], settings)).collect();
        let unknown = Level { noise: f64::INFINITY, flash: f64::INFINITY, cycles: f64::INFINITY };
        let levels = vec![[unknown; LEVELS.len()]; layers.len()];
        Self {
            name,
            float,
            settings,
            input_span,
            limits,
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
        let says_so = |node: &&Node<FloatOperator>| node.wishes.precision == Some(PrecisionChoice::Auto);
        for node in self.float.nodes.iter().filter(says_so).filter(|node| !is_automatic(node, self.settings))
        {
            errors.help(
                node.span,
                format_args!(
                    "`{}`: its weights are integers already, and `Auto` has nothing to choose",
                    node.label
                ),
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
        if self.settings.calibration.is_none() {
            let own =
                self.float.nodes.iter().find(|node| node.wishes.precision == Some(PrecisionChoice::Auto));
            errors.help(
                own.map_or(self.input_span, |node| node.span),
                "`precision: Auto` compares choices on calibration samples, and there are none",
                "state `calibration: \"samples.npy\"` in the `Input`, or a precision like `Int4`",
            );
        }
    }

    /// Compile time grows with the weights.
    fn check_size(&self, errors: &mut Errors) {
        let filters = self.float.nodes.iter().filter_map(|node| node.operator.filter());
        let weights: usize = filters.map(|filter| filter.weights.len()).sum();
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
            self.float.nodes[layer].wishes.precision = Some(PrecisionChoice::Stated(precision));
        }
    }

    /// Compiles a choice.
    fn finish(&mut self, precisions: &[Precision], errors: &mut Errors) -> Option<Finished> {
        self.set(precisions);
        let quantized = quantize::quantize(&self.float, self.settings, self.input_span, errors)?;
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
        let wish = self.settings.lookup_table;
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
        let labels = self.layers.iter().map(|&layer| self.float.nodes[layer].label.clone()).collect();
        let Finished { quantized, graph, plan } = finished;
        let choices = Choices { labels, tried: self.tried, chosen };
        Chosen { float: self.float, quantized, graph, plan, measured, choices }
    }

    /// Deals the calibration samples; `finished` is any choice.
    fn prepare(&mut self, finished: &Finished) {
        let Some(samples) = &self.settings.calibration else { return };
        let steps = measure::steps(&finished.graph, finished.plan.macs);
        let affordable = STEPS / steps.max(1);
        let [fit, judge] = held_out::halves(samples, affordable.clamp(8, MOST_SAMPLES) as usize);
        let held_out = HeldOut::new(&self.float, judge);
        let mut settings = Settings { calibration: Some(fit), ..self.settings.clone() };
        if quantize::quantize(&self.float, &settings, self.input_span, &mut Errors::new()).is_none() {
            // A tensor that few samples reach needs all of them.
            settings = self.settings.clone();
        }
        self.set(&vec![LEVELS[1]; self.layers.len()]);
        let work = quantize::work(&self.float, &settings);
        (self.most_tried, self.left) = (most_tried(work), most_for_nearest(work));
        let samples_of_sensitivities = samples_of_sensitivities(steps, self.layers.len());
        self.trial = Some(Rc::new(Trial { settings, held_out, samples_of_sensitivities }));
    }

    /// The same search under other limits, with what is known of sensitivities, and what is left of the work.
    fn under<'b>(&self, limits: &'b Limits) -> Search<'b>
    where
        'a: 'b,
    {
        Search {
            name: self.name,
            float: self.float.clone(),
            settings: self.settings,
            input_span: self.input_span,
            limits,
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
        let settings = &self.trial.as_ref()?.settings;
        let quantized = quantize::quantize(&self.float, settings, self.input_span, &mut Errors::new())?;
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
            let label = &self.float.nodes[*layer].label;
            let step = graph.nodes.iter().position(|node| node.label == *label);
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
        let Some(trial) = &self.trial else { return };
        let Some(samples) = &trial.settings.calibration else { return };
        let most = trial.samples_of_sensitivities;
        let sensitivity = Sensitivity::new(&self.float, self.settings, samples, most);
        for (&layer, levels) in self.layers.iter().zip(&mut self.levels) {
            for (level, noise) in levels.iter_mut().zip(sensitivity.of(layer)) {
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
    use crate::{lower, parse};

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
        let Declared::Real(RealNetwork { graph, settings, calibration_span: input_span }) =
            declaration.network
        else {
            panic!("a network of real numbers")
        };
        let (name, limits) = (&network.name, &declaration.limits);
        let request = Request {
            name,
            float: lower::lower(graph),
            settings: &settings,
            input_span,
            limits,
            files: &files,
        };
        let mut search = Search::new(request);
        let widest = vec![LEVELS[0]; search.layers.len()];
        let first = search.finish(&widest, &mut errors).unwrap();
        search.prepare(&first);
        test(&mut search)
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
