//! Operators that only read in another order, whatever the values are: transposes, slices, blocks of pixels.

use super::rearrange::{CONTRADICTION, block_size};
use super::view::{View, place_of_axis};
use super::{Conversion, Converted, Problem, Step, Stop, Value};
use crate::import::tflite::{BuiltinOperator as Builtin, Options, StridedSliceOptions, Tensor};

/// What an operator reads.
pub(super) struct Moves {
    /// Which of its inputs.
    pub(super) input: usize,
    /// How, for each output.
    pub(super) views: Vec<View>,
}

impl Moves {
    fn one(view: View) -> Self {
        Self { input: 0, views: vec![view] }
    }

    /// The parts of an axis one behind the other.
    fn parts(input: usize, shape: &[usize], axis: usize, lengths: &[usize]) -> Self {
        let whole = View::of(shape);
        let mut first = 0;
        let part = |&length: &usize| {
            let view = whole.sliced(axis, first, 1, length);
            first += length;
            view
        };
        Self { input, views: lengths.iter().map(part).collect() }
    }

    /// What tells the outputs' labels apart.
    pub(super) fn suffix(&self, number: usize) -> String {
        if self.views.len() == 1 { String::new() } else { format!("_{number}") }
    }
}

impl<'m, G> Conversion<'m, G> {
    /// What a step reads; `None` where it does more than that.
    pub(super) fn moves(&self, step: Step<'m>) -> Option<Converted<Moves>> {
        Some(match (step.operator.operator, &step.operator.options) {
            (Builtin::DepthToSpace, Options::DepthToSpace(options)) => {
                self.depth_to_space(step, options.block_size)
            }
            (Builtin::Slice, Options::Slice | Options::Absent) => self.slice(step),
            (Builtin::SpaceToDepth, Options::SpaceToDepth(options)) => {
                self.space_to_depth(step, options.block_size)
            }
            (Builtin::Split, Options::Split(_)) => self.split(step),
            (Builtin::SplitV, Options::SplitV(_)) => self.split_v(step),
            (Builtin::StridedSlice, Options::StridedSlice(options)) if !self.reads_shape(step) => {
                self.strided_slice(step, options)
            }
            (Builtin::Transpose, Options::Transpose | Options::Absent) => self.transpose(step),
            (Builtin::Unpack, Options::Unpack(options)) => self.unpack(step, options.axis),
            _ => return None,
        })
    }

    /// Whether it reads integers that are known: a shape.
    fn reads_shape(&self, step: Step<'m>) -> bool {
        self.optional_input(step, 0)
            .is_some_and(|(index, _)| matches!(self.values.get(&index), Some(Value::Known(_))))
    }

    /// `TRANSPOSE`
    fn transpose(&self, step: Step<'m>) -> Converted<Moves> {
        let (_, tensor) = self.input(step, 0)?;
        let shape = &tensor.shape;
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
        Ok(Moves::one(view))
    }

    /// `SLICE`
    fn slice(&self, step: Step<'m>) -> Converted<Moves> {
        let (_, tensor) = self.input(step, 0)?;
        let shape = &tensor.shape;
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
        Ok(Moves::one(view))
    }

    /// `STRIDED_SLICE`
    fn strided_slice(&self, step: Step<'m>, options: &StridedSliceOptions) -> Converted<Moves> {
        let (_, tensor) = self.input(step, 0)?;
        let shape = &tensor.shape;
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
        Ok(Moves::one(view))
    }

    /// `SPLIT`: the axis comes first, all parts have one length.
    fn split(&self, step: Step<'m>) -> Converted<Moves> {
        let (_, tensor) = self.input(step, 1)?;
        let count = step.operator.outputs.len();
        let axis = self.split_axis(step, 0, tensor)?;
        let length = tensor.shape[axis];
        if count == 0 || !length.is_multiple_of(count) {
            return Err(
                Problem::new(format!("it splits a length of {length} into {count}"), CONTRADICTION).into()
            );
        }
        Ok(Moves::parts(1, &tensor.shape, axis, &vec![length / count; count]))
    }

    /// `SPLIT_V`: a length for each part, one of which may be what the others leave.
    fn split_v(&self, step: Step<'m>) -> Converted<Moves> {
        let (_, tensor) = self.input(step, 0)?;
        let lengths = self.integers(step, 1)?;
        let axis = self.split_axis(step, 2, tensor)?;
        let length = tensor.shape[axis];
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
        Ok(Moves::parts(0, &tensor.shape, axis, &lengths.collect::<Vec<_>>()))
    }

    /// `UNPACK`: a part for each index of an axis, which vanishes.
    fn unpack(&self, step: Step<'m>, axis: i32) -> Converted<Moves> {
        let (_, tensor) = self.input(step, 0)?;
        let axis = place_of_axis(axis.into(), tensor.shape.len())?;
        let count = step.operator.outputs.len();
        if tensor.shape[axis] != count {
            return Err(Problem::new(
                format!("it unpacks axis {axis} of {:?} into {count}", tensor.shape),
                CONTRADICTION,
            )
            .into());
        }
        Ok(Moves::parts(0, &tensor.shape, axis, &vec![1; count]))
    }

    fn split_axis(&self, step: Step<'m>, position: usize, tensor: &Tensor) -> Converted<usize> {
        match self.integers(step, position)?[..] {
            [axis] => place_of_axis(axis, tensor.shape.len()),
            ref axes => Err(Problem::new(format!("it splits along {axes:?}"), CONTRADICTION).into()),
        }
    }

    /// `SPACE_TO_DEPTH`: the pixels of a block become channels.
    fn space_to_depth(&self, step: Step<'m>, block: i32) -> Converted<Moves> {
        let (_, tensor) = self.input(step, 0)?;
        let block = block_size(i64::from(block))?;
        let [batch, height, width, channels] = four_axes(&tensor.shape)?;
        if !height.is_multiple_of(block) || !width.is_multiple_of(block) {
            return Err(Problem::new(
                format!("blocks of {block} do not divide {:?}", tensor.shape),
                CONTRADICTION,
            )
            .into());
        }
        self.check_output_shape(step, &[batch, height / block, width / block, channels * block * block])?;
        let blocks = View::of(&tensor.shape).grouped(2, block).grouped(1, block);
        Ok(Moves::one(blocks.transposed(&[0, 1, 3, 2, 4, 5])))
    }

    /// `DEPTH_TO_SPACE`: channels become the pixels of a block.
    fn depth_to_space(&self, step: Step<'m>, block: i32) -> Converted<Moves> {
        let (_, tensor) = self.input(step, 0)?;
        let block = block_size(i64::from(block))?;
        let [batch, height, width, channels] = four_axes(&tensor.shape)?;
        let left = channels / (block * block);
        if left * block * block != channels {
            return Err(Problem::new(
                format!("blocks of {block} · {block} do not divide {channels} channels"),
                CONTRADICTION,
            )
            .into());
        }
        self.check_output_shape(step, &[batch, height * block, width * block, left])?;
        let blocks = View::of(&tensor.shape).grouped(3, left).grouped(3, block);
        Ok(Moves::one(blocks.transposed(&[0, 1, 3, 2, 4, 5])))
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

fn four_axes(shape: &[usize]) -> Converted<[usize; 4]> {
    shape.try_into().map_err(|_| {
        Stop::from(Problem::new(format!("its input has the shape {shape:?}, not of 4 axes"), CONTRADICTION))
    })
}
