//! Operators with weights.

use super::batches::{self, Stack, one_of};
use super::quantization::{Integers, UNSIGNED, activation_range};
use super::sizes::{
    Rows, convolution_window, depthwise_window, fully_connected_rows, transposed_convolution_window,
};
use super::{Computed, Conversion, Converted, EITHER, Problem, Step, multiplier};
use crate::geometry::Window;
use crate::import::tflite::{
    Activation, Conv2dOptions, DepthwiseConv2dOptions, ElementType, FullyConnectedOptions, Quantization,
    Tensor, TransposeConvOptions,
};
use crate::precision::Precision;
use crate::quantize::arithmetic::requantized;
use crate::quantized::{Asymmetric, Element, Linear, QuantizedOperator, Requantize, Wide};

/// How an operator's weights lie: which output channel each belongs to.
#[derive(Clone, Copy)]
enum Layout {
    /// Output channels first.
    ChannelsFirst,
    /// Output channels last.
    ChannelsLast,
}

/// What the arithmetic of an operator with weights depends on.
struct Parts<'a> {
    input: Computed<'a>,
    output: Integers,
    activation: Activation,
    /// Shape of the weights in the graph.
    shape: Vec<usize>,
    layout: Layout,
    channels: usize,
    /// Axis of the file's weights along which channels have scales of their own.
    channel_axis: i32,
    /// Whether TensorFlow Lite multiplies the scales of input and weights in float32: fully connected layers with one
    /// scale for all weights, and all layers of uint8.
    single_precision: bool,
    /// Whether sums may leave products out, at a border.
    has_border: bool,
    /// Which input the bias is.
    bias: usize,
    /// Type of the sums, if the file says so; else Float32.
    sums: ElementType,
}

impl<'m> Conversion<'m> {
    /// `FULLY_CONNECTED`
    pub(super) fn fully_connected(
        &mut self,
        step: Step<'m>,
        options: &FullyConnectedOptions,
    ) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let (output_index, output_tensor) = self.output(step)?;
        let (_, weights) = self.input(step, 1)?;
        let Rows { rows, inputs, channels } =
            fully_connected_rows(options, &input.tensor.shape, &weights.shape, &output_tensor.shape)?;
        let has_one_scale = weights.quantization.as_ref().is_some_and(|weights| weights.scales.len() == 1);
        let parts = Parts {
            input,
            output: self.integers_of(output_index, EITHER)?,
            activation: options.fused_activation,
            shape: if rows == 1 { vec![channels, inputs] } else { vec![channels, 1, 1, inputs] },
            layout: Layout::ChannelsFirst,
            channels,
            channel_axis: 0,
            single_precision: has_one_scale,
            has_border: false,
            bias: 2,
            sums: options.quantized_bias_type,
        };
        self.check_scale_of_bias(step, &parts)?;
        if self.add_rare_convolution(step, &parts, Window::of_pixels([1, rows, inputs], channels), 1, None)? {
            return Ok(());
        }
        let (linear, bounds) = self.linear(step, &parts)?;
        let operator = match rows {
            1 => QuantizedOperator::Dense(linear),
            // The same weights for each row: a convolution by a window of one.
            rows => {
                let window = Window::of_pixels([1, rows, inputs], channels);
                QuantizedOperator::Conv2d { window, groups: 1, linear }
            }
        };
        self.add(step, operator, vec![input.id], bounds)?;
        Ok(())
    }

    /// Refuses a bias that counts in other steps than the products it is added to, where TensorFlow Lite does
    /// (`GetQuantizedConvolutionMultipler`): where it multiplies scales in float32. Elsewhere it takes a bias for what the
    /// sums are, there as here.
    fn check_scale_of_bias(&self, step: Step<'m>, parts: &Parts<'m>) -> Converted<()> {
        /// In steps of the output.
        const MOST: f64 = 0.02;
        let Some((index, bias)) = self.optional_input(step, parts.bias).filter(|_| parts.single_precision)
        else {
            return Ok(());
        };
        let (weights_index, weights) = self.input(step, 1)?;
        // Several scales, and none, are 0 there.
        let scale_of = |quantization: Option<&Quantization>| match quantization {
            Some(Quantization { scales, has_details: false, .. }) if scales.len() == 1 => scales[0],
            _ => 0.0,
        };
        let [bias, weights] = [bias, weights].map(|tensor| scale_of(tensor.quantization.as_ref()));
        let (input, output) = (parts.input.quantization.scale, parts.output.scale);
        let product = f64::from(input) * f64::from(weights);
        if (product - f64::from(bias)).abs() / f64::from(output) <= MOST {
            return Ok(());
        }
        Err(Problem::new(
            format!(
                "its bias, {}, counts in steps of {bias}, the products of its input and its weights, {}, in steps of \
                 {input} * {weights} = {}",
                self.tensor_place(index),
                self.tensor_place(weights_index),
                product as f32
            ),
            "TensorFlow Lite refuses it, too: give the bias the scale of the input times that of the weights, or convert the \
             model again",
        )
        .into())
    }

    /// `CONV_2D`
    pub(super) fn conv_2d(&mut self, step: Step<'m>, options: &Conv2dOptions) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let (output_index, output_tensor) = self.output(step)?;
        let (_, weights) = self.input(step, 1)?;
        let [(images, shape), (made, made_shape)] =
            [input.tensor, output_tensor].map(|tensor| one_of(&tensor.shape));
        let (window, groups) = convolution_window(options, &shape, &weights.shape, &made_shape)?;
        let stack = batches::stack(images, made, window)?;
        let window = stack.as_ref().map_or(window, |stack| stack.window);
        let input = self.stacked(step, input, stack.as_ref());
        let channels = window.output[2];
        let parts = Parts {
            input,
            output: self.integers_of(output_index, EITHER)?,
            activation: options.fused_activation,
            shape: weights.shape.clone(),
            layout: Layout::ChannelsFirst,
            channels,
            channel_axis: 0,
            single_precision: input.quantization.is_unsigned,
            has_border: window.padding != crate::geometry::Padding::default(),
            bias: 2,
            sums: options.quantized_bias_type,
        };
        self.check_scale_of_bias(step, &parts)?;
        if self.add_rare_convolution(step, &parts, window, groups, stack.as_ref())? {
            return Ok(());
        }
        let (linear, bounds) = self.linear(step, &parts)?;
        let operator = QuantizedOperator::Conv2d { window, groups, linear };
        self.add_of_stack(step, operator, input.id, bounds, stack.as_ref())
    }

    /// `DEPTHWISE_CONV_2D`
    pub(super) fn depthwise_conv_2d(
        &mut self,
        step: Step<'m>,
        options: &DepthwiseConv2dOptions,
    ) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let (output_index, output_tensor) = self.output(step)?;
        let (_, weights) = self.input(step, 1)?;
        let [(images, shape), (made, made_shape)] =
            [input.tensor, output_tensor].map(|tensor| one_of(&tensor.shape));
        let (window, multiplier) = depthwise_window(options, &shape, &weights.shape, &made_shape)?;
        let stack = batches::stack(images, made, window)?;
        let window = stack.as_ref().map_or(window, |stack| stack.window);
        let input = self.stacked(step, input, stack.as_ref());
        let ([height, width], channels) = (window.kernel, window.output[2]);
        let parts = Parts {
            input,
            output: self.integers_of(output_index, EITHER)?,
            activation: options.fused_activation,
            shape: vec![height, width, channels],
            layout: Layout::ChannelsLast,
            channels,
            channel_axis: 3,
            single_precision: input.quantization.is_unsigned,
            has_border: window.padding != crate::geometry::Padding::default(),
            bias: 2,
            sums: ElementType::Float32,
        };
        self.check_scale_of_bias(step, &parts)?;
        if self.add_rare_convolution(step, &parts, window, window.input[2], stack.as_ref())? {
            return Ok(());
        }
        let (linear, bounds) = self.linear(step, &parts)?;
        let operator = QuantizedOperator::DepthwiseConv2d { window, multiplier, linear };
        self.add_of_stack(step, operator, input.id, bounds, stack.as_ref())
    }

    /// `TRANSPOSE_CONV`
    pub(super) fn transpose_conv(&mut self, step: Step<'m>, options: &TransposeConvOptions) -> Converted<()> {
        let input = self.computed_of(step, 2, EITHER)?;
        let (output_index, output_tensor) = self.output(step)?;
        let (_, weights) = self.input(step, 1)?;
        let shape = self.integers(step, 0)?;
        let window = transposed_convolution_window(
            options,
            &shape,
            &input.tensor.shape,
            &weights.shape,
            &output_tensor.shape,
        )?;
        let channels = window.output[2];
        let parts = Parts {
            input,
            output: self.integers_of(output_index, EITHER)?,
            activation: options.fused_activation,
            shape: weights.shape.clone(),
            layout: Layout::ChannelsFirst,
            channels,
            channel_axis: 0,
            single_precision: input.quantization.is_unsigned,
            // Every pixel of the output has its own taps.
            has_border: true,
            bias: 3,
            sums: options.quantized_bias_type,
        };
        self.check_scale_of_bias(step, &parts)?;
        if let Some(asymmetric) = self.asymmetric(step, &parts)? {
            return self.add_spread_convolution(step, &input, window, asymmetric);
        }
        let (linear, bounds) = self.linear(step, &parts)?;
        self.add(step, QuantizedOperator::TransposeConv2d { window, linear }, vec![input.id], bounds)?;
        Ok(())
    }

    /// Adds a convolution by the kernels for what few models need: sums of more than 32 bits, weights of more than 8. Whether
    /// it was one.
    fn add_rare_convolution(
        &mut self,
        step: Step<'m>,
        parts: &Parts<'m>,
        window: Window,
        groups: usize,
        stack: Option<&Stack>,
    ) -> Converted<bool> {
        let (operator, bounds) = if let Some(wide) = self.wide(step, parts)? {
            let bounds = wide.clamp;
            (QuantizedOperator::WideConv2d { window, groups, wide }, bounds)
        } else if let Some(asymmetric) = self.asymmetric(step, parts)? {
            let bounds = asymmetric.clamp;
            (QuantizedOperator::AsymmetricConv2d { window, groups, asymmetric }, bounds)
        } else {
            return Ok(false);
        };
        self.add_of_stack(step, operator, parts.input.id, bounds, stack)?;
        Ok(true)
    }

    /// Differences of the weights to the one that stands for 0; of uint8s they may have nine bits.
    fn differences(&self, step: Step<'m>) -> Converted<Vec<i16>> {
        let weights = self.weights(step, 1)?;
        let zero_point = self.weights_zero_point(step)?.unwrap_or(UNSIGNED) - UNSIGNED;
        Ok(weights.into_iter().map(|weight| i16::from(weight) - zero_point as i16).collect())
    }

    /// The uint8 weight that stands for 0; `None` of other weights, of which it is 0.
    fn weights_zero_point(&self, step: Step<'m>) -> Converted<Option<i32>> {
        let (index, tensor) = self.input(step, 1)?;
        if tensor.element_type != ElementType::UInt8 {
            return Ok(None);
        }
        Ok(Some(self.int8(index)?.zero_point + UNSIGNED))
    }

    /// The arithmetic, and the int8s that it can make.
    fn linear(&self, step: Step<'m>, parts: &Parts<'m>) -> Converted<(Linear, [i32; 2])> {
        let differences = self.differences(step)?;
        // Any others are `asymmetric`.
        let weights = differences.iter().map(|&weight| weight as i8).collect();
        let bias = self.long_bias(step, parts.bias, parts.channels)?;
        let (_, tensor) = self.input(step, 1)?;
        let weight_scales = weight_scales(tensor, parts)?;
        let factors = weight_scales.iter().map(|&weight| factor(parts, weight));
        let requantize = match self.has_long_sums(step, parts)? {
            true => multiplier::short_requantize(factors)?,
            false => multiplier::requantize(factors)?,
        };
        let clamp = activation_range(parts.activation, parts.output)?;
        let accumulator_bounds = accumulator_bounds(parts, &differences, &bias);
        check_sums(&accumulator_bounds)?;
        let linear = Linear {
            precision: Precision::Int8,
            shape: parts.shape.clone(),
            weights,
            weight_scales: weight_scales.into_iter().map(f64::from).collect(),
            // It is part of the sum, which fits.
            bias: bias.into_iter().map(|bias| bias as i32).collect(),
            input_zero_point: parts.input.quantization.zero_point,
            requantize,
            output_zero_point: parts.output.zero_point,
            clamp,
            table: None,
            accumulator_bounds,
        };
        let bounds = output_bounds(&linear);
        Ok((linear, bounds))
    }

    /// Whether TensorFlow Lite has 64 bits for a sum. It takes the bias for what its sums are: where the file does not say,
    /// that is INT64 of int16 inputs.
    fn has_long_sums(&self, step: Step<'m>, parts: &Parts<'m>) -> Converted<bool> {
        let (input, output) = (parts.input.quantization.element, parts.output.element);
        if input != output {
            return Err(Problem::new(
                format!("it makes {output} of {input}"),
                "put a QUANTIZE between: this version imports it between tensors of one type",
            )
            .into());
        }
        // Float32: not said.
        let sums = match (parts.sums, input) {
            (ElementType::Float32, Element::Int16) => ElementType::Int64,
            (ElementType::Float32, _) => ElementType::Int32,
            (said, _) => said,
        };
        let bias = self.optional_input(step, parts.bias).map_or(sums, |(_, bias)| bias.element_type);
        match (sums, input) {
            _ if bias != sums => Err(Problem::new(
                format!("it has sums of type {sums} and a bias of type {bias}"),
                "convert the model again: TensorFlow Lite takes the one for the other",
            )
            .into()),
            (ElementType::Int32, _) => Ok(false),
            (ElementType::Int64, Element::Int16) => Ok(true),
            _ => Err(Problem::new(
                format!("it has sums of type {sums}"),
                "this version imports int8 operators with INT32 biases, int16 operators with INT64 biases",
            )
            .into()),
        }
    }

    /// One number a channel; 0 where there is no bias.
    pub(super) fn bias(&self, step: Step<'m>, position: usize, channels: usize) -> Converted<Vec<i32>> {
        let bias = self.long_bias(step, position, channels)?;
        let bias: Option<Vec<i32>> = bias.into_iter().map(|value| i32::try_from(value).ok()).collect();
        bias.ok_or_else(|| {
            Problem::new(
                "its bias has values beyond 32 bits",
                "calibrate with samples that reach every value, and convert the model again",
            )
            .into()
        })
    }

    /// The same, of 64 bits.
    fn long_bias(&self, step: Step<'m>, position: usize, channels: usize) -> Converted<Vec<i64>> {
        let Some((index, tensor)) = self.optional_input(step, position) else { return Ok(vec![0; channels]) };
        let place = self.tensor_place(index);
        if !matches!(tensor.element_type, ElementType::Int32 | ElementType::Int64) {
            return Err(Problem::new(
                format!("its bias, {place}, has elements of type {}", tensor.element_type),
                "convert with full integer quantisation: biases are INT32",
            )
            .into());
        }
        let bias = self.integers(step, position)?;
        if bias.len() == channels {
            return Ok(bias);
        }
        Err(Problem::new(
            format!("its bias, {place}, has {} values for {channels} channels", bias.len()),
            "the file contradicts itself: convert the model again",
        )
        .into())
    }

    /// The arithmetic of a layer whose sums TensorFlow Lite has 64 bits for, if they need more than 32; the weights OHWI.
    fn wide(&self, step: Step<'m>, parts: &Parts<'m>) -> Converted<Option<Wide>> {
        let weights = self.weights(step, 1)?;
        let bias = self.long_bias(step, parts.bias, parts.channels)?;
        let bounds = accumulator_bounds(parts, &self.differences(step)?, &bias);
        if bounds.iter().all(fits) || !self.has_long_sums(step, parts)? {
            return Ok(None);
        }
        let is_long = |[low, high]: &[i64; 2]| -MOST_WIDE <= *low && *high < MOST_WIDE;
        if let Some(channel) = bounds.iter().position(|bounds| !is_long(bounds)) {
            return Err(Problem::new(
                format!("the sum of its channel {channel} can reach {:?}", bounds[channel]),
                "TensorFlow Lite itself multiplies sums of up to 48 bits: its bias is damaged",
            )
            .into());
        }
        let (_, tensor) = self.input(step, 1)?;
        let weight_scales = weight_scales(tensor, parts)?;
        let factors = weight_scales.iter().map(|&weight| factor(parts, weight));
        let (multipliers, shifts) = multiplier::short_multipliers(factors)?;
        let weights = parts.channels_first(weights);
        let clamp = activation_range(parts.activation, parts.output)?;
        Ok(Some(Wide { weights, bias, multipliers, shifts, clamp }))
    }

    /// The arithmetic of a layer of uint8 whose weights are farther from the one that stands for 0 than int8s are from 0; the
    /// weights OHWI.
    fn asymmetric(&self, step: Step<'m>, parts: &Parts<'m>) -> Converted<Option<Asymmetric>> {
        let differences = self.differences(step)?;
        let Some(weights_zero_point) = self.weights_zero_point(step)? else { return Ok(None) };
        if differences.iter().all(|&weight| i8::try_from(weight).is_ok()) {
            return Ok(None);
        }
        let long_bias = self.long_bias(step, parts.bias, parts.channels)?;
        self.has_long_sums(step, parts)?;
        check_sums(&accumulator_bounds(parts, &differences, &long_bias))?;
        let (_, tensor) = self.input(step, 1)?;
        let weight_scales = weight_scales(tensor, parts)?;
        let requantize =
            multiplier::requantize(weight_scales.into_iter().map(|weight| factor(parts, weight)))?;
        let weights = self.weights(step, 1)?.into_iter().map(|weight| weight as u8 ^ 1 << 7).collect();
        Ok(Some(Asymmetric {
            weights: parts.channels_first(weights),
            weights_zero_point,
            // It is part of the sum, which fits.
            bias: long_bias.into_iter().map(|bias| bias as i32).collect(),
            input_zero_point: parts.input.quantization.zero_point,
            requantize,
            output_zero_point: parts.output.zero_point,
            clamp: activation_range(parts.activation, parts.output)?,
        }))
    }
}

impl Parts<'_> {
    /// Weights in the order OHWI.
    fn channels_first<T: Copy>(&self, weights: Vec<T>) -> Vec<T> {
        let taps = weights.len() / self.channels;
        let place = |index: usize| index % taps * self.channels + index / taps;
        match self.layout {
            Layout::ChannelsFirst => weights,
            Layout::ChannelsLast => (0..weights.len()).map(|index| weights[place(index)]).collect(),
        }
    }
}

/// Refuses sums that do not fit an accumulator.
fn check_sums(bounds: &[[i64; 2]]) -> Converted<()> {
    let Some(channel) = bounds.iter().position(|bounds| !fits(bounds)) else { return Ok(()) };
    Err(Problem::new(
        format!(
            "the sum of its channel {channel} can reach {:?}, beyond the 32 bits of an accumulator",
            bounds[channel]
        ),
        "its weights or its bias are damaged: convert the model again",
    )
    .into())
}

/// What TensorFlow Lite's multiplication of 64-bit sums takes.
const MOST_WIDE: i64 = 1 << 47;

/// Whether bounds fit an accumulator.
fn fits(bounds: &[i64; 2]) -> bool {
    bounds.iter().all(|&bound| i32::try_from(bound).is_ok())
}

/// The real value of a weight of 1, one an output channel.
fn weight_scales(tensor: &Tensor, parts: &Parts<'_>) -> Converted<Vec<f32>> {
    let again = "convert the model again with full integer quantisation: weights of INT8, symmetric";
    let quantization = tensor
        .quantization
        .as_ref()
        .filter(|quantization| !quantization.has_details)
        .ok_or_else(|| Problem::new("its weights have no scale", again))?;
    let is_unsigned = tensor.element_type == ElementType::UInt8;
    if !is_unsigned && quantization.zero_points.iter().any(|&zero_point| zero_point != 0) {
        return Err(Problem::new("the zero point of its weights is not 0", again).into());
    }
    match quantization.scales[..] {
        [scale] => Ok(vec![scale; parts.channels]),
        ref scales
            if !is_unsigned
                && scales.len() == parts.channels
                && quantization.quantized_dimension == parts.channel_axis =>
        {
            Ok(scales.to_vec())
        }
        ref scales => Err(Problem::new(
            format!(
                "its weights have {} scales along axis {}; there are {} output channels along axis {}",
                scales.len(),
                quantization.quantized_dimension,
                parts.channels,
                parts.channel_axis
            ),
            again,
        )
        .into()),
    }
}

/// Accumulator steps to output steps.
fn factor(parts: &Parts<'_>, weight_scale: f32) -> f64 {
    let (input, output) = (parts.input.quantization.scale, f64::from(parts.output.scale));
    let product = match parts.single_precision {
        true => f64::from(input * weight_scale),
        false => f64::from(input) * f64::from(weight_scale),
    };
    product / output
}

/// Bounds of each channel's accumulator from its weights and from the bounds of the input.
fn accumulator_bounds(parts: &Parts<'_>, weights: &[i16], bias: &[i64]) -> Vec<[i64; 2]> {
    let zero_point = i64::from(parts.input.quantization.zero_point);
    let [mut low, mut high] = parts.input.bounds.map(|bound| i64::from(bound) - zero_point);
    if parts.has_border {
        (low, high) = (low.min(0), high.max(0));
    }
    let mut bounds: Vec<[i64; 2]> = bias.iter().map(|&bias| [bias; 2]).collect();
    let taps = weights.len() / parts.channels;
    for (index, &weight) in weights.iter().enumerate() {
        let channel = match parts.layout {
            Layout::ChannelsFirst => index / taps,
            Layout::ChannelsLast => index % parts.channels,
        };
        let (a, b) = (i64::from(weight) * low, i64::from(weight) * high);
        let [low, high] = bounds[channel];
        bounds[channel] = [low.saturating_add(a.min(b)), high.saturating_add(a.max(b))];
    }
    bounds
}

/// Bounds of what the requantisation makes: it rises with the accumulator.
fn output_bounds(linear: &Linear) -> [i32; 2] {
    let [min, max] = linear.clamp;
    let shifts = match &linear.requantize {
        Requantize::Multiplier { shifts, .. } | Requantize::ShortMultiplier { shifts, .. } => shifts,
        Requantize::Shift(_) => return [min, max],
    };
    let channels = linear.accumulator_bounds.iter().zip(shifts).enumerate();
    let bounds = channels.map(|(channel, (bounds, &shift))| {
        bounds.map(|bound| {
            // The bound fits: it was checked. Shifted to the left it may not, where kernels wrap.
            let is_narrow = shift <= 0 || bound.unsigned_abs() < 1 << (31 - shift);
            let steps =
                if is_narrow { requantized(&linear.requantize, channel, bound as i32) } else { i32::MAX };
            (is_narrow, steps.saturating_add(linear.output_zero_point).clamp(min, max))
        })
    });
    let all: Vec<_> = bounds.collect();
    if all.iter().flatten().any(|&(is_narrow, _)| !is_narrow) {
        return [min, max];
    }
    let low = all.iter().map(|bounds| bounds[0].1).min().unwrap_or(min);
    let high = all.iter().map(|bounds| bounds[1].1).max().unwrap_or(max);
    [low, high]
}
