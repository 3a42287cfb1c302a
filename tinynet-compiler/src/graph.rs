//! The intermediate representation: tensors and operators in execution order.
//!
//! A [`Graph`] is generic over what a tensor carries (`T`) and what an operator is (`O`): a [`FloatGraph`] says what
//! the network means in real numbers, a [`QuantizedGraph`](crate::quantized::QuantizedGraph) what the firmware
//! computes. Nodes refer to tensors by [`TensorId`], never by reference.

use crate::function::Function;
use crate::geometry::{Padding, Window};
use crate::precision::PrecisionChoice;
use crate::pruning::Pruning;
use crate::quantized::{Along, Gather, Rearrange};
use crate::resize::Resize;
use crate::settings::Activations;
use proc_macro2::Span;

/// Index of a tensor in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub usize);

/// Tensors, and the operators between them in execution order (every node stands behind the nodes it reads from).
#[derive(Clone, Debug)]
pub struct Graph<T, O> {
    /// All tensors; [`TensorId`] indexes here.
    pub tensors: Vec<Tensor<T>>,
    /// The operators, in execution order.
    pub nodes: Vec<Node<O>>,
    /// What the caller fills.
    pub inputs: Vec<TensorId>,
    /// What the caller reads.
    pub outputs: Vec<TensorId>,
}

/// Values that pass between operators.
#[derive(Clone, Debug)]
pub struct Tensor<T> {
    /// Name for reports: the label of the layer that makes it.
    pub name: String,
    /// Extent of each axis, without the batch: `[height, width, channels]`, `[length, channels]`, `[features]`.
    pub shape: Vec<usize>,
    /// What this stage knows of it.
    pub info: T,
}

/// An operator with its place in the graph and in the source.
#[derive(Clone, Debug)]
pub struct Node<O> {
    /// The layer's label, or a name made from its kind and position. Unique, a Rust identifier.
    pub label: String,
    /// Name of the layer kind as the user wrote it, for reports: `Conv2d`.
    pub kind: String,
    /// What it computes.
    pub operator: O,
    /// What it reads.
    pub inputs: Vec<TensorId>,
    /// What it makes.
    pub output: TensorId,
    /// What it reads and changes: tensors that keep their values from one inference to the next, all zeros at first.
    pub states: Vec<TensorId>,
    /// Where errors about it point.
    pub span: Span,
    /// What the user asked of this layer, beside its meaning.
    pub wishes: Wishes,
}

/// Per-layer options that do not change what a layer means, but how it is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wishes {
    /// Number format of the weights, where it is not the network's.
    pub precision: Option<PrecisionChoice>,
    /// Integers of what the layer makes, where they are not the network's.
    pub activations: Option<Activations>,
    /// Weights that become 0.
    pub pruning: Pruning,
    /// Shape of the code.
    pub unroll: Unroll,
    /// Range of the output in real numbers, where the user states it.
    pub range: Option<[f64; 2]>,
    /// Whether the user gave the layer a label: reports have it as a layer of its own then.
    pub is_labeled: bool,
}

impl Wishes {
    /// Whether weights become others by what is asked of the layer alone.
    pub fn changes_weights(&self) -> bool {
        self.pruning.takes_weights()
            || self.precision.is_some_and(|precision| precision != PrecisionChoice::default())
    }
}

/// Shape of a layer's code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unroll {
    /// The fastest that meets the flash limit.
    #[default]
    Auto,
    /// Straight-line code, weights as immediates.
    Full,
    /// A loop over weights in a table.
    Loop,
}

/// What operators on real numbers and on integers have in common.
pub trait AnyOperator {
    /// Whether it has weights: those of a filter, or of a long short-term memory.
    fn has_weights(&self) -> bool;

    /// Whether it makes the index of the largest of all values.
    fn is_arg_max(&self) -> bool;
}

/// What a network means in real numbers.
pub type FloatGraph = Graph<FloatTensor, FloatOperator>;

/// What is known of a tensor before quantisation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FloatTensor {
    /// Range in real numbers, where the user states it.
    pub range: Option<[f64; 2]>,
    /// Quantisation, where the user states it.
    pub quantization: Option<crate::quantized::Quantization>,
}

/// An operator on real numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum FloatOperator {
    /// `y[o] = bias[o] + Σ_i weights[o, i] · x[i]`; weights `[outputs, inputs]`.
    Dense(Filter),
    /// Sliding window; weights OHWI: `[filters, height, width, input channels / groups]`.
    Conv2d {
        /// Sizes and steps.
        window: Window,
        /// Input and output channels fall into this many groups that do not mix.
        groups: usize,
        /// Weights and bias.
        filter: Filter,
    },
    /// One filter a channel; weights `[height, width, channels · multiplier]`, output channel `c · multiplier + m`.
    DepthwiseConv2d {
        /// Sizes and steps.
        window: Window,
        /// Output channels an input channel.
        multiplier: usize,
        /// Weights and bias.
        filter: Filter,
    },
    /// A convolution backwards: each input adds its products to the outputs under its window; weights OHWI.
    TransposeConv2d {
        /// Sizes and steps: strides in the output, padding cut off it.
        window: Window,
        /// Weights and bias.
        filter: Filter,
    },
    /// Largest value in each window; padding does not count.
    MaxPool(Window),
    /// Mean of each window.
    AveragePool {
        /// Sizes and steps.
        window: Window,
        /// Whether padding counts as zeros (PyTorch's `count_include_pad`) or not at all (TensorFlow).
        include_padding: bool,
    },
    /// A function of each element.
    Activation(Function),
    /// `x` where positive, else `slope[channel] · x`.
    PRelu {
        /// Slope of the negative side for each channel (last axis).
        slopes: Vec<f32>,
    },
    /// `scale[channel] · x + offset[channel]`: a folded BatchNorm that has no convolution to disappear into.
    ChannelAffine {
        /// Factor of each channel (last axis).
        scale: Vec<f32>,
        /// Summand of each channel (last axis).
        offset: Vec<f32>,
    },
    /// Sum of two tensors of one shape.
    Add,
    /// Product of two tensors of one shape, or of an image and one value a channel (`[channels]`).
    Multiply,
    /// Tensors behind one another along `axis`.
    Concat {
        /// The axis, counted from 0 without the batch.
        axis: usize,
    },
    /// Values added around an image `[height, width, channels]`.
    Pad {
        /// Amounts.
        padding: Padding,
        /// The value.
        value: f64,
    },
    /// The same values in another shape.
    Reshape,
    /// Values in another order, all of them or some.
    Rearrange(Rearrange),
    /// Rows and columns by their numbers.
    Gather(Gather),
    /// Bilinear interpolation between pixels.
    ResizeBilinear(Resize),
    /// `e^x[i] / Σ_j e^x[j]` along the last axis.
    Softmax,
    /// `x[i] - ln Σ_j e^x[j]` along the last axis.
    LogSoftmax,
    /// Index of the largest value; the first of equals.
    ArgMax,
    /// Long short-term memory over a sequence `[steps, inputs]`, from a state of zeros.
    Lstm(Lstm),
    /// Sums along an axis.
    Sum(Along),
    /// Largest or smallest values along an axis.
    Extremum {
        /// What is compared.
        along: Along,
        /// Whether the largest or the smallest counts.
        largest: bool,
    },
    /// Index of the largest or smallest value along an axis; the first of equals.
    ArgExtremum {
        /// What is compared.
        along: Along,
        /// Whether the largest or the smallest counts.
        largest: bool,
    },
    /// An operation on each value of a tensor and one of a second, which repeats as a whole where it is shorter.
    Pair {
        /// What is made of two values.
        operation: PairOperation,
        /// The second tensor, where it is a constant; else it is the second input.
        constant: Option<Vec<f32>>,
    },
}

/// Weights of a long short-term memory: `i, f, g, o = W x + b + R h` each with its own, then
/// `c = σ(f) · c + σ(i) · tanh(g)` and `h = σ(o) · tanh(c)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lstm {
    /// Vectors of a sequence.
    pub steps: usize,
    /// Length of the input's vectors.
    pub inputs: usize,
    /// Number of cells: length of the output's vectors.
    pub cells: usize,
    /// The input gate, the forget gate, the cells' new values, the output gate.
    pub gates: [LstmGate; 4],
    /// Largest magnitude of a cell's state, where it is limited.
    pub cell_limit: Option<f32>,
}

/// Weights of a gate.
#[derive(Clone, Debug, PartialEq)]
pub struct LstmGate {
    /// `[cells, inputs]`
    pub input_weights: Vec<f32>,
    /// `[cells, cells]`
    pub recurrent_weights: Vec<f32>,
    /// One a cell.
    pub bias: Vec<f32>,
}

/// What is made of two values `a` and `b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairOperation {
    /// `a + b`
    Add,
    /// `a - b`
    Subtract,
    /// `(a - b)²`
    SquaredDifference,
    /// `a · b`
    Multiply,
    /// The larger.
    Maximum,
    /// The smaller.
    Minimum,
    /// `a` where positive, else `a · b`.
    PRelu,
}

impl PairOperation {
    /// What it makes of two values.
    pub fn evaluate(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::SquaredDifference => (a - b) * (a - b),
            Self::Multiply => a * b,
            Self::Maximum => {
                if a < b {
                    b
                } else {
                    a
                }
            }
            Self::Minimum => {
                if b < a {
                    b
                } else {
                    a
                }
            }
            Self::PRelu => {
                if a < 0.0 {
                    a * b
                } else {
                    a
                }
            }
        }
    }

    /// Whether the order of the two values does not matter.
    pub fn commutes(self) -> bool {
        !matches!(self, Self::Subtract | Self::PRelu)
    }

    /// Whether it answers with one of the two values.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::Maximum | Self::Minimum)
    }
}

/// Weights and bias of a layer, in the layout its operator states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Shape of `weights`.
    pub shape: Vec<usize>,
    /// The weights.
    pub weights: Vec<f32>,
    /// One value an output channel; zeros where the layer has none.
    pub bias: Vec<f32>,
    /// Weights that were given as integers keep their scale (one, or one an output channel): quantising must
    /// give the same integers back.
    pub given_scales: Option<Vec<f64>>,
}

impl<T, O> Default for Graph<T, O> {
    fn default() -> Self {
        Self { tensors: Vec::new(), nodes: Vec::new(), inputs: Vec::new(), outputs: Vec::new() }
    }
}

impl<T, O> Graph<T, O> {
    /// The tensor behind an id.
    pub fn tensor(&self, id: TensorId) -> &Tensor<T> {
        &self.tensors[id.0]
    }

    /// Adds a tensor.
    pub fn add_tensor(&mut self, name: impl Into<String>, shape: Vec<usize>, info: T) -> TensorId {
        self.tensors.push(Tensor { name: name.into(), shape, info });
        TensorId(self.tensors.len() - 1)
    }

    /// Index of the node that makes `id`; `None` for an input.
    pub fn producer(&self, id: TensorId) -> Option<usize> {
        self.nodes.iter().position(|node| node.output == id)
    }

    /// Indices of the nodes that read `id`.
    pub fn consumers(&self, id: TensorId) -> Vec<usize> {
        (0..self.nodes.len()).filter(|&index| self.nodes[index].inputs.contains(&id)).collect()
    }

    /// The tensors that keep their values from one inference to the next, each once.
    pub fn states(&self) -> Vec<TensorId> {
        let mut states = Vec::new();
        for &state in self.nodes.iter().flat_map(|node| &node.states) {
            if !states.contains(&state) {
                states.push(state);
            }
        }
        states
    }

    /// Index of the one node that reads a tensor, if there is exactly one and the caller does not read it too.
    pub fn only_consumer(&self, id: TensorId) -> Option<usize> {
        match self.consumers(id).as_slice() {
            &[index] if !self.outputs.contains(&id) => Some(index),
            _ => None,
        }
    }
}

impl<T, O: AnyOperator> Graph<T, O> {
    /// The values that the first output is the index of the largest of, if it is that.
    pub fn compared(&self) -> Option<TensorId> {
        let node = &self.nodes[self.producer(*self.outputs.first()?)?];
        node.inputs.first().filter(|_| node.operator.is_arg_max()).copied()
    }

    /// Whether nothing with weights stands between a tensor and what the network answers.
    pub fn is_answer(&self, mut id: TensorId) -> bool {
        loop {
            if self.outputs.contains(&id) {
                return true;
            }
            let next = self.only_consumer(id).map(|index| &self.nodes[index]);
            match next.filter(|node| !node.operator.has_weights()) {
                Some(node) => id = node.output,
                None => return false,
            }
        }
    }
}

impl FloatGraph {
    /// Whether the user says what the integers of a tensor mean.
    pub fn is_stated(&self, id: TensorId) -> bool {
        self.tensor(id).info.quantization.is_some() || self.stated_range(id).is_some()
    }

    /// The range in real numbers that the user states for a tensor.
    pub fn stated_range(&self, id: TensorId) -> Option<[f64; 2]> {
        let node = self.producer(id).map(|node| &self.nodes[node]);
        self.tensor(id).info.range.or(node.and_then(|node| node.wishes.range))
    }
}

impl FloatOperator {
    /// Weights and bias, if the operator has any.
    pub fn filter(&self) -> Option<&Filter> {
        match self {
            FloatOperator::Dense(filter)
            | FloatOperator::Conv2d { filter, .. }
            | FloatOperator::DepthwiseConv2d { filter, .. }
            | FloatOperator::TransposeConv2d { filter, .. } => Some(filter),
            _ => None,
        }
    }

    /// Weights and bias, if the operator has any.
    pub fn filter_mut(&mut self) -> Option<&mut Filter> {
        match self {
            FloatOperator::Dense(filter)
            | FloatOperator::Conv2d { filter, .. }
            | FloatOperator::DepthwiseConv2d { filter, .. }
            | FloatOperator::TransposeConv2d { filter, .. } => Some(filter),
            _ => None,
        }
    }

    /// Weights and bias that may change: integers that were given stay as they are.
    pub fn free_filter(&self) -> Option<&Filter> {
        self.filter().filter(|filter| filter.given_scales.is_none())
    }
}

impl AnyOperator for FloatOperator {
    fn has_weights(&self) -> bool {
        self.filter().is_some() || matches!(self, Self::Lstm(_))
    }

    fn is_arg_max(&self) -> bool {
        matches!(self, Self::ArgMax)
    }
}

impl<T> Tensor<T> {
    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether what the first of some operators makes is what the network answers.
    fn is_answer(operators: &[FloatOperator]) -> bool {
        let mut graph =
            FloatGraph { tensors: Vec::new(), nodes: Vec::new(), inputs: Vec::new(), outputs: Vec::new() };
        let tensors: Vec<TensorId> = (0..=operators.len())
            .map(|index| graph.add_tensor(format!("t{index}"), vec![1], FloatTensor::default()))
            .collect();
        (graph.inputs, graph.outputs) = (vec![tensors[0]], vec![tensors[operators.len()]]);
        for (operator, ends) in operators.iter().zip(tensors.windows(2)) {
            graph.nodes.push(Node {
                label: "layer".into(),
                kind: "Layer".into(),
                operator: operator.clone(),
                inputs: vec![ends[0]],
                output: ends[1],
                states: Vec::new(),
                span: Span::call_site(),
                wishes: Wishes::default(),
            });
        }
        graph.is_answer(tensors[1])
    }

    #[test]
    fn answers_end_at_weights() {
        let filter = Filter { shape: vec![1, 1], weights: vec![1.0], bias: vec![0.0], given_scales: None };
        let dense = FloatOperator::Dense(filter);
        let gate = LstmGate { input_weights: vec![1.0], recurrent_weights: vec![1.0], bias: vec![0.0] };
        let gates = [(); 4].map(|()| gate.clone());
        let lstm = FloatOperator::Lstm(Lstm { steps: 1, inputs: 1, cells: 1, gates, cell_limit: None });
        assert!(is_answer(std::slice::from_ref(&dense)));
        assert!(is_answer(&[dense.clone(), FloatOperator::Reshape, FloatOperator::Softmax]));
        assert!(!is_answer(&[dense.clone(), FloatOperator::Softmax, dense.clone()]));
        assert!(!is_answer(&[dense, FloatOperator::Reshape, lstm]));
    }
}
