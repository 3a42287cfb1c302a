//! What users see when they make a mistake: one case a mistake, the whole message pinned.
//!
//! After a deliberate change of a message: `TRYBUILD=overwrite cargo test --test ui`, then read the difference.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
