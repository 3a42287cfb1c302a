//! Which elements of tensors anybody reads.
//!
//! Images that lie below one another share rows, of which some are covered by no image alone: what a convolution makes of
//! them is dropped. They say nothing of what the network computes, and count neither for ranges nor for errors.

use crate::geometry::Window;
use crate::graph::{FloatGraph, FloatOperator, TensorId};
use crate::quantized::Gather;
use std::borrow::Cow;

/// Of each tensor the elements that are read; `None` where all are.
pub(super) struct Read {
    of: Vec<Option<Vec<bool>>>,
}

impl Read {
    pub(super) fn new(graph: &FloatGraph) -> Self {
        let mut read = Self { of: vec![None; graph.tensors.len()] };
        for node in graph.nodes.iter().rev() {
            let of_input = match &node.operator {
                FloatOperator::Gather(gather) => read.under(gather, node.output),
                FloatOperator::Activation(_) | FloatOperator::Reshape => read.of[node.output.0].clone(),
                _ => None,
            };
            if of_input.is_some() && graph.only_consumer(node.inputs[0]).is_some() {
                read.of[node.inputs[0].0] = of_input;
            }
        }
        read
    }

    /// What is read of the input of a `gather` that makes `output`.
    fn under(&self, gather: &Gather, output: TensorId) -> Option<Vec<bool>> {
        let [rows, columns, block] = gather.input;
        let mut is_read = vec![false; gather.images * rows * columns * block];
        let mut from = 0;
        for image in 0..gather.images {
            for &row in &gather.rows {
                for &column in &gather.columns {
                    let place = ((image * rows + usize::from(row)) * columns + usize::from(column)) * block;
                    for element in 0..block {
                        is_read[place + element] |=
                            self.of[output.0].as_ref().is_none_or(|of_output| of_output[from + element]);
                    }
                    from += block;
                }
            }
        }
        is_read.contains(&false).then_some(is_read)
    }

    /// Of the values of a tensor those that are read.
    pub(super) fn values<'v>(&self, id: TensorId, values: &'v [f32]) -> Cow<'v, [f32]> {
        let Some(is_read) = &self.of[id.0] else { return Cow::Borrowed(values) };
        values.iter().zip(is_read).filter(|(_, is_read)| **is_read).map(|(&value, _)| value).collect()
    }

    /// The pixels of what a window makes, row by row, of which anything is read.
    pub(super) fn pixels(&self, id: TensorId, window: &Window) -> Vec<usize> {
        let [rows, columns, channels] = window.output;
        let is_read = |&pixel: &usize| {
            self.of[id.0].as_ref().is_none_or(|of| of[pixel * channels..][..channels].contains(&true))
        };
        (0..rows * columns).filter(is_read).collect()
    }
}
