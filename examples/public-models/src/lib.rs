//! Models that others trained, compiled by tinynet: the keyword spotter of the MLPerf Tiny benchmark and the person
//! detector of TensorFlow Lite Micro, each with some inputs and what TensorFlow answers to them.
//!
//! They are no part of this repository. Where the environment variable `TINYNET_ZOO` names a folder that has them (see
//! CONTRIBUTING.md, "Public models"), they are compiled from there; where it is not set, this package is empty.
//!
//! ```sh
//! TINYNET_ZOO=… cargo run --release --package public-models --bin keywords
//! TINYNET_ZOO=… cargo run --release --package public-models --bin person
//! ```
#![no_std]

#[cfg(has_models)]
include!(concat!(env!("OUT_DIR"), "/networks.rs"));

/// What a program without models says.
pub const NO_MODELS: &str = "this program was built without models: set TINYNET_ZOO to a folder with \
    models/mlperf_tiny/kws_ref_model_int8.tflite, models/tflm/person_detect_int8.tflite and their golden/ arrays \
    (CONTRIBUTING.md, \"Public models\"), and build it again";
