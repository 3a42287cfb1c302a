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
mod naming;
mod options;
mod order;
mod pooling;
mod shape;
mod sources;
mod walk;
mod window;

#[cfg(test)]
mod tests;

pub use bound::Bound;
pub use limits::{AccuracyLimit, Limits, SizeLimit};

use crate::ast::Network;
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::graph::FloatGraph;
use crate::settings::Settings;
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
    /// What it computes, in real numbers.
    pub graph: FloatGraph,
    /// How it is quantised.
    pub settings: Settings,
    /// Where errors about the calibration point: the file's name, or the `Input` where there is none.
    pub calibration_span: Span,
    /// What must hold.
    pub limits: Limits,
}

/// Shapes at the edges of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Shape of the input, where it is known.
    pub input_shape: Option<Vec<usize>>,
    /// Shape of the last layer's output, where it is known.
    pub output_shape: Option<Vec<usize>>,
}

/// Checks a declaration and makes its graph. Reports whatever is wrong.
pub fn build(network: &Network, files: &dyn Files, errors: &mut Errors) -> Built {
    let errors_before = errors.count();
    let limits = limits::limits(&network.limits, errors);
    let Some(layers) = &network.layers else {
        refuse_whole_model(network, errors);
        return Built { declaration: None, interface: Interface::default() };
    };
    let walked = walk::walk(network, layers, files, errors);
    let limits =
        limits.and_then(|limits| limits.load(files, &walked.interface, walked.choices.as_deref(), errors));
    let declaration = match (walked.network, limits) {
        (Some(network), Ok(limits)) if errors.count() == errors_before => Some(Declaration {
            graph: network.graph,
            settings: network.settings,
            calibration_span: network.calibration_span,
            limits,
        }),
        _ => None,
    };
    Built { declaration, interface: walked.interface }
}

/// `pub struct Kws = "model.tflite";`: the file of a whole model and no layers.
fn refuse_whole_model(network: &Network, errors: &mut Errors) {
    // Without a file and without layers, the parser has reported it.
    let Some(file) = &network.file else { return };
    errors.help(
        file.span(),
        format_args!("`{}` has no layers, and this version imports no whole models", network.name),
        format_args!(
            "declare the layers and let a `.npz` or `.safetensors` file give their weights: `pub struct {} = \
             \"weights.safetensors\" {{ image: Input {{ shape: [8, 8, 1], calibration: \"samples.npy\" }}, \
             … }}`",
            network.name
        ),
    );
}

/// Stands in for a value that is not there, because something is wrong with it. It is reported already, or nobody must
/// hear of it (an editor that sees no files).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reported;
