//! What becomes of `lr`, which is an accumulator like others, but for loops of more than 2000 bytes: they go back by a call,
//! and lose what it holds.

/// Follows `lr` through a function. There are no branches but those of loops and those around what may be skipped, so that
/// what stands behind something runs behind it.
#[derive(Clone, Debug, Default)]
pub(super) struct Link {
    /// For each loop that is being written, from the outermost: whether `lr` is read in it before it is written.
    loops: Vec<Option<bool>>,
    /// A call has lost what `lr` held.
    is_lost: bool,
    is_read_lost: bool,
    /// How many branches lead around what is being written.
    skipping: usize,
}

impl Link {
    pub(super) fn read(&mut self) {
        self.is_read_lost |= self.is_lost;
        self.loops.iter_mut().for_each(|first| *first = first.or(Some(true)));
    }

    pub(super) fn write(&mut self) {
        if self.skipping > 0 {
            return;
        }
        self.is_lost = false;
        self.loops.iter_mut().for_each(|first| *first = first.or(Some(false)));
    }

    pub(super) fn begin_loop(&mut self) {
        self.loops.push(None);
    }

    /// What follows may be skipped.
    pub(super) fn begin_skipped(&mut self) {
        self.skipping += 1;
    }

    /// What follows may not.
    pub(super) fn end_skipped(&mut self) {
        self.skipping -= 1;
    }

    /// The loop that was begun last ends, and goes back by a call or not.
    pub(super) fn end_loop(&mut self, calls: bool) {
        let first = self.loops.pop().flatten();
        if calls {
            self.is_read_lost |= first == Some(true);
            self.is_lost = true;
        }
    }

    /// Whether what is read of `lr` is always what was written there.
    pub(super) fn is_kept(&self) -> bool {
        !self.is_read_lost
    }
}

#[cfg(test)]
mod tests {
    use super::super::assembler::Assembler;
    use super::super::registers::{High, Low};

    fn long(code: &mut Assembler) {
        (0..1200).for_each(|_| code.movs(Low::R0, 1));
    }

    fn is_kept(body: impl FnOnce(&mut Assembler), behind: impl FnOnce(&mut Assembler)) -> bool {
        let mut code = Assembler::counting();
        code.enter();
        code.mov(High::Lr, Low::R1);
        code.repeat(2, body, |code| code.subs_immediate(Low::R0, 1));
        behind(&mut code);
        code.leave();
        code.finish().is_some()
    }

    #[test]
    fn what_is_read_after_a_call_is_found() {
        let read = |code: &mut Assembler| code.add(Low::R0, High::Lr);
        let write = |code: &mut Assembler| code.mov(High::Lr, Low::R0);
        let nothing = |_: &mut Assembler| {};
        // Loops that reach back by a branch.
        assert!(is_kept(read, read));
        assert!(is_kept(long, nothing));
        assert!(!is_kept(long, read));
        assert!(is_kept(long, |code| (write(code), read(code)).1));
        assert!(!is_kept(|code| (read(code), long(code)).1, nothing));
        assert!(!is_kept(|code| (long(code), read(code)).1, nothing));
        assert!(is_kept(|code| (long(code), write(code), read(code)).2, nothing));
        // One in another.
        let inner = |code: &mut Assembler| code.repeat(2, long, |code| code.subs_immediate(Low::R1, 1));
        assert!(!is_kept(|code| (write(code), inner(code), read(code)).2, nothing));
        assert!(is_kept(|code| (write(code), read(code), inner(code)).2, nothing));
        // What writes it may be skipped.
        let skipped = |code: &mut Assembler| {
            code.where_zero(1, 1, write);
        };
        assert!(!is_kept(|code| (long(code), skipped(code), read(code)).2, nothing));
        // A return to where `lr` says.
        let mut code = Assembler::counting();
        code.repeat(2, long, |code| code.subs_immediate(Low::R0, 1));
        code.exit();
        assert!(code.finish().is_none());
    }
}
