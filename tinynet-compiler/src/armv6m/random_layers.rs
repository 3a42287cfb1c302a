//! Layers of any sizes and numbers, and what their code makes of inputs.

use super::code::Code;
use super::requantize::{Factor, Form, Line, Staircase};
use super::simulator::{Region, call};
use super::triangular::TRIANGULAR_NUMBERS;
use fastrand::Rng;
use tinynet_core::kernels::Window;
use tinynet_core::requantize::multiply;

/// TensorFlow Lite's requantisation.
pub(crate) struct Multiplier {
    pub(crate) multiplier: i32,
    pub(crate) shift: i8,
    pub(crate) zero_point: i32,
}

impl Staircase for Multiplier {
    fn value(&self, accumulator: i64) -> i32 {
        (multiply(accumulator as i32, self.multiplier, self.shift) + self.zero_point).clamp(-128, 127)
    }

    fn slope(&self) -> f64 {
        f64::from(self.multiplier) / 2f64.powi(31 - i32::from(self.shift))
    }

    fn kink(&self) -> Option<u32> {
        (self.shift < 0).then(|| -i32::from(self.shift) as u32)
    }
}

impl Multiplier {
    /// The one of a factor.
    pub(crate) fn new(factor: f64, zero_point: i32) -> Self {
        let (fraction, exponent) = libm::frexp(factor);
        let multiplier = (fraction * f64::from(1u32 << 31)) as i32;
        Self { multiplier, shift: exponent as i8, zero_point }
    }
}

/// The numbers that requantise channels within their ranges.
pub(crate) fn lines(channels: &[(Multiplier, [i64; 2])]) -> Option<(Vec<Line>, Form)> {
    let mut factors = (8..=16).rev().flat_map(|split| [2, 3].map(|parts| Factor { split, parts }));
    factors.find_map(|factor| {
        let lines = channels.iter().map(|(channel, range)| Line::find(channel, *range, factor));
        let lines: Vec<_> = lines.collect::<Option<_>>()?;
        let has_kink = lines.iter().any(|line| line.kink.is_some());
        Some((lines, Form { factor, has_kink }))
    })
}

/// Zero points at the ends more often than chance has it.
pub(crate) fn zero_point(random: &mut Rng) -> i32 {
    match random.u8(..4) {
        0 => -128,
        1 => 127,
        2 => 0,
        _ => random.i32(-128..128),
    }
}

/// Any bytes, or extreme ones.
pub(crate) fn bytes(random: &mut Rng, count: usize) -> Vec<i8> {
    let is_extreme = random.u8(..3) == 0;
    let extremes = [-128, -127, 0, 127];
    let byte = |random: &mut Rng| if is_extreme { extremes[random.usize(..4)] } else { random.i8(..) };
    (0..count).map(|_| byte(random)).collect()
}

/// A window of any sizes, with padding of any kind.
pub(crate) fn window(random: &mut Rng) -> Window {
    let mut window = Window {
        input: [1, 1, random.usize(1..=5)],
        output: [1; 3],
        kernel: [1; 2],
        stride: [1; 2],
        dilation: [1; 2],
        padding: [0; 2],
    };
    for axis in 0..2 {
        let size = random.usize(1..=12);
        let kernel = if random.bool() { 3 } else { random.usize(1..=10) };
        let stride = random.usize(1..=3).min(2 + random.usize(..2));
        let dilation = random.usize(1..=8).saturating_sub(5).max(1);
        let reach = (kernel - 1) * dilation + 1;
        let before = random.usize(0..=reach);
        let after = random.usize(0..=reach).max(reach.saturating_sub(size + before));
        window.input[axis] = size;
        window.kernel[axis] = kernel;
        window.stride[axis] = stride;
        window.dilation[axis] = dilation;
        window.padding[axis] = before;
        window.output[axis] = (size + before + after - reach) / stride + 1;
    }
    window.output[2] = window.input[2];
    window
}

const INPUT: u32 = 0x1000_0001;
const OTHER_INPUT: u32 = 0x1800_0002;
const OUTPUT: u32 = 0x2000_0003;
const SCRATCH: u32 = 0x2800_0000;
const DATA: u32 = 0x0800_0000;

const TABLE: u32 = 0x0400_0000;

fn scratch_and_data(code: &Code) -> [Region; 3] {
    let table = code.has_table.then_some(TABLE);
    let data = table.iter().chain(&*code.data).flat_map(|word| word.to_le_bytes());
    let numbers =
        TRIANGULAR_NUMBERS.iter().filter(|_| code.has_table).flat_map(|number| number.to_le_bytes());
    [
        Region::variable(SCRATCH, vec![0x55; code.scratch]),
        Region::flash(DATA, data),
        Region::flash(TABLE, numbers),
    ]
}

fn signed(bytes: &[u8]) -> Vec<i8> {
    bytes.iter().map(|&byte| byte as i8).collect()
}

fn unsigned(bytes: &[i8]) -> Vec<u8> {
    bytes.iter().map(|&byte| byte as u8).collect()
}

/// What `fn(inputs…, output, scratch, data)` makes of one input or two.
pub(crate) fn run(code: &Code, inputs: &[&[i8]], outputs: usize) -> Vec<i8> {
    let mut memory = vec![Region::variable(OUTPUT, vec![0x55; outputs])];
    let addresses = [INPUT, OTHER_INPUT];
    memory
        .extend(inputs.iter().zip(addresses).map(|(input, start)| Region::constant(start, unsigned(input))));
    memory.extend(scratch_and_data(code));
    let arguments: Vec<_> =
        addresses[..inputs.len()].iter().copied().chain([OUTPUT, SCRATCH, DATA]).collect();
    let memory = call(&code.function, std::array::from_fn(|index| arguments[index]), memory);
    signed(&memory[0].bytes)
}

/// The same where the output takes the place of an input.
pub(crate) fn run_in_place(code: &Code, inputs: &[&[i8]], overwritten: usize) -> Vec<i8> {
    let mut addresses = [INPUT, OTHER_INPUT];
    addresses[overwritten] = OUTPUT;
    let mut memory = vec![Region::variable(OUTPUT, unsigned(inputs[overwritten]))];
    let others = inputs.iter().zip(addresses).filter(|(_, start)| *start != OUTPUT);
    memory.extend(others.map(|(input, start)| Region::constant(start, unsigned(input))));
    memory.extend(scratch_and_data(code));
    let arguments: Vec<_> =
        addresses[..inputs.len()].iter().copied().chain([OUTPUT, SCRATCH, DATA]).collect();
    let memory = call(&code.function, std::array::from_fn(|index| arguments[index]), memory);
    signed(&memory[0].bytes)
}

/// What `fn(input, output, scratch, data)` makes of an output that begins so many bytes before the input.
pub(crate) fn run_overlapping(code: &Code, input: &[i8], outputs: usize, lead: isize) -> Vec<i8> {
    let [before, output] = [lead.max(0) as usize, (-lead).max(0) as usize];
    let mut bytes = vec![0x55; (before + input.len()).max(output + outputs)];
    bytes[before..before + input.len()].copy_from_slice(&unsigned(input));
    let arguments = [OUTPUT + before as u32, OUTPUT + output as u32, SCRATCH, DATA];
    let mut memory = vec![Region::variable(OUTPUT, bytes)];
    memory.extend(scratch_and_data(code));
    let memory = call(&code.function, arguments, memory);
    signed(&memory[0].bytes[output..output + outputs])
}
