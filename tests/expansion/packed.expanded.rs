const _: () = {
    use ::tinynet::dsl::{
        *, Activations::*, Layout::*, Order::*, Padding::*, Precision::*, RangeChoice::*,
        Scheme::*, Unroll::*,
    };
    struct Layers {
        picture: Input,
        edges: Conv2d,
        lines: Dense,
    }
    /// The declaration for editors, to complete and explain its names. Never called.
    fn anchors(layers: Layers) {
        let _ = Input {
            shape: ::core::default::Default::default(),
            range: ::core::default::Default::default(),
            ..::core::default::Default::default()
        };
        let _ = Conv2d {
            filters: ::core::default::Default::default(),
            kernel: ::core::default::Default::default(),
            padding: Same,
            weights: ::core::default::Default::default(),
            bias: ::core::default::Default::default(),
            layout: PyTorch,
            unroll: Loop,
            ..::core::default::Default::default()
        };
        let _ = Relu {
            ..::core::default::Default::default()
        };
        let _ = MaxPool2d {
            size: ::core::default::Default::default(),
            ..::core::default::Default::default()
        };
        let _ = Flatten {
            order: ChannelsLast,
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
        let _ = Softmax {
            ..::core::default::Default::default()
        };
    }
};
/// Whether a 6 x 6 picture shows a line that lies or one that stands.
/**

# What it costs

| layer | kind | code | precision | output | weights | flash | RAM | stack | multiply-accumulates | cycles | next faster |
|---|---|---|---|---|--:|--:|--:|--:|--:|--:|---|
| `edges` | Conv2d + Relu | telescoped loop | Int8 | 6 × 6 × 2 | 18 | 590 | 87 | 168 | 648 | 14 343 |  |
| `max_pool2d_3` | MaxPool2d | assembly loop |  | 3 × 3 × 2 | 0 | 196 | 81 | 120 | 0 | 1 049 |  |
| `flatten4` | Flatten | none |  | 18 | 0 | 0 | 18 | 40 | 0 | 0 |  |
| `lines` | Dense | telescoped loop | Int8 | 2 | 36 | 648 | 20 | 168 | 36 | 408 |  |
| `softmax6` | Softmax | assembly loop |  | 2 | 0 | 338 | 4 | 96 | 0 | 424 |  |
| **all** | | | | | 54 | 1 788 | 88 | 168 | 684 | 16 248 | |

Flash (bytes; what layers share is in the sum only) is an estimate; RAM (bytes) is exact: all tensors in memory while the layer runs. Stack (bytes) is the most that an inference takes on a Cortex-M0 on top of its caller's, for `opt-level` 3 or `"s"`, link-time optimisation and one codegen unit. Cycles are those of a Cortex-M0 whose flash has no wait states: exact where the code is assembly, else an estimate; behind them, the next faster code that the layer could have with more flash or RAM.

Input: 6 × 6 × 1 int8, fixed point Q0.7: `q / 128`. Output: 2 int8, fixed point Q0.7: `q / 128`.

# Its graph and its memory

<svg viewBox="0 0 404 212" width="404" role="img" aria-label="graph" style="max-width:100%" font-family="sans-serif" font-size="12" fill="none" stroke="currentColor"><rect x="1" y="4" width="294" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="20" font-weight="bold">picture</text><text x="115" y="20">Input</text><text x="286" y="20" text-anchor="end">6 × 6 × 1</text></g><rect x="1" y="38" width="294" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="54" font-weight="bold">edges</text><text x="115" y="54">Conv2d + Relu</text><text x="286" y="54" text-anchor="end">6 × 6 × 2</text></g><path d="M40 28V38m-3 -4l3 4l3 -4"/><rect x="1" y="72" width="294" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="88" font-weight="bold">max_pool2d_3</text><text x="115" y="88">MaxPool2d</text><text x="286" y="88" text-anchor="end">3 × 3 × 2</text></g><path d="M40 62V72m-3 -4l3 4l3 -4"/><rect x="1" y="106" width="294" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="122" font-weight="bold">flatten4</text><text x="115" y="122">Flatten</text><text x="286" y="122" text-anchor="end">18</text></g><path d="M40 96V106m-3 -4l3 4l3 -4"/><rect x="1" y="140" width="294" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="156" font-weight="bold">lines</text><text x="115" y="156">Dense</text><text x="286" y="156" text-anchor="end">2</text></g><path d="M40 130V140m-3 -4l3 4l3 -4"/><rect x="1" y="174" width="294" height="24" rx="5"/><g fill="currentColor" stroke="none"><text x="10" y="190" font-weight="bold">softmax6</text><text x="115" y="190">Softmax</text><text x="286" y="190" text-anchor="end">2</text></g><path d="M40 164V174m-3 -4l3 4l3 -4"/></svg>
<svg viewBox="0 0 354 184" width="354" role="img" aria-label="memory over time" style="max-width:100%" font-family="sans-serif" font-size="10" fill="currentColor"><g><title>picture: 36 bytes at 51</title><rect x="2" y="94" width="68" height="65" fill-opacity="0.12" stroke="currentColor"/><text x="5" y="130">picture</text></g><g><title>relu2: 72 bytes at 9</title><rect x="2" y="18" width="138" height="130" fill-opacity="0.12" stroke="currentColor"/><text x="5" y="87">relu2</text></g><g><title>max_pool2d_3: 18 bytes at 0</title><rect x="72" y="2" width="138" height="32" fill-opacity="0.12" stroke="currentColor"/><text x="75" y="22">max_pool2d_3</text></g><g><title>lines: 2 bytes at 18</title><rect x="212" y="34" width="138" height="3" fill-opacity="0.12" stroke="currentColor"/></g><g><title>softmax6: 2 bytes at 0</title><rect x="282" y="2" width="68" height="3" fill-opacity="0.12" stroke="currentColor"/></g><g><title>scratch: 9 bytes at 0</title><rect x="2" y="2" width="68" height="16" fill-opacity="0.3" stroke="currentColor"/><text x="5" y="14">scratch</text></g><text x="4" y="176">edges</text><text x="74" y="176">max_pool2d_3</text><text x="144" y="176">flatten4</text><text x="214" y="176">lines</text><text x="284" y="176">softmax6</text></svg>

*/
#[derive(::core::fmt::Debug)]
pub struct Packed {
    arena: ::tinynet::__private::core::Arena<88>,
}
#[allow(clippy::same_name_method)]
impl Packed {
    /// Estimated bytes of flash: code, weights and tables.
    pub const FLASH: ::core::primitive::usize = 1788;
    /// Bytes of memory: everything the network's value holds. The stack is not counted.
    pub const RAM: ::core::primitive::usize = ::core::mem::size_of::<Self>();
    /// The most bytes of stack that an inference takes on top of what its caller has in use: on a larger core of the M
    /// profile where it is built for one, else on a Cortex-M0.
    ///
    /// An upper bound for programs compiled with `opt-level` 3 or `"s"`, link-time optimisation and one codegen unit.
    /// Interrupts are not counted.
    pub const STACK: ::core::primitive::usize = 168;
    /// Multiply-accumulate operations an inference.
    pub const MACS: ::core::primitive::usize = 684;
    /// Cycles an inference on a Cortex-M0 whose flash has no wait states.
    /// Exact for layers in assembly, an estimate of the longest for those in Rust.
    pub const CYCLES_CORTEX_M0: ::core::primitive::usize = 16248;
    /// The layers in the order they run.
    pub const LAYERS: &'static [::tinynet::__private::core::report::Layer] = &[
        ::tinynet::__private::core::report::Layer {
            name: "edges",
            kind: "Conv2d + Relu",
            output_shape: &[6, 6, 2],
            weights: 18,
            macs: 648,
            code: "telescoped loop",
            cycles: 14343,
            flash: 590,
            ram: 87,
            stack: 168,
            unrolled: false,
        },
        ::tinynet::__private::core::report::Layer {
            name: "max_pool2d_3",
            kind: "MaxPool2d",
            output_shape: &[3, 3, 2],
            weights: 0,
            macs: 0,
            code: "assembly loop",
            cycles: 1049,
            flash: 196,
            ram: 81,
            stack: 120,
            unrolled: false,
        },
        ::tinynet::__private::core::report::Layer {
            name: "flatten4",
            kind: "Flatten",
            output_shape: &[18],
            weights: 0,
            macs: 0,
            code: "none",
            cycles: 0,
            flash: 0,
            ram: 18,
            stack: 40,
            unrolled: false,
        },
        ::tinynet::__private::core::report::Layer {
            name: "lines",
            kind: "Dense",
            output_shape: &[2],
            weights: 36,
            macs: 36,
            code: "telescoped loop",
            cycles: 408,
            flash: 648,
            ram: 20,
            stack: ::tinynet::__private::core::stack::of_target(168, 168, 144),
            unrolled: false,
        },
        ::tinynet::__private::core::report::Layer {
            name: "softmax6",
            kind: "Softmax",
            output_shape: &[2],
            weights: 0,
            macs: 0,
            code: "assembly loop",
            cycles: 424,
            flash: 338,
            ram: 4,
            stack: 96,
            unrolled: false,
        },
    ];
    /// Shape of the input: height, width, channels for an image; length, channels for a sequence.
    pub const INPUT_SHAPE: &'static [::core::primitive::usize] = &[6, 6, 1];
    /// Shape of the output.
    pub const OUTPUT_SHAPE: &'static [::core::primitive::usize] = &[2];
    /// Real numbers behind the integers of the input.
    pub const INPUT_QUANTIZATION: ::tinynet::__private::core::Quantization = ::tinynet::__private::core::Quantization::fixed_point(
        7,
    );
    /// Real numbers behind the integers of the output.
    pub const OUTPUT_QUANTIZATION: ::tinynet::__private::core::Quantization = ::tinynet::__private::core::Quantization::fixed_point(
        7,
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
        input: &[::core::primitive::i8; 36],
    ) -> &[::core::primitive::i8; 2] {
        {
            let (output, scratch) = self.arena.two_mut::<_, 9, 72, 0, 9>();
            Self::edges(
                ::tinynet::__private::core::Overlap::apart(input, output),
                scratch,
            );
        }
        self.after_input();
        {
            let (input, output) = self.arena.pair::<_, 18, 2, 0, 2>();
            Self::softmax6(input, output);
        }
        self.arena.one::<_, 0, 2>()
    }
    /// Where the input goes, to be filled in place (by DMA, say) before [`run`](Self::run).
    ///
    /// An inference reuses this memory: fill it whole each time.
    pub fn input_mut(&mut self) -> &mut [::core::primitive::i8; 36] {
        self.arena.one_mut::<_, 51, 36>()
    }
    /// Runs the network on what [`input_mut`](Self::input_mut) holds.
    pub fn run(&mut self) -> &[::core::primitive::i8; 2] {
        {
            let (tensors, scratch) = self
                .arena
                .overlap_scratch::<_, 51, 36, 9, 72, 42, 0, 9>();
            Self::edges(tensors, scratch);
        }
        self.after_input();
        {
            let (input, output) = self.arena.pair::<_, 18, 2, 0, 2>();
            Self::softmax6(input, output);
        }
        self.arena.one::<_, 0, 2>()
    }
    /// Index of the largest output for `input`; the first of equals. A softmax at the end is left out where that
    /// changes no answer.
    pub fn classify(
        &mut self,
        input: &[::core::primitive::i8; 36],
    ) -> ::core::primitive::usize {
        {
            let (output, scratch) = self.arena.two_mut::<_, 9, 72, 0, 9>();
            Self::edges(
                ::tinynet::__private::core::Overlap::apart(input, output),
                scratch,
            );
        }
        self.after_input();
        ::tinynet::__private::core::kernels::arg_max(
            self.arena.one::<::core::primitive::i8, 18, 2>(),
        )
    }
    /// Real numbers as the integers of the input, to the nearest; what is beyond their range becomes the end of it.
    pub fn quantize_input<V: ::tinynet::__private::core::Real>(
        values: &[V; 36],
    ) -> [::core::primitive::i8; 36] {
        Self::INPUT_QUANTIZATION.quantize_array(values)
    }
    /// The real numbers that the integers of the output stand for.
    pub fn dequantize_output<V: ::tinynet::__private::core::Real>(
        output: &[::core::primitive::i8; 2],
    ) -> [V; 2] {
        Self::OUTPUT_QUANTIZATION.dequantize_array(output)
    }
    ::tinynet::__private::core::infer_fixed!(36, U7, 2, U7);
    /// The layers behind the one that reads the input.
    #[inline(never)]
    fn after_input(&mut self) {
        {
            Self::max_pool2d_3(self.arena.overlap::<_, 9, 72, 0, 18, 2>());
        }
        {
            let (input, output) = self.arena.pair::<_, 0, 18, 18, 2>();
            Self::lines(input, output);
        }
    }
    /// Conv2d + Relu, 6 × 6 × 1 → 6 × 6 × 2; 648 multiply-accumulates.
    #[inline(never)]
    fn edges(
        tensors: ::tinynet::__private::core::Overlap<
            '_,
            ::core::primitive::i8,
            36,
            72,
            42,
        >,
        scratch: &mut [::core::primitive::i8; 9],
    ) {
        ::tinynet::__private::core::__for_m_profile! {
            { const DATA : & ::tinynet::__private::core::assembly::Words <
            [::core::primitive::u8; 76] > = &
            ::tinynet::__private::core::assembly::Words(*
            b"``\0\0\xC0`\0\0``\0\0`\xC0\0\0\xC0\xC0\0\0`\xC0\0\0``\0\0\xC0`\0\0``\0\0\x01\x7F\0\0\0\0\x02\0\0\0\0\0\xFF\xFF\xFE\x80@{\0\0\x01\x7F\0\0\0\0\x02\0\0\0\0\0\xFF\xFF\xFE\x80@\x7F\0\0");
            Self::__edges_instructions(::tinynet::__private::core::assembly::Operands::overlapping(tensors,
            scratch, DATA)); } { const WEIGHTS : & [::core::primitive::u8; 18] =
            b"\xE0\xE0\xE0@@@\xE0\xE0\xE0\xE0@\xE0\xE0@\xE0\xE0@\xE0"; const BIAS : &
            [::core::primitive::i32; 2] = & [- 16320, - 15296]; const { &
            ::tinynet::__private::core::kernels::Conv2d { window :
            ::tinynet::__private::core::kernels::Window { input : [6, 6, 1], output : [6,
            6, 2], kernel : [3, 3], stride : [1, 1], dilation : [1, 1], padding : [1, 1],
            }, groups : 1, input_zero_point : 0, weights : WEIGHTS, bias : BIAS,
            requantize : ::tinynet::__private::core::requantize::ShiftPerTensor { shift :
            7, min : - 128, max : 127 } } .overlapping:: < 42 > () } .run(tensors,
            scratch); }
        }
    }
    ::tinynet::__private::core::__for_m_profile! {
        { #[doc = " Instructions of [`edges`](Self::edges)."] #[unsafe (naked)] extern
        "C" fn __edges_instructions(_ : ::tinynet::__private::core::assembly::Operands <
        '_, 36, 72, 9, 76 >) {
        ::core::arch::naked_asm!("push {r4, r5, r6, r7, lr}\nmov r4, r8\nmov r5, r9\nmov r6, r10\nmov r7, r11\npush {r4, r5, r6, r7}\nsub sp, #72\nstr r0, [sp, #28]\nstr r1, [sp, #0]\nstr r2, [sp, #32]\nstr r3, [sp, #4]\nldr r0, [sp, #32]\nstr r0, [sp, #8]\nadds r0, #9\nstr r0, [sp, #12]\nldr r0, [sp, #28]\nsubs r0, #7\nstr r0, [sp, #28]\nmovs r0, #1\nrsbs r0, r0, #0\nstr r0, [sp, #40]\nmovs r0, #6\nstr r0, [sp, #16]\n210:\nmovs r0, #1\nrsbs r0, r0, #0\nstr r0, [sp, #36]\nmovs r0, #3\nstr r0, [sp, #44]\nmovs r0, #6\nstr r0, [sp, #20]\n220:\n230:\nldr r1, [sp, #32]\nmov r11, r1\nmovs r7, #0\nmov r0, r1\nadds r0, #3\nmovs r6, #2\n240:\nldrb r5, [r0, #0]\nstrb r5, [r1, #0]\nadds r7, r7, r5\nldrb r5, [r0, #1]\nstrb r5, [r1, #1]\nadds r7, r7, r5\nldrb r5, [r0, #2]\nstrb r5, [r1, #2]\nadds r7, r7, r5\nadds r0, #3\nadds r1, #3\nsubs r6, #1\nbne 240b\nldr r5, [sp, #36]\nmovs r6, #6\ncmp r5, r6\nsbcs r2, r2\nmov r8, r2\nldr r5, [sp, #40]\nmov r9, r5\nadds r5, #3\nmov r12, r5\nldr r0, [sp, #28]\nmov r10, r0\nmovs r4, #0\nmovs r3, #128\n250:\nmov r0, r10\nmov r5, r9\nmovs r6, #6\ncmp r5, r6\nsbcs r2, r2\nmov r6, r8\nands r2, r6\nmov r6, r11\nsubs r0, r0, r6\nands r0, r2\nadds r0, r0, r6\nldrb r5, [r0, #0]\neors r5, r4\nands r5, r2\neors r5, r3\nstrb r5, [r1, #0]\nadds r7, r7, r5\nadds r0, #1\nadds r1, #1\nmov r5, r9\nadds r5, #1\nmov r9, r5\nmov r5, r10\nadds r5, #6\nmov r10, r5\ncmp r9, r12\nbne 250b\nldr r0, [sp, #36]\nadds r0, #1\nstr r0, [sp, #36]\nldr r0, [sp, #28]\nadds r0, #1\nstr r0, [sp, #28]\nldr r0, [sp, #44]\nsubs r0, #1\nstr r0, [sp, #44]\nbne 230b\nlsls r7, r7, #7\nrsbs r7, r7, #0\nstr r7, [sp, #64]\nlsls r6, r7, #8\nadds r6, r6, r7\nstr r6, [sp, #68]\nldr r1, [sp, #4]\nldr r2, [sp, #68]\nmov r8, r2\nldr r2, [sp, #64]\nmov r9, r2\nldr r0, [sp, #8]\nldrb r2, [r0, #0]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nldrb r2, [r0, #1]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nldrb r2, [r0, #2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nldrb r2, [r0, #3]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nldrb r2, [r0, #4]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nldrb r2, [r0, #5]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nldrb r2, [r0, #6]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nldrb r2, [r0, #7]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nldrb r2, [r0, #8]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nadds r0, #9\nmov r0, r1\nldr r1, [sp, #0]\nmov r6, r9\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #1]\nmov r6, r8\nmov r7, r9\nlsls r7, r7, #8\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #16\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #0]\nadds r1, #2\nstr r1, [sp, #0]\nmov r1, r0\nmovs r0, #1\nstr r0, [sp, #44]\nldr r0, [sp, #20]\nsubs r0, #1\nstr r0, [sp, #20]\nbeq 221f\nb 220b\n221:\nldr r0, [sp, #28]\nsubs r0, #2\nstr r0, [sp, #28]\nldr r0, [sp, #40]\nadds r0, #1\nstr r0, [sp, #40]\nldr r0, [sp, #16]\nsubs r0, #1\nstr r0, [sp, #16]\nbeq 211f\nb 210b\n211:\nadd sp, #72\npop {r4, r5, r6, r7}\nmov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7\npop {r4, r5, r6, r7, pc}\n",
        options(raw)) } } {}
    }
    /// MaxPool2d, 6 × 6 × 2 → 3 × 3 × 2.
    #[inline(never)]
    fn max_pool2d_3(
        tensors: ::tinynet::__private::core::Overlap<
            '_,
            ::core::primitive::i8,
            72,
            18,
            2,
        >,
    ) {
        ::tinynet::__private::core::__for_m_profile! {
            { const DATA : & ::tinynet::__private::core::assembly::Words <
            [::core::primitive::u8; 0] > = &
            ::tinynet::__private::core::assembly::Words(* b"");
            Self::__max_pool2d_3_instructions(::tinynet::__private::core::assembly::Operands::overlapping(tensors,
            & mut [], DATA)); } { const { &
            ::tinynet::__private::core::kernels::MaxPool2d { window :
            ::tinynet::__private::core::kernels::Window { input : [6, 6, 2], output : [3,
            3, 2], kernel : [2, 2], stride : [2, 2], dilation : [1, 1], padding : [0, 0],
            } } .overlapping:: < 2 > () } .run(tensors, & mut []); }
        }
    }
    ::tinynet::__private::core::__for_m_profile! {
        { #[doc = " Instructions of [`max_pool2d_3`](Self::max_pool2d_3)."] #[unsafe
        (naked)] extern "C" fn __max_pool2d_3_instructions(_ :
        ::tinynet::__private::core::assembly::Operands < '_, 72, 18, 0, 0 >) {
        ::core::arch::naked_asm!("push {r4, r5, r6, r7, lr}\nmov r4, r8\nmov r5, r9\nmov r6, r10\nmov r7, r11\npush {r4, r5, r6, r7}\nsub sp, #24\nstr r0, [sp, #4]\nstr r1, [sp, #0]\nstr r3, [sp, #20]\nmovs r0, #3\nstr r0, [sp, #12]\n210:\nldr r0, [sp, #4]\nstr r0, [sp, #8]\nmovs r0, #3\nstr r0, [sp, #16]\n220:\nldr r1, [sp, #0]\nmov r9, r1\nmovs r1, #2\nldr r0, [sp, #8]\nadds r2, r0, r1\nmov r8, r2\nmovs r1, #2\nmov r10, r1\n230:\nmovs r6, #128\nrsbs r6, r6, #0\nmovs r1, #0\nldrsb r2, [r0, r1]\nsubs r2, r2, r6\nasrs r3, r2, #31\nbics r2, r3\nadds r6, r6, r2\nadds r1, #2\nldrsb r2, [r0, r1]\nsubs r2, r2, r6\nasrs r3, r2, #31\nbics r2, r3\nadds r6, r6, r2\nadds r1, #10\nldrsb r2, [r0, r1]\nsubs r2, r2, r6\nasrs r3, r2, #31\nbics r2, r3\nadds r6, r6, r2\nadds r1, #2\nldrsb r2, [r0, r1]\nsubs r2, r2, r6\nasrs r3, r2, #31\nbics r2, r3\nadds r6, r6, r2\nmov r1, r9\nstrb r6, [r1, #0]\nadds r1, #1\nmov r9, r1\nadds r0, #1\ncmp r0, r8\nbne 230b\nstr r1, [sp, #0]\nldr r0, [sp, #8]\nadds r0, #4\nstr r0, [sp, #8]\nldr r0, [sp, #16]\nsubs r0, #1\nstr r0, [sp, #16]\nbne 220b\nldr r0, [sp, #4]\nadds r0, #24\nstr r0, [sp, #4]\nldr r0, [sp, #12]\nsubs r0, #1\nstr r0, [sp, #12]\nbne 210b\nadd sp, #24\npop {r4, r5, r6, r7}\nmov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7\npop {r4, r5, r6, r7, pc}\n",
        options(raw)) } } {}
    }
    /// Dense, 18 → 2; 36 multiply-accumulates.
    #[inline(never)]
    fn lines(
        input: &[::core::primitive::i8; 18],
        output: &mut [::core::primitive::i8; 2],
    ) {
        ::tinynet::__private::core::__for_m_profile! {
            { ::tinynet::__private::core::__for_dsp! { { const DATA : &
            ::tinynet::__private::core::assembly::Words < [::core::primitive::u8; 64] > =
            & ::tinynet::__private::core::assembly::Words(*
            b"\0\x02\x02\0\0\x02\0\0\xC0?\xC0?@\xC0@\xC0\xC0?\xC0?@\xC0@\xC0\xC0?\xC0?@\xC0@\xC0\xC0?\xC0?@\xC0@\xC0\xC0?\0\0@\xC0\0\0\0\0\0@\0\0\0\0\0\0\0@\0\0\0\0");
            Self::__lines_instructions(::tinynet::__private::core::assembly::Operands::apart(input,
            output, & mut [], DATA)); } { const DATA : &
            ::tinynet::__private::core::assembly::Words < [::core::primitive::u8; 112] >
            = & ::tinynet::__private::core::assembly::Words(*
            b"\xC0@\0\0@\xC0\0\0\xC0@\0\0@\xC0\0\0\xC0@\0\0@\xC0\0\0\xC0@\0\0@\xC0\0\0\xC0@\0\0@\xC0\0\0\xC0@\0\0@\xC0\0\0\xC0@\0\0@\xC0\0\0\xC0@\0\0@\xC0\0\0\xC0@\0\0@\xC0\0\0\x01\xF8\x03\0\0@\0\0\0\0\0\0\xFF\xDF\xFF\x80\0\xFA\x01\0\x01\xF8\x03\0\0@\0\0\0\0\0\0\xFF\xDF\xFF\x80\0\xFA\x01\0");
            Self::__lines_instructions(::tinynet::__private::core::assembly::Operands::apart(input,
            output, & mut [], DATA)); } } } { const WEIGHTS : & [::core::primitive::u8;
            36] =
            b"@\xC0@\xC0@\xC0@\xC0@\xC0@\xC0@\xC0@\xC0@\xC0\xC0@\xC0@\xC0@\xC0@\xC0@\xC0@\xC0@\xC0@\xC0@";
            const BIAS : & [::core::primitive::i32; 2] = & [512, 512]; let layer =
            ::tinynet::__private::core::kernels::Dense { inputs : 18, outputs : 2,
            weights : WEIGHTS, bias : BIAS, requantize :
            ::tinynet::__private::core::requantize::ShiftPerTensor { shift : 10, min : -
            128, max : 127 } }; layer.run(input, output); }
        }
    }
    ::tinynet::__private::core::__for_m_profile! {
        { ::tinynet::__private::core::__for_dsp! { { #[doc =
        " Instructions of [`lines`](Self::lines)."] #[unsafe (naked)] extern "C" fn
        __lines_instructions(_ : ::tinynet::__private::core::assembly::Operands < '_, 18,
        2, 0, 64 >) {
        ::core::arch::naked_asm!("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\nsub sp, #52\nstr r0, [sp, #0]\nstr r1, [sp, #4]\nstr r2, [sp, #8]\nstr r3, [sp, #12]\nstr r0, [sp, #16]\nbl 210f\nldr r0, [sp, #16]\naddw r1, r0, #18\nstr r1, [sp, #16]\nadd sp, #52\npop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n210:\nstr lr, [sp, #24]\nldr r1, [sp, #12]\nldm r1!, {r4, r5}\nldr r0, [sp, #16]\nldr r3, [r0, #0]\n.inst.w 0xfa2ff283 @ sxtb16 r2, r3\nldr r12, [r1, #0]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\n.inst.w 0xfa2ff293 @ sxtb16 r2, r3, ror #8\nldr r12, [r1, #4]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r3, [r0, #4]\n.inst.w 0xfa2ff283 @ sxtb16 r2, r3\nldr r12, [r1, #8]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\n.inst.w 0xfa2ff293 @ sxtb16 r2, r3, ror #8\nldr r12, [r1, #12]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r3, [r0, #8]\n.inst.w 0xfa2ff283 @ sxtb16 r2, r3\nldr r12, [r1, #16]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\n.inst.w 0xfa2ff293 @ sxtb16 r2, r3, ror #8\nldr r12, [r1, #20]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r3, [r0, #12]\n.inst.w 0xfa2ff283 @ sxtb16 r2, r3\nldr r12, [r1, #24]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\n.inst.w 0xfa2ff293 @ sxtb16 r2, r3, ror #8\nldr r12, [r1, #28]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldrsb r2, [r0, #16]\nldr r12, [r1, #32]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldrsb r2, [r0, #17]\nldr r12, [r1, #36]\n.inst.w 0xfa2ffe8c @ sxtb16 lr, r12\n.inst.w 0xfb22440c @ smlad r4, r2, r12, r4\n.inst.w 0xfb22550e @ smlad r5, r2, lr, r5\nldr r0, [sp, #4]\nsub r4, r4, r5\nldr r2, [r1, #40]\nldr r3, [r1, #44]\n.inst.w 0xfb543402 @ smmla r4, r4, r2, r3\nssat r4, #8, r4, asr #16\nstrb r4, [r0, #0]\nlsl r5, r5, #8\nldr r2, [r1, #48]\nldr r3, [r1, #52]\n.inst.w 0xfb553502 @ smmla r5, r5, r2, r3\nssat r5, #8, r5, asr #16\nstrb r5, [r0, #1]\naddw r0, r0, #2\nstr r0, [sp, #4]\naddw r1, r1, #56\nldr pc, [sp, #24]\n",
        options(raw)) } } { #[doc = " Instructions of [`lines`](Self::lines)."] #[unsafe
        (naked)] extern "C" fn __lines_instructions(_ :
        ::tinynet::__private::core::assembly::Operands < '_, 18, 2, 0, 112 >) {
        ::core::arch::naked_asm!("push {r4, r5, r6, r7, lr}\nmov r4, r8\nmov r5, r9\nmov r6, r10\nmov r7, r11\npush {r4, r5, r6, r7}\nsub sp, #72\nstr r0, [sp, #28]\nstr r1, [sp, #0]\nstr r2, [sp, #32]\nstr r3, [sp, #4]\nstr r0, [sp, #8]\nmov r2, r0\nadds r2, #18\nstr r2, [sp, #12]\nmovs r7, #0\nmovs r6, #2\n210:\nmovs r5, #0\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #1\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #2\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #3\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #4\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #5\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #6\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #7\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nmovs r5, #8\nldrsb r5, [r0, r5]\nadds r7, r7, r5\nadds r0, #9\nsubs r6, #1\nbne 210b\nlsls r7, r7, #7\nrsbs r7, r7, #0\nstr r7, [sp, #64]\nlsls r6, r7, #8\nadds r6, r6, r7\nstr r6, [sp, #68]\nldr r1, [sp, #4]\nldr r2, [sp, #68]\nmov r8, r2\nldr r2, [sp, #64]\nmov r9, r2\nldr r0, [sp, #8]\nmovs r2, #0\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #1\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #2\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #3\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #4\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #5\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #6\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #7\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #8\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #9\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #10\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #11\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #12\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #13\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #14\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #15\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #16\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nmovs r2, #17\nldrsb r2, [r0, r2]\nldm r1!, {r4}\nlsrs r3, r4, #8\nmuls r3, r2, r3\nadd r9, r3\nmuls r4, r2, r4\nadd r8, r4\nadds r0, #18\nmov r0, r1\nldr r1, [sp, #0]\nmov r6, r9\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #14\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #1]\nmov r6, r8\nmov r7, r9\nlsls r7, r7, #8\nsubs r6, r6, r7\nldm r0!, {r2, r3, r4, r5, r7}\nsubs r6, r7, r6\nasrs r7, r6, #31\nbics r6, r7\nsubs r6, r2, r6\nasrs r7, r6, #31\nbics r6, r7\nmuls r4, r6, r4\nlsrs r4, r4, #14\nmuls r6, r3, r6\nadds r6, r6, r4\nadds r6, r6, r5\nlsrs r6, r6, #24\nstrb r6, [r1, #0]\nadds r1, #2\nstr r1, [sp, #0]\nmov r1, r0\nadd sp, #72\npop {r4, r5, r6, r7}\nmov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7\npop {r4, r5, r6, r7, pc}\n",
        options(raw)) } } } } {}
    }
    /// Softmax, 2 → 2.
    #[inline(never)]
    fn softmax6(
        input: &[::core::primitive::i8; 2],
        output: &mut [::core::primitive::i8; 2],
    ) {
        ::tinynet::__private::core::__for_m_profile! {
            { const DATA : & ::tinynet::__private::core::assembly::Words <
            [::core::primitive::u8; 100] > = &
            ::tinynet::__private::core::assembly::Words(*
            b"\xFF\xFF_\xC7E\x9B\xEDx-^XI\x1F9|,\xA5\"\xFB\x1A\x03\x15^\x10\xBF\x0C\xED\t\xBB\x07\x05\x06\xB0\x04\xA7\x03\xD8\x027\x02\xBA\x01X\x01\x0C\x01\xD1\0\xA2\0\x7F\0c\0M\0<\0/\0$\0\x1C\0\x16\0\x11\0\r\0\n\0\x08\0\x06\0\x05\0\x04\0\x03\0\x02\0\x02\0\x01\0\x01\0\x01\0\x01\0\x01\0\0\0\0\0");
            Self::__softmax6_instructions(::tinynet::__private::core::assembly::Operands::apart(input,
            output, & mut [], DATA)); } { const EXPONENTIALS : & [::core::primitive::u16;
            48] = & [65535, 51039, 39749, 30957, 24109, 18776, 14623, 11388, 8869, 6907,
            5379, 4190, 3263, 2541, 1979, 1541, 1200, 935, 728, 567, 442, 344, 268, 209,
            162, 127, 99, 77, 60, 47, 36, 28, 22, 17, 13, 10, 8, 6, 5, 4, 3, 2, 2, 1, 1,
            1, 1, 1]; const { & ::tinynet::__private::core::kernels::Softmax { classes :
            2, exponentials : EXPONENTIALS, output_steps : 128, output_zero_point : 0, }
            } .run(input, output); }
        }
    }
    ::tinynet::__private::core::__for_m_profile! {
        { #[doc = " Instructions of [`softmax6`](Self::softmax6)."] #[unsafe (naked)]
        extern "C" fn __softmax6_instructions(_ :
        ::tinynet::__private::core::assembly::Operands < '_, 2, 2, 0, 100 >) {
        ::core::arch::naked_asm!("push {r4, r5, r6, r7, lr}\nmov r4, r8\nmov r5, r9\nmov r6, r10\nmov r7, r11\npush {r4, r5, r6, r7}\nsub sp, #4\nmov r8, r0\nmov r9, r1\nmov r10, r3\nmovs r4, #128\nrsbs r4, r4, #0\nmov r0, r8\nmovs r7, #2\n210:\nldrb r2, [r0, #0]\nsxtb r2, r2\nadds r0, #1\nsubs r2, r2, r4\nasrs r3, r2, #31\nbics r2, r3\nadds r4, r4, r2\nsubs r7, #1\nbne 210b\nmov r11, r4\nmovs r6, #0\nmov r0, r8\nmovs r7, #2\n220:\nldrb r2, [r0, #0]\nsxtb r2, r2\nadds r0, #1\nmov r4, r11\nsubs r2, r4, r2\nsubs r2, #48\nasrs r3, r2, #31\nands r2, r3\nadds r2, #48\nmov r3, r10\nlsls r2, r2, #1\nldrh r2, [r3, r2]\nadds r6, r6, r2\nsubs r7, #1\nbne 220b\nlsrs r0, r6, #1\nmovs r1, #1\nlsls r1, r1, #31\nadds r0, r0, r1\nlsrs r1, r0, #16\nlsls r0, r0, #16\nmovs r2, #0\nmovs r5, #16\n230:\nlsls r0, r0, #1\nadcs r1, r1\ncmp r1, r6\nsbcs r3, r3\nmov r4, r6\nbics r4, r3\nsubs r1, r1, r4\nlsls r2, r2, #1\nadds r2, r2, r3\nadds r2, #1\nsubs r5, #1\nbne 230b\nmov r12, r2\nmov r1, r9\nmov r0, r8\nmovs r7, #2\n240:\nldrb r2, [r0, #0]\nsxtb r2, r2\nadds r0, #1\nmov r4, r11\nsubs r2, r4, r2\nsubs r2, #48\nasrs r3, r2, #31\nands r2, r3\nadds r2, #48\nmov r3, r10\nlsls r2, r2, #1\nldrh r2, [r3, r2]\nmov r3, r12\nmuls r2, r3, r2\nlsrs r2, r2, #23\nadds r2, #1\nlsrs r2, r2, #1\nsubs r2, #127\nasrs r3, r2, #31\nands r2, r3\nadds r2, #127\nstrb r2, [r1, #0]\nadds r1, #1\nsubs r7, #1\nbne 240b\nmov r8, r0\nmov r9, r1\nadd sp, #4\npop {r4, r5, r6, r7}\nmov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7\npop {r4, r5, r6, r7, pc}\n",
        options(raw)) } } {}
    }
}
impl ::tinynet::__private::core::Network for Packed {
    type Input = [::core::primitive::i8; 36];
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
        input: &[::core::primitive::i8; 36],
    ) -> &[::core::primitive::i8; 2] {
        Self::infer(self, input)
    }
    fn input_mut(&mut self) -> &mut [::core::primitive::i8; 36] {
        Self::input_mut(self)
    }
    fn run(&mut self) -> &[::core::primitive::i8; 2] {
        Self::run(self)
    }
    fn classify(
        &mut self,
        input: &[::core::primitive::i8; 36],
    ) -> ::core::primitive::usize {
        Self::classify(self, input)
    }
}
impl ::core::default::Default for Packed {
    fn default() -> Self {
        Self::new()
    }
}
const _: () = {
    use ::tinynet::{KIB, MIB};
    ::tinynet::__private::core::limits::check_limit(
        "Packed",
        88,
        "bytes of ram",
        LARGEST - 1,
        "\n= note:        87  edges (Conv2d + Relu)\n= note:        81  max_pool2d_3 (MaxPool2d)\n= note:        20  lines (Dense)\n= note:        18  flatten4 (Flatten)\n= note:         4  softmax6 (Softmax)\n= help: a stride or a pool before the largest layer, or fewer filters in it; its input and output are in memory together",
    )
};
