//! Sums and means of windows and along axes, without a division.
//!
//! The mean of so many int8 is a [staircase](Staircase) of their sum like any other requantisation, so that it takes the
//! same two multiplications, and is exact where there are numbers for all sums that there can be.

use super::assembler::Assembler;
use super::code::Code;
use super::reduce::{Reduction, local, write};
use super::registers::Low;
use super::requantize::{Factor, Form, Line, Staircase};
use tinynet_core::kernels::{AveragePool2d, Window};

/// Writes the means of windows; `None` where a mean has no exact form, or the code would be too large.
///
/// Channels are read and written one after the other at each position, so that input and output may overlap as those of
/// [a max pool](tinynet_core::kernels::MaxPool2d::lead) with the same window do.
pub fn average_pool(layer: &AveragePool2d, code: Assembler) -> Option<Code> {
    let [height, width] = layer.window.kernel;
    let sums = |taps: usize| {
        let outside = if layer.include_padding { height.checked_mul(width)? - taps } else { 0 };
        let count = i64::try_from(taps + outside).ok()?;
        Sums::new(taps, outside as i64 * i64::from(layer.zero_point), &Mean { count })
    };
    write_sums(&layer.window, sums, code)
}

/// Writes sums along the middle one of three axes, `[rows, length, columns]`, which begin with `bias`; `None` where
/// `staircase` has no exact form there. Input and output must not overlap, but where there is one row, as
/// [`average_pool`]'s.
pub fn sum(
    [rows, length, columns]: [usize; 3],
    bias: i32,
    staircase: &impl Staircase,
    code: Assembler,
) -> Option<Code> {
    let window = Window {
        input: [rows, length, columns],
        output: [rows, 1, columns],
        kernel: [1, length],
        stride: [1; 2],
        dilation: [1; 2],
        padding: [0; 2],
    };
    write_sums(&window, |taps| Sums::new(taps, bias.into(), staircase), code)
}

fn write_sums(window: &Window, sums: impl Fn(usize) -> Option<Sums>, code: Assembler) -> Option<Code> {
    let mut reduction = Requantized { sums: Vec::new() };
    for count in counts(window)? {
        reduction.sums.push(sums(count)?);
    }
    let words = reduction.sums.iter().map(|sums| sums.words.len()).max()?;
    let function = write(window, words, &reduction, code)?;
    let data = reduction.sums.iter().flat_map(|sums| sums.words.clone()).collect();
    Some(Code { function, data, scratch: 0, alignment: 1, has_table: false })
}

/// All numbers of taps inside the image that positions have.
fn counts(window: &Window) -> Option<Vec<usize>> {
    let Window { input, output, kernel, stride, dilation, padding } = *window;
    let along = |axis: usize| {
        let inside = |position: usize| {
            let place =
                |tap: usize| (position * stride[axis] + tap * dilation[axis]).checked_sub(padding[axis]);
            (0..kernel[axis]).filter(|&tap| place(tap).is_some_and(|place| place < input[axis])).count()
        };
        let mut counts: Vec<_> = (0..output[axis]).map(inside).collect();
        counts.sort_unstable();
        counts.dedup();
        counts
    };
    let [rows, columns] = [along(0), along(1)];
    let products = rows.iter().flat_map(|row| columns.iter().map(move |column| row.checked_mul(*column)));
    let mut counts = products.collect::<Option<Vec<_>>>()?;
    counts.sort_unstable();
    counts.dedup();
    Some(counts)
}

/// Mean of so many, halves away from zero; that of none is 0.
struct Mean {
    count: i64,
}

impl Staircase for Mean {
    fn value(&self, sum: i64) -> i32 {
        let mean = if self.count == 0 { 0 } else { (sum.abs() + self.count / 2) / self.count };
        (sum.signum() * mean) as i32
    }

    fn slope(&self) -> f64 {
        1.0 / self.count as f64
    }

    fn kink(&self) -> Option<u32> {
        // Halves are the only sums that are between two means: less than a step of the sum is enough to tell them apart.
        (self.count > 0).then(|| 8 + self.count.ilog2())
    }
}

/// Sums of so many taps.
struct Sums {
    taps: usize,
    form: Form,
    /// What sums begin with, and what requantises them.
    words: Vec<u32>,
}

impl Sums {
    fn new(taps: usize, begin: i64, staircase: &impl Staircase) -> Option<Self> {
        let count = i64::try_from(taps).ok().filter(|&count| count < 1 << 20)?;
        let range = [begin - 128 * count, begin + 127 * count];
        let factors = (8..=16).rev().flat_map(|split| [2, 3].map(|parts| Factor { split, parts }));
        let mut found = factors.filter_map(|factor| Some((factor, Line::find(staircase, range, factor)?)));
        let (factor, line) = found.next()?;
        let form = Form { factor, has_kink: line.kink.is_some() };
        let begin = begin - line.last;
        // All that a sum can be, and twice that.
        if begin.abs() + 128 * count + i64::from(line.span) >= 1 << 30 {
            return None;
        }
        let mut words = form.words(&line, 0);
        // The last step is in the beginning.
        words.remove(4);
        words.insert(0, begin as i32 as u32);
        Some(Self { taps, form, words })
    }
}

struct Requantized {
    sums: Vec<Sums>,
}

impl Requantized {
    /// Sums of so many taps, and where in the data their words are.
    fn of(&self, taps: usize) -> Option<(&Sums, usize)> {
        let index = self.sums.iter().position(|sums| sums.taps == taps)?;
        Some((&self.sums[index], self.sums[..index].iter().map(|sums| sums.words.len()).sum()))
    }
}

impl Reduction for Requantized {
    fn prepare(&self, code: &mut Assembler, taps: usize) {
        use Low::{R0, R1, R2, R3, R4, R5, R6};
        let Some((sums, at)) = self.of(taps) else { return };
        code.load_local(R0, local::DATA);
        code.advance(R0, 4 * at as i32, R1);
        code.local_address(R1, local::OWN);
        for words in sums.words.chunks(5) {
            let registers = &[R2, R3, R4, R5, R6][..words.len()];
            code.ldm_constants(R0, registers);
            code.stm(R1, registers);
        }
    }

    fn begin(&self, code: &mut Assembler) {
        code.load_local(Low::R6, local::OWN);
    }

    fn add(&self, code: &mut Assembler) {
        code.adds(Low::R6, Low::R6, Low::R2);
    }

    fn finish(&self, code: &mut Assembler, taps: usize) {
        use Low::{R1, R2, R3, R4, R5};
        let Some((sums, _)) = self.of(taps) else { return };
        code.local_address(R1, local::OWN + 1);
        code.ldm(R1, &[R2, R3, R4, R5]);
        sums.form.write_from_last(code, local::OWN + 5);
    }
}

#[cfg(test)]
mod tests {
    use super::super::random_layers::{Multiplier, bytes, run, run_overlapping, window, zero_point};
    use super::*;
    use fastrand::Rng;
    use tinynet_core::kernels::{MaxPool2d, Sum};
    use tinynet_core::requantize::MultiplierPerTensor;

    fn check(random: &mut Rng, window: Window) {
        let layer = AveragePool2d { window, include_padding: random.bool(), zero_point: zero_point(random) };
        let input = bytes(random, window.input.iter().product());
        let mut expected = vec![0; window.output.iter().product()];
        layer.run(&input, &mut expected);
        let code = average_pool(&layer, Assembler::new()).expect("code");
        assert_eq!(run(&code, &[&input], expected.len()), expected, "{layer:?}");
        let lead = MaxPool2d { window }.lead();
        assert_eq!(run_overlapping(&code, &input, expected.len(), lead), expected, "{layer:?}");
    }

    #[test]
    fn pools_are_exact() {
        let mut random = Rng::with_seed(1);
        (0..150).for_each(|_| {
            let window = window(&mut random);
            check(&mut random, window);
        });
    }

    #[test]
    fn means_of_whole_images_are_exact() {
        let mut random = Rng::with_seed(2);
        for [height, width, channels] in
            [[25, 5, 64], [3, 3, 256], [8, 8, 3], [1, 1, 5], [49, 1, 7], [1, 400, 2]]
        {
            let window = Window {
                input: [height, width, channels],
                output: [1, 1, channels],
                kernel: [height, width],
                stride: [1; 2],
                dilation: [1; 2],
                padding: [0; 2],
            };
            check(&mut random, window);
        }
    }

    #[test]
    fn sums_are_exact() {
        let mut random = Rng::with_seed(3);
        for _ in 0..60 {
            let axes @ [rows, length, columns] =
                [random.usize(1..5), random.usize(1..60), random.usize(1..9)];
            let factor = (0.2 + random.f64()) / length as f64;
            let staircase = Multiplier::new(factor, zero_point(&mut random));
            let bias = random.i32(-3000..3000);
            let requantize = MultiplierPerTensor {
                multiplier: staircase.multiplier,
                shift: staircase.shift,
                zero_point: staircase.zero_point,
                min: -128,
                max: 127,
            };
            let input = bytes(&mut random, rows * length * columns);
            let mut expected = vec![0; rows * columns];
            Sum { rows, length, columns, bias, requantize }.run(&input, &mut expected);
            let code = sum(axes, bias, &staircase, Assembler::new()).expect("code");
            assert_eq!(run(&code, &[&input], expected.len()), expected, "{axes:?} {requantize:?}");
        }
    }
}
