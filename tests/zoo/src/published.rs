//! What the same models cost with others: measured once, or published by their makers; never by the run that prints it.

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
    ("mlperf_tiny/ad01_int8", 308_720, Some(2_704), Some(2_465_872)),
    ("mlperf_tiny/kws_ref_model_int8", 112_200, Some(22_784), Some(41_926_801)),
    ("mlperf_tiny/pretrainedResnet_int8", 156_756, Some(54_352), Some(142_195_640)),
    ("mlperf_tiny/str_ww_ref_model_int8", 130_168, None, Some(13_153_155)),
    ("mlperf_tiny/vww_96_int8", 391_552, Some(100_672), Some(125_784_697)),
    ("tflm/hello_world_int8", 34_448, None, Some(11_067)),
    ("tflm/micro_speech_int8", 67_868, Some(6_800), Some(3_461_083)),
    ("tflm/person_detect_int8", 352_496, Some(82_304), Some(120_641_147)),
    ("tinymaix/cifar10_q", 145_580, Some(13_376), Some(30_511_627)),
    ("tinymaix/mnist_valid_q", 58_996, None, Some(621_980)),
];

/// What a model, `SET/MODEL`, costs with TensorFlow Lite Micro, if that was measured.
pub fn tensorflow_lite_micro(name: &str) -> Option<TensorFlowLiteMicro> {
    let &(_, flash, arena, cycles) = MEASURED.iter().find(|&&(measured, ..)| measured == name)?;
    Some(TensorFlowLiteMicro { flash, arena, cycles })
}

/// Cortex-M4 cycles of an inference with TensorFlow Lite Micro and CMSIS-NN, about, zero wait states: counted once by this
/// project's counter, of TensorFlow Lite Micro 90b983c2b with CMSIS-NN 4ab83cc3, built by GCC 12.2.1 with
/// `-O3 -mcpu=cortex-m4`; its answers were the golden ones.
const MEASURED_ON_M4: &[(&str, u64)] = &[
    ("mlperf_tiny/ad01_int8", 726_272),
    ("mlperf_tiny/kws_ref_model_int8", 9_265_213),
    ("mlperf_tiny/pretrainedResnet_int8", 37_976_294),
    ("mlperf_tiny/vww_96_int8", 29_541_396),
];

/// Cortex-M4 cycles that an inference of a model, `SET/MODEL`, takes with TensorFlow Lite Micro, if that was measured.
pub fn tensorflow_lite_micro_on_m4(name: &str) -> Option<u64> {
    Some(MEASURED_ON_M4.iter().find(|(known, _)| *known == name)?.1)
}

/// Cortex-M0 cycles of an inference with others than TensorFlow Lite Micro, where they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Others {
    /// The best that MLPerf Tiny v1.2 has of a Cortex-M0+: Bosch HALE, as published, of hardware.
    pub hale: Option<u64>,
    /// embedded-nn, its macro from its repository with run time 0.2.3; its answers are not exact. Measured once on the
    /// emulator.
    pub embedded_nn: Option<u64>,
    /// TinyMaix, as fast as it gets, measured once on the emulator.
    pub tiny_maix: Option<u64>,
}

const UNKNOWN: Others = Others { hale: None, embedded_nn: None, tiny_maix: None };

/// What is known of others.
const OTHERS: &[(&str, Others)] = &[
    ("mlperf_tiny/ad01_int8", Others { hale: Some(2_620_000), embedded_nn: Some(6_780_000), ..UNKNOWN }),
    (
        "mlperf_tiny/kws_ref_model_int8",
        Others { hale: Some(30_400_000), embedded_nn: Some(151_000_000), ..UNKNOWN },
    ),
    (
        "mlperf_tiny/pretrainedResnet_int8",
        Others { hale: Some(97_400_000), embedded_nn: Some(547_000_000), ..UNKNOWN },
    ),
    ("mlperf_tiny/str_ww_ref_model_int8", Others { embedded_nn: Some(40_100_000), ..UNKNOWN }),
    ("mlperf_tiny/vww_96_int8", Others { hale: Some(90_500_000), embedded_nn: Some(430_000_000), ..UNKNOWN }),
    ("tflm/hello_world_int8", Others { embedded_nn: Some(12_300), ..UNKNOWN }),
    ("tflm/micro_speech_int8", Others { embedded_nn: Some(9_170_000), ..UNKNOWN }),
    ("tflm/person_detect_int8", Others { embedded_nn: Some(413_000_000), ..UNKNOWN }),
    ("tinymaix/cifar10_q", Others { tiny_maix: Some(24_316_044), ..UNKNOWN }),
    ("tinymaix/mnist_valid_q", Others { tiny_maix: Some(502_178), ..UNKNOWN }),
];

/// What a model, `SET/MODEL`, costs with others.
pub fn others(name: &str) -> Others {
    OTHERS.iter().find(|(known, _)| *known == name).map_or(UNKNOWN, |&(_, others)| others)
}
