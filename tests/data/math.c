/*
 * math.c: functions of arrays beside the C library's in long double: within one unit in the last place, and what is no
 * number as C has it. Natively compiled: wasm's arithmetic is the same, and long double here is exact enough to judge by.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "loops.h"

#define COUNT 200003

static double x[COUNT], y[COUNT];
static float xf[COUNT], yf[COUNT];
static int failures;

static double random01(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53;
}

/* In units of the last place of the right result. */
static double off(long double right, double got, int digits, int least)
{
    int exponent;
    if (isinf(got) && right > (digits == 53 ? DBL_MAX : FLT_MAX))
        return 0;
    frexpl(right, &exponent);
    const int place = (exponent < least ? least : exponent) - digits;
    return (double)fabsl(((long double)got - right) / ldexpl(1, place));
}

static void judge(const char *name, double worst, double at)
{
    printf("%s: %.3f units at %.17g\n", name, worst, at);
    failures += !(worst < 1);
}

static void special(const char *name, double got, double wanted)
{
    if (isnan(wanted) ? !isnan(got) : got != wanted || signbit(got) != signbit(wanted)) {
        printf("%s: %g, not %g\n", name, got, wanted);
        failures++;
    }
}

static void exponentials(double from, double to)
{
    double worst = 0, at = 0;
    for (int i = 0; i < COUNT; i++)
        x[i] = from + (to - from) * random01();
    belljar_exp_f64(x, y, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const double d = off(expl(x[i]), y[i], 53, -1021);
        if (!(d <= worst))
            worst = d, at = x[i];
    }
    judge("exp_f64", worst, at);
}

static void exponentials_f32(double from, double to)
{
    double worst = 0, at = 0;
    for (int i = 0; i < COUNT; i++)
        xf[i] = (float)(from + (to - from) * random01());
    belljar_exp_f32(xf, yf, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const double d = off(expl(xf[i]), yf[i], 24, -125);
        if (!(d <= worst))
            worst = d, at = xf[i];
    }
    judge("exp_f32", worst, at);
}

static void logarithms(double from, double to)
{
    double worst = 0, at = 0;
    for (int i = 0; i < COUNT; i++)
        x[i] = from < 0 ? exp2(from + (to - from) * random01()) : from + (to - from) * random01();
    belljar_log_f64(x, y, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const double d = off(logl(x[i]), y[i], 53, -1021);
        if (!(d <= worst))
            worst = d, at = x[i];
    }
    judge("log_f64", worst, at);
}

static void waves(double from, double to)
{
    double worst[2] = {0}, at[2] = {0};
    for (int i = 0; i < COUNT; i++)
        x[i] = from + (to - from) * random01();
    /* Nearest to multiples of pi/2, where hardly anything is left. */
    for (int i = 0; i < 30000 && to > 1e4; i++)
        x[i] = i * 1.5707963267948966;
    for (int which = 0; which < 2; which++) {
        (which ? belljar_cos_f64 : belljar_sin_f64)(x, y, COUNT);
        for (int i = 0; i < COUNT; i++) {
            const double d = off(which ? cosl(x[i]) : sinl(x[i]), y[i], 53, -1021);
            if (!(d <= worst[which]))
                worst[which] = d, at[which] = x[i];
        }
    }
    judge("sin_f64", worst[0], at[0]);
    judge("cos_f64", worst[1], at[1]);
}

int main(void)
{
    exponentials(-1, 1);
    exponentials(-745, 710);
    exponentials(-746, -708);
    exponentials(709, 711);
    exponentials_f32(-1, 1);
    exponentials_f32(-104, 89);
    logarithms(0.5, 2);
    logarithms(0.999, 1.001);
    logarithms(-1074, 1023);
    waves(-1, 1);
    waves(-100, 100);
    waves(-99999, 99999);
    waves(-1e300, 1e300);
    const double odd[] = {0,  -0.0,  INFINITY, -INFINITY, NAN,      1,
                          -1, 1e308, -1e308,   DBL_MIN,   0x1p-1074};
    enum { ODD = sizeof odd / sizeof *odd };
    double exps[ODD], logs[ODD];
    double sines[ODD], cosines[ODD];
    float narrow[ODD], narrow_exps[ODD];
    for (int i = 0; i < ODD; i++)
        narrow[i] = (float)odd[i];
    belljar_exp_f64(odd, exps, ODD);
    belljar_log_f64(odd, logs, ODD);
    belljar_exp_f32(narrow, narrow_exps, ODD);
    for (int i = 0; i < ODD; i++) {
        belljar_sin_f64(odd + i, sines + i, 1);
        belljar_cos_f64(odd + i, cosines + i, 1);
        if (odd[i] != 1 && odd[i] != -1) {
            special("sin_f64", sines[i], sin(odd[i]));
            special("cos_f64", cosines[i], cos(odd[i]));
        }
    }
    for (int i = 0; i < ODD; i++) {
        if (odd[i] != 1 && odd[i] != -1) {
            special("exp_f64", exps[i], exp(odd[i]));
            special("exp_f32", narrow_exps[i], expf(narrow[i]));
        }
        if (odd[i] <= 1 || isinf(odd[i]) || isnan(odd[i]))
            if (!(odd[i] > 0 && odd[i] < 1))
                special("log_f64", logs[i], log(odd[i]));
    }
    printf(failures ? "%d failures\n" : "ok\n", failures);
    return failures != 0;
}
