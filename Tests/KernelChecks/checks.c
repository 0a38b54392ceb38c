// The list of checks: a check that is not in it does not run, one in it runs on every instruction set.
#include "kernel_checks.h"

#include "support.h"

typedef const char *names(size_t index);

// The name at `index` of those of a list whose tables run here.
#define AVAILABLE(NAME, LIST, TABLE_NAMED)                     \
  static const char *NAME(size_t index) {                      \
    const char *name;                                          \
    for (size_t i = 0; (name = LIST(i)); i++)                  \
      if (TABLE_NAMED(name) && index-- == 0) return name;      \
    return NULL;                                               \
  }
AVAILABLE(int8_sets, ck_instruction_set, ck_kernels_named)
AVAILABLE(float_sets, cf_instruction_set, cf_kernels_named)
AVAILABLE(image_sets, ci_instruction_set, ci_kernels_named)
// For what has no tables.
static const char *scalar_only(size_t index) { return index == 0 ? "scalar" : NULL; }

static const struct {
  const char *operation;
  names *instruction_sets;
  check_body *run;
} checks[] = {
    {"pack", int8_sets, check_pack},
    {"linear", int8_sets, check_linear},
    {"layer_norm", int8_sets, check_layer_norm},
    {"quantise", int8_sets, check_quantise},
    {"gelu", int8_sets, check_gelu},
    {"heads", int8_sets, check_heads},
    {"attention", int8_sets, check_attention},
    {"project", int8_sets, check_project},
    {"dot", int8_sets, check_dot},
    {"peak", int8_sets, check_peak},
    {"softmax", scalar_only, check_softmax},
    {"resample", image_sets, check_resample},
    {"share", scalar_only, check_share},
    {"slow-core", scalar_only, check_slow_core},
    {"steps", scalar_only, check_steps},
    {"shared-linear", int8_sets, check_shared_linear},
    {"float-layer-norm", float_sets, check_float_layer_norm},
    {"float-layer-norm-backward", float_sets, check_float_layer_norm_backward},
    {"float-softmax", float_sets, check_float_softmax},
    {"float-softmax-backward", float_sets, check_float_softmax_backward},
    {"float-activate", float_sets, check_float_activate},
    {"float-activate-backward", float_sets, check_float_activate_backward},
    {"float-add-bias", float_sets, check_float_add_bias},
    {"float-add-column-sums", float_sets, check_float_add_column_sums},
    {"float-scale-add", float_sets, check_float_scale_add},
    {"float-adamw", float_sets, check_float_adamw},
};

// The check at `index` and its place in the list.
static kc_check find(size_t index, size_t *at) {
  for (*at = 0; *at < sizeof checks / sizeof *checks; ++*at) {
    const char *name;
    for (size_t i = 0; (name = checks[*at].instruction_sets(i)); i++)
      if (index-- == 0) return (kc_check){checks[*at].operation, name};
  }
  return (kc_check){NULL, NULL};
}

kc_check kc_at(size_t index) {
  size_t at;
  return find(index, &at);
}

const char *kc_run(size_t index, uint64_t *hash) {
  size_t at;
  kc_check check = find(index, &at);
  *hash = 0;
  if (!check.operation) return "there is no such check";
  begin_report();
  checks[at].run(check.instruction_set, hash);
  return end_report();
}
