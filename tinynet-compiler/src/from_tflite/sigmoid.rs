//! `TANH` and `LOGISTIC` of int16: by the same table, interpolated.

use super::quantization::Integers;
use super::{Conversion, Converted, EITHER, Problem, Step};
use crate::quantized::QuantizedOperator;
use tinynet_core::kernels::{Logistic16, Tanh16};

impl<'m> Conversion<'m> {
    /// `TANH` where `is_tanh`, else `LOGISTIC`: TensorFlow Lite's `TanhPrepare` and `SigmoidPrepare`.
    pub(super) fn sigmoid_16(
        &mut self,
        step: Step<'m>,
        input: Integers,
        output: Integers,
        is_tanh: bool,
    ) -> Converted<()> {
        if output.scale != 1.0 / 32768.0 {
            return Err(Problem::new(
                format!("its output counts in steps of {}", output.scale),
                "TensorFlow Lite's int16 kernel makes steps of 1/32768: convert the model again",
            )
            .into());
        }
        let computed = self.computed_of(step, 0, EITHER)?;
        let (_, tensor) = self.output(step)?;
        self.check_elements(&computed, tensor)?;
        let Some((multiplier, shift)) = steps_of_table(input.scale) else {
            return Err(Problem::new(
                format!("its input counts in steps of {}", input.scale),
                "the table has no room for that: TensorFlow Lite itself has no answer",
            )
            .into());
        };
        let (operator, lowest) = match is_tanh {
            true => (QuantizedOperator::Tanh16(Tanh16 { multiplier, shift }), -32768),
            false => (QuantizedOperator::Logistic16(Logistic16 { multiplier, shift }), 0),
        };
        self.add(step, operator, vec![computed.id], [lowest, 32767])?;
        Ok(())
    }
}

/// Multiplier and right shift from steps of a scale to those of the table, of which 3 · 4096 are 1; `None` where the
/// multiplier has more than 16 bits.
fn steps_of_table(scale: f32) -> Option<(i32, u8)> {
    // Steps of 1/4096 or twice that, to a thousandth: a product by 3 or 6.
    let power = libm::log2f(scale);
    let rounded = libm::roundf(power);
    if (power - rounded).abs() < 1e-3 && (rounded == -12.0 || rounded == -11.0) {
        return Some((if rounded == -12.0 { 3 } else { 6 }, 0));
    }
    let (mut multiplier, mut shift) = (f64::from(scale) * 4096.0 * 3.0, 0);
    while multiplier <= 32767.0 / 2.0 && shift <= 30 {
        multiplier *= 2.0;
        shift += 1;
    }
    (multiplier < 32768.0).then_some((multiplier as i32, shift))
}
