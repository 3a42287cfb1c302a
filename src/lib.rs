#![no_std]
//! A neural-network compiler that lives inside `rustc`.
