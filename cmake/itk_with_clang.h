// Included ahead of everything where clang compiles for ITK: Debian's ITK knows the compiler that built it, GCC, and
// refuses every other. For its compiler detection clang passes for GCC 12.
#pragma once

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wbuiltin-macro-redefined"
#pragma push_macro("__clang__")
#pragma push_macro("__GNUC__")
#undef __clang__
#undef __GNUC__
#define __GNUC__ 12
#if __has_include(<itk_compiler_detection.h>)
#include <itk_compiler_detection.h>
#endif
#pragma pop_macro("__GNUC__")
#pragma pop_macro("__clang__")
#pragma clang diagnostic pop
