//! Activation functions, and the user's own expressions.

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
