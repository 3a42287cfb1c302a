//! Convolutions over time, with batch normalisation.

use tinynet::tinynet;

tinynet! {
    /// Which of seven shoulder exercises somebody does, by four seconds of the motion of a wrist watch.
    ///
    /// The input is 50 readings of an accelerometer (x, y, z) and a gyroscope (x, y, z), each as a fraction of its full
    /// scale. The outputs are scores, the largest wins: 0 pendulum, 1 abduction, 2 forward elevation, 3 internal rotation,
    /// 4 external rotation, 5 trapezius extension, 6 upright row. The test set holds people who were not trained on.
    pub struct Gestures = "gestures/weights.npz"
    where
        flash <= 12 * KIB,
        ram <= 1_132,
        macs <= 72_168,
        accuracy("gestures/test.npz") >= 0.84,
    {
        motion: Input { shape: [50, 6], calibration: "gestures/calibration.npy" },
        conv1: Conv1d { filters: 16, kernel: 5, padding: Same },
        bn1: BatchNorm,
        Relu,
        MaxPool1d { size: 2 },
        conv2: Conv1d { filters: 24, kernel: 5, padding: Same },
        bn2: BatchNorm,
        Relu,
        GlobalAvgPool1d,
        fc1: Dense { units: 7 },
    }
}
