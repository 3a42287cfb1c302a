//! Layers of any sizes and numbers, and what their code makes of inputs.

use super::code::Code;
use super::simulator::call;
use crate::armv6m::random_layers::Multiplier;
use crate::armv6m::requantize::Staircase;
use crate::armv6m::simulator::Region;

/// TensorFlow Lite's requantisation with an activation function behind it.
pub(super) struct Limited {
    pub(super) multiplier: Multiplier,
    pub(super) limits: [i32; 2],
}

impl Limited {
    /// The one of a factor.
    pub(super) fn new(factor: f64, zero_point: i32, limits: [i32; 2]) -> Self {
        Self { multiplier: Multiplier::new(factor, zero_point), limits }
    }
}

impl Staircase for Limited {
    fn value(&self, accumulator: i64) -> i32 {
        let [low, high] = self.limits;
        self.multiplier.value(accumulator).clamp(low, high)
    }

    fn slope(&self) -> f64 {
        self.multiplier.slope()
    }

    fn kink(&self) -> Option<u32> {
        self.multiplier.kink()
    }
}

const INPUT: u32 = 0x1000_0001;
const OUTPUT: u32 = 0x2000_0003;
const SCRATCH: u32 = 0x2800_0000;
const DATA: u32 = 0x0800_0000;

fn signed(bytes: &[u8]) -> Vec<i8> {
    bytes.iter().map(|&byte| byte as i8).collect()
}

fn unsigned(bytes: &[i8]) -> Vec<u8> {
    bytes.iter().map(|&byte| byte as u8).collect()
}

fn scratch_and_data(code: &Code, scratch: usize) -> [Region; 2] {
    let data = code.data.iter().flat_map(|word| word.to_le_bytes());
    [Region::variable(SCRATCH, vec![0x55; scratch]), Region::flash(DATA, data)]
}

/// What `fn(input, output, scratch, data)` makes of an input.
pub(super) fn run(code: &Code, input: &[i8], outputs: usize, scratch: usize) -> Vec<i8> {
    let mut memory = vec![Region::variable(OUTPUT, vec![0x55; outputs])];
    memory.push(Region::constant(INPUT, unsigned(input)));
    memory.extend(scratch_and_data(code, scratch));
    let memory = call(&code.function, [INPUT, OUTPUT, SCRATCH, DATA], memory);
    signed(&memory[0].bytes)
}

/// The same of an output that begins so many bytes before the input.
pub(super) fn run_overlapping(
    code: &Code,
    input: &[i8],
    outputs: usize,
    scratch: usize,
    lead: isize,
) -> Vec<i8> {
    let [before, output] = [lead.max(0) as usize, (-lead).max(0) as usize];
    let mut bytes = vec![0x55; (before + input.len()).max(output + outputs)];
    bytes[before..before + input.len()].copy_from_slice(&unsigned(input));
    let [scratch, data] = scratch_and_data(code, scratch);
    let arguments = [OUTPUT + before as u32, OUTPUT + output as u32, SCRATCH, DATA];
    let memory = call(&code.function, arguments, vec![Region::variable(OUTPUT, bytes), scratch, data]);
    signed(&memory[0].bytes[output..output + outputs])
}
