//! Sizes and steps of windows.

use super::{Converted, Problem};
use crate::geometry::{self, Window};
use crate::import::tflite::Padding;

/// What an operator says of its window, horizontal behind vertical.
pub(super) struct Steps {
    pub(super) kernel: [usize; 2],
    pub(super) stride: [i32; 2],
    pub(super) dilation: [i32; 2],
    pub(super) padding: Padding,
}

/// The window over an image that makes another. `SAME` is TensorFlow's: what cannot be divided is added behind.
pub(super) fn window(input: [usize; 3], output: [usize; 3], steps: &Steps) -> Converted<Window> {
    let (mut stride, mut dilation, mut before, mut after) = ([0; 2], [0; 2], [0; 2], [0; 2]);
    for axis in [0, 1] {
        stride[axis] = positive(steps.stride[axis], "stride")?;
        dilation[axis] = positive(steps.dilation[axis], "dilation")?;
        if steps.kernel[axis] == 0 {
            return Err(Problem::new("its window is empty", "convert the model again").into());
        }
        let reach = (steps.kernel[axis] - 1)
            .checked_mul(dilation[axis])
            .and_then(|reach| reach.checked_add(1))
            .ok_or_else(|| Problem::new("its window is larger than memory", "convert the model again"))?;
        let expected = match steps.padding {
            Padding::Same => {
                let length = input[axis].div_ceil(stride[axis]);
                let covered = (length.max(1) - 1).saturating_mul(stride[axis]).saturating_add(reach);
                let padding = covered.saturating_sub(input[axis]);
                (before[axis], after[axis]) = (padding / 2, padding - padding / 2);
                length
            }
            Padding::Valid => (input[axis] + 1).saturating_sub(reach).div_ceil(stride[axis]),
            Padding::Unknown(code) => {
                return Err(Problem::new(
                    format!("its padding has the unknown code {code}"),
                    "convert the model again; known are SAME and VALID",
                )
                .into());
            }
        };
        if expected != output[axis] || expected == 0 {
            return Err(Problem::new(
                format!(
                    "a window of {:?} with steps of {:?} over {input:?} makes {expected} along axis {}, its output \
                     has {}",
                    steps.kernel,
                    steps.stride,
                    axis + 1,
                    output[axis]
                ),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
    }
    let padding = geometry::Padding { top: before[0], bottom: after[0], left: before[1], right: after[1] };
    Ok(Window { input, output, kernel: steps.kernel, stride, dilation, padding })
}

/// The window of a transposed convolution: the one that would make its input of its output, whose padding is cut off.
pub(super) fn transposed_window(input: [usize; 3], output: [usize; 3], steps: &Steps) -> Converted<Window> {
    let (mut stride, mut cut) = ([0; 2], [0; 2]);
    for axis in [0, 1] {
        stride[axis] = positive(steps.stride[axis], "stride")?;
        let total = match steps.padding {
            Padding::Same => {
                let length = output[axis].div_ceil(stride[axis]).max(1);
                let covered = (length - 1).saturating_mul(stride[axis]).saturating_add(steps.kernel[axis]);
                covered.saturating_sub(output[axis])
            }
            Padding::Valid => 0,
            Padding::Unknown(code) => {
                return Err(Problem::new(
                    format!("its padding has the unknown code {code}"),
                    "convert the model again; known are SAME and VALID",
                )
                .into());
            }
        };
        cut[axis] = total / 2;
    }
    let padding = geometry::Padding { top: cut[0], bottom: 0, left: cut[1], right: 0 };
    Ok(Window { input, output, kernel: steps.kernel, stride, dilation: [1, 1], padding })
}

fn positive(value: i32, name: &str) -> Converted<usize> {
    match usize::try_from(value) {
        Ok(value) if value > 0 => Ok(value),
        _ => Err(Problem::new(format!("its {name} is {value}"), "convert the model again").into()),
    }
}
