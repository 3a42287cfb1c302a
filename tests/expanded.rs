//! The recorded expansions compile as source text, and compute what the declarations do.

use tinynet::Network;

/// As rustc sees the declarations …
#[allow(unreachable_pub)]
mod declared {
    include!("expansion/packed.rs");
    include!("expansion/unrolled.rs");
}

/// … and what they expand to, as source text. Lints pass over what macros write.
#[allow(unused, unreachable_pub, clippy::all)]
mod expanded {
    include!("expansion/packed.expanded.rs");
    include!("expansion/unrolled.expanded.rs");
    const LARGEST: usize = 256;
}

/// The outputs for inputs that a linear congruential generator makes.
fn outputs<
    N: Network<Input = [i8; INPUTS], Output = [i8; OUTPUTS]>,
    const INPUTS: usize,
    const OUTPUTS: usize,
>(
    mut network: N,
) -> Vec<[i8; OUTPUTS]> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 as i8
    };
    (0..100).map(|_| *network.infer(&std::array::from_fn(|_| next()))).collect()
}

#[test]
fn the_text_of_an_expansion_is_the_network() {
    let packed = outputs(declared::Packed::new());
    assert_eq!(packed, outputs(expanded::Packed::new()));
    let unrolled = outputs(declared::Unrolled::new());
    assert_eq!(unrolled, outputs(expanded::Unrolled::new()));
    assert!(
        packed.iter().any(|output| output != &packed[0])
            && unrolled.iter().any(|output| output != &unrolled[0])
    );
}
