//! Weights of few bits, several a byte, as kernels in Rust read them.
//!
//! Each row of weights, which are multiplied by values side by side, begins a byte. What the bytes mean is said by
//! [`tinynet_core::kernels::SignedBits`] and its like.

use crate::kernel_parameters::{KernelParameters, LinearKernel};
use std::borrow::Cow;
use tinynet_core::kernels::Window;

/// How weights are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowPacking {
    /// [`tinynet_core::kernels::SignedBits`] of so many bits.
    Signed(u8),
    /// [`tinynet_core::kernels::OddBits`] of so many bits.
    Odd(u8),
    /// [`tinynet_core::kernels::Ternary`]
    Ternary,
}

/// Weights that a kernel reads row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<'a> {
    /// int8 bit patterns.
    pub weights: Cow<'a, [u8]>,
    /// Weights of a row.
    pub length: usize,
    /// Whether the kernel reads parts of rows, eight weights or a multiple of that.
    pub are_read_in_parts: bool,
}

impl<'a> Rows<'a> {
    /// Of a kernel; `None` where its weights, if it has any, cannot be packed.
    pub fn of(kernel: &'a KernelParameters) -> Option<Self> {
        let rows = |weights: &'a [u8], length, are_read_in_parts| Self {
            weights: Cow::Borrowed(weights),
            length,
            are_read_in_parts,
        };
        let rows = match kernel {
            KernelParameters::Linear(LinearKernel::Dense { inputs, .. }, linear) => {
                rows(&linear.weights, *inputs, false)
            }
            KernelParameters::Linear(LinearKernel::Conv2d { window, groups }, linear) => {
                rows(&linear.weights, window.kernel[0] * window.kernel[1] * channels(window, *groups), false)
            }
            KernelParameters::Linear(LinearKernel::DepthwiseConv2d { window, .. }, linear) => {
                rows(&linear.weights, window.output[2], true)
            }
            KernelParameters::TransposeConv2d(window, linear) => {
                rows(&linear.weights, window.input[2], false)
            }
            KernelParameters::WideConv2d(window, groups, wide) => Self {
                weights: wide.weights.iter().map(|&weight| weight as u8).collect(),
                length: channels(window, *groups),
                are_read_in_parts: true,
            },
            _ => return None,
        };
        (rows.length > 0).then_some(rows)
    }

    /// Those that hold all these weights in fewer bytes than there are weights, the smallest first.
    pub fn packings(&self) -> Vec<RowPacking> {
        let (mut lowest, mut highest, mut are_odd) = (0, 0, true);
        for &weight in &*self.weights {
            let weight = weight as i8;
            // Most weights of eight bits are not looked at: a compiler is slow where it is not optimised itself.
            if !(-32..32).contains(&weight) {
                return Vec::new();
            }
            (lowest, highest) = (weight.min(lowest), weight.max(highest));
            are_odd &= weight & 1 != 0;
        }
        let magnitude = i16::from(highest).max(-i16::from(lowest));
        let signed = (2..=6).find(|bits| {
            let half = 1i16 << (bits - 1);
            i16::from(lowest) >= -half && i16::from(highest) < half
        });
        let candidates = [
            (are_odd && magnitude == 1).then_some(RowPacking::Odd(1)),
            (magnitude <= 1 && !self.are_read_in_parts).then_some(RowPacking::Ternary),
            // Up to 1 they are signed in as many bits, and read faster.
            (are_odd && magnitude == 3).then_some(RowPacking::Odd(2)),
            signed.map(RowPacking::Signed),
        ];
        // Of two that take the same bytes one is read by less code, or faster: what is best, the plan knows.
        let is_smaller = |packing: &RowPacking| packing.row_bytes(self.length) < self.length;
        candidates.into_iter().flatten().filter(is_smaller).collect()
    }

    /// Bytes of all rows.
    pub fn bytes(&self, packing: RowPacking) -> usize {
        self.weights.len() / self.length * packing.row_bytes(self.length)
    }

    /// The bytes; the packing is one of [those](Rows::packings) that hold these weights.
    pub fn pack(&self, packing: RowPacking) -> Vec<u8> {
        self.weights.chunks(self.length).flat_map(|row| packing.pack(row)).collect()
    }
}

/// Input channels of a group.
fn channels(window: &Window, groups: usize) -> usize {
    window.input[2] / groups.max(1)
}

impl RowPacking {
    /// Bytes of a row of so many weights.
    pub fn row_bytes(self, length: usize) -> usize {
        match self {
            Self::Signed(bits) | Self::Odd(bits) => (length * usize::from(bits)).div_ceil(8),
            Self::Ternary => length.div_ceil(5),
        }
    }

    fn pack(self, row: &[u8]) -> Vec<u8> {
        match self {
            Self::Signed(bits) => pack_bits(row.iter().copied(), bits),
            // Of a number `2 n + 1`, `n`.
            Self::Odd(bits) => pack_bits(row.iter().map(|&weight| (weight as i8 >> 1) as u8), bits),
            Self::Ternary => row.chunks(5).map(pack_digits).collect(),
        }
    }
}

/// The lowest bits of numbers, the first number in the lowest bits of the first byte.
fn pack_bits(numbers: impl Iterator<Item = u8>, bits: u8) -> Vec<u8> {
    let (mut bytes, mut buffer, mut filled) = (Vec::new(), 0u32, 0);
    for number in numbers {
        buffer |= (u32::from(number) & ((1 << bits) - 1)) << filled;
        filled += u32::from(bits);
        if filled >= 8 {
            bytes.push(buffer as u8);
            (buffer, filled) = (buffer >> 8, filled - 8);
        }
    }
    if filled > 0 {
        bytes.push(buffer as u8);
    }
    bytes
}

/// Up to five weights -1, 0 or 1, as digits behind the point of a number to the base 3, rounded up to 256ths.
fn pack_digits(weights: &[u8]) -> u8 {
    let digit = |place: usize| weights.get(place).map_or(0, |&weight| u32::from(weight.wrapping_add(1)));
    let number = (0..5).fold(0, |number, place| 3 * number + digit(place));
    (number * 256).div_ceil(243) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precision::Precision;
    use tinynet_core::kernels::{Dense, OddBits, Packed, SignedBits, Ternary};
    use tinynet_core::requantize::ShiftPerTensor;

    fn rows(weights: &[i8], length: usize, are_read_in_parts: bool) -> Rows<'static> {
        let weights = weights.iter().map(|&weight| weight as u8).collect();
        Rows { weights, length, are_read_in_parts }
    }

    fn all(precision: Precision) -> Vec<i8> {
        (-64..=64).map(|number| precision.nearest(f64::from(number) + 0.1)).collect()
    }

    #[test]
    fn precisions_have_their_packings() {
        use RowPacking::{Odd, Signed, Ternary};
        let of = |precision, in_parts| rows(&all(precision), 43, in_parts).packings();
        for (precision, expected) in [
            (Precision::Int8, vec![]),
            (Precision::Int6, vec![Signed(6)]),
            (Precision::Int5, vec![Signed(5)]),
            (Precision::Int4, vec![Signed(4)]),
            (Precision::Int3, vec![Signed(3)]),
            (Precision::Int2, vec![Odd(2), Signed(3)]),
            (Precision::Ternary, vec![Ternary, Signed(2)]),
            (Precision::Binary, vec![Odd(1), Ternary, Signed(2)]),
            (Precision::PowerOfTwo, vec![]),
        ] {
            assert_eq!(of(precision, false), expected, "{precision:?}");
            let in_parts: Vec<_> = expected.into_iter().filter(|packing| *packing != Ternary).collect();
            assert_eq!(of(precision, true), in_parts, "{precision:?}");
        }
        // Sixteen take four bytes either way.
        assert_eq!(rows(&all(Precision::Ternary)[..128], 16, false).packings(), [Ternary, Signed(2)]);
        // A weight a row takes a byte.
        assert_eq!(rows(&[1, -1], 1, true).packings(), []);
    }

    /// What is packed here is what kernels read.
    #[test]
    fn kernels_read_what_is_packed() {
        let mut packed = 0;
        for (name, precision) in Precision::ALL {
            let choices = all(precision);
            let mut random = fastrand::Rng::with_seed(1);
            for inputs in 1..40 {
                let weights: Vec<i8> =
                    (0..3 * inputs).map(|_| choices[random.usize(..choices.len())]).collect();
                let rows = rows(&weights, inputs, false);
                for packing in rows.packings() {
                    let bytes = rows.pack(packing);
                    assert_eq!(bytes.len(), rows.bytes(packing), "{name} {packing:?}");
                    for place in 0..inputs {
                        let expected = [0, 1, 2].map(|row| weights[row * inputs + place]);
                        assert_eq!(read(&bytes, packing, inputs, place), expected, "{name} {packing:?}");
                    }
                    packed += 1;
                }
            }
        }
        assert!(packed > 300, "{packed}");
    }

    /// A weight of each of three rows.
    fn read(weights: &[u8], packing: RowPacking, inputs: usize, place: usize) -> [i8; 3] {
        let requantize = ShiftPerTensor { shift: 0, min: -128, max: 127 };
        let kernel = Dense { inputs, outputs: 3, weights, bias: &[0; 3], requantize };
        let (mut input, mut output) = (vec![0; inputs], [0; 3]);
        input[place] = 1;
        macro_rules! run {
            ($packing:expr) => {
                Packed { kernel, packing: $packing }.run(&input, &mut output)
            };
        }
        match packing {
            RowPacking::Signed(2) => run!(SignedBits::<2>),
            RowPacking::Signed(3) => run!(SignedBits::<3>),
            RowPacking::Signed(4) => run!(SignedBits::<4>),
            RowPacking::Signed(5) => run!(SignedBits::<5>),
            RowPacking::Signed(6) => run!(SignedBits::<6>),
            RowPacking::Odd(1) => run!(OddBits::<1>),
            RowPacking::Odd(2) => run!(OddBits::<2>),
            RowPacking::Ternary => run!(Ternary { row_bytes: inputs.div_ceil(5) }),
            other => panic!("{other:?}"),
        }
        output
    }
}
