//! One way to requantise where two would cost more, and the cheapest that gives the same results.
//!
//! Code that requantises exists once for each way in which a network does. Layers with one multiplier for all channels
//! have smaller tables than those with one each, but where there are others, a second way has to pay for its code.
//!
//! Multipliers below one half, which is nearly all there are, have a cheaper way.

use crate::formula;
use crate::kernel_parameters::{KernelParameters, LinearKernel, RequantizeParameters, Spread};
use tinynet_core::requantize::{FractionPerTensor, clamp, multiply, pack_fraction, unpack_fraction};

/// Bytes of code of a second way: the loop over channels.
const REQUANTIZE: usize = 160;
/// Bytes of code of a second way where it has rows of weights: the loop over rows.
const ROWS: usize = 100;
/// Bytes that a channel takes for a multiplier of its own.
const PER_CHANNEL: usize = 4;

/// Chooses how the layers of a network requantise.
pub(super) fn choose(kernels: &mut [KernelParameters]) {
    unify(kernels);
    let with = |spread| kernels.iter().map(|kernel| as_fractions(kernel, spread)).collect::<Vec<_>>();
    let found = |fractions: &[Option<_>]| fractions.iter().flatten().count();
    // One spread for all layers, so that there is one code.
    let (narrow, wide) = (with(Spread::Two), with(Spread::Four));
    let fractions = if found(&wide) > found(&narrow) { wide } else { narrow };
    for (kernel, fractions) in kernels.iter_mut().zip(fractions) {
        if let (KernelParameters::Linear(_, linear), Some(cheaper)) = (kernel, fractions) {
            linear.requantize = cheaper;
        }
    }
}

/// Gives layers with one multiplier one for each channel, where that takes less flash.
fn unify(kernels: &mut [KernelParameters]) {
    let mut second_way = 0;
    let mut channels = 0;
    for kernel in &*kernels {
        let KernelParameters::Linear(kind, linear) = kernel else { continue };
        let has_rows = !matches!(kind, LinearKernel::DepthwiseConv2d { .. });
        match linear.requantize {
            RequantizeParameters::MultiplierPerChannel { .. } => {
                second_way = second_way.max(REQUANTIZE + if has_rows { ROWS } else { 0 });
            }
            RequantizeParameters::MultiplierPerTensor { .. } => channels += linear.bias.len(),
            _ => {}
        }
    }
    if channels * PER_CHANNEL < second_way {
        kernels.iter_mut().for_each(repeat);
    }
}

fn repeat(kernel: &mut KernelParameters) {
    let KernelParameters::Linear(_, linear) = kernel else { return };
    if let RequantizeParameters::MultiplierPerTensor { multiplier, shift, zero_point, min, max } =
        linear.requantize
    {
        let channels = linear.bias.len();
        let (multipliers, shifts) = (vec![multiplier; channels], vec![shift; channels]);
        linear.requantize =
            RequantizeParameters::MultiplierPerChannel { multipliers, shifts, zero_point, min, max };
    }
}

/// The smallest multiplier of a fraction.
const LEAST: i32 = 1 << 30;
/// Accumulators of fractions are less, either side of zero.
const ACCUMULATOR: i64 = 1 << 30;

/// The same requantisation by fractions, where it is one for all accumulators that can occur.
fn as_fractions(kernel: &KernelParameters, spread: Spread) -> Option<RequantizeParameters> {
    let KernelParameters::Linear(_, linear) = kernel else { return None };
    let bounds = &linear.accumulator_bounds;
    if !bounds.iter().all(|[low, high]| -ACCUMULATOR < *low && low <= high && *high < ACCUMULATOR) {
        return None;
    }
    match &linear.requantize {
        &RequantizeParameters::MultiplierPerTensor { multiplier, shift, zero_point, min, max } => {
            let halvings = halvings(multiplier, shift)?;
            let fraction = FractionPerTensor { multiplier, halvings, zero_point, min, max };
            Some(RequantizeParameters::FractionPerTensor(fraction))
        }
        RequantizeParameters::MultiplierPerChannel { multipliers, shifts, zero_point, min, max } => {
            let channels = multipliers.iter().zip(shifts).zip(bounds);
            let channels =
                channels.map(|((&multiplier, &shift), &bounds)| Channel { multiplier, shift, bounds });
            per_channel(&channels.collect::<Vec<_>>(), spread, [*zero_point, *min, *max])
        }
        _ => None,
    }
}

/// How often a fraction is halved, if the factor is one.
fn halvings(multiplier: i32, shift: i8) -> Option<u8> {
    let halvings = u8::try_from(-1 - i32::from(shift)).ok()?;
    (multiplier >= LEAST && halvings <= 30).then_some(halvings)
}

/// What is multiplied by in a channel, and which accumulators occur there.
#[derive(Clone, Copy, Debug)]
struct Channel {
    multiplier: i32,
    shift: i8,
    bounds: [i64; 2],
}

impl Channel {
    /// The halvings of a fraction; `None` where the factor is none.
    fn halvings(self) -> Option<u8> {
        halvings(self.multiplier, self.shift)
    }

    /// The packed fraction that gives the same results.
    fn pack(self, spread: Spread, fewest: u8, ends: [i32; 3]) -> Option<u32> {
        let most = (1 << spread.bits()) - 1;
        // What cannot be packed at all may still be so small that anything small gives the same.
        let (multiplier, further) = match self.halvings() {
            Some(halvings) => (self.multiplier, u32::from(halvings.checked_sub(fewest)?).min(most)),
            None => (LEAST, most),
        };
        // Down or up to a multiple of what the bits leave.
        let step = 1i64 << (spread.bits() - 2);
        let candidates = [multiplier, i32::try_from(i64::from(multiplier) + step - 1).unwrap_or(multiplier)];
        let candidates = candidates.map(|multiplier| pack_fraction(multiplier, further, spread.bits()));
        let is_equal = |fraction: u32| {
            let (multiplier, further) = unpack_fraction(fraction, spread.bits());
            let is_same = self.multiplier as u32 == multiplier
                && self.halvings().is_some_and(|halvings| u32::from(halvings) == u32::from(fewest) + further);
            is_same || self.is_equal(fraction, spread, fewest, ends)
        };
        candidates.into_iter().find(|&fraction| is_equal(fraction))
    }

    /// Whether a packed fraction gives the same results for all accumulators that occur.
    fn is_equal(self, fraction: u32, spread: Spread, halvings: u8, [zero_point, min, max]: [i32; 3]) -> bool {
        let Channel { multiplier, shift, bounds } = self;
        let exact = |accumulator: i64| {
            clamp(multiply(accumulator as i32, multiplier, shift).wrapping_add(zero_point), min, max)
        };
        let fractions = vec![fraction];
        let packed =
            RequantizeParameters::FractionPerChannel { fractions, spread, halvings, zero_point, min, max };
        formula::are_equal(bounds, exact, |accumulator| packed.apply(0, accumulator as i32))
    }
}

fn per_channel(channels: &[Channel], spread: Spread, ends: [i32; 3]) -> Option<RequantizeParameters> {
    let halvings = channels.iter().filter_map(|channel| channel.halvings()).min()?;
    let [zero_point, min, max] = ends;
    let fractions =
        channels.iter().map(|channel| channel.pack(spread, halvings, ends)).collect::<Option<_>>()?;
    Some(RequantizeParameters::FractionPerChannel { fractions, spread, halvings, zero_point, min, max })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDS: [i32; 3] = [-128, -128, 127];

    fn channel(multiplier: i32, shift: i8) -> Channel {
        Channel { multiplier, shift, bounds: [-200_000, 200_000] }
    }

    fn fractions(channels: &[Channel], spread: Spread) -> Option<Vec<u32>> {
        match per_channel(channels, spread, ENDS)? {
            RequantizeParameters::FractionPerChannel { fractions, .. } => Some(fractions),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn near_factors_fit_two_bits() {
        let near = [channel(1_234_567_891, -7), channel(1 << 30, -10)];
        assert_eq!(fractions(&near, Spread::Two), Some(vec![1_234_567_891 - (1 << 30), 3 << 30]));
        let far = [channel(1_234_567_891, -7), channel(1 << 30, -11)];
        assert_eq!(fractions(&far, Spread::Two), None);
        assert!(fractions(&far, Spread::Four).is_some());
    }

    /// However small the factor, what it makes of the accumulators that occur is 0.
    #[test]
    fn what_is_next_to_nothing_fits_anywhere() {
        let channels = [channel(1_234_567_891, -7), Channel { bounds: [-3, 3], ..channel(1 << 30, -25) }];
        assert!(fractions(&channels, Spread::Two).is_some());
        let channels = [channel(1_234_567_891, -7), Channel { bounds: [-3, 3], ..channel(0, 0) }];
        assert!(fractions(&channels, Spread::Two).is_some());
    }

    #[test]
    fn a_half_and_more_is_no_fraction() {
        assert_eq!(fractions(&[channel(1 << 30, 0), channel(1 << 30, -1)], Spread::Four), None);
    }

    #[test]
    fn packed_fractions_give_the_same_results() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut found = 0;
        for _ in 0..200 {
            let channels: Vec<_> =
                (0..4).map(|_| channel(random.i32(1 << 30..), random.i8(-12..-5))).collect();
            let Some(packed) = per_channel(&channels, Spread::Four, ENDS) else { continue };
            found += 1;
            let RequantizeParameters::FractionPerChannel { fractions, spread, halvings, .. } = packed else {
                panic!("{packed:?}");
            };
            for (channel, &fraction) in channels.iter().zip(&fractions) {
                let (multiplier, further) = unpack_fraction(fraction, spread.bits());
                let shift = -1 - (u32::from(halvings) + further) as i8;
                for accumulator in (-200_000..=200_000).step_by(37) {
                    let [exact, fraction] = [(channel.multiplier, channel.shift), (multiplier as i32, shift)]
                        .map(|(multiplier, shift)| {
                            (multiply(accumulator, multiplier, shift) - 128).clamp(-128, 127)
                        });
                    assert_eq!(fraction, exact, "{channel:?} of {accumulator}");
                }
            }
        }
        assert!(found > 150, "{found} of 200");
    }
}
