/*
 * f2c.h: the types and the functions of Fortran that translated LAPACK uses. Integers and logicals are 32 bits.
 */
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef int integer;
typedef int logical;
typedef int ftnlen;
typedef char *address;
typedef short shortint;
typedef signed char logical1;
typedef float real;
typedef double doublereal;
typedef struct {
    real r, i;
} complex;
typedef struct {
    doublereal r, i;
} doublecomplex;

typedef int (*U_fp)();
typedef logical (*L_fp)();

#define TRUE_ 1
#define FALSE_ 0
#define VOID void
#define Extern extern

#define abs(x) ((x) >= 0 ? (x) : -(x))
#define dabs(x) (doublereal) abs(x)
#define min(a, b) ((a) <= (b) ? (a) : (b))
#define max(a, b) ((a) >= (b) ? (a) : (b))
#define dmin(a, b) (doublereal) min(a, b)
#define dmax(a, b) (doublereal) max(a, b)
