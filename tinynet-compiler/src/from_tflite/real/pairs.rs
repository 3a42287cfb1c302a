//! Operators on two tensors, one of which may be a constant.

use super::{Computed, Real};
use crate::from_tflite::pairs::{broadcast, repeated, repeated_constant, repeats};
use crate::from_tflite::{Conversion, Converted, Problem, Step};
use crate::function::Function;
use crate::graph::{FloatOperator, PairOperation, TensorId};
use crate::import::tflite::Activation;

/// What is made of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    SquaredDifference,
    Multiply,
    Divide,
    Maximum,
    Minimum,
}

impl<'m> Conversion<'m, Real> {
    /// `ADD`, `SUB`, `SQUARED_DIFFERENCE`, `MUL`, `DIV`, `MAXIMUM`, `MINIMUM`
    pub(super) fn pair(
        &mut self,
        step: Step<'m>,
        operation: Operation,
        activation: Activation,
    ) -> Converted<()> {
        let [(first, _), (second, _)] = [self.input(step, 0)?, self.input(step, 1)?];
        match [first, second].map(|operand| self.is_constant(operand)) {
            [false, false] => self.computed_pair(step, operation, activation),
            [false, true] => self.constant_pair(step, operation, 0, activation),
            [true, false] => self.constant_pair(step, operation, 1, activation),
            [true, true] => {
                Err(Problem::new("both its inputs are constants", "let the converter fold constants").into())
            }
        }
    }

    /// Of two tensors that the firmware computes.
    fn computed_pair(
        &mut self,
        step: Step<'m>,
        operation: Operation,
        activation: Activation,
    ) -> Converted<()> {
        let [first, second] = [self.computed(step, 0)?, self.computed(step, 1)?];
        let shape = |id: TensorId| &self.graph.graph.tensor(id).shape;
        let is_same = shape(first.id) == shape(second.id);
        match operation {
            Operation::Add if is_same => {
                self.check_output_shape(step, &longer(&first, &second).tensor.shape)?;
                self.add(step, FloatOperator::Add, vec![first.id, second.id], activation)
            }
            Operation::Multiply if is_same || self.is_of_channels(&first, &second) => {
                self.product(step, first, second, activation)
            }
            _ => self.repeated_pair(step, operation.of_tensors()?, first, second, activation),
        }
    }

    /// Whether one of two tensors has a value for each channel of the other.
    fn is_of_channels(&self, first: &Computed<'m>, second: &Computed<'m>) -> bool {
        let (large, small) = ordered(first, second);
        let channels = large.channels();
        small.elements() == channels && small.channels() == channels
    }

    /// Of two tensors each of which may repeat along axes: the second is left as it is where it repeats as a whole.
    fn repeated_pair(
        &mut self,
        step: Step<'m>,
        operation: PairOperation,
        first: Computed<'m>,
        second: Computed<'m>,
        activation: Activation,
    ) -> Converted<()> {
        let (_, output) = self.output(step)?;
        let shape = &output.shape;
        self.check_broadcast(step, &first.tensor.shape, &second.tensor.shape)?;
        let is_swapped = operation.commutes()
            && !repeats(&second.tensor.shape, shape)
            && repeats(&first.tensor.shape, shape);
        let (first, second) = if is_swapped { (second, first) } else { (first, second) };
        let a = self.broadcast_to(step, "_a", &first, shape)?;
        let b = match repeats(&second.tensor.shape, shape) {
            true => second.id,
            false => self.broadcast_to(step, "_b", &second, shape)?,
        };
        self.add(step, FloatOperator::Pair { operation, constant: None }, vec![a, b], activation)
    }

    /// Refuses another shape of the output than two shapes have in common.
    fn check_broadcast(&self, step: Step<'m>, first: &[usize], second: &[usize]) -> Converted<()> {
        let (_, output) = self.output(step)?;
        if broadcast(first, second).as_ref() == Some(&output.shape) {
            return Ok(());
        }
        Err(Problem::new(
            format!("it makes the shape {:?} of {first:?} and {second:?}", output.shape),
            "the file contradicts itself: convert the model again",
        )
        .into())
    }

    /// A tensor repeated to a shape.
    fn broadcast_to(
        &mut self,
        step: Step<'m>,
        suffix: &str,
        input: &Computed<'m>,
        shape: &[usize],
    ) -> Converted<TensorId> {
        if input.elements() == shape.iter().product::<usize>() {
            return Ok(input.id);
        }
        self.add_inner_view(step, suffix, input, &repeated(&input.tensor.shape, shape))
    }

    /// A product of tensors of one shape, or of one and a value for each of its channels.
    fn product(
        &mut self,
        step: Step<'m>,
        first: Computed<'m>,
        second: Computed<'m>,
        activation: Activation,
    ) -> Converted<()> {
        let (large, small) = ordered(&first, &second);
        self.check_output_shape(step, &longer(large, small).tensor.shape)?;
        let channels = large.channels();
        let shape = |id: TensorId| &self.graph.graph.tensor(id).shape;
        let small_id = match shape(small.id) == shape(large.id) {
            true => small.id,
            false => self.reshaped(step, "_channels", small.id, vec![channels]),
        };
        self.add(step, FloatOperator::Multiply, vec![large.id, small_id], activation)
    }

    /// Of a tensor, which is input `position`, and a constant.
    fn constant_pair(
        &mut self,
        step: Step<'m>,
        operation: Operation,
        position: usize,
        activation: Activation,
    ) -> Converted<()> {
        let input = self.computed(step, position)?;
        let constant = match self.channel_values(step, 1 - position, &input)? {
            Some(values) if self.output(step)?.1.shape == input.tensor.shape => values,
            _ => return self.constant_tensor(step, operation, position, &input, activation),
        };
        let channels = constant.len();
        let affine = |scale: Vec<f32>, offset: Vec<f32>| FloatOperator::ChannelAffine { scale, offset };
        let negated = || constant.iter().map(|value| -value).collect();
        let operator = match (operation, position) {
            (Operation::Add, _) => affine(vec![1.0; channels], constant),
            (Operation::Subtract, 0) => affine(vec![1.0; channels], negated()),
            (Operation::Subtract, _) => affine(vec![-1.0; channels], constant),
            (Operation::Multiply, _) => affine(constant, vec![0.0; channels]),
            (Operation::Divide, 0) if constant.iter().all(|value| value.recip().is_finite()) => {
                affine(constant.iter().map(|value| value.recip()).collect(), vec![0.0; channels])
            }
            (Operation::Divide, _) => {
                return Err(Problem::new(
                    "it divides by what is no constant, or by 0",
                    "this version divides by constants",
                )
                .into());
            }
            (Operation::SquaredDifference, _) => {
                let constant = Some(constant);
                FloatOperator::Pair { operation: PairOperation::SquaredDifference, constant }
            }
            (Operation::Maximum | Operation::Minimum, _) => {
                let Some(end) = same(&constant) else {
                    return self.constant_tensor(step, operation, position, &input, activation);
                };
                let (min, max) = match operation {
                    Operation::Maximum => (end, f64::INFINITY),
                    _ => (f64::NEG_INFINITY, end),
                };
                FloatOperator::Activation(Function::HardTanh { min, max })
            }
        };
        self.add(step, operator, vec![input.id], activation)
    }

    /// Of a tensor, which is input `position`, and a constant that has other values than one for each channel.
    fn constant_tensor(
        &mut self,
        step: Step<'m>,
        operation: Operation,
        position: usize,
        input: &Computed<'m>,
        activation: Activation,
    ) -> Converted<()> {
        let (_, output) = self.output(step)?;
        let (_, constant) = self.input(step, 1 - position)?;
        self.check_broadcast(step, &input.tensor.shape, &constant.shape)?;
        let mut values = self.reals(step, 1 - position)?;
        if values.is_empty() {
            return Err(Problem::new("its constant is empty", "convert the model again").into());
        }
        let mut id = self.broadcast_to(step, "_repeated", input, &output.shape)?;
        let operation = match (operation, position) {
            (Operation::Divide, 0) if values.iter().all(|value| value.recip().is_finite()) => {
                values.iter_mut().for_each(|value| *value = value.recip());
                PairOperation::Multiply
            }
            (Operation::Subtract, 1) => {
                id = self.affine_node(step, "_negated", id, -1.0);
                PairOperation::Add
            }
            (operation, _) => operation.of_tensors()?,
        };
        let constant = Some(repeated_constant(&values, &constant.shape, &output.shape)?);
        self.add(step, FloatOperator::Pair { operation, constant }, vec![id], activation)
    }

    /// `PRELU`
    pub(super) fn p_relu(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        self.check_output_shape(step, &input.tensor.shape)?;
        if let Some(slopes) = self.channel_values(step, 1, &input)? {
            return self.add(step, FloatOperator::PRelu { slopes }, vec![input.id], Activation::None);
        }
        let (_, tensor) = self.input(step, 1)?;
        self.check_broadcast(step, &input.tensor.shape, &tensor.shape)?;
        let constant = Some(repeated_constant(&self.reals(step, 1)?, &tensor.shape, &input.tensor.shape)?);
        let operator = FloatOperator::Pair { operation: PairOperation::PRelu, constant };
        self.add(step, operator, vec![input.id], Activation::None)
    }

    /// `NEG`
    pub(super) fn negate(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        self.check_output_shape(step, &input.tensor.shape)?;
        let channels = input.channels();
        let (scale, offset) = (vec![-1.0; channels], vec![0.0; channels]);
        let operator = FloatOperator::ChannelAffine { scale, offset };
        self.add(step, operator, vec![input.id], Activation::None)
    }

    /// A tensor times a factor.
    fn affine_node(&mut self, step: Step<'m>, suffix: &str, id: TensorId, factor: f32) -> TensorId {
        let shape = self.graph.graph.tensor(id).shape.clone();
        let channels = shape.last().copied().unwrap_or(1);
        let (scale, offset) = (vec![factor; channels], vec![0.0; channels]);
        let operator = FloatOperator::ChannelAffine { scale, offset };
        self.add_node(step, suffix, "Mul".into(), operator, vec![id], shape)
    }

    /// A constant as one value for each channel of a tensor, where it is.
    fn channel_values(
        &self,
        step: Step<'m>,
        position: usize,
        input: &Computed<'m>,
    ) -> Converted<Option<Vec<f32>>> {
        let (_, tensor) = self.input(step, position)?;
        let (values, channels) = (self.reals(step, position)?, input.channels());
        Ok(match values[..] {
            [value] => Some(vec![value; channels]),
            _ if values.len() == channels && tensor.shape.last() == Some(&channels) => Some(values),
            _ => None,
        })
    }
}

impl Operation {
    /// The operation of two tensors.
    fn of_tensors(self) -> Converted<PairOperation> {
        Ok(match self {
            Self::Add => PairOperation::Add,
            Self::Subtract => PairOperation::Subtract,
            Self::SquaredDifference => PairOperation::SquaredDifference,
            Self::Multiply => PairOperation::Multiply,
            Self::Maximum => PairOperation::Maximum,
            Self::Minimum => PairOperation::Minimum,
            Self::Divide => {
                return Err(Problem::new(
                    "it divides by what is no constant, or by 0",
                    "this version divides by constants",
                )
                .into());
            }
        })
    }
}

/// Of two tensors the one with more values, and the other.
fn ordered<'c, 'm>(a: &'c Computed<'m>, b: &'c Computed<'m>) -> (&'c Computed<'m>, &'c Computed<'m>) {
    if a.elements() < b.elements() { (b, a) } else { (a, b) }
}

/// The one with more axes: of two tensors with the same values it has the shape of the result.
fn longer<'c, 'm>(a: &'c Computed<'m>, b: &'c Computed<'m>) -> &'c Computed<'m> {
    if b.tensor.shape.len() > a.tensor.shape.len() { b } else { a }
}

/// The value that all values are.
fn same(values: &[f32]) -> Option<f64> {
    let (first, others) = values.split_first()?;
    others.iter().all(|other| other == first).then(|| f64::from(*first))
}
