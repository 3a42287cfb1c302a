//! Windows that slide over images: from options to sizes, steps and padding.

use super::Reported;
use super::layer::Layer;
use crate::geometry::{Padding, Window};

/// What the options of a convolution or a pool say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sliding {
    /// Kernel height and width.
    pub(super) kernel: [usize; 2],
    /// Vertical and horizontal step.
    pub(super) stride: [usize; 2],
    /// Distance between the taps.
    pub(super) dilation: [usize; 2],
    /// What surrounds the image.
    pub(super) padding: PaddingRule,
}

/// How padding is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaddingRule {
    /// As much as makes the output `ceil(input / stride)`, the smaller half before: TensorFlow's rule, and with a stride
    /// of 1 PyTorch's.
    Same,
    /// None.
    Valid,
    /// Amounts.
    Explicit(Padding),
}

/// A kernel that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KernelTooLarge {
    /// What the taps of the kernel span, with dilation: height and width.
    pub(super) extent: [u64; 2],
    /// Height and width of the image with its padding.
    pub(super) padded: [u64; 2],
}

/// The window of a layer over the image that it reads, if everything about it is known. Reports a kernel that does not
/// fit.
pub(super) fn slide(
    layer: &mut Layer<'_, '_>,
    image: Result<[usize; 3], Reported>,
    sliding: Result<Sliding, Reported>,
    channels: Result<usize, Reported>,
) -> Result<Window, Reported> {
    let (image, sliding, channels) = (image?, sliding?, channels?);
    sliding.over(image, channels).map_err(|misfit| misfit.report(layer, &sliding))
}

impl KernelTooLarge {
    fn report(self, layer: &mut Layer<'_, '_>, sliding: &Sliding) -> Reported {
        let Ok(input) = layer.input() else { return Reported };
        let is_sequence = input.shape.len() == 2;
        let size = |[height, width]: [u64; 2]| match is_sequence {
            true => width.to_string(),
            false => format!("{height} x {width}"),
        };
        let kernel = size(sliding.kernel.map(|number| number as u64));
        let spread = match sliding.dilation {
            [1, 1] => String::new(),
            _ => format!(", spread over {} by dilation,", size(self.extent)),
        };
        let padded = match sliding.padding {
            PaddingRule::Explicit(_) => format!(" padded to {}", size(self.padded)),
            _ => String::new(),
        };
        layer.error(
            format_args!(
                "a window of {kernel}{spread} does not fit into {:?}{padded}, which `{}` makes",
                input.shape, input.name
            ),
            "make the window smaller, shrink the tensor less in the layers before, or state `padding: Same`",
        )
    }
}

impl Sliding {
    /// The window over an image `[height, width, channels]` that makes `channels` output channels. All numbers are at
    /// least 1 (padding 0) and at most [`LARGEST_TENSOR`](super::LARGEST_TENSOR), so that nothing overflows 64 bits.
    pub(super) fn over(&self, input: [usize; 3], channels: usize) -> Result<Window, KernelTooLarge> {
        let axes = [0, 1].map(|axis| self.axis(axis, input[axis]));
        let outputs = axes.map(|axis| axis.output());
        let [Some(height), Some(width)] = outputs else {
            return Err(KernelTooLarge {
                extent: axes.map(|axis| axis.extent),
                padded: axes.map(|axis| axis.padded()),
            });
        };
        let [vertical, horizontal] = axes;
        Ok(Window {
            input,
            // No larger than the padded input, which fits.
            output: [height as usize, width as usize, channels],
            kernel: self.kernel,
            stride: self.stride,
            dilation: self.dilation,
            padding: Padding {
                top: vertical.before as usize,
                bottom: vertical.after as usize,
                left: horizontal.before as usize,
                right: horizontal.after as usize,
            },
        })
    }

    fn axis(&self, axis: usize, input: usize) -> Axis {
        let [input, kernel, stride, dilation] =
            [input, self.kernel[axis], self.stride[axis], self.dilation[axis]].map(|number| number as u64);
        let extent = (kernel - 1) * dilation + 1;
        let [before, after] = match (self.padding, axis) {
            (PaddingRule::Valid, _) => [0, 0],
            (PaddingRule::Same, _) => {
                let total = ((input.div_ceil(stride) - 1) * stride + extent).saturating_sub(input);
                [total / 2, total - total / 2]
            }
            (PaddingRule::Explicit(padding), 0) => [padding.top as u64, padding.bottom as u64],
            (PaddingRule::Explicit(padding), _) => [padding.left as u64, padding.right as u64],
        };
        Axis { input, extent, stride, before, after }
    }
}

/// A window along one axis.
#[derive(Clone, Copy)]
struct Axis {
    input: u64,
    extent: u64,
    stride: u64,
    before: u64,
    after: u64,
}

impl Axis {
    fn padded(&self) -> u64 {
        self.input + self.before + self.after
    }

    /// How many windows fit: steps that would leave the padded input are not taken (PyTorch's `ceil_mode=False`).
    fn output(&self) -> Option<u64> {
        Some(self.padded().checked_sub(self.extent)? / self.stride + 1)
    }
}

/// Whether some position of an undilated window lies wholly in the padding: a pool would find no value there.
pub(super) fn has_empty_position(window: &Window) -> bool {
    let Padding { top, left, .. } = window.padding;
    [top, left].into_iter().enumerate().any(|(axis, before)| {
        let last_start = (window.output[axis] as u64 - 1) * window.stride[axis] as u64;
        before >= window.kernel[axis] || last_start >= (window.input[axis] + before) as u64
    })
}

/// The window of a global pool: the whole image.
pub(super) fn whole(input: [usize; 3]) -> Window {
    let [height, width, channels] = input;
    Window {
        input,
        output: [1, 1, channels],
        kernel: [height, width],
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: Sliding =
        Sliding { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padding: PaddingRule::Valid };

    fn explicit(top: usize, bottom: usize, left: usize, right: usize) -> PaddingRule {
        PaddingRule::Explicit(Padding { top, bottom, left, right })
    }

    fn output(sliding: Sliding, height: usize, width: usize) -> [usize; 2] {
        let window = sliding.over([height, width, 1], 1).unwrap();
        [window.output[0], window.output[1]]
    }

    /// Sizes that the published networks state.
    #[test]
    fn published_networks() {
        let square = |kernel, stride, padding| Sliding {
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [1; 2],
            padding: explicit(padding, padding, padding, padding),
        };
        // AlexNet (one tower, PyTorch's): 224 -> 55 -> 27 -> 27 -> 13.
        assert_eq!(output(square(11, 4, 2), 224, 224), [55, 55]);
        assert_eq!(output(square(3, 2, 0), 55, 55), [27, 27]);
        assert_eq!(output(square(5, 1, 2), 27, 27), [27, 27]);
        assert_eq!(output(square(3, 2, 0), 27, 27), [13, 13]);
        // ResNet: 224 -> 112 -> 56.
        assert_eq!(output(square(7, 2, 3), 224, 224), [112, 112]);
        assert_eq!(output(square(3, 2, 1), 112, 112), [56, 56]);
        // LeNet-5: 28 -> 24 -> 12.
        assert_eq!(output(square(5, 1, 0), 28, 28), [24, 24]);
        assert_eq!(output(square(2, 2, 0), 24, 24), [12, 12]);
    }

    /// TensorFlow's padding on even sizes with stride 2 is asymmetric: before = total / 2 rounded down.
    #[test]
    fn same_padding_is_tensorflows() {
        let same = |kernel, stride| Sliding { kernel, stride, dilation: [1, 1], padding: PaddingRule::Same };
        // MobileNet's first layer, 224 x 224, and person_detect's, 96 x 96.
        for size in [224, 96] {
            let window = same([3, 3], [2, 2]).over([size, size, 1], 1).unwrap();
            assert_eq!(window.output[..2], [size / 2; 2]);
            assert_eq!(window.padding, Padding { top: 0, bottom: 1, left: 0, right: 1 });
        }
        // The keyword spotter DS-CNN: 49 x 10 by a kernel of 10 x 4 gives 25 x 5.
        let window = same([10, 4], [2, 2]).over([49, 10, 1], 1).unwrap();
        assert_eq!(window.output[..2], [25, 5]);
        assert_eq!(window.padding, Padding { top: 4, bottom: 5, left: 1, right: 1 });
        // A kernel of even size, stride 1: PyTorch's `padding="same"` puts the odd one behind, too.
        let window = same([4, 2], [1, 1]).over([6, 6, 1], 1).unwrap();
        assert_eq!(window.output[..2], [6, 6]);
        assert_eq!(window.padding, Padding { top: 1, bottom: 2, left: 0, right: 1 });
        // A stride beyond the kernel needs no padding at all, even where the last window ends before the image does.
        let window = same([1, 1], [3, 3]).over([7, 6, 1], 1).unwrap();
        assert_eq!(window.output[..2], [3, 2]);
        assert_eq!(window.padding, Padding::default());
    }

    #[test]
    fn dilation_spreads_the_taps() {
        let dilated = Sliding { kernel: [3, 1], dilation: [4, 1], ..VALID };
        assert_eq!(output(dilated, 9, 1), [1, 1]);
        assert_eq!(output(dilated, 16, 1), [8, 1]);
        let same = Sliding { padding: PaddingRule::Same, ..dilated };
        let window = same.over([16, 1, 1], 1).unwrap();
        assert_eq!((window.output[0], window.padding.top, window.padding.bottom), (16, 4, 4));
        assert_eq!(dilated.over([8, 1, 1], 1), Err(KernelTooLarge { extent: [9, 1], padded: [8, 1] }));
    }

    /// The sizes are those that come out of sliding a window step by step.
    #[test]
    fn counts_positions() {
        for (input, kernel, stride, dilation, before, after) in combinations(7, 4, 3, 3, 2) {
            let sliding = Sliding {
                kernel: [1, kernel],
                stride: [1, stride],
                dilation: [1, dilation],
                padding: explicit(0, 0, before, after),
            };
            let positions = (0..input + before + after)
                .step_by(stride)
                .take_while(|start| start + (kernel - 1) * dilation < input + before + after)
                .count();
            let found = sliding.over([1, input, 1], 1).map_or(0, |window| window.output[1]);
            assert_eq!(found, positions, "{sliding:?} over {input}");
        }
    }

    /// A pool finds no value exactly where some window holds padding only.
    #[test]
    fn finds_windows_in_the_padding() {
        let mut found = [0; 2];
        for (input, kernel, stride, _, before, after) in combinations(4, 3, 3, 1, 4) {
            let sliding = Sliding {
                kernel: [1, kernel],
                stride: [1, stride],
                padding: explicit(0, 0, before, after),
                ..VALID
            };
            let Ok(window) = sliding.over([1, input, 1], 1) else { continue };
            let is_empty = (0..window.output[1]).any(|position| {
                let start = position * stride;
                (start..start + kernel).all(|place| place < before || place >= before + input)
            });
            assert_eq!(has_empty_position(&window), is_empty, "{window:?}");
            found[usize::from(is_empty)] += 1;
        }
        assert!(found.iter().all(|&windows| windows > 0), "{found:?}");
    }

    #[test]
    fn largest_numbers_do_not_overflow() {
        let most = super::super::LARGEST_TENSOR as usize;
        let sliding =
            Sliding { kernel: [most; 2], stride: [most; 2], dilation: [most; 2], padding: PaddingRule::Same };
        assert_eq!(output(sliding, most, most), [1, 1]);
        let explicit = Sliding { padding: explicit(most, most, most, most), ..sliding };
        assert!(explicit.over([most, most, 1], 1).is_err());
    }

    /// All combinations of input, kernel, stride, dilation and two paddings up to the given sizes.
    fn combinations(
        input: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
        padding: usize,
    ) -> impl Iterator<Item = (usize, usize, usize, usize, usize, usize)> {
        let count = input * kernel * stride * dilation * (padding + 1) * (padding + 1);
        (0..count).map(move |mut index| {
            let mut digit = |base: usize| {
                let digit = index % base;
                index /= base;
                digit
            };
            (
                1 + digit(input),
                1 + digit(kernel),
                1 + digit(stride),
                1 + digit(dilation),
                digit(padding + 1),
                digit(padding + 1),
            )
        })
    }
}
