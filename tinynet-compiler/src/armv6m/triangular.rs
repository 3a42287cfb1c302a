//! Products without multiplications: a table of triangular numbers.
//!
//! With `T(n) = n (n - 1) / 2`, which is an integer, `(x + w)^2 = x^2 + w^2 + 2 x w` becomes
//! `x · w = T(x + w) - T(x) - T(w)`: an old trick with squares, of which no half is lost here. For a sum of products
//!
//! ```text
//! Σ x w = Σ T(x + w) - Σ T(x) - Σ T(w)
//! ```
//!
//! the second sum is the same for all outputs that see the same inputs, and the third is constant, so that what is left of
//! a product is an addition and a load. All numbers are those of [`TRIANGULAR_NUMBERS`], which every layer shares.

pub use tinynet_core::assembly::TRIANGULAR_NUMBERS;

/// `T(n)`
pub fn triangular(n: i32) -> i32 {
    n * (n - 1) / 2
}

/// Bytes from the table's beginning to `T(0)`.
pub const ZERO: i32 = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_bytes_are_differences_in_the_table() {
        let number = |n: i32| i32::from(TRIANGULAR_NUMBERS[(ZERO / 2 + n) as usize]);
        for x in -128..128 {
            assert_eq!(number(x), triangular(x));
            for w in -128..128 {
                assert_eq!(number(x + w) - number(x) - number(w), x * w, "{x} {w}");
            }
        }
    }
}
