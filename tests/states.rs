//! Models that keep something from one inference to the next.

use tinynet::{Network, tinynet};

tinynet! {
    /// Adds each input to what it has counted.
    pub struct Counter = "ui/data/counter.tflite" where ram <= 16;
}

tinynet! {
    struct Lstm = "states/lstm.tflite" where ram <= 192;
    struct Svdf = "states/svdf.tflite" where flash <= 4 * KIB;
    /// What the inputs add up to, and that and what it was before, added up.
    pub struct Totals = "states/totals.tflite" where ram <= 64;
}

tinynet! {
    struct Stateless {
        input: Input { shape: [2], range: [-1, 1] },
        Dense { units: 1, weights: [[0.5, 0.5]], bias: [0], layout: PyTorch },
    }
}

#[test]
fn each_inference_follows_the_one_before() {
    let mut counter = Counter::new();
    assert_eq!(counter.infer(&[1, -5]), &[1, -5]);
    assert_eq!(counter.infer(&[2, 3]), &[3, -2]);
    *counter.input_mut() = [10, 20];
    assert_eq!(counter.run(), &[13, 18]);
    // Another one counts by itself.
    assert_eq!(Counter::new().infer(&[7, 7]), &[7, 7]);
}

#[test]
fn reset_forgets() {
    let mut counter = Counter::new();
    counter.infer(&[100, 200]);
    // What has been filled in stays.
    *counter.input_mut() = [3, 4];
    counter.reset();
    assert_eq!(counter.run(), &[3, 4]);
}

#[test]
fn memory_counts_what_is_kept() {
    const { assert!(Counter::STATE == 4 && Counter::RAM >= Counter::STATE + 4) };
}

fn answer_twice<N: Network>(mut network: N, input: &N::Input) -> bool {
    network.reset();
    let first = *network.infer(input);
    network.reset();
    first.as_ref().iter().eq(network.infer(input).as_ref().iter())
}

#[test]
fn generic_firmware_resets_any_network() {
    assert!(answer_twice(Counter::new(), &[5, 6]));
    assert!(answer_twice(Stateless::new(), &[50, 60]));
    const { assert!(<Counter as Network>::STATE == 4 && <Stateless as Network>::STATE == 0) };
}

/// `tinynet-compiler/tests/recurrent/make.py` has asked TensorFlow.
#[test]
fn layers_answer_as_tensorflow_does() {
    let int8 = |bytes: &[u8]| -> Vec<i8> { bytes.iter().map(|&byte| byte as i8).collect() };
    let mut lstm = Lstm::new();
    let (inputs, outputs) =
        (int8(include_bytes!("states/lstm.input")), int8(include_bytes!("states/lstm.output")));
    for round in 0..2 {
        for (input, output) in inputs.as_chunks().0.iter().zip(outputs.as_chunks::<76>().0) {
            assert_eq!(lstm.infer(input), output, "round {round}");
        }
        lstm.reset();
    }
    let mut svdf = Svdf::new();
    let (inputs, outputs) = (int8(include_bytes!("states/svdf.input")), include_bytes!("states/svdf.output"));
    for (input, output) in inputs.as_chunks().0.iter().zip(outputs.as_chunks::<68>().0) {
        let answer: &[i32; 17] = svdf.infer(input);
        assert!(answer.iter().zip(output.as_chunks().0).all(|(&a, &b)| a == i32::from_le_bytes(b)));
    }
}

#[test]
fn several_outputs_and_a_state() {
    let int8 = |bytes: &[u8]| -> Vec<i8> { bytes.iter().map(|&byte| byte as i8).collect() };
    let mut totals = Totals::new();
    let (inputs, outputs) =
        (int8(include_bytes!("states/totals.input")), int8(include_bytes!("states/totals.output")));
    for round in 0..2 {
        for (input, output) in inputs.as_chunks().0.iter().zip(outputs.chunks(14)) {
            let (total, both) = totals.infer(input);
            assert_eq!((&total[..], &both[..]), output.split_at(7), "round {round}");
        }
        totals.reset();
    }
    const { assert!(Totals::STATE == 7) };
}
