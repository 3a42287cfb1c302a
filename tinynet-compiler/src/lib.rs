//! The compiler behind `tinynet!`.
