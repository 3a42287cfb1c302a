//! Operators that choose indices of axes: `GATHER`, `RESIZE_NEAREST_NEIGHBOR`, and `RESIZE_BILINEAR`.

use super::quantization::{Integers, UNSIGNED};
use super::view::place_of_axis;
use super::{Computed, Conversion, Converted, EITHER, MOVED, Problem, Step, Stop, shape_without_batch};
use crate::import::tflite::{GatherOptions, ResizeBilinearOptions, ResizeNearestNeighborOptions, Tensor};
use crate::quantized::{Element, Gather, QuantizedOperator};
use crate::resize::Resize;
use tinynet_core::kernels::ResizeBilinear;

impl<'m> Conversion<'m> {
    /// `GATHER`, by constant indices.
    pub(super) fn gather(&mut self, step: Step<'m>, options: &GatherOptions) -> Converted<()> {
        let input = self.computed_of(step, 0, MOVED)?;
        let (output_index, _) = self.output(step)?;
        self.check_same_quantization(step, input.quantization, self.integers_of(output_index, MOVED)?)?;
        let chosen = self.gathered(step, &input.tensor.shape, options)?;
        self.add_choice(step, &input, &chosen)
    }

    /// `RESIZE_NEAREST_NEIGHBOR`
    pub(super) fn resize_nearest_neighbor(
        &mut self,
        step: Step<'m>,
        options: &ResizeNearestNeighborOptions,
    ) -> Converted<()> {
        let input = self.computed_of(step, 0, MOVED)?;
        let (output_index, _) = self.output(step)?;
        self.check_same_quantization(step, input.quantization, self.integers_of(output_index, MOVED)?)?;
        let resize = self.resize(step, input.tensor, options.align_corners, options.half_pixel_centers)?;
        let chosen = [None, Some(resize.nearest(0)), Some(resize.nearest(1)), None];
        self.add_choice(step, &input, &chosen)
    }

    /// `RESIZE_BILINEAR`
    pub(super) fn resize_bilinear(
        &mut self,
        step: Step<'m>,
        options: &ResizeBilinearOptions,
    ) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let (output_index, _) = self.output(step)?;
        self.check_same_quantization(step, input.quantization, self.integers_of(output_index, EITHER)?)?;
        let resize = self.resize(step, input.tensor, options.align_corners, options.half_pixel_centers)?;
        check_kind(&resize)?;
        let is_exact = resize.is_exact_in_float32();
        let resize = resize.bilinear().map_err(|cause| {
            Problem::new(
                cause,
                "so does TensorFlow Lite's kernel, which then reads what is not there: resize to less",
            )
        })?;
        if input.quantization.is_unsigned {
            return self.resize_unsigned(step, &input, resize, is_exact);
        }
        self.add(step, QuantizedOperator::ResizeBilinear(resize), vec![input.id], input.bounds)?;
        Ok(())
    }

    /// `RESIZE_BILINEAR` of uint8s, which TensorFlow Lite calculates in float32: here in integers, where those are the same.
    /// Halves are rounded up there; away from zero, which the kernel does, is up for uint8s as they are.
    fn resize_unsigned(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        resize: ResizeBilinear,
        is_exact: bool,
    ) -> Converted<()> {
        if !is_exact {
            return Err(Problem::new(
                format!("it makes {:?} uint8 pixels of {:?}", resize.output, [resize.input[0], resize.input[1]]),
                "TensorFlow Lite does it in float32, whose rounding differs from that of integers unless all distances are \
                 multiples of a power of two, as of factors of 2: convert the model to int8, or use RESIZE_NEAREST_NEIGHBOR",
            )
            .into());
        }
        let as_they_are = Integers {
            element: Element::UInt8,
            zero_point: input.quantization.zero_point + UNSIGNED,
            ..input.quantization
        };
        let bounds = input.bounds.map(|bound| bound + UNSIGNED);
        let shapes = [input.tensor, self.output(step)?.1].map(|tensor| shape_without_batch(&tensor.shape));
        let [from, to] = shapes;
        let flip = QuantizedOperator::FlipSign;
        let id = self.add_node(step, "_unsigned", flip.clone(), vec![input.id], from, as_they_are, bounds);
        let resize = QuantizedOperator::ResizeBilinear(resize);
        let id = self.add_node(step, "_resized", resize, vec![id], to, as_they_are, bounds);
        self.add(step, flip, vec![id], input.bounds)?;
        Ok(())
    }

    /// Adds the operators that choose indices along axes; `None` for axes that stay as they are.
    pub(super) fn add_choice(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        chosen: &[Option<Vec<usize>>],
    ) -> Converted<()> {
        let mut id = input.id;
        let mut operators = choices(&input.tensor.shape, chosen)?;
        let Some((last, _)) = operators.pop() else {
            self.add(step, QuantizedOperator::Reshape, vec![id], input.bounds)?;
            return Ok(());
        };
        for (number, (operator, shape)) in operators.into_iter().enumerate() {
            let (suffix, shape) = (format!("_part{number}"), shape_without_batch(&shape));
            let operator = QuantizedOperator::Gather(operator);
            id = self.add_node(step, &suffix, operator, vec![id], shape, input.quantization, input.bounds);
        }
        self.add(step, QuantizedOperator::Gather(last), vec![id], input.bounds)?;
        Ok(())
    }
}

impl<'m, G> Conversion<'m, G> {
    /// The indices along each axis that a `GATHER` reads; `None` for axes that stay as they are.
    pub(super) fn gathered(
        &self,
        step: Step<'m>,
        shape: &[usize],
        options: &GatherOptions,
    ) -> Converted<Vec<Option<Vec<usize>>>> {
        let (_, output) = self.output(step)?;
        if options.batch_dims != 0 {
            return Err(Problem::new(
                format!("it has {} axes of batches", options.batch_dims),
                "this version gathers by the same indices all over",
            )
            .into());
        }
        let axis = place_of_axis(options.axis.into(), shape.len())?;
        let (_, indices) = self.input(step, 1)?;
        let expected = [&shape[..axis], &indices.shape, &shape[axis + 1..]].concat();
        let known = self.integers(step, 1)?;
        let places: Option<Vec<usize>> = known
            .iter()
            .map(|&index| usize::try_from(index).ok().filter(|&index| index < shape[axis]))
            .collect();
        let Some(places) = places.filter(|_| output.shape == expected) else {
            return Err(Problem::new(
                format!("it takes {known:?} of axis {axis} of {shape:?} to make {:?}", output.shape),
                "the file contradicts itself: convert the model again",
            )
            .into());
        };
        let mut chosen = vec![None; shape.len()];
        chosen[axis] = Some(places);
        Ok(chosen)
    }

    /// Sizes of the images that a step makes and that it makes them of.
    pub(super) fn resize(
        &self,
        step: Step<'m>,
        input: &Tensor,
        align_corners: bool,
        half_pixel_centers: bool,
    ) -> Converted<Resize> {
        let size = self.integers(step, 1)?;
        let (_, output) = self.output(step)?;
        match (&input.shape[..], &output.shape[..]) {
            (&[images, height, width, channels], &[made_images, made_height, made_width, made_channels])
                if size == [made_height as i64, made_width as i64]
                    && (images, channels) == (made_images, made_channels)
                    && [images, height, width, channels, made_height, made_width].iter().all(|&n| n > 0) =>
            {
                if made_height.max(made_width) > MOST_INDICES {
                    return Err(too_many_indices());
                }
                let (input, output) = ([height, width, channels], [made_height, made_width]);
                Ok(Resize { images, input, output, align_corners, half_pixel_centers })
            }
            (from, to) => Err(Problem::new(
                format!("it makes the shape {to:?} of {from:?}, by a size of {size:?}"),
                "the file contradicts itself: convert the model again",
            )
            .into()),
        }
    }
}

/// The operators that choose indices along axes, each with the shape that it makes; `None` for axes that stay as they are.
///
/// Two axes next to each other are one operator, others have one each.
pub(super) fn choices(
    shape: &[usize],
    chosen: &[Option<Vec<usize>>],
) -> Converted<Vec<(Gather, Vec<usize>)>> {
    let mut shape = shape.to_vec();
    let mut operators = Vec::new();
    let mut axis = 0;
    while axis < shape.len() {
        let Some(first) = &chosen[axis] else {
            axis += 1;
            continue;
        };
        let second = chosen.get(axis + 1).and_then(Option::as_ref);
        let images = shape[..axis].iter().product();
        let block = shape[axis + 1 + usize::from(second.is_some())..].iter().product();
        let (input, rows, columns) = match second {
            Some(second) => ([shape[axis], shape[axis + 1], block], numbers(first)?, numbers(second)?),
            None => ([1, shape[axis], block], vec![0], numbers(first)?),
        };
        shape[axis] = first.len();
        if let Some(second) = second {
            shape[axis + 1] = second.len();
        }
        operators.push((Gather { images, input, rows, columns }, shape.clone()));
        axis += 1 + usize::from(second.is_some());
    }
    Ok(operators)
}

/// Refuses interpolation between pixels that are in two places at once.
pub(super) fn check_kind(resize: &Resize) -> Converted<()> {
    if !resize.align_corners || !resize.half_pixel_centers {
        return Ok(());
    }
    Err(Problem::new(
        "it aligns corners and has half-pixel centres",
        "TensorFlow Lite refuses that, too: convert the model again with one of them",
    )
    .into())
}

/// Most indices of an axis.
pub(super) const MOST_INDICES: usize = 1 << 16;

pub(super) fn too_many_indices() -> Stop {
    let cause = format!("it takes none or more than {MOST_INDICES} indices of an axis");
    Problem::new(cause, "no microcontroller has memory for that").into()
}

/// Indices as the kernel takes them.
pub(super) fn numbers(indices: &[usize]) -> Converted<Vec<u16>> {
    let numbers: Option<Vec<u16>> = indices.iter().map(|&index| u16::try_from(index).ok()).collect();
    numbers.filter(|numbers| !numbers.is_empty()).ok_or_else(too_many_indices)
}
