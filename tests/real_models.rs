//! A model of real numbers from a `.tflite` file is the network that its layers are where they are declared, bit for bit.

use demo::data::TestSet;
use tinynet::tinynet;
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
