//! `SOFTMAX`: the table of exponentials, in gemmlowp's fixed-point arithmetic.

use super::{Computed, Conversion, Converted, EITHER, Problem, Step};
use crate::exponentials;
use crate::import::tflite::{SoftmaxOptions, Tensor};
use crate::quantized::{Element, QuantizedOperator};

/// Most classes whose exponentials the sum has bits for.
const MOST_CLASSES: usize = 4095;

impl<'m> Conversion<'m> {
    /// `SOFTMAX`
    pub(super) fn softmax(&mut self, step: Step<'m>, options: &SoftmaxOptions) -> Converted<()> {
        if self.computed_of(step, 0, EITHER)?.quantization.element == Element::Int16 {
            return self.softmax_16(step, options);
        }
        let input = self.computed(step, 0)?;
        let (output_index, output_tensor) = self.output(step)?;
        let output = self.integers_around_any(output_index, EITHER)?;
        let [least, most] = output.element.range();
        // Of 16 bits converters write 1/65535, too: TensorFlow Lite is content with three digits.
        let (scale, tolerance) = match output.element {
            Element::Int8 => (1.0 / 256.0, 0.0),
            _ => (1.0 / 65536.0, 0.001 / 65536.0),
        };
        if (output.scale - scale).abs() > tolerance || output.zero_point != least {
            return Err(Problem::new(
                format!("its output counts in (q - {}) · {}", output.zero_point, output.scale),
                format_args!(
                    "TensorFlow Lite's softmax to {} makes {scale} with the zero point {least}: convert the model again",
                    output.element
                ),
            )
            .into());
        }
        self.check_classes(&input, output_tensor)?;
        let softmax = exponentials::softmax(options.beta, input.quantization.scale)
            .ok_or_else(|| too_small(options.beta, input.quantization.scale))?;
        let operator = QuantizedOperator::GemmlowpSoftmax(softmax);
        self.add_known(step, output_index, "", operator, vec![input.id], output, [least, most]);
        Ok(())
    }
}

impl<'m> Conversion<'m> {
    /// `LOG_SOFTMAX`
    pub(super) fn log_softmax(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (output_index, output_tensor) = self.output(step)?;
        let output = self.int8(output_index)?;
        if output.scale != 1.0 / 16.0 || output.zero_point != 127 {
            return Err(Problem::new(
                format!("its output counts in (q - {}) · {}", output.zero_point, output.scale),
                "TensorFlow Lite's int8 LOG_SOFTMAX makes 1/16 with the zero point 127: convert the model again",
            )
            .into());
        }
        self.check_classes(&input, output_tensor)?;
        let softmax = exponentials::log_softmax(input.quantization.scale)
            .ok_or_else(|| too_small(1.0, input.quantization.scale))?;
        let operator = QuantizedOperator::LogSoftmax(softmax);
        self.add(step, operator, vec![input.id], [-128, 127])?;
        Ok(())
    }

    fn check_classes(&self, input: &Computed<'m>, output: &Tensor) -> Converted<()> {
        let classes = output.shape.last().copied().unwrap_or(1);
        if input.tensor.shape == output.shape && (1..=MOST_CLASSES).contains(&classes) {
            return Ok(());
        }
        Err(Problem::new(
            format!("it makes the shape {:?} of {:?}", output.shape, input.tensor.shape),
            format_args!("it takes up to {MOST_CLASSES} classes along the last axis"),
        )
        .into())
    }
}

fn too_small(beta: f32, scale: f32) -> Problem {
    Problem::new(
        format!("exponents of {beta} times steps of {scale} are too small to tell apart"),
        "all classes would be equal: check the scale of its input",
    )
}
