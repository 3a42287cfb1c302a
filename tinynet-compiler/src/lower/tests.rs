//! Each pass does what it is for, and no pass changes what the graph means.

use super::*;
use crate::float_evaluator;
use crate::function::{Expression, Function};
use crate::geometry::{Padding, Window};
use crate::graph::{Filter, FloatOperator, FloatTensor, Graph, Node, TensorId, Wishes};
use proc_macro2::Span;

/// A graph in the making; weights are drawn from one seed.
struct Draft {
    graph: FloatGraph,
    random: fastrand::Rng,
}

impl Draft {
    fn new(shape: &[usize]) -> Self {
        let mut graph = Graph::default();
        let input = graph.add_tensor("input", shape.to_vec(), FloatTensor::default());
        graph.inputs.push(input);
        Self { graph, random: fastrand::Rng::with_seed(7) }
    }

    fn node(
        &mut self,
        kind: &str,
        operator: FloatOperator,
        inputs: &[TensorId],
        shape: &[usize],
    ) -> TensorId {
        let label = format!("node{}", self.graph.nodes.len());
        let output = self.graph.add_tensor(label.clone(), shape.to_vec(), FloatTensor::default());
        self.graph.nodes.push(Node {
            label,
            kind: kind.into(),
            operator,
            inputs: inputs.to_vec(),
            output,
            states: Vec::new(),
            span: Span::call_site(),
            wishes: Wishes::default(),
        });
        output
    }

    fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.random.f32() * 2.0 - 1.0).collect()
    }

    fn filter(&mut self, shape: &[usize], channels: usize) -> Filter {
        let weights = self.values(shape.iter().product());
        Filter { shape: shape.to_vec(), weights, bias: self.values(channels), given_scales: None }
    }

    fn dense(&mut self, input: TensorId, outputs: usize) -> TensorId {
        let inputs = self.graph.tensor(input).elements();
        let filter = self.filter(&[outputs, inputs], outputs);
        self.node("Dense", FloatOperator::Dense(filter), &[input], &[outputs])
    }

    /// A 3 x 3 convolution of a `[height, width, channels]`.
    fn convolution(&mut self, input: TensorId, groups: usize, filters: usize, padding: usize) -> TensorId {
        let window = self.window(input, filters, 3, 1, padding);
        let filter = self.filter(&[filters, 3, 3, window.input[2] / groups], filters);
        self.node("Conv2d", FloatOperator::Conv2d { window, groups, filter }, &[input], &window.output)
    }

    fn depthwise(&mut self, input: TensorId, multiplier: usize, padding: usize) -> TensorId {
        let channels = self.graph.tensor(input).shape[2] * multiplier;
        let window = self.window(input, channels, 3, 1, padding);
        let filter = self.filter(&[3, 3, channels], channels);
        let operator = FloatOperator::DepthwiseConv2d { window, multiplier, filter };
        self.node("DepthwiseConv2d", operator, &[input], &window.output)
    }

    fn max_pool(&mut self, input: TensorId, size: usize) -> TensorId {
        let window = self.window(input, self.graph.tensor(input).shape[2], size, size, 0);
        self.node("MaxPool2d", FloatOperator::MaxPool(window), &[input], &window.output)
    }

    fn batch_norm(&mut self, input: TensorId) -> TensorId {
        let shape = self.graph.tensor(input).shape.clone();
        let channels = shape[shape.len() - 1];
        let (scale, offset) = (self.values(channels), self.values(channels));
        self.node("BatchNorm", FloatOperator::ChannelAffine { scale, offset }, &[input], &shape)
    }

    fn activation(&mut self, input: TensorId, function: Function) -> TensorId {
        let shape = self.graph.tensor(input).shape.clone();
        self.node("Activation", FloatOperator::Activation(function), &[input], &shape)
    }

    fn pad(&mut self, input: TensorId, by: usize, value: f64) -> TensorId {
        let [height, width, channels] = self.graph.tensor(input).shape[..] else { panic!("no image") };
        let padding = Padding { top: by, bottom: by, left: by, right: by };
        let shape = [height + 2 * by, width + 2 * by, channels];
        self.node("Pad", FloatOperator::Pad { padding, value }, &[input], &shape)
    }

    fn reshape(&mut self, input: TensorId, shape: &[usize]) -> TensorId {
        self.node("Reshape", FloatOperator::Reshape, &[input], shape)
    }

    fn window(&self, input: TensorId, channels: usize, kernel: usize, stride: usize, by: usize) -> Window {
        let [height, width, inputs] = self.graph.tensor(input).shape[..] else { panic!("no image") };
        let output = |size: usize| (size + 2 * by - kernel) / stride + 1;
        Window {
            input: [height, width, inputs],
            output: [output(height), output(width), channels],
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [1, 1],
            padding: Padding { top: by, bottom: by, left: by, right: by },
        }
    }

    /// Lowers, checks that the meaning is the same, and names the operators that are left.
    fn lower(mut self, output: TensorId) -> (FloatGraph, Vec<String>) {
        self.graph.outputs.push(output);
        let lowered = lower(self.graph.clone());
        let elements = self.graph.tensor(self.graph.inputs[0]).elements();
        for _ in 0..5 {
            let input = self.values(elements);
            let expected = float_evaluator::output(&self.graph, &input);
            let found = float_evaluator::output(&lowered, &input);
            assert_eq!(expected.len(), found.len());
            for (expected, found) in expected.iter().zip(&found) {
                assert!(
                    (expected - found).abs() <= 1e-5 * expected.abs().max(1.0),
                    "{expected} became {found}"
                );
            }
        }
        let kinds = lowered.nodes.iter().map(|node| node.kind.clone()).collect();
        (lowered, kinds)
    }
}

const IMAGE: [usize; 3] = [6, 5, 4];

#[test]
fn batch_norm_disappears_into_the_layer_before() {
    let mut draft = Draft::new(&IMAGE);
    let convolution = draft.convolution(TensorId(0), 2, 6, 1);
    let first = draft.batch_norm(convolution);
    let depthwise = draft.depthwise(first, 2, 0);
    let second = draft.batch_norm(depthwise);
    let flat = draft.reshape(second, &[12 * 12]);
    let dense = draft.dense(flat, 5);
    let third = draft.batch_norm(dense);
    let (_, kinds) = draft.lower(third);
    assert_eq!(kinds, ["Conv2d + BatchNorm", "DepthwiseConv2d + BatchNorm", "Reshape", "Dense + BatchNorm"]);
}

#[test]
fn batch_norm_disappears_into_the_layer_behind() {
    let mut draft = Draft::new(&IMAGE);
    let first = draft.batch_norm(TensorId(0));
    let convolution = draft.convolution(first, 2, 6, 0);
    let relu = draft.activation(convolution, Function::Relu);
    let second = draft.batch_norm(relu);
    let depthwise = draft.depthwise(second, 2, 0);
    let relu = draft.activation(depthwise, Function::Relu);
    let third = draft.batch_norm(relu);
    let flat = draft.reshape(third, &[2 * 12]);
    let dense = draft.dense(flat, 5);
    let (_, kinds) = draft.lower(dense);
    let expected = [
        "BatchNorm + Conv2d",
        "Activation",
        "BatchNorm + DepthwiseConv2d",
        "Activation",
        "Reshape",
        "BatchNorm + Dense",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn batch_norm_stays_where_no_neighbour_takes_it() {
    // The border of the convolution is 0 behind the BatchNorm.
    let mut draft = Draft::new(&IMAGE);
    let norm = draft.batch_norm(TensorId(0));
    let convolution = draft.convolution(norm, 1, 3, 1);
    let (graph, kinds) = draft.lower(convolution);
    assert_eq!(kinds, ["BatchNorm", "Conv2d"]);
    assert!(matches!(graph.nodes[0].operator, FloatOperator::DepthwiseConv2d { .. }));

    // Two layers read what comes before it, and two what comes behind.
    let mut draft = Draft::new(&[4]);
    let dense = draft.dense(TensorId(0), 3);
    let norm = draft.batch_norm(dense);
    let relu = draft.activation(norm, Function::Relu);
    let sum = draft.node("Add", FloatOperator::Add, &[dense, relu], &[3]);
    let sum = draft.node("Add", FloatOperator::Add, &[norm, sum], &[3]);
    let (_, kinds) = draft.lower(sum);
    assert_eq!(kinds, ["Dense", "BatchNorm", "Activation", "Add", "Add"]);

    // The user says what the integers in between mean.
    let mut draft = Draft::new(&[4]);
    let dense = draft.dense(TensorId(0), 3);
    draft.graph.tensors[dense.0].info.range = Some([-1.0, 1.0]);
    let norm = draft.batch_norm(dense);
    assert_eq!(draft.lower(norm).1, ["Dense", "BatchNorm"]);

    // Integers stay integers.
    let mut draft = Draft::new(&[4]);
    let dense = draft.dense(TensorId(0), 3);
    if let FloatOperator::Dense(filter) = &mut draft.graph.nodes[0].operator {
        filter.weights.fill(3.0);
        filter.given_scales = Some(vec![1.0]);
    }
    let norm = draft.batch_norm(dense);
    assert_eq!(draft.lower(norm).1, ["Dense", "BatchNorm"]);

    // The product would overflow f32.
    let mut draft = Draft::new(&[4]);
    let dense = draft.dense(TensorId(0), 3);
    let norm = draft.batch_norm(dense);
    if let FloatOperator::Dense(filter) = &mut draft.graph.nodes[0].operator {
        filter.weights.fill(1e-30);
        filter.bias = vec![0.0, 0.0, 1e30];
    }
    if let FloatOperator::ChannelAffine { scale, offset } = &mut draft.graph.nodes[1].operator {
        *scale = vec![1.0, 1.0, 1e30];
        *offset = vec![0.0; 3];
    }
    draft.graph.outputs.push(norm);
    assert_eq!(lower(draft.graph).nodes.len(), 2);
}

#[test]
fn zeros_around_an_image_become_padding() {
    let mut draft = Draft::new(&IMAGE);
    let pad = draft.pad(TensorId(0), 1, 0.0);
    let pad = draft.pad(pad, 1, 0.0);
    let convolution = draft.convolution(pad, 1, 3, 1);
    let pad = draft.pad(convolution, 2, 0.0);
    let depthwise = draft.depthwise(pad, 1, 0);
    let (graph, kinds) = draft.lower(depthwise);
    assert_eq!(kinds, ["Conv2d", "DepthwiseConv2d"]);
    let FloatOperator::Conv2d { window, .. } = &graph.nodes[0].operator else { panic!("{kinds:?}") };
    assert_eq!((window.input, window.padding.left), (IMAGE, 3));

    let mut draft = Draft::new(&IMAGE);
    let pad = draft.pad(TensorId(0), 1, 0.5);
    let convolution = draft.convolution(pad, 1, 3, 0);
    assert_eq!(draft.lower(convolution).1, ["Pad", "Conv2d"]);
}

#[test]
fn what_changes_nothing_disappears() {
    let mut draft = Draft::new(&IMAGE);
    let pool = draft.max_pool(TensorId(0), 1);
    let pad = draft.pad(pool, 0, 3.0);
    let same = draft.activation(pad, Function::Expression(Expression::Variable));
    let concat = draft.node("Concat", FloatOperator::Concat { axis: 2 }, &[same], &IMAGE);
    let twice = draft.reshape(concat, &[30, 4]);
    let flat = draft.reshape(twice, &[120]);
    let dense = draft.dense(flat, 3);
    let same = draft.reshape(dense, &[3]);
    let (scale, offset) = (vec![1.0; 3], vec![0.0; 3]);
    let norm = draft.node("BatchNorm", FloatOperator::ChannelAffine { scale, offset }, &[same], &[3]);
    let (graph, kinds) = draft.lower(norm);
    assert_eq!(kinds, ["Reshape", "Dense"]);
    assert_eq!(graph.tensors.len(), 3);
}

#[test]
fn a_network_that_only_reshapes_keeps_its_layer() {
    let mut draft = Draft::new(&[4]);
    let same = draft.reshape(TensorId(0), &[4]);
    assert_eq!(draft.lower(same).1, ["Reshape"]);
}

#[test]
fn a_global_pool_of_one_pixel_is_a_reshape() {
    let mut draft = Draft::new(&[1, 1, 4]);
    let window = draft.window(TensorId(0), 4, 1, 1, 0);
    let pool = FloatOperator::AveragePool { window, include_padding: false };
    let pool = draft.node("GlobalAvgPool2d", pool, &[TensorId(0)], &[4]);
    let dense = draft.dense(pool, 2);
    let (graph, _) = draft.lower(dense);
    assert_eq!(graph.nodes[0].operator, FloatOperator::Reshape);
}

#[test]
fn clamps_move_in_front_of_pools() {
    let mut draft = Draft::new(&IMAGE);
    let convolution = draft.convolution(TensorId(0), 1, 3, 1);
    let pool = draft.max_pool(convolution, 2);
    let flat = draft.reshape(pool, &[3 * 2 * 3]);
    let relu = draft.activation(flat, Function::Relu);
    let (graph, _) = draft.lower(relu);
    let operators: Vec<_> = graph.nodes.iter().map(|node| node.label.as_str()).collect();
    assert_eq!(operators, ["node0", "node3", "node1", "node2"]);
    for node in &graph.nodes {
        assert_eq!(graph.tensor(node.output).name, node.label);
    }
    assert_eq!(graph.tensor(graph.nodes[1].output).shape, [6, 5, 3]);

    // A table costs as many look-ups as there are values: behind the pool there are fewer.
    let mut draft = Draft::new(&IMAGE);
    let convolution = draft.convolution(TensorId(0), 1, 3, 1);
    let pool = draft.max_pool(convolution, 2);
    let tanh = draft.activation(pool, Function::Tanh);
    let (graph, _) = draft.lower(tanh);
    assert!(matches!(graph.nodes[1].operator, FloatOperator::MaxPool(_)));

    // Someone else reads what is not clamped.
    let mut draft = Draft::new(&IMAGE);
    let convolution = draft.convolution(TensorId(0), 1, 3, 1);
    let pool = draft.max_pool(convolution, 2);
    let relu = draft.activation(pool, Function::Relu);
    let sum = draft.node("Add", FloatOperator::Add, &[pool, relu], &[3, 2, 3]);
    let (graph, _) = draft.lower(sum);
    assert!(matches!(graph.nodes[1].operator, FloatOperator::MaxPool(_)));
}

#[test]
fn two_clamps_are_one() {
    let clamps = |first: Function, second: Function| {
        let mut draft = Draft::new(&[4]);
        let dense = draft.dense(TensorId(0), 3);
        let first = draft.activation(dense, first);
        let second = draft.activation(first, second);
        let (graph, _) = draft.lower(second);
        graph.nodes[1..].iter().map(|node| node.operator.clone()).collect::<Vec<_>>()
    };
    let hard_tanh = |min, max| Function::HardTanh { min, max };
    let (above, below) = (hard_tanh(-0.5, f64::INFINITY), hard_tanh(f64::NEG_INFINITY, 0.25));
    let both = [FloatOperator::Activation(hard_tanh(-0.5, 0.25))];
    assert_eq!(clamps(above.clone(), below.clone()), both);
    assert_eq!(clamps(below, above.clone()), both);
    let six = hard_tanh(f64::NEG_INFINITY, 6.0);
    assert_eq!(clamps(Function::Relu, six), [FloatOperator::Activation(Function::Relu6)]);
    // Nothing is between them.
    assert_eq!(clamps(hard_tanh(-2.0, -1.0), Function::Relu).len(), 2);
    assert_eq!(clamps(above, Function::Tanh).len(), 2);
}

#[test]
fn a_tensor_times_its_own_sigmoid_is_one_function() {
    let gated = |function: Function, is_swapped: bool, is_own: bool| {
        let mut draft = Draft::new(&[4]);
        let dense = draft.dense(TensorId(0), 3);
        let other = if is_own { dense } else { draft.dense(TensorId(0), 3) };
        let gate = draft.activation(other, function);
        let inputs = if is_swapped { [gate, dense] } else { [dense, gate] };
        let product = draft.node("Mul", FloatOperator::Multiply, &inputs, &[3]);
        let (graph, _) = draft.lower(product);
        graph.nodes.last().unwrap().operator.clone()
    };
    for is_swapped in [false, true] {
        let silu = FloatOperator::Activation(Function::Silu);
        assert_eq!(gated(Function::Sigmoid, is_swapped, true), silu);
        let hard_swish = FloatOperator::Activation(Function::HardSwish);
        assert_eq!(gated(Function::HardSigmoid, is_swapped, true), hard_swish);
        assert_eq!(gated(Function::Tanh, is_swapped, true), FloatOperator::Multiply);
        assert_eq!(gated(Function::Sigmoid, is_swapped, false), FloatOperator::Multiply);
    }
}

#[test]
fn one_slope_for_all_channels_is_a_leaky_relu() {
    let prelu = |slopes: Vec<f32>| {
        let mut draft = Draft::new(&[2]);
        let node = draft.node("PRelu", FloatOperator::PRelu { slopes }, &[TensorId(0)], &[2]);
        draft.lower(node).0.nodes[0].operator.clone()
    };
    assert_eq!(prelu(vec![0.25; 2]), FloatOperator::Activation(Function::LeakyRelu { slope: 0.25 }));
    assert_eq!(prelu(vec![0.25, 0.5]), FloatOperator::PRelu { slopes: vec![0.25, 0.5] });
}

#[test]
fn what_nobody_reads_is_removed() {
    let mut draft = Draft::new(&[4]);
    let dense = draft.dense(TensorId(0), 3);
    let unread = draft.dense(TensorId(0), 7);
    draft.activation(unread, Function::Tanh);
    let relu = draft.activation(dense, Function::Relu);
    let (graph, kinds) = draft.lower(relu);
    assert_eq!(kinds, ["Dense", "Activation"]);
    let names: Vec<_> = graph.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["input", "node0", "node3"]);
}
