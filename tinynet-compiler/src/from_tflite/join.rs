//! `CONCATENATION` and `PACK`.

use super::quantization::{Integers, UNSIGNED};
use super::view::place_of_axis;
use super::{Computed, Conversion, Converted, MOVED, Problem, Step};
use crate::import::tflite::{Activation, ConcatenationOptions, ElementType, PackOptions};
use crate::quantized::{QuantizedOperator, Table};

impl<'m> Conversion<'m> {
    /// `CONCATENATION`: integers as they are; uint8s in steps of the output.
    pub(super) fn concatenation(&mut self, step: Step<'m>, options: &ConcatenationOptions) -> Converted<()> {
        if options.fused_activation != Activation::None {
            return Err(Problem::new(
                format!("its fused activation is {}", options.fused_activation),
                "TensorFlow Lite fuses none: make it an operator of its own",
            )
            .into());
        }
        let (inputs, tables) = self.joined(step, true)?;
        let shape = inputs[0].tensor.shape.clone();
        let axis = place_of_axis(options.axis.into(), shape.len())?;
        let mut expected = shape.clone();
        expected[axis] = 0;
        for input in &inputs {
            let other = &input.tensor.shape;
            let fits = other.len() == shape.len()
                && (0..shape.len()).all(|index| index == axis || other[index] == shape[index]);
            if !fits {
                return Err(Problem::new(
                    format!("it joins {shape:?} and {other:?} along axis {axis}"),
                    "the file contradicts itself: convert the model again",
                )
                .into());
            }
            expected[axis] += other[axis];
        }
        self.join(step, &inputs, tables, axis, &expected)
    }

    /// `PACK`: along an axis that is new.
    pub(super) fn pack(&mut self, step: Step<'m>, options: &PackOptions) -> Converted<()> {
        let is_tensor = |index: usize| {
            let element_type = self.subgraph.tensors[index].element_type;
            matches!(element_type, ElementType::Int8 | ElementType::UInt8 | ElementType::Int16)
        };
        if !step.operator.inputs.iter().flatten().copied().all(is_tensor) {
            return self.pack_shape(step);
        }
        let (inputs, tables) = self.joined(step, false)?;
        let shape = inputs[0].tensor.shape.clone();
        let axis = place_of_axis(options.axis.into(), shape.len() + 1)?;
        if let Some(other) = inputs.iter().find(|input| input.tensor.shape != shape) {
            return Err(Problem::new(
                format!("it packs {shape:?} and {:?}", other.tensor.shape),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
        let mut expected = shape;
        expected.insert(axis, inputs.len());
        self.join(step, &inputs, tables, axis, &expected)
    }

    /// Tensors that are joined, and what their int8s become. Only uint8s may be rescaled.
    fn joined(
        &self,
        step: Step<'m>,
        may_rescale: bool,
    ) -> Converted<(Vec<Computed<'m>>, Vec<Option<Table>>)> {
        let count = step.operator.inputs.len();
        if count == 0 {
            return Err(Problem::new("it has no input", "convert the model again").into());
        }
        let inputs: Vec<Computed<'m>> =
            (0..count).map(|position| self.computed_of(step, position, MOVED)).collect::<Converted<_>>()?;
        let (output_index, _) = self.output(step)?;
        let output = self.integers_of(output_index, MOVED)?;
        let mut tables = vec![None; count];
        for (input, table) in inputs.iter().zip(&mut tables) {
            if may_rescale
                && output.is_unsigned
                && input.quantization.is_unsigned
                && input.quantization != output
            {
                *table = Some(Table::new(|x| rescaled(x, input.quantization, output)));
                continue;
            }
            self.check_same_quantization(step, input.quantization, output)?;
        }
        Ok((inputs, tables))
    }

    /// Tensors one behind the other along an axis of what they make.
    fn join(
        &mut self,
        step: Step<'m>,
        inputs: &[Computed<'m>],
        tables: Vec<Option<Table>>,
        axis: usize,
        expected: &[usize],
    ) -> Converted<()> {
        self.check_output_shape(step, expected)?;
        let bounds = inputs.iter().zip(&tables).map(|(input, table)| match table {
            // They rise.
            Some(table) => input.bounds.map(|bound| i32::from(table.at(bound as i8))),
            None => input.bounds,
        });
        let low = bounds.clone().map(|[low, _]| low).min().unwrap_or(-128);
        let high = bounds.map(|[_, high]| high).max().unwrap_or(127);
        let has_batch_of_one = expected[0] == 1 && expected.len() > 1 && axis > 0;
        let is_plain = |input: &Computed<'m>| input.tensor.shape.len() == expected.len();
        if inputs.iter().all(is_plain) && (has_batch_of_one || expected.len() == 1) {
            let axis = if expected.len() == 1 { 0 } else { axis - 1 };
            let ids = inputs.iter().map(|input| input.id).collect();
            self.add(step, QuantizedOperator::Concat { axis, tables }, ids, [low, high])?;
            return Ok(());
        }
        // Any other tensors as rows.
        let rows: usize = expected[..axis].iter().product();
        let mut ids = Vec::new();
        for (number, input) in inputs.iter().enumerate() {
            let shape = [rows, input.elements().checked_div(rows).unwrap_or(0)];
            ids.push(self.seen_as(step, &format!("_rows{number}"), input.id, &shape, input.quantization));
        }
        let operator = QuantizedOperator::Concat { axis: 1, tables };
        let shape = vec![rows, expected[axis..].iter().product()];
        let (output_index, _) = self.output(step)?;
        let quantization = self.integers_of(output_index, MOVED)?;
        let id = self.add_node(step, "_joined", operator, ids, shape, quantization, [low, high]);
        self.add(step, QuantizedOperator::Reshape, vec![id], [low, high])?;
        Ok(())
    }
}

/// A uint8 in steps of another scale, as the int8s that are 128 less: TensorFlow Lite's `ConcatenationWithScaling`, in float32.
fn rescaled(x: i8, input: Integers, output: Integers) -> i8 {
    let scale = input.scale * (1.0 / output.scale);
    let bias = -((input.zero_point + UNSIGNED) as f32) * scale;
    let steps = libm::roundf((i32::from(x) + UNSIGNED) as f32 * scale + bias) as i32;
    steps.saturating_add(output.zero_point).clamp(-128, 127) as i8
}
