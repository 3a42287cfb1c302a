//! The input and the settings of quantisation.

use super::{declaration, message_of, npy, try_build};
use crate::files::MemoryFiles;
use crate::graph::FloatTensor;
use crate::precision::{Precision, PrecisionChoice};
use crate::pruning::PrunedWeights;
use crate::quantized::Quantization;
use crate::settings::{Activations, RangeChoice, Samples, Scheme, Settings};

fn source(options: &str) -> String {
    format!("struct Net {{ image: Input {{ {options} }}, Relu }}")
}

/// Settings and what is known of the input.
fn settings(options: &str) -> (Settings, FloatTensor) {
    let declaration = declaration(&source(&format!("shape: [2], {options}")), &files());
    let input = declaration.graph.tensor(declaration.graph.inputs[0]).info.clone();
    (declaration.settings, input)
}

fn files() -> MemoryFiles {
    let mut files = MemoryFiles::new();
    files.insert("samples.npy", npy(&[3, 2]));
    files
}

fn message(options: &str) -> String {
    message_of(&source(&format!("shape: [2], {options}")), &files())
}

#[test]
fn defaults() {
    let range = FloatTensor { range: Some([-1.0, 1.0]), quantization: None };
    assert_eq!(settings("range: [-1, 1]"), (Settings::default(), range));
}

#[test]
fn calibration() {
    let (settings, input) = settings("calibration: \"samples.npy\"");
    let samples = Samples { shape: vec![2], values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0] };
    assert_eq!(settings.calibration, Some(samples));
    assert_eq!(input, FloatTensor::default());
}

#[test]
fn errors_about_the_calibration_point_at_the_file() {
    let text = source("shape: [2], calibration: \"samples.npy\"");
    let span = declaration(&text, &files()).spans.calibration;
    assert_eq!(span.source_text().as_deref(), Some("\"samples.npy\""));
    let span = declaration(&source("shape: [2], range: [0, 1]"), &files()).spans.calibration;
    assert_eq!(span.source_text().as_deref(), Some("Input"));
}

#[test]
fn every_option() {
    let (settings, input) = settings(
        "scheme: Affine, precision: Int4, prune: 0.75, ranges: Percentile(99.9), bias_correction: false, scale: 1.0 / 32.0, zero_point: \
         -128, calibration: \"samples.npy\"",
    );
    let calibration = settings.calibration.clone();
    assert!(calibration.is_some());
    assert_eq!(
        settings,
        Settings {
            scheme: Scheme::Affine,
            precision: PrecisionChoice::Stated(Precision::Int4),
            activations: Activations::Int8,
            prune: Some(PrunedWeights::Share(0.75)),
            ranges: RangeChoice::Percentile(99.9),
            bias_correction: false,
            lookup_table: None,
            calibration: calibration.clone(),
        }
    );
    assert_eq!(input.quantization, Some(Quantization::Affine { scale: 1.0 / 32.0, zero_point: -128 }));
    let (settings, input) = self::settings(
        "ranges: MinMax, fraction_bits: -3, bias_correction: true, calibration: \"samples.npy\"",
    );
    assert_eq!(settings, Settings { ranges: RangeChoice::MinMax, calibration, ..Settings::default() });
    assert_eq!(input.quantization, Some(Quantization::FixedPoint { fraction_bits: -3 }));
    let (settings, _) = self::settings(
        "ranges: MeanSquaredError, scheme: FixedPoint, calibration: \"samples.npy\", range: [0, 4]",
    );
    assert_eq!((settings.scheme, settings.ranges), (Scheme::FixedPoint, RangeChoice::MeanSquaredError));
}

#[test]
fn samples_are_in_the_unit_of_the_input() {
    // From 0 to 5.
    for stated in ["range: [0, 4]", "fraction_bits: 5", "scheme: Affine, scale: 1.0 / 64.0, zero_point: -128"]
    {
        settings(&format!("{stated}, calibration: \"samples.npy\""));
    }
    for stated in ["range: [0, 1]", "range: [-9, 1]", "fraction_bits: 7", "scheme: Affine, scale: 0.01"] {
        let error = message(&format!("{stated}, calibration: \"samples.npy\""));
        assert!(error.contains("of the 6 calibration values are not between"), "{error}");
        assert!(error.contains("they go from 0 to 5"), "{error}");
    }
}

#[test]
fn something_must_say_which_values_come() {
    assert_eq!(
        message(""),
        "nothing says which values this `Input` takes\n= help: state `calibration: \"samples.npy\"` (some \
         hundred inputs, the first axis counts them), or `range: [0.0, 1.0]`, from which the worst case of \
         every layer follows"
    );
}

#[test]
fn options_that_contradict_each_other() {
    assert_eq!(
        message("scale: 0.5"),
        "`scale` belongs to `scheme: Affine`, but the scheme is `FixedPoint`\n= help: state `scheme: \
         Affine`, or `fraction_bits` instead"
    );
    assert_eq!(
        message("scheme: Affine, fraction_bits: 7"),
        "`fraction_bits` belongs to `scheme: FixedPoint`, but the scheme is `Affine`\n= help: state \
         `scheme: FixedPoint`, or `scale` instead"
    );
    assert_eq!(
        message("fraction_bits: 7, range: [0, 1]"),
        "`range` says again what the integers of the input mean\n= help: remove it, or leave the choice of \
         the integers to the compiler"
    );
    assert_eq!(
        message("scheme: Affine, zero_point: 3, range: [0, 1]"),
        "`zero_point` needs a `scale`\n= help: for instance `scale: 1.0 / 255.0, zero_point: -128`"
    );
}

#[test]
fn wrong_numbers() {
    assert_eq!(
        message("fraction_bits: 40"),
        "`fraction_bits` must be from -31 to 31, found 40\n= help: with 7, an int8 holds -1.0 to 0.992 in \
         steps of 1/128"
    );
    assert_eq!(
        message("scheme: Affine, scale: -0.5"),
        "`scale` must be positive, from 1e-9 to 1e9, found -0.5\n= help: it is the real value of one step \
         of the input: `1.0 / 255.0` for pixels from 0 to 1"
    );
    assert_eq!(
        message("scheme: Affine, scale: 1, zero_point: 128"),
        "`zero_point` must be from -128 to 127, found 128\n= help: it is the int8 that stands for 0.0"
    );
    assert_eq!(
        message("range: [1, 0]"),
        "`range` from 1 to 0 holds no numbers\n= help: state the smaller end first: `[min, max]`"
    );
    assert_eq!(
        message("range: 1"),
        "`range` takes two numbers: `[min, max]`, found 1\n= help: for instance `range: [-1.0, 1.0]`"
    );
    assert_eq!(
        message("fraction_bits: 7.5"),
        "`fraction_bits` takes an integer, found 7.5\n= help: for instance `fraction_bits: 1`"
    );
}

#[test]
fn wrong_words() {
    let calibration = "calibration: \"samples.npy\"";
    assert_eq!(
        message(&format!("{calibration}, scheme: Afine")),
        "`scheme` has no `Afine`\n= help: did you mean `Affine`?"
    );
    let help = "= help: for instance `ranges: Percentile(99.9)`: so many of 100 values do not saturate";
    for (percentile, expected) in [
        ("Percentile", format!("`Percentile` needs a number\n{help}")),
        ("Percentile(101)", format!("`Percentile` takes one number above 50, up to 100\n{help}")),
        ("Percentile(0.5)", format!("`Percentile` takes one number above 50, up to 100\n{help}")),
        ("Percentile(99, 1)", format!("`Percentile` takes one number above 50, up to 100\n{help}")),
        ("Percent(99)", {
            "`ranges` takes `MinMax`, `Percentile(99.9)` or `MeanSquaredError`, found `Percent(…)`\n= help: \
             for instance `ranges: Percentile(99.9)`"
                .into()
        }),
        ("Entropy", {
            "`ranges` takes `MinMax`, `Percentile(99.9)` or `MeanSquaredError`, found `Entropy`\n= help: \
             for instance `ranges: MinMax`"
                .into()
        }),
        ("MinMx", "`ranges` has no `MinMx`\n= help: did you mean `MinMax`?".into()),
    ] {
        assert_eq!(message(&format!("{calibration}, ranges: {percentile}")), expected);
    }
    assert_eq!(
        message("calibration: samples"),
        "`calibration` takes the name of a file: `\"data.npy\"`, found `samples`\n= help: for instance \
         `calibration: \"samples.npy\"`"
    );
}

#[test]
fn shapes() {
    let message = |shape: &str| message_of(&source(&format!("range: [0, 1], shape: {shape}")), &files());
    let axes = "tensors are vectors [features], sequences [length, channels] or images [height, width, \
                channels], without a batch axis";
    assert_eq!(
        message("[1, 8, 8, 1]"),
        format!("a shape has one, two or three axes, found a list of 4 values\n= help: {axes}")
    );
    assert_eq!(
        message("[]"),
        format!("a shape has one, two or three axes, found an empty list\n= help: {axes}")
    );
    let takes = "`shape` takes a list of positive integers: `[8, 8, 1]`, found";
    for (shape, found) in
        [("[8, 0]", "0"), ("[-3]", "-3"), ("[3.5]", "3.5"), ("64", "64"), ("[[8]]", "a list of 1 value")]
    {
        let help = "= help: for instance `shape: [8, 8, 1]`";
        assert_eq!(message(shape), format!("{takes} {found}\n{help}"));
    }
}

#[test]
fn a_wrong_calibration_leaves_the_shapes_known() {
    let text =
        "struct Net { image: Input { shape: [4], calibration: \"samples.npy\", scheme: Fixed }, Softmax }";
    let (built, messages) = try_build(text, &files());
    assert_eq!(messages.len(), 2, "{messages:#?}");
    assert!(built.declaration.is_none());
    assert_eq!(built.interface.output_shape(), Some(&[4][..]));
    assert_eq!(super::messages(&source("shape: [2], calibration: \"none.npy\""), &files()).len(), 1);
    assert_eq!(
        messages[0],
        "`scheme` takes `FixedPoint` or `Affine`, found `Fixed`\n= help: for instance `scheme: FixedPoint`"
    );
}
