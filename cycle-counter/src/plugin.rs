//! The entry points that QEMU calls, and the few functions of QEMU that they call in turn.
//!
//! Declared by hand from the plugin interface that QEMU documents (`qemu-plugin.h`): only functions that
//! every version from 1 (QEMU 7.2) on has. Two things changed on the way and are told apart at run time: the
//! version number that QEMU accepts, and how the bytes of an instruction are handed over.

use crate::arguments::Arguments;
use crate::cortex_m4;
use crate::timing::{Instruction, is_wide};
use crate::trace::{Fetched, Trace};
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The version of the interface that this plugin asks for. QEMU reads it when it has loaded the plugin, before
/// it calls anything, and refuses numbers older than the last incompatible change or newer than itself.
#[unsafe(no_mangle)]
static qemu_plugin_version: AtomicI32 = AtomicI32::new(1);

/// Has the loader call [`choose_version`] as soon as the plugin is in memory.
#[used]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
static CHOOSE_VERSION: extern "C" fn() = choose_version;

/// Versions 2 and 3 are told by a function that came with them.
extern "C" fn choose_version() {
    let version = if qemu_has(c"qemu_plugin_request_time_control") {
        3
    } else if qemu_has(c"qemu_plugin_scoreboard_new") {
        2
    } else {
        1
    };
    qemu_plugin_version.store(version, Ordering::Relaxed);
}

fn qemu_has(function: &CStr) -> bool {
    // SAFETY: the name is a C string that outlives the call; looking a symbol up has no other requirement.
    !unsafe { libc::dlsym(libc::RTLD_DEFAULT, function.as_ptr()) }.is_null()
}

/// From this version on `qemu_plugin_insn_data` copies into a buffer; before, it returned a pointer.
const COPIES_INSTRUCTIONS: c_int = 3;

/// `qemu_info_t`, up to the last field read here; the plugin only ever sees it behind a pointer.
#[repr(C)]
struct Information {
    target_name: *const c_char,
    minimum_version: c_int,
    current_version: c_int,
    system_emulation: bool,
    processors: c_int,
}

/// `struct qemu_plugin_tb`: a run of instructions being translated.
#[repr(C)]
struct Block {
    opaque: [u8; 0],
}

/// `struct qemu_plugin_insn`.
#[repr(C)]
struct Handle {
    opaque: [u8; 0],
}

type AtTranslation = extern "C" fn(id: u64, block: *mut Block);
type AtExecution = extern "C" fn(processor: c_uint, user: *mut c_void);
type AtExit = extern "C" fn(id: u64, user: *mut c_void);

/// `QEMU_PLUGIN_CB_NO_REGS`: the callback reads no registers.
const NO_REGISTERS: c_int = 0;

unsafe extern "C" {
    fn qemu_plugin_register_vcpu_tb_trans_cb(id: u64, callback: AtTranslation);
    fn qemu_plugin_register_vcpu_tb_exec_cb(
        block: *mut Block,
        callback: AtExecution,
        flags: c_int,
        user: *mut c_void,
    );
    fn qemu_plugin_register_atexit_cb(id: u64, callback: AtExit, user: *mut c_void);
    fn qemu_plugin_tb_n_insns(block: *const Block) -> usize;
    fn qemu_plugin_tb_get_insn(block: *const Block, index: usize) -> *mut Handle;
    fn qemu_plugin_insn_size(instruction: *const Handle) -> usize;
    fn qemu_plugin_insn_vaddr(instruction: *const Handle) -> u64;
    /// Up to version 2 it takes the first argument only and returns a pointer to the bytes.
    fn qemu_plugin_insn_data(instruction: *const Handle, bytes: *mut c_void, length: usize) -> *const c_void;
}

/// What the callbacks share.
struct Plugin {
    trace: Trace,
    out: PathBuf,
    interface: c_int,
}

static PLUGIN: Mutex<Option<Plugin>> = Mutex::new(None);

fn plugin() -> MutexGuard<'static, Option<Plugin>> {
    PLUGIN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Called once by QEMU with the plugin's arguments.
///
/// # Safety
///
/// `information` points to a `qemu_info_t` and `arguments` to `count` C strings, all valid during the call.
#[unsafe(no_mangle)]
unsafe extern "C" fn qemu_plugin_install(
    id: u64,
    information: *const Information,
    count: c_int,
    arguments: *const *const c_char,
) -> c_int {
    // SAFETY: QEMU's contract, stated above; QEMU has kept the layout of these first fields.
    let (target, system, processors, interface) = unsafe {
        let information = &*information;
        let target = CStr::from_ptr(information.target_name);
        (target, information.system_emulation, information.processors, information.current_version)
    };
    let count = usize::try_from(count).unwrap_or_default();
    // SAFETY: QEMU's contract: `count` pointers to C strings that stay valid while the plugin is loaded.
    let arguments = (0..count).map(|index| unsafe { CStr::from_ptr(*arguments.add(index)) });
    let arguments: Vec<_> = arguments.map(CStr::to_string_lossy).collect();
    let parsed = if target != c"arm" || !system || processors != 1 {
        Err("counts only in qemu-system-arm, on machines with one processor".into())
    } else {
        Arguments::parse(arguments.iter().map(AsRef::as_ref))
    };
    match parsed {
        Ok(Arguments { out, multiplier, regions }) => {
            *plugin() = Some(Plugin { trace: Trace::new(regions, multiplier), out, interface });
            // SAFETY: `id` is the one QEMU gave; both callbacks have the types that QEMU declares, and the
            // plugin is never unloaded.
            unsafe {
                qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
                qemu_plugin_register_atexit_cb(id, finish, std::ptr::null_mut());
            }
            0
        }
        Err(mistake) => {
            eprintln!("cycle-counter: {mistake}");
            1
        }
    }
}

/// Called by QEMU for each run of instructions before it first executes.
extern "C" fn translate(_id: u64, block: *mut Block) {
    let mut guard = plugin();
    let Some(plugin) = guard.as_mut() else { return };
    let interface = plugin.interface;
    // SAFETY: `block` is valid during this callback.
    let length = unsafe { qemu_plugin_tb_n_insns(block) };
    let instructions = (0..length).map(|index| {
        // SAFETY: as above, and `index` is below the number of instructions.
        unsafe { fetch(qemu_plugin_tb_get_insn(block, index), interface) }
    });
    let number = plugin.trace.translate(instructions);
    // SAFETY: `block` is valid during this callback and `execute` has the type that QEMU declares. QEMU only
    // hands the pointer back, which is a number and never dereferenced.
    unsafe {
        let user = std::ptr::without_provenance_mut(number);
        qemu_plugin_register_vcpu_tb_exec_cb(block, execute, NO_REGISTERS, user);
    }
}

/// Reads and decodes an instruction.
///
/// # Safety
///
/// `handle` comes from `qemu_plugin_tb_get_insn` in the running callback, and `interface` is the version that
/// QEMU stated.
unsafe fn fetch(handle: *const Handle, interface: c_int) -> Fetched {
    let mut bytes = [0_u8; 4];
    // SAFETY: the handle is valid, by this function's contract.
    let (size, address) = unsafe { (qemu_plugin_insn_size(handle), qemu_plugin_insn_vaddr(handle)) };
    let length = size.min(bytes.len());
    // SAFETY: `bytes` has room for `length` bytes. An old QEMU ignores the second and third argument (the C
    // calling conventions of all hosts allow to pass more) and returns a pointer to `size` bytes that is valid
    // during the callback; a new one has copied them and returns their number, which is not used.
    unsafe {
        let data = qemu_plugin_insn_data(handle, bytes.as_mut_ptr().cast(), length);
        if interface < COPIES_INSTRUCTIONS {
            std::ptr::copy_nonoverlapping(data.cast(), bytes.as_mut_ptr(), length);
        }
    }
    let first = u16::from_le_bytes([bytes[0], bytes[1]]);
    let second = u16::from_le_bytes([bytes[2], bytes[3]]);
    let size = if is_wide(first) { 4 } else { 2 };
    let instruction = Instruction::decode(first, second);
    let on_m4 = cortex_m4::Instruction::decode(first, second);
    // These architectures have 32-bit addresses.
    Fetched { address: address as u32, size, instruction, on_m4 }
}

/// Called by QEMU each time a run of instructions executes.
extern "C" fn execute(_processor: c_uint, user: *mut c_void) {
    if let Some(plugin) = plugin().as_mut() {
        plugin.trace.execute(user.addr());
    }
}

/// Called by QEMU when the program has ended.
extern "C" fn finish(_id: u64, _user: *mut c_void) {
    if let Some(plugin) = plugin().take() {
        let json = plugin.trace.report().to_json().map_err(std::io::Error::from);
        if let Err(error) = json.and_then(|json| std::fs::write(&plugin.out, json)) {
            eprintln!("cycle-counter: {}: {error}", plugin.out.display());
        }
    }
}
