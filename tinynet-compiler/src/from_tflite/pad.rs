//! `PAD`, `PADV2`, `MIRROR_PAD`.

use super::gather::{MOST_INDICES, too_many_indices};
use super::quantization::{Integers, UNSIGNED};
use super::{Computed, Conversion, Converted, MOVED, Problem, Step, Value, shape_without_batch};
use crate::geometry::Padding;
use crate::graph::TensorId;
use crate::import::tflite::MirrorPadMode;
use crate::quantized::QuantizedOperator;

impl<'m> Conversion<'m> {
    /// `PAD`: by what stands for 0.
    pub(super) fn pad(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_of(step, 0, MOVED)?;
        self.pad_by(step, &input, input.quantization.zero_point as i16)
    }

    /// `PADV2`: by a constant.
    pub(super) fn pad_v2(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_of(step, 0, MOVED)?;
        let (index, _) = self.input(step, 2)?;
        let integers = self.integers_of(index, MOVED)?;
        self.check_same_quantization(step, input.quantization, integers)?;
        let less = if integers.is_unsigned { i64::from(UNSIGNED) } else { 0 };
        match self.integers(step, 2)?[..] {
            [value] => self.pad_by(step, &input, (value - less) as i16),
            ref values => Err(Problem::new(
                format!("it pads by {} values", values.len()),
                "the file contradicts itself: convert the model again",
            )
            .into()),
        }
    }

    fn pad_by(&mut self, step: Step<'m>, input: &Computed<'m>, value: i16) -> Converted<()> {
        let (output_index, _) = self.output(step)?;
        self.check_same_quantization(step, input.quantization, self.integers_of(output_index, MOVED)?)?;
        let shape = &input.tensor.shape;
        let amounts = self.pairs(step, 1, shape.len())?;
        let expected = padded_shape(shape, &amounts)?;
        self.check_output_shape(step, &expected)?;
        let (id, _) = self.add_padding(step, input, &amounts, value)?;
        if id != input.id && self.graph.tensor(id).shape == shape_without_batch(&expected) {
            self.values.insert(output_index, Value::Computed(id));
            return Ok(());
        }
        self.add(step, QuantizedOperator::Reshape, vec![id], self.graph.tensor(id).info.bounds)?;
        Ok(())
    }

    /// Adds values around a tensor, amounts before and behind each axis; the tensor and its shape.
    pub(super) fn add_padding(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        amounts: &[[usize; 2]],
        value: i16,
    ) -> Converted<(TensorId, Vec<usize>)> {
        let shape = padded_shape(&input.tensor.shape, amounts)?;
        let (mut id, mut bounds) = (input.id, input.bounds);
        for PaddedImage { axis, image, padding, made } in padded_images(&input.tensor.shape, amounts) {
            bounds = [bounds[0].min(value.into()), bounds[1].max(value.into())];
            let from = self.seen_as(step, &format!("_image{axis}"), id, &image, input.quantization);
            let operator = QuantizedOperator::Pad { padding, value };
            let (suffix, made) = (format!("_axis{axis}"), made.to_vec());
            id = self.add_node(step, &suffix, operator, vec![from], made, input.quantization, bounds);
        }
        Ok((id, shape))
    }

    /// A tensor in another shape, unless it has it already.
    pub(super) fn seen_as(
        &mut self,
        step: Step<'m>,
        suffix: &str,
        id: TensorId,
        shape: &[usize],
        quantization: Integers,
    ) -> TensorId {
        if self.graph.tensor(id).shape == shape {
            return id;
        }
        let bounds = self.graph.tensor(id).info.bounds;
        let operator = QuantizedOperator::Reshape;
        self.add_node(step, suffix, operator, vec![id], shape.to_vec(), quantization, bounds)
    }

    /// `MIRROR_PAD`: by the values inside, from the border on, the border's own again or not.
    pub(super) fn mirror_pad(&mut self, step: Step<'m>, mode: MirrorPadMode) -> Converted<()> {
        let input = self.computed_of(step, 0, MOVED)?;
        let (output_index, _) = self.output(step)?;
        self.check_same_quantization(step, input.quantization, self.integers_of(output_index, MOVED)?)?;
        let chosen = self.mirrored(step, &input.tensor.shape, mode)?;
        self.add_choice(step, &input, &chosen)
    }
}

impl<'m, G> Conversion<'m, G> {
    /// The indices along each axis that a `MIRROR_PAD` reads; `None` for axes that stay as they are.
    pub(super) fn mirrored(
        &self,
        step: Step<'m>,
        shape: &[usize],
        mode: MirrorPadMode,
    ) -> Converted<Vec<Option<Vec<usize>>>> {
        let amounts = self.pairs(step, 1, shape.len())?;
        self.check_output_shape(step, &padded_shape(shape, &amounts)?)?;
        // How far the first mirrored value is from the border.
        let skipped = match mode {
            MirrorPadMode::Reflect => 1,
            MirrorPadMode::Symmetric => 0,
            MirrorPadMode::Unknown(code) => {
                return Err(Problem::new(
                    format!("its mode has the unknown code {code}"),
                    "known are REFLECT and SYMMETRIC",
                )
                .into());
            }
        };
        let mut chosen: Vec<Option<Vec<usize>>> = Vec::new();
        for (&length, &[before, after]) in shape.iter().zip(&amounts) {
            if length + before + after > MOST_INDICES {
                return Err(too_many_indices());
            }
            if before + skipped > length || after + skipped > length {
                return Err(Problem::new(
                    format!("it mirrors {before} and {after} values of {length}"),
                    "there are fewer: the file contradicts itself",
                )
                .into());
            }
            let mirrored = (0..before).rev().map(|index| index + skipped);
            let behind = (0..after).map(|index| length - 1 - skipped - index);
            let all = mirrored.chain(0..length).chain(behind);
            chosen.push((before + after > 0).then(|| all.collect()));
        }
        Ok(chosen)
    }
}

/// One or two axes of a tensor, seen as an image that values are put around.
pub(super) struct PaddedImage {
    /// The last of the axes.
    pub(super) axis: usize,
    /// The tensor as an image.
    pub(super) image: [usize; 3],
    pub(super) padding: Padding,
    /// The image with the values around it.
    pub(super) made: [usize; 3],
}

/// The images that are padded one after another, so that amounts of values are before and behind each axis.
///
/// Two axes next to each other are one image, if all before them are 1 long. From the last axis on: fewer values are moved
/// twice.
pub(super) fn padded_images(shape: &[usize], amounts: &[[usize; 2]]) -> Vec<PaddedImage> {
    let (mut shape, mut axis) = (shape.to_vec(), shape.len());
    let mut images = Vec::new();
    while axis > 0 {
        axis -= 1;
        if amounts[axis] == [0, 0] {
            continue;
        }
        let is_pair = axis > 0 && shape[..axis - 1].iter().all(|&length| length == 1);
        let first = if is_pair { axis - 1 } else { axis };
        let height = if is_pair { shape[first] } else { shape[..axis].iter().product() };
        let image = [height, shape[axis], shape[axis + 1..].iter().product()];
        let [top, bottom] = if is_pair { amounts[first] } else { [0, 0] };
        let [left, right] = amounts[axis];
        for padded in first..=axis {
            shape[padded] += amounts[padded][0] + amounts[padded][1];
        }
        let made = [image[0] + top + bottom, image[1] + left + right, image[2]];
        images.push(PaddedImage { axis, image, padding: Padding { top, bottom, left, right }, made });
        axis = first;
    }
    images
}

/// A shape with more at both ends of each axis.
pub(super) fn padded_shape(shape: &[usize], amounts: &[[usize; 2]]) -> Converted<Vec<usize>> {
    let padded =
        |(&length, &[before, after]): (&usize, &[usize; 2])| length.checked_add(before)?.checked_add(after);
    let shape: Option<Vec<usize>> = shape.iter().zip(amounts).map(padded).collect();
    let shape = shape.filter(|shape| {
        shape
            .iter()
            .try_fold(1usize, |all, &length| all.checked_mul(length))
            .is_some_and(|all| all <= super::MOST_ELEMENTS)
    });
    shape.ok_or_else(|| Problem::new("it pads beyond all memory", "convert the model again").into())
}
