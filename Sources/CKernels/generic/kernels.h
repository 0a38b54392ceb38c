// All kernels of one instruction set: included once by each, after its lanes and its tile of the matrix product. Each of
// these builds on those before it.
#include "rows.h"
#include "linear.h"
#include "attention.h"
#include "peak.h"
