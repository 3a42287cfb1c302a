//! Functions of one int8: tables, filled by the arithmetic of TensorFlow Lite's reference kernels.

use super::elementwise::Rescale;
use super::multiplier::multiplier;
use super::quantization::{Integers, activation_range};
use super::{Conversion, Converted, EITHER, Problem, Step};
use crate::import::tflite::Activation;
use crate::quantized::Element;
use std::cell::Cell;
use tinynet_core::requantize::{
    multiply, rounding_divide_by_power_of_two, saturating_rounding_doubling_high_multiply as high_multiply,
};

/// A function of real numbers that TensorFlow Lite looks up in a table, which it fills in float32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RealFunction {
    Elu,
    Exp,
    Gelu,
    ApproximateGelu,
    Logistic,
    Tanh,
}

impl RealFunction {
    /// The value in float32, operation by operation as in TensorFlow Lite.
    ///
    /// It calls the C library, whose functions are off by a bit in the last place here and there. Of the ways to get near
    /// to glibc's, with which reference outputs are made, each function has the one that differs least.
    pub(super) fn of(self, x: f32) -> f32 {
        match self {
            Self::Elu if x < 0.0 => libm::expm1f(x),
            Self::Elu => x,
            Self::Exp => exponential(x),
            Self::Gelu => 0.5 * x * (1.0 + libm::erff(x * std::f32::consts::FRAC_1_SQRT_2)),
            Self::ApproximateGelu => {
                // The square root of 2 / pi.
                let factor = (std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2) as f32;
                0.5 * x * (1.0 + hyperbolic_tangent(factor * (x + 0.044_715 * x * x * x)))
            }
            Self::Logistic => 1.0 / (1.0 + exponential(-x)),
            Self::Tanh => hyperbolic_tangent(x),
        }
    }
}

/// `e^x`, the float32 nearest to it.
fn exponential(x: f32) -> f32 {
    libm::exp(f64::from(x)) as f32
}

/// `tanh x` by way of `e^2x - 1`: near -1 and 1 the rounding errors of this way count.
fn hyperbolic_tangent(x: f32) -> f32 {
    let magnitude = match x.abs() {
        22.0.. => 1.0,
        large @ 1.0.. => 1.0 - 2.0 / (libm::expm1f(2.0 * large) + 2.0),
        small => {
            let t = libm::expm1f(-2.0 * small);
            -t / (t + 2.0)
        }
    };
    magnitude.copysign(x)
}

impl<'m> Conversion<'m> {
    /// `ELU`, `EXP`, `GELU`, `LOGISTIC`, `TANH`
    pub(super) fn real_function(&mut self, step: Step<'m>, function: RealFunction) -> Converted<()> {
        let types = match function {
            RealFunction::Exp | RealFunction::Logistic | RealFunction::Tanh => EITHER,
            _ => &[Element::Int8][..],
        };
        let (input, output) = self.in_and_out_of(step, types)?;
        if output.element == Element::Int16 {
            return match function {
                RealFunction::Exp => self.interpolation(step, input, output, exponential),
                _ => self.sigmoid_16(step, input, output, function == RealFunction::Tanh),
            };
        }
        if function == RealFunction::Logistic && output.scale != 1.0 / 256.0 {
            return Err(Problem::new(
                format!("its output counts in steps of {}", output.scale),
                "TensorFlow Lite's int8 LOGISTIC makes steps of 1/256: convert the model again",
            )
            .into());
        }
        let steps = 1.0 / output.scale;
        // What no 32-bit integer holds TensorFlow Lite's kernel converts all the same, to what its processor likes.
        let is_defined = Cell::new(true);
        self.table(step, |x| {
            let real = input.scale * (i32::from(x) - input.zero_point) as f32;
            let rescaled = libm::roundf(function.of(real) * steps) + output.zero_point as f32;
            is_defined.set(is_defined.get() && rescaled.abs() < 2f32.powi(31));
            rescaled.clamp(-128.0, 127.0) as i8
        })?;
        if is_defined.get() {
            return Ok(());
        }
        Err(Problem::new(
            format!("its values reach beyond 32 bits in steps of {}", output.scale),
            "TensorFlow Lite itself has no answer there: calibrate with samples that reach every value",
        )
        .into())
    }

    /// `LOG`; of 0 and less it is the smallest output.
    pub(super) fn logarithm(&mut self, step: Step<'m>) -> Converted<()> {
        let (input, output) = self.in_and_out_of(step, EITHER)?;
        let logarithm = |real: f32| libm::log(real.into()) as f32;
        if output.element != Element::Int8 {
            let least = -32768.0 * output.scale;
            return self.interpolation(step, input, output, |x| if x <= 0.0 { least } else { logarithm(x) });
        }
        let steps = 1.0 / output.scale;
        self.table(step, |x| {
            let real = input.scale * (i32::from(x) - input.zero_point) as f32;
            if real <= 0.0 {
                return i8::MIN;
            }
            (libm::roundf(logarithm(real) * steps) + output.zero_point as f32).clamp(-128.0, 127.0) as i8
        })
    }

    /// `RELU`, `RELU6`, `RELU_N1_TO_1`, `RELU_0_TO_1`
    pub(super) fn relu(&mut self, step: Step<'m>, activation: Activation) -> Converted<()> {
        // TensorFlow Lite's reference kernel has no other of int16.
        let types = match activation {
            Activation::Relu | Activation::Relu6 => EITHER,
            _ => &[Element::Int8][..],
        };
        let (_, output) = self.in_and_out_of(step, types)?;
        let clamp = activation_range(activation, output)?;
        self.clamped(step, clamp)
    }

    /// `RELU_0_TO_1`
    pub(super) fn relu_0_to_1(&mut self, step: Step<'m>) -> Converted<()> {
        let (_, output) = self.in_and_out(step)?;
        let [low, _] = activation_range(Activation::Relu, output)?;
        let [_, high] = activation_range(Activation::ReluN1To1, output)?;
        self.clamped(step, [low, high])
    }

    fn clamped(&mut self, step: Step<'m>, clamp: [i32; 2]) -> Converted<()> {
        let (input, output) = self.in_and_out_of(step, EITHER)?;
        if output.element != Element::Int8 {
            return self.rescale(step, [single_precision_quotient(input, output); 2], clamp);
        }
        let rescale = Rescale::new(single_precision_quotient(input, output), input, output)?;
        self.table(step, |x| i32::from(rescale.of(x)).max(clamp[0]).min(clamp[1]) as i8)
    }

    /// `LEAKY_RELU`
    pub(super) fn leaky_relu(&mut self, step: Step<'m>, alpha: f32) -> Converted<()> {
        let (input, output) = self.in_and_out_of(step, EITHER)?;
        let slope = f64::from(input.scale * alpha / output.scale);
        if !slope.is_finite() {
            return Err(Problem::new(format!("its slope is {alpha}"), "convert the model again").into());
        }
        if output.element != Element::Int8 {
            let factors = [slope, single_precision_quotient(input, output)];
            return self.rescale(step, factors, output.element.range());
        }
        let positive = Rescale::new(single_precision_quotient(input, output), input, output)?;
        let negative = Rescale::new(slope, input, output)?;
        self.table(step, |x| if i32::from(x) < input.zero_point { negative.of(x) } else { positive.of(x) })
    }

    /// `ABS`
    pub(super) fn absolute(&mut self, step: Step<'m>) -> Converted<()> {
        let (input, output) = self.in_and_out_of(step, EITHER)?;
        let factor = single_precision_quotient(input, output);
        if output.element != Element::Int8 {
            return self.rescale(step, [-factor, factor], output.element.range());
        }
        let (multiplier, shift) = multiplier(factor)?;
        self.table(step, |x| {
            let value = (i32::from(x) - input.zero_point).abs();
            let value = if input.scale == output.scale { value } else { multiply(value, multiplier, shift) };
            value.saturating_add(output.zero_point).clamp(-128, 127) as i8
        })
    }

    /// `RSQRT`, of positive numbers; 0 gives the largest.
    pub(super) fn reciprocal_square_root(&mut self, step: Step<'m>) -> Converted<()> {
        /// Binary places between the two multiplications.
        const PLACES: i8 = 20;
        let (input, output) = self.in_and_out_of(step, EITHER)?;
        let bounds = self.computed_of(step, 0, EITHER)?.bounds;
        if bounds[0] < input.zero_point {
            return Err(Problem::new(
                format!(
                    "its input can be negative: it goes from {} on, and {} is 0",
                    bounds[0], input.zero_point
                ),
                "TensorFlow Lite stops there: make its input positive, by RELU or calibration",
            )
            .into());
        }
        if output.element != Element::Int8 {
            let largest = 32767.0 * output.scale;
            return self.interpolation(step, input, output, |x| {
                if x <= 0.0 { largest } else { 1.0 / libm::sqrtf(x) }
            });
        }
        let (multiplier, shift) = multiplier(1.0 / f64::from(libm::sqrtf(input.scale) * output.scale))?;
        let Some(shift) = shift.checked_sub(PLACES).filter(|&shift| shift >= -31) else {
            return Err(
                Problem::new("its output counts in steps too large", "convert the model again").into()
            );
        };
        self.table(step, |x| {
            let value = i32::from(x) - input.zero_point;
            if value <= 0 {
                return i8::MAX;
            }
            let (inverse, exponent) = inverse_square_root(value);
            let data = multiply(1, inverse, exponent + PLACES);
            multiply(data, multiplier, shift).saturating_add(output.zero_point).clamp(-128, 127) as i8
        })
    }

    /// `HARD_SWISH`: in 16-bit fixed-point arithmetic.
    pub(super) fn hard_swish(&mut self, step: Step<'m>) -> Converted<()> {
        let (input, output) = self.in_and_out(step)?;
        let fine_scale = 1.0 / 128.0 * input.scale;
        let (output_multiplier, output_exponent) = multiplier(f64::from(fine_scale / output.scale))?;
        let (gate_multiplier, gate_exponent) = multiplier(f64::from(fine_scale / (3.0 / 32768.0)))?;
        if !(-15..=0).contains(&output_exponent) || !(-15..=16).contains(&gate_exponent) {
            return Err(Problem::new(
                format!("it makes steps of {} of steps of {}", output.scale, input.scale),
                "16 bits, which TensorFlow Lite calculates with, are too few for that: calibrate again",
            )
            .into());
        }
        let [output_multiplier, gate_multiplier] = [output_multiplier, gate_multiplier].map(upper_half);
        self.table(step, |x| {
            // All numbers have 16 bits there; differences of int8s do, times 128, too.
            let fine = ((i32::from(x) - input.zero_point) * 128) as i16;
            let value = high_multiply_16(fine, output_multiplier);
            let mut gate = fine;
            if gate_exponent > 0 {
                gate = saturating_shift_16(gate, gate_exponent as u32 - 1);
            }
            gate = high_multiply_16(gate, gate_multiplier);
            if gate_exponent > 0 {
                gate = saturating_shift_16(gate, 1);
            }
            if gate_exponent < 0 {
                gate = divide_16(gate, gate_exponent.unsigned_abs().into());
            }
            let gate = (i32::from(gate) + (1 << 15)) >> 1;
            // Towards zero.
            let product = (gate * i32::from(value) / (1 << 15)) as i16;
            let steps = i32::from(divide_16(product, output_exponent.unsigned_abs().into()));
            (steps + output.zero_point).clamp(-128, 127) as i8
        })
    }

    /// What input and output of an operator on one tensor stand for.
    fn in_and_out(&self, step: Step<'m>) -> Converted<(Integers, Integers)> {
        self.in_and_out_of(step, &[Element::Int8])
    }

    /// The same for one that has kernels of some types.
    fn in_and_out_of(&self, step: Step<'m>, types: &[Element]) -> Converted<(Integers, Integers)> {
        let (output, _) = self.output(step)?;
        let (input, output) =
            (self.computed_of(step, 0, types)?.quantization, self.integers_of(output, types)?);
        if input.element == output.element {
            return Ok((input, output));
        }
        Err(Problem::new(
            format!("it makes {} of {}", output.element, input.element),
            "put a QUANTIZE between: this version imports it between tensors of one type",
        )
        .into())
    }
}

/// Quotient of two scales as kernels calculate it that keep scales in float32.
fn single_precision_quotient(input: Integers, output: Integers) -> f64 {
    f64::from(input.scale / output.scale)
}

/// A Q31 multiplier as Q15.
fn upper_half(multiplier: i32) -> i16 {
    if multiplier >= i32::MAX - (1 << 15) { i16::MAX } else { ((multiplier + (1 << 15)) >> 16) as i16 }
}

/// gemmlowp's `SaturatingRoundingDoublingHighMul` of 16 bits.
fn high_multiply_16(a: i16, b: i16) -> i16 {
    if a == i16::MIN && b == i16::MIN {
        return i16::MAX;
    }
    let product = i32::from(a) * i32::from(b);
    let nudge = if product >= 0 { 1 << 14 } else { 1 - (1 << 14) };
    // Towards zero.
    ((product + nudge) / (1 << 15)) as i16
}

fn saturating_shift_16(value: i16, shift: u32) -> i16 {
    (i32::from(value) << shift).clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// gemmlowp's `RoundingDivideByPOT` of 16 bits.
fn divide_16(value: i16, exponent: u32) -> i16 {
    // Beyond 16 bits nothing is left, and what shifts do there is nobody's business.
    rounding_divide_by_power_of_two(value.into(), exponent.min(31)) as i16
}

/// `value^-1/2` as a multiplier and a power of two: TensorFlow Lite's `GetInvSqrtQuantizedMultiplierExp`.
///
/// Newton's method in fixed point of 3 integer bits; `value` is between 1 and 255.
fn inverse_square_root(value: i32) -> (i32, i8) {
    /// 3/2 in Q3.28, and the square root of 1/2 in Q0.31.
    const THREE_HALVES: i32 = (1 << 28) + (1 << 27);
    const SQUARE_ROOT_OF_HALF: i32 = 1_518_500_250;
    if value <= 1 {
        return (i32::MAX, 0);
    }
    let pairs = (value.leading_zeros() - 1) / 2 - 1;
    // Between 2^27 and 2^29.
    let half = rounding_divide_by_power_of_two((value << (2 * pairs)) >> 1, 1);
    let mut x = 1 << 28;
    for _ in 0..5 {
        // 9 integer bits, then 6, brought back to 3.
        let cube = saturating_shift(high_multiply(high_multiply(x, x), x), 6);
        x = saturating_shift(high_multiply(THREE_HALVES, x).wrapping_sub(high_multiply(half, cube)), 3);
    }
    x = high_multiply(x, SQUARE_ROOT_OF_HALF);
    match 11 - pairs as i32 {
        shift @ 0.. => (x, -shift as i8),
        shift => (x.wrapping_shl(shift.unsigned_abs()), 0),
    }
}

/// gemmlowp's `SaturatingRoundingMultiplyByPOT`, to the left.
fn saturating_shift(value: i32, shift: u32) -> i32 {
    let most = i32::MAX >> shift;
    if value > most {
        i32::MAX
    } else if value < -most {
        i32::MIN
    } else {
        value << shift
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_square_roots_are_near_the_real_ones() {
        for value in 2..256 {
            let (multiplier, exponent) = inverse_square_root(value);
            let made = f64::from(multiplier) * f64::from(exponent).exp2() / 2f64.powi(31);
            let real = f64::from(value).sqrt().recip();
            assert!((made / real - 1.0).abs() < 1e-4, "{value}: {made}, {real}");
        }
    }
}
