//! Pools, means and other reductions, padding.

use super::{Computed, Real};
use crate::from_tflite::pooling::pool_window;
use crate::from_tflite::reduce::Reduction;
use crate::from_tflite::{Conversion, Converted, Problem, Step};
use crate::geometry::{Padding, Window};
use crate::graph::FloatOperator;
use crate::import::tflite::{Activation, Pool2dOptions, ReducerOptions};

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

    /// `MEAN`, `SUM`, `REDUCE_MAX` along height, width or both: a pool over all of them.
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
        let window = reduced_window(&input, &reduced)?;
        let id = self.as_image(step, &input, window.input);
        let (output_index, _) = self.output(step)?;
        match reduction {
            Reduction::Max => self.add(step, FloatOperator::MaxPool(window), vec![id], Activation::None),
            _ => {
                let mean = FloatOperator::AveragePool { window, include_padding: false };
                if reduction == Reduction::Mean {
                    return self.add(step, mean, vec![id], Activation::None);
                }
                let shape = self.graph_shape(output_index)?;
                let channels = shape.last().copied().unwrap_or(1);
                let id = self.add_node(step, "_mean", "Mean".into(), mean, vec![id], shape);
                let count = (window.kernel[0] * window.kernel[1]) as f32;
                let operator = FloatOperator::ChannelAffine {
                    scale: vec![count; channels],
                    offset: vec![0.0; channels],
                };
                self.add(step, operator, vec![id], Activation::None)
            }
        }
    }

    /// `PAD` and `PADV2`: around an image or a sequence.
    pub(super) fn pad(&mut self, step: Step<'m>, value: f32) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let shape = &input.tensor.shape;
        let amounts = self.pairs(step, 1, shape.len())?;
        let expected: Vec<usize> = shape
            .iter()
            .zip(&amounts)
            .map(|(&length, amounts)| amounts.iter().fold(length, |sum, &more| sum.saturating_add(more)))
            .collect();
        self.check_output_shape(step, &expected)?;
        let padding = match amounts[..] {
            [[0, 0], [top, bottom], [left, right], [0, 0]] if shape[0] == 1 => {
                Padding { top, bottom, left, right }
            }
            [[0, 0], [left, right], [0, 0]] if shape[0] == 1 => Padding { left, right, ..Padding::default() },
            _ => {
                return Err(Problem::new(
                    format!("it pads the shape {shape:?} by {amounts:?}"),
                    "this version pads the height and the width of an image, or the length of a sequence",
                )
                .into());
            }
        };
        let operator = FloatOperator::Pad { padding, value: value.into() };
        self.add(step, operator, vec![input.id], Activation::None)
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

/// The window over all that vanishes.
fn reduced_window(input: &Computed<'_>, reduced: &[bool]) -> Converted<Window> {
    let (image, vanishing) = match (&input.tensor.shape[..], reduced) {
        (&[1, height, width, channels], &[_, vertical, horizontal, false]) => {
            ([height, width, channels], [vertical, horizontal])
        }
        (&[1, length, channels], &[_, along, false]) => ([1, length, channels], [false, along]),
        (shape, _) => {
            return Err(Problem::new(
                format!("it reduces the shape {shape:?} along other axes than height and width"),
                "this version reduces images along height and width, and sequences along their length",
            )
            .into());
        }
    };
    let kernel = [0, 1].map(|axis| if vanishing[axis] { image[axis] } else { 1 });
    let output = [image[0] / kernel[0], image[1] / kernel[1], image[2]];
    let [stride, dilation] = [[1, 1]; 2];
    Ok(Window { input: image, output, kernel, stride, dilation, padding: Padding::default() })
}
