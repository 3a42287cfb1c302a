//! The file with the constants.

use crate::fit::Constants;
use anyhow::{Context, Result, ensure};
use xtask::process;

/// Below the workspace.
const PATH: &str = "tinynet-compiler/src/plan/cycles/parts.rs";

/// Writes constants into the compiler's source, in the place of those that are there.
pub(crate) fn write(constants: &Constants) -> Result<()> {
    let path = process::workspace().join(PATH);
    let text = std::fs::read_to_string(&path).context(PATH)?;
    let mut written = 0;
    let lines = text.lines().map(|line| {
        let name = line.split_once(" = [").map(|(name, _)| name.trim());
        match name.and_then(|name| line_of(name, constants)) {
            Some(line) => {
                written += 1;
                line
            }
            None => line.to_owned(),
        }
    });
    let text: String = lines.map(|line| line + "\n").collect();
    ensure!(2 * written == constants.len(), "{written} constants are in {PATH}");
    std::fs::write(&path, text).context(PATH)
}

fn line_of(name: &str, constants: &Constants) -> Option<String> {
    let find = |is_wide| constants.iter().find(|(key, _)| key.0 == name && key.1 == is_wide);
    let [int8, int16] = [find(false)?, find(true)?]
        .map(|(_, [m0, plus, products])| format!("[{m0:.1}, {plus:.1}, {products:.1}]"));
    Some(format!("    {name} = {int8}, {int16};"))
}
