const _: () = {
    use ::tinynet::dsl::{
        *, Activations::*, Layout::*, Order::*, Padding::*, Precision::*, RangeChoice::*,
        Scheme::*, Unroll::*,
    };
    struct Layers {
        sensors: Input,
        mixed: Dense,
        bent: Tanh,
        sum: Add,
        gesture: Dense,
    }
    /// The declaration for editors, to complete and explain its names. Never called.
    fn anchors(layers: Layers) {
        let _ = Input {
            shape: ::core::default::Default::default(),
            range: ::core::default::Default::default(),
            ..::core::default::Default::default()
        };
        let _ = Dense {
            units: ::core::default::Default::default(),
            weights: ::core::default::Default::default(),
            bias: ::core::default::Default::default(),
            layout: PyTorch,
            unroll: Full,
            ..::core::default::Default::default()
        };
        let _ = HardTanh {
            ..::core::default::Default::default()
        };
        let _ = Tanh {
            ..::core::default::Default::default()
        };
        let _ = Add {
            inputs: ::core::default::Default::default(),
            ..::core::default::Default::default()
        };
        let _ = &layers.mixed;
        let _ = &layers.bent;
        let _ = Dense {
            units: ::core::default::Default::default(),
            weights: ::core::default::Default::default(),
            use_bias: ::core::default::Default::default(),
            layout: PyTorch,
            unroll: Full,
            ..::core::default::Default::default()
        };
    }
};
/// Which of two gestures three sensors saw.
/**

# What it costs

| layer | kind | code | precision | output | weights | flash | RAM | stack | multiply-accumulates | cycles | next faster |
|---|---|---|---|---|--:|--:|--:|--:|--:|--:|---|
| `mixed` | Dense | unrolled | Int8 | 4 | 12 | 112 | 7 | 112 | 12 | 118 |  |
| `hard_tanh2` | HardTanh | loop |  | 4 | 0 | 36 | 8 | 88 | 0 | 117 |  |
| `bent` | Tanh | assembly loop |  | 4 | 0 | 328 | 8 | 64 | 0 | 59 |  |
| `sum` | Add | assembly loop |  | 4 | 0 | 226 | 8 | 96 | 0 | 153 |  |
| `gesture` | Dense | unrolled | Int8 | 2 | 8 | 100 | 6 | 112 | 8 | 78 |  |
| **all** | | | | | 20 | 1 002 | 8 | 112 | 20 | 549 | |

Flash (bytes; what layers share is in the sum only) is an estimate; RAM (bytes) is exact: all tensors in memory while the layer runs. Stack (bytes) is the most that an inference takes on a Cortex-M0 on top of its caller's, for `opt-level` 3 or `"s"`, link-time optimisation and one codegen unit. Cycles are those of a Cortex-M0 whose flash has no wait states: exact where the code is assembly, else an estimate; behind them, the next faster code that the layer could have with more flash or RAM.

On larger cores it takes at most 208 bytes of stack, on those with the DSP extension 208.

Input: 3 int8, fixed point Q0.7: `q / 128`. Output: 2 int8, fixed point Q3.4: `q / 16`.

# Its graph and its memory

<svg viewBox="0 0 296 212" width="296" role="img" aria-label="graph" style="max-width:100%" font-family="sans-serif" font-size="12" fill="none" stroke="currentColor"><rect x="1" y="4" width="186" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="20" font-weight="bold">sensors</text><text x="100" y="20">Input</text><text x="178" y="20" text-anchor="end">3</text></g><rect x="1" y="38" width="186" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="54" font-weight="bold">mixed</text><text x="100" y="54">Dense</text><text x="178" y="54" text-anchor="end">4</text></g><path d="M40 28V38m-3 -4l3 4l3 -4"/><rect x="1" y="72" width="186" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="88" font-weight="bold">hard_tanh2</text><text x="100" y="88">HardTanh</text><text x="178" y="88" text-anchor="end">4</text></g><path d="M40 62V72m-3 -4l3 4l3 -4"/><rect x="1" y="106" width="186" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="122" font-weight="bold">bent</text><text x="100" y="122">Tanh</text><text x="178" y="122" text-anchor="end">4</text></g><path d="M40 96V106m-3 -4l3 4l3 -4"/><rect x="1" y="140" width="186" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="156" font-weight="bold">sum</text><text x="100" y="156">Add</text><text x="178" y="156" text-anchor="end">4</text></g><path d="M186 50C230 50 230 152 186 152m5 -3l-5 3l5 3"/><path d="M40 130V140m-3 -4l3 4l3 -4"/><rect x="1" y="174" width="186" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="190" font-weight="bold">gesture</text><text x="100" y="190">Dense</text><text x="178" y="190" text-anchor="end">2</text></g><path d="M40 164V174m-3 -4l3 4l3 -4"/></svg>
<svg viewBox="0 0 354 184" width="354" role="img" aria-label="memory over time" style="max-width:100%" font-family="sans-serif" font-size="10" fill="currentColor"><g><title>sensors: 3 bytes at 4</title><rect x="2" y="82" width="68" height="60" fill-opacity="0.12" stroke="currentColor"/><text x="5" y="116">sensors</text></g><g><title>mixed: 4 bytes at 0</title><rect x="2" y="2" width="278" height="80" fill-opacity="0.12" stroke="currentColor"/><text x="5" y="46">mixed</text></g><g><title>hard_tanh2: 4 bytes at 4</title><rect x="72" y="82" width="138" height="80" fill-opacity="0.12" stroke="currentColor"/><text x="75" y="126">hard_tanh2</text></g><g><title>bent: 4 bytes at 4</title><rect x="142" y="82" width="138" height="80" fill-opacity="0.12" stroke="currentColor"/><text x="145" y="126">bent</text></g><g><title>sum: 4 bytes at 0</title><rect x="212" y="2" width="138" height="80" fill-opacity="0.12" stroke="currentColor"/><text x="215" y="46">sum</text></g><g><title>gesture: 2 bytes at 4</title><rect x="282" y="82" width="68" height="40" fill-opacity="0.12" stroke="currentColor"/><text x="285" y="106">gesture</text></g><text x="4" y="176">mixed</text><text x="74" y="176">hard_tanh2</text><text x="144" y="176">bent</text><text x="214" y="176">sum</text><text x="284" y="176">gesture</text></svg>

*/
#[derive(::core::fmt::Debug)]
pub struct Unrolled {
    arena: ::tinynet::__private::core::Arena<8>,
}
#[allow(clippy::same_name_method)]
impl Unrolled {
    /// Estimated bytes of flash: code, weights and tables.
    pub const FLASH: ::core::primitive::usize = 1002;
    /// Bytes of memory: everything the network's value holds. The stack is not counted.
    pub const RAM: ::core::primitive::usize = ::core::mem::size_of::<Self>();
    /// The most bytes of stack that an inference takes on top of what its caller has in use: on a larger core of the M
    /// profile where it is built for one, else on a Cortex-M0.
    ///
    /// An upper bound for programs compiled with `opt-level` 3 or `"s"`, link-time optimisation and one codegen unit.
    /// Interrupts are not counted.
    pub const STACK: ::core::primitive::usize = ::tinynet::__private::core::stack::of_target(
        112,
        208,
        208,
    );
    /// Multiply-accumulate operations an inference.
    pub const MACS: ::core::primitive::usize = 20;
    /// Cycles an inference on a Cortex-M0 whose flash has no wait states.
    /// Exact for layers in assembly, an estimate of the longest for those in Rust.
    pub const CYCLES_CORTEX_M0: ::core::primitive::usize = 549;
    /// The layers in the order they run.
    pub const LAYERS: &'static [::tinynet::__private::core::report::Layer] = &[
        ::tinynet::__private::core::report::Layer {
            name: "mixed",
            kind: "Dense",
            output_shape: &[4],
            weights: 12,
            macs: 12,
            code: "unrolled",
            cycles: 118,
            flash: 112,
            ram: 7,
            stack: ::tinynet::__private::core::stack::of_target(112, 208, 208),
            unrolled: true,
        },
        ::tinynet::__private::core::report::Layer {
            name: "hard_tanh2",
            kind: "HardTanh",
            output_shape: &[4],
            weights: 0,
            macs: 0,
            code: "loop",
            cycles: 117,
            flash: 36,
            ram: 8,
            stack: ::tinynet::__private::core::stack::of_target(88, 176, 176),
            unrolled: false,
        },
        ::tinynet::__private::core::report::Layer {
            name: "bent",
            kind: "Tanh",
            output_shape: &[4],
            weights: 0,
            macs: 0,
            code: "assembly loop",
            cycles: 59,
            flash: 328,
            ram: 8,
            stack: 64,
            unrolled: false,
        },
        ::tinynet::__private::core::report::Layer {
            name: "sum",
            kind: "Add",
            output_shape: &[4],
            weights: 0,
            macs: 0,
            code: "assembly loop",
            cycles: 153,
            flash: 226,
            ram: 8,
            stack: 96,
            unrolled: false,
        },
        ::tinynet::__private::core::report::Layer {
            name: "gesture",
            kind: "Dense",
            output_shape: &[2],
            weights: 8,
            macs: 8,
            code: "unrolled",
            cycles: 78,
            flash: 100,
            ram: 6,
            stack: ::tinynet::__private::core::stack::of_target(112, 208, 208),
            unrolled: true,
        },
    ];
    /// Shape of the input: height, width, channels for an image; length, channels for a sequence.
    pub const INPUT_SHAPE: &'static [::core::primitive::usize] = &[3];
    /// Shape of the output.
    pub const OUTPUT_SHAPE: &'static [::core::primitive::usize] = &[2];
    /// Real numbers behind the integers of the input.
    pub const INPUT_QUANTIZATION: ::tinynet::__private::core::Quantization = ::tinynet::__private::core::Quantization::fixed_point(
        7,
    );
    /// Real numbers behind the integers of the output.
    pub const OUTPUT_QUANTIZATION: ::tinynet::__private::core::Quantization = ::tinynet::__private::core::Quantization::fixed_point(
        4,
    );
    /// A network that has not run yet. Usable in a `static`.
    pub const fn new() -> Self {
        Self {
            arena: ::tinynet::__private::core::Arena::new(),
        }
    }
    /// Runs the network on `input`, quantised as [`INPUT_QUANTIZATION`](Self::INPUT_QUANTIZATION) says.
    pub fn infer(
        &mut self,
        input: &[::core::primitive::i8; 3],
    ) -> &[::core::primitive::i8; 2] {
        {
            Self::mixed(input, self.arena.one_mut::<_, 0, 4>());
        }
        self.after_input();
        self.arena.one::<_, 4, 2>()
    }
    /// Where the input goes, to be filled in place (by DMA, say) before [`run`](Self::run).
    ///
    /// An inference reuses this memory: fill it whole each time.
    pub fn input_mut(&mut self) -> &mut [::core::primitive::i8; 3] {
        self.arena.one_mut::<_, 4, 3>()
    }
    /// Runs the network on what [`input_mut`](Self::input_mut) holds.
    pub fn run(&mut self) -> &[::core::primitive::i8; 2] {
        {
            let (input, output) = self.arena.pair::<_, 4, 3, 0, 4>();
            Self::mixed(input, output);
        }
        self.after_input();
        self.arena.one::<_, 4, 2>()
    }
    /// Index of the largest output for `input`; the first of equals. A softmax at the end is left out where that
    /// changes no answer.
    pub fn classify(
        &mut self,
        input: &[::core::primitive::i8; 3],
    ) -> ::core::primitive::usize {
        {
            Self::mixed(input, self.arena.one_mut::<_, 0, 4>());
        }
        self.after_input();
        ::tinynet::__private::core::kernels::arg_max(
            self.arena.one::<::core::primitive::i8, 4, 2>(),
        )
    }
    /// Real numbers as the integers of the input, to the nearest; what is beyond their range becomes the end of it.
    pub fn quantize_input<V: ::tinynet::__private::core::Real>(
        values: &[V; 3],
    ) -> [::core::primitive::i8; 3] {
        Self::INPUT_QUANTIZATION.quantize_array(values)
    }
    /// The real numbers that the integers of the output stand for.
    pub fn dequantize_output<V: ::tinynet::__private::core::Real>(
        output: &[::core::primitive::i8; 2],
    ) -> [V; 2] {
        Self::OUTPUT_QUANTIZATION.dequantize_array(output)
    }
    ::tinynet::__private::core::infer_fixed!(3, U7, 2, U4);
    /// The layers behind the one that reads the input.
    #[inline(never)]
    fn after_input(&mut self) {
        {
            let (input, output) = self.arena.pair::<_, 0, 4, 4, 4>();
            Self::hard_tanh2(input, output);
        }
        {
            Self::bent(self.arena.one_mut::<_, 4, 4>());
        }
        {
            let (other, data) = self.arena.pair::<_, 4, 4, 0, 4>();
            Self::sum(data, other);
        }
        {
            let (input, output) = self.arena.pair::<_, 0, 4, 4, 2>();
            Self::gesture(input, output);
        }
    }
    /// Dense, 3 → 4; 12 multiply-accumulates, unrolled.
    #[inline(never)]
    fn mixed(
        input: &[::core::primitive::i8; 3],
        output: &mut [::core::primitive::i8; 4],
    ) {
        Self::mixed_0_to_3(input, output);
    }
    /// Outputs 0 to 3 of [`mixed`](Self::mixed).
    #[inline(never)]
    fn mixed_0_to_3(
        input: &[::core::primitive::i8; 3],
        output: &mut [::core::primitive::i8; 4],
    ) {
        let mut sum0: ::core::primitive::i32 = 64;
        let mut sum1: ::core::primitive::i32 = 8320;
        let mut sum2: ::core::primitive::i32 = 64;
        let mut sum3: ::core::primitive::i32 = -1920;
        let x0 = input[0] as ::core::primitive::i32;
        sum0 += x0 << 6;
        sum1 += x0 << 6;
        sum2 += x0 * 19;
        let x1 = input[1] as ::core::primitive::i32;
        sum1 -= x1 << 5;
        sum3 += x1 * 90;
        let x2 = input[2] as ::core::primitive::i32;
        sum2 -= x2 << 6;
        sum3 += x2 * 13;
        output[0] = ::tinynet::__private::core::requantize::clamp(sum0 >> 7, -128, 127)
            as ::core::primitive::i8;
        output[1] = ::tinynet::__private::core::requantize::clamp(sum1 >> 8, -128, 127)
            as ::core::primitive::i8;
        output[2] = ::tinynet::__private::core::requantize::clamp(sum2 >> 7, -128, 127)
            as ::core::primitive::i8;
        output[3] = ::tinynet::__private::core::requantize::clamp(sum3 >> 8, -128, 127)
            as ::core::primitive::i8;
    }
    /// HardTanh, 4 → 4.
    #[inline(never)]
    fn hard_tanh2(
        input: &[::core::primitive::i8; 4],
        output: &mut [::core::primitive::i8; 4],
    ) {
        const {
            &::tinynet::__private::core::kernels::Clamp::<::core::primitive::i8> {
                min: -64,
                max: 64,
            }
        }
            .run(input, output);
    }
    /// Tanh, 4 → 4.
    #[inline(never)]
    fn bent(data: &mut [::core::primitive::i8; 4]) {
        ::tinynet::__private::core::__for_m_profile! {
            { const DATA : & ::tinynet::__private::core::assembly::Words <
            [::core::primitive::u8; 256] > = &
            ::tinynet::__private::core::assembly::Words(*
            b"\0\x02\x04\x06\x08\n\x0C\x0E\x10\x12\x14\x16\x18\x1A\x1C\x1D\x1F!#%')*,.013568:;=>@ACDFGHJKLNOPQRTUVWXYZ[\\]^_`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\xA0\xA1\xA2\xA3\xA4\xA5\xA6\xA7\xA8\xA9\xAA\xAB\xAC\xAE\xAF\xB0\xB1\xB2\xB4\xB5\xB6\xB8\xB9\xBA\xBC\xBD\xBF\xC0\xC2\xC3\xC5\xC6\xC8\xCA\xCB\xCD\xCF\xD0\xD2\xD4\xD6\xD7\xD9\xDB\xDD\xDF\xE1\xE3\xE4\xE6\xE8\xEA\xEC\xEE\xF0\xF2\xF4\xF6\xF8\xFA\xFC\xFE");
            Self::__bent_instructions(::tinynet::__private::core::assembly::Operands::in_place(data,
            DATA)); } { const TABLE : & [::core::primitive::u8; 256] =
            b"\0\x02\x04\x06\x08\n\x0C\x0E\x10\x12\x14\x16\x18\x1A\x1C\x1D\x1F!#%')*,.013568:;=>@ACDFGHJKLNOPQRTUVWXYZ[\\]^_`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\x9F\xA0\xA1\xA2\xA3\xA4\xA5\xA6\xA7\xA8\xA9\xAA\xAB\xAC\xAE\xAF\xB0\xB1\xB2\xB4\xB5\xB6\xB8\xB9\xBA\xBC\xBD\xBF\xC0\xC2\xC3\xC5\xC6\xC8\xCA\xCB\xCD\xCF\xD0\xD2\xD4\xD6\xD7\xD9\xDB\xDD\xDF\xE1\xE3\xE4\xE6\xE8\xEA\xEC\xEE\xF0\xF2\xF4\xF6\xF8\xFA\xFC\xFE";
            const { & ::tinynet::__private::core::kernels::Table { table : TABLE } }
            .run_in_place(data); }
        }
    }
    ::tinynet::__private::core::__for_m_profile! {
        { #[doc = " Instructions of [`bent`](Self::bent)."] #[unsafe (naked)] extern "C"
        fn __bent_instructions(_ : ::tinynet::__private::core::assembly::Operands < '_,
        4, 4, 0, 256 >) {
        ::core::arch::naked_asm!("push {r4}\nldrb r2, [r0, #0]\nldrb r2, [r3, r2]\nstrb r2, [r1, #0]\nldrb r2, [r0, #1]\nldrb r2, [r3, r2]\nstrb r2, [r1, #1]\nldrb r2, [r0, #2]\nldrb r2, [r3, r2]\nstrb r2, [r1, #2]\nldrb r2, [r0, #3]\nldrb r2, [r3, r2]\nstrb r2, [r1, #3]\nadds r0, #4\nadds r1, #4\npop {r4}\nbx lr\n",
        options(raw)) } } {}
    }
    /// Add, 4 and 4 → 4.
    #[inline(never)]
    fn sum(data: &mut [::core::primitive::i8; 4], other: &[::core::primitive::i8; 4]) {
        ::tinynet::__private::core::__for_m_profile! {
            {
            Self::__sum_instructions(::tinynet::__private::core::assembly::PairOperands::over_first(data,
            other)); } { const { & ::tinynet::__private::core::kernels::AddShift { left :
            [1, 0], right : 2, min : - 128, max : 127 } } .run_in_place(data, other); }
        }
    }
    ::tinynet::__private::core::__for_m_profile! {
        { #[doc = " Instructions of [`sum`](Self::sum)."] #[unsafe (naked)] extern "C" fn
        __sum_instructions(_ : ::tinynet::__private::core::assembly::PairOperands < '_, 4
        >) {
        ::core::arch::naked_asm!("push {r4, r5, r6, r7, lr}\nmov r4, r8\nmov r5, r9\nmov r6, r10\nmov r7, r11\npush {r4, r5, r6, r7}\nadds r0, #4\nadds r1, #4\nadds r2, #4\nmovs r4, #127\nlsls r4, r4, #8\nadds r4, #255\nlsls r4, r4, #8\nadds r4, #255\nlsls r4, r4, #8\nadds r4, #255\nmov r10, r4\nmovs r4, #192\nlsls r4, r4, #8\nadds r4, #80\nlsls r4, r4, #16\nmov r9, r4\nmovs r6, #1\nlsls r6, r6, #22\nmovs r7, #1\nlsls r7, r7, #21\nmovs r3, #4\nrsbs r3, r3, #0\nldrsb r4, [r0, r3]\nmuls r4, r6, r4\nldrsb r5, [r1, r3]\nmuls r5, r7, r5\nadds r4, r4, r5\nadd r4, r9\nasrs r5, r4, #31\nands r4, r5\nadd r4, r10\nasrs r5, r4, #31\nbics r4, r5\nlsrs r4, r4, #23\nadds r4, #128\nstrb r4, [r2, r3]\nadds r3, #1\nldrsb r4, [r0, r3]\nmuls r4, r6, r4\nldrsb r5, [r1, r3]\nmuls r5, r7, r5\nadds r4, r4, r5\nadd r4, r9\nasrs r5, r4, #31\nands r4, r5\nadd r4, r10\nasrs r5, r4, #31\nbics r4, r5\nlsrs r4, r4, #23\nadds r4, #128\nstrb r4, [r2, r3]\nadds r3, #1\nldrsb r4, [r0, r3]\nmuls r4, r6, r4\nldrsb r5, [r1, r3]\nmuls r5, r7, r5\nadds r4, r4, r5\nadd r4, r9\nasrs r5, r4, #31\nands r4, r5\nadd r4, r10\nasrs r5, r4, #31\nbics r4, r5\nlsrs r4, r4, #23\nadds r4, #128\nstrb r4, [r2, r3]\nadds r3, #1\nldrsb r4, [r0, r3]\nmuls r4, r6, r4\nldrsb r5, [r1, r3]\nmuls r5, r7, r5\nadds r4, r4, r5\nadd r4, r9\nasrs r5, r4, #31\nands r4, r5\nadd r4, r10\nasrs r5, r4, #31\nbics r4, r5\nlsrs r4, r4, #23\nadds r4, #128\nstrb r4, [r2, r3]\nadds r3, #1\npop {r4, r5, r6, r7}\nmov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7\npop {r4, r5, r6, r7, pc}\n",
        options(raw)) } } {}
    }
    /// Dense, 4 → 2; 8 multiply-accumulates, unrolled.
    #[inline(never)]
    fn gesture(
        input: &[::core::primitive::i8; 4],
        output: &mut [::core::primitive::i8; 2],
    ) {
        Self::gesture_0_to_1(input, output);
    }
    /// Outputs 0 to 1 of [`gesture`](Self::gesture).
    #[inline(never)]
    fn gesture_0_to_1(
        input: &[::core::primitive::i8; 4],
        output: &mut [::core::primitive::i8; 2],
    ) {
        let mut sum0: ::core::primitive::i32 = 64;
        let mut sum1: ::core::primitive::i32 = 64;
        let x0 = input[0] as ::core::primitive::i32;
        sum0 += x0 << 6;
        let x1 = input[1] as ::core::primitive::i32;
        sum0 -= x1 << 6;
        sum1 += x1 << 6;
        let x2 = input[2] as ::core::primitive::i32;
        sum0 += x2 << 5;
        sum1 += x2 * -24;
        let x3 = input[3] as ::core::primitive::i32;
        sum1 += x3 << 6;
        output[0] = ::tinynet::__private::core::requantize::clamp(sum0 >> 7, -128, 127)
            as ::core::primitive::i8;
        output[1] = ::tinynet::__private::core::requantize::clamp(sum1 >> 7, -128, 127)
            as ::core::primitive::i8;
    }
}
impl ::tinynet::__private::core::Network for Unrolled {
    type Input = [::core::primitive::i8; 3];
    type Output = [::core::primitive::i8; 2];
    const FLASH: ::core::primitive::usize = Self::FLASH;
    const RAM: ::core::primitive::usize = Self::RAM;
    const STACK: ::core::primitive::usize = Self::STACK;
    const MACS: ::core::primitive::usize = Self::MACS;
    const CYCLES_CORTEX_M0: ::core::primitive::usize = Self::CYCLES_CORTEX_M0;
    const INPUT_SHAPE: &'static [::core::primitive::usize] = Self::INPUT_SHAPE;
    const OUTPUT_SHAPE: &'static [::core::primitive::usize] = Self::OUTPUT_SHAPE;
    const INPUT_QUANTIZATION: ::tinynet::__private::core::Quantization = Self::INPUT_QUANTIZATION;
    const OUTPUT_QUANTIZATION: ::tinynet::__private::core::Quantization = Self::OUTPUT_QUANTIZATION;
    const LAYERS: &'static [::tinynet::__private::core::report::Layer] = Self::LAYERS;
    fn infer(
        &mut self,
        input: &[::core::primitive::i8; 3],
    ) -> &[::core::primitive::i8; 2] {
        Self::infer(self, input)
    }
    fn input_mut(&mut self) -> &mut [::core::primitive::i8; 3] {
        Self::input_mut(self)
    }
    fn run(&mut self) -> &[::core::primitive::i8; 2] {
        Self::run(self)
    }
    fn classify(
        &mut self,
        input: &[::core::primitive::i8; 3],
    ) -> ::core::primitive::usize {
        Self::classify(self, input)
    }
}
impl ::core::default::Default for Unrolled {
    fn default() -> Self {
        Self::new()
    }
}
