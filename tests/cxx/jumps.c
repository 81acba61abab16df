/*
 * jumps.c: setjmp and longjmp, a line for each thing; natively the same.
 */
#include <setjmp.h>
#include <stdio.h>

static jmp_buf first, second;
static int depth;

__attribute__((noinline)) static void down(int n)
{
    depth++;
    if (n == 0)
        longjmp(first, 7);
    down(n - 1);
    depth--;
}

static int evaluate(const char *text)
{
    int value = 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            longjmp(second, text[0]);
        value = value * 10 + *text - '0';
    }
    return value;
}

int main(void)
{
    volatile int seen = 0;
    const int got = setjmp(first);
    if (got == 0)
        down(5);
    else
        seen = got;
    printf("%d, %d deep\n", seen, depth);

    const int again = setjmp(second);
    if (again == 0) {
        if (setjmp(first) == 0)
            down(2);
        else
            longjmp(second, 0);
    } else {
        printf("outer %d\n", again);
    }

    static const char *const texts[] = {"12", "3x", "-", "456"};
    for (volatile int i = 0; i < 4; i++) {
        const int bad = setjmp(second);
        if (bad == 0)
            printf("%d\n", evaluate(texts[i]));
        else
            printf("bad %c\n", bad);
    }
    volatile int count = 0;
    for (volatile int i = 0; i < 20000; i++)
        if (setjmp(first) == 0)
            down(2);
        else
            count = count + 1;
    printf("%d\n", count);
    return 5;
}
