//! What well-known models are to cost.

/// Cortex-M0 cycles that an inference may take, zero wait states, within TensorFlow Lite Micro's flash.
const MOST_CYCLES: &[(&str, u64)] = &[
    ("mlperf_tiny/ad01_int8", 1_000_000),
    ("mlperf_tiny/kws_ref_model_int8", 11_000_000),
    ("mlperf_tiny/pretrainedResnet_int8", 44_000_000),
    ("mlperf_tiny/str_ww_ref_model_int8", 3_600_000),
    ("mlperf_tiny/vww_96_int8", 17_000_000),
    ("tflm/hello_world_int8", 1_700),
    ("tflm/micro_speech_int8", 1_100_000),
    ("tflm/person_detect_int8", 31_000_000),
    ("tinymaix/cifar10_q", 10_500_000),
    ("tinymaix/mnist_valid_q", 110_000),
];

/// The most cycles that a model, `SET/MODEL`, may take, if there is a limit.
pub fn most_cycles(name: &str) -> Option<u64> {
    Some(MOST_CYCLES.iter().find(|(known, _)| *known == name)?.1)
}

/// Cortex-M4 cycles that an inference may take, about, zero wait states, within TensorFlow Lite Micro's flash: less than 0.6
/// of [what it takes](crate::published::tensorflow_lite_micro_on_m4).
const MOST_CYCLES_M4: &[(&str, u64)] = &[
    ("mlperf_tiny/ad01_int8", 420_000),
    ("mlperf_tiny/kws_ref_model_int8", 4_900_000),
    ("mlperf_tiny/pretrainedResnet_int8", 17_200_000),
    ("mlperf_tiny/vww_96_int8", 7_500_000),
];

/// The most Cortex-M4 cycles that a model, `SET/MODEL`, may take, if there is a limit.
pub fn most_cycles_m4(name: &str) -> Option<u64> {
    Some(MOST_CYCLES_M4.iter().find(|(known, _)| *known == name)?.1)
}
