//! In which order the values of a flattened tensor are counted.
//!
//! The compiler's memory is channels last: the values of `[height, width, channels]` lie with the channels side by side,
//! and a Flatten moves nothing. Keras flattens in that order, PyTorch channels first: there, value 1 of the vector is the
//! second pixel of the first channel. A layer behind a PyTorch Flatten therefore has its weights in another order than
//! memory, and it is the weights that are moved, at compile time.
//!
//! Which order a Flatten means is often known only when the next Dense shows where its weights come from, so a tensor
//! carries its [`FeatureOrder`] along, undecided if need be, through layers that do not care.

use crate::weights::channels_last_columns;

/// How a Flatten counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// All of the first channel, then all of the second: PyTorch.
    ChannelsFirst,
    /// All channels of the first position, then all of the second: Keras, and the compiler's memory.
    ChannelsLast,
}

/// The order in which the values of a vector are counted, in runs; a tensor with more than one axis has no runs, nor has
/// a vector that is counted as it lies in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FeatureOrder {
    runs: Vec<Run>,
}

/// Neighbouring values of a vector.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Run {
    /// So many values in the order of memory.
    Plain(usize),
    /// A flattened image or sequence.
    Flattened(Flattened),
}

/// An image or a sequence that was flattened so that the order matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flattened {
    /// Pixels or moments.
    pub(super) positions: usize,
    /// Values each.
    pub(super) channels: usize,
    /// Place of the Flatten among the layers.
    pub(super) layer: usize,
    /// The order, once it is decided.
    pub(super) order: Option<Order>,
    /// Whether a layer before the Flatten shows which axis PyTorch holds for the channels.
    pub(super) has_channels: bool,
}

impl FeatureOrder {
    /// The order behind a Flatten.
    pub(super) fn flattened(flattened: Flattened) -> Self {
        match flattened.order {
            _ if flattened.positions == 1 || flattened.channels == 1 => Self::default(),
            Some(Order::ChannelsLast) => Self::default(),
            _ => Self { runs: vec![Run::Flattened(flattened)] },
        }
    }

    /// Vectors behind one another, each with its length.
    pub(super) fn concatenated<'a>(parts: impl Iterator<Item = (usize, &'a Self)> + Clone) -> Self {
        if parts.clone().all(|(_, order)| order.is_memory()) {
            return Self::default();
        }
        let runs = |(length, order): (usize, &Self)| match order.is_memory() {
            true => vec![Run::Plain(length)],
            false => order.runs.clone(),
        };
        Self { runs: parts.flat_map(runs).collect() }
    }

    /// Whether values are counted as they lie in memory.
    pub(super) fn is_memory(&self) -> bool {
        self.runs.is_empty()
    }

    /// The first Flatten whose order is not decided.
    pub(super) fn undecided(&self) -> Option<Flattened> {
        self.flattens().find(|flattened| flattened.order.is_none())
    }

    /// The first Flatten in it.
    pub(super) fn first(&self) -> Option<Flattened> {
        self.flattens().next()
    }

    /// Whether `other` is counted alike whatever is decided: then two tensors can be added.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        let alike = |(one, other): (&Run, &Run)| match (one, other) {
            (Run::Plain(one), Run::Plain(other)) => one == other,
            (Run::Flattened(one), Run::Flattened(other)) => {
                (one.positions, one.channels, one.order) == (other.positions, other.channels, other.order)
            }
            _ => false,
        };
        self.runs.len() == other.runs.len() && self.runs.iter().zip(&other.runs).all(alike)
    }

    /// The same with `order` for every Flatten that is not decided.
    pub(super) fn decided(mut self, order: Order) -> Self {
        for run in &mut self.runs {
            if let Run::Flattened(flattened) = run {
                flattened.order.get_or_insert(order);
            }
        }
        self
    }

    /// For each value in memory the place where it is counted; `None` if both are the same. Everything must be decided:
    /// what is not counts as channels last.
    pub(super) fn places(&self) -> Option<Vec<usize>> {
        if self.is_memory() {
            return None;
        }
        let mut places = Vec::new();
        for run in &self.runs {
            let start = places.len();
            match run {
                Run::Flattened(Flattened {
                    positions, channels, order: Some(Order::ChannelsFirst), ..
                }) => {
                    let columns = channels_last_columns(&[*positions, *channels]);
                    places.extend(columns.into_iter().map(|column| start + column));
                }
                Run::Flattened(Flattened { positions, channels, .. }) => {
                    places.extend(start..start + positions * channels);
                }
                Run::Plain(length) => places.extend(start..start + length),
            }
        }
        Some(places)
    }

    fn flattens(&self) -> impl Iterator<Item = Flattened> {
        self.runs.iter().filter_map(|run| match run {
            Run::Flattened(flattened) => Some(*flattened),
            Run::Plain(_) => None,
        })
    }
}

/// Moves each row of values from the order in which they are counted to the order of memory.
pub(super) fn to_memory<T: Copy>(values: &mut [T], places: &[usize]) {
    for row in values.chunks_exact_mut(places.len().max(1)) {
        let counted = row.to_vec();
        for (value, &place) in row.iter_mut().zip(places) {
            *value = counted[place];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flattened(positions: usize, channels: usize, order: Option<Order>) -> FeatureOrder {
        FeatureOrder::flattened(Flattened { positions, channels, layer: 1, order, has_channels: true })
    }

    #[test]
    fn order_matters_only_with_several_positions_and_channels() {
        assert!(flattened(1, 8, None).is_memory());
        assert!(flattened(8, 1, Some(Order::ChannelsFirst)).is_memory());
        assert!(flattened(4, 8, Some(Order::ChannelsLast)).is_memory());
        assert!(!flattened(4, 8, None).is_memory());
    }

    #[test]
    fn channels_first_vectors_go_to_memory() {
        // Two positions, three channels: counted a0 a1 b0 b1 c0 c1, in memory a0 b0 c0 a1 b1 c1.
        let places = flattened(2, 3, Some(Order::ChannelsFirst)).places().unwrap();
        let mut values = ["a0", "a1", "b0", "b1", "c0", "c1"].repeat(2);
        to_memory(&mut values, &places);
        assert_eq!(values, ["a0", "b0", "c0", "a1", "b1", "c1"].repeat(2));
    }

    #[test]
    fn concatenation_keeps_every_order() {
        let (plain, image) = (FeatureOrder::default(), flattened(2, 2, None));
        let order = FeatureOrder::concatenated([(2, &plain), (4, &image)].into_iter());
        assert!(order.undecided().is_some());
        let decided = order.clone().decided(Order::ChannelsFirst);
        assert_eq!(decided.undecided(), None);
        assert_eq!(decided.places().unwrap(), [0, 1, 2, 4, 3, 5]);
        assert_eq!(order.decided(Order::ChannelsLast).places().unwrap(), [0, 1, 2, 3, 4, 5]);
        assert!(FeatureOrder::concatenated([(2, &plain), (3, &plain)].into_iter()).is_memory());
    }

    #[test]
    fn agreement_is_about_shapes_and_orders() {
        assert!(flattened(2, 3, None).agrees_with(&flattened(2, 3, None)));
        assert!(!flattened(2, 3, None).agrees_with(&flattened(3, 2, None)));
        assert!(!flattened(2, 3, None).agrees_with(&flattened(2, 3, Some(Order::ChannelsFirst))));
        assert!(!flattened(2, 3, None).agrees_with(&FeatureOrder::default()));
    }
}
