//! What layers without weights cost on a Cortex-M0.
//!
//! Bytes of the symbols of linked programs, one a network, for networks of every kind of layer.

use super::CodeShape;
use super::cost::{ACCUMULATE, Cost, GATHER, MULTIPLY, Shared, TAPS, TRANSPOSED, WIDE, table_bytes};
use crate::kernel_parameters::{
    KernelParameters, LstmGateParameters, LstmParameters, MultiplyParameters, PairKernel,
    RequantizeParameters,
};
use crate::quantized::Element;

const TABLE: Shared = ("table", 84);
/// The table of two functions of int16.
pub(super) const LOGISTIC: Shared = ("table of the logistic function", 512);
const COPY: Shared = ("copy", 56);
/// What the compiler's library fills memory with.
pub(super) const FILL: Shared = ("memset", 158);

pub(super) fn cost(kernel: &KernelParameters, shape: &CodeShape) -> Cost {
    if let (KernelParameters::GemmlowpSoftmax { .. }, CodeShape::Compact) = (kernel, shape) {
        return compact_softmax();
    }
    let (weights, macs) = match kernel {
        KernelParameters::TransposeConv2d(window, linear) => {
            let weights = linear.weights.len();
            (weights, weights * window.input[0] * window.input[1])
        }
        KernelParameters::Lstm(lstm) => {
            let of_gate = lstm.cells * (lstm.inputs + lstm.cells);
            (4 * of_gate, 4 * of_gate * lstm.steps)
        }
        KernelParameters::Svdf(svdf) => {
            let weights = svdf.filters * (svdf.inputs + svdf.memory);
            (weights, weights)
        }
        KernelParameters::AsymmetricConv2d(asymmetric) => {
            let weights = asymmetric.weights.len();
            (weights, weights * asymmetric.window.output[0] * asymmetric.window.output[1])
        }
        KernelParameters::WideConv2d(window, _, wide) => {
            let weights = wide.weights.len();
            (weights, weights * window.output[0] * window.output[1])
        }
        _ => (0, 0),
    };
    Cost { weights, macs, flash: flash(kernel), shared: shared(kernel), ..Cost::default() }
}

/// A softmax that calculates its exponentials.
fn compact_softmax() -> Cost {
    Cost {
        flash: 76,
        shared: vec![("gemmlowp_softmax 2", 280), ("exponential", 210), RECIPROCAL, HIGH_MULTIPLY],
        ..Cost::default()
    }
}

/// Newton's method.
pub(super) const RECIPROCAL: Shared = ("reciprocal", 100);
/// A product of 64 bits.
pub(super) const HIGH_MULTIPLY: Shared = ("high multiply", 60);

/// The call of a kernel without tables.
const CALL: usize = 36;

/// Of functions that take more code for int16s.
pub(super) fn widen((name, bytes): &mut Shared) {
    *bytes = match *name {
        "max_pool" => 540,
        "means" => 360,
        _ => *bytes,
    };
}

/// Tables and the call; every kernel is named, so that none whose tables are not counted compiles.
fn flash(kernel: &KernelParameters) -> usize {
    match kernel {
        KernelParameters::Reshape => 0,
        KernelParameters::Table(_) => 256 + 28,
        KernelParameters::Lookup(lookup) => lookup.values.len() * lookup.element.bytes() + 40,
        KernelParameters::PRelu(prelu) => 2 * prelu.slopes.len() + 64,
        KernelParameters::Concat(parts) => {
            parts.iter().map(|(_, table)| if table.is_some() { 256 + 100 } else { 100 }).sum()
        }
        KernelParameters::Interpolation(_) => 2 * 513 + 28,
        KernelParameters::Softmax16(..) => 2 * 2 * 513 + 72,
        KernelParameters::AsymmetricConv2d(asymmetric) => {
            asymmetric.weights.len() + 4 * asymmetric.bias.len() + 150
        }
        KernelParameters::WideConv2d(_, _, wide) => wide.weights.len() + 11 * wide.bias.len() + 170,
        KernelParameters::Rescale(_) => 64,
        KernelParameters::GemmlowpSoftmax { softmax, .. } => 4 * softmax.exponentials.len() + 76,
        KernelParameters::Softmax(softmax) => 2 * softmax.exponentials.len() + 72,
        KernelParameters::Pad(_) => 130,
        KernelParameters::MaxPool2d(_) => 80,
        KernelParameters::AveragePool2d(_) => 90,
        KernelParameters::AddMultiplier(_) => 72,
        KernelParameters::Multiply(_) => 60,
        KernelParameters::TransposeConv2d(_, linear) => {
            linear.weights.len() + 9 * linear.bias.len() + table_bytes(linear) + 150
        }
        KernelParameters::LogSoftmax(_, softmax) => 4 * softmax.exponentials.len() + 80,
        KernelParameters::ResizeBilinear(_) => 90,
        KernelParameters::Pair(_, constant) => 72 + constant.as_ref().map_or(0, Vec::len),
        KernelParameters::Sum { .. } | KernelParameters::Rearrange(_) => 70,
        KernelParameters::ReadVariable(first) | KernelParameters::AssignVariable(first) => {
            2 * first.len() + 40
        }
        KernelParameters::Lstm(lstm) => lstm_bytes(lstm),
        KernelParameters::Svdf(svdf) => {
            let tables = svdf.feature_weights.len() + svdf.state.bytes() * svdf.time_weights.len();
            tables + 4 * (svdf.feature_bias.len() + svdf.bias.len()) + 150
        }
        KernelParameters::Gather(gather) => 2 * (gather.rows.len() + gather.columns.len()) + 60,
        KernelParameters::Linear(..)
        | KernelParameters::Clamp(_)
        | KernelParameters::AddShift(_)
        | KernelParameters::FlipSign
        | KernelParameters::Convert(_)
        | KernelParameters::Logistic16(_)
        | KernelParameters::Tanh16(_)
        | KernelParameters::ArgMax
        | KernelParameters::Extremum(_)
        | KernelParameters::ArgExtremum(_) => CALL,
    }
}

/// The functions that layers share.
fn shared(kernel: &KernelParameters) -> Vec<Shared> {
    match kernel {
        KernelParameters::Linear(..) | KernelParameters::Reshape => vec![],
        KernelParameters::Lookup(lookup) if lookup.is_written_out() => vec![],
        KernelParameters::Lookup(_) => vec![COPY],
        KernelParameters::MaxPool2d(_) => vec![("max_pool", 390), TAPS],
        KernelParameters::AveragePool2d(_) => {
            vec![("average_pool", 500), ("sum", 304), ("divider", 214), ("means", 132), TAPS]
        }
        KernelParameters::Table(_) => vec![TABLE],
        KernelParameters::Clamp(_) => vec![("clamp", 184)],
        KernelParameters::PRelu(_) => vec![("prelu", 164)],
        KernelParameters::AddShift(_) => vec![("add_shift", 120)],
        KernelParameters::AddMultiplier(_) => vec![("add_multiplier", 180), MULTIPLY],
        KernelParameters::Multiply(multiply) => vec![self::multiply(multiply)],
        KernelParameters::TransposeConv2d(..) => vec![TRANSPOSED],
        KernelParameters::ResizeBilinear(_) => vec![("resize bilinear", 832)],
        KernelParameters::ArgExtremum(_) => vec![("arg extremum", 162)],
        KernelParameters::LogSoftmax(..) => {
            vec![("log softmax", 668), ("logarithm", 880), ("reciprocal", 200), MULTIPLY]
        }
        KernelParameters::Pair(PairKernel::Multiply(multiply), _) => vec![self::multiply(multiply)],
        KernelParameters::Pair(PairKernel::SignedSum(_), _) => vec![("signed sum", 332), MULTIPLY],
        KernelParameters::Pair(PairKernel::Larger(_), _) => vec![("larger", 92)],
        KernelParameters::Pair(PairKernel::PRelu(_), _) => vec![("prelu by multiplier", 148), MULTIPLY],
        KernelParameters::Concat(parts) => match parts.iter().filter(|(_, table)| table.is_some()).count() {
            0 => vec![COPY],
            tables if tables == parts.len() => vec![TABLE],
            _ => vec![COPY, TABLE],
        },
        KernelParameters::Pad(_) => vec![COPY, FILL],
        KernelParameters::GemmlowpSoftmax { .. } => {
            vec![("gemmlowp_softmax", 260), RECIPROCAL, HIGH_MULTIPLY]
        }
        KernelParameters::Softmax(_) => vec![("softmax", 720)],
        KernelParameters::Interpolation(_) => vec![("interpolation", 130)],
        KernelParameters::Softmax16(..) => vec![("softmax of int16", 400), MULTIPLY],
        KernelParameters::AsymmetricConv2d(_) => vec![
            ACCUMULATE,
            GATHER,
            ("requantize 9", 210),
            ("asymmetric rows", 248),
            ("sum of a patch", 32),
            ("asymmetric convolve", 312),
        ],
        KernelParameters::WideConv2d(..) => vec![WIDE],
        KernelParameters::FlipSign => vec![("flip sign", 100)],
        KernelParameters::Convert(_) => vec![("convert", 100)],
        KernelParameters::Rescale(_) => vec![("rescale", 260), MULTIPLY],
        KernelParameters::Logistic16(_) => vec![("logistic of int16", 320), LOGISTIC],
        KernelParameters::Tanh16(_) => vec![("tanh of int16", 320), LOGISTIC],
        KernelParameters::ArgMax => vec![("arg_max", 32)],
        KernelParameters::Sum { requantize: RequantizeParameters::MultiplyShift(_), .. } => {
            vec![("sum along", 176)]
        }
        KernelParameters::Sum { .. } => vec![("sum by multiplier", 312)],
        KernelParameters::Extremum(_) => vec![("extremum", 126)],
        KernelParameters::Rearrange(_) => vec![("rearrange", 190)],
        KernelParameters::Lstm(_) => vec![ACCUMULATE, ("lstm", 928), ("functions of 16 bits", 704), MULTIPLY],
        KernelParameters::Svdf(svdf) => match svdf.state {
            Element::Int8 => vec![ACCUMULATE, ("svdf 8", 420), MULTIPLY],
            _ => vec![ACCUMULATE, ("svdf 16", 420), MULTIPLY],
        },
        KernelParameters::ReadVariable(first) | KernelParameters::AssignVariable(first)
            if first.is_empty() =>
        {
            vec![COPY]
        }
        KernelParameters::ReadVariable(_) => vec![("read variable", 40)],
        KernelParameters::AssignVariable(_) => vec![("assign variable", 40)],
        KernelParameters::Gather(_) => vec![("gather rows", 182), COPY],
    }
}

/// Weights and biases of all gates, and the call.
fn lstm_bytes(lstm: &LstmParameters) -> usize {
    let of_gate = |gate: &LstmGateParameters| {
        gate.input_weights.len()
            + gate.recurrent_weights.len()
            + 4 * (gate.input_bias.len() + gate.recurrent_bias.len())
    };
    lstm.gates.iter().map(of_gate).sum::<usize>() + 310
}

fn multiply(multiply: &MultiplyParameters) -> Shared {
    if is_shift(&multiply.requantize) { ("multiply_shift", 128) } else { ("multiply_multiplier", 276) }
}

fn is_shift(requantize: &RequantizeParameters) -> bool {
    !requantize.is_multiplier()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_nothing_costs_nothing() {
        assert_eq!(cost(&KernelParameters::Reshape, &CodeShape::Nothing), Cost::default());
    }
}
