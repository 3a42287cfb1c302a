//! Models whose tensors are of other types than int8: what they take and give, and the same bits as TensorFlow Lite.

use tinynet::{Network, Quantization, tinynet};
use tinynet_compiler::import::{Archive, Values, npz};

tinynet! {
    /// uint8 at both ends, int8 inside.
    struct Around = "types/around.tflite" where flash <= 4 * KIB;

    /// int32, then int16, then int8.
    struct Mixed = "types/mixed.tflite" where flash <= 4 * KIB;

    /// int16 all the way.
    struct Sixteen = "types/sixteen.tflite" where flash <= 6 * KIB;

    /// uint8 all the way, as models were until 2019.
    struct Unsigned = "types/unsigned.tflite" where flash <= 6 * KIB;

    /// The largest of 1000 int8s.
    struct Index = "types/index.tflite" where flash <= 1 * KIB;

    /// The smallest of 200 int8s, three times.
    struct Places = "types/places.tflite" where flash <= 1 * KIB;
}

tinynet! {
    /// The largest of some values: more than an int8 counts, and as many.
    struct Many { input: Input { shape: [200], range: [-1, 1] }, ArgMax }

    struct Few { input: Input { shape: [128], range: [-1, 1] }, ArgMax }
}

/// A case of the compiler's own test of operators, which TensorFlow 2.19 has answered.
struct Case {
    archive: Archive,
    name: &'static str,
}

impl Case {
    fn new(name: &'static str) -> Self {
        let bytes: &[u8] = match name.starts_with("ARG_") {
            true => include_bytes!("../tinynet-compiler/tests/operators/indices.npz"),
            false => include_bytes!("../tinynet-compiler/tests/operators/types.npz"),
        };
        Self { archive: npz::read(bytes).unwrap(), name }
    }

    fn integers(&self, part: &str) -> &[i64] {
        let name = format!("{}.{part}", self.name);
        match self.archive.entries.iter().find(|(entry, _)| *entry == name).map(|(_, array)| &array.values) {
            Some(Values::Integers(values)) => values,
            _ => panic!("no integers `{name}`"),
        }
    }

    /// Inputs and outputs, one sample after another.
    fn samples<I, O, const INPUT: usize, const OUTPUT: usize>(&self) -> Vec<([I; INPUT], [O; OUTPUT])>
    where
        I: TryFrom<i64, Error: std::fmt::Debug>,
        O: TryFrom<i64, Error: std::fmt::Debug>,
    {
        let (inputs, outputs) = (self.integers("input"), self.integers("output"));
        assert_eq!(inputs.len() / INPUT, outputs.len() / OUTPUT);
        let input = |values: &[i64]| std::array::from_fn(|index| I::try_from(values[index]).unwrap());
        let output = |values: &[i64]| std::array::from_fn(|index| O::try_from(values[index]).unwrap());
        inputs.chunks(INPUT).map(input).zip(outputs.chunks(OUTPUT).map(output)).collect()
    }
}

/// The files are those of the cases.
#[test]
fn files_are_up_to_date() {
    let files = [
        ("QUANTIZE/around", &include_bytes!("types/around.tflite")[..]),
        ("QUANTIZE/mixed", include_bytes!("types/mixed.tflite")),
        ("QUANTIZE/sixteen", include_bytes!("types/sixteen.tflite")),
        ("SOFTMAX/unsigned", include_bytes!("types/unsigned.tflite")),
        ("ARG_MAX/1_2", include_bytes!("types/index.tflite")),
        ("ARG_MIN/3_4", include_bytes!("types/places.tflite")),
    ];
    for (name, file) in files {
        let model: Vec<u8> = Case::new(name).integers("model").iter().map(|&byte| byte as u8).collect();
        assert_eq!(model, file, "{name}");
    }
}

#[test]
fn uint8_at_both_ends() {
    let mut network = Around::new();
    let samples = Case::new("QUANTIZE/around").samples::<u8, u8, 12, 5>();
    assert!(samples.len() > 2);
    for (input, output) in samples {
        assert_eq!(*network.infer(&input), output);
        *network.input_mut() = input;
        assert_eq!(*network.run(), output);
        let largest = output.iter().max().unwrap();
        let first = output.iter().position(|value| value == largest).unwrap();
        assert_eq!(network.classify(&input), first);
    }
    assert_eq!((Around::INPUT_QUANTIZATION.zero_point(), Around::OUTPUT_QUANTIZATION.zero_point()), (7, 131));
    // The input gives way to what becomes of it: 12 bytes, and 5 of the sum, in words.
    assert_eq!(Around::RAM, 20);
}

#[test]
fn from_int32_to_int8() {
    let mut network = Mixed::new();
    let samples = Case::new("QUANTIZE/mixed").samples::<i32, i8, 24, 6>();
    assert!(samples.len() > 2);
    for (input, output) in samples {
        assert_eq!(*network.infer(&input), output);
        *network.input_mut() = input;
        assert_eq!(*network.run(), output);
    }
}

#[test]
fn functions_of_int16() {
    let mut network = Sixteen::new();
    let samples = Case::new("QUANTIZE/sixteen").samples::<i16, i8, 24, 2>();
    assert!(samples.len() > 2);
    for (input, output) in samples {
        assert_eq!(*network.infer(&input), output);
        *network.input_mut() = input;
        assert_eq!(*network.run(), output);
    }
}

/// Weights that have a zero point, means of uint8s, and the softmax that `classify` can do without.
#[test]
fn uint8_throughout() {
    let mut network = Unsigned::new();
    let samples = Case::new("SOFTMAX/unsigned").samples::<u8, u8, 108, 4>();
    assert!(samples.len() > 2);
    for (input, output) in samples {
        assert_eq!(*network.infer(&input), output);
        *network.input_mut() = input;
        assert_eq!(*network.run(), output);
        let largest = output.iter().max().unwrap();
        assert_eq!(output[network.classify(&input)], *largest);
    }
}

/// An index is an int32 where an int8 does not hold it, and what `classify` answers.
#[test]
fn indices() {
    let mut network = Index::new();
    let samples = Case::new("ARG_MAX/1_2").samples::<i8, i32, 1000, 1>();
    assert!(samples.iter().any(|(_, [index])| *index > 128));
    for (input, output) in samples {
        assert_eq!(*network.infer(&input), output);
        assert_eq!(network.classify(&input), output[0] as usize);
    }
    let mut network = Places::new();
    for (input, output) in Case::new("ARG_MIN/3_4").samples::<i8, i32, 600, 3>() {
        assert_eq!(*network.infer(&input), output);
    }
    let (mut many, mut few) = (Many::new(), Few::new());
    for place in [0, 127, 128, 199] {
        let input = std::array::from_fn(|index| if index == place { -3 } else { -4 });
        assert_eq!(*many.infer(&input), [place as i32]);
        assert_eq!(many.classify(&input), place);
        assert_eq!(Many::dequantize_output::<tinynet::fixed::types::I16F16>(&[place as i32]), [place as i32]);
        let input = *input.first_chunk().unwrap();
        let expected = if place < 128 { place as i8 } else { 0 };
        assert_eq!(*few.infer(&input), [expected]);
        assert_eq!(few.classify(&input), expected as usize);
    }
}

/// Real numbers at either end, whatever the type of its integers.
#[test]
fn real_numbers() {
    fn ends<N: Network>() -> [Quantization; 2] {
        [N::INPUT_QUANTIZATION, N::OUTPUT_QUANTIZATION]
    }
    use tinynet::fixed::types::I16F16;
    assert_eq!(ends::<Around>(), [Around::INPUT_QUANTIZATION, Around::OUTPUT_QUANTIZATION]);
    let zeros = [I16F16::ZERO; 12];
    assert_eq!(Around::quantize_input(&zeros), [7; 12]);
    assert_eq!(Around::dequantize_output::<I16F16>(&[131; 5]), [I16F16::ZERO; 5]);
    assert_eq!(Mixed::quantize_input(&[I16F16::ZERO; 24]), [0; 24]);
}

tinynet! {
    /// A sum and a difference, in 16 bits.
    struct Wide {
        input: Input { shape: [2], range: [-1, 1], activations: Int16 },
        fc: Dense { units: 2, weights: [[0.5, 0.5], [0.5, -0.5]], use_bias: false, layout: PyTorch },
    }
}

#[test]
fn declared_networks_of_16_bits() {
    let mut network = Wide::new();
    let input: [i16; 2] = [16_384, 3];
    assert_eq!(network.infer(&input), &[8194, 8191]);
    assert_eq!(Wide::RAM, 8);
    let half = tinynet::fixed::types::I16F16::from_num(0.5);
    assert_eq!(Wide::quantize_input(&[half, -half]), [16_384, -16_384]);
}
