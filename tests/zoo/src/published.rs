//! What the same models cost with TensorFlow Lite Micro, measured once.

/// Costs of a model with TensorFlow Lite Micro and the kernels of CMSIS-NN, built by GCC 12 for the Cortex-M0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorFlowLiteMicro {
    /// Bytes of the firmware's flash, the model included.
    pub flash: u32,
    /// Bytes of its arena, where they were measured.
    pub arena: Option<u32>,
    /// Cortex-M0 cycles of an inference with zero wait states, the better of `-O2` and `-O3`.
    pub cycles: Option<u64>,
}

/// The costs of the models that were measured.
const MEASURED: &[(&str, u32, Option<u32>, Option<u64>)] = &[
    ("mlperf_tiny/ad01_int8", 308_720, Some(2_704), Some(2_470_000)),
    ("mlperf_tiny/kws_ref_model_int8", 112_200, Some(22_784), Some(41_900_000)),
    ("mlperf_tiny/pretrainedResnet_int8", 156_756, Some(54_352), Some(142_000_000)),
    ("mlperf_tiny/str_ww_ref_model_int8", 130_168, None, Some(13_200_000)),
    ("mlperf_tiny/vww_96_int8", 391_552, Some(100_672), Some(126_000_000)),
    ("tflm/hello_world_int8", 34_448, None, Some(11_053)),
    ("tflm/micro_speech_int8", 67_868, Some(6_800), Some(3_460_000)),
    ("tflm/person_detect_int8", 352_496, Some(82_304), Some(121_000_000)),
    ("tinymaix/cifar10_q", 145_580, Some(13_376), Some(30_500_000)),
    ("tinymaix/mnist_valid_q", 58_996, None, Some(620_000)),
];

/// What a model, `SET/MODEL`, costs with TensorFlow Lite Micro, if that was measured.
pub fn tensorflow_lite_micro(name: &str) -> Option<TensorFlowLiteMicro> {
    let &(_, flash, arena, cycles) = MEASURED.iter().find(|&&(measured, ..)| measured == name)?;
    Some(TensorFlowLiteMicro { flash, arena, cycles })
}
