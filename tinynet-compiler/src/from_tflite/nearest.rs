//! What can be done without an operator that is not supported.

use crate::import::tflite::BuiltinOperator as Builtin;

/// The nearest that is supported.
pub(super) fn nearest(operator: Builtin) -> &'static str {
    match operator {
        Builtin::Custom => {
            "this version imports builtin operators; do in firmware what the custom operator does, or convert the model without \
             `allow_custom_ops`"
        }
        Builtin::Unknown(_) => {
            "this version does not know its number: convert the model with an older converter"
        }
        Builtin::Cast | Builtin::Bitcast => {
            "QUANTIZE goes from one type to another here: convert with full integer quantisation"
        }
        Builtin::Div | Builtin::FloorDiv | Builtin::FloorMod => {
            "MUL is supported: multiply by the inverse of what is constant"
        }
        Builtin::Pow => "MUL and SQUARED_DIFFERENCE are supported: multiply a tensor by itself",
        Builtin::AddN => "ADD is supported: add two tensors at a time",
        Builtin::BatchMatmul => "FULLY_CONNECTED is supported, with weights that are constants",
        Builtin::Cumsum => {
            "FULLY_CONNECTED is supported: a triangle of ones as its weights makes sums up to each value"
        }
        Builtin::ReduceProd | Builtin::ReduceAny | Builtin::ReduceAll | Builtin::ReduceWindow => {
            "SUM, MEAN, REDUCE_MAX and REDUCE_MIN are supported, and pools"
        }
        Builtin::SegmentSum
        | Builtin::UnsortedSegmentMax
        | Builtin::UnsortedSegmentMin
        | Builtin::UnsortedSegmentProd
        | Builtin::UnsortedSegmentSum => {
            "SPLIT_V and SUM are supported: segments that are known when the model is converted"
        }
        Builtin::L2Normalization | Builtin::L2Pool2d | Builtin::LocalResponseNormalization => {
            "MUL, SUM, RSQRT and AVERAGE_POOL_2D are supported: normalise by them, or train with batch normalisation, which \
             converters fold into weights"
        }
        Builtin::Tile | Builtin::BroadcastTo | Builtin::BroadcastArgs => {
            "ADD, MUL and their like repeat what is smaller along axes: leave it out"
        }
        Builtin::Fill | Builtin::Range | Builtin::Rank | Builtin::ZerosLike | Builtin::OneHot => {
            "constants are supported: give the input a fixed shape, so that the converter folds it"
        }
        Builtin::ReverseV2 | Builtin::ReverseSequence => "STRIDED_SLICE is supported, with steps of -1",
        Builtin::GatherNd
        | Builtin::EmbeddingLookup
        | Builtin::EmbeddingLookupSparse
        | Builtin::ConcatEmbeddings
        | Builtin::HashtableLookup => {
            "GATHER and SLICE are supported, at places that are constants: look tables up in firmware, in front of the model"
        }
        Builtin::ScatterNd | Builtin::DynamicUpdateSlice | Builtin::SparseToDense => {
            "CONCATENATION and PAD are supported, at places that are constants"
        }
        Builtin::MatrixDiag | Builtin::MatrixSetDiag => "MUL by a constant is supported",
        Builtin::TopKV2 | Builtin::Unique => {
            "ARG_MAX and ARG_MIN are supported as the answers of a model: sort in firmware"
        }
        Builtin::NonMaxSuppressionV4 | Builtin::NonMaxSuppressionV5 => {
            "end the model in front of it: it decides among answers, which firmware does in a few lines"
        }
        Builtin::Select | Builtin::SelectV2 | Builtin::Where => {
            "MAXIMUM, MINIMUM and MUL are supported: of two values take the larger or the smaller, or weight them"
        }
        Builtin::Equal
        | Builtin::NotEqual
        | Builtin::Less
        | Builtin::LessEqual
        | Builtin::Greater
        | Builtin::GreaterEqual
        | Builtin::LogicalAnd
        | Builtin::LogicalNot
        | Builtin::LogicalOr
        | Builtin::BitwiseXor
        | Builtin::RightShift
        | Builtin::Bucketize => {
            "MAXIMUM, MINIMUM and ARG_MAX are supported: end the model with values, and compare in firmware"
        }
        Builtin::Conv3d | Builtin::Conv3dTranspose => {
            "CONV_2D and TRANSPOSE_CONV are supported: a sum of convolutions of the planes is the same"
        }
        Builtin::Dilate => "TRANSPOSE_CONV is supported, and dilation in CONV_2D",
        Builtin::Lstm
        | Builtin::BidirectionalSequenceLstm
        | Builtin::Rnn
        | Builtin::UnidirectionalSequenceRnn
        | Builtin::BidirectionalSequenceRnn => {
            "UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF are supported, and layers whose state is a variable"
        }
        Builtin::If | Builtin::While | Builtin::Call => {
            "unroll loops and decide conditions before the model is converted"
        }
        Builtin::Real | Builtin::Imag | Builtin::ComplexAbs | Builtin::Rfft2d | Builtin::Atan2 => {
            "complex numbers are not supported: calculate the spectrum in firmware, in front of the model"
        }
        Builtin::RandomUniform | Builtin::RandomStandardNormal | Builtin::Multinomial => {
            "an answer depends on nothing but the inputs here: pass random numbers as an input, or leave dropout out"
        }
        Builtin::Hashtable | Builtin::HashtableFind | Builtin::HashtableImport | Builtin::HashtableSize => {
            "look words up in firmware: pass their numbers as an input"
        }
        Builtin::FakeQuant => "convert the model with full integer quantisation: it was trained for that",
        Builtin::Densify => "convert the model without sparsity: zeros cost nothing here anyway",
        Builtin::Delegate => "compile the model as it was before it was prepared for an accelerator",
        other if other.to_string().starts_with("STABLEHLO") => {
            "convert the model to TensorFlow Lite's own operators: `converter.target_spec.supported_ops` without StableHLO"
        }
        _ => {
            "end the model in front of it, and do it in firmware: the documentation of `tinynet::dsl` lists the operators that \
             this version imports"
        }
    }
}
