//! PRelu with a slope a channel, at every int8, against the real function: into saturation and out of it.

use super::exact::{AFFINE, FIXED, chain};
use super::quantized;
use fastrand::Rng;
use tinynet_compiler::graph::FloatOperator;
use tinynet_compiler::quantized::{PRelu, Quantization, QuantizedOperator};
use tinynet_compiler::reference::Reference;
use tinynet_compiler::settings::Scheme;

/// One with steps around 1, every extreme of the zero point among them.
fn quantization(random: &mut Rng, scheme: Scheme) -> Quantization {
    match scheme {
        Scheme::FixedPoint => Quantization::FixedPoint { fraction_bits: random.i32(-4..=4) },
        Scheme::Affine => Quantization::Affine {
            scale: (random.f64() * 6.0 - 3.0).exp2(),
            zero_point: [-128, -1, 0, 127, random.i32(-128..=127)][random.usize(..5)],
        },
    }
}

/// Each is within half a step of the real value, and what its factor was rounded by.
fn check(prelu: &PRelu, slope: f64, [input, output]: [Quantization; 2], x: i8, found: i8) {
    let difference = f64::from(i32::from(x) - input.zero_point());
    let real = if difference < 0.0 { slope * difference } else { difference };
    let exact = real * input.scale() / output.scale() + f64::from(output.zero_point());
    // Half a unit in the last place; the largest may be cut by one, which would round to 2^15.
    let rounding = difference.abs() * 2f64.powi(-i32::from(prelu.shift));
    let error = (f64::from(found) - exact.clamp(-128.0, 127.0)).abs();
    assert!(error <= 0.5 + rounding + 1e-9, "{prelu:?} of {x}: {found}, not {exact}");
}

#[test]
fn every_int8_follows_the_real_numbers_into_saturation() {
    let mut random = Rng::with_seed(7);
    let (mut saturated, mut inside) = (0, 0);
    for round in 0..400 {
        let settings = if round % 2 == 0 { &FIXED } else { &AFFINE };
        let channels = random.usize(1..=5);
        let steepest = [0.0, 0.01, 0.25, 1.0, 1.0, 3.0, 100.0][random.usize(..7)];
        let slopes: Vec<f32> = (0..channels)
            .map(|_| [1.0, -1.0, random.f32() * 2.0 - 1.0][random.usize(..3)] * steepest)
            .collect();
        let [input, output] = [(); 2].map(|()| quantization(&mut random, settings.scheme));
        let mut graph = chain(channels, None, &[(FloatOperator::PRelu { slopes: slopes.clone() }, channels)]);
        graph.tensors[0].info.quantization = Some(input);
        graph.tensors[1].info.quantization = Some(output);
        let graph = quantized(&graph, settings).unwrap();
        let QuantizedOperator::PRelu(prelu) = &graph.nodes[0].operator else { panic!("a PRelu") };
        let reference = Reference::new(&graph);
        for x in i8::MIN..=i8::MAX {
            let found = reference.output(&vec![x; channels]);
            for (&slope, &found) in slopes.iter().zip(&found) {
                check(prelu, f64::from(slope), [input, output], x, found);
                if matches!(found, i8::MIN | i8::MAX) { saturated += 1 } else { inside += 1 }
            }
        }
    }
    assert!(saturated > 50_000 && inside > 50_000, "{saturated} {inside}");
}
