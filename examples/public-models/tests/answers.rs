//! Both models answer as TensorFlow's reference kernels do, in the code that the macro writes.
#![cfg(has_models)]

use public_models::{Keywords, PICTURE_ANSWERS, PICTURES, Person, SPOKEN, SPOKEN_ANSWERS};

#[test]
fn keywords() {
    let mut keywords = Keywords::new();
    assert_eq!((SPOKEN.len(), SPOKEN_ANSWERS.len()), (12, 12));
    for (input, expected) in SPOKEN.iter().zip(SPOKEN_ANSWERS) {
        assert_eq!(keywords.infer(&input.map(|byte| byte as i8)).map(|output| output as u8), *expected);
    }
}

#[test]
fn person() {
    let mut person = Person::new();
    assert_eq!((PICTURES.len(), PICTURE_ANSWERS.len()), (12, 12));
    for (input, expected) in PICTURES.iter().zip(PICTURE_ANSWERS) {
        assert_eq!(person.infer(&input.map(|byte| byte as i8)).map(|output| output as u8), *expected);
    }
}
