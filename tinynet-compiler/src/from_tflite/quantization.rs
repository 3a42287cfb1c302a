//! What the integers of a file's tensors stand for.

use super::{Conversion, Converted, Problem, element};
use crate::import::tflite::{Activation, TensorIndex};
use crate::quantized::{Element, Quantization};

/// `(q - zero_point) · scale`; the scale is float32, as in the file: reference kernels calculate with it as such.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Integers {
    /// The type in the graph: int8 for the uint8 of a file, whose zero point is 128 less here.
    pub(super) element: Element,
    /// Whether the file has uint8.
    pub(super) is_unsigned: bool,
    pub(super) scale: f32,
    pub(super) zero_point: i32,
}

/// How much less the int8s are that stand for uint8s.
pub(super) const UNSIGNED: i32 = 128;

impl From<Integers> for Quantization {
    fn from(integers: Integers) -> Self {
        Quantization::Affine { scale: f64::from(integers.scale), zero_point: integers.zero_point }
    }
}

impl Conversion<'_> {
    /// What an int8 tensor with one scale stands for.
    pub(super) fn int8(&self, index: TensorIndex) -> Converted<Integers> {
        self.integers_of(index, &[Element::Int8])
    }

    /// What a tensor of one of some types, with one scale, stands for; of more than 8 bits, 0 stands for 0.
    pub(super) fn integers_of(&self, index: TensorIndex, types: &[Element]) -> Converted<Integers> {
        let integers = self.integers_around_any(index, types)?;
        let Integers { element, zero_point, .. } = integers;
        if element == Element::Int8 || zero_point == 0 {
            return Ok(integers);
        }
        let place = self.tensor_place(index);
        Err(Problem::new(
            format!("{place} has {element} elements with the zero point {zero_point}"),
            "TensorFlow Lite's kernels of more than 8 bits want zero points of 0: convert the model again",
        )
        .into())
    }

    /// The same with any zero point.
    pub(super) fn integers_around_any(&self, index: TensorIndex, types: &[Element]) -> Converted<Integers> {
        if let Some(&integers) = self.real_integers.get(&index) {
            if types.contains(&integers.element) {
                return Ok(integers);
            }
            return Err(Problem::new(
                format!("{} has real numbers that are {}s", self.tensor_place(index), integers.element),
                "this version has an int8 kernel of it: quantise to int8 before it",
            )
            .into());
        }
        let tensor = &self.subgraph.tensors[index];
        let place = self.tensor_place(index);
        let element = element(&place, tensor, types)?;
        let again = "convert the model again with full integer quantisation";
        let quantization = tensor
            .quantization
            .as_ref()
            .filter(|quantization| !quantization.has_details)
            .ok_or_else(|| Problem::new(format!("{place} has no scale"), again))?;
        match (&quantization.scales[..], &quantization.zero_points[..]) {
            (&[scale], &[zero_point]) if scale.is_normal() => {
                let is_unsigned = element == Element::UInt8;
                Ok(match is_unsigned {
                    true => {
                        let zero_point = zero_point as i32 - UNSIGNED;
                        Integers { element: Element::Int8, is_unsigned, scale, zero_point }
                    }
                    false => Integers { element, is_unsigned, scale, zero_point: zero_point as i32 },
                })
            }
            (&[scale], _) => Err(Problem::new(format!("{place} has the scale {scale}"), again).into()),
            (scales, _) => {
                Err(Problem::new(format!("{place} has {} scales where values have one", scales.len()), again)
                    .into())
            }
        }
    }
}

/// The integers that an activation function leaves: TensorFlow Lite's `CalculateActivationRangeQuantized`.
pub(super) fn activation_range(activation: Activation, output: Integers) -> Converted<[i32; 2]> {
    let [min, max] = output.element.range();
    // Calculated in float32 there.
    let quantize = |real: f32| {
        let steps = f64::from(libm::roundf(real / output.scale)) + f64::from(output.zero_point);
        steps.clamp(min.into(), max.into()) as i32
    };
    Ok(match activation {
        Activation::None => [min, max],
        Activation::Relu => [quantize(0.0), max],
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
