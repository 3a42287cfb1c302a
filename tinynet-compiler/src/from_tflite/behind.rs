//! Operators on real numbers behind a `DEQUANTIZE`, in a model of integers: those that the converter left as they were.
//!
//! Functions of single values between a `DEQUANTIZE` and a `QUANTIZE` are one table, filled in float32 as the reference
//! kernels calculate: TensorFlow Lite has no int8 kernels of `NEG`, `SQRT`, `SIN` and their like, and its converter surrounds
//! them so.
//!
//! Others become the int8 operators that full integer quantisation would have made of them, where the int8s that they make
//! follow from the operator alone: TensorFlow Lite prescribes them (softmax, sigmoid), or values only move. Other
//! operators would need calibration, and are refused.

use super::functions::RealFunction;
use super::quantization::Integers;
use super::{Conversion, Converted, Problem, Step, Stop, Value};
use crate::import::tflite::{BuiltinOperator as Builtin, ElementType, Operator, TensorIndex};
use crate::quantized::Element;

impl<'m> Conversion<'m> {
    /// Chooses the int8s of what a step makes of real numbers.
    pub(super) fn choose_int8s(&mut self, step: Step<'m>) -> Converted<()> {
        let reads = |index: &TensorIndex| self.real_integers.get(index).copied();
        let Some(input) = step.operator.inputs.iter().flatten().find_map(reads) else { return Ok(()) };
        let is_plain = |index: &TensorIndex| !self.real_functions.contains_key(index);
        let are_plain = step.operator.operator == Builtin::Quantize
            || step.operator.inputs.iter().flatten().all(is_plain);
        let output = output_int8(step.operator.operator, input).filter(|_| are_plain);
        let output = output.ok_or_else(|| {
            Problem::new(
                "it calculates with real numbers, behind a DEQUANTIZE",
                "convert with full integer quantisation; of operators on real numbers in a model of integers this version \
                 has those that move values, RELU, SOFTMAX, LOG_SOFTMAX, LOGISTIC and TANH, and functions of single values \
                 where a QUANTIZE follows",
            )
        })?;
        for &index in &step.operator.outputs {
            if self.subgraph.tensors[index].element_type == ElementType::Float32 {
                self.real_integers.insert(index, output);
            }
        }
        Ok(())
    }

    /// Notes a function of single values that stands between a `DEQUANTIZE` and a `QUANTIZE`; whether the step is one.
    pub(super) fn note_function(&mut self, step: Step<'m>) -> Converted<bool> {
        let Some(function) = real_function(step.operator.operator) else { return Ok(false) };
        let (input, tensor) = self.input(step, 0)?;
        let (output, _) = self.output(step)?;
        let Some(&integers) = self.real_integers.get(&input) else { return Ok(false) };
        if !self.is_quantized_again(output) {
            return Ok(false);
        }
        self.check_output_shape(step, &tensor.shape)?;
        let mut functions = self.real_functions.get(&input).cloned().unwrap_or_default();
        functions.push(function);
        self.real_functions.insert(output, functions);
        let value = self.values.get(&input).cloned().ok_or(Stop::Reported)?;
        self.stands_for(output, integers, value);
        Ok(true)
    }

    /// Whether nobody reads a tensor of real numbers but `QUANTIZE`s and functions before them.
    fn is_quantized_again(&self, index: TensorIndex) -> bool {
        let readers = || self.subgraph.operators.iter().filter(|reader| reader.inputs.contains(&Some(index)));
        let is_fine = |reader: &Operator| {
            reader.operator == Builtin::Quantize || real_function(reader.operator).is_some()
        };
        !self.subgraph.outputs.contains(&index) && readers().next().is_some() && readers().all(is_fine)
    }

    /// `QUANTIZE` of real numbers that are int8s, or functions of them: in float32, as the reference kernel does it.
    pub(super) fn quantize_again(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (index, _) = self.input(step, 0)?;
        let (output, _) = self.output(step)?;
        let output = self.int8(output)?;
        let functions = self.real_functions.get(&index).cloned().unwrap_or_default();
        let steps = |x: i8| {
            let real = input.quantization.scale * (i32::from(x) - input.quantization.zero_point) as f32;
            libm::roundf(functions.iter().fold(real, |real, function| function(real)) / output.scale)
        };
        let [low, high] = input.bounds;
        // NaN does not fit either.
        let fitting = -2f32.powi(31)..2f32.powi(31);
        if let Some(x) = (low..=high).find(|&x| !fitting.contains(&steps(x as i8))) {
            return Err(Problem::new(
                format!("of the int8 {x}, which its input can be, it makes no number that fits 32 bits"),
                "TensorFlow Lite itself has no answer there: make the input such that the function has a value",
            )
            .into());
        }
        self.table(step, |x| {
            // Where the input cannot be, the function need not have a value: NaN becomes 0.
            (f64::from(steps(x)) + f64::from(output.zero_point)).clamp(-128.0, 127.0) as i8
        })
    }

    /// Notes that the real numbers of a tensor are those of int8s.
    pub(super) fn stands_for(&mut self, real: TensorIndex, integers: Integers, value: Value) {
        self.real_integers.insert(real, integers);
        self.values.insert(real, value);
    }
}

/// A function of a single real number, in float32.
pub(super) type RealOperator = fn(f32) -> f32;

/// The function of single real numbers that an operator is.
pub(super) fn real_function(operator: Builtin) -> Option<RealOperator> {
    Some(match operator {
        Builtin::Abs => f32::abs,
        Builtin::Ceil => libm::ceilf,
        // The C library's are at most a bit in the last place from the nearest float32.
        Builtin::Cos => |x| libm::cos(x.into()) as f32,
        Builtin::Elu => |x| RealFunction::Elu.of(x),
        Builtin::Exp => |x| RealFunction::Exp.of(x),
        Builtin::Floor => libm::floorf,
        Builtin::Log => |x| libm::log(x.into()) as f32,
        Builtin::Logistic => |x| RealFunction::Logistic.of(x),
        Builtin::Neg => |x| -x,
        // Halves to the even neighbour.
        Builtin::Round => libm::rintf,
        Builtin::Rsqrt => |x| 1.0 / libm::sqrtf(x),
        Builtin::Sign => |x| if x == 0.0 { 0.0 } else { f32::copysign(1.0, x) },
        Builtin::Sin => |x| libm::sin(x.into()) as f32,
        Builtin::Sqrt => libm::sqrtf,
        Builtin::Square => |x| x * x,
        Builtin::Tanh => |x| RealFunction::Tanh.of(x),
        _ => return None,
    })
}

/// What the int8s stand for that an operator makes of real numbers, which are those of `input`.
fn output_int8(operator: Builtin, input: Integers) -> Option<Integers> {
    Some(match operator {
        // Prescribed: https://ai.google.dev/edge/litert/models/quantization_spec
        Builtin::Softmax | Builtin::Logistic | Builtin::Tanh if input.element == Element::Int16 => {
            Integers { element: Element::Int16, is_unsigned: false, scale: 1.0 / 32768.0, zero_point: 0 }
        }
        Builtin::Softmax | Builtin::Logistic => {
            Integers { element: Element::Int8, is_unsigned: false, scale: 1.0 / 256.0, zero_point: -128 }
        }
        Builtin::LogSoftmax => {
            Integers { element: Element::Int8, is_unsigned: false, scale: 1.0 / 16.0, zero_point: 127 }
        }
        Builtin::Tanh => {
            Integers { element: Element::Int8, is_unsigned: false, scale: 1.0 / 128.0, zero_point: 0 }
        }
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
