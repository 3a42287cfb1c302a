//! What a linked firmware occupies and consists of.

use anyhow::{Context, Result, bail};
use object::elf::{SHF_ALLOC, SHF_WRITE, SHT_NOBITS};
use object::read::elf::{ElfFile32, FileHeader, SectionHeader};
use object::{Endianness, Object, ObjectSymbol, SymbolKind};
use std::path::Path;

/// A section that is part of the program in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `.text`.
    pub name: String,
    /// Bytes.
    pub size: u32,
    /// Whether its contents are in flash: code, constants, initial values of variables.
    pub in_flash: bool,
    /// Whether it occupies RAM while the program runs.
    pub in_ram: bool,
}

/// A function or a static.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// As in the source, without the hash.
    pub name: String,
    /// Of the first instruction, or of the first byte.
    pub address: u32,
    /// Bytes, literal pools included.
    pub size: u32,
    /// Whether it is a function.
    pub is_function: bool,
}

/// A linked firmware.
#[derive(Debug)]
pub struct Elf {
    /// In the order of the file.
    pub sections: Vec<Section>,
    /// By address.
    pub symbols: Vec<Symbol>,
}

impl Elf {
    /// Reads an ELF file.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&bytes).with_context(|| format!("{}", path.display()))
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let file = ElfFile32::<Endianness>::parse(bytes)?;
        Ok(Self { sections: sections(&file)?, symbols: symbols(&file) })
    }

    /// Bytes of flash.
    pub fn flash(&self) -> u32 {
        self.sections.iter().filter(|section| section.in_flash).map(|section| section.size).sum()
    }

    /// Bytes of RAM for statics; the stack comes on top.
    pub fn ram(&self) -> u32 {
        self.sections.iter().filter(|section| section.in_ram).map(|section| section.size).sum()
    }

    /// The functions, each address once.
    pub fn functions(&self) -> Vec<&Symbol> {
        let mut functions: Vec<_> = self.symbols.iter().filter(|symbol| symbol.is_function).collect();
        functions.dedup_by_key(|symbol| symbol.address);
        functions
    }

    /// The one function of this name, or the only one whose name contains it.
    pub fn function(&self, name: &str) -> Result<&Symbol> {
        let functions = self.functions();
        if let Some(exact) = functions.iter().find(|symbol| symbol.name == name) {
            return Ok(exact);
        }
        let found: Vec<_> = functions.into_iter().filter(|symbol| symbol.name.contains(name)).collect();
        match found[..] {
            [only] => Ok(only),
            [] => bail!("there is no function `{name}`; is it inlined?"),
            _ => bail!("`{name}` may be any of: {}", names(&found)),
        }
    }

    /// Functions that a network must not bring in: panics, floating point and division.
    pub fn forbidden(&self) -> Vec<&str> {
        self.symbols.iter().map(|symbol| symbol.name.as_str()).filter(|name| is_forbidden(name)).collect()
    }
}

fn names(symbols: &[&Symbol]) -> String {
    symbols.iter().map(|symbol| symbol.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn sections(file: &ElfFile32<'_, Endianness>) -> Result<Vec<Section>> {
    let endian = file.endian();
    let table = file.elf_header().sections(endian, file.data())?;
    let mut sections = Vec::new();
    for header in table.iter() {
        let flags = header.sh_flags(endian);
        let size = header.sh_size(endian);
        if !flags.contains(SHF_ALLOC) || size == 0 {
            continue;
        }
        let name = String::from_utf8_lossy(table.section_name(endian, header)?).into_owned();
        let in_flash = header.sh_type(endian) != SHT_NOBITS;
        sections.push(Section { name, size, in_flash, in_ram: flags.contains(SHF_WRITE) });
    }
    Ok(sections)
}

fn symbols(file: &ElfFile32<'_, Endianness>) -> Vec<Symbol> {
    let mut symbols: Vec<_> = file.symbols().filter_map(|symbol| read_symbol(&symbol)).collect();
    symbols.sort_by(|a, b| (a.address, &a.name).cmp(&(b.address, &b.name)));
    measure_unsized(&mut symbols);
    symbols
}

fn read_symbol<'data>(symbol: &impl ObjectSymbol<'data>) -> Option<Symbol> {
    let is_function = match symbol.kind() {
        SymbolKind::Text => true,
        SymbolKind::Data => false,
        _ => return None,
    };
    let name = symbol.name().ok().filter(|_| symbol.is_definition())?;
    // Bit 0 of a function's address says that it is Thumb code.
    let address = symbol.address() as u32 & if is_function { !1 } else { !0 };
    let name = format!("{:#}", rustc_demangle::demangle(name));
    Some(Symbol { name, address, size: symbol.size() as u32, is_function })
}

/// Assembly may leave sizes out: such a function ends where the next one begins.
fn measure_unsized(symbols: &mut [Symbol]) {
    for index in 0..symbols.len() {
        let Symbol { address, size: 0, is_function: true, .. } = symbols[index] else { continue };
        let next = symbols[index..].iter().find(|symbol| symbol.address > address);
        if let Some(next) = next.map(|symbol| symbol.address) {
            symbols[index].size = next - address;
        }
    }
}

/// Names of the *Run-time ABI for the Arm Architecture* (IHI 0043) and of LLVM's run-time library.
fn is_forbidden(name: &str) -> bool {
    let single_or_double = |rest: &str| rest.starts_with('f') || rest.starts_with('d');
    // `__aeabi_fadd`, `__aeabi_d2iz`; conversions from integers: `__aeabi_i2f`, `__aeabi_ul2d`.
    let arm = name.strip_prefix("__aeabi_").is_some_and(|rest| {
        single_or_double(rest)
            || ["i2", "ui2", "l2", "ul2", "h2"].iter().any(|integer| rest.starts_with(integer))
            || ["idiv", "uidiv", "ldiv", "uldiv"].iter().any(|division| rest.starts_with(division))
    });
    // `__udivsi3`, `__moddi3`; `__addsf3`, `__floatsidf`, `__fixdfsi`.
    let llvm = name.strip_prefix("__").is_some_and(|rest| {
        ["div", "udiv", "mod", "umod"].iter().any(|operation| rest.starts_with(operation))
            || rest.contains("sf")
            || rest.contains("df")
    });
    let compiler_builtins = ["compiler_builtins::float", "compiler_builtins::int::specialized_div_rem"];
    name.contains("core::panicking")
        || name.contains("panic_bounds_check")
        || (arm || llvm) && !name.contains("::")
        || compiler_builtins.iter().any(|module| name.contains(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_floats_and_divisions_are_forbidden() {
        for name in [
            "core::panicking::panic_fmt",
            "__aeabi_fadd",
            "__aeabi_dmul",
            "__aeabi_i2f",
            "__aeabi_ul2d",
            "__aeabi_f2iz",
            "__aeabi_idiv",
            "__aeabi_uidivmod",
            "__aeabi_ldivmod",
            "__udivsi3",
            "__divdi3",
            "__umodsi3",
            "__addsf3",
            "__muldf3",
            "__floatsisf",
            "__fixunsdfsi",
            "compiler_builtins::int::specialized_div_rem::u32_div_rem",
        ] {
            assert!(is_forbidden(name), "{name}");
        }
    }

    #[test]
    fn what_integer_code_needs_is_allowed() {
        for name in [
            "__aeabi_memcpy",
            "__aeabi_memclr4",
            "__aeabi_lmul",
            "__aeabi_llsl",
            "__muldi3",
            "__ashldi3",
            "memcpy",
            "Reset",
            "__pre_init",
            "microbit::board::read",
            "user::divide",
            "tinynet_core::padding::__mod",
        ] {
            assert!(!is_forbidden(name), "{name}");
        }
    }

    #[test]
    fn a_function_without_size_ends_at_the_next() {
        let symbol = |address, size| Symbol { name: String::new(), address, size, is_function: true };
        let mut symbols = [symbol(0x10, 0), symbol(0x10, 0), symbol(0x18, 4), symbol(0x20, 0)];
        measure_unsized(&mut symbols);
        assert_eq!(symbols.map(|symbol| symbol.size), [8, 8, 4, 0]);
    }

    #[test]
    fn what_is_no_firmware_is_an_error() {
        assert!(Elf::parse(b"not an ELF file").is_err());
        assert!(Elf::parse(&[0x7f, b'E', b'L', b'F', 1, 1, 1]).is_err());
    }
}
