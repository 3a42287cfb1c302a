use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/wide.npz"
    where
        flash <= 4096 * KIB,
    {
        input: Input { shape: [2050], calibration: "../data/calibration_wide.npy", precision: Auto },
        fc: Dense { units: 2050, use_bias: false },
    }
}

fn main() {}
