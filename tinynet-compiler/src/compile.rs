//! One network through all stages behind the parser.

use crate::accuracy;
use crate::ast;
use crate::build::{self, Bound, Declaration, Declared, Interface, Limits, RealNetwork};
use crate::diagnostics::Errors;
use crate::emit;
use crate::equalize;
use crate::files::Files;
use crate::lower;
use crate::optimize;
use crate::plan::{self, Plan};
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
    /// Share of right answers on the test set of the accuracy limit.
    pub accuracy: Option<f64>,
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
    let graph = optimize::optimize(graph);
    let flash = limits.flash.as_ref().and_then(|limit| match limit.bound {
        Bound::Known(bytes) => Some(bytes),
        Bound::Expression(_) => None,
    });
    let plan = plan::plan(&graph, flash, errors)?;
    emit::limits::check(&network.name, &limits, &graph, &plan, errors);
    let accuracy = limits.accuracy.as_ref().map(|limit| {
        let reached = accuracy::evaluate(&graph, &limit.test_set);
        emit::limits::check_accuracy(&network.name, limit, reached, float_graph.as_ref(), &graph, errors);
        reached
    });
    Some(Compiled { graph, plan, limits, accuracy })
}
