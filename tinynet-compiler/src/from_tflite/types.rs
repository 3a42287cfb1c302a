//! Types of which an operator has no kernel.
//!
//! Operators on uint8s are those on the int8s that are 128 less: of them the other kernels make what TensorFlow Lite's uint8
//! kernels make, 128 less.

use super::{Conversion, Converted, Problem, Step};
use crate::import::tflite::{BuiltinOperator as Builtin, ElementType};

/// Whether TensorFlow Lite has a kernel of an operator on int8s, and none on uint8s.
fn has_no_uint8(operator: Builtin) -> bool {
    matches!(
        operator,
        Builtin::Abs
            | Builtin::Elu
            | Builtin::Exp
            | Builtin::Log
            | Builtin::Rsqrt
            | Builtin::SquaredDifference
            | Builtin::Svdf
            | Builtin::UnidirectionalSequenceLstm
    )
}

/// Whether TensorFlow Lite has a kernel of an operator on int8s, and none on int16s.
fn has_no_int16(operator: Builtin) -> bool {
    matches!(
        operator,
        Builtin::ArgMax
            | Builtin::ArgMin
            | Builtin::Elu
            | Builtin::Gelu
            | Builtin::HardSwish
            | Builtin::LogSoftmax
            | Builtin::Prelu
            | Builtin::Relu0To1
            | Builtin::ReluN1To1
            | Builtin::SquaredDifference
    )
}

impl<'m> Conversion<'m> {
    /// Refuses types that an operator has no kernel for, and what is not the same for uint8s as for int8s.
    pub(super) fn check_types_of(&self, step: Step<'m>) -> Converted<()> {
        let indices = || step.operator.inputs.iter().flatten().chain(&step.operator.outputs);
        let types = || indices().map(|&index| self.subgraph.tensors[index].element_type);
        let has = |element: ElementType| types().any(|other| other == element);
        let operator = step.operator.operator;
        let missing =
            [(ElementType::UInt8, has_no_uint8(operator)), (ElementType::Int16, has_no_int16(operator))];
        if let Some((element, _)) =
            missing.into_iter().find(|&(element, is_missing)| is_missing && has(element))
        {
            return Err(Problem::new(
                format!("it calculates with elements of type {element}"),
                "TensorFlow Lite has an int8 kernel of it, and none of that type: put a QUANTIZE to int8 before it, or convert \
                 the model to int8",
            )
            .into());
        }
        if !has(ElementType::UInt8) {
            return Ok(());
        }
        let other = types().find(|element| matches!(element, ElementType::Int8 | ElementType::Int4));
        match other.filter(|_| operator != Builtin::Quantize) {
            None => Ok(()),
            Some(other) => Err(Problem::new(
                format!("it has tensors of type {} and {other}", ElementType::UInt8),
                "TensorFlow Lite calculates with one of them at a time: put a QUANTIZE between, or convert the model to int8",
            )
            .into()),
        }
    }
}
