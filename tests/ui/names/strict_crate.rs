//! In a crate that forbids what a network in name only would otherwise be blamed for.
#![forbid(missing_docs, unused, unsafe_code, unconditional_recursion)]
#![deny(warnings)]

use tinynet::tinynet;

tinynet! {
    pub struct Net where ram <= 20 {
        image: Input { shape: [3], calibration: "../data/calibration.npy" },
        Rellu,
        fc1: Dense { units: 2, weights: [[1, 0, 0], [0, 0, 1]], bias: [0, 0], layout: PyTorch },
    }
}

fn main() {
    let mut net = Net::new();
    let scores: [i8; 2] = *net.infer(&[0; 3]);
    let class: usize = net.classify(&[i8::from(scores[0] > 0); 3]);
    net.input_mut()[class] = Net::LAYERS.len() as i8;
    let _: &[i8; 2] = net.run();
}
