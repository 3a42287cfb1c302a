//! Operators on two tensors, one of which may be a constant.

use super::{Computed, Real};
use crate::from_tflite::{Conversion, Converted, Problem, Step};
use crate::function::Function;
use crate::graph::{FloatOperator, TensorId};
use crate::import::tflite::Activation;

/// What is made of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Maximum,
    Minimum,
}

impl<'m> Conversion<'m, Real> {
    /// `ADD`, `SUB`, `MUL`, `DIV`, `MAXIMUM`, `MINIMUM`
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
            Operation::Subtract if is_same => {
                self.check_output_shape(step, &longer(&first, &second).tensor.shape)?;
                let negated = self.affine_node(step, "_negated", &second, -1.0);
                self.add(step, FloatOperator::Add, vec![first.id, negated], activation)
            }
            Operation::Multiply => self.product(step, first, second, activation),
            _ => Err(Problem::new(
                format!(
                    "it is calculated of two tensors of the shapes {:?} and {:?}",
                    first.tensor.shape, second.tensor.shape
                ),
                "of real numbers, this version has sums, differences and products of tensors of one shape, products with \
                 one value a channel, and all of these with constants",
            )
            .into()),
        }
    }

    /// A product of tensors of one shape, or of one and a value for each of its channels.
    fn product(
        &mut self,
        step: Step<'m>,
        first: Computed<'m>,
        second: Computed<'m>,
        activation: Activation,
    ) -> Converted<()> {
        let (large, small) = match first.elements() < second.elements() {
            true => (second, first),
            false => (first, second),
        };
        self.check_output_shape(step, &longer(&large, &small).tensor.shape)?;
        let channels = large.channels();
        let shape = |id: TensorId| &self.graph.graph.tensor(id).shape;
        let small_id = if shape(small.id) == shape(large.id) {
            small.id
        } else if small.elements() == channels && small.channels() == channels {
            self.reshaped(step, "_channels", small.id, vec![channels])
        } else {
            return Err(Problem::new(
                format!("it multiplies the shapes {:?} and {:?}", large.tensor.shape, small.tensor.shape),
                "this version multiplies tensors of one shape, or one by a value for each channel",
            )
            .into());
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
        self.check_output_shape(step, &input.tensor.shape)?;
        let constant = self.channel_values(step, 1 - position, &input)?;
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
            (Operation::Maximum | Operation::Minimum, _) => {
                let end = same(&constant).ok_or_else(|| {
                    Problem::new(
                        "it has another end for each channel",
                        "this version has one end for all values",
                    )
                })?;
                let (min, max) = match operation {
                    Operation::Maximum => (end, f64::INFINITY),
                    _ => (f64::NEG_INFINITY, end),
                };
                FloatOperator::Activation(Function::HardTanh { min, max })
            }
        };
        self.add(step, operator, vec![input.id], activation)
    }

    /// `PRELU`
    pub(super) fn p_relu(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        self.check_output_shape(step, &input.tensor.shape)?;
        let slopes = self.channel_values(step, 1, &input)?;
        self.add(step, FloatOperator::PRelu { slopes }, vec![input.id], Activation::None)
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
    fn affine_node(&mut self, step: Step<'m>, suffix: &str, input: &Computed<'m>, factor: f32) -> TensorId {
        let (channels, shape) = (input.channels(), self.graph.graph.tensor(input.id).shape.clone());
        let (scale, offset) = (vec![factor; channels], vec![0.0; channels]);
        let operator = FloatOperator::ChannelAffine { scale, offset };
        self.add_node(step, suffix, "Mul".into(), operator, vec![input.id], shape)
    }

    /// A constant as one value for each channel of a tensor.
    fn channel_values(&self, step: Step<'m>, position: usize, input: &Computed<'m>) -> Converted<Vec<f32>> {
        let (_, tensor) = self.input(step, position)?;
        let (values, channels) = (self.reals(step, position)?, input.channels());
        match values[..] {
            [value] => Ok(vec![value; channels]),
            _ if values.len() == channels && tensor.shape.last() == Some(&channels) => Ok(values),
            _ => Err(Problem::new(
                format!("its constant has the shape {:?}, its input {:?}", tensor.shape, input.tensor.shape),
                "this version takes one number, or one for each channel (the last axis)",
            )
            .into()),
        }
    }
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
