//! `UNIDIRECTIONAL_SEQUENCE_LSTM` of real numbers.

use super::Real;
use crate::from_tflite::lstm::{BIASES, INPUT_WEIGHTS, RECURRENT_WEIGHTS, sequence};
use crate::from_tflite::{Conversion, Converted, Problem, Step};
use crate::graph::{FloatOperator, Lstm, LstmGate};
use crate::import::tflite::{Activation, UnidirectionalSequenceLstmOptions};

impl<'m> Conversion<'m, Real> {
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
        let (_, output) = self.output(step)?;
        if cells == 0 || inputs == 0 || output.shape.iter().product::<usize>() != steps * cells {
            let cause = format!(
                "its output has the shape {:?}, not that of {steps} vectors of {cells}",
                output.shape
            );
            return Err(Problem::new(cause, "the file contradicts itself: convert the model again").into());
        }
        let gates = [
            self.gate(step, 0, inputs, cells)?,
            self.gate(step, 1, inputs, cells)?,
            self.gate(step, 2, inputs, cells)?,
            self.gate(step, 3, inputs, cells)?,
        ];
        let cell_limit = (options.cell_clip > 0.0).then_some(options.cell_clip);
        let operator = FloatOperator::Lstm(Lstm { steps, inputs, cells, gates, cell_limit });
        self.add(step, operator, vec![input.id], Activation::None)
    }

    fn gate(&self, step: Step<'m>, number: usize, inputs: usize, cells: usize) -> Converted<LstmGate> {
        let bias = match self.optional_input(step, BIASES + number) {
            Some(_) => self.matrix(step, BIASES + number, &[cells])?,
            None => vec![0.0; cells],
        };
        Ok(LstmGate {
            input_weights: self.matrix(step, INPUT_WEIGHTS + number, &[cells, inputs])?,
            recurrent_weights: self.matrix(step, RECURRENT_WEIGHTS + number, &[cells, cells])?,
            bias,
        })
    }

    /// The real numbers of a shape that input `position` must be.
    fn matrix(&self, step: Step<'m>, position: usize, shape: &[usize]) -> Converted<Vec<f32>> {
        let (index, tensor) = self.input(step, position)?;
        if tensor.shape == shape {
            return self.reals(step, position);
        }
        let cause =
            format!("{} has the shape {:?} instead of {shape:?}", self.tensor_place(index), tensor.shape);
        Err(Problem::new(cause, "the file contradicts itself: convert the model again").into())
    }
}
