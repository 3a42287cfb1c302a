//! The number formats of weight files, decoded exactly.

use super::{Budget, ImportError, Values};

/// How one number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// IEEE 754 binary16.
    Float16,
    /// The upper half of an IEEE 754 binary32. No `.npy` file has it: numpy does not know the format.
    #[cfg(any(feature = "safetensors", test))]
    BFloat16,
    /// IEEE 754 binary32.
    Float32,
    /// IEEE 754 binary64.
    Float64,
    /// One byte, 0 or 1.
    Bool,
    /// Two's complement of so many bytes (1, 2, 4 or 8).
    Signed(usize),
    /// Unsigned of so many bytes (1, 2, 4 or 8).
    Unsigned(usize),
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    /// The least significant.
    Little,
    /// The most significant.
    Big,
}

impl Format {
    /// Bytes a number.
    pub(super) fn width(self) -> usize {
        match self {
            Format::Bool => 1,
            Format::Float16 => 2,
            #[cfg(any(feature = "safetensors", test))]
            Format::BFloat16 => 2,
            Format::Float32 => 4,
            Format::Float64 => 8,
            Format::Signed(width) | Format::Unsigned(width) => width,
        }
    }

    fn is_float(self) -> bool {
        !matches!(self, Format::Bool | Format::Signed(_) | Format::Unsigned(_))
    }

    /// Decodes numbers that stand one behind the other; a rest shorter than one number is ignored.
    pub(super) fn decode(
        self,
        bytes: &[u8],
        order: ByteOrder,
        budget: &mut Budget,
    ) -> Result<Values, ImportError> {
        let count = bytes.len() / self.width();
        let decoded_width = if self.is_float() { size_of::<f32>() } else { size_of::<i64>() };
        budget.take(count.saturating_mul(decoded_width))?;
        // What nearly all files hold; a large table must not be felt in an unoptimised compiler.
        if self == Format::Float32 && order == ByteOrder::Little {
            return Ok(Values::F32(
                bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
            ));
        }
        let words = bytes.chunks_exact(self.width()).map(|chunk| word(chunk, order)).enumerate();
        if self.is_float() {
            let mut values = Vec::with_capacity(count);
            for (index, word) in words {
                values.push(self.float(word).map_err(|cause| cause.at(format!("value {index}")))?);
            }
            Ok(Values::F32(values))
        } else {
            let mut values = Vec::with_capacity(count);
            for (index, word) in words {
                values.push(self.integer(word).map_err(|cause| cause.at(format!("value {index}")))?);
            }
            Ok(Values::Integers(values))
        }
    }

    /// The real number behind the bits of a float format.
    fn float(self, word: u64) -> Result<f32, ImportError> {
        match self {
            Format::Float16 => Ok(from_float16(word as u16)),
            #[cfg(any(feature = "safetensors", test))]
            Format::BFloat16 => Ok(f32::from_bits((word as u32) << 16)),
            Format::Float64 => narrow(f64::from_bits(word)).ok_or_else(|| {
                ImportError::new(format!("{:e} is too large for float32", f64::from_bits(word)))
                    .help("scale the values down; a network's weights are nowhere near the largest float32")
            }),
            _ => Ok(f32::from_bits(word as u32)),
        }
    }

    /// The integer behind the bits of an integer format.
    fn integer(self, word: u64) -> Result<i64, ImportError> {
        match self {
            Format::Signed(width) => {
                let unused = 64 - 8 * width as u32;
                Ok((word << unused) as i64 >> unused)
            }
            Format::Bool if word > 1 => Err(ImportError::new(format!("{word} is not a bool (0 or 1)"))
                .help("the file is damaged; save it again")),
            _ => i64::try_from(word).map_err(|_| {
                ImportError::new(format!("{word} is too large for a signed 64-bit integer"))
                    .help("no network needs such integers; check what was saved")
            }),
        }
    }
}

/// The bytes of one number, most significant zeros added.
fn word(chunk: &[u8], order: ByteOrder) -> u64 {
    let mut bytes = [0; 8];
    let used = &mut bytes[..chunk.len()];
    used.copy_from_slice(chunk);
    if order == ByteOrder::Big {
        used.reverse();
    }
    u64::from_le_bytes(bytes)
}

/// The nearest `f32`; `None` where a finite number would become infinite.
pub(crate) fn narrow(value: f64) -> Option<f32> {
    let narrowed = value as f32;
    (narrowed.is_finite() || !value.is_finite()).then_some(narrowed)
}

/// IEEE 754 binary16 to binary32, which holds every value of it exactly.
fn from_float16(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let mantissa = u32::from(bits) & 0x3ff;
    let magnitude = match exponent {
        // Zero and subnormals: multiples of 2^-24.
        0 => (mantissa as f32 * 2f32.powi(-24)).to_bits(),
        // Infinity and NaN keep their payload.
        31 => 0x7f80_0000 | mantissa << 13,
        // The exponent's bias grows from 15 to 127.
        _ => (exponent + 127 - 15) << 23 | mantissa << 13,
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(format: Format, bytes: &[u8], order: ByteOrder) -> Result<Values, ImportError> {
        format.decode(bytes, order, &mut Budget::default())
    }

    /// The definition: (-1)^sign · 2^(exponent - 15) · 1.mantissa, without the hidden bit at exponent 0.
    fn float16_by_definition(bits: u16) -> f64 {
        let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
        let exponent = i32::from(bits >> 10 & 0x1f);
        let mantissa = f64::from(bits & 0x3ff) / 1024.0;
        match exponent {
            0 => sign * mantissa * 2f64.powi(-14),
            31 if mantissa == 0.0 => sign * f64::INFINITY,
            31 => f64::NAN,
            _ => sign * (1.0 + mantissa) * 2f64.powi(exponent - 15),
        }
    }

    #[test]
    fn every_float16_is_exact() {
        for bits in 0..=u16::MAX {
            let expected = float16_by_definition(bits);
            let found = f64::from(from_float16(bits));
            assert_eq!(found.is_nan(), expected.is_nan(), "{bits:#x}");
            if !expected.is_nan() {
                assert_eq!(found.to_bits(), expected.to_bits(), "{bits:#x}");
            }
        }
    }

    #[test]
    fn bfloat16_is_the_upper_half_of_float32() {
        let bytes = [0x80, 0x3f, 0x49, 0xc0, 0x80, 0x7f];
        let values = decode(Format::BFloat16, &bytes, ByteOrder::Little).unwrap();
        assert_eq!(values, Values::F32(vec![1.0, -3.140625, f32::INFINITY]));
    }

    #[test]
    fn both_byte_orders() {
        let little = decode(Format::Float32, &1.5f32.to_le_bytes(), ByteOrder::Little);
        let big = decode(Format::Float32, &1.5f32.to_be_bytes(), ByteOrder::Big);
        assert_eq!(little.unwrap(), Values::F32(vec![1.5]));
        assert_eq!(big.unwrap(), Values::F32(vec![1.5]));
        let integers = decode(Format::Signed(2), &[0xff, 0xfe, 0x01, 0x02], ByteOrder::Big);
        assert_eq!(integers.unwrap(), Values::Integers(vec![-2, 258]));
    }

    #[test]
    fn float64_rounds_but_does_not_overflow() {
        let round = decode(Format::Float64, &0.1f64.to_le_bytes(), ByteOrder::Little);
        assert_eq!(round.unwrap(), Values::F32(vec![0.1]));
        let infinite = decode(Format::Float64, &f64::INFINITY.to_le_bytes(), ByteOrder::Little);
        assert_eq!(infinite.unwrap(), Values::F32(vec![f32::INFINITY]));
        let bytes: Vec<u8> = [1.0f64, 1e39].iter().flat_map(|value| value.to_le_bytes()).collect();
        let error = decode(Format::Float64, &bytes, ByteOrder::Little).unwrap_err();
        assert_eq!(error.to_string(), "value 1: 1e39 is too large for float32");
    }

    #[test]
    fn integers_at_their_ends() {
        let check = |format, bytes: &[u8], expected: &[i64]| {
            let values = decode(format, bytes, ByteOrder::Little).unwrap();
            assert_eq!(values, Values::Integers(expected.to_vec()));
        };
        check(Format::Signed(1), &[0x80, 0x7f, 0xff], &[-128, 127, -1]);
        check(Format::Unsigned(1), &[0x80, 0xff], &[128, 255]);
        check(Format::Signed(4), &i32::MIN.to_le_bytes(), &[i64::from(i32::MIN)]);
        check(Format::Signed(8), &i64::MIN.to_le_bytes(), &[i64::MIN]);
        check(Format::Unsigned(8), &i64::MAX.to_le_bytes(), &[i64::MAX]);
        check(Format::Bool, &[0, 1], &[0, 1]);
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let error = decode(Format::Unsigned(8), &u64::MAX.to_le_bytes(), ByteOrder::Little).unwrap_err();
        assert!(error.to_string().starts_with("value 0: 18446744073709551615 is too large"));
        let error = decode(Format::Bool, &[1, 7], ByteOrder::Little).unwrap_err();
        assert_eq!(error.to_string(), "value 1: 7 is not a bool (0 or 1)");
    }
}
