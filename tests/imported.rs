//! One model as several types: beside each other, in modules of their names, by the path from the source and by the one
//! from the package.

#![cfg(feature = "tflite")]

use tinynet::{Network, tinynet};

tinynet! {
    /// From the source file's folder.
    pub struct Branches = "ui/data/branches.tflite";

    /// From the package's folder.
    pub struct Again = "tests/ui/data/branches.tflite" where flash <= 1 * MIB;
}

tinynet! {
    struct Apart = "./ui/../ui/data/branches.tflite" where flash <= 8 * KIB;
}

mod branches {
    // The name of a type outside, and of this module but for its case.
    tinynet::tinynet! { pub(super) struct Branches = "ui/data/branches.tflite"; }

    /// Names of the language's own.
    pub(super) mod tinynet_core {
        ::tinynet::tinynet! { pub struct Arena = "ui/data/branches.tflite"; }
    }
}

fn answers<N: Network<Input = [i8; 72], Output = [i8; 3]>>(mut network: N) -> Vec<[i8; 3]> {
    let image = |seed: i32| std::array::from_fn(|index| (index as i32 * 37 * seed + seed) as i8);
    (0..20).map(|seed| *network.infer(&image(seed))).collect()
}

tinynet! {
    /// With weights of four bits.
    struct Narrowed = "ui/data/branches.tflite" where flash <= SMALLEST {
        image: Input { precision: Int4 },
    }

    struct Whole = "ui/data/branches.tflite" where flash <= SMALLEST;
}

tinynet! {
    /// Single layers, and weights that are 0.
    struct Layers = "ui/data/branches.tflite" where flash <= SMALLEST {
        conv_2d_0: Conv2d { precision: Int5, prune_channels: 0.5 },
        fully_connected_6: Dense { prune: 0.5, unroll: Full },
    }
}

/// Only rustc knows it, so that code is as small as can be.
const SMALLEST: usize = 8 * tinynet::KIB;

#[test]
fn weights_of_fewer_bits() {
    const { assert!(Narrowed::FLASH < Whole::FLASH) };
    let (narrowed, whole) = (answers(Narrowed::new()), answers(Whole::new()));
    let differences = narrowed.iter().flatten().zip(whole.iter().flatten());
    let sum: u32 = differences.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    // Of 60 answers, each from -128 to 127.
    assert!(0 < sum && sum < 60 * 16, "{sum}");
}

#[test]
fn layers_of_their_own() {
    const { assert!(Layers::MACS < Whole::MACS) };
    let macs = |layers: &[tinynet::report::Layer]| {
        layers.iter().find(|layer| layer.name == "conv_2d_0").expect("a layer").macs
    };
    assert!(macs(Layers::LAYERS) < macs(Whole::LAYERS));
    assert_ne!(answers(Layers::new()), answers(Whole::new()));
}

#[test]
fn one_model_as_several_types() {
    let expected = answers(Branches::new());
    assert!(expected.iter().any(|answer| answer != &expected[0]));
    assert_eq!(answers(Again::new()), expected);
    assert_eq!(answers(Apart::new()), expected);
    assert_eq!(answers(branches::Branches::new()), expected);
    assert_eq!(answers(branches::tinynet_core::Arena::new()), expected);
    assert_eq!(Again::RAM, Branches::RAM);
}
