/*
 * loops.h: functions of whole arrays, for numpy's loops over elements that lie side by side. `to` may be `from`, and must not
 * overlap it otherwise. Results are within one unit in the last place; NaN, infinities and zeros come out as C's do.
 */
#pragma once

#include <stddef.h>

void belljar_exp_f64(const double *from, double *to, size_t count);
void belljar_exp_f32(const float *from, float *to, size_t count);
void belljar_log_f64(const double *from, double *to, size_t count);
void belljar_sin_f64(const double *from, double *to, size_t count);
void belljar_cos_f64(const double *from, double *to, size_t count);
