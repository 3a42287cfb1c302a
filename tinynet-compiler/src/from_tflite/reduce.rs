//! `MEAN`, `SUM`, `REDUCE_MAX`, `REDUCE_MIN`.

use super::multiplier::multiplier;
use super::view::{View, place_of_axis};
use super::{Computed, Conversion, Converted, EITHER, Problem, Step};
use crate::graph::TensorId;
use crate::import::tflite::ReducerOptions;
use crate::quantized::{Along, Element, QuantizedOperator, Requantize, Sum};
use tinynet_core::requantize::multiply;

/// What becomes of the values along the axes that vanish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reduction {
    Mean,
    Sum,
    Max,
    Min,
}

impl<'m> Conversion<'m> {
    /// `MEAN`, `SUM`, `REDUCE_MAX`, `REDUCE_MIN`
    pub(super) fn reduce(
        &mut self,
        step: Step<'m>,
        options: &ReducerOptions,
        reduction: Reduction,
    ) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let reduced = self.axes(step, 1, input.tensor.shape.len())?;
        self.check_reduced_shape(step, &input.tensor.shape, &reduced, options.keep_dims)?;
        let (id, along) = self.side_by_side(step, &input, &reduced)?;
        match reduction {
            Reduction::Sum if input.quantization.element == Element::Int16 => {
                self.add_plain_sum(step, &input, id, along)
            }
            Reduction::Mean | Reduction::Sum => self.add_sum(step, &input, id, along, reduction),
            Reduction::Max | Reduction::Min => {
                let (output_index, _) = self.output(step)?;
                let output = self.integers_of(output_index, EITHER)?;
                self.check_same_quantization(step, input.quantization, output)?;
                let operator = QuantizedOperator::Extremum { along, largest: reduction == Reduction::Max };
                self.add(step, operator, vec![id], input.bounds)?;
                Ok(())
            }
        }
    }
}

impl<'m, G> Conversion<'m, G> {
    /// The axes that input `position` names, one flag an axis; they may be counted from the end, and more than once.
    pub(super) fn axes(&self, step: Step<'m>, position: usize, count: usize) -> Converted<Vec<bool>> {
        let mut chosen = vec![false; count];
        for axis in self.integers(step, position)? {
            chosen[place_of_axis(axis, count)?] = true;
        }
        if chosen.contains(&true) {
            return Ok(chosen);
        }
        Err(Problem::new("it names no axis", "leave it out of the model: it changes nothing").into())
    }

    pub(super) fn check_reduced_shape(
        &self,
        step: Step<'m>,
        shape: &[usize],
        reduced: &[bool],
        keep: bool,
    ) -> Converted<()> {
        let (_, output) = self.output(step)?;
        let axes = shape.iter().zip(reduced);
        let expected: Vec<usize> = axes
            .filter(|&(_, &reduced)| keep || !reduced)
            .map(|(&length, &reduced)| if reduced { 1 } else { length })
            .collect();
        if shape.contains(&0) {
            return Err(Problem::new(format!("its input has the shape {shape:?}"), "nothing is there").into());
        }
        if output.shape == expected {
            return Ok(());
        }
        Err(Problem::new(
            format!("it makes the shape {:?} of {shape:?}, not {expected:?}", output.shape),
            "the file contradicts itself: convert the model again",
        )
        .into())
    }
}

impl<'m> Conversion<'m> {
    /// The input with all axes that vanish side by side, rearranged where they are not.
    fn side_by_side(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        reduced: &[bool],
    ) -> Converted<(TensorId, Along)> {
        let (view, along) = side_by_side(&input.tensor.shape, reduced);
        let id = match view {
            Some(view) => self.add_inner_view(step, "_order", input, &view)?,
            None => input.id,
        };
        Ok((id, along))
    }

    /// `Σ (x - zero point)`, multiplied by the quotient of the scales, for a mean divided by the number of summands in the
    /// multiplier: that is how TensorFlow Lite does it since 2.11.
    fn add_sum(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        id: TensorId,
        along: Along,
        reduction: Reduction,
    ) -> Converted<()> {
        let (output_index, _) = self.output(step)?;
        let output = self.integers_of(output_index, EITHER)?;
        let (mut multiplier, mut shift) =
            multiplier(f64::from(input.quantization.scale) / f64::from(output.scale))?;
        if reduction == Reduction::Mean {
            // The largest power of two in the count, as far as the shift has room for it.
            let power = (along.length.ilog2() as i8).min(32).min(31 + shift);
            multiplier = ((i64::from(multiplier) << power) / along.length as i64) as i32;
            shift -= power;
        }
        let sums = reach(input, along, shift.max(0))?;
        let clamp @ [min, max] = output.element.range();
        let bounds = sums
            .map(|sum| multiply(sum, multiplier, shift).saturating_add(output.zero_point).clamp(min, max));
        let sum = Sum {
            along,
            input_zero_point: input.quantization.zero_point,
            requantize: Requantize::Multiplier { multipliers: vec![multiplier], shifts: vec![shift] },
            output_zero_point: output.zero_point,
            clamp,
        };
        self.add(step, QuantizedOperator::Sum(sum), vec![id], bounds)?;
        Ok(())
    }

    /// Int16s added as they are, modulo 2^16: TensorFlow Lite's `SUM` of them, whose input and output have one scale.
    fn add_plain_sum(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        id: TensorId,
        along: Along,
    ) -> Converted<()> {
        let (output_index, _) = self.output(step)?;
        let output = self.integers_of(output_index, EITHER)?;
        self.check_same_quantization(step, input.quantization, output)?;
        let [low, high] = reach(input, along, 0)?;
        let sum = Sum {
            along,
            input_zero_point: 0,
            requantize: Requantize::Shift(vec![0]),
            output_zero_point: 0,
            clamp: [i32::MIN, i32::MAX],
        };
        let range @ [min, max] = output.element.range();
        let bounds = if min <= low && high <= max { [low, high] } else { range };
        self.add(step, QuantizedOperator::Sum(sum), vec![id], bounds)?;
        Ok(())
    }
}

/// How a tensor is read for all axes that vanish to lie side by side, `None` where they do, and the axis that they are.
pub(super) fn side_by_side(shape: &[usize], reduced: &[bool]) -> (Option<View>, Along) {
    let is_long = |axis: &usize| shape[*axis] != 1;
    let vanishing: Vec<usize> = (0..shape.len()).filter(|&axis| reduced[axis]).filter(is_long).collect();
    let staying: Vec<usize> = (0..shape.len()).filter(|&axis| !reduced[axis]).filter(is_long).collect();
    let product = |axes: &[usize]| axes.iter().map(|&axis| shape[axis]).product();
    let length = product(&vanishing);
    let (Some(&first), Some(&last)) = (vanishing.first(), vanishing.last()) else {
        return (None, Along { rows: 1, length, columns: product(&staying) });
    };
    if staying.iter().any(|&axis| first < axis && axis < last) {
        let order = [&staying[..], &vanishing].concat();
        let view = View::of(shape).transposed(&order);
        return (Some(view), Along { rows: product(&staying), length, columns: 1 });
    }
    let (before, behind): (Vec<usize>, Vec<usize>) = staying.into_iter().partition(|&axis| axis < first);
    (None, Along { rows: product(&before), length, columns: product(&behind) })
}

/// Bounds of sums along an axis, which fit 32 bits also when they are shifted to the left.
fn reach(input: &Computed<'_>, along: Along, shift: i8) -> Converted<[i32; 2]> {
    let of_bound = |bound: i32| {
        i64::from(bound - input.quantization.zero_point)
            * i64::try_from(along.length).unwrap_or(i64::MAX >> 33)
    };
    let sums = input.bounds.map(of_bound);
    if sums.iter().any(|sum| sum.unsigned_abs() > (i32::MAX >> shift) as u64) {
        return Err(Problem::new(
            format!("its sums of {} values can reach {sums:?}, beyond 32 bits", along.length),
            "TensorFlow Lite itself has 32 bits for them: sum fewer values, or in two operators",
        )
        .into());
    }
    Ok(sums.map(|sum| sum as i32))
}
