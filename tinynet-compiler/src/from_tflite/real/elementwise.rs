//! Functions of single elements, softmax and the index of the largest value.

use super::Real;
use crate::from_tflite::view::place_of_axis;
use crate::from_tflite::{Conversion, Converted, Problem, Step};
use crate::function::{BinaryOperator, Expression, Function, NamedFunction};
use crate::graph::FloatOperator;
use crate::import::tflite::{Activation, SoftmaxOptions};
use crate::quantized::MOST_INDEXED;

/// A named function of the element.
pub(super) fn named(name: NamedFunction) -> Function {
    Function::Expression(Expression::Call(name, vec![Expression::Variable]))
}

/// `x · x`
pub(super) fn square() -> Function {
    let variable = || Box::new(Expression::Variable);
    Function::Expression(Expression::Binary(BinaryOperator::Multiply, variable(), variable()))
}

/// `1 / √x`
pub(super) fn reciprocal_square_root() -> Function {
    let root = Expression::Call(NamedFunction::Sqrt, vec![Expression::Variable]);
    let one = Expression::Constant(1.0);
    Function::Expression(Expression::Binary(BinaryOperator::Divide, Box::new(one), Box::new(root)))
}

impl<'m> Conversion<'m, Real> {
    /// Any function of single elements.
    pub(super) fn function(&mut self, step: Step<'m>, function: Function) -> Converted<()> {
        let input = self.computed(step, 0)?;
        self.check_output_shape(step, &input.tensor.shape)?;
        self.add(step, FloatOperator::Activation(function), vec![input.id], Activation::None)
    }

    /// `SOFTMAX`: a factor of the exponents is one of the values before.
    pub(super) fn softmax(&mut self, step: Step<'m>, options: &SoftmaxOptions) -> Converted<()> {
        let input = self.computed(step, 0)?;
        self.check_output_shape(step, &input.tensor.shape)?;
        if !options.beta.is_finite() || options.beta <= 0.0 {
            return Err(Problem::new(
                format!("the factor of its exponents is {}", options.beta),
                "a softmax prefers larger values: `beta` is positive",
            )
            .into());
        }
        let mut id = input.id;
        if options.beta != 1.0 {
            let (channels, shape) = (input.channels(), self.graph.graph.tensor(id).shape.clone());
            let (scale, offset) = (vec![options.beta; channels], vec![0.0; channels]);
            let operator = FloatOperator::ChannelAffine { scale, offset };
            id = self.add_node(step, "_beta", "Mul".into(), operator, vec![id], shape);
        }
        self.add(step, FloatOperator::Softmax, vec![id], Activation::None)
    }

    /// `LOG_SOFTMAX`
    pub(super) fn log_softmax(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        self.check_output_shape(step, &input.tensor.shape)?;
        self.add(step, FloatOperator::LogSoftmax, vec![input.id], Activation::None)
    }

    /// `ARG_MAX`: of a vector, as the model's answer.
    pub(super) fn arg_max(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (output_index, output) = self.output(step)?;
        let shape = &input.tensor.shape;
        let axis = match self.integers(step, 1)?[..] {
            [axis] => place_of_axis(axis, shape.len())?,
            _ => return Err(Problem::new("it names no single axis", "convert the model again").into()),
        };
        let classes = input.elements();
        if shape[axis] != classes || output.shape.iter().product::<usize>() != 1 {
            return Err(Problem::new(
                format!("it looks along axis {axis} of {shape:?}"),
                "this version looks for the largest of all values",
            )
            .into());
        }
        if classes > MOST_INDEXED {
            return Err(Problem::new(
                format!("it chooses among {classes} values"),
                format_args!(
                    "of at most {MOST_INDEXED}; leave ARG_MAX out, and `classify` chooses among any number"
                ),
            )
            .into());
        }
        if !self.subgraph.outputs.contains(&output_index) {
            return Err(Problem::new(
                "its index is not the answer of the model",
                "with an index nothing can be calculated: make it an output",
            )
            .into());
        }
        let id = self.reshaped(step, "_flatten", input.id, vec![classes]);
        self.add(step, FloatOperator::ArgMax, vec![id], Activation::None)
    }
}
