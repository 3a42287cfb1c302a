//! Tensors seen in another order.

use super::moves::Moves;
use super::{Computed, Conversion, Converted, MOVED, Problem, Step};
use crate::graph::TensorId;
use crate::import::tflite::TensorIndex;
use crate::quantized::{QuantizedOperator, Rearrange};

/// Where the elements of a tensor lie in the memory of another: each axis has a length and a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// Lengths of the axes.
    pub(super) shape: Vec<usize>,
    /// Distance between neighbours along each axis.
    pub(super) steps: Vec<isize>,
    /// Place of the first element.
    pub(super) first: usize,
}

impl View {
    /// A tensor as it is.
    pub(super) fn of(shape: &[usize]) -> Self {
        let mut step = 1;
        let mut steps: Vec<isize> = shape
            .iter()
            .rev()
            .map(|&length| {
                let this = step;
                step *= length as isize;
                this
            })
            .collect();
        steps.reverse();
        Self { shape: shape.to_vec(), steps, first: 0 }
    }

    /// The axes in another order.
    pub(super) fn transposed(&self, order: &[usize]) -> Self {
        Self {
            shape: order.iter().map(|&axis| self.shape[axis]).collect(),
            steps: order.iter().map(|&axis| self.steps[axis]).collect(),
            first: self.first,
        }
    }

    /// `length` elements of an axis in steps, from `first` on; the steps may go backwards.
    pub(super) fn sliced(&self, axis: usize, first: usize, step: isize, length: usize) -> Self {
        let mut view = self.clone();
        // Places inside a tensor, and differences of such: they fit.
        view.first = view.first.wrapping_add_signed(first as isize * view.steps[axis]);
        view.steps[axis] *= step;
        view.shape[axis] = length;
        view
    }

    /// An axis as two: groups, and what is in a group.
    pub(super) fn grouped(&self, axis: usize, size: usize) -> Self {
        let mut view = self.clone();
        view.shape[axis] /= size;
        view.shape.insert(axis + 1, size);
        let step = view.steps[axis];
        view.steps[axis] = step * size as isize;
        view.steps.insert(axis + 1, step);
        view
    }

    /// The same with as few axes as can be: `(length, step)`, none of length 1.
    fn merged(&self) -> Vec<(usize, isize)> {
        let mut axes: Vec<(usize, isize)> = Vec::new();
        for (&length, &step) in self.shape.iter().zip(&self.steps).filter(|&(&length, _)| length != 1) {
            match axes.last_mut() {
                Some((before, long_step)) if *long_step == step * length as isize => {
                    *before *= length;
                    *long_step = step;
                }
                _ => axes.push((length, step)),
            }
        }
        axes
    }

    /// Whether all elements of a tensor of `elements` follow each other as they do there.
    fn is_whole(&self, elements: usize) -> bool {
        match self.merged()[..] {
            [] => self.first == 0 && elements == 1,
            [(length, step)] => self.first == 0 && step == 1 && length == elements,
            _ => false,
        }
    }

    /// The operator that reads a tensor of `elements` this way.
    pub(super) fn operator(&self, elements: usize) -> Converted<QuantizedOperator> {
        let rearrange = self.rearrange(elements)?;
        Ok(rearrange.map_or(QuantizedOperator::Reshape, QuantizedOperator::Rearrange))
    }

    /// The steps that read a tensor of `elements` this way; `None` where they are those of its memory.
    pub(super) fn rearrange(&self, elements: usize) -> Converted<Option<Rearrange>> {
        if self.is_whole(elements) {
            return Ok(None);
        }
        let axes = self.merged();
        let (mut shape, mut steps) = ([1; 5], [0; 5]);
        let Some(front) = shape.len().checked_sub(axes.len()) else {
            return Err(Problem::new(
                format!("it goes over {} axes in different steps", axes.len()),
                "this version goes over up to 5; split it into several operators",
            )
            .into());
        };
        for (place, (length, step)) in (front..).zip(axes) {
            (shape[place], steps[place]) = (length, step);
        }
        Ok(Some(Rearrange { shape, steps, first: self.first }))
    }
}

impl<'m> Conversion<'m> {
    /// Adds a step's whole operator: a view of its input.
    pub(super) fn add_view(&mut self, step: Step<'m>, input: &Computed<'m>, view: &View) -> Converted<()> {
        let (output, _) = self.output(step)?;
        self.add_output_view(step, output, "", input, view)
    }

    /// Adds a step that only moves values: an operator for each output.
    pub(super) fn add_moves(&mut self, step: Step<'m>, moves: &Moves) -> Converted<()> {
        let input = self.computed_of(step, moves.input, MOVED)?;
        for (number, (view, &output)) in moves.views.iter().zip(&step.operator.outputs).enumerate() {
            self.add_output_view(step, output, &moves.suffix(number), &input, view)?;
        }
        Ok(())
    }

    /// Adds the operator of one output of a step: a view of its input.
    pub(super) fn add_output_view(
        &mut self,
        step: Step<'m>,
        output: TensorIndex,
        suffix: &str,
        input: &Computed<'m>,
        view: &View,
    ) -> Converted<()> {
        self.check_same_quantization(step, input.quantization, self.integers_of(output, MOVED)?)?;
        let shape = &self.subgraph.tensors[output].shape;
        let elements: usize = view.shape.iter().product();
        if shape.iter().product::<usize>() != elements || elements == 0 {
            return Err(Problem::new(
                format!("it makes the shape {shape:?}, not {:?}", view.shape),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
        let operator = view.operator(input.elements())?;
        self.add_output(step, output, suffix, operator, vec![input.id], input.bounds)?;
        Ok(())
    }

    /// A view of an operator's input for its other parts to read.
    pub(super) fn add_inner_view(
        &mut self,
        step: Step<'m>,
        suffix: &str,
        input: &Computed<'m>,
        view: &View,
    ) -> Converted<TensorId> {
        let operator = view.operator(input.elements())?;
        let shape = super::shape_without_batch(&view.shape);
        let inputs = vec![input.id];
        Ok(self.add_node(step, suffix, operator, inputs, shape, input.quantization, input.bounds))
    }
}

/// An axis of `count`, counted from the end where it is negative.
pub(super) fn place_of_axis(axis: i64, count: usize) -> Converted<usize> {
    let from_start = if axis < 0 { axis.saturating_add(count as i64) } else { axis };
    match usize::try_from(from_start) {
        Ok(axis) if axis < count => Ok(axis),
        _ => Err(Problem::new(
            format!("it names the axis {axis} of a tensor of {count} axes"),
            "the file contradicts itself: convert the model again",
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_that_follow_each_other_merge() {
        let view = View::of(&[2, 3, 1, 4]);
        assert_eq!(view.steps, [12, 4, 4, 1]);
        assert_eq!(view.merged(), [(24, 1)]);
        let turned = view.transposed(&[3, 0, 1, 2]);
        assert_eq!(turned.merged(), [(4, 1), (6, 4)]);
        assert!(view.is_whole(24) && !view.is_whole(25) && !turned.is_whole(24));
    }
}
