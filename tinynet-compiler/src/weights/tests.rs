//! Each test gives a layer, or a few, to a store of known entries, and looks at every number or every word it answers.

use super::*;
use crate::ast::{LayerOption, Number};
use crate::files::{InvisibleFiles, MemoryFiles};
use crate::graph::Filter;
use crate::import::npy::write_f32;
use proc_macro2::Ident;

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

fn value(kind: ValueKind) -> Value {
    Value { kind, ends: [Span::call_site(); 2] }
}

fn real(number: f64) -> Value {
    value(ValueKind::Number(Number { value: number, is_integer: false }))
}

fn integer(number: i32) -> Value {
    value(ValueKind::Number(Number { value: number.into(), is_integer: true }))
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    value(ValueKind::List(items.into_iter().collect()))
}

fn reals(numbers: impl IntoIterator<Item = f64>) -> Value {
    list(numbers.into_iter().map(real))
}

fn integers(numbers: impl IntoIterator<Item = i32>) -> Value {
    list(numbers.into_iter().map(integer))
}

fn text(name: &str) -> Value {
    value(ValueKind::Text(LitStr::new(name, Span::call_site())))
}

fn layer<const N: usize>(label: &str, operator: &str, options: [(&str, Value); N]) -> Layer {
    Layer {
        label: (!label.is_empty()).then(|| ident(label)),
        operator: ident(operator),
        options: options.map(|(name, value)| LayerOption { name: ident(name), value }).into(),
    }
}

/// An array whose values tell where they stand: `[1, 2, 3]` holds 123 (every axis is shorter than 10).
fn numbered(shape: &[usize]) -> Array {
    let count: usize = shape.iter().product();
    let number = |index| import::position(index, shape).iter().fold(0, |number, axis| number * 10 + axis);
    Array {
        shape: shape.to_vec(),
        values: Values::F32((0..count).map(|index| number(index) as f32).collect()),
    }
}

fn floats(shape: &[usize], values: impl IntoIterator<Item = f32>) -> Array {
    Array { shape: shape.to_vec(), values: Values::F32(values.into_iter().collect()) }
}

fn int_array(shape: &[usize], values: impl IntoIterator<Item = i64>) -> Array {
    Array { shape: shape.to_vec(), values: Values::Integers(values.into_iter().collect()) }
}

/// A store with these entries in `w.npz`.
fn store<'a, const N: usize>(files: &'a MemoryFiles, entries: [(&str, Array); N]) -> WeightStore<'a> {
    let entries =
        entries.map(|(name, array)| Entry { name: name.into(), array: Rc::new(array), is_used: false });
    let literal = LitStr::new("w.npz", Span::call_site());
    let archive = Archive::Loaded { literal, entries: entries.into() };
    WeightStore { files, archive, missing: Vec::new(), labels: Vec::new(), is_skipped: false }
}

/// What happens to one layer: its weights, and all errors until the end.
struct Outcome {
    result: Option<LayerFilter>,
    messages: Vec<String>,
}

/// Asks a store for the weights of one layer.
fn ask(
    mut store: WeightStore<'_>,
    layer: &Layer,
    shape: FilterShape,
    use_bias: bool,
    layout: Option<Layout>,
) -> Outcome {
    let mut errors = Errors::new();
    let input = "`image` makes [2]";
    let result = store.filter(Filters { layer, shape, use_bias, layout, input }, &mut errors).ok();
    store.finish(true, &mut errors);
    Outcome { result, messages: errors.messages() }
}

impl Outcome {
    #[track_caller]
    fn good(self) -> LayerFilter {
        assert_eq!(self.messages, [""; 0]);
        self.result.unwrap()
    }

    #[track_caller]
    fn bad(self, messages: &[&str]) {
        assert_eq!(self.messages, messages);
        assert_eq!(self.result, None);
    }
}

const DENSE: FilterShape = FilterShape::Dense { units: 2, inputs: 3 };
const SQUARE: FilterShape = FilterShape::Dense { units: 2, inputs: 2 };

fn bias() -> Array {
    floats(&[2], [0.5, -0.5])
}

/// Weights of `shape` whose value at each place of the graph's layout is `number(indices)`.
fn expected(shape: &[usize], number: impl Fn(&[usize]) -> usize) -> Vec<f32> {
    let count: usize = shape.iter().product();
    (0..count).map(|index| number(&import::position(index, shape)) as f32).collect()
}

#[test]
fn dense_of_pytorch_and_keras() {
    let files = MemoryFiles::new();
    let fc = layer("fc", "Dense", []);
    let entries = [("fc.weight", numbered(&[2, 3])), ("fc.bias", bias())];
    let found = ask(store(&files, entries), &fc, DENSE, true, None).good();
    let filter = Filter {
        shape: vec![2, 3],
        weights: expected(&[2, 3], |at| at[0] * 10 + at[1]),
        bias: vec![0.5, -0.5],
        given_scales: None,
    };
    assert_eq!(found, LayerFilter { filter, layout: Layout::PyTorch });

    for names in [["fc.kernel", "fc.bias"], ["fc/kernel", "fc/bias"], ["fc/kernel:0", "fc/bias:0"]] {
        let entries = [(names[0], numbered(&[3, 2])), (names[1], bias())];
        let found = ask(store(&files, entries), &fc, DENSE, true, None).good();
        assert_eq!(found.layout, Layout::Keras);
        assert_eq!(found.filter.shape, [2, 3]);
        assert_eq!(found.filter.weights, expected(&[2, 3], |at| at[1] * 10 + at[0]));
        assert_eq!(found.filter.bias, [0.5, -0.5]);
    }
}

#[test]
fn convolutions_of_pytorch_and_keras() {
    let files = MemoryFiles::new();
    let conv = layer("c", "Conv2d", []);
    let shape = FilterShape::Conv2d { filters: 2, channels: 3, height: 4, width: 5 };
    let entries = [("c.weight", numbered(&[2, 3, 4, 5]))];
    let found = ask(store(&files, entries), &conv, shape, false, None).good().filter;
    assert_eq!(found.shape, [2, 4, 5, 3]);
    assert_eq!(found.bias, [0.0, 0.0]);
    let [filter, height, width, channel] = [0, 1, 2, 3];
    let oihw = |at: &[usize]| at[filter] * 1000 + at[channel] * 100 + at[height] * 10 + at[width];
    assert_eq!(found.weights, expected(&[2, 4, 5, 3], oihw));
    let entries = [("c.kernel", numbered(&[4, 5, 3, 2]))];
    let found = ask(store(&files, entries), &conv, shape, false, None).good().filter;
    let hwio = |at: &[usize]| at[height] * 1000 + at[width] * 100 + at[channel] * 10 + at[filter];
    assert_eq!(found.weights, expected(&[2, 4, 5, 3], hwio));

    let shape = FilterShape::Conv1d { filters: 2, channels: 3, length: 4 };
    let entries = [("c.weight", numbered(&[2, 3, 4]))];
    let found = ask(store(&files, entries), &conv, shape, false, None).good().filter;
    assert_eq!(found.shape, [2, 1, 4, 3]);
    let length = 2;
    let oil = |at: &[usize]| at[filter] * 100 + at[channel] * 10 + at[length];
    assert_eq!(found.weights, expected(&[2, 1, 4, 3], oil));
    let entries = [("c.kernel", numbered(&[4, 3, 2]))];
    let found = ask(store(&files, entries), &conv, shape, false, None).good().filter;
    let lio = |at: &[usize]| at[length] * 100 + at[channel] * 10 + at[filter];
    assert_eq!(found.weights, expected(&[2, 1, 4, 3], lio));
}

#[test]
fn depthwise_convolutions_of_pytorch_and_keras() {
    let files = MemoryFiles::new();
    let conv = layer("d", "DepthwiseConv2d", []);
    let shape = FilterShape::DepthwiseConv2d { channels: 3, multiplier: 2, height: 4, width: 5 };
    let entries = [("d.weight", numbered(&[6, 1, 4, 5]))];
    let found = ask(store(&files, entries), &conv, shape, false, None).good().filter;
    assert_eq!(found.shape, [4, 5, 6]);
    assert_eq!(found.bias.len(), 6);
    assert_eq!(found.weights, expected(&[4, 5, 6], |at| at[2] * 1000 + at[0] * 10 + at[1]));
    for name in ["d.depthwise_kernel", "d/depthwise_kernel:0", "d.kernel"] {
        let entries = [(name, numbered(&[4, 5, 3, 2]))];
        let found = ask(store(&files, entries), &conv, shape, false, None).good().filter;
        // Output channel = channel · multiplier + m.
        let hwcm = |at: &[usize]| at[0] * 1000 + at[1] * 100 + at[2] / 2 * 10 + at[2] % 2;
        assert_eq!(found.weights, expected(&[4, 5, 6], hwcm));
    }
}

#[test]
fn a_stated_layout_overrides_the_name() {
    let files = MemoryFiles::new();
    let fc = layer("fc", "Dense", []);
    let entries = || [("fc.weight", numbered(&[2, 2])), ("fc.bias", bias())];
    let by_name = ask(store(&files, entries()), &fc, SQUARE, true, None).good();
    assert_eq!(by_name.filter.weights, [0.0, 1.0, 10.0, 11.0]);
    let stated = ask(store(&files, entries()), &fc, SQUARE, true, Some(Layout::Keras)).good();
    assert_eq!(stated.layout, Layout::Keras);
    assert_eq!(stated.filter.weights, [0.0, 10.0, 1.0, 11.0]);
}

#[test]
fn wrong_shapes_name_both_shapes_and_the_layout_that_would_fit() {
    let files = MemoryFiles::new();
    let fc = layer("fc", "Dense", []);
    let entries = [("fc.weight", numbered(&[3, 2])), ("fc.bias", bias())];
    ask(store(&files, entries), &fc, DENSE, true, None)
        .bad(&["`fc.weight` has shape [3, 2], but this `Dense` needs [2, 3]: `image` makes [2]\n\
         = help: the shape fits Keras's [inputs, units]: state `layout: Keras`"]);
    let entries = [("fc.kernel", numbered(&[4, 2])), ("fc.bias", floats(&[3], [0.0; 3]))];
    ask(store(&files, entries), &fc, DENSE, true, None).bad(&[
        "`fc.bias` has shape [3], but this layer needs [2]\n= help: one number for each of the 2 output channels",
        "`fc.kernel` has shape [4, 2], but this `Dense` needs [3, 2]: `image` makes [2]\n\
         = help: PyTorch has [units, inputs] = [2, 3], Keras has [inputs, units] = [3, 2]",
    ]);
}

/// One wrong number of outputs is one error, and the caller hears that the number is open.
#[test]
fn another_number_of_outputs() {
    let files = MemoryFiles::new();
    let reason = |shape: FilterShape, layout, entries: [(&str, Array); 2]| {
        let mut errors = Errors::new();
        let layer = layer("fc", "Dense", []);
        let request = Filters { layer: &layer, shape, use_bias: true, layout, input: "`image` makes [3]" };
        let reason = store(&files, entries).filter(request, &mut errors).unwrap_err();
        (reason, errors.count())
    };
    let with_bias = |weights, count: usize| [weights, ("fc.bias", floats(&[count], vec![0.0; count]))];
    // Four outputs instead of two, the bias as well.
    let weights = ("fc.weight", numbered(&[4, 3]));
    assert_eq!(reason(DENSE, None, with_bias(weights, 4)), (NoFilter::OtherOutputs, 1));
    let weights = ("fc.kernel", numbered(&[3, 4]));
    assert_eq!(reason(DENSE, None, with_bias(weights, 4)), (NoFilter::OtherOutputs, 1));
    // A bias that agrees with neither is an error of its own.
    let weights = ("fc.weight", numbered(&[4, 3]));
    assert_eq!(reason(DENSE, None, with_bias(weights, 5)), (NoFilter::OtherOutputs, 2));
    // Another number of inputs, or weights that are but transposed, leave the outputs as they are.
    let weights = ("fc.weight", numbered(&[2, 5]));
    assert_eq!(reason(DENSE, None, with_bias(weights, 2)), (NoFilter::Unusable, 1));
    let weights = ("fc.weight", numbered(&[3, 2]));
    assert_eq!(reason(DENSE, None, with_bias(weights, 2)), (NoFilter::Unusable, 1));
    let depthwise = FilterShape::DepthwiseConv2d { channels: 3, multiplier: 2, height: 1, width: 1 };
    let weights = ("fc.depthwise_kernel", numbered(&[1, 1, 3, 4]));
    assert_eq!(reason(depthwise, None, with_bias(weights, 12)), (NoFilter::OtherOutputs, 1));
    let weights = ("fc.depthwise_kernel", numbered(&[2, 1, 3, 2]));
    assert_eq!(reason(depthwise, None, with_bias(weights, 6)), (NoFilter::Unusable, 1));
}

#[test]
fn weights_must_be_finite_and_real() {
    let files = MemoryFiles::new();
    let fc = layer("fc", "Dense", []);
    let weights = floats(&[2, 3], [0.0, 1.0, f32::NAN, 2.0, f32::INFINITY, 3.0]);
    let entries = [("fc.weight", weights), ("fc.bias", floats(&[2], [0.0, f32::NEG_INFINITY]))];
    ask(store(&files, entries), &fc, DENSE, true, None).bad(&[
        "`fc.bias` holds -inf at [1]\n\
         = help: every weight must be finite; look for the step of the training that diverged",
        "`fc.weight` holds NaN at [0, 2], and 1 more such values\n\
         = help: every weight must be finite; look for the step of the training that diverged",
    ]);
    let entries = [("fc.weight", int_array(&[2, 3], 0..6)), ("fc.bias", int_array(&[2], [1, 2]))];
    ask(store(&files, entries), &fc, DENSE, true, None).bad(&[
        "`fc.bias` holds integers\n\
         = help: a bias is a real number, in the units of the layer's output: save it as float32",
        "`fc.weight` holds integers\n= help: state `weight_scale`, the real value of one step (one number, or one \
         for each output channel), or save it beside them as `label.weight_scale`; or save the weights as float32",
    ]);
}

#[test]
fn integers_with_a_scale() {
    let files = MemoryFiles::new();
    let entries = || [("fc.weight", int_array(&[2, 3], [-128, 127, 1, 0, -1, 2])), ("fc.bias", bias())];
    let one = layer("fc", "Dense", [("weight_scale", real(0.25))]);
    let found = ask(store(&files, entries()), &one, DENSE, true, None).good().filter;
    assert_eq!(found.weights, [-32.0, 31.75, 0.25, 0.0, -0.25, 0.5]);
    assert_eq!(found.given_scales, Some(vec![0.25]));
    let each = layer("fc", "Dense", [("weight_scale", reals([0.25, 2.0]))]);
    let found = ask(store(&files, entries()), &each, DENSE, true, None).good().filter;
    assert_eq!(found.weights, [-32.0, 31.75, 0.25, 0.0, -2.0, 4.0]);
    assert_eq!(found.given_scales, Some(vec![0.25, 2.0]));

    let conv = layer("d", "DepthwiseConv2d", [("weight_scale", reals([1.0, 0.5]))]);
    let shape = FilterShape::DepthwiseConv2d { channels: 2, multiplier: 1, height: 2, width: 1 };
    let entries = [("d.weight", int_array(&[2, 1, 2, 1], [1, 2, 3, 4]))];
    let found = ask(store(&files, entries), &conv, shape, false, None).good().filter;
    assert_eq!(found.weights, [1.0, 1.5, 2.0, 2.0]);
}

#[test]
fn scales_that_make_no_sense() {
    let files = MemoryFiles::new();
    let entries = || [("fc.weight", int_array(&[2, 3], [0, 0, 0, 0, 128, 0])), ("fc.bias", bias())];
    let with = |scale: Value| {
        ask(store(&files, entries()), &layer("fc", "Dense", [("weight_scale", scale)]), DENSE, true, None)
    };
    let int8 = "`fc.weight` holds 128 at [1, 1]\n= help: integer weights are int8: -128 to 127";
    with(real(1.0)).bad(&[int8]);
    let positive = "expected a positive number\n\
                    = help: `weight_scale` is the real value of one step of the integer weights";
    with(real(0.0)).bad(&[positive, int8]);
    with(reals([f64::NAN, -1.0])).bad(&[positive, positive, int8]);
    with(reals([1.0; 3])).bad(&[
        "3 scales for 2 output channels\n= help: `weight_scale` is one number, or one for each output channel",
        int8,
    ]);
    let fc = layer("fc", "Dense", [("weight_scale", real(1.0))]);
    ask(store(&files, [("fc.weight", numbered(&[2, 3])), ("fc.bias", bias())]), &fc, DENSE, true, None)
        .bad(&["`weight_scale` belongs to integer weights, but `fc.weight` holds real numbers\n\
         = help: leave `weight_scale` out, or save the weights as int8"]);
}

#[test]
fn integers_with_a_scale_in_the_file() {
    let files = MemoryFiles::new();
    let fc = layer("fc", "Dense", []);
    let weight = || ("fc.weight", int_array(&[2, 3], [-128, 127, 1, 0, -1, 2]));
    let with = |scale: Array| {
        let entries = [weight(), ("fc.weight_scale", scale), ("fc.bias", bias())];
        ask(store(&files, entries), &fc, DENSE, true, None)
    };
    let found = with(floats(&[2], [0.25, 2.0])).good().filter;
    assert_eq!(found.weights, [-32.0, 31.75, 0.25, 0.0, -2.0, 4.0]);
    assert_eq!(found.given_scales, Some(vec![0.25, 2.0]));
    for shape in [&[][..], &[1]] {
        assert_eq!(with(floats(shape, [0.5])).good().filter.given_scales, Some(vec![0.5]));
    }

    with(floats(&[3], [1.0; 3])).bad(&["`fc.weight_scale` has shape [3], but there are 2 output channels\n\
         = help: save one scale, or one for each output channel"]);
    with(floats(&[2], [1.0, -0.5])).bad(&["`fc.weight_scale` holds -0.5 at [1]\n\
         = help: `weight_scale` is the real value of one step of the integer weights"]);
    with(int_array(&[2], [1, 2]))
        .bad(&["`fc.weight_scale` holds integers\n= help: save the scales as float32"]);
    // The option wins; then nobody uses the entry.
    let stated = layer("fc", "Dense", [("weight_scale", real(0.5))]);
    let entries = [weight(), ("fc.weight_scale", floats(&[], [0.25])), ("fc.bias", bias())];
    let asked = ask(store(&files, entries), &stated, DENSE, true, None);
    assert_eq!(asked.result.unwrap().filter.given_scales, Some(vec![0.5]));
    assert_eq!(
        asked.messages,
        ["`w.npz` has entries that no layer uses: `fc.weight_scale`\n\
          = help: layers of these labels do without them: look for `use_bias: false`, or for options that give the \
          same"]
    );
    let entries =
        [("fc.weight", numbered(&[2, 3])), ("fc.weight_scale", floats(&[], [0.25])), ("fc.bias", bias())];
    ask(store(&files, entries), &fc, DENSE, true, None)
        .bad(&["`weight_scale` belongs to integer weights, but `fc.weight` holds real numbers\n\
         = help: leave `weight_scale` out, or save the weights as int8"]);
}

#[test]
fn weights_in_the_declaration() {
    let files = MemoryFiles::new();
    let rows = || list([integers([1, -1, 0]), reals([0.5, 0.25, -2.0])]);
    let fc = layer("", "Dense", [("weights", rows()), ("bias", integers([3, -4]))]);
    let found = ask(store(&files, []), &fc, DENSE, true, None).good();
    assert_eq!(found.layout, Layout::PyTorch);
    assert_eq!(found.filter.weights, [1.0, -1.0, 0.0, 0.5, 0.25, -2.0]);
    assert_eq!(found.filter.bias, [3.0, -4.0]);

    let fc = layer("", "Dense", [("weights", rows()), ("bias", real(0.5))]);
    assert_eq!(ask(store(&files, []), &fc, DENSE, true, None).good().filter.bias, [0.5, 0.5]);

    let columns = list([integers([1, 4]), integers([2, 5]), integers([3, 6])]);
    let fc = layer("", "Dense", [("weights", columns), ("weight_scale", real(0.5))]);
    let found = ask(store(&files, []), &fc, DENSE, false, Some(Layout::Keras)).good().filter;
    assert_eq!(found.weights, [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]);
    assert_eq!(found.given_scales, Some(vec![0.5]));
}

#[test]
fn a_bias_that_is_used_and_not_used() {
    let files = MemoryFiles::new();
    let fc = layer("fc", "Dense", [("bias", real(0.5))]);
    let outcome = ask(store(&files, [("fc.weight", numbered(&[2, 3]))]), &fc, DENSE, false, None);
    assert_eq!(
        outcome.messages,
        ["this layer has a bias, but states `use_bias: false`\n= help: remove one of the two options"]
    );
}

#[test]
fn lists_that_make_no_sense() {
    let files = MemoryFiles::new();
    let with = |weights: Value| {
        ask(store(&files, []), &layer("", "Dense", [("weights", weights)]), DENSE, false, None)
    };
    with(list([reals([1.0; 3]), reals([1.0; 2])]))
        .bad(&["this list has 2 elements, the first one beside it 3\n= help: lists side by side have the same length"]);
    with(list([reals([1.0; 3]), real(1.0)])).bad(&["expected a list of 3 elements here"]);
    with(list([real(1.0), reals([1.0])])).bad(&["expected a number here, as in the place before"]);
    with(list([text("a"), text("b")])).bad(&["expected a number", "expected a number"]);
    with(list([reals([1e39, 1.0, -1e39]), reals([1.0; 3])]))
        .bad(&["1e39 is too large for float32", "-1e39 is too large for float32"]);
    with(value(ValueKind::Word(ident("Same"))))
        .bad(&["expected a list of numbers or the name of a `.npy` file"]);
    with(list([])).bad(&["this list has shape [0], but this `Dense` needs [2, 3]: `image` makes [2]\n\
         = help: PyTorch has [units, inputs] = [2, 3], Keras has [inputs, units] = [3, 2]"]);
    // The parser has reported these.
    with(value(ValueKind::Missing)).bad(&[]);
    with(list([reals([1.0; 3]), value(ValueKind::Missing)])).bad(&[]);
    let scaled = [("weights", list([reals([1.0, 2.5, 3.0])])), ("weight_scale", real(1.0))];
    let expected = "expected an integer\n\
                    = help: `weight_scale` belongs to integer weights; leave it out for real numbers";
    ask(store(&files, []), &layer("", "Dense", scaled), DENSE, false, None).bad(&[expected; 3]);
}

#[test]
fn weights_in_files_of_their_own() {
    let mut files = MemoryFiles::new();
    let mut file = |name: &str, array: &Array| {
        let Values::F32(values) = &array.values else { unreachable!() };
        files.insert(name, write_f32(&array.shape, values));
    };
    file("w.npy", &numbered(&[2, 3]));
    file("transposed.npy", &numbered(&[3, 2]));
    file("square.npy", &numbered(&[2, 2]));
    file("symmetric.npy", &floats(&[2, 2], [1.0, 2.0, 2.0, 3.0]));
    file("b.npy", &bias());
    let with = |weights: &str, shape, layout| {
        let fc = layer("", "Dense", [("weights", text(weights)), ("bias", text("b.npy"))]);
        ask(store(&files, []), &fc, shape, true, layout)
    };
    // Where only one layout fits, that is it.
    let found = with("w.npy", DENSE, None).good();
    assert_eq!((found.layout, found.filter.bias.as_slice()), (Layout::PyTorch, [0.5, -0.5].as_slice()));
    assert_eq!(with("transposed.npy", DENSE, None).good().layout, Layout::Keras);
    with("square.npy", SQUARE, None).bad(&[
        "`square.npy` has shape [2, 2], which PyTorch reads as [units, inputs] and Keras as [inputs, units]\n\
         = help: state `layout: PyTorch` or `layout: Keras`",
    ]);
    let stated = with("square.npy", SQUARE, Some(Layout::Keras)).good();
    assert_eq!(stated.filter.weights, [0.0, 10.0, 1.0, 11.0]);
    assert_eq!(with("symmetric.npy", SQUARE, None).good().filter.weights, [1.0, 2.0, 2.0, 3.0]);
    with("w.npy", SQUARE, None)
        .bad(&["`w.npy` has shape [2, 3], but this `Dense` needs [2, 2]: `image` makes [2]\n\
         = help: PyTorch has [units, inputs] = [2, 2], Keras has [inputs, units] = [2, 2]"]);
    with("none.npy", DENSE, None).bad(&["no file `none.npy`\n= help: looked for /memory/none.npy"]);
    with("b.npz", DENSE, None).bad(&["no file `b.npz`\n= help: looked for /memory/b.npz"]);
}

#[test]
fn missing_entries_are_one_error_a_layer() {
    let files = MemoryFiles::new();
    let fc = layer("fc", "Dense", []);
    ask(store(&files, []), &fc, DENSE, true, None)
        .bad(&["`w.npz` has no entry `fc.weight` (or `fc.kernel`) and no `fc.bias`\n\
         = help: other layers use all entries of the file"]);
    ask(store(&files, [("fc.weight", numbered(&[2, 3]))]), &fc, DENSE, true, None)
        .bad(&["`w.npz` has no entry `fc.bias`\n= help: state `use_bias: false` if the layer has none"]);
    let entries = [("fc.weight", numbered(&[2, 3])), ("other", bias())];
    ask(store(&files, entries), &fc, DENSE, true, None).bad(&[
        "`w.npz` has no entry `fc.bias`\n= help: state `use_bias: false` if the layer has none",
        "`w.npz` has entries that no layer uses: `other`\n\
         = help: entries are called `label.role`; layers that take weights are labelled `fc`",
    ]);
}

#[test]
fn missing_entries_suggest_unused_ones() {
    let files = MemoryFiles::new();
    let fc = layer("fc1", "Dense", []);
    let entries = [("fc.weight", numbered(&[2, 3])), ("fc.bias", bias())];
    ask(store(&files, entries), &fc, DENSE, true, None)
        .bad(&["`w.npz` has no entry `fc1.weight` (or `fc1.kernel`) and no `fc1.bias`\n\
         = help: did you mean `fc.weight`, `fc.bias`? rename what differs"]);
    let entries = [("model.0.fc1.weight", numbered(&[2, 3])), ("fc1.bias", bias())];
    ask(store(&files, entries), &fc, DENSE, true, None)
        .bad(&["`w.npz` has no entry `fc1.weight` (or `fc1.kernel`)\n\
         = help: did you mean `model.0.fc1.weight`? rename what differs"]);
    let entries = [("dense_7/kernel:0", numbered(&[3, 2])), ("fc1.bias", bias())];
    ask(store(&files, entries), &fc, DENSE, true, None).bad(&[
        "`w.npz` has no entry `fc1.weight` (or `fc1.kernel`)\n\
         = help: entries that no layer uses: `dense_7/kernel:0`",
        "`w.npz` has entries that no layer uses: `dense_7/kernel:0`\n\
         = help: entries are called `label.role`; layers that take weights are labelled `fc1`",
    ]);
}

#[test]
fn a_suggestion_is_not_reported_as_surplus_too() {
    let files = MemoryFiles::new();
    let entries = [("fc1.wieght", numbered(&[2, 3])), ("fc1.bias", bias()), ("fc2.weight", bias())];
    ask(store(&files, entries), &layer("fc1", "Dense", []), DENSE, true, None).bad(&[
        "`w.npz` has no entry `fc1.weight` (or `fc1.kernel`)\n= help: did you mean `fc1.wieght`? rename what differs",
        "`w.npz` has entries that no layer uses: `fc2.weight`\n\
         = help: entries are called `label.role`; layers that take weights are labelled `fc1`",
    ]);
}

#[test]
fn more_than_one_entry_for_a_role() {
    let files = MemoryFiles::new();
    let entries = [("fc.weight", numbered(&[2, 3])), ("fc.kernel", numbered(&[3, 2])), ("fc.bias", bias())];
    ask(store(&files, entries), &layer("fc", "Dense", []), DENSE, true, None)
        .bad(&["`w.npz` has more than one entry for the weights: `fc.weight`, `fc.kernel`\n\
         = help: remove or rename all but one"]);
}

#[test]
fn surplus_entries_are_one_error() {
    let files = MemoryFiles::new();
    let mut errors = Errors::new();
    let mut names: Vec<String> = (0..20).map(|index| format!("x{index}.weight")).collect();
    names.push("bn.num_batches_tracked".into());
    let entries =
        names.iter().map(|name| Entry { name: name.clone(), array: Rc::new(bias()), is_used: false });
    let mut full = store(&files, []);
    let Archive::Loaded { entries: list, .. } = &mut full.archive else { unreachable!() };
    list.extend(entries);
    full.finish(true, &mut errors);
    assert_eq!(
        errors.messages(),
        [
            "`w.npz` has entries that no layer uses: `x0.weight`, `x1.weight`, `x2.weight`, `x3.weight`, `x4.weight`, \
         `x5.weight`, `x6.weight`, `x7.weight`, `x8.weight`, `x9.weight`, `x10.weight`, `x11.weight` and 8 more\n\
         = help: no layer takes weights from the file",
        ]
    );
}

#[test]
fn what_was_not_asked_for_is_no_surplus() {
    let files = MemoryFiles::new();
    let mut errors = Errors::new();
    // A layer that is wrong in another way.
    let mut skipped = store(&files, [("fc.weight", numbered(&[2, 3])), ("fc/bias:0", bias())]);
    skipped.skip(&layer("fc", "Dense", []));
    skipped.finish(true, &mut errors);
    assert_eq!(errors.messages(), [""; 0]);
    // A declaration of which a part could not be read.
    store(&files, [("fc.weight", bias())]).finish(false, &mut errors);
    assert_eq!(errors.messages(), [""; 0]);
    // The label is not a mere beginning.
    let mut other = store(&files, [("fc1.weight", bias())]);
    other.skip(&layer("fc", "Dense", []));
    other.finish(true, &mut errors);
    assert_eq!(errors.messages().len(), 1);
}

#[test]
fn without_a_file_or_a_label() {
    let files = MemoryFiles::new();
    let mut errors = Errors::new();
    let undeclared = WeightStore::open(&files, None, &mut errors);
    ask(undeclared, &layer("fc", "Dense", []), DENSE, true, None).bad(&[
        "this `Dense` has no weights and no bias\n= help: name a file behind the struct's name (`= \"weights.npz\"`), \
         or state `weights` and `bias`; `use_bias: false` where it has none",
    ]);
    let undeclared = WeightStore::open(&files, None, &mut errors);
    ask(undeclared, &layer("fc", "Dense", []), DENSE, false, None).bad(&[
        "this `Dense` has no weights\n= help: name a file behind the struct's name (`= \"weights.npz\"`), or state \
         `weights`",
    ]);
    ask(store(&files, []), &layer("", "Dense", []), DENSE, true, None).bad(&[
        "this `Dense` has no label to find its weights and bias by\n= help: write `label: Dense { … }` and call the \
         entries of the file `label.weight`, …; or state `weights` and `bias`",
    ]);
    assert!(errors.is_empty());
}

#[test]
fn files_that_cannot_be_used() {
    let mut files = MemoryFiles::new();
    files.insert("w.npz", *b"garbage");
    files.insert("w.onnx", *b"garbage");
    let open = |name: &str| {
        let mut errors = Errors::new();
        let store = WeightStore::open(&files, Some(&LitStr::new(name, Span::call_site())), &mut errors);
        // One error says it all: the layers add none.
        let fc = layer("fc", "Dense", []);
        ask(store, &fc, DENSE, true, None).bad(&[]);
        errors.messages().join("\n")
    };
    assert_eq!(open("none.npz"), "no file `none.npz`\n= help: looked for /memory/none.npz");
    let onnx = "cannot use `w.onnx`: a `.onnx` file cannot be used here\n= help: named arrays are a `.npz` file \
                (numpy.savez) or a `.safetensors` file";
    assert_eq!(open("w.onnx"), onnx);
    assert!(open("w.npz").starts_with("cannot use `w.npz`: "));
}

#[test]
fn an_editor_that_sees_no_file_hears_nothing() {
    let mut errors = Errors::new();
    let literal = LitStr::new("w.npz", Span::call_site());
    let store = WeightStore::open(&InvisibleFiles, Some(&literal), &mut errors);
    ask(store, &layer("fc", "Dense", []), DENSE, true, None).bad(&[]);
    let store = WeightStore::open(&InvisibleFiles, None, &mut errors);
    ask(store, &layer("fc", "Dense", [("weights", text("w.npy"))]), DENSE, false, None).bad(&[]);
    assert!(errors.is_empty());
}

fn ask_batch_norm(mut store: WeightStore<'_>, layer: &Layer) -> (Option<BatchNorm>, Vec<String>) {
    let mut errors = Errors::new();
    let found = store.batch_norm(layer, 2, &mut errors);
    store.finish(true, &mut errors);
    (found, errors.messages())
}

#[test]
fn batch_norm_of_pytorch_and_keras() {
    let files = MemoryFiles::new();
    let vectors = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]];
    let [scale, offset, mean, variance] = vectors.map(Vec::from);
    let expected = BatchNorm { scale, offset, mean, variance };
    let bn = layer("bn", "BatchNorm", []);
    let pytorch = ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"];
    let keras = ["bn/gamma:0", "bn/beta:0", "bn/moving_mean:0", "bn/moving_variance:0"];
    for names in [pytorch, keras] {
        let [a, b, c, d] = [0, 1, 2, 3].map(|index| (names[index], floats(&[2], vectors[index])));
        let tracked = ("bn.num_batches_tracked", int_array(&[], [7]));
        let (found, messages) = ask_batch_norm(store(&files, [a, b, c, d, tracked]), &bn);
        assert_eq!((found, messages), (Some(expected.clone()), vec![]));
    }
    let options = [
        ("scale", reals([1.0, 2.0])),
        ("offset", integers([3, 4])),
        ("mean", reals([5.0, 6.0])),
        ("variance", reals([7.0, 8.0])),
    ];
    let (found, messages) = ask_batch_norm(store(&files, []), &layer("", "BatchNorm", options));
    assert_eq!((found, messages), (Some(expected), vec![]));
}

#[test]
fn batch_norm_that_makes_no_sense() {
    let files = MemoryFiles::new();
    let bn = layer("bn", "BatchNorm", [("scale", integer(1))]);
    let entries = || [("bn.bias", bias()), ("bn.running_mean", bias())];
    let (found, messages) = ask_batch_norm(store(&files, entries()), &bn);
    assert_eq!(found, None);
    assert_eq!(
        messages,
        ["`w.npz` has no entry `bn.running_var` (or `bn.moving_variance`)\n\
         = help: other layers use all entries of the file",]
    );
    let [offset, mean] = entries();
    let (found, messages) = ask_batch_norm(store(&files, [offset, mean, ("bn.running_var", bias())]), &bn);
    assert_eq!(found, None);
    assert_eq!(
        messages,
        ["`bn.running_var` holds -0.5 at [1], but no variance is negative\n\
         = help: check that the variance was saved, not another vector of the layer",]
    );
    let [offset, mean] = entries();
    let (found, messages) =
        ask_batch_norm(store(&files, [offset, mean, ("bn.running_var", floats(&[2], [0.5; 2]))]), &bn);
    assert_eq!(messages, [""; 0]);
    assert_eq!(found.unwrap().scale, [1.0, 1.0]);
}

#[test]
fn slopes_of_pytorch_and_keras() {
    let files = MemoryFiles::new();
    let slopes = |entry: &str, array: Array, expected: Option<[f32; 2]>| {
        let mut errors = Errors::new();
        let mut store = store(&files, [(entry, array)]);
        let found = store.slopes(&layer("act", "PRelu", []), 2, &mut errors);
        store.finish(true, &mut errors);
        assert_eq!(found, expected.map(Vec::from));
        errors.messages()
    };
    assert!(slopes("act.weight", floats(&[2], [0.1, 0.2]), Some([0.1, 0.2])).is_empty());
    assert!(slopes("act.weight", floats(&[1], [0.1]), Some([0.1, 0.1])).is_empty());
    assert!(slopes("act/alpha:0", floats(&[1, 1, 2], [0.1, 0.2]), Some([0.1, 0.2])).is_empty());
    assert_eq!(
        slopes("act.alpha", numbered(&[3, 3, 2]), None),
        [
            "`act.alpha` has shape [3, 3, 2], but there are 2 channels\n= help: a slope belongs to a channel: in Keras, \
         train with `PReLU(shared_axes=[1, 2])` on images and `PReLU(shared_axes=[1])` on sequences",
        ]
    );
    assert_eq!(slopes("act.weight", floats(&[3], [0.1; 3]), None).len(), 1);
    let mut errors = Errors::new();
    let mut empty = store(&files, []);
    let inline = layer("", "PRelu", [("slopes", real(0.25))]);
    assert_eq!(empty.slopes(&inline, 2, &mut errors), Some(vec![0.25, 0.25]));
    let inline = layer("", "PRelu", [("slopes", reals([0.25, 0.5]))]);
    assert_eq!(empty.slopes(&inline, 2, &mut errors), Some(vec![0.25, 0.5]));
    assert!(errors.is_empty());
}

#[test]
fn declared_sizes_ask_for_no_memory() {
    let files = MemoryFiles::new();
    let units = usize::MAX / 2;
    let fc = layer("fc", "Dense", [("bias", integer(0))]);
    let shape = FilterShape::Dense { units, inputs: 3 };
    let found = ask(store(&files, [("fc.weight", numbered(&[2, 3]))]), &fc, shape, true, None);
    assert_eq!((found.result, found.messages.len()), (None, 1));
    let conv = layer("d", "DepthwiseConv2d", []);
    let shape = FilterShape::DepthwiseConv2d { channels: units, multiplier: units, height: 1, width: 1 };
    let found = ask(store(&files, [("d.weight", numbered(&[2, 1, 1, 1]))]), &conv, shape, false, None);
    assert_eq!((found.result, found.messages.len()), (None, 1));
}

#[test]
fn columns_behind_a_flatten_of_pytorch() {
    // Channels last, pixel by pixel; each stands where [channels, height, width] has it.
    let [height, width, channels] = [2, 3, 4];
    let columns = channels_last_columns(&[height, width, channels]);
    for row in 0..height {
        for column in 0..width {
            for channel in 0..channels {
                let here = (row * width + column) * channels + channel;
                assert_eq!(columns[here], (channel * height + row) * width + column);
            }
        }
    }
    assert_eq!(columns.len(), height * width * channels);
    assert_eq!(channels_last_columns(&[3, 2]), [0, 3, 1, 4, 2, 5]);
    assert_eq!(channels_last_columns(&[3]), [0, 1, 2]);
}
