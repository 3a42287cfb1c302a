//! What an operator is told beside its tensors.

use super::ImportError;
use super::codes::{Activation, ElementType, LstmKernel, MirrorPadMode, Padding, WeightsFormat};
use super::flatbuffer::Table;

/// A field of a table of options.
trait Field: Default {
    /// The value in a slot, or `default` where it is absent.
    fn read(table: &Table<'_>, slot: usize, default: Self) -> Result<Self, ImportError>;
}

macro_rules! scalar_fields {
    ($($number:ty)*) => {$(
        impl Field for $number {
            fn read(table: &Table<'_>, slot: usize, default: Self) -> Result<Self, ImportError> {
                table.scalar(slot, default)
            }
        }
    )*};
}

scalar_fields! { bool i32 u32 f32 }

macro_rules! code_fields {
    ($($codes:ty)*) => {$(
        impl Field for $codes {
            fn read(table: &Table<'_>, slot: usize, default: Self) -> Result<Self, ImportError> {
                Ok(table.number::<i8>(slot)?.map_or(default, Self::from))
            }
        }
    )*};
}

code_fields! { Activation ElementType LstmKernel MirrorPadMode Padding WeightsFormat }

impl Field for Option<Vec<i32>> {
    fn read(table: &Table<'_>, slot: usize, _: Self) -> Result<Self, ImportError> {
        table.has(slot).then(|| table.numbers(slot)).transpose()
    }
}

impl Field for Option<String> {
    fn read(table: &Table<'_>, slot: usize, _: Self) -> Result<Self, ImportError> {
        table.text(slot)
    }
}

/// The tables of options: number in the format's union, name, and each field's slot, name, type and default. Without
/// a default, an absent field is 0, false, the first of an enumeration, or `None`.
macro_rules! options {
    (
        $(
            $(#[$table_attribute:meta])*
            $table:literal $kind:ident($options:ident) {
                $(
                    $(#[$attribute:meta])*
                    $slot:literal $field:ident: $type:ty $(= $default:expr)?,
                )*
            }
        )*
        without fields {
            $($empty_table:literal $empty:ident $operators:literal)*
        }
    ) => {
        $(
            $(#[$table_attribute])*
            #[derive(Clone, Debug, PartialEq)]
            pub struct $options {
                $(
                    $(#[$attribute])*
                    pub $field: $type,
                )*
            }

            impl $options {
                /// Slots that have a meaning here.
                const SLOTS: usize = [$($slot,)*].len();

                fn read(table: &Table<'_>) -> Result<Self, ImportError> {
                    Ok(Self {
                        $($field: Field::read(table, $slot, options!(@default $($default)?))?,)*
                    })
                }
            }
        )*

        /// Options of an operator, a variant a table of the format.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Options {
            /// There is no table.
            Absent,
            $(
                $(#[$table_attribute])*
                $kind($options),
            )*
            $(
                #[doc = concat!("Of ", $operators, "; has no fields.")]
                $empty,
            )*
            /// A table of another operator.
            Other {
                /// Number of the table in the format's first union of options.
                table: u8,
            },
            /// A table of the format's second union of options, which operators of StableHLO have.
            Second {
                /// Number of the table in that union.
                table: u8,
            },
        }

        impl Options {
            /// Options of a kind, with the number of slots that are known of it.
            pub(super) fn read(kind: u8, table: &Table<'_>) -> Result<(Self, usize), ImportError> {
                Ok(match kind {
                    $($table => (Self::$kind($options::read(table)?), $options::SLOTS),)*
                    $($empty_table => (Self::$empty, 0),)*
                    _ => (Self::Other { table: kind }, usize::MAX),
                })
            }
        }
    };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
}

options! {
    /// Of `CONV_2D`.
    1 Conv2d(Conv2dOptions) {
        /// What stands around the input.
        0 padding: Padding,
        /// Steps between windows.
        1 stride_width: i32,
        /// Steps between windows.
        2 stride_height: i32,
        /// Applied to the sum.
        3 fused_activation: Activation,
        /// Steps between the values of a window.
        4 dilation_width: i32 = 1,
        /// Steps between the values of a window.
        5 dilation_height: i32 = 1,
        /// Type of bias and accumulator; `Float32`, which is code 0, where the operator decides.
        6 quantized_bias_type: ElementType,
    }
    /// Of `DEPTHWISE_CONV_2D`.
    2 DepthwiseConv2d(DepthwiseConv2dOptions) {
        /// What stands around the input.
        0 padding: Padding,
        /// Steps between windows.
        1 stride_width: i32,
        /// Steps between windows.
        2 stride_height: i32,
        /// Output channels for each of the input; follows from the shapes too, and those count.
        3 depth_multiplier: i32,
        /// Applied to the sum.
        4 fused_activation: Activation,
        /// Steps between the values of a window.
        5 dilation_width: i32 = 1,
        /// Steps between the values of a window.
        6 dilation_height: i32 = 1,
    }
    /// Of `AVERAGE_POOL_2D`, `MAX_POOL_2D` and `L2_POOL_2D`.
    5 Pool2d(Pool2dOptions) {
        /// What stands around the input.
        0 padding: Padding,
        /// Steps between windows.
        1 stride_width: i32,
        /// Steps between windows.
        2 stride_height: i32,
        /// Size of the window.
        3 filter_width: i32,
        /// Size of the window.
        4 filter_height: i32,
        /// Applied to the result.
        5 fused_activation: Activation,
    }
    /// Of `SVDF`.
    6 Svdf(SvdfOptions) {
        /// Filters for each unit.
        0 rank: i32,
        /// Applied to the result.
        1 fused_activation: Activation,
        /// Float inputs of integer weights are quantised with a zero point.
        2 asymmetric_quantize_inputs: bool,
    }
    /// Of `FULLY_CONNECTED`.
    8 FullyConnected(FullyConnectedOptions) {
        /// Applied to the sum.
        0 fused_activation: Activation,
        /// Order of the weights.
        1 weights_format: WeightsFormat,
        /// The output has as many axes as the input.
        2 keep_num_dims: bool,
        /// Float inputs of integer weights are quantised with a zero point.
        3 asymmetric_quantize_inputs: bool,
        /// Type of bias and accumulator; `Float32`, which is code 0, where the operator decides.
        4 quantized_bias_type: ElementType,
    }
    /// Of `SOFTMAX`.
    9 Softmax(SoftmaxOptions) {
        /// Factor of the exponents.
        0 beta: f32,
    }
    /// Of `CONCATENATION`.
    10 Concatenation(ConcatenationOptions) {
        /// Axis along which the inputs follow each other; counted from the end where it is negative.
        0 axis: i32,
        /// Applied to the result.
        1 fused_activation: Activation,
    }
    /// Of `ADD`.
    11 Add(AddOptions) {
        /// Applied to the sum.
        0 fused_activation: Activation,
        /// Scales of 16-bit tensors are powers of two.
        1 pot_scale_int16: bool = true,
    }
    /// Of `L2_NORMALIZATION`.
    12 L2Norm(L2NormOptions) {
        /// Applied to the result.
        0 fused_activation: Activation,
    }
    /// Of `LSTM`.
    14 Lstm(LstmOptions) {
        /// Applied to the cell's input and output.
        0 fused_activation: Activation,
        /// Largest magnitude of the cell; 0 for any.
        1 cell_clip: f32,
        /// Largest magnitude of the projection; 0 for any.
        2 proj_clip: f32,
        /// Which variant.
        3 kernel: LstmKernel,
        /// Float inputs of integer weights are quantised with a zero point.
        4 asymmetric_quantize_inputs: bool,
    }
    /// Of `RESIZE_BILINEAR`.
    15 ResizeBilinear(ResizeBilinearOptions) {
        /// Height, in files from before it was a tensor.
        0 new_height: i32,
        /// Width, in files from before it was a tensor.
        1 new_width: i32,
        /// Centres of the corners fall onto each other.
        2 align_corners: bool,
        /// Pixels lie at their centres.
        3 half_pixel_centers: bool,
    }
    /// Of `CALL`.
    16 Call(CallOptions) {
        /// Subgraph that is run.
        0 subgraph: u32,
    }
    /// Of `RESHAPE`.
    17 Reshape(ReshapeOptions) {
        /// Shape of the output; -1 for what is left. The second input, where there is one, counts instead.
        0 new_shape: Option<Vec<i32>>,
    }
    /// Of `SPACE_TO_DEPTH`.
    19 SpaceToDepth(SpaceToDepthOptions) {
        /// Width and height of what becomes one pixel.
        0 block_size: i32,
    }
    /// Of `MUL`.
    21 Mul(MulOptions) {
        /// Applied to the product.
        0 fused_activation: Activation,
    }
    /// Of `GATHER`.
    23 Gather(GatherOptions) {
        /// Axis along which is gathered.
        0 axis: i32,
        /// Leading axes that are batches.
        1 batch_dims: i32,
    }
    /// Of `MEAN`, `SUM`, `REDUCE_MAX`, `REDUCE_MIN` and the other reductions.
    27 Reducer(ReducerOptions) {
        /// Reduced axes stay, with length 1.
        0 keep_dims: bool,
    }
    /// Of `SUB`.
    28 Sub(SubOptions) {
        /// Applied to the difference.
        0 fused_activation: Activation,
        /// Scales of 16-bit tensors are powers of two.
        1 pot_scale_int16: bool = true,
    }
    /// Of `DIV`.
    29 Div(DivOptions) {
        /// Applied to the quotient.
        0 fused_activation: Activation,
    }
    /// Of `SQUEEZE`.
    30 Squeeze(SqueezeOptions) {
        /// Axes that vanish; all of length 1 where there is none.
        0 squeeze_dims: Option<Vec<i32>>,
    }
    /// Of `STRIDED_SLICE`: bit `i` of each mask is about entry `i` of the inputs `begin`, `end` and `strides`.
    32 StridedSlice(StridedSliceOptions) {
        /// From the axis' beginning.
        0 begin_mask: i32,
        /// To the axis' end.
        1 end_mask: i32,
        /// Stands for all axes that are not mentioned.
        2 ellipsis_mask: i32,
        /// Inserts an axis of length 1.
        3 new_axis_mask: i32,
        /// The axis vanishes.
        4 shrink_axis_mask: i32,
        /// `end` counts from `begin`.
        5 offset: bool,
    }
    /// Of `SPLIT`.
    35 Split(SplitOptions) {
        /// Number of outputs.
        0 num_splits: i32,
    }
    /// Of `CAST`.
    37 Cast(CastOptions) {
        /// Type of the input.
        0 in_data_type: ElementType,
        /// Type of the output.
        1 out_data_type: ElementType,
    }
    /// Of `ARG_MAX`.
    40 ArgMax(ArgMaxOptions) {
        /// Type of the indices.
        0 output_type: ElementType,
    }
    /// Of `TRANSPOSE_CONV`.
    49 TransposeConv(TransposeConvOptions) {
        /// What stands around the output.
        0 padding: Padding,
        /// Steps between windows.
        1 stride_width: i32,
        /// Steps between windows.
        2 stride_height: i32,
        /// Applied to the sum.
        3 fused_activation: Activation,
        /// Type of bias and accumulator; `Float32`, which is code 0, where the operator decides.
        4 quantized_bias_type: ElementType,
    }
    /// Of `SHAPE`.
    55 Shape(ShapeOptions) {
        /// Type of the lengths.
        0 out_type: ElementType,
    }
    /// Of `ARG_MIN`.
    57 ArgMin(ArgMinOptions) {
        /// Type of the indices.
        0 output_type: ElementType,
    }
    /// Of `PACK`.
    59 Pack(PackOptions) {
        /// Number of inputs.
        0 values_count: i32,
        /// Axis that is inserted.
        1 axis: i32,
    }
    /// Of `UNPACK`.
    64 Unpack(UnpackOptions) {
        /// Number of outputs.
        0 num: i32,
        /// Axis that vanishes.
        1 axis: i32,
    }
    /// Of `UNIDIRECTIONAL_SEQUENCE_LSTM`.
    71 UnidirectionalSequenceLstm(UnidirectionalSequenceLstmOptions) {
        /// Applied to the cell's input and output.
        0 fused_activation: Activation,
        /// Largest magnitude of the cell; 0 for any.
        1 cell_clip: f32,
        /// Largest magnitude of the projection; 0 for any.
        2 proj_clip: f32,
        /// The first axis is time, else the batch.
        3 time_major: bool,
        /// Float inputs of integer weights are quantised with a zero point.
        4 asymmetric_quantize_inputs: bool,
        /// Only the diagonals of the recurrent weights are there.
        5 diagonal_recurrent_tensors: bool,
    }
    /// Of `RESIZE_NEAREST_NEIGHBOR`.
    74 ResizeNearestNeighbor(ResizeNearestNeighborOptions) {
        /// Centres of the corners fall onto each other.
        0 align_corners: bool,
        /// Pixels lie at their centres.
        1 half_pixel_centers: bool,
    }
    /// Of `LEAKY_RELU`.
    75 LeakyRelu(LeakyReluOptions) {
        /// Slope for negative values.
        0 alpha: f32,
    }
    /// Of `MIRROR_PAD`.
    77 MirrorPad(MirrorPadOptions) {
        /// Which values are repeated.
        0 mode: MirrorPadMode,
    }
    /// Of `SPLIT_V`.
    79 SplitV(SplitVOptions) {
        /// Number of outputs.
        0 num_splits: i32,
    }
    /// Of `IF`.
    92 If(IfOptions) {
        /// Subgraph that is run where the condition holds.
        0 then_subgraph_index: i32,
        /// Subgraph that is run else.
        1 else_subgraph_index: i32,
    }
    /// Of `WHILE`.
    93 While(WhileOptions) {
        /// Subgraph that says whether to go on.
        0 cond_subgraph_index: i32,
        /// Subgraph that is repeated.
        1 body_subgraph_index: i32,
    }
    /// Of `DEPTH_TO_SPACE`.
    94 DepthToSpace(DepthToSpaceOptions) {
        /// Width and height of what one pixel becomes.
        0 block_size: i32,
    }
    /// Of `BATCH_MATMUL`.
    101 BatchMatMul(BatchMatMulOptions) {
        /// The first input is transposed.
        0 adj_x: bool,
        /// The second input is transposed.
        1 adj_y: bool,
        /// Float inputs of integer weights are quantised with a zero point.
        2 asymmetric_quantize_inputs: bool,
    }
    /// Of `CALL_ONCE`.
    103 CallOnce(CallOnceOptions) {
        /// Subgraph that is run before all else, once.
        0 init_subgraph_index: i32,
    }
    /// Of `VAR_HANDLE`.
    111 VarHandle(VarHandleOptions) {
        /// Name space of the variable.
        0 container: Option<String>,
        /// Name of the variable; handles of the same name are of the same variable.
        1 shared_name: Option<String>,
    }
    /// Of `GELU`.
    116 Gelu(GeluOptions) {
        /// By `tanh` instead of `erf`.
        0 approximate: bool,
    }
    without fields {
        22 Pad "`PAD`"
        24 BatchToSpaceNd "`BATCH_TO_SPACE_ND`"
        25 SpaceToBatchNd "`SPACE_TO_BATCH_ND`"
        26 Transpose "`TRANSPOSE`"
        33 Exp "`EXP`"
        36 LogSoftmax "`LOG_SOFTMAX`"
        38 Dequantize "`DEQUANTIZE`"
        39 MaximumMinimum "`MAXIMUM` and `MINIMUM`"
        42 Neg "`NEG`"
        43 PadV2 "`PADV2`"
        48 Slice "`SLICE`"
        52 ExpandDims "`EXPAND_DIMS`"
        66 Square "`SQUARE`"
        76 SquaredDifference "`SQUARED_DIFFERENCE`"
        78 Abs "`ABS`"
        89 Quantize "`QUANTIZE`"
        91 HardSwish "`HARD_SWISH`"
        104 BroadcastTo "`BROADCAST_TO`"
        112 ReadVariable "`READ_VARIABLE`"
        113 AssignVariable "`ASSIGN_VARIABLE`"
    }
}
