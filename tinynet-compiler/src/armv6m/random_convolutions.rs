//! Convolutions of any sizes and numbers, in all the forms there are of them.

use super::assembler::Assembler;
use super::convolution::{Convolution, is_inside, is_supported};
use super::inner_products;
use super::packing::{MOST_OUTPUTS, Packing};
use super::pairs::{self, Grouping};
use super::random_layers::{Multiplier, bytes, lines, run, run_overlapping, window, zero_point};
use super::shared_loop::{SharedLoop, Weights};
use super::shifts::ShiftedLine;
use super::sparse::Sparse;
use super::telescope::{Products, Source, Telescoped};
use super::timing;
use crate::precision::Precision;
use fastrand::Rng;
use std::collections::BTreeMap;
use tinynet_core::kernels::{self, Window};
use tinynet_core::requantize::{MultiplierPerChannel, ShiftPerChannel};

/// Any weights, zeros and powers of two for the most part, or those of few bits.
fn weights(random: &mut Rng, count: usize) -> Vec<u8> {
    if random.bool() {
        let (_, precision) = Precision::ALL[random.usize(..Precision::ALL.len())];
        let range = f64::from(precision.largest()) + 1.0;
        return (0..count).map(|_| precision.nearest(range * (2.0 * random.f64() - 1.0)) as u8).collect();
    }
    if random.u8(..4) == 0 {
        // Nearly all of them pruned.
        let share = [0.1, 0.01, 0.0][random.usize(..3)];
        return (0..count).map(|_| if random.f64() < share { random.u8(..) } else { 0 }).collect();
    }
    let is_sparse = random.bool();
    let sparse = |random: &mut Rng, weight: i8| match random.u8(..4) {
        0 => weight,
        1 => 1i8.wrapping_shl(random.u32(..8)),
        _ => 0,
    };
    let any = bytes(random, count);
    any.into_iter().map(|weight| if is_sparse { sparse(random, weight) } else { weight } as u8).collect()
}

/// Whether some window sees nothing but what is padded.
fn is_beyond(window: &Window) -> bool {
    (0..2).any(|axis| {
        (0..window.output[axis]).any(|position| {
            let places = (0..window.kernel[axis])
                .map(|tap| position * window.stride[axis] + tap * window.dilation[axis]);
            let range = window.padding[axis]..window.padding[axis] + window.input[axis];
            !places.into_iter().any(|place| range.contains(&place))
        })
    })
}

/// What was run.
#[derive(Debug, Default)]
struct Written {
    layers: usize,
    /// How many of these in each form.
    forms: BTreeMap<&'static str, usize>,
    /// Once more over their inputs.
    overlapping: usize,
}

impl Written {
    /// At least so many layers were written in each of these forms.
    fn assert(&self, forms: &[&str], least: usize) {
        let count = |form: &&str| self.forms.get(form).copied().unwrap_or(0);
        assert!(forms.iter().all(|form| count(form) >= least) && least > 0, "{self:?}");
    }
}

fn check(random: &mut Rng, window: Window, written: &mut Written) {
    let filters = window.output[2];
    let taps = window.kernel[0] * window.kernel[1] * window.input[2];
    let mut weights = weights(random, filters * taps);
    // What else is drawn leaves the windows that are drawn as they are.
    let mut extremes = Rng::with_seed(written.layers as u64);
    if extremes.u8(..6) == 0 {
        // Whose sums are the largest.
        weights.fill([-128i8, 127][extremes.usize(..2)] as u8);
    }
    // Inputs that have all bits of an int8, or fewer.
    let bits = [8, 8, 4, 1, 6][extremes.usize(..5)];
    let narrow = |value: i8| value >> (8 - bits);
    let [input_zero_point, zero_point] = [zero_point(random), zero_point(random)];
    let input_zero_point = i32::from(narrow(input_zero_point as i8));
    let bias = |filter: usize| {
        let sum: i32 = weights[filter * taps..][..taps].iter().map(|&weight| i32::from(weight as i8)).sum();
        random.i32(-5000..5000) - sum * input_zero_point
    };
    let bias: Vec<_> = (0..filters).map(bias).collect();
    let most = 2 * 255 * 128 * taps as i64 + 5000;
    let mut factor = || (30.0 + 60.0 * random.f64()) / (74.0 * 74.0 * (taps as f64).sqrt());
    let channels: Vec<_> =
        (0..filters).map(|_| (Multiplier::new(factor(), zero_point), [-most, most])).collect();
    let (lines, form) = lines(&channels).expect("numbers");
    let (multipliers, shifts): (Vec<_>, Vec<_>) =
        channels.iter().map(|(channel, _)| (channel.multiplier, channel.shift)).unzip();
    let kernel = kernels::Conv2d {
        window,
        groups: 1,
        input_zero_point,
        weights: &weights,
        bias: &bias,
        requantize: MultiplierPerChannel {
            multipliers: &multipliers,
            shifts: &shifts,
            zero_point,
            min: -128,
            max: 127,
        },
    };
    let mut input: Vec<i8> = bytes(random, window.input.iter().product()).into_iter().map(narrow).collect();
    if extremes.u8(..4) == 0 {
        // Which make the largest sums where weights have one sign.
        input.fill(narrow(i8::MIN));
    }
    let mut expected = vec![0; window.output.iter().product()];
    let mut scratch = vec![0; window.scratch(1)];
    kernel.run(&input, &mut expected, &mut scratch);
    let shifted: Option<Vec<_>> =
        channels.iter().map(|(channel, range)| ShiftedLine::find(channel, *range)).collect();
    let multiplier = [timing::Multiplier::SingleCycle, timing::Multiplier::Iterative][random.usize(..2)];
    let layer = Convolution {
        window,
        weights: &weights,
        bias: &bias,
        input_zero_point,
        largest_input: 1 << (bits - 1),
        lines: &lines,
        form,
        shifted: shifted.as_deref(),
        multiplier,
    };
    let packing = if random.u8(..8) == 0 { Packing::BYTES } else { Packing::of(&weights) };
    let source = [Source::InPlace, Source::Copied][random.usize(..2)];
    let all = [Products::Multiplied, Products::LookedUp, Products::LookedUpByPlace];
    let telescoped = |random: &mut Rng, products, source| {
        let unroll = random.usize(1..32);
        let group = if random.bool() { MOST_OUTPUTS } else { packing.places() };
        let layer = Telescoped { layer, packing, unroll, source, products, group };
        let data = layer.data();
        assert_eq!(data.len(), layer.data_words());
        layer.write(&data, Assembler::new())
    };
    let window_by_window = telescoped(&mut random.clone(), Products::Multiplied, Source::Window);
    let [telescoped, looked_up, by_place] = all.map(|products| telescoped(random, products, source));
    let telescoped = ("telescoped", telescoped);
    // What is padded behind pixels, or so much that nothing else is seen.
    let is_odd = window.kernel == [1; 2]
        || window.padding[1] >= window.kernel[1]
        || window.dilation[1] > 1
        || is_beyond(&window);
    assert!(telescoped.1.is_some() || is_odd, "{layer:?}");
    let sparse = Sparse { layer, words: [1, 2, 4][random.usize(..3)] }.write(Assembler::new());
    assert_eq!(sparse.is_some(), is_inside(&window), "{layer:?}");
    // Pairs are of positions.
    let is_several = window.output[0] * window.output[1] > 1;
    let wanted =
        [true, true, true, true, is_several, is_several].map(|is_wanted| is_wanted && is_supported(&window));
    written.layers += 1;
    let forms = [
        telescoped,
        ("window by window", window_by_window),
        ("looked up", looked_up),
        ("looked up by place", by_place),
        ("pairs", pairs::write(&layer, Grouping::Four, Assembler::new())),
        ("pairs of eight", pairs::write(&layer, Grouping::Eight, Assembler::new())),
        ("inner products", inner_products::write(&layer, Assembler::new())),
        ("sparse", sparse),
    ];
    assert_eq!(std::array::from_fn(|form| forms[form].1.is_some()), wanted, "{layer:?}");
    for (form, code) in forms {
        let Some(code) = code else { continue };
        *written.forms.entry(form).or_default() += 1;
        assert_eq!(run(&code, &[&input], expected.len()), expected, "{form} {layer:?}");
        // What is read in place must not be overwritten: the plan sees to it.
        if code.scratch > 0 {
            let lead = kernel.lead();
            written.overlapping += 1;
            assert_eq!(
                run_overlapping(&code, &input, expected.len(), lead),
                expected,
                "{form}, over its input {layer:?}"
            );
        }
    }
}

/// A window of any sizes that lies inside the image wherever it stands.
fn inner_window(random: &mut Rng) -> Window {
    let mut window = window(random);
    window.output[2] = random.usize(1..20);
    window.padding = [0; 2];
    for axis in 0..2 {
        let reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
        window.input[axis] = window.input[axis].max(reach);
        window.output[axis] = (window.input[axis] - reach) / window.stride[axis] + 1;
    }
    window
}

#[test]
fn convolutions_without_padding_are_exact() {
    let mut random = Rng::with_seed(2);
    let mut written = Written::default();
    for _ in 0..150 {
        let window = inner_window(&mut random);
        check(&mut random, window, &mut written);
    }
    written.assert(&["sparse"], written.layers);
}

/// All ways in which weights of shared loops lie in flash, and the weights that each is for: one that must be among them, and
/// the distance and the largest of all.
fn encodings() -> Vec<(Weights, [i8; 3])> {
    let odd = |bits, largest| (Weights::Bits { bits, is_odd: true }, [largest, 2, largest]);
    let even = |bits: u8| {
        let most = 1i16 << (bits - 1);
        (Weights::Bits { bits, is_odd: false }, [-most as i8, 1, (most - 1) as i8])
    };
    let all = [(Weights::Ternary, [0, 1, 1]), odd(1, 1), odd(2, 3)];
    all.into_iter().chain((2..=8).map(even)).collect()
}

/// Layers of one loop for all sizes: windows inside the image, sums that are shifted. Each encoding of weights in each form:
/// dense layers or convolutions, with a shift of their own for each channel or one for all.
#[test]
fn shared_loops_are_exact() {
    let mut random = Rng::with_seed(1);
    let mut written = 0;
    let encodings = encodings();
    let mut forms = BTreeMap::<_, usize>::new();
    for case in 0..800 {
        let mut window = inner_window(&mut random);
        if case % 3 == 0 {
            let one = [1; 2];
            window = Window { kernel: one, stride: one, dilation: one, padding: [0; 2], ..window };
            window.input = [1, 1, random.usize(1..300)];
            window.output = [1, 1, random.usize(1..40)];
        }
        let filters = window.output[2];
        let taps = window.kernel[0] * window.kernel[1] * window.input[2];
        let mut weights = weights(&mut random, filters * taps);
        if case >= 400 {
            let (encoding, [one, distance, largest]) = encodings[case / 6 % encodings.len()];
            let smallest = if encoding == Weights::Ternary { -1 } else { one.min(-largest) };
            let steps = (i16::from(largest) - i16::from(smallest)) / i16::from(distance);
            let any = || (i16::from(smallest) + random.i16(0..=steps) * i16::from(distance)) as u8;
            weights.fill_with(any);
            weights[filters * taps / 2] = one as u8;
            assert_eq!(Weights::of(&weights), encoding);
        }
        let encoding = Weights::of(&weights);
        let bias: Vec<_> = (0..filters).map(|_| random.i32(-5000..5000)).collect();
        let shifts: Vec<_> = (0..if case % 2 == 0 { filters } else { 1 }).map(|_| random.u8(0..14)).collect();
        let ends = [[-128, 127], [-64, 64], [-128, 0], [0, 127]][random.usize(..4)];
        let most = 128 * 128 * taps as i64 + 5000;
        let bounds = vec![[-most, most]; filters];
        let layer =
            SharedLoop { window, weights: &weights, bias: &bias, shifts: &shifts, ends, bounds: &bounds };
        let Some(code) = layer.write(Assembler::new()) else {
            // Steps from row to row that go backwards, and columns that lie apart.
            let is_odd = window.dilation[1] > 1 || window.output[1] * window.stride[1] > window.input[1];
            assert!(is_odd, "{layer:?}");
            continue;
        };
        written += 1;
        *forms.entry((encoding, window.output[..2] == [1; 2], shifts.len() > 1)).or_default() += 1;
        let input = bytes(&mut random, window.input.iter().product());
        let mut expected = vec![0; window.output.iter().product()];
        let mut scratch = vec![0; window.scratch(1)];
        let [min, max] = ends;
        let all: Vec<_> = (0..filters).map(|filter| shifts[filter % shifts.len()]).collect();
        let requantize = ShiftPerChannel { shifts: &all, min, max };
        let input_zero_point = 0;
        let kernel = kernels::Conv2d {
            window,
            groups: 1,
            input_zero_point,
            weights: &weights,
            bias: &bias,
            requantize,
        };
        kernel.run(&input, &mut expected, &mut scratch);
        assert_eq!(run(&code, &[&input], expected.len()), expected, "{layer:?}");
    }
    assert!(written > 400, "{written}");
    assert_eq!(forms.len(), 4 * encodings.len(), "{forms:?}");
    assert!(forms.values().all(|&count| count >= 4), "{forms:?}");
}

/// Sizes where one rule meets another: single rows and columns, kernels of one pixel, dilation of what covers the image.
#[test]
fn small_convolutions_are_exact() {
    let mut random = Rng::with_seed(5);
    let mut written = Written::default();
    for _ in 0..600 {
        let mut size = |most: usize| [random.usize(1..=most), random.usize(1..=most)];
        let (image, kernel, stride, dilation) = (size(3), size(2), size(2), size(2));
        let [padding, behind] = [(), ()].map(|()| [random.usize(..2), random.usize(..3)]);
        let positions = |axis: usize| {
            let padded = image[axis] + padding[axis] + behind[axis];
            Some(padded.checked_sub((kernel[axis] - 1) * dilation[axis] + 1)? / stride[axis] + 1)
        };
        let (Some(rows), Some(columns)) = (positions(0), positions(1)) else { continue };
        let [channels, filters] = [random.usize(1..6), random.usize(1..20)];
        let window = Window {
            input: [image[0], image[1], channels],
            output: [rows, columns, filters],
            kernel,
            stride,
            dilation,
            padding,
        };
        check(&mut random, window, &mut written);
    }
    written.assert(
        &["telescoped", "window by window", "looked up", "pairs", "pairs of eight"],
        written.layers / 3,
    );
}

#[test]
fn convolutions_are_exact() {
    let mut random = Rng::with_seed(1);
    let mut written = Written::default();
    for _ in 0..150 {
        let mut window = window(&mut random);
        window.output[1] += (window.dilation[1] - 1) * (window.kernel[1] - 1) / window.stride[1];
        window.dilation[1] = 1;
        window.output[2] = random.usize(1..20);
        check(&mut random, window, &mut written);
    }
    written.assert(
        &["telescoped", "window by window", "looked up", "pairs", "pairs of eight"],
        written.layers - 3,
    );
}

#[test]
fn pointwise_layers_are_exact() {
    let mut random = Rng::with_seed(1);
    let mut written = Written::default();
    for _ in 0..60 {
        let [height, width] = [random.usize(1..6), random.usize(1..6)];
        let stride = random.usize(1..3);
        let window = Window {
            input: [height, width, random.usize(1..70)],
            output: [height.div_ceil(stride), width.div_ceil(stride), random.usize(1..40)],
            kernel: [1; 2],
            stride: [stride; 2],
            dilation: [1; 2],
            padding: [0; 2],
        };
        check(&mut random, window, &mut written);
    }
    written.assert(&["telescoped", "looked up", "sparse"], written.layers);
    written.assert(&["pairs", "pairs of eight"], written.layers / 2);
}

#[test]
fn dense_layers_are_exact() {
    let mut random = Rng::with_seed(1);
    let mut written = Written::default();
    for _ in 0..80 {
        let most = if random.u8(..4) == 0 { 1200 } else { 300 };
        let window = Window {
            input: [1, 1, random.usize(1..most)],
            // A single output is written in another way.
            output: [1, 1, if random.u8(..4) == 0 { 1 } else { random.usize(1..40) }],
            kernel: [1; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: [0; 2],
        };
        check(&mut random, window, &mut written);
    }
    written.assert(&["telescoped", "looked up", "inner products", "sparse"], written.layers);
    assert!(written.overlapping > written.layers / 2, "{written:?}");
}
