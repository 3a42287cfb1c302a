//! Constants of a file as real numbers.

use super::Real;
use crate::from_tflite::constants::integers;
use crate::from_tflite::{Conversion, Converted, Problem, Step, Stop};
use crate::import::tflite::{ElementType, Tensor, TensorIndex};

impl<'m> Conversion<'m, Real> {
    /// Whether a tensor is a constant, or made of constants.
    pub(super) fn is_constant(&self, index: TensorIndex) -> bool {
        self.subgraph.tensors[index].data.is_some() || self.graph.constants.contains_key(&index)
    }

    /// `DEQUANTIZE`, of a constant: weights that are stored in fewer bits.
    pub(super) fn dequantize(&mut self, step: Step<'m>) -> Converted<()> {
        let (input, tensor) = self.input(step, 0)?;
        let (output, _) = self.output(step)?;
        if !self.is_constant(input) {
            return Err(mixed("it makes real numbers of integers"));
        }
        self.check_output_shape(step, &tensor.shape)?;
        let values = self.reals(step, 0)?;
        self.graph.constants.insert(output, values);
        Ok(())
    }

    /// The real numbers that input `position` must be: weights, biases, slopes.
    pub(super) fn reals(&self, step: Step<'m>, position: usize) -> Converted<Vec<f32>> {
        let (index, tensor) = self.input(step, position)?;
        if let Some(values) = self.graph.constants.get(&index) {
            return Ok(values.clone());
        }
        let place = self.tensor_place(index);
        let Some(data) = &tensor.data else {
            let is_made =
                self.subgraph.operators[..step.index].iter().any(|made| made.outputs.contains(&index));
            if is_made && !self.values.contains_key(&index) {
                return Err(Stop::Reported);
            }
            return Err(Problem::new(
                format!("{place} is no constant"),
                "weights are part of the firmware: freeze the model before it is converted",
            )
            .into());
        };
        if tensor.is_sparse {
            return Err(Problem::new(
                format!("{place} is stored without its zeros"),
                "convert the model without sparsity: zeros cost nothing here anyway",
            )
            .into());
        }
        let values = decode(&self.bytes[data.clone()], integers(tensor, self.bytes), tensor, &place)?;
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(values),
            Some(at) => Err(Problem::new(
                format!("{place} holds {} at element {at}", values[at]),
                "every weight must be finite: training diverged, or the file is damaged",
            )
            .into()),
        }
    }
}

/// Reports int8 arithmetic inside a model of real numbers.
pub(super) fn mixed(what: &str) -> Stop {
    Problem::new(
        format!("{what} inside a model of real numbers"),
        "convert the model without quantisation, or with full integer quantisation",
    )
    .into()
}

/// The real numbers of a constant, whose `data` may be `integers`.
fn decode(data: &[u8], integers: Option<Vec<i64>>, tensor: &Tensor, place: &str) -> Converted<Vec<f32>> {
    match (tensor.element_type, integers) {
        (ElementType::Float32, _) => {
            Ok(data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
        }
        (ElementType::Float16, _) => {
            Ok(data.as_chunks().0.iter().map(|&bytes| half(u16::from_le_bytes(bytes))).collect())
        }
        (_, Some(integers)) => dequantized(&integers, tensor, place),
        (other, None) => Err(Problem::new(
            format!("{place} has elements of type {other}"),
            "weights of a model of real numbers are FLOAT32, FLOAT16 or integers: convert the model again",
        )
        .into()),
    }
}

/// The value of an IEEE 754 binary16: a sign, 5 bits of an exponent from -14 on, 10 of a fraction.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    let magnitude = match exponent {
        0 => fraction * (-24f32).exp2(),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        // At most 11 bits times a power of two: exact.
        _ => (1024.0 + fraction) * ((exponent - 25) as f32).exp2(),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// Real values of integers with one scale, or one for each index of an axis.
fn dequantized(integers: &[i64], tensor: &Tensor, place: &str) -> Converted<Vec<f32>> {
    let again = "convert the model again: integer weights have one scale, or one an output channel";
    let quantization = tensor
        .quantization
        .as_ref()
        .filter(|quantization| !quantization.has_details && !quantization.scales.is_empty())
        .ok_or_else(|| Problem::new(format!("{place} has no scale"), again))?;
    let scales = &quantization.scales;
    // Elements between two neighbours along the axis of the scales.
    let step = match usize::try_from(quantization.quantized_dimension) {
        _ if scales.len() == 1 => 1,
        Ok(axis) if tensor.shape.get(axis) == Some(&scales.len()) => {
            tensor.shape[axis + 1..].iter().product()
        }
        _ => {
            return Err(Problem::new(
                format!(
                    "{place} has {} scales along axis {} of {:?}",
                    scales.len(),
                    quantization.quantized_dimension,
                    tensor.shape
                ),
                again,
            )
            .into());
        }
    };
    let value = |(index, &integer): (usize, &i64)| {
        let at = index / step % scales.len();
        let zero_point = quantization.zero_points.get(at).copied().unwrap_or(0);
        (f64::from(scales[at]) * integer.saturating_sub(zero_point) as f64) as f32
    };
    Ok(integers.iter().enumerate().map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::{dequantized, half};
    use crate::import::tflite::{ElementType, Quantization, Tensor};

    /// Integers of a shape with scales along an axis.
    fn real(scales: &[f32], axis: i32, zero_point: i64) -> Option<Vec<f32>> {
        let quantization = Quantization {
            scales: scales.to_vec(),
            zero_points: vec![zero_point; scales.len()],
            quantized_dimension: axis,
            has_details: false,
        };
        let tensor = Tensor {
            name: String::new(),
            shape: vec![2, 3],
            shape_signature: Vec::new(),
            element_type: ElementType::UInt8,
            data: None,
            quantization: Some(quantization),
            is_variable: false,
            is_sparse: false,
            has_rank: true,
        };
        dequantized(&[0, 128, 255, 1, 2, 3], &tensor, "weights").ok()
    }

    #[test]
    fn integers_with_scales() {
        assert_eq!(real(&[0.5], 7, 128), Some(vec![-64.0, 0.0, 63.5, -63.5, -63.0, -62.5]));
        assert_eq!(real(&[1.0, 2.0], 0, 0), Some(vec![0.0, 128.0, 255.0, 2.0, 4.0, 6.0]));
        assert_eq!(real(&[1.0, 2.0, 4.0], 1, 0), Some(vec![0.0, 256.0, 1020.0, 1.0, 4.0, 12.0]));
        assert_eq!(real(&[1.0, 2.0, 4.0], 0, 0), None);
        assert_eq!(real(&[], 0, 0), None);
    }

    #[test]
    fn binary16() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x83ff, -6.097_555e-5),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:#06x}");
        }
        assert!(half(0x7e00).is_nan());
    }
}
