// Camera frames to RGB, as the kernels of the instruction sets have it.
#pragma once
#include "cimaging.h"

void ci_convert_scalar(
    const uint8_t *frame, ci_layout layout, int32_t width, int32_t height, size_t bytes_per_line,
    ci_matrix matrix, uint8_t *rgb);
/// The same compiled for AVX2; on x86 only.
void ci_convert_avx2(
    const uint8_t *frame, ci_layout layout, int32_t width, int32_t height, size_t bytes_per_line,
    ci_matrix matrix, uint8_t *rgb);
