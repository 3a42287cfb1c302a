//! QEMU plugin that counts instructions and Cortex-M0 cycles by function.
