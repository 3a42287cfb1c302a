//! Pools, means and other reductions, padding.

use super::{Computed, Real};
use crate::from_tflite::pad::{PaddedImage, padded_images, padded_shape};
use crate::from_tflite::pooling::pool_window;
use crate::from_tflite::reduce::{Reduction, side_by_side};
use crate::from_tflite::{Conversion, Converted, Problem, Step, Value};
use crate::geometry::{Padding, Window};
use crate::graph::{FloatOperator, TensorId};
use crate::import::tflite::{Activation, Pool2dOptions, ReducerOptions};
use crate::quantized::Along;

impl<'m> Conversion<'m, Real> {
    /// `MAX_POOL_2D` and `AVERAGE_POOL_2D`
    pub(super) fn pool(
        &mut self,
        step: Step<'m>,
        options: &Pool2dOptions,
        operator: fn(Window) -> FloatOperator,
    ) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (_, output) = self.output(step)?;
        let window = pool_window(options, &input.tensor.shape, &output.shape)?;
        self.add(step, operator(window), vec![input.id], options.fused_activation)
    }

    /// `MEAN`, `SUM`, `REDUCE_MAX`, `REDUCE_MIN`: mean and largest along height, width or both are a pool over all of them.
    pub(super) fn reduce(
        &mut self,
        step: Step<'m>,
        options: &ReducerOptions,
        reduction: Reduction,
    ) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let shape = &input.tensor.shape;
        let reduced = self.axes(step, 1, shape.len())?;
        self.check_reduced_shape(step, shape, &reduced, options.keep_dims)?;
        let (view, along) = match (reduction, reduced_window(&input, &reduced)) {
            (Reduction::Max, Some(window)) => {
                return self.pool_of_all(step, &input, FloatOperator::MaxPool, window);
            }
            (Reduction::Mean, Some(window)) => return self.pool_of_all(step, &input, average, window),
            _ => side_by_side(shape, &reduced),
        };
        let id = match view {
            Some(view) => self.add_inner_view(step, "_order", &input, &view)?,
            None => input.id,
        };
        let operator = match reduction {
            Reduction::Sum => FloatOperator::Sum(along),
            Reduction::Max | Reduction::Min => {
                FloatOperator::Extremum { along, largest: reduction == Reduction::Max }
            }
            Reduction::Mean => {
                let window = window_along(along);
                let id = self.reshaped(step, "_image", id, window.input.to_vec());
                return self.add_reshaped(
                    step,
                    average(window),
                    vec![id],
                    window.output.to_vec(),
                    Activation::None,
                );
            }
        };
        self.add(step, operator, vec![id], Activation::None)
    }

    /// A pool with one window, or one a row or column.
    fn pool_of_all(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        operator: fn(Window) -> FloatOperator,
        window: Window,
    ) -> Converted<()> {
        let id = self.as_image(step, input, window.input);
        self.add(step, operator(window), vec![id], Activation::None)
    }

    /// `PAD` and `PADV2`: around an image or a sequence.
    pub(super) fn pad(&mut self, step: Step<'m>, value: f32) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let shape = &input.tensor.shape;
        let amounts = self.pairs(step, 1, shape.len())?;
        self.check_output_shape(step, &padded_shape(shape, &amounts)?)?;
        let padding = match amounts[..] {
            [[0, 0], [top, bottom], [left, right], [0, 0]] if shape[0] == 1 => {
                Padding { top, bottom, left, right }
            }
            [[0, 0], [left, right], [0, 0]] if shape[0] == 1 => Padding { left, right, ..Padding::default() },
            _ => {
                let (output, _) = self.output(step)?;
                let shape = self.graph_shape(output)?;
                let id = self.padded(step, &input, &amounts, value);
                let id = self.reshaped(step, "", id, shape);
                self.values.insert(output, Value::Computed(id));
                return Ok(());
            }
        };
        let operator = FloatOperator::Pad { padding, value: value.into() };
        self.add(step, operator, vec![input.id], Activation::None)
    }

    /// A tensor with values before and behind each axis, in the shape of the last image that is padded.
    pub(super) fn padded(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        amounts: &[[usize; 2]],
        value: f32,
    ) -> TensorId {
        let mut id = input.id;
        for PaddedImage { axis, image, padding, made } in padded_images(&input.tensor.shape, amounts) {
            let from = self.reshaped(step, &format!("_image{axis}"), id, image.to_vec());
            let operator = FloatOperator::Pad { padding, value: value.into() };
            let suffix = format!("_axis{axis}");
            id = self.add_node(step, &suffix, "Pad".into(), operator, vec![from], made.to_vec());
        }
        id
    }

    /// The value of a `PADV2`.
    pub(super) fn padding_value(&self, step: Step<'m>) -> Converted<f32> {
        match self.reals(step, 2)?[..] {
            [value] => Ok(value),
            ref values => Err(Problem::new(
                format!("it pads by {} values", values.len()),
                "the file contradicts itself: convert the model again",
            )
            .into()),
        }
    }
}

/// A mean of what is under each window.
fn average(window: Window) -> FloatOperator {
    FloatOperator::AveragePool { window, include_padding: false }
}

/// The window over an axis of three.
fn window_along(Along { rows, length, columns }: Along) -> Window {
    Window {
        input: [rows, length, columns],
        output: [rows, 1, columns],
        kernel: [1, length],
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding::default(),
    }
}

/// The window over all that vanishes, where that is the height or the width of an image, or the length of a sequence.
fn reduced_window(input: &Computed<'_>, reduced: &[bool]) -> Option<Window> {
    let (image, vanishing) = match (&input.tensor.shape[..], reduced) {
        (&[1, height, width, channels], &[_, vertical, horizontal, false]) => {
            ([height, width, channels], [vertical, horizontal])
        }
        (&[1, length, channels], &[_, along, false]) => ([1, length, channels], [false, along]),
        _ => return None,
    };
    let kernel = [0, 1].map(|axis| if vanishing[axis] { image[axis] } else { 1 });
    let output = [image[0] / kernel[0], image[1] / kernel[1], image[2]];
    let [stride, dilation] = [[1, 1]; 2];
    Some(Window { input: image, output, kernel, stride, dilation, padding: Padding::default() })
}
