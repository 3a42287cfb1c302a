//! The networks of this crate compute what they say.

use nn::fixed::FixedI8;
use nn::fixed::types::I16F16;
use nn::fixed::types::extra::U7;
use renamed::everywhere::{self, ByMacro};
use renamed::shadowed::Shadowed;
use renamed::twice::{Labels, Multipliers, Shifts};

/// A network in a static: `new` is const.
static LABELS: std::sync::Mutex<Labels> = std::sync::Mutex::new(Labels::new());

/// 127/128 three times: added, one subtracted, halved, quartered; each output in steps of its own range.
#[test]
fn wherever_they_are_declared() {
    assert_eq!(everywhere::outputs(), [95, 64, 127, 127]);
    let mut network = ByMacro::new();
    assert_eq!(ByMacro::dequantize_output::<f32>(network.infer(&[64, 64])), [0.75]);
    assert_eq!(ByMacro::dequantize_output::<f32>(network.infer(&[-64, -64])), [0.0]);
}

/// 0.5 and 0.25: the sum and the difference, in either scheme.
#[test]
fn both_schemes() {
    let mut shifts = Shifts::new().clone();
    assert_eq!(Shifts::dequantize_output::<f32>(shifts.infer(&[64, 32])), [0.75, 0.25]);
    let mut multipliers = Multipliers::new();
    let input = Multipliers::quantize_input(&[0.5, 0.25]);
    let output: [f32; 2] = Multipliers::dequantize_output(multipliers.infer(&input));
    let errors = [output[0] - 0.75, output[1] - 0.25];
    assert!(errors.iter().all(|error| error.abs() < 0.02), "{output:?}");
    // Within a step of the same without floating point.
    let values = [0.5, 0.25].map(I16F16::from_num);
    assert_eq!(Multipliers::quantize_input(&values), input);
    let fixed: [I16F16; 2] = Multipliers::dequantize_output(multipliers.infer(&input));
    assert!(fixed.iter().zip(output).all(|(fixed, float)| (fixed.to_num::<f32>() - float).abs() < 1e-4));
}

/// Beyond the range of the input there is only its end.
#[test]
fn inputs_saturate() {
    assert_eq!(Shifts::quantize_input(&[1.0, -3.5]), [127, -128]);
    assert_eq!(Shifts::quantize_input(&[I16F16::MAX, I16F16::MIN]), [127, -128]);
}

/// The integers seen as fixed-point numbers: no conversion.
#[test]
fn fixed_point_at_both_ends() {
    let input = [0.5, 0.25].map(FixedI8::<U7>::from_num);
    let mut shifts = Shifts::new();
    let output: &[FixedI8<U7>; 2] = shifts.infer_fixed(&input);
    assert_eq!(output.map(|value| value.to_num::<f32>()), [0.75, 0.25]);
}

#[test]
fn labels_are_layers() {
    let labels: Vec<_> = Labels::LAYERS.iter().map(|layer| layer.name).collect();
    for label in ["data", "arena", "sum0", "PascalCase", "SHOUTED", "two__underscores", "output_"] {
        assert!(labels.contains(&label), "{label} in {labels:?}");
    }
    assert_eq!(LABELS.lock().unwrap().infer(&[0, 0]).len(), Labels::OUTPUT_SHAPE[0]);
}

#[test]
fn names_of_the_crate_do_not_reach_the_expansion() {
    // `KIB` is 1 in that module, and 1024 to the language.
    assert!((2..=2048).contains(&Shadowed::MACS));
    let scores = *Shadowed::new().infer(&[0; 16]);
    assert_eq!(Shadowed::new().classify(&[0; 16]), usize::from(scores[1] > scores[0]));
}
