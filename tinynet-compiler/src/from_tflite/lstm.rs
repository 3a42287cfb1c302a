//! `UNIDIRECTIONAL_SEQUENCE_LSTM`, with int8 values and an int16 state of its cells.

use super::quantization::Integers;
use super::{Conversion, Converted, Problem, Step, multiplier};
use crate::import::tflite::{Activation, UnidirectionalSequenceLstmOptions};
use crate::quantize::arithmetic::sum_beyond_32_bits;
use crate::quantized::{Element, Lstm, LstmGate, QuantizedOperator};

/// Which input is what; four in a row are the input gate, the forget gate, the cells' new values, the output gate.
pub(super) const INPUT_WEIGHTS: usize = 1;
pub(super) const RECURRENT_WEIGHTS: usize = 5;
pub(super) const PEEPHOLES: std::ops::RangeInclusive<usize> = 9..=11;
pub(super) const BIASES: usize = 12;
pub(super) const PROJECTION: std::ops::RangeInclusive<usize> = 16..=17;
const HIDDEN_STATE: usize = 18;
const CELL_STATE: usize = 19;
pub(super) const NORMALIZATION: std::ops::RangeInclusive<usize> = 20..=23;
/// Which of the intermediate tensors has the scale of what cells make.
const HIDDEN: usize = 4;

/// Gates are calculated in Q3.12.
const GATE_SCALE: f32 = 1.0 / 4096.0;

/// What the weights of all gates have in common.
struct Sizes {
    inputs: usize,
    cells: usize,
    input: Integers,
    /// Smallest and largest integer of the input.
    bounds: [i32; 2],
    hidden: Integers,
}

impl<'m, G> Conversion<'m, G> {
    /// Refuses LSTMs of other kinds.
    pub(super) fn check_lstm(
        &self,
        step: Step<'m>,
        options: &UnidirectionalSequenceLstmOptions,
    ) -> Converted<()> {
        check_options(options)?;
        self.check_left_out(step, PEEPHOLES, "peephole weights")?;
        self.check_left_out(step, PROJECTION, "a projection")?;
        self.check_left_out(step, NORMALIZATION, "layer normalisation")?;
        if self.optional_input(step, INPUT_WEIGHTS).is_some() {
            return Ok(());
        }
        Err(Problem::new(
            "its input gate is coupled to its forget gate (CIFG): it has no weights of its own",
            "train it with an input gate",
        )
        .into())
    }
}

impl<'m> Conversion<'m> {
    /// `UNIDIRECTIONAL_SEQUENCE_LSTM`
    pub(super) fn lstm(
        &mut self,
        step: Step<'m>,
        options: &UnidirectionalSequenceLstmOptions,
    ) -> Converted<()> {
        self.check_lstm(step, options)?;
        let input = self.computed(step, 0)?;
        let (steps, inputs) = sequence(&input.tensor.shape, options.time_major)?;
        let cells = self.input(step, RECURRENT_WEIGHTS + 3)?.1.shape.first().copied().unwrap_or(0);
        let hidden = self.state(step, HIDDEN_STATE, &[Element::Int8], cells)?;
        let cell = self.state(step, CELL_STATE, &[Element::Int16], cells)?;
        let (_, output) = self.output(step)?;
        if cells == 0 || output.shape.iter().product::<usize>() != steps * cells {
            let cause = format!(
                "its output has the shape {:?}, not that of {steps} vectors of {cells}",
                output.shape
            );
            return Err(Problem::new(cause, "the file contradicts itself: convert the model again").into());
        }
        let sizes = Sizes { inputs, cells, input: input.quantization, bounds: input.bounds, hidden };
        let gates = [
            self.gate(step, 0, &sizes)?,
            self.gate(step, 1, &sizes)?,
            self.gate(step, 2, &sizes)?,
            self.gate(step, 3, &sizes)?,
        ];
        let made = self.made(step)?;
        // From 2^-30, in double precision, kept in single: TensorFlow Lite's `effective_hidden_scale`.
        let unit = f64::powi(2.0, -15);
        let lstm = Lstm {
            steps,
            inputs,
            cells,
            input_zero_point: input.quantization.zero_point,
            gates,
            cell_integer_bits: integer_bits(cell)?,
            cell_limits: cell_limits(options.cell_clip, cell.scale),
            output_multiplier: multiplier::multiplier(f64::from(
                (unit / f64::from(made.scale) * unit) as f32,
            ))?,
            output_zero_point: made.zero_point,
            // An int8: the reader has checked it.
            hidden_zero_point: hidden.zero_point as i8,
        };
        self.add(step, QuantizedOperator::Lstm(lstm), vec![input.id], [-128, 127])?;
        self.add_state("hidden", vec![cells], hidden);
        self.add_state("cell", vec![cells], cell);
        Ok(())
    }

    fn gate(&self, step: Step<'m>, number: usize, sizes: &Sizes) -> Converted<LstmGate> {
        let &Sizes { inputs, cells, input, bounds, hidden } = sizes;
        let (input_weights, input_scale) = self.matrix(step, INPUT_WEIGHTS + number, [cells, inputs])?;
        let (recurrent_weights, recurrent_scale) =
            self.matrix(step, RECURRENT_WEIGHTS + number, [cells, cells])?;
        if self.optional_input(step, BIASES + number).is_none() {
            return Err(
                Problem::new("a gate has no bias", "this version imports LSTMs with all biases").into()
            );
        }
        let bias = self.bias(step, BIASES + number, cells)?;
        check_sums(&input_weights, &bias, bounds.map(|bound| bound - input.zero_point))?;
        check_sums(&recurrent_weights, &vec![0; cells], [-128, 127].map(|bound| bound - hidden.zero_point))?;
        // In single precision, as in TensorFlow Lite.
        let factor =
            |weights: f32, values: f32| multiplier::multiplier(f64::from(weights * values / GATE_SCALE));
        Ok(LstmGate {
            input_weights,
            bias,
            input_multiplier: factor(input_scale, input.scale)?,
            recurrent_weights,
            recurrent_multiplier: factor(recurrent_scale, hidden.scale)?,
        })
    }

    /// What the integers that cells make stand for.
    fn made(&self, step: Step<'m>) -> Converted<Integers> {
        match step.operator.intermediates.get(HIDDEN).copied().flatten() {
            Some(index) => self.int8(index),
            None => Err(Problem::new(
                "it does not say at which scale its cells answer",
                "convert the model with a newer version of the converter",
            )
            .into()),
        }
    }
}

fn check_options(options: &UnidirectionalSequenceLstmOptions) -> Converted<()> {
    let problem = |cause: String, remedy: &str| Err(Problem::new(cause, remedy).into());
    if options.fused_activation != Activation::Tanh {
        let cause = format!("its activation is {}", options.fused_activation);
        return problem(cause, "the integer kernel of TensorFlow Lite has TANH alone: train it with that");
    }
    if options.proj_clip != 0.0 {
        let cause = format!("it limits its projection to {}", options.proj_clip);
        return problem(cause, "there is no projection that could be limited: convert the model again");
    }
    if options.asymmetric_quantize_inputs || options.diagonal_recurrent_tensors {
        return problem(
            "its options `asymmetric_quantize_inputs` and `diagonal_recurrent_tensors` are not both off"
                .into(),
            "convert with full integer quantisation and full matrices",
        );
    }
    if !(options.cell_clip.is_finite() && options.cell_clip >= 0.0) {
        return problem(format!("it limits its cells to {}", options.cell_clip), "convert the model again");
    }
    Ok(())
}

/// Number of vectors and their length; the batch is one sequence.
pub(super) fn sequence(shape: &[usize], time_major: bool) -> Converted<(usize, usize)> {
    match (shape, time_major) {
        (&[1, steps, inputs], false) | (&[steps, 1, inputs], true) => Ok((steps, inputs)),
        (&[1, inputs], _) => Ok((1, inputs)),
        _ => Err(Problem::new(
            format!("the shape {shape:?} of its input is not that of one sequence"),
            "convert the model for one input at a time: batch size 1",
        )
        .into()),
    }
}

/// Integer bits of the cells' state: TensorFlow Lite takes scales that are powers of two, from 2^-15 to 2^-9.
fn integer_bits(cell: Integers) -> Converted<u8> {
    let exponent = libm::log2(f64::from(cell.scale));
    let rounded = libm::round(exponent);
    match rounded as i32 + 15 {
        bits @ 0..=6 if (exponent - rounded).abs() < 1e-3 && cell.zero_point == 0 => Ok(bits as u8),
        _ => Err(Problem::new(
            format!(
                "its cells have the scale {} and the zero point {}; a power of two from 2^-15 to 2^-9 and 0 are wanted",
                cell.scale, cell.zero_point
            ),
            "convert the model again with full integer quantisation",
        )
        .into()),
    }
}

/// What a cell's state is limited to; 0: not at all.
fn cell_limits(clip: f32, scale: f32) -> [i16; 2] {
    // Towards zero, as the cast does.
    match (clip / scale).clamp(-32_768.0, 32_767.0) as i16 {
        limit @ 1.. => [-limit, limit],
        _ => [i16::MIN, i16::MAX],
    }
}

/// Refuses sums of products that could leave 32 bits.
pub(super) fn check_sums(weights: &[i8], bias: &[i32], differences: [i32; 2]) -> Converted<()> {
    match sum_beyond_32_bits(weights, bias, differences) {
        None => Ok(()),
        Some(most) => Err(Problem::new(
            format!("a sum of it can reach {most}, beyond the 32 bits of an accumulator"),
            "its weights or its bias are damaged: convert the model again",
        )
        .into()),
    }
}
