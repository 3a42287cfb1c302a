//! Functions of single elements, softmax and the index of the largest or smallest value.

use super::Real;
use crate::from_tflite::{Conversion, Converted, Problem, Step};
use crate::function::{BinaryOperator, Comparison, Expression, Function, NamedFunction};
use crate::graph::FloatOperator;
use crate::import::tflite::{Activation, SoftmaxOptions};
use crate::quantized::Along;

/// A named function of the element.
pub(super) fn named(name: NamedFunction) -> Function {
    Function::Expression(Expression::Call(name, vec![Expression::Variable]))
}

/// `x · x`
pub(super) fn square() -> Function {
    let variable = || Box::new(Expression::Variable);
    Function::Expression(Expression::Binary(BinaryOperator::Multiply, variable(), variable()))
}

/// The least integer that is not below `x`.
pub(super) fn ceiling() -> Function {
    let floor =
        Expression::Call(NamedFunction::Floor, vec![Expression::Negate(Box::new(Expression::Variable))]);
    Function::Expression(Expression::Negate(Box::new(floor)))
}

/// -1, 0 or 1.
pub(super) fn sign() -> Function {
    let if_greater = |[a, b, yes, no]: [Expression; 4]| {
        Expression::Condition(Comparison::Greater, Box::new([a, b, yes, no]))
    };
    let number = Expression::Constant;
    let not_positive = if_greater([number(0.0), Expression::Variable, number(-1.0), number(0.0)]);
    Function::Expression(if_greater([Expression::Variable, number(0.0), number(1.0), not_positive]))
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

    /// `ARG_MAX`, and `ARG_MIN` where not `largest`: indices are answers of the model.
    pub(super) fn arg_extremum(&mut self, step: Step<'m>, largest: bool) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let along = self.compared(step, &input.tensor.shape)?;
        match along {
            Along { rows: 1, columns: 1, length } if largest => {
                let id = self.reshaped(step, "_flatten", input.id, vec![length]);
                self.add(step, FloatOperator::ArgMax, vec![id], Activation::None)
            }
            _ => {
                let operator = FloatOperator::ArgExtremum { along, largest };
                self.add(step, operator, vec![input.id], Activation::None)
            }
        }
    }
}
