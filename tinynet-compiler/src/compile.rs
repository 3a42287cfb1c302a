//! One network through all stages behind the parser.

use crate::ast;
use crate::build::{self, Bound, Declaration, Declared, Interface, Limits, RealNetwork, SizeLimit};
use crate::diagnostics::Errors;
use crate::emit::{self, measures::Origin};
use crate::equalize;
use crate::files::Files;
use crate::lower;
use crate::measure::{self, Measured};
use crate::optimize;
use crate::plan::cost::Processor;
use crate::plan::{self, Budget, Plan};
use crate::quantize;
use crate::quantized::QuantizedGraph;

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
    let compiled = declaration.and_then(|declaration| behind_build(network, declaration, errors));
    let compiled = compiled.filter(|_| errors.count() == errors_before);
    Outcome { compiled, interface: built.interface }
}

fn behind_build(network: &ast::Network, declaration: Declaration, errors: &mut Errors) -> Option<Compiled> {
    let Declaration { network: declared, limits } = declaration;
    let (float_graph, graph) = match declared {
        Declared::Real(RealNetwork { graph, settings, calibration_span }) => {
            let float_graph = equalize::equalize(lower::lower(graph), &settings);
            let graph = quantize::quantize(&float_graph, &settings, calibration_span, errors)?;
            (Some(float_graph), graph)
        }
        Declared::Quantized(graph) => (None, graph),
    };
    // The loss of each layer is found where all of them are still there.
    let is_explained = float_graph.is_some() && !limits.measures.is_empty();
    let quantized = is_explained.then(|| graph.clone());
    let graph = plan::order::in_best_order(optimize::optimize(graph));
    let flash = limits.flash.as_ref().map(|limit| match limit.bound {
        Bound::Known(bytes) => bytes,
        // Only rustc will know it: the smallest code meets it if any does.
        Bound::Expression(_) => 0,
    });
    let ram = limits.ram.as_ref().map(|limit| match limit.bound {
        Bound::Known(bytes) => bytes,
        // It may be anything.
        Bound::Expression(_) => 0,
    });
    let budget = Budget { flash, ram, portable: cfg!(feature = "portable") };
    let mut plan = plan::plan(&graph, budget, errors)?;
    if flash.is_none() && limits.cycles.as_ref().is_some_and(|limit| is_exceeded(limit, &plan)) {
        // Flash is not limited, so that all of it may go into speed.
        plan = plan::plan(&graph, Budget { flash: Some(u64::MAX), ..budget }, errors)?;
    }
    emit::limits::check(&network.name, &limits, &graph, &plan, errors);
    let origin = float_graph.as_ref().zip(quantized.as_ref());
    let origin = origin.map(|(float, quantized)| Origin { float, quantized });
    let steps = measure::steps(&graph, plan.macs);
    let measured = limits.measures.iter();
    let measured =
        measured.map(|limit| emit::measures::check(&network.name, limit, &graph, steps, origin, errors));
    let measured = measured.collect();
    Some(Compiled { graph, plan, limits, measured })
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
        // A number leaves the choice.
        let generous = compiled("where flash <= 64 * KIB,").plan;
        assert_eq!(generous.flash, fastest.flash);
    }
}
