//! Number formats of weights: which integers a weight may be.

use crate::quantize::arithmetic::round_within;

/// Number format of weights. Each weight is one of a few integers, times the scale of its output channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// -127 to 127.
    #[default]
    Int8,
    /// -31 to 31.
    Int6,
    /// -15 to 15.
    Int5,
    /// -7 to 7.
    Int4,
    /// -3 to 3.
    Int3,
    /// -3, -1, 1, 3: four steps around 0 cost less accuracy than three with it and a fourth on one side.
    Int2,
    /// -1, 0, 1.
    Ternary,
    /// -1, 1.
    Binary,
    /// 0 and ±1, ±2, ±4 to ±64.
    PowerOfTwo,
}

/// The number format of weights as it is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrecisionChoice {
    /// The compiler chooses what the limits allow.
    Auto,
    /// This one.
    Stated(Precision),
}

impl PrecisionChoice {
    /// All, with the words that stand for them in declarations.
    pub const ALL: [(&'static str, Self); 10] = {
        let mut all = [("Auto", Self::Auto); 10];
        let mut index = 0;
        while index < Precision::ALL.len() {
            let (name, precision) = Precision::ALL[index];
            all[index] = (name, Self::Stated(precision));
            index += 1;
        }
        all
    };

    /// The number format; int8 where nothing is chosen yet.
    pub fn stated(self) -> Precision {
        match self {
            Self::Auto => Precision::default(),
            Self::Stated(precision) => precision,
        }
    }
}

impl Default for PrecisionChoice {
    fn default() -> Self {
        Self::Stated(Precision::default())
    }
}

impl Precision {
    /// All, with the words that stand for them in declarations.
    pub const ALL: [(&'static str, Self); 9] = [
        ("Int8", Self::Int8),
        ("Int6", Self::Int6),
        ("Int5", Self::Int5),
        ("Int4", Self::Int4),
        ("Int3", Self::Int3),
        ("Int2", Self::Int2),
        ("Ternary", Self::Ternary),
        ("Binary", Self::Binary),
        ("PowerOfTwo", Self::PowerOfTwo),
    ];

    /// The word that stands for it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, precision)| *precision == self).map_or("", |(name, _)| name)
    }

    /// Largest integer that rounding makes.
    pub fn largest(self) -> i8 {
        match self {
            Self::Int8 => 127,
            Self::Int6 => 31,
            Self::Int5 => 15,
            Self::Int4 => 7,
            Self::Int3 | Self::Int2 => 3,
            Self::Ternary | Self::Binary => 1,
            Self::PowerOfTwo => 64,
        }
    }

    /// The nearest integer; of two as near the one farther from 0.
    pub fn nearest(self, number: f64) -> i8 {
        match self {
            Self::Binary => {
                if number < 0.0 {
                    -1
                } else {
                    1
                }
            }
            Self::Int2 => {
                let magnitude = if number.abs() < 2.0 { 1 } else { 3 };
                if number < 0.0 { -magnitude } else { magnitude }
            }
            Self::PowerOfTwo => nearest_power_of_two(number),
            _ => round_within(number, f64::from(self.largest())) as i8,
        }
    }

    /// Whether weights that are given as integers may hold this one. Two's complement has one more below 0 than above;
    /// two bits are that or four steps around 0.
    pub fn holds(self, integer: f64) -> bool {
        let largest = f64::from(self.largest());
        match self {
            Self::Int2 => (-2.0..=1.0).contains(&integer) || integer.abs() == 3.0,
            Self::Binary => integer.abs() == 1.0,
            Self::Ternary => (-1.0..=1.0).contains(&integer),
            Self::PowerOfTwo => f64::from(nearest_power_of_two(integer)) == integer,
            _ => (-largest - 1.0..=largest).contains(&integer),
        }
    }

    /// The integers that weights may be given as, in words.
    pub fn integers(self) -> &'static str {
        match self {
            Self::Int8 => "integers from -128 to 127",
            Self::Int6 => "integers from -32 to 31",
            Self::Int5 => "integers from -16 to 15",
            Self::Int4 => "integers from -8 to 7",
            Self::Int3 => "integers from -4 to 3",
            Self::Int2 => "-2, -1, 0 and 1, or -3, -1, 1 and 3",
            Self::Ternary => "-1, 0 and 1",
            Self::Binary => "-1 and 1",
            Self::PowerOfTwo => "0 and ±1, ±2, ±4 to ±64",
        }
    }
}

/// 0 or the power of two with its sign that is nearest.
fn nearest_power_of_two(number: f64) -> i8 {
    let magnitude = number.abs();
    let mut power = 0;
    // From one power to the next the middle is three quarters of the larger, from 0 to 1 it is a half.
    for (larger, middle) in [(1, 0.5), (2, 1.5), (4, 3.0), (8, 6.0), (16, 12.0), (32, 24.0), (64, 48.0)] {
        if magnitude >= middle {
            power = larger;
        }
    }
    if number < 0.0 { -power } else { power }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_the_nearest_of_all_that_there_are() {
        for (name, precision) in Precision::ALL {
            let all: Vec<i8> = (-precision.largest()..=precision.largest())
                .filter(|&integer| precision.nearest(integer.into()) == integer)
                .collect();
            let expected = match precision {
                Precision::Int2 => vec![-3, -1, 1, 3],
                Precision::Binary => vec![-1, 1],
                Precision::PowerOfTwo => {
                    vec![-64, -32, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 32, 64]
                }
                _ => (-precision.largest()..=precision.largest()).collect(),
            };
            assert_eq!(all, expected, "{name}");
            for step in -600..600 {
                // No number is as near to two of them.
                let number = f64::from(step) / 4.0 + 0.01;
                let distance = |integer: i8| (number - f64::from(integer)).abs();
                let nearest = all.iter().copied().min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
                assert_eq!(Some(precision.nearest(number)), nearest, "{name} of {number}");
            }
        }
    }

    #[test]
    fn what_rounding_makes_may_be_given() {
        for (name, precision) in Precision::ALL {
            for step in -300..300 {
                let nearest = precision.nearest(f64::from(step) / 2.0);
                assert!(precision.holds(nearest.into()), "{name} {nearest}");
            }
            assert!(!precision.holds(128.0) && !precision.holds(-129.0), "{name}");
        }
        assert!(Precision::Int4.holds(-8.0) && !Precision::Int4.holds(8.0));
        assert!(!Precision::Binary.holds(0.0) && !Precision::PowerOfTwo.holds(3.0));
    }
}
