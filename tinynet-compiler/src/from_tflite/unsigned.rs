//! Operators on uint8s: those on the int8s that are 128 less, of which the other kernels make what TensorFlow Lite's uint8
//! kernels make, 128 less.

use super::{Conversion, Converted, Problem, Step};
use crate::import::tflite::{BuiltinOperator as Builtin, ElementType};

/// Why there is no such operator on uint8s; `None` where there is one.
fn missing(operator: Builtin) -> Option<&'static str> {
    match operator {
        Builtin::Abs
        | Builtin::Elu
        | Builtin::Exp
        | Builtin::Log
        | Builtin::Rsqrt
        | Builtin::SquaredDifference
        | Builtin::Svdf
        | Builtin::UnidirectionalSequenceLstm => {
            Some("TensorFlow Lite has an int8 kernel of it, and none of uint8: convert the model to int8")
        }
        Builtin::ResizeBilinear => Some(
            "TensorFlow Lite interpolates uint8s in float32, which this version does not do: convert the model to int8, or \
             use RESIZE_NEAREST_NEIGHBOR",
        ),
        _ => None,
    }
}

impl<'m> Conversion<'m> {
    /// Refuses what is not the same for uint8s as for int8s.
    pub(super) fn check_unsigned(&self, step: Step<'m>) -> Converted<()> {
        let indices = || step.operator.inputs.iter().flatten().chain(&step.operator.outputs);
        let types = || indices().map(|&index| self.subgraph.tensors[index].element_type);
        if !types().any(|element| element == ElementType::UInt8) {
            return Ok(());
        }
        if let Some(remedy) = missing(step.operator.operator) {
            return Err(Problem::new("it calculates with uint8s", remedy).into());
        }
        let other = types().find(|element| matches!(element, ElementType::Int8 | ElementType::Int4));
        match other.filter(|_| step.operator.operator != Builtin::Quantize) {
            None => Ok(()),
            Some(other) => Err(Problem::new(
                format!("it has tensors of type {} and {other}", ElementType::UInt8),
                "TensorFlow Lite calculates with one of them at a time: put a QUANTIZE between, or convert the model to int8",
            )
            .into()),
        }
    }
}
