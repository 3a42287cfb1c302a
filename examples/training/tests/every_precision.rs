//! A layer of every precision, in each scheme: what is compiled answers what the Python integers do, bit for bit.

use answers::check;
use tinynet::tinynet;

mod answers;

tinynet! {
    /// Powers of two.
    struct FixedPoint = "every_precision/FixedPoint.safetensors" {
        image: Input { shape: [12, 12, 2], range: [-1, 1] },
        conv1: Conv2d { filters: 5, kernel: 3, padding: 1, range: [0, 4] },
        Relu,
        depthwise: DepthwiseConv2d { kernel: 3, stride: 2, padding: 1, precision: Int6, range: [-1, 1] },
        HardTanh,
        conv2: Conv2d { filters: 9, kernel: 3, precision: Int5, range: [0, 4] },
        Relu,
        MaxPool2d { size: 2 },
        conv3: Conv2d { filters: 10, kernel: 1, precision: Int4, range: [-4, 4] },
        Flatten,
        fc1: Dense { units: 12, precision: Int3, range: [0, 4] },
        Relu,
        fc2: Dense { units: 12, precision: Int2, range: [-1, 1] },
        HardTanh,
        fc3: Dense { units: 12, precision: Ternary, range: [-1, 1] },
        HardTanh,
        fc4: Dense { units: 12, precision: Binary, range: [-4, 4] },
        fc5: Dense { units: 3, precision: PowerOfTwo, range: [-4, 4] },
    }
}

tinynet! {
    /// Any scale.
    struct Affine = "every_precision/Affine.safetensors" {
        image: Input { shape: [12, 12, 2], range: [-1, 1], scheme: Affine },
        conv1: Conv2d { filters: 5, kernel: 3, padding: 1, range: [0, 4] },
        Relu,
        depthwise: DepthwiseConv2d { kernel: 3, stride: 2, padding: 1, precision: Int6, range: [-1, 1] },
        HardTanh,
        conv2: Conv2d { filters: 9, kernel: 3, precision: Int5, range: [0, 4] },
        Relu,
        MaxPool2d { size: 2 },
        conv3: Conv2d { filters: 10, kernel: 1, precision: Int4, range: [-4, 4] },
        Flatten,
        fc1: Dense { units: 12, precision: Int3, range: [0, 4] },
        Relu,
        fc2: Dense { units: 12, precision: Int2, range: [-1, 1] },
        HardTanh,
        fc3: Dense { units: 12, precision: Ternary, range: [-1, 1] },
        HardTanh,
        fc4: Dense { units: 12, precision: Binary, range: [-4, 4] },
        fc5: Dense { units: 3, precision: PowerOfTwo, range: [-4, 4] },
    }
}

#[test]
fn answers_are_those_of_python() {
    check("tests/every_precision/FixedPoint.npz", FixedPoint::new());
    check("tests/every_precision/Affine.npz", Affine::new());
}
