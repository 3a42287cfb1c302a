//! Limits that only `rustc` can evaluate.
//!
//! The compiler itself reports every limit whose right side is a number. Where the right side names a
//! constant of the user's (`ram <= BOARD_RAM`), generated code compares in a const, and this module words the
//! error.

/// Fails to compile, with the numbers, where a network needs more of a resource than its limit.
///
/// `unit` is what is counted, with what belongs behind it: `"bytes of ram"`, `"macs"`. `details` are lines that follow
/// the message.
///
/// ```
/// const BOARD_RAM: usize = 16 * 1024;
/// const RAM_LIMIT: () = tinynet_core::limits::check_limit("Touch", 816, "bytes of ram", BOARD_RAM, "");
/// ```
///
/// ```compile_fail,E0080
/// // error: evaluation panicked: `Touch` needs 816 bytes of ram, 416 more than the 400 allowed
/// const RAM_LIMIT: () = tinynet_core::limits::check_limit("Touch", 816, "bytes of ram", 400, "");
/// ```
///
/// # Panics
///
/// Where `needed > limit`; meant for const evaluation.
#[track_caller]
pub const fn check_limit(network: &str, needed: usize, unit: &str, limit: usize, details: &str) {
    if needed > limit {
        let message = Message::new()
            .text("`")
            .text(network)
            .text("` needs ")
            .number(needed)
            .text(" ")
            .text(unit)
            .text(", ")
            .number(needed - limit)
            .text(" more than the ")
            .number(limit)
            .text(" allowed")
            .text(details);
        panic!("{}", message.as_str());
    }
}

/// Fails to compile, with `message`, where the answers of a network are worse than its limit demands.
///
/// # Panics
///
/// Unless `is_reached`; meant for const evaluation.
#[track_caller]
pub const fn check_measure(is_reached: bool, message: &str) {
    assert!(is_reached, "{}", message);
}

/// Text built in const evaluation, where `format!` is not to be had. What does not fit is cut off.
struct Message {
    bytes: [u8; 4096],
    length: usize,
}

impl Message {
    const fn new() -> Self {
        Message { bytes: [0; 4096], length: 0 }
    }

    const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut index = 0;
        while index < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text[index];
            self.length += 1;
            index += 1;
        }
        self
    }

    const fn number(self, number: usize) -> Self {
        let mut digits = [0; 20];
        let mut start = digits.len();
        let mut rest = number;
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let (_, digits) = digits.split_at(start);
        match core::str::from_utf8(digits) {
            Ok(digits) => self.text(digits),
            Err(_) => self,
        }
    }

    const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            // Cut off in the middle of a character.
            Err(error) => {
                let (text, _) = text.split_at(error.valid_up_to());
                match core::str::from_utf8(text) {
                    Ok(text) => text,
                    Err(_) => "a limit is exceeded",
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_the_limit() {
        check_limit("Touch", 400, "bytes of ram", 400, "");
        check_limit("Touch", 0, "macs", 0, "");
    }

    #[test]
    #[should_panic(expected = "`Touch` needs 816 bytes of ram, 416 more than the 400 allowed\n 800 conv1")]
    fn beyond_the_limit() {
        check_limit("Touch", 816, "bytes of ram", 400, "\n 800 conv1");
    }

    #[test]
    #[should_panic(expected = "right on 90 %")]
    fn a_measure_that_misses_its_limit() {
        check_measure(true, "right on 98 %");
        check_measure(false, "right on 90 %");
    }

    #[test]
    fn numbers() {
        assert_eq!(Message::new().number(0).as_str(), "0");
        assert_eq!(Message::new().number(usize::MAX).as_str(), std::format!("{}", usize::MAX));
    }

    #[test]
    fn text_that_does_not_fit_is_cut_at_a_character() {
        let long = "é".repeat(2047) + "xé";
        assert_eq!(Message::new().text(&long).as_str(), "é".repeat(2047) + "x");
    }
}
