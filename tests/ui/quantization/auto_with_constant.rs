use tinynet::tinynet;

const BOARD_FLASH: usize = 4096;

tinynet! {
    pub struct Net = "../data/dense.npz"
    where
        flash <= BOARD_FLASH,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4, precision: Auto },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
