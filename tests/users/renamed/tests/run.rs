//! The networks of this crate compute what they say.

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
    assert_eq!(real(ByMacro::OUTPUT_QUANTIZATION, network.infer(&[64, 64])), [0.75]);
    assert_eq!(real(ByMacro::OUTPUT_QUANTIZATION, network.infer(&[-64, -64])), [0.0]);
}

/// 0.5 and 0.25: the sum and the difference, in either scheme.
#[test]
fn both_schemes() {
    let mut shifts = Shifts::new().clone();
    assert_eq!(real(Shifts::OUTPUT_QUANTIZATION, shifts.infer(&[64, 32])), [0.75, 0.25]);
    let mut multipliers = Multipliers::new();
    let input = [0.5, 0.25].map(|value| Multipliers::INPUT_QUANTIZATION.quantize_f32(value));
    let output = real(Multipliers::OUTPUT_QUANTIZATION, multipliers.infer(&input));
    let errors = [output[0] - 0.75, output[1] - 0.25];
    assert!(errors.iter().all(|error| error.abs() < 0.02), "{output:?}");
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

fn real<const N: usize>(quantization: nn::Quantization, outputs: &[i8; N]) -> [f32; N] {
    outputs.map(|output| quantization.dequantize_f32(output))
}
