use tinynet::tinynet;

const BOARD_RAM: usize = 102;

tinynet! {
    pub struct Net = "../data/dense.npz"
    where
        ram <= BOARD_RAM - 100,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
