//! The entry point of `tinynet!`.
