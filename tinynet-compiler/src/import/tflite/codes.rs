//! The format's enumerations. A code that is not in them is kept, for the message that refuses it.

/// An enumeration with the code and the name of each value in the format.
macro_rules! codes {
    (
        $(#[$attribute:meta])*
        $name:ident: $code:ty { $($number:literal $value:ident $text:literal)* }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`.")]
                $value,
            )*
            /// A code that this list does not have.
            Unknown($code),
        }

        impl From<$code> for $name {
            fn from(code: $code) -> Self {
                match code {
                    $($number => Self::$value,)*
                    _ => Self::Unknown(code),
                }
            }
        }

        impl Default for $name {
            /// Code 0, which an absent field means.
            fn default() -> Self {
                Self::from(0)
            }
        }

        impl std::fmt::Display for $name {
            /// The format's own name.
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$value => formatter.write_str($text),)*
                    Self::Unknown(code) => write!(formatter, "number {code}"),
                }
            }
        }
    };
}

codes! {
    /// Type of a tensor's elements.
    ElementType: i8 {
        0 Float32 "FLOAT32"
        1 Float16 "FLOAT16"
        2 Int32 "INT32"
        3 UInt8 "UINT8"
        4 Int64 "INT64"
        5 String "STRING"
        6 Bool "BOOL"
        7 Int16 "INT16"
        8 Complex64 "COMPLEX64"
        9 Int8 "INT8"
        10 Float64 "FLOAT64"
        11 Complex128 "COMPLEX128"
        12 UInt64 "UINT64"
        13 Resource "RESOURCE"
        14 Variant "VARIANT"
        15 UInt32 "UINT32"
        16 UInt16 "UINT16"
        17 Int4 "INT4"
        18 BFloat16 "BFLOAT16"
        19 Int2 "INT2"
        20 UInt4 "UINT4"
        21 Float8E4M3 "FLOAT8_E4M3FN"
        22 Float8E5M2 "FLOAT8_E5M2"
    }
}

impl ElementType {
    /// Bits of an element; `None` where elements have no size of their own. Those of less than a byte are packed,
    /// the first in the lowest bits.
    #[must_use]
    pub fn bits(self) -> Option<usize> {
        Some(match self {
            Self::Int2 => 2,
            Self::Int4 | Self::UInt4 => 4,
            Self::Bool | Self::Int8 | Self::UInt8 | Self::Float8E4M3 | Self::Float8E5M2 => 8,
            Self::Int16 | Self::UInt16 | Self::Float16 | Self::BFloat16 => 16,
            Self::Int32 | Self::UInt32 | Self::Float32 => 32,
            Self::Int64 | Self::UInt64 | Self::Float64 | Self::Complex64 => 64,
            Self::Complex128 => 128,
            Self::String | Self::Resource | Self::Variant | Self::Unknown(_) => return None,
        })
    }

    /// Bytes of `count` elements; `None` where elements have no size of their own, or the sum is beyond counting.
    #[must_use]
    pub fn bytes(self, count: usize) -> Option<usize> {
        self.bits().and_then(|bits| count.checked_mul(bits)).map(|bits| bits.div_ceil(8))
    }

    /// Smallest and largest integer; `None` for what is no integer of at most 32 bits.
    #[must_use]
    pub fn limits(self) -> Option<(i64, i64)> {
        Some(match self {
            Self::Int2 => (-2, 1),
            Self::Int4 => (-8, 7),
            Self::UInt4 => (0, 15),
            Self::Int8 => (i8::MIN.into(), i8::MAX.into()),
            Self::UInt8 => (0, u8::MAX.into()),
            Self::Int16 => (i16::MIN.into(), i16::MAX.into()),
            Self::UInt16 => (0, u16::MAX.into()),
            Self::Int32 => (i32::MIN.into(), i32::MAX.into()),
            Self::UInt32 => (0, u32::MAX.into()),
            _ => return None,
        })
    }
}

codes! {
    /// What stands around the input of a window.
    Padding: i8 {
        0 Same "SAME"
        1 Valid "VALID"
    }
}

codes! {
    /// Activation function that an operator ends with.
    Activation: i8 {
        0 None "NONE"
        1 Relu "RELU"
        2 ReluN1To1 "RELU_N1_TO_1"
        3 Relu6 "RELU6"
        4 Tanh "TANH"
        5 SignBit "SIGN_BIT"
    }
}

codes! {
    /// Order of the weights of `FULLY_CONNECTED`.
    WeightsFormat: i8 {
        0 Default "DEFAULT"
        1 Shuffled4x16Int8 "SHUFFLED4x16INT8"
    }
}

codes! {
    /// Variant of `LSTM`.
    LstmKernel: i8 {
        0 Full "FULL"
        1 Basic "BASIC"
    }
}

codes! {
    /// Which values `MIRROR_PAD` repeats: all but the border itself, or the border too.
    MirrorPadMode: i8 {
        0 Reflect "REFLECT"
        1 Symmetric "SYMMETRIC"
    }
}

codes! {
    /// Kind of computation.
    BuiltinOperator: i32 {
        0 Add "ADD"
        1 AveragePool2d "AVERAGE_POOL_2D"
        2 Concatenation "CONCATENATION"
        3 Conv2d "CONV_2D"
        4 DepthwiseConv2d "DEPTHWISE_CONV_2D"
        5 DepthToSpace "DEPTH_TO_SPACE"
        6 Dequantize "DEQUANTIZE"
        7 EmbeddingLookup "EMBEDDING_LOOKUP"
        8 Floor "FLOOR"
        9 FullyConnected "FULLY_CONNECTED"
        10 HashtableLookup "HASHTABLE_LOOKUP"
        11 L2Normalization "L2_NORMALIZATION"
        12 L2Pool2d "L2_POOL_2D"
        13 LocalResponseNormalization "LOCAL_RESPONSE_NORMALIZATION"
        14 Logistic "LOGISTIC"
        15 LshProjection "LSH_PROJECTION"
        16 Lstm "LSTM"
        17 MaxPool2d "MAX_POOL_2D"
        18 Mul "MUL"
        19 Relu "RELU"
        20 ReluN1To1 "RELU_N1_TO_1"
        21 Relu6 "RELU6"
        22 Reshape "RESHAPE"
        23 ResizeBilinear "RESIZE_BILINEAR"
        24 Rnn "RNN"
        25 Softmax "SOFTMAX"
        26 SpaceToDepth "SPACE_TO_DEPTH"
        27 Svdf "SVDF"
        28 Tanh "TANH"
        29 ConcatEmbeddings "CONCAT_EMBEDDINGS"
        30 SkipGram "SKIP_GRAM"
        31 Call "CALL"
        32 Custom "CUSTOM"
        33 EmbeddingLookupSparse "EMBEDDING_LOOKUP_SPARSE"
        34 Pad "PAD"
        35 UnidirectionalSequenceRnn "UNIDIRECTIONAL_SEQUENCE_RNN"
        36 Gather "GATHER"
        37 BatchToSpaceNd "BATCH_TO_SPACE_ND"
        38 SpaceToBatchNd "SPACE_TO_BATCH_ND"
        39 Transpose "TRANSPOSE"
        40 Mean "MEAN"
        41 Sub "SUB"
        42 Div "DIV"
        43 Squeeze "SQUEEZE"
        44 UnidirectionalSequenceLstm "UNIDIRECTIONAL_SEQUENCE_LSTM"
        45 StridedSlice "STRIDED_SLICE"
        46 BidirectionalSequenceRnn "BIDIRECTIONAL_SEQUENCE_RNN"
        47 Exp "EXP"
        48 TopKV2 "TOPK_V2"
        49 Split "SPLIT"
        50 LogSoftmax "LOG_SOFTMAX"
        51 Delegate "DELEGATE"
        52 BidirectionalSequenceLstm "BIDIRECTIONAL_SEQUENCE_LSTM"
        53 Cast "CAST"
        54 Prelu "PRELU"
        55 Maximum "MAXIMUM"
        56 ArgMax "ARG_MAX"
        57 Minimum "MINIMUM"
        58 Less "LESS"
        59 Neg "NEG"
        60 PadV2 "PADV2"
        61 Greater "GREATER"
        62 GreaterEqual "GREATER_EQUAL"
        63 LessEqual "LESS_EQUAL"
        64 Select "SELECT"
        65 Slice "SLICE"
        66 Sin "SIN"
        67 TransposeConv "TRANSPOSE_CONV"
        68 SparseToDense "SPARSE_TO_DENSE"
        69 Tile "TILE"
        70 ExpandDims "EXPAND_DIMS"
        71 Equal "EQUAL"
        72 NotEqual "NOT_EQUAL"
        73 Log "LOG"
        74 Sum "SUM"
        75 Sqrt "SQRT"
        76 Rsqrt "RSQRT"
        77 Shape "SHAPE"
        78 Pow "POW"
        79 ArgMin "ARG_MIN"
        80 FakeQuant "FAKE_QUANT"
        81 ReduceProd "REDUCE_PROD"
        82 ReduceMax "REDUCE_MAX"
        83 Pack "PACK"
        84 LogicalOr "LOGICAL_OR"
        85 OneHot "ONE_HOT"
        86 LogicalAnd "LOGICAL_AND"
        87 LogicalNot "LOGICAL_NOT"
        88 Unpack "UNPACK"
        89 ReduceMin "REDUCE_MIN"
        90 FloorDiv "FLOOR_DIV"
        91 ReduceAny "REDUCE_ANY"
        92 Square "SQUARE"
        93 ZerosLike "ZEROS_LIKE"
        94 Fill "FILL"
        95 FloorMod "FLOOR_MOD"
        96 Range "RANGE"
        97 ResizeNearestNeighbor "RESIZE_NEAREST_NEIGHBOR"
        98 LeakyRelu "LEAKY_RELU"
        99 SquaredDifference "SQUARED_DIFFERENCE"
        100 MirrorPad "MIRROR_PAD"
        101 Abs "ABS"
        102 SplitV "SPLIT_V"
        103 Unique "UNIQUE"
        104 Ceil "CEIL"
        105 ReverseV2 "REVERSE_V2"
        106 AddN "ADD_N"
        107 GatherNd "GATHER_ND"
        108 Cos "COS"
        109 Where "WHERE"
        110 Rank "RANK"
        111 Elu "ELU"
        112 ReverseSequence "REVERSE_SEQUENCE"
        113 MatrixDiag "MATRIX_DIAG"
        114 Quantize "QUANTIZE"
        115 MatrixSetDiag "MATRIX_SET_DIAG"
        116 Round "ROUND"
        117 HardSwish "HARD_SWISH"
        118 If "IF"
        119 While "WHILE"
        120 NonMaxSuppressionV4 "NON_MAX_SUPPRESSION_V4"
        121 NonMaxSuppressionV5 "NON_MAX_SUPPRESSION_V5"
        122 ScatterNd "SCATTER_ND"
        123 SelectV2 "SELECT_V2"
        124 Densify "DENSIFY"
        125 SegmentSum "SEGMENT_SUM"
        126 BatchMatmul "BATCH_MATMUL"
        128 Cumsum "CUMSUM"
        129 CallOnce "CALL_ONCE"
        130 BroadcastTo "BROADCAST_TO"
        131 Rfft2d "RFFT2D"
        132 Conv3d "CONV_3D"
        133 Imag "IMAG"
        134 Real "REAL"
        135 ComplexAbs "COMPLEX_ABS"
        136 Hashtable "HASHTABLE"
        137 HashtableFind "HASHTABLE_FIND"
        138 HashtableImport "HASHTABLE_IMPORT"
        139 HashtableSize "HASHTABLE_SIZE"
        140 ReduceAll "REDUCE_ALL"
        141 Conv3dTranspose "CONV_3D_TRANSPOSE"
        142 VarHandle "VAR_HANDLE"
        143 ReadVariable "READ_VARIABLE"
        144 AssignVariable "ASSIGN_VARIABLE"
        145 BroadcastArgs "BROADCAST_ARGS"
        146 RandomStandardNormal "RANDOM_STANDARD_NORMAL"
        147 Bucketize "BUCKETIZE"
        148 RandomUniform "RANDOM_UNIFORM"
        149 Multinomial "MULTINOMIAL"
        150 Gelu "GELU"
        151 DynamicUpdateSlice "DYNAMIC_UPDATE_SLICE"
        152 Relu0To1 "RELU_0_TO_1"
        153 UnsortedSegmentProd "UNSORTED_SEGMENT_PROD"
        154 UnsortedSegmentMax "UNSORTED_SEGMENT_MAX"
        155 UnsortedSegmentSum "UNSORTED_SEGMENT_SUM"
        156 Atan2 "ATAN2"
        157 UnsortedSegmentMin "UNSORTED_SEGMENT_MIN"
        158 Sign "SIGN"
        159 Bitcast "BITCAST"
        160 BitwiseXor "BITWISE_XOR"
        161 RightShift "RIGHT_SHIFT"
        162 StablehloLogistic "STABLEHLO_LOGISTIC"
        163 StablehloAdd "STABLEHLO_ADD"
        164 StablehloDivide "STABLEHLO_DIVIDE"
        165 StablehloMultiply "STABLEHLO_MULTIPLY"
        166 StablehloMaximum "STABLEHLO_MAXIMUM"
        167 StablehloReshape "STABLEHLO_RESHAPE"
        168 StablehloClamp "STABLEHLO_CLAMP"
        169 StablehloConcatenate "STABLEHLO_CONCATENATE"
        170 StablehloBroadcastInDim "STABLEHLO_BROADCAST_IN_DIM"
        171 StablehloConvolution "STABLEHLO_CONVOLUTION"
        172 StablehloSlice "STABLEHLO_SLICE"
        173 StablehloCustomCall "STABLEHLO_CUSTOM_CALL"
        174 StablehloReduce "STABLEHLO_REDUCE"
        175 StablehloAbs "STABLEHLO_ABS"
        176 StablehloAnd "STABLEHLO_AND"
        177 StablehloCosine "STABLEHLO_COSINE"
        178 StablehloExponential "STABLEHLO_EXPONENTIAL"
        179 StablehloFloor "STABLEHLO_FLOOR"
        180 StablehloLog "STABLEHLO_LOG"
        181 StablehloMinimum "STABLEHLO_MINIMUM"
        182 StablehloNegate "STABLEHLO_NEGATE"
        183 StablehloOr "STABLEHLO_OR"
        184 StablehloPower "STABLEHLO_POWER"
        185 StablehloRemainder "STABLEHLO_REMAINDER"
        186 StablehloRsqrt "STABLEHLO_RSQRT"
        187 StablehloSelect "STABLEHLO_SELECT"
        188 StablehloSubtract "STABLEHLO_SUBTRACT"
        189 StablehloTanh "STABLEHLO_TANH"
        190 StablehloScatter "STABLEHLO_SCATTER"
        191 StablehloCompare "STABLEHLO_COMPARE"
        192 StablehloConvert "STABLEHLO_CONVERT"
        193 StablehloDynamicSlice "STABLEHLO_DYNAMIC_SLICE"
        194 StablehloDynamicUpdateSlice "STABLEHLO_DYNAMIC_UPDATE_SLICE"
        195 StablehloPad "STABLEHLO_PAD"
        196 StablehloIota "STABLEHLO_IOTA"
        197 StablehloDotGeneral "STABLEHLO_DOT_GENERAL"
        198 StablehloReduceWindow "STABLEHLO_REDUCE_WINDOW"
        199 StablehloSort "STABLEHLO_SORT"
        200 StablehloWhile "STABLEHLO_WHILE"
        201 StablehloGather "STABLEHLO_GATHER"
        202 StablehloTranspose "STABLEHLO_TRANSPOSE"
        203 Dilate "DILATE"
        204 StablehloRngBitGenerator "STABLEHLO_RNG_BIT_GENERATOR"
        205 ReduceWindow "REDUCE_WINDOW"
        206 StablehloComposite "STABLEHLO_COMPOSITE"
        207 StablehloShiftLeft "STABLEHLO_SHIFT_LEFT"
        208 StablehloCbrt "STABLEHLO_CBRT"
        209 StablehloCase "STABLEHLO_CASE"
    }
}
