//! One network through all stages behind the parser.

use crate::armv6m::timing::Multiplier;
use crate::ast;
use crate::build::{
    self, Bound, Declaration, Declared, Interface, Limits, QuantizedNetwork, RealNetwork, SizeLimit,
};
use crate::choose::{self, Choices, Chosen, Integers, Real, Subject};
use crate::diagnostics::Errors;
use crate::emit::{self, measures::Origin};
use crate::equalize;
use crate::files::Files;
use crate::graph::FloatGraph;
use crate::lookup_table;
use crate::lower;
use crate::measure::{self, Measured};
use crate::optimize;
use crate::plan::cost::Processor;
use crate::plan::{self, Budget, Plan};
use crate::quantize;
use crate::quantized::QuantizedGraph;
use proc_macro2::{Ident, Span};

/// A network ready to be written.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What it computes.
    pub graph: QuantizedGraph,
    /// How.
    pub plan: Plan,
    /// What must hold; what can be evaluated here does.
    pub limits: Limits,
    /// How good its answers are: one for each of the limits that are measured.
    pub measured: Vec<Measured>,
    /// What the precisions of its layers were chosen from, where that was left to the compiler.
    pub choices: Option<Choices>,
}

/// What became of a network.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `None` if anything is wrong (reported), or a file cannot be seen (an editor).
    pub compiled: Option<Compiled>,
    /// What is known of its edges even then.
    pub interface: Interface,
}

/// Compiles a network. Reports whatever is wrong.
pub fn compile(network: &ast::Network, files: &dyn Files, errors: &mut Errors) -> Outcome {
    let errors_before = errors.count();
    let built = build::build(network, files, errors);
    let declaration = built.declaration.filter(|_| errors.count() == errors_before);
    let compiled = declaration.and_then(|declaration| behind_build(network, declaration, files, errors));
    let compiled = compiled.filter(|_| errors.count() == errors_before);
    Outcome { compiled, interface: built.interface }
}

fn behind_build(
    network: &ast::Network,
    declaration: Declaration,
    files: &dyn Files,
    errors: &mut Errors,
) -> Option<Compiled> {
    let Declaration { network: declared, limits } = declaration;
    let Lowered { origin, graph, plan, measured, choices } =
        lowered(&network.name, declared, &limits, files, errors)?;
    emit::limits::check(&network.name, &limits, &graph, &plan, errors);
    let origin = origin.as_ref().map(|(float, quantized)| Origin { float, quantized });
    let steps = measure::steps(&graph, plan.macs);
    let measured = measured.unwrap_or_else(|| {
        let limits = limits.measures.iter();
        limits.map(|limit| measure::remembered(limit, &graph, steps, files.cache())).collect()
    });
    for (limit, measured) in limits.measures.iter().zip(&measured) {
        emit::measures::check(&network.name, limit, measured, steps, origin, errors);
    }
    Some(Compiled { graph, plan, limits, measured, choices })
}

/// A network in integers, with its plan.
struct Lowered {
    /// In real numbers, and in integers before any layer was optimised away: where the loss of each layer is found.
    origin: Option<(FloatGraph, QuantizedGraph)>,
    graph: QuantizedGraph,
    plan: Plan,
    /// If it has been measured.
    measured: Option<Vec<Measured>>,
    /// What its precisions were chosen from, if any were.
    choices: Option<Choices>,
}

fn lowered(
    name: &Ident,
    declared: Declared,
    limits: &Limits,
    files: &dyn Files,
    errors: &mut Errors,
) -> Option<Lowered> {
    let RealNetwork { graph, settings, spans } = match declared {
        Declared::Real(network) => network,
        Declared::Quantized(model) => return lowered_model(name, model, limits, files, errors),
    };
    let wish = settings.lookup_table.map(|is_wanted| (is_wanted, spans.lookup_table));
    let float = equalize::equalize(lower::lower(graph), &settings);
    let network = Real { graph: float, settings: &settings, spans };
    if network.leaves_choices() {
        let request = choose::Request { name, subject: Subject::Real(network), limits, files };
        return chosen(request, wish, errors);
    }
    let float = network.graph;
    let quantized = quantize::quantize_remembering(&float, &settings, spans, files.cache(), errors)?;
    let graph = optimized(quantized.clone());
    let plan = planned(&graph, limits, errors)?;
    let (graph, plan) = or_table(name, graph, plan, wish, limits, errors)?;
    Some(Lowered { origin: Some((float, quantized)), graph, plan, measured: None, choices: None })
}

/// A model that was quantised before.
fn lowered_model(
    name: &Ident,
    model: QuantizedNetwork,
    limits: &Limits,
    files: &dyn Files,
    errors: &mut Errors,
) -> Option<Lowered> {
    let QuantizedNetwork { graph, narrowing, lookup_table: wish } = model;
    let graph = match narrowing {
        Some(narrowing) => {
            let lookup_table = wish.map(|(is_wanted, _)| is_wanted);
            let model = Integers { graph, narrowing: &narrowing, lookup_table };
            if model.leaves_choices() {
                let request = choose::Request { name, subject: Subject::Integers(model), limits, files };
                return chosen(request, wish, errors);
            }
            quantize::narrow_remembering(model.graph, &narrowing, files.cache(), errors)?
        }
        None => graph,
    };
    let graph = optimized(graph);
    let plan = planned(&graph, limits, errors)?;
    let (graph, plan) = or_table(name, graph, plan, wish, limits, errors)?;
    Some(Lowered { origin: None, graph, plan, measured: None, choices: None })
}

/// A network whose precisions are left to the compiler.
fn chosen(request: choose::Request<'_>, wish: Option<(bool, Span)>, errors: &mut Errors) -> Option<Lowered> {
    let (name, limits) = (request.name, request.limits);
    let Chosen { origin, graph, plan, measured, choices } = choose::choose(request, errors)?;
    let (graph, plan) = or_table(name, graph, plan, wish, limits, errors)?;
    Some(Lowered { origin, graph, plan, measured, choices: Some(choices) })
}

/// A network as it is planned, or as a table of its answers where that is better or wished for.
fn or_table(
    name: &Ident,
    graph: QuantizedGraph,
    plan: Plan,
    wish: Option<(bool, Span)>,
    limits: &Limits,
    errors: &mut Errors,
) -> Option<(QuantizedGraph, Plan)> {
    let is_wanted = wish.map(|(is_wanted, _)| is_wanted);
    if is_wanted == Some(false) {
        return Some((graph, plan));
    }
    match (lookup_table::tabulated(&graph, &plan), wish) {
        (Ok(table), _) => {
            let of_table = planned(&table, limits, errors)?;
            let is_table =
                is_wanted.is_some() || lookup_table::is_better(&graph, &plan, &of_table, budget(limits));
            Some(if is_table { (table, of_table) } else { (graph, plan) })
        }
        (Err(_), None) => Some((graph, plan)),
        (Err(obstacle), Some((_, span))) => {
            errors.help(
                span,
                format_args!("`{name}` cannot be a table of its answers: {obstacle}"),
                "leave `lookup_table` out: the plan takes a table where there can be one and it is better",
            );
            None
        }
    }
}

/// A quantised graph without what changes nothing, in the order that takes least memory.
pub(crate) fn optimized(graph: QuantizedGraph) -> QuantizedGraph {
    plan::order::in_best_order(optimize::optimize(graph))
}

/// What a plan should fit.
pub(crate) fn budget(limits: &Limits) -> Budget {
    let flash = limits.flash.as_ref().map(|limit| match limit.bound {
        Bound::Known(bytes) => bytes,
        // Only rustc will know it: the smallest code meets it if any does.
        Bound::Expression(_) => 0,
    });
    let [ram, stack] = [&limits.ram, &limits.stack].map(|limit| {
        limit.as_ref().map(|limit| match limit.bound {
            Bound::Known(bytes) => bytes,
            // It may be anything.
            Bound::Expression(_) => 0,
        })
    });
    let multiplier =
        limits.cycles.as_ref().map_or(Multiplier::of_build(), |(_, processor)| processor.multiplier);
    Budget { flash, ram, stack, portable: cfg!(feature = "portable"), multiplier }
}

/// The plan with the smallest code.
pub(crate) fn smallest(graph: &QuantizedGraph, limits: &Limits, errors: &mut Errors) -> Option<Plan> {
    plan::plan(graph, Budget { flash: Some(0), ..budget(limits) }, errors)
}

/// The fastest plan within the limits.
pub(crate) fn planned(graph: &QuantizedGraph, limits: &Limits, errors: &mut Errors) -> Option<Plan> {
    let budget = budget(limits);
    let plan = plan::plan(graph, budget, errors)?;
    let exceeded = limits.cycles.as_ref().filter(|limit| is_exceeded(limit, &plan));
    if let (None, Some((_, processor))) = (budget.flash, exceeded) {
        // Flash is not limited, so that all of it may go into speed; where that brings nothing, it is left alone.
        let fastest = plan::plan(graph, Budget { flash: Some(u64::MAX), ..budget }, errors)?;
        return Some(if fastest.cycles_on(*processor) < plan.cycles_on(*processor) { fastest } else { plan });
    }
    Some(plan)
}

fn is_exceeded((limit, processor): &(SizeLimit, Processor), plan: &Plan) -> bool {
    match limit.bound {
        Bound::Known(cycles) => plan.cycles_on(*processor) as u64 > cycles,
        // Only rustc will know it: the fastest code meets it if any does.
        Bound::Expression(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;
    use crate::parse;

    /// A layer whose straight-line code is fast and large, under a limit.
    fn compiled(limit: &str) -> Compiled {
        let row =
            |output: i32| (0..16).map(|input| ((output * 16 + input) * 37 % 255 - 127).to_string()).collect();
        let rows: Vec<Vec<String>> = (0..16).map(row).collect();
        let weights: Vec<String> = rows.iter().map(|row| format!("[{}]", row.join(", "))).collect();
        let weights = weights.join(", ");
        let declaration = format!(
            "(::tinynet) struct Net {limit} {{ input: Input {{ shape: [16], range: [-1, 1] }}, \
             Dense {{ units: 16, weights: [{weights}], weight_scale: 0.0078125, use_bias: false, layout: PyTorch }} }}"
        );
        let mut errors = Errors::new();
        let invocation = parse::parse(declaration.parse().unwrap(), &mut errors);
        let outcome = compile(&invocation.networks[0], &MemoryFiles::default(), &mut errors);
        assert!(errors.is_empty(), "{:?}", errors.messages());
        outcome.compiled.unwrap()
    }

    #[test]
    fn code_is_the_smallest_where_only_rustc_knows_the_limit() {
        let fastest = compiled("").plan;
        let smallest = compiled("where flash <= BOARD_FLASH,").plan;
        assert!(smallest.flash < fastest.flash && smallest.cycles > fastest.cycles);
        // No other code would meet a limit that this one misses by a byte.
        let tight = compiled(&format!("where flash <= {},", smallest.flash)).plan;
        assert_eq!(tight.flash, smallest.flash);
        // The other way round where cycles are limited: nothing is faster, whatever flash it takes.
        let unlimited = compiled(&format!("where flash <= {},", u64::MAX)).plan;
        let limited = compiled("where cycles(cortex_m0) <= BOARD_CYCLES,").plan;
        assert_eq!(limited.cycles, unlimited.cycles);
        // Both together: the smallest.
        let both = compiled("where flash <= BOARD_FLASH, cycles(cortex_m0) <= BOARD_CYCLES,").plan;
        assert_eq!(both.flash, smallest.flash);
        // A number leaves the choice.
        let generous = compiled("where flash <= 64 * KIB,").plan;
        assert_eq!(generous.flash, fastest.flash);
    }

    /// Functions that layers share, as the plan counts them, are written once.
    #[test]
    fn functions_are_written_as_often_as_they_are_counted() {
        let row =
            |output: i32| (0..16).map(|input| ((output * 16 + input) * 37 % 255 - 127).to_string()).collect();
        let rows: Vec<Vec<String>> = (0..16).map(row).collect();
        let weights: Vec<String> = rows.iter().map(|row| format!("[{}]", row.join(", "))).collect();
        let dense = format!(
            "Dense {{ units: 16, weights: [{}], weight_scale: 0.0078125, use_bias: false, layout: PyTorch, unroll: Loop, \
             range: [-1, 1] }},",
            weights.join(", ")
        );
        let mut shared = 0;
        for flash in (1200..6000).step_by(200) {
            let declaration = format!(
                "(::tinynet) struct Net where flash <= {flash}, {{ input: Input {{ shape: [16], range: [-1, 1] }}, {} }}",
                dense.repeat(4)
            );
            let mut errors = Errors::new();
            let invocation = parse::parse(declaration.parse().unwrap(), &mut errors);
            let network = &invocation.networks[0];
            let Some(compiled) = compile(network, &MemoryFiles::default(), &mut errors).compiled else {
                continue;
            };
            let shapes = || compiled.plan.steps.iter().map(|step| &step.shape);
            let mut functions = Vec::new();
            for shape in shapes() {
                if let plan::CodeShape::Assembly(assembly) = shape {
                    functions.push(assembly.function());
                }
            }
            let layers = functions.len();
            functions.dedup();
            shared += usize::from(functions.len() < layers);
            let mut dsp: Vec<_> =
                shapes().filter_map(|shape| Some(shape.dsp()?.function.fingerprint)).collect();
            dsp.dedup();
            let text = emit::emit(network, &invocation.facade, &compiled).to_string();
            assert_eq!(text.matches("naked_asm").count(), functions.len() + dsp.len(), "{flash}");
        }
        assert!(shared > 0);
    }
}
