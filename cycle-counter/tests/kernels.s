@ The program of `agreement.rs`, a raw image that starts at address 0. Assembled, with the halfwords copied into
@ `agreement.rs`, by:
@   llvm-mc -triple=thumbv6m-none-eabi -filetype=obj kernels.s -o kernels.o && llvm-objcopy -O binary kernels.o
        .syntax unified
        .thumb
        .word 0x20004000                @ initial stack pointer
        .word reset + 1
        .rept 14
        .word fault + 1
        .endr
fault:  b fault

reset:  movs r4, #3                     @ every kernel three times
1:      bl countdown
        bl dot_product
        bl copy
        bl call_tree
        bl jumps
        bl last_element
        subs r4, #1
        bne 1b
        ldr r1, =0x20026                @ semihosting: SYS_EXIT, ADP_Stopped_ApplicationExit
        movs r0, #0x18
        bkpt 0xab
2:      b 2b
        .pool

        @ A loop whose head is the function's first instruction but one.
countdown:
        movs r0, #100
1:      subs r0, #1
        bne 1b
        bx lr

        @ 32 products of int8 numbers: the inner loop of a fully connected layer.
dot_product:
        push {r4-r6, lr}
        ldr r0, =numbers
        movs r1, #0
        movs r2, #31
1:      ldrsb r3, [r0, r2]
        mov r4, r3
        asrs r5, r4, #1
        muls r3, r5, r3
        adds r1, r1, r3
        subs r2, #1
        bpl 1b
        sxth r0, r1
        pop {r4-r6, pc}

        @ Words by load and store multiple, then bytes.
copy:   push {r4-r7, lr}
        ldr r0, =numbers
        ldr r1, =0x20000000
        movs r2, #2
1:      ldm r0!, {r3-r6}
        stm r1!, {r3-r6}
        subs r2, #1
        bne 1b
        sub sp, #8
        str r3, [sp, #4]
        ldrh r7, [r1, #2]
        strb r7, [r1]
        add sp, #8
        pop {r4-r7}
        pop {pc}

        @ Direct, indirect and tail calls.
call_tree:
        push {r4, lr}
        bl leaf
        adr r0, leaf
        adds r0, #1
        blx r0
        mov r4, lr
        mrs r3, primask
        cpsid i
        msr primask, r3
        dsb
        isb
        pop {r4}
        pop {r3}
        mov lr, r3
        b leaf
        .balign 4
leaf:   rev r2, r2
        uxtb r2, r2
        mvns r2, r2
        bx lr

        @ Jumps through the program counter, a conditional branch taken and not taken.
jumps:  movs r0, #0
1:      cmp r0, #2
        beq 3f
        adr r1, 2f
        adds r0, #1
        mov pc, r1
        nop
        .balign 4
2:      movs r2, #0
        add pc, r2
        nop
        nop
        b 1b
3:      bx lr

        @ The loop goes back to the function's first instruction.
last_element:
        subs r0, #1
        bpl last_element
        nop
        yield
        bx lr
        .pool
        .balign 4
numbers:
        .rept 8
        .byte 1, -2, 127, -128
        .endr
