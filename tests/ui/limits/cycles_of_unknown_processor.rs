use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz"
    where
        cycles(cortex_m7) <= 10_000,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

tinynet! {
    pub struct Waiting = "../data/dense.npz"
    where
        cycles(cortex_m0plus, wait_states: 99) <= 10_000,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
