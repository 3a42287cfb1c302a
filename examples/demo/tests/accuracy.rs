//! What quantisation costs, on the host.

use demo::data::Metric;
use demo::example::{self, Example};
use demo::score;

fn quantized(example: &mut Example) -> Metric {
    let outputs = example.outputs_of_host();
    score::score(&outputs, &example.test.answers, example.output_quantization)
}

#[test]
fn quantised_networks_are_within_a_point_of_float() {
    for mut example in example::all().expect("the examples") {
        match (quantized(&mut example), example.float) {
            (Metric::Accuracy(quantized), Metric::Accuracy(float)) => {
                assert!(quantized >= float - 0.01, "{}: {quantized}, float {float}", example.name);
            }
            // A point is a hundredth here, too.
            (Metric::RootMeanSquaredError(quantized), Metric::RootMeanSquaredError(float)) => {
                assert!(quantized <= 1.01 * float, "{}: {quantized}, float {float}", example.name);
            }
            different => panic!("{}: {different:?} are no measures of one thing", example.name),
        }
    }
}

/// The constants of the types, against a calculation of its own on what the expansion answers.
#[test]
fn what_the_compiler_measured_is_what_the_code_does() {
    for mut example in example::all().expect("the examples") {
        match (quantized(&mut example), example.measured) {
            (Metric::Accuracy(here), Metric::Accuracy(measured)) => {
                assert_eq!(here, measured, "{}", example.name);
            }
            (Metric::RootMeanSquaredError(here), Metric::RootMeanSquaredError(measured)) => {
                assert!((here - measured).abs() < 1e-6, "{}: {here}, {measured}", example.name);
            }
            different => panic!("{}: {different:?} are no measures of one thing", example.name),
        }
    }
}

#[test]
fn the_fast_digits_are_read_right_at_96_percent() {
    let mut examples = example::all().expect("the examples");
    let digits = examples.iter_mut().find(|example| example.name == "digits").expect("digits");
    let Metric::Accuracy(accuracy) = quantized(digits) else { panic!("digits are classified") };
    assert!(accuracy >= 0.96, "{accuracy}");
}
