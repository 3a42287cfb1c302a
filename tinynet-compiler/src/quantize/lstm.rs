//! Long short-term memory in integers: int8 weights with one scale a matrix, gates in Q3.12, the cells' state of 16 bits.
//!
//! That is TensorFlow Lite's quantisation (`quantize_model.cc`, its 8x8_16 LSTM): what cells hold has the power of two as its
//! scale that covers the largest they held for the samples.

use super::arithmetic::sum_beyond_32_bits;
use super::operators::{Made, Request};
use super::{Problem, affine};
use crate::graph;
use crate::quantized::{Lstm, LstmGate, Quantization, QuantizedOperator, QuantizedTensor};

/// Gates are calculated in Q3.12.
const GATE_SCALE: f64 = 1.0 / 4096.0;

/// Products of two Q0.15.
const PRODUCT_SCALE: f64 = 1.0 / (1 << 30) as f64;

/// Most integer bits of the cells' state.
const MOST_BITS: u8 = 6;

/// Integer bits of the cells' state, where the largest is `largest`.
pub(super) fn integer_bits(largest: f64) -> u8 {
    (0..MOST_BITS).find(|&bits| largest <= f64::from(1u32 << bits)).unwrap_or(MOST_BITS)
}

/// What the integers of the cells' state stand for.
pub(super) fn of_cells(bits: u8) -> Quantization {
    Quantization::Affine { scale: f64::from(1u32 << bits) / 32_768.0, zero_point: 0 }
}

impl Request<'_> {
    /// Of a memory whose cells held `largest` at the most.
    pub(super) fn lstm(&self, lstm: &graph::Lstm, largest: f64) -> Result<Made, Problem> {
        let input = &self.inputs[0];
        let gate = |gate: &graph::LstmGate| self.gate(gate, input);
        let [i, f, g, o] = &lstm.gates;
        let gates = [gate(i)?, gate(f)?, gate(g)?, gate(o)?];
        let bits = integer_bits(largest);
        let cell_limits = match lstm.cell_limit {
            Some(limit) => {
                let steps = (f64::from(limit) / of_cells(bits).scale()).clamp(1.0, 32_767.0) as i16;
                [-steps, steps]
            }
            None => [i16::MIN, i16::MAX],
        };
        let zero_point = self.output.zero_point();
        let operator = Lstm {
            steps: lstm.steps,
            inputs: lstm.inputs,
            cells: lstm.cells,
            input_zero_point: input.quantization.zero_point(),
            gates,
            cell_integer_bits: bits,
            cell_limits,
            output_multiplier: affine::multiplier(PRODUCT_SCALE / self.output.scale())
                .ok_or_else(|| self.too_far_apart("remembers", [input, input]))?,
            output_zero_point: zero_point,
            // An int8: the quantisation of an int8 tensor.
            hidden_zero_point: zero_point as i8,
        };
        Ok((QuantizedOperator::Lstm(operator), [-128, 127]))
    }

    fn gate(&self, gate: &graph::LstmGate, input: &QuantizedTensor) -> Result<LstmGate, Problem> {
        let (input_weights, input_scale) = integers(&gate.input_weights);
        let (recurrent_weights, recurrent_scale) = integers(&gate.recurrent_weights);
        let step = input.quantization.scale() * input_scale;
        let bias: Vec<i32> = gate.bias.iter().map(|&bias| (f64::from(bias) / step).round() as i32).collect();
        let away = |bounds: [i32; 2], zero_point: i32| bounds.map(|bound| bound - zero_point);
        let sums = [
            (&input_weights, bias.clone(), away(input.bounds, input.quantization.zero_point())),
            (&recurrent_weights, vec![0; bias.len()], away([-128, 127], self.output.zero_point())),
        ];
        if sums.iter().any(|(weights, bias, bounds)| sum_beyond_32_bits(weights, bias, *bounds).is_some()) {
            return Err(Problem::new(
                "a sum of it does not fit the 32 bits of an accumulator",
                "bring its input and its bias to similar ranges, for instance by `range: [min, max]` in the layers before",
            ));
        }
        let factor = |scale: f64, values: Quantization| {
            affine::multiplier(scale * values.scale() / GATE_SCALE)
                .ok_or_else(|| self.too_far_apart("remembers", [input, input]))
        };
        Ok(LstmGate {
            input_multiplier: factor(input_scale, input.quantization)?,
            recurrent_multiplier: factor(recurrent_scale, self.output)?,
            input_weights,
            bias,
            recurrent_weights,
        })
    }
}

/// Weights as int8s, the largest as 127, and the real value of 1.
fn integers(weights: &[f32]) -> (Vec<i8>, f64) {
    let largest = weights.iter().fold(0f64, |largest, &weight| largest.max(f64::from(weight).abs()));
    // All zeros have any scale.
    let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
    (weights.iter().map(|&weight| (f64::from(weight) / scale).round() as i8).collect(), scale)
}
