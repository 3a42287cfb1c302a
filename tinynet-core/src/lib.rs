#![no_std]
//! What generated networks call at run time.
