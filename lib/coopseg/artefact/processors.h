// Loops that are compiled for several generations of processors; the right one is chosen when the program starts.
// Only for loops whose elements do not depend on each other: wider registers must not change the order of any sum, and
// multiplications and additions are not fused (-ffp-contract=off), so that all of them give the same bytes.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // sanitizers start too late for the choice
#define COOPSEG_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define COOPSEG_EACH_PROCESSOR
#endif
