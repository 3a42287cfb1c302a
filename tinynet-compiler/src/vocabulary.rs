//! The words of the language: every operator with its options, every limit.
//!
//! This table is what names are checked against and suggestions come from; `tinynet::dsl` documents the same words for
//! users, and a test holds the two together.

use crate::suggestion::closest;

/// A kind of layer.
#[derive(Debug)]
pub struct Operator {
    /// Its name: `Conv2d`.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Names it goes by elsewhere, without underscores, in lower case.
    pub aliases: &'static [&'static str],
    /// How many layers it reads.
    pub inputs: Inputs,
    /// Whether it has weights, and with them the options of [`WEIGHTS`].
    pub has_weights: bool,
    /// The options of its own.
    pub own_options: &'static [OperatorOption],
}

/// How many layers an operator reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// None: it is the network's input.
    None,
    /// One: the layer before, or the one that the option `input` names.
    One,
    /// Those that the option `inputs` names.
    Several,
}

/// An option of an operator.
#[derive(Debug)]
pub struct OperatorOption {
    /// Its name: `kernel`.
    pub name: &'static str,
    /// What it takes.
    pub values: &'static Values,
    /// Whether a layer without it is an error.
    pub is_required: bool,
    /// What it means, in one line.
    pub summary: &'static str,
    /// Names it goes by elsewhere, without underscores, in lower case.
    pub aliases: &'static [&'static str],
}

/// What an option takes.
#[derive(Debug)]
pub struct Values {
    /// Name of the type in `tinynet::dsl`.
    pub type_name: &'static str,
    /// For messages: "`name` takes …".
    pub description: &'static str,
    /// The words among the values.
    pub words: &'static [&'static str],
    /// The calls among the values: `Percentile` for `Percentile(99.9)`.
    pub calls: &'static [&'static str],
}

/// A resource that a limit can bound.
#[derive(Debug)]
pub struct Resource {
    /// Its name: `flash`.
    pub name: &'static str,
    /// What it measures, in one line.
    pub summary: &'static str,
    /// Names it goes by elsewhere.
    pub aliases: &'static [&'static str],
}

impl Operator {
    /// All its options: its own, then those it shares with others.
    pub fn options(&self) -> impl Iterator<Item = &'static OperatorOption> {
        let inputs: &'static [OperatorOption] = match self.inputs {
            Inputs::None => &[],
            Inputs::One => &INPUT,
            Inputs::Several => &INPUTS,
        };
        let weights: &'static [OperatorOption] = if self.has_weights { &WEIGHTS } else { &[] };
        self.own_options.iter().chain(weights).chain(inputs)
    }

    /// The option called `name`.
    pub fn option(&self, name: &str) -> Option<&'static OperatorOption> {
        self.options().find(|option| option.name == name)
    }

    /// The option that `name` probably means.
    pub fn similar_option(&self, name: &str) -> Option<&'static str> {
        let options: Vec<_> = self.options().collect();
        let names = || options.iter().map(|option| option.name);
        by_alias(name, names(), options.iter().map(|option| (option.name, option.aliases)))
    }
}

/// The operator called `name`.
pub fn operator(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|operator| operator.name == name)
}

/// The operator that `name` probably means.
pub fn similar_operator(name: &str) -> Option<&'static str> {
    let names = OPERATORS.iter().map(|operator| operator.name);
    by_alias(name, names, OPERATORS.iter().map(|operator| (operator.name, operator.aliases)))
}

/// The resource that `name` probably means.
pub fn similar_resource(name: &str) -> Option<&'static str> {
    let names = RESOURCES.iter().map(|resource| resource.name);
    by_alias(name, names, RESOURCES.iter().map(|resource| (resource.name, resource.aliases)))
}

/// Finds a name that differs in case and underscores only, else one with that alias, else the nearest one.
fn by_alias(
    word: &str,
    names: impl Iterator<Item = &'static str> + Clone,
    aliases: impl Iterator<Item = (&'static str, &'static [&'static str])>,
) -> Option<&'static str> {
    let plain = normalize(word);
    let same = names.clone().find(|name| normalize(name) == plain);
    same.or_else(|| aliases.into_iter().find(|(_, aliases)| aliases.contains(&&*plain)).map(|(name, _)| name))
        .or_else(|| closest(word, names))
}

/// A word without what people vary most: case and underscores.
fn normalize(word: &str) -> String {
    word.trim_start_matches("r#").replace('_', "").to_lowercase()
}

const fn option(
    name: &'static str,
    values: &'static Values,
    summary: &'static str,
    aliases: &'static [&'static str],
) -> OperatorOption {
    OperatorOption { name, values, is_required: false, summary, aliases }
}

const fn required(
    name: &'static str,
    values: &'static Values,
    summary: &'static str,
    aliases: &'static [&'static str],
) -> OperatorOption {
    OperatorOption { name, values, is_required: true, summary, aliases }
}

const fn values(type_name: &'static str, description: &'static str) -> Values {
    Values { type_name, description, words: &[], calls: &[] }
}

static LABEL: Values = values("Label", "the label of an earlier layer");
static LABELS: Values = values("Labels", "a list of labels of earlier layers: `[left, right]`");
static COUNT: Values = values("Count", "a positive integer");
static INTEGER: Values = values("Integer", "an integer");
static REAL: Values = values("Real", "a number");
static BOOL: Values = values("bool", "`true` or `false`");
static SHAPE: Values = values("Shape", "a list of positive integers: `[8, 8, 1]`");
static EXTENT: Values = values("Extent", "a positive integer, or two: `[vertical, horizontal]`");
static RANGE: Values = values("Range", "two numbers: `[min, max]`");
static FILE: Values = values("File", "the name of a file: `\"data.npy\"`");
static ARRAY: Values = values("Array", "the name of a file, or a list of numbers");
static SCALES: Values = values("Scales", "a number, or a list with one for each output channel");
static MARGIN: Values =
    values("Margin", "a number of pixels, `[vertical, horizontal]` or `[top, bottom, left, right]`");
static FUNCTION: Values = values("Function", "a function: `|x| x / (1.0 + abs(x))`");
static PADDING: Values = Values {
    type_name: "Padding",
    description: "`Same`, `Valid`, or numbers of pixels",
    words: &["Same", "Valid"],
    calls: &[],
};
static LAYOUT: Values = Values {
    type_name: "Layout",
    description: "`PyTorch` or `Keras`",
    words: &["PyTorch", "Keras"],
    calls: &[],
};
static PRECISION: Values = Values {
    type_name: "Precision",
    description: "`Auto`, `Int8`, `Int6`, `Int5`, `Int4`, `Int3`, `Int2`, `Ternary`, `Binary` or `PowerOfTwo`",
    words: &["Auto", "Int8", "Int6", "Int5", "Int4", "Int3", "Int2", "Ternary", "Binary", "PowerOfTwo"],
    calls: &[],
};
static ACTIVATIONS: Values = Values {
    type_name: "Activations",
    description: "`Int8`, `Int4` or `Int16`",
    words: &["Int8", "Int4", "Int16"],
    calls: &[],
};
static UNROLL: Values = Values {
    type_name: "Unroll",
    description: "`Auto`, `Full` or `Loop`",
    words: &["Auto", "Full", "Loop"],
    calls: &[],
};
static PRUNE: Values =
    Values { type_name: "Prune", description: "`0.6` or `[2, 4]`", words: &[], calls: &[] };
static SCHEME: Values = Values {
    type_name: "Scheme",
    description: "`FixedPoint` or `Affine`",
    words: &["FixedPoint", "Affine"],
    calls: &[],
};
static RANGE_CHOICE: Values = Values {
    type_name: "RangeChoice",
    description: "`MinMax`, `Percentile(99.9)` or `MeanSquaredError`",
    words: &["MinMax", "MeanSquaredError"],
    calls: &["Percentile"],
};
static ORDER: Values = Values {
    type_name: "Order",
    description: "`ChannelsFirst` or `ChannelsLast`",
    words: &["ChannelsFirst", "ChannelsLast"],
    calls: &[],
};

/// The option of every operator that reads one layer.
pub static INPUT: [OperatorOption; 1] =
    [option("input", &LABEL, "the layer it reads; by default the one before", &["inputs", "from", "source"])];

/// The option of every operator that reads several layers.
pub static INPUTS: [OperatorOption; 1] =
    [required("inputs", &LABELS, "the layers it reads", &["input", "from", "sources", "with"])];

/// The options of every operator with weights.
pub static WEIGHTS: [OperatorOption; 12] = [
    option("weights", &ARRAY, "the weights, where the network's file does not have them", &["weight", "w"]),
    option("bias", &ARRAY, "the bias, where the network's file does not have it", &["biases", "b"]),
    option(
        "weight_scale",
        &SCALES,
        "real value of 1 where `weights` are integers",
        &["scale", "scales", "weightscales"],
    ),
    option("use_bias", &BOOL, "whether there is a bias; by default yes", &["hasbias", "withbias", "nobias"]),
    option("layout", &LAYOUT, "order of the weights' axes", &["dataformat", "format", "framework"]),
    option("precision", &PRECISION, "number format of the weights", &["dtype", "bits"]),
    MADE,
    option(
        "prune",
        &PRUNE,
        "share of the weights that become 0, or how many of how many stay",
        PRUNE_ALIASES,
    ),
    option(
        "prune_channels",
        &REAL,
        "share of the output channels that disappear",
        &["pruneoutputs", "pruneunits", "prunefilters", "pruneneurons", "structuredsparsity"],
    ),
    option("prune_inputs", &REAL, "share of the inputs that no weight reads", &["prunefeatures"]),
    option("unroll", &UNROLL, "shape of the code", &["unrolled"]),
    option("range", &RANGE, "range of the output in real numbers", &["outputrange"]),
];

/// The option of operators that choose the steps of what they make.
const MADE: OperatorOption = option(
    "activations",
    &ACTIVATIONS,
    "type of the integers that it makes, with the function behind it; by default the `Input`'s",
    ACTIVATIONS_ALIASES,
);

const ACTIVATIONS_ALIASES: &[&str] =
    &["activationbits", "activationprecision", "activationtype", "activation"];
const PRUNE_ALIASES: &[&str] = &["pruning", "sparsity", "sparse", "pruneamount"];
const KERNEL_ALIASES: &[&str] = &["kernelsize", "kernelshape", "size", "window"];
const SIZE_ALIASES: &[&str] = &["poolsize", "kernelsize", "kernelshape", "kernel", "window"];
const STRIDE_ALIASES: &[&str] = &["strides", "step", "steps", "subsample"];
const PADDING_ALIASES: &[&str] = &["pad", "pads", "bordermode", "paddingmode"];
const DILATION_ALIASES: &[&str] = &["dilations", "dilationrate", "rate"];
const FILTERS_ALIASES: &[&str] =
    &["outchannels", "channels", "outputchannels", "nfilters", "features", "units"];
const INCLUDE_PADDING_ALIASES: &[&str] = &["countincludepad", "countpadding"];

static INPUT_LAYER: [OperatorOption; 13] = [
    required(
        "shape",
        &SHAPE,
        "extent of each axis, without the batch",
        &["inputshape", "size", "dims", "dim"],
    ),
    option(
        "calibration",
        &FILE,
        "`.npy` of samples that ranges are measured on",
        &["calibrationdata", "samples", "data", "representativedataset"],
    ),
    option(
        "scheme",
        &SCHEME,
        "how integers stand for real numbers",
        &["quantization", "quantisation", "format"],
    ),
    option(
        "precision",
        &PRECISION,
        "number format of the weights of all layers",
        &["dtype", "bits", "weightbits"],
    ),
    option("activations", &ACTIVATIONS, "type of the integers between layers", ACTIVATIONS_ALIASES),
    option(
        "prune",
        &PRUNE,
        "share of all weights that become 0, or how many of how many stay",
        PRUNE_ALIASES,
    ),
    option(
        "ranges",
        &RANGE_CHOICE,
        "how the range of a tensor is chosen from its samples",
        &["rangechoice", "calibrationmethod", "method", "observer"],
    ),
    option(
        "bias_correction",
        &BOOL,
        "whether biases make up for the rounding of weights; by default yes",
        &["correctbias"],
    ),
    option(
        "lookup_table",
        &BOOL,
        "whether the network is a table of its answers to each value of a single byte; by default where that is better",
        &["lut", "table", "tabulate"],
    ),
    option("range", &RANGE, "range of the input in real numbers", &["inputrange", "minmax", "domain"]),
    option(
        "fraction_bits",
        &INTEGER,
        "binary places of the input behind the point",
        &["fractionalbits", "frac"],
    ),
    option("scale", &REAL, "real value of one step of the input", &["step", "inputscale"]),
    option("zero_point", &INTEGER, "the integer that stands for 0 in the input", &["offset", "zero"]),
];

static MADE_BY_TWO: [OperatorOption; 1] = [MADE];

static DENSE: [OperatorOption; 1] = [required(
    "units",
    &COUNT,
    "number of outputs",
    &["outfeatures", "outputs", "neurons", "size", "features", "filters", "outputdim", "width"],
)];

static CONV1D: [OperatorOption; 6] = [
    required("filters", &COUNT, "number of output channels", FILTERS_ALIASES),
    required("kernel", &COUNT, "length of the window", KERNEL_ALIASES),
    option("stride", &COUNT, "step of the window; by default 1", STRIDE_ALIASES),
    option("padding", &PADDING, "values around the sequence; by default `Valid`", PADDING_ALIASES),
    option("dilation", &COUNT, "distance between the taps of the window; by default 1", DILATION_ALIASES),
    option("groups", &COUNT, "groups of channels that do not mix; by default 1", &["group"]),
];

static CONV2D: [OperatorOption; 6] = [
    required("filters", &COUNT, "number of output channels", FILTERS_ALIASES),
    required("kernel", &EXTENT, "height and width of the window", KERNEL_ALIASES),
    option("stride", &EXTENT, "steps of the window; by default 1", STRIDE_ALIASES),
    option("padding", &PADDING, "pixels around the image; by default `Valid`", PADDING_ALIASES),
    option("dilation", &EXTENT, "distance between the taps of the window; by default 1", DILATION_ALIASES),
    option("groups", &COUNT, "groups of channels that do not mix; by default 1", &["group"]),
];

static DEPTHWISE_CONV2D: [OperatorOption; 5] = [
    option(
        "multiplier",
        &COUNT,
        "output channels for each input channel; by default 1",
        &["depthmultiplier", "channelmultiplier", "filters"],
    ),
    required("kernel", &EXTENT, "height and width of the window", KERNEL_ALIASES),
    option("stride", &EXTENT, "steps of the window; by default 1", STRIDE_ALIASES),
    option("padding", &PADDING, "pixels around the image; by default `Valid`", PADDING_ALIASES),
    option("dilation", &EXTENT, "distance between the taps of the window; by default 1", DILATION_ALIASES),
];

static MAX_POOL1D: [OperatorOption; 3] = [
    required("size", &COUNT, "length of the window", SIZE_ALIASES),
    option("stride", &COUNT, "step of the window; by default `size`", STRIDE_ALIASES),
    option("padding", &PADDING, "values around the sequence; by default `Valid`", PADDING_ALIASES),
];

static MAX_POOL2D: [OperatorOption; 3] = [
    required("size", &EXTENT, "height and width of the window", SIZE_ALIASES),
    option("stride", &EXTENT, "steps of the window; by default `size`", STRIDE_ALIASES),
    option("padding", &PADDING, "pixels around the image; by default `Valid`", PADDING_ALIASES),
];

static AVG_POOL1D: [OperatorOption; 4] = [
    required("size", &COUNT, "length of the window", SIZE_ALIASES),
    option("stride", &COUNT, "step of the window; by default `size`", STRIDE_ALIASES),
    option("padding", &PADDING, "values around the sequence; by default `Valid`", PADDING_ALIASES),
    option(
        "include_padding",
        &BOOL,
        "whether padding counts as zeros; by default it does not count",
        INCLUDE_PADDING_ALIASES,
    ),
];

static AVG_POOL2D: [OperatorOption; 4] = [
    required("size", &EXTENT, "height and width of the window", SIZE_ALIASES),
    option("stride", &EXTENT, "steps of the window; by default `size`", STRIDE_ALIASES),
    option("padding", &PADDING, "pixels around the image; by default `Valid`", PADDING_ALIASES),
    option(
        "include_padding",
        &BOOL,
        "whether padding counts as zeros; by default it does not count",
        INCLUDE_PADDING_ALIASES,
    ),
];

static FLATTEN: [OperatorOption; 1] = [option(
    "order",
    &ORDER,
    "order of the elements; by default that of the framework the next `Dense` comes from",
    &["dataformat", "layout"],
)];

static RESHAPE: [OperatorOption; 2] = [
    required("shape", &SHAPE, "extent of each axis, without the batch", &["targetshape", "size", "dims"]),
    option(
        "order",
        &ORDER,
        "order of the elements: `ChannelsLast`; to be stated where frameworks differ",
        &["dataformat", "layout"],
    ),
];

static PAD: [OperatorOption; 2] = [
    required("padding", &MARGIN, "pixels added on each side", PADDING_ALIASES),
    option("value", &REAL, "their value; by default 0", &["constant", "constantvalue", "fill"]),
];

static CONCAT: [OperatorOption; 1] =
    [option("axis", &INTEGER, "the axis, without the batch; by default the last", &["dim", "concatdim"])];

static BATCH_NORM: [OperatorOption; 5] = [
    option("epsilon", &REAL, "added to the variance; by default 1e-5", &["eps"]),
    option("scale", &ARRAY, "factor of each channel", &["gamma", "weight", "weights"]),
    option("offset", &ARRAY, "summand of each channel", &["beta", "bias", "shift"]),
    option("mean", &ARRAY, "mean of each channel", &["runningmean", "movingmean"]),
    option("variance", &ARRAY, "variance of each channel", &["runningvar", "movingvariance", "var"]),
];

static LEAKY_RELU: [OperatorOption; 1] =
    [option("slope", &REAL, "slope of the negative side; by default 0.01", &["negativeslope", "alpha"])];

static P_RELU: [OperatorOption; 1] = [option(
    "slopes",
    &ARRAY,
    "slope of the negative side for each channel",
    &["slope", "alpha", "weight", "weights"],
)];

static HARD_TANH: [OperatorOption; 2] = [
    option("min", &REAL, "smallest output; by default -1", &["minval", "lower", "low"]),
    option("max", &REAL, "largest output; by default 1", &["maxval", "upper", "high"]),
];

static GELU: [OperatorOption; 1] = [option(
    "approximate",
    &BOOL,
    "whether to use the tanh approximation; by default not",
    &["approximation", "tanh"],
)];

static ELU: [OperatorOption; 1] =
    [option("alpha", &REAL, "limit of the negative side; by default 1", &["slope", "scale"])];

static SOFTPLUS: [OperatorOption; 1] =
    [option("beta", &REAL, "sharpness of the bend; by default 1", &["sharpness"])];

static ACTIVATION: [OperatorOption; 1] =
    [required("function", &FUNCTION, "the function", &["f", "activation", "fn", "expression"])];

/// Every operator.
pub static OPERATORS: &[Operator] = &[
    Operator {
        name: "Input",
        summary: "what the caller gives",
        aliases: &["inputlayer", "placeholder", "image"],
        inputs: Inputs::None,
        has_weights: false,
        own_options: &INPUT_LAYER,
    },
    weighted(
        "Dense",
        "fully connected layer",
        &["linear", "fullyconnected", "fc", "gemm", "innerproduct", "matmul"],
        &DENSE,
    ),
    weighted("Conv1d", "convolution along a sequence", &["convolution1d"], &CONV1D),
    weighted("Conv2d", "convolution over an image", &["conv", "convolution", "convolution2d"], &CONV2D),
    weighted(
        "DepthwiseConv2d",
        "convolution of each channel by itself",
        &["depthwise", "depthwiseconv", "dwconv", "dwconv2d", "depthwiseconvolution2d"],
        &DEPTHWISE_CONV2D,
    ),
    plain("MaxPool1d", "largest value in each window", &["maxpooling1d"], &MAX_POOL1D),
    plain(
        "MaxPool2d",
        "largest value in each window",
        &["maxpooling2d", "maxpool", "maxpooling"],
        &MAX_POOL2D,
    ),
    plain(
        "AvgPool1d",
        "mean of each window",
        &["averagepooling1d", "averagepool1d", "meanpool1d"],
        &AVG_POOL1D,
    ),
    plain(
        "AvgPool2d",
        "mean of each window",
        &["averagepooling2d", "averagepool2d", "avgpool", "averagepool", "averagepooling", "meanpool2d"],
        &AVG_POOL2D,
    ),
    plain(
        "GlobalMaxPool1d",
        "largest value of each channel",
        &["globalmaxpooling1d", "adaptivemaxpool1d"],
        &[],
    ),
    plain(
        "GlobalMaxPool2d",
        "largest value of each channel",
        &["globalmaxpooling2d", "adaptivemaxpool2d", "globalmaxpool"],
        &[],
    ),
    plain(
        "GlobalAvgPool1d",
        "mean of each channel",
        &["globalaveragepooling1d", "globalaveragepool1d", "adaptiveavgpool1d"],
        &[],
    ),
    plain(
        "GlobalAvgPool2d",
        "mean of each channel",
        &[
            "globalaveragepooling2d",
            "globalaveragepool2d",
            "adaptiveavgpool2d",
            "globalaveragepool",
            "globalavgpool",
        ],
        &[],
    ),
    plain("Flatten", "all values in one axis", &["ravel"], &FLATTEN),
    plain("Reshape", "the same values in another shape", &["view", "unflatten"], &RESHAPE),
    plain(
        "Pad",
        "values around an image or a sequence",
        &[
            "zeropadding1d",
            "zeropadding2d",
            "zeropad1d",
            "zeropad2d",
            "constantpad1d",
            "constantpad2d",
            "padding",
        ],
        &PAD,
    ),
    joining("Add", "sum of layers", &["sum", "addition", "residual", "plus"], &MADE_BY_TWO),
    joining("Mul", "product of layers", &["multiply", "product", "multiplication", "times"], &MADE_BY_TWO),
    joining("Concat", "layers behind one another", &["concatenate", "concatenation", "cat", "join"], &CONCAT),
    plain(
        "BatchNorm",
        "normalisation by trained means and variances",
        &["batchnormalization", "batchnormalisation", "bn"],
        &BATCH_NORM,
    ),
    plain("Softmax", "values to probabilities", &[], &[]),
    plain("ArgMax", "index of the largest value", &[], &[]),
    plain("Relu", "max(0, x)", &["rectifier", "rectifiedlinear"], &[]),
    plain("Relu6", "min(max(0, x), 6)", &[], &[]),
    plain("LeakyRelu", "x where positive, else slope * x", &[], &LEAKY_RELU),
    plain("PRelu", "x where positive, else slopes[channel] * x", &["parametricrelu"], &P_RELU),
    plain("HardTanh", "min(max(min, x), max)", &["clamp", "clip", "clipbyvalue"], &HARD_TANH),
    plain("Tanh", "hyperbolic tangent", &["hyperbolictangent"], &[]),
    plain("Sigmoid", "1 / (1 + exp(-x))", &["logistic"], &[]),
    plain("HardSigmoid", "min(max(0, x / 6 + 1 / 2), 1)", &[], &[]),
    plain("HardSwish", "x * hard_sigmoid(x)", &["hardsilu"], &[]),
    plain("Silu", "x * sigmoid(x)", &["swish"], &[]),
    plain("Gelu", "x times the normal distribution", &[], &GELU),
    plain("Elu", "x where positive, else alpha * (exp(x) - 1)", &[], &ELU),
    plain("Selu", "self-normalising Elu", &[], &[]),
    plain("Softplus", "ln(1 + exp(beta * x)) / beta", &[], &SOFTPLUS),
    plain("Softsign", "x / (1 + abs(x))", &[], &[]),
    plain("Mish", "x * tanh(softplus(x))", &[], &[]),
    plain("Activation", "a function of your own", &["lambda", "custom", "map"], &ACTIVATION),
];

const fn plain(
    name: &'static str,
    summary: &'static str,
    aliases: &'static [&'static str],
    own_options: &'static [OperatorOption],
) -> Operator {
    Operator { name, summary, aliases, inputs: Inputs::One, has_weights: false, own_options }
}

const fn weighted(
    name: &'static str,
    summary: &'static str,
    aliases: &'static [&'static str],
    own_options: &'static [OperatorOption],
) -> Operator {
    Operator { name, summary, aliases, inputs: Inputs::One, has_weights: true, own_options }
}

const fn joining(
    name: &'static str,
    summary: &'static str,
    aliases: &'static [&'static str],
    own_options: &'static [OperatorOption],
) -> Operator {
    Operator { name, summary, aliases, inputs: Inputs::Several, has_weights: false, own_options }
}

/// Every resource that a limit can bound.
pub static RESOURCES: &[Resource] = &[
    Resource {
        name: "flash",
        summary: "bytes of code and constants",
        aliases: &["rom", "size", "code", "progmem"],
    },
    Resource {
        name: "ram",
        summary: "bytes of working memory",
        aliases: &["memory", "sram", "arena", "heap"],
    },
    Resource { name: "stack", summary: "bytes of stack of one inference", aliases: &["frame", "frames"] },
    Resource {
        name: "macs",
        summary: "multiply-accumulates of one inference",
        aliases: &["ops", "flops", "mac"],
    },
    Resource { name: "accuracy", summary: "share of right answers on a test set", aliases: &["acc", "top1"] },
    Resource {
        name: "error",
        summary: "root mean squared error on a test set",
        aliases: &["rmse", "rms", "loss", "mse", "meansquarederror", "rootmeansquarederror"],
    },
    Resource {
        name: "auc",
        summary: "area under the ROC curve on a test set",
        aliases: &["roc", "rocauc", "auroc", "areaunderroc"],
    },
    Resource {
        name: "cycles",
        summary: "cycles of a processor for one inference",
        aliases: &["time", "latency", "clocks"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = OPERATORS.iter().map(|operator| operator.name).collect();
        assert_eq!(names.len(), OPERATORS.len());
        for operator in OPERATORS {
            let names: BTreeSet<_> = operator.options().map(|option| option.name).collect();
            assert_eq!(names.len(), operator.options().count(), "{}", operator.name);
        }
    }

    #[test]
    fn aliases_are_normal_and_unambiguous() {
        let mut seen = BTreeSet::new();
        for alias in OPERATORS.iter().flat_map(|operator| operator.aliases) {
            assert_eq!(normalize(alias), *alias);
            assert!(seen.insert(alias), "{alias}");
        }
        for operator in OPERATORS {
            let mut seen = BTreeSet::new();
            for alias in operator.own_options.iter().flat_map(|option| option.aliases) {
                assert_eq!(normalize(alias), *alias);
                assert!(seen.insert(alias), "{} {alias}", operator.name);
            }
        }
    }

    #[test]
    fn knows_the_names_of_other_frameworks() {
        for (written, meant) in [
            ("Linear", "Dense"),
            ("Conv2D", "Conv2d"),
            ("BatchNorm2d", "BatchNorm"),
            ("BatchNormalization", "BatchNorm"),
            ("ReLU", "Relu"),
            ("LeakyReLU", "LeakyRelu"),
            ("PReLU", "PRelu"),
            ("MaxPooling2D", "MaxPool2d"),
            ("AdaptiveAvgPool2d", "GlobalAvgPool2d"),
            ("GlobalAveragePooling2D", "GlobalAvgPool2d"),
            ("Hardtanh", "HardTanh"),
            ("SiLU", "Silu"),
            ("Swish", "Silu"),
            ("Concatenate", "Concat"),
            ("DepthwiseConv2D", "DepthwiseConv2d"),
            ("Inpt", "Input"),
            ("Dence", "Dense"),
        ] {
            assert_eq!(similar_operator(written), Some(meant), "{written}");
        }
        assert_eq!(similar_operator("LSTM"), None);
    }

    #[test]
    fn knows_the_options_of_other_frameworks() {
        for (layer, written, meant) in [
            ("Conv2d", "out_channels", "filters"),
            ("Conv2d", "kernel_size", "kernel"),
            ("Conv2d", "strides", "stride"),
            ("Conv2d", "dilation_rate", "dilation"),
            ("Conv1d", "filter", "filters"),
            ("Dense", "out_features", "units"),
            ("Dense", "unit", "units"),
            ("Dense", "useBias", "use_bias"),
            ("MaxPool2d", "pool_size", "size"),
            ("MaxPool2d", "kernel_size", "size"),
            ("AvgPool2d", "count_include_pad", "include_padding"),
            ("BatchNorm", "eps", "epsilon"),
            ("LeakyRelu", "negative_slope", "slope"),
            ("Add", "input", "inputs"),
            ("Relu", "inputs", "input"),
        ] {
            assert_eq!(operator(layer).unwrap().similar_option(written), Some(meant), "{layer} {written}");
        }
        assert_eq!(operator("Dense").unwrap().similar_option("learning_rate"), None);
    }
}
