#pragma once
// What is checked of our own C: each operation on each instruction set that this processor has, against the scalar
// kernels, and these against a plain loop. Swift Testing runs the checks on the machine at hand (CKernelsTests), a
// plain C program those for Arm under an emulator (ArmKernels).
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// One operation on one instruction set.
typedef struct {
  /// NULL past the last check.
  const char *_Nullable operation;
  const char *_Nullable instruction_set;
} kc_check;

/// The check at `index`, of those that can run here.
kc_check kc_at(size_t index);

/// Runs the check at `index`. Any number of threads may, at a time.
///
/// Returns what is wrong, a line for each failure, valid until this thread's next call; NULL when nothing is. `hash`
/// becomes a hash of all results, which must be the same on every instruction set and machine; 0 where results may
/// differ in their last bits.
const char *_Nullable kc_run(size_t index, uint64_t *hash);

#pragma clang assume_nonnull end
