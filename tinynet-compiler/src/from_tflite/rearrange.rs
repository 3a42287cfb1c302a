//! Operators that only read in another order: transposes, slices, blocks of pixels.

use super::view::{View, place_of_axis};
use super::{Computed, Conversion, Converted, EITHER, Problem, Step, Stop, Value};
use crate::import::tflite::StridedSliceOptions;

const CONTRADICTION: &str = "the file contradicts itself: convert the model again";

impl<'m> Conversion<'m> {
    /// `TRANSPOSE`
    pub(super) fn transpose(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let shape = &input.tensor.shape;
        let order = self.integers(step, 1)?;
        let axes: Vec<usize> =
            order.iter().map(|&axis| place_of_axis(axis, shape.len())).collect::<Converted<_>>()?;
        let is_permutation = (0..shape.len()).all(|axis| axes.contains(&axis)) && axes.len() == shape.len();
        if !is_permutation {
            return Err(Problem::new(
                format!("{order:?} is no order of the axes of {shape:?}"),
                CONTRADICTION,
            )
            .into());
        }
        let view = View::of(shape).transposed(&axes);
        self.check_output_shape(step, &view.shape)?;
        self.add_view(step, &input, &view)
    }

    /// `SLICE`
    pub(super) fn slice(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let shape = &input.tensor.shape;
        let (begin, size) = (self.integers(step, 1)?, self.integers(step, 2)?);
        if begin.len() != shape.len() || size.len() != shape.len() {
            return Err(Problem::new(
                format!("it slices {shape:?} from {begin:?} by {size:?}"),
                CONTRADICTION,
            )
            .into());
        }
        let mut view = View::of(shape);
        for (axis, &length) in shape.iter().enumerate() {
            let first = usize::try_from(begin[axis]).ok().filter(|&first| first <= length);
            let Some(first) = first else {
                return Err(Problem::new(format!("it slices {shape:?} from {begin:?}"), CONTRADICTION).into());
            };
            let rest = length - first;
            let size = if size[axis] == -1 { Some(rest) } else { usize::try_from(size[axis]).ok() };
            let Some(size) = size.filter(|&size| size <= rest) else {
                return Err(Problem::new(
                    format!("it slices {shape:?} from {begin:?} beyond the end"),
                    CONTRADICTION,
                )
                .into());
            };
            view = view.sliced(axis, first, 1, size);
        }
        self.check_output_shape(step, &view.shape)?;
        self.add_view(step, &input, &view)
    }

    /// `STRIDED_SLICE`
    pub(super) fn strided_slice(&mut self, step: Step<'m>, options: &StridedSliceOptions) -> Converted<()> {
        let (index, _) = self.input(step, 0)?;
        if let Some(Value::Known(_)) = self.values.get(&index) {
            return self.slice_of_shape(step, options);
        }
        let input = self.computed_of(step, 0, EITHER)?;
        let shape = &input.tensor.shape;
        if options.ellipsis_mask != 0 || options.new_axis_mask != 0 || options.offset {
            return Err(Problem::new(
                "it slices with an ellipsis, a new axis or ends as offsets",
                "write out the slices of all axes before converting",
            )
            .into());
        }
        let [begin, end, stride] =
            [self.integers(step, 1)?, self.integers(step, 2)?, self.integers(step, 3)?];
        if begin.len() > shape.len() || end.len() != begin.len() || stride.len() != begin.len() {
            return Err(Problem::new(
                format!("it slices {shape:?} from {begin:?} to {end:?} by {stride:?}"),
                CONTRADICTION,
            )
            .into());
        }
        let mut view = View::of(shape);
        let mut expected = Vec::new();
        for (axis, &length) in shape.iter().enumerate() {
            let is_set = |mask: i32| axis < 32 && mask as u32 >> axis & 1 == 1;
            if axis < begin.len() {
                let slice = Slice {
                    begin: (!is_set(options.begin_mask)).then_some(begin[axis]),
                    end: (!is_set(options.end_mask)).then_some(end[axis]),
                    stride: stride[axis],
                    is_single: is_set(options.shrink_axis_mask),
                };
                let Some((first, by, count)) = slice.of(length) else {
                    return Err(Problem::new(
                        format!(
                            "it slices {shape:?} from {begin:?} to {end:?} by {stride:?}: nothing is there"
                        ),
                        CONTRADICTION,
                    )
                    .into());
                };
                view = view.sliced(axis, first, by, count);
            }
            if !(axis < begin.len() && is_set(options.shrink_axis_mask)) {
                expected.push(view.shape[axis]);
            }
        }
        self.check_output_shape(step, &expected)?;
        self.add_view(step, &input, &view)
    }

    /// `SPLIT`: the axis comes first, all parts have one length.
    pub(super) fn split(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_of(step, 1, EITHER)?;
        let count = step.operator.outputs.len();
        let axis = self.split_axis(step, 0, &input)?;
        let length = input.tensor.shape[axis];
        if count == 0 || !length.is_multiple_of(count) {
            return Err(
                Problem::new(format!("it splits a length of {length} into {count}"), CONTRADICTION).into()
            );
        }
        self.parts(step, &input, axis, &vec![length / count; count])
    }

    /// `SPLIT_V`: a length for each part, one of which may be what the others leave.
    pub(super) fn split_v(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let lengths = self.integers(step, 1)?;
        let axis = self.split_axis(step, 2, &input)?;
        let length = input.tensor.shape[axis];
        let given: i64 = lengths.iter().filter(|&&length| length >= 0).fold(0, |a, &b| a.saturating_add(b));
        let rest = i64::try_from(length).unwrap_or(i64::MAX).saturating_sub(given);
        let is_open = |length: &&i64| **length == -1;
        let fits = match lengths.iter().filter(is_open).count() {
            0 => rest == 0,
            1 => rest >= 0,
            _ => false,
        };
        if !fits || lengths.len() != step.operator.outputs.len() || lengths.iter().any(|&length| length < -1)
        {
            return Err(Problem::new(
                format!("it splits a length of {length} into {lengths:?}"),
                CONTRADICTION,
            )
            .into());
        }
        let lengths = lengths.iter().map(|&length| if length == -1 { rest } else { length } as usize);
        self.parts(step, &input, axis, &lengths.collect::<Vec<_>>())
    }

    /// `UNPACK`: a part for each index of an axis, which vanishes.
    pub(super) fn unpack(&mut self, step: Step<'m>, axis: i32) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let axis = place_of_axis(axis.into(), input.tensor.shape.len())?;
        let count = step.operator.outputs.len();
        if input.tensor.shape[axis] != count {
            return Err(Problem::new(
                format!("it unpacks axis {axis} of {:?} into {count}", input.tensor.shape),
                CONTRADICTION,
            )
            .into());
        }
        self.parts(step, &input, axis, &vec![1; count])
    }

    fn split_axis(&self, step: Step<'m>, position: usize, input: &Computed<'m>) -> Converted<usize> {
        match self.integers(step, position)?[..] {
            [axis] => place_of_axis(axis, input.tensor.shape.len()),
            ref axes => Err(Problem::new(format!("it splits along {axes:?}"), CONTRADICTION).into()),
        }
    }

    /// One operator an output: the parts of an axis one behind the other.
    fn parts(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        axis: usize,
        lengths: &[usize],
    ) -> Converted<()> {
        let whole = View::of(&input.tensor.shape);
        let mut first = 0;
        for (number, (&length, &output)) in lengths.iter().zip(&step.operator.outputs).enumerate() {
            let view = whole.sliced(axis, first, 1, length);
            first += length;
            self.add_output_view(step, output, &format!("_{number}"), input, &view)?;
        }
        Ok(())
    }

    /// `SPACE_TO_DEPTH`: the pixels of a block become channels.
    pub(super) fn space_to_depth(&mut self, step: Step<'m>, block: i32) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let block = block_size(i64::from(block))?;
        let [batch, height, width, channels] = four_axes(&input.tensor.shape)?;
        if !height.is_multiple_of(block) || !width.is_multiple_of(block) {
            return Err(Problem::new(
                format!("blocks of {block} do not divide {:?}", input.tensor.shape),
                CONTRADICTION,
            )
            .into());
        }
        self.check_output_shape(step, &[batch, height / block, width / block, channels * block * block])?;
        let blocks = View::of(&input.tensor.shape).grouped(2, block).grouped(1, block);
        self.add_view(step, &input, &blocks.transposed(&[0, 1, 3, 2, 4, 5]))
    }

    /// `DEPTH_TO_SPACE`: channels become the pixels of a block.
    pub(super) fn depth_to_space(&mut self, step: Step<'m>, block: i32) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let block = block_size(i64::from(block))?;
        let [batch, height, width, channels] = four_axes(&input.tensor.shape)?;
        let left = channels / (block * block);
        if left * block * block != channels {
            return Err(Problem::new(
                format!("blocks of {block} · {block} do not divide {channels} channels"),
                CONTRADICTION,
            )
            .into());
        }
        self.check_output_shape(step, &[batch, height * block, width * block, left])?;
        let blocks = View::of(&input.tensor.shape).grouped(3, left).grouped(3, block);
        self.add_view(step, &input, &blocks.transposed(&[0, 1, 3, 2, 4, 5]))
    }

    /// `SPACE_TO_BATCH_ND`: each pixel of a block goes to an image of its own.
    pub(super) fn space_to_batch(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let blocks = self.block_shape(step, &input)?;
        let pads = self.pairs(step, 2, blocks.len())?;
        let mut amounts = vec![[0, 0]; input.tensor.shape.len()];
        amounts[1..=blocks.len()].copy_from_slice(&pads);
        let (id, shape) = self.add_padding(step, &input, &amounts, input.quantization.zero_point as i16)?;
        let rank = shape.len();
        let mut view = View::of(&shape);
        for (number, &block) in blocks.iter().enumerate().rev() {
            if !shape[1 + number].is_multiple_of(block) {
                return Err(Problem::new(
                    format!("blocks of {blocks:?} do not divide {shape:?}"),
                    CONTRADICTION,
                )
                .into());
            }
            view = view.grouped(1 + number, block);
        }
        // Pixels of a block, the batch, blocks, the rest.
        let inner = (0..blocks.len()).map(|number| 2 + 2 * number);
        let outer = (0..blocks.len()).map(|number| 1 + 2 * number);
        let rest = 1 + 2 * blocks.len()..rank + blocks.len();
        let order: Vec<usize> = inner.chain([0]).chain(outer).chain(rest).collect();
        let view = view.transposed(&order);
        let mut expected = shape.clone();
        for (number, &block) in blocks.iter().enumerate() {
            expected[0] *= block;
            expected[1 + number] /= block;
        }
        self.check_output_shape(step, &expected)?;
        let (output, _) = self.output(step)?;
        self.check_same_quantization(step, input.quantization, self.integers_of(output, EITHER)?)?;
        let operator = view.operator(shape.iter().product())?;
        self.add(step, operator, vec![id], self.graph.tensor(id).info.bounds)?;
        Ok(())
    }

    /// `BATCH_TO_SPACE_ND`: its reverse.
    pub(super) fn batch_to_space(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let blocks = self.block_shape(step, &input)?;
        let crops = self.pairs(step, 2, blocks.len())?;
        let shape = &input.tensor.shape;
        let count: usize = blocks.iter().product();
        if shape[0] == 0 || !shape[0].is_multiple_of(count) {
            return Err(Problem::new(
                format!("blocks of {blocks:?} do not divide a batch of {}", shape[0]),
                CONTRADICTION,
            )
            .into());
        }
        // The batch varies fastest, then the last block.
        let mut view = View::of(shape).grouped(0, shape[0] / count);
        for &block in blocks[1..].iter().rev() {
            view = view.grouped(0, block);
        }
        let number = blocks.len();
        // Axes now: blocks in order, the batch, then the rest.
        let pixels = (0..number).flat_map(|axis| [number + 1 + axis, axis]);
        let rest = 2 * number + 1..view.shape.len();
        let order: Vec<usize> = std::iter::once(number).chain(pixels).chain(rest).collect();
        let spread = view.transposed(&order);
        let mut whole = vec![shape[0] / count];
        whole.extend((0..number).map(|axis| shape[1 + axis] * blocks[axis]));
        whole.extend(&shape[1 + number..]);
        if crops.iter().all(|&crop| crop == [0, 0]) {
            self.check_output_shape(step, &whole)?;
            return self.add_view(step, &input, &spread);
        }
        let id = self.add_inner_view(step, "_spread", &input, &spread)?;
        let mut cropped = View::of(&whole);
        for (axis, &[before, after]) in crops.iter().enumerate() {
            let length = whole[1 + axis];
            let Some(left) = length.checked_sub(before.saturating_add(after)).filter(|&left| left > 0) else {
                return Err(Problem::new(format!("it crops {crops:?} off {whole:?}"), CONTRADICTION).into());
            };
            cropped = cropped.sliced(1 + axis, before, 1, left);
        }
        self.check_output_shape(step, &cropped.shape)?;
        let (output, _) = self.output(step)?;
        self.check_same_quantization(step, input.quantization, self.integers_of(output, EITHER)?)?;
        let operator = cropped.operator(input.elements())?;
        self.add(step, operator, vec![id], input.bounds)?;
        Ok(())
    }

    /// The sizes of blocks along the axes behind the batch.
    fn block_shape(&self, step: Step<'m>, input: &Computed<'m>) -> Converted<Vec<usize>> {
        let blocks: Vec<usize> =
            self.integers(step, 1)?.into_iter().map(block_size).collect::<Converted<_>>()?;
        let count: Option<usize> = blocks.iter().try_fold(1usize, |all, &block| all.checked_mul(block));
        if !blocks.is_empty() && blocks.len() + 1 < input.tensor.shape.len() && count.is_some() {
            return Ok(blocks);
        }
        Err(Problem::new(format!("it takes blocks of {blocks:?} of {:?}", input.tensor.shape), CONTRADICTION)
            .into())
    }
}

impl<'m, G> Conversion<'m, G> {
    /// Amounts before and behind each of `count` axes.
    pub(super) fn pairs(&self, step: Step<'m>, position: usize, count: usize) -> Converted<Vec<[usize; 2]>> {
        let amounts = self.integers(step, position)?;
        let small =
            |&amount: &i64| usize::try_from(amount).ok().filter(|&amount| amount <= super::MOST_ELEMENTS);
        let known: Option<Vec<usize>> = amounts.iter().map(small).collect();
        match known {
            Some(known) if known.len() == 2 * count => Ok(known.as_chunks().0.to_vec()),
            _ => Err(Problem::new(
                format!("{amounts:?} are no amounts before and behind {count} axes"),
                CONTRADICTION,
            )
            .into()),
        }
    }

    /// Refuses another shape of a step's output.
    pub(super) fn check_output_shape(&self, step: Step<'m>, expected: &[usize]) -> Converted<()> {
        let (_, output) = self.output(step)?;
        if output.shape == expected {
            return Ok(());
        }
        Err(Problem::new(
            format!("it makes the shape {expected:?}, its output has {:?}", output.shape),
            CONTRADICTION,
        )
        .into())
    }
}

/// A slice of one axis.
struct Slice {
    begin: Option<i64>,
    end: Option<i64>,
    stride: i64,
    /// One index, whose axis vanishes.
    is_single: bool,
}

impl Slice {
    /// First index, step and number of indices; `None` where there are none.
    fn of(&self, length: usize) -> Option<(usize, isize, usize)> {
        let length = i64::try_from(length).ok()?;
        let place = |at: i64| if at < 0 { at.saturating_add(length) } else { at };
        if self.is_single {
            let first = place(self.begin.unwrap_or(0));
            return (0..length).contains(&first).then_some((first as usize, 1, 1));
        }
        let stride = i64::from(i32::try_from(self.stride).ok()?);
        let (low, high) = if stride > 0 { (0, length) } else { (-1, length - 1) };
        let (from, to) = if stride > 0 { (0, length) } else { (length - 1, -1) };
        let first = self.begin.map_or(from, |begin| place(begin).clamp(low, high));
        let last = self.end.map_or(to, |end| place(end).clamp(low, high));
        let distance = if stride > 0 { last - first } else { first - last };
        let magnitude = i64::try_from(stride.unsigned_abs()).ok().filter(|&magnitude| magnitude > 0)?;
        let count = (distance + magnitude - 1).div_euclid(magnitude);
        (count > 0).then_some((first as usize, stride as isize, count as usize))
    }
}

/// A positive size of blocks.
fn block_size(size: i64) -> Converted<usize> {
    match usize::try_from(size) {
        // So that its square fits as well.
        Ok(size) if (1..=1 << 12).contains(&size) => Ok(size),
        _ => Err(Problem::new(format!("its blocks have the size {size}"), CONTRADICTION).into()),
    }
}

fn four_axes(shape: &[usize]) -> Converted<[usize; 4]> {
    shape.try_into().map_err(|_| {
        Stop::from(Problem::new(format!("its input has the shape {shape:?}, not of 4 axes"), CONTRADICTION))
    })
}
