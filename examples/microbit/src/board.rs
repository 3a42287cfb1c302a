//! The micro:bit v1, as far as these programs use it: the serial port, and the way out of the emulator.
//!
//! Register addresses and sequences: *nRF51 Series Reference Manual* 3.0, chapters 14 (GPIO) and 29 (UART).
//! QEMU's `microbit` emulates this serial port, so one program serves both.

use crate::protocol::Port;
use core::convert::Infallible;
use core::panic::PanicInfo;
use core::ptr;
use cortex_m_semihosting::debug;

/// Registers of the serial port and of the pins, as addresses.
mod register {
    pub(super) const START_RECEIVER: usize = 0x4000_2000;
    pub(super) const START_TRANSMITTER: usize = 0x4000_2008;
    pub(super) const RECEIVED: usize = 0x4000_2108;
    pub(super) const TRANSMITTED: usize = 0x4000_211c;
    pub(super) const ENABLE: usize = 0x4000_2500;
    pub(super) const TRANSMIT_PIN: usize = 0x4000_250c;
    pub(super) const RECEIVE_PIN: usize = 0x4000_2514;
    pub(super) const RECEIVE_DATA: usize = 0x4000_2518;
    pub(super) const TRANSMIT_DATA: usize = 0x4000_251c;
    pub(super) const BAUD_RATE: usize = 0x4000_2524;
    pub(super) const SET_PINS: usize = 0x5000_0508;
    pub(super) const SET_PIN_DIRECTIONS: usize = 0x5000_0518;
}

/// Pins that lead to the USB interface chip of the board.
const TRANSMIT_PIN: u32 = 24;
const RECEIVE_PIN: u32 = 25;
/// 115 200 bits per second.
const BAUD_RATE: u32 = 0x01d7_e000;
const UART_ENABLED: u32 = 4;

/// The serial port that the board's USB connector shows to the host.
#[derive(Debug)]
pub struct Serial {
    /// Only [`Serial::start`] makes one.
    _private: (),
}

impl Serial {
    /// Configures and starts the serial port: 115 200 baud, 8 data bits, no parity, one stop bit, no flow
    /// control.
    pub fn start() -> Self {
        // The idle level is high; set it before the pin becomes an output.
        write(register::SET_PINS, 1 << TRANSMIT_PIN);
        write(register::SET_PIN_DIRECTIONS, 1 << TRANSMIT_PIN);
        write(register::TRANSMIT_PIN, TRANSMIT_PIN);
        write(register::RECEIVE_PIN, RECEIVE_PIN);
        write(register::BAUD_RATE, BAUD_RATE);
        write(register::ENABLE, UART_ENABLED);
        write(register::START_TRANSMITTER, 1);
        write(register::START_RECEIVER, 1);
        Self { _private: () }
    }
}

impl Port for Serial {
    type Error = Infallible;

    fn receive(&mut self) -> Result<u8, Infallible> {
        while read(register::RECEIVED) == 0 {}
        // Clear first: reading the data announces the next byte, if there is one already.
        write(register::RECEIVED, 0);
        Ok(read(register::RECEIVE_DATA) as u8)
    }

    fn send(&mut self, byte: u8) -> Result<(), Infallible> {
        write(register::TRANSMITTED, 0);
        write(register::TRANSMIT_DATA, u32::from(byte));
        while read(register::TRANSMITTED) == 0 {}
        Ok(())
    }
}

fn read(register: usize) -> u32 {
    // SAFETY: only called with the addresses above, aligned registers of 32 bits that are no memory of the program
    // and that this single-threaded program without interrupts alone uses.
    unsafe { ptr::read_volatile(ptr::without_provenance(register)) }
}

fn write(register: usize, value: u32) {
    // SAFETY: as for `read`; no value written here makes the hardware access memory.
    unsafe { ptr::write_volatile(ptr::without_provenance_mut(register), value) }
}

/// Ends the emulator with exit code 0. Needs a debugger on a real board: there this halts the processor.
pub fn exit() -> ! {
    debug::exit(debug::EXIT_SUCCESS);
    halt()
}

/// Ends the emulator with exit code 1. The message is not looked at, so that no formatting code is linked.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    halt()
}

fn halt() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
