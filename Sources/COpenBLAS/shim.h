#pragma once
#include <cblas.h>

// LAPACK's, which OpenBLAS contains and cblas.h does not name.
void dpotrf_(
    const char *uplo, const blasint *n, double *a, const blasint *lda, blasint *info);
