//! Convolutions of several images at a time, as dilated ones of sequences are where a converter splits them into blocks: the
//! images lie below one another, and one window slides over all of them.

use super::gather::numbers;
use super::{Computed, Conversion, Converted, Problem, Step};
use crate::geometry::{Padding, Window};
use crate::graph::TensorId;
use crate::quantized::{Gather, QuantizedOperator};

/// Images below one another, each with rows of zeros around it that the window needs.
pub(super) struct Stack {
    pub(super) images: usize,
    /// Each image: height, and the values of a row.
    pub(super) image: [usize; 2],
    /// Rows of zeros before and behind each image.
    pub(super) rows: [usize; 2],
    /// Over all of them.
    pub(super) window: Window,
    /// Which rows of the result count; between those of two images the window covers parts of both.
    chosen: Vec<usize>,
}

impl Stack {
    /// Of `window` over each image.
    pub(super) fn new(images: usize, window: Window) -> Converted<Self> {
        let [height, width, channels] = window.input;
        let reach = (window.kernel[0] - 1) * window.dilation[0] + 1;
        let stride = window.stride[0];
        let top = window.padding.top;
        let needed = ((window.output[0] - 1) * stride + reach).max(top + height);
        // A multiple of the step: places in all images are the same.
        let each = needed.div_ceil(stride) * stride;
        let Some(rows) = images.checked_mul(each).filter(|rows| rows * width <= super::MOST_ELEMENTS) else {
            return Err(Problem::new("its images do not fit any memory", "convert the model again").into());
        };
        let made = (rows - reach) / stride + 1;
        let chosen = (0..images)
            .flat_map(|image| (0..window.output[0]).map(move |row| image * (each / stride) + row))
            .collect();
        Ok(Self {
            images,
            image: [height, width * channels],
            rows: [top, each - top - height],
            window: Window {
                input: [rows, width, channels],
                output: [made, window.output[1], window.output[2]],
                padding: Padding { top: 0, bottom: 0, ..window.padding },
                ..window
            },
            chosen,
        })
    }

    /// What chooses the rows that count; `None` where all do.
    pub(super) fn gather(&self) -> Converted<Option<Gather>> {
        let [made, width, channels] = self.window.output;
        if self.chosen.len() == made {
            return Ok(None);
        }
        let columns: Vec<usize> = (0..width).collect();
        let input = [made, width, channels];
        Ok(Some(Gather { images: 1, input, rows: numbers(&self.chosen)?, columns: numbers(&columns)? }))
    }
}

/// The number of images of a shape, and the shape of one.
pub(super) fn one_of(shape: &[usize]) -> (usize, Vec<usize>) {
    match *shape {
        [images, height, width, channels] if images > 1 => (images, vec![1, height, width, channels]),
        _ => (1, shape.to_vec()),
    }
}

/// The stack of what a convolution reads, if it is of several images; `made` is the number it makes.
pub(super) fn stack(images: usize, made: usize, window: Window) -> Converted<Option<Stack>> {
    match images == made {
        true if images == 1 => Ok(None),
        true => Stack::new(images, window).map(Some),
        false => Err(Problem::new(
            format!("it makes {made} images of {images}"),
            "the file contradicts itself: convert the model again",
        )
        .into()),
    }
}

impl<'m> Conversion<'m> {
    /// The images of a tensor below one another.
    pub(super) fn stacked(
        &mut self,
        step: Step<'m>,
        input: Computed<'m>,
        stack: Option<&Stack>,
    ) -> Computed<'m> {
        let Some(stack) = stack else { return input };
        let (mut id, mut bounds, zero) = (input.id, input.bounds, input.quantization.zero_point);
        let [before, behind] = stack.rows;
        if stack.rows != [0, 0] {
            let [height, row] = stack.image;
            let image = [stack.images, height, row];
            let padding = Padding { left: before, right: behind, ..Padding::default() };
            bounds = [bounds[0].min(zero), bounds[1].max(zero)];
            id = self.seen_as(step, "_images", id, &image, input.quantization);
            let made = vec![stack.images, before + height + behind, row];
            let operator = QuantizedOperator::Pad { padding, value: zero as i16 };
            id = self.add_node(step, "_rows", operator, vec![id], made, input.quantization, bounds);
        }
        let id = self.seen_as(step, "_stack", id, &stack.window.input, input.quantization);
        Computed { id, bounds, ..input }
    }

    /// Adds an operator of a step whose images may lie below one another.
    pub(super) fn add_of_stack(
        &mut self,
        step: Step<'m>,
        operator: QuantizedOperator,
        input: TensorId,
        bounds: [i32; 2],
        stack: Option<&Stack>,
    ) -> Converted<()> {
        let Some(stack) = stack else {
            self.add(step, operator, vec![input], bounds)?;
            return Ok(());
        };
        let (output, _) = self.output(step)?;
        let quantization = self.integers_of(output, super::EITHER)?;
        let made = stack.window.output.to_vec();
        let id = self.add_node(step, "_made", operator, vec![input], made, quantization, bounds);
        let operator = stack.gather()?.map_or(QuantizedOperator::Reshape, QuantizedOperator::Gather);
        self.add(step, operator, vec![id], bounds)?;
        Ok(())
    }
}
