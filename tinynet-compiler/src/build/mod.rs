//! From the [`ast`](crate::ast) to the float [`graph`](crate::graph): every shape inferred, every option checked, every
//! weight in its place.
//!
//! The stage walks the layers in the order written. A wrong layer is reported and leaves an unknown shape behind, so
//! that one build reports every mistake and none twice. Names are the business of [`names`](crate::names): what it
//! reports (unknown operators, options and labels, missing options) is passed over here in silence.
//!
//! One file a family of layers; `kinds.rs` is the table of them all.

mod activation;
mod batch_norm;
mod bound;
mod branch;
mod convolution;
mod dense;
mod dimensions;
mod filter;
mod head;
mod input;
mod kinds;
mod layer;
mod limits;
mod model;
mod naming;
#[cfg(feature = "tflite")]
mod narrowing;
mod options;
mod order;
mod pooling;
mod shape;
mod size;
mod sources;
mod walk;
mod window;

#[cfg(test)]
mod tests;

pub use bound::Bound;
pub use limits::{Limits, MeasureLimit, SizeLimit};

use crate::ast::Network;
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::graph::FloatGraph;
use crate::quantize::Narrowing;
use crate::quantized::{QuantizedGraph, QuantizedTensor};
use crate::settings::{InputSpans, Samples, Settings};
use limits::Tested;
use proc_macro2::Span;

/// Most values a tensor may have: what is refused here never asks for memory. A microcontroller holds a thousandth.
pub const LARGEST_TENSOR: u64 = 16 << 20;

/// Most values all tensors of a network may have together.
pub const LARGEST_NETWORK: u64 = 64 << 20;

/// Most steps (multiplications, comparisons) one inference may take: the compiler runs the network on every
/// calibration sample. A Cortex-M0 needs minutes for as many.
pub const MOST_STEPS: u64 = 1 << 30;

/// What became of a declaration.
#[derive(Clone, Debug)]
pub struct Built {
    /// Everything the next stages need; `None` if anything is wrong or a file cannot be seen.
    pub declaration: Option<Declaration>,
    /// What is known even then.
    pub interface: Interface,
}

/// A network without errors.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// What it computes.
    pub network: Declared,
    /// What must hold.
    pub limits: Limits,
}

/// What a network computes, as it was given.
#[derive(Clone, Debug)]
pub enum Declared {
    /// Layers on real numbers, yet to be quantised.
    Real(RealNetwork),
    /// A model that was quantised by whoever made it.
    Quantized(QuantizedNetwork),
}

impl Declared {
    /// The input of a model that says itself what its integers mean.
    fn integers(&self) -> Option<QuantizedTensor> {
        let Declared::Quantized(QuantizedNetwork { graph, .. }) = self else { return None };
        graph.inputs.first().map(|&input| graph.tensor(input).info.clone())
    }

    /// What the network is calibrated on.
    fn calibration(&self) -> Option<&Samples> {
        match self {
            Declared::Real(network) => network.settings.calibration.as_ref(),
            Declared::Quantized(network) => network.narrowing.as_ref()?.calibration.as_ref(),
        }
    }
}

/// Layers on real numbers.
#[derive(Clone, Debug)]
pub struct RealNetwork {
    /// What they compute.
    pub graph: FloatGraph,
    /// How it is quantised.
    pub settings: Settings,
    /// Where errors about the settings point.
    pub spans: InputSpans,
}

/// A model of integers.
#[derive(Clone, Debug)]
pub struct QuantizedNetwork {
    /// What its file says.
    pub graph: QuantizedGraph,
    /// What becomes of its weights; `None`: they stay as they are.
    pub narrowing: Option<Narrowing>,
    /// Whether it is a table of its answers, if that is stated, and where.
    pub lookup_table: Option<(bool, Span)>,
}

/// Shapes at the edges of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Shapes of the inputs, where they are known.
    pub input_shapes: Option<Vec<Vec<usize>>>,
    /// Shapes of the outputs, where they are known.
    pub output_shapes: Option<Vec<Vec<usize>>>,
    /// Whether it keeps something from one inference to the next.
    pub is_stateful: bool,
}

impl Interface {
    /// Shape of the only input, if there is but one and it is known.
    pub fn input_shape(&self) -> Option<&[usize]> {
        only(&self.input_shapes)
    }

    /// Shape of the only output, if there is but one and it is known.
    pub fn output_shape(&self) -> Option<&[usize]> {
        only(&self.output_shapes)
    }
}

fn only(shapes: &Option<Vec<Vec<usize>>>) -> Option<&[usize]> {
    match shapes.as_deref() {
        Some([shape]) => Some(shape),
        _ => None,
    }
}

/// Checks a declaration and makes its graph. Reports whatever is wrong.
pub fn build(network: &Network, files: &dyn Files, errors: &mut Errors) -> Built {
    let errors_before = errors.count();
    let limits = limits::limits(&network.limits, errors);
    let (declared, interface, choices) = match &network.layers {
        Some(layers) if !network.has_model() => {
            let walked = walk::walk(network, layers, files, errors);
            (walked.network.map(Declared::Real), walked.interface, walked.choices)
        }
        _ => {
            let (declared, interface) = model::import(network, files, errors);
            let choices = model::choices(declared.as_ref(), &interface);
            (declared, interface, choices)
        }
    };
    let integers = declared.as_ref().and_then(Declared::integers);
    let tested = Tested {
        interface: &interface,
        choices: choices.as_deref(),
        integers: integers.as_ref(),
        calibration: declared.as_ref().and_then(Declared::calibration),
    };
    let limits = limits.and_then(|limits| limits.load(files, tested, errors));
    let declaration = match (declared, limits) {
        (Some(network), Ok(limits)) if errors.count() == errors_before => {
            Some(Declaration { network, limits })
        }
        _ => None,
    };
    Built { declaration, interface }
}

/// Stands in for a value that is not there, because something is wrong with it. It is reported already, or nobody must
/// hear of it (an editor that sees no files).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reported;
