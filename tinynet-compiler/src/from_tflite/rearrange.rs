//! Blocks of pixels that become images of a batch, and back.

use super::view::View;
use super::{Conversion, Converted, MOVED, Problem, Step};

pub(super) const CONTRADICTION: &str = "the file contradicts itself: convert the model again";

impl<'m> Conversion<'m> {
    /// `SPACE_TO_BATCH_ND`: each pixel of a block goes to an image of its own.
    pub(super) fn space_to_batch(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_of(step, 0, MOVED)?;
        let blocks = self.block_shape(step, &input.tensor.shape)?;
        let pads = self.pairs(step, 2, blocks.len())?;
        let mut amounts = vec![[0, 0]; input.tensor.shape.len()];
        amounts[1..=blocks.len()].copy_from_slice(&pads);
        let (id, shape) = self.add_padding(step, &input, &amounts, input.quantization.zero_point as i16)?;
        let (view, expected) = blocks_as_images(&shape, &blocks)?;
        self.check_output_shape(step, &expected)?;
        let (output, _) = self.output(step)?;
        self.check_same_quantization(step, input.quantization, self.integers_of(output, MOVED)?)?;
        let operator = view.operator(shape.iter().product())?;
        self.add(step, operator, vec![id], self.graph.tensor(id).info.bounds)?;
        Ok(())
    }

    /// `BATCH_TO_SPACE_ND`: its reverse.
    pub(super) fn batch_to_space(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_of(step, 0, MOVED)?;
        let blocks = self.block_shape(step, &input.tensor.shape)?;
        let crops = self.pairs(step, 2, blocks.len())?;
        let (spread, whole) = images_as_blocks(&input.tensor.shape, &blocks)?;
        if crops.iter().all(|&crop| crop == [0, 0]) {
            self.check_output_shape(step, &whole)?;
            return self.add_view(step, &input, &spread);
        }
        let id = self.add_inner_view(step, "_spread", &input, &spread)?;
        let cropped = cropped(&whole, &crops)?;
        self.check_output_shape(step, &cropped.shape)?;
        let (output, _) = self.output(step)?;
        self.check_same_quantization(step, input.quantization, self.integers_of(output, MOVED)?)?;
        let operator = cropped.operator(input.elements())?;
        self.add(step, operator, vec![id], input.bounds)?;
        Ok(())
    }
}

impl<'m, G> Conversion<'m, G> {
    /// The sizes of blocks along the axes behind the batch.
    pub(super) fn block_shape(&self, step: Step<'m>, shape: &[usize]) -> Converted<Vec<usize>> {
        let blocks: Vec<usize> =
            self.integers(step, 1)?.into_iter().map(block_size).collect::<Converted<_>>()?;
        let count: Option<usize> = blocks.iter().try_fold(1usize, |all, &block| all.checked_mul(block));
        if !blocks.is_empty() && blocks.len() + 1 < shape.len() && count.is_some() {
            return Ok(blocks);
        }
        Err(Problem::new(format!("it takes blocks of {blocks:?} of {:?}", shape), CONTRADICTION).into())
    }

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

/// A positive size of blocks.
pub(super) fn block_size(size: i64) -> Converted<usize> {
    match usize::try_from(size) {
        // So that its square fits as well.
        Ok(size) if (1..=1 << 12).contains(&size) => Ok(size),
        _ => Err(Problem::new(format!("its blocks have the size {size}"), CONTRADICTION).into()),
    }
}

/// How a tensor is read for each pixel of a block to go to an image of its own, and the shape of the images.
pub(super) fn blocks_as_images(shape: &[usize], blocks: &[usize]) -> Converted<(View, Vec<usize>)> {
    let (rank, mut view, mut made) = (shape.len(), View::of(shape), shape.to_vec());
    for (number, &block) in blocks.iter().enumerate().rev() {
        if !shape[1 + number].is_multiple_of(block) {
            return Err(
                Problem::new(format!("blocks of {blocks:?} do not divide {shape:?}"), CONTRADICTION).into()
            );
        }
        view = view.grouped(1 + number, block);
        made[0] *= block;
        made[1 + number] /= block;
    }
    // Pixels of a block, the batch, blocks, the rest.
    let inner = (0..blocks.len()).map(|number| 2 + 2 * number);
    let outer = (0..blocks.len()).map(|number| 1 + 2 * number);
    let rest = 1 + 2 * blocks.len()..rank + blocks.len();
    let order: Vec<usize> = inner.chain([0]).chain(outer).chain(rest).collect();
    Ok((view.transposed(&order), made))
}

/// The reverse.
pub(super) fn images_as_blocks(shape: &[usize], blocks: &[usize]) -> Converted<(View, Vec<usize>)> {
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
    let mut made = vec![shape[0] / count];
    made.extend((0..number).map(|axis| shape[1 + axis] * blocks[axis]));
    made.extend(&shape[1 + number..]);
    Ok((view.transposed(&order), made))
}

/// A tensor without some values before and behind each axis that follows the batch.
pub(super) fn cropped(whole: &[usize], crops: &[[usize; 2]]) -> Converted<View> {
    let mut view = View::of(whole);
    for (axis, &[before, after]) in crops.iter().enumerate() {
        let length = whole[1 + axis];
        let Some(left) = length.checked_sub(before.saturating_add(after)).filter(|&left| left > 0) else {
            return Err(Problem::new(format!("it crops {crops:?} off {whole:?}"), CONTRADICTION).into());
        };
        view = view.sliced(1 + axis, before, 1, left);
    }
    Ok(view)
}
