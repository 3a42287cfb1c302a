use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz"
    where
        cycles(cortex_m0, wait_states: 1, multiplier: 16) <= 10_000,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

tinynet! {
    pub struct Slow = "../data/dense.npz"
    where
        cycles(cortex_m0plus, multiplier: 32) <= 100,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
