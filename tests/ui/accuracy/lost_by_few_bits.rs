use tinynet::tinynet;

tinynet! {
    pub struct Net = "../../../examples/networks/digits/weights.npz"
    where
        accuracy("../../../examples/networks/digits/test.npz") >= 0.98,
    {
        input: Input { shape: [64], calibration: "../../../examples/networks/digits/calibration.npy" },
        fc1: Dense { units: 16, precision: Binary },
        HardTanh,
        fc2: Dense { units: 10, precision: Int4 },
    }
}

fn main() {}
