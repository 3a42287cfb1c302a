//! Activation functions, and the user's own expressions.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// A function of one real number, applied to each element of a tensor.
///
/// Formulas are those of PyTorch 2 (`torch.nn`), whose names the layers take; where Keras differs, the layer's
/// documentation says so.
#[derive(Clone, Debug, PartialEq)]
pub enum Function {
    /// `max(0, x)`
    Relu,
    /// `min(max(0, x), 6)`
    Relu6,
    /// `x` where positive, else `slope · x`
    LeakyRelu {
        /// Slope of the negative side.
        slope: f64,
    },
    /// `min(max(min, x), max)`
    HardTanh {
        /// Lower end.
        min: f64,
        /// Upper end.
        max: f64,
    },
    /// Hyperbolic tangent.
    Tanh,
    /// `1 / (1 + e^-x)`
    Sigmoid,
    /// `min(max(0, x / 6 + 1 / 2), 1)`
    HardSigmoid,
    /// `x · hard_sigmoid(x)`
    HardSwish,
    /// `x · sigmoid(x)`
    Silu,
    /// `x · Φ(x)`, `Φ` the standard normal distribution.
    Gelu {
        /// Use `0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
        approximate: bool,
    },
    /// `x` where positive, else `alpha · (e^x - 1)`
    Elu {
        /// Limit of the negative side.
        alpha: f64,
    },
    /// Elu scaled so that activations normalise themselves (Klambauer et al., 2017).
    Selu,
    /// `ln(1 + e^(beta · x)) / beta`
    Softplus {
        /// Sharpness of the bend.
        beta: f64,
    },
    /// `x / (1 + |x|)`
    Softsign,
    /// `x · tanh(softplus(x))`
    Mish,
    /// The user's own expression.
    Expression(Expression),
}

/// An arithmetic expression of one variable: `|x| x / (1.0 + abs(x))`.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// The variable.
    Variable,
    /// A constant.
    Constant(f64),
    /// `-a`
    Negate(Box<Expression>),
    /// `a op b`
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// A named function of one or more arguments: `exp(a)`, `max(a, b)`.
    Call(NamedFunction, Vec<Expression>),
    /// `if a < b { c } else { d }`
    Condition(Comparison, Box<[Expression; 4]>),
}

/// Arithmetic between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// A comparison inside an expression's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The functions an expression may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the functions")]
pub enum NamedFunction {
    Abs,
    Exp,
    Ln,
    Sqrt,
    Sin,
    Cos,
    Tanh,
    Sigmoid,
    Erf,
    Floor,
    Min,
    Max,
    Clamp,
    Pow,
}

impl Function {
    /// The function's value at `x`; NaN or infinite where it has none.
    pub fn evaluate(&self, x: f64) -> f64 {
        match self {
            Function::Relu => maximum(0.0, x),
            Function::Relu6 => clamp(x, 0.0, 6.0),
            Function::LeakyRelu { slope } if x < 0.0 => slope * x,
            Function::LeakyRelu { .. } => x,
            Function::HardTanh { min, max } => clamp(x, *min, *max),
            Function::Tanh => libm::tanh(x),
            Function::Sigmoid => sigmoid(x),
            Function::HardSigmoid => hard_sigmoid(x),
            Function::HardSwish => x * hard_sigmoid(x),
            Function::Silu => x * sigmoid(x),
            Function::Gelu { approximate: false } => 0.5 * x * (1.0 + libm::erf(x * FRAC_1_SQRT_2)),
            Function::Gelu { approximate: true } => {
                let inner = (2.0 / PI).sqrt() * (x + 0.044715 * x * x * x);
                0.5 * x * (1.0 + libm::tanh(inner))
            }
            Function::Elu { alpha } => elu(x, *alpha),
            Function::Selu => SELU_SCALE * elu(x, SELU_ALPHA),
            Function::Softplus { beta } => softplus(beta * x) / beta,
            Function::Softsign => x / (1.0 + x.abs()),
            Function::Mish => x * libm::tanh(softplus(x)),
            Function::Expression(expression) => expression.evaluate(x),
        }
    }

    /// The ends, if the function is `min(max(x, low), high)`.
    pub fn as_clamp(&self) -> Option<[f64; 2]> {
        match self {
            Function::Relu => Some([0.0, f64::INFINITY]),
            Function::Relu6 => Some([0.0, 6.0]),
            Function::HardTanh { min, max } if min <= max => Some([*min, *max]),
            _ => None,
        }
    }
}

impl Expression {
    /// The expression's value where the variable is `x`; NaN or infinite where it has none.
    pub fn evaluate(&self, x: f64) -> f64 {
        match self {
            Expression::Variable => x,
            Expression::Constant(value) => *value,
            Expression::Negate(a) => -a.evaluate(x),
            Expression::Binary(operator, a, b) => operator.evaluate(a.evaluate(x), b.evaluate(x)),
            Expression::Call(function, arguments) => {
                let arguments: Vec<f64> = arguments.iter().map(|argument| argument.evaluate(x)).collect();
                function.evaluate(&arguments)
            }
            Expression::Condition(comparison, parts) => {
                let [left, right, then, otherwise] = parts.as_ref();
                match comparison.holds(left.evaluate(x), right.evaluate(x)) {
                    Some(true) => then.evaluate(x),
                    Some(false) => otherwise.evaluate(x),
                    None => f64::NAN,
                }
            }
        }
    }
}

impl BinaryOperator {
    fn evaluate(self, a: f64, b: f64) -> f64 {
        match self {
            BinaryOperator::Add => a + b,
            BinaryOperator::Subtract => a - b,
            BinaryOperator::Multiply => a * b,
            BinaryOperator::Divide => a / b,
        }
    }
}

impl Comparison {
    /// `None` where an operand is NaN: what an undefined number decides is undefined.
    fn holds(self, a: f64, b: f64) -> Option<bool> {
        let ordering = a.partial_cmp(&b)?;
        Some(match self {
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
        })
    }
}

impl NamedFunction {
    /// NaN where the number of arguments is wrong, which the parser does not let through.
    fn evaluate(self, arguments: &[f64]) -> f64 {
        match (self, arguments) {
            (NamedFunction::Abs, &[x]) => x.abs(),
            (NamedFunction::Exp, &[x]) => libm::exp(x),
            (NamedFunction::Ln, &[x]) => libm::log(x),
            (NamedFunction::Sqrt, &[x]) => x.sqrt(),
            (NamedFunction::Sin, &[x]) => libm::sin(x),
            (NamedFunction::Cos, &[x]) => libm::cos(x),
            (NamedFunction::Tanh, &[x]) => libm::tanh(x),
            (NamedFunction::Sigmoid, &[x]) => sigmoid(x),
            (NamedFunction::Erf, &[x]) => libm::erf(x),
            (NamedFunction::Floor, &[x]) => x.floor(),
            (NamedFunction::Min, &[a, b]) => minimum(a, b),
            (NamedFunction::Max, &[a, b]) => maximum(a, b),
            (NamedFunction::Clamp, &[x, low, high]) => clamp(x, low, high),
            (NamedFunction::Pow, &[base, exponent]) => libm::pow(base, exponent),
            _ => f64::NAN,
        }
    }
}

/// Klambauer et al., "Self-Normalizing Neural Networks", 2017, with PyTorch's digits.
const SELU_SCALE: f64 = 1.0507009873554804934193349852946;
const SELU_ALPHA: f64 = 1.6732632423543772848170429916717;

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

fn hard_sigmoid(x: f64) -> f64 {
    clamp(x / 6.0 + 0.5, 0.0, 1.0)
}

fn elu(x: f64, alpha: f64) -> f64 {
    if x > 0.0 { x } else { alpha * libm::expm1(x) }
}

/// `ln(1 + e^x)` without overflow.
fn softplus(x: f64) -> f64 {
    maximum(x, 0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// The smaller; unlike `f64::min`, NaN where either is.
fn minimum(a: f64, b: f64) -> f64 {
    if a.is_nan() || a < b { a } else { b }
}

/// The larger; unlike `f64::max`, NaN where either is.
fn maximum(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

fn clamp(x: f64, low: f64, high: f64) -> f64 {
    minimum(maximum(x, low), high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formulas of PyTorch's documentation, computed by mpmath with 40 digits.
    #[test]
    fn values_of_the_formulas() {
        let points = [-3.5, -1.0, -0.25, 0.0, 0.5, 2.0, 7.0];
        let cases: Vec<(Function, [f64; 7])> = vec![
            (Function::Relu, [0.0, 0.0, 0.0, 0.0, 0.5, 2.0, 7.0]),
            (Function::Relu6, [0.0, 0.0, 0.0, 0.0, 0.5, 2.0, 6.0]),
            (Function::LeakyRelu { slope: 0.125 }, [-0.4375, -0.125, -0.03125, 0.0, 0.5, 2.0, 7.0]),
            (Function::HardTanh { min: -1.0, max: 1.5 }, [-1.0, -1.0, -0.25, 0.0, 0.5, 1.5, 1.5]),
            (
                Function::Tanh,
                [
                    -0.9981778976111987,
                    -0.7615941559557649,
                    -0.24491866240370913,
                    0.0,
                    0.46211715726000974,
                    0.9640275800758169,
                    0.9999983369439447,
                ],
            ),
            (
                Function::Sigmoid,
                [
                    0.02931223075135632,
                    0.2689414213699951,
                    0.4378234991142019,
                    0.5,
                    0.6224593312018546,
                    0.8807970779778824,
                    0.9990889488055994,
                ],
            ),
            (
                Function::HardSigmoid,
                [
                    0.0,
                    0.3333333333333333,
                    0.4583333333333333,
                    0.5,
                    0.5833333333333334,
                    0.8333333333333334,
                    1.0,
                ],
            ),
            (
                Function::HardSwish,
                [
                    0.0,
                    -0.3333333333333333,
                    -0.11458333333333333,
                    0.0,
                    0.2916666666666667,
                    1.6666666666666667,
                    7.0,
                ],
            ),
            (
                Function::Silu,
                [
                    -0.10259280762974711,
                    -0.2689414213699951,
                    -0.10945587477855047,
                    0.0,
                    0.3112296656009273,
                    1.7615941559557649,
                    6.993622641639195,
                ],
            ),
            (
                Function::Gelu { approximate: false },
                [
                    -0.0008142017766243376,
                    -0.15865525393145705,
                    -0.10032341857926907,
                    0.0,
                    0.34573123063700656,
                    1.9544997361036416,
                    6.999999999991041,
                ],
            ),
            (
                Function::Gelu { approximate: true },
                [
                    -0.0006161976553736633,
                    -0.1588080093917233,
                    -0.100324649298315,
                    0.0,
                    0.34571400982514394,
                    1.954597694087775,
                    6.999999999999997,
                ],
            ),
            (
                Function::Elu { alpha: 0.5 },
                [-0.48490130828884076, -0.31606027941427883, -0.11059960846429756, 0.0, 0.5, 2.0, 7.0],
            ),
            (
                Function::Selu,
                [
                    -1.7050093409572833,
                    -1.1113307378125628,
                    -0.38889019747811904,
                    0.0,
                    0.5253504936777402,
                    2.101401974710961,
                    7.354906911488364,
                ],
            ),
            (
                Function::Softplus { beta: 2.0 },
                [
                    0.00045573322688712237,
                    0.06346400552148625,
                    0.23703849209005334,
                    0.34657359027997264,
                    0.6566308437591114,
                    2.0090749639589047,
                    7.000000415764187,
                ],
            ),
            (
                Function::Softsign,
                [-0.7777777777777778, -0.5, -0.2, 0.0, 0.3333333333333333, 0.6666666666666666, 0.875],
            ),
            (
                Function::Mish,
                [
                    -0.10409575448637122,
                    -0.3034014613741089,
                    -0.12992696367914103,
                    0.0,
                    0.37524521130489513,
                    1.9439589595339946,
                    6.999988379809741,
                ],
            ),
        ];
        for (function, values) in cases {
            for (x, value) in points.into_iter().zip(values) {
                let found = function.evaluate(x);
                assert!((found - value).abs() <= 1e-15 * value.abs().max(1.0), "{function:?}({x}) = {found}");
            }
        }
    }

    #[test]
    fn far_from_zero_functions_keep_their_limits() {
        for x in [1e3, 1e30, 1e300] {
            for function in
                [Function::Silu, Function::Mish, Function::HardSwish, Function::Softplus { beta: 2.0 }]
            {
                assert_eq!(function.evaluate(x), x, "{function:?}");
                assert_eq!(function.evaluate(-x), 0.0, "{function:?}");
            }
            assert_eq!(Function::Gelu { approximate: false }.evaluate(-x), 0.0);
            assert_eq!(Function::Elu { alpha: 2.0 }.evaluate(-x), -2.0);
            assert_eq!(Function::Sigmoid.evaluate(-x), 0.0);
            assert_eq!(Function::Tanh.evaluate(x), 1.0);
        }
    }

    #[test]
    fn what_is_undefined_stays_undefined() {
        use Expression::*;
        let logarithm = || Call(NamedFunction::Ln, vec![Variable]);
        assert!(logarithm().evaluate(-1.0).is_nan());
        for function in [NamedFunction::Max, NamedFunction::Min] {
            assert!(Call(function, vec![logarithm(), Constant(0.0)]).evaluate(-1.0).is_nan());
            assert!(Call(function, vec![Constant(0.0), logarithm()]).evaluate(-1.0).is_nan());
        }
        let condition =
            Condition(Comparison::Less, Box::new([logarithm(), Constant(0.0), Constant(1.0), Constant(2.0)]));
        assert!(condition.evaluate(-1.0).is_nan());
        assert_eq!(condition.evaluate(0.5), 1.0);
        assert_eq!(condition.evaluate(1.0), 2.0);
        assert!(Call(NamedFunction::Abs, vec![]).evaluate(1.0).is_nan());
    }

    #[test]
    fn only_clamps_are_clamps() {
        assert_eq!(Function::HardTanh { min: -1.0, max: 1.0 }.as_clamp(), Some([-1.0, 1.0]));
        assert_eq!(Function::HardTanh { min: 1.0, max: -1.0 }.as_clamp(), None);
        assert_eq!(Function::LeakyRelu { slope: 0.0 }.as_clamp(), None);
    }
}
