//! Operators that move values only.

use super::{Computed, Real};
use crate::from_tflite::gather::{check_kind, numbers};
use crate::from_tflite::moves::Moves;
use crate::from_tflite::view::place_of_axis;
use crate::from_tflite::{Conversion, Converted, Problem, Step, Value, kind};
use crate::graph::{FloatOperator, TensorId};
use crate::import::tflite::{
    Activation, ConcatenationOptions, ResizeBilinearOptions, ResizeNearestNeighborOptions,
};
use crate::kernel_parameters::image_shape;
use crate::quantized::Gather;

impl<'m> Conversion<'m, Real> {
    /// `RESHAPE`, `SQUEEZE`, `EXPAND_DIMS`: the output's shape is fixed in the file.
    pub(super) fn reshape(&mut self, step: Step<'m>) -> Converted<()> {
        let (input_index, _) = self.input(step, 0)?;
        if let Some(values) = self.known_integers(input_index) {
            return self.known(step, values);
        }
        let input = self.computed(step, 0)?;
        let (_, output) = self.output(step)?;
        if output.shape.iter().product::<usize>() != input.elements() {
            return Err(Problem::new(
                format!("it makes the shape {:?} of {:?}", output.shape, input.tensor.shape),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
        let (output, _) = self.output(step)?;
        let [from, to] = [self.graph.graph.tensor(input.id).shape.clone(), self.graph_shape(output)?];
        // Along a sequence, windows are those of an image with a height of 1.
        let is_same_image = image_shape(&from) == image_shape(&to) && from.last() == to.last();
        if is_same_image && !self.subgraph.outputs.contains(&output) {
            self.values.insert(output, Value::Computed(input.id));
            return Ok(());
        }
        self.add(step, FloatOperator::Reshape, vec![input.id], Activation::None)
    }

    /// Adds a step that only moves values: an operator for each output.
    pub(super) fn add_moves(&mut self, step: Step<'m>, moves: &Moves) -> Converted<()> {
        let input = self.computed(step, moves.input)?;
        for (number, (view, &output)) in moves.views.iter().zip(&step.operator.outputs).enumerate() {
            let shape = self.graph_shape(output)?;
            let elements: usize = view.shape.iter().product();
            if shape.iter().product::<usize>() != elements {
                return Err(Problem::new(
                    format!("it makes the shape {shape:?} of {elements} values"),
                    "the file contradicts itself: convert the model again",
                )
                .into());
            }
            let rearrange = view.rearrange(input.elements())?;
            let operator = rearrange.map_or(FloatOperator::Reshape, FloatOperator::Rearrange);
            let (kind, suffix) = (kind(step.operator.operator), moves.suffix(number));
            let id = self.add_node(step, &suffix, kind, operator, vec![input.id], shape);
            self.values.insert(output, Value::Computed(id));
        }
        Ok(())
    }

    /// `RESIZE_NEAREST_NEIGHBOR`
    pub(super) fn resize_nearest_neighbor(
        &mut self,
        step: Step<'m>,
        options: &ResizeNearestNeighborOptions,
    ) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let resize = self.resize(step, input.tensor, options.align_corners, options.half_pixel_centers)?;
        let [rows, columns] = [numbers(&resize.nearest(0))?, numbers(&resize.nearest(1))?];
        let gather = Gather { images: resize.images, input: resize.input, rows, columns };
        self.add(step, FloatOperator::Gather(gather), vec![input.id], Activation::None)
    }

    /// `RESIZE_BILINEAR`
    pub(super) fn resize_bilinear(
        &mut self,
        step: Step<'m>,
        options: &ResizeBilinearOptions,
    ) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let resize = self.resize(step, input.tensor, options.align_corners, options.half_pixel_centers)?;
        check_kind(&resize)?;
        self.add(step, FloatOperator::ResizeBilinear(resize), vec![input.id], Activation::None)
    }

    /// `CONCATENATION`
    pub(super) fn concatenation(&mut self, step: Step<'m>, options: &ConcatenationOptions) -> Converted<()> {
        let inputs: Vec<Computed<'m>> = (0..step.operator.inputs.len())
            .map(|position| self.computed(step, position))
            .collect::<Result<_, _>>()?;
        let (_, output) = self.output(step)?;
        let axis = place_of_axis(options.axis.into(), output.shape.len())?;
        let fits = |input: &Computed<'m>| {
            let shape = &input.tensor.shape;
            shape.len() == output.shape.len()
                && shape.iter().zip(&output.shape).enumerate().all(|(place, (a, b))| place == axis || a == b)
        };
        let length =
            inputs.iter().filter(|input| fits(input)).map(|input| input.tensor.shape[axis]).sum::<usize>();
        if !inputs.iter().all(fits) || length != output.shape[axis] {
            return Err(Problem::new(
                format!(
                    "it makes the shape {:?} of {:?} along axis {axis}",
                    output.shape,
                    inputs.iter().map(|input| &input.tensor.shape).collect::<Vec<_>>()
                ),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
        let has_batch = output.shape.len() > 1 && output.shape[0] == 1;
        let Some(axis) = axis.checked_sub(usize::from(has_batch)) else {
            return Err(Problem::new(
                "it joins batches",
                "convert the model for one input at a time: batch size 1",
            )
            .into());
        };
        let ids = inputs.iter().map(|input| input.id).collect();
        self.add(step, FloatOperator::Concat { axis }, ids, options.fused_activation)
    }

    /// The output of a step in the file's shape, from an operator that makes it in another.
    pub(super) fn add_reshaped(
        &mut self,
        step: Step<'m>,
        operator: FloatOperator,
        inputs: Vec<TensorId>,
        made: Vec<usize>,
        activation: Activation,
    ) -> Converted<()> {
        let (output, _) = self.output(step)?;
        let shape = self.graph_shape(output)?;
        let id = self.add_activated(step, operator, inputs, made, activation)?;
        let id = self.reshaped(step, "_reshape", id, shape);
        self.values.insert(output, Value::Computed(id));
        Ok(())
    }

    /// A tensor as the image that a window slides over.
    pub(super) fn as_image(&mut self, step: Step<'m>, input: &Computed<'m>, image: [usize; 3]) -> TensorId {
        let shape = &self.graph.graph.tensor(input.id).shape;
        match image_shape(shape) == image {
            true => input.id,
            false => self.reshaped(step, "_image", input.id, image.to_vec()),
        }
    }
}
