/* startup_arm.c - from reset to main on a Cortex-M7 with semihosting. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern uint32_t __stack, __bss_start__, __bss_end__;
extern uint8_t __copy_from[], __copy_to[], __copy_bytes[];
int main(void);
void initialise_monitor_handles(void);
void __libc_init_array(void);
void _init(void);
void _fini(void);
void reset(void);
void fault(void);

/* Nothing to construct. */
void _init(void)
{
}

void _fini(void)
{
}

void reset(void)
{
    *(volatile uint32_t *) 0xe000ed88 |= 0xfu << 20;    /* the FPU on */
    __asm__ volatile("dsb\n isb");
    memcpy(__copy_to, __copy_from, (size_t) __copy_bytes);
    memset(&__bss_start__, 0, (size_t) ((uint8_t *) &__bss_end__
                                        - (uint8_t *) &__bss_start__));
    __libc_init_array();
    initialise_monitor_handles();
    exit(main());
}

/* Stop with a status that is not 0. */
void fault(void)
{
    _Exit(1);
}

__attribute__((section(".vectors"), used))
static void *const vectors[16] = {
    &__stack, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault,
    fault, 0, fault, fault
};
