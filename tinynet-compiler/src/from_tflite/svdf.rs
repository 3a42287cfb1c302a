//! `SVDF`, with a state of int16 or int8.

use super::lstm::check_sums;
use super::quantization::Integers;
use super::{Conversion, Converted, EITHER, Problem, Step, multiplier};
use crate::import::tflite::{Activation, SvdfOptions};
use crate::quantized::{Element, QuantizedOperator, Svdf};

/// Which input is what.
const FEATURE_WEIGHTS: usize = 1;
const TIME_WEIGHTS: usize = 2;
const BIAS: usize = 3;
const STATE: usize = 4;

impl<'m> Conversion<'m> {
    /// `SVDF`
    pub(super) fn svdf(&mut self, step: Step<'m>, options: &SvdfOptions) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (output_index, output_tensor) = self.output(step)?;
        let output = self.int8(output_index)?;
        check_options(options, output)?;
        let shapes = [
            &input.tensor.shape,
            &self.input(step, FEATURE_WEIGHTS)?.1.shape,
            &self.input(step, TIME_WEIGHTS)?.1.shape,
            &output_tensor.shape,
        ];
        let (inputs, filters, memory, units) = match shapes.map(Vec::as_slice) {
            [&[1, inputs], &[filters, per_filter], &[time_filters, memory], &[1, units]]
                if per_filter == inputs && time_filters == filters && memory > 0 && units > 0 =>
            {
                (inputs, filters, memory, units)
            }
            _ => return Err(shapes_problem(&shapes)),
        };
        let rank = usize::try_from(options.rank).unwrap_or(0);
        if rank == 0 || units.checked_mul(rank) != Some(filters) {
            return Err(Problem::new(
                format!("its {filters} filters are not {} for each of {units} outputs", options.rank),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
        let state = self.state(step, STATE, EITHER, filters * memory)?;
        let (feature_weights, feature_scale) = self.matrix(step, FEATURE_WEIGHTS, [filters, inputs])?;
        check_sums(
            &feature_weights,
            &vec![0; filters],
            input.bounds.map(|bound| bound - input.quantization.zero_point),
        )?;
        let (time_weights, time_scale) = self.time_weights(step, state.element)?;
        // In single precision, as in TensorFlow Lite.
        let to_state = input.quantization.scale * feature_scale / state.scale;
        let to_output = state.scale * time_scale / output.scale;
        let svdf = Svdf {
            inputs,
            filters,
            rank,
            memory,
            input_zero_point: input.quantization.zero_point,
            feature_weights,
            feature_multiplier: multiplier::multiplier(f64::from(to_state))?,
            state: state.element,
            state_zero_point: state.zero_point,
            time_weights,
            bias: self.bias(step, BIAS, units)?,
            output_multiplier: multiplier::multiplier(f64::from(to_output))?,
            output_zero_point: output.zero_point,
        };
        self.add(step, QuantizedOperator::Svdf(svdf), vec![input.id], [-128, 127])?;
        // The newest feature is calculated anew each time.
        self.add_state("features", vec![filters, memory - 1], state);
        Ok(())
    }

    /// The weights of features over time, of the same type as the state, and their scale.
    fn time_weights(&self, step: Step<'m>, of_state: Element) -> Converted<(Vec<i16>, f32)> {
        let (index, tensor) = self.input(step, TIME_WEIGHTS)?;
        let place = self.tensor_place(index);
        let weights = self.integers_of(index, EITHER)?;
        if weights.element != of_state || tensor.is_sparse {
            return Err(Problem::new(
                format!(
                    "{place} has {} elements, its state {of_state} ones, or is without its zeros",
                    weights.element
                ),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
        let scale = self.weight_scale(index)?;
        let weights = self.integers(step, TIME_WEIGHTS)?.into_iter().map(|weight| weight as i16).collect();
        Ok((weights, scale))
    }
}

/// A fused `RELU` does nothing where 0 is the least integer, and TensorFlow Lite's integer kernels do nothing elsewhere.
fn check_options(options: &SvdfOptions, output: Integers) -> Converted<()> {
    let is_done = match options.fused_activation {
        Activation::None => true,
        Activation::Relu => output.zero_point == -128,
        _ => false,
    };
    if !is_done {
        return Err(Problem::new(
            format!(
                "its fused activation is {}, which TensorFlow Lite's integer kernel leaves out at an output whose zero \
                 point is {}",
                options.fused_activation, output.zero_point
            ),
            "make the activation an operator of its own",
        )
        .into());
    }
    if options.asymmetric_quantize_inputs {
        return Err(Problem::new(
            "its option `asymmetric_quantize_inputs` is for inputs of real numbers",
            "convert with full integer quantisation",
        )
        .into());
    }
    Ok(())
}

fn shapes_problem(shapes: &[&Vec<usize>; 4]) -> super::Stop {
    let [input, features, time, output] = shapes;
    Problem::new(
        format!(
            "the shapes of its input {input:?}, of its weights {features:?} and {time:?} and of its output {output:?} do \
             not fit together"
        ),
        "convert the model for one input at a time: batch size 1",
    )
    .into()
}
