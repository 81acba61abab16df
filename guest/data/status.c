/*
 * status.c: the floating-point status in software. WebAssembly has no flags, and wasi-libc's <fenv.h> does nothing.
 *
 * Who computes something that would raise a flag elsewhere raises it here by feraiseexcept(): numpy does so for integers and
 * casts, the patched loops of numpy for what their results tell. There is one thread.
 */
static int status;

int feclearexcept(int mask)
{
    status &= ~mask;
    return 0;
}

int feraiseexcept(int mask)
{
    status |= mask;
    return 0;
}

int fetestexcept(int mask)
{
    return status & mask;
}

int fegetround(void)
{
    return 0;
}

int fesetround(int mode)
{
    return mode;
}

/* An environment is the status alone. */
int fegetenv(unsigned long *environment)
{
    *environment = (unsigned long)status;
    return 0;
}

int fesetenv(const unsigned long *environment)
{
    status = environment == (const unsigned long *)-1 ? 0 : (int)*environment;
    return 0;
}
