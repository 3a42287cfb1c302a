//! Networks with tables in common.

use tinynet::tinynet;

tinynet! {
    /// Which of ten digits was drawn on a touch pad, and how sure that is.
    pub struct Once = "../../../../examples/networks/touch/weights.safetensors" {
        pad: Input { shape: [8, 8, 1], calibration: "../../../../examples/networks/touch/calibration.npy" },
        conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same, unroll: Loop },
        Relu,
        MaxPool2d { size: [2, 2] },
        Flatten,
        fc1: Dense { units: 32, unroll: Loop },
        Tanh,
        fc2: Dense { units: 10, unroll: Loop, range: [-16, 16] },
        Softmax,
    }
}

tinynet! {
    /// The same under another name.
    pub struct Twice = "../../../../examples/networks/touch/weights.safetensors" {
        pad: Input { shape: [8, 8, 1], calibration: "../../../../examples/networks/touch/calibration.npy" },
        conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same, unroll: Loop },
        Relu,
        MaxPool2d { size: [2, 2] },
        Flatten,
        fc1: Dense { units: 32, unroll: Loop },
        Tanh,
        fc2: Dense { units: 10, unroll: Loop, range: [-16, 16] },
        Softmax,
    }
}

tinynet! {
    /// A signal bent.
    pub struct OneTable {
        signal: Input { shape: [16], range: [-4, 4] },
        bent: Tanh,
        Add { inputs: [signal, bent] },
    }
}

tinynet! {
    /// A signal bent in two places alike.
    pub struct EqualTables {
        signal: Input { shape: [16], range: [-4, 4] },
        bent: Tanh,
        again: Tanh { input: signal },
        Add { inputs: [again, bent] },
    }
}
