//! Which shape each layer's code has: of what fits the limit, the fastest.

use super::assembly;
use super::cost::{self, Cost};
use super::cycles::Output;
use super::unrolled::Unrolled;
use super::{Budget, CodeShape};
use crate::armv6m::timing::Multiplier;
use crate::diagnostics::{Errors, with_help};
use crate::graph::{Node, TensorId, Unroll};
use crate::kernel_parameters::{KernelParameters, LinearKernel, LinearParameters};
use crate::quantized::{Element, QuantizedGraph, QuantizedOperator};
use crate::row_packing::{RowPacking, Rows};

/// Straight-line code of more products than this takes rustc minutes.
const MOST_TERMS: usize = 20_000;

/// Straight-line code of more products than this has to be asked for: it takes rustc a second or more.
const MOST_TERMS_UNASKED: usize = 4_000;

/// Up to so many combinations are all tried.
const MOST_COMBINED: usize = 4_096;

/// Flash that is not worth saving if there is no limit: about what a small chip has free.
const FREE_FLASH: u64 = 96 * 1024;

/// Flash that code may take where none is limited, if the smallest takes so much.
pub fn most_flash(smallest: u64) -> u64 {
    FREE_FLASH.max(smallest + smallest / 4)
}

/// What each node's code could be. Reports layers that cannot be straight-line code though they were asked to be.
pub fn options(
    graph: &QuantizedGraph,
    kernels: &[KernelParameters],
    elsewhere: &[Option<RowPacking>],
    budget: Budget,
    errors: &mut Errors,
) -> Vec<Options> {
    let nodes = graph.nodes.iter().zip(kernels).zip(elsewhere);
    let of_node = |((node, kernel), &packing)| {
        // How fast a core is that is not known nobody can tell.
        let loops = match budget {
            Budget { portable: true, flash: None, .. } => vec![loop_of(packing)],
            _ => loops(kernel),
        };
        options_of(graph, node, kernel, loops, budget, errors)
    };
    nodes.map(of_node).collect()
}

/// For each layer how its kernel in Rust reads weights where there is no other code: so that all such kernels together meet
/// the limit of flash as fast as they can; without one, in the least flash.
pub fn elsewhere(
    graph: &QuantizedGraph,
    kernels: &[KernelParameters],
    budget: Budget,
) -> Vec<Option<RowPacking>> {
    let options: Vec<Options> = graph
        .nodes
        .iter()
        .zip(kernels)
        .map(|(node, kernel)| with_costs(graph, node, kernel, loops(kernel), budget.multiplier))
        .collect();
    // Where no layer has a choice there is nothing to choose.
    let chosen = match options.iter().any(|options| options.len() > 1) {
        true => choose(&options, Some(budget.flash.unwrap_or(0))),
        false => vec![0; options.len()],
    };
    let packing = |(options, chosen): (&Options, usize)| match options[chosen].0 {
        CodeShape::Packed(packing) => Some(packing),
        _ => None,
    };
    options.iter().zip(chosen).map(packing).collect()
}

/// A kernel's loop, and all that read its weights from fewer bytes.
fn loops(kernel: &KernelParameters) -> Vec<CodeShape> {
    let packings = Rows::of(kernel).map_or_else(Vec::new, |rows| rows.packings());
    [CodeShape::Loop].into_iter().chain(packings.into_iter().map(CodeShape::Packed)).collect()
}

fn loop_of(packing: Option<RowPacking>) -> CodeShape {
    packing.map_or(CodeShape::Loop, CodeShape::Packed)
}

/// For each layer which of its options to take: of what fits the limit, the fastest.
pub fn choose(layers: &[Options], flash_limit: Option<u64>) -> Vec<usize> {
    let mut choice = Choice::smallest(layers);
    // Without a limit, what the smallest code takes may become a quarter more.
    let smallest = choice.flash() as u64;
    choice.flash_limit = flash_limit.unwrap_or_else(|| most_flash(smallest));
    let combinations = layers.iter().try_fold(1usize, |product, options| product.checked_mul(options.len()));
    if combinations.is_some_and(|combinations| combinations <= MOST_COMBINED) {
        choice.try_all();
    } else {
        choice.try_one_by_one();
    }
    choice.chosen
}

/// What a layer's code could be; there is one at least.
pub type Options = Vec<(CodeShape, Cost)>;

fn options_of(
    graph: &QuantizedGraph,
    node: &Node<QuantizedOperator>,
    kernel: &KernelParameters,
    loops: Vec<CodeShape>,
    budget: Budget,
    errors: &mut Errors,
) -> Options {
    let Budget { portable: is_portable, multiplier, .. } = budget;
    // Straight-line code and assembly are for int8: a product of two bytes fits an instruction.
    let is_int8 = |&id: &TensorId| graph.tensor(id).info.element == Element::Int8;
    let is_int8 = node.inputs.iter().chain([&node.output]).all(is_int8);
    let elements = graph.tensor(node.output).elements();
    let shapes = match kernel {
        KernelParameters::Reshape => vec![CodeShape::Nothing],
        KernelParameters::GemmlowpSoftmax { .. } => {
            let assembly = assembly_shapes(kernel, elements, multiplier).filter(|_| is_int8 && !is_portable);
            [CodeShape::Loop, CodeShape::Compact].into_iter().chain(assembly).collect()
        }
        KernelParameters::Linear(kind, linear) if is_int8 => {
            let mut shapes = linear_shapes(node, kind, linear, loops, errors);
            if !is_portable && !shapes.is_empty() {
                let is_wanted = |shape: &CodeShape| match node.wishes.unroll {
                    Unroll::Full => shape.is_unrolled(),
                    Unroll::Loop => !shape.is_unrolled(),
                    Unroll::Auto => true,
                };
                shapes.extend(assembly_shapes(kernel, elements, multiplier).filter(is_wanted));
            }
            shapes
        }
        _ if is_int8 && !is_portable => {
            loops.into_iter().chain(assembly_shapes(kernel, elements, multiplier)).collect()
        }
        _ => loops,
    };
    with_costs(graph, node, kernel, shapes, multiplier)
}

/// Shapes with what they cost.
fn with_costs(
    graph: &QuantizedGraph,
    node: &Node<QuantizedOperator>,
    kernel: &KernelParameters,
    shapes: Vec<CodeShape>,
    multiplier: Multiplier,
) -> Options {
    let output = graph.tensor(node.output);
    let (elements, element) = (output.elements(), output.info.element);
    let with_cost = |shape| {
        let cost = Cost::new(kernel, &shape, Output { elements, element }, multiplier);
        (shape, cost)
    };
    shapes.into_iter().map(with_cost).collect()
}

/// Shapes of a layer of int8 with weights, as its declaration wishes.
fn linear_shapes(
    node: &Node<QuantizedOperator>,
    kind: &LinearKernel,
    linear: &LinearParameters,
    loops: Vec<CodeShape>,
    errors: &mut Errors,
) -> Vec<CodeShape> {
    let terms = linear.weights.iter().filter(|&&weight| weight != 0).count();
    let wish = node.wishes.unroll;
    if wish == Unroll::Full && terms > MOST_TERMS {
        errors.push(too_many_terms(node, terms));
        return vec![CodeShape::Loop];
    }
    let mut shapes = Vec::new();
    if wish != Unroll::Full {
        shapes.extend(loops);
    }
    if wish == Unroll::Full || wish == Unroll::Auto && terms <= MOST_TERMS_UNASKED {
        shapes.push(CodeShape::Unrolled(Unrolled::new(kind, linear)));
    }
    shapes
}

/// All assembly that a layer could be.
fn assembly_shapes(
    kernel: &KernelParameters,
    elements: usize,
    multiplier: Multiplier,
) -> impl Iterator<Item = CodeShape> {
    let candidates = assembly::candidates(kernel, elements, multiplier).into_iter();
    candidates.map(|assembly| CodeShape::Assembly(Box::new(assembly)))
}

/// A choice that is being made.
struct Choice<'a> {
    layers: &'a [Options],
    /// Index of what is chosen, for each layer.
    chosen: Vec<usize>,
    flash_limit: u64,
}

impl<'a> Choice<'a> {
    /// The smallest code, about: what is shared depends on who shares it.
    fn smallest(layers: &'a [Options]) -> Self {
        let least = |size: &dyn Fn(&Cost) -> usize| {
            let chosen = layers.iter().map(|options| {
                let sizes = options.iter().map(|(_, cost)| size(cost));
                sizes.enumerate().min_by_key(|&(_, size)| size).map_or(0, |(index, _)| index)
            });
            Self { layers, chosen: chosen.collect(), flash_limit: 0 }
        };
        // With all that is shared already there, and with none of it.
        let mut sharing = least(&|cost| cost.flash);
        let mut apart = least(&Cost::alone);
        sharing.better();
        apart.better();
        if apart.badness() < sharing.badness() { apart } else { sharing }
    }

    fn costs(&self) -> impl Iterator<Item = &'a Cost> {
        self.layers.iter().zip(&self.chosen).map(|(options, &index)| &options[index].1)
    }

    fn flash(&self) -> usize {
        cost::flash(self.costs())
    }

    /// What counts of the choice as it stands, the less the better: bytes beyond the limit, cycles, bytes.
    fn badness(&self) -> (u64, usize, usize) {
        let flash = self.flash();
        let cycles = self.costs().map(|cost| cost.cycles).sum();
        ((flash as u64).saturating_sub(self.flash_limit), cycles, flash)
    }

    /// The best of all combinations.
    fn try_all(&mut self) {
        let mut best = (self.badness(), self.chosen.clone());
        self.chosen.fill(0);
        loop {
            let badness = self.badness();
            if badness < best.0 {
                best = (badness, self.chosen.clone());
            }
            // The next number, one digit a layer.
            let Some(layer) = (0..self.layers.len()).find(|&at| self.chosen[at] + 1 < self.layers[at].len())
            else {
                break;
            };
            self.chosen[layer] += 1;
            self.chosen[..layer].fill(0);
        }
        self.chosen = best.1;
    }

    /// Takes one step after the other, those that save most cycles a byte first, as long as it is for the better.
    fn try_one_by_one(&mut self) {
        let mut steps: Vec<_> = (0..self.layers.len()).flat_map(|layer| self.steps(layer)).collect();
        steps.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        for Step { layer, option, .. } in steps {
            let (before, badness) = (self.chosen[layer], self.badness());
            self.chosen[layer] = option;
            if self.badness() >= badness {
                self.chosen[layer] = before;
            }
        }
        self.better();
    }

    /// A layer's steps from what is chosen to what is faster, each to where a byte saves most.
    fn steps(&self, layer: usize) -> Vec<Step> {
        let options = &self.layers[layer];
        let mut steps = Vec::new();
        let mut at = self.chosen[layer];
        loop {
            let here = &options[at].1;
            let gain = |cost: &Cost| {
                let cycles = here.cycles as f64 - cost.cycles as f64;
                cycles / cost.own().saturating_sub(here.own()).max(1) as f64
            };
            let faster = (0..options.len()).filter(|&option| options[option].1.cycles < here.cycles);
            let next = faster.map(|option| (option, gain(&options[option].1)));
            let Some((option, gain)) = next.max_by(|a, b| a.1.total_cmp(&b.1)) else { break };
            steps.push(Step { layer, option, gain });
            at = option;
        }
        steps
    }

    /// Changes one layer at a time until none makes it better.
    fn better(&mut self) {
        let mut best = self.badness();
        for _ in 0..MOST_ROUNDS {
            let mut is_better = false;
            for layer in 0..self.layers.len() {
                for option in 0..self.layers[layer].len() {
                    let before = std::mem::replace(&mut self.chosen[layer], option);
                    let changed = self.badness();
                    if changed < best {
                        (best, is_better) = (changed, true);
                    } else {
                        self.chosen[layer] = before;
                    }
                }
            }
            if !is_better {
                break;
            }
        }
    }
}

/// Rounds through all layers.
const MOST_ROUNDS: usize = 4;

/// A change of one layer for more speed.
struct Step {
    layer: usize,
    option: usize,
    /// Cycles a byte.
    gain: f64,
}

fn too_many_terms(node: &Node<QuantizedOperator>, terms: usize) -> syn::Error {
    with_help(
        node.span,
        format_args!(
            "`{}` has {terms} weights that are not 0: too many for straight-line code, rustc would take minutes",
            node.label
        ),
        format_args!("leave `unroll` out, or write `unroll: Loop`; up to {MOST_TERMS} can be unrolled"),
    )
}
