//! What int8 tensors of a file stand for.

use super::{Conversion, Converted, Problem, check_int8};
use crate::import::tflite::{Activation, TensorIndex};
use crate::quantized::Quantization;

/// `(q - zero_point) · scale`; the scale is float32, as in the file: reference kernels calculate with it as such.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Int8 {
    pub(super) scale: f32,
    pub(super) zero_point: i32,
}

impl From<Int8> for Quantization {
    fn from(int8: Int8) -> Self {
        Quantization::Affine { scale: f64::from(int8.scale), zero_point: int8.zero_point }
    }
}

impl Conversion<'_> {
    /// What an int8 tensor with one scale stands for.
    pub(super) fn int8(&self, index: TensorIndex) -> Converted<Int8> {
        if let Some(&int8) = self.real_int8s.get(&index) {
            return Ok(int8);
        }
        let tensor = &self.subgraph.tensors[index];
        let place = self.tensor_place(index);
        check_int8(&place, tensor)?;
        let again = "convert the model again with full integer quantisation";
        let quantization = tensor
            .quantization
            .as_ref()
            .filter(|quantization| !quantization.has_details)
            .ok_or_else(|| Problem::new(format!("{place} has no scale"), again))?;
        match (&quantization.scales[..], &quantization.zero_points[..]) {
            (&[scale], &[zero_point]) if scale.is_normal() => {
                Ok(Int8 { scale, zero_point: zero_point as i32 })
            }
            (&[scale], _) => Err(Problem::new(format!("{place} has the scale {scale}"), again).into()),
            (scales, _) => {
                Err(Problem::new(format!("{place} has {} scales where values have one", scales.len()), again)
                    .into())
            }
        }
    }
}

/// The int8s that an activation function leaves: TensorFlow Lite's `CalculateActivationRangeQuantized`.
pub(super) fn activation_range(activation: Activation, output: Int8) -> Converted<[i8; 2]> {
    // Calculated in float32 there.
    let quantize = |real: f32| {
        let steps = f64::from(libm::roundf(real / output.scale));
        (steps + f64::from(output.zero_point)).clamp(-128.0, 127.0) as i8
    };
    Ok(match activation {
        Activation::None => [i8::MIN, i8::MAX],
        Activation::Relu => [quantize(0.0), i8::MAX],
        Activation::Relu6 => [quantize(0.0), quantize(6.0)],
        Activation::ReluN1To1 => [quantize(-1.0), quantize(1.0)],
        other => {
            return Err(Problem::new(
                format!("its fused activation is {other}"),
                "RELU, RELU6 and RELU_N1_TO_1 can be fused; make any other an operator of its own",
            )
            .into());
        }
    })
}
