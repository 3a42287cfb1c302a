//! Operators on two tensors, each of which may repeat along axes where it is 1 long, and one of which may be a constant.

use super::multiplier::{multiplier, requantize};
use super::quantization::{Integers, activation_range};
use super::view::View;
use super::{Computed, Conversion, Converted, EITHER, Problem, Step, Stop, Value, shape_without_batch};
use crate::graph::TensorId;
use crate::import::tflite::{Activation, ElementType};
use crate::kernel_parameters::{KernelParameters, pair_kernel};
use crate::quantized::{Add, Element, Multiply, Pair, PairOperation, QuantizedOperator, Table};
use crate::reference::run_kernel;
use tinynet_core::kernels::{Larger, PReluMultiplier, SignedSum};

/// Most elements that a constant is repeated to.
const LARGEST_REPEATED: usize = 1 << 16;

/// What is made of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    SquaredDifference,
    Multiply,
    Maximum,
    Minimum,
    PRelu,
}

/// One of two tensors.
enum Operand<'m> {
    Computed(Computed<'m>),
    Constant { values: Vec<i16>, shape: &'m [usize], quantization: Integers },
}

impl Operand<'_> {
    fn shape(&self) -> &[usize] {
        match self {
            Self::Computed(computed) => &computed.tensor.shape,
            Self::Constant { shape, .. } => shape,
        }
    }

    fn quantization(&self) -> Integers {
        match self {
            Self::Computed(computed) => computed.quantization,
            Self::Constant { quantization, .. } => *quantization,
        }
    }
}

impl<'m> Conversion<'m> {
    /// `SQUARED_DIFFERENCE`, `MUL`, `MAXIMUM`, `MINIMUM`, `PRELU`
    pub(super) fn pair(
        &mut self,
        step: Step<'m>,
        operation: Operation,
        activation: Activation,
    ) -> Converted<()> {
        self.sum(step, operation, activation, None)
    }

    /// The same, and `ADD`, `SUB`, which may be by shifts.
    pub(super) fn sum(
        &mut self,
        step: Step<'m>,
        operation: Operation,
        activation: Activation,
        shifts: Option<[i8; 2]>,
    ) -> Converted<()> {
        let types = operation.types();
        let [first, second] = [self.operand(step, 0, types)?, self.operand(step, 1, types)?];
        let (output_index, output_tensor) = self.output(step)?;
        let output = self.integers_of(output_index, types)?;
        let shape = &output_tensor.shape;
        if broadcast(first.shape(), second.shape()).as_ref() != Some(shape) {
            return Err(Problem::new(
                format!("it makes the shape {shape:?} of {:?} and {:?}", first.shape(), second.shape()),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
        let quantizations = [first.quantization(), second.quantization()];
        if quantizations.iter().any(|quantization| quantization.element != output.element) {
            let [a, b] = quantizations.map(|quantization| quantization.element);
            return Err(Problem::new(
                format!("it makes {} of {a} and {b}", output.element),
                "put a QUANTIZE between: this version imports it between tensors of one type",
            )
            .into());
        }
        if shifts.is_some() && operation == Operation::Add && first.shape() != second.shape() {
            return Err(Problem::new(
                format!("it adds {:?} and {:?} by shifts (pot_scale_int16)", first.shape(), second.shape()),
                "TensorFlow Lite's kernel adds tensors of one shape: convert the model again, without pot_scale_int16",
            )
            .into());
        }
        if matches!(operation, Operation::Maximum | Operation::Minimum) {
            for quantization in quantizations {
                self.check_same_quantization(step, quantization, output)?;
            }
        }
        let clamp = activation_range(activation, output)?;
        let parts = Parts { quantizations, output, clamp, shifts };
        match (first, second) {
            (Operand::Computed(first), Operand::Computed(second)) => {
                self.computed_pair(step, operation, &parts, first, second)
            }
            (Operand::Computed(first), Operand::Constant { values, shape: constant, .. }) => {
                self.constant_pair(step, operation.of(&parts)?, first, &values, constant, parts.clamp)
            }
            (Operand::Constant { values, shape: constant, .. }, Operand::Computed(second)) => {
                let Some(swapped) = swapped(operation.of(&parts)?) else {
                    return Err(
                        Problem::new("its input is a constant", "let the converter fold constants").into()
                    );
                };
                self.constant_pair(step, swapped, second, &values, constant, parts.clamp)
            }
            _ => {
                Err(Problem::new("both its inputs are constants", "let the converter fold constants").into())
            }
        }
    }

    /// How far each of two int16s is shifted to the right before they are added: TensorFlow Lite's arithmetic for scales that
    /// are powers of two, where a model asks for it; `None` where quotients of scales are multiplied by.
    pub(super) fn shifts_of_sum(&self, step: Step<'m>, is_asked_for: bool) -> Converted<Option<[i8; 2]>> {
        let (output_index, output) = self.output(step)?;
        if !is_asked_for || output.element_type != ElementType::Int16 {
            return Ok(None);
        }
        let mut powers = [0.0; 3];
        for (power, index) in
            powers.iter_mut().zip([self.input(step, 0)?.0, self.input(step, 1)?.0, output_index])
        {
            // To a thousandth, there as here.
            let exponent = libm::log2f(self.integers_of(index, EITHER)?.scale);
            *power = libm::roundf(exponent);
            if (exponent - *power).abs() >= 1e-3 {
                return Ok(None);
            }
        }
        let shifts = [powers[2] - powers[0], powers[2] - powers[1]];
        if shifts.contains(&0.0) && shifts.iter().all(|shift| (0.0..=15.0).contains(shift)) {
            return Ok(Some(shifts.map(|shift| shift as i8)));
        }
        Err(Problem::new(
            format!("it asks for sums by shifts (pot_scale_int16) of scales of 2 to the {powers:?}"),
            "TensorFlow Lite shifts one input to the right, to the scale of the other and of the output: convert the model \
             again, without pot_scale_int16",
        )
        .into())
    }

    fn operand(&self, step: Step<'m>, position: usize, types: &[Element]) -> Converted<Operand<'m>> {
        let (index, tensor) = self.input(step, position)?;
        if matches!(self.values.get(&index), Some(Value::Computed(_))) || tensor.data.is_none() {
            return Ok(Operand::Computed(self.computed_of(step, position, types)?));
        }
        let quantization = self.integers_of(index, types)?;
        let values = match quantization.element {
            Element::Int8 => self.weights(step, position)?.into_iter().map(i16::from).collect(),
            // They are of 16 bits.
            _ => self.integers(step, position)?.into_iter().map(|value| value as i16).collect(),
        };
        Ok(Operand::Constant { values, shape: &tensor.shape, quantization })
    }

    /// Of two tensors that the firmware computes.
    fn computed_pair(
        &mut self,
        step: Step<'m>,
        operation: Operation,
        parts: &Parts,
        first: Computed<'m>,
        second: Computed<'m>,
    ) -> Converted<()> {
        let (_, output) = self.output(step)?;
        let shape = &output.shape;
        let bounds = parts.clamp;
        if operation == Operation::Add && first.tensor.shape == *shape && second.tensor.shape == *shape {
            let operator = QuantizedOperator::Add(parts.sum()?);
            self.add(step, operator, vec![first.id, second.id], bounds)?;
            return Ok(());
        }
        let operation = operation.of(parts)?;
        // The first is as large as the output, the second may repeat: that costs no memory.
        let (operation, first, second) =
            match (repeats(&second.tensor.shape, shape), swapped(operation.clone())) {
                (false, Some(swapped)) if repeats(&first.tensor.shape, shape) => (swapped, second, first),
                _ => (operation, first, second),
            };
        let a = self.broadcast_to(step, "_a", &first, shape)?;
        let b = match repeats(&second.tensor.shape, shape) {
            true => second.id,
            false => self.broadcast_to(step, "_b", &second, shape)?,
        };
        let bounds = match operation {
            PairOperation::Larger(_) => {
                let [a, b] = [first.bounds, second.bounds];
                [a[0].min(b[0]), a[1].max(b[1])]
            }
            _ => bounds,
        };
        let pair = Pair { operation, constant: None };
        self.add(step, QuantizedOperator::Pair(pair), vec![a, b], bounds)?;
        Ok(())
    }

    /// A tensor repeated to a shape.
    fn broadcast_to(
        &mut self,
        step: Step<'m>,
        suffix: &str,
        input: &Computed<'m>,
        shape: &[usize],
    ) -> Converted<TensorId> {
        if input.elements() == shape.iter().product::<usize>() {
            return Ok(input.id);
        }
        self.add_inner_view(step, suffix, input, &repeated(&input.tensor.shape, shape))
    }

    /// Of a tensor and a constant; what they make lies within `clamp`.
    fn constant_pair(
        &mut self,
        step: Step<'m>,
        operation: PairOperation,
        input: Computed<'m>,
        values: &[i16],
        constant: &[usize],
        clamp: [i32; 2],
    ) -> Converted<()> {
        let (_, output) = self.output(step)?;
        let shape = &output.shape;
        let is_int8 = input.quantization.element == Element::Int8;
        // Of int16s there are too many to try.
        let bounds = if is_int8 { bounds_of_all(&operation, &input, values) } else { clamp };
        let id = self.broadcast_to(step, "_repeated", &input, shape)?;
        let operator = match values {
            [] => return Err(Problem::new("its constant is empty", "convert the model again").into()),
            &[value] if is_int8 => {
                let all: Vec<i8> = (i8::MIN..=i8::MAX).collect();
                let made = evaluate(&operation, &all, value);
                QuantizedOperator::Table(Table::new(|x| made[(i32::from(x) + 128) as usize]))
            }
            _ => {
                let constant = Some(repeated_constant(values, constant, shape)?);
                QuantizedOperator::Pair(Pair { operation, constant })
            }
        };
        self.add(step, operator, vec![id], bounds)?;
        Ok(())
    }
}

/// Bounds of what an operation makes of each int8 that can occur and each of some values.
fn bounds_of_all(operation: &PairOperation, input: &Computed<'_>, values: &[i16]) -> [i32; 2] {
    let [low, high] = input.bounds;
    let inputs: Vec<i8> = (low..=high).map(|x| x as i8).collect();
    let mut seen = [false; 256];
    let mut bounds = [i32::from(i8::MAX), i32::from(i8::MIN)];
    for &value in values {
        if !std::mem::replace(&mut seen[usize::from(value as u8)], true) {
            let made = evaluate(operation, &inputs, value).into_iter().map(i32::from);
            bounds = made.fold(bounds, |[low, high], made| [low.min(made), high.max(made)]);
        }
    }
    bounds
}

/// An operation of each input and one value.
fn evaluate(operation: &PairOperation, inputs: &[i8], value: i16) -> Vec<i8> {
    let kernel = KernelParameters::Pair(pair_kernel(operation), Some(vec![value]));
    let mut output = vec![0; inputs.len()];
    run_kernel(&kernel, &[inputs], &mut output);
    output
}

/// What an operation depends on beside the values.
struct Parts {
    quantizations: [Integers; 2],
    output: Integers,
    clamp: [i32; 2],
    /// Of a sum by shifts.
    shifts: Option<[i8; 2]>,
}

impl Parts {
    fn zero_points(&self) -> [i32; 3] {
        let [a, b] = self.quantizations.map(|quantization| quantization.zero_point);
        [a, b, self.output.zero_point]
    }

    fn scales(&self) -> [f32; 3] {
        let [a, b] = self.quantizations.map(|quantization| quantization.scale);
        [a, b, self.output.scale]
    }

    /// Left shift of the inputs of a sum.
    fn left_shift(&self) -> u8 {
        match (self.shifts, self.output.element) {
            // What the multiplier of 1/2 takes back.
            (Some(_), _) => 1,
            (None, Element::Int8) => Add::LEFT_SHIFT,
            (None, _) => Add::LEFT_SHIFT_16,
        }
    }

    /// Multipliers and shifts of both inputs and of the output of a sum. The larger scale is doubled in float32.
    fn of_sum(&self) -> Converted<([i32; 3], [i8; 3])> {
        if let Some([a, b]) = self.shifts {
            // Of twice a number the multiplication leaves it as it is: each shift to the right rounds once.
            return Ok(([1 << 30; 3], [-a, -b, 1]));
        }
        let [a, b, output] = self.scales();
        let larger = f64::from(2.0 * a.max(b));
        let steps = f64::from((1u32 << self.left_shift()) as f32 * output);
        self.multipliers([f64::from(a) / larger, f64::from(b) / larger, larger / steps])
    }

    /// The same of a squared difference.
    fn of_square(&self) -> Converted<([i32; 3], [i8; 3])> {
        let [a, b, output] = self.scales();
        let larger = 2.0 * f64::from(a.max(b));
        let steps = f64::from((1u32 << (2 * SQUARE_SHIFT)) as f32 * output);
        self.multipliers([f64::from(a) / larger, f64::from(b) / larger, larger * larger / steps])
    }

    fn multipliers(&self, factors: [f64; 3]) -> Converted<([i32; 3], [i8; 3])> {
        let (mut multipliers, mut shifts) = ([0; 3], [0; 3]);
        for (index, factor) in factors.into_iter().enumerate() {
            (multipliers[index], shifts[index]) = multiplier(factor)?;
        }
        Ok((multipliers, shifts))
    }

    fn sum(&self) -> Converted<Add> {
        let (multipliers, shifts) = self.of_sum()?;
        let (left_shift, zero_points) = (self.left_shift(), self.zero_points());
        Ok(Add::Multiplier { left_shift, zero_points, multipliers, shifts, clamp: self.clamp })
    }

    fn signed_sum(&self, signs: [i32; 2], is_squared: bool) -> Converted<PairOperation> {
        let (multipliers, shifts) = if is_squared { self.of_square()? } else { self.of_sum()? };
        let [min, max] = self.clamp;
        Ok(PairOperation::SignedSum(SignedSum {
            left_shift: if is_squared { SQUARE_SHIFT } else { self.left_shift() },
            zero_points: self.zero_points(),
            multipliers,
            shifts,
            signs,
            is_squared,
            min,
            max,
        }))
    }
}

/// TensorFlow Lite's left shift of int8 inputs of squared differences.
const SQUARE_SHIFT: u8 = 7;

impl Operation {
    /// The types that it has kernels of.
    fn types(self) -> &'static [Element] {
        match self {
            Self::SquaredDifference | Self::PRelu => &[Element::Int8],
            _ => EITHER,
        }
    }

    /// Its arithmetic.
    fn of(self, parts: &Parts) -> Converted<PairOperation> {
        let [a, b, output] = parts.scales();
        match self {
            Self::Add => parts.signed_sum([1, 1], false),
            Self::Subtract => parts.signed_sum([1, -1], false),
            Self::SquaredDifference => parts.signed_sum([1, -1], true),
            Self::Multiply => Ok(PairOperation::Multiply(Multiply {
                zero_points: parts.zero_points(),
                // In float32.
                requantize: requantize(std::iter::once(f64::from(a * b / output)))?,
                clamp: parts.clamp,
            })),
            Self::Maximum => Ok(PairOperation::Larger(Larger { is_smaller: false })),
            Self::Minimum => Ok(PairOperation::Larger(Larger { is_smaller: true })),
            Self::PRelu => {
                // In float32, both.
                let (positive, positive_shift) = multiplier(f64::from(a / output))?;
                let (product, product_shift) = multiplier(f64::from(a * b / output))?;
                let [min, max] = parts.clamp;
                Ok(PairOperation::PRelu(PReluMultiplier {
                    zero_points: parts.zero_points(),
                    multipliers: [positive, product],
                    shifts: [positive_shift, product_shift],
                    min,
                    max,
                }))
            }
        }
    }
}

/// The same operation of the tensors in the other order; `None` where there is none.
fn swapped(operation: PairOperation) -> Option<PairOperation> {
    Some(match operation {
        PairOperation::SignedSum(mut sum) => {
            sum.zero_points.swap(0, 1);
            sum.multipliers.swap(0, 1);
            sum.shifts.swap(0, 1);
            sum.signs.swap(0, 1);
            PairOperation::SignedSum(sum)
        }
        PairOperation::Multiply(mut multiply) => {
            multiply.zero_points.swap(0, 1);
            PairOperation::Multiply(multiply)
        }
        PairOperation::Larger(larger) => PairOperation::Larger(larger),
        PairOperation::PRelu(_) => return None,
    })
}

/// The shape that two shapes have in common, each repeated where it is 1 long; `None` where there is none.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let at =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |place| shape[place]);
    (0..rank)
        .map(|axis| match (at(a, axis), at(b, axis)) {
            (1, length) | (length, 1) => Some(length),
            (length, other) if length == other => Some(length),
            _ => None,
        })
        .collect()
}

/// Whether a tensor gives one of a shape by repeating it as a whole.
pub(super) fn repeats(from: &[usize], to: &[usize]) -> bool {
    let from = shape_without_ones(from);
    to.ends_with(&from) || shape_without_batch(to).ends_with(&from)
}

/// A shape without the ones in front.
fn shape_without_ones(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().skip_while(|&length| length == 1).collect()
}

/// A tensor seen repeated to a shape.
pub(super) fn repeated(from: &[usize], to: &[usize]) -> View {
    let mut view = View::of(from);
    for _ in from.len()..to.len() {
        view.shape.insert(0, 1);
        view.steps.insert(0, 0);
    }
    for (axis, &length) in to.iter().enumerate() {
        if view.shape[axis] != length {
            (view.shape[axis], view.steps[axis]) = (length, 0);
        }
    }
    view
}

/// The values of a constant, as often as is needed for them to repeat as a whole.
pub(super) fn repeated_constant<T: Copy>(values: &[T], from: &[usize], to: &[usize]) -> Converted<Vec<T>> {
    if repeats(from, to) {
        return Ok(values.to_vec());
    }
    let view = repeated(from, to);
    // Axes in front along which nothing changes need not be written out.
    let still =
        view.steps.iter().zip(&view.shape).take_while(|&(&step, &length)| step == 0 || length == 1).count();
    let shape = &view.shape[still..];
    let elements: usize = shape.iter().product();
    if elements > LARGEST_REPEATED {
        return Err(Stop::from(Problem::new(
            format!("its constant of {} values is repeated to {elements}", values.len()),
            format_args!(
                "up to {LARGEST_REPEATED} fit a microcontroller's flash: use a constant for each channel"
            ),
        )));
    }
    let at = |index: usize| {
        let (mut rest, mut place) = (index, 0);
        for (&length, &step) in shape.iter().zip(&view.steps[still..]).rev() {
            place += (rest % length) * step.unsigned_abs();
            rest /= length;
        }
        values[place]
    };
    Ok((0..elements).map(at).collect())
}
