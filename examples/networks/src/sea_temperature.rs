//! Linear regression.

use tinynet::tinynet;

tinynet! {
    /// The temperature of the sea of the eastern tropical Pacific next month, from those of twelve months.
    ///
    /// One dense layer on its inputs is a linear regression, here with integers only and in a few hundred bytes. Inputs
    /// and output are temperatures, 24 degrees Celsius as 0.0 and 32 as 1.0.
    pub struct SeaTemperature
    where
        flash <= 256,
        ram <= 16,
        macs <= 12,
        error("sea_temperature/test.npz") <= 0.068,
    {
        months: Input { shape: [12], calibration: "sea_temperature/calibration.npy" },
        fc1: Dense {
            units: 1,
            weights: "sea_temperature/weight.npy",
            bias: "sea_temperature/bias.npy",
            layout: PyTorch,
        },
    }
}
