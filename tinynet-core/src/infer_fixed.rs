//! The method `infer_fixed` of generated types: written here, because only this crate knows whether the feature `fixed`
//! is on.

/// The method `infer_fixed` of a generated type: of a network with these numbers of inputs and outputs and fraction bits,
/// or of one that is not known. Nothing without the feature `fixed`, which only this crate knows of.
#[cfg(feature = "fixed")]
#[doc(hidden)]
#[macro_export]
macro_rules! infer_fixed {
    () => {
        /// Runs the network on fixed-point numbers.
        pub fn infer_fixed<
            Input,
            Output,
            const INPUTS: ::core::primitive::usize,
            const OUTPUTS: ::core::primitive::usize,
        >(
            &mut self,
            input: &[$crate::fixed::FixedI8<Input>; INPUTS],
        ) -> &[$crate::fixed::FixedI8<Output>; OUTPUTS] {
            loop {}
        }
    };
    ($inputs:literal, $input_fraction:ident, $outputs:literal, $output_fraction:ident) => {
        /// Runs the network on fixed-point numbers: [`infer`](Self::infer) with its int8 seen as what they stand for.
        /// Nothing is converted.
        pub fn infer_fixed(
            &mut self,
            input: &[$crate::fixed::FixedI8<$crate::fixed::types::extra::$input_fraction>; $inputs],
        ) -> &[$crate::fixed::FixedI8<$crate::fixed::types::extra::$output_fraction>; $outputs] {
            $crate::typed::from_bits(self.infer($crate::typed::to_bits(input)))
        }
    };
}

/// Without the feature `fixed` there are no such numbers.
#[cfg(not(feature = "fixed"))]
#[doc(hidden)]
#[macro_export]
macro_rules! infer_fixed {
    ($($any:tt)*) => {};
}
