//! One network under four limits: the compiler chooses the bits of each layer's weights.
//!
//! The documentation of each type shows what was chosen, and what else was possible: a table and a plot.

use tinynet::tinynet;

/// [`Touch`](crate::Touch), as accurate as it is, under limits. What they are is known before a network is compiled: a macro
/// of one's own can fill in declarations.
macro_rules! touch {
    ($(#[$documentation:meta])* $name:ident where $($limits:tt)+) => {
        tinynet! {
            $(#[$documentation])*
            pub struct $name = "touch/weights.safetensors"
            where
                $($limits)+
                accuracy("touch/test.npz") >= 0.99,
            {
                pad: Input { shape: [8, 8, 1], calibration: "touch/calibration.npy", precision: Auto },
                conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
                Relu,
                MaxPool2d { size: [2, 2] },
                Flatten,
                fc1: Dense { units: 32 },
                HardTanh,
                fc2: Dense { units: 10 },
            }
        }
    };
}

touch! {
    /// [`Touch`](crate::Touch) with room for eight bits.
    TouchExact where flash <= 11 * KIB,
}

touch! {
    /// [`Touch`](crate::Touch) with little time.
    TouchFast where flash <= 11 * KIB, cycles(cortex_m0) <= 43_000,
}

touch! {
    /// [`Touch`](crate::Touch) with half of that flash.
    TouchSmall where flash <= 5_400,
}

touch! {
    /// [`Touch`](crate::Touch) with hardly any flash.
    TouchTiny where flash <= 3_300,
}
