//! Sequences and images.

/// Whether windows slide along a sequence or over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimensions {
    /// `[length, channels]`: an image of height 1 to the graph.
    Sequence,
    /// `[height, width, channels]`.
    Image,
}

impl Dimensions {
    /// Those of a tensor; `None` for a vector.
    pub(super) fn of(shape: &[usize]) -> Option<Self> {
        match shape {
            [_, _] => Some(Self::Sequence),
            [_, _, _] => Some(Self::Image),
            _ => None,
        }
    }

    /// A shape of these dimensions as `[height, width, channels]`.
    pub(super) fn image(self, shape: &[usize]) -> Option<[usize; 3]> {
        match (self, shape) {
            (Self::Sequence, &[length, channels]) => Some([1, length, channels]),
            (Self::Image, &[height, width, channels]) => Some([height, width, channels]),
            _ => None,
        }
    }

    /// The inverse of [`Dimensions::image`]: tensors keep the shapes of the language.
    pub(super) fn declared(self, [height, width, channels]: [usize; 3]) -> Vec<usize> {
        match self {
            Self::Sequence => vec![width, channels],
            Self::Image => vec![height, width, channels],
        }
    }

    /// For messages.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Sequence => "a sequence [length, channels]",
            Self::Image => "an image [height, width, channels]",
        }
    }

    /// For messages.
    pub(super) fn article(self) -> &'static str {
        match self {
            Self::Sequence => "a sequence",
            Self::Image => "an image",
        }
    }
}
