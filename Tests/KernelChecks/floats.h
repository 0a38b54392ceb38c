#pragma once
// What the checks of the float kernels share: rows of numbers, and an operation run by a table and by a plain loop.
#include "support.h"

/// What every operation is given: rows that do not start where vectors would, with a guard on either side.
typedef struct {
  size_t rows, columns;
  const float *x, *dy;         // [rows, columns]
  const float *gain, *bias;    // [columns]
  const float *mean, *rstd;    // [rows] of x, as layer_norm leaves them
  const float *probabilities;  // [rows, columns]: softmax of x
} float_inputs;

/// What it changes: up to three arrays; those of doubles belong to the plain loop.
enum { MOST_OUTPUTS = 3 };
typedef struct {
  float *of[MOST_OUTPUTS];
} float_outputs;
typedef struct {
  double *of[MOST_OUTPUTS];
} double_outputs;

/// How many numbers an output has.
typedef enum { NONE, EACH, EACH_ROW, EACH_COLUMN } extent;

typedef struct {
  const char *name;
  extent outputs[MOST_OUTPUTS];
  /// The kinds that there are of it, numbered from 0.
  int variants;
  void (*run)(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out);
  void (*reference)(const float_inputs *in, int variant, double_outputs out);
} float_operation;

/// The operation on widths around the sixteen lanes: the table against the scalar one, that one against the plain loop.
void check_float(const float_operation *operation, const char *set);
