//! Cycles of the parts of kernels: `cargo xtask cycles --write` measures them and writes the numbers into this
//! file.
//!
//! Cycles for elements of int8, on a Cortex-M0 and on a Cortex-M0+, and multiplications; the same for elements of int16: least squares over layers of
//! public models and of models of one operator, built by rustc 1.95 with `opt-level = 3` and link-time optimisation. A part
//! that no layer has keeps what it had.

/// A part of a kernel.
#[derive(Debug, PartialEq)]
pub struct Part {
    /// Its name in this file.
    pub name: &'static str,
    /// Cycles on a Cortex-M0 and on a Cortex-M0+ with multipliers of one cycle, and multiplications, for elements of int8.
    int8: [f64; 3],
    /// The same for elements of int16.
    int16: [f64; 3],
}

/// Parts are compared by their names: there is one of each.
impl Eq for Part {}

impl Part {
    /// Cycles on a Cortex-M0 and on a Cortex-M0+ with multipliers of one cycle, and multiplications.
    pub fn time(&self, is_wide: bool) -> [f64; 3] {
        if is_wide { self.int16 } else { self.int8 }
    }
}

macro_rules! parts {
    ($($(#[$documentation:meta])* $name:ident = $int8:expr, $int16:expr;)*) => {
        $(
            $(#[$documentation])*
            pub static $name: Part = Part { name: stringify!($name), int8: $int8, int16: $int16 };
        )*

        /// All parts.
        pub static ALL: &[&Part] = &[$(&$name),*];
    };
}

parts! {
    // Sums of products of weights.

    /// A dense layer.
    DENSE = [45.9, 43.2, 0.0], [37.9, 35.4, 0.0];
    /// A call that sums and requantises rows of weights.
    ROWS = [58.8, 57.8, 0.6], [43.1, 40.7, 0.1];
    /// A batch of up to sixteen channels: sums, then requantisation.
    ROWS_BATCH = [151.8, 140.4, 0.4], [154.7, 146.4, 0.2];
    /// A sum of products.
    ACCUMULATE = [18.8, 19.3, 1.0], [28.7, 30.5, 1.8];
    /// Eight products.
    ACCUMULATE_EIGHT = [62.9, 61.9, 8.0], [71.0, 70.0, 8.0];
    /// One product.
    ACCUMULATE_ONE = [12.9, 12.0, 1.0], [15.8, 12.6, 1.6];

    // Weights of few bits, read off the instructions of the loops: what they take more than bytes.

    /// A row of packed weights.
    UNPACK_ROW = [12.0, 12.0, 0.0], [12.0, 12.0, 0.0];
    /// A tap of packed weights.
    UNPACK_TAP = [50.0, 46.0, 0.0], [50.0, 46.0, 0.0];
    /// Eight of two bits.
    UNPACK_SIGNED_2 = [8.0, 8.0, 0.0], [0.0, 0.0, 0.0];
    /// Eight of three bits.
    UNPACK_SIGNED_3 = [18.0, 18.0, 0.0], [9.0, 9.0, 0.0];
    /// Eight of four bits.
    UNPACK_SIGNED_4 = [8.0, 8.0, 0.0], [0.0, 0.0, 0.0];
    /// Eight of five bits.
    UNPACK_SIGNED_5 = [26.0, 26.0, 0.0], [17.0, 17.0, 0.0];
    /// Eight of six bits.
    UNPACK_SIGNED_6 = [32.0, 32.0, 0.0], [23.0, 23.0, 0.0];
    /// Eight odd ones of one bit.
    UNPACK_ODD_1 = [25.0, 25.0, 0.0], [17.0, 17.0, 0.0];
    /// Eight odd ones of two bits.
    UNPACK_ODD_2 = [26.0, 26.0, 0.0], [15.0, 15.0, 0.0];
    /// One of less than eight.
    UNPACK_ONE = [17.0, 16.0, 0.0], [17.0, 16.0, 0.0];
    /// A product of a transposed convolution, which takes off a zero point and has fewer registers: a mean.
    UNPACK_TRANSPOSED_ONE = [2.6, 2.6, 0.0], [2.9, 2.9, 0.0];

    // Products of ternary weights, read off the instructions of the loops: all that they take.

    /// A sum of products.
    TERNARY_ROW = [29.0, 29.5, 0.0], [29.0, 29.5, 0.0];
    /// Five products: the weights of a byte.
    TERNARY_FIVE = [73.0, 72.0, 10.0], [74.0, 73.0, 10.0];
    /// One of less than five.
    TERNARY_ONE = [15.0, 14.0, 2.0], [15.0, 14.0, 2.0];

    // Requantisation of an accumulator.

    /// By one shift.
    SHIFT_PER_TENSOR = [24.0, 22.3, 0.0], [29.4, 28.3, 0.0];
    /// By a shift for each channel.
    SHIFT_PER_CHANNEL = [30.0, 27.9, 0.0], [30.0, 27.9, 0.0];
    /// By one multiplier.
    MULTIPLIER_PER_TENSOR = [106.7, 102.0, 3.1], [101.6, 97.2, 2.6];
    /// By a multiplier for each channel.
    MULTIPLIER_PER_CHANNEL = [111.0, 106.3, 2.8], [100.0, 93.0, 0.0];
    /// By one multiplier of 16 bits.
    SHORT_MULTIPLIER_PER_TENSOR = [120.0, 111.6, 0.0], [133.6, 123.4, 0.9];
    /// By a multiplier of 16 bits for each channel.
    SHORT_MULTIPLIER_PER_CHANNEL = [130.0, 120.9, 0.0], [144.8, 134.3, 0.6];
    /// By one fraction.
    FRACTION_PER_TENSOR = [65.3, 63.0, 3.0], [55.2, 51.0, 1.5];
    /// By a fraction for each channel.
    FRACTION_PER_CHANNEL = [90.9, 88.8, 3.1], [80.0, 74.4, 2.1];
    /// By a product of 32 bits and a shift.
    MULTIPLY_SHIFT = [22.0, 21.2, 0.5], [22.0, 20.5, 0.0];
    /// A table behind it.
    THEN_TABLE = [5.0, 4.8, 0.0], [5.0, 4.7, 0.0];

    // Convolutions.

    /// A convolution.
    CONVOLUTION = [125.4, 129.4, 0.1], [118.2, 111.7, 0.0];
    /// A line of its output.
    CONVOLUTION_LINE = [22.9, 18.4, 0.1], [30.7, 29.1, 0.1];
    /// A pixel of its output.
    CONVOLUTION_PIXEL = [23.7, 15.6, 0.4], [45.2, 43.1, 0.2];
    /// A group of channels of a pixel.
    CONVOLUTION_GROUP = [52.9, 51.7, 0.7], [45.2, 43.1, 0.2];
    /// A patch that is copied.
    PATCH = [64.6, 66.2, 1.5], [85.4, 91.0, 0.2];
    /// A row of the kernel in it.
    PATCH_LINE = [10.6, 7.4, 0.8], [43.8, 44.9, 0.6];
    /// What lies side by side in it.
    PATCH_RUN = [57.8, 54.4, 2.7], [43.8, 44.9, 0.6];
    /// The same where part of it lies outside the image.
    PATCH_FILLED_RUN = [14.2, 13.6, 0.0], [14.8, 13.7, 0.1];
    /// A value of the border.
    PATCH_FILL = [8.3, 7.4, 0.1], [7.4, 6.5, 0.1];
    /// Four values that are copied.
    PATCH_FOUR = [34.5, 33.6, 0.3], [23.2, 21.4, 0.3];
    /// One value that is copied.
    PATCH_ONE = [21.3, 21.0, 0.4], [10.5, 9.7, 0.9];
    /// A sum of a patch's values, where weights have a zero point.
    PATCH_SUMS = [72.4, 73.6, 0.3], [60.0, 55.8, 0.0];
    /// A value in it.
    PATCH_SUM = [7.8, 6.8, 0.0], [8.0, 7.4, 0.0];
    /// What it takes off a channel's sum.
    OFFSET = [5.3, 4.2, 0.2], [10.0, 9.3, 0.0];

    // Depthwise convolutions.

    /// A depthwise convolution.
    DEPTHWISE = [131.6, 134.6, 0.0], [119.4, 111.5, 0.0];
    /// A line of its output.
    DEPTHWISE_LINE = [26.2, 21.3, 0.2], [30.0, 28.0, 0.0];
    /// A pixel of its output.
    DEPTHWISE_PIXEL = [48.8, 47.4, 0.1], [42.1, 39.5, 0.1];
    /// A batch of up to sixteen channels of a pixel.
    DEPTHWISE_BATCH = [159.1, 157.6, 1.2], [149.9, 174.3, 0.2];
    /// Four biases.
    BIAS_FOUR = [23.5, 22.6, 3.7], [26.7, 29.5, 0.4];
    /// One bias.
    BIAS_ONE = [11.5, 11.5, 1.2], [10.1, 9.4, 0.1];
    /// A row of the kernel inside the image.
    DEPTHWISE_TAP_LINE = [31.4, 27.6, 1.9], [46.8, 44.6, 0.3];
    /// A tap inside the image.
    DEPTHWISE_TAP = [57.2, 56.6, 0.3], [48.0, 41.9, 0.7];
    /// Four products.
    DEPTHWISE_FOUR = [52.0, 50.9, 4.0], [93.0, 101.8, 0.4];
    /// One product.
    DEPTHWISE_ONE = [16.8, 15.9, 0.9], [19.4, 18.2, 1.2];
    /// Channels that several filters read, at a tap.
    REPEAT = [42.2, 39.6, 0.0], [33.9, 27.8, 0.1];
    /// One of them.
    REPEAT_ONE = [20.0, 18.5, 0.0], [19.1, 16.1, 1.7];
    /// A step of the division that finds the first of them.
    REPEAT_STEP = [6.0, 5.7, 0.5], [7.6, 8.2, 1.0];
    /// Which taps of a window lie inside the image.
    TAPS = [41.9, 34.4, 0.5], [52.2, 54.2, 0.2];
    /// A tap before the image.
    TAP_BEFORE = [9.9, 9.3, 0.0], [9.7, 9.1, 0.0];
    /// A tap inside the image.
    TAP_INSIDE = [15.6, 13.9, 0.1], [16.7, 15.9, 0.5];

    // Convolutions whose sums have 64 bits.

    /// A convolution.
    WIDE = [100.0, 93.0, 0.0], [105.7, 105.5, 0.0];
    /// A pixel of its output.
    WIDE_PIXEL = [30.0, 27.9, 0.0], [29.6, 27.6, 0.0];
    /// An output.
    WIDE_OUTPUT = [250.0, 232.5, 0.0], [245.8, 279.4, 0.1];
    /// A row of the kernel.
    WIDE_TAP_LINE = [20.0, 18.6, 0.0], [18.3, 16.7, 0.4];
    /// A tap.
    WIDE_TAP = [20.0, 18.6, 0.0], [13.2, 10.9, 1.1];
    /// A tap inside the image.
    WIDE_TAP_INSIDE = [40.0, 37.2, 0.0], [20.8, 16.5, 0.7];
    /// A sum of 32 bits.
    WIDE_CHUNK = [20.0, 18.6, 0.0], [17.7, 16.2, 0.7];
    /// A product.
    WIDE_ONE = [12.0, 11.2, 0.0], [12.5, 11.5, 0.7];

    // Transposed convolutions.

    /// A transposed convolution.
    TRANSPOSED = [106.9, 102.8, 0.0], [100.0, 94.0, 0.0];
    /// A pixel of its output.
    TRANSPOSED_PIXEL = [56.8, 55.6, 0.3], [36.2, 34.2, 0.6];
    /// An output.
    TRANSPOSED_OUTPUT = [12.7, 9.4, 1.1], [43.2, 39.7, 1.5];
    /// A row of the kernel that is tried.
    TRANSPOSED_TAP_LINE = [14.3, 12.9, 0.9], [21.3, 21.5, 0.0];
    /// A row that meets a line of the input.
    TRANSPOSED_TAP_LINE_INSIDE = [30.0, 27.4, 0.9], [23.3, 22.7, 1.5];
    /// A tap that is tried.
    TRANSPOSED_TAP = [15.6, 15.6, 1.2], [14.5, 14.3, 1.3];
    /// A tap that meets a pixel of the input.
    TRANSPOSED_TAP_INSIDE = [42.8, 44.8, 1.0], [29.3, 28.6, 1.3];
    /// A product.
    TRANSPOSED_ONE = [13.6, 12.1, 1.2], [13.9, 12.9, 1.0];

    // Straight-line code.

    /// A layer.
    UNROLLED = [13.0, 11.2, 0.1], [20.0, 18.6, 0.0];
    /// A pixel of its output, where there is a loop.
    UNROLLED_PIXEL = [41.4, 38.3, 0.9], [40.0, 37.2, 0.0];
    /// A function that it is divided into.
    UNROLLED_FUNCTION = [0.0, 0.0, 0.6], [30.0, 27.9, 0.0];
    /// An input that a function reads.
    UNROLLED_READ = [2.7, 2.8, 0.0], [3.0, 2.8, 0.0];
    /// A weight in a function of several outputs.
    UNROLLED_SHARED = [2.3, 2.3, 0.3], [0.5, 0.5, 0.0];
    /// A weight of 1 or -1.
    UNROLLED_SUM = [0.7, 0.6, 0.0], [2.0, 1.9, 0.0];
    /// A weight that is another power of two.
    UNROLLED_SHIFT = [0.0, 0.0, 0.0], [3.0, 2.8, 0.0];
    /// Any other weight.
    UNROLLED_PRODUCT = [4.1, 3.9, 0.5], [4.0, 3.7, 0.0];
    /// An output that is multiplied.
    UNROLLED_MULTIPLIER = [71.6, 67.8, 5.0], [80.0, 74.4, 0.0];
    /// An output that is shifted.
    UNROLLED_CLAMP = [16.0, 14.9, 0.0], [16.0, 14.9, 0.0];
    /// A table behind it.
    UNROLLED_TABLE = [6.0, 5.6, 0.0], [6.0, 5.6, 0.0];

    // Layers that remember.

    /// An LSTM.
    LSTM = [80.0, 75.2, 0.0], [80.0, 74.4, 0.0];
    /// A cell whose hidden state is read or kept.
    LSTM_HIDDEN = [11.0, 10.3, 0.3], [11.0, 10.2, 0.0];
    /// A step in time.
    LSTM_STEP = [119.1, 111.3, 0.0], [120.0, 111.6, 0.0];
    /// A gate of a batch of up to sixteen cells.
    LSTM_GATE = [153.8, 140.3, 0.1], [160.0, 148.8, 0.0];
    /// What goes into the gate of a cell, from the input and from the hidden state.
    LSTM_GATE_VALUE = [181.1, 169.3, 1.6], [180.0, 167.4, 0.0];
    /// A cell: three logistic functions, two hyperbolic tangents, and a multiplication.
    LSTM_CELL = [2291.5, 2118.7, 0.4], [2250.0, 2092.5, 0.0];
    /// An SVDF.
    SVDF = [80.4, 75.6, 0.1], [80.0, 74.4, 0.0];
    /// A batch of up to sixteen filters.
    SVDF_BATCH = [40.5, 38.1, 0.3], [40.0, 37.2, 0.0];
    /// A filter, its state of int8.
    SVDF_FILTER_INT8 = [154.0, 145.7, 2.4], [120.0, 111.6, 0.0];
    /// A filter, its state of int16.
    SVDF_FILTER_INT16 = [161.0, 152.4, 2.4], [120.0, 111.6, 0.0];
    /// A place of a state of int8.
    SVDF_ONE_INT8 = [25.1, 24.1, 1.0], [25.0, 23.2, 0.0];
    /// A place of a state of int16.
    SVDF_ONE_INT16 = [25.1, 24.1, 1.0], [20.0, 18.6, 0.0];
    /// An output.
    SVDF_OUTPUT = [132.2, 125.6, 4.8], [90.0, 83.7, 0.0];

    // Pooling.

    /// A maximum pooling.
    MAX_POOL = [59.4, 54.7, 0.0], [69.6, 66.7, 0.0];
    /// A line of its output.
    MAX_POOL_LINE = [30.0, 27.5, 0.0], [37.2, 36.1, 0.0];
    /// A pixel of its output.
    MAX_POOL_PIXEL = [50.0, 50.6, 0.2], [62.8, 64.0, 0.0];
    /// A least value to begin with.
    MAX_POOL_FILL = [4.0, 3.8, 0.0], [4.7, 4.5, 0.1];
    /// A row of the window inside the image.
    MAX_POOL_TAP_LINE = [32.8, 32.8, 0.4], [35.7, 35.1, 0.1];
    /// A tap inside the image.
    MAX_POOL_TAP = [40.7, 38.5, 0.8], [26.4, 23.7, 0.0];
    /// Four values.
    MAX_POOL_FOUR = [39.0, 36.4, 0.0], [41.2, 37.3, 0.0];
    /// One value.
    MAX_POOL_ONE = [13.9, 12.3, 0.0], [14.0, 12.4, 0.1];
    /// An average pooling.
    AVERAGE_POOL = [82.9, 78.8, 0.0], [80.9, 76.2, 0.0];
    /// A line of its output.
    AVERAGE_POOL_LINE = [31.5, 29.9, 0.0], [30.5, 28.7, 0.0];
    /// A pixel of its output.
    AVERAGE_POOL_PIXEL = [74.8, 72.1, 0.0], [62.3, 58.4, 0.0];
    /// A number to divide by.
    DIVIDER = [286.6, 274.8, 0.0], [272.8, 251.8, 0.0];
    /// A batch of up to sixteen channels of a pixel.
    AVERAGE_POOL_BATCH = [106.2, 103.5, 0.0], [83.9, 78.4, 0.0];
    /// A sum to begin with.
    AVERAGE_POOL_FILL = [7.6, 7.2, 0.1], [7.1, 6.6, 0.1];
    /// A row of the window inside the image.
    AVERAGE_POOL_TAP_LINE = [28.7, 27.2, 0.1], [24.8, 23.2, 0.1];
    /// A tap inside the image.
    AVERAGE_POOL_TAP = [27.6, 25.9, 0.2], [21.7, 20.0, 0.1];
    /// Four values.
    AVERAGE_POOL_FOUR = [33.4, 32.7, 0.0], [32.3, 31.8, 0.0];
    /// One value.
    AVERAGE_POOL_ONE = [17.7, 16.2, 0.5], [12.3, 11.0, 0.4];
    /// A mean.
    MEAN = [49.7, 49.3, 0.1], [352.6, 329.8, 0.1];
    /// Sums along axes.
    SUM = [97.7, 93.0, 0.1], [89.6, 81.8, 0.0];
    /// A row of them.
    SUM_ROW = [22.7, 20.5, 0.0], [20.5, 22.0, 0.0];
    /// A sum.
    SUM_OUTPUT = [20.0, 19.3, 0.5], [1.5, 1.4, 0.1];
    /// A value in it.
    SUM_ONE = [9.0, 8.0, 0.0], [10.0, 9.0, 0.3];
    /// Largest or smallest values along axes.
    EXTREMUM = [71.5, 66.6, 0.0], [68.6, 65.1, 0.0];
    /// A row of them.
    EXTREMUM_ROW = [22.1, 20.3, 0.0], [18.2, 19.2, 0.0];
    /// A largest or smallest value.
    EXTREMUM_OUTPUT = [21.3, 19.3, 0.0], [23.9, 22.0, 0.0];
    /// A value that may be it.
    EXTREMUM_ONE = [14.8, 13.8, 0.0], [16.1, 15.0, 0.0];
    /// Places of largest or smallest values along axes.
    ARG_EXTREMUM = [81.5, 75.6, 0.0], [60.0, 55.8, 0.0];
    /// A row of them.
    ARG_EXTREMUM_ROW = [16.0, 15.0, 0.0], [15.0, 14.0, 0.0];
    /// A place.
    ARG_EXTREMUM_OUTPUT = [6.8, 7.1, 0.0], [20.0, 18.6, 0.0];
    /// A value that may be there.
    ARG_EXTREMUM_ONE = [26.0, 24.0, 0.0], [14.0, 13.0, 0.0];

    // Softmax.

    /// A softmax.
    SOFTMAX_ROW = [700.0, 651.0, 0.0], [700.0, 651.0, 0.0];
    /// A class.
    SOFTMAX_CLASS = [70.0, 65.1, 0.0], [70.0, 65.1, 0.0];
    /// A softmax as TensorFlow Lite calculates it.
    GEMMLOWP_SOFTMAX_ROW = [645.0, 615.0, 0.8], [545.0, 511.4, 0.0];
    /// A class.
    GEMMLOWP_SOFTMAX_CLASS = [130.1, 124.6, 4.8], [135.8, 127.5, 0.0];
    /// The same without a table.
    COMPACT_SOFTMAX_ROW = [716.0, 749.0, 0.0], [700.0, 651.0, 0.0];
    /// A class: two exponentials, which take as long whatever they are of.
    COMPACT_SOFTMAX_CLASS = [1581.5, 1519.0, 0.0], [1860.0, 1729.8, 0.0];
    /// A softmax of int16.
    SOFTMAX_16_ROW = [400.0, 372.0, 0.0], [276.6, 256.5, 0.4];
    /// A class.
    SOFTMAX_16_CLASS = [200.0, 186.0, 0.0], [167.4, 156.9, 5.9];
    /// A logarithm of a softmax.
    LOG_SOFTMAX_ROW = [1109.6, 1055.7, 0.0], [2500.0, 2325.0, 0.0];
    /// A class.
    LOG_SOFTMAX_CLASS = [149.8, 141.9, 4.2], [140.0, 130.2, 0.0];

    // Element by element.

    /// A table that is looked up.
    TABLE_CALL = [46.7, 43.2, 0.0], [40.0, 37.2, 0.0];
    /// Four elements.
    TABLE_FOUR = [29.8, 28.8, -0.0], [35.0, 32.6, 0.0];
    /// One element.
    TABLE_ONE = [9.9, 9.6, 0.0], [12.0, 11.2, 0.0];
    /// A row of a table.
    LOOKUP_CALL = [16.0, 15.0, 0.0], [16.0, 15.0, 0.0];
    /// Where it begins, if its length is no power of two.
    LOOKUP_PLACE = [2.0, 2.0, 1.0], [2.0, 2.0, 1.0];
    /// One element of it, of a short one.
    LOOKUP = [4.0, 4.0, 0.0], [4.0, 4.0, 0.0];
    /// Elements that are clamped.
    CLAMP_CALL = [46.9, 57.0, 0.0], [59.2, 56.7, 0.0];
    /// Four elements that are clamped.
    CLAMP_FOUR = [66.5, 62.0, 0.0], [65.2, 62.8, 0.0];
    /// One element.
    CLAMP_ONE = [22.2, 22.8, 0.0], [22.0, 20.2, 0.0];
    /// Elements whose type changes.
    FLIP_SIGN_CALL = [42.8, 39.5, 0.0], [40.0, 37.2, 0.0];
    /// Four elements whose type changes.
    FLIP_SIGN_FOUR = [26.0, 25.0, -0.0], [30.0, 27.9, 0.0];
    /// One element.
    FLIP_SIGN_ONE = [10.5, 10.1, 0.0], [11.0, 10.2, 0.0];
    /// Products of two tensors.
    MULTIPLY_CALL = [62.4, 58.6, 0.0], [59.8, 56.2, 0.0];
    /// A product of two elements, without its requantisation.
    MULTIPLY = [16.6, 16.3, 1.9], [22.5, 21.8, 2.4];
    /// Slopes below zero.
    PRELU_CALL = [60.0, 55.8, 0.0], [60.0, 55.8, 0.0];
    /// An element with a slope below zero.
    PRELU = [35.0, 32.6, 0.0], [35.0, 32.6, 0.0];
    /// Sums by shifts.
    ADD_SHIFT_CALL = [60.0, 55.8, 0.0], [60.0, 55.8, 0.0];
    /// A sum by shifts.
    ADD_SHIFT = [28.0, 26.0, 0.0], [28.0, 26.0, 0.0];
    /// Sums by multipliers.
    ADD_MULTIPLIER_CALL = [60.1, 56.6, 0.0], [61.3, 59.1, 0.0];
    /// A sum by multipliers.
    ADD_MULTIPLIER = [276.4, 260.3, 12.0], [276.6, 260.3, 11.9];
    /// Another scale.
    RESCALE_CALL = [89.2, 85.2, 0.0], [84.9, 81.2, 0.0];
    /// An element with another scale.
    RESCALE = [111.4, 104.3, 4.0], [107.6, 100.5, 4.0];
    /// Logistic functions.
    LOGISTIC_16_CALL = [60.0, 55.8, 0.0], [60.0, 56.4, 0.0];
    /// A logistic function of an int16.
    LOGISTIC_16 = [60.0, 55.8, 0.0], [56.4, 55.0, 1.9];
    /// Hyperbolic tangents.
    TANH_16_CALL = [60.0, 55.8, 0.0], [59.9, 56.3, 0.0];
    /// A hyperbolic tangent of an int16.
    TANH_16 = [60.0, 55.8, 0.0], [50.5, 48.3, 1.9];
    /// Functions of int16.
    INTERPOLATION_CALL = [60.0, 55.8, 0.0], [56.4, 51.3, 0.0];
    /// A function of an int16 between two entries of a table.
    INTERPOLATION = [45.0, 41.9, 0.0], [41.4, 39.2, 1.0];
    /// The place of the largest.
    ARG_MAX_CALL = [78.4, 79.1, 0.0], [60.0, 55.8, 0.0];
    /// An element that may be the largest.
    ARG_MAX = [10.5, 10.0, 0.0], [10.0, 9.3, 0.0];
    /// Sums or differences.
    SIGNED_SUM_CALL = [87.5, 120.2, 0.2], [97.6, 93.7, 0.1];
    /// A sum or difference.
    SIGNED_SUM = [293.7, 276.4, 14.1], [298.6, 281.7, 13.7];
    /// Larger or smaller elements.
    LARGER_CALL = [102.5, 99.8, 0.0], [63.2, 61.4, 0.0];
    /// The larger or smaller of two elements.
    LARGER = [36.9, 34.7, 0.0], [38.0, 35.8, 0.0];
    /// Slopes that are a tensor.
    PRELU_MULTIPLIER_CALL = [54.2, 44.9, 0.1], [60.0, 55.8, 0.0];
    /// An element with a slope of its own.
    PRELU_MULTIPLIER = [129.0, 120.8, 4.9], [120.0, 111.6, 0.0];
    /// A larger or smaller image.
    RESIZE = [80.6, 75.0, 0.1], [79.9, 75.1, 0.0];
    /// A line of it.
    RESIZE_LINE = [73.5, 71.2, 0.4], [59.6, 56.1, 0.0];
    /// A pixel of it.
    RESIZE_PIXEL = [100.8, 98.9, 1.9], [93.9, 89.2, 0.0];
    /// A channel of a pixel.
    RESIZE_ONE = [195.0, 189.2, 4.6], [200.6, 196.8, 0.0];

    // Moves.

    /// A copy.
    COPY = [18.1, 16.8, 0.5], [23.8, 22.0, 0.4];
    /// Four elements.
    COPY_FOUR = [21.8, 20.8, 0.0], [24.9, 23.7, 0.0];
    /// One element.
    COPY_ONE = [9.8, 8.9, 0.0], [10.0, 9.1, 0.4];
    /// A tensor that becomes part of another.
    CONCAT = [30.0, 27.9, 0.0], [30.0, 27.9, 0.0];
    /// A tensor with a border.
    PAD = [50.1, 51.2, 0.0], [56.8, 51.4, 0.0];
    /// An element that is filled.
    PAD_FILL = [0.9, 0.9, 0.0], [1.0, 0.9, 0.0];
    /// A line inside the border.
    PAD_LINE = [13.8, 12.7, 0.0], [19.3, 17.7, 0.0];
    /// A tensor in another order.
    REARRANGE = [99.8, 94.0, 0.0], [107.5, 103.4, 0.0];
    /// A step of the three outermost of its five axes.
    REARRANGE_OUTER = [23.9, 21.8, 0.1], [23.6, 21.3, 0.0];
    /// A step of the fourth axis.
    REARRANGE_INNER = [13.8, 13.8, 0.0], [13.9, 13.9, 0.0];
    /// An element.
    REARRANGE_ONE = [10.0, 9.0, 1.2], [10.0, 9.0, -0.0];
    /// Lines and columns of an image.
    GATHER = [114.0, 108.4, 0.0], [60.3, 57.0, 0.0];
    /// A line of them.
    GATHER_LINE = [32.9, 30.6, 0.8], [24.9, 23.3, 0.1];
    /// A pixel of them.
    GATHER_BLOCK = [34.1, 32.4, 0.5], [29.9, 28.6, 0.4];
    /// A variable that does not begin with zeros.
    VARIABLE = [20.0, 18.6, 0.0], [20.0, 18.6, 0.0];
    /// An element of it.
    VARIABLE_ONE = [15.0, 14.0, 0.0], [15.0, 14.0, 0.0];
}
