//! Operators on real numbers behind a `DEQUANTIZE`, in a model of integers: a softmax that the converter left as it was.
//!
//! They become the int8 operators that full integer quantisation would have made of them, where the int8s that they make
//! follow from the operator alone: TensorFlow Lite prescribes them (softmax, sigmoid), or values only move. Other
//! operators would need calibration, and are refused.

use super::quantization::Integers;
use super::{Conversion, Converted, Problem, Step, Value};
use crate::import::tflite::{BuiltinOperator as Builtin, ElementType, TensorIndex};
use crate::quantized::Element;

impl<'m> Conversion<'m> {
    /// Chooses the int8s of what a step makes of real numbers.
    pub(super) fn choose_int8s(&mut self, step: Step<'m>) -> Converted<()> {
        let reads = |index: &TensorIndex| self.real_integers.get(index).copied();
        let Some(input) = step.operator.inputs.iter().flatten().find_map(reads) else { return Ok(()) };
        let output = output_int8(step.operator.operator, input).ok_or_else(|| {
            Problem::new(
                "it calculates with real numbers, behind a DEQUANTIZE",
                "convert with full integer quantisation; of operators on real numbers in a model of integers this version \
                 has those that move values, RELU, SOFTMAX, LOG_SOFTMAX, LOGISTIC and TANH",
            )
        })?;
        for &index in &step.operator.outputs {
            if self.subgraph.tensors[index].element_type == ElementType::Float32 {
                self.real_integers.insert(index, output);
            }
        }
        Ok(())
    }

    /// `QUANTIZE` of real numbers that are int8s: in float32, as the reference kernel does it.
    pub(super) fn quantize_again(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?.quantization;
        let (output, _) = self.output(step)?;
        let output = self.int8(output)?;
        self.table(step, |x| {
            let real = input.scale * (i32::from(x) - input.zero_point) as f32;
            let steps = f64::from(libm::roundf(real / output.scale));
            (steps + f64::from(output.zero_point)).clamp(-128.0, 127.0) as i8
        })
    }

    /// Notes that the real numbers of a tensor are those of int8s.
    pub(super) fn stands_for(&mut self, real: TensorIndex, integers: Integers, value: Value) {
        self.real_integers.insert(real, integers);
        self.values.insert(real, value);
    }
}

/// What the int8s stand for that an operator makes of real numbers, which are those of `input`.
fn output_int8(operator: Builtin, input: Integers) -> Option<Integers> {
    Some(match operator {
        // Prescribed: https://ai.google.dev/edge/litert/models/quantization_spec
        Builtin::Softmax | Builtin::Logistic | Builtin::Tanh if input.element == Element::Int16 => {
            Integers { element: Element::Int16, scale: 1.0 / 32768.0, zero_point: 0 }
        }
        Builtin::Softmax | Builtin::Logistic => {
            Integers { element: Element::Int8, scale: 1.0 / 256.0, zero_point: -128 }
        }
        Builtin::LogSoftmax => Integers { element: Element::Int8, scale: 1.0 / 16.0, zero_point: 127 },
        Builtin::Tanh => Integers { element: Element::Int8, scale: 1.0 / 128.0, zero_point: 0 },
        Builtin::ArgMax
        | Builtin::ArgMin
        | Builtin::DepthToSpace
        | Builtin::ExpandDims
        | Builtin::Gather
        | Builtin::MaxPool2d
        | Builtin::MirrorPad
        | Builtin::Pad
        | Builtin::Quantize
        | Builtin::ReduceMax
        | Builtin::ReduceMin
        | Builtin::Relu
        | Builtin::Relu6
        | Builtin::Reshape
        | Builtin::ResizeNearestNeighbor
        | Builtin::Slice
        | Builtin::SpaceToDepth
        | Builtin::Split
        | Builtin::SplitV
        | Builtin::Squeeze
        | Builtin::StridedSlice
        | Builtin::Transpose
        | Builtin::Unpack => input,
        _ => return None,
    })
}
