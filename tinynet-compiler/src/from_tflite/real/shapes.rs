//! Operators that move values only.

use super::{Computed, Real};
use crate::from_tflite::gather::{check_kind, choices, numbers};
use crate::from_tflite::moves::Moves;
use crate::from_tflite::pad::padded_shape;
use crate::from_tflite::rearrange::{CONTRADICTION, blocks_as_images, cropped, images_as_blocks};
use crate::from_tflite::view::{View, place_of_axis};
use crate::from_tflite::{Conversion, Converted, Problem, Step, Value, kind, shape_without_batch};
use crate::graph::{FloatOperator, TensorId};
use crate::import::tflite::{
    Activation, ConcatenationOptions, ElementType, GatherOptions, MirrorPadMode, PackOptions,
    ResizeBilinearOptions, ResizeNearestNeighborOptions,
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

    /// `GATHER`, by constant indices.
    pub(super) fn gather(&mut self, step: Step<'m>, options: &GatherOptions) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let chosen = self.gathered(step, &input.tensor.shape, options)?;
        self.add_choice(step, &input, &chosen)
    }

    /// `MIRROR_PAD`
    pub(super) fn mirror_pad(&mut self, step: Step<'m>, mode: MirrorPadMode) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let chosen = self.mirrored(step, &input.tensor.shape, mode)?;
        self.add_choice(step, &input, &chosen)
    }

    /// Adds the operators that choose indices along axes; `None` for axes that stay as they are.
    fn add_choice(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        chosen: &[Option<Vec<usize>>],
    ) -> Converted<()> {
        let mut operators = choices(&input.tensor.shape, chosen)?;
        let Some((last, _)) = operators.pop() else {
            return self.add(step, FloatOperator::Reshape, vec![input.id], Activation::None);
        };
        let mut id = input.id;
        for (number, (gather, shape)) in operators.into_iter().enumerate() {
            let (suffix, shape) = (format!("_part{number}"), shape_without_batch(&shape));
            id =
                self.add_node(step, &suffix, "Gather".into(), FloatOperator::Gather(gather), vec![id], shape);
        }
        self.add(step, FloatOperator::Gather(last), vec![id], Activation::None)
    }

    /// `SPACE_TO_BATCH_ND`: each pixel of a block goes to an image of its own.
    pub(super) fn space_to_batch(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let shape = &input.tensor.shape;
        let blocks = self.block_shape(step, shape)?;
        let mut amounts = vec![[0, 0]; shape.len()];
        amounts[1..=blocks.len()].copy_from_slice(&self.pairs(step, 2, blocks.len())?);
        let shape = padded_shape(shape, &amounts)?;
        let (view, expected) = blocks_as_images(&shape, &blocks)?;
        self.check_output_shape(step, &expected)?;
        let id = self.padded(step, &input, &amounts, 0.0);
        self.add_view(step, id, shape.iter().product(), &view)
    }

    /// `BATCH_TO_SPACE_ND`: its reverse.
    pub(super) fn batch_to_space(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let blocks = self.block_shape(step, &input.tensor.shape)?;
        let crops = self.pairs(step, 2, blocks.len())?;
        let (spread, whole) = images_as_blocks(&input.tensor.shape, &blocks)?;
        let cropped = cropped(&whole, &crops)?;
        self.check_output_shape(step, &cropped.shape)?;
        if cropped.shape == whole {
            return self.add_view(step, input.id, input.elements(), &spread);
        }
        let id = self.add_inner_view(step, "_spread", &input, &spread)?;
        self.add_view(step, id, input.elements(), &cropped)
    }

    /// Adds a step's last operator: a view of a tensor.
    fn add_view(&mut self, step: Step<'m>, id: TensorId, elements: usize, view: &View) -> Converted<()> {
        let operator = view.rearrange(elements)?.map_or(FloatOperator::Reshape, FloatOperator::Rearrange);
        self.add(step, operator, vec![id], Activation::None)
    }

    /// A view of an operator's input for its other parts to read.
    pub(super) fn add_inner_view(
        &mut self,
        step: Step<'m>,
        suffix: &str,
        input: &Computed<'m>,
        view: &View,
    ) -> Converted<TensorId> {
        let operator =
            view.rearrange(input.elements())?.map_or(FloatOperator::Reshape, FloatOperator::Rearrange);
        let shape = shape_without_batch(&view.shape);
        Ok(self.add_node(step, suffix, "Rearrange".into(), operator, vec![input.id], shape))
    }

    /// `PACK`: along an axis that is new.
    pub(super) fn pack(&mut self, step: Step<'m>, options: &PackOptions) -> Converted<()> {
        let is_real = |index: usize| self.subgraph.tensors[index].element_type == ElementType::Float32;
        if !step.operator.inputs.iter().flatten().copied().all(is_real) {
            return self.pack_shape(step);
        }
        let inputs = self.all_computed(step)?;
        let Some(first) = inputs.first() else {
            return Err(Problem::new("it has no input", CONTRADICTION).into());
        };
        let mut expected = first.tensor.shape.clone();
        if let Some(other) = inputs.iter().find(|input| input.tensor.shape != expected) {
            let cause = format!("it packs {expected:?} and {:?}", other.tensor.shape);
            return Err(Problem::new(cause, CONTRADICTION).into());
        }
        let axis = place_of_axis(options.axis.into(), expected.len() + 1)?;
        expected.insert(axis, inputs.len());
        self.check_output_shape(step, &expected)?;
        self.join_rows(step, &inputs, expected[..axis].iter().product())
    }

    /// Tensors one behind the other in each of some rows.
    fn join_rows(&mut self, step: Step<'m>, inputs: &[Computed<'m>], rows: usize) -> Converted<()> {
        let mut ids = Vec::new();
        for (number, input) in inputs.iter().enumerate() {
            let shape = vec![rows, input.elements().checked_div(rows).unwrap_or(0)];
            ids.push(self.reshaped(step, &format!("_rows{number}"), input.id, shape));
        }
        let length = inputs.iter().map(Computed::elements).sum::<usize>().checked_div(rows).unwrap_or(0);
        let operator = FloatOperator::Concat { axis: 1 };
        self.add_reshaped(step, operator, ids, vec![rows, length], Activation::None)
    }

    /// All inputs of a step, which are tensors that the firmware computes.
    fn all_computed(&self, step: Step<'m>) -> Converted<Vec<Computed<'m>>> {
        (0..step.operator.inputs.len()).map(|position| self.computed(step, position)).collect()
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
        let inputs = self.all_computed(step)?;
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
        match axis.checked_sub(usize::from(has_batch)) {
            Some(axis) if has_batch || output.shape.len() == 1 => {
                let ids = inputs.iter().map(|input| input.id).collect();
                self.add(step, FloatOperator::Concat { axis }, ids, options.fused_activation)
            }
            _ if options.fused_activation == Activation::None => {
                let rows = output.shape[..axis].iter().product();
                self.join_rows(step, &inputs, rows)
            }
            _ => Err(Problem::new(
                format!("it joins batches, and {} is fused with it", options.fused_activation),
                "convert the model for one input at a time: batch size 1",
            )
            .into()),
        }
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
