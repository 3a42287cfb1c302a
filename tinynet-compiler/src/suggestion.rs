//! "Did you mean": the known name that is closest to a misspelt one.

/// The candidate that `word` is most likely a misspelling of; `None` where none is close.
///
/// Counts insertions, deletions, replacements and swaps of neighbours, without regard to case: a third of the word's
/// length at most, but always one; something must be left of the word.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    candidates
        .into_iter()
        // Names in files can be of any length, and the distance takes time and memory of both lengths' product.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, _)| distance <= limit && distance < length)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn finds_what_was_meant() {
        let known = ["Dense", "Conv1d", "Conv2d", "MaxPool2d"];
        assert_eq!(closest("Dens", known), Some("Dense"));
        assert_eq!(closest("dense", known), Some("Dense"));
        assert_eq!(closest("Conv3d", known), Some("Conv1d"));
        assert_eq!(closest("MaxPol2d", known), Some("MaxPool2d"));
        assert_eq!(closest("Cnov2d", known), Some("Conv2d"));
        assert_eq!(closest("x", ["y", "X"]), Some("X"));
    }

    #[test]
    fn says_nothing_where_nothing_is_close() {
        assert_eq!(closest("Transformer", ["Dense", "Conv1d"]), None);
        assert_eq!(closest("", ["a", "ab"]), None);
        assert_eq!(closest("x", ["y"]), None);
        assert_eq!(closest("Dense", []), None);
    }
}
