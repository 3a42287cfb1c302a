//! Whether the sizes of operators with weights fit each other.

use super::windows::{Steps, transposed_window, window};
use super::{Converted, Problem, image};
use crate::geometry::Window;
use crate::import::tflite::{
    Conv2dOptions, DepthwiseConv2dOptions, FullyConnectedOptions, TransposeConvOptions, WeightsFormat,
};

/// Rows that are multiplied by the weights of a `FULLY_CONNECTED`, `[channels, inputs]`.
pub(super) struct Rows {
    pub(super) rows: usize,
    pub(super) inputs: usize,
    pub(super) channels: usize,
}

/// The rows of a `FULLY_CONNECTED`, from the shapes in the file.
pub(super) fn fully_connected_rows(
    options: &FullyConnectedOptions,
    input: &[usize],
    weights: &[usize],
    output: &[usize],
) -> Converted<Rows> {
    if options.weights_format != WeightsFormat::Default {
        return Err(Problem::new(
            format!("its weights are stored in the order {}", options.weights_format),
            "convert the model for any processor: weights in the default order",
        )
        .into());
    }
    let &[channels, inputs] = weights else {
        return Err(shape_problem("weights", weights, "[outputs, inputs]").into());
    };
    let elements: usize = input.iter().product();
    let rows = match elements.checked_rem(inputs) {
        Some(0) if channels > 0 => elements / inputs,
        _ => {
            let wanted = format!("{inputs} values a row, as its weights {weights:?} want");
            return Err(shape_problem("input", input, &wanted).into());
        }
    };
    // Its last axis counts channels, for whatever comes behind.
    if output.last() != Some(&channels) || output.iter().product::<usize>() != rows * channels {
        let wanted = format!("{rows} · {channels} values, {channels} along the last axis");
        return Err(shape_problem("output", output, &wanted).into());
    }
    Ok(Rows { rows, inputs, channels })
}

/// The window and the groups of a `CONV_2D`, from the shapes in the file.
pub(super) fn convolution_window(
    options: &Conv2dOptions,
    input: &[usize],
    weights: &[usize],
    output: &[usize],
) -> Converted<(Window, usize)> {
    let &[channels, height, width, depth] = weights else {
        return Err(shape_problem("weights", weights, "[outputs, height, width, inputs]").into());
    };
    let [input, output] = [image(input)?, image(output)?];
    let groups = input[2].checked_div(depth).unwrap_or(0);
    let fits = groups > 0 && groups * depth == input[2] && channels.is_multiple_of(groups);
    if !fits || channels == 0 || output[2] != channels {
        return Err(shape_problem("weights", weights, &between(input, output)).into());
    }
    let steps = Steps {
        kernel: [height, width],
        stride: [options.stride_height, options.stride_width],
        dilation: [options.dilation_height, options.dilation_width],
        padding: options.padding,
    };
    Ok((window(input, output, &steps)?, groups))
}

/// The window of a `DEPTHWISE_CONV_2D` and its output channels an input channel, from the shapes in the file.
pub(super) fn depthwise_window(
    options: &DepthwiseConv2dOptions,
    input: &[usize],
    weights: &[usize],
    output: &[usize],
) -> Converted<(Window, usize)> {
    let &[1, height, width, channels] = weights else {
        return Err(shape_problem("weights", weights, "[1, height, width, outputs]").into());
    };
    let [input, output] = [image(input)?, image(output)?];
    let multiplier = channels.checked_div(input[2]).unwrap_or(0);
    if multiplier == 0 || multiplier * input[2] != channels || output[2] != channels {
        return Err(shape_problem("weights", weights, &between(input, output)).into());
    }
    if options.depth_multiplier != 0 && usize::try_from(options.depth_multiplier) != Ok(multiplier) {
        return Err(Problem::new(
            format!(
                "its depth multiplier is {}, but {channels} outputs of {} channels make {multiplier}",
                options.depth_multiplier, input[2]
            ),
            "the file contradicts itself: convert the model again",
        )
        .into());
    }
    let steps = Steps {
        kernel: [height, width],
        stride: [options.stride_height, options.stride_width],
        dilation: [options.dilation_height, options.dilation_width],
        padding: options.padding,
    };
    Ok((window(input, output, &steps)?, multiplier))
}

/// The window of a `TRANSPOSE_CONV`, from the shapes in the file and the shape that it reads.
pub(super) fn transposed_convolution_window(
    options: &TransposeConvOptions,
    shape: &[i64],
    input: &[usize],
    weights: &[usize],
    output: &[usize],
) -> Converted<Window> {
    let &[channels, height, width, depth] = weights else {
        return Err(shape_problem("weights", weights, "[outputs, height, width, inputs]").into());
    };
    let is_shape = shape.iter().map(|&length| usize::try_from(length)).eq(output.iter().map(|&n| Ok(n)));
    let [input, output] = [image(input)?, image(output)?];
    if depth != input[2] || channels != output[2] || weights.contains(&0) || !is_shape {
        return Err(shape_problem("weights", weights, &between(input, output)).into());
    }
    let steps = Steps {
        kernel: [height, width],
        stride: [options.stride_height, options.stride_width],
        dilation: [1, 1],
        padding: options.padding,
    };
    transposed_window(input, output, &steps)
}

/// What weights have to fit.
fn between(input: [usize; 3], output: [usize; 3]) -> String {
    format!("weights between {input:?} and {output:?}")
}

fn shape_problem(what: &str, shape: &[usize], wanted: &str) -> Problem {
    Problem::new(
        format!("the shape {shape:?} of its {what} is not {wanted}"),
        "the file contradicts itself: convert the model again",
    )
}
