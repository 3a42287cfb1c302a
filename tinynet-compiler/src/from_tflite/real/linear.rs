//! Operators with weights.

use super::{Computed, Real};
use crate::from_tflite::batches::{self, Stack, one_of};
use crate::from_tflite::sizes::{
    Rows, convolution_window, depthwise_window, fully_connected_rows, transposed_convolution_window,
};
use crate::from_tflite::{Conversion, Converted, Problem, Step, Value};
use crate::geometry::{Padding, Window};
use crate::graph::{Filter, FloatOperator};
use crate::import::tflite::{
    Activation, Conv2dOptions, DepthwiseConv2dOptions, FullyConnectedOptions, TransposeConvOptions,
};

impl<'m> Conversion<'m, Real> {
    /// `FULLY_CONNECTED`; of several rows, it is a convolution by a window of one pixel.
    pub(super) fn fully_connected(
        &mut self,
        step: Step<'m>,
        options: &FullyConnectedOptions,
    ) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (_, weights) = self.input(step, 1)?;
        let (_, output) = self.output(step)?;
        let Rows { rows, inputs, channels } =
            fully_connected_rows(options, &input.tensor.shape, &weights.shape, &output.shape)?;
        let filter = self.filter(step, vec![channels, inputs], channels)?;
        let (operator, id) = match rows {
            1 => (FloatOperator::Dense(filter), self.reshaped(step, "_flatten", input.id, vec![inputs])),
            rows => {
                let filter = Filter { shape: vec![channels, 1, 1, inputs], ..filter };
                let window = Window::of_pixels([1, rows, inputs], channels);
                let operator = FloatOperator::Conv2d { window, groups: 1, filter };
                (operator, self.reshaped(step, "_rows", input.id, vec![rows, inputs]))
            }
        };
        let made = if rows == 1 { vec![channels] } else { vec![rows, channels] };
        self.add_reshaped(step, operator, vec![id], made, options.fused_activation)
    }

    /// `CONV_2D`
    pub(super) fn conv_2d(&mut self, step: Step<'m>, options: &Conv2dOptions) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (_, weights) = self.input(step, 1)?;
        let (_, output) = self.output(step)?;
        let [(images, shape), (made, made_shape)] =
            [input.tensor, output].map(|tensor| one_of(&tensor.shape));
        let (window, groups) = convolution_window(options, &shape, &weights.shape, &made_shape)?;
        let stack = batches::stack(images, made, window)?;
        let window = stack.as_ref().map_or(window, |stack| stack.window);
        let filter = self.filter(step, weights.shape.clone(), window.output[2])?;
        let operator = FloatOperator::Conv2d { window, groups, filter };
        self.add_of_stack(step, operator, &input, options.fused_activation, stack.as_ref())
    }

    /// `DEPTHWISE_CONV_2D`
    pub(super) fn depthwise_conv_2d(
        &mut self,
        step: Step<'m>,
        options: &DepthwiseConv2dOptions,
    ) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (_, weights) = self.input(step, 1)?;
        let (_, output) = self.output(step)?;
        let [(images, shape), (made, made_shape)] =
            [input.tensor, output].map(|tensor| one_of(&tensor.shape));
        let (window, multiplier) = depthwise_window(options, &shape, &weights.shape, &made_shape)?;
        let stack = batches::stack(images, made, window)?;
        let window = stack.as_ref().map_or(window, |stack| stack.window);
        let filter = self.filter(step, weights.shape[1..].to_vec(), window.output[2])?;
        let operator = FloatOperator::DepthwiseConv2d { window, multiplier, filter };
        self.add_of_stack(step, operator, &input, options.fused_activation, stack.as_ref())
    }

    /// Adds an operator of a step whose images may have to lie below one another.
    fn add_of_stack(
        &mut self,
        step: Step<'m>,
        operator: FloatOperator,
        input: &Computed<'m>,
        activation: Activation,
        stack: Option<&Stack>,
    ) -> Converted<()> {
        let Some(stack) = stack else { return self.add(step, operator, vec![input.id], activation) };
        let [before, behind] = stack.rows;
        let mut id = input.id;
        if stack.rows != [0, 0] {
            let [height, row] = stack.image;
            let padding = Padding { left: before, right: behind, ..Padding::default() };
            id = self.reshaped(step, "_images", id, vec![stack.images, height, row]);
            let made = vec![stack.images, before + height + behind, row];
            let pad = FloatOperator::Pad { padding, value: 0.0 };
            id = self.add_node(step, "_rows", "Pad".into(), pad, vec![id], made);
        }
        let id = self.reshaped(step, "_stack", id, stack.window.input.to_vec());
        let made = stack.window.output.to_vec();
        let id = self.add_activated(step, operator, vec![id], made, activation)?;
        let (output, _) = self.output(step)?;
        let shape = self.graph_shape(output)?;
        let operator = stack.gather()?.map_or(FloatOperator::Reshape, FloatOperator::Gather);
        let id = self.add_node(step, "_chosen", "Gather".into(), operator, vec![id], shape);
        self.values.insert(output, Value::Computed(id));
        Ok(())
    }

    /// `TRANSPOSE_CONV`
    pub(super) fn transpose_conv(&mut self, step: Step<'m>, options: &TransposeConvOptions) -> Converted<()> {
        let input = self.computed(step, 2)?;
        let (_, weights) = self.input(step, 1)?;
        let (_, output) = self.output(step)?;
        let shape = self.integers(step, 0)?;
        let window = transposed_convolution_window(
            options,
            &shape,
            &input.tensor.shape,
            &weights.shape,
            &output.shape,
        )?;
        let filter = self.filter_of(step, weights.shape.clone(), window.output[2], 3)?;
        let operator = FloatOperator::TransposeConv2d { window, filter };
        self.add(step, operator, vec![input.id], options.fused_activation)
    }

    fn filter(&self, step: Step<'m>, shape: Vec<usize>, channels: usize) -> Converted<Filter> {
        self.filter_of(step, shape, channels, 2)
    }

    /// Weights, and a bias for each channel, which input `position` is: zeros where there is none.
    fn filter_of(
        &self,
        step: Step<'m>,
        shape: Vec<usize>,
        channels: usize,
        position: usize,
    ) -> Converted<Filter> {
        let weights = self.reals(step, 1)?;
        let bias = match self.optional_input(step, position) {
            Some(_) => self.reals(step, position)?,
            None => vec![0.0; channels],
        };
        if weights.len() != shape.iter().product::<usize>() || bias.len() != channels {
            return Err(Problem::new(
                format!(
                    "it has {} weights and {} biases for the shape {shape:?} and {channels} channels",
                    weights.len(),
                    bias.len()
                ),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
        Ok(Filter { shape, weights, bias, given_scales: None })
    }
}
