//! Which tensors must have one quantisation, and where the values are seen that it should suit.

use super::calibrate::Counted;
use super::fusion::Layer;
use super::scheme;
use crate::function::Function;
use crate::graph::{FloatGraph, FloatOperator, Node, TensorId};
use crate::quantized::{Element, Quantization};
use crate::settings::{Activations, Scheme, Settings};

/// Tensors that share a quantisation, in the order they are made.
pub(super) struct Group {
    /// The tensors.
    pub(super) members: Vec<TensorId>,
    /// Their quantisation, where it follows from an operator or is stated.
    pub(super) prescribed: Option<Quantization>,
    /// Whether they are never negative, and everybody who makes or reads them takes a zero point, in a scheme that has
    /// none by itself.
    pub(super) is_unsigned: bool,
    /// Which integers they are.
    pub(super) activations: Activations,
    /// Whether a layer states that, and not the network.
    pub(super) is_stated: bool,
    /// Whether they lie between layers alone, made by operators that saturate wherever they are told to: where the network
    /// states few bits, these have few.
    pub(super) is_inner: bool,
}

impl Group {
    /// The type of the integers.
    pub(super) fn element(&self) -> Element {
        self.activations.element()
    }

    /// The smallest and the largest integer.
    pub(super) fn ends(&self) -> [i32; 2] {
        self.activations.range(self.is_stated || self.is_inner)
    }
}

/// The tensors of the quantised graph and what fused tables read, by shared quantisation.
pub(super) struct Groups {
    /// The groups, in the order of their first tensors.
    pub(super) list: Vec<Group>,
    /// Index of each tensor's group; `None` where a fused clamp left no tensor.
    of: Vec<Option<usize>>,
}

impl Groups {
    /// Index of the group that a tensor belongs to.
    pub(super) fn of(&self, id: TensorId) -> Option<usize> {
        self.of[id.0]
    }

    /// Groups the tensors of a graph: operators that move, pick or average values keep the quantisation, and what only
    /// a concatenation reads is made in the concatenation's.
    pub(super) fn new(graph: &FloatGraph, layers: &[Layer<'_>], settings: &Settings) -> Self {
        let scheme = settings.scheme;
        let mut groups = Self { list: Vec::new(), of: vec![None; graph.tensors.len()] };
        let of_network = (settings.activations, false);
        for &id in &graph.inputs {
            groups.start(graph, id, None, of_network);
        }
        for layer in layers {
            if layer.table().is_some() {
                // Tables are of int8s, whatever they make.
                groups.start(graph, layer.node.output, None, (Activations::Int8, true));
            }
            if keeps_quantization(&layer.node.operator) {
                groups.join(graph, layer.output(), layer.node.inputs[0], of_network);
                continue;
            }
            let function = layer.fused.map(|fused| fused.function).or(match &layer.node.operator {
                FloatOperator::Activation(function) => Some(function),
                _ => None,
            });
            let stated = layer.node.wishes.activations;
            let activations = stated.map_or(of_network, |stated| (stated, true));
            // What TensorFlow Lite's functions make are int8s.
            let is_int8 = match activations {
                (Activations::Int4, false) => graph.outputs.contains(&layer.output()),
                (activations, _) => activations != Activations::Int4,
            };
            let function = function.filter(|_| is_int8);
            let prescribed = scheme::prescribed(scheme, &layer.node.operator, function);
            groups.start(graph, layer.output(), prescribed, activations);
            if passes_on_parts(&layer.node.operator) {
                groups.take_in_parts(graph, layer.node);
            }
        }
        for index in 0..groups.list.len() {
            groups.list[index].is_inner = groups.is_inner(graph, layers, &groups.list[index]);
        }
        if scheme == Scheme::FixedPoint {
            for index in 0..groups.list.len() {
                let may_be_unsigned = |&id: &TensorId| groups.may_be_unsigned(graph, layers, id);
                groups.list[index].is_unsigned = groups.list[index].members.iter().all(may_be_unsigned);
            }
        }
        groups
    }

    /// `activations` are a layer's own where the second is so.
    fn start(
        &mut self,
        graph: &FloatGraph,
        id: TensorId,
        prescribed: Option<Quantization>,
        (activations, is_stated): (Activations, bool),
    ) {
        self.of[id.0] = Some(self.list.len());
        let stated = graph.tensor(id).info.quantization;
        self.list.push(Group {
            members: vec![id],
            prescribed: stated.or(prescribed),
            is_unsigned: false,
            activations,
            is_stated,
            is_inner: false,
        });
    }

    fn join(&mut self, graph: &FloatGraph, id: TensorId, other: TensorId, otherwise: (Activations, bool)) {
        let Some(group) = self.of(other) else { return self.start(graph, id, None, otherwise) };
        self.of[id.0] = Some(group);
        self.list[group].members.push(id);
    }

    /// Lets the parts of a concatenation, or what is chosen from, be made in the quantisation of the result, where nobody
    /// else reads them: rounding once is better than twice, and they are then just copied.
    fn take_in_parts(&mut self, graph: &FloatGraph, node: &Node<FloatOperator>) {
        let Some(whole) = self.of(node.output) else { return };
        for &part in &node.inputs {
            let Some(group) = self.of(part) else { continue };
            let is_private =
                |&id: &TensorId| !graph.inputs.contains(&id) && graph.only_consumer(id).is_some();
            let part = &self.list[group];
            // Int4s that are stated are so even where those of the network are not: at its edges.
            let is_same =
                part.activations == self.list[whole].activations && part.activations != Activations::Int4;
            let is_free = part.prescribed.is_none() && (!part.is_stated || is_same);
            if group == whole || !is_free || !part.members.iter().all(is_private) {
                continue;
            }
            let members = std::mem::take(&mut self.list[group].members);
            for id in &members {
                self.of[id.0] = Some(whole);
            }
            self.list[whole].members.extend(members);
        }
    }

    /// Whether all tensors of a group lie between layers, and nothing but their range says what their integers are.
    fn is_inner(&self, graph: &FloatGraph, layers: &[Layer<'_>], group: &Group) -> bool {
        let is_inner = |id: &TensorId| {
            let Some(maker) = layers.iter().find(|layer| layer.output() == *id) else { return false };
            let saturates_anywhere = match &maker.node.operator {
                FloatOperator::Lstm(_) => false,
                FloatOperator::Pair { operation, .. } => !operation.is_choice(),
                _ => true,
            };
            // Answers are compared by what is read here.
            let is_compared = graph.consumers(*id).iter().any(|&reader| {
                let operator = &graph.nodes[reader].operator;
                matches!(
                    operator,
                    FloatOperator::Softmax
                        | FloatOperator::LogSoftmax
                        | FloatOperator::ArgMax
                        | FloatOperator::ArgExtremum { .. }
                )
            });
            !graph.outputs.contains(id) && !is_compared && saturates_anywhere
        };
        group.prescribed.is_none() && !group.members.is_empty() && group.members.iter().all(is_inner)
    }

    /// Whether a tensor is never negative, and those who make and read it take a zero point. The caller, who knows the
    /// edges of the network as plain fixed-point numbers, does not; nor do sums, which only shift.
    fn may_be_unsigned(&self, graph: &FloatGraph, layers: &[Layer<'_>], id: TensorId) -> bool {
        let is_edge = graph.inputs.contains(&id) || graph.outputs.contains(&id);
        let is_summed =
            graph.consumers(id).iter().any(|&node| graph.nodes[node].operator == FloatOperator::Add);
        let Some(maker) = layers.iter().find(|layer| layer.output() == id) else { return false };
        let is_own_part = |&part: &TensorId| self.of(part) == self.of(id);
        let has_foreign_parts = matches!(maker.node.operator, FloatOperator::Concat { .. })
            && !maker.node.inputs.iter().all(is_own_part);
        !is_edge && !is_summed && !has_foreign_parts && makes_no_negatives(maker)
    }
}

/// Whether the operator's output is made of its inputs' values, each in the quantisation of the output.
fn passes_on_parts(operator: &FloatOperator) -> bool {
    match operator {
        FloatOperator::Concat { .. } => true,
        FloatOperator::Pair { operation, .. } => operation.is_choice(),
        _ => false,
    }
}

/// Whether the operator's output has the quantisation of its input.
pub(super) fn keeps_quantization(operator: &FloatOperator) -> bool {
    match operator {
        FloatOperator::MaxPool(_)
        | FloatOperator::AveragePool { .. }
        | FloatOperator::Pad { .. }
        | FloatOperator::Reshape
        | FloatOperator::Rearrange(_)
        | FloatOperator::Gather(_)
        | FloatOperator::ResizeBilinear(_)
        | FloatOperator::Extremum { .. } => true,
        FloatOperator::Activation(function) => function.as_clamp().is_some(),
        _ => false,
    }
}

/// Whether a layer makes nothing negative of what is not negative itself, with a zero point if asked for.
fn makes_no_negatives(layer: &Layer<'_>) -> bool {
    let is_never_negative = |function: &Function| match function {
        Function::Sigmoid | Function::HardSigmoid => true,
        function => function.as_clamp().is_some_and(|ends| ends[0] >= 0.0),
    };
    match (&layer.node.operator, layer.fused) {
        (FloatOperator::Add | FloatOperator::Multiply, _) => false,
        (_, Some(fused)) => is_never_negative(fused.function),
        (FloatOperator::Activation(function), None) => is_never_negative(function),
        (FloatOperator::Pad { value, .. }, None) => *value >= 0.0,
        // They pass on what others in the group make.
        (
            FloatOperator::MaxPool(_)
            | FloatOperator::AveragePool { .. }
            | FloatOperator::Reshape
            | FloatOperator::Rearrange(_)
            | FloatOperator::Gather(_)
            | FloatOperator::ResizeBilinear(_)
            | FloatOperator::Extremum { .. }
            | FloatOperator::Concat { .. },
            None,
        ) => true,
        _ => false,
    }
}

/// Where the values of a tensor count.
pub(super) struct Evidence<'g> {
    /// Where they are seen.
    pub(super) tensor: TensorId,
    /// Which of them count.
    pub(super) counted: Counted,
    /// The function that alone reads them there.
    pub(super) function: Option<&'g Function>,
}

/// Where the values are seen that the quantisation of `id` should suit.
///
/// What only a maximum or a clamp lets through counts, not what it drops.
pub(super) fn evidence(graph: &FloatGraph, id: TensorId) -> Evidence<'_> {
    let mut evidence = Evidence { tensor: id, counted: Counted::All, function: None };
    while let Some(consumer) = graph.only_consumer(evidence.tensor) {
        let consumer = &graph.nodes[consumer];
        match &consumer.operator {
            FloatOperator::MaxPool(_)
            | FloatOperator::Extremum { .. }
            | FloatOperator::Pad { .. }
            | FloatOperator::Reshape
            | FloatOperator::Rearrange(_)
            | FloatOperator::Gather(_) => {
                evidence.tensor = consumer.output;
            }
            FloatOperator::Activation(function) if function.as_clamp().is_some() => {
                evidence.tensor = consumer.output;
            }
            FloatOperator::Activation(function) => {
                evidence.function = Some(function);
                break;
            }
            FloatOperator::Softmax => {
                let classes = graph.tensor(evidence.tensor).shape.last().copied().unwrap_or(1).max(1);
                evidence.counted = Counted::Logits { classes };
                break;
            }
            _ => break,
        }
    }
    evidence
}
