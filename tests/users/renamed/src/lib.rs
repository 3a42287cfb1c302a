//! Networks in a crate that makes life hard for macros: another name for the dependency, no prelude, no `unsafe`, no
//! warning, and names of its own in place of the usual ones.
#![no_std]
#![no_implicit_prelude]
#![forbid(
    unsafe_code,
    missing_docs,
    unused,
    rust_2018_idioms,
    unreachable_pub,
    missing_debug_implementations,
    trivial_casts,
    single_use_lifetimes,
    let_underscore_drop,
    unused_qualifications,
    unused_results
)]
#![deny(warnings, nonstandard_style)]
#![forbid(clippy::all, clippy::pedantic, clippy::nursery)]

pub mod everywhere;
pub mod shadowed;
pub mod twice;
