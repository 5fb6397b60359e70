/* The serial lines of the boards on which examples/settings.c is emulated. */
#include "machine.h"

#include <stdint.h>

int serial_get(void);
void serial_put(char byte);
void settings_console(void);

#if defined(__AVR__)
#include <avr/io.h>

static void start(void)
{
    UCSR0B = _BV(RXEN0) | _BV(TXEN0);
}

int serial_get(void)
{
    while ((UCSR0A & _BV(RXC0)) == 0)
        continue;
    return UDR0;
}

void serial_put(char byte)
{
    while ((UCSR0A & _BV(UDRE0)) == 0)
        continue;
    UDR0 = (uint8_t)byte;
}

#else

/* USART1 of the STM32F100. */
struct usart {
    uint32_t status, data, rate, control;
};

#define USART1 (*(volatile struct usart *)0x40013800)
enum { RECEIVED = 1 << 5, SENT = 1 << 7, ON = 1 << 13 | 1 << 3 | 1 << 2 };

static void start(void)
{
    USART1.control = ON;
}

int serial_get(void)
{
    while ((USART1.status & RECEIVED) == 0)
        continue;
    return (int)(USART1.data & 0xFF);
}

void serial_put(char byte)
{
    while ((USART1.status & SENT) == 0)
        continue;
    USART1.data = (uint8_t)byte;
}
#endif

/* What comes in before the line is on is lost: so the board says when. */
int machine_main(void)
{
    start();
    for (const char *text = "ready\n"; *text != '\0'; text++)
        serial_put(*text);
    settings_console();
    return 0;
}
