//! A model of real numbers from a `.tflite` file is the network that its layers are where they are declared, bit for bit.

use demo::data::TestSet;
use tinynet::fixed::types::I16F16;
use tinynet::{Network, tinynet};
use tinynet_compiler::import::{Values, npz};
use tinynet_examples::{Digits, Touch};

tinynet! {
    /// The digits' network.
    struct ImportedDigits = "../tinynet-compiler/tests/real_models/digits.tflite"
    where
        flash <= 6 * KIB,
        ram <= 80,
        accuracy("../examples/networks/digits/test.npz") >= 0.98,
    {
        pad: Input { calibration: "../examples/networks/digits/calibration.npy" },
    }

    /// The touch pad's network.
    struct ImportedTouch = "../tinynet-compiler/tests/real_models/touch.tflite"
    where
        flash <= 11 * KIB,
        ram <= 524,
        accuracy("../examples/networks/touch/test.npz") >= 0.99,
    {
        pad: Input { shape: [8, 8, 1], calibration: "../examples/networks/touch/calibration.npy" },
    }
}

tinynet! {
    /// Images of another size: a transposed convolution, interpolation, nearest neighbours.
    struct Enlarged = "../tinynet-compiler/tests/real_models/enlarged.tflite" where flash <= 8 * KIB {
        image: Input { calibration: "../tinynet-compiler/tests/real_models/enlarged.npy" },
    }
}

tinynet! {
    /// Two operations on tensors that repeat.
    struct Repeating = "../tinynet-compiler/tests/real_models/repeating.tflite" where flash <= 4 * KIB {
        image: Input { calibration: "../tinynet-compiler/tests/real_models/repeating.npy", scheme: Affine },
    }

    /// A long short-term memory and a dense layer.
    struct Remembering = "../tinynet-compiler/tests/real_models/remembering.tflite" where flash <= 8 * KIB {
        sequence: Input { calibration: "../tinynet-compiler/tests/real_models/remembering.npy" },
    }
}

tinynet! {
    /// The sum of two inputs, each with integers of its own.
    struct Sum = "ui/data/float_two_inputs.tflite" {
        left: Input { range: [-1, 1] },
        right: Input { range: [-2, 2] },
    }

    /// The same, measured on samples.
    struct Measured = "ui/data/float_two_inputs.tflite" {
        left: Input { calibration: "ui/data/calibration.npy", scheme: Affine, ranges: MinMax },
        right: Input { calibration: "ui/data/calibration.npy" },
    }
}

#[test]
fn two_inputs() {
    let real = |values: [f64; 3]| values.map(I16F16::from_num);
    let (left, right) = (real([0.5, -0.25, 0.75]), real([1.5, -0.5, -1.75]));
    let quantized = (Sum::quantize_input0(&left), Sum::quantize_input1(&right));
    assert_eq!(quantized, ([64, -32, 96], [96, -32, -112]));
    let mut sum = Sum::new();
    let output = Sum::dequantize_output::<I16F16>(sum.infer((&quantized.0, &quantized.1)));
    for (made, (left, right)) in output.iter().zip(left.into_iter().zip(right)) {
        assert!((made - left - right).abs() <= 0.04, "{made}: {left} + {right}");
    }
    assert_eq!(Measured::INPUT0_QUANTIZATION, Measured::INPUT1_QUANTIZATION);
    assert_ne!(Measured::OUTPUT_QUANTIZATION, Measured::INPUT0_QUANTIZATION);
}

/// A case of the compiler's own test of models of real numbers, which TensorFlow 2.19 has answered.
fn reals(case: &str, part: &str) -> Vec<f32> {
    let archive = npz::read(include_bytes!("../tinynet-compiler/tests/real_models/cases.npz")).unwrap();
    let name = format!("{case}.{part}");
    match &archive.entries.iter().find(|(entry, _)| *entry == name).unwrap().1.values {
        Values::F32(values) => values.clone(),
        Values::Integers(_) => panic!("`{name}` holds integers"),
    }
}

/// As near to TensorFlow's answers as steps of 1/256 of the range are.
macro_rules! assert_near {
    ($network:ident, $case:literal, $tolerance:literal) => {{
        let (inputs, outputs) = (reals($case, "input"), reals($case, "output"));
        let inputs = inputs.as_chunks::<{ size_of::<<$network as Network>::Input>() }>().0;
        let outputs = outputs.as_chunks::<{ size_of::<<$network as Network>::Output>() }>().0;
        assert!(inputs.len() > 2 && inputs.len() == outputs.len());
        for (input, expected) in inputs.iter().zip(outputs) {
            let input = $network::quantize_input(&input.map(I16F16::from_num));
            // One that remembers nothing.
            let mut network = $network::new();
            let output = $network::dequantize_output::<I16F16>(network.infer(&input));
            for (made, expected) in output.iter().zip(expected) {
                assert!((made.to_num::<f32>() - expected).abs() < $tolerance, "{made}, {expected}");
            }
        }
    }};
}

#[test]
fn enlarged() {
    assert_near!(Enlarged, "TRANSPOSE_CONV/enlarged", 0.2);
}

/// Squares of differences to what repeats, along rows and as a whole.
#[test]
fn repeating() {
    assert_near!(Repeating, "SQUARED_DIFFERENCE/repeats", 4.0);
}

#[test]
fn remembering() {
    assert_near!(Remembering, "UNIDIRECTIONAL_SEQUENCE_LSTM/dense", 0.04);
    // What it remembers makes a difference, until it is reset.
    let mut network = Remembering::new();
    let input = [50; 12];
    let (first, second) = (*network.infer(&input), *network.infer(&input));
    assert_ne!(first, second);
    network.reset();
    assert_eq!(*network.infer(&input), first);
    // Five cells: int8s, and int16s at the next word.
    assert!((15..=20).contains(&Remembering::STATE), "{}", Remembering::STATE);
}

#[test]
fn digits() {
    let (mut declared, mut imported) = (Digits::new(), ImportedDigits::new());
    assert_eq!(Digits::INPUT_QUANTIZATION, ImportedDigits::INPUT_QUANTIZATION);
    assert_eq!(Digits::OUTPUT_QUANTIZATION, ImportedDigits::OUTPUT_QUANTIZATION);
    let inputs = TestSet::read("digits").unwrap().quantized(Digits::INPUT_QUANTIZATION);
    assert!(inputs.len() > 100);
    for input in inputs {
        let input = input[..].try_into().unwrap();
        assert_eq!(declared.infer(input), imported.infer(input));
    }
}

#[test]
fn touch() {
    let (mut declared, mut imported) = (Touch::new(), ImportedTouch::new());
    assert_eq!(
        (Touch::FLASH, Touch::RAM, Touch::MACS),
        (ImportedTouch::FLASH, ImportedTouch::RAM, ImportedTouch::MACS)
    );
    let inputs = TestSet::read("touch").unwrap().quantized(Touch::INPUT_QUANTIZATION);
    assert!(inputs.len() > 100);
    for input in inputs {
        let input = input[..].try_into().unwrap();
        assert_eq!(declared.infer(input), imported.infer(input));
    }
}
