const _: () = {
    use ::tinynet::dsl::{
        *, Activations::*, Layout::*, Order::*, Padding::*, Precision::*, RangeChoice::*,
        Scheme::*, Unroll::*,
    };
    struct Layers {
        x: Input,
        y: Dense,
    }
    /// The declaration for editors, to complete and explain its names. Never called.
    fn anchors(layers: Layers) {
        let _ = Input {
            shape: ::core::default::Default::default(),
            range: ::core::default::Default::default(),
            precision: Ternary,
            ..::core::default::Default::default()
        };
        let _ = Dense {
            units: ::core::default::Default::default(),
            weights: ::core::default::Default::default(),
            bias: ::core::default::Default::default(),
            layout: PyTorch,
            unroll: Loop,
            ..::core::default::Default::default()
        };
    }
};
/// Weights of three values: packed in assembly, and packed otherwise in what is Rust.
/**

# What it costs

| layer | kind | code | precision | output | weights | flash | RAM | stack | multiply-accumulates | cycles | next faster |
|---|---|---|---|---|--:|--:|--:|--:|--:|--:|---|
| `y` | Dense | telescoped loop | Ternary | 20 | 160 | 1 802 | 28 | 184 | 160 | 1 314 |  |
| **all** | | | | | 160 | 1 818 | 28 | 184 | 160 | 1 324 | |

Flash (bytes; what layers share is in the sum only) is an estimate; RAM (bytes) is exact: all tensors in memory while the layer runs. Stack (bytes) is the most that an inference takes on a Cortex-M0 on top of its caller's, for `opt-level` 3 or `"s"`, link-time optimisation and one codegen unit. Cycles are those of a Cortex-M0 whose flash has no wait states: exact where the code is assembly, else an estimate; behind them, the next faster code that the layer could have with more flash or RAM.

On larger cores it takes at most 184 bytes of stack, on those with the DSP extension 144.

Input: 8 int8, fixed point Q0.7: `q / 128`. Output: 20 int8, fixed point Q3.4: `q / 16`.

# Its graph and its memory

<svg viewBox="0 0 211 76" width="211" role="img" aria-label="graph" style="max-width:100%" font-family="sans-serif" font-size="12" fill="none" stroke="currentColor"><rect x="1" y="4" width="101" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="20" font-weight="bold">x</text><text x="29" y="20">Input</text><text x="93" y="20" text-anchor="end">8</text></g><rect x="1" y="38" width="101" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="54" font-weight="bold">y</text><text x="29" y="54">Dense</text><text x="93" y="54" text-anchor="end">20</text></g><path d="M40 28V38m-3 -4l3 4l3 -4"/></svg>
<svg viewBox="0 0 74 184" width="74" role="img" aria-label="memory over time" style="max-width:100%" font-family="sans-serif" font-size="10" fill="currentColor"><g><title>x: 8 bytes at 20</title><rect x="2" y="116" width="68" height="45" fill-opacity="0.12" stroke="currentColor"/><text x="5" y="142">x</text></g><g><title>y: 20 bytes at 0</title><rect x="2" y="2" width="68" height="114" fill-opacity="0.12" stroke="currentColor"/><text x="5" y="63">y</text></g><text x="4" y="176">y</text></svg>

*/
#[derive(::core::fmt::Debug)]
pub struct FewBits {
    arena: ::tinynet::__private::core::Arena<28>,
}
#[allow(clippy::same_name_method)]
impl FewBits {
    /// Estimated bytes of flash: code, weights and tables.
    pub const FLASH: ::core::primitive::usize = 1818;
    /// Bytes of memory: everything the network's value holds. The stack is not counted.
    pub const RAM: ::core::primitive::usize = ::core::mem::size_of::<Self>();
    /// The most bytes of stack that an inference takes on top of what its caller has in use: on a larger core of the M
    /// profile where it is built for one, else on a Cortex-M0.
    ///
    /// An upper bound for programs compiled with `opt-level` 3 or `"s"`, link-time optimisation and one codegen unit.
    /// Interrupts are not counted.
    pub const STACK: ::core::primitive::usize = ::tinynet::__private::core::stack::of_target(
        184,
        184,
        144,
    );
    /// Multiply-accumulate operations an inference.
    pub const MACS: ::core::primitive::usize = 160;
    /// Cycles an inference on a Cortex-M0 whose flash has no wait states.
    /// Exact for layers in assembly, an estimate of the longest for those in Rust.
    pub const CYCLES_CORTEX_M0: ::core::primitive::usize = 1324;
    /// The layers in the order they run.
    pub const LAYERS: &'static [::tinynet::__private::core::report::Layer] = &[
        ::tinynet::__private::core::report::Layer {
            name: "y",
            kind: "Dense",
            output_shape: &[20],
            weights: 160,
            macs: 160,
            code: "telescoped loop",
            cycles: 1314,
            flash: 1802,
            ram: 28,
            stack: ::tinynet::__private::core::stack::of_target(184, 184, 144),
            unrolled: false,
        },
    ];
    /// Shape of the input: height, width, channels for an image; length, channels for a sequence.
    pub const INPUT_SHAPE: &'static [::core::primitive::usize] = &[8];
    /// Shape of the output.
    pub const OUTPUT_SHAPE: &'static [::core::primitive::usize] = &[20];
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
        input: &[::core::primitive::i8; 8],
    ) -> &[::core::primitive::i8; 20] {
        {
            Self::y(input, self.arena.one_mut::<_, 0, 20>());
        }
        self.after_input();
        self.arena.one::<_, 0, 20>()
    }
    /// Where the input goes, to be filled in place (by DMA, say) before [`run`](Self::run).
    ///
    /// An inference reuses this memory: fill it whole each time.
    pub fn input_mut(&mut self) -> &mut [::core::primitive::i8; 8] {
        self.arena.one_mut::<_, 20, 8>()
    }
    /// Runs the network on what [`input_mut`](Self::input_mut) holds.
    pub fn run(&mut self) -> &[::core::primitive::i8; 20] {
        {
            let (input, output) = self.arena.pair::<_, 20, 8, 0, 20>();
            Self::y(input, output);
        }
        self.after_input();
        self.arena.one::<_, 0, 20>()
    }
    /// Index of the largest output for `input`; the first of equals. A softmax at the end is left out where that
    /// changes no answer.
    pub fn classify(
        &mut self,
        input: &[::core::primitive::i8; 8],
    ) -> ::core::primitive::usize {
        {
            Self::y(input, self.arena.one_mut::<_, 0, 20>());
        }
        self.after_input();
        ::tinynet::__private::core::kernels::arg_max(
            self.arena.one::<::core::primitive::i8, 0, 20>(),
        )
    }
    /// Real numbers as the integers of the input, to the nearest; what is beyond their range becomes the end of it.
    pub fn quantize_input<V: ::tinynet::__private::core::Real>(
        values: &[V; 8],
    ) -> [::core::primitive::i8; 8] {
        Self::INPUT_QUANTIZATION.quantize_array(values)
    }
    /// The real numbers that the integers of the output stand for.
    pub fn dequantize_output<V: ::tinynet::__private::core::Real>(
        output: &[::core::primitive::i8; 20],
    ) -> [V; 20] {
        Self::OUTPUT_QUANTIZATION.dequantize_array(output)
    }
    ::tinynet::__private::core::infer_fixed!(8, U7, 20, U4);
    /// The layers behind the one that reads the input.
    #[inline(never)]
    fn after_input(&mut self) {}
    /// Dense, 8 → 20; 160 multiply-accumulates.
    #[inline(never)]
    fn y(input: &[::core::primitive::i8; 8], output: &mut [::core::primitive::i8; 20]) {
        ::tinynet::__private::core::__for_m_profile! {
            { ::tinynet::__private::core::__for_dsp! { { const DATA : &
            ::tinynet::__private::core::assembly::Words < [::core::primitive::u8; 400] >
            = & ::tinynet::__private::core::assembly::Words(*
            b"\x04\x04\0\0\x04\0\0\0\x04\x04\0\0\x04\0\0\0\x04\x04\0\0\x04\0\0\0\x04\x04\0\0\x04\0\0\0\xFF\xFE\0\xFF\x01\x01\0\0\xFF\0\xFF\xFE\0\xFF\0\x01\xFF\xFF\x01\x01\0\0\xFF\xFE\xFF\xFF\0\x01\x01\0\0\x01\0\0\xFF\xFE\xFF\xFE\0\xFF\0\0\x01\0\0\0\xFF\xFE\xFF\xFF\x01\xFF\0\0\x01\xFF\xFF\0\0\x01\xFF\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\x04\x04\0\0\x04\0\0\0\x04\x04\0\0\x04\0\0\0\x04\x04\0\0\x04\0\0\0\x04\x04\0\0\x04\0\0\0\x01\0\0\xFF\0\xFF\x01\xFF\xFF\xFF\0\xFF\0\0\0\xFF\x01\xFF\x01\xFF\0\0\x01\x01\xFF\xFE\xFF\0\0\x01\xFF\xFF\0\0\x01\0\0\x01\x01\0\0\xFF\xFF\0\x01\x01\x01\0\xFF\0\xFF\0\x01\0\xFF\xFE\0\0\xFF\0\0\x01\x01\xFF\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\x04\x04\0\0\x04\0\0\0\x04\x04\0\0\x04\0\0\0\0\xFF\xFF\0\xFF\xFF\xFF\xFF\x01\0\0\xFF\0\xFF\xFF\xFF\x01\0\0\xFF\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF\xFF\0\x01\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0");
            Self::__y_instructions(::tinynet::__private::core::assembly::Operands::apart(input,
            output, & mut [], DATA)); } { const DATA : &
            ::tinynet::__private::core::assembly::Words < [::core::primitive::u8; 448] >
            = & ::tinynet::__private::core::assembly::Words(*
            b"\xF5\x97\xA6\xE6\xA9\xB5_\xBBZ\xAA\xA6w\x95^\xDD\xAB\xF9\x02\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xD0|\x01\0\0\xF9\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB0|\x02\0\0\xF1\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB1|\x02\0\0\xF9\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB0|\x02\0\0\xF9\x03\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xC0\xFC\x01\0\0\xF1\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB1|\x02\0\0\xF1\x05\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xA1\xFC\x02\0\0\xF1\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB1|\x02\0\0\x9E\xA6\xAD\xB5\xD9\x99\xFDg\xBA\xF9\xE7\xBA\xEE\xE7W\xD7\xF9\x03\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xC0\xFC\x01\0\0\xF9\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB0|\x02\0\0\xF1\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB1|\x02\0\0\xF9\x05\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xA0\xFC\x02\0\0\xF9\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB0|\x02\0\0\xF9\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB0|\x02\0\0\xF9\x05\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xA0\xFC\x02\0\0\xF9\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB0|\x02\0\0i\0\x9E\0g\0i\0n\0v\0Y\0\xE6\0\xF1\x06\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\x91|\x03\0\0\xF9\x02\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xD0|\x01\0\0\xF9\x04\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xB0|\x02\0\0\xF9\x03\0\0\0\0 \0\0\0\0\0\xFF\xFF\xEF\xC0\xFC\x01\0\0");
            Self::__y_instructions(::tinynet::__private::core::assembly::Operands::apart(input,
            output, & mut [], DATA)); } } } { const WEIGHTS : & [::core::primitive::u8;
            40] =
            b"$V\x11\x13\xD1V\xD1\x85\xCF\xDB\x05C7\xB5\x9C\nW\xDB\xF59%r\x8D\xE4\\\xA2\x0BV\x94\xC8~\xA21_\x94\x1Dd\xB5\x1D\x13";
            const BIAS : & [::core::primitive::i32; 20] = & [4, 4, 4, 4, 4, 4, 4, 4, 4,
            4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]; let layer =
            ::tinynet::__private::core::kernels::Packed { kernel :
            ::tinynet::__private::core::kernels::Dense { inputs : 8, outputs : 20,
            weights : WEIGHTS, bias : BIAS, requantize :
            ::tinynet::__private::core::requantize::ShiftPerTensor { shift : 3, min : -
            128, max : 127 } }, packing : ::tinynet::__private::core::kernels::Ternary {
            row_bytes : 2 } }; layer.run(input, output); }
        }
    }
    ::tinynet::__private::core::__for_m_profile! {
        { ::tinynet::__private::core::__for_dsp! { { #[doc =
        " Instructions of [`y`](Self::y)."] #[unsafe (naked)] extern "C" fn
        __y_instructions(_ : ::tinynet::__private::core::assembly::Operands < '_, 8, 20,
        0, 400 >) {
        ::core::arch::naked_asm!("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\nsub sp, #52\nstr r0, [sp, #0]\nstr r1, [sp, #4]\nstr r2, [sp, #8]\nstr r3, [sp, #12]\nstr r0, [sp, #16]\nbl 210f\nldr r0, [sp, #16]\naddw r1, r0, #8\nstr r1, [sp, #16]\nadd sp, #52\npop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n210:\nstr lr, [sp, #24]\nldr r1, [sp, #12]\nmovw r0, #2\nstr r0, [sp, #28]\n220:\nldm r1!, {r4, r5, r6, r7, r8, r9, r10, r11}\nldr r0, [sp, #16]\nldr r3, [r0, #0]\n.inst.w 0xfa2ff283 @ sxtb16 r2, r3\nldr r12, [r1, #0]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r12, [r1, #4]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22660c @ smlad r6, r2, r12, r6\n.inst.w 0xfb22770e @ smlad r7, r2, lr, r7\nldr r12, [r1, #8]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22880c @ smlad r8, r2, r12, r8\n.inst.w 0xfb22990e @ smlad r9, r2, lr, r9\nldr r12, [r1, #12]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22aa0c @ smlad r10, r2, r12, r10\n.inst.w 0xfb22bb0e @ smlad r11, r2, lr, r11\n.inst.w 0xfa2ff293 @ sxtb16 r2, r3, ror #8\nldr r12, [r1, #16]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r12, [r1, #20]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22660c @ smlad r6, r2, r12, r6\n.inst.w 0xfb22770e @ smlad r7, r2, lr, r7\nldr r12, [r1, #24]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22880c @ smlad r8, r2, r12, r8\n.inst.w 0xfb22990e @ smlad r9, r2, lr, r9\nldr r12, [r1, #28]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22aa0c @ smlad r10, r2, r12, r10\n.inst.w 0xfb22bb0e @ smlad r11, r2, lr, r11\nldr r3, [r0, #4]\n.inst.w 0xfa2ff283 @ sxtb16 r2, r3\nldr r12, [r1, #32]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r12, [r1, #36]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22660c @ smlad r6, r2, r12, r6\n.inst.w 0xfb22770e @ smlad r7, r2, lr, r7\nldr r12, [r1, #40]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22880c @ smlad r8, r2, r12, r8\n.inst.w 0xfb22990e @ smlad r9, r2, lr, r9\nldr r12, [r1, #44]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22aa0c @ smlad r10, r2, r12, r10\n.inst.w 0xfb22bb0e @ smlad r11, r2, lr, r11\n.inst.w 0xfa2ff293 @ sxtb16 r2, r3, ror #8\nldr r12, [r1, #48]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r12, [r1, #52]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22660c @ smlad r6, r2, r12, r6\n.inst.w 0xfb22770e @ smlad r7, r2, lr, r7\nldr r12, [r1, #56]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22880c @ smlad r8, r2, r12, r8\n.inst.w 0xfb22990e @ smlad r9, r2, lr, r9\nldr r12, [r1, #60]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22aa0c @ smlad r10, r2, r12, r10\n.inst.w 0xfb22bb0e @ smlad r11, r2, lr, r11\nldr r0, [sp, #4]\nsub r4, r4, r5\nldr r2, [r1, #64]\nldr r3, [r1, #68]\n.inst.w 0xfb543402 @ smmla r4, r4, r2, r3\nssat r4, #8, r4, asr #9\nstrb r4, [r0, #0]\nlsl r5, r5, #8\nldr r2, [r1, #72]\nldr r3, [r1, #76]\n.inst.w 0xfb553502 @ smmla r5, r5, r2, r3\nssat r5, #8, r5, asr #9\nstrb r5, [r0, #1]\nsub r6, r6, r7\nldr r2, [r1, #80]\nldr r3, [r1, #84]\n.inst.w 0xfb563602 @ smmla r6, r6, r2, r3\nssat r6, #8, r6, asr #9\nstrb r6, [r0, #2]\nlsl r7, r7, #8\nldr r2, [r1, #88]\nldr r3, [r1, #92]\n.inst.w 0xfb573702 @ smmla r7, r7, r2, r3\nssat r7, #8, r7, asr #9\nstrb r7, [r0, #3]\nsub r8, r8, r9\nldr r2, [r1, #96]\nldr r3, [r1, #100]\n.inst.w 0xfb583802 @ smmla r8, r8, r2, r3\nssat r8, #8, r8, asr #9\nstrb r8, [r0, #4]\nlsl r9, r9, #8\nldr r2, [r1, #104]\nldr r3, [r1, #108]\n.inst.w 0xfb593902 @ smmla r9, r9, r2, r3\nssat r9, #8, r9, asr #9\nstrb r9, [r0, #5]\nsub r10, r10, r11\nldr r2, [r1, #112]\nldr r3, [r1, #116]\n.inst.w 0xfb5a3a02 @ smmla r10, r10, r2, r3\nssat r10, #8, r10, asr #9\nstrb r10, [r0, #6]\nlsl r11, r11, #8\nldr r2, [r1, #120]\nldr r3, [r1, #124]\n.inst.w 0xfb5b3b02 @ smmla r11, r11, r2, r3\nssat r11, #8, r11, asr #9\nstrb r11, [r0, #7]\naddw r0, r0, #8\nstr r0, [sp, #4]\naddw r1, r1, #128\nldr r0, [sp, #28]\nsubs r0, #1\nstr r0, [sp, #28]\nbne 220b\nldm r1!, {r4, r5, r6, r7}\nldr r0, [sp, #16]\nldr r3, [r0, #0]\n.inst.w 0xfa2ff283 @ sxtb16 r2, r3\nldr r12, [r1, #0]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r12, [r1, #4]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22660c @ smlad r6, r2, r12, r6\n.inst.w 0xfb22770e @ smlad r7, r2, lr, r7\n.inst.w 0xfa2ff293 @ sxtb16 r2, r3, ror #8\nldr r12, [r1, #8]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r12, [r1, #12]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22660c @ smlad r6, r2, r12, r6\n.inst.w 0xfb22770e @ smlad r7, r2, lr, r7\nldr r3, [r0, #4]\n.inst.w 0xfa2ff283 @ sxtb16 r2, r3\nldr r12, [r1, #16]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r12, [r1, #20]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22660c @ smlad r6, r2, r12, r6\n.inst.w 0xfb22770e @ smlad r7, r2, lr, r7\n.inst.w 0xfa2ff293 @ sxtb16 r2, r3, ror #8\nldr r12, [r1, #24]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r12, [r1, #28]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22660c @ smlad r6, r2, r12, r6\n.inst.w 0xfb22770e @ smlad r7, r2, lr, r7\nldr r0, [sp, #4]\nsub r4, r4, r5\nldr r2, [r1, #32]\nldr r3, [r1, #36]\n.inst.w 0xfb543402 @ smmla r4, r4, r2, r3\nssat r4, #8, r4, asr #9\nstrb r4, [r0, #0]\nlsl r5, r5, #8\nldr r2, [r1, #40]\nldr r3, [r1, #44]\n.inst.w 0xfb553502 @ smmla r5, r5, r2, r3\nssat r5, #8, r5, asr #9\nstrb r5, [r0, #1]\nsub r6, r6, r7\nldr r2, [r1, #48]\nldr r3, [r1, #52]\n.inst.w 0xfb563602 @ smmla r6, r6, r2, r3\nssat r6, #8, r6, asr #9\nstrb r6, [r0, #2]\nlsl r7, r7, #8\nldr r2, [r1, #56]\nldr r3, [r1, #60]\n.inst.w 0xfb573702 @ smmla r7, r7, r2, r3\nssat r7, #8, r7, asr #9\nstrb r7, [r0, #3]\naddw r0, r0, #4\nstr r0, [sp, #4]\naddw r1, r1, #64\nldr pc, [sp, #24]\n",
        options(raw)) } } { #[doc = " Instructions of [`y`](Self::y)."] #[unsafe (naked)]
        extern "C" fn __y_instructions(_ : ::tinynet::__private::core::assembly::Operands
        < '_, 8, 20, 0, 448 >) {
        ::core::arch::naked_asm!("push {r4, r5, r6, r7, lr}\nmov r4, r8\nmov r5, r9\nmov r6, r10\nmov r7, r11\npush {r4, r5, r6, r7}\nsub sp, #96\nstr r0, [sp, #28]\nstr r1, [sp, #0]\nstr r2, [sp, #32]\nstr r3, [sp, #4]\nstr r0, [sp, #8]\nmov r2, r0\nadds r2, #8\nstr r2, [sp, #12]\nmovs r7, #0\nmovs r5, #0\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #1\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #2\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #3\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #4\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #5\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #6\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #7\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nadds r0, #8\nlsls r7, r7, #1\nrsbs r7, r7, #0\nstr r7, [sp, #64]\nlsls r6, r7, #2\nadds r6, r6, r7\nstr r6, [sp, #68]\nlsls r5, r6, #2\nadds r5, r5, r7\nstr r5, [sp, #72]\nlsls r6, r5, #2\nadds r6, r6, r7\nstr r6, [sp, #76]\nlsls r5, r6, #2\nadds r5, r5, r7\nstr r5, [sp, #80]\nlsls r6, r5, #2\nadds r6, r6, r7\nstr r6, [sp, #84]\nlsls r5, r6, #2\nadds r5, r5, r7\nstr r5, [sp, #88]\nlsls r6, r5, #2\nadds r6, r6, r7\nstr r6, [sp, #92]\nldr r1, [sp, #4]\nmovs r0, #2\nstr r0, [sp, #24]\n210:\nldr r2, [sp, #92]\nmov r8, r2\nldr r2, [sp, #88]\nmov r9, r2\nldr r2, [sp, #84]\nmov r10, r2\nldr r2, [sp, #80]\nmov r11, r2\nldr r2, [sp, #76]\nmov r12, r2\nldr r2, [sp, #72]\nmov lr, r2\nldr r2, [sp, #68]\nmov r6, r2\nldr r2, [sp, #64]\nmov r7, r2\nldr r0, [sp, #8]\nldm r1!, {r4}\nmovs r2, #0\nldrsb r2, [r0, r2]\nuxth r5, r4\nlsrs r3, r5, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r5, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r5, #6\nmuls r3, r2, r3\nadd r11, r3\nlsrs r3, r5, #8\nmuls r3, r2, r3\nadd r12, r3\nlsrs r3, r5, #10\nmuls r3, r2, r3\nadd lr, r3\nlsrs r3, r5, #12\nmuls r3, r2, r3\nadds r6, r6, r3\nlsrs r3, r5, #14\nmuls r3, r2, r3\nadds r7, r7, r3\nmuls r5, r2, r5\nadd r8, r5\nlsrs r4, r4, #16\nmovs r2, #1\nldrsb r2, [r0, r2]\nlsrs r3, r4, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r4, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r4, #6\nmuls r3, r2, r3\nadd r11, r3\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r12, r3\nlsrs r3, r4, #10\nmuls r3, r2, r3\nadd lr, r3\nlsrs r3, r4, #12\nmuls r3, r2, r3\nadds r6, r6, r3\nlsrs r3, r4, #14\nmuls r3, r2, r3\nadds r7, r7, r3\nmuls r4, r2, r4\nadd r8, r4\nldm r1!, {r4}\nmovs r2, #2\nldrsb r2, [r0, r2]\nuxth r5, r4\nlsrs r3, r5, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r5, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r5, #6\nmuls r3, r2, r3\nadd r11, r3\nlsrs r3, r5, #8\nmuls r3, r2, r3\nadd r12, r3\nlsrs r3, r5, #10\nmuls r3, r2, r3\nadd lr, r3\nlsrs r3, r5, #12\nmuls r3, r2, r3\nadds r6, r6, r3\nlsrs r3, r5, #14\nmuls r3, r2, r3\nadds r7, r7, r3\nmuls r5, r2, r5\nadd r8, r5\nlsrs r4, r4, #16\nmovs r2, #3\nldrsb r2, [r0, r2]\nlsrs r3, r4, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r4, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r4, #6\nmuls r3, r2, r3\nadd r11, r3\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r12, r3\nlsrs r3, r4, #10\nmuls r3, r2, r3\nadd lr, r3\nlsrs r3, r4, #12\nmuls r3, r2, r3\nadds r6, r6, r3\nlsrs r3, r4, #14\nmuls r3, r2, r3\nadds r7, r7, r3\nmuls r4, r2, r4\nadd r8, r4\nldm r1!, {r4}\nmovs r2, #4\nldrsb r2, [r0, r2]\nuxth r5, r4\nlsrs r3, r5, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r5, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r5, #6\nmuls r3, r2, r3\nadd r11, r3\nlsrs r3, r5, #8\nmuls r3, r2, r3\nadd r12, r3\nlsrs r3, r5, #10\nmuls r3, r2, r3\nadd lr, r3\nlsrs r3, r5, #12\nmuls r3, r2, r3\nadds r6, r6, r3\nlsrs r3, r5, #14\nmuls r3, r2, r3\nadds r7, r7, r3\nmuls r5, r2, r5\nadd r8, r5\nlsrs r4, r4, #16\nmovs r2, #5\nldrsb r2, [r0, r2]\nlsrs r3, r4, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r4, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r4, #6\nmuls r3, r2, r3\nadd r11, r3\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r12, r3\nlsrs r3, r4, #10\nmuls r3, r2, r3\nadd lr, r3\nlsrs r3, r4, #12\nmuls r3, r2, r3\nadds r6, r6, r3\nlsrs r3, r4, #14\nmuls r3, r2, r3\nadds r7, r7, r3\nmuls r4, r2, r4\nadd r8, r4\nldm r1!, {r4}\nmovs r2, #6\nldrsb r2, [r0, r2]\nuxth r5, r4\nlsrs r3, r5, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r5, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r5, #6\nmuls r3, r2, r3\nadd r11, r3\nlsrs r3, r5, #8\nmuls r3, r2, r3\nadd r12, r3\nlsrs r3, r5, #10\nmuls r3, r2, r3\nadd lr, r3\nlsrs r3, r5, #12\nmuls r3, r2, r3\nadds r6, r6, r3\nlsrs r3, r5, #14\nmuls r3, r2, r3\nadds r7, r7, r3\nmuls r5, r2, r5\nadd r8, r5\nlsrs r4, r4, #16\nmovs r2, #7\nldrsb r2, [r0, r2]\nlsrs r3, r4, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r4, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r4, #6\nmuls r3, r2, r3\nadd r11, r3\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r12, r3\nlsrs r3, r4, #10\nmuls r3, r2, r3\nadd lr, r3\nlsrs r3, r4, #12\nmuls r3, r2, r3\nadds r6, r6, r3\nlsrs r3, r4, #14\nmuls r3, r2, r3\nadds r7, r7, r3\nmuls r4, r2, r4\nadd r8, r4\nadds r0, #8\nstr r6, [sp, #52]\nstr r7, [sp, #56]\nmov r0, r1\nldr r1, [sp, #0]\nmov r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #7]\nldr r6, [sp, #52]\nldr r7, [sp, #56]\nlsls r7, r7, #2\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #6]\nmov r6, lr\nldr r7, [sp, #52]\nlsls r7, r7, #2\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #5]\nmov r6, r12\nmov r7, lr\nlsls r7, r7, #2\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #4]\nmov r6, r11\nmov r7, r12\nlsls r7, r7, #2\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #3]\nmov r6, r10\nmov r7, r11\nlsls r7, r7, #2\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #2]\nmov r6, r9\nmov r7, r10\nlsls r7, r7, #2\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #1]\nmov r6, r8\nmov r7, r9\nlsls r7, r7, #2\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #0]\nadds r1, #8\nstr r1, [sp, #0]\nmov r1, r0\nldr r0, [sp, #24]\nsubs r0, #1\nstr r0, [sp, #24]\nbeq 211f\nb 210b\n211:\nldr r2, [sp, #76]\nmov r8, r2\nldr r2, [sp, #72]\nmov r9, r2\nldr r2, [sp, #68]\nmov r10, r2\nldr r2, [sp, #64]\nmov r11, r2\nldr r0, [sp, #8]\nldm r1!, {r4}\nmovs r2, #0\nldrsb r2, [r0, r2]\nuxth r5, r4\nlsrs r3, r5, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r5, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r5, #6\nmuls r3, r2, r3\nadd r11, r3\nmuls r5, r2, r5\nadd r8, r5\nlsrs r4, r4, #16\nmovs r2, #1\nldrsb r2, [r0, r2]\nlsrs r3, r4, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r4, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r4, #6\nmuls r3, r2, r3\nadd r11, r3\nmuls r4, r2, r4\nadd r8, r4\nldm r1!, {r4}\nmovs r2, #2\nldrsb r2, [r0, r2]\nuxth r5, r4\nlsrs r3, r5, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r5, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r5, #6\nmuls r3, r2, r3\nadd r11, r3\nmuls r5, r2, r5\nadd r8, r5\nlsrs r4, r4, #16\nmovs r2, #3\nldrsb r2, [r0, r2]\nlsrs r3, r4, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r4, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r4, #6\nmuls r3, r2, r3\nadd r11, r3\nmuls r4, r2, r4\nadd r8, r4\nldm r1!, {r4}\nmovs r2, #4\nldrsb r2, [r0, r2]\nuxth r5, r4\nlsrs r3, r5, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r5, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r5, #6\nmuls r3, r2, r3\nadd r11, r3\nmuls r5, r2, r5\nadd r8, r5\nlsrs r4, r4, #16\nmovs r2, #5\nldrsb r2, [r0, r2]\nlsrs r3, r4, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r4, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r4, #6\nmuls r3, r2, r3\nadd r11, r3\nmuls r4, r2, r4\nadd r8, r4\nldm r1!, {r4}\nmovs r2, #6\nldrsb r2, [r0, r2]\nuxth r5, r4\nlsrs r3, r5, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r5, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r5, #6\nmuls r3, r2, r3\nadd r11, r3\nmuls r5, r2, r5\nadd r8, r5\nlsrs r4, r4, #16\nmovs r2, #7\nldrsb r2, [r0, r2]\nlsrs r3, r4, #2\nmuls r3, r2, r3\nadd r9, r3\nlsrs r3, r4, #4\nmuls r3, r2, r3\nadd r10, r3\nlsrs r3, r4, #6\nmuls r3, r2, r3\nadd r11, r3\nmuls r4, r2, r4\nadd r8, r4\nadds r0, #8\nmov r0, r1\nldr r1, [sp, #0]\nmov r6, r11\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #3]\nmov r6, r10\nmov r7, r11\nlsls r7, r7, #2\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #2]\nmov r6, r9\nmov r7, r10\nlsls r7, r7, #2\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #1]\nmov r6, r8\nmov r7, r9\nlsls r7, r7, #2\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #0]\nadds r1, #4\nstr r1, [sp, #0]\nmov r1, r0\nadd sp, #96\npop {r4, r5, r6, r7}\nmov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7\npop {r4, r5, r6, r7, pc}\n",
        options(raw)) } } } } {}
    }
}
impl ::tinynet::__private::core::Network for FewBits {
    type Input = [::core::primitive::i8; 8];
    type Output = [::core::primitive::i8; 20];
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
        input: &[::core::primitive::i8; 8],
    ) -> &[::core::primitive::i8; 20] {
        Self::infer(self, input)
    }
    fn input_mut(&mut self) -> &mut [::core::primitive::i8; 8] {
        Self::input_mut(self)
    }
    fn run(&mut self) -> &[::core::primitive::i8; 20] {
        Self::run(self)
    }
    fn classify(
        &mut self,
        input: &[::core::primitive::i8; 8],
    ) -> ::core::primitive::usize {
        Self::classify(self, input)
    }
}
impl ::core::default::Default for FewBits {
    fn default() -> Self {
        Self::new()
    }
}
